"""Several tests at once: p by Holm's method, q by Benjamini and Hochberg, and how small q could have become."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

ALPHA = 0.05
"""The level of all tests."""


@dataclass(frozen=True)
class LeastQ:
    """How small q could have become.

    Args:
        p_least: the least p that any of the tests can give.
        alone: the least q of a test if it alone stands out.
        together: how many tests must stand out together for q below 5%; more than ``count`` if that cannot happen.
        count: the number of tests.
    """

    p_least: float
    alone: float
    together: int
    count: int

    @property
    def never(self) -> bool:
        """Whether q could not have fallen below 5%, whatever the results."""
        return self.together > self.count


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Return p adjusted by Holm's method; a test that could not be made (None) counts as one of the tests.

    Holm 1979, https://www.jstor.org/stable/4615733.
    """
    raw = [1.0 if value is None else float(value) for value in values]
    adjusted, highest = [1.0] * len(raw), 0.0
    for rank, place in enumerate(sorted(range(len(raw)), key=raw.__getitem__)):
        highest = max(highest, raw[place] * (len(raw) - rank))
        adjusted[place] = min(1.0, highest)
    return [None if value is None else p for value, p in zip(values, adjusted, strict=True)]


def false_discoveries(values: Sequence[float]) -> list[float]:
    """Return q of each test (Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x)."""
    if not values:
        return []
    from scipy import stats

    return [float(share) for share in stats.false_discovery_control(values)]


def reach(least: Sequence[float]) -> LeastQ:
    """Return how small q could have become, given the least p that each test can give.

    q is below 5% if, for some j, the j smallest p are all below j times 5% divided by the number of tests. No p is
    below the smallest of the least p.
    """
    count, lowest = len(least), min(least)
    return LeastQ(lowest, min(1.0, count * lowest), math.floor(count * lowest / ALPHA) + 1, count)
