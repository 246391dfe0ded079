"""Who looks at a table, and what of it they may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.game.game import Game
from sandbox.game.ledger import Item, ledger
from sandbox.game.state import State
from sandbox.game.view import sees
from sandbox.record.events import Event

__all__ = ["Viewer"]

_MACHINERY = ("call", "person", "session")


@dataclass(frozen=True)
class Viewer:
    """Who looks.

    Args:
        role: the facilitator sees all; a player what the seat may see; observer and projector what the room hears.
        seat: the seat of a player, otherwise empty.
    """

    role: Literal["facilitator", "player", "observer", "projector"]
    seat: str = ""

    @property
    def all(self) -> bool:
        """Whether everything may be seen."""
        return self.role == "facilitator"

    def sees(self, game: Game, event: Event) -> bool:
        """Return whether an event may be seen."""
        if self.all:
            return event.kind not in _MACHINERY
        return sees(game, self.seat or None, event)

    def ledger(self, game: Game, state: State, events: Sequence[Event]) -> tuple[Item, ...]:
        """Return the entries of the ledger that may be seen."""
        seen = {
            event.payload["id"] for event in events if event.kind in ("line", "decision") and self.sees(game, event)
        }
        return ledger(
            game.scenario,
            [line for line in state["lines"] if line["id"] in seen],
            [one for one in state["decisions"] if one["id"] in seen],
        )
