"""How many requests an endpoint gets at once: half as many when it says that there are too many, then more again."""

from __future__ import annotations

import asyncio
from types import TracebackType

from sandbox.llm.failures import BusyError

MOST = 256
"""Requests at once at most; a client keeps as many connections."""
_FIRST = 8


class Limiter:
    """Bounds the requests that an endpoint gets at once, for all sessions together.

    The bound doubles with each round of answers until the first 429, which halves it; from then on it grows by one a
    round. Calls that got a 429 are let in again before any other, so that all others wait as long as the endpoint
    asked for.

    Args:
        most: requests at once at most.

    Attributes:
        limit: requests at once as things stand; the fraction is what has grown so far.
        active: requests that are in flight.
    """

    def __init__(self, most: int = MOST) -> None:
        self.limit = float(min(_FIRST, most))
        self.active = 0
        self._most = most
        self._cuts = 0
        self._held_back = 0
        # Only the first in each lane watches for changes; lock and event are both first come, first served.
        self._lane, self._lane_again = asyncio.Lock(), asyncio.Lock()
        self._changed = asyncio.Event()

    def place(self) -> CallPlace:
        """Return a place for one call."""
        return CallPlace(self)

    async def enter(self, again: bool) -> int:
        """Wait until a request may be sent; ``again`` for one that got a 429.

        Returns:
            How often the limit has been halved.
        """
        async with self._lane_again if again else self._lane:
            while self.active + 1 > self.limit or (self._held_back and not again):
                self._changed.clear()
                await self._changed.wait()
            self.active += 1
        return self._cuts

    def leave(self, cuts: int, error: BaseException | None) -> None:
        """Count a request as finished.

        Args:
            cuts: what `enter` returned; a 429 halves the limit only where no other has since the request was sent.
            error: how it failed; None where it was answered.
        """
        self.active -= 1
        if isinstance(error, BusyError):
            if cuts == self._cuts:
                self.limit = max(1.0, self.limit / 2)
                self._cuts += 1
        elif error is None and (self._lane.locked() or self._lane_again.locked()):
            self.limit = min(self._most, self.limit + (1 / self.limit if self._cuts else 1))
        self._changed.set()

    def hold_back(self, calls: int) -> None:
        """Let no new call in before so many more (or, below zero, fewer) that got a 429."""
        self._held_back += calls
        self._changed.set()


class CallPlace:
    """The place of one call, over all its attempts: ``with`` around the call, ``async with`` around each request."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._cuts = 0
        self._held_back = False

    def __enter__(self) -> CallPlace:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._hold_back(False)

    async def __aenter__(self) -> None:
        self._cuts = await self._limiter.enter(self._held_back)
        self._hold_back(False)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._limiter.leave(self._cuts, error)
        self._hold_back(isinstance(error, BusyError))

    def _hold_back(self, wanted: bool) -> None:
        if wanted != self._held_back:
            self._held_back = wanted
            self._limiter.hold_back(1 if wanted else -1)
