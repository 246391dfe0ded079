"""What the conditions of motions and promises ask of a seat, and which of them it refuses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sandbox.content.acts import has
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, motion_of, movers
from sandbox.game.motions.conditions import whom_it_asks
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.game.table import promises, proposals
from sandbox.record.line import DecisionTaken, Line


def conditions_on(game: Game, items: Sequence[Item], item: Item, seat: str) -> list[tuple[str, str]]:
    """Return the conditions of others that ask something of a seat in a motion or promise: line and condition."""
    owners, room = {**movers(items), item.line: item.owner}, game.present(item.stage)
    parts = [(by or item.line, part) for by, part in brought(items, item.condition)]
    return [
        (by, part) for by, part in parts if owners.get(by) != seat and seat in whom_it_asks(game, items, part, room)
    ]


def asking(game: Game, items: Sequence[Item], seat: str, stage: str) -> list[Item]:
    """Return the motions on the table, and the promises of a stage, that have conditions and that a seat knows of."""
    known = [item for item in items if seat in item.visible_to]
    return [
        item
        for item in [*proposals(game, known, stage), *(each for each in promises(known) if each.stage == stage)]
        if item.condition
    ]


def asks_of(game: Game, items: Sequence[Item], seat: str, stage: str) -> dict[str, list[str]]:
    """Return what the conditions of others on the table ask of a seat, by the line that brought each."""
    asked: dict[str, list[str]] = {}
    for item in asking(game, items, seat, stage):
        for by, part in conditions_on(game, items, item, seat):
            parts = asked.setdefault(by, [])
            parts += [part] * (part not in parts)
    return asked


def refused_by(game: Game, items: Sequence[Item], line: Line) -> list[str]:
    """Return the conditions of others to which a line says no.

    An act of refusal that names none refuses what the line it is about asks, or else the only thing that the motion it
    is about asks of its speaker.
    """
    seat, answers = line["seat"], line.get("takes_on", {})
    refuses = has(line["act"], "refuses") and not answers and not line["task"]
    if answers:
        asked = asks_of(game, items, seat, line["stage"])
        return [part for by, parts in asked.items() if answers.get(by) == "no" for part in parts]
    about = motion_of(tuple(items), line["about"]) if refuses else None
    asks = conditions_on(game, items, about, seat) if about else []
    return [part for by, part in asks if by == line["about"] or len(asks) == 1]


def refusals(items: Sequence[Item], condition: str, heard: Sequence[Line]) -> list[tuple[str, str, Line]]:
    """Return the refusals of a motion's conditions: the line that brought it, the condition, and the refusing line.

    Of several refusals by one seat the first is returned. A seat that later says yes, be it in part, no longer refuses;
    nor does one that refused in words alone and later supports a motion with the condition, or promises something about
    it.
    """
    refused: list[tuple[str, str, Line]] = []
    for by, part in brought(items, condition):
        first: dict[str, Line] = {}
        for line in heard:
            before = first.get(line["seat"])
            if part in hangs_on(line.get("refuses", "")):
                first.setdefault(line["seat"], line)
            elif before and (
                by in line.get("takes_on", {})
                or (by not in before.get("takes_on", {}) and _goes_along(items, part, line))
            ):
                del first[line["seat"]]
        refused += [(by, part, line) for line in first.values()]
    return refused


def _goes_along(items: Sequence[Item], condition: str, line: Line) -> bool:
    """Return whether a line supports a motion that has a condition, or promises something about the condition."""
    motion = motion_of(tuple(items), line["about"])
    stands = has(line["act"], "supports") or has(line["act"], "promises")
    return stands and motion is not None and condition in hangs_on(motion.condition)


def carried_refused(
    game: Game, items: Sequence[Item], decision: DecisionTaken, lines: Sequence[Line]
) -> dict[str, list[Line]]:
    """Return the conditions of a carried decision that the seats they bind have refused, each with the refusing lines.

    Only what the whole room had heard by the end of the decision's stage counts, since all readers of the decision see
    it.
    """
    refused: dict[str, list[Line]] = {}
    if not (decision["carried"] and decision["condition"]):
        return refused
    end = max((place for place, line in enumerate(lines, 1) if line["stage"] == decision["stage"]), default=0)
    heard = [line for line in lines[:end] if set(game.present(line["stage"])) <= set(line["visible_to"])]
    for _, part, line in refusals(items, decision["condition"], heard):
        refused.setdefault(part, []).append(line)
    return refused


def refused_told(game: Game, condition: str, refused: Mapping[str, Sequence[Line]]) -> str:
    """Return a condition of a decision in words, with who refused it aloud and where, if anybody did."""
    who = [
        game.words("refused_in", name=game.name(line["seat"]), line=line["id"]) for line in refused.get(condition, ())
    ]
    words = game.words
    return condition + (words.paren(words("carried_refused", who=words.join(who))) if who else "")


def unheard_doers(
    game: Game, items: Sequence[Item], motion: Item, heard: Sequence[Line], voters: Collection[str]
) -> list[tuple[str, str]]:
    """Return the seats without a vote that have not spoken since a condition of a motion came to ask something of them.

    Args:
        game: the game.
        items: the ledger.
        motion: the motion.
        heard: the lines, in order.
        voters: the seats that vote on it.

    Returns:
        Pairs of the line that brought the condition and the seat.
    """
    places = {line["id"]: place for place, line in enumerate(heard)}
    spoke = {line["seat"]: place for place, line in enumerate(heard)}
    room = game.present(motion.stage)
    return [
        (by, seat)
        for by, part in brought(items, motion.condition)
        for seat in whom_it_asks(game, items, part, room)
        if seat not in voters and by in places and spoke.get(seat, -1) < places[by]
    ]
