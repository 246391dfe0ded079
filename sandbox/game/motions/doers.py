"""What those who are to fulfil a condition of a motion have said to it: yes, a part of it, no, or nothing yet."""

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
        what: it takes it on, or a part of it, has gone along with a motion that has it, has refused it, has put the
            same motion without it instead, is against the motion, or is yet to say.
        line: the line that takes it on or refuses it, puts that motion or is against this; or empty.
        says: what that promises, where it is only a part; or empty.
        of: the motion of which the line took it on, where the seat has other work or pays otherwise by that; or empty.
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

    Whoever brought it has taken it on by that, unless it has taken back what it promised with it. Else its last answer
    to the condition counts, whatever motion it was of; said again, it is told with the line that said so first, and of
    a part with the last that promises which. Who has answered nothing and supports a motion with it has
    agreed, if the seat has the same work and pays the same by both, or is not to do something.
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
        along = any(seat in (item.owner, *item.supporters) for item in bearing.values() if alike(item))
        return Answer(by, part, seat, "agreed" if along else "awaited")

    return [
        answer(by or motion.line, part, seat)
        for by, part in brought(items, motion.condition)
        for seat in whom_it_asks(game, items, part, room)
        if not (by in back and owners[by] == seat)
    ]


def short_of(said: Sequence[Answer]) -> list[Answer]:
    """Return which answers refuse a condition, or take on a part of it while nobody else takes on the whole."""
    whole = {each.condition for each in said if each.what == "promised"}
    parts = [each for each in said if each.what == "otherwise" and each.condition not in whole]
    return [each for each in said if each.what == "refused" or each in parts]


def last_answers(heard: Sequence[Line], seat: str, by: str) -> list[Line]:
    """Return the lines in which a seat gave, and then repeated, its last answer to what a line asks of it."""
    said = [line for line in heard if line["seat"] == seat and by in line.get("takes_on", {})]
    return [*takewhile(lambda line: line["takes_on"][by] == said[-1]["takes_on"][by], reversed(said))][::-1]


def awaited(game: Game, items: Sequence[Item], motion: Item, seat: str, heard: Sequence[Line]) -> list[tuple[str, str]]:
    """Return what a motion or promise asks of a seat that it has yet to answer, each after the line that brought it."""
    if not conditions_on(game, items, motion, seat):
        return []
    said = doers_said(game, items, motion, heard)
    return [(each.by, each.condition) for each in said if (each.seat, each.what) == (seat, "awaited")]


def unanswered(game: Game, items: Sequence[Item], seat: str, stage: str, heard: Sequence[Line]) -> list[str]:
    """Return the lines whose conditions on the table ask something of a seat (`asks_of`) that it has yet to answer."""
    waits = (awaited(game, items, item, seat, heard) for item in asking(game, items, seat, stage))
    return list(dict.fromkeys(by for each in waits for by, _ in each))


def _opposes(line: Line) -> bool:
    return not line["vote"] and has(line["act"], "opposes")


def _without(made: Mapping[str, Item], motion: Item, part: str, seat: str, heard: Sequence[Line]) -> str:
    """Return the first motion, by line, that a seat put in the place of one without a condition of it; or empty."""
    about = {line["id"]: line["about"] for line in heard}
    own = [item for item in made.values() if item.owner == seat and part not in hangs_on(item.condition)]
    grown = (item.line for item in own if motion.line in (item.amends, item.base, about.get(item.line)))
    return next(grown, "")


def same_work(game: Game, seat: str, terms: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether a seat has the same work and pays the same by two sets of terms, as far as both tell that."""
    both = [(key, option, other[key]) for key, option in terms.items() if other.get(key, option) != option]
    known = game.scenario.decision_by_id
    return not any(
        (seat in known[key].holders(option)) != (seat in known[key].holders(another))
        for key, option, another in both
        if known[key].topic in ("provider", "payer")
    )
