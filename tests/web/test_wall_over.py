"""The projector while seats are free and once a session is over: how to join, and what to talk about, at a glance."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from tests.web.light import light
from tests.web.playing import begin
from tests.web.served import Person, WebServer, browser
from tests.web.tables import MAYOR, PARENT, TENANT, make_table
from tests.web.test_votes import cast, to_the_vote

_SIZES = ((1920, 1080), (1280, 720), (1024, 768))
_SEATS = (MAYOR, PARENT, TENANT)


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGUAGES)
async def test_questions_for_the_talk_stand_on_the_first_screen_of_every_wall(server: WebServer, lang: Lang) -> None:
    words = Words(lang)
    table = make_table(server, *((seat, f"P{number}") for number, seat in enumerate(_SEATS)), lang=lang, turns=8,
                       stages=("public_engagement",))  # fmt: skip
    async with (
        light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.seats[PARENT]) as li,
        light(table.seats[TENANT]) as anna,
    ):  # fmt: skip
        await begin(desk)
        await to_the_vote(bo, li, anna)
        for person in (bo, li, anna):
            await person.click("data-act", "support")
        while not desk.find("data-next"):
            for person in (bo, li, anna):
                if person.find("data-act", "support") and not person.find("data-send"):
                    await person.click("data-act", "support")
            if desk.find("data-no-pulses"):
                await desk.click("data-no-pulses")
            await desk.settle()
        assert cast(server)
    async with browser() as chromium:
        for width, height in _SIZES:
            context = await chromium.new_context(viewport={"width": width, "height": height})
            wall = Person(await context.new_page())
            await wall.go(table.projector)
            box = wall.page.locator("section.box", has_text=words("watch.questions"))
            await box.wait_for()
            for part in await wall.page.locator(".ended li, .ended dd, .ended .box").all():
                await expect(part).to_be_in_viewport(ratio=1)
            assert wall.faults == []


async def test_a_running_wall_has_the_code_as_long_as_seats_are_free(server: WebServer) -> None:
    words = Words("zh")
    table = make_table(server, (MAYOR, "Bo"), lang="zh", turns=30, persons=(MAYOR, TENANT))
    async with light(table.desk) as desk, light(table.projector) as wall:
        await desk.click("data-start")
        await desk.press(words("lobby.start_without"))
        await wall.wait("data-left")
        await wall.wait("data-code")
        assert wall.shows(table.code)
        assert wall.shows(words("watch.seats_free", address=f"{server.origin}/join"))
        async with light(f"{server.origin}/join/{table.code}") as door:
            await door.do(door.find("data-name"), "update:", " bo ")
            await door.do(door.find("aria-label", words("join.choose")), "update:", 0)
            await door.click("data-take")
            await door.settle()
            assert not door.opened, "somebody is called so already"
            await door.do(door.find("data-name"), "update:", "Anna")
            await door.click("data-take")
            await door.until(lambda: bool(door.opened))
        await wall.until(lambda: not wall.find("data-code"))
