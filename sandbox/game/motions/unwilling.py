"""What the conditions of motions and promises ask of a seat, and which of them it has said that it will not do."""

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
    """Return the conditions of others that ask something of a seat in a motion or promise, each after its line."""
    owners, room = {**movers(items), item.line: item.owner}, game.present(item.stage)
    parts = [(by or item.line, part) for by, part in brought(items, item.condition)]
    return [
        (by, part) for by, part in parts if owners.get(by) != seat and seat in whom_it_asks(game, items, part, room)
    ]


def asking(game: Game, items: Sequence[Item], seat: str, stage: str) -> list[Item]:
    """Return the motions on the table and the promises of a stage that hang on something and that a seat knows of."""
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
    """Return the conditions of others that a line refuses: those to which it says no.

    An act of refusal that answers none by name is of what the line that it is about asks, or else of the only thing
    that the motion it is about asks of its speaker.
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
    """Return the lines that refuse what a motion hangs on, each after the condition and the line that brought that.

    Of several lines of a seat that is the first. Whoever later says yes to it, be it in part, refuses it no longer; nor
    does who refused it in words alone and later supports a motion with that condition, or promises something about it.
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
    """Return whether a line supports a motion that has a condition, or promises something about it."""
    motion = motion_of(tuple(items), line["about"])
    stands = has(line["act"], "supports") or has(line["act"], "promises")
    return stands and motion is not None and condition in hangs_on(motion.condition)


def carried_refused(
    game: Game, items: Sequence[Item], decision: DecisionTaken, lines: Sequence[Line]
) -> dict[str, list[Line]]:
    """Return the conditions of a carried decision that whoever they bind refused, each with the lines that do.

    Only what the whole room heard by the end of the decision's stage counts: it is told to all who read the decision.
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
    """Return a condition of a decision, with who refused it aloud, and where, if anybody did."""
    who = [
        game.words("refused_in", name=game.name(line["seat"]), line=line["id"]) for line in refused.get(condition, ())
    ]
    words = game.words
    return condition + (words.paren(words("carried_refused", who=words.join(who))) if who else "")


def unheard_doers(
    game: Game, items: Sequence[Item], motion: Item, heard: Sequence[Line], voters: Collection[str]
) -> list[tuple[str, str]]:
    """Return who has no vote and has not spoken since a condition of a motion came to ask something of it.

    Args:
        game: the game.
        items: the ledger.
        motion: the motion.
        heard: the lines, in their order.
        voters: who votes on it.

    Returns:
        Each seat, after the line that brought the condition.
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
