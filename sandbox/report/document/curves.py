"""Courses over time on one scale, each with its band over repetitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sandbox.report.document.chart import Scale

__all__ = ["Curve", "Curves"]

_ROWS = 11  # of the table that says the same, at most


@dataclass(frozen=True)
class Curve:
    """A course.

    Args:
        name: its name.
        values: its value at each time.
        low: lower edge of its band at each time; empty for no band.
        high: upper edge.
        series: whose it is, which gives its colour: a place from 0.
        dashed: whether its line is dashed, so that two of one colour are told apart.
    """

    name: str
    values: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    series: int = 0
    dashed: bool = False


@dataclass(frozen=True)
class Curves:
    """Courses over time; a table where a format cannot draw.

    Args:
        anchor: where links lead.
        caption: what it shows.
        head: the names of the table's columns: of the times, and of each course.
        times: the times, as they are read.
        scale: the scale of the values; its form gives those in the table.
        curves: the courses, each with a value for each time.
        shown: each value as it is read, by time and course.
        spoken: what is to be seen, for whoever cannot see it.
        axis: what the times are.
        marks: times that are set off, by place, each with what happened then.
    """

    kind: ClassVar[str] = "curves"
    anchor: str
    caption: str
    head: tuple[str, ...]
    times: tuple[str, ...]
    scale: Scale
    curves: tuple[Curve, ...]
    shown: tuple[tuple[str, ...], ...]
    spoken: str
    axis: str
    marks: tuple[tuple[int, str], ...] = ()

    def across(self, place: int) -> float:
        """Return where a time stands, from 0 at the left end to 100 at the right."""
        return 100 * place / max(1, len(self.times) - 1)

    def path(self, values: tuple[float, ...]) -> str:
        """Return a course as the points of a line in a box of 100 by 100, whose top is 0."""
        return " ".join(
            f"{self.across(place):.2f},{100 - 100 * self.scale.place(value):.2f}" for place, value in enumerate(values)
        )

    def band(self, curve: Curve) -> str:
        """Return the outline of a course's band in the same box; empty where it has none."""
        if not curve.low:
            return ""
        back = " ".join(reversed(self.path(curve.high).split()))
        return f"{self.path(curve.low)} {back}"

    @property
    def read(self) -> tuple[int, ...]:
        """The places of the times that the table has: the first, the last, and some between."""
        last = len(self.times) - 1
        step = max(1, -(-last // (_ROWS - 1)))
        return tuple(dict.fromkeys((*range(0, last, step), last)))

    @property
    def named(self) -> tuple[int, ...]:
        """The places of the times that stand at the axis."""
        last = len(self.times) - 1
        step = next((step for step in (1, 2, 5, 10, 20, 50, 100) if last / step <= 8), max(1, last))
        return tuple(range(0, last + 1, step))
