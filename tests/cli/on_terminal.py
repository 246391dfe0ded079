"""Commands on a terminal of their own."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

from tests.cli.conftest import ROOT

__all__ = ["on_terminal"]

_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_terminal(*arguments: object, stop_after: str = "") -> tuple[int, str]:
    """Run a command on a terminal, and return its exit code and what it showed, with single spaces.

    Args:
        arguments: the command.
        stop_after: press Ctrl-C once this has been shown; empty for never.
    """
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}, stdin=inner, stdout=inner,
        stderr=inner,
    )  # fmt: skip
    os.close(inner)
    shown, pressed, deadline = b"", not stop_after, time.monotonic() + 60
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
    return process.wait(), " ".join(_STEERING.sub("", shown.decode("utf-8", "replace")).split())
