"""The sessions of a pilot: which of a design's are played first, so that a few of them tell most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, zip_longest

from sandbox.content.experiment_card import Design
from sandbox.content.words import refusal
from sandbox.experiment.design import Run
from sandbox.experiment.scatter import FEWEST


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
