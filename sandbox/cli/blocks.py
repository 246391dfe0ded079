"""Prints the blocks of a document within the width of the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Column
from rich.table import Table as Grid
from rich.text import Text

from sandbox.cli.console import Console
from sandbox.report.document import blocks
from sandbox.report.document.blocks import BREAK, Block, Section, Spans, Table, charted

_WIDEST_NAME, _LONGEST_WORD, _LONGEST_WIDE = 22, 14, 8
_SHORT = 20  # columns of texts that stand on one line as long as there is room
_FIGURE = re.compile(r"(?s)([<>] |[+−])?\d.{0,30}|–|")
_FRAME = 3  # columns that a column of a table takes beside its text
_STYLES = {"strong": "bold", "large": "bold", "soft": "dim", "quote": "italic"}
_TONES = {"good": "green", "bad": "bold red", "warn": "yellow", "accent": "cyan", "": ""}


def show(*parts: Block, console: Console | None = None) -> None:
    """Print blocks one below the other; drawings are printed as tables."""
    console = console or Console()
    for part in _rendered(parts, console.width):
        console.print(part)


def show_sections(sections: Iterable[Section]) -> None:
    """Print sections, each with its title and its blocks."""
    console = Console()
    for section in sections:
        console.print(Rule(Text(section.title, style="bold"), align="left"))
        show(*section.blocks, console=console)
        console.print()


def _rendered(parts: Sequence[Block], width: int) -> Iterator[RenderableType]:
    for place, block in enumerate(parts):
        match block:
            case blocks.Heading():
                yield Text(f"\n{block.text}", style="dim")
            case blocks.Paragraph():
                yield _text(block.spans, "dim" if block.soft else "")
            case blocks.Bullets():
                for item, under in block.points:
                    yield Padding(Text("• ") + _text(item), (0, 0, 0, 2))
                    yield from (Padding(_text(spans), (0, 0, 0, 6)) for spans in under)
            case blocks.Facts():
                yield _facts(block.rows)
            case Table() | blocks.BarChart() | blocks.Chart() | blocks.Curves() | blocks.Heat() | blocks.Playing():
                yield from (_table(part, width) for part in _side_by_side(charted(block), width))
                yield from (Text(text, style="dim") for text in filter(None, (blocks.told_below(block),)))
            case blocks.TranscriptEntry():
                yield _text(block.who)
                yield from (Padding(Text(says), (0, 0, 0, 5)) for says in filter(None, (block.says,)))
                yield from (Padding(_text(spans, "dim"), (0, 0, 0, 5)) for spans in block.about)
            case blocks.Callout():
                yield Text("\n" * (place > 0) + block.title, style="bold")
                yield from _rendered(block.blocks, width)
            case blocks.Details():
                yield Text(f"▸ {block.title} ", style="dim") + _text(block.about)
                yield from _rendered(block.blocks if block.open else (), width)
            case blocks.Beside():
                columns = (Column(ratio=1, overflow="fold") for _ in block.blocks)
                grid, own = Grid.grid(*columns, padding=(0, 2, 0, 0), expand=True), width // len(block.blocks) - 2
                grid.add_row(*(Group(*_rendered((part,), own)) for part in block.blocks))
                yield grid
            case _:
                assert_never(block)


def _facts(rows: Sequence[tuple[str, Spans]]) -> Grid:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(max_width=_WIDEST_NAME, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    for name, value in rows:
        grid.add_row(Text(name, style="bold"), _text(value))
    return grid


def _side_by_side(table: Table, width: int) -> Iterator[Table]:
    """Yield a table; one of figures in which words would break is split into its left and right columns."""
    columns = zip(map(Text, table.head), *(map(_text, row) for row in table.rows), strict=True)
    needed = sum(max(map(_word, column)) + _FRAME for column in columns)
    half = (len(table.head) + 1) // 2
    if not table.figures or half < 2 or needed < width:
        yield table
        return
    for first, last in ((1, half), (half, len(table.head))):
        head = (table.head[0], *table.head[first:last])
        rows = tuple((row[0], *row[first:last]) for row in table.rows)
        yield from _side_by_side(replace(table, head=head, rows=rows, titled=table.titled and first == 1), width)


def _table(table: Table, width: int) -> Grid:
    """Return a table laid out so that no word is broken if possible, and long texts get the most room."""
    rows = [[_text(cell) for cell in row] for row in table.rows]
    columns = [*zip(map(Text, table.head), *rows, strict=True)]
    ruled = any(cell.count(BREAK) > 1 for row in table.rows for cell in row)
    title = Text(table.caption, style="bold") if table.titled else None
    grid = Grid(title=title, title_justify="left", show_lines=ruled)
    for place, (column, wide) in enumerate(zip(columns, _widths(columns, width - 1), strict=True)):
        right = place and (table.figures or all(_FIGURE.fullmatch(text.plain) for text in column[1:]))
        head = column[0].plain
        head = head.replace("–", "–\n") if max(map(cell_len, head.split()), default=0) > wide else head
        grid.add_column(head, width=wide, overflow="fold", justify="right" if right else "left")
    for row in rows:
        grid.add_row(*row)
    return grid


def _widths(columns: Sequence[Sequence[Text]], width: int) -> list[int]:
    """Return the widths of columns: of their texts or, if that is too much, of their words plus a part of the rest.

    A head is broken before what stands below it, and a text that is short anyway last. The part of a column is as large
    as what it lacks.
    """
    room = width - _FRAME * len(columns)
    whole = [max(map(_wide, column)) for column in columns]
    if sum(whole) <= room:
        return whole
    words = [max(map(_word, column)) for column in columns]
    whole = [max(map(_wide, column[1:]), default=0) for column in columns]
    whole = [max(pair) for pair in zip(whole, words, strict=True)]
    least = [wide if wide <= _SHORT else word for wide, word in zip(whole, words, strict=True)]
    least = words if sum(least) > room else least
    while sum(least) > max(room, len(least)):
        least[least.index(max(least))] -= 1  # the longest word is broken
    left = max(0, room - sum(least))
    lacks = [wide - each for each, wide in zip(least, whole, strict=True)]
    return [each + min(lack, lack * left // max(1, sum(lacks))) for each, lack in zip(least, lacks, strict=True)]


def _wide(text: Text) -> int:
    return max(map(cell_len, text.plain.split("\n")))


def _word(text: Text) -> int:
    """Return the least column width for a text; a long word may be broken, and wide letters anywhere."""
    longest = max(text.plain.split(), key=cell_len, default="")
    long = cell_len(longest)
    return max(1, min(long, _LONGEST_WIDE if long > len(longest) else _LONGEST_WORD))


def _text(spans: Spans, style: str = "") -> Text:
    return Text.assemble(*((span.text, _TONES[span.tone] or _STYLES.get(span.style, "") or style) for span in spans))
