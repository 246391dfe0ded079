"""A PostgreSQL server of the tests' own, on a socket in a folder that goes with it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

__all__ = ["BINARIES", "Server", "postgresql", "serving_postgresql"]

BINARIES = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=Path("none")).parent
"""Where Debian keeps the server's programs; they are not there where it is not installed."""


class Server:
    """A server and its data; it can crash and begin again.

    Args:
        folder: where data, log and socket lie.

    Attributes:
        url: of its database.
    """

    def __init__(self, folder: Path) -> None:
        self.url = f"postgresql://tests@/postgres?host={folder}"
        self._folder, self._user, self._log = folder, _user(), (folder / "log").open("ab")
        if self._user:
            os.chown(folder, pwd.getpwnam(self._user).pw_uid, -1)
        make: list[str | Path] = [BINARIES / "initdb", "-D", folder / "data", "-A", "trust", "-U", "tests"]
        subprocess.run([*make, "--no-sync", "-E", "UTF8"], **self._how, check=True)
        self.begin()

    @property
    def _how(self) -> dict[str, Any]:
        return {"user": self._user, "cwd": self._folder, "stdout": self._log, "stderr": self._log}

    def begin(self) -> None:
        """Begin to serve."""
        serve: list[str | Path] = [BINARIES / "postgres", "-D", self._folder / "data", "-k", self._folder]
        self._process = subprocess.Popen([*serve, "-c", "listen_addresses=", "-c", "fsync=off"], **self._how)
        _wait(self._folder)

    def crash(self) -> None:
        """End at once, in the midst of whatever is going on; only what was said to be kept is kept."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def end(self) -> None:
        """End at once, also where a test that failed left a connection open."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait()
        self._log.close()


@contextmanager
def serving_postgresql() -> Iterator[Server]:
    """Start a server, with a folder that goes with it; what needs one is skipped where none is installed."""
    if not (BINARIES / "initdb").is_file():
        pytest.skip("no PostgreSQL server is installed")
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = Server(folder)
    try:
        yield server
    finally:
        server.end()
        shutil.rmtree(folder)


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a server and give the URL of its database."""
    with serving_postgresql() as server:
        yield server.url


def _user() -> str | None:
    """Return the user who runs the server where the tests are root's, who may not."""
    if os.getuid():
        return None
    return next((name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()}), None)


def _wait(folder: Path) -> None:
    import psycopg

    deadline = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(host=str(folder), user="tests", dbname="postgres").close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, (folder / "log").read_text(encoding="utf-8")
            time.sleep(0.05)
        else:
            return
