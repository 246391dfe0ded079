"""A document as Markdown: what people said cannot become markup, and links lead to anchors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sandbox.report.document import blocks

__all__ = ["escaped", "to_markdown"]

_MARKS = re.compile(r"([\\`*_\[\]<>|~$])")
# What would begin a list, a heading, a rule or a definition where it stands first.
_FIRST = re.compile(r"^( *)([-+=:#])|^( *\d+)([.)])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_ADDRESS = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)


def to_markdown(document: blocks.Document) -> str:
    """Return a document as Markdown; anchors are HTML, as Markdown has none of its own."""
    return _Writer(frozenset(document.anchors)).document(document)


def escaped(text: str) -> str:
    """Return text without any meaning as Markdown or HTML, wherever it stands but at the beginning of a line."""
    text = _MARKS.sub(r"\\\1", text)
    return _ADDRESS.sub(lambda match: "\\" + match[0], _ENTITY.sub(r"\\&", text))


class _Writer:
    def __init__(self, anchors: frozenset[str]) -> None:
        self._anchors = anchors

    def document(self, document: blocks.Document) -> str:
        parts = [f"*{_first(document.kicker)}*", f"# {escaped(document.title)}", _first(document.lede)]
        parts += self._blocks(document.opening)
        parts.append(
            f"**{escaped(document.contents)}**\n\n"
            + "\n".join(f"- [{escaped(section.title)}](#{section.anchor})" for section in document.sections)
        )
        for section in document.sections:
            parts += [f"{_place(section.anchor)}\n\n## {escaped(section.title)}", *self._blocks(section.blocks)]
        parts += ["---", _first(document.footer)]
        return "\n\n".join(parts) + "\n"

    def _blocks(self, parts: Sequence[blocks.Block]) -> Iterator[str]:
        for block in parts:
            yield from self._block(block)

    def _block(self, block: blocks.Block) -> Iterator[str]:
        if isinstance(block, blocks.Heading):
            yield from filter(None, (_place(block.anchor), block.over and f"*{_first(block.over)}*"))
            yield f"{'#' * block.level} {escaped(block.text)}"
        elif isinstance(block, blocks.Paragraph):
            yield _safe(self._line(block.spans))
        elif isinstance(block, blocks.Bullets):
            rows = []
            for item, under in block.points:
                rows.append("- " + _safe(self._line(item)))
                rows += ["  - " + _safe(self._line(spans)) for spans in under]
            yield "\n".join(rows)
        elif isinstance(block, blocks.Facts):
            yield "\n".join(f"- **{escaped(name)}** – {self._line(spans)}" for name, spans in block.rows)
        elif isinstance(block, blocks.Table | blocks.Figure | blocks.Drawable | blocks.Playing):
            yield from self._table(blocks.charted(block), getattr(block, "anchor", ""))
            yield from filter(None, (_first(_told(block)),))
        elif isinstance(block, blocks.Said):
            rows = [_place(block.anchor) + self._line(block.who), *filter(None, (_first(block.says),))]
            rows += [_safe(self._line(spans)) for spans in block.about]
            yield "\n\n".join(rows) if block.tone == "line" else _quoted(rows)
        elif isinstance(block, blocks.Callout):
            yield _quoted([f"{_place(block.anchor)}**{escaped(block.title)}**", *self._blocks(block.blocks)])
        elif isinstance(block, blocks.Details):
            title = f"{'#' * (block.level or 4)} {escaped(block.title)}"
            yield from filter(None, (_place(block.anchor), title, _safe(self._line(block.about))))
            yield from self._blocks(block.blocks)
        elif isinstance(block, blocks.Beside):
            yield from self._blocks(block.blocks)

    def _table(self, table: blocks.Table, anchor: str = "") -> Iterator[str]:
        if table.titled:
            yield f"{_place(anchor)}**{escaped(table.caption)}**"
        rows = [_row([escaped(name) for name in table.head]), "|" + " --- |" * len(table.head)]
        places = table.anchors or ("",) * len(table.rows)
        for place, row in zip(places, table.rows, strict=True):
            cells = [self._line(cell) for cell in row]
            rows.append(_row([_place(place) + cells[0], *cells[1:]]))
        yield "\n".join(rows)

    def _line(self, spans: blocks.Spans) -> str:
        return "".join(self._span(span) for span in spans)

    def _span(self, span: blocks.Span) -> str:
        if span.text == "\n":
            return "<br>"
        inner = escaped(span.text.strip())
        if not inner:
            return span.text
        if span.link in self._anchors:
            inner = f"[{inner}](#{span.link})"
        elif span.file:
            inner = f"[{inner}]({span.file})"
        if span.style in ("strong", "large"):
            inner = f"**{inner}**"
        before, after = (span.text[:1] == " ") * " ", (span.text[-1:] == " ") * " "
        return before + inner + after


def _told(block: blocks.Block) -> str:
    """Return what stands below the table of something that is drawn elsewhere; nothing below others."""
    match block:
        case blocks.Figure():
            return block.caution
        case blocks.Chart():
            return block.scale.title
        case blocks.Heat():
            return block.note
        case blocks.Curves():
            return block.spoken
    return ""


def _quoted(parts: Sequence[str]) -> str:
    return "\n".join(f"> {row}".rstrip() for row in "\n\n".join(parts).split("\n"))


def _place(anchor: str) -> str:
    return f'<a id="{anchor}"></a>' if anchor else ""


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _first(text: str) -> str:
    return _safe(escaped(text))


def _safe(text: str) -> str:
    """Return a line of Markdown that begins no block."""
    return _FIRST.sub(lambda match: f"{match[1] or match[3] or ''}\\{match[2] or match[4]}", text)
