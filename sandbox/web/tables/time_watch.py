"""Time that is over: a turn, a pulse or a stage is brought to its end, and a seat is lent to its persona for a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from sandbox.errors import InputError
from sandbox.game.orders import comes_to_vote
from sandbox.game.state import Floor
from sandbox.record.events import Event
from sandbox.record.line import ALL
from sandbox.record.payloads import Giver, OrderKind
from sandbox.web.tables.answers import place_of

if TYPE_CHECKING:
    from sandbox.web.tables.room import TableRoom

Overdue = Literal[
    "speaks", "persona", "skip", "sent", "uncast", "waits", "decided", "pulse", "gone", "inject", "extend", "skipped"
]
"""Why somebody has lost a turn: their time was over, and the persona speaks, or has spoken, the turn is skipped, what
they had sent is said though a question about it was open, their vote is not cast, the decision waits for them, what
they had chosen is decided, or the rules answer the pulse; the rules do so too where their page was gone for long; or an
order of the facilitator, news or more room, gave the floor to somebody else, or skipped them, or put their vote down as
not cast."""

Then = Literal["decides", "waits", "pulse", "uncast", "sent", "skip", "persona"]
"""What follows when the time of a person is over: what they have chosen is decided, if anything; their vote is waited
for; the rules answer the pulse; the vote is not cast; what they have sent is said; the turn is skipped; the persona
speaks."""

MOVES: Mapping[OrderKind, Overdue] = {"inject": "inject", "extend": "extend"}
"""The orders that may give the floor to somebody else, with why whoever had it has lost a turn."""
_TICK = 1.0
_LAST_SECONDS = 60.0  # for whoever is still waited for when the time of a stage is over
_UNCONNECTED = 45.0  # seconds for which a pulse waits for a page that is gone: phones lock their screens


class Lending:
    """Tells from a log which seats are lent for a turn, and gives them back when that is over, with a line or without.

    Who lets the time for a second turn running pass has the seat back only when they take it.

    Args:
        hands: takes who is to have a seat, and who gives it.

    Attributes:
        overdue: the seats whose people let their time pass and have done nothing since, with what came of it.
    """

    def __init__(self, hands: dict[str, tuple[str, Giver]]) -> None:
        self.overdue: dict[str, Overdue] = {}
        self._hands = hands
        self._missed: dict[str, int] = {}
        self._lent: dict[str, Giver] = {}

    def late(self, seat: str) -> bool:
        """Take that a person let the time for a turn pass, and return whether the persona has the seat for a turn."""
        self.overdue[seat] = "speaks"
        self._missed[seat] = self._missed.get(seat, 0) + 1
        return self._missed[seat] == 1

    def event(self, event: Event, floor: Floor | None) -> None:
        """Take an event of the log, after which somebody may have the floor."""
        payload = event.payload
        if event.kind == "line":
            if self.overdue.get(event.seat) == "speaks":
                self.overdue[event.seat] = "persona"
            self._give_back([event.seat] if event.seat in self._lent else [])
        elif event.kind == "decision":
            self._give_back([*self._lent])
        elif event.kind == "direction" and not payload["refused"]:
            self._directed(payload["kind"], floor)
        elif event.kind == "order" and payload["kind"] == "seat":
            self._hands.pop(event.seat, None)
            if payload["by"] == "person":
                self.handed(event.seat)
            elif payload.get("lends", payload["giver"] == "clock"):
                self._lent[event.seat] = payload["giver"]
            else:
                self._lent.pop(event.seat, None)

    def is_there(self, seat: str) -> None:
        """Take that the person of a seat has done something."""
        self._missed.pop(seat, None)
        self.overdue.pop(seat, None)

    def handed(self, seat: str) -> None:
        """Take that a seat was given to its person, or its persona, for good."""
        self._lent.pop(seat, None)
        self._came_to_nothing(seat)

    def _directed(self, kind: OrderKind, floor: Floor | None) -> None:
        if kind in ("end", "skip", "vote"):
            self._give_back([*self._lent])
        elif kind in MOVES and floor is not None and floor["phase"] != "decision":
            self._give_back([seat for seat in self._lent if seat != floor["seat"]])

    def _give_back(self, seats: Iterable[str]) -> None:
        for seat in seats:
            self._hands[seat] = "person", self._lent.pop(seat)
            self._came_to_nothing(seat)

    def _came_to_nothing(self, seat: str) -> None:
        if self.overdue.get(seat) == "speaks":
            del self.overdue[seat]


def follows(room: TableRoom, seat: str) -> Then:
    """Return what follows when the time is over of a person who is waited for."""
    game, floor, begun = room.game, room.fold.state["floor"], room.begun(seat)
    if floor is not None and floor["why"] == "decides":
        return "decides"
    if seat in room.voting:
        # Without the vote of a veto a motion would pass a gate that nobody opened.
        return "waits" if game.governance.rules.aggregation.stops(game.positions[seat]) else "uncast"
    if seat in room.pulses.wanted:
        return "pulse"
    if begun is not None and place_of(game, room.fold.state) in begun.sent:
        return "sent"
    return "skip" if room.idle == "skip" else "persona"


class TimeWatch:
    """Looks after the time of a room, once a second, as long as its session runs; nothing ends while it is paused."""

    def __init__(self, room: TableRoom) -> None:
        self._room = room
        self._timed_out: tuple[str, OrderKind] | None = None
        self._gone_since: dict[str, float] = {}

    async def run(self) -> None:
        """Bring a turn to its end when its time is over, and a stage; whoever is waited for beyond it has a minute."""
        room = self._room
        while True:
            self._look_who_is_gone()
            await asyncio.sleep(_TICK)
            left = room.left()
            if room.paused:
                continue
            if left is None or left > 0:
                self._timed_out = None
            elif self._end_stage() or any(order.payload["kind"] in ("end", "vote") for order in room.due):
                continue  # nobody loses a seat for a turn that is over with the stage
            else:
                room.turn_time.limit_from_now(_LAST_SECONDS)
            self._end_turns()

    def _end_turns(self) -> None:
        room = self._room
        late = [seat for seat in room.waited if (left := room.turn_time.left(seat)) is not None and left <= 0]
        gone = [seat for seat in self._gone() if seat not in late]
        for seat in (*late, *gone):
            then = follows(room, seat)
            if then == "decides":
                self._decide_or_wait(seat)
                continue
            if then == "waits":
                self._wait_for(seat)
                continue
            room.turn_time.run_out(seat)
            if then == "pulse":
                room.overdue[seat] = "gone" if seat in gone else "pulse"
                room.pulses.leave_out(seat)
            elif then == "uncast":
                room.book.give("uncast", seat=seat, giver="clock")
            elif then == "sent" and self._say_sent(seat):
                room.overdue[seat] = "sent"
            elif room.idle == "skip":
                room.overdue[seat] = "skip"
                room.book.give("skip", seat=seat, giver="clock")
            else:
                room.book.give("seat", seat=seat, by="persona", giver="clock", lends=room.lending.late(seat))

    def _say_sent(self, seat: str) -> bool:
        """Say what a person has sent and a question held up; return whether it may be said."""
        room, begun = self._room, self._room.begun(seat)
        place = place_of(room.game, room.fold.state)
        if begun is None:
            return False
        try:
            room.answers.say(seat, place, begun.sent[place])
        except InputError:
            return False
        begun.forget()
        return True

    def _decide_or_wait(self, seat: str) -> None:
        """Let whoever decides alone decide what they have chosen, once; without that it waits for them."""
        overdue = self._room.overdue.get(seat)
        if overdue != "waits" and (overdue == "decided" or not self._decided(seat)):
            self._wait_for(seat)

    def _wait_for(self, seat: str) -> None:
        if self._room.overdue.get(seat) != "waits":
            self._room.overdue[seat] = "waits"
            self._room.audience.asked()

    def _decided(self, seat: str) -> bool:
        """Let whoever decides alone decide what they have chosen; return whether there is any such."""
        room, state = self._room, self._room.fold.state
        place, floor, begun = place_of(room.game, state), state["floor"], room.begun(seat)
        parts = begun.parts if begun is not None and begun.place == place else {}
        if floor is None or room.asked != seat or not parts.get("terms"):
            return False
        turn = {
            "act": floor["acts"][0], "to": ALL, "says": room.game.words("turn.over_decides"),
            "terms": dict(parts["terms"]), "about": parts.get("about", ""), "condition": parts.get("condition", ""),
        }  # fmt: skip
        try:
            room.answers.say(seat, place, turn)
        except InputError:  # what was chosen may not be decided
            return False
        room.overdue[seat] = "decided"
        return True

    def _look_who_is_gone(self) -> None:
        """Keep since when each person has had no page open."""
        room, now = self._room, self._room.turn_time.clock()
        gone = [seat for seat in room.persons if not room.audience.online[seat]]
        self._gone_since = {seat: self._gone_since.get(seat, now) for seat in gone}

    def _gone(self) -> list[str]:
        """Return the seats for whose pulse alone the others wait though their pages have been gone for a while."""
        wanted, online, now = self._room.pulses.wanted, self._room.audience.online, self._room.turn_time.clock()
        if not any(online.values()) or any(online[seat] for seat in wanted):
            return []
        return [seat for seat in wanted if now - self._gone_since.get(seat, now) >= _UNCONNECTED]

    def _end_stage(self) -> bool:
        """Bring a stage to its end, or to the vote where it decides on a motion; tell whether that was ordered now."""
        room, state = self._room, self._room.fold.state
        if state["floor"] is None or state["floor"]["phase"] == "decision":
            return False
        stage = room.game.stages[state["stage"]]
        votes = "decides" in stage.abilities and comes_to_vote(room.game, state)
        kind: OrderKind = "vote" if votes else "end"
        before, self._timed_out = self._timed_out, (stage.id, kind)
        if before == self._timed_out:
            return False
        room.book.give(kind, giver="clock")
        return True
