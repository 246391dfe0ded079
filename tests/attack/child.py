"""Runs a command of the program in a copy of this process, which is told apart from it by its memory and its files."""

from __future__ import annotations

import io
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.__main__ import main
from sandbox.llm import gateway
from sandbox.scoring import null_model
from tests.scoring.null_sessions import null_values

__all__ = ["Ended", "Started", "run_command", "start_command"]


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code, seconds, most megabytes beyond those it began with, and what it wrote."""

    code: int
    seconds: float
    memory: float
    out: str
    err: str

    @property
    def said(self) -> str:
        """The message with which it stopped, or nothing."""
        lines = (line for line in self.err.splitlines() if line.startswith("sandbox: "))
        return next(lines, "").removeprefix("sandbox: ")

    def complaints(self, allowed: Sequence[int]) -> list[str]:
        """Return what should not have been; ``allowed`` are the exit codes that may be."""
        return [
            *(["a traceback"] if "Traceback" in self.err else []),
            *([f"exit code {self.code}"] if self.code not in allowed else []),
            *(["no message"] if self.code and not self.said else []),
            *(["steers the terminal"] if "\x1b" in self.out + self.err else []),
        ]


@dataclass(frozen=True)
class Started:
    """A command that is at work in a process of its own.

    Args:
        process: its id; its processes have it as the id of their group.
        home: the folder in which it runs.
        began: when, by `time.perf_counter`.
        before: megabytes that this process held then.
    """

    process: int
    home: Path
    began: float
    before: float

    @property
    def over(self) -> bool:
        """Whether it has come to its end; `ended` says how."""
        return os.waitid(os.P_PID, self.process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def kill(self) -> Ended:
        """Kill the process, but none that it has begun, and return what it wrote until then."""
        os.kill(self.process, signal.SIGKILL)
        return self.ended()

    def ended(self) -> Ended:
        """Wait for its end, and return how it ended."""
        _, status, used = os.wait4(self.process, 0)
        out, err = ((self.home / name).read_text(errors="replace") for name in ("out", "err"))
        seconds, memory = time.perf_counter() - self.began, max(0.0, used.ru_maxrss / 1024 - self.before)
        return Ended(os.waitstatus_to_exitcode(status), seconds, memory, out, err)


def start_command(
    arguments: Sequence[str], home: Path, environment: Mapping[str, str], prepare: Callable[[], None] = lambda: None
) -> Started:
    """Start a command, whose sessions lie in ``runs`` of a folder; arguments as of `run_command`."""
    for name in ("out", "err"):
        (home / name).write_bytes(b"")
    began, before = time.perf_counter(), _memory()
    child = os.fork()
    if child == 0:
        os.setsid()
        _run(arguments, home, environment, prepare)
    return Started(child, home, began, before)


def run_command(
    arguments: Sequence[str], home: Path, environment: Mapping[str, str], prepare: Callable[[], None] = lambda: None
) -> Ended:
    """Run a command, whose sessions lie in ``runs`` of a folder.

    Args:
        arguments: what follows ``sandbox``.
        home: the folder in which it runs.
        environment: further variables.
        prepare: called in the new process before the command.
    """
    return start_command(arguments, home, environment, prepare).ended()


def _memory() -> float:
    """Return the megabytes that this process holds; a copy of it begins with as many."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def _run(arguments: Sequence[str], home: Path, environment: Mapping[str, str], prepare: Callable[[], None]) -> None:
    code = 1
    try:
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(home / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(number, "w"), write_through=True) for number in (1, 2))
        logging.getLogger().handlers.clear()  # whoever runs tests listens here; a command writes to its terminal
        os.chdir(home)
        os.environ |= {"SANDBOX_RUNS": str(home / "runs"), **environment}
        gateway.LONGEST_WAIT = 0.05
        null_model._values = null_values
        sys.argv = ["sandbox", *arguments]
        prepare()
        main()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        os._exit(code)
