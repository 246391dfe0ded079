"""Differences summed by cluster, with what their flips of sign and weighted draws say of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sandbox.content.words import refusal
from sandbox.experiment.multiplicity import ALPHA
from sandbox.experiment.whatif.difference import error_of, reach_of, student_quantile, tango

_ALL_FLIPS = 13  # up to so many clusters, every flip of signs is looked at
BOOTSTRAPPED = 6  # clusters from which on an interval is by bootstrap: fewer have too few weights to draw
_WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
_WIDEST = 2.0**20  # an interval that is not closed by so many standard errors is open
_FINE = 2.0**-9  # to so small a part of a standard error bounds are found
Floats = npt.NDArray[np.float64]


class OutcomeScale(NamedTuple):
    """What an outcome's differences can be.

    Args:
        yes_no: whether it is no or yes in each session, 0 or 1.
        largest: how far a difference may go that has not been seen, in the outcome's unit: by one level, one promise or
            the whole of a share, or from its least value to its largest, where that is more.
    """

    yes_no: bool = False
    largest: float = 1.0

    @property
    def doubled(self) -> OutcomeScale:
        """That of the difference between two differences."""
        return OutcomeScale(largest=2 * self.largest)


PLAIN = OutcomeScale()
"""That of shares and numbers of which no more is known."""


@dataclass(frozen=True)
class ClusterSums:
    """Differences as the tests need them: each cluster's sum and size."""

    sums: Floats
    sizes: Floats
    deviation: float
    constant: bool  # all differences are the same: nothing tells how far the mean may be off
    scale: OutcomeScale

    @classmethod
    def of(cls, differences: npt.ArrayLike, clusters: npt.ArrayLike, scale: OutcomeScale = PLAIN) -> ClusterSums:
        """Return the sums of differences by the cluster of each; refused where these do not fit together."""
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
        """Whether these are single pairs of yes and no."""
        return self.scale.yes_no and self.pairs == self.clusters

    @property
    def more(self) -> int:
        """Clusters whose sum is above zero."""
        return int(np.sum(self.sums > 1e-12))

    @property
    def less(self) -> int:
        """Clusters whose sum is below zero."""
        return int(np.sum(self.sums < -1e-12))

    @property
    def ties(self) -> bool:
        """Whether clusters say nothing of how far they might have differed."""
        return self.constant or self.yes_no or self.more + self.less < self.clusters

    @property
    def by_t(self) -> bool:
        """Whether the interval is by Student's t, or by score, and not by bootstrap."""
        return self.ties or self.clusters < BOOTSTRAPPED

    @property
    def by_cluster(self) -> list[float]:
        """What each cluster brings to the mean, so that the mean of these is the mean."""
        if self.constant:
            return [self.mean] * self.clusters
        return [float(part) for part in self.sums * (self.clusters / self.pairs)]

    def by_student(self) -> tuple[float | None, float | None]:
        """Return the 95% interval where clusters are few, or say nothing of how far they might have differed."""
        if self.clusters < 3:
            return None, None
        if self.yes_no:
            return tango(self.more, self.less, self.clusters)
        if self.ties:
            reach = reach_of(self.by_cluster, self.scale.largest)
        else:
            reach = student_quantile(1 - ALPHA / 2, self.clusters - 1) * self.error_by_t
        return self.mean - reach, self.mean + reach

    @property
    def mean(self) -> float:
        """Mean of all differences."""
        return float(self.sums.sum() / self.sizes.sum())

    @property
    def error(self) -> float:
        """Standard error of the mean, with clusters as what was drawn."""
        return float(np.sqrt(np.sum((self.sums - self.sizes * self.mean) ** 2))) / self.pairs

    @property
    def error_by_t(self) -> float:
        """Standard error by which t is taken: with pairs added where clusters do not differ at all."""
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
    """Return two-sided p of each experiment by flipping the signs of its clusters, and the least p that there can be.

    ``sums`` are those of the differences in each cluster, as experiments by clusters; where there are too many flips to
    go through all, ``draws`` of them are drawn.
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
    """Return all flips of signs but those that are the mirror of another."""
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
        """Return the two-sided p of a null; None where the clusters say nothing of their spread."""
        shifts = (self._shift - null * self._slope) ** 2
        squares = self._square - null * (2 * self._cross - null * self._under)
        if self._error == 0 or squares[-1] <= 0:
            return None
        least = shifts[-1] / squares[-1] * (1 - 1e-7)  # of the data, which all weights of 1 give; draws may be as they
        return share_of_hits(~(shifts[:-1] < least * squares[:-1]))

    def interval(self) -> tuple[float | None, float | None]:
        """Return the bounds between which no null is rejected at 5%."""
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
    """Return drawn differences over their standard errors; where a draw's clusters are all alike it is infinite."""
    ratios: Floats = np.copysign(np.full_like(shifts, np.inf), shifts)
    np.divide(shifts, errors, out=ratios, where=errors > 1e-9 * abs(shifts))
    return ratios


def share_of_hits(hits: npt.NDArray[np.bool_]) -> float:
    """Return p of drawn hits; the data themselves are one of the draws, so it is never 0."""
    return float((1 + np.count_nonzero(hits)) / (1 + hits.size))


def first_rejected(
    rejected: Callable[[float], bool], centre: float, unit: float, most: float = _WIDEST
) -> float | None:
    """Return the first value away from a centre that is rejected, in steps of a unit; None where there is none."""
    inside, outside = 0.0, 2.0
    while not rejected(outside):
        inside, outside = outside, 2 * outside
        if outside > most:
            return None
    while outside - inside > _FINE:
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if rejected(middle) else (middle, outside)
    return centre + unit * outside
