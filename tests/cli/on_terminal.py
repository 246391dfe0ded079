"""Commands on a terminal of their own."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from tests.cli.conftest import ROOT, Cli

__all__ = ["on_terminal", "on_terminal_until"]

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


def on_terminal_until(stop_after: str, *arguments: object) -> tuple[int, str]:
    """Run a command in a process of its own as `on_terminal` does, and press Ctrl-C once something has been shown."""
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}, stdin=inner, stdout=inner,
        stderr=inner,
    )  # fmt: skip
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
        elif process.poll() is not None:
            break
        if not pressed and stop_after in shown.decode("utf-8", "replace"):
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            pressed = True
    os.close(outer)
    return process.wait(), _plain(shown)


def _plain(shown: bytes) -> str:
    return " ".join(_STEERING.sub("", shown.decode("utf-8", "replace")).split())
