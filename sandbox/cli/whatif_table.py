"""A what-if as a table in the terminal: figures of both arms, their differences, and what may be said of them."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from sandbox.content.words import Words

__all__ = ["add_figure", "add_heading", "whatif_table"]

_NAMES, _SAID = 20, 15  # columns of a terminal that names, and what is said of them, have at least


def whatif_table(words: Words, title: Iterable[str], first: str, notes: Iterable[str]) -> Table:
    """Return an empty table, in which long names and what is said of them are broken into lines, and nothing is cut.

    Args:
        words: the words.
        title: what was asked, line by line.
        first: head of the column of names.
        notes: how the table is to be read, line by line.
    """
    table = Table(
        expand=True, title=Text("\n".join(title)), title_justify="left", caption_justify="left",
        caption=Text("\n".join(notes)),
    )  # fmt: skip
    table.add_column(first, ratio=3, min_width=_NAMES, overflow="fold")
    change = f"{words('whatif.change')}\n{words('whatif.interval')}"
    for head in (words("whatif.was.head"), words("whatif.other.head"), change):
        table.add_column(head, justify="right")
    table.add_column(words("whatif.said"), ratio=2, min_width=_SAID, overflow="fold")
    return table


def add_heading(table: Table, text: str) -> None:
    """Add a row that names what the rows below it are about."""
    table.add_row(Text(text), style="dim")


def add_figure(table: Table, words: Words, cells: tuple[str, str, str], change: str, said: str, margin: str) -> None:
    """Add a figure.

    Args:
        table: the table.
        words: the words.
        cells: its name, and its means as it was and what if.
        change: their difference, with its interval below.
        said: what may be said of it.
        margin: the difference below which it hardly matters.
    """
    clear = said in (words("whatif.verdict.more"), words("whatif.verdict.less"))
    verdict = f"{said}\n{words('whatif.margin', margin=margin)}"
    table.add_row(*map(Text, (*cells, change, verdict)), style="bold" if clear else "")
