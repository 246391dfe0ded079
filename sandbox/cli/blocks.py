"""A document's sections in the terminal: what a page shows, within the width of the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text

from sandbox.cli.console import Console
from sandbox.report.document.blocks import Block, Bullets, Facts, Heading, Paragraph, Section, Spans

__all__ = ["facts_grid", "show_section"]

_WIDEST_NAME = 22


def show_section(console: Console, section: Section) -> None:
    """Print a section: its title, and those of its blocks that are text."""
    console.print(Rule(Text(section.title, style="bold"), align="left"))
    for block in section.blocks:
        for part in _rendered(block):
            console.print(part)
    console.print()


def facts_grid(rows: Iterable[tuple[str, str]]) -> Grid:
    """Return names with their values as two columns, of which each wraps within its own."""
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(max_width=_WIDEST_NAME, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    for name, value in rows:
        grid.add_row(Text(name, style="bold"), Text(value))
    return grid


def _rendered(block: Block) -> Iterable[RenderableType]:
    if isinstance(block, Heading):
        yield Text(f"\n{block.text}", style="dim")
    elif isinstance(block, Paragraph):
        yield Text(_text(block.spans), style="dim" if block.soft else "")
    elif isinstance(block, Bullets):
        for item, under in block.points:
            yield Padding(Text(f"• {_text(item)}"), (0, 0, 0, 2))
            yield from (Padding(Text(_text(spans)), (0, 0, 0, 6)) for spans in under)
    elif isinstance(block, Facts):
        yield facts_grid((name, _text(spans)) for name, spans in block.rows)


def _text(spans: Spans) -> str:
    return "".join(span.text for span in spans)
