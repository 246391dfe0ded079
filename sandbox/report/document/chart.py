"""A chart of values on one scale, row by row: effects with their intervals, spreads, courses over time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

__all__ = ["ASIDE", "Chart", "Dot", "Scale", "Strip"]

ASIDE = -1
"""The series of what stands beside the others to compare with: drawn hollow."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Dot:
    """A value on a strip.

    Args:
        value: the value; None where there is none.
        low: lower end of its interval; None where it has none.
        high: upper end.
        series: whose it is, which gives its colour: a place from 0, or `ASIDE`.
        faint: single values behind it.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    series: int = 0
    faint: tuple[float, ...] = ()


@dataclass(frozen=True)
class Strip:
    """A row of a chart.

    Args:
        name: its name.
        about: what stands below the name in small.
        dots: its values, from above.
        values: each of them as it is read, under the heads of the chart's columns.
        link: the anchor to which its name leads.
        strong: whether it stands out.
    """

    name: str
    dots: tuple[Dot, ...]
    values: tuple[str, ...]
    about: str = ""
    link: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Scale:
    """The scale that all strips share.

    Args:
        low: its left end.
        high: its right end.
        ticks: values that are marked, each with its text.
        title: what it measures.
        zero: a value that is set off, such as no difference; None for none.
        band: a stretch that is set off, such as differences too small to matter.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    title: str
    zero: float | None = None
    band: tuple[float, float] | None = None

    @classmethod
    def over(
        cls, values: Iterable[float | None], title: str, *, zero: float | None = None,
        band: tuple[float, float] | None = None, least: float = 0.0, form: Callable[[float], str] | None = None,
    ) -> Scale:  # fmt: skip
        """Return a scale with round ends and ticks that holds values, its zero and its band.

        Args:
            values: the values; None among them is left out.
            title: what the scale measures.
            zero: a value that is set off.
            band: a stretch that is set off.
            least: how long it is at least.
            form: how a tick is written; as short as can be where it is None.
        """
        held = [value for value in (*values, zero, *(band or ())) if value is not None] or [0.0]
        first, last = min(held), max(held)
        short = max(least, 1e-6) - (last - first)
        if short > 0:
            first, last = first - short / 2, last + short / 2
        step = _step((last - first) / 4)
        low, high = math.floor(first / step + 1e-9), math.ceil(last / step - 1e-9)
        write = form or (lambda value: f"{value:g}".replace("-", "−"))
        ticks = tuple((number * step, write(round(number * step, 9) + 0.0)) for number in range(low, high + 1))
        return cls(low * step, high * step, ticks, title, zero, band)

    def place(self, value: float) -> float:
        """Return where a value stands, from 0 at the left end to 1 at the right."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


@dataclass(frozen=True)
class Chart:
    """Values on one scale, row by row; a table where a format cannot draw.

    Args:
        anchor: where links lead.
        caption: what it shows.
        head: the names of the table's columns: of the rows, and of each value.
        scale: the scale.
        strips: the rows.
        legend: names of series.
        joined: whether each series is a line from row to row.
    """

    kind: ClassVar[str] = "chart"
    anchor: str
    caption: str
    head: tuple[str, ...]
    scale: Scale
    strips: tuple[Strip, ...]
    legend: tuple[tuple[int, str], ...] = ()
    joined: bool = False

    def way(self, row: int, dot: int) -> tuple[float | None, float | None]:
        """Return where the line of a dot enters its row above and leaves it below; None where no line does."""
        ends = []
        for near in (row - 1, row + 1):
            here = self.strips[row].dots[dot].value
            there = self.strips[near].dots[dot].value if self.joined and 0 <= near < len(self.strips) else None
            ends.append(None if here is None or there is None else self.scale.place((here + there) / 2))
        return ends[0], ends[1]


def _step(length: float) -> float:
    """Return a round length that is not shorter."""
    unit = 10.0 ** math.floor(math.log10(length))
    return next(step * unit for step in _STEPS if step * unit >= length * (1 - 1e-9))
