"""The mean of paired differences: its test, its interval, and a test of equivalence."""

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
"""Draws of the permutation test, if there are too many sign flips to enumerate, and of the bootstrap."""
FINE_DRAWS = 10 * DRAWS
"""Draws of the test of equivalence, finer since a verdict depends on its p, which Holm's method multiplies."""
_REACH = 1 + 0.8416 / 1.9600  # detectable difference at 80% power over half a 95% interval, in normal quantiles
_FARTHEST = 2.0**10  # standard errors beyond which the interval of a share counts as open


@dataclass(frozen=True)
class Pair:
    """A mean paired difference.

    Args:
        estimate: the mean difference, in the outcome's unit.
        low: lower bound of its 95% interval; None for too few clusters. ``high`` is the upper one.
        p_permutation: two-sided p by flipping the signs of clusters.
        p_bootstrap: two-sided p by the wild cluster bootstrap; None unless the interval is made by it.
        d: the estimate over the spread of sessions; None without spread, or if a rule that was compared sets it.
        d_low: the interval's lower bound over that spread, which is taken as known. ``d_high`` is the upper one.
        pairs: number of pairs.
        clusters: number of clusters.
        p_least: the least p possible with so many clusters.
        alike: whether all pairs differ by the same amount; there is then no interval, and p reflects only their number.
        zero: whether no pair differs at all: the interval is then a bound for what was not seen, and p tells nothing.
        unseen: whether some differ, but so few that the interval allows for others, as far as can be, that were not
            seen.
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
    unseen: bool = False

    @property
    def reach(self) -> float | None:
        """The difference found with about 80% power at 5%, from the width of the interval."""
        if self.zero or self.unseen or self.low is None or self.high is None or self.high <= self.low:
            return None
        return (self.high - self.low) / 2 * _REACH

    @property
    def sure(self) -> bool:
        """Whether its interval excludes 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    @property
    def clear(self) -> bool:
        """Whether both its interval and its p tell it from nothing."""
        return self.sure and self.p_permutation < ALPHA

    def within(self, widest: float) -> Pair:
        """Return it with its interval cut to differences of at most ``widest``."""
        if self.low is None or self.high is None or max(-self.low, self.high) <= widest:
            return self
        low, high = max(self.low, -widest), min(self.high, widest)
        d_low, d_high = self.d_low, self.d_high
        if d_low is not None and d_high is not None:
            d_low, d_high = (end * (d_high - d_low) / (self.high - self.low) for end in (low, high))
        return replace(self, low=low, high=high, d_low=d_low, d_high=d_high)


@dataclass(frozen=True)
class Share:
    """The ratio of one mean difference to another, with its 95% interval."""

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
    """Test a mean paired difference against 0, and return it with its interval.

    The test flips the signs of whole clusters, exact with up to 13 clusters, by ``draws`` flips above. The interval has
    the values that a wild cluster bootstrap-t does not reject at 5%: null imposed, Webb's six-point weights, which suit
    few clusters (Cameron, Gelbach and Miller 2008, doi:10.1162/rest.90.3.414; Webb 2023, doi:10.1111/caje.12661). Own
    code, since the bootstrap of ``pyfixest`` is that of ``wildboottest``, which has no intervals (a test holds both to
    the same p), and its randomisation test does not enumerate flips, flips no whole clusters, and takes a minute.

    Clusters without any difference would make the bootstrap too narrow: if there are any, the interval is that of
    `sandbox.experiment.whatif.difference`: Tango's for single pairs of yes and no, else Student's t of the clusters
    with Bonett and Price's added pairs. If all differ alike, or fewer than six and fewer than half differ, these do not
    show how far others may go: it is then that of `ClusterSums.beyond`. Else, with fewer than six clusters, it is
    Student's t as well: the bootstrap then has too few weights, lies off centre, and is a third wider.

    Args:
        differences: the differences in the outcome's unit, one per pair.
        clusters: the name of each one's cluster, such as its scenario.
        rng: the generator of flips and weights.
        scale: the scale of the differences.
        spread: standard deviation of sessions, for ``d``; None for that of the differences.
        draws: number of flips and weights.

    Raises:
        InputError: there are no differences, one is not finite, or the lengths differ.
    """
    sums = ClusterSums.of(differences, clusters, scale)
    by_flips, least = flipped(sums.sums[None], rng, draws)
    p = float(by_flips[0])
    test = Bootstrap(sums, rng, draws)
    low, high = sums.by_student() if sums.by_t else test.interval()
    if spread is None:
        spread = sums.deviation
    known = spread > 1e-9  # less is rounding
    d, d_low, d_high = (value / spread if known and value is not None else None for value in (sums.mean, low, high))
    by_bootstrap = None if sums.by_t else test.p(-sums.mean)
    zero = sums.constant and abs(sums.mean) < 1e-12 and sums.pairs > 1
    return Pair(
        sums.mean, low, high, p, by_bootstrap, d, d_low, d_high, sums.pairs, sums.clusters, least, zero=zero,
        unseen=sums.few_differ and not sums.constant,
    )  # fmt: skip


def equivalence(
    differences: npt.ArrayLike, clusters: npt.ArrayLike, smallest: float, *, rng: np.random.Generator,
    scale: OutcomeScale = PLAIN, draws: int = FINE_DRAWS,
) -> float:  # fmt: skip
    """Return p of the claim that a mean difference is too small to matter, by two one-sided tests (TOST).

    One is against ``-smallest`` and one against ``smallest``; the larger p counts (Schuirmann 1987,
    doi:10.1007/BF01068419). Both compare t with that of clusters drawn with replacement, since one-sided tests are
    sensitive to skew, which this bootstrap-t reproduces (Hall 1988, doi:10.1214/aos/1176350933) and the symmetric
    weights of `test_pair` do not. If the interval is by t, p is at least that of t.

    Single pairs of yes and no are tested by Tango's score and, if all that differ do so one way, by the binomial too
    (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404). If all others differ alike, or fewer than six and fewer
    than half differ, p is that of `ClusterSums.beyond`, as the interval is, and at least 2^-n. With n alike at 0 it is
    (1 - share)^n, where the share is that of unseen clusters, each as far off as possible, that would make it matter.
    Arguments and errors are those of `test_pair`. ``smallest`` is the smallest difference that matters, above 0.
    """
    sums = ClusterSums.of(differences, clusters, scale)
    if abs(sums.mean) >= smallest:
        return 1.0
    if sums.yes_no:
        more, less, n = sums.more, sums.less, sums.pairs
        normal = NormalDist()
        p = max(normal.cdf(score(more, less, n, smallest)), normal.cdf(-score(more, less, n, -smallest)))
        return p if more and less else max(p, float(special.bdtr(more + less, n, smallest)))
    if sums.few_differ:
        return max(0.5**sums.clusters, sums.beyond(smallest), sums.beyond(-smallest))
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
    """Return t of clusters drawn with replacement."""
    chosen = rng.integers(0, sums.clusters, (draws, sums.clusters))
    total, size = sums.sums[chosen], sums.sizes[chosen]
    means = total.sum(axis=1) / size.sum(axis=1)
    errors = np.sqrt(((total - size * means[:, None]) ** 2).sum(axis=1)) / size.sum(axis=1)
    return over_errors(means - sums.mean, errors)


def share_of(
    parts: npt.ArrayLike, wholes: npt.ArrayLike, clusters: npt.ArrayLike, *, rng: np.random.Generator,
    draws: int = DRAWS,
) -> Share | None:  # fmt: skip
    """Return the ratio of the mean of ``parts`` to that of ``wholes``, with its 95% interval; None without one.

    The interval has every ratio ``r`` for which the bootstrap of `test_pair`, or Student's t for few clusters, does not
    tell the mean of ``parts`` less ``r`` times ``wholes`` from 0 (Fieller 1954,
    doi:10.1111/j.2517-6161.1954.tb00159.x). If the mean of ``wholes`` may be 0, it is open and None is returned. Other
    arguments and errors are those of `test_pair`.
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
