"""A heat map: values in rows and columns, each shaded by how large it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = ["Heat", "HeatCell", "HeatRow"]


@dataclass(frozen=True)
class HeatCell:
    """A cell: the value as it is read, and how dark it is, from 0 to 1; None for a value that is not set off."""

    text: str
    shade: float | None = None


@dataclass(frozen=True)
class HeatRow:
    """A row: its name, and a cell for each column."""

    name: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class Heat:
    """A heat map; a table where a format cannot draw.

    Args:
        anchor: where links lead.
        caption: what it shows.
        head: what the rows are, and the names of the columns.
        rows: the rows.
        note: how it is read.
    """

    kind: ClassVar[str] = "heat"
    anchor: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    note: str
