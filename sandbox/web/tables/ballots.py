"""Votes and pulses: what several people are asked for at the same time. Votes are logged one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.ballots import ballot, cast_on, motion
from sandbox.game.pulse import Pulse
from sandbox.game.state import State
from sandbox.game.view import SeatView, seat_view
from sandbox.record.events import Event, LineSpoken
from sandbox.session.turns import person_turn
from sandbox.web.tables.clock import VOTE_SECONDS, TurnTime


def motion_put(game: Game, state: State) -> Item | None:
    """Return the motion that is being voted on; None where there is none."""
    floor = state["floor"]
    return motion(game, state) if floor is not None and floor["why"] == "votes" else None


def sealed(game: Game, state: State, event: Event) -> bool:
    """Return whether an event is a vote on a motion that is still being voted on, and so is hidden for now."""
    item = motion_put(game, state)
    return (
        item is not None and isinstance(event, LineSpoken)
        and event.payload["vote"] and event.payload["about"] == item.line
    )  # fmt: skip


def vote_on(motion: str) -> str:
    """Return the name under which the time for a vote on a motion is counted, also when the seat's turn comes."""
    return f"vote {motion}"


class Ballots:
    """Keeps people's votes in memory until they are logged.

    The rules say which seats vote and in which order the votes are logged, but people may vote in any order. Each may
    change the vote until all are in.
    """

    def __init__(self, game: Game, turn_time: TurnTime) -> None:
        self._game, self._turn_time = game, turn_time
        self._asked: set[str] = set()
        self._kept: dict[str, tuple[str, dict[str, Any]]] = {}
        self._closed = ""

    def put(self, state: State) -> str:
        """Return the line of the motion that is being voted on, or empty."""
        item = motion_put(self._game, state)
        return item.line if item is not None else ""

    def open_to(self, state: State, persons: Collection[str]) -> tuple[str, ...]:
        """Return which of the seats that people hold may vote now and have not."""
        item = motion_put(self._game, state)
        if item is None or state["desk"]["paused"]:
            return ()
        cast = cast_on(state, item)
        voters, out = self._game.voters(self._game.stages[state["stage"]].id), {*cast, *state["desk"]["uncast"]}
        return tuple(seat for seat in voters if seat in persons and seat not in out and not self.has(state, seat))

    def has(self, state: State, seat: str) -> bool:
        """Return whether a seat has given a vote on the motion that is not logged yet."""
        return bool(self._kept) and seat in self._kept and self._kept[seat][0] == self.put(state)

    def view(self, state: State, seat: str) -> SeatView:
        """Return what a seat sees when it is asked for its vote, even before its turn."""
        return seat_view(self._game, _with_floor(self._game, state, seat), seat)

    def keep(self, state: State, seat: str, turn: Mapping[str, Any]) -> None:
        """Keep the vote of a seat until its turn; raises `InputError` where the rules do not allow the vote."""
        person_turn(self._game, _with_floor(self._game, state, seat), turn)
        self._kept[seat] = self.put(state), dict(turn)

    def given(self, state: State, seat: str) -> dict[str, Any]:
        """Return the vote of a seat that is not logged yet; empty if there is none."""
        return self._kept[seat][1] if self.has(state, seat) else {}

    def take_back(self, state: State, seat: str) -> dict[str, Any]:
        """Remove and return the vote of a seat; empty if there is none that may still be changed."""
        return self._kept.pop(seat)[1] if self.may_change(state, seat) else {}

    def close(self, state: State) -> None:
        """Let nobody change a vote on the motion any more."""
        self._closed = self.put(state)

    def closed(self, state: State) -> bool:
        """Return whether the votes on the motion are final and being logged."""
        return bool(self._closed) and self._closed == self.put(state)

    def may_change(self, state: State, seat: str) -> bool:
        """Return whether a seat has given a vote that it may still change."""
        return self.has(state, seat) and not self.closed(state)

    def ask(self, state: State, persons: Collection[str], voting: Collection[str]) -> None:
        """Start the time for a vote for the seats in ``voting``, and stop it for all others.

        Votes on decided motions are forgotten, as are votes of seats that no person holds any more.
        """
        for seat in {*voting} - self._asked:
            self._turn_time.ask(seat, vote_on(self.put(state)), least=VOTE_SECONDS)
        for seat in self._asked - {*voting}:
            self._turn_time.stop(seat)
        self._asked = {*voting}
        self._closed = self._closed if self.closed(state) else ""
        item = motion_put(self._game, state)
        cast = cast_on(state, item) if item is not None and self._kept else {}
        kept = {seat: kept for seat, kept in self._kept.items() if seat in persons and seat not in cast}
        self._kept = {seat: vote for seat, vote in kept.items() if self.has(state, seat)}


def _with_floor(game: Game, state: State, seat: str) -> State:
    floor = state["floor"]
    return {**state, "floor": {**floor, "seat": seat, "acts": list(ballot(game))} if floor else None}


# Seconds for an answer where a table has no limit for a turn: three clicks that the whole room waits for.
_SECONDS = 120.0
Keep = Callable[[str, Mapping[str, Any]], Pulse]
"""What keeps the pulse of a seat, and returns it as it is kept."""


class PulseBallot:
    """Asks people for their pulse, one moment after the other.

    Args:
        turn_time: the time that each has for an answer.
        changed: tells the pages that somebody else, or nobody, is waited for.

    Attributes:
        moment: the moment of which people are asked, or were asked last.
    """

    def __init__(self, words: Words, turn_time: TurnTime, changed: Callable[[], None]) -> None:
        self.moment = ""
        self._words, self._turn_time, self._changed = words, turn_time, changed
        self._keep: dict[str, Keep] = {}
        self._done = asyncio.Event()

    @property
    def wanted(self) -> tuple[str, ...]:
        """The seats whose people have not answered yet."""
        return tuple(self._keep)

    async def ask(self, moment: str, seats: Sequence[str], keep: Keep) -> None:
        """Ask the people in some seats, and return once nobody is waited for."""
        self.moment = moment
        if not seats:
            return
        self._keep = dict.fromkeys(seats, keep)
        self._done.clear()
        self.pause(False)
        try:
            await self._done.wait()
        finally:
            self.clear()
            for seat in seats:
                self._turn_time.stop(seat)

    def pause(self, paused: bool) -> None:
        """Let the time for an answer stand, or run."""
        for seat in self._keep:
            if paused:
                self._turn_time.stop(seat)
            else:
                self._turn_time.ask(seat, f"pulse {self.moment}", own=_SECONDS)
        self._changed()

    def give(self, seat: str, moment: str, levels: Mapping[str, Any]) -> None:
        """Take a person's pulse; raises `InputError` where none is asked for, or a level is not 1, 2, 3, 4 or 5."""
        keep = self._keep.get(seat)
        if keep is None or moment != self.moment:
            raise self._words.refusal("refused.moved_on")
        keep(seat, levels)
        self.leave_out(seat)

    def leave_out(self, seat: str) -> None:
        """Wait no longer for a seat."""
        del self._keep[seat]
        self._turn_time.stop(seat)
        if not self._keep:
            self._done.set()
        self._changed()

    def end(self) -> None:
        """Go on without the pulses that have not been given; the rules give them."""
        self.clear()
        self._done.set()
        self._changed()

    def clear(self) -> None:
        """Wait for nobody."""
        self._keep.clear()
