"""A map that plays through the periods: groups of squares or a graph, filled by how far the reform has come there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

LEVELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""The letters that encode shares from 0 to 1 in the data of a map."""


@dataclass(frozen=True)
class SquareGroup:
    """Squares that stand together; their marks are the next ``size`` marks of the panel.

    ``parts`` are the sizes of the parts into which they are divided, or empty if there is one part.
    """

    name: str
    size: int
    parts: tuple[int, ...] = ()


@dataclass(frozen=True)
class MapNode:
    """A node of a graph, in a box of 1000 by `MapPanel.height`."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class MapPanel:
    """One map.

    The shares in form and in substance are letters of `LEVELS`: all periods of the first mark, then those of the next.
    ``told`` is the text on the whole in each period. The map has groups of squares, or the nodes and edges of a graph,
    in a box of 1000 by ``height``.
    """

    title: str
    names: tuple[str, ...]
    form: str
    substance: str
    told: tuple[str, ...]
    groups: tuple[SquareGroup, ...] = ()
    points: tuple[MapNode, ...] = ()
    links: tuple[tuple[int, int], ...] = ()
    height: float = 600.0

    def level(self, kind: Literal["form", "substance"], mark: int, period: int) -> float:
        """Return the share of a mark in a period, from 0 to 1."""
        letters = self.form if kind == "form" else self.substance
        return LEVELS.index(letters[mark * len(self.told) + period]) / (len(LEVELS) - 1)

    def sets(self) -> tuple[tuple[SquareGroup, tuple[range, ...]], ...]:
        """Return each group with the marks of its parts."""
        placed, at = [], 0
        for group in self.groups:
            parts = []
            for size in group.parts or (group.size,):
                parts.append(range(at, at + size))
                at += size
            placed.append((group, tuple(parts)))
        return tuple(placed)


@dataclass(frozen=True)
class Controls:
    """The texts of the controls.

    ``period`` is what the slider chooses, ``keys`` explains the keyboard.
    """

    play: str
    pause: str
    back: str
    forward: str
    period: str
    keys: str


@dataclass(frozen=True)
class Playing:
    """Maps that play through the periods together; a table of their texts in formats that cannot play.

    ``head`` names the columns of the table: the periods, and each map. The legend explains an empty mark, one in form,
    and one in substance; ``note`` says how to read the maps; ``table`` is the title of the table that says the same.
    """

    kind: ClassVar[str] = "playing"
    anchor: str
    caption: str
    head: tuple[str, ...]
    periods: tuple[str, ...]
    panels: tuple[MapPanel, ...]
    controls: Controls
    legend: tuple[str, str, str]
    note: str
    table: str


def leveled(shares: Sequence[float]) -> str:
    """Return shares from 0 to 1 as letters of `LEVELS`; only a share of exactly 0 gets the first letter."""
    last = len(LEVELS) - 1
    return "".join(LEVELS[max(round(share * last), 1 if share > 0 else 0)] for share in shares)
