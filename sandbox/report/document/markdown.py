"""A document as Markdown: what people said cannot become markup, and links lead to anchors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import assert_never

from sandbox.report.document import blocks

_MARKS = re.compile(r"([\\`*_\[\]<>|~$])")
# Text that would start a list, a heading, a rule or a definition at the beginning of a line.
_FIRST = re.compile(r"^( *)([-+=:#])|^( *\d+)([.)])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_ADDRESS = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)


def to_markdown(document: blocks.ReportDocument) -> str:
    """Return a document as Markdown; anchors are HTML, since Markdown has none, and a slim document has none."""
    return _Writer(frozenset() if document.slim else frozenset(document.anchors)).document(document)


def table_to_markdown(table: blocks.Table) -> str:
    """Return a table as Markdown, without its caption."""
    return "\n".join(_Writer(frozenset()).rows(table))


def _escaped(text: str) -> str:
    """Return text without any meaning as Markdown or HTML, except at the beginning of a line."""
    text = _MARKS.sub(r"\\\1", text)
    return _ADDRESS.sub(lambda match: "\\" + match[0], _ENTITY.sub(r"\\&", text))


class _Writer:
    def __init__(self, anchors: frozenset[str]) -> None:
        self._anchors = anchors

    def document(self, document: blocks.ReportDocument) -> str:
        parts = [] if document.slim else [f"*{_first(document.kicker)}*"]
        parts += [f"# {_escaped(document.title)}", _first(document.lede), *self._blocks(document.opening)]
        listed = (f"- [{_escaped(section.title)}](#{section.anchor})" for section in document.sections)
        parts += [] if document.slim else [f"**{_escaped(document.contents)}**", "\n".join(listed)]
        for section in document.sections:
            parts += [self._place(section.anchor), f"## {_escaped(section.title)}", *self._blocks(section.blocks)]
        parts += [] if document.slim else ["---", _first(document.footer)]
        return "\n\n".join(filter(None, parts)) + "\n"

    def _blocks(self, parts: Sequence[blocks.Block]) -> Iterator[str]:
        for block in parts:
            yield from self._block(block)

    def _block(self, block: blocks.Block) -> Iterator[str]:
        match block:
            case blocks.Heading():
                yield from filter(None, (self._place(block.anchor), block.over and f"*{_first(block.over)}*"))
                yield f"{'#' * block.level} {_escaped(block.text)}"
            case blocks.Paragraph():
                yield _safe(self._line(block.spans))
            case blocks.Bullets():
                rows = []
                for item, under in block.points:
                    rows.append("- " + _safe(self._line(item)))
                    rows += ["  - " + _safe(self._line(spans)) for spans in under]
                yield "\n".join(rows)
            case blocks.Facts():
                yield "\n".join(f"- **{_escaped(name)}** – {self._line(spans)}" for name, spans in block.rows)
            case (
                blocks.Table() | blocks.BarChart() | blocks.Chart() | blocks.Curves() | blocks.Heat() | blocks.Playing()
            ):
                table = blocks.charted(block)
                if table.titled:
                    yield f"{self._place(getattr(block, 'anchor', ''))}**{_escaped(table.caption)}**"
                yield "\n".join(self.rows(table))
                yield from filter(None, (_first(blocks.told_below(block)),))
            case blocks.TranscriptEntry():
                rows = [self._place(block.anchor) + self._line(block.who), *filter(None, (_first(block.says),))]
                rows += [_safe(self._line(spans)) for spans in block.about]
                yield "\n\n".join(rows) if block.tone == "line" else _quoted(rows)
            case blocks.Callout():
                title = f"{self._place(block.anchor)}**{_escaped(block.title)}**"
                yield _quoted([title, *self._blocks(block.blocks)])
            case blocks.Details():
                title = f"{'#' * (block.level or 4)} {_escaped(block.title)}"
                yield from filter(None, (self._place(block.anchor), title, _safe(self._line(block.about))))
                yield from self._blocks(block.blocks)
            case blocks.Beside():
                yield from self._blocks(block.blocks)
            case _:
                assert_never(block)

    def rows(self, table: blocks.Table) -> list[str]:
        rows = [_row([_escaped(name) for name in table.head]), "|" + " --- |" * len(table.head)]
        places = table.anchors or ("",) * len(table.rows)
        for place, row in zip(places, table.rows, strict=True):
            cells = [self._line(cell) for cell in row]
            rows.append(_row([self._place(place) + cells[0], *cells[1:]]))
        return rows

    def _place(self, anchor: str) -> str:
        return f'<a id="{anchor}"></a>' if anchor in self._anchors else ""

    def _line(self, spans: blocks.Spans) -> str:
        return "".join(self._span(span) for span in spans)

    def _span(self, span: blocks.Span) -> str:
        if span.text == "\n":
            return "<br>"
        text = span.text.strip()
        if not text:
            return span.text
        inner = _code(text) if span.style == "code" and "|" not in text else _escaped(text)  # it would part a row
        if span.link in self._anchors:
            inner = f"[{inner}](#{span.link})"
        elif span.file:
            inner = f"[{inner}]({span.file})"
        if span.style in ("strong", "large"):
            inner = f"**{inner}**"
        before, after = (span.text[:1] == " ") * " ", (span.text[-1:] == " ") * " "
        return before + inner + after


def _code(text: str) -> str:
    """Return text as a code span, between more backticks than it has in a row."""
    marks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    gap = " " if "`" in text else ""
    return marks + gap + text + gap + marks


def _quoted(parts: Sequence[str]) -> str:
    return "\n".join(f"> {row}".rstrip() for row in "\n\n".join(parts).split("\n"))


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _first(text: str) -> str:
    return _safe(_escaped(text))


def _safe(text: str) -> str:
    """Return a line of Markdown with its beginning escaped, so that it starts no block."""
    return _FIRST.sub(lambda match: f"{match[1] or match[3] or ''}\\{match[2] or match[4]}", text)
