"""Rules-only sessions: how many a second in the plain loop and through the graph, and how many rules are checked.

Run: ``python -m tests.benchmarks.rules_only``. One core; every session has about 30 turns in four stages.
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import pstats
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sandbox.content.library import Library
from sandbox.content.templates import Templates
from sandbox.game.game import Game, SessionSpec
from sandbox.game.play import RandomChoice, play
from sandbox.llm.usage import Budget, Meter
from sandbox.record.folder import SessionFolder
from sandbox.session.choice import FREE
from sandbox.session.runner import Models, Watch, run_session

TURNS = 8


def spec(seed: int, governance: str) -> SessionSpec:
    """Return the spec of a rules-only session."""
    return SessionSpec(
        scenario="four_oclock_school", governance=governance, turns=TURNS, seed=seed, style="rules", model="none"
    )


def nowhere(*_: Any) -> None:
    """Take an event and keep nothing."""


def main(sessions: int = 600) -> None:
    """Measure and print."""
    library = Library.load()
    templates = Templates(library.roots, "en")
    choose = RandomChoice(templates)
    governances = list(library.cards["governance"])
    turns = 0
    start = time.perf_counter()
    for seed in range(sessions):
        state = play(Game(spec(seed, governances[seed % 5]), library), choose, templates, nowhere)
        turns += len(state["lines"])
    loop = sessions / (time.perf_counter() - start)

    profile = cProfile.Profile()
    profile.enable()
    for seed in range(10):
        play(Game(spec(seed, governances[seed % 5]), library), choose, templates, nowhere)
    profile.disable()
    stats: dict[Any, Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    checks = sum(
        count[1]
        for (path, _, name), count in stats.items()
        if path.endswith("institution/rules.py") or name == "refusal"
    )

    async def through_the_graph(number: int) -> float:
        with tempfile.TemporaryDirectory() as runs:
            begun = time.perf_counter()
            for seed in range(number):
                folder = SessionFolder.create(Path(runs))
                models = Models(None, (), FREE)
                await run_session(folder, spec(seed, governances[seed % 5]), library, models, Watch())
            return number / (time.perf_counter() - begun)

    graph = asyncio.run(through_the_graph(20))
    found = {
        "sessions a second, plain loop": round(loop),
        "sessions a second, graph with checkpoints and log": round(graph, 1),
        "turns a session": round(turns / sessions, 1),
        "rule checks a session": round(checks / 10),
    }
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
