"""Rules-only sessions: how many a second in the plain loop, kept, and through the graph; how many rules are checked.

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
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.spec import SessionSpec
from sandbox.record.folder import SessionFolder
from sandbox.record.log import Log
from sandbox.session.context import FREE
from sandbox.session.orders import OrderBook
from sandbox.session.runner import Models, Watch
from tests.running import run_session

TURNS, AT_ONCE = 8, 4


def spec(seed: int, governance: str) -> SessionSpec:
    """Return the spec of a rules-only session."""
    return SessionSpec(
        scenario="four_oclock_school", governance=governance, turns=TURNS, seed=seed, style="rules", model="none"
    )


def main(sessions: int = 600) -> None:
    """Measure and print."""
    library = Library.load()
    choose = RandomChoice(Game(spec(0, "command"), library).templates)
    governances = list(library.cards["governance"])
    turns = 0
    start = time.perf_counter()
    for seed in range(sessions):
        state = play(Game(spec(seed, governances[seed % 5]), library), choose)
        turns += len(state["lines"])
    loop = sessions / (time.perf_counter() - start)
    games = [Game(spec(0, governance), library) for governance in governances]
    start = time.perf_counter()
    for seed in range(sessions):
        play(games[seed % 5].twin(seed=seed), choose)
    shared = sessions / (time.perf_counter() - start)
    start = time.perf_counter()
    for seed in range(sessions):
        play(Game(spec(seed, governances[seed % 5]), library), choose, write=Log().append)
    logged = sessions / (time.perf_counter() - start)

    profile = cProfile.Profile()
    profile.enable()
    for seed in range(10):
        play(Game(spec(seed, governances[seed % 5]), library), choose, write=Log().append)
    profile.disable()
    stats: dict[Any, Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    checks = sum(
        count[1] for (path, _, name), count in stats.items() if path.endswith("game/rules.py") or name == "refusal"
    )

    async def in_folders(number: int, facilitated: bool, at_once: int = 1) -> float:
        """Return how many sessions a second run in folders; those that somebody facilitates go through the graph."""
        room = asyncio.Semaphore(at_once)

        async def session(seed: int, runs: Path) -> None:
            async with room:
                folder = SessionFolder.create(runs)
                watch = Watch(orders=OrderBook()) if facilitated else Watch()
                models = Models(None, (), FREE)
                await run_session(folder, spec(seed, governances[seed % 5]), library, models, watch)

        with tempfile.TemporaryDirectory() as runs:
            begun = time.perf_counter()
            await asyncio.gather(*(session(seed, Path(runs)) for seed in range(number)))
            return number / (time.perf_counter() - begun)

    kept = asyncio.run(in_folders(100, False))
    kept_beside = asyncio.run(in_folders(100, False, AT_ONCE))
    asyncio.run(in_folders(1, True))  # reads the graph's modules
    graph = asyncio.run(in_folders(100, True))
    graph_beside = asyncio.run(in_folders(100, True, AT_ONCE))
    figures = {
        "sessions a second, plain loop": round(loop),
        "sessions a second, plain loop, the game made once": round(shared),
        "sessions a second, plain loop with a log in memory": round(logged),
        "sessions a second, plain loop with a log in a file, scored": round(kept, 1),
        "the same, four at once": round(kept_beside, 1),
        "sessions a second, graph with a log in a file, scored": round(graph, 1),
        "the same through the graph, four at once": round(graph_beside, 1),
        "turns a session": round(turns / sessions, 1),
        "rule checks a session": round(checks / 10),
    }
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
