"""A mean paired difference with its 95% interval, and its verdict; works without the ``lab`` extra."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist, fmean
from typing import Literal

from sandbox.experiment.multiplicity import ALPHA, holm

Verdict = Literal["more", "less", "small", "alone", "same", "open"]
FEWEST = 5
"""With fewer pairs there is no interval."""
FEW_DIFFER = 6
"""Fewer differences other than 0, if they are fewer than half, do not show how far one might go."""
_Z = NormalDist().inv_cdf(1 - ALPHA / 2)
_STEPS = 60  # bisections, for a bound as exact as a float


@dataclass(frozen=True)
class Difference:
    """A mean paired difference, the other arm less as it was, in the outcome's unit.

    Args:
        estimate: the mean; None without pairs.
        low: lower bound of its 95% interval; None below `FEWEST` pairs.
        high: upper bound, likewise.
        p: two-sided p of no difference; 1 without an interval.
        pairs: number of pairs.
        alike: whether all differences are the same; the interval is then Wilson's or Tango's for events never seen.
    """

    estimate: float | None
    low: float | None
    high: float | None
    p: float
    pairs: int
    alike: bool = False

    @property
    def clear(self) -> bool:
        """Whether the interval excludes 0, without regard to other figures."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    def within(self, smallest: float) -> bool:
        """Return whether the whole interval is closer to 0 than ``smallest``."""
        return self.low is not None and self.high is not None and -smallest < self.low and self.high < smallest


def difference(
    pairs: Sequence[tuple[float, float]], *, yes_no: bool = False, widest: float | None = None
) -> Difference:
    """Return the mean paired difference of two arms, with a 95% interval from `FEWEST` pairs on.

    For ``yes_no`` outcomes it is the score interval of Tango (1998,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B), fit for small samples and rare differences
    (Fagerland, Lydersen and Laake 2014, doi:10.1002/sim.6148), with McNemar's p; for others Student's t of the
    differences (Student 1908, doi:10.1093/biomet/6.1.1). If many pairs do not differ, t relies too much on the few that
    do; so one pair each way, with the largest difference seen, is added by the share of pairs without difference, as
    Bonett and Price (2012, doi:10.3102/1076998611411915) add two pairs for yes and no. Equal differences have no
    spread, and a few show little of it (see `FEW_DIFFER`): the interval then is no narrower than if the share of unseen
    pairs is up to Wilson's bound for none of n (Wilson 1927, doi:10.1080/01621459.1927.10502953), each different by 1
    or by the range of the outcome, if that is more.

    Coverage with rules-only continuations: ``tests/experiment/test_whatif_simulation.py``. ``pairs`` has the outcome
    in each pair, as it was and in the other arm; ``widest`` bounds the interval, None for no bound.
    """
    n = len(pairs)
    if not n:
        return Difference(None, None, None, 1.0, 0)
    changes = [other - was for was, other in pairs]
    mean, alike = fmean(changes), n > 1 and max(changes) - min(changes) < 1e-12
    if n < FEWEST:
        return Difference(mean, None, None, 1.0, n, alike)
    if yes_no:
        more, less = (sum(1 for change in changes if change * side > 0) for side in (1, -1))
        p = 2 * NormalDist().cdf(-abs(more - less) / math.sqrt(more + less)) if more + less else 1.0
        return Difference(mean, *tango(more, less, n), p, n, alike)
    values = [value for pair in pairs for value in pair]
    reach = reach_of(changes, max(1.0, max(values) - min(values)))
    p = (2.0 ** (1 - n) if mean else 1.0) if alike else 2 * student_tail(abs(mean) / error_of(changes), n - 1)
    most = math.inf if widest is None else widest
    return Difference(mean, max(-most, mean - reach), min(most, mean + reach), p, n, alike)


def reach_of(changes: Sequence[float], largest: float) -> float:
    """Return the half-width of the 95% interval of a mean difference, as `difference` explains.

    ``changes`` are two or more; ``largest`` is the largest unseen difference, used if all are the same or few differ.
    """
    n, unseen = len(changes), 0.0
    alike = max(changes) - min(changes) < 1e-12
    if alike or sum(abs(change) >= 1e-12 for change in changes) < min(FEW_DIFFER, n / 2):
        unseen = _Z**2 / (n + _Z**2) * largest
    return unseen if alike else max(unseen, student_quantile(1 - ALPHA / 2, n - 1) * error_of(changes))


def error_of(changes: Sequence[float]) -> float:
    """Return the standard error of a mean difference, with up to two pairs added if many are 0 (see `difference`)."""
    n, mean, largest = len(changes), fmean(changes), max(map(abs, changes))
    added = 2 * sum(abs(change) < 1e-12 for change in changes) / n
    squares = sum((change - mean) ** 2 for change in changes) + added * (largest**2 + mean**2)
    return math.sqrt(squares / (n + added - 1) / (n + added))


def verdicts(differences: Sequence[Difference], smallest: Sequence[float]) -> list[Verdict]:
    """Return the verdicts on several differences together.

    If the whole interval is closer to 0 than the smallest difference that matters: ``small`` if it excludes 0, else
    ``same``. If not: ``more`` or ``less`` if p is below 5% after Holm's correction for all differences; ``alone`` if
    only the interval excludes 0; else ``open``. ``smallest`` has the smallest difference that matters for each, in its
    unit.
    """
    adjusted = holm([change.p for change in differences])
    return [
        _verdict(change, least, p is not None and p < ALPHA)
        for change, least, p in zip(differences, smallest, adjusted, strict=True)
    ]


def _verdict(change: Difference, smallest: float, holds: bool) -> Verdict:
    if change.estimate is None or change.low is None:
        return "open"
    if change.within(smallest):
        return "small" if change.clear else "same"
    if not holds:
        return "alone" if change.clear else "open"
    return "more" if change.estimate > 0 else "less"


def tango(more: int, less: int, n: int) -> tuple[float, float]:
    """Return Tango's 95% score interval for a paired difference of shares.

    Of ``n`` pairs, ``more`` have yes in the second value only, and ``less`` in the first only.
    """

    def bound(side: float) -> float:
        return _edge(lambda delta: abs(score(more, less, n, delta)) <= _Z, (more - less) / n, side)

    return bound(-1.0), bound(1.0)


def score(more: int, less: int, n: int, delta: float) -> float:
    """Return Tango's score of a difference ``delta``, standard normal if that is the true one."""
    b = -more - less + (2 * n - more + less) * delta
    c = -less * delta * (1 - delta)
    lesser = (math.sqrt(max(b * b - 8 * n * c, 0.0)) - b) / (4 * n)
    variance = n * (2 * lesser + delta * (1 - delta))
    gap = more - less - n * delta
    if variance <= 0:
        return 0.0 if abs(gap) < 1e-12 else math.copysign(math.inf, gap)
    return gap / math.sqrt(variance)


def _edge(holds: Callable[[float], bool], inside: float, outside: float) -> float:
    """Return, by bisection, the value between ``inside`` and ``outside`` from which on a condition does not hold."""
    if holds(outside):
        return outside
    for _ in range(_STEPS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if holds(middle) else (inside, middle)
    return inside


def student_tail(t: float, freedom: int) -> float:
    """Return the probability above ``t`` (0 or more) of Student's distribution with whole degrees of freedom.

    By the finite series of Abramowitz and Stegun (1964, 26.7.3 and 26.7.4).
    """
    angle = math.atan2(t, math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for place in range(2 + odd, freedom - 1, 2):
        term *= cosine * cosine * (place - 1) / place
        total += term
    within = 2 / math.pi * (angle + sine * total) if odd else sine * total
    return max(0.0, (1 - within) / 2)


@lru_cache(maxsize=1024)
def student_quantile(share: float, freedom: int) -> float:
    """Return the quantile of Student's distribution for a share above 0.5, with whole degrees of freedom."""
    return _edge(lambda t: student_tail(t, freedom) > 1 - share, 0.0, 1e4)
