"""How often a person may do something: limits against floods and guessing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from sandbox.web.links import digest

__all__ = ["PER_MINUTE", "Deed", "Pace"]

Deed = Literal["join", "act", "desk"]
PER_MINUTE: Mapping[Deed, int] = MappingProxyType({"join": 120, "act": 60, "desk": 240})
"""How often a minute: ``join`` by address, the others by token."""


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
