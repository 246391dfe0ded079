"""Documents of the report within a page of the app: whole ones, as they are served, and blocks drawn as elements."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from nicegui import ui

from sandbox.content.words import Words
from sandbox.report.document.blocks import Section
from sandbox.report.document.html import blocks_to_html, style_within
from sandbox.web.frame import box, div, heading, soft

_FOLDED = ("origin",)
_STYLE = style_within(".blocks", ".document", ".body--dark")
_LOOKS = Path(__file__).with_name("document.css").read_text(encoding="utf-8")


def document_reader(words: Words, address: str, unfolded: Sequence[str]) -> None:
    """Add a document that is served at an address, folded but for the sections with the anchors in ``unfolded``."""
    add_style()
    with div("document").props(f'data-document="{address}"') as place:
        soft(words("over.loading"))
    arguments = ", ".join(map(json.dumps, (place.html_id, address, _LOOKS, list(unfolded), words("over.back"))))
    ui.timer(0.05, lambda: ui.run_javascript(f"readDocument({arguments})"), once=True)


def add_style() -> None:
    """Add the style in which blocks stand in a page of the app."""
    ui.add_css(_STYLE)


def draw_sections(sections: Sequence[Section]) -> None:
    """Add a box for each section; what only researchers look for is folded away."""
    for section in sections:
        folded = section.anchor in _FOLDED
        with box("" if folded else section.title) as shown:
            shown.props["data-section"] = section.anchor
            with ui.element("details") if folded else shown:
                if folded:
                    with ui.element("summary"):
                        heading(2, section.title).style("display: inline")
                ui.html(blocks_to_html(section.blocks), sanitize=False).classes("blocks")
