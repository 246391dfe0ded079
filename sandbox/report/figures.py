"""Numbers as they are read: the one form that shares, differences and chances have on all pages and in the terminal.

A share is in whole per cent. It has one decimal below ten, and wherever whole per cent would read as none, as all, or
as the share with which it is compared. Other figures have two decimals. A difference has a sign; a difference of
shares is in percentage points. Halves of shares are rounded up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from sandbox.content.words import Words
from sandbox.content.words.shares import NONE, WHOLE, half_up, percent
from sandbox.experiment.multiplicity import ALPHA
from sandbox.experiment.outcomes import outcome_of

__all__ = [
    "NONE", "chance", "change", "decimal", "end", "finer", "is_share", "least_chance", "measured", "missing", "percent",
    "points", "short", "signed",
]  # fmt: skip

_FINEST = 3  # decimals that are added at most
_INDEXES = frozenset({
    "hierarchical", "horizontal", "horizontal_beside_share", "horizontal_carried", "horizontal_carried_beside_share",
    "trust_residents", "self_sustaining", "speakers_evenness",
})  # fmt: skip


def is_share(outcome: str) -> bool:
    """Return whether an outcome is a share of something and not an index."""
    known = outcome_of(outcome)
    return known is not None and (known.low, known.high) == (0.0, 1.0) and outcome not in _INDEXES


def points(difference: float, *, sign: bool = True, fine: int = 0) -> str:
    """Return a difference of shares in percentage points, with a decimal below ten; ``fine`` adds decimals."""
    value = 100 * difference
    decimals = (0 if abs(value) >= WHOLE else 1) + fine
    if abs(value) < 0.5 * 10.0**-decimals:
        return "0"
    value = float(half_up(value, decimals))
    text = signed(value, decimals) if sign else decimal(abs(value), decimals)
    return text if fine else text.removesuffix(".0")


def change(outcome: str, difference: float, *, sign: bool = True, fine: int = 0) -> str:
    """Return a difference of an outcome: percentage points for a share, else two decimals; ``fine`` adds decimals."""
    if is_share(outcome):
        return points(difference, sign=sign, fine=fine)
    return signed(difference, 2 + fine) if sign else decimal(abs(difference), 2 + fine)


def finer(outcome: str, low: float | None, high: float | None) -> int:
    """Return how many more decimals than usual an interval needs so that its ends read differently."""
    if low is None or high is None or low == high:
        return 0
    unit = 100 if is_share(outcome) else 1
    wide, usual = unit * (high - low), _decimals(outcome, max(abs(low), abs(high)))
    return next((more for more in range(_FINEST) if wide >= 2 * 10.0 ** -(usual + more)), _FINEST)


def end(outcome: str, value: float, marks: Iterable[float] = (0.0,), fine: int = 0) -> str:
    """Return an end of an interval of differences, with ``fine`` decimals added, or more.

    It has as many as make it read as lying on the side on which it lies of each of some ``marks``, such as nothing at
    all; the other end and the difference need no more for that.
    """
    unit, usual, marks = 100 if is_share(outcome) else 1, _decimals(outcome, value), tuple(marks)

    def beside(more: int) -> bool:
        read = round(unit * value, usual + more)
        return all(_side(unit * value, unit * mark) == _side(read, unit * mark) for mark in marks)

    return change(outcome, value, fine=next(filter(beside, range(fine, _FINEST)), _FINEST))


def _decimals(outcome: str, value: float) -> int:
    """Return how many decimals a difference of an outcome usually has."""
    return 2 if not is_share(outcome) else 0 if 100 * abs(value) >= WHOLE else 1


def _side(value: float, mark: float) -> int:
    return 0 if math.isclose(value, mark, abs_tol=1e-9) else 1 if value > mark else -1


def decimal(value: float | None, decimals: int = 2) -> str:
    """Return a figure with a given number of decimals."""
    if value is None or math.isnan(value):
        return NONE
    near = abs(value) < 0.5 * 10.0**-decimals
    return f"{0 if near else value:.{decimals}f}".replace("-", "−")


def signed(value: float, decimals: int = 2) -> str:
    """Return a figure with its sign; zero has none."""
    text = decimal(value, decimals)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def short(value: float) -> str:
    """Return a figure with no more digits than it has, as on a scale."""
    return f"{value:g}".replace("-", "−")


def measured(value: float | None, label: Words, decimals: int = 2, name: str = "") -> str:
    """Return an indicator with its decimals, or the words that it is missing; with a ``name`` also why."""
    return missing(label, name) if value is None else decimal(value, decimals)


def missing(label: Words, name: str = "") -> str:
    """Return in words that a measure is missing, and with a ``name`` that there was nothing of that kind to count."""
    why = f"lacking.{name}"
    return label("missing", why=label(why)) if why in label else label("no_value")


def least_chance(p: float) -> str:
    """Return a lower bound of a probability: as `chance`, but with five decimals instead of "< 0.001"."""
    return f"{p:.5f}" if p < 0.001 else chance(p)


def chance(p: float | None) -> str:
    """Return a probability with three decimals, or as many as show on which side of 5% it lies."""
    if p is None or p < 0.001:
        return NONE if p is None else "< 0.001"
    texts = (f"{p:.{decimals}f}" for decimals in range(3, 8))
    return next((text for text in texts if (float(text) < ALPHA) is (p < ALPHA)), f"{p:g}")
