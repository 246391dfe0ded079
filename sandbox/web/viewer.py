"""Who looks at a table, and what of it they may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.game.fold import line_of
from sandbox.game.game import Game
from sandbox.game.ledger import counter_offers, ledger
from sandbox.game.session import Session
from sandbox.game.state import State, first_state
from sandbox.game.view import hears_partial, sees
from sandbox.record.events import Event, LineSpoken
from sandbox.record.line import Line

__all__ = ["PROJECTOR", "Viewer"]

_MACHINERY = ("call", "person", "session")


@dataclass(frozen=True)
class Viewer:
    """Who looks.

    The facilitator sees all, a player what the seat may see, observer and projector what the room hears.
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

    def counters(self, session: Session, lines: Sequence[Line]) -> frozenset[str]:
        """Return which of some lines are counter-offers, as far as what may be seen of a session tells."""
        game, own = session.game, [line for line in lines if line["terms"] or line["condition"]]
        if not own:
            return frozenset()
        seen = [line_of(event) for event in session.events if isinstance(event, LineSpoken) and self.sees(game, event)]
        return counter_offers(ledger(game.scenario, seen, items=first_state(game)["ledger"]), own)

    def hears(self, game: Game, state: State, speaker: str) -> bool:
        """Return whether what a speaker is saying may be heard, whomever it is for."""
        return self.all or hears_partial(game, state, self.seat or None, speaker)


PROJECTOR = Viewer("projector")
