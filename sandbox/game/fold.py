"""The state of a session read off its log, event by event: for pages that show it, and for branches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sandbox.content.words import refusal
from sandbox.game.agenda import next_floor
from sandbox.game.game import Game
from sandbox.game.orders import Order, carry_out
from sandbox.game.played import PulseRound
from sandbox.game.pulse import Pulse
from sandbox.game.state import Minutes, SessionState, first_state
from sandbox.game.steps import close_stage, desk_after, open_stage
from sandbox.record.events import Event
from sandbox.record.line import DecisionTaken, Line

__all__ = ["Follower", "line_of", "restored", "upto", "with_pulse"]


class Follower:
    """Follows a session through its events and knows its state after each.

    Args:
        game: the game of the session.
    """

    def __init__(self, game: Game) -> None:
        self.game = game
        self.begun = False
        self.finished = False
        self._state = first_state(game.spec.persons)
        self._settled = True
        self._orders: dict[str, Order] = {}

    @property
    def state(self) -> SessionState:
        """The state after the last event; between stages nobody has the floor."""
        if not self._settled:
            self._settled = True
            self._apply(next_floor(self.game, self._state))
        return self._state

    def event(self, event: Event) -> None:
        """Take an event of the session's log."""
        state, payload = self._state, event.payload
        if event.kind == "stage":
            self.begun = self._settled = True
            self._apply(open_stage(self.game, state))
        elif event.kind == "line":
            line = line_of(event)
            # In place: a copy of the transcript for each line would cost n² over a session.
            state["lines"].append(line)
            self._apply({"turn": state["turn"] + 1, **desk_after(state, line)})
            self._settled = False
        elif event.kind == "decision":
            self._apply({"decisions": [*state["decisions"], cast(DecisionTaken, payload)]})
            self._settled = False
        elif event.kind == "order":
            self._orders[payload["id"]] = cast(Order, payload)
        elif event.kind == "direction":
            self._apply(carry_out(self.game, self.state, self._orders[payload["id"]], payload["refused"])[0])
        elif event.kind == "minutes":
            room = payload.get("present", list(self.game.present(event.stage)))
            entry = Minutes(stage=event.stage, present=room, text=payload["text"], ended=payload["ended"])
            self._settled = True
            self._apply({"minutes": [*state["minutes"], entry], **close_stage(state)})
        elif event.kind == "pulse":
            self._apply({"pulses": with_pulse(state["pulses"], event)})
        elif event.kind == "close":
            self.finished = True

    @property
    def over(self) -> bool:
        """Whether all stages have been played."""
        return self._state["stage"] >= len(self.game.stages)

    def _apply(self, update: dict[str, Any]) -> None:
        self._state = {**self._state, **update}  # type: ignore[typeddict-item]


def line_of(event: Event) -> Line:
    """Return the line that an event of the log holds."""
    line: Any = {key: value for key, value in event.payload.items() if key not in ("why", "rejected")}
    return cast(Line, line)


def with_pulse(rounds: Sequence[PulseRound], event: Event) -> list[PulseRound]:
    """Return the pulses with that of an event added to its moment."""
    levels: Any = {name: event.payload[name] for name in Pulse.__annotations__}
    if rounds and rounds[-1]["moment"] == event.stage:
        last: PulseRound = {"moment": event.stage, "levels": {**rounds[-1]["levels"], event.seat: levels}}
        return [*rounds[:-1], last]
    return [*rounds, {"moment": event.stage, "levels": {event.seat: levels}}]


def restored(game: Game, log: Iterable[Event]) -> SessionState | None:
    """Return the state from which a branch sets out, or None when the session is no branch."""
    events = list(log)
    branch = events[0].payload.get("branch") if events else None
    if not branch:
        return None
    follower = Follower(game)
    for event in upto(events, branch["at"]):
        follower.event(event)
    return follower.state


def upto(events: Sequence[Event], line: str) -> list[Event]:
    """Return the events of a log up to a line and what it brought about at once: a decision, news.

    Raises:
        InputError: there is no such line.
    """
    found = [index for index, event in enumerate(events) if event.kind == "line" and event.payload["id"] == line]
    if not found:
        spoken = [event.payload["id"] for event in events if event.kind == "line"]
        if spoken:
            raise refusal("refused.no_line", line=line, first=spoken[0], last=spoken[-1])
        raise refusal("refused.no_lines", line=line)
    end = found[0] + 1
    while end < len(events) and events[end].kind in ("decision", "inject", "order"):
        end += 1
    return list(events[:end])
