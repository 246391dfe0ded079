"""A report is folded on a page below its first screen: a link opens what it leads to, and on paper all of it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from sandbox.content.language import LANGUAGES, Lang
from sandbox.report.document.html import to_html
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.session import session_report
from tests.report.conftest import make_session
from tests.web.served import browser

pytestmark = pytest.mark.browser

_PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_sections_are_folded_until_a_link_leads_into_them_or_they_are_printed(tmp_path: Path, lang: Lang) -> None:
    scored = make_session(lang=lang)
    papers = {
        "report": session_report(scored.as_read, scored.card),
        "debrief": make_debrief(scored.as_read, scored.card, None),
    }  # fmt: skip
    async with browser() as chromium:
        page = await (await chromium.new_context(viewport=_PHONE)).new_page()  # type: ignore[arg-type]
        for name, paper in papers.items():
            file = tmp_path / f"{name}.html"
            file.write_text(to_html(paper), encoding="utf-8")
            await page.emulate_media(media="screen")
            await page.goto(file.as_uri())
            line, lines = page.locator("#L003"), page.locator(".said.line")
            await expect(line).to_be_hidden()
            await expect(page.locator("#scores table").first).to_be_visible(visible=name == "report")
            folded = await page.evaluate("document.documentElement.scrollHeight")
            await page.locator(".contents a[href='#transcript-in']").click()
            await expect(line).to_be_visible()
            await expect(page.locator("#transcript h2")).to_be_in_viewport()
            assert await page.evaluate("document.documentElement.scrollHeight") > folded
            await page.goto("about:blank")
            await page.goto(f"{file.as_uri()}#L003")
            await expect(line).to_be_in_viewport()
            await page.goto("about:blank")
            await page.goto(file.as_uri())
            await page.emulate_media(media="print")
            shown = "(one) => one.checkVisibility() && one.getBoundingClientRect().height > 0"
            for place in range(await lines.count()):
                assert await lines.nth(place).evaluate(shown)
