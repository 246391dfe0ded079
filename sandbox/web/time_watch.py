"""Time that is over: a turn, a pulse or a stage of a table is brought to its end, as it was set up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sandbox.game.orders import comes_to_vote

if TYPE_CHECKING:
    from sandbox.record.payloads import OrderKind
    from sandbox.web.room import TableRoom

_TICK = 1.0
_LAST_SECONDS = 60.0  # for whoever is still waited for when the time of a stage is over
_UNCONNECTED = 10.0  # seconds after which a pulse does not wait for those who are not connected, if for nobody else


class TimeWatch:
    """Looks after the time of a room, once a second, as long as its session runs; nothing ends while it is paused."""

    def __init__(self, room: TableRoom) -> None:
        self._room = room
        self._timed_out: tuple[str, OrderKind] | None = None

    async def run(self) -> None:
        """Bring a turn to its end when its time is over, and a stage; whoever is waited for beyond it has a minute."""
        room = self._room
        while True:
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
        """Go on without whoever has let the time for a turn or a pulse pass."""
        room = self._room
        late = [seat for seat in room.waited if (left := room.turn_time.left(seat)) is not None and left <= 0]
        late += [seat for seat in self._gone() if seat not in late]
        for seat in late:
            room.turn_time.stop(seat)
            floor = room.fold.state["floor"]
            if seat in room.pulses.wanted:
                room.overdue[seat] = "pulse"
                room.pulses.leave_out(seat)
            elif room.idle == "skip" and floor is not None and floor["phase"] != "decision":
                room.overdue[seat] = "skip"
                room.book.give("skip", seat=seat, giver="clock")
            else:
                room.book.give("seat", seat=seat, by="persona", giver="clock", lends=room.lending.late(seat))

    def _gone(self) -> list[str]:
        """Return the seats for whose pulse nobody else's page waits any more: only unconnected ones are missing."""
        wanted, online, waited = self._room.pulses.wanted, self._room.audience.online, self._room.waited
        if not any(online.values()) or any(online[seat] for seat in wanted):
            return []
        return [seat for seat in wanted if waited.get(seat, 0.0) >= _UNCONNECTED]

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
