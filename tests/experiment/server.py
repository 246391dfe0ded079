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

__all__ = ["BINARIES", "postgresql"]

BINARIES = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=Path("none")).parent
"""Where Debian keeps the server's programs; they are not there where it is not installed."""


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a server and give the URL of its database."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    user = _user()
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    data, log = folder / "data", (folder / "log").open("wb")
    make: list[str | Path] = [BINARIES / "initdb", "-D", data, "-A", "trust", "-U", "tests", "--no-sync", "-E", "UTF8"]
    subprocess.run(make, user=user, cwd=folder, stdout=log, stderr=log, check=True)
    serve: list[str | Path] = [
        BINARIES / "postgres",
        "-D",
        data,
        "-k",
        folder,
        "-c",
        "listen_addresses=",
        "-c",
        "fsync=off",
    ]
    server = subprocess.Popen(serve, user=user, cwd=folder, stdout=log, stderr=log)
    try:
        _wait(folder)
        yield f"postgresql://tests@/postgres?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)  # at once, also where a test that failed left a connection open
        server.wait()
        log.close()
        shutil.rmtree(folder)


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
