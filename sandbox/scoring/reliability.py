"""How far a judge can be trusted: agreement with a gold set, with itself, and under probes that keep the meaning.

Needs the ``lab`` extra: import it late.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from sandbox.errors import InputError
from sandbox.scoring.intervals import Comparison, compare, share
from sandbox.scoring.judge import Status
from sandbox.scoring.trust import Agreement, Retest, Shift

__all__ = ["Rating", "agreement", "retest", "shift"]

_LEVELS = (1, 2, 3, 4, 5)
_WITH_LEVEL = ("supported", "unsupported")


@dataclass(frozen=True)
class Rating:
    """What a judge, or a panel, made of one gold item.

    Args:
        item: the item's id.
        gold: its known level, 1 to 5.
        level: the judge's level, 1 to 5 in steps of 0.5; None without one, which never counts as any level.
        status: as in `sandbox.scoring.judge.Status`; only ``supported`` and ``unsupported`` have a level.

    Raises:
        InputError: a level off the scale, or one that does not go with the status.
    """

    item: str
    gold: int
    level: float | None
    status: str

    def __post_init__(self) -> None:
        if self.gold not in _LEVELS:
            raise InputError(f"item '{self.item}': gold level {self.gold} is not one of 1 to 5")
        if self.status not in get_args(Status):
            raise InputError(f"item '{self.item}': status '{self.status}' is not one of {', '.join(get_args(Status))}")
        if self.level is not None and not (1 <= self.level <= 5 and 2 * self.level % 1 == 0):
            raise InputError(f"item '{self.item}': level {self.level} is not from 1 to 5 in steps of 0.5")
        if (self.level is not None) != (self.status in _WITH_LEVEL):
            raise InputError(f"item '{self.item}': status '{self.status}' does not go with level {self.level}")


def agreement(ratings: Iterable[Rating], seed: int = 1, resamples: int = 2000) -> Agreement:
    """Compare a judge with a gold set; the ratings are one an item, in any order.

    Coefficients and means have bootstrap intervals over items (``seed``, and ``resamples``: how many samples it draws),
    shares have Wilson's; see `sandbox.scoring.intervals`.

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


def retest(first: Iterable[Rating], second: Iterable[Rating], seed: int = 1, resamples: int = 2000) -> Retest:
    """Compare two runs over the same items, in any order; seed and resamples are the bootstrap's.

    Raises:
        InputError: an item is rated twice in a run, is in one run only, or has two gold levels.
    """
    pairs, comparison, changes = _compared(first, second, seed, resamples)
    one_sided = sum((before.level is None) != (after.level is None) for before, after in pairs)
    same, unequal = share(changes.count(0), len(changes)), share(one_sided, len(pairs))
    size, kappa = comparison.mean_absolute_difference, comparison.kappa
    return Retest(len(pairs), len(changes), same, size, kappa, level_in_one=unequal)


def shift(base: Iterable[Rating], probed: Iterable[Rating], seed: int = 1, resamples: int = 2000) -> Shift:
    """Compare ratings of items as they are with ratings of the same items after a change that keeps their meaning.

    A judge's level wanders by itself as well: read it beside a `retest`, which has the same arguments and errors.
    """
    pairs, comparison, changes = _compared(base, probed, seed, resamples)
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
        raise InputError(f"items with more than one rating: {', '.join(sorted(twice))}")
    return {rating.item: rating for rating in ratings}


def _compared(
    first: Iterable[Rating], second: Iterable[Rating], seed: int, resamples: int
) -> tuple[list[tuple[Rating, Rating]], Comparison, list[float]]:
    """Return two runs item by item, their comparison, and the distance between both levels of each rated item."""
    here, there = _by_item(first), _by_item(second)
    alone = [f"{item} (first only)" for item in here.keys() - there.keys()]
    alone += [f"{item} (second only)" for item in there.keys() - here.keys()]
    if alone:
        raise InputError(f"items that are not in both runs: {', '.join(sorted(alone))}")
    apart = [item for item in here if here[item].gold != there[item].gold]
    if apart:
        raise InputError(f"items whose gold level differs between both runs: {', '.join(sorted(apart))}")
    pairs = [(before, there[item]) for item, before in here.items()]
    levels = [(before.level, after.level) for before, after in pairs]
    comparison = compare([after for _, after in levels], [before for before, _ in levels], seed, resamples)
    changes = [abs(after - before) for before, after in levels if before is not None and after is not None]
    return pairs, comparison, changes


def _confusion(items: Iterable[Rating]) -> tuple[tuple[int, ...], ...]:
    table = [[0] * len(_LEVELS) for _ in range(len(_LEVELS) + 1)]
    for rating in items:
        row = len(_LEVELS) if rating.level is None else _whole(rating.level) - 1
        table[row][rating.gold - 1] += 1
    return tuple(tuple(row) for row in table)


def _whole(level: float) -> int:
    return math.ceil(level) if level < 3 else math.floor(level)
