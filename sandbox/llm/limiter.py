"""Limits the requests to an endpoint at once: halves the limit when it reports too many, then raises it again."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType

from sandbox.llm.failures import BusyError

MOST = 256
"""Most requests at once; a client keeps as many connections."""
_FIRST = 8
_BRIEF = 2.0  # most seconds that an overloaded endpoint asks for; one that counts by the minute asks for more
_SEEN = 100  # last requests of which the share of 429s is taken
_BY_CHANCE = 2  # most 429s to one call that may be by chance
_CHANCE, _FEW = 0.15, 5  # share and number of 429s up to which an overloaded endpoint may refuse by chance


class Refusals:
    """The 429s among the last requests.

    An overloaded endpoint refuses a few at random and asks for a short wait: these are made again, and nothing else
    needs to wait or slow down.
    """

    def __init__(self) -> None:
        self._last: deque[bool] = deque(maxlen=_SEEN)

    def sent(self) -> None:
        """Count a request."""
        self._last.append(False)

    def refused(self) -> None:
        """Count a 429, in addition to `sent`."""
        self._last.append(True)

    @property
    def share(self) -> float:
        """The share of the last requests that were refused."""
        count = sum(self._last)
        return count / max(1, count, len(self._last) - count)

    @staticmethod
    def brief(retry_after: float | None) -> bool:
        """Return whether the wait that an endpoint asks for (seconds) is as short as that of an overloaded one."""
        return (retry_after or 0.0) <= _BRIEF

    def by_chance(self, retry_after: float | None) -> bool:
        """Return whether the latest 429 is one of a few at random; never if the endpoint asks for no wait."""
        few = sum(self._last) <= _FEW or self.share <= _CHANCE
        return bool(retry_after) and self.brief(retry_after) and few


class Limiter:
    """Limits the requests to an endpoint at once, for all sessions together.

    The limit doubles with each round of answers until the first 429, which halves it; from then on it grows by one per
    round. Calls that got a 429 go first, so that all others wait as long as the endpoint asked for. A 429 by chance, as
    `Refusals` defines it, changes nothing.

    Args:
        most: most requests at once.

    Attributes:
        limit: the present limit; it grows by fractions.
        active: number of requests under way.
    """

    def __init__(self, most: int = MOST) -> None:
        self.limit = float(min(_FIRST, most))
        self.active = 0
        self._most = most
        self._cuts = 0
        self._waiting = 0
        self._held_back = 0
        self._refusals = Refusals()
        # Only the first waiter in each lane watches for changes; locks serve waiters in order.
        self._lane, self._lane_again = asyncio.Lock(), asyncio.Lock()
        self._changed = asyncio.Event()

    def place(self) -> CallPlace:
        """Return a place for one call."""
        return CallPlace(self)

    async def enter(self, again: bool) -> int:
        """Wait until a request may be sent; ``again`` for one that got a 429.

        Returns:
            The number of times that the limit has been halved.
        """
        self._waiting += 1
        try:
            async with self._lane_again if again else self._lane:
                while self.active + 1 > self.limit or (self._held_back and not again):
                    self._changed.clear()
                    await self._changed.wait()
                self.active += 1
        finally:
            self._waiting -= 1
        return self._cuts

    def leave(self, cuts: int, error: BaseException | None) -> bool:
        """Count a request as finished.

        Args:
            cuts: the result of `enter`; a 429 halves the limit only if no other one has since the request was sent.
            error: its failure; None if it was answered.

        Returns:
            Whether it got a 429 for which all others must wait.
        """
        self.active -= 1
        self._refusals.sent()
        waits = False
        if isinstance(error, BusyError):
            self._refusals.refused()
            waits = error.repeated or not self._refusals.by_chance(error.retry_after)
            if waits and cuts == self._cuts:
                self.limit = max(1.0, self.limit / 2)
                self._cuts += 1
        elif error is None and self._waiting:
            self.limit = min(self._most, self.limit + (1 / self.limit if self._cuts else 1))
        self._changed.set()
        return waits

    def hold_back(self, calls: int) -> None:
        """Change, by ``calls``, the number of calls with a 429 that new calls must wait for."""
        self._held_back += calls
        self._changed.set()


class CallPlace:
    """The place of one call, over all its attempts: ``with`` around the call, ``async with`` around each request."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._cuts = self._refused = 0
        self._again = self._held_back = False

    def __enter__(self) -> CallPlace:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._hold_back(False)

    def refused(self, error: BusyError) -> None:
        """Count a 429 to the call; the third and later ones are not by chance."""
        self._refused += 1
        error.repeated = self._refused > _BY_CHANCE

    async def __aenter__(self) -> None:
        self._cuts = await self._limiter.enter(self._again)
        self._hold_back(False)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._again = isinstance(error, BusyError)
        self._hold_back(self._limiter.leave(self._cuts, error))

    def _hold_back(self, wanted: bool) -> None:
        if wanted != self._held_back:
            self._held_back = wanted
            self._limiter.hold_back(1 if wanted else -1)
