"""What is paired in a design: blocks with the same seed, and the blocks that a hypothesis compares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.content.experiment_card import OF_MODELS, Design, Hypothesis


def ground_of(arms: str, cell: Mapping[str, str], replicate: int, *but: str) -> str:
    """Return what a block has in common with all blocks of its seed: its levels but for who plays, and the replicate.

    ``but`` names further factors that are left out.
    """
    names = [name for name in cell if name not in (arms, *OF_MODELS, *but)]
    return "/".join([*(cell[name] for name in names), str(replicate)])


def compared(
    hypothesis: Hypothesis, arms: str, cells: Sequence[Mapping[str, str]], replicates: Sequence[int]
) -> list[tuple[int, int | None]]:
    """Return the blocks that a hypothesis compares, by their places: each at its level, with the one held against it.

    That one is None where a hypothesis holds no level against its own; a block without such a one is left out.

    Args:
        hypothesis: the hypothesis.
        arms: the factor that is compared.
        cells: of each block, the level of each factor.
        replicates: of each block, its replicate.
    """
    factor = hypothesis.factor
    own = [place for place, cell in enumerate(cells) if not factor or cell.get(factor) == hypothesis.at[factor]]
    if not hypothesis.against:
        return [(place, None) for place in own]

    def beside(place: int) -> tuple[Any, ...]:
        return *(level for name, level in cells[place].items() if name not in (arms, factor)), replicates[place]

    other = {beside(place): place for place, cell in enumerate(cells) if cell.get(factor) == hypothesis.against[factor]}
    return [(place, other[key]) for place in own if (key := beside(place)) in other]


def pairs_by_case(design: Design, hypothesis: Hypothesis, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Return the differences between arm and base of each seed, over its blocks that have both, by scenario.

    Blocks that differ by who plays alone have the same seed, and are drawn together by the analysis.
    """
    blocks: dict[str, dict[str, float]] = defaultdict(dict)
    first: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        value = row["outcomes"].get(hypothesis.outcome)
        if value is not None:
            blocks[row["block"]][row["arm"]] = value
            first[row["block"]] = row
    whole = [block for block, values in blocks.items() if {design.base, hypothesis.arm} <= values.keys()]
    effects = [blocks[block][hypothesis.arm] - blocks[block][design.base] for block in whole]
    cells = [first[block]["cell"] for block in whole]
    replicates = [first[block]["replicate"] for block in whole]
    held: dict[tuple[str, str], list[float]] = defaultdict(list)
    for place, other in compared(hypothesis, design.arms, cells, replicates):
        ground = ground_of(
            design.arms, cells[place], replicates[place], *([] if other is None else [hypothesis.factor])
        )
        value = effects[place] - (0.0 if other is None else effects[other])
        held[first[whole[place]]["scenario"], ground].append(value)
    pairs: dict[str, list[float]] = defaultdict(list)
    for (scenario, _), differences in held.items():
        pairs[scenario].append(sum(differences) / len(differences))
    return pairs
