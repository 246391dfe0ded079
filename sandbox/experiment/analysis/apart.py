"""Where the two assessments pull apart over the sessions of an experiment: from above (H) and from the side (P)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sandbox.experiment.analysis.pairs import DRAWS, Floats, Pair, test_pair
from sandbox.experiment.power import CLUSTERED

ABOVE, BESIDE = "hierarchical", "horizontal"
_FEWEST = 6  # sessions below which nothing is said about how H and P go together


@dataclass(frozen=True)
class Apart:
    """H and P under one arm.

    Args:
        sessions: those that have both.
        above: mean of H.
        beside: mean of P.
        gap: mean of H less P; its clusters are cases, or blocks where there are fewer than six cases.
        together: rank correlation of H and P over sessions within cases, from -1 (what one side praises the other
            faults) to 1; None where it has no value, or for fewer than six sessions.
        p: two-sided p of that correlation, by shuffling P within cases; None where there is none.
    """

    arm: str
    sessions: int
    above: float
    beside: float
    gap: Pair
    together: float | None
    p: float | None


def incompatibility(rows: Sequence[Mapping[str, Any]], rng: np.random.Generator) -> tuple[Apart, ...]:
    """Return for each arm how far H and P lie apart, and whether they go together; arms in the order of the rows.

    The sessions are all from one side, model or null; those without H or P are left out.
    """
    apart = []
    for arm in dict.fromkeys(str(row["arm"]) for row in rows):
        own = (row for row in rows if str(row["arm"]) == arm)
        both = [row for row in own if None not in (row["outcomes"].get(ABOVE), row["outcomes"].get(BESIDE))]
        if not both:
            continue
        above, beside = (
            np.array([row["outcomes"][name] for row in both], dtype=np.float64) for name in (ABOVE, BESIDE)
        )
        cases = np.array([str(row["scenario"]) for row in both])
        clusters = cases if len(set(cases)) >= CLUSTERED else np.array([str(row["block"]) for row in both])
        together, p = _together(above, beside, cases, rng)
        gap = test_pair(above - beside, clusters, rng=rng)
        apart.append(Apart(arm, len(both), float(above.mean()), float(beside.mean()), gap, together, p))
    return tuple(apart)


def _together(
    above: Floats, beside: Floats, cases: npt.NDArray[np.str_], rng: np.random.Generator
) -> tuple[float | None, float | None]:
    if len(above) < _FEWEST:
        return None, None
    from scipy import stats

    first, second = _centred(stats.rankdata(above), cases), _centred(stats.rankdata(beside), cases)
    size = float(np.sqrt(np.sum(first**2) * np.sum(second**2)))
    if size < 1e-9:
        return None, None
    shuffled = np.tile(second, (DRAWS, 1))
    for case in np.unique(cases):  # in one order, so that a seed gives the same p each time
        places = np.flatnonzero(cases == case)
        shuffled[:, places] = rng.permuted(shuffled[:, places], axis=1)
    found = float(first @ second) / size
    drawn = shuffled @ first / size
    return found, float((1 + np.sum(abs(drawn) >= abs(found) - 1e-9)) / (DRAWS + 1))


def _centred(values: Floats, cases: npt.NDArray[np.str_]) -> Floats:
    codes = np.unique(cases, return_inverse=True)[1]
    means: Floats = (np.bincount(codes, weights=values) / np.bincount(codes))[codes]
    return values - means
