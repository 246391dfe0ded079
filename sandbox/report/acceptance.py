"""Which of the seats on which a decision rests accepted it in the meeting, and what the others said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sandbox.content.words import within_quotes
from sandbox.game.game import Game
from sandbox.game.language.wording import content_words
from sandbox.game.ledger.entries import Item, as_taken
from sandbox.game.motions.conditions import bound, named, who_fulfils, whom_it_asks
from sandbox.game.motions.counting import counted
from sandbox.game.motions.doers import Answer, short_of
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.read_decision import who_sees_to
from sandbox.report.reading import Reading

_PUBLIC = {"government", "residents"}
_DOES = {"provider": "does", "payer": "pays"}
# The share of the words of a condition that a clause must have to be another wording of it.
_MOST_WORDS = 0.6


def owed(reading: Reading, taken: DecisionTaken) -> list[tuple[str, str, str]]:
    """Return the conditions of a carried decision: who is to fulfil each, in words; the seat, if any; the condition.

    A condition that several seats are to fulfil is listed once for each of them.
    """
    room = reading.game.present(taken["stage"])
    seats = who_fulfils(reading.spoken, reading.session.items, taken, room)
    told = list[tuple[str, str, str]]()
    for (who, part), (seat, _) in zip(who_sees_to(reading, taken), seats, strict=True):
        too = whom_it_asks(reading.spoken, reading.session.items, part, room)[1:]
        told += [(who, seat if who and who == reading.person(seat) else "", part)]
        told += [(reading.person(other), other, part) for other in too if other != seat]
    return told


def answer_to(reading: Reading, taken: DecisionTaken, condition: str, seat: str) -> Answer | None:
    """Return a seat's answer to a condition of a carried decision that binds it, or None if there is none."""
    said = reading.answers(as_taken(reading.session.items, taken))
    return next((each for each in said if (each.condition, each.seat) == (condition, seat)), None)


def not_accepted(reading: Reading, taken: DecisionTaken, condition: str, seat: str) -> str:
    """Return in which way a seat did not accept a condition of a carried decision; empty if it did, or binds no seat.

    The first of these that holds:

    1. A seat that decided alone has accepted.
    2. A seat that answered has accepted, also in part, unless it ``refused``.
    3. A seat that voted for the decision has accepted. A seat that did not voted ``against`` it or ``abstained``.
    4. A seat that did not vote has accepted if it brought the condition or backed a motion with it; else it is
       ``silent``.
    """
    if not seat or taken["by"] == seat:
        return ""
    how, answer = counted(reading.game, taken), answer_to(reading, taken, condition, seat)
    if answer is not None and answer.what in ("refused", "promised", "otherwise"):
        return "refused" if answer.what == "refused" else ""
    if seat in how.votes:
        return "" if how.votes[seat] else "against"
    if seat in how.abstained:
        return "abstained"
    return "" if answer is not None and answer.what == "agreed" else "silent"


def moved_with(reading: Reading, condition: str, seat: str) -> str:
    """Return the last motion, by line, that a seat put with this condition; empty if there is none."""
    own = [line for line, item in reading.proposals.items() if item.owner == seat]
    return next((line for line in reversed(own) if condition in hangs_on(reading.proposals[line].condition)), "")


def reworded(reading: Reading, part: str, new: Sequence[str]) -> str:
    """Return the first new clause that has most words of ``part``; empty if there is none."""
    lang = reading.spoken.spec.lang
    had = content_words(part, lang)
    return next((each for each in new if len(had & content_words(each, lang)) >= _MOST_WORDS * len(had)), "")


def exchanged(reading: Reading, line: Line) -> list[tuple[str, str, str]]:
    """Return the conditions that a motion refuses and rewords: the line that brought each, the old and the new wording.

    The motion may also be a rival, which amends no other.
    """
    item, refuses = reading.proposals.get(line["id"]), line.get("refuses", "")
    if item is None or not refuses:
        return []
    told = (
        (by, part, reworded(reading, part, hangs_on(item.condition)))
        for by, part in brought(reading.session.items, refuses)
    )
    return [(by, part, new) for by, part, new in told if by and new]


def with_answer(reading: Reading, taken: DecisionTaken, who: str, seat: str, condition: str) -> str:
    """Return who is to fulfil a condition, in words; with a note if they did not accept it, or only in part."""
    short = not_whole(reading, taken, condition, seat)
    return who + (reading.label("colon") + short if short else "")


def not_whole(reading: Reading, taken: DecisionTaken, condition: str, seat: str) -> str:
    """Return in words in which way a seat did not accept a condition of a carried decision, or which part it took on.

    Empty if the seat accepted the whole condition, or another seat took on the whole.
    """
    if way := not_accepted(reading, taken, condition, seat):
        return reading.label(f"not_accepted.{way}")
    answer = in_part(reading, taken, condition, seat)
    return _said(reading, answer) if answer is not None else ""


def in_part(reading: Reading, taken: DecisionTaken, condition: str, seat: str) -> Answer | None:
    """Return a seat's answer that takes on a part of a condition, if no seat took on the whole; else None."""
    said = short_of(reading.answers(as_taken(reading.session.items, taken))) if taken["by"] != seat else ()
    parts = (each for each in said if each.what == "otherwise")
    return next((each for each in parts if (each.condition, each.seat) == (condition, seat)), None)


def conditions_left(reading: Reading, motion: Item, parts: Sequence[str]) -> str:
    """Return conditions of a motion that was not carried, each with the answers of the seats that it asks, in words."""
    label, told = reading.label, dict.fromkeys(parts, "")
    for answer in reading.answers(motion):
        own = reading.proposals.get(answer.by, motion).owner == answer.seat
        if answer.condition in told and not own and (said := _said(reading, answer)):
            told[answer.condition] += label.paren(reading.name(answer.seat) + label("colon") + said)
    return label("semi").join(part + said for part, said in told.items())


def _said(reading: Reading, answer: Answer) -> str:
    """Return an answer to a condition in words: yes, no, or yes to a part; empty for others."""
    ways = {"promised": "accepted", "otherwise": "not_accepted.part", "refused": "not_accepted.refused"}
    return reading.label(ways[answer.what], says=within_quotes(answer.says)) if answer.what in ways else ""


def interested(game: Game, terms: Mapping[str, str]) -> list[str]:
    """Return the provider seats that options name first as doing the work or as paying from their own business."""
    providers = [seat for seat in game.positions if game.personas[seat].kind == "provider"]
    known = game.scenario.decision_by_id
    seats: list[str] = []
    for key, option in terms.items():
        card = known[key].options.get(option) if key in known else None
        pays = card is not None and not _PUBLIC.issuperset(card.paid_by)
        if card is not None and (pays or known[key].topic == "provider"):
            seats += named(game, re.split("[,，;；]", card.get(game.spec.lang))[0], providers)[:1]
    return list(dict.fromkeys(seats))


def providers_away(reading: Reading, taken: DecisionTaken) -> list[tuple[str, str, str]]:
    """Return the providers that a carried decision gives work and that did not vote for it: seat, option, way.

    The way is ``against`` or ``abstained``.
    """
    how, known = counted(reading.game, taken), reading.game.scenario.decision_by_id
    votes_no = [seat for seat, vote in how.votes.items() if not vote]
    terms = taken["terms"].items() if taken["carried"] else ()
    return [
        (seat, reading.game.in_words({key: option})[0][1], "against" if seat in votes_no else "abstained")
        for key, option in terms
        if known[key].topic == "provider"
        for seat in interested(reading.spoken, {key: option})
        if seat in votes_no or seat in how.abstained
    ]


def doers_away(reading: Reading, taken: DecisionTaken) -> list[str]:
    """Return, as sentences, who is to do or pay for what a carried decision settles and did not vote for it."""
    away = [(seat, way, option) for seat, option, way in providers_away(reading, taken)]
    away += [(seat, f"{does}.{way}", option) for seat, does, option, way in _named_away(reading, taken)]
    label = reading.label
    return [label(f"doer_away.{way}", name=reading.person(seat), option=option) for seat, way, option in away]


def doer_is_away(reading: Reading, taken: DecisionTaken, question: str) -> bool:
    """Return whether a seat that is to do or pay for a decided option of a question did not vote for the decision."""
    of_it: DecisionTaken = {**taken, "terms": {question: taken["terms"][question]}}
    return bool(doers_away(reading, of_it))


def _named_away(reading: Reading, taken: DecisionTaken) -> Iterator[tuple[str, str, str, str]]:
    """Yield the other seats that a decided option names and that did not vote for the decision.

    They are residents who are to pay, and all seats that are to do the work. Each comes as the seat, ``does`` or
    ``pays``, the option, and ``against`` or ``abstained``.
    """
    how, game, room = counted(reading.game, taken), reading.spoken, reading.game.present(taken["stage"])
    away = {seat: "against" for seat, vote in how.votes.items() if not vote} | dict.fromkeys(how.abstained, "abstained")
    for key, option in taken["terms"].items() if taken["carried"] else ():
        question = game.scenario.decision_by_id[key]
        card, text = question.options[option], question.options[option].get(game.spec.lang)
        meant = bound(game, text, room)
        if question.topic == "payer":
            paying = game.residents if "residents" in card.paid_by else ()
            meant = [seat for seat in (*meant, *named(game, text, room, offices=False)) if seat in paying]
        others = [seat for seat in dict.fromkeys(meant) if seat not in interested(game, {key: option})]
        for seat in others if question.topic in _DOES else ():
            if seat in away:
                yield seat, _DOES[question.topic], reading.game.in_words({key: option})[0][1], away[seat]
