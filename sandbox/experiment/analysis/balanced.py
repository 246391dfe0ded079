"""The variance of a balanced design by REML without a matrix: quick for any number of sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Balanced", "balanced_part", "fit_balanced"]

Floats = npt.NDArray[np.float64]
# A sum of squares, its degrees of freedom, and how often its mean expects each variance.
_Stratum = tuple[float, int, tuple[int, ...]]


@dataclass(frozen=True)
class Balanced:
    """Variances by part and differences between arms.

    Args:
        variances: by part, as `Components` has them, in the square of the values' unit.
        effects: difference of each arm from the first.
        error: standard error of each of these.
    """

    variances: dict[str, float]
    effects: dict[str, float]
    error: float


def balanced_part(frame: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
    """Return the sessions of whole blocks, equally many in each case at each combination of the other factors.

    Blocks in which an arm is missing are left out, and of the others the last, where a case has more than the one with
    fewest; none is left where a case lacks a combination. ``frame`` has a row a session, with ``y``, ``arm``
    (categories), ``scenario``, ``block`` and the other ``factors``.
    """
    arms = len(frame["arm"].cat.categories)
    whole = frame.groupby("block", sort=False)["arm"].transform("size") == arms
    kept = frame[whole]
    blocks = kept.drop_duplicates("block")
    cells = blocks.groupby(["scenario", *factors], sort=False)
    cases = frame["scenario"].nunique()
    combinations = len(frame.drop_duplicates(list(factors))) if factors else 1
    fewest = int(cells.size().min()) if cells.ngroups == cases * combinations else 0
    return kept[kept["block"].isin(blocks[cells.cumcount() < fewest]["block"])]


def fit_balanced(frame: pd.DataFrame, factors: Sequence[str]) -> Balanced:
    """Fit the mixed model to a balanced design: arms and other factors fixed, cases, their arms and blocks random.

    The restricted likelihood of a balanced design is that of its mean squares, each with its own expectation (Searle,
    Casella and McCulloch 1992, sections 3.8 and 4.8); it is maximised over variances that are not negative. Where each
    case has one block, blocks lie in the rest; where there is one case, only blocks are told from the rest. The
    arguments are what `balanced_part` returns, at least two blocks, and what it was given.
    """
    arms = list(frame["arm"].cat.categories)
    ordered = frame.sort_values(["scenario", "block", "arm"], kind="stable")
    cases, width = ordered["scenario"].nunique(), len(arms)
    values = ordered["y"].to_numpy(dtype=np.float64).reshape(cases, -1, width)
    blocks = values.shape[1]
    heads = ordered.iloc[::width]
    by_arm, by_case, whole = values.mean(axis=(0, 1)), values.mean(axis=(1, 2)), float(values.mean())
    of_blocks = values.mean(axis=2)
    within, lost = of_blocks - by_case[:, None], 0
    strata: list[_Stratum]
    carried: tuple[int, ...]
    for name in factors:
        codes = heads[name].astype("category").cat.codes.to_numpy().reshape(cases, blocks)
        levels = int(codes.max()) + 1
        within = within - np.array([within[codes == level].mean() for level in range(levels)])[codes]
        lost += levels - 1
    if cases == 1 or blocks == 1:
        groups = of_blocks.reshape(-1) if cases > 1 else within.reshape(-1) + whole
        apart = values.reshape(-1, width) - of_blocks.reshape(-1, 1) - by_arm + whole
        units, free = cases * blocks, cases * blocks - 1 - (lost if cases == 1 else 0)
        strata = [
            (float((apart**2).sum()), (units - 1) * (width - 1), (1, 0)),
            (float(width * ((groups - whole) ** 2).sum()), free, (1, width)),
        ]
        names = ["rest", "scenario" if cases > 1 else "replicate"]
        error = 2 / units
        carried = (1, 0)
    else:
        of_cells = values.mean(axis=1)
        apart = values - of_blocks[:, :, None] - of_cells[:, None, :] + by_case[:, None, None]
        slopes = of_cells - by_case[:, None] - by_arm + whole
        strata = [
            (float((apart**2).sum()), cases * (blocks - 1) * (width - 1), (1, 0, 0, 0)),
            (float(width * (within**2).sum()), cases * (blocks - 1) - lost, (1, width, 0, 0)),
            (float(blocks * (slopes**2).sum()), (cases - 1) * (width - 1), (1, 0, blocks, 0)),
            (float(width * blocks * ((by_case - whole) ** 2).sum()), cases - 1, (1, width, blocks, width * blocks)),
        ]
        names = ["rest", "replicate", "arm_by_scenario", "scenario"]
        error = 2 / (cases * blocks)
        carried = (1, 0, blocks, 0)
    found = _restricted(strata)
    variance = float(np.dot(carried, found))
    return Balanced(
        dict(zip(names, map(float, found), strict=True)),
        {arm: float(by_arm[place] - by_arm[0]) for place, arm in enumerate(arms) if place},
        float(np.sqrt(variance * error)),
    )


def _restricted(strata: Sequence[_Stratum]) -> Floats:
    """Return the variances that make the strata most likely."""
    from scipy import optimize

    sums, freedom = (np.array(column, dtype=np.float64) for column in list(zip(*strata, strict=True))[:2])
    expects = np.array([stratum[2] for stratum in strata], dtype=np.float64)
    scale = float(sums.sum() / freedom.sum())

    def against(parts: Floats) -> tuple[float, Floats]:
        expected = expects @ parts
        value = float((freedom * np.log(expected) + sums / expected).sum())
        return value, expects.T @ (freedom / expected - sums / expected**2)

    start = np.maximum(np.linalg.solve(expects, sums / freedom), 0.05 * scale)
    bounds = [(1e-9 * scale, None), *[(0.0, None)] * (len(strata) - 1)]
    options: dict[str, Any] = {"ftol": 1e-14, "gtol": 1e-10, "maxiter": 2000}
    return np.asarray(optimize.minimize(against, start, jac=True, bounds=bounds, options=options).x)
