"""A debrief as Markdown: what people said cannot become markup, and links lead to anchors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.report.debriefing.blocks import (
    Block,
    Bullets,
    Debrief,
    Facts,
    Heading,
    Paragraph,
    Said,
    Span,
    Spans,
    Table,
)

__all__ = ["debrief_markdown"]

_MARKS = re.compile(r"([\\`*_\[\]<>|~$])")
# What would begin a list, a heading, a rule or a definition where it stands first.
_FIRST = re.compile(r"^( *)([-+=:#])|^( *\d+)([.)])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_ADDRESS = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)


def debrief_markdown(debrief: Debrief) -> str:
    """Return a debrief as Markdown; anchors are HTML, as Markdown has none of its own."""
    anchors = debrief.anchors
    parts = [f"*{_first(debrief.kicker)}*", f"# {_inline(debrief.title)}", _first(debrief.lede)]
    parts.append(
        f"**{_inline(debrief.contents)}**\n\n"
        + "\n".join(f"- [{_inline(section.title)}](#{section.id})" for section in debrief.sections)
    )
    for section in debrief.sections:
        parts.append(f'<a id="{section.id}"></a>\n\n## {_inline(section.title)}')
        for block in section.blocks:
            parts += _block(block, anchors)
    parts += ["---", _first(debrief.footer)]
    return "\n\n".join(parts) + "\n"


def _block(block: Block, anchors: frozenset[str]) -> Iterator[str]:
    if isinstance(block, Heading):
        if block.anchor:
            yield f'<a id="{block.anchor}"></a>'
        yield f"{'#' * block.level} {_inline(block.text)}"
    elif isinstance(block, Paragraph):
        yield _safe(_line(block.spans, anchors))
    elif isinstance(block, Bullets):
        rows = []
        for item, under in block.points:
            rows.append("- " + _safe(_line(item, anchors)))
            rows += ["  - " + _safe(_line(spans, anchors)) for spans in under]
        yield "\n".join(rows)
    elif isinstance(block, Facts):
        yield "\n".join(f"- **{_inline(name)}** – {_line(spans, anchors)}" for name, spans in block.rows)
    elif isinstance(block, Table):
        yield f"**{_inline(block.caption)}**"
        rows = [_row([_inline(one) for one in block.head]), "|" + " --- |" * len(block.head)]
        rows += [_row([_line(cell, anchors) for cell in row]) for row in block.rows]
        yield "\n".join(rows)
    else:
        yield _said(block, anchors)


def _said(block: Said, anchors: frozenset[str]) -> str:
    rows = [f'<a id="{block.anchor}"></a>{_line(block.who, anchors)}', _first(block.says)]
    rows += [_safe(_line(spans, anchors)) for spans in block.about]
    quoted = block.tone != "line"
    return "\n\n".join(("> " if quoted else "") + row for row in rows).replace("\n\n> ", "\n>\n> ")


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _line(spans: Spans, anchors: frozenset[str]) -> str:
    return "".join(_span(span, anchors) for span in spans)


def _span(span: Span, anchors: frozenset[str]) -> str:
    inner = _inline(span.text.strip())
    if not inner:
        return span.text
    if span.link in anchors:
        inner = f"[{inner}](#{span.link})"
    if span.style == "strong":
        inner = f"**{inner}**"
    before, after = (span.text[:1] == " ") * " ", (span.text[-1:] == " ") * " "
    return before + inner + after


def _inline(text: str) -> str:
    text = _MARKS.sub(r"\\\1", text)
    return _ADDRESS.sub(lambda found: "\\" + found[0], _ENTITY.sub(r"\\&", text))


def _first(text: str) -> str:
    return _safe(_inline(text))


def _safe(text: str) -> str:
    """Return a line of Markdown that begins no block."""
    return _FIRST.sub(lambda found: f"{found[1] or found[3] or ''}\\{found[2] or found[4]}", text)
