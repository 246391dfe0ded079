"""Means of an arm with their intervals: Wilson's score of a share, else those of `test_pair`."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np

from sandbox.experiment.analysis.cluster_sums import Floats, OutcomeScale
from sandbox.experiment.analysis.effects import CASE_DRAWS
from sandbox.experiment.analysis.pairs import test_pair
from sandbox.experiment.multiplicity import ALPHA
from sandbox.experiment.outcomes import known_outcome
from sandbox.experiment.planning.pairing import ground_of
from sandbox.experiment.planning.power import CLUSTERED
from sandbox.experiment.whatif.difference import reach_of, student_quantile

LEVELS = 1.0, 5.0
"""The ends of trust, conviction and burden."""
_SHARE = 0.0, 1.0
_FEWEST = 3  # fewest clusters for an interval
_NOTHING = 1e-12
Row = Mapping[str, Any]
Course = Mapping[str, Mapping[str, "OutcomeSummary"]]


@dataclass(frozen=True)
class OutcomeSummary:
    """An outcome over the sessions of an arm.

    Args:
        sessions: number of sessions.
        mean: their mean.
        deviation: standard deviation between sessions; 0 for one.
        low: lower bound of the 95% interval of the mean, by `mean_of`, over clusters as in `drawn_of`; None for too few
            clusters, and for an outcome that a rule sets.
        high: upper bound, likewise.
        alike: whether three or more sessions all have the same value of an outcome that is not yes or no, so that there
            is no interval.
    """

    sessions: int
    mean: float
    deviation: float
    low: float | None
    high: float | None
    alike: bool = False


def drawn_of(rows: Sequence[Row], arms: str) -> list[str]:
    """Return the cluster of each session of an arm: its case or, if these are few, the blocks of its seed."""
    cases = [str(row["scenario"]) for row in rows]
    by_case = len(set(cases)) >= CLUSTERED and arms != "scenario"
    return cases if by_case else [ground_of(arms, row["cell"], row["replicate"]) for row in rows]


def mean_of(
    values: Sequence[float], drawn: Sequence[str], seed: int, ends: tuple[float, float] = (-math.inf, math.inf), *,
    yes_no: bool = False,
) -> OutcomeSummary:  # fmt: skip
    """Return the mean of an arm's sessions, with its interval.

    The interval of a share is Wilson's score (1927, doi:10.1080/01621459.1927.10502953), which stays within 0 and 1:
    for yes and no with each session its own cluster, that of one sample; else with the effective sample size from the
    spread between clusters, and Student's quantile (Franco, Little, Louis and Slud 2019, PMC6690503). If clusters do
    not vary, it is Wilson's bound for events never seen. For other outcomes it is that of `test_pair`, or none if all
    values are the same.

    Args:
        values: the outcome of each session.
        drawn: the cluster of each session, as by `drawn_of`.
        seed: seed of the draws.
        ends: the least and the largest possible value.
        yes_no: whether the outcome is 0 or 1 by definition.
    """
    if not yes_no and len(values) >= _FEWEST and max(values) - min(values) < _NOTHING:
        return OutcomeSummary(len(values), float(np.mean(values)), 0.0, None, None, alike=True)
    if ends == _SHARE:
        low, high = _of_share(np.asarray(values, dtype=np.float64), drawn, yes_no)
    else:
        scale = OutcomeScale(largest=max(1.0, max(values) - min(values)))
        pair = test_pair(values, drawn, rng=np.random.default_rng([seed, 3]), scale=scale, draws=CASE_DRAWS)
        low, high = (None if end is None else min(max(end, ends[0]), ends[1]) for end in (pair.low, pair.high))
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return OutcomeSummary(len(values), float(np.mean(values)), deviation, low, high)


def _of_share(values: Floats, drawn: Sequence[str], yes_no: bool) -> tuple[float | None, float | None]:
    codes = np.unique(drawn, return_inverse=True)[1]
    sizes, mean = np.bincount(codes), float(values.mean())
    count = len(sizes)
    if count < _FEWEST:
        return None, None
    squares = float(np.sum((np.bincount(codes, weights=values) - sizes * mean) ** 2)) / len(values) ** 2
    if np.ptp(values) < _NOTHING or squares < _NOTHING:
        reach = reach_of([mean] * count, max(mean, 1 - mean))
        return max(0.0, mean - reach), min(1.0, mean + reach)
    quantile = NormalDist().inv_cdf(1 - ALPHA / 2)
    if not (yes_no and count == len(values)):
        squares *= count / (count - 1)
        quantile = student_quantile(1 - ALPHA / 2, count - 1)
    whole = mean * (1 - mean)
    part = quantile**2 * squares / whole  # the quantile's square over the effective sample size
    centre, reach = mean + part / 2, math.sqrt(part * (whole + part / 4))
    return (centre - reach) / (1 + part), (centre + reach) / (1 + part)


def means_of(rows: Sequence[Row], outcome: str, arms: str, seed: int) -> dict[str, OutcomeSummary]:
    """Return the mean of an outcome under each arm in which a session has it; ``arms`` is the factor of arms."""
    known = known_outcome(outcome)
    ends = known.low, math.inf if known.high is None else known.high
    means = _by_arm(rows, arms, lambda row: row["outcomes"].get(outcome), seed, ends, yes_no=known.yes_no)
    return (
        {arm: replace(mean, low=None, high=None, alike=False) for arm, mean in means.items()} if known.ruled else means
    )


def courses_of(rows: Sequence[Row], arms: str, seed: int) -> Mapping[str, Course]:
    """Return mean pulses by arm, moment and level: means over sessions of the mean over seats."""
    places = {(moment, level): None for row in rows for moment, held in _pulses(row).items() for level in held}
    courses: dict[str, dict[str, dict[str, OutcomeSummary]]] = {}
    for moment, level in places:
        means = _by_arm(rows, arms, lambda row: _pulses(row).get(moment, {}).get(level), seed, LEVELS)  # noqa: B023
        for arm, mean in means.items():
            courses.setdefault(arm, {}).setdefault(moment, {})[level] = mean
    return courses


def _pulses(row: Row) -> Mapping[str, Mapping[str, float]]:
    return row.get("pulses") or {}


def _by_arm(
    rows: Sequence[Row], arms: str, value_of: Callable[[Row], float | None], seed: int, ends: tuple[float, float], *,
    yes_no: bool = False,
) -> dict[str, OutcomeSummary]:  # fmt: skip
    held: dict[str, list[tuple[Row, float]]] = defaultdict(list)
    for row in rows:
        if (value := value_of(row)) is not None:
            held[str(row["arm"])].append((row, float(value)))
    return {
        arm: mean_of([value for _, value in own], drawn_of([row for row, _ in own], arms), seed, ends, yes_no=yes_no)
        for arm, own in held.items()
    }
