"""What a decision still waits for: those who may commit to it and are not for it, and bodies that have no seat."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.content.acts import has
from sandbox.content.cards import OFFICIALS
from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, as_taken
from sandbox.game.motions.conditions import at_head, doers
from sandbox.game.motions.doers import doers_said
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.motions.ungranted import Record, Unheld, granted_in, needing, ungranted, who_abstained
from sandbox.game.motions.unwilling import conditions_on
from sandbox.game.session import Session
from sandbox.record.line import DecisionTaken, Line

_ARTICLE = re.compile(r"^the ", re.IGNORECASE)
_OFFICE = re.compile(r"(部门|办公室)$")
# What an office does without which a thing does not go on.
_CONSENTS: dict[Lang, str] = {
    "en": r"\b.{0,20}?\b(?:countersign|approv)",
    "zh": r"[^，。；]{0,4}(?:会签|审批|批准|批复)",
}
# That something is put to an assembly, or decided by it.
_PUT_TO: dict[Lang, str] = {
    "en": r"\bto (?:the |an? )?{name}\b|\b{name} (?:votes|agrees|decides|approves|has (?:agreed|decided|voted))\b",
    "zh": r"(?:报|交|经|提请|上)(?:给)?{name}|{name}，?(?:表决|同意|通过)",
}


def accepted_in(session: Session, question: str, option: str, remit: Sequence[str]) -> str:
    """Return the line or decision in which a seat that may commit to an option accepts it; empty if none does."""
    return granted_in(_record(session), question, option, remit)


def unheld(session: Session, decision: DecisionTaken) -> list[Unheld]:
    """Return the questions settled by a carried decision that no seat accepts which may commit to them."""
    return ungranted(_record(session), decision)


def _record(session: Session) -> Record:
    return Record(session.game, session.items, session.lines, session.decisions)


def promised_in_words(session: Session, decision: DecisionTaken, question: str, seat: str) -> list[Item]:
    """Return what a seat that cast no vote promised without an option, on a motion with what was decided of a question.

    Nobody can count what that covers; what was promised on no such motion speaks of something else, as does what was on
    one whose conditions ask something of the seat: it answers these. It is what its room has heard and the seat has not
    taken back; what it said twice stands as it was said last.
    """
    if seat in decision["votes"] or seat in who_abstained(decision):
        return []
    about = {line["id"]: line["about"] for line in session.lines}
    with_it = {
        item.line
        for item in _motions_with(session, decision, question)
        if not conditions_on(session.game, session.items, item, seat)
    }
    heard = (item for item in session.entries("promise") if {*session.game.present(item.stage)} <= {*item.visible_to})
    own = [item for item in heard if item.owner == seat and with_it & {item.beside, about.get(item.line)}]
    last = {item.says: item for item in own if not item.terms and item.state not in ("withdrawn", "fallen")}
    return list(last.values())


def officials_objecting(session: Session, decision: DecisionTaken, question: str) -> list[Line]:
    """Return the last objection of each official to a motion with what was decided of a question, who backs none."""
    motions = _motions_with(session, decision, question)
    behind = frozenset[str]().union(*(item.supporters | {item.owner} for item in motions))
    behind |= {seat for seat, vote in decision["votes"].items() if vote}
    lines = {item.line for item in motions}
    last = {
        line["seat"]: line
        for line in session.discussion
        if line["about"] in lines and has(line["act"], "opposes") and line["seat"] not in behind
        if session.game.personas[line["seat"]].kind in OFFICIALS
        if {*session.game.present(line["stage"])} <= {*line["visible_to"]}
    }
    return list(last.values())


def _motions_with(session: Session, decision: DecisionTaken, question: str) -> list[Item]:
    option = decision["terms"][question]
    return [item for item in session.entries("proposal") if item.terms.get(question) == option]


def awaited(session: Session, decision: DecisionTaken) -> dict[str, list[str]]:
    """Return the bodies without a seat that a carried decision waits for, each with the questions concerned.

    These are assemblies and departments of the case without a seat that a condition names as its doer or as the body to
    be asked, assemblies named in options, and bodies of the case that an option needs.
    """
    if not decision["carried"]:
        return {}
    game, lang = session.game, session.spec.lang
    assemblies = dict.fromkeys(game.words("decision.assemblies").split("|"))
    options = {
        key: question.options[option]
        for key, option in decision["terms"].items()
        if (question := game.scenario.decision_by_id.get(key)) and option in question.options
    }
    holders: dict[str, list[str]] = {}
    room = game.present(decision["stage"])
    said = doers_said(game, session.items, as_taken(session.items, decision), session.lines)
    for condition in hangs_on(decision["condition"]):
        head = at_head(game, condition).casefold()
        took_on = [each.seat for each in said if (each.condition, each.what) == (condition, "promised")]
        offices = offices_without_seat(game, condition, room, took_on)
        put_to = (name for name in assemblies if re.search(_PUT_TO[lang].format(name=name), condition, re.IGNORECASE))
        for name in (*(name for name in assemblies if name in head), *put_to, *offices):
            holders.setdefault(name, [])  # the condition says for what
    for key, option in options.items():
        for name in (name for name in assemblies if name in option.get(lang).casefold()):
            holders.setdefault(name, []).append(key)
    for body in game.scenario.bodies:
        names = [name.get(lang) for name in body.names]
        if keys := needing(game, body, decision["terms"]):
            holder = next((holder for holder in holders if any(name in holder for name in names)), names[0])
            holders[holder] = list(dict.fromkeys([*holders.get(holder, []), *keys]))
    return holders


def bodies_known(game: Game) -> list[str]:
    """Return what bodies and offices are called of which a decision may need something, alike in each language."""
    lang, case = game.spec.lang, game.scenario
    offices = (_ARTICLE.sub("", card.get(lang)) for card in case.departments.values())
    own = (name.get(lang) for body in case.bodies for name in body.names)
    return [*game.words("decision.assemblies").split("|"), *offices, *own]


def offices_consenting(game: Game, text: str) -> list[str]:
    """Return the departments of a case of which a text says that they countersign or approve something."""
    lang = game.spec.lang
    names = [_ARTICLE.sub("", card.get(lang)) for card in game.scenario.departments.values()]
    stems = {name: re.escape(_OFFICE.sub("", name.removesuffix(" office"))) for name in names}
    return [name for name in names if re.search(stems[name] + _CONSENTS[lang], text, re.IGNORECASE)]


def offices_without_seat(game: Game, condition: str, room: Sequence[str], took_on: Sequence[str] = ()) -> list[str]:
    """Return the departments of a case at the head of a condition, where no seat of the room stands there.

    A seat answers to an office for its matters and is not the office, unless it ``took_on`` the condition; a village
    committee or a police station is there with whoever speaks for it.
    """
    head, known = at_head(game, condition).casefold(), game.scenario.departments
    there = {
        name
        for seat in room
        for name in game.seats[seat].departments
        if seat in took_on or "office" not in known[name].en
    }
    away = [card for name, card in known.items() if name not in there]
    names = [_ARTICLE.sub("", card.get(game.spec.lang)) for card in away]
    return [name for name in names if _OFFICE.sub("", name).casefold() in head and not doers(game, condition, room)]
