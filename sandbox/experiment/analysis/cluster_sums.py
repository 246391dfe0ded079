"""Differences summed by cluster, their sign-flip test and their wild cluster bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sandbox.content.words import refusal
from sandbox.experiment.multiplicity import ALPHA
from sandbox.experiment.whatif.difference import FEW_DIFFER, error_of, reach_of, student_quantile, tango

_ALL_FLIPS = 13  # most clusters for which all sign flips are enumerated
BOOTSTRAPPED = 6  # fewest clusters for an interval by bootstrap: fewer have too few different weights
_NODES, _PARTS = np.polynomial.legendre.leggauss(512)
_WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
_WIDEST = 2.0**20  # standard errors beyond which an interval counts as open
_FINE = 2.0**-9  # precision of bounds, in standard errors
Floats = npt.NDArray[np.float64]


class OutcomeScale(NamedTuple):
    """The scale of an outcome's differences.

    Args:
        yes_no: whether the outcome is 0 or 1 in each session.
        largest: the largest unseen difference to assume, in the outcome's unit: 1 (a level, a promise, a whole share),
            or the range of its values, if that is more.
    """

    yes_no: bool = False
    largest: float = 1.0

    @property
    def doubled(self) -> OutcomeScale:
        """The scale of the difference between two differences."""
        return OutcomeScale(largest=2 * self.largest)


PLAIN = OutcomeScale()
"""The scale of shares and numbers about which no more is known."""


@dataclass(frozen=True)
class ClusterSums:
    """Differences as the tests need them: sum and size of each cluster, shape (clusters,)."""

    sums: Floats
    sizes: Floats
    deviation: float
    constant: bool  # whether all differences are the same
    scale: OutcomeScale

    @classmethod
    def of(cls, differences: npt.ArrayLike, clusters: npt.ArrayLike, scale: OutcomeScale = PLAIN) -> ClusterSums:
        """Return the sums of differences by their clusters.

        Raises:
            InputError: there are none, one is not finite, or the lengths differ.
        """
        values, names = np.asarray(differences, dtype=np.float64), np.asarray(clusters)
        if values.ndim != 1 or not values.size or values.shape != names.shape or not np.isfinite(values).all():
            raise refusal("experiment.refused.differences")
        codes = np.unique(names, return_inverse=True)[1]
        return cls(
            np.bincount(codes, weights=values).astype(np.float64),
            np.bincount(codes).astype(np.float64),
            float(np.std(values, ddof=1)) if values.size > 1 else 0.0,
            bool(np.ptp(values) <= 1e-12),
            scale,
        )

    @property
    def yes_no(self) -> bool:
        """Whether each cluster is a single pair of yes or no values."""
        return self.scale.yes_no and self.pairs == self.clusters

    @property
    def more(self) -> int:
        """Number of clusters with a sum above zero."""
        return int(np.sum(self.sums > 1e-12))

    @property
    def less(self) -> int:
        """Number of clusters with a sum below zero."""
        return int(np.sum(self.sums < -1e-12))

    @property
    def ties(self) -> bool:
        """Whether the sums understate how far clusters may differ: some are 0, all are alike, or all are yes or no."""
        return self.constant or self.yes_no or self.more + self.less < self.clusters

    @property
    def few_differ(self) -> bool:
        """Whether too few clusters differ from 0 to show how far one might: below six and below half; or all are alike.

        Nor can any flips of fewer than six signs bring p below 5%. Single pairs of yes and no show it all the same.
        """
        few = self.more + self.less < min(FEW_DIFFER, self.clusters / 2)
        return not self.yes_no and (self.constant or few)

    @property
    def by_t(self) -> bool:
        """Whether the interval is not by bootstrap, but by Student's t, Tango's score or `beyond`."""
        return self.ties or self.clusters < BOOTSTRAPPED

    @property
    def by_cluster(self) -> list[float]:
        """The contribution of each cluster to the mean; their mean is the mean."""
        if self.constant:
            return [self.mean] * self.clusters
        return [float(part) for part in self.sums * (self.clusters / self.pairs)]

    def by_student(self) -> tuple[float | None, float | None]:
        """Return the 95% interval for few clusters, or for `ties`."""
        if self.clusters < 3:
            return None, None
        if self.yes_no:
            return tango(self.more, self.less, self.clusters)
        if self.few_differ:
            return self._unseen(-1), self._unseen(1)
        if self.ties:
            reach = reach_of(self.by_cluster, self.scale.largest)
        else:
            reach = student_quantile(1 - ALPHA / 2, self.clusters - 1) * self.error_by_t
        return self.mean - reach, self.mean + reach

    def beyond(self, bound: float) -> float:
        """Return one-sided p against a true mean at ``bound`` or beyond it, whatever far clusters were not seen.

        It is the chance that the clusters and one more, as far off on that side as possible, come to a mean beyond
        ``bound`` if their weights are those of a flat Dirichlet distribution (Gaffke 2005, Mathematical Methods of
        Statistics 14, 451-467; Learned-Miller and Thomas 2019, arXiv:1905.06208). It assumes no more of differences
        than how far they can go. Where all are 0 it is the binomial's. That its level holds in general is not proven;
        no case is known where it does not. The chance is integrated by Imhof's formula (1961,
        doi:10.1093/biomet/48.3-4.419).
        """
        side = 1.0 if bound > self.mean else -1.0
        farthest = (self.mean if self.constant else 0.0) + side * self.scale.largest
        values, counts = np.unique([*self.by_cluster, farthest], return_counts=True)
        values = side * (values - bound)
        nodes = (1 + _NODES) / (1 - _NODES) / np.sqrt(np.sum(counts * values**2))
        angles = np.outer(nodes, values)
        waves = np.sin(np.arctan(angles) @ counts) * np.exp(np.log1p(angles**2) @ counts / -2)
        return max(0.0, 0.5 + float(np.sum(_PARTS * waves * 2 / (1 - _NODES**2))) / np.pi)

    def _unseen(self, side: int) -> float | None:
        unit = side * self.scale.largest / 100

        def rejected(units: float) -> bool:
            return self.beyond(self.mean + units * unit) < ALPHA / 2

        return first_rejected(rejected, self.mean, unit)

    @property
    def mean(self) -> float:
        """Mean of all differences."""
        return float(self.sums.sum() / self.sizes.sum())

    @property
    def error(self) -> float:
        """Standard error of the mean, by cluster."""
        return float(np.sqrt(np.sum((self.sums - self.sizes * self.mean) ** 2))) / self.pairs

    @property
    def error_by_t(self) -> float:
        """Standard error for t; with pairs added in case of `ties`."""
        return error_of(self.by_cluster) if self.ties else self.error * (1 + 1 / (self.clusters - 1)) ** 0.5

    @property
    def pairs(self) -> int:
        """Number of pairs."""
        return int(self.sizes.sum())

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return len(self.sums)


def flipped(sums: Floats, rng: np.random.Generator, draws: int) -> tuple[Floats, float]:
    """Return two-sided p of each experiment by flipping the signs of its clusters, and the least possible p.

    ``sums`` has the sums of differences, shape (experiments, clusters); with more than 13 clusters, ``draws`` flips are
    drawn instead of all.
    """
    clusters = sums.shape[-1]
    least = abs(sums.sum(axis=-1)) - 1e-9 * (1 + abs(sums).sum(axis=-1))
    if clusters <= _ALL_FLIPS:
        flips = _all_flips(clusters)
        return np.sum(abs(sums @ flips.T) >= least[..., None], axis=-1) / len(flips), 1 / len(flips)
    flips = rng.integers(0, 2, (draws, clusters)).astype(np.float64) * 2 - 1
    hits = np.sum(abs(sums @ flips.T) >= least[..., None], axis=-1)
    return (1 + hits) / (1 + draws), 1 / (draws + 1)


@lru_cache(maxsize=_ALL_FLIPS)
def _all_flips(clusters: int) -> Floats:
    """Return all flips of signs, one of each pair of mirror images."""
    flips = (np.arange(2 ** (clusters - 1))[:, None] >> np.arange(clusters)) & 1
    return flips.astype(np.float64) * 2 - 1


class Bootstrap:
    """The wild cluster bootstrap-t of a mean, with the null imposed.

    Under a null ``b`` cluster g's score is ``S - b T``; a draw multiplies it by a weight. What a draw's t needs is
    linear or quadratic in ``b``, so the weights are multiplied out once, for any ``b``.

    Args:
        sums: the clusters; a null is a distance from their mean.
        towards: ``T`` of each cluster; its size where it is None, so that ``b`` is a mean.
    """

    def __init__(self, sums: ClusterSums, rng: np.random.Generator, draws: int, towards: Floats | None = None) -> None:
        size = sums.sizes
        away, unit = (sums.sums - sums.mean * size, size) if towards is None else (sums.sums, towards)
        weights = np.vstack([rng.choice(np.concatenate([-_WEBB, _WEBB]), (draws, len(size))), np.ones(len(size))])
        shift, slope, by_size, slope_by_size = np.stack([away, unit, away * size, unit * size]) @ weights.T
        square, cross, under = np.stack([away**2, away * unit, unit**2]) @ (weights**2).T
        self._shift, self._slope = shift, slope
        shift, slope, squares = shift / sums.pairs, slope / sums.pairs, float(np.sum(size**2))
        self._square = square - 2 * shift * by_size + shift**2 * squares
        self._cross = cross - shift * slope_by_size - slope * by_size + shift * slope * squares
        self._under = under - 2 * slope * slope_by_size + slope**2 * squares
        self._sums, self._error = sums, sums.error

    def p(self, null: float) -> float | None:
        """Return the two-sided p of a null, a distance from the mean; None if the clusters have no spread."""
        shifts = (self._shift - null * self._slope) ** 2
        squares = self._square - null * (2 * self._cross - null * self._under)
        if self._error == 0 or squares[-1] <= 0:
            return None
        least = shifts[-1] / squares[-1] * (1 - 1e-7)  # of the data (all weights 1); ties count as hits
        return share_of_hits(~(shifts[:-1] < least * squares[:-1]))

    def interval(self) -> tuple[float | None, float | None]:
        """Return the bounds between which no null is rejected at 5%; None and None if there are none."""
        if self._error == 0 or self._sums.clusters < 3:
            return None, None
        low, high = (self._bound(side) for side in (-1, 1))
        return (None, None) if low is None or high is None else (low, high)

    def _bound(self, side: int) -> float | None:
        def rejected(errors: float) -> bool:
            p = self.p(side * errors * self._error)
            return p is not None and p < ALPHA

        return first_rejected(rejected, self._sums.mean, side * self._error)


def over_errors(shifts: Floats, errors: Floats) -> Floats:
    """Return drawn differences over their standard errors; infinite if a draw's clusters are all the same."""
    ratios: Floats = np.copysign(np.full_like(shifts, np.inf), shifts)
    np.divide(shifts, errors, out=ratios, where=errors > 1e-9 * abs(shifts))
    return ratios


def share_of_hits(hits: npt.NDArray[np.bool_]) -> float:
    """Return p from drawn hits; the data count as one of the draws, so it is never 0."""
    return float((1 + np.count_nonzero(hits)) / (1 + hits.size))


def first_rejected(
    rejected: Callable[[float], bool], centre: float, unit: float, most: float = _WIDEST
) -> float | None:
    """Return the first rejected value from a centre on, by bisection; None if none is within ``most`` units."""
    inside, outside = 0.0, 2.0
    while not rejected(outside):
        inside, outside = outside, 2 * outside
        if outside > most:
            return None
    while outside - inside > _FINE:
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if rejected(middle) else (middle, outside)
    return centre + unit * outside
