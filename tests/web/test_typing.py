"""Whoever is typing goes on typing, whatever others order meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.content.words import Words
from tests.web.light import LightPage, light
from tests.web.playing import asked, begin
from tests.web.served import Person, WebServer, browser
from tests.web.tables import MAYOR, TENANT, Made, make_table

BEGUN = "I would like to say that the children wait at the gate until six."


@contextlib.asynccontextmanager
async def bo_asked(
    server: WebServer, lang: Lang, **setup: Any
) -> AsyncIterator[tuple[Made, LightPage, LightPage, LightPage]]:
    """Play until Bo has the floor, with Anna at the table; yield the table, the facilitator's page, hers and his."""
    stages = ("public_engagement",)
    table = make_table(server, (TENANT, "Anna"), (MAYOR, "Bo"), lang=lang, turns=60, stages=stages, **setup)
    async with (
        light(table.desk) as desk, light(table.seats[TENANT]) as anna, light(table.seats[MAYOR]) as bo,
    ):  # fmt: skip
        await begin(desk)
        while await asked(anna, bo) is not bo:
            await anna.say("Go on.", "inform", "ask", "answer")
        yield table, desk, anna, bo


def seconds_left(page: LightPage, *, turn: bool) -> int:
    """Return the seconds that a player's page gives for the turn, or for the stage."""
    timers = (page.elements[key] for key, role in page.all("role").items() if role == "timer")
    text = next(str(timer.get("text")) for timer in timers if ("left" in timer.get("class", ())) == turn)
    minutes, seconds = re.findall(r"(\d+):(\d+)", text)[0]
    return 60 * int(minutes) + int(seconds)


async def test_orders_leave_alone_whoever_has_the_floor_and_a_pause_gives_it_back_with_its_words(
    server: WebServer,
) -> None:
    words = Words("zh")
    async with bo_asked(server, "zh", seconds=200, minutes={"public_engagement": 20}) as (_, desk, anna, bo):
        box, turn = bo.find("data-says"), seconds_left(bo, turn=True)
        line = next(place for place in range(1, 61) if bo.shows(words("table.line_of", turn=place, limit=60)))
        await bo.do(box, "update:", BEGUN)
        for more in ("lines", "minutes"):
            await desk.click("data-extend", more)
        await bo.until(lambda: bo.shows(words("table.line_of", turn=line, limit=63)))
        assert bo.find("data-says") == box, "what has changed is told beside the very same field"
        await bo.until(lambda: seconds_left(bo, turn=False) > 60 * 20)  # so is the time that the stage was given
        for prop in ("data-cover", "data-back", "data-cover"):
            await anna.click(prop)
            await anna.wait("data-cover" if prop == "data-back" else "data-back")
            await bo.settle()
            assert bo.find("data-says") == box
            assert bo.find("data-send")
        await bo.until(lambda: seconds_left(bo, turn=True) < turn)
        assert seconds_left(bo, turn=True) > turn - 15, "it runs on, and not anew"
        await desk.click("data-order", "pause")
        await bo.until(lambda: not bo.find("data-says"))
        await desk.click("data-order", "resume")
        await bo.until(lambda: bo.elements.get(bo.find("data-says"), {}).get("props", {}).get("value") == BEGUN)
        await bo.say(BEGUN, "inform", "ask", "answer")
        await desk.until(lambda: desk.shows(BEGUN))


@pytest.mark.browser
@pytest.mark.parametrize("who", ["facilitator", "another player"])
async def test_what_is_typed_while_orders_come_is_kept(server: WebServer, who: str) -> None:
    async with bo_asked(server, "en") as (table, desk, anna, _), browser() as chromium:
        context = await chromium.new_context(viewport={"width": 390, "height": 844})
        person = Person(await context.new_page())
        await person.go(table.seats[MAYOR])
        box = person.page.locator("[data-says]")
        await box.click()

        async def orders() -> None:
            for _ in range(4):
                await asyncio.sleep(0.5)
                if who == "facilitator":
                    await desk.click("data-extend")
                else:
                    await anna.do(anna.find("data-cover") or anna.find("data-back"), "click")

        others = asyncio.create_task(orders())
        await person.page.keyboard.type(BEGUN, delay=50)
        await others
        await person.page.wait_for_timeout(500)
        assert await box.input_value() == BEGUN
        assert await box.evaluate("box => document.activeElement === box"), "a phone's keyboard stays open"
        assert person.faults == []
