"""Shares in per cent, as they are read everywhere: halves are rounded up."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

NONE = "–"
"""The text for a missing figure."""
WHOLE = 9.95
"""Per cent from which there are no decimals."""
_LEAST, _NEXT_TO_ALL = 0.05, 99.95  # per cent; beyond them one decimal would read as 0% or 100%


def percent(share: float | None, against: float | None = None) -> str:
    """Return a share in per cent.

    ``against`` is a share, such as a bound, beside which it is read: the two do not read alike unless they are equal.
    """
    if share is None or math.isnan(share):
        return NONE
    if share < 0:
        text = percent(-share, None if against is None else abs(against))
        return f"> −{text[2:]}" if text[0] == "<" else f"< −{text[2:]}" if text[0] == ">" else f"−{text}"
    value = 100 * share
    if math.isclose(value, round(value), abs_tol=1e-9):
        return f"{value:.0f}%"
    if value < _LEAST or _NEXT_TO_ALL <= value < 100:
        return "< 0.1%" if value < _LEAST else "> 99.9%"
    alike = against is not None and half_up(value, 0) == half_up(100 * abs(against), 0)
    fine = alike or value < WHOLE or 99.5 <= value < 100
    return f"{half_up(value, 1 if fine else 0)}%"


def half_up(value: float, decimals: int = 0) -> Decimal:
    """Return a number of per cent with so many decimals; a half, as of 12.5, is rounded away from zero."""
    return Decimal(f"{value:.9f}").quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
