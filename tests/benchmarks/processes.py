"""What a process takes: CPU time and memory, as Linux counts them."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

__all__ = ["Cpu", "free_port", "resident"]

_TICKS = os.sysconf("SC_CLK_TCK")


class Cpu:
    """CPU seconds since this was made.

    Args:
        pid: of which process; None for the whole machine.
    """

    def __init__(self, pid: int | None = None) -> None:
        self._pid = pid
        self._start = self._now()

    def spent(self) -> float:
        """Return the seconds."""
        return self._now() - self._start

    def _now(self) -> float:
        if self._pid is None:
            user, nice, system, *_ = Path("/proc/stat").read_text("ascii").split("\n")[0].split()[1:]
            return (int(user) + int(nice) + int(system)) / _TICKS
        fields = Path(f"/proc/{self._pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


def resident(pid: int) -> int:
    """Return the resident memory of a process in bytes."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    assert found
    return 1024 * int(found[1])


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
