"""Functions that make blocks from plain values: text may replace spans, and any iterable a tuple."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from sandbox.report.document.blocks import BREAK, Block, Bullets, Facts, Paragraph, Span, Spans, Table, plain

Inline = str | Spans


def paragraph(text: Inline) -> Paragraph:
    """Return a paragraph."""
    return Paragraph(_spans(text))


def note(text: Inline) -> Paragraph:
    """Return a paragraph with an explanation."""
    return Paragraph(_spans(text), soft=True)


def bullets(items: Iterable[Inline], under: Iterable[Iterable[Inline]] = ()) -> Bullets:
    """Return a list; ``under`` has the lines below each item, or is empty."""
    return Bullets(tuple(map(_spans, items)), tuple(tuple(map(_spans, each)) for each in under))


def fact_list(rows: Iterable[tuple[str, Inline]], look: Literal["list", "grid", "seats"] = "list") -> Facts:
    """Return names with their values; those without a value are left out."""
    return Facts(tuple((name, _spans(value)) for name, value in rows if value), look)


def table(
    caption: str, head: Iterable[str], rows: Iterable[Iterable[Inline]], *, anchors: Iterable[str] = (),
    widths: tuple[int, ...] = (), titled: bool = True, figures: bool = False,
) -> Table:  # fmt: skip
    """Return a table; the arguments are the fields of `Table`."""
    cells = tuple(tuple(map(_spans, row)) for row in rows)
    return Table(caption, tuple(head), cells, tuple(anchors), widths, titled, figures)


def soft(text: str) -> Span:
    """Return an explanatory text."""
    return Span(text, style="soft")


def code(text: str) -> Span:
    """Return what is typed, as a command or the name of a file."""
    return Span(text, style="code")


def strong(text: str) -> Span:
    """Return an emphasised text."""
    return Span(text, style="strong")


def below(text: Inline, *under: str) -> Spans:
    """Return a text with explanations, each on a line below."""
    return (*_spans(text), *(span for each in under for span in (BREAK, soft(each))))


def joined(parts: Iterable[Inline], gap: Span = BREAK) -> Spans:
    """Return parts one after another, each on its own line or with another gap between them."""
    return tuple(span for number, part in enumerate(parts) for span in ((gap,) if number else ()) + _spans(part))


def item_lines(items: Iterable[str]) -> Spans:
    """Return texts as a list within a cell, each on a line of its own."""
    return joined(f"• {item}" for item in items)


def filled(*blocks: Block | None) -> tuple[Block, ...]:
    """Return the blocks that have content: texts, lists and tables that are not empty, and all other blocks."""
    return tuple(block for block in blocks if block is not None and _holds(block))


def _holds(block: Block) -> bool:
    match block:
        case Paragraph(spans):
            return any(span.text for span in spans)
        case Bullets(items):
            return bool(items)
        case Facts(rows) | Table(rows=rows):
            return bool(rows)
    return True


def _spans(text: Inline) -> Spans:
    return plain(text) if isinstance(text, str) else text
