"""Blocks of a report, drawn as elements of a page."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from sandbox.report.document.blocks import (
    BREAK,
    Block,
    Bullets,
    Callout,
    Facts,
    Heading,
    Paragraph,
    Section,
    Spans,
    Table,
)
from sandbox.web.frame import box, div, heading, parts

__all__ = ["draw_sections"]


_FOLDED = ("origin",)


def draw_sections(sections: Sequence[Section]) -> None:
    """Add a box for each section; what only researchers look for is folded away."""
    for section in sections:
        folded = section.anchor in _FOLDED
        with box("" if folded else section.title) as shown:
            shown.props["data-section"] = section.anchor
            if folded:
                with ui.element("details"):
                    with ui.element("summary"):
                        heading(2, section.title).style("display: inline")
                    _draw(section.blocks)
            else:
                _draw(section.blocks)


def _draw(blocks: Sequence[Block]) -> None:
    for block in blocks:
        match block:
            case Heading():
                heading(block.level, block.text)
            case Paragraph():
                with ui.element("p").classes("soft" if block.soft else "prose"):
                    _spans(block.spans)
            case Bullets():
                with ui.element("ul").classes("facts"):
                    for item in block.items:
                        with ui.element("li"):
                            _spans(item)
            case Facts():
                _facts(block)
            case Table():
                _table(block)
            case Callout():
                with div("notice"):
                    heading(block.level, block.title)
                    _draw(block.blocks)
            case _:
                raise TypeError(f"{block.kind} is drawn on no page of a card")


def _facts(block: Facts) -> None:
    with ui.element("dl").classes("named"):
        for name, spans in block.rows:
            with ui.element("dt"):
                parts(name)
            with ui.element("dd"):
                _spans(spans)


def _table(block: Table) -> None:
    """Add a table; on a narrow screen each row stands below the other, with the names of its columns."""
    with ui.element("table").classes("plain stacked").props('role="table"'):
        with ui.element("caption").classes("" if block.titled else "unseen"):
            parts(block.caption)
        if block.widths:
            with ui.element("colgroup"):
                for width in block.widths:
                    ui.element("col").style(f"width: {width}%")
        with ui.element("thead").props('role="rowgroup"'), ui.element("tr").props('role="row"'):
            for name in block.head:
                with ui.element("th").props('role="columnheader" scope="col"'):
                    parts(name)
        with ui.element("tbody").props('role="rowgroup"'):
            for row in block.rows:
                with ui.element("tr").props('role="row"'):
                    for place, (name, cell) in enumerate(zip(block.head, row, strict=True)):
                        with ui.element("td" if place else "th") as shown:
                            shown.props["role"] = "cell" if place else "rowheader"
                            shown.props["data-head"] = name
                            _spans(cell)


def _spans(spans: Spans) -> None:
    for span in spans:
        if span is BREAK:
            ui.element("br")
        elif span.style in ("strong", "soft"):
            parts(span.text).classes("soft" if span.style == "soft" else "who")
        else:
            parts(span.text)
