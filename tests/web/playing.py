"""What people do at a table, done by robots."""

from __future__ import annotations

import asyncio

from tests.web.robot import Robot

__all__ = ["answer_pulse", "answered", "asked", "begin", "lines", "say"]


async def begin(desk: Robot, *people: Robot) -> None:
    """Start the session, and give everybody's first pulse."""
    await desk.click("data-start")
    await desk.wait("data-order")
    for person in people:
        await answer_pulse(person)


async def answer_pulse(person: Robot) -> None:
    """Answer a pulse."""
    for name in ("trust", "conviction", "burden"):
        await person.fire("data-pulse", "update:", 2, value=name)
    await person.click("data-send-pulse")


async def asked(*people: Robot) -> Robot:
    """Wait until one of several is asked for a line."""
    async with asyncio.timeout(15):
        while True:
            for person in people:
                await person.settle()
                if person.find("data-send"):
                    return person


async def say(person: Robot, words: str) -> None:
    """Take the floor."""
    await person.click("data-act", "ask")
    await person.fill("data-says", words)
    await person.click("data-send")


def lines(person: Robot) -> list[str]:
    """Return the ids of the lines that a page shows."""
    return [one["props"]["data-line"] for one in person.elements.values() if "data-line" in one.get("props", {})]


def answered(person: Robot, prop: str) -> bool:
    """Return whether a page has refused something, or shows an element."""
    return bool(person.notices) or person.find(prop) is not None
