"""How far effects scatter in sessions that were played, within and between cases; and which a pilot plays first."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

from sandbox.content.experiment_card import Design, Hypothesis
from sandbox.content.words import refusal
from sandbox.experiment.outcomes import known_outcome
from sandbox.experiment.planning.runs import Run

if TYPE_CHECKING:
    import numpy as np

    from sandbox.experiment.analysis.cluster_sums import Floats

FEWEST = 3
"""Sessions, or pairs of sessions, below which a pilot says nothing."""
_ALIKE = 1e-12  # differences that are no further apart are the same
_FINEST = 12  # parts of a whole beyond which a grid is as good as none
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Scatter:
    """Standard deviations of paired differences, and from how many degrees of freedom each is known.

    Args:
        within: within scenarios.
        inside: its degrees of freedom.
        between: of the effect between scenarios; None where it cannot be told from ``within``.
        across: its degrees of freedom.
        step: between values that differences can have, as 1 of a yes or no; 0 where they have no such grid.
        judging: share of the variance within scenarios that comes from judges.
        known: its degrees of freedom.
        left: part of the judges' variance that is left, as where each of them has more votes.
    """

    within: float
    inside: int
    between: float | None = None
    across: int = 0
    step: float = 0.0
    judging: float = 0.0
    known: int = 0
    left: float = 1.0

    @property
    def of_two(self) -> Scatter:
        """That of the difference between two effects that each scatter so, and independently."""
        between = None if self.between is None else math.sqrt(2) * self.between
        return replace(self, within=math.sqrt(2) * self.within, between=between)

    def drawn(self, rng: np.random.Generator, number: int) -> tuple[Floats, Floats]:
        """Return standard deviations, within and between, that may as well be the true ones: a row an experiment."""
        import numpy as np

        within = self.within * np.sqrt(self.inside / rng.chisquare(self.inside, (number, 1)))
        between = np.zeros_like(within)
        if self.between:
            between = self.between * np.sqrt(self.across / rng.chisquare(self.across, (number, 1)))
        if self.left != 1.0:
            judging = np.minimum(1.0, self.judging * self.known / rng.chisquare(self.known, (number, 1)))
            within = within * np.sqrt(1 - judging * (1 - self.left))
        return within, between


def alike(design: Design, hypothesis: Hypothesis, rows: Sequence[Row]) -> int:
    """Return how many sessions of arm and base there are, where all have one and the same value; else 0."""
    values = [
        value for row in rows if row["arm"] in (design.base_of(hypothesis), hypothesis.arm)
        if (value := row["outcomes"].get(hypothesis.outcome)) is not None
    ]  # fmt: skip
    return len(values) if len(values) >= FEWEST and max(values) - min(values) < _ALIKE else 0


@dataclass(frozen=True)
class Lacking:
    """An arm under which most sessions lack an outcome: how many do, and of how many."""

    arm: str
    without: int
    sessions: int


def lacking(design: Design, hypothesis: Hypothesis, rows: Sequence[Row]) -> tuple[Lacking, ...]:
    """Return which of arm and base mostly have sessions without an outcome that needs neither judge nor words."""
    found = []
    for arm in (design.base_of(hypothesis), hypothesis.arm):
        held = [row["outcomes"].get(hypothesis.outcome) for row in rows if row["arm"] == arm]
        if known_outcome(hypothesis.outcome).needs == "nothing" and len(held) >= FEWEST:
            found.append(Lacking(arm, held.count(None), len(held)))
    return tuple(each for each in found if 2 * each.without > each.sessions)


def count_of(pairs: Mapping[str, Sequence[float]]) -> int:
    """Return how many pairs there are, over all cases."""
    return sum(map(len, pairs.values()))


def scatter_of(pairs: Mapping[str, Sequence[float]]) -> Scatter | None:
    """Return the spread within and between scenarios, by analysis of variance with one random factor.

    Where no scenario has two pairs, all of the variance counts as within. None where there are few pairs, or all are
    alike, which tells nothing of others.
    """
    groups = [list(group) for group in pairs.values()]
    count, wide = sum(map(len, groups)), len(groups)
    values = [value for group in groups for value in group]
    if count < FEWEST or max(values) - min(values) < _ALIKE:
        return None
    centre, step = sum(map(sum, groups)) / count, _step_of(values)
    if count == wide:
        within = sum((value - centre) ** 2 for value in values) / (count - 1)
        return Scatter(math.sqrt(within), count - 1, step=step)
    means = [sum(group) / len(group) for group in groups]
    inside = sum((value - mean) ** 2 for group, mean in zip(groups, means, strict=True) for value in group)
    within = inside / (count - wide)
    if wide == 1:
        return Scatter(math.sqrt(within), count - 1, step=step)
    across = sum(len(group) * (mean - centre) ** 2 for group, mean in zip(groups, means, strict=True)) / (wide - 1)
    size = (count - sum(len(group) ** 2 for group in groups) / count) / (wide - 1)
    between = math.sqrt(max(0.0, (across - within) / size))
    return Scatter(math.sqrt(within), count - wide, between, wide - 1, step)


def _step_of(values: Sequence[float]) -> float:
    """Return the step between values that differences can have, 1 or a part of it; 0 where there is none."""
    parts = range(1, _FINEST + 1)
    return next((1 / part for part in parts if all(abs(v * part - round(v * part)) < 1e-6 for v in values)), 0.0)


def pilot_of(design: Design, runs: Sequence[Run], number: int) -> tuple[Run, ...]:
    """Return the sessions of a pilot, the same whenever it is asked for; they are sessions of the design, and count.

    Blocks are taken from each scenario in turn, replicate by replicate. Of the first three, base and the arm of the
    primary hypothesis come before all else, since power is told from so many pairs on; then whole blocks. ``number`` is
    how many are wanted; there are fewer where the design has fewer.

    Raises:
        InputError: no model plays in its sessions, so that there is nothing to try out; countries are tried out, since
            a plan plays none by itself.
    """
    spoken = [run for run in runs if not run.null]
    if not design.of_countries and all(run.spec.style == "rules" for run in spoken):
        raise refusal("experiment.refused.pilot")
    blocks: dict[str, list[Run]] = defaultdict(list)
    for run in spoken:
        blocks[run.block].append(run)
    of_scenario: dict[str, list[list[Run]]] = defaultdict(list)
    for block in blocks.values():
        of_scenario[block[0].scenario].append(block)
    in_turn = [block for blocks in zip_longest(*of_scenario.values()) for block in blocks if block]
    compared = set(design.factors.levels(design.arms))
    if design.primary:
        compared = {design.base_of(design.primary), design.primary.arm}
    first, rest = in_turn[:FEWEST], in_turn[FEWEST:]
    pairs = [run for block in first for run in block if run.arm in compared]
    others = [run for block in first for run in block if run.arm not in compared]
    return tuple([*pairs, *others, *chain.from_iterable(rest)][:number])
