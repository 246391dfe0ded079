"""What is known of a judge, as it is computed, stored and shown; reading it needs no ``lab`` extra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

_FEWEST = 6  # items with a level
_LEAST_RATED = 0.8  # share of the items that need a level
_BELOW = 0.2  # how far the lower bound of kappa may lie below the threshold


@dataclass(frozen=True)
class Interval:
    """A figure and its 95% interval.

    A bootstrap whose resamples all give the same figure (a judge without a fault, or one that always answers the same)
    has an interval of no width: that is the method's limit and no certainty. The shares beside it, whose intervals
    are not bootstrapped, still say how little so many items can tell.

    Args:
        estimate: the figure; None where it is undefined.
        low: lower bound; None where there is no figure, where fewer than two items carry it, or where more than one
            resample in twenty leaves it undefined.
        high: upper bound; None where ``low`` is.
        n: the items that the figure rests on.
    """

    estimate: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class RatedItems:
    """How many items a comparison rests on.

    Args:
        items: the items put to the judge, in both runs where there are two.
        rated: those that got a level, in both runs where there are two.
    """

    items: int
    rated: int


@dataclass(frozen=True)
class Agreement(RatedItems):
    """How well a judge agrees with a gold set.

    Args:
        kappa: Cohen's kappa with quadratic weights over rated items; half levels are weighted as they are.
        alpha: Krippendorff's alpha for ordinal levels over rated items.
        mean_error: mean of level minus gold over rated items, in levels; positive where the judge is too kind.
        mean_absolute_error: mean distance from gold over rated items, in levels.
        exact: share of rated items with the gold level; a half level never is.
        within_one: share of rated items at most one level off.
        confusion: counts, six rows of five: the judge's level 1 to 5 and, last, none; by gold level 1 to 5. For the
            table alone, a half level counts as the whole one next to it on the side of 3.
        verified: share of rated items whose quote was found.
        cannot_tell: share of all items of which the judge could not tell.
        failed: share of all items with no usable answer.
    """

    kappa: Interval
    alpha: Interval
    mean_error: Interval
    mean_absolute_error: Interval
    exact: Interval
    within_one: Interval
    confusion: Annotated[
        tuple[Annotated[tuple[int, ...], Field(min_length=5, max_length=5)], ...], Field(min_length=6, max_length=6)
    ]
    verified: Interval
    cannot_tell: Interval
    failed: Interval


@dataclass(frozen=True)
class Retest(RatedItems):
    """How far two runs over the same items give the same.

    Args:
        same: share of rated items with the same level.
        mean_absolute_difference: mean distance between both levels, in levels.
        kappa: Cohen's kappa with quadratic weights between both runs.
        level_in_one: share of all items that got a level in one run and none in the other.
    """

    same: Interval
    mean_absolute_difference: Interval
    kappa: Interval
    level_in_one: Interval


@dataclass(frozen=True)
class Shift(RatedItems):
    """What a change that keeps the meaning (order of turns, names, length, politeness, form, language) does to levels.

    Args:
        mean_change: mean of the probed level minus the base level, in levels.
        unchanged: share of rated items whose level stayed the same.
        largest_change: the largest distance between both levels; None where none was rated twice. No interval: the
            bootstrap of a maximum is not consistent (Efron and Tibshirani 1993, section 7.4).
        became_cannot_tell: share of the items answered twice (with a level or ``cannot tell``) that lost their level.
        ceased_cannot_tell: share of the same items that gained one.
    """

    mean_change: Interval
    unchanged: Interval
    largest_change: float | None
    became_cannot_tell: Interval
    ceased_cannot_tell: Interval


def least_share(n: int) -> float:
    """Return the lower bound of Wilson's 95% interval for a share of ``n`` of ``n`` (Wilson 1927)."""
    return n / (n + 1.96**2)


Shortfall = Literal["kappa", "bound", "few", "no_level", "retest"]


def shortfalls(agreement: Agreement, retest: Retest, threshold: float) -> tuple[Shortfall, ...]:
    """Return the reasons why a judge may not be relied on; empty if it may.

    Args:
        agreement: with the gold set.
        retest: with itself.
        threshold: kappa that is asked for.

    Returns:
        ``few``: fewer than six items got a level, in one run or in both. ``no_level``: more than one item in five got
        none. ``kappa``: it is below the threshold. ``bound``: the lower bound of its interval is more than 0.2 below
        the threshold, not above 0, or not known. ``retest``: kappa between both runs is below the threshold too, so
        that the judge does not agree with itself.

    The bound allows for 13 criteria in two languages being tried at once: with the estimate alone, or a bound of 0, one
    of 26 would often be passed by chance. How often which judges pass is simulated in
    ``tests/benchmarks/reliability.py``.
    """
    kappa = agreement.kappa
    held: dict[Shortfall, bool] = {
        "few": min(agreement.rated, retest.rated) < _FEWEST,
        "no_level": agreement.rated < _LEAST_RATED * agreement.items,
        "kappa": kappa.estimate is None or kappa.estimate < threshold,
        "bound": kappa.low is None or kappa.low <= 0 or kappa.low < threshold - _BELOW,
        "retest": retest.kappa.estimate is not None and retest.kappa.estimate < threshold,
    }
    return tuple(name for name, short in held.items() if short)
