"""How the web app bears many players: how long a line takes to every page, and whether every line arrives.

Run it with ``python -m tests.benchmarks.web_load``. The server, the scripted model (which streams), the pages (light
clients, see `tests.web.light`), one browser and the bare server that it is compared with are processes of their own.
A line's time runs from when it was written to the session's log until a page hears it (in the browser: until it is
drawn). Some pages lose their connection and come back; at the end the server is killed and started again, and all
pages are loaded anew. The exit code is 1 when a line is lost, doubled or out of its order.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.web.tables.store import WebStore
from tests.benchmarks.processes import Cpu, free_port, resident
from tests.web.crowd import DESK, Crowd
from tests.web.served import WebServer, browser, close_browser
from tests.web.wire import Wire

SETTLE = 3.0
LINE_BYTES = 1500
_WATCH = """
window.drawn = {};
new MutationObserver(changes => {
  const now = performance.timeOrigin + performance.now();
  for (const change of changes) for (const node of change.addedNodes)
    if (node.querySelectorAll) for (const line of [node, ...node.querySelectorAll('[data-line]')])
      if (line.dataset && line.dataset.line) window.drawn[line.dataset.line] ??= now;
}).observe(document, {childList: true, subtree: true});
"""


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Return median, 95th percentile and maximum in milliseconds."""
    ordered = sorted(seconds)
    if not ordered:
        return {}
    named = {"median": statistics.median(ordered), "p95": ordered[int(0.95 * (len(ordered) - 1))], "max": ordered[-1]}
    return {name: round(1000 * value, 1) for name, value in named.items()}


@contextmanager
def model(pause: float) -> Iterator[str]:
    """Serve the scripted model in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.stub", "--pause", str(pause)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stub:
        assert stub.stdout is not None
        try:
            yield stub.stdout.readline().strip()
        finally:
            stub.terminate()


@contextmanager
def flooded(origin: str, wanted: bool) -> Iterator[dict[str, int]]:
    """Let a visitor flood the server, if that is wanted; at the end, what the visitor did is filled in."""
    did: dict[str, int] = {}
    if not wanted:
        yield did
        return
    command = [sys.executable, "-m", "tests.benchmarks.flooding", origin]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as visitor:
        try:
            yield did
        finally:
            visitor.terminate()
            did.update(json.loads(visitor.communicate(timeout=60)[0]))


@asynccontextmanager
async def drawn(server: WebServer, path: str) -> AsyncIterator[dict[str, float]]:
    """Open a page in a real browser; at the end, the times at which its lines were drawn are filled in."""
    times: dict[str, float] = {}
    async with browser() as chromium:
        page = await (await chromium.new_context()).new_page()
        await page.add_init_script(_WATCH)
        await page.goto(server.origin + path)
        await page.wait_for_function("window.socket && window.socket.connected")
        opened = 1000 * time.time()
        yield times
        found = await page.evaluate("window.drawn")
        times.update({line: at / 1000 for line, at in found.items() if at > opened})
    await close_browser()


async def break_connections(crowds: Sequence[Crowd], gaps: dict[tuple[int, str], tuple[float, float]]) -> None:
    """Let one page after another lose its connection for some seconds: with the server's knowledge, or without."""
    for turn in range(1000):
        number = turn % len(crowds)
        crowd = crowds[number]
        name = list(crowd.pages)[1 + (turn // len(crowds)) % (len(crowd.pages) - 1)]
        if (number, name) in gaps:
            return
        page, start = crowd.pages[name], time.time()
        gaps[number, name] = start, float("inf")
        if turn % 2:
            page.go_deaf()
        else:
            await page.disconnect()
        await asyncio.sleep(2.0 + turn % 3)
        await page.connect()
        gaps[number, name] = start, time.time() + 1.0


def latencies(crowd: Crowd, number: int, until: float, gaps: dict[tuple[int, str], tuple[float, float]]) -> list[float]:
    """Return how long each line took to each page, those left out that were spoken while a page was away."""
    found = []
    for name, lines in crowd.spoken(until).items():
        away = gaps.get((number, name), (0.0, 0.0))
        came = crowd.pages[name].came
        found += [
            came[line.payload["id"]] - line.at
            for line in lines
            if line.payload["id"] in came and not away[0] - 1.0 <= line.at <= away[1]
        ]
    return found


async def bare(http: aiohttp.ClientSession, sessions: int, pages: int, lines: int, seconds: float) -> dict[str, Any]:
    """Send as many lines in the same time through a bare Socket.IO server."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.bare_socket", str(port)]
    took: list[float] = []
    with subprocess.Popen(command) as process:
        try:
            wires = []
            for number in range(sessions * pages):
                origin = f"http://127.0.0.1:{port}"
                wire = Wire(http, origin, lambda _, content, now: took.append(now - content["at"]))
                await connected(wire, str(number % sessions))
                wires.append(wire)
            cpu = Cpu(process.pid)
            await wires[0].emit("go", {"lines": lines, "rooms": sessions, "gap": seconds / lines, "size": LINE_BYTES})
            await asyncio.sleep(seconds + SETTLE)
            spent = cpu.spent()
            for wire in wires:
                await wire.close()
        finally:
            process.terminate()
    return {"ms": summary(took), "cpu": spent, "received": len(took), "expected": lines * pages}


async def connected(wire: Wire, room: str) -> None:
    """Connect, once the server is there."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await wire.connect({"room": room})
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)


async def measure(asked: argparse.Namespace, folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Return the figures, and what went wrong."""
    server = WebServer(folder)
    with server:
        sys.stderr.write(f"the server is process {server.pid}\n")
        store = WebStore(server.runs / "tables.sqlite")
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as http:
            crowds = [Crowd(http, server, store, number, asked.players) for number in range(asked.sessions)]
            before = resident(server.pid)
            for crowd in crowds:
                await crowd.gather()
            opened = resident(server.pid)
            for crowd in crowds:
                await crowd.begin(crowd.seats[: -asked.persons])
            talk = [asyncio.create_task(crowd.speak(asked.think)) for crowd in crowds]
            gaps: dict[tuple[int, str], tuple[float, float]] = {}
            shown = "/v/" + store.add_viewer(crowds[0].table, "projector")
            async with contextlib.AsyncExitStack() as stack:
                times = {} if asked.no_browser else await stack.enter_async_context(drawn(server, shown))
                flood = stack.enter_context(flooded(server.origin, asked.flood))
                breaks = asyncio.create_task(break_connections(crowds, gaps)) if not asked.steady else None
                start, cpu, whole = time.time(), Cpu(server.pid), Cpu()
                messages = sum(page.messages for crowd in crowds for page in crowd.pages.values())
                while time.time() < start + asked.seconds and (not asked.lines or count(crowds) < asked.lines):
                    await asyncio.sleep(0.5)
                end, spent, busy = time.time(), cpu.spent(), whole.spent()
                messages = sum(page.messages for crowd in crowds for page in crowd.pages.values()) - messages
                if breaks:
                    breaks.cancel()
                    await asyncio.gather(breaks, return_exceptions=True)
                    for crowd in crowds:
                        for page in crowd.pages.values():
                            if not page.connected:
                                await page.connect()
                await asyncio.sleep(SETTLE)
            last = resident(server.pid)
            faults = [fault for number, crowd in enumerate(crowds) for fault in named(number, crowd.faults(end))]
            took = [one for number, crowd in enumerate(crowds) for one in latencies(crowd, number, end, gaps)]
            spoken = [crowd.spoken(end) for crowd in crowds]
            due = sum(len(lines) for one in spoken for lines in one.values())
            lines = sum(len(one[DESK]) for one in spoken)
            seen = {line.payload["id"]: line.at for line in spoken[0][DESK]}
            pages = sum(len(crowd.pages) for crowd in crowds)
            figures: dict[str, Any] = {
                "pages": pages, "lines": lines, "lines by people": sum(crowd.words_said for crowd in crowds),
                "lines x pages expected": due, "faults": len(faults),
                "line to page, ms": summary(took), "pairs measured": len(took),
                "line to drawn in the browser, ms": summary(
                    [at - seen[line] for line, at in times.items() if line in seen]
                ),
                "connections broken": len(gaps), "messages a second": round(messages / (end - start)),
                "server, share of one core": round(spent / (end - start), 2),
                "server, CPU ms per line and page": round(1000 * spent / max(1, due), 2),
                "machine, cores busy": round(busy / (end - start), 2), "load": Path("/proc/loadavg").read_text("ascii"),
                "memory, MB": {"before": before >> 20, "with pages": opened >> 20, "at the end": last >> 20,
                               "a page, KB": round((opened - before) / pages / 1024),
                               "a page at the end, KB": round((last - before) / pages / 1024)},
            }  # fmt: skip
            if flood:
                figures["flood from another address"] = flood
            if not asked.no_kill:
                server.kill()
                server.start()
                await http.close()
            for task in talk:
                task.cancel()
            await asyncio.gather(*talk, return_exceptions=True)
        if not asked.no_kill:
            figures["after kill -9"], more = await reopened(crowds)
            faults += more
        for crowd in crowds:
            await crowd.close()
        store.close()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        figures["bare server"] = plain = await bare(http, asked.sessions, due // max(1, lines), lines, end - start)
    figures["ratio of p95"] = round(figures["line to page, ms"]["p95"] / max(0.1, plain["ms"]["p95"]), 1)
    figures["ratio of CPU"] = round(spent / max(0.01, plain["cpu"]), 1)
    return figures, faults


async def reopened(crowds: Sequence[Crowd]) -> tuple[dict[str, Any], list[str]]:
    """Load all pages anew after the server was killed and started again; see that nothing is missing and it goes on."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        start = time.time()
        for crowd in crowds:
            await crowd.gather(http)
        took, had = time.time() - start, count(crowds)
        talk = [asyncio.create_task(crowd.speak(0.2)) for crowd in crowds]
        await asyncio.sleep(2 * SETTLE)
        end = time.time()
        await asyncio.sleep(SETTLE)
        for task in talk:
            task.cancel()
        await asyncio.gather(*talk, return_exceptions=True)
        faults = [fault for number, crowd in enumerate(crowds) for fault in named(number, crowd.faults(end))]
        found = {"seconds to load all pages": round(took, 1), "lines before": had, "lines after": count(crowds) - had}
        return {**found, "faults": len(faults)}, faults


def count(crowds: Sequence[Crowd]) -> int:
    """Return how many lines have been spoken at the desks."""
    return sum(len(crowd.pages[DESK].lines()) for crowd in crowds)


def named(number: int, faults: Sequence[str]) -> list[str]:
    """Return faults with the number of their session."""
    return [f"session {number}, {fault}" for fault in faults]


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=5)
    parser.add_argument("--players", type=int, default=8, help="pages a session beside the facilitator's")
    parser.add_argument("--persons", type=int, default=3, help="of them, how many speak for themselves")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--lines", type=int, default=0, help="stop earlier, after so many lines")
    parser.add_argument("--pause", type=float, default=0.02, help="seconds between two pieces of a streamed answer")
    parser.add_argument("--think", type=float, default=0.5, help="seconds that a person thinks before speaking")
    parser.add_argument("--steady", action="store_true", help="break no connections")
    parser.add_argument("--flood", action="store_true", help="a visitor without a link floods the server meanwhile")
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--no-kill", action="store_true")
    asked = parser.parse_args()
    with model(asked.pause) as url, tempfile.TemporaryDirectory() as folder:
        os.environ.update(OPENAI_BASE_URL=url, OPENAI_API_KEY="none", SANDBOX_MODEL="stub")
        figures, faults = asyncio.run(measure(asked, Path(folder)))
    for fault in faults:
        sys.stderr.write(fault + "\n")
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
