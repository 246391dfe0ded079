"""``sandbox serve`` as a copy of a process that has loaded it once: to load it for each server takes a second."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path

from typing_extensions import override

from sandbox.record.events import Event
from sandbox.web import app, room, time_watch
from sandbox.web.clock import StageClock, TurnTime

__all__ = ["RoomClock", "Serving"]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.web.loaded"])


class RoomClock:
    """The clock of a server's rooms, which a test puts forward: nobody has to wait, however busy the machine is."""

    def __init__(self) -> None:
        self._ahead = _CONTEXT.RawValue("d", 0.0)

    @property
    def ahead(self) -> float:
        """By how many seconds it is ahead of the computer's own."""
        return float(self._ahead.value)

    def put_forward(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self._ahead.value += seconds

    def now(self) -> float:
        """Return the time in seconds; only its differences mean something."""
        return time.monotonic() + self.ahead

    @property
    def rooms(self) -> Mapping[str, object]:
        """What rooms have instead of their own, so that they go by this clock, and look at it again soon."""
        return {
            "_TICK": 0.05, "_LONGEST_LOOK": 0.1, "TurnTime": partial(TurnTime, clock=self.now),
            "StageClock": partial(_StageAhead, self),
        }  # fmt: skip


class _StageAhead(StageClock):
    """A stage's time by a clock that is put forward."""

    def __init__(self, clock: RoomClock, minutes: Mapping[str, int]) -> None:
        super().__init__(minutes)
        self._clock = clock

    @override
    def event(self, event: Event) -> None:
        super().event(replace(event, at=event.at + self._clock.ahead))

    @override
    def set_left(self, seconds: float | None, now: float) -> None:
        super().set_left(seconds, now + self._clock.ahead)

    @override
    def left(self, now: float) -> float | None:
        return super().left(now + self._clock.ahead)


class Serving:
    """A server at work in a process of its own.

    Args:
        arguments: what follows ``sandbox serve``.
        environment: all its variables.
        complaints: the file of its standard error.
        rooms: what `sandbox.web.app`, `room` and `time_watch` have under some names instead of their own.

    Attributes:
        stdout: its standard output.
    """

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], complaints: Path, rooms: Mapping[str, object]
    ) -> None:
        forkserver.ensure_running()
        reader, writer = _CONTEXT.Pipe(duplex=False)
        with reader, writer:
            given = (arguments, dict(environment), writer, complaints, rooms)
            self._process = _CONTEXT.Process(target=_serve, args=given)
            self._process.start()
            self.stdout = os.fdopen(os.dup(reader.fileno()), encoding="utf-8")

    @property
    def pid(self) -> int:
        """The id of the process."""
        assert self._process.pid
        return self._process.pid

    def end(self, how: signal.Signals) -> None:
        """Send a signal that ends it, and wait until it has ended."""
        os.kill(self.pid, how)
        self._process.join(20)
        assert self._process.exitcode is not None
        self.stdout.close()


def _serve(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    stdout: Connection,
    complaints: Path,
    rooms: Mapping[str, object],
) -> None:
    multiprocessing.current_process().name = "MainProcess"  # the page library serves in no other
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(stdout.fileno(), 1)
    os.dup2(os.open(complaints, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", 1, "utf-8") for number in (1, 2))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for module in (app, room, time_watch):
        vars(module).update({name: value for name, value in rooms.items() if name in vars(module)})
    sys.argv = ["sandbox", "serve", *arguments]
    from sandbox.__main__ import main

    main()
