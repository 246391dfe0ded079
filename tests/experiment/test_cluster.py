"""Beyond one machine: workers, their driver and the database are killed, and nothing is lost or paid for twice."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from sandbox.errors import InputError
from sandbox.experiment.store.store import Store
from sandbox.experiment.store.tables import RUNS
from sandbox.llm.usage import Budget
from tests.cli.conftest import ROOT, Cli, Served, cli, served
from tests.diffusion.countries import little
from tests.experiment.making import saved
from tests.experiment.playing import SHORT, begun, in_a_process, kept, play, wait_for
from tests.experiment.server import Server, serving_postgresql
from tests.session.support import Slow, SteadyModel, serving

__all__ = ["cli", "served"]

pytestmark = pytest.mark.cluster
AT_ONCE, PASSWORD = 4, "geheim-geheim"
LONG = {**SHORT, "replicates": 4}
COUNTRIES: dict[str, Any] = {
    "arms": "without", "base": "nothing", "replicates": 6, "seed": 3, "null_arm": False,
    "factors": {
        "governance": None, "scenario": None, "network": ["little"], "without": ["nothing", "learning"],
        "districts": [4000],
    },
    "hypotheses": [
        {"id": "h1", "outcome": "spread_form", "arm": "learning", "direction": "lower", "smallest": 0.1,
         "primary": True},
    ],
}  # fmt: skip


class Brisk(Slow):
    """Takes its time, but little of it."""

    def __init__(self) -> None:
        super().__init__("propose", pause=0.06)

    def asked(self, more: int) -> None:
        """Wait for more calls."""
        enough = len(self.requests) + more
        # Who dies is replaced by a process that has everything to load.
        wait_for(lambda enough: len(self.requests) >= enough, enough, seconds=120)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL server."""
    with serving_postgresql() as server:
        yield server


@pytest.fixture
def where(server: Server) -> Iterator[str]:
    """The URL of a database without a store."""
    yield server.url.replace("tests@", f"tests:{PASSWORD}@")
    import psycopg

    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS sandbox_small CASCADE")


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of Ray's files; its clusters are closed to others by a key that is known, so that none is made."""
    folder = Path(tempfile.mkdtemp(prefix="ray"))  # its sockets need a short path
    for name, value in (("TMPDIR", str(folder)), ("AUTH_MODE", "token"), ("AUTH_TOKEN", "t" * 32)):
        monkeypatch.setenv(f"RAY_{name}", value)
    monkeypatch.setenv("SANDBOX_TURN_STYLE", "directed")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def on_ray(path: Path, where: str, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command in a group of processes of its own, as a terminal does."""
    options = ["--store", where, "--processes", "2", "--concurrency", str(AT_ONCE), "--quiet", *more]
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "experiment", "run", str(path), "--engine", "ray", *options],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def standing_cluster() -> Iterator[str]:
    """Start a cluster that is there before the command and after it, and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    head = ["start", "--head", f"--port={port}", "--num-cpus=2", "--include-dashboard=false", "--block"]
    process = subprocess.Popen(
        [sys.executable, "-c", "from ray.scripts.scripts import main; main()", *head],
        env={**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    with process:
        try:
            assert process.stdout is not None
            assert any("Ray runtime started" in line for line in process.stdout)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


_unbroken: list[tuple[dict[str, Any], int]] = []


def unbroken(cli: Cli, served: Served, path: Path, folder: Path) -> tuple[dict[str, Any], int]:
    """Return what a run on this machine leaves, and how many calls it makes; played once for all tests."""
    if not _unbroken:
        assert cli("experiment", "run", path, "--quiet").code == 0
        with Store(folder / "runs" / "small.sqlite", "small", make=False) as store:
            _unbroken.append((kept(store), len(served.model.requests)))
    return _unbroken[0]


def calls(store: Store) -> int:
    """Return how many finished calls a store keeps."""
    return sum(event.kind == "call" for row in store.everything() for event in store.events(row["id"]))


def at_work(store: Store) -> list[int]:
    """Return the processes that work on a store."""
    return [int(work.process.split(":")[0]) for work in store.works() if work.ended is None]


def lives(process: int) -> bool:
    """Return whether there is such a process."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_workers_are_killed_and_the_database_crashes(
    cli: Cli, served: Served, server: Server, where: str, logs: Path, tmp_path: Path
) -> None:
    path = saved(tmp_path, **LONG)
    whole, needed = unbroken(cli, served, path, tmp_path)
    served.model = model = Brisk()
    with on_ray(path, where) as process:
        model.asked(12)
        with Store(where, "small", make=False) as store:
            first, second = at_work(store)
            os.kill(first, signal.SIGKILL)
            model.asked(5)
            server.crash()
            time.sleep(1)
            server.begin()
            model.asked(5)
            os.kill(second, signal.SIGKILL)
            assert process.communicate(timeout=60) == (f"{store.shown}\n", "")
            assert process.returncode == 0
            assert kept(store) == whole
            assert calls(store) == needed
            assert 0 <= len(model.requests) - needed <= AT_ONCE, "only calls in flight at a kill are made again"
            assert [work.ended is None for work in store.works()] == [False] * 4, "who dies is replaced"
    texts = [path.read_bytes() for path in logs.rglob("*") if path.is_file()]
    assert texts
    assert not any(secret in text for text in texts for secret in (PASSWORD.encode(), b"sk-secret-key"))


def test_processes_share_a_store_in_postgresql_without_ray(server: Server, where: str, tmp_path: Path) -> None:
    with serving(SteadyModel("propose")) as url, begun(tmp_path / "s.sqlite") as store:
        play(store, url)
        whole, needed = kept(store), calls(store)
    model, cap = Brisk(), 220 * 60
    begun(where).close()
    with serving(model) as url:

        def work() -> None:
            with Store(where, "small") as store:
                play(store, url, concurrency=2, budget=Budget(max_tokens=cap))

        first, second = in_a_process(work), in_a_process(work)
        model.asked(8)
        os.kill(first, signal.SIGKILL)
        os.waitpid(first, 0)
        model.asked(4)
        server.crash()
        server.begin()
        assert os.waitpid(second, 0)[1] == 0
    with Store(where, "small", make=False) as store:
        assert kept(store) == whole
        assert needed <= len(model.requests) <= needed + 2
        assert all(work.spent.calls for work in store.works())


@pytest.mark.usefixtures("logs")
def test_the_driver_is_interrupted_and_then_killed(cli: Cli, served: Served, where: str, tmp_path: Path) -> None:
    path = saved(tmp_path, **LONG)
    whole, needed = unbroken(cli, served, path, tmp_path)
    served.model = model = Brisk()
    with standing_cluster() as address, pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_ADDRESS", address)
        with on_ray(path, where) as process:
            model.asked(8)
            os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=30)
            assert (process.returncode, out) == (130, "")
            assert err.startswith(
                "sandbox: interrupted\nsandbox: what is done is kept; go on with: sandbox experiment run "
            )
            assert "--engine ray" in err
            assert PASSWORD not in err
        with Store(where, "small", make=False) as store:
            assert calls(store) == len(model.requests) < needed, "calls in flight are waited for"
            assert at_work(store) == []
            with on_ray(path, where) as process:
                model.asked(8)
                workers = at_work(store)
                os.kill(process.pid, signal.SIGKILL)
                wait_for(lambda enough: len([worker for worker in workers if not lives(worker)]) >= enough, 2)
            assert cli("experiment", "run", path, "--store", where, "--quiet").code == 0
            assert kept(store) == whole
            assert 0 <= len(model.requests) - needed <= AT_ONCE, "only calls in flight at the kill are made again"


@pytest.mark.usefixtures("logs")
def test_countries_are_played_by_a_worker_that_is_killed_and_by_the_one_that_replaces_it(
    cli: Cli, where: str, tmp_path: Path
) -> None:
    little(tmp_path)
    path, own = saved(tmp_path, **COUNTRIES), ("--content", str(tmp_path))
    assert cli("experiment", "run", path, *own, "--processes", 1, "--quiet").code == 0
    with Store(tmp_path / "runs" / "small.sqlite", "small", make=False) as store:
        whole = kept(store)
    assert {bare["state"] for bare, _, _ in whole.values()} == {"done"}
    # A second worker might play all that is left before the one that dies is replaced.
    with on_ray(path, where, *own, "--processes", "1") as process:
        os.kill(halted(where), signal.SIGKILL)
        with Store(where, "small", make=False) as store:
            assert process.communicate(timeout=120) == (f"{store.shown}\n", "")
            assert process.returncode == 0
            assert kept(store) == whole
            assert [work.ended is None for work in store.works()] == [False] * 2, "who dies is replaced"


def halted(where: str) -> int:
    """Stop a process in the midst of a session, however short that is, and return the process."""
    while True:
        wait_for(lambda enough: len(playing(where)) >= enough, 1, seconds=120)
        for process in playing(where):
            os.kill(process, signal.SIGSTOP)
            time.sleep(0.1)  # what it has sent to the database is still done there
            if process in playing(where):
                return process
            os.kill(process, signal.SIGCONT)


def playing(where: str) -> list[int]:
    """Return the processes that have sessions of a store in hand; none before there is a store."""
    try:
        with Store(where, "small", make=False) as store, store.database.reading() as connection:
            owners = set(connection.scalars(select(RUNS.c.owner).where(RUNS.c.state == "running")))
            return [int(work.process.split(":")[0]) for work in store.works() if work.owner in owners]
    except InputError:
        return []


def test_a_file_is_for_one_machine(cli: Cli, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sandbox.experiment.playing import cluster

    nodes = [{"Alive": True}, {"Alive": True}, {"Alive": False}]
    fake = SimpleNamespace(init=lambda *_, **__: None, shutdown=lambda: None, nodes=lambda: nodes)
    monkeypatch.setattr(cluster, "ray", fake)
    path = saved(tmp_path, **SHORT)
    refused = cli("experiment", "run", path, "--engine", "ray")
    assert refused.code == 2
    assert "--store: a file is for one machine, and the cluster has 2" in refused.err
    assert served.model.requests == []
