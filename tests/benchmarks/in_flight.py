"""What many sessions at once cost: client CPU a turn, sessions a second and peak memory, beside a bare client loop.

Run it with ``python -m tests.benchmarks.in_flight``; ``--sessions 200`` and ``--transport httpx2`` choose. The endpoint
is a process of its own that answers after 200 ms. Each measure is taken in a process of its own as well: sessions
through the runner, which share one pool; as many gateways of that pool, which make the same calls and play nothing; and
as many bare loops, which send the same texts through one client and do nothing else.
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
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import openai

from sandbox.content.library import Library
from sandbox.game.spec import SessionSpec
from sandbox.llm.calls import Call, Endpoint, Sampling
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.limiter import MOST
from sandbox.llm.transport import connect
from sandbox.llm.usage import Meter
from sandbox.record.folder import SessionFolder
from sandbox.session.context import TurnProfile
from sandbox.session.runner import Models, Watch
from tests.benchmarks.capturing import Capturing
from tests.running import run_session

SESSIONS = (200, 1000)
TURNS = 10
PROFILE = TurnProfile(Sampling(0.8, 500), wordings=1, warmer=0.0)
SPEC = SessionSpec(
    scenario="four_oclock_school", governance="joint_production", stages=("training",), turns=TURNS, style="free",
    model="stub",
)  # fmt: skip


def _httpx2(endpoint: Endpoint) -> openai.AsyncOpenAI:
    limits = httpx2.Limits(max_connections=MOST, max_keepalive_connections=MOST)
    http = openai.DefaultAsyncHttpxClient(limits=limits, trust_env=False)
    return openai.AsyncOpenAI(base_url=endpoint.base_url, api_key="none", max_retries=0, http_client=http)


CLIENTS = {"aiohttp": connect, "httpx2": _httpx2}


async def _session(folder: Path, library: Library, models: Models) -> None:
    await run_session(SessionFolder.create(folder), SPEC, library, models, Watch())


async def _sessions(url: str, transport: str, sessions: int) -> dict[str, float]:
    library, endpoint = Library.load(), Endpoint("stub", url)
    with tempfile.TemporaryDirectory() as folder:
        async with Endpoints(client=CLIENTS[transport]) as endpoints:
            models = Models(endpoint, (), PROFILE, endpoints)
            await _session(Path(folder), library, models)
            return await _timed(sessions, lambda: _session(Path(folder), library, models))


async def _calls(url: str) -> list[Call[Any]]:
    """Return the calls that one session makes."""
    captured = Capturing()
    with tempfile.TemporaryDirectory() as folder:
        models = Models(Endpoint("stub", url), (), PROFILE, captured)
        await captured.during(_session(Path(folder), Library.load(), models))
    return captured.calls


async def _gateways(url: str, transport: str, sessions: int) -> dict[str, float]:
    calls, endpoint = await _calls(url), Endpoint("stub", url)
    async with Endpoints(client=CLIENTS[transport]) as endpoints:

        async def loop() -> None:
            gateway = endpoints.gateway(endpoint, Meter())
            for call in calls:
                await gateway.ask(call)

        return await _timed(sessions, loop)


async def bare(url: str, transport: str, sessions: int, rounds: int = 1) -> dict[str, float]:
    """Measure bare loops that make the calls of a session, so many at once, each so many times."""
    calls = await _calls(url)
    http = openai.DefaultAioHttpClient() if transport == "aiohttp" else openai.DefaultAsyncHttpxClient()
    client = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0, http_client=http)

    async def loop() -> None:
        for call in calls * rounds:
            shape: Any = {
                "type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": call.schema},
            }  # fmt: skip
            messages: Any = list(call.messages)
            answer = await client.chat.completions.create(
                model="stub", messages=messages, temperature=0.8, max_tokens=500, seed=call.seed, response_format=shape
            )
            json.loads(answer.choices[0].message.content or "")

    try:
        return await _timed(sessions, loop, rounds)
    finally:
        await client.close()


async def _timed(sessions: int, work: Callable[[], Awaitable[None]], rounds: int = 1) -> dict[str, float]:
    started, cpu = time.monotonic(), time.process_time()
    await asyncio.gather(*(work() for _ in range(sessions)))
    seconds, spent = time.monotonic() - started, time.process_time() - cpu
    return {
        "cpu_ms_a_turn": round(1000 * spent / (rounds * sessions * TURNS), 2),
        "sessions_a_second": round(rounds * sessions / seconds, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


KINDS = {"sessions": _sessions, "gateways": _gateways, "bare": bare}


def _measured(arguments: argparse.Namespace, transport: str, sessions: int) -> dict[str, Any]:
    row: dict[str, Any] = {"sessions": sessions, "turns": TURNS, "latency_ms": 200, "transport": transport}
    for kind in KINDS:
        command = [sys.executable, "-m", __spec__.name, "--kind", kind, "--url", arguments.url]
        command += ["--sessions", str(sessions), "--transport", transport]
        row[kind] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)
    for kind in ("sessions", "gateways"):
        row[f"{kind}_to_bare"] = round(row[kind]["cpu_ms_a_turn"] / row["bare"]["cpu_ms_a_turn"], 2)
    return row


def main() -> None:
    """Print one JSON object a row."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, action="append", help="sessions at once; more than once")
    parser.add_argument("--transport", choices=CLIENTS, action="append", help="more than once")
    parser.add_argument("--kind", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    transports, counts = arguments.transport or list(CLIENTS), arguments.sessions or list(SESSIONS)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if arguments.kind:
        sys.stdout.write(json.dumps(asyncio.run(KINDS[arguments.kind](arguments.url, transports[0], counts[0]))))
        return
    command = [sys.executable, "-m", "tests.benchmarks.late_stub"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stub:
        assert stub.stdout is not None
        arguments.url = stub.stdout.readline().strip()
        try:
            for sessions in counts:
                for transport in transports:
                    sys.stdout.write(json.dumps(_measured(arguments, transport, sessions)) + "\n")
                    sys.stdout.flush()
        finally:
            stub.terminate()


if __name__ == "__main__":
    main()
