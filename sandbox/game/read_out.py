"""Motions that were made aloud where somebody was not: read out to them by the line that takes one up (inferred)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.content.acts import has
from sandbox.game.backing import lineage
from sandbox.game.entries import Item, Ledger, proposals_of
from sandbox.game.game import Game
from sandbox.game.meant import made_aloud
from sandbox.game.state import first_state
from sandbox.record.line import Line


def read_out(game: Game, ledger: Callable[[], Sequence[Item]], lines: Sequence[Line]) -> Ledger:
    """Return the motions that lines take up, amend or put another beside, and that none of them made, as first put.

    With them go those out of which they grew: what they hang on was brought there.

    Args:
        game: the game.
        ledger: gives the ledger with all motions; it is asked for only where there may be such a motion.
        lines: the lines that were heard.
    """
    heard = {line["id"] for line in lines}
    changed = {line["about"] for line in lines if line["about"] and _puts(line)} - heard
    if not changed:
        return ()
    heard |= {item.line for item in first_state(game)["ledger"]}
    made = proposals_of(ledger() if changed - heard else ())
    grown_from = {line for each in changed & made.keys() for line in lineage([*made.values()], made[each])}
    return tuple(
        item.altered(state="open", supporters=frozenset(), objectors=frozenset(), history=item.history[:1])
        for line, item in made.items()
        if line in grown_from - heard and made_aloud(game, item)
    )


def _puts(line: Line) -> bool:
    return not line["vote"] and (has(line["act"], "counters") or has(line["act"], "proposes"))
