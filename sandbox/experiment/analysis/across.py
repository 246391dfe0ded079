"""Whether an effect holds across the levels of what was varied beside the arms: models, wordings, languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from math import factorial

import numpy as np

from sandbox.experiment.analysis.pairs import ALPHA, Floats, Pair

__all__ = ["Across", "Level", "levels_differ", "sign_held"]

_MOST = 4_096  # rearrangements that are gone through; above, so many are drawn


@dataclass(frozen=True)
class Level:
    """An effect at one level of a factor.

    Args:
        pair: the mean difference over the blocks of that level.
    """

    name: str
    pair: Pair


@dataclass(frozen=True)
class Across:
    """A hypothesis' effect at each level of a factor that was varied beside the arms.

    Args:
        levels: the effect at each of its levels.
        same_sign: whether all of them point the same way; None where an effect at one of them is nothing.
        p: p of the claim that the effect differs between levels, by rearranging levels within what they share; None
            where nothing is shared by all levels, or so little that no p could be below 5%.
    """

    factor: str
    levels: tuple[Level, ...]
    same_sign: bool | None
    p: float | None

    @property
    def ends(self) -> tuple[Level, Level]:
        """The levels with the lowest and the highest effect."""
        ranked = sorted(self.levels, key=lambda level: level.pair.estimate)
        return ranked[0], ranked[-1]


def sign_held(levels: Sequence[Level]) -> bool | None:
    """Return whether effects at all levels point the same way; None where one of them is nothing."""
    signs = {int(np.sign(round(level.pair.estimate, 12))) for level in levels}
    return None if 0 in signs and len(signs - {0}) < 2 else len(signs) == 1


def levels_differ(
    differences: Floats, levels: Sequence[str], shared: Sequence[str], rng: np.random.Generator
) -> float | None:
    """Return p of the claim that an effect differs between levels of a factor.

    The spread of the levels' means is held against that after rearranging the levels within each unit that all of them
    share: were the effect the same at all levels, a unit's effects might as well have fallen to them in another order.
    All rearrangements are gone through where they are few.

    Args:
        differences: the effect in each block.
        levels: the block's level of the factor.
        shared: the unit that it shares with blocks at other levels, such as its case.
        rng: the generator of rearrangements.
    """
    names, units = sorted(set(levels)), _units(differences, levels, shared)
    whole = np.array([[unit[name] for name in names] for unit in units.values() if len(unit) == len(names)])
    ways = factorial(len(names)) ** max(0, len(whole) - 1)
    if not len(whole) or 1 / ways >= ALPHA or np.ptp(whole) < 1e-12:
        return None
    if ways <= _MOST:
        orders = np.array(list(permutations(range(len(names)))))
        chosen = np.array(list(product(orders, repeat=len(whole) - 1))).reshape(ways, len(whole) - 1, len(names))
        first = np.tile(np.arange(len(names)), (ways, 1, 1))
        drawn = np.take_along_axis(whole[None], np.concatenate([first, chosen], axis=1), axis=2)
    else:
        drawn = rng.permuted(np.tile(whole, (_MOST, 1, 1)), axis=2)
        drawn[0] = whole
    between = drawn.mean(axis=1).var(axis=1)
    return float(np.mean(between >= whole.mean(axis=0).var() * (1 - 1e-9)))


def _units(differences: Floats, levels: Sequence[str], shared: Sequence[str]) -> Mapping[str, Mapping[str, float]]:
    held: dict[str, dict[str, list[float]]] = {}
    for value, level, unit in zip(differences.tolist(), levels, shared, strict=True):
        held.setdefault(unit, {}).setdefault(level, []).append(value)
    return {
        unit: {level: float(np.mean(values)) for level, values in by_level.items()} for unit, by_level in held.items()
    }
