"""The console of the commands, and line breaks of Chinese text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from rich import console
from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.text import Text

from sandbox.content.plain import plain

_OPENS, _CLOSES = re.escape("（【《〈「『“‘(["), re.escape("，。、；：？！）】》〉」』”’…％)],.;:?!%")
_WIDE = "\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6"
_HAS_WIDE = re.compile(f"[{_WIDE}]")
_UNIT = re.compile(rf"[{_OPENS}]*(?:(?![{_CLOSES}])[{_WIDE}]|[^\s{_WIDE}“‘]+)?[{_CLOSES}]*\s*")
_NARROWEST = 6  # columns, in which a letter finds room with the marks beside it


class Console(console.Console):
    """A console that removes control characters from all text and breaks lines of Chinese properly."""

    def print(self, *objects: Any, **settings: Any) -> None:
        """Print something; a quiet console does not even lay it out."""
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


def broken(text: Text, width: int) -> Text:
    """Return a text with line breaks by the rules of Chinese; one without wide letters, or that fits, is unchanged.

    Closing marks stay with the text before them, opening ones with the text after (GB/T 15834-2011, section 5.1).

    Args:
        text: the text.
        width: of the lines, in columns of the terminal.
    """
    if width < _NARROWEST or not _HAS_WIDE.search(text.plain):
        return text
    lines = (part for line in text.split(allow_blank=True) for part in line.divide(_breaks(line.plain, width)))
    return text.blank_copy("\n").join(lines)


def _breaks(line: str, width: int) -> list[int]:
    """Return the indices at which a line breaks."""
    breaks: list[int] = []
    column = 0
    for unit in _UNIT.finditer(line):
        wide = cell_len(unit[0].rstrip())
        if column and column + wide > width:
            breaks.append(unit.start())
            column = 0
        place = unit.start()
        *full, rest = chop_cells(unit[0], width) if wide > width else [unit[0]]
        for piece in full:
            place += len(piece)
            breaks.append(place)
        column += cell_len(rest)
    return breaks
