"""What people do at a table, done by light pages."""

from __future__ import annotations

import asyncio

from tests.web.light import LightPage

__all__ = ["asked", "begin"]


async def begin(desk: LightPage, *people: LightPage) -> None:
    """Start the session, and give everybody's first pulse."""
    await desk.click("data-start")
    await desk.wait("data-order")
    for person in people:
        await person.answer_pulse()


async def asked(*people: LightPage) -> LightPage:
    """Wait until one of several is asked for a line."""
    async with asyncio.timeout(15):
        while True:
            for person in people:
                await person.settle()
                if person.find("data-send"):
                    return person
            await asyncio.sleep(0.02)
