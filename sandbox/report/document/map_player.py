"""A map that plays the periods: squares in groups or a laid-out graph, filled by how far an idea has come there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

LEVELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""The letters that stand for the shares from 0 to 1 in the data of a map."""


@dataclass(frozen=True)
class SquareGroup:
    """Squares that stand together; their marks are the next ``size`` of the panel.

    ``parts`` are the sizes of the parts into which they are set apart, empty for one; a group of groups has the name.
    """

    name: str
    size: int
    parts: tuple[int, ...] = ()


@dataclass(frozen=True)
class MapNode:
    """A node of a laid-out graph, in a box of 1000 by `MapPanel.height`."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class MapPanel:
    """One map.

    The shares in form and in substance are letters of `LEVELS`: all periods of the first mark, then those of the next.
    ``told`` is to be said of the whole in each period. It has groups of squares, or the nodes and edges of a graph, in
    a box of 1000 by ``height``.
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
        """Return a share of a mark in a period, from 0 to 1."""
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
    """What stands at the controls.

    ``period`` is what the slider chooses, ``keys`` how it goes by keyboard.
    """

    play: str
    pause: str
    back: str
    forward: str
    period: str
    keys: str


@dataclass(frozen=True)
class Playing:
    """Maps that play the periods together; a table of what is told where a format cannot play.

    ``head`` names the columns of the table: the periods, and each map. The legend says what an empty mark, one in form,
    and one in substance mean; ``note`` how it is read; ``table`` is the title of the table that says the same.
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
    """Return shares from 0 to 1 as letters of `LEVELS`; only nothing at all is the first of them."""
    last = len(LEVELS) - 1
    return "".join(LEVELS[max(round(share * last), 1 if share > 0 else 0)] for share in shares)
