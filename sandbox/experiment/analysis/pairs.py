"""The mean of paired differences: whether it is nothing, how large it may be, and whether it is too small to matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from sandbox.content.words import refusal
from sandbox.experiment.multiplicity import ALPHA
from sandbox.experiment.whatif.difference import error_of, reach_of, score, student_quantile, student_tail, tango

DRAWS = 4_999
"""Draws of the permutation test, where there are too many sign flips to go through all, and of the bootstrap."""
FINE_DRAWS = 10 * DRAWS
"""Draws of the test of what is too small to matter: a verdict hangs on its p, which Holm's method multiplies."""
_ALL_FLIPS = 13  # up to so many clusters, every flip of signs is looked at
_BOOTSTRAPPED = 6  # clusters from which on an interval is by bootstrap: fewer have too few weights to draw
_WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
_REACH = 1 + 0.8416 / 1.9600  # half an interval at 95%, and what 80% of power take beside it, in normal quantiles
_WIDEST = 2.0**20  # an interval that is not closed by so many standard errors is open
_FARTHEST = 2.0**10  # the same of a share, where each step draws anew
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
class Pair:
    """A mean paired difference.

    Args:
        estimate: the mean difference, in the outcome's unit.
        low: lower bound of its 95% interval; None where so few clusters give none.
        p_permutation: two-sided p by flipping the signs of clusters.
        p_bootstrap: two-sided p by the wild cluster bootstrap; None where so few clusters give none, and where the
            interval is not made by it.
        d: the estimate over the spread of sessions; None where nothing spreads, or a rule that was compared sets it.
        d_low: the interval's lower bound over that spread, which is taken as known.
        p_least: the least p that so many clusters can give; nothing is found by a smaller level.
        alike: whether all pairs differ by the same amount, so that nothing tells how far another would: there is then
            no interval, and p tells no more than how many pairs there are.
    """

    estimate: float
    low: float | None
    high: float | None
    p_permutation: float
    p_bootstrap: float | None
    d: float | None
    d_low: float | None
    d_high: float | None
    pairs: int
    clusters: int
    p_least: float
    alike: bool = False

    @property
    def reach(self) -> float | None:
        """About the difference that so many pairs find in 80 of 100 experiments at 5%, by the width of the interval."""
        if self.low is None or self.high is None or self.high <= self.low:
            return None
        return (self.high - self.low) / 2 * _REACH

    @property
    def sure(self) -> bool:
        """Whether its interval leaves out nothing at all."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    def within(self, widest: float) -> Pair:
        """Return it with an interval that holds no difference larger than there can be."""
        if self.low is None or self.high is None or max(-self.low, self.high) <= widest:
            return self
        low, high = max(self.low, -widest), min(self.high, widest)
        d_low, d_high = self.d_low, self.d_high
        if d_low is not None and d_high is not None:
            d_low, d_high = (end * (d_high - d_low) / (self.high - self.low) for end in (low, high))
        return replace(self, low=low, high=high, d_low=d_low, d_high=d_high)


@dataclass(frozen=True)
class Share:
    """What part one mean difference is of another, with its 95% interval."""

    estimate: float
    low: float
    high: float


def test_pair(
    differences: npt.ArrayLike,
    clusters: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    scale: OutcomeScale = PLAIN,  # noqa: PT028  (no test of pytest's)
    spread: float | None = None,  # noqa: PT028
    draws: int = DRAWS,  # noqa: PT028
) -> Pair:
    """Test a mean paired difference against nothing, and put an interval around it.

    The test flips the signs of whole clusters, since without an effect a cluster's differences might as well have come
    out the other way round: exact with up to 13 clusters, by ``draws`` flips above. The interval holds the values that
    a wild cluster bootstrap-t does not reject at 5%: null imposed, Webb's six-point weights, which go with few clusters
    (Cameron, Gelbach and Miller 2008, doi:10.1162/rest.90.3.414; Webb 2023, doi:10.1111/caje.12661). Own code: the
    bootstrap of ``pyfixest`` is that of ``wildboottest``, which has no intervals (a test holds both to the same p), and
    its randomisation test draws where all flips can be gone through, flips no whole clusters, and takes a minute.

    What clusters that do not differ at all have in them cannot be drawn from them: where there are any, the interval is
    that of `sandbox.experiment.whatif.difference`: Tango's for single pairs of yes and no, else Student's t of the
    clusters with Bonett and Price's added pairs, and Wilson's bound where all differ alike. Below six clusters it is
    Student's t as well: the bootstrap's has so few weights there that it lies far off centre, and is a third wider.

    Args:
        differences: the differences, one a pair, in the outcome's unit.
        clusters: for each the name of its cluster, such as its scenario: what is drawn together and varies together.
        rng: the generator of flips and weights.
        scale: what the differences can be.
        spread: standard deviation of sessions, by which ``d`` is taken; that of the differences where it is None.
        draws: how many flips and weights to draw.

    Raises:
        InputError: no differences, one that is no number, or not one cluster each.
    """
    sums = _Sums.of(differences, clusters, scale)
    by_flips, least = flipped(sums.sums[None], rng, draws)
    p = float(by_flips[0])
    test = _Bootstrap(sums, rng, draws)
    low, high = sums.by_student() if sums.by_t else test.interval()
    if spread is None:
        spread = sums.deviation
    known = spread > 1e-9  # below it is what is left of rounding
    d, d_low, d_high = (value / spread if known and value is not None else None for value in (sums.mean, low, high))
    by_bootstrap = None if sums.by_t else test.p(-sums.mean)
    return Pair(sums.mean, low, high, p, by_bootstrap, d, d_low, d_high, sums.pairs, sums.clusters, least)


def equivalence(
    differences: npt.ArrayLike, clusters: npt.ArrayLike, smallest: float, *, rng: np.random.Generator,
    scale: OutcomeScale = PLAIN, draws: int = FINE_DRAWS,
) -> float:  # fmt: skip
    """Return p of the claim that a mean difference is too small to matter, by two one-sided tests (TOST).

    One is against ``-smallest`` and one against ``smallest``; the larger p counts (Schuirmann 1987,
    doi:10.1007/BF01068419). Both compare t with that of clusters drawn anew with replacement: one-sided tests feel a
    skew, which this bootstrap-t reproduces (Hall 1988, doi:10.1214/aos/1176350933) and the symmetric weights of
    `test_pair` do not. Where the interval is by t, t with its error has to claim it too.

    Single pairs of yes and no are tested by Tango's score, and by the binomial (Clopper and Pearson 1934,
    doi:10.1093/biomet/26.4.404) where all that differ do so one way. Differences that are all the same leave room for
    as many others as n pairs may have missed, each as far off as one can be: (1 - share)^n of that share, but no less
    than 2^-n. Arguments and errors are those of `test_pair`. ``smallest`` is the smallest difference that would matter,
    above 0.
    """
    sums = _Sums.of(differences, clusters, scale)
    if abs(sums.mean) >= smallest:
        return 1.0
    if sums.yes_no:
        more, less, n = sums.more, sums.less, sums.pairs
        normal = NormalDist()
        p = max(normal.cdf(score(more, less, n, smallest)), normal.cdf(-score(more, less, n, -smallest)))
        return p if more and less else max(p, float(special.bdtr(more + less, n, smallest)))
    if sums.constant:
        return max(0.5, 1 - (smallest - abs(sums.mean)) / scale.largest) ** sums.clusters
    error = sums.error
    if error == 0:
        return 1.0
    drawn = np.concatenate([_drawn(sums, rng, min(DRAWS, draws - start)) for start in range(0, draws, DRAWS)])
    above, below = (sums.mean + smallest) / error, (sums.mean - smallest) / error
    p = max(_share(~(drawn < above - 1e-9)), _share(~(drawn > below + 1e-9)))
    if not sums.by_t:
        return p
    return max(p, student_tail((smallest - abs(sums.mean)) / sums.error_by_t, sums.clusters - 1))


def _drawn(sums: _Sums, rng: np.random.Generator, draws: int) -> Floats:
    """Return t of clusters drawn anew with replacement."""
    chosen = rng.integers(0, sums.clusters, (draws, sums.clusters))
    total, size = sums.sums[chosen], sums.sizes[chosen]
    means = total.sum(axis=1) / size.sum(axis=1)
    errors = np.sqrt(((total - size * means[:, None]) ** 2).sum(axis=1)) / size.sum(axis=1)
    return _over(means - sums.mean, errors)


def share_of(
    parts: npt.ArrayLike, wholes: npt.ArrayLike, clusters: npt.ArrayLike, *, rng: np.random.Generator,
    draws: int = DRAWS,
) -> Share | None:  # fmt: skip
    """Return what part the mean of some differences is of that of others, with its 95% interval; None without one.

    The interval holds every share ``r`` for which the bootstrap of `test_pair`, or Student's t where clusters are few,
    does not tell the mean of ``parts`` less ``r`` times ``wholes`` from nothing (Fieller 1954,
    doi:10.1111/j.2517-6161.1954.tb00159.x). It is open, and none is returned, where the mean of ``wholes`` may be
    nothing. Arguments and errors are those of `test_pair`.
    """
    part, whole = np.asarray(parts, dtype=np.float64), np.asarray(wholes, dtype=np.float64)
    if not whole.size or abs(whole.mean()) < 1e-12:
        return None
    share, drawn = float(part.mean() / whole.mean()), np.random.default_rng(int(rng.integers(2**32)))
    left = _Sums.of(part - share * whole, clusters)
    if left.constant or left.error == 0:
        return Share(share, share, share) if left.constant and left.clusters > 2 else None
    if left.clusters < 3:
        return None
    unit = left.error / abs(float(whole.mean()))
    test = _Bootstrap(left, drawn, draws, _Sums.of(whole, clusters).sums)

    def bound(side: int) -> float | None:
        def rejected(errors: float) -> bool:
            if left.clusters < _BOOTSTRAPPED:
                away = _Sums.of(part - (share + side * errors * unit) * whole, clusters)
                return abs(away.mean) > student_quantile(1 - ALPHA / 2, away.clusters - 1) * away.error_by_t
            p = test.p(side * errors * unit)
            return p is not None and p < ALPHA

        return _first(rejected, share, side * unit, most=_FARTHEST)

    low, high = bound(-1), bound(1)
    return None if low is None or high is None else Share(share, low, high)


@dataclass(frozen=True)
class _Sums:
    """Differences as the tests need them: each cluster's sum and size."""

    sums: Floats
    sizes: Floats
    deviation: float
    constant: bool  # all differences are the same: nothing tells how far the mean may be off
    scale: OutcomeScale

    @classmethod
    def of(cls, differences: npt.ArrayLike, clusters: npt.ArrayLike, scale: OutcomeScale = PLAIN) -> _Sums:
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
        return int(np.sum(self.sums > 1e-12))

    @property
    def less(self) -> int:
        return int(np.sum(self.sums < -1e-12))

    @property
    def ties(self) -> bool:
        """Whether clusters say nothing of how far they might have differed."""
        return self.constant or self.yes_no or self.more + self.less < self.clusters

    @property
    def by_t(self) -> bool:
        """Whether the interval is by Student's t, or by score, and not by bootstrap."""
        return self.ties or self.clusters < _BOOTSTRAPPED

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
        return int(self.sizes.sum())

    @property
    def clusters(self) -> int:
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


class _Bootstrap:
    """The wild cluster bootstrap-t of a mean, with the null imposed.

    Under a null ``b`` cluster g's score is ``S - b T``; a draw multiplies it by a weight. What a draw's t needs is
    linear or quadratic in ``b``, so the weights are multiplied out once, for any ``b``.

    Args:
        sums: the clusters; a null is a distance from their mean.
        towards: ``T`` of each cluster; its size where it is None, so that ``b`` is a mean.
    """

    def __init__(self, sums: _Sums, rng: np.random.Generator, draws: int, towards: Floats | None = None) -> None:
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
        return _share(~(shifts[:-1] < least * squares[:-1]))

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

        return _first(rejected, self._sums.mean, side * self._error)


def _over(shifts: Floats, errors: Floats) -> Floats:
    """Return drawn differences over their standard errors; where a draw's clusters are all alike it is infinite."""
    ratios: Floats = np.copysign(np.full_like(shifts, np.inf), shifts)
    np.divide(shifts, errors, out=ratios, where=errors > 1e-9 * abs(shifts))
    return ratios


def _share(hits: npt.NDArray[np.bool_]) -> float:
    """Return p of drawn hits; the data themselves are one of the draws, so it is never 0."""
    return float((1 + np.count_nonzero(hits)) / (1 + hits.size))


def _first(rejected: Callable[[float], bool], centre: float, unit: float, most: float = _WIDEST) -> float | None:
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
