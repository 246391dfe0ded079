"""What a turn costs: client CPU, calls, prompt length and bytes on disk, beside a bare client loop in the same run.

Run it with ``python -m tests.benchmarks.turn_cost``. Both sides talk to the same scripted endpoint (a process of its
own) and send the same text, and both make their client first; all that a session keeps on disk is its log.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import openai

from sandbox.content.library import Library
from sandbox.game.spec import SessionSpec
from sandbox.llm.calls import Call, Endpoint, Sampling
from sandbox.record.folder import SessionFolder
from sandbox.session.context import TurnProfile
from sandbox.session.runner import Models, Watch
from tests.benchmarks.capturing import Capturing
from tests.running import run_session

TURNS = (40, 160)
ROUNDS = 3


async def _session(url: str, turns: int, library: Library) -> tuple[float, list[Call[Any]], int]:
    endpoints = Capturing()
    spec = SessionSpec(
        scenario="four_oclock_school",
        governance="joint_production",
        stages=("training",),
        turns=turns,
        style="free",
        model="stub",
    )
    profile = TurnProfile(Sampling(0.8, 500), wordings=1, warmer=0.0)
    models = Models(Endpoint("stub", url, "none"), (), profile, endpoints)
    with tempfile.TemporaryDirectory() as temporary:
        folder = SessionFolder.create(Path(temporary))
        start = time.process_time()
        await endpoints.during(run_session(folder, spec, library, models, Watch()))
        spent = time.process_time() - start
        size = folder.events.stat().st_size
        others = {path.name for path in folder.path.iterdir()} - {folder.events.name, ".lock"}
        assert not others, f"beside the log there is {others}"
    return 1000 * spent / turns, endpoints.calls, size


async def _bare(url: str, calls: list[Call[Any]]) -> float:
    start = time.process_time()
    client = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    for call in calls:
        shape: Any = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": call.schema}}
        messages: Any = list(call.messages)
        answer = await client.chat.completions.create(
            model="stub", messages=messages, temperature=0.8, max_tokens=500, seed=call.seed, response_format=shape
        )
        json.loads(answer.choices[0].message.content or "")
    await client.close()
    return 1000 * (time.process_time() - start) / len(calls)


async def _measure(url: str) -> list[dict[str, Any]]:
    library = Library.load()
    await _session(url, 10, library)
    rows = []
    for turns in TURNS:
        ours, bare = [], []
        for _ in range(ROUNDS):
            spent, calls, size = await _session(url, turns, library)
            ours.append(spent)
            bare.append(await _bare(url, calls))
        lengths = [sum(len(message["content"]) for message in call.messages) for call in calls]
        rows.append(
            {
                "turns": turns,
                "session_ms": round(statistics.median(ours), 2),
                "bare_ms": round(statistics.median(bare), 2),
                "ratio": round(statistics.median(ours) / statistics.median(bare), 2),
                "calls_a_turn": len(calls) / turns,
                "prompt_characters": {at: lengths[at - 1] for at in (20, 40, 160) if at <= turns},
                "bytes_a_turn": round(size / turns),
            }
        )
    return rows


def main() -> None:
    """Print one JSON object a row."""
    command = [sys.executable, "-m", "tests.benchmarks.stub"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stub:
        assert stub.stdout is not None
        url = stub.stdout.readline().strip()
        try:
            for row in asyncio.run(_measure(url)):
                sys.stdout.write(json.dumps(row) + "\n")
        finally:
            stub.terminate()


if __name__ == "__main__":
    main()
