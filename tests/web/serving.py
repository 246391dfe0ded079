"""``sandbox serve`` as a copy of a process that has loaded it once for all workers of a run: that takes seconds."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import pickle
import select
import signal
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property, partial
from mmap import mmap
from pathlib import Path

from typing_extensions import override

from sandbox.record.events import Event
from sandbox.web import server
from sandbox.web.tables import room, time_watch
from sandbox.web.tables.clock import StageClock, TurnTime
from tests.copies import roomy

__all__ = ["RoomClock", "Serving"]

_ROOT = Path(__file__).resolve().parents[2]
_SECONDS = struct.Struct("d")


class RoomClock:
    """The clock of a server's rooms, which a test puts forward: nobody has to wait, however busy the machine is.

    Args:
        file: where it is kept by how many seconds it is ahead; processes share it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        file.write_bytes(_SECONDS.pack(0.0))

    def __getstate__(self) -> dict[str, Path]:
        return {"_file": self._file}

    @cached_property
    def _shared(self) -> mmap:
        with self._file.open("r+b") as opened:
            return mmap(opened.fileno(), _SECONDS.size)

    @property
    def ahead(self) -> float:
        """By how many seconds it is ahead of the computer's own."""
        return float(_SECONDS.unpack_from(self._shared)[0])

    def put_forward(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        _SECONDS.pack_into(self._shared, 0, self.ahead + seconds)

    def now(self) -> float:
        """Return the time in seconds; only its differences mean something."""
        return time.monotonic() + self.ahead

    @property
    def rooms(self) -> Mapping[str, object]:
        """What rooms have instead of their own, so that they go by this clock, and look at it again soon."""
        return {
            "_TICK": 0.2, "card_seconds": _at_once, "TurnTime": partial(TurnTime, clock=self.now),
            "StageClock": partial(_StageAhead, self),
        }  # fmt: skip


def _at_once(reading: bool) -> float:
    """Return for how long a line of a card is left standing where nobody reads it."""
    return 0.2 if reading else 0.1


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
        rooms: what `sandbox.web.tables.room`, `server` and `time_watch` have under some names instead of their own.

    Attributes:
        stdout: its standard output.
        pid: the id of the process.
    """

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], complaints: Path, rooms: Mapping[str, object]
    ) -> None:
        loaded, (reader, writer) = _loaded(), os.pipe()
        socket.send_fds(loaded, [b"."], [writer])
        os.close(writer)
        with loaded.makefile("wb") as request:
            pickle.dump((arguments, dict(environment), complaints, rooms), request)
        self.stdout = os.fdopen(reader, encoding="utf-8")
        answer = loaded.recv(4)
        assert answer, "the process that servers are copies of has ended"
        self.pid = int.from_bytes(answer)

    def end(self, how: signal.Signals) -> None:
        """Send a signal that ends it, and wait until it has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, how)
            for _ in range(4_000):
                time.sleep(0.005)
                os.kill(self.pid, 0)
            raise AssertionError("the server does not end")
        self.stdout.close()


@cache
def _loaded() -> socket.socket:
    """Return the way to the process that servers are copies of: the first of all workers of a run to ask starts it."""
    address = Path(tempfile.gettempdir()) / f"serving-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
    while True:
        loaded = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
            loaded.connect(str(address))
            atexit.register(loaded.close)
            return loaded
        loaded.close()
        with socket.socket(socket.AF_UNIX) as door:
            try:
                door.bind(str(address))
            except OSError:  # another worker was quicker
                continue
            address.chmod(0o600)
            door.listen()
            door.set_inheritable(True)
            load = f"import gc; gc.disable(); from {__name__} import copy; copy({door.fileno()})"  # all of it stays
            command = [sys.executable, "-c", load]
            os.posix_spawn(sys.executable, command, {**os.environ, "PYTHONPATH": str(_ROOT)})


@roomy
def copy(number: int) -> None:
    """Load what servers have in common, and become a server as often as workers ask, until all of them have gone.

    Args:
        number: the descriptor of the socket at which they call.
    """
    import tests.web.loaded  # noqa: F401

    gc.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _bury)
    with socket.socket(fileno=number) as door:
        workers = [door.accept()[0]]
        while workers:
            for caller in select.select([door, *workers], [], [])[0]:
                if caller is door:
                    workers.append(door.accept()[0])
                    continue
                _, descriptors, *_ = socket.recv_fds(caller, 1, 1)
                if not descriptors:
                    workers.remove(caller)
                    caller.close()
                    continue
                with caller.makefile("rb") as request:
                    given = pickle.load(request)
                if pid := os.fork():
                    os.close(descriptors[0])
                    caller.sendall(pid.to_bytes(4))
                    continue
                for each in (door, *workers):
                    each.close()
                _serve(descriptors[0], *given)
                return
        Path(door.getsockname()).unlink()


def _bury(*_: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _serve(
    stdout: int, arguments: Sequence[str], environment: Mapping[str, str], complaints: Path, rooms: Mapping[str, object]
) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(stdout, 1)
    os.dup2(os.open(complaints, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", 1, "utf-8") for number in (1, 2))
    for module in (room, server, time_watch):
        vars(module).update({name: value for name, value in rooms.items() if name in vars(module)})
    sys.argv = ["sandbox", "serve", *arguments]
    from sandbox.__main__ import main

    main()
