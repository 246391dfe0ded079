"""Two sessions with light pages: no line is lost, doubled or out of its order, whatever happens to connections."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from sandbox.web.tables.store import WebStore
from tests.stub_endpoint import StubEndpoint
from tests.web.crowd import Crowd
from tests.web.served import Streaming, WebServer


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """Serve the web app with a scripted model."""
    with StubEndpoint(Streaming()) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        monkeypatch.setenv("SANDBOX_MODEL", "stub")
        with WebServer(tmp_path) as running:
            yield running


@asynccontextmanager
async def playing(server: WebServer) -> AsyncIterator[list[Crowd]]:
    """Let two tables play, three players and a facilitator at each; two of the players speak for themselves."""
    store = WebStore(server.runs / "tables.sqlite")
    async with aiohttp.ClientSession() as http:
        crowds = [Crowd(http, server, store, number, 3) for number in range(2)]
        try:
            for crowd in crowds:
                await crowd.gather()
                await crowd.begin(crowd.seats[2:])
            speaking = [asyncio.create_task(crowd.speak(0.0)) for crowd in crowds]
            yield crowds
            for task in speaking:
                task.cancel()
        finally:
            for crowd in crowds:
                await crowd.close()
            store.close()


@pytest.mark.fuzz
async def test_nothing_lost_doubled_or_out_of_order(server: WebServer) -> None:
    async with playing(server) as crowds:
        await spoken(crowds, 4)
        # Two pages lose their connection again and again: one with the server's knowledge, one without.
        away, deaf = (crowd.pages[crowd.seats[2]] for crowd in crowds)
        for _ in range(5):
            await away.disconnect()
            deaf.go_deaf()
            before = away.lines(), deaf.lines()
            await spoken(crowds, 1)
            assert (away.lines(), deaf.lines()) == before
            await away.connect()
            await deaf.connect()
        until = time.time()
        for crowd in crowds:
            with contextlib.suppress(TimeoutError):
                await crowd.pages["desk"].until(lambda crowd=crowd: not crowd.faults(until), 3.0)  # type: ignore[misc]
            assert crowd.faults(until) == []
            assert all(page.came for name, page in crowd.pages.items() if crowd.spoken(until)[name])
    assert server.stop() == ""


async def spoken(crowds: list[Crowd], more: int) -> None:
    """Wait until so many more lines have been spoken at each table."""
    desks = [crowd.pages["desk"] for crowd in crowds]
    wanted = [len(desk.lines()) + more for desk in desks]
    await desks[0].until(lambda: all(len(desk.lines()) >= least for desk, least in zip(desks, wanted, strict=True)))
