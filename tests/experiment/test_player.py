"""A worker of a cluster refuses to play with another endpoint, content or program; and what Ray is not there for."""

from __future__ import annotations

import asyncio
import pickle
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import BudgetReachedError, InputError, SandboxError
from sandbox.experiment.playing.player import Job, Player, endpoints_of
from sandbox.experiment.playing.run import Terms
from sandbox.experiment.store.store import Store
from sandbox.llm.usage import Budget
from sandbox.settings import Settings
from tests.cli.conftest import Cli, Served, cli, served
from tests.experiment.making import saved
from tests.experiment.playing import SHORT, begun, short_runs

__all__ = ["cli", "served"]


def job(path: Path, **changes: Any) -> Job:
    """Return what a worker is told about a store that has taken in some sessions."""
    with begun(path) as store:
        by_content = {run.spec.content: run.spec for run in short_runs()}
        endpoints = endpoints_of(["stub"], Settings.from_environment())
        whole = Job(store.database.url, "small", endpoints, tuple(by_content.values()), Terms(concurrency=3))
    return replace(whole, **changes)


def played(told: Job) -> SandboxError | None:
    """Return what stops a worker."""
    return asyncio.run(Player().play(told))


def test_a_worker_plays_what_is_left(tmp_path: Path, served: Served) -> None:
    assert played(job(tmp_path / "s.sqlite")) is None
    with Store(tmp_path / "s.sqlite", "small", make=False) as store:
        assert {count.state for count in store.counts()} == {"done"}
        assert sum(work.spent.calls for work in store.works()) == len(served.model.requests)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"endpoints": {"stub": "http://other/v1"}}, r"would call http://127.* and not http://other/v1: set"),
        ({"version": "0.0.1"}, r"has version .* of governance-sandbox, and 0\.0\.1 began the run"),
        ({"terms": Terms(content=Path("elsewhere"))}, "other content than the sessions were planned with: .*elsewhere"),
        ({"samples": (short_runs()[0].spec.model_copy(update={"content": "x"}),)}, "has other content .* copy the"),
    ],
)  # fmt: skip
def test_a_worker_with_other_means_refuses(
    tmp_path: Path, served: Served, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=f"the worker on .*{message}"):
        raise played(job(tmp_path / "s.sqlite", **changes)) or AssertionError
    assert served.model.requests == []
    with Store(tmp_path / "s.sqlite", "small", make=False) as store:
        assert {count.state for count in store.counts()} == {"pending"}, "none has failed for it"


@pytest.mark.usefixtures("served")
def test_what_stops_a_worker_can_be_sent(tmp_path: Path) -> None:
    reached = played(job(tmp_path / "s.sqlite", terms=Terms(Budget(max_tokens=900))))
    assert type(reached) is BudgetReachedError
    assert "of 900 tokens" in str(reached)
    gone = played(replace(job(tmp_path / "s.sqlite"), where=str(tmp_path / "none.sqlite")))
    sent = pickle.loads(pickle.dumps(gone))
    assert isinstance(sent, InputError)
    assert str(sent) == str(gone)


def test_a_worker_that_is_stopped_before_it_begins_makes_no_call(tmp_path: Path, served: Served) -> None:
    async def stopped() -> SandboxError | None:
        player = Player()
        await player.stop()
        return await player.play(job(tmp_path / "s.sqlite"))

    stop = asyncio.run(stopped())
    assert stop is not None
    assert (stop.exit_code, served.model.requests) == (130, [])


@pytest.mark.usefixtures("served")
def test_without_ray_the_command_says_what_to_install(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "sandbox.experiment.playing.cluster", raising=False)
    path = saved(tmp_path, **SHORT)
    refused = cli("experiment", "run", path, "--engine", "ray")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == "sandbox: --engine ray needs an extra: pip install 'governance-sandbox[ray]'\n"
    assert not (tmp_path / "runs").exists()
    other = cli("experiment", "run", path, "--engine", "rai")
    assert other.code == 2
    assert "--engine: unknown engine 'rai'. Did you mean ray? Allowed: local, ray." in other.err


def test_workers_are_told_addresses_without_a_key_in_their_path() -> None:
    settings = Settings(base_url="http://127.0.0.1:1/sk-secret-key/v1", api_key="sk-secret-key")
    assert endpoints_of(["stub"], settings) == {"stub": "http://127.0.0.1:1/***/v1"}
