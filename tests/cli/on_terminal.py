"""Commands on a terminal of their own."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import threading
import time
from contextlib import suppress

import pytest

from sandbox.__main__ import main
from tests.cli.conftest import Cli
from tests.experiment.playing import in_a_process

__all__ = ["on_terminal", "on_terminal_until", "started_on"]

_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_terminal(cli: Cli, *arguments: object) -> tuple[int, str]:
    """Run a command in this process on a terminal; return its exit code and what it showed, with single spaces."""
    outer, inner = pty.openpty()
    shown: list[bytes] = []

    def read() -> None:
        with suppress(OSError):  # the other end is closed
            while part := os.read(outer, 65536):
                shown.append(part)

    reader = threading.Thread(target=read)
    reader.start()
    with pytest.MonkeyPatch.context() as patch, os.fdopen(inner, "w", encoding="utf-8") as terminal:
        patch.setenv("TERM", "xterm")
        patch.setenv("COLUMNS", "100")
        for stream in ("stdout", "stderr"):
            patch.setattr(sys, stream, terminal)
        code = cli(*arguments).code
    reader.join()
    os.close(outer)
    return code, _plain(b"".join(shown))


def started_on(streams: tuple[int, int, int], arguments: tuple[str, ...], **variables: str) -> int:
    """Start a command in a copy of this process, on its own standard streams; return its number."""

    def work() -> None:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode, 1, "utf-8") for number, mode in enumerate("rww"))
        os.environ |= variables
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv = ["sandbox", *arguments]
        try:
            main()
        except SystemExit as ended:
            os._exit(ended.code if isinstance(ended.code, int) else int(ended.code is not None))

    return in_a_process(work)


def on_terminal_until(stop_after: str, *arguments: object) -> tuple[int, str]:
    """Run a command in a process of its own as `on_terminal` does, and press Ctrl-C once something has been shown."""
    outer, inner = pty.openpty()
    process = started_on((inner, inner, inner), tuple(map(str, arguments)), TERM="xterm", COLUMNS="100")
    os.close(inner)
    shown, pressed, deadline = b"", False, time.monotonic() + 60
    while True:
        assert time.monotonic() < deadline, shown.decode("utf-8", "replace")
        if select.select([outer], [], [], 0.1)[0]:
            try:
                part = os.read(outer, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
        elif os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
        if not pressed and stop_after in shown.decode("utf-8", "replace"):
            time.sleep(0.3)
            os.kill(process, signal.SIGINT)
            pressed = True
    os.close(outer)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), _plain(shown)


def _plain(shown: bytes) -> str:
    return " ".join(_STEERING.sub("", shown.decode("utf-8", "replace")).split())
