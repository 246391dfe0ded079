"""A document as one HTML page that needs nothing else: no script, no network; light and dark, desk and phone."""

from __future__ import annotations

import unicodedata
from functools import cache

import jinja2

from sandbox.report.document.blocks import Document

__all__ = ["to_html"]

_FIGURE_LABEL = 30


def to_html(document: Document) -> str:
    """Return a document as one self-contained page; everything put into it is escaped."""
    return _template().render(document=document, anchors=frozenset(document.anchors))


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sandbox.report.document", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["short"] = _short
    return environment.get_template("document.html.j2")


def _short(text: str) -> str:
    """Return text cut to what fits beside a figure's value on a phone; wide characters count twice."""
    used = 0
    for index, letter in enumerate(text):
        used += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if used > _FIGURE_LABEL:
            return text[:index].rstrip() + "…"
    return text
