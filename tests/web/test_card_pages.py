"""The pages of cases and cards: read, found, printed, copied, mended and kept; in both languages, wide and narrow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import httpx2
import pytest
from playwright.async_api import Page, expect

from sandbox.content.words import Words
from sandbox.web.cards.own_folder import LARGEST
from tests.content.folders import LIBRARY
from tests.web.light import light
from tests.web.served import Person, WebServer, browser
from tests.web.test_pages import check

CASE = "waiting_village"
PATIENCE = 90.0


@pytest.mark.parametrize("path", ["c", "c/persona/elder", "c/scenario/clean_up", "c/governance/command/edit"])
def test_only_whoever_has_the_facilitators_link_sees_cards(server: WebServer, path: str) -> None:
    assert httpx2.get(f"{server.link}x/{path}", timeout=PATIENCE).status_code == 404
    known = httpx2.get(f"{server.link}/{path}", timeout=PATIENCE)
    assert known.status_code == (404 if path.endswith("edit") else 200)  # a shipped card is not edited


@pytest.mark.parametrize("path", ["c", f"c/scenario/{CASE}"])
async def test_codes_of_the_source_paper_stand_where_only_researchers_look(server: WebServer, path: str) -> None:
    sections = LIBRARY.scenario(CASE).source.sections
    codes = (", ".join(sections), f"{sections[0]}: {Words('en')(f'paper.{sections[0]}')}")
    async with light(f"{server.link}/{path}?lang=en") as page:
        folded = {key for at, one in page.walk() if one.get("tag") == "details" for key, _ in page.walk(at)}
        texts = {key: f"{one.get('text')} {one.get('props')}" for key, one in page.elements.items()}
        shown = [key for key, text in texts.items() if any(code in text for code in codes)]
    assert shown
    assert set(shown) <= folded


@pytest.mark.parametrize("card", ["persona/nobody", "rubric/core", "persona/..%2f..%2fREADME", "nothing/elder"])
@pytest.mark.parametrize("part", ["", "/edit"])
def test_what_is_no_card_has_no_page(server: WebServer, card: str, part: str) -> None:
    assert httpx2.get(f"{server.link}/c/{card}{part}", timeout=PATIENCE).status_code == 404


def test_a_text_is_taken_for_cards_of_ones_own_alone(server: WebServer) -> None:
    def send(card: str, text: bytes, link: str = server.link) -> httpx2.Response:
        return httpx2.post(f"{link}/c/{card}/text?what=keep&stamp=x&lang=zh", content=text, timeout=PATIENCE)

    assert send("persona/elder", b"id: elder", f"{server.link}x").status_code == 404
    assert send("persona/a%2fb", b"x").status_code in (404, 405)
    assert send("rubric/core", b"x").status_code == 404
    assert send("persona/elder", b"id: elder").status_code == 409
    assert "512" in send("persona/elder", b"#" * (LARGEST + 1)).json()["refused"]
    assert send("persona/elder", b"\xff").status_code == 409
    assert not (server.runs / "content").exists()


@pytest.mark.parametrize(("part", "sheets"), [("roles", 8), ("acts", 1), ("case", 1)])
def test_a_part_of_a_pack_is_printed_alone(server: WebServer, part: str, sheets: int) -> None:
    at = f"{server.link}/pack/clean_up.html?lang=en&governance=command&part={part}"
    page = httpx2.get(at, timeout=PATIENCE)
    assert (page.status_code, page.text.count("<section")) == (200, sheets)
    assert httpx2.get(at.replace(f"part={part}", "part=nothing"), timeout=PATIENCE).status_code == 409
    word = httpx2.get(at.replace(".html", ".docx"), timeout=PATIENCE)
    assert word.headers["content-disposition"].endswith(f'clean_up_{part}_en.docx"')


@pytest.mark.browser
async def test_each_role_card_and_the_acts_fill_a_page_of_paper(server: WebServer) -> None:
    async with browser() as chromium:
        page = await chromium.new_page()
        for part, pages in (("roles", len(LIBRARY.scenario("clean_up").seats)), ("acts", 1)):
            for lang in ("en", "zh"):
                await page.goto(f"{server.link}/pack/clean_up.html?lang={lang}&governance=command&part={part}")
                printed = await page.pdf(prefer_css_page_size=True)
                assert len(re.findall(rb"/Type\s*/Page\b", printed)) == pages, (part, lang)


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "width"), [("en", 1366), ("zh", 390), ("zh", 1366), ("en", 390)])
async def test_pages_of_cards_fit_and_are_accessible(server: WebServer, lang: str, width: int) -> None:
    scheme: Literal["light", "dark"] = "light" if lang == "en" else "dark"
    pages = {"all": "", "case": "/scenario/clean_up", "persona": "/persona/elder", "model": "/governance/command",
             "city": "/city/haicang"}  # fmt: skip
    faults: list[str] = []
    async with browser() as chromium:
        context = await chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
        desk = Person(await context.new_page())
        for name, path in pages.items():
            await desk.go(f"{server.link}/c{path}?lang={lang}")
            faults += await check(desk.page, name)
        await desk.go(f"{server.link}/c/persona/elder?lang={lang}")
        await desk.page.click("[data-copy]")
        await desk.page.wait_for_url("**/form*")
        await desk.alive()
        await desk.page.click("[data-as-text]")
        await desk.page.wait_for_url("**/edit*")
        await desk.alive()
        await put(desk.page, "id: [")
        await desk.page.click("[data-keep]")
        await expect(desk.page.locator("[data-outcome=kept_draft]")).to_be_visible()
        faults += await check(desk.page, "editor, draft")
        await desk.page.reload()
        await desk.alive()
        await expect(desk.page.locator("[data-draft]")).to_be_visible()
        faults += await check(desk.page, "editor, again")
        assert desk.faults == []
    assert faults == []


async def put(page: Page, text: str) -> None:
    """Write a text into the editor at once."""
    await page.locator("[data-text]").evaluate("(area, text) => { area.focus(); area.value = text; }", text)


@pytest.mark.browser
async def test_a_case_is_found_read_copied_mended_and_set_up(server: WebServer) -> None:
    scenario = LIBRARY.scenario(CASE)
    async with browser() as chromium:
        context = await chromium.new_context(viewport={"width": 1366, "height": 900})
        desk, other = Person(await context.new_page()), Person(await context.new_page())
        await desk.go(server.link)
        await desk.page.click("[data-cards]")
        await desk.page.wait_for_url("**/c?*")
        await desk.alive()
        await desk.page.fill("[data-search]", "village that waits")
        await expect(desk.page.locator("[data-card]:visible")).to_have_count(1)
        await desk.page.click(f"[data-card='scenario/{CASE}'] a")
        await desk.page.wait_for_url("**/scenario/*")
        await desk.alive()
        secret = scenario.seats[0].briefing.en
        assert secret not in "".join(desk.wire)
        await desk.page.click("[data-private]")
        await expect(desk.page.locator("[data-section=role-1]")).to_contain_text(secret)
        await desk.page.click("[data-copy]")
        await desk.page.wait_for_url("**/form*")
        await desk.alive()
        await desk.page.click("[data-as-text]")
        await desk.page.wait_for_url("**/edit*")
        await desk.alive()
        await other.go(desk.page.url)
        text = await desk.page.locator("[data-text]").input_value()
        mine = text.replace(scenario.title.en, "My own village", 1)
        await put(desk.page, mine.replace("question:", "questoin:", 1))
        await desk.page.click("[data-check]")
        fault = desk.page.locator("[data-fault]").filter(has_text="questoin")
        await expect(fault).to_contain_text("did you mean 'question'")
        await fault.get_by_role("button").click()
        selected = "(area => area.value.slice(area.selectionStart, area.selectionEnd))"
        await desk.page.wait_for_function(f"{selected}(document.querySelector('[data-text]')) === 'questoin:'")
        await put(desk.page, re.sub(r"^    turn: \d+$", "    turn: 99", mine, count=1, flags=re.MULTILINE))
        await desk.page.click("[data-check]")
        await expect(desk.page.locator("[data-outcome=valid]")).to_be_visible()
        doubt = desk.page.locator("[data-fault]").filter(has_text="never arrives")
        await expect(doubt.locator("[data-warning]")).to_have_text("Worth a look")
        await put(desk.page, mine)
        await desk.page.click("[data-keep]")
        await expect(desk.page.locator("[data-outcome=kept]")).to_be_visible()
        await put(other.page, text.replace("(copy)", "(theirs)"))
        await other.page.click("[data-keep]")
        await expect(other.page.locator("[data-refused]")).to_contain_text("changed by somebody else")
        assert "(theirs)" in await other.page.locator("[data-text]").input_value()
        await desk.go(server.link)
        await desk.choose("[data-case]", "My own village")
        await desk.page.locator("[data-open]").press("Enter")
        await desk.page.wait_for_url("**/t/*")
        await desk.alive()
        await expect(desk.page.locator("h1")).to_contain_text("My own village")
        await desk.go(f"{server.link}/c/scenario/{CASE}_copy")
        await expect(desk.page.locator("[data-yours]")).to_be_visible()
        await desk.page.click("[data-delete]")
        await desk.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await expect(desk.page.locator(".q-notification")).to_contain_text("a table is set up with it")
        assert Path(server.runs / "content" / "prompts" / "scenarios" / f"{CASE}_copy.yaml").is_file()
        assert desk.faults + [fault for fault in other.faults if "409" not in fault] == []
