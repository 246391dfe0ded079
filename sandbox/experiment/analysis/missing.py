"""Sessions without an outcome: whether that depends on the arm, and differences over all sessions if it does."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.content.experiment_card import Design, Hypothesis
from sandbox.experiment.analysis.pairs import Pair
from sandbox.experiment.outcomes import known_outcome
from sandbox.experiment.planning.pairing import Row, paired_blocks

_SELECTED = 0.05  # largest difference allowed between shares without an outcome
_REACHED = 4  # of 5: the least level at which a criterion counts as met


@dataclass(frozen=True)
class Missing:
    """The number of sessions of an arm without an outcome.

    Args:
        sessions: number of finished sessions of the arm.
        missing: number of those without the outcome.
        undecided: number of these in which nothing was decided.
    """

    sessions: int
    missing: int
    undecided: int

    @property
    def share(self) -> float:
        """Share of the sessions that lack it."""
        return self.missing / self.sessions if self.sessions else 0.0


def selected(arm: Missing, base: Missing) -> bool:
    """Return whether the shares without an outcome differ so much that sessions with it cannot be compared."""
    some = min(arm.share, base.share) < 1
    return some and (abs(arm.share - base.share) > _SELECTED or max(arm.share, base.share) == 1)


@dataclass(frozen=True)
class OverAll:
    """A difference over all sessions, in which a missing outcome counts as not reached.

    Args:
        level: the least level that counts as reached (1, else 0); None if the value itself counts, or 0 without it.
        arm_mean: mean in the arm.
        base_mean: mean in the base.
        pair: the mean difference.
    """

    level: int | None
    arm_mean: float
    base_mean: float
    pair: Pair


def _missing_of(rows: Sequence[Row], outcome: str, arm: str) -> Missing:
    """Return the number of sessions of an arm, without the null arm, that lack an outcome."""
    held = [row["outcomes"] for row in rows if row["arm"] == arm and not row["null"]]
    lacking = [values for values in held if values.get(outcome) is None]
    return Missing(len(held), len(lacking), sum(values.get("decided") == 0 for values in lacking))


def missing_for(rows: Sequence[Row], hypothesis: Hypothesis, base: str) -> tuple[Missing, Missing]:
    """Return the sessions of a hypothesis' arm, and of the base, that lack its outcome at the levels that it names."""
    levels = {*hypothesis.at.values(), *hypothesis.against.values()}
    named = [row for row in rows if not levels or row["cell"].get(hypothesis.factor) in levels]
    return _missing_of(named, hypothesis.outcome, hypothesis.arm), _missing_of(named, hypothesis.outcome, base)


def missing_by_arm(rows: Sequence[Row], outcome: str, arms: Sequence[str]) -> dict[str, Missing]:
    """Return the sessions of each arm that lack an outcome; empty if no session does, or all do."""
    held = {arm: _missing_of(rows, outcome, arm) for arm in arms}
    lacking = sum(each.missing for each in held.values())
    return held if 0 < lacking < len(rows) else {}


def counted_over_all(rows: Sequence[Row], name: str) -> tuple[int | None, list[Row]] | None:
    """Return sessions in which a missing outcome counts as not reached, and the least level that counts as reached.

    An outcome in levels becomes 1 if it is 4 or more, else 0; a share becomes 0 if it is missing, and the level is
    None. Return None if a missing outcome has no such meaning.
    """
    outcome = known_outcome(name)
    if outcome.needs != "nothing" or outcome.low < 0 or outcome.high is None:
        return None
    level = _REACHED if outcome.unit == "level" else None

    def counted(values: Mapping[str, float | None]) -> float:
        value = values.get(name) or 0.0
        return value if level is None else float(value >= level)

    return level, [{**row, "outcomes": {name: counted(row["outcomes"])}} for row in rows]


def worst_case(design: Design, rows: Sequence[Row], hypothesis: Hypothesis) -> tuple[float, float] | None:
    """Return the bounds of a hypothesis' difference over all finished pairs, whatever the missing values are.

    Each missing outcome gets its least or largest value, whichever moves the difference most; nothing is assumed on why
    it is missing (Manski 1990, https://www.jstor.org/stable/2006592; for experiments Horowitz and Manski 2000,
    doi:10.1080/01621459.2000.10473902). This is no confidence interval: chance comes on top. ``rows`` are the finished
    sessions without the null arm.

    Returns:
        Both bounds; None if no session lacks the outcome, if the outcome has no bounds, and for countries, where a
        missing outcome could have no value.
    """
    name, known, base = hypothesis.outcome, known_outcome(hypothesis.outcome), design.base_of(hypothesis)
    lacking = sum(missing.missing for missing in missing_for(rows, hypothesis, base))
    if not lacking or known.high is None or not math.isfinite(known.low) or design.of_countries:
        return None
    ends = known.low, known.high
    taken_off = hypothesis.against.get(hypothesis.factor)

    def mean(up: bool) -> float | None:
        filled = []
        for row in rows:
            adds = (row["arm"] == base) is (taken_off is not None and row["cell"][hypothesis.factor] == taken_off)
            value = row["outcomes"].get(name)
            filled.append({**row, "outcomes": {name: ends[adds is up] if value is None else value}})
        paired = paired_blocks(design, filled, name, hypothesis.arm, base)
        compared = paired and paired.of(hypothesis, design.arms)
        return float(compared.differences.mean()) if compared else None

    low, high = mean(False), mean(True)
    return None if low is None or high is None else (low, high)
