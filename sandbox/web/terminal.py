"""What reaches the operator's terminal: not more than somebody can read, whatever comes in at the door."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from traceback import walk_tb

import nicegui
from typing_extensions import override

__all__ = ["MOST_A_MINUTE", "Calm", "Plain", "keep_calm"]

MOST_A_MINUTE = 10
"""Messages a minute and part of the server."""
_PARTS = (
    "asyncio", "engineio.server", "nicegui", "socketio.server", "uvicorn.error", "wsproto",
)  # fmt: skip
_PAGES, _PROGRAM = Path(nicegui.__file__).parent, Path(__file__).parents[1]


class Calm(logging.Filter):
    """Lets some messages a minute through; the first of a later minute says how many were left out."""

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


class Plain(logging.Filter):
    """Has an error that a page brought about, and no code of this program, told in a line and without its trace.

    Such are values that no field of a page sends, and pages that are gone before they answered.
    """

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Return that a message is shown, in a line where a page alone brought it about."""
        trace = record.exc_info[2] if record.exc_info else None
        files = [Path(frame.f_code.co_filename) for frame, _ in walk_tb(trace)]
        if files and files[-1].is_relative_to(_PAGES) and not any(file.is_relative_to(_PROGRAM) for file in files):
            record.msg, record.args = "a page sent what none of its fields can hold; it was not taken", ()
            record.exc_info = record.exc_text = None
        return True


def keep_calm() -> None:
    """Have the parts of the server that tell of errors, which visitors can bring about, tell of a few."""
    for part in _PARTS:
        logging.getLogger(part).addFilter(Calm())
    logging.getLogger("nicegui").addFilter(Plain())
