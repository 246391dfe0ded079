"""What reaches the operator's terminal: not more than somebody can read, whatever comes in at the door."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from typing_extensions import override

__all__ = ["MOST_A_MINUTE", "Calm", "keep_calm"]

MOST_A_MINUTE = 10
"""Messages a minute and part of the server."""
_PARTS = (
    "asyncio", "engineio.server", "nicegui", "socketio.server", "uvicorn.error", "wsproto",
)  # fmt: skip


class Calm(logging.Filter):
    """Lets some messages a minute through; the first of a later minute says how many were left out.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._began, self._passed, self._left_out = clock(), 0, 0

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a message is shown."""
        now = self._clock()
        if now - self._began >= 60.0:
            self._began, self._passed = now, 0
            if self._left_out:
                record.msg = f"({self._left_out} more were left out) {record.getMessage()}"
                record.args, self._left_out = (), 0
        self._passed += 1
        self._left_out += self._passed > MOST_A_MINUTE
        return self._passed <= MOST_A_MINUTE


def keep_calm() -> None:
    """Have the parts of the server that tell of errors, which visitors can bring about, tell of a few."""
    for part in _PARTS:
        logging.getLogger(part).addFilter(Calm())
