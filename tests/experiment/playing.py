"""Experiments played in this process, or in one that can be killed, against a scripted model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sandbox.experiment.planning.runs import Run
from sandbox.experiment.playing.run import Experiment, RunTally, Terms
from sandbox.experiment.store.store import DesignRun, Store
from sandbox.game.spec import SessionSpec
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.usage import BudgetAccount
from sandbox.session.runner import Models
from tests.experiment.making import LIBRARY, runs
from tests.running import in_a_process
from tests.session.support import models_at

__all__ = ["BRIEF", "SHORT", "begun", "in_a_process", "kept", "play", "play_at", "played", "short_runs", "wait_for"]

# Two short stages: some eight calls a session.
SHORT: dict[str, Any] = {
    "factors": {
        "scenario": ["four_oclock_school"], "turns": [2], "stages": {"short": ["training", "public_engagement"]},
    }
}  # fmt: skip
BRIEF: dict[str, Any] = {"factors": {**SHORT["factors"], "stages": {"short": ["training"]}}}  # half of that


def short_runs(**changes: Any) -> tuple[Run, ...]:
    """Return the sessions of a design with short ones: two arms, one case, two replicates, and the null arm."""
    return runs(**{**SHORT, **changes}) if changes else _SHORT_RUNS


_SHORT_RUNS = runs(**SHORT)


def played(model: str = "stub", digest: str = "d") -> DesignRun:
    """Return how a design is run."""
    return DesignRun(digest, "id: small\n", model, "directed")


def begun(where: str | Path, chosen: Sequence[Run] | None = None, **more: Any) -> Store:
    """Open a store that has taken in some sessions, by default `short_runs`."""
    if chosen is None and isinstance(where, Path) and not more:
        where.write_bytes(_begun())
        return Store(where, "small")
    store = Store(where, "small", **more)
    store.begin(played(), short_runs() if chosen is None else chosen)
    return store


@cache
def _begun() -> bytes:
    """Return a store that has taken in `short_runs`."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "s.sqlite"
        begun(str(path)).close()
        return path.read_bytes()


def play(store: Store, url: str = "", judged: bool = True, cores: int = 1, **terms: Any) -> RunTally:
    """Play what is left of a store's design against a model at an address; ``judged`` leaves no judging for later."""

    async def go() -> RunTally:
        made: list[Endpoints] = []

        def models(spec: SessionSpec, account: BudgetAccount) -> Models:
            found = models_at(url, spec.style, judge=judged and spec.judge_model is not None, account=account)
            made.append(found.endpoints)
            return found

        try:
            return await Experiment(store, LIBRARY, models, Terms(**terms), cores=cores).go()
        finally:
            for endpoints in made:
                await endpoints.close()

    return asyncio.run(go())


def play_at(where: str | Path, url: str = "", **terms: Any) -> None:
    """Open a store and play what is left of it, as `play` does."""
    with Store(where, "small") as store:
        play(store, url, **terms)


def kept(store: Store) -> dict[str, Any]:
    """Return all that a store has of each session, without what the clock puts into it.

    Calls that are asked for at once come in whatever order they are answered, so they stand sorted after the others.
    """
    whole: dict[str, Any] = {}
    for row in store.everything():
        events: list[dict[str, Any]] = []
        calls: list[dict[str, Any]] = []
        for event in store.events(row["id"]):
            plain = event.as_dict()
            for name in ("at", "seq"):
                del plain[name]
            seconds = plain["payload"].pop("seconds", None)
            (events if seconds is None else calls).append(plain)
        bare = {name: value for name, value in row.items() if name not in ("started", "ended")}
        whole[row["id"]] = bare, events, sorted(calls, key=lambda call: str(call["payload"]["id"]))
    return whole


def wait_for(condition: Callable[[int], bool], enough: int, seconds: float = 20) -> None:
    """Wait until there is enough of something, but no longer than some seconds."""
    deadline = time.monotonic() + seconds
    while not condition(enough):
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.002)
