"""An observed curve of adoption, and how far that of a country lies from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from sandbox.content.csv_table import LONGEST, Faults, read_cells
from sandbox.content.network_card import Country
from sandbox.diffusion.spread import Band, SpreadArm

Series = Literal["form", "substance", "at_once"]
SERIES: tuple[Series, ...] = get_args(Series)
"""The curves of a country that can be held against an observed one."""
_CURVE, _PLACES = ("period", "share"), ("id", "adopted")


@dataclass(frozen=True)
class Observed:
    """Shares of places that have a reform, as somebody observed them.

    Args:
        periods: the periods in which they were observed, in order; 0 is before the first.
        shares: the share that had it by then, 0 to 1.
        places: how many places they were counted from; 0 where the shares themselves were given.
    """

    periods: tuple[int, ...]
    shares: tuple[float, ...]
    places: int = 0

    @property
    def falls(self) -> int | None:
        """The first period whose share is below that before it, as counts of new adopters are; None where none is."""
        return next((at for at, change in zip(self.periods[1:], np.diff(self.shares), strict=True) if change < 0), None)


def read_observed(text: str, path: str, country: Country) -> Observed:
    """Return an observed curve from a table.

    It has columns ``period`` and ``share``; or ``id`` and ``adopted``, the period in which each place took it up, empty
    where it had not by the last that is named: then shares are counted, up to that period. ``text`` is the table as
    CSV, ``path`` where it was read, for what is said of faults; it has the periods of ``country``, which is held
    against it, and the places of one that has its own.

    Raises:
        ContentError: with every fault, each with line, column and what is allowed.
    """
    faults = Faults(path)
    head = {cell.strip(' "\r').lower() for cell in text.removeprefix("\ufeff").partition("\n")[0].split(",")}
    if head.isdisjoint((*_CURVE, _PLACES[1])) or head.issuperset((_CURVE[1], _PLACES[1])):
        faults.add(1, "", "observed", curve=_CURVE, places=_PLACES)
        faults.check()
    if _PLACES[1] in head:
        return _of_places(text, faults, country)
    lines, cells = read_cells(text, faults, _CURVE, _CURVE)
    shares: dict[int, float] = {}
    for line, period, share in zip(lines, cells["period"].values, cells["share"].values, strict=True):
        at = _period(period, line, "period", 0, faults, country)
        try:
            value = float(share)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            faults.add(line, "share", "observed_share", value=share[:LONGEST])
        if at in shares:
            faults.add(line, "period", "twice_period", period=at)
        shares[at] = value
    if len(shares) < 2 and not faults:
        faults.add(1, "", "two_periods")
    faults.check()
    return Observed(tuple(sorted(shares)), tuple(shares[at] for at in sorted(shares)))


def _of_places(text: str, faults: Faults, country: Country) -> Observed:
    lines, cells = read_cells(text, faults, _PLACES, _PLACES)
    adopted, seen = Counter[int](), dict[str, int]()
    for line, place, period in zip(lines, cells["id"].values, cells["adopted"].values, strict=True):
        if not place:
            faults.add(line, "id", "none")
        elif place in seen:
            faults.add(line, "id", "twice", place=place[:LONGEST], line=seen[place])
        elif country.own and place not in country.own.numbers:
            faults.add(line, "id", "no_place", place=place[:LONGEST], file=country.tables and country.tables.places)
        seen.setdefault(place, line)
        if period:
            adopted[_period(period, line, "adopted", 1, faults, country)] += 1
    if not adopted and not faults:
        faults.add(1, "adopted", "never")
    faults.check()
    periods = range(max(adopted) + 1)
    had = np.cumsum([adopted[at] for at in periods]) / len(lines)
    return Observed(tuple(periods), tuple(had.tolist()), len(lines))


def _period(cell: str, line: int, column: str, first: int, faults: Faults, country: Country) -> int:
    if cell.isascii() and cell.isdigit() and len(cell) < 10 and first <= int(cell) <= country.periods:
        return int(cell)
    faults.add(line, column, "period", value=cell[:LONGEST], first=first, last=country.periods)
    return -line


@dataclass(frozen=True)
class Distance:
    """How far the curve of a country lies from an observed one, over the periods that were observed.

    Period 0, in which no country has anything, is in the curves and not in the distance.

    Args:
        band: the country's curve in these periods: the 10th percentile over seeds, the median, and the 90th.
        course: the median in all of its periods, from 0.
        rmse: root of the mean squared gap between the median and the observed shares.
        gap: the widest gap, the median less the observed share.
        at: the period in which it is widest.
        within: in how many of the periods the observed share lies in the band.
        periods: how many periods are compared.
        luck: the distance, as ``rmse``, of the country of one seed from the median of all others: that of the farthest
            seed; nan for fewer than three. A curve from the same rates would seldom lie farther off.
    """

    band: Band
    course: NDArray[np.float64]
    rmse: float
    gap: float
    at: int
    within: int
    periods: int
    luck: float

    @property
    def near(self) -> bool:
        """Whether it lies no farther off than a country of other luck may."""
        return self.rmse <= self.luck


def distance(arm: SpreadArm, series: Series, observed: Observed) -> Distance:
    """Return how far a country lies from an observed curve."""
    return distance_of(np.stack([getattr(course, series) for course in arm.courses]), observed)


def distance_of(curves: NDArray[np.float64], observed: Observed) -> Distance:
    """Return the same of curves, a row a seed and a column a period from 0."""
    each = curves[:, observed.periods]
    band = Band(*np.quantile(each, (0.1, 0.5, 0.9), axis=0))
    began = np.array(observed.periods) > 0
    periods, shares, each = np.array(observed.periods)[began], np.array(observed.shares)[began], each[:, began]
    low, middle, high = (part[began] for part in band)
    gaps = middle - shares
    widest = int(np.argmax(np.abs(gaps)))
    inside = (low - 1e-9 <= shares) & (shares <= high + 1e-9)
    luck = float("nan")
    if len(each) > 2:
        luck = max(_rms(row - np.median(np.delete(each, at, 0), 0)) for at, row in enumerate(each))
    at, within = int(periods[widest]), int(inside.sum())
    return Distance(band, np.median(curves, 0), _rms(gaps), float(gaps[widest]), at, within, len(periods), luck)


def _rms(gaps: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(gaps**2)))


@dataclass(frozen=True, eq=False)
class Played:
    """A country with other rates.

    Args:
        rates: the value of each rate that is varied, by its path in the card.
        distance: how far it lies from the observed curve.
        grid: whether it is one of the grid, which was laid before anything was known.
    """

    rates: Mapping[str, float]
    distance: Distance
    grid: bool


@dataclass(frozen=True)
class Held:
    """A country that is held against an observed curve.

    Args:
        series: which of its curves.
        distance: how far it lies from it.
        fit: the country with other rates, nearest first; empty where none were asked for.
    """

    series: Series
    observed: Observed
    distance: Distance
    fit: tuple[Played, ...] = ()

    @property
    def grid(self) -> tuple[Played, ...]:
        """What was played on the grid, nearest first."""
        return tuple(each for each in self.fit if each.grid)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values: the curves by period, the distance, and the nearest rates with all others."""
        seen = zip(self.observed.periods, self.observed.shares, *self.distance.band, strict=True)
        names = ("period", "observed", "low", "middle", "high")
        return {
            "series": self.series, "places": self.observed.places or None,
            "curve": [dict(zip(names, map(_plain, row), strict=True)) for row in seen], **_figures(self.distance),
            "fit": [
                {"rates": dict(each.rates), "grid": each.grid, **_figures(each.distance)} for each in self.fit
            ],
        }  # fmt: skip


def _figures(distance: Distance) -> dict[str, Any]:
    return {
        "rmse": _plain(distance.rmse), "gap": _plain(distance.gap), "gap_at": distance.at, "within": distance.within,
        "periods": distance.periods, "luck": _plain(distance.luck), "near": distance.near,
    }  # fmt: skip


def _plain(value: float) -> float | int | None:
    return value if isinstance(value, int) else None if np.isnan(value) else round(float(value), 5)
