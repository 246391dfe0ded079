"""Going back to a line, a table's sessions, and two of them side by side, in a real browser on a phone and a laptop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import expect

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from tests.web.served import Person, WebServer, browser
from tests.web.tables import TENANT, make_table
from tests.web.test_pages import check, too_wide

pytestmark = pytest.mark.browser

LAPTOP, PHONE = (1366, 768), (390, 844)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Serve the web app without a model."""
    with WebServer(tmp_path_factory.mktemp("branch_pages"), "--model", "none") as running:
        yield running


async def _checked(person: Person, where: str, part: str = "html") -> list[str]:
    """Return what is wrong with a page on a phone, and whether it is too wide for a laptop."""
    await _resized(person, PHONE)
    faults = await check(person.page, f"{where} on a phone", part)
    await _resized(person, LAPTOP)
    return faults + await too_wide(person.page, f"{where} on a laptop")


async def _resized(person: Person, size: tuple[int, int]) -> None:
    await person.page.set_viewport_size({"width": size[0], "height": size[1]})


async def _play_out(desk: Person) -> None:
    """Let personas speak for people, and go on without pulses, until the session is over."""
    async with asyncio.timeout(180):
        while not await desk.page.locator("[data-outcome]").count():
            for button in ("[data-speak-now]", "[data-no-pulses]", "[data-speak-for]"):
                with contextlib.suppress(PlaywrightError):  # it may be gone by now
                    if await desk.page.locator(button).count():
                        await desk.page.click(button, timeout=1000)
            await desk.page.wait_for_timeout(200)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_table_goes_back_with_another_rule_and_is_compared(server: WebServer, lang: Lang) -> None:
    words, faults = Words(lang), list[str]()
    table = make_table(server, (TENANT, "Anna"), lang=lang, stages=("training", "public_engagement"), turns=8)
    async with browser() as chromium:
        desk = Person(await (await chromium.new_context(viewport={"width": 1366, "height": 768})).new_page())
        anna = Person(await (await chromium.new_context(viewport={"width": 390, "height": 844})).new_page())
        await desk.go(table.desk)
        await anna.go(table.seats[TENANT])
        await desk.page.click("[data-start]")
        await anna.pulse()
        await anna.page.wait_for_selector("[data-send]")
        line = (await anna.lines())[-1]
        await desk.page.click(f"[data-tool={line}]")
        dialog = desk.page.locator("[role=dialog]")
        await expect(dialog).to_contain_text(words("branch.people.several", names="Anna"))
        await dialog.locator(".q-radio").filter(has_text=words("branch.rule")).click()
        menu = await desk.entries("[data-which-rule]")
        await expect(menu.filter(has_text=words("branch.own"))).to_have_count(1)
        await menu.filter(has_text=words("sensitivity.rule.aggregation.veto")).click()
        await expect(dialog).to_contain_text(words("branch.now", value=words("rule_value.nobody")))
        faults += await _checked(desk, "dialog", "[role=dialog]")
        await desk.page.click("[data-branch]")
        await expect(desk.page.locator("[data-fault]")).to_have_text(words("branch.need_value"))
        await desk.page.locator("[data-holder]").first.click()
        await desk.page.click("[data-branch]")
        told = words("branch.told.back", line=line)
        for person in (desk, anna):
            await expect(person.page.locator(".log")).to_contain_text(told)
            await expect(person.page.locator(".log")).to_contain_text(words("sensitivity.rule.aggregation.veto"))
        await anna.page.click("[data-cover]")
        await _play_out(desk)
        tree = desk.page.locator("[data-session]")
        await expect(tree).to_have_count(2)
        await expect(tree.first.locator("[data-session]")).to_have_count(1)
        await expect(tree.nth(1)).to_contain_text(words("sessions.number", number="1.2"))
        await expect(tree.nth(1).locator("[data-outcome]")).not_to_have_text(words("sessions.no_lines"))
        faults += await _checked(desk, "desk, over")
        link = str(await desk.page.get_attribute("[data-compare]", "href"))
        beside = Person(await desk.page.context.new_page())
        await beside.page.goto(server.origin + link)
        await expect(beside.page.locator("#caution")).to_contain_text(words("caution.cities"))
        faults += await _checked(beside, "compare")
        boxes = beside.page.locator("#decisions .beside > *")
        first, second = [await boxes.nth(place).bounding_box() for place in range(2)]
        assert first is not None
        assert second is not None
        assert first["y"] == second["y"], "two columns on a laptop"
        await beside.page.set_viewport_size({"width": 390, "height": 844})
        below = await boxes.nth(1).bounding_box()
        assert below is not None
        assert below["y"] > first["height"], "one below the other on a phone"
        await expect(anna.page.locator("[data-earlier]")).to_have_count(1)
        faults += await _checked(anna, "seat, over")
        earlier = str(await anna.page.get_attribute("[data-earlier]", "href"))
        answer = await anna.page.context.request.get(server.origin + earlier)
        assert (answer.status, told in await answer.text()) == (200, False)
        for strange in (link.replace("/f/", "/f/x"), earlier.replace("/s/", "/s/x"), link + "x"):
            assert (await anna.page.context.request.get(server.origin + strange)).status == 404
        await desk.go(f"{server.link}?lang={lang}")
        fold = desk.page.locator("[data-fold]").first
        await fold.locator(".q-item").first.click()
        await expect(fold.locator("[data-session]")).to_have_count(2)
        faults += await _checked(desk, "home")
        assert desk.faults + anna.faults == []
    assert faults == []


async def test_a_table_plays_on_with_the_session_that_it_left(server: WebServer) -> None:
    table = make_table(server, (TENANT, "Anna"))
    async with browser() as chromium:
        desk, anna = [Person(await (await chromium.new_context()).new_page()) for _ in range(2)]
        await desk.go(table.desk)
        await anna.go(table.seats[TENANT])
        await desk.page.click("[data-start]")
        await anna.pulse()
        await anna.page.wait_for_selector("[data-send]")
        heard = await anna.page.locator("[data-line]").count()
        await expect(desk.page.locator("[data-line]")).to_have_count(heard)
        lines = await desk.lines()
        await desk.page.click(f"[data-tool={lines[0]}]")
        await desk.page.click("[data-branch]")
        await expect(anna.page.locator(".log")).to_contain_text(Words("en")("branch.told.seed"))
        await desk.page.get_by_role("tab", name=Words("en")("desk.links")).click()
        await desk.page.click("[data-play-on]")
        await desk.page.locator("[role=dialog] button").filter(has_text=Words("en")("sessions.play_on")).click()
        await expect(anna.page.locator(".log")).not_to_contain_text(Words("en")("branch.told.seed"))
        await expect(anna.page.locator("[data-line]")).to_have_count(len(lines))
        assert desk.faults + anna.faults == []
