"""Conditions of a motion on which their doer cannot be counted: it has refused, or had no word on them and no vote."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sandbox.content.acts import has
from sandbox.game.conditions import doers
from sandbox.game.entries import Item, motion_of
from sandbox.game.game import Game
from sandbox.game.hanging import brought, hangs_on
from sandbox.record.line import Line


def refusals(items: Sequence[Item], motion: Item, heard: Sequence[Line]) -> list[tuple[str, Line]]:
    """Return the lines that refuse what a motion hangs on, each after the line that brought the condition.

    Whoever supports a motion with that condition later refuses it no longer.

    Args:
        items: the ledger.
        motion: the motion.
        heard: the lines, in their order.
    """
    refused: list[tuple[str, Line]] = []
    for by, part in brought(items, motion.condition):
        last: dict[str, Line] = {}
        for line in heard:
            if line.get("refuses") == part:
                last[line["seat"]] = line
            elif line["seat"] in last and has(line["act"], "supports"):
                meant = motion_of(tuple(items), line["about"])
                if meant is not None and part in hangs_on(meant.condition):
                    del last[line["seat"]]
        refused += [(by, line) for line in last.values()]
    return refused


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
        for seat in doers(game, part, room)[:1]
        if seat not in voters and by in places and spoke.get(seat, -1) < places[by]
    ]
