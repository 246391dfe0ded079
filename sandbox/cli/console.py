"""The console of the commands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich import console
from rich.segment import Segment
from rich.text import Text

from sandbox.cli.line_breaks import broken
from sandbox.content.plain import plain


class Console(console.Console):
    """A console on which no text can steer the terminal, however deep in a table it stands, and Chinese is set well."""

    def print(self, *objects: Any, **settings: Any) -> None:
        """Print something, which is laid out for nobody where the console is quiet."""
        if not self.quiet:
            super().print(*objects, **settings)

    def render(
        self, renderable: console.RenderableType, options: console.ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render something for the terminal."""
        room = options or self.options
        if isinstance(renderable, str):
            renderable = self.render_str(renderable, highlight=room.highlight, markup=room.markup)
        if isinstance(renderable, Text) and not (room.no_wrap or renderable.no_wrap or room.overflow == "ignore"):
            renderable = broken(renderable, room.max_width)
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(plain(segment.text), segment.style)
