"""What a country came to, in a few numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sandbox.diffusion.spread import Course

_HALF = 0.5


def figures_of_course(course: Course) -> Mapping[str, float | None]:
    """Return what a country came to at its end.

    ``spread_form`` and ``spread_substance`` are shares of its places; ``spread_gap`` is the first less the second;
    ``spread_half`` the first period in which half of the places had it in form, None where that never came;
    ``spread_equality`` is `equality` between places of the highest level in the share that has it in substance.
    """
    form, substance = float(course.form[-1]), float(course.substance[-1])
    reached = np.flatnonzero(course.form >= _HALF)
    return {
        "spread_form": form,
        "spread_substance": substance,
        "spread_gap": form - substance,
        "spread_half": float(reached[0]) if len(reached) else None,
        "spread_equality": equality(course.substance_by_province[-1]),
    }


def equality(shares: np.ndarray) -> float | None:
    """Return 1 less the Gini coefficient of shares: 1 where all are alike, near 0 where a single one has everything.

    Args:
        shares: one a province, each 0 or more.

    Returns:
        None where there is one alone, or nothing to share.
    """
    total, count = float(np.sum(shares, dtype=np.float64)), len(shares)
    if count < 2 or total <= 0:
        return None
    ranked = np.sort(shares.astype(np.float64))
    gini = 2 * float(np.arange(1, count + 1) @ ranked) / (count * total) - (count + 1) / count
    return 1 - gini
