"""A visitor who floods the web app from an address of its own: visits, sockets, events, and requests that never end.

It goes on until it is stopped, and counts what it did.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections import Counter

import aiohttp

from tests.web.light import LightPage

_AT_ONCE = 20
_ADDRESS = "127.0.0.2"


async def visits(http: aiohttp.ClientSession, origin: str, did: Counter[str]) -> None:
    """Ask for the page that everybody may see, again and again."""
    while True:
        with contextlib.suppress(aiohttp.ClientError):
            async with http.get(f"{origin}/") as answer:
                await answer.read()
                did["visits" if answer.status == 200 else "visits refused"] += 1
        await asyncio.sleep(0)


async def messages(http: aiohttp.ClientSession, origin: str, did: Counter[str]) -> None:
    """Send events of a page, and what is none, as fast as they are taken."""
    while True:
        page = LightPage(http)
        with contextlib.suppress(ConnectionError, aiohttp.ClientError, AssertionError):
            await page.open(f"{origin}/")
            [typed] = page.events(page.find("data-code"), "update:", "typed")
            junk = ["log", {"client_id": page.client, "level": "error", "message": "flood"}]
            while page.connected:
                await page.emit("event", typed)
                await page.raw("42" + json.dumps(junk))
                did["messages"] += 2
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):
            await page.close()
        await asyncio.sleep(0.1)


async def dripping(port: int, did: Counter[str]) -> None:
    """Send a request a byte a second."""
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(_ADDRESS, 0))
            writer.write(b"GET / HTTP/1.1\r\nX: ")
            did["slow requests"] += 1
            while not writer.transport.is_closing():
                await asyncio.sleep(1.0)
                writer.write(b"x")
        await asyncio.sleep(0.1)


async def flood(origin: str) -> Counter[str]:
    """Flood until the process is told to stop."""
    did: Counter[str] = Counter()
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    connector = aiohttp.TCPConnector(limit=0, local_addr=(_ADDRESS, 0))
    async with aiohttp.ClientSession(connector=connector) as http:
        tasks = [asyncio.create_task(what(http, origin, did)) for what in (visits, messages) for _ in range(_AT_ONCE)]
        port = int(origin.rsplit(":", 1)[1])
        tasks += [asyncio.create_task(dripping(port, did)) for _ in range(_AT_ONCE * 5)]
        await over.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return did


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(flood(sys.argv[1]))))
