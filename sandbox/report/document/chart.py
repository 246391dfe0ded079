"""What can be drawn: values on one scale in rows, curves over time with bands, and heat maps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

ASIDE = -1
"""The series of values that are shown for comparison: drawn hollow."""
LineStyle = Literal["solid", "dashed", "dotted", "dashdot"]
LINES: tuple[LineStyle, ...] = get_args(LineStyle)
_ROWS = 11  # of a table of times, at most
_BINS = 100  # of a scale: single values that lie closer are drawn as one
_MANY, _SMALLEST = 4, 0.2  # values of the largest circle at least, and the least part of it that is seen
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Dot:
    """A value on a strip, perhaps with an interval, and with faint single values below it.

    ``series`` gives its colour: a number from 0, or `ASIDE`.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    series: int = 0
    faint: tuple[float, ...] = ()


@dataclass(frozen=True)
class Strip:
    """A row of a chart.

    ``values`` are the texts of its dots, under the heads of the chart's columns; ``about`` is small text below its
    name, and ``link`` the anchor to which the name leads.
    """

    name: str
    dots: tuple[Dot, ...]
    values: tuple[str, ...]
    about: str = ""
    link: str = ""
    strong: bool = False

    @property
    def lanes(self) -> int:
        """In how many lanes it is drawn: one for each dot, and one for single values."""
        return len(self.dots) + any(dot.faint for dot in self.dots)


@dataclass(frozen=True)
class Scale:
    """The scale that all strips share.

    ``ticks`` are marked values with their texts; ``zero`` is a highlighted value, such as no difference, and ``band`` a
    highlighted range, such as differences too small to matter.
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
        """Return a scale with round ends and ticks that covers values, the zero and the band; None is ignored.

        It is at least ``least`` long; ``form`` writes the text of a tick, which is otherwise as short as possible.
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

    @classmethod
    def of_shares(cls, title: str, most: float = 1.0) -> Scale:
        """Return a scale of shares in per cent, from 0 to at least ``most``."""
        return cls.over((0.0, most), title, form=lambda share: f"{100 * share:g}%")

    def place(self, value: float) -> float:
        """Return the position of a value, from 0 at the left end to 1 at the right."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


@dataclass(frozen=True)
class Chart:
    """Values on one scale, in rows; a table in formats that cannot draw.

    ``head`` names the columns of the table: the rows, and each value.
    """

    kind: ClassVar[str] = "chart"
    anchor: str
    caption: str
    head: tuple[str, ...]
    scale: Scale
    strips: tuple[Strip, ...]
    legend: tuple[tuple[int, str], ...] = ()

    def crowd(self, dot: Dot) -> list[tuple[float, float]]:
        """Return the single values of a dot as circles, whose areas are as the numbers of those that are alike.

        Returns:
            for each its value, and its diameter as a part of the chart's largest.
        """
        most = max((len(held) for strip in self.strips for each in strip.dots for held in self._alike(each)), default=1)
        return [
            (sum(held) / len(held), max(_SMALLEST, math.sqrt(len(held) / max(_MANY, most))))
            for held in self._alike(dot)
        ]

    def _alike(self, dot: Dot) -> list[list[float]]:
        bins: dict[int, list[float]] = {}
        for value in dot.faint:
            bins.setdefault(round(_BINS * self.scale.place(value)), []).append(value)
        return [*bins.values()]


@dataclass(frozen=True)
class Curve:
    """A curve.

    A missing value is nan and is not drawn. ``low`` and ``high`` are the edges of its band at each time, or empty.
    ``series`` gives its colour. Curves whose colours look alike to some readers, or in print, differ in ``line``.
    """

    name: str
    values: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    series: int = 0
    line: LineStyle = "solid"


@dataclass(frozen=True)
class Curves:
    """Curves over time; a table in formats that cannot draw.

    ``head`` names the columns of the table: the times, and each curve. ``shown`` has the text of each value, by time
    and curve; ``spoken`` describes the drawing, and ``axis`` the times. ``marks`` are highlighted times, by place, each
    with what happened then.
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
        """Return the position of a time, from 0 at the left end to 100 at the right."""
        return 100 * place / max(1, len(self.times) - 1)

    def path(self, values: tuple[float, ...]) -> str:
        """Return a curve as the points of a line in a box of 100 by 100 with its top at 0, without missing values."""
        return " ".join(
            f"{self.across(place):.2f},{100 - 100 * self.scale.place(value):.2f}"
            for place, value in enumerate(values)
            if not math.isnan(value)
        )

    def band(self, curve: Curve) -> str:
        """Return the outline of a curve's band in the same box; empty if it has none."""
        if not curve.low:
            return ""
        back = " ".join(reversed(self.path(curve.high).split()))
        return f"{self.path(curve.low)} {back}"

    @property
    def read(self) -> tuple[int, ...]:
        """The places of the times that the table shows."""
        return some_of(len(self.times))

    @property
    def named(self) -> tuple[int, ...]:
        """The places of the times that are labelled on the axis."""
        last = len(self.times) - 1
        step = next((step for step in (1, 2, 5, 10, 20, 50, 100) if last / step <= 8), max(1, last))
        return tuple(range(0, last + 1, step))


@dataclass(frozen=True)
class HeatCell:
    """A cell: the text of its value, and its shade from 0 to 1; None for a value that is not highlighted."""

    text: str
    shade: float | None = None


@dataclass(frozen=True)
class HeatRow:
    """A row: its name, and a cell for each column."""

    name: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class Heat:
    """A heat map; a table in formats that cannot draw.

    ``head`` says what the rows are and names the columns; ``note`` says how to read it.
    """

    kind: ClassVar[str] = "heat"
    anchor: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    note: str


def some_of(times: int) -> tuple[int, ...]:
    """Return the places of the times that a table shows, out of ``times``: the first, the last, and some between."""
    last = times - 1
    step = max(1, -(-last // (_ROWS - 1)))
    return tuple(dict.fromkeys((*range(0, last, step), last)))


def _step(length: float) -> float:
    unit = 10.0 ** math.floor(math.log10(length))
    return next(step * unit for step in _STEPS if step * unit >= length * (1 - 1e-9))
