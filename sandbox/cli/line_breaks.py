"""Where lines of Chinese break in the terminal: none begins with a comma, and no number, name or path is cut in two."""

from __future__ import annotations

import re

from rich.cells import cell_len, chop_cells
from rich.text import Text

_OPENS, _CLOSES = re.escape("（【《〈「『“‘(["), re.escape("，。、；：？！）】》〉」』”’…％)],.;:?!%")
_WIDE = "\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6"
_HAS_WIDE = re.compile(f"[{_WIDE}]")
_UNIT = re.compile(rf"[{_OPENS}]*(?:(?![{_CLOSES}])[{_WIDE}]|[^\s{_WIDE}“‘]+)?[{_CLOSES}]*\s*")
_NARROWEST = 6  # columns, in which a letter finds room with the marks beside it


def broken(text: Text, width: int) -> Text:
    """Return a text with its lines broken as Chinese is set; one without wide letters, or that fits, as it is.

    Marks that close stay with what they close, marks that open with what they open (GB/T 15834-2011, section 5.1).

    Args:
        text: the text.
        width: of the lines, in columns of the terminal.
    """
    if width < _NARROWEST or not _HAS_WIDE.search(text.plain):
        return text
    lines = (part for line in text.split(allow_blank=True) for part in line.divide(_breaks(line.plain, width)))
    return text.blank_copy("\n").join(lines)


def _breaks(line: str, width: int) -> list[int]:
    """Return the places at which a line breaks, as counts of letters before them."""
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
