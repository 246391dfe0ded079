"""The mean of paired differences: whether it is nothing, how large it may be, and whether it is too small to matter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy import special

from sandbox.experiment.analysis.cluster_sums import (
    BOOTSTRAPPED,
    PLAIN,
    Bootstrap,
    ClusterSums,
    Floats,
    OutcomeScale,
    first_rejected,
    flipped,
    over_errors,
    share_of_hits,
)
from sandbox.experiment.multiplicity import ALPHA
from sandbox.experiment.whatif.difference import score, student_quantile, student_tail

DRAWS = 4_999
"""Draws of the permutation test, where there are too many sign flips to go through all, and of the bootstrap."""
FINE_DRAWS = 10 * DRAWS
"""Draws of the test of what is too small to matter: a verdict hangs on its p, which Holm's method multiplies."""
_REACH = 1 + 0.8416 / 1.9600  # half an interval at 95%, and what 80% of power take beside it, in normal quantiles
_FARTHEST = 2.0**10  # the same of a share, where each step draws anew


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
        zero: whether no pair differs at all: the interval is then a bound for what was not seen, and p tells nothing.
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
    zero: bool = False

    @property
    def reach(self) -> float | None:
        """About the difference that so many pairs find in 80 of 100 experiments at 5%, by the width of the interval."""
        if self.zero or self.low is None or self.high is None or self.high <= self.low:
            return None
        return (self.high - self.low) / 2 * _REACH

    @property
    def sure(self) -> bool:
        """Whether its interval leaves out nothing at all."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    @property
    def clear(self) -> bool:
        """Whether both its interval and its p tell it from nothing."""
        return self.sure and self.p_permutation < ALPHA

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
    sums = ClusterSums.of(differences, clusters, scale)
    by_flips, least = flipped(sums.sums[None], rng, draws)
    p = float(by_flips[0])
    test = Bootstrap(sums, rng, draws)
    low, high = sums.by_student() if sums.by_t else test.interval()
    if spread is None:
        spread = sums.deviation
    known = spread > 1e-9  # below it is what is left of rounding
    d, d_low, d_high = (value / spread if known and value is not None else None for value in (sums.mean, low, high))
    by_bootstrap = None if sums.by_t else test.p(-sums.mean)
    zero = sums.constant and abs(sums.mean) < 1e-12 and sums.pairs > 1
    return Pair(
        sums.mean, low, high, p, by_bootstrap, d, d_low, d_high, sums.pairs, sums.clusters, least, zero=zero
    )  # fmt: skip


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
    sums = ClusterSums.of(differences, clusters, scale)
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
    p = max(share_of_hits(~(drawn < above - 1e-9)), share_of_hits(~(drawn > below + 1e-9)))
    if not sums.by_t:
        return p
    return max(p, student_tail((smallest - abs(sums.mean)) / sums.error_by_t, sums.clusters - 1))


def _drawn(sums: ClusterSums, rng: np.random.Generator, draws: int) -> Floats:
    """Return t of clusters drawn anew with replacement."""
    chosen = rng.integers(0, sums.clusters, (draws, sums.clusters))
    total, size = sums.sums[chosen], sums.sizes[chosen]
    means = total.sum(axis=1) / size.sum(axis=1)
    errors = np.sqrt(((total - size * means[:, None]) ** 2).sum(axis=1)) / size.sum(axis=1)
    return over_errors(means - sums.mean, errors)


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
    left = ClusterSums.of(part - share * whole, clusters)
    if left.constant or left.error == 0:
        return Share(share, share, share) if left.constant and left.clusters > 2 else None
    if left.clusters < 3:
        return None
    unit = left.error / abs(float(whole.mean()))
    test = Bootstrap(left, drawn, draws, ClusterSums.of(whole, clusters).sums)

    def bound(side: int) -> float | None:
        def rejected(errors: float) -> bool:
            if left.clusters < BOOTSTRAPPED:
                away = ClusterSums.of(part - (share + side * errors * unit) * whole, clusters)
                return abs(away.mean) > student_quantile(1 - ALPHA / 2, away.clusters - 1) * away.error_by_t
            p = test.p(side * errors * unit)
            return p is not None and p < ALPHA

        return first_rejected(rejected, share, side * unit, most=_FARTHEST)

    low, high = bound(-1), bound(1)
    return None if low is None or high is None else Share(share, low, high)
