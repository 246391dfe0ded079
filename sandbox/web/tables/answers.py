"""What people at a table say and vote: asked for, held for a while in which it may be taken back, and handed on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.state import State
from sandbox.game.view import SeatView
from sandbox.session.turns import person_turn
from sandbox.web.tables.ballots import vote_on
from sandbox.web.tables.clock import VOTE_SECONDS, Hold

if TYPE_CHECKING:
    from sandbox.web.tables.room import TableRoom


@dataclass
class _Asked:
    seat: str
    place: str
    state: State
    answer: asyncio.Future[dict[str, Any]]
    held: dict[str, Any] | None = None

    def say(self) -> None:
        """Let what is held be said, if anything is."""
        if self.held is not None and not self.answer.done():
            self.answer.set_result(self.held)


def place_of(game: Game, state: State) -> str:
    """Return the place of the next line, to which an answer is bound: stage, number of the line, and phase."""
    phase = state["floor"]["phase"] if state["floor"] else ""
    stage = game.stages[state["stage"]].id if state["stage"] < len(game.stages) else ""
    return f"{stage}:{state['turn'] + 1}:{phase}"


class Answers:
    """Asks the person who has the floor, and takes what people say and vote.

    Raises `InputError` when an answer is not asked of the seat (any more), or the rules forbid it.

    Args:
        hold: the timer within which a line, and the last vote, may be taken back.

    Attributes:
        interrupted: the seat whose person was asked when an order came, or empty.
    """

    def __init__(self, room: TableRoom, hold: Hold) -> None:
        self._room, self.hold = room, hold
        self._asked: _Asked | None = None
        self.interrupted = ""

    # What pages read and do

    @property
    def asked(self) -> str:
        """The seat of the person who is being waited for, or empty."""
        asked = self._asked
        answered = asked is None or asked.held is not None or self._room.ballots.has(asked.state, asked.seat)
        return asked.seat if asked is not None and not answered else ""

    @property
    def held(self) -> tuple[str, Mapping[str, Any]]:
        """The seat of the person whose line is held, with their turn; empty where none is."""
        asked = self._asked
        if asked is None or asked.held is None or asked.answer.done():
            return "", {}
        return asked.seat, asked.held

    def say(self, seat: str, place: str, turn: Mapping[str, Any]) -> None:
        """Give a person's turn; ``place`` is the place in the session for which it was written."""
        room, asked = self._room, self._asked if self._room.running else None
        if asked is None or (self.asked, asked.place) != (seat, place) or asked.answer.done():
            raise room.game.words.refusal("refused.moved_on")
        person_turn(room.game, asked.state, turn)
        room.lending.is_there(seat)
        room.turn_time.stop(seat)
        asked.held = dict(turn)
        self.hold.begin(asked.say)
        if self.held[0]:
            room.audience.asked()

    def vote(self, seat: str, put: str, turn: Mapping[str, Any]) -> None:
        """Give a person's vote on a motion; votes are kept until everybody who may vote has done so."""
        room, state = self._room, self._room.fold.state
        if seat not in room.voting or put != room.ballots.put(state):
            raise room.game.words.refusal("refused.moved_on")
        room.ballots.keep(state, seat, turn)
        room.lending.is_there(seat)
        self._count()
        room.ballots.ask(state, room.persons, room.voting)
        room.audience.asked()

    def take_back(self, seat: str) -> tuple[str, dict[str, Any]]:
        """Take back a line or vote and return it with its place; raises `InputError` if it already counts."""
        room, state, asked = self._room, self._room.fold.state, self._asked
        if asked is not None and asked.held is not None and self.held[0] == seat:
            given, asked.held = (asked.place, asked.held), None
            room.turn_time.ask(seat, asked.place)
        elif room.running and (vote := room.ballots.take_back(state, seat)):
            given = vote_on(room.ballots.put(state)), vote
            room.ballots.ask(state, room.persons, room.voting)
        else:
            raise room.game.words.refusal("refused.moved_on")
        self.hold.stop()
        room.audience.asked()
        return given

    def _count(self) -> None:
        """Close the votes once everybody has voted and nobody has changed a vote for the time of the hold."""
        if self._room.voting:
            self.hold.stop()
        elif not self._room.paused:
            self.hold.begin(self._close_ballots)

    def _close_ballots(self) -> None:
        ballots, state, asked = self._room.ballots, self._room.fold.state, self._asked
        ballots.close(state)
        if asked is not None and not asked.answer.done() and (vote := ballots.given(state, asked.seat)):
            asked.answer.set_result(vote)
        self._room.audience.asked()

    # What the session asks

    async def ask(self, view: SeatView, state: State) -> dict[str, Any]:
        """Ask the person who has the floor, and return their turn; an order that comes meanwhile cancels this."""
        room, place, put = self._room, place_of(self._room.game, state), view.motion
        if room.ballots.closed(state) and (vote := room.ballots.given(state, view.seat)):
            return vote
        self.interrupted = ""
        if room.overdue.get(view.seat) in ("inject", "extend", "pulse"):  # it is their turn again
            del room.overdue[view.seat]
        room.thinking = None
        self._asked = asked = self._still_asked(view.seat, place, state)
        if not room.ballots.has(state, view.seat):
            what, least = (vote_on(put.line), VOTE_SECONDS) if put else (place, 0)
            room.turn_time.ask(view.seat, what, least=least)
        elif self.hold.left is None:
            self._count()
        room.audience.asked()
        try:
            return await asyncio.shield(asked.answer)
        except asyncio.CancelledError:
            asked.say()  # whoever said it might still have taken it back; an order takes it from nobody
            if not asked.answer.done():
                self.interrupted = view.seat
                self.look()
                raise
            return asked.answer.result()  # it was taken in the moment in which an order came
        finally:
            if asked.answer.done():
                self._ask_no_more()

    def look(self) -> None:
        """Stop waiting for the person who was asked if the request no longer stands."""
        asked, room, state = self._asked, self._room, self._room.fold.state
        stands = (
            asked is not None and state["floor"] is not None and state["floor"]["seat"] == asked.seat
            and asked.seat in room.persons and place_of(room.game, state) == asked.place and not room.paused
        )  # fmt: skip
        if not stands:
            self._ask_no_more()

    def end(self) -> None:
        """Stop waiting for anybody."""
        self._ask_no_more()
        self.hold.stop()

    def let_go(self) -> bool:
        """Let a line that is held count at once, and return whether there was one."""
        asked = self._asked if self.held[0] else None
        if asked is None:
            return False
        self.hold.stop()
        asked.say()
        return True

    def _still_asked(self, seat: str, place: str, state: State) -> _Asked:
        """Return what a person is asked: the same as before an order, with an answer that came meanwhile and fits."""
        asked = self._asked
        if asked is not None and (asked.seat, asked.place) == (seat, place):
            with suppress(InputError):
                if asked.answer.done():
                    person_turn(self._room.game, state, asked.answer.result())
                return replace(asked, state=state)
        return _Asked(seat, place, state, asyncio.get_running_loop().create_future())

    def _ask_no_more(self) -> None:
        if self._asked is not None:
            if self._asked.held is not None:
                self.hold.stop()
            self._room.turn_time.stop(self._asked.seat)
            self._asked = None
