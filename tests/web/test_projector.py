"""A table on the projector is read from the last row: large words, and in a vote the motion, whole."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from tests.content.folders import LIBRARY
from tests.web.light import light
from tests.web.playing import asked, begin, news
from tests.web.served import Person, WebServer, browser
from tests.web.tables import MAYOR, PARENT, TENANT, make_table
from tests.web.test_votes import to_the_vote

_LONG = ("The children wait at the gate until six and nobody is with them. " * 40)[:1999] + "!"
_PIXELS = "shown => parseFloat(getComputedStyle(shown).fontSize)"
_NEXT_STAGE = """() => document.querySelector('.said > .log > :first-child').insertAdjacentHTML('beforeend',
  '<div><div class="notice quiet">Over</div></div><div><div class="stage-head"><h3>Next</h3></div></div>')"""


async def drawn(wall: Person, shown: Locator, words: str) -> float:
    """Have a line say other words, and return how large its letters are."""
    await shown.evaluate("(shown, words) => { shown.textContent = words; }", words)
    await wall.page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    return float(await shown.evaluate(_PIXELS))


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_current_line_and_the_motion_are_read_at_eight_metres(server: WebServer, lang: Lang) -> None:
    table = make_table(
        server, (MAYOR, "Bo"), (PARENT, "Li"), (TENANT, "Anna"), lang=lang, turns=8, stages=("public_engagement",)
    )
    async with (
        browser() as chromium, light(table.desk) as desk, light(table.seats[MAYOR]) as bo,
        light(table.seats[PARENT]) as li, light(table.seats[TENANT]) as anna,
    ):  # fmt: skip
        wall = Person(await (await chromium.new_context(viewport={"width": 1920, "height": 1080})).new_page())
        await wall.go(table.projector)
        await begin(desk)
        sits = wall.page.locator(".who-sits")
        await expect(sits).to_contain_text(f"{LIBRARY.persona(PARENT).name.get(lang)}{Words(lang).paren('Li')[:3]}")
        for shown in (wall.page.locator(".said > .question").first, wall.page.locator(".stage-head"), sits):
            await expect(shown).to_be_in_viewport(ratio=1)
        first = await asked(bo, li, anna)
        await first.say("The children wait at the gate until six; who is with them?", "ask", "inform")
        current = wall.page.locator(".said .current .says")
        await current.wait_for()
        assert await current.evaluate(_PIXELS) > 45, "a short line is as large as there is room for"
        assert await wall.page.locator(".said [data-line]:visible").count() <= 3
        await expect(sits).to_be_hidden()
        usual = await drawn(wall, current, _LONG[:240])
        assert 45 < usual < await drawn(wall, current, _LONG[:40]) + 1 < usual + 2, "a short line after it is no larger"
        await wall.page.evaluate(_NEXT_STAGE)
        assert await drawn(wall, current, _LONG[:240]) == usual, "the next stage takes nothing from the line before it"
        await expect(wall.page.locator(".said .stage-head").last).to_be_in_viewport(ratio=1)
        assert await current.evaluate("shown => shown.scrollHeight <= shown.clientHeight + 1")
        assert await drawn(wall, current, _LONG) >= 40, "of a long one the beginning is read from there too"
        line = wall.page.locator(".said [data-line]:visible").last
        for part in (wall.page.locator(".said [data-line]:visible").first, line.locator(".who"), line):
            box = await part.bounding_box()
            assert box
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= 1080, "what was said before, who speaks, and the line are in view"
        await to_the_vote(bo, li, anna)
        motion = wall.page.locator("[data-motion]")
        await motion.wait_for()
        assert await motion.locator("dd, [data-carries]").first.evaluate(_PIXELS) >= 40
        whole = "(m => m.scrollHeight <= m.clientHeight + 1)(document.querySelector('[data-motion]'))"
        await wall.page.wait_for_function(whole)  # all of it is seen, once the page has been laid out
        assert await wall.page.locator(".dots > div").count() == await motion.locator(".dots > div").count() > 2
        assert await wall.page.locator(".said").is_hidden()
        assert wall.faults == []


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_stage_that_shuts_somebody_in_the_room_out_is_not_shown_on_its_wall(
    server: WebServer, lang: Lang
) -> None:
    table = make_table(
        server, (MAYOR, "Bo"), (TENANT, "Anna"), lang=lang, governance="command", stages=("application",), turns=4
    )
    async with (
        light(table.desk) as desk, light(table.projector) as wall, light(table.observer) as watch,
        light(table.seats[MAYOR]) as bo, light(table.seats[TENANT]) as anna,
    ):  # fmt: skip
        await begin(desk)
        await (await asked(bo)).say("The hall is opened by Friday, whoever objects.", "inform")
        await desk.until(lambda: "by Friday" in desk.texts)
        for shown in (wall, watch):
            await shown.until(lambda shown=shown: "Shen Yulan" in shown.texts or "沈玉兰" in shown.texts)  # type: ignore[misc]
            assert Words(lang)("watch.closed") in shown.texts
            assert "by Friday" not in shown.texts
        assert "by Friday" not in anna.texts


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_who_decides_alone_has_the_wall_and_is_told_on_phones(server: WebServer, lang: Lang) -> None:
    words = Words(lang)
    table = make_table(
        server, (MAYOR, "Bo"), (TENANT, "Anna"), lang=lang, governance="command", stages=("public_engagement",), turns=3
    )
    async with (
        light(table.desk) as desk, light(table.projector) as wall, light(table.seats[MAYOR]) as bo,
        light(table.seats[TENANT]) as anna,
    ):  # fmt: skip
        await begin(desk)
        while not bo.find("data-act", "decide"):
            for person in (bo, anna):
                if person.find("data-send") and not person.find("data-act", "decide"):
                    await person.say("The children wait at the gate.", "inform")
            await news(bo, anna)
        await wall.wait("data-deciding")
        role = LIBRARY.persona(MAYOR).role.get(lang)
        bo_told = words.paren(words.join(["Bo", role[:1].lower() + role[1:]]))
        deciding = words("table.deciding", name=LIBRARY.persona(MAYOR).name.get(lang) + bo_told)
        assert wall.shows(deciding)
        await anna.until(lambda: anna.shows(deciding))
