"""Who looks at a table, and what of it they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sandbox.game.game import Game
from sandbox.game.state import State
from sandbox.game.view import hears_partial, sees
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
        return event.kind not in _MACHINERY if self.all else sees(game, self.seat or None, event)

    def hears(self, game: Game, state: State, speaker: str) -> bool:
        """Return whether what a speaker is saying may be heard, whomever it is for."""
        return self.all or hears_partial(game, state, self.seat or None, speaker)
