"""How often a person may do something: limits against floods and guessing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from sandbox.web.links import digest

__all__ = ["PER_MINUTE", "Bucket", "Deed", "Pace"]

Deed = Literal["join", "act", "desk", "visit", "file", "socket"]
PER_MINUTE: Mapping[Deed, int] = MappingProxyType(
    {"join": 120, "act": 60, "desk": 240, "visit": 600, "file": 6000, "socket": 600}
)
"""How often a minute: ``act`` and ``desk`` by token, the others by address, behind which a whole class may sit."""


class Pace:
    """Counts what each one did in the last minute, in memory."""

    def __init__(self, per_minute: Mapping[Deed, int] = PER_MINUTE) -> None:
        self._rules = {deed: RateLimitItemPerMinute(often, namespace=deed) for deed, often in per_minute.items()}
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def allow(self, kind: Deed, who: str) -> bool:
        """Count a deed of an address or token, which is not kept as such, and tell whether it is allowed.

        A deed that is not allowed does not count.
        """
        return self._limiter.hit(self._rules[kind], digest(who))


class Bucket:
    """Lets so many things a second through after a burst, and makes whatever comes faster wait."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._step, self._ahead, self._clock = 1.0 / rate, burst / rate, clock
        self._full = clock()

    def wait(self) -> float:
        """Count one more, and return the seconds after which it may pass."""
        now = self._clock()
        self._full = max(self._full, now) + self._step
        return max(0.0, self._full - now - self._ahead)
