"""A sign that work goes on, on standard error, where a command says nothing for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.text import Text

from sandbox.cli.console import Console

__all__ = ["waiting"]


@contextmanager
def waiting(what: str, silent: bool = False) -> Iterator[None]:
    """Show what is being waited for, until it is there; nothing outside of a terminal.

    Args:
        what: what is done.
        silent: whether nothing is to be shown.
    """
    console = Console(stderr=True)
    if silent or not console.is_terminal:
        yield
        return
    with console.status(Text(f"{what} …")):
        yield
