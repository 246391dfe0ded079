"""What is paired in a design: an arm and the base in blocks with the same seed, and the blocks of a hypothesis."""

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
    """Return what a block has in common with all blocks of its seed: its levels but for who plays, and the replicate.

    ``but`` names further factors that are left out.
    """
    names = [name for name in cell if name not in (arms, *OF_MODELS, *but)]
    return "/".join([*(cell[name] for name in names), str(replicate)])


def copied(design: Design, rows: Sequence[Row], by: Literal["outcomes", "lines"] = "outcomes") -> tuple[Factor, ...]:
    """Return the factors of who plays at whose levels sessions of one arm and seed have the same outcomes, or lines.

    So it is with personas whose cards nobody reads: what differs by such a factor alone are copies.
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
    """Return the blocks that a hypothesis compares, by their places: each at its level, with the one held against it.

    That one is None where a hypothesis holds no level against its own; a block without such a one is left out. ``arms``
    is the factor that is compared, ``cells`` has of each block the level of each factor.
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
        grounds: what each has in common with all blocks of its seed, as `ground_of` has it.
        cells: the level of each factor.
        missing: cells of the blocks that lack one of both values.
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
        """What the arm does to each block."""
        return self.arm - self.base

    def of(self, hypothesis: Hypothesis | None, arms: str) -> PairedBlocks | None:
        """Return the blocks that a hypothesis compares; None where there is none.

        Where it holds the effect at one level of a factor against that at another, the values are these two effects.
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
    """Return an outcome block by block, over sessions of one side; None where no block has it in both arms."""
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
    # No country is played without what is off in it anyway, so that nothing is missing there.
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
    """Return the differences between arm and base of each seed, over its blocks that have both, by scenario.

    Blocks that differ by who plays alone have the same seed, and are drawn together by the analysis.
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
