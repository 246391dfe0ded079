"""Experiments: sessions a second into a SQLite store, by the rules alone and with a model, and the memory they take.

Run it with ``python -m tests.benchmarks.experiments``; ``--silent 4000``, ``--spoken 1000`` and ``--cap`` choose. With
a model, an endpoint in a process of its own answers after 200 ms, and ``--at-once`` sessions run beside each other; a
bare client loop makes the same calls at the same concurrency afterwards. By the rules alone a session has about 39
lines in four stages.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sandbox.content.experiment_card import Design
from sandbox.content.library import Library
from sandbox.experiment.planning.runs import Run, runs_of
from sandbox.experiment.playing.run import Experiment, Terms, cores
from sandbox.experiment.store.store import DesignRun, Store
from sandbox.game.spec import SessionSpec
from sandbox.llm.calls import Endpoint
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.usage import Budget, BudgetAccount
from sandbox.session.runner import Models
from tests.benchmarks.in_flight import PROFILE, TURNS, bare

BARE_ROUNDS = 20
ARMS = (
    "command", "joint_production", "three_social_interaction", "government_community_interaction",
    "one_core_multiple_actors",
)  # fmt: skip


def _runs(library: Library, sessions: int, model: str) -> tuple[Run, ...]:
    factors: dict[str, Any] = {"governance": list(ARMS), "scenario": ["four_oclock_school"]}
    factors |= {"turns": [8]} if model == "none" else {"turns": [TURNS], "stages": {"first": ["training"]}}
    text = {"en": "T", "zh": "T"}
    design = Design.model_validate({
        "id": "bench", "title": text, "question": text, "arms": "governance", "base": "command", "factors": factors,
        "replicates": max(1, sessions // len(ARMS)), "null_arm": False,
    })  # fmt: skip
    return runs_of(design, library, model=model, style="free")


async def _played(store: Store, library: Library, url: str, at_once: int, **options: Any) -> dict[str, float]:
    async with Endpoints() as endpoints:

        def models(spec: SessionSpec, account: BudgetAccount) -> Models:
            return Models(Endpoint(spec.model, url), (), PROFILE, endpoints, account)

        work = Experiment(store, library, models, Terms(concurrency=at_once, **options), cores=cores())
        started, before = time.monotonic(), _cpu()
        tally = await work.go()
        seconds, spent = time.monotonic() - started, _cpu() - before
    assert tally.done == tally.total
    figures = {
        "sessions": tally.total,
        "sessions_a_second": round(tally.total / seconds, 1),
        "cpu_ms_a_session": round(1000 * spent / tally.total, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "peak_mb_of_a_child": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "store_kb_a_session": round(Path(store.where).stat().st_size / 1024 / tally.total, 2),
    }
    if tally.lines:
        figures["cpu_ms_a_turn"] = round(1000 * spent / tally.lines, 2)
        figures["turns_a_second"] = round(tally.lines / seconds, 1)
    return figures


def _cpu() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in usage)


def _measured(
    runs: tuple[Run, ...], library: Library, url: str = "", at_once: int = 1, **options: Any
) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "bench.sqlite", "bench") as store:
        store.begin(DesignRun("bench", "id: bench\n", "stub", "free"), runs)
        return asyncio.run(_played(store, library, url, at_once, **options))


def main() -> None:
    """Print one JSON object a measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--silent", type=int, default=4000, help="sessions by the rules alone")
    parser.add_argument("--spoken", type=int, default=1000, help="sessions with a model")
    parser.add_argument("--at-once", type=int, default=32, help="sessions with a model at once")
    parser.add_argument("--cap", action="store_true", help="with a model, keep to a cap that is never reached")
    arguments = parser.parse_args()
    library = Library.load()
    for keep in (True, False) if arguments.silent else ():
        figures = _measured(_runs(library, arguments.silent, "none"), library, keep=keep)
        _print("rules alone" + ("" if keep else ", no events"), figures)
    if arguments.spoken:
        budget = Budget(max_tokens=10**12) if arguments.cap else Budget()
        command = [sys.executable, "-m", "tests.benchmarks.late_stub"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stub:
            assert stub.stdout is not None
            url = stub.stdout.readline().strip()
            try:
                figures = _measured(
                    _runs(library, arguments.spoken, "stub"), library, url, arguments.at_once, budget=budget
                )
                loops = asyncio.run(bare(url, "aiohttp", arguments.at_once, BARE_ROUNDS))
            finally:
                stub.terminate()
        turns = loops["sessions_a_second"] * TURNS
        figures |= {"bare_turns_a_second": turns, "to_bare": round(figures["turns_a_second"] / turns, 2)}
        _print("with a model" + (", a cap" if arguments.cap else ""), figures)


def _print(what: str, figures: dict[str, float]) -> None:
    sys.stdout.write(json.dumps({"what": what, **figures}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
