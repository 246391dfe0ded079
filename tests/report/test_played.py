"""The map of a country in a browser: it plays by hand and by key, calmly for whoever wants that, without a network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from sandbox.content.language import Lang
from sandbox.report.document.html import to_html
from sandbox.report.pages.diffusion import diffusion_report, diffusion_view
from tests.game.making import LIBRARY
from tests.report.spreads import spread
from tests.web.served import browser

pytestmark = pytest.mark.browser

_WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
_CURSOR = "document.querySelector('.cursor').getAttribute('x1')"
# Keeps when each period was first to be seen, in milliseconds: a look from outside may come too late.
_TIMES = """() => {
  window.times = {};
  const period = document.querySelector('.controls output');
  new MutationObserver(() => { times[period.textContent] ??= performance.now(); })
    .observe(period, {childList: true, characterData: true, subtree: true});
}"""
_FILLED = "[...document.querySelectorAll('.groups i')].map(one => one.style.getPropertyValue('--f'))"


@asynccontextmanager
async def opened(
    path: Path, width: int = 1280, motion: Literal["reduce", "no-preference"] = "no-preference"
) -> AsyncIterator[Page]:
    """Open a page, and see that it asks for nothing else and complains of nothing."""
    asked: list[str] = []
    faults: list[str] = []
    async with browser() as chromium:
        context = await chromium.new_context(viewport={"width": width, "height": 800}, reduced_motion=motion)
        page = await context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(path.as_uri())
        yield page
    assert asked == [path.as_uri()]
    assert faults == []


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(to_html(diffusion_report(spread(), LIBRARY, "en", "runs/small")), encoding="utf-8")
    return path


async def test_it_plays_from_the_start_to_the_end_and_can_be_stopped(report: Path) -> None:
    async with opened(report) as page:
        told, period, play = (
            page.locator(".told").first,
            page.locator(".controls output"),
            page.locator("[data-do=play]"),
        )
        await expect(period).to_have_text("Period 6")
        await expect(told).to_have_text("75% in form; 33% in substance")
        await play.press("Enter")
        await expect(play).to_have_text("Pause")
        await expect(period).not_to_have_text("Period 6")
        await play.press("Space")
        await expect(play).to_have_text("Play")
        await page.locator("input[type=range]").press("Home")
        assert await page.evaluate(_FILLED) == ["0%"] * 12
        assert float(await page.evaluate(_CURSOR)) == 0
        await page.locator("input[type=range]").press("ArrowRight")
        await page.locator("[data-do=forward]").click()
        await expect(period).to_have_text("Period 2")
        assert (await page.evaluate(_FILLED)).count("100%") == 3
        await expect(page.locator(".playing [role=status]")).to_contain_text("Period 2. 25% in form")
        await play.click()
        await expect(period).to_have_text("Period 6", timeout=20_000)
        await expect(play).to_have_text("Play")


async def test_who_wants_less_motion_gets_calm_steps(report: Path) -> None:
    async with opened(report, motion="reduce") as page:
        await page.evaluate(_TIMES)
        await page.locator("[data-do=play]").click()
        await page.wait_for_function("'Period 1' in times")
        times = await page.evaluate("times")
        assert times["Period 1"] - times["At the start"] >= 700


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 1280])
async def test_pages_fit_and_are_accessible(tmp_path: Path, lang: Lang, width: int) -> None:
    documents = {
        "report": diffusion_report(spread(without=("learning",)), LIBRARY, lang, "runs/small"),
        "view": diffusion_view((spread(), spread()), LIBRARY, lang),
    }
    for name, document in documents.items():
        path = tmp_path / f"{name}.html"
        path.write_text(to_html(document), encoding="utf-8")
        async with opened(path, width) as page:
            scroll, client = await page.evaluate(_WIDTHS)
            assert scroll <= client, name
            found = await Axe().run(page)
            serious = [one["id"] for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
            assert serious == [], name
