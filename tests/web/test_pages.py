"""Every page in both languages and both colour schemes: it fits, and an accessibility scan finds nothing serious."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from sandbox.content.language import Lang
from sandbox.content.words import Words
from tests.web.served import Person, WebServer, browser, join
from tests.web.tables import MAYOR, make_table

pytestmark = pytest.mark.browser

_WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
_SERIOUS = ("serious", "critical")
_DIALOG = "[role=dialog]"
_CONTRAST = """part => {
  const rgb = text => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(one => one / 255)
    .map(one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
  const over = (top, below) => [0, 1, 2].map(at => top[at] * (top[3] ?? 1) + below[at] * (1 - (top[3] ?? 1)));
  const ground = box => {
    const layers = [];
    for (let at = box; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if ((colour[3] ?? 1) > 0) layers.unshift(colour);
      if ((colour[3] ?? 1) === 1) break;
    }
    return layers.reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const texts = document.createTreeWalker(document.querySelector(part), NodeFilter.SHOW_TEXT), faults = [];
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const box = node.parentElement, style = getComputedStyle(box), size = parseFloat(style.fontSize);
    const exempt = box.closest('[disabled], .disabled, .material-icons');
    if (exempt || !node.textContent.trim() || !box.checkVisibility()) continue;
    const below = ground(box), [a, b] = [light(over(rgb(style.color), below)), light(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05), large = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
    if (ratio < (large ? 3 : 4.5)) faults.push(`${ratio.toFixed(2)}: ${node.textContent.trim().slice(0, 60)}`);
  }
  return faults;
}"""


async def contrast(page: Page, where: str, part: str) -> list[str]:
    """Return the texts of a part of a page that are too faint on their ground (WCAG 2.1, 1.4.3), with their contrast.

    The scan takes the shade behind a dialog for its ground, and so says nothing of the dialog's texts.
    """
    return [f"{where}: {fault}" for fault in await page.evaluate(_CONTRAST, part)]


async def too_wide(page: Page, where: str) -> list[str]:
    """Return whether a page is wider than its screen, and by how much."""
    scroll, client = await page.evaluate(_WIDTHS)
    return [f"{where}: {scroll} wide in {client}"] if scroll > client else []


async def check(page: Page, where: str, part: str = "html") -> list[str]:
    """Return what is wrong with a part of a page, be it a dialog: serious findings of the scan, and a page too wide."""
    await expect(page.locator(part)).to_be_visible()
    await Person(page).at_rest()  # ripples and opening panels have colours of their own
    found = await Axe().run(page, part)
    faults = [
        f"{where}: {one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0]['failureSummary'][:300]}"
        for one in found.response["violations"]
        if one["impact"] in _SERIOUS and (part != _DIALOG or one["id"] != "color-contrast")
    ]
    if part == _DIALOG:
        faults += await contrast(page, where, f"{part} .dialog")
    return faults + await too_wide(page, where)


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("zh", "dark")])
async def test_pages_fit_and_are_accessible(server: WebServer, lang: Lang, scheme: Literal["light", "dark"]) -> None:
    faults: list[str] = []
    role = {"en": "migrant tenant", "zh": "外来租客"}[lang]
    async with browser() as chromium:
        context = await chromium.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})
        desk = Person(await context.new_page())
        await desk.go(f"{server.origin}/?lang={lang}")
        faults += await check(desk.page, "code")
        await desk.go(f"{server.link}?lang={lang}")
        faults += await check(desk.page, "home")
        codes = await desk.page.get_attribute("[data-codes]", "href")
        await desk.go(f"{server.origin}{codes}")
        faults += await check(desk.page, "join codes")
        await desk.go(f"{server.link}?lang={lang}")
        await desk.page.click("[data-open]")
        await desk.page.wait_for_url("**/t/*")
        await desk.alive()
        assert await desk.page.get_attribute("html", "lang") == {"en": "en-US", "zh": "zh-CN"}[lang]
        code = await desk.page.inner_text(".code")
        faults += await check(desk.page, "desk, lobby")
        anna = await join(chromium, server, code, role, "Anna", width=360, scheme=scheme, lang=lang)
        faults += await check(anna.page, "seat, lobby")
        other = Person(await context.new_page())
        await other.go(f"{server.origin}/join/{code}")
        faults += await check(other.page, "join")
        await desk.page.click("[data-view=projector]")
        link = await desk.page.get_attribute("a[href*='/v/']", "href")
        wall = Person(await context.new_page())
        await wall.go(str(link))
        faults += await check(wall.page, "projector, lobby")
        await anna.ready()
        await desk.page.click("[data-start]")
        await desk.page.locator("[data-without]").wait_for()
        faults += await check(desk.page, "desk, a seat is free", _DIALOG)
        await desk.page.click("[data-without]")
        await anna.page.wait_for_selector("[data-send-pulse]")
        faults += await check(anna.page, "seat, pulse")
        faults += await check(desk.page, "desk, pulse")
        await anna.pulse()
        await anna.page.wait_for_selector("[data-send], .log [data-line]")
        for who, person in (("desk", desk), ("seat", anna)):
            faults += await check(person.page, who)
            for number in range(1, await person.page.get_by_role("tab").count()):
                await person.page.get_by_role("tab").nth(number).click()
                faults += await check(person.page, f"{who}, tab {number}", ".q-tab-panels")
        faults += await check(wall.page, "projector")
        await desk.page.locator("[data-line] button").first.click()
        faults += await check(desk.page, "desk, line", _DIALOG)
        assert not desk.faults + anna.faults + wall.faults + other.faults
    assert faults == []


async def test_the_keyboard_is_enough(server: WebServer) -> None:
    table = make_table(server, (MAYOR, "Bo"))
    async with browser() as chromium:
        context = await chromium.new_context(viewport={"width": 1280, "height": 900})
        desk, bo = Person(await context.new_page()), Person(await context.new_page())
        await desk.go(table.desk)
        await reach(desk.page, "data-start")
        await desk.page.keyboard.press("Enter")
        await bo.go(table.seats[MAYOR])
        await bo.page.wait_for_selector("[data-send-pulse]")
        for name in ("trust", "conviction", "burden"):
            await reach(bo.page, "data-pulse", name)
            await bo.page.keyboard.press("Space")
        await reach(bo.page, "data-send-pulse")
        await bo.page.keyboard.press("Enter")
        await bo.page.wait_for_selector("[data-send]")
        await expect(bo.page.locator("[role=status]")).to_have_text("It is your turn")
        await reach(bo.page, "data-act", "ask")
        await bo.page.keyboard.press("Enter")
        await reach(bo.page, "data-says")
        await bo.page.keyboard.type("Who has the key?")
        await bo.page.keyboard.press("Control+Enter")
        await expect(bo.page.locator("[role=log]")).to_contain_text("Who has the key?")
        assert bo.faults + desk.faults == []


async def reach(page: Page, name: str, value: str = "") -> None:
    """Go on with the tabulator until a part of the page has the focus."""
    wanted = f'[{name}="{value}"]' if value else f"[{name}]"
    for _ in range(80):
        if await page.evaluate("wanted => !!document.activeElement.closest(wanted)", wanted):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} cannot be reached with the keyboard")


async def test_the_facilitator_prints_a_pack_for_the_model_that_is_chosen(server: WebServer) -> None:
    async with browser() as chromium:
        context = await chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
        desk = Person(await context.new_page())
        await desk.go(f"{server.link}?lang=zh")
        link = str(await desk.page.get_attribute("[data-pack=html]", "href"))
        assert "/pack/four_oclock_school.html?lang=zh&governance=joint_production" in link
        sheets = await context.new_page()
        await sheets.goto(server.origin + link)
        await expect(sheets.locator("h1")).to_have_text("四点钟学校")
        await expect(sheets.locator("section.sheet[id^=role-]")).to_have_count(8)
        async with desk.page.expect_download() as download:
            await desk.page.click("[data-pack=docx]")
        assert (await download.value).suggested_filename == "four_oclock_school_pack_zh.docx"
        shown = await context.request.get(server.origin + link)
        assert "default-src 'none'" in shown.headers["content-security-policy"]
        for old, new in (("/f/", "/f/x"), ("four_oclock", "five_oclock")):
            assert (await context.request.get(server.origin + link.replace(old, new))).status == 404
        unknown = await context.request.get(server.origin + link.replace("=joint_production", "=x"))
        assert (unknown.status, "x" in await unknown.text()) == (409, True)
        assert not desk.faults


_DOCUMENT_INK = """() => {
  const place = document.querySelector('[data-document]');
  const text = place.shadowRoot.querySelector('section p, section dd');
  const bright = colour => colour.match(/[\\d.]+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0) / 3;
  return [bright(getComputedStyle(text).color), bright(getComputedStyle(place.closest('.box')).backgroundColor)];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_debrief_is_read_dark_and_light(server: WebServer, scheme: Literal["light", "dark"]) -> None:
    table, words = make_table(server, turns=4), Words("en")
    async with browser() as chromium:
        desk = Person(await (await chromium.new_context(color_scheme=scheme)).new_page())
        await desk.go(table.desk)
        await desk.page.click("[data-start]")
        await expect(desk.page.locator("[data-document] section").first).to_be_visible()
        inks = [await desk.page.evaluate(_DOCUMENT_INK)]
        await desk.page.get_by_label(words("dark")).click()
        await desk.page.wait_for_function(f"({_DOCUMENT_INK})()[1] !== {inks[0][1]}")
        inks.append(await desk.page.evaluate(_DOCUMENT_INK))
        for ink, ground in inks:
            assert abs(ink - ground) > 128
        assert desk.faults == []
