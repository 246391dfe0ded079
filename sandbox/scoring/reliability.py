"""How far a judge can be trusted: agreement with a gold set, with itself, and under probes that keep the meaning.

Needs the ``lab`` extra: import it late.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from sandbox.errors import InputError
from sandbox.scoring.intervals import compare, share
from sandbox.scoring.judge import Status
from sandbox.scoring.trust import Agreement, Interval, Retest, Shift, is_reliable

__all__ = [
    "Agreement", "Interval", "Rating", "Retest", "Shift", "agreement", "reliable", "retest", "shift",
]  # fmt: skip

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
    """Compare a judge with a gold set.

    Coefficients and means have bootstrap intervals over items, shares have Wilson's (see `sandbox.scoring.intervals`).

    Args:
        ratings: one an item, in any order.
        seed: seed of the bootstrap.
        resamples: samples that it draws.

    Raises:
        InputError: an item is rated twice.
    """
    items = list(_by_item(ratings).values())
    found = compare([one.level for one in items], [one.gold for one in items], seed, resamples)
    errors = [abs(one.level - one.gold) for one in items if one.level is not None]
    states = Counter(one.status for one in items)
    return Agreement(
        items=len(items),
        rated=len(errors),
        kappa=found.kappa,
        alpha=found.alpha,
        mean_error=found.mean_difference,
        mean_absolute_error=found.mean_absolute_difference,
        exact=_share_of(errors, lambda error: error == 0),
        within_one=_share_of(errors, lambda error: error <= 1),
        confusion=_confusion(items),
        verified=share(states["supported"], len(errors)),
        cannot_tell=share(states["cannot_tell"], len(items)),
        failed=share(states["failed"], len(items)),
    )


def retest(first: Iterable[Rating], second: Iterable[Rating], seed: int = 1, resamples: int = 2000) -> Retest:
    """Compare two runs over the same items.

    Args:
        first: ratings of one run.
        second: ratings of the other, in any order.
        seed: seed of the bootstrap.
        resamples: samples that it draws.

    Raises:
        InputError: an item is rated twice in a run, is in one run only, or has two gold levels.
    """
    pairs = _pair(first, second)
    found = compare([after.level for _, after in pairs], [before.level for before, _ in pairs], seed, resamples)
    changes = _changes(pairs)
    one_sided = sum((before.level is None) != (after.level is None) for before, after in pairs)
    return Retest(
        items=len(pairs),
        rated=len(changes),
        same=_share_of(changes, lambda change: change == 0),
        mean_absolute_difference=found.mean_absolute_difference,
        kappa=found.kappa,
        level_in_one=share(one_sided, len(pairs)),
    )


def shift(base: Iterable[Rating], probed: Iterable[Rating], seed: int = 1, resamples: int = 2000) -> Shift:
    """Compare ratings of items as they are with ratings of the same items after a change that keeps their meaning.

    A judge's level wanders by itself as well: read it beside a `retest`.

    Args:
        base: ratings of the items as they are.
        probed: ratings of the changed items, under the same ids, in any order.
        seed: seed of the bootstrap.
        resamples: samples that it draws.

    Raises:
        InputError: an item is rated twice in a run, is in one run only, or has two gold levels.
    """
    pairs = _pair(base, probed)
    found = compare([after.level for _, after in pairs], [before.level for before, _ in pairs], seed, resamples)
    changes = _changes(pairs)
    answered = ("cannot_tell", *_WITH_LEVEL)
    unsure = [
        (before.status == "cannot_tell", after.status == "cannot_tell")
        for before, after in pairs
        if before.status in answered and after.status in answered
    ]
    return Shift(
        items=len(pairs),
        rated=len(changes),
        mean_change=found.mean_difference,
        unchanged=_share_of(changes, lambda change: change == 0),
        largest_change=max(changes, default=None),
        became_cannot_tell=share(unsure.count((False, True)), len(unsure)),
        ceased_cannot_tell=share(unsure.count((True, False)), len(unsure)),
    )


def reliable(found: Agreement, threshold: float) -> bool:
    """Return whether a judge's levels may be used, by its kappa (`sandbox.scoring.trust.is_reliable`).

    Args:
        found: the agreement with the gold set.
        threshold: the least kappa.
    """
    return is_reliable(found.kappa, threshold)


def _by_item(ratings: Iterable[Rating]) -> dict[str, Rating]:
    given = list(ratings)
    twice = [item for item, count in Counter(one.item for one in given).items() if count > 1]
    if twice:
        raise InputError(f"items with more than one rating: {', '.join(sorted(twice))}")
    return {one.item: one for one in given}


def _pair(first: Iterable[Rating], second: Iterable[Rating]) -> list[tuple[Rating, Rating]]:
    here, there = _by_item(first), _by_item(second)
    alone = [f"{item} (first only)" for item in here.keys() - there.keys()]
    alone += [f"{item} (second only)" for item in there.keys() - here.keys()]
    if alone:
        raise InputError(f"items that are not in both runs: {', '.join(sorted(alone))}")
    apart = [item for item in here if here[item].gold != there[item].gold]
    if apart:
        raise InputError(f"items whose gold level differs between both runs: {', '.join(sorted(apart))}")
    return [(one, there[item]) for item, one in here.items()]


def _changes(pairs: Iterable[tuple[Rating, Rating]]) -> list[float]:
    return [
        abs(after.level - before.level)
        for before, after in pairs
        if before.level is not None and after.level is not None
    ]


def _share_of(values: Sequence[float], holds: Callable[[float], bool]) -> Interval:
    return share(sum(holds(value) for value in values), len(values))


def _confusion(items: Iterable[Rating]) -> tuple[tuple[int, ...], ...]:
    table = [[0] * len(_LEVELS) for _ in range(len(_LEVELS) + 1)]
    for one in items:
        row = len(_LEVELS) if one.level is None else _whole(one.level) - 1
        table[row][one.gold - 1] += 1
    return tuple(tuple(row) for row in table)


def _whole(level: float) -> int:
    return math.ceil(level) if level < 3 else math.floor(level)
