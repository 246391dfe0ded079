"""Amendments and counter-offers: terms and conditions of a motion after somebody answered it, and what bars them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from sandbox.content.acts import has
from sandbox.content.language import patterns
from sandbox.content.plain import plain
from sandbox.game.game import Game
from sandbox.game.language.wording import about_words, content_words
from sandbox.game.ledger.entries import BLANK, Item, movers
from sandbox.game.ledger.ledger import answered, changes, put_again
from sandbox.game.motions.conditions import LONGEST_CONDITION, MOST_CONDITIONS, joined
from sandbox.game.motions.contradicting import ruled_out
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.game.motions.meant import made_aloud, motion_meant, motions_missed
from sandbox.game.motions.unwilling import refusals
from sandbox.game.review.standing import names_other
from sandbox.game.state import State
from sandbox.game.table import proposals
from sandbox.record.line import Turn

# What divides a condition into clauses, though not a figure such as 119,000 or an hour such as 7:30, and the share of a
# clause's words that are left of it where it is meant.
_CLAUSES = re.compile(r"[，、：]|[,:](?!\d)|(?<!\d)[,:]")
_LEFT = 0.3
# With which somebody says aloud that a condition, or a clause of one, is to go.
_STRIKES = patterns(
    en=r"\b(?:strikes?|struck|drop (?:it|that|this|the)|take (?:it|that|this|the) out|goes out)\b",
    zh=r"划掉|删掉|去掉|拿掉|不要了|作废",
)


def condition_of(game: Game, state: State, turn: Turn, seat: str, about: str, heard_by: Collection[str]) -> str:
    """Return the conditions of a line: an answer to a motion adds to its conditions, any other line has its own alone.

    A chair that decides alone takes over those conditions of the motion that the decision names. A motion made aloud is
    read out with all its conditions, also to those who were absent; conditions of a motion made in an aside are not
    told to those who did not hear it. A host has no part in conditions.
    """
    item = _amended(game, state, turn, seat, about)
    if item is None or not _may_be_told(game, item, heard_by):
        return _own(game, turn)
    return _joined(game, state, turn, seat, item)


def terms_of(game: Game, state: State, turn: Turn, seat: str, about: str, heard_by: Collection[str]) -> dict[str, str]:
    """Return the options that a line names, including those that a counter-offer by objection leaves as they are.

    A seat that wants nothing of the motion kept proposes instead. Nothing is taken over that a hearer may not know of.
    """
    item = _amended(game, state, turn, seat, about) if has(turn["act"], "opposes") else None
    if item is None or not _may_be_told(game, item, heard_by):
        return turn["terms"]
    return {**item.terms, **turn["terms"]}


def _may_be_told(game: Game, item: Item, heard_by: Collection[str]) -> bool:
    return game.of_home(heard_by) <= set(item.visible_to) or made_aloud(game, item)


def condition_refused(game: Game, state: State, turn: Turn, seat: str) -> str:
    """Return why a turn's condition cannot be added to the motion it is about; empty if it can.

    A motion has at most `MOST_CONDITIONS`. On a full one a new condition replaces one of the seat's own; a seat without
    one must name the one it replaces.
    """
    words, item = game.words, _amended(game, state, turn, seat, turn["about"])
    if item is None:
        many = len(hangs_on(_own(game, turn))) > MOST_CONDITIONS
        return words("refused.conditions_at_once", most=MOST_CONDITIONS) if many else ""
    lines = list(dict.fromkeys(line for line, _ in brought(state["ledger"], item.condition)))
    if turn["replaces"] and turn["replaces"] not in lines:
        return words("refused.replaces", line=turn["replaces"], allowed=lines or words("none"))
    left = _joined(game, state, turn, seat, item)
    if turn["replaces"] and not left and not has(turn["act"], "binds"):
        return words("refused.no_condition_left")
    many = len(hangs_on(left)) > max(MOST_CONDITIONS, len(hangs_on(item.condition)))
    return words("refused.many_conditions", most=MOST_CONDITIONS, allowed=lines or words("none")) if many else ""


def own_conditions(items: Sequence[Item], item: Item, seat: str) -> list[tuple[str, str]]:
    """Return a seat's own conditions in a motion, latest first: pairs of the line that brought it and the condition."""
    owners = movers(items)
    return [(line, part) for line, part in reversed(brought(items, item.condition)) if owners.get(line) == seat]


def long_demand(game: Game, turn: Turn) -> str:
    """Return the message that a condition is too long to ask for just one thing; empty if it is not.

    A person must shorten it. A model is asked once; what it then writes is voted on as it is.
    """
    longest = LONGEST_CONDITION[game.spec.lang]
    part = next((part for part in hangs_on(_own(game, turn)) if len(part) > longest), "")
    return game.words("refused.long_demand", condition=part, count=len(part), most=longest) if part else ""


def on_no_table(game: Game, state: State, turn: Turn, seat: str) -> str:
    """Return the message that it is unclear for which motion a condition is, so that none would have it; or empty.

    A person must name one. A model is told once; what it then writes stays with its line alone.
    """
    missed = motions_missed(game, state, turn, seat)
    return game.words("refused.no_motion_meant", allowed=missed) if missed else ""


def unnoticed(game: Game, state: State, turn: Turn, seat: str) -> str:
    """Return what a condition would do that its speaker may not have noticed; empty if there is nothing.

    - A semicolon makes two conditions of it.
    - It is unclear which motion it is for, so none has it.
    - The condition that it replaces falls whole, including clauses that neither the new one nor the spoken words
      mention.
    - It contradicts a condition that stays.
    - An objection with a condition or with some options takes over the other options of what it opposes, and leaves a
      motion of the speaker's own that has different ones.

    A model is told once; what it then writes stands.
    """
    if has(turn["act"], "binds"):
        return ""
    parts, item = hangs_on(_own(game, turn)), _amended(game, state, turn, seat, turn["about"])
    if len(parts) > 1:
        return game.words("refused.two_demands", count=len(parts))
    if lost := on_no_table(game, state, turn, seat):
        return lost
    if item is not None and has(turn["act"], "opposes") and (own := _left_by(game, state, item, turn, seat)):
        taken = [option for _, option in game.in_words({**item.terms, **turn["terms"]})]
        return game.words("refused.leaves_own", line=item.line, options=game.words("semi").join(taken), own=own)
    if item is None or not parts:
        return ""
    left = _joined(game, state, turn, seat, item)
    lang = game.spec.lang
    said = about_words(left, lang) | about_words(turn["says"], lang)
    strikes = _STRIKES[lang].search(turn["says"])
    for part in (part for part in hangs_on(item.condition) if part not in hangs_on(left)):
        clauses = [clause.strip() for clause in _CLAUSES.split(part)]
        words = [(clause, about_words(clause, lang)) for clause in clauses]
        gone = [clause for clause, own in words if len(own) > 1 and len(own & said) < _LEFT * len(own)]
        if gone and len(clauses) > 1 and not strikes:
            return game.words("refused.part_lost", line=turn["replaces"], condition=part, lost=gone)
    asked_of = tuple(turn["asked_of"]) if "asked_of" in turn else None
    put = BLANK.altered(stage=item.stage, condition=_own(game, turn), asked_of=asked_of)
    against = ruled_out(game, (*state["ledger"], put), put.condition, left, item.stage)
    brings = {part: line for line, part in brought(state["ledger"], item.condition)}
    return game.words("refused.contradicts", line=brings[against], condition=against) if against in brings else ""


def _left_by(game: Game, state: State, item: Item, turn: Turn, seat: str) -> str:
    """Return the line of the seat's own motion that it leaves for the one that its objection puts; or empty."""
    put = {**item.terms, **turn["terms"]}
    stage = game.stages[state["stage"]].id
    return next(
        (
            mine.line
            for mine in reversed(proposals(game, state["ledger"], stage))
            if mine.owner == seat
            and mine.terms
            and mine.terms.keys() <= put.keys()
            and not mine.terms.items() <= put.items()
        ),
        "",
    )


def _own(game: Game, turn: Turn, held: str = "") -> str:
    """Return the conditions of a turn without those that only repeat what is ``held`` already."""
    parts = hangs_on(" ".join(plain(turn["condition"]).split()))
    return game.words("semi").join(part for part in parts if part not in hangs_on(held))


def _amended(game: Game, state: State, turn: Turn, seat: str, about: str) -> Item | None:
    """Return the motion that a turn amends, copies or takes over; None if there is none."""
    if has(turn["act"], "binds"):
        named = (item for item in state["ledger"] if item.kind == "proposal" and item.line == turn["about"])
        return next(named, None)
    adds = bool(turn["condition"].strip() or turn["replaces"])
    if has(turn["act"], "proposes") and adds:
        return put_again(state["ledger"], game.stages[state["stage"]].id, about, turn["terms"])
    counters = has(turn["act"], "opposes") and has(turn["act"], "counters")
    if not (counters or (has(turn["act"], "supports") and adds)):
        return None
    place = answered(state["ledger"], seat, turn["to"], motion_meant(game, state, turn, seat, about))
    item = None if place is None else state["ledger"][place]
    if item is None or item.kind != "proposal":
        return None
    return item if not counters or (item.terms and (adds or changes(item, turn["terms"]))) else None


def _joined(game: Game, state: State, turn: Turn, seat: str, item: Item) -> str:
    own, lang, items = _own(game, turn, item.condition), game.spec.lang, state["ledger"]
    struck = []
    if turn["replaces"]:
        struck = [part for line, part in brought(items, item.condition) if line == turn["replaces"]]
    elif not has(turn["act"], "binds"):  # of a motion that is full
        full = len(hangs_on(joined(item.condition, own, lang))) > MOST_CONDITIONS
        struck = [part for _, part in own_conditions(items, item, seat)] if full else []
    if own and len(struck) > 1:  # of what one line brought, that which is nearest
        said = content_words(own, lang)
        struck = [max(struck, key=lambda part: len(said & content_words(part, lang)))]
    if has(turn["act"], "opposes"):  # in its own motion nobody is bound by what it will not do
        struck += [part for by, part in brought(items, item.condition) if turn.get("takes_on", {}).get(by) == "no"]
        refused = refusals(items, item.condition, state["lines"])
        struck += [part for _, part, line in refused if line["seat"] == seat]
    changed = {key: option for key, option in turn["terms"].items() if item.terms.get(key, option) != option}
    struck += [part for part in hangs_on(item.condition) if names_other(game, changed, part)]
    return joined(item.condition, own, lang, struck)
