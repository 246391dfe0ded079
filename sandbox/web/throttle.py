"""Limits: on actions of people, messages of pages, and lines in the operator's terminal."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from traceback import walk_tb
from types import MappingProxyType
from typing import Literal

import nicegui
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from typing_extensions import override

from sandbox.content.words import Words
from sandbox.settings import language
from sandbox.web.links import digest

Deed = Literal[
    "join", "seat", "act", "desk", "visit", "page", "desk page", "view", "file", "socket", "document",
]  # fmt: skip
PER_MINUTE: Mapping[Deed, int] = MappingProxyType(
    {
        "join": 120, "seat": 300, "act": 60, "desk": 240, "visit": 1500, "page": 30, "desk page": 300, "view": 600,
        "file": 12_000, "socket": 1500, "document": 60,
    }
)  # fmt: skip
"""The limits per minute.

``act``, ``desk``, ``document`` and visits to somebody's link (``page``: a seat's; ``desk page``: the facilitator's;
``view``: one that many may have) are counted by token, sockets by the link of their page where it is one, ``seat`` by
table and address; the others by address, behind which several classes may sit. Of join codes only those count that no
table has.
"""
MOST_A_MINUTE = 10
"""Messages a minute and part of the server."""
_MINUTE = 60.0
_PARTS = (
    "asyncio", "engineio.server", "nicegui", "sandbox.web.server", "sandbox.web.throttle", "socketio.server",
    "uvicorn.error", "wsproto",
)  # fmt: skip
_LOG = logging.getLogger(__name__)
_PAGES, _PROGRAM = Path(nicegui.__file__).parent, Path(__file__).parents[1]


def in_terminal(key: str, /, **values: object) -> str:
    """Return a text for the operator's terminal, in the language of the user who started the server."""
    return Words(language())(key, **values)


class Throttle:
    """Counts the actions of each visitor in the last minute, in memory."""

    def __init__(self, per_minute: Mapping[Deed, int] = PER_MINUTE) -> None:
        self._rules = {deed: RateLimitItemPerMinute(often, namespace=deed) for deed, often in per_minute.items()}
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._said: dict[Deed, float] = {}

    def allow(self, kind: Deed, who: str) -> bool:
        """Count an action of an address or token, of which only a digest is kept, and return whether it is allowed.

        A refused action is not counted.
        """
        allowed = self._limiter.hit(self._rules[kind], digest(who))
        if not allowed:
            self.refused(kind, self._rules[kind].amount)
        return allowed

    def refused(self, kind: Deed, most: int, key: str = "server.limit") -> None:
        """Log, once a minute, that actions of a kind are refused."""
        now = time.monotonic()
        if now - self._said.get(kind, -_MINUTE) >= _MINUTE:
            self._said[kind] = now
            _LOG.warning(in_terminal(key, kind=kind, most=most))


class Bucket:
    """A token bucket: lets through some things per second after a burst, and makes faster ones wait."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._step, self._ahead, self._clock = 1.0 / rate, burst / rate, clock
        self._full = clock()

    def wait(self) -> float:
        """Count one more, and return the seconds to wait."""
        now = self._clock()
        self._full = max(self._full, now) + self._step
        return max(0.0, self._full - now - self._ahead)


class Calm(logging.Filter):
    """A log filter that lets through some messages per minute; the next one tells how many were left out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._began, self._passed, self._left_out = clock(), 0, 0

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a message is shown."""
        now = self._clock()
        if now - self._began >= _MINUTE:
            self._began, self._passed = now, 0
            if self._left_out:
                record.msg = in_terminal("server.left_out", count=self._left_out, message=record.getMessage())
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
        """Return True; an error that a page alone caused is cut to one line."""
        trace = record.exc_info[2] if record.exc_info else None
        files = [Path(frame.f_code.co_filename) for frame, _ in walk_tb(trace)]
        if files and files[-1].is_relative_to(_PAGES) and not any(file.is_relative_to(_PROGRAM) for file in files):
            record.msg, record.args = in_terminal("server.no_field"), ()
            record.exc_info = record.exc_text = None
        return True


def open_log() -> None:
    """Have all parts of the server tell in lines alike what happens: when, how bad, what; on standard error.

    Those that tell of errors, which visitors can bring about, tell of a few.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%S%z")
    logging.getLogger("sandbox").setLevel(logging.INFO)
    for part in ("engineio.server", "socketio.server"):
        logging.getLogger(part).handlers.clear()  # of their own, without a time
    for part in _PARTS:
        logging.getLogger(part).addFilter(Calm())
    logging.getLogger("nicegui").addFilter(Plain())
