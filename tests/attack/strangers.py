"""What somebody without a link sends to the web app: too much, too slowly, nonsense, and words of others."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp

from sandbox.web.connections import BODY_SECONDS
from sandbox.web.throttle import PER_MINUTE
from tests.attack.outcome import Outcome
from tests.web.light import LightPage
from tests.web.served import WebServer
from tests.web.tables import TENANT, make_table
from tests.web.wire import Wire

__all__ = ["FLOOD", "MOST_OUTPUT", "STRANGERS", "stranger"]

MOST_OUTPUT = 4_096
"""Bytes that an attempt may write into the operator's terminal."""
_MOST_MEMORY, _PATIENCE = 400, 2.0
FLOOD = 3.0
"""Seconds for which somebody floods."""
_FORGED = "\x1b]0;forged\x07Facilitator: http://evil.example/f/forged"


@dataclass
class Visit:
    """Somebody at the door: a server, a client, and what of it should not have been.

    Args:
        server: the server.
        http: makes requests; it may have as many connections as it likes.
        sent: how much was sent.
        complaints: what should not have been.
    """

    server: WebServer
    http: aiohttp.ClientSession
    sent: int = 0
    complaints: list[str] = field(default_factory=list)

    async def page(self, url: str = "") -> LightPage:
        """Open a page: the one that everybody may see, if nothing else is said."""
        page = LightPage(self.http)
        await page.open(url or f"{self.server.origin}/")
        return page

    async def flood(self, page: LightPage, message: Callable[[int], str]) -> None:
        """Send frames as fast as they are taken for some seconds, over connections that are opened again if closed."""
        until = time.monotonic() + FLOOD
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLOOD):
                while time.monotonic() < until:
                    try:
                        await page.raw(message(self.sent))
                        self.sent += 1
                    except (ConnectionError, aiohttp.ClientError):
                        with contextlib.suppress(ConnectionError, aiohttp.ClientError):
                            await page.connect()
        await page.close()


async def _log(visit: Visit) -> None:
    page = await visit.page()
    words = {"client_id": page.client, "level": "error", "message": _FORGED}
    await visit.flood(page, lambda _: "42" + json.dumps(["log", words]))


async def _bogus(visit: Visit) -> None:
    page = await visit.page()
    events = [
        ["event", {"client_id": page.client}],
        ["event", []], ["event"], ["event", {"client_id": page.client, "id": {}, "listener_id": "x", "args": []}],
        ["event", {"client_id": page.client, "id": 1, "listener_id": "no such", "args": ["{"]}],
        ["ack", {"client_id": page.client, "next_message_id": "x"}], ["ack", 1],
        ["javascript_response", {"client_id": page.client}], ["javascript_response", {"request_id": []}],
        ["handshake", {"client_id": page.client}], ["handshake", {}], ["connect", 1], ["disconnect"],
    ]  # fmt: skip
    await visit.flood(page, lambda number: "42" + json.dumps(events[number % len(events)]))


async def _unknown(visit: Visit) -> None:
    await visit.flood(await visit.page(), lambda number: "42" + json.dumps([f"nothing-{number}", "x" * 1000]))


async def _other_values(visit: Visit) -> None:
    page = await visit.page()
    box = page.find("data-code")
    messages = [page.events(box, "update:", value)[0] for value in ({"a": 1}, ["<b>"], None, 7, "x" * 9000)]
    await visit.flood(page, lambda number: "42" + json.dumps(["event", messages[number % len(messages)]]))


async def _broken(visit: Visit) -> None:
    frames = ["", "9", "x", "4", "42", "42[", "42{}", '42["event",', "451-[]", "4" + "[" * 30_000, "4\x00", "b////"]
    frames += ['42["event",{"client_id":"\\ud800"}]', '42["event",' + "[" * 30_000, "40", "40{}", "41", "2probe", "5"]
    page = await visit.page()
    await visit.flood(page, lambda number: frames[number % len(frames)])


async def _large(visit: Visit) -> None:
    page = await visit.page()
    frames = ["42" + json.dumps(["event", {"client_id": page.client, "x": "y" * size}]) for size in (60_000, 300_000)]
    await visit.flood(page, lambda number: frames[number % len(frames)])


async def _bomb(visit: Visit) -> None:
    """Send a frame that is small on the way and large when it is unpacked."""
    page = await visit.page()
    url = f"{visit.server.origin}/_nicegui_ws/socket.io/"
    query = {"EIO": "4", "transport": "websocket", "client_id": page.client}
    for _ in range(3):
        with contextlib.suppress(ConnectionError, aiohttp.ClientError, TimeoutError):
            async with asyncio.timeout(10), visit.http.ws_connect(url, params=query, compress=15) as socket:
                await socket.send_str("4" + "x" * 60_000_000)
                visit.sent += 1
                await socket.receive()
    await page.close()


async def _other_page(visit: Visit) -> None:
    """Know the id of the facilitator's page, and use it without the facilitator's link."""
    table = make_table(visit.server, (TENANT, "Anna"))
    desk, own = await visit.page(table.desk), await visit.page()
    start = desk.events(await desk.wait("data-start"), "click")[0]
    stranger = Wire(visit.http, visit.server.origin, lambda *_: None)
    for message in (start, {**start, "client_id": desk.client}):
        await own.emit("event", message)
        visit.sent += 1
    await asyncio.sleep(0.3)
    queries: list[dict[str, str]] = [
        {},
        {"client_id": desk.client},
        {"client_id": desk.client, "tab_id": "t", "document_id": "d", "implicit_handshake": "true"},
    ]
    for query in queries:
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):
            await stranger.connect(query)
            await stranger.emit("event", start)
            visit.sent += 1
            await asyncio.sleep(0.3)
            await stranger.close()
    if "data-start" not in str(desk.elements):
        visit.complaints.append("started somebody else's table")
    fresh = LightPage(visit.http)  # asked for and not connected yet: whoever is first would have it
    async with visit.http.get(table.desk) as answer:
        client = (await answer.text()).partition("'client_id': '")[2].partition("'")[0]
    with contextlib.suppress(ConnectionError, aiohttp.ClientError):
        await stranger.connect({**queries[-1], "client_id": client})
        visit.complaints.append("took somebody else's page")
    for page in (fresh, stranger):
        await page.close()
    await desk.close()
    await own.close()


async def _slow_heads(visit: Visit) -> None:
    await _drip(visit, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")


async def _slow_bodies(visit: Visit) -> None:
    await _drip(visit, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")


async def _drip(visit: Visit, head: bytes, connections: int = 300) -> None:
    """Hold connections open with a byte a second; none may be left once a request must have arrived."""
    writers = []
    for _ in range(connections):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", visit.server.port)
            writer.write(head)
            writers.append(writer)
    for _ in range(int(BODY_SECONDS) + 3):
        await asyncio.sleep(1.0)
        for writer in writers:
            if not writer.transport.is_closing():
                writer.write(b"x")
    visit.sent = len(writers)
    left = sum(not writer.transport.is_closing() for writer in writers)
    if left:
        visit.complaints.append(f"{left} of {len(writers)} still open")
    for writer in writers:
        writer.close()


async def _endless_head(visit: Visit) -> None:
    """Send a header that never ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", visit.server.port)
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(10):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ")
            while visit.sent < 100_000_000 and not reader.at_eof():
                writer.write(b"x" * 65_536)
                visit.sent += 65_536
                await writer.drain()
                await asyncio.sleep(0.001)  # what the kernel keeps for the server has not been taken by it
    if visit.sent > 2_000_000:
        visit.complaints.append(f"{visit.sent / 1e6:.0f} MB of one header were taken")
    writer.close()


async def _no_http(visit: Visit) -> None:
    for number in range(300):
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", visit.server.port)
            writer.write((b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"\x00" * 100, b"SSH-2.0-x\r\n")[number % 4])
            visit.sent += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.read(), 0.05)
            writer.close()


async def _visits(visit: Visit) -> None:
    """Ask for the page that everybody may see, again and again, and never connect it."""
    codes: dict[int, int] = {}
    until = time.monotonic() + 10 * FLOOD

    async def ask() -> None:
        while time.monotonic() < until and not codes.get(429):
            with contextlib.suppress(aiohttp.ClientError):
                async with visit.http.get(f"{visit.server.origin}/") as answer:
                    await answer.read()
                    codes[answer.status] = codes.get(answer.status, 0) + 1
                    visit.sent += 1

    await asyncio.gather(*(ask() for _ in range(16)))
    if not codes.get(429):
        visit.complaints.append(f"none of {visit.sent} visits was refused")


async def _forwarded(visit: Visit) -> None:
    """Guess join codes, each time from an address that is made up."""
    codes: dict[int, int] = {}
    for number in range(PER_MINUTE["visit"] + 100):
        made_up = {"X-Forwarded-For": f"10.0.{number // 250}.{number % 250}", "X-Forwarded-Host": "evil.example"}
        async with visit.http.get(f"{visit.server.origin}/join/BBBB-2222", headers=made_up) as answer:
            codes[answer.status] = codes.get(answer.status, 0) + 1
            visit.sent += 1
    if not codes.get(429):
        visit.complaints.append("addresses that were made up were believed")


async def _sockets(visit: Visit) -> None:
    """Open sockets without a page, and keep them."""
    sockets = []
    url = f"{visit.server.origin}/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    for _ in range(600):
        with contextlib.suppress(aiohttp.ClientError):
            sockets.append(await visit.http.ws_connect(url))
            visit.sent += 1
    await asyncio.sleep(13.0)
    for socket in sockets:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                while not socket.closed:
                    await socket.receive()
    left = sum(not socket.closed for socket in sockets)
    if left:
        visit.complaints.append(f"{left} of {len(sockets)} sockets without a page still open")
    for socket in sockets:
        await socket.close()


async def _polling(visit: Visit) -> None:
    """Send what is none by requests in place of a socket."""
    url = f"{visit.server.origin}/_nicegui_ws/socket.io/?EIO=4&transport=polling"
    until = time.monotonic() + FLOOD
    bodies = [b"", b"40", b"9", b"\xff", b"42[", b"40\x1e" * 40, b'42["event",{}]', b'42["log",{}]', b"x" * 100_000]
    while time.monotonic() < until:
        async with visit.http.get(url) as answer:
            opened = await answer.text()
        sid = json.loads(opened[1:])["sid"] if opened.startswith("0{") else "x"
        for body in bodies:
            with contextlib.suppress(aiohttp.ClientError):
                async with visit.http.post(f"{url}&sid={sid}", data=body) as answer:
                    await answer.read()
                    visit.sent += 1


STRANGERS: Mapping[str, Callable[[Visit], Coroutine[Any, Any, None]]] = MappingProxyType({
    "a log of the page": _log, "events that are none": _bogus, "events of no name": _unknown,
    "values of other kinds": _other_values, "broken frames": _broken, "large frames": _large, "a packed bomb": _bomb,
    "another's page": _other_page, "slow headers": _slow_heads, "slow bodies": _slow_bodies,
    "a header without end": _endless_head, "what is no HTTP": _no_http, "visits": _visits,
    "made-up addresses": _forwarded, "sockets without a page": _sockets, "polling": _polling,
})  # fmt: skip
"""What is tried at the door, by name."""


def stranger(names: Sequence[str], place: Path) -> Outcome:
    """Let a stranger try one thing after another at a server of its own, and see what is left of it.

    Args:
        names: of what is tried.
        place: an empty folder.
    """
    return asyncio.run(_tried(names, place))


async def _tried(names: Sequence[str], place: Path) -> Outcome:
    began = time.perf_counter()
    slowest = memory = 0.0
    with WebServer(place, "--model", "none") as server:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            visit = Visit(server, http)
            for name in names:
                tried = asyncio.create_task(STRANGERS[name](visit))
                waited, held = await _watched(server, tried)
                slowest, memory = max(slowest, waited), max(memory, held)
                await tried
        said = server.kill()
    complaints = [
        *visit.complaints,
        *([f"{len(said.encode())} bytes in the terminal"] if len(said.encode()) > MOST_OUTPUT else []),
        *(["forged words in the terminal"] if "forged" in said else []),
        *([f"others waited {slowest:.1f} s"] if slowest > _PATIENCE else []),
        *([f"{memory:.0f} MB"] if memory > _MOST_MEMORY else []),
    ]
    told = f"others waited {slowest:.2f} s at most; {len(said.encode())} bytes in the terminal"
    seconds = time.perf_counter() - began
    return Outcome("stranger", ", ".join(names), "held", seconds, memory, visit.sent, told, tuple(complaints))


async def _watched(server: WebServer, tried: asyncio.Task[None]) -> tuple[float, float]:
    """Return how long somebody else waited for a page at most, in seconds, and the most memory in MB."""
    slowest = memory = 0.0
    elsewhere = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0), force_close=True)
    async with aiohttp.ClientSession(connector=elsewhere) as http:
        while True:
            began, over = time.perf_counter(), tried.done()
            async with http.get(f"{server.origin}/", timeout=aiohttp.ClientTimeout(60)) as answer:
                await answer.read()
                assert answer.status == 200
            slowest = max(slowest, time.perf_counter() - began)
            memory = max(memory, server.memory / 2**20)
            if over:
                return slowest, memory
            await asyncio.wait((tried,), timeout=0.3)
