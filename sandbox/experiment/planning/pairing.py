"""Pairs arm and base in blocks with the same seed, and selects the blocks of a hypothesis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sandbox.content.experiment_card import OF_MODELS, Design, Factor, Hypothesis

if TYPE_CHECKING:
    from sandbox.experiment.analysis.cluster_sums import Floats

Row = Mapping[str, Any]


def ground_of(arms: str, cell: Mapping[str, str], replicate: int, *but: str) -> str:
    """Return the key shared by all blocks of a seed: the levels of factors other than arms and players, and replicate.

    ``but`` names further factors that are left out.
    """
    names = [name for name in cell if name not in (arms, *OF_MODELS, *but)]
    return "/".join([*(cell[name] for name in names), str(replicate)])


def copied(design: Design, rows: Sequence[Row], by: Literal["outcomes", "lines"] = "outcomes") -> tuple[Factor, ...]:
    """Return the factors of players that make no difference: sessions that differ by one alone have equal values.

    An example is personas in play that reads no persona cards; such sessions are copies of each other.
    """
    found = []
    for factor in (name for name in OF_MODELS if len(design.factors.levels(name)) > 1):
        held: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in rows:
            held[*(level for name, level in row["cell"].items() if name != factor), row["replicate"]].append(row)
        again = [group for group in held.values() if len(group) > 1]
        if again and all(row[by] == group[0][by] for group in again for row in group):
            found.append(factor)
    return tuple(found)


def compared(
    hypothesis: Hypothesis, arms: str, cells: Sequence[Mapping[str, str]], replicates: Sequence[int]
) -> list[tuple[int, int | None]]:
    """Return the indices of the blocks that a hypothesis compares: one at its level, and one at the level ``against``.

    The second is None if the hypothesis has no such level; if it has, blocks without a counterpart are left out.
    ``arms`` is the factor of arms; ``cells`` has the levels of each block, by factor.
    """
    factor = hypothesis.factor
    own = [place for place, cell in enumerate(cells) if not factor or cell.get(factor) == hypothesis.at[factor]]
    if not hypothesis.against:
        return [(place, None) for place in own]

    def beside(place: int) -> tuple[Any, ...]:
        return *(level for name, level in cells[place].items() if name not in (arms, factor)), replicates[place]

    other = {beside(place): place for place, cell in enumerate(cells) if cell.get(factor) == hypothesis.against[factor]}
    return [(place, other[key]) for place in own if (key := beside(place)) in other]


@dataclass(frozen=True)
class PairedBlocks:
    """Values of an arm and of the base, block by block.

    Args:
        scenarios: the scenario of each block.
        grounds: the `ground_of` each block.
        cells: the levels of each block, by factor.
        replicates: the replicate of each block.
        arm: the values in the arm, shape (blocks,).
        base: the values in the base, likewise.
        missing: cells of the blocks that lack one of the two values.
    """

    scenarios: tuple[str, ...]
    grounds: tuple[str, ...]
    cells: tuple[Mapping[str, str], ...]
    replicates: tuple[int, ...]
    arm: Floats
    base: Floats
    missing: tuple[Mapping[str, str], ...]

    @property
    def differences(self) -> Floats:
        """Arm less base in each block."""
        return self.arm - self.base

    def of(self, hypothesis: Hypothesis | None, arms: str) -> PairedBlocks | None:
        """Return the blocks that a hypothesis compares, or None; without a hypothesis or a level, all blocks.

        If it compares the effects at two levels of a factor, ``arm`` and ``base`` are these two effects.
        """
        if hypothesis is None or not hypothesis.at:
            return self
        chosen = compared(hypothesis, arms, self.cells, self.replicates)
        if not chosen:
            return None
        own = [place for place, _ in chosen]
        arm, base, but = self.arm[own], self.base[own], list[str]()
        if hypothesis.against:
            other = [place for _, place in chosen if place is not None]
            arm, base, but = arm - base, self.arm[other] - self.base[other], [hypothesis.factor]
        cells, replicates = tuple(self.cells[place] for place in own), tuple(self.replicates[place] for place in own)
        levels = {*hypothesis.at.values(), *hypothesis.against.values()}
        return PairedBlocks(
            tuple(self.scenarios[place] for place in own),
            tuple(ground_of(arms, cell, number, *but) for cell, number in zip(cells, replicates, strict=True)),
            cells, replicates, arm, base,
            tuple(cell for cell in self.missing if cell.get(hypothesis.factor) in levels),
        )  # fmt: skip


def paired_blocks(design: Design, rows: Sequence[Row], outcome: str, arm: str, base: str) -> PairedBlocks | None:
    """Return the values of an outcome in arm and base, block by block; None if no block has both."""
    import numpy as np

    values: dict[str, dict[str, float]] = {}
    first: dict[str, Row] = {}
    for row in rows:
        if row["arm"] in (arm, base):
            first.setdefault(row["block"], row)
            held = values.setdefault(row["block"], {})
            if (value := row["outcomes"].get(outcome)) is not None:
                held[row["arm"]] = float(value)
    whole = [(first[block], held) for block, held in values.items() if len(held) == 2]
    if not whole:
        return None
    # A country in which a mechanism is off anyway is not played without it, so nothing is missing there.
    among = {row["scenario"] for row, _ in whole}
    known = [block for block in values if not design.of_countries or first[block]["scenario"] in among]
    return PairedBlocks(
        tuple(str(row["scenario"]) for row, _ in whole),
        tuple(ground_of(design.arms, row["cell"], row["replicate"]) for row, _ in whole),
        tuple(row["cell"] for row, _ in whole),
        tuple(row["replicate"] for row, _ in whole),
        np.array([held[arm] for _, held in whole]),
        np.array([held[base] for _, held in whole]),
        tuple(first[block]["cell"] for block in known if len(values[block]) < 2),
    )


def pairs_by_case(design: Design, hypothesis: Hypothesis, rows: Sequence[Row]) -> dict[str, list[float]]:
    """Return, by scenario, the mean difference between arm and base for each seed, over its blocks that have both.

    Blocks that differ by players alone have the same seed, and the analysis draws them together.
    """
    whole = paired_blocks(design, rows, hypothesis.outcome, hypothesis.arm, design.base_of(hypothesis))
    held: dict[tuple[str, str], list[float]] = defaultdict(list)
    if whole and (blocks := whole.of(hypothesis, design.arms)):
        units = zip(blocks.scenarios, blocks.grounds, strict=True)
        for unit, difference in zip(units, blocks.differences.tolist(), strict=True):
            held[unit].append(difference)
    pairs: dict[str, list[float]] = defaultdict(list)
    for (scenario, _), differences in held.items():
        pairs[scenario].append(sum(differences) / len(differences))
    return pairs
