"""The page in a browser: it fits a phone and a desk, and its figures can be seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.content.language import Lang
from sandbox.report.document.chart import Chart, Dot, Scale, Strip
from sandbox.report.document.html import to_html
from sandbox.report.pages.diffusion import diffusion_report
from tests.game.making import LIBRARY
from tests.report.conftest import drawn_session, make_session
from tests.report.reader import report_html
from tests.report.spreads import spread
from tests.report.test_document import document_of
from tests.web.served import browser

PRIVATE = ("information.lines=parties",)  # long marks at every line
_WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
_CUT = """Array.from(document.querySelectorAll("svg")).flatMap(svg => {
  const box = svg.getBoundingClientRect();
  return Array.from(svg.querySelectorAll("text")).filter(text => {
    const one = text.getBoundingClientRect();
    return one.left < box.left - 1 || one.right > box.right + 1 || one.bottom > box.bottom + 1;
  }).map(text => text.textContent);
})"""


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 390, 1280])
@pytest.mark.parametrize("period", [1, 4, 6])
async def test_no_curve_runs_through_the_words_of_what_happened(
    tmp_path: Path, lang: Lang, width: int, period: int
) -> None:
    path = tmp_path / "report.html"
    document = diffusion_report(spread(central_rule=period), LIBRARY, lang, "runs/small")
    path.write_text(to_html(document), encoding="utf-8")
    async with browser() as chromium:
        page = await chromium.new_page(viewport={"width": width, "height": 800})
        await page.goto(path.as_uri())
        words = await page.locator(".marks span").first.bounding_box()
        plane = await page.locator(".plane").first.bounding_box()
    assert words is not None
    assert plane is not None
    assert words["y"] + words["height"] <= plane["y"]
    assert plane["x"] - 1 <= words["x"]
    assert words["x"] + words["width"] <= plane["x"] + plane["width"] + 1


@pytest.mark.browser
async def test_dots_of_a_chart_stay_in_their_row_on_a_phone(tmp_path: Path) -> None:
    dots = tuple(Dot(0.5, series=number) for number in range(5))
    strips = tuple(Strip(f"Stage {number}", dots, ("2.5 (2.4 to 2.6)",) * 5) for number in range(3))
    chart = Chart("c", "Trust", ("Stage", *"ABCDE"), Scale.over((0.0, 1.0), "levels"), strips)
    path = tmp_path / "chart.html"
    path.write_text(to_html(document_of(chart)), encoding="utf-8")
    over = """Array.from(document.querySelectorAll(".strip .dot")).filter(dot => {
      const one = dot.getBoundingClientRect(), row = dot.closest("td").getBoundingClientRect();
      return one.top < row.top || one.bottom > row.bottom;
    }).length"""
    async with browser() as chromium:
        page = await chromium.new_page(viewport={"width": 360, "height": 640})
        await page.goto(path.as_uri())
        assert await page.locator(".strip .dot").count() == 15
        assert await page.evaluate(over) == 0


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("drawn", [False, True])
async def test_the_page_fits_and_its_figures_are_seen(tmp_path: Path, lang: Lang, width: int, drawn: bool) -> None:
    session = drawn_session("command", lang=lang, changes=PRIVATE) if drawn else make_session(lang=lang)
    path = tmp_path / "report.html"
    path.write_text(report_html(session.as_read, session.card), encoding="utf-8")
    asked: list[str] = []
    async with browser() as chromium:
        page = await chromium.new_page(viewport={"width": width, "height": 800})
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(path.as_uri())
        await page.evaluate("document.querySelectorAll('details.fold').forEach(fold => { fold.open = true; })")
        scroll, client = await page.evaluate(_WIDTHS)
        figures = page.get_by_role("img")
        boxes = [await figures.nth(index).bounding_box() for index in range(await figures.count())]
        cut = await page.evaluate(_CUT)
    assert scroll <= client
    assert len(boxes) == 2
    assert all(box and box["width"] > 200 and box["height"] > 100 for box in boxes)
    assert cut == []
    assert asked == [path.as_uri()]
