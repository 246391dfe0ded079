"""Figures of a judge's reliability: agreement with a gold set, with itself, and under probes that keep the meaning.

Needs the ``lab`` extra: import it late.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from sandbox.content.words import refusal
from sandbox.record.payloads import ScoreStatus
from sandbox.scoring.trust import Agreement, Interval, Retest, Shift

try:
    import numpy as np
    import numpy.typing as npt
    from scipy import special
except ImportError as error:
    raise refusal("rating_fault.no_lab") from error


_LEVELS = (1, 2, 3, 4, 5)
_STATUSES = get_args(ScoreStatus)
_WITH_LEVEL = ("supported", "unsupported")
_CONFIDENCE = 0.95
_FEWEST = 2  # items below which there is no interval
_DEFINED = 0.95  # share of resamples in which a figure has to be defined
_HALF_LEVELS = range(2, 11)
_NO_PAIR = (-1, -1)

Floats = npt.NDArray[np.float64]
Levels = Sequence[float | None]
Bounds = tuple[float | None, float | None]
Pair = tuple[int, int]


@dataclass(frozen=True)
class Rating:
    """The rating of one gold item by a judge or a panel.

    Args:
        item: id of the item.
        gold: its known level, 1 to 5.
        level: the judge's level, 1 to 5 in steps of 0.5; None without one, which never counts as any level.
        status: as in `sandbox.record.payloads.ScoreStatus`; only ``supported`` and ``unsupported`` have a level.

    Raises:
        InputError: a level is off the scale, or does not go with the status.
    """

    item: str
    gold: int
    level: float | None
    status: str

    def __post_init__(self) -> None:
        if self.gold not in _LEVELS:
            raise refusal("rating_fault.gold", item=self.item, gold=self.gold)
        if self.status not in _STATUSES:
            raise refusal("rating_fault.status", item=self.item, status=self.status, allowed=_STATUSES)
        if self.level is not None and not (1 <= self.level <= 5 and 2 * self.level % 1 == 0):
            raise refusal("rating_fault.level", item=self.item, level=self.level)
        if (self.level is not None) != (self.status in _WITH_LEVEL):
            raise refusal("rating_fault.together", item=self.item, status=self.status, level=self.level)


def agreement(ratings: Iterable[Rating], seed: int = 1, resamples: int = 2000) -> Agreement:
    """Compare a judge with a gold set; there is one rating per item, in any order.

    Coefficients and means have bootstrap intervals over items, from ``resamples`` samples drawn by ``seed``; shares
    have Wilson's (see `bootstrap_bounds` and `share`).

    Raises:
        InputError: an item is rated twice.
    """
    items = list(_by_item(ratings).values())
    comparison = compare([rating.level for rating in items], [rating.gold for rating in items], seed, resamples)
    errors = [abs(rating.level - rating.gold) for rating in items if rating.level is not None]
    statuses = Counter(rating.status for rating in items)
    return Agreement(
        items=len(items), rated=len(errors), kappa=comparison.kappa, alpha=comparison.alpha,
        mean_error=comparison.mean_difference, mean_absolute_error=comparison.mean_absolute_difference,
        exact=share(errors.count(0), len(errors)),
        within_one=share(sum(error <= 1 for error in errors), len(errors)),
        confusion=_confusion(items),
        verified=share(statuses["supported"], len(errors)),
        cannot_tell=share(statuses["cannot_tell"], len(items)),
        failed=share(statuses["failed"] + statuses["refused"], len(items)),
    )  # fmt: skip


def retest(first: Iterable[Rating], second: Iterable[Rating]) -> Retest:
    """Compare two runs over the same items, in any order.

    Raises:
        InputError: an item is rated twice in a run, is in one run only, or has different gold levels.
    """
    pairs, comparison, changes = _compared(first, second)
    one_sided = sum((before.level is None) != (after.level is None) for before, after in pairs)
    same, unequal = share(changes.count(0), len(changes)), share(one_sided, len(pairs))
    size, kappa = comparison.mean_absolute_difference, comparison.kappa
    return Retest(len(pairs), len(changes), same, size, kappa, level_in_one=unequal)


def shift(base: Iterable[Rating], probed: Iterable[Rating]) -> Shift:
    """Compare ratings of items with ratings of the same items after a change that keeps their meaning.

    A judge's levels also vary without any change: read it beside a `retest`, which raises the same errors.
    """
    pairs, comparison, changes = _compared(base, probed)
    answered = ("cannot_tell", *_WITH_LEVEL)
    unsure = [
        (before.status == "cannot_tell", after.status == "cannot_tell")
        for before, after in pairs
        if before.status in answered and after.status in answered
    ]
    return Shift(
        items=len(pairs),
        rated=len(changes),
        mean_change=comparison.mean_difference,
        unchanged=share(changes.count(0), len(changes)),
        largest_change=max(changes, default=None),
        became_cannot_tell=share(unsure.count((False, True)), len(unsure)),
        ceased_cannot_tell=share(unsure.count((True, False)), len(unsure)),
    )


def _by_item(ratings: Iterable[Rating]) -> dict[str, Rating]:
    ratings = list(ratings)
    twice = [item for item, count in Counter(rating.item for rating in ratings).items() if count > 1]
    if twice:
        raise refusal("rating_fault.twice", items=sorted(twice))
    return {rating.item: rating for rating in ratings}


def _compared(
    first: Iterable[Rating], second: Iterable[Rating]
) -> tuple[list[tuple[Rating, Rating]], Comparison, list[float]]:
    """Return two runs item by item, their comparison, and the distance between both levels of each rated item."""
    here, there = _by_item(first), _by_item(second)
    if alone := here.keys() ^ there.keys():
        raise refusal("rating_fault.alone", first=sorted(alone & here.keys()), second=sorted(alone & there.keys()))
    apart = [item for item in here if here[item].gold != there[item].gold]
    if apart:
        raise refusal("rating_fault.apart", items=sorted(apart))
    pairs = [(before, there[item]) for item, before in here.items()]
    levels = [(before.level, after.level) for before, after in pairs]
    comparison = compare([after for _, after in levels], [before for before, _ in levels])
    changes = [abs(after - before) for before, after in levels if before is not None and after is not None]
    return pairs, comparison, changes


def _confusion(items: Iterable[Rating]) -> tuple[tuple[int, ...], ...]:
    table = [[0] * len(_LEVELS) for _ in range(len(_LEVELS) + 1)]
    for rating in items:
        whole = math.ceil if rating.level is not None and rating.level < 3 else math.floor
        row = len(_LEVELS) if rating.level is None else whole(rating.level) - 1
        table[row][rating.gold - 1] += 1
    return tuple(tuple(row) for row in table)


@dataclass(frozen=True)
class Comparison:
    """The agreement of levels with a reference, over the items that have a level on both sides.

    Differences are level minus reference; kappa is Cohen's with quadratic weights, alpha Krippendorff's for ordinal
    levels.
    """

    mean_difference: Interval
    mean_absolute_difference: Interval
    kappa: Interval
    alpha: Interval


def compare(levels: Levels, reference: Levels, seed: int = 1, resamples: int = 2000) -> Comparison:
    """Compare levels with a reference, item by item.

    Half levels (medians of a panel) are not rounded: quadratic weights are squared distances on the scale of nine half
    levels, and whole levels give the usual kappa of five. Ordinal alpha goes by rank alone. Both are undefined if fewer
    than two items have both levels, or if neither side varies. Both arguments have a level per item, 1 to 5 in steps of
    0.5 or None; ``resamples`` is the number of bootstrap samples, drawn by ``seed``.
    """
    pairs = _pairs(levels, reference)
    n = sum(pair != _NO_PAIR for pair in pairs)
    estimates = figures(np.ones((1, len(pairs))), pairs)[:, 0] if n else [math.nan] * 4
    return Comparison(
        *(
            Interval(None, None, None, n) if math.isnan(estimate) else Interval(float(estimate), *bounds, n)
            for estimate, bounds in zip(estimates, bootstrap_bounds(levels, reference, seed, resamples), strict=True)
        )
    )


def bootstrap_bounds(levels: Levels, reference: Levels, seed: int, resamples: int) -> list[Bounds]:
    """Return the 95% bounds of the figures in `Comparison`, in order; the arguments are those of `compare`.

    Percentile bootstrap over all items (Efron and Tibshirani 1993, chapter 13), also those without a pair of levels, so
    that the number of pairs varies as well. Its tails are widened for small samples, from 2.5% to
    ``Phi(sqrt(n / (n - 1)) * t(2.5%; n - 1))`` (Hesterberg 2015, "What teachers should know about the bootstrap"), as
    resamples of 15 items spread too little. BCa is not used: its acceleration is undefined if a coefficient is without
    one of the items, its bias if all resamples agree, and it covered no better.

    Coverage by simulation (``tests/scoring/test_reliability_simulation.py``): 94 to 95% for a judge that answers at
    random, with 12 to 60 items; for kappa of a noisy judge 89% with 15 items and 93% with 60. The hard case is a good
    judge with rare gross errors, 82% with 15 items and 85% with 60: a sample without such errors cannot show them.
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
    tail = float(special.ndtr(math.sqrt(n / (n - 1)) * special.stdtrit(n - 1, (1 - _CONFIDENCE) / 2)))
    return [_percentiles(drawn[~np.isnan(drawn)], resamples, tail) for drawn in bootstrap.bootstrap_distribution]


def share(count: int, n: int) -> Interval:
    """Return a share with Wilson's score interval (Wilson 1927); no estimate if ``n`` is 0, no bounds if it is 1.

    Not bootstrapped: all resamples of 12 right items are right, which would make 12 of 12 a certainty; Wilson's lower
    bound is 0.76. It covers well in small samples (Brown, Cai and DasGupta 2001).
    """
    if n == 0:
        return Interval(None, None, None, 0)
    if n < _FEWEST:
        return Interval(count / n, None, None, n)
    from scipy import stats

    bounds = stats.binomtest(count, n).proportion_ci(_CONFIDENCE, method="wilson")
    return Interval(count / n, float(bounds.low), float(bounds.high), n)


def figures(counts: Floats, kinds: Sequence[Pair]) -> Floats:
    """Return the figures of many samples at once; libraries take one at a time, so a bootstrap would take seconds.

    Kappa with quadratic weights is ``1 - sum d2 / sum e2``: squared distances of the pairs over those of all
    combinations of a level and a reference (Cohen 1968). Ordinal alpha is such a ratio of squared distances between
    mid-ranks among all 2n levels, since its distance, the sum of counts from one level to the other less half of both
    ends, is one of mid-ranks (Krippendorff 2011, "Computing Krippendorff's alpha-reliability"). All sums are of whole
    numbers, so 0 and 1 are exact.

    Args:
        counts: the number of items of each kind in each sample; shape (samples, kinds).
        kinds: pairs (level, reference), doubled to whole numbers from 2 to 10; (-1, -1) for an item without both.

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


def _percentiles(drawn: Floats, resamples: int, tail: float) -> Bounds:
    if len(drawn) < _DEFINED * resamples:
        return None, None
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def _ratio(above: Floats, below: Floats, where: npt.NDArray[np.bool_]) -> Floats:
    ratio = np.full(np.shape(below), np.nan)
    np.divide(above, below, out=ratio, where=where)
    return ratio
