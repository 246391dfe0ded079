"""Figures for papers: whatever stands in them is there in full."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image

from sandbox.content.language import Lang
from sandbox.report.document.blocks import Drawable
from sandbox.report.document.chart import Chart, Curve, Curves, Dot, Heat, HeatCell, HeatRow, Scale, Strip
from sandbox.report.document.drawing import drawn

WIDE: dict[Lang, str] = {
    "en": "Women’s share of memberships, wherever mummers memorise www.mmmmmmmmmmmmmmmmmmmmmmmmmmm.example.org",
    "zh": "居民在协商中发言的份额与社会组织在协商中发言的份额之差",
}
_MARGIN = 5  # pixels: nearly two points


def margins(picture: bytes) -> set[tuple[int, int]]:
    """Return the levels of grey, as darkest and lightest, along the four edges of a picture."""
    with Image.open(io.BytesIO(picture)) as image:
        grey, (wide, high) = image.convert("L"), image.size
        boxes = (
            (0, 0, wide, _MARGIN), (0, high - _MARGIN, wide, high), (0, 0, _MARGIN, high),
            (wide - _MARGIN, 0, wide, high),
        )  # fmt: skip
        return {grey.crop(box).getextrema() for box in boxes}  # type: ignore[misc]


def strips(words: str) -> Chart:
    names = (
        Strip(words, (Dot(0.3, 0.1, 0.5),), ("+0.30 (0.10 to 0.50)",), words, strong=bold) for bold in (True, False)
    )
    return Chart(
        "c", words, ("Name", "Effect"), Scale.over((-0.2, 0.7), words, zero=0.0), tuple(names),
        ((0, words[:25]), (1, words[:25])),
    )  # fmt: skip


def curves(words: str) -> Curves:
    course = Curve(words[:25], (0.1, 0.5))
    return Curves(
        "c", words, ("t", "n"), ("1", "2"), Scale.over((0.0, 1.0), ""), (course,), (("0",), ("1",)), "", "time"
    )


def heat(words: str) -> Heat:
    rows = (HeatRow(words, (HeatCell("0.1", 0.4), HeatCell("0.2"))), HeatRow("b", (HeatCell("0.1"), HeatCell("0.2"))))
    return Heat("h", words, ("rows", words, "c"), rows, "")


@pytest.mark.parametrize(("make", "lang"), [(strips, "en"), (curves, "en"), (heat, "zh")])
def test_no_label_of_a_figure_is_cut(make: Callable[[str], Drawable], lang: Lang) -> None:
    picture = drawn(make(WIDE[lang]), lang)
    if not picture:
        pytest.skip("this machine has no Chinese font")
    assert margins(picture) == {(255, 255)}, "something reaches over the edge"
