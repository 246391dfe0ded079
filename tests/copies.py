"""Workers of a run as copies of the process that started it: to import the tests takes each of them seconds."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from contextlib import suppress
from typing import Any, NoReturn

from execnet import gateway_io
from execnet.gateway_base import Popen2IO

_waiting: list[_Copy] = []


def roomy(call: Any) -> Any:
    """Let a function, and all that it calls, have room for its calls in one piece.

    Python takes such room from the system in pieces of sixteen kilobytes and gives a piece back once the calls in it
    have returned: what is called again and again just where one ends costs two calls of the system and page faults.
    """
    call.__code__ = call.__code__.replace(co_stacksize=70_000)  # more than half a megabyte: a piece has one then
    return call


class _Copy(Popen2IO):
    """A copy of this process that does what it is told through pipes, as the processes of execnet do."""

    def __init__(self) -> None:
        execmodel: Any = None  # until it is known
        (read, tell), (hear, write) = os.pipe(), os.pipe()
        self._pid = os.fork()
        if not self._pid:
            for copy in _waiting:  # which would not hear that this run has ended
                copy.outfile.close()
            os.close(tell)
            _work(read, write)
        os.close(read)
        os.close(write)
        super().__init__(os.fdopen(tell, "wb"), os.fdopen(hear, "rb"), execmodel)

    def wait(self) -> None:
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)


def _work(read: int, write: int) -> NoReturn:
    os.dup2(read, 0)
    os.dup2(write, 1)
    sys.argv, sys.stdin, sys.stdout = ["-c"], os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    try:
        exec(eval(sys.stdin.readline()), {"__name__": "__main__"})
        atexit._run_exitfuncs()
    finally:
        os._exit(0)


def copy_workers(count: int) -> None:
    """Let the first processes that execnet starts be copies of this one as it is now.

    Args:
        count: how many.
    """
    for _ in range(count):
        _waiting.append(_Copy())
    start = gateway_io.create_io

    def create_io(spec: Any, execmodel: Any) -> Any:
        if not (_waiting and spec.popen):
            return start(spec, execmodel)
        copy = _waiting.pop(0)
        copy.execmodel = execmodel
        return copy

    gateway_io.create_io = create_io
