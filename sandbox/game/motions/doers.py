"""What the seats that are to fulfil a condition have said to it: yes, a part of it, no, or nothing yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Literal, NamedTuple

from sandbox.content.acts import has
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, movers, proposals_of
from sandbox.game.motions.conditions import refrains, whom_it_asks
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.game.motions.unwilling import asking, conditions_on, refusals
from sandbox.record.line import Line


class Answer(NamedTuple):
    """What a seat that is to fulfil a condition has said to it.

    Args:
        by: the line that brought the condition.
        condition: the condition.
        seat: the seat.
        what: the seat takes it on, takes on a part, agreed by backing a motion that has it, refused it, put the same
            motion without it, is against the motion, or has not answered.
        line: the line with which it did so, or empty.
        says: what it promised, if it takes on only a part; or empty.
        of: the motion for which it took it on, if its work or its payment differs there; or empty.
    """

    by: str
    condition: str
    seat: str
    what: Literal["promised", "otherwise", "agreed", "refused", "instead", "against", "awaited"]
    line: str = ""
    says: str = ""
    of: str = ""


def doers_said(game: Game, items: Sequence[Item], motion: Item, heard: Sequence[Line]) -> list[Answer]:
    """Return what each seat that is to fulfil a condition has said to it so far.

    A seat that brought the condition has thereby taken it on, unless it took back what it promised with it. Otherwise
    its last answer counts, whatever motion it was about; a repeated answer is told with the line that gave it first, a
    partial one with the last line that promises it. A seat that has not answered but supports a motion with the
    condition has agreed, if its work and payment are the same under both motions, or if it is only to refrain from
    something, and unless it said that it cannot answer yet.
    """
    if not motion.condition:
        return []
    owners, room = {**movers(items), motion.line: motion.owner}, game.present(motion.stage)
    back = {line["withdraws"] for line in heard if "withdraws" in line}
    refused = {(part, line["seat"]): line["id"] for _, part, line in refusals(items, motion.condition, heard)}
    made = proposals_of(items)
    objections = [line for line in heard if _opposes(line)]
    against = {line["seat"]: line["id"] for line in objections if line["about"] == motion.line}

    def answer(by: str, part: str, seat: str) -> Answer:
        if owners[by] == seat:
            return Answer(by, part, seat, "promised", by)
        last = last_answers(heard, seat, by)
        says = last[0]["takes_on"][by] if last else ""
        if (part, seat) in refused or says == "no":
            return Answer(by, part, seat, "refused", refused.get((part, seat)) or last[0]["id"])
        spared = refrains(game, part, seat)

        def alike(item: Item) -> bool:
            return spared or same_work(game, seat, item.terms, motion.terms)

        if last:
            about = [made.get(line["about"], made.get(by, motion)) for line in last]
            of = "" if any(map(alike, about)) else about[-1].line
            if says == "yes":
                return Answer(by, part, seat, "promised", last[0]["id"], of=of)
            line = next((line for line in reversed(last) if line["promises"]), last[0])
            return Answer(by, part, seat, "otherwise", line["id"], line["promises"] or line["says"], of)
        if seat not in motion.supporters and (without := _without(made, motion, part, seat, heard)):
            return Answer(by, part, seat, "instead", without)
        bearing = {item.line: item for item in made.values() if part in hangs_on(item.condition)}
        if seat in motion.objectors and seat in against:
            return Answer(by, part, seat, "against", against[seat])
        unsure = any(line["seat"] == seat and by in line.get("leaves_open", ()) for line in heard)
        along = not unsure and any(seat in (item.owner, *item.supporters) for item in bearing.values() if alike(item))
        return Answer(by, part, seat, "agreed" if along else "awaited")

    return [
        answer(by or motion.line, part, seat)
        for by, part in brought(items, motion.condition)
        for seat in whom_it_asks(game, items, part, room)
        if not (by in back and owners[by] == seat)
    ]


def short_of(said: Sequence[Answer]) -> list[Answer]:
    """Return the answers that refuse a condition, or take on a part of it while nobody takes on the whole."""
    whole = {each.condition for each in said if each.what == "promised"}
    parts = [each for each in said if each.what == "otherwise" and each.condition not in whole]
    return [each for each in said if each.what == "refused" or each in parts]


def last_answers(heard: Sequence[Line], seat: str, by: str) -> list[Line]:
    """Return the lines in which a seat gave, and then repeated, its last answer to the demand of a line."""
    said = [line for line in heard if line["seat"] == seat and by in line.get("takes_on", {})]
    return [*takewhile(lambda line: line["takes_on"][by] == said[-1]["takes_on"][by], reversed(said))][::-1]


def awaited(game: Game, items: Sequence[Item], motion: Item, seat: str, heard: Sequence[Line]) -> list[tuple[str, str]]:
    """Return what a motion or promise asks of a seat and it has not answered: pairs of line and condition."""
    if not conditions_on(game, items, motion, seat):
        return []
    said = doers_said(game, items, motion, heard)
    return [(each.by, each.condition) for each in said if (each.seat, each.what) == (seat, "awaited")]


def unanswered(game: Game, items: Sequence[Item], seat: str, stage: str, heard: Sequence[Line]) -> list[str]:
    """Return the lines whose conditions on the table ask something of a seat (`asks_of`) that it has not answered."""
    waits = (awaited(game, items, item, seat, heard) for item in asking(game, items, seat, stage))
    return list(dict.fromkeys(by for each in waits for by, _ in each))


def _opposes(line: Line) -> bool:
    return not line["vote"] and has(line["act"], "opposes")


def _without(made: Mapping[str, Item], motion: Item, part: str, seat: str, heard: Sequence[Line]) -> str:
    """Return the line of the first motion that a seat put in place of one and without its condition; or empty."""
    about = {line["id"]: line["about"] for line in heard}
    own = [item for item in made.values() if item.owner == seat and part not in hangs_on(item.condition)]
    grown = (item.line for item in own if motion.line in (item.amends, item.base, about.get(item.line)))
    return next(grown, "")


def same_work(game: Game, seat: str, terms: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether a seat's work and payment are the same under two sets of terms, as far as both tell."""
    both = [(key, option, other[key]) for key, option in terms.items() if other.get(key, option) != option]
    known = game.scenario.decision_by_id
    return not any(
        (seat in known[key].holders(option)) != (seat in known[key].holders(another))
        for key, option, another in both
        if known[key].topic in ("provider", "payer")
    )
