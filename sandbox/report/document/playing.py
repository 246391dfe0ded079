"""A map that plays the periods: squares in groups or a laid-out graph, filled by how far an idea has come there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

__all__ = ["LEVELS", "Controls", "Group", "Panel", "Playing", "Point", "leveled"]

LEVELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""The letters that stand for the shares from 0 to 1 in the data of a map."""


@dataclass(frozen=True)
class Group:
    """Squares that stand together; their marks are the next ``size`` of the panel.

    Args:
        name: its name; empty where a group of groups has it.
        size: how many squares it has.
        parts: sizes of the parts into which they are set apart; empty for one part.
    """

    name: str
    size: int
    parts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Point:
    """A node of a laid-out graph, in a box of 1000 by `Panel.height`."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Panel:
    """One map.

    Args:
        title: what it shows.
        names: the name of each mark.
        form: the share in form of each mark in each period, as letters of `LEVELS`: all periods of the first mark,
            then those of the next.
        substance: the share in substance, likewise.
        told: what is to be said of the whole in each period.
        groups: the groups of squares; empty for a graph.
        points: the nodes of a graph; empty for squares.
        links: the edges of a graph, by the places of their nodes.
        height: height of the box of a graph.
    """

    title: str
    names: tuple[str, ...]
    form: str
    substance: str
    told: tuple[str, ...]
    groups: tuple[Group, ...] = ()
    points: tuple[Point, ...] = ()
    links: tuple[tuple[int, int], ...] = ()
    height: float = 600.0

    def level(self, kind: Literal["form", "substance"], mark: int, period: int) -> float:
        """Return a share of a mark in a period, from 0 to 1."""
        letters = self.form if kind == "form" else self.substance
        return LEVELS.index(letters[mark * len(self.told) + period]) / (len(LEVELS) - 1)

    def sets(self) -> tuple[tuple[Group, tuple[range, ...]], ...]:
        """Return each group with the marks of its parts."""
        found, at = [], 0
        for group in self.groups:
            parts = []
            for size in group.parts or (group.size,):
                parts.append(range(at, at + size))
                at += size
            found.append((group, tuple(parts)))
        return tuple(found)


@dataclass(frozen=True)
class Controls:
    """What stands at the controls.

    Args:
        play: starts to play.
        pause: stops.
        back: goes one period back.
        forward: goes one period on.
        period: what the slider chooses.
        keys: how it goes by keyboard.
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

    Args:
        anchor: where links lead.
        caption: what they show.
        head: the names of the table's columns: of the periods, and of each map.
        periods: the periods as they are read.
        panels: the maps, each of the same periods.
        controls: what stands at the controls.
        legend: what an empty mark, one in form, and one in substance mean.
        note: how it is read.
        table: the title of the table that says the same.
    """

    kind: ClassVar[str] = "playing"
    anchor: str
    caption: str
    head: tuple[str, ...]
    periods: tuple[str, ...]
    panels: tuple[Panel, ...]
    controls: Controls
    legend: tuple[str, str, str]
    note: str
    table: str


def leveled(shares: Sequence[float]) -> str:
    """Return shares from 0 to 1 as letters of `LEVELS`; only nothing at all is the first of them."""
    last = len(LEVELS) - 1
    return "".join(LEVELS[max(round(share * last), 1 if share > 0 else 0)] for share in shares)
