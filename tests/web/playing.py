"""What people do at a table, done by light pages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from tests.web.light import LightPage
from tests.web.served import HastyServer

__all__ = ["SOME_LOOKS", "asked", "begin", "begin_year", "in_time", "news"]

SOME_LOOKS = 0.3
"""Seconds in which the rooms of a `HastyServer` look at the time several times."""


async def begin(desk: LightPage) -> None:
    """Start the session, and leave out the first pulse."""
    await desk.click("data-start")
    await desk.click("data-no-pulses")


async def begin_year(boss: LightPage) -> None:
    """Begin the year of a campaign, whoever is still missing or not ready."""
    begins, before = await boss.wait("data-begin"), boss.all("data-without").keys()  # closed dialogs of earlier years

    def missing() -> set[str]:
        return boss.all("data-without").keys() - before

    await boss.do(begins, "click")
    await boss.until(lambda: bool(missing()) or begins not in boss.elements)
    for button in missing():
        await boss.do(button, "click")


async def asked(*people: LightPage) -> LightPage:
    """Wait until one of several is asked for a line."""
    async with asyncio.timeout(45):
        while True:
            for person in people:
                if person.find("data-send"):
                    await person.settle()
                    if person.find("data-send"):
                        return person
            await news(*people)


async def news(*pages: LightPage) -> None:
    """Wait until something comes to one of several pages, or for a moment: to ask the server costs it more."""
    before, end = [page.messages for page in pages], time.monotonic() + 0.3
    while [page.messages for page in pages] == before and time.monotonic() < end:
        await asyncio.sleep(0.01)


async def in_time(server: HastyServer, true: Callable[[], bool]) -> None:
    """Let as much time pass as it takes until something is true, whoever is waited for."""
    async with asyncio.timeout(60):
        while not true():
            server.let_pass(5.0)
            await asyncio.sleep(0.05)
