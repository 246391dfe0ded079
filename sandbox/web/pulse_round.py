"""The pulses for which people are asked between stages: who is waited for, until all have answered or are left out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.content.words import Words
from sandbox.game.pulse import Pulse
from sandbox.web.clock import TurnTime

# Seconds for an answer where a table has no limit for a turn: three clicks that the whole room waits for.
_SECONDS = 120.0
Keep = Callable[[str, Mapping[str, Any]], Pulse]
"""What keeps the pulse of a seat, and returns it as it is kept."""


class PulseRound:
    """Asks people for their pulse, one moment after the other.

    Args:
        words: the words of the session's language.
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
        for seat in seats:
            self._turn_time.ask(seat, f"pulse {moment}", own=_SECONDS)
        self._changed()
        try:
            await self._done.wait()
        finally:
            self.clear()
            for seat in seats:
                self._turn_time.stop(seat)

    def give(self, seat: str, moment: str, levels: Mapping[str, Any]) -> None:
        """Take a person's pulse.

        Raises:
            InputError: nobody asks for it now, or a level is no whole number from 1 to 5.
        """
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
