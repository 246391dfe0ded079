"""The scatter of effects in finished sessions, within and between cases; and the sessions of a pilot."""

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
"""Fewest sessions, or pairs of sessions, from which a pilot tells anything."""
_ALIKE = 1e-12  # differences this close are the same
_FINEST = 12  # most parts of 1 that count as a grid
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Scatter:
    """Standard deviations of paired differences, with their degrees of freedom.

    Args:
        within: within scenarios.
        inside: degrees of freedom of ``within``.
        between: of the effect between scenarios; None if it cannot be told from ``within``.
        across: degrees of freedom of ``between``.
        step: step of the grid of possible differences, such as 1 for yes or no; 0 for none.
        judging: share of the variance within scenarios that comes from judges, 0 to 1.
        known: degrees of freedom of ``judging``.
        left: part of the judges' variance that remains, for example with more votes, 0 to 1.
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
        """The scatter of the difference between two independent effects with this scatter."""
        between = None if self.between is None else math.sqrt(2) * self.between
        return replace(self, within=math.sqrt(2) * self.within, between=between)

    def drawn(self, rng: np.random.Generator, number: int) -> tuple[Floats, Floats]:
        """Draw possible true standard deviations, within and between, for ``number`` experiments; shape (number, 1)."""
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
    """Return the number of sessions of arm and base if all have the same value of the outcome; else 0."""
    values = [
        value for row in rows if row["arm"] in (design.base_of(hypothesis), hypothesis.arm)
        if (value := row["outcomes"].get(hypothesis.outcome)) is not None
    ]  # fmt: skip
    return len(values) if len(values) >= FEWEST and max(values) - min(values) < _ALIKE else 0


@dataclass(frozen=True)
class Lacking:
    """An arm in which ``without`` of ``sessions``, more than half, lack an outcome."""

    arm: str
    without: int
    sessions: int


def lacking(design: Design, hypothesis: Hypothesis, rows: Sequence[Row]) -> tuple[Lacking, ...]:
    """Return those of arm and base in which most sessions lack the outcome, though it needs neither judge nor words."""
    found = []
    for arm in (design.base_of(hypothesis), hypothesis.arm):
        held = [row["outcomes"].get(hypothesis.outcome) for row in rows if row["arm"] == arm]
        if known_outcome(hypothesis.outcome).needs == "nothing" and len(held) >= FEWEST:
            found.append(Lacking(arm, held.count(None), len(held)))
    return tuple(each for each in found if 2 * each.without > each.sessions)


def count_of(pairs: Mapping[str, Sequence[float]]) -> int:
    """Return the number of pairs over all cases."""
    return sum(map(len, pairs.values()))


def scatter_of(pairs: Mapping[str, Sequence[float]]) -> Scatter | None:
    """Return the scatter within and between scenarios, by analysis of variance with one random factor.

    If no scenario has two pairs, all variance counts as within. None if there are too few pairs, or all are the same.
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
    """Return the step of the grid on which all differences lie, 1 or a part of it; 0 if there is none."""
    parts = range(1, _FINEST + 1)
    return next((1 / part for part in parts if all(abs(v * part - round(v * part)) < 1e-6 for v in values)), 0.0)


def pilot_of(design: Design, runs: Sequence[Run], number: int) -> tuple[Run, ...]:
    """Return the first ``number`` sessions, or all, for a pilot; they are sessions of the design and count later.

    Blocks are taken from each scenario in turn, replicate by replicate. First come base and the arm of the primary
    hypothesis in the first three blocks, the fewest pairs from which power can be told; then whole blocks.

    Raises:
        InputError: the rules alone play its sessions, so a pilot would tell nothing (countries excepted).
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
