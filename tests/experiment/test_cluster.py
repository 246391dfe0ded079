"""Beyond one machine: workers, their driver and the database are killed, and nothing is lost or paid for twice."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.experiment.store import Store
from sandbox.llm.usage import Budget
from tests.cli.conftest import Cli, Served, cli, served, start
from tests.experiment.making import saved
from tests.experiment.playing import SHORT, begun, in_a_process, kept, play, short_runs, wait_for
from tests.experiment.server import BINARIES, Server, serving_postgresql
from tests.session.support import Slow, SteadyModel, serving

__all__ = ["cli", "served"]

pytestmark = pytest.mark.cluster
AT_ONCE, SESSIONS, PASSWORD = 4, 10, "geheim-geheim"


class Brisk(Slow):
    """Takes its time, but little of it."""

    def __init__(self) -> None:
        super().__init__("propose", pause=0.03)


@pytest.fixture
def server() -> Iterator[Server]:
    """A PostgreSQL server."""
    if not (BINARIES / "initdb").is_file():
        pytest.skip("no PostgreSQL server is installed")
    with serving_postgresql() as server:
        yield server


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of Ray's files; its clusters are closed to others by a key that is known, so that none is made."""
    folder = Path(tempfile.mkdtemp(prefix="ray"))  # its sockets need a short path
    for name, value in (("TMPDIR", str(folder)), ("AUTH_MODE", "token"), ("AUTH_TOKEN", "t" * 32)):
        monkeypatch.setenv(f"RAY_{name}", value)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def calls(store: Store) -> int:
    """Return how many finished calls a store keeps."""
    return sum(event.kind == "call" for row in store.everything() for event in store.events(row["id"]))


def workers(store: Store) -> list[int]:
    """Return the processes that work on a store."""
    return [int(work.process.split(":")[0]) for work in store.works() if work.ended is None]


def test_workers_are_killed_and_the_database_crashes(
    cli: Cli, served: Served, server: Server, logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANDBOX_TURN_STYLE", "directed")
    path, where = saved(tmp_path, **SHORT, replicates=SESSIONS // 2), server.url.replace("tests@", f"tests:{PASSWORD}@")
    assert cli("experiment", "run", path, "--quiet").code == 0
    with Store(tmp_path / "runs" / "small.sqlite", "small", make=False) as store:
        unbroken = kept(store)
    needed, served.model = len(served.model.requests), Brisk()

    def asked(more: int) -> None:
        enough = len(served.model.requests) + more
        wait_for(lambda enough: len(served.model.requests) >= enough, enough)

    process = start([
        "experiment", "run", str(path), "--engine", "ray", "--store", where, "--processes", "2",
        "--concurrency", str(AT_ONCE), "--quiet",
    ])  # fmt: skip
    wait_for(lambda enough: len(served.model.requests) >= enough, 12)
    with Store(where, "small", make=False) as store:
        first, second = workers(store)
        os.kill(first, signal.SIGKILL)
        asked(5)
        server.crash()
        time.sleep(1)
        server.begin()
        asked(5)
        os.kill(second, signal.SIGKILL)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        assert kept(store) == unbroken
        assert calls(store) == needed
        assert 0 <= len(served.model.requests) - needed <= AT_ONCE, "only what was in flight at a kill is asked again"
        works = store.works()
        assert len(works) == 4, "who dies is replaced"
        assert all(work.ended for work in works)
        assert PASSWORD not in out
    texts = [path.read_bytes() for path in logs.rglob("*") if path.is_file()]
    assert texts
    assert not any(secret in text for text in texts for secret in (PASSWORD.encode(), b"sk-secret-key"))
