"""A document as one self-contained HTML page without network access, for light and dark, desk and phone.

It has no script, except that a page with something that plays has one, which is always the same.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Container, Iterable
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from sandbox.report.document.blocks import Block, Plot, ReportDocument, Span, Spans
from sandbox.report.document.chart import Chart

_HERE = Path(__file__).parent
_SCRIPT = (_HERE / "played.js").read_text(encoding="utf-8")
_ELEMENTS = {"strong": "strong", "code": "code"}  # which other styles are classes
SCRIPT_HASH = f"sha256-{base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()}"
"""The hash with which a Content-Security-Policy allows the script of a document that plays, and no other."""
_FIGURE_LABEL = 30
_BLOCKS = '{% from "blocks.html.j2" import show with context %}{% for block in blocks %}{{ show(block) }}{% endfor %}'
_STRIP = '{% from "strip.html.j2" import strip %}{{ strip(chart, row) }}'
_PLOT = '{% from "strip.html.j2" import plot %}{{ plot(one) }}'


def to_html(document: ReportDocument) -> str:
    """Return a document as one self-contained page; all content is escaped."""
    template, anchors = _environment().get_template("document.html.j2"), frozenset(document.anchors)
    return template.render(document=document, anchors=anchors, script=_SCRIPT)


def blocks_to_html(blocks: Iterable[Block]) -> str:
    """Return blocks as HTML within another page; all content is escaped, and there are no links."""
    return _environment().from_string(_BLOCKS).render(blocks=tuple(blocks), anchors=frozenset())


def style_within(blocks: str, documents: str, dark: str) -> str:
    """Return the style of documents for another page, which sets its own fonts, and dark or light.

    Args:
        blocks: a selector of the places of blocks.
        documents: a selector of the places of whole documents, which have a style of their own except for colours.
        dark: a selector of a page that is dark.
    """
    css = re.sub(r"--(?:serif|sans): [^;]+;", "", (_HERE / "document.css").read_text(encoding="utf-8"))
    light, deep = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    both = f":is({blocks}, {documents})"
    return f"{both} {{ {light} }} {dark} {both} {{ {deep} }} {blocks} {{ {css} }}"


def strip_to_html(chart: Chart, row: int) -> str:
    """Return the drawing of one row of a chart as SVG, for a page that has the rest of the chart in a table."""
    return _environment().from_string(_STRIP).render(chart=chart, row=row)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sandbox.report.document", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"short": _short, "line": _line}
    return environment


def _line(spans: Spans, anchors: Container[str]) -> Markup:
    """Return spans as one line of HTML, with links for those that lead to an anchor or a file.

    It is Python and not a template macro, since pages consist mostly of spans and macros took half the time of a page.
    """
    line = []
    for span in spans:
        target = f"#{span.link}" if span.link in anchors else span.file
        line.append(f'<a href="{escape(target)}">{_styled(span)}</a>' if target else _styled(span))
    return Markup("".join(line))


def _styled(span: Span) -> str:
    if isinstance(span, Plot):
        return f'<span class="{span.tone}">{_environment().from_string(_PLOT).render(one=span)}</span>'
    if span.text == "\n":
        return "<br>"
    text = str(escape(span.text))
    if span.style in _ELEMENTS:
        return f"<{_ELEMENTS[span.style]}>{text}</{_ELEMENTS[span.style]}>"
    return f'<span class="{span.style}{span.tone and f" {span.tone}"}">{text}</span>' if span.style else text


def _short(text: str) -> str:
    """Return text cut to fit beside a figure's value on a phone; wide characters count twice."""
    used = 0
    for index, letter in enumerate(text):
        used += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if used > _FIGURE_LABEL:
            return text[:index].rstrip() + "…"
    return text
