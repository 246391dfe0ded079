"""The agreement of a panel's judges on the sessions of an experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import krippendorff
import numpy as np
import numpy.typing as npt

Votes = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Levels by session, outcome and judge."""
_DOMAIN = np.arange(2, 11) / 2  # levels 1 to 5; halves come from a judge with several votes
_RESAMPLES = 499
_FEWEST = 10  # fewest sessions for an interval of alpha


@dataclass(frozen=True)
class PanelAgreement:
    """The agreement of a panel on an outcome.

    Args:
        outcome: the outcome.
        sessions: number of sessions with levels by two judges or more.
        judges: mean level of each judge over these sessions.
        alpha: Krippendorff's alpha for ordinal levels: 1 for full agreement, 0 for agreement by chance, below 0 for
            less; None if all levels are the same.
        low: lower bound of its 95% interval, by bootstrap over sessions; None for fewer than ten sessions, or if
            resamples mostly have no alpha.
        high: upper bound, likewise.
    """

    outcome: str
    sessions: int
    judges: Mapping[str, float]
    alpha: float | None
    low: float | None = None
    high: float | None = None


def agreement(votes: Votes, sessions: Sequence[str], outcome: str, rng: np.random.Generator) -> PanelAgreement | None:
    """Return the agreement of a panel on an outcome in some sessions; None if none has levels by two judges."""
    held = [votes.get(session, {}).get(outcome, {}) for session in sessions]
    held = [levels for levels in held if len(levels) > 1]
    if not held:
        return None
    judges = sorted({judge for levels in held for judge in levels})
    means = {judge: float(np.mean([levels[judge] for levels in held if judge in levels])) for judge in judges}
    counts = np.array([[list(levels.values()).count(level) for level in _DOMAIN] for levels in held])
    alpha = _alpha(counts)
    low = high = None
    if alpha is not None and len(held) >= _FEWEST:
        drawn = [_alpha(counts[rng.integers(0, len(held), len(held))]) for _ in range(_RESAMPLES)]
        known = [value for value in drawn if value is not None]
        if len(known) > 0.9 * _RESAMPLES:
            low, high = map(float, np.quantile(known, [0.025, 0.975]))
    return PanelAgreement(outcome, len(held), means, alpha, low, high)


def _alpha(counts: npt.NDArray[np.int_]) -> float | None:
    used = counts.sum(axis=0) > 0
    if used.sum() < 2:
        return None
    return float(
        krippendorff.alpha(
            value_counts=counts[:, used], value_domain=_DOMAIN[used], level_of_measurement="ordinal"
        )
    )  # fmt: skip
