"""The console of the commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rich import console
from rich.segment import Segment
from rich.table import Column, Table
from rich.text import Text

from sandbox.content.plain import plain

__all__ = ["Console", "at_right", "captioned"]


class Console(console.Console):
    """A console on which no text can steer the terminal, however deep in a table it stands."""

    def print(self, *objects: Any, **settings: Any) -> None:
        """Print something, which is laid out for nobody where the console is quiet."""
        if not self.quiet:
            super().print(*objects, **settings)

    def render(
        self, renderable: console.RenderableType, options: console.ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render something for the terminal."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(plain(segment.text), segment.style)


def captioned(title: str, notes: Iterable[str], *columns: Column | str, **settings: Any) -> Table:
    """Return an empty table with its title above and notes below, a line each, both at its left edge."""
    shown, caption = Text(title), Text("\n".join(notes))
    return Table(*columns, title=shown, title_justify="left", caption=caption, caption_justify="left", **settings)


def at_right(names: Iterable[str], **settings: Any) -> Iterator[Column]:
    """Yield columns of figures, which stand at the right."""
    return (Column(name, justify="right", **settings) for name in names)
