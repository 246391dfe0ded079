"""The seconds in which what somebody has said, or voted, may be taken back before it counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

SECONDS = 5
"""For how long new tables hold a line, unless it is switched off."""


class Hold:
    """Waits some seconds before something is done, unless it is stopped; where there are none, it is done at once."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, then: Callable[[], None]) -> None:
        """Do something when the seconds are over, and nothing of what was to be done before."""
        self.stop()
        if self._seconds:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._over, then)
        else:
            then()

    def stop(self) -> None:
        """Do nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def left(self) -> float | None:
        """The seconds that are left; None where nothing waits."""
        return None if self._timer is None else max(0.0, self._timer.when() - asyncio.get_running_loop().time())

    def _over(self, then: Callable[[], None]) -> None:
        self._timer = None
        then()
