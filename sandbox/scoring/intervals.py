"""How far two columns of levels agree, item by item, each figure with a 95% interval; needs the ``lab`` extra."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.errors import InputError
from sandbox.scoring.trust import Interval

try:
    import krippendorff
    import numpy as np
    import numpy.typing as npt
    from scipy import special
except ImportError as error:
    raise InputError(
        "measuring a judge's reliability needs the lab extra; install it with: pip install 'governance-sandbox[lab]'"
    ) from error

__all__ = ["CONFIDENCE", "Comparison", "bootstrap_bounds", "compare", "figures", "share"]

CONFIDENCE = 0.95
_FEWEST = 2
_DEFINED = 0.95
_HALF_LEVELS = range(2, 11)
_NO_PAIR = (-1, -1)

Floats = npt.NDArray[np.float64]
Levels = Sequence[float | None]
Bounds = tuple[float | None, float | None]
Pair = tuple[int, int]


@dataclass(frozen=True)
class Comparison:
    """How far levels agree with a reference, over the items that have a level on both sides.

    Differences are of level minus reference, in levels; kappa is Cohen's with quadratic weights, alpha Krippendorff's
    for ordinal levels.
    """

    mean_difference: Interval
    mean_absolute_difference: Interval
    kappa: Interval
    alpha: Interval


def compare(levels: Levels, reference: Levels, seed: int, resamples: int) -> Comparison:
    """Compare levels with a reference, item by item.

    Half levels (medians of a panel) are taken as they are: quadratic weights are squared distances on the scale of nine
    half levels, so nothing is rounded, and whole levels give the usual kappa of five. Ordinal alpha goes by rank alone.
    Both are undefined where fewer than two items have both levels, or where neither side varies.

    Args:
        levels: levels from 1 to 5 in steps of 0.5, one an item; None without level.
        reference: the levels to compare with, of the same length.
        seed: seed of the resamples.
        resamples: how many to draw.
    """
    paired = [pair for pair in _pairs(levels, reference) if pair != _NO_PAIR]
    estimates, bounds = _estimates(paired), bootstrap_bounds(levels, reference, seed, resamples)
    intervals = [
        Interval(estimate, *((None, None) if estimate is None else bound), len(paired))
        for estimate, bound in zip(estimates, bounds, strict=True)
    ]
    return Comparison(*intervals)


def bootstrap_bounds(levels: Levels, reference: Levels, seed: int, resamples: int) -> list[Bounds]:
    """Return the bounds that `compare` finds, in the order of the fields of `Comparison`; its arguments are the same.

    Percentile bootstrap over items (Efron and Tibshirani 1993, chapter 13), those without a pair of levels among them,
    so that how many there are varies as well; its tails are widened for small samples, from 2.5% to
    ``Phi(sqrt(n / (n - 1)) * t(2.5%; n - 1))`` (Hesterberg 2015, "What teachers should know about the bootstrap"), as
    resamples of 15 items spread too little. Percentile and not BCa: BCa's acceleration has no value where leaving one
    item out leaves a coefficient undefined, nor its bias where all resamples agree, and it covered no better.

    How often the intervals hold the truth, by simulation (``tests/scoring/test_reliability_simulation.py``): 94 to 95%
    for a judge that answers at random, with 12 to 60 items; for kappa of a noisy judge 89% with 15 items and 93% with
    60. A good judge with rare gross errors is the hard case, 82% with 15 items and 85% with 60: a sample that has none
    of these errors cannot tell that there are some.
    """
    pairs = _pairs(levels, reference)
    n = sum(pair != _NO_PAIR for pair in pairs)
    if n < _FEWEST:
        return [(None, None)] * 4
    kinds = sorted(set(pairs))
    codes = np.array([kinds.index(pair) for pair in pairs])

    def statistic(drawn: npt.NDArray[np.int64], axis: int) -> Floats:
        samples = np.moveaxis(drawn, axis, -1)
        rows = np.arange(len(samples))[:, None] * len(kinds)
        counts = np.bincount((samples + rows).ravel(), minlength=len(samples) * len(kinds))
        return figures(counts.reshape(-1, len(kinds)).astype(np.float64), kinds)

    from scipy import stats

    generator = np.random.default_rng(seed)
    with warnings.catch_warnings():
        # Resamples that leave a coefficient undefined are left out below; SciPy would warn and give no interval.
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        bootstrap = stats.bootstrap(
            (codes,), statistic, n_resamples=resamples, vectorized=True, method="percentile", rng=generator
        )
    tail = float(special.ndtr(math.sqrt(n / (n - 1)) * special.stdtrit(n - 1, (1 - CONFIDENCE) / 2)))
    return [_percentiles(drawn[~np.isnan(drawn)], resamples, tail) for drawn in bootstrap.bootstrap_distribution]


def share(count: int, n: int) -> Interval:
    """Return a share with Wilson's score interval (Wilson 1927); None where there is nothing to have a share of.

    Not bootstrapped: resamples of 12 items that are all right are all right, which would make 12 of 12 a certainty;
    Wilson's interval for it goes down to 0.76. It covers well in small samples (Brown, Cai and DasGupta 2001).
    Bounds are given from two items on.
    """
    if n == 0:
        return Interval(None, None, None, 0)
    if n < _FEWEST:
        return Interval(count / n, None, None, n)
    from scipy import stats

    bounds = stats.binomtest(count, n).proportion_ci(CONFIDENCE, method="wilson")
    return Interval(count / n, float(bounds.low), float(bounds.high), n)


def figures(counts: Floats, kinds: Sequence[Pair]) -> Floats:
    """Return the figures of many samples at once; the libraries take one at a time, and seconds for a bootstrap.

    Kappa with quadratic weights is ``1 - sum d2 / sum e2``: squared distances of the pairs over those of all
    combinations of a level and a reference (Cohen 1968). Ordinal alpha is such a ratio of squared distances between
    mid-ranks among all 2n levels, since its distance, the sum of counts from one level to the other less half of both
    ends, is one of mid-ranks (Krippendorff 2011, "Computing Krippendorff's alpha-reliability"). All sums are of whole
    numbers, so that 0 and 1 are exact.

    Args:
        counts: how often each kind of pair is in a sample; shape (samples, kinds).
        kinds: (level, reference), each doubled to a whole number from 2 to 10; (-1, -1) for an item without both.

    Returns:
        Shape (4, samples), in the order of the fields of `Comparison`; NaN where undefined.
    """
    pairs = np.array(kinds, dtype=np.float64)
    level, reference = pairs[:, 0], pairs[:, 1]
    counts = counts * (level > 0)
    n = counts.sum(axis=-1)
    levels, references = counts @ level, counts @ reference
    squares = counts @ (level**2 + reference**2)
    varies = n * squares > levels**2 + references**2
    kappa = _ratio(n * (counts @ (level - reference) ** 2), n * squares - 2 * levels * references, varies)

    scale = np.array(_HALF_LEVELS)
    here, there = (level[:, None] == scale).astype(np.float64), (reference[:, None] == scale).astype(np.float64)
    pooled = counts @ (here + there)
    ranks = 2 * np.cumsum(pooled, axis=-1) - pooled
    distances = (counts * (ranks @ (here - there).T) ** 2).sum(axis=-1)
    spread = 2 * n * (pooled * ranks**2).sum(axis=-1) - (pooled * ranks).sum(axis=-1) ** 2
    alpha = _ratio((2 * n - 1) * distances, spread, varies)
    difference = _ratio(counts @ (level - reference), 2 * n, n > 0)
    return np.stack([difference, _ratio(counts @ abs(level - reference), 2 * n, n > 0), 1 - kappa, 1 - alpha])


def _pairs(levels: Levels, reference: Levels) -> list[Pair]:
    # Sorted, so that the same seed draws the same resamples in whatever order items come.
    return sorted(
        _NO_PAIR if level is None or known is None else (round(2 * level), round(2 * known))
        for level, known in zip(levels, reference, strict=True)
    )


def _estimates(paired: Sequence[Pair]) -> tuple[float | None, float | None, float | None, float | None]:
    if not paired:
        return None, None, None, None
    levels, reference = np.array(paired).T
    mean, size = float(np.mean(levels - reference)) / 2, float(np.mean(abs(levels - reference))) / 2
    if len(set(levels)) == len(set(reference)) == 1:
        return mean, size, None, None
    from sklearn.metrics import cohen_kappa_score

    kappa = cohen_kappa_score(levels, reference, labels=_HALF_LEVELS, weights="quadratic")
    alpha = krippendorff.alpha(np.array([levels, reference]), level_of_measurement="ordinal")
    return mean, size, float(kappa), float(alpha)


def _percentiles(drawn: Floats, resamples: int, tail: float) -> Bounds:
    if len(drawn) < _DEFINED * resamples:
        return None, None
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def _ratio(above: Floats, below: Floats, where: npt.NDArray[np.bool_]) -> Floats:
    ratio = np.full(np.shape(below), np.nan)
    np.divide(above, below, out=ratio, where=where)
    return ratio
