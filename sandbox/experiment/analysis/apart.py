"""The relation of the two assessments over the sessions of an experiment: hierarchical (H) and horizontal (P)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sandbox.content.experiment_card import OF_MODELS
from sandbox.experiment.analysis.cluster_sums import Floats
from sandbox.experiment.analysis.means import OutcomeSummary, drawn_of, mean_of
from sandbox.experiment.analysis.pairs import DRAWS
from sandbox.experiment.multiplicity import ALPHA
from sandbox.experiment.planning.pairing import ground_of

ABOVE, BESIDE = "hierarchical", "horizontal"
_FEWEST = 6  # fewest sessions for a correlation of H and P


@dataclass(frozen=True)
class Apart:
    """H and P under one arm.

    Args:
        arm: the arm.
        sessions: number of sessions with both.
        above: H over these.
        beside: P over these.
        gap: H less P.
        together: rank correlation of H and P over sessions within cases, -1 (one side praises what the other faults) to
            1; None if undefined, or for fewer than six sessions.
        p: two-sided p of that correlation, by permutation of P within cases, all sessions of a seed together; None
            without a correlation, or if no order could give p below 5%.
    """

    arm: str
    sessions: int
    above: OutcomeSummary
    beside: OutcomeSummary
    gap: OutcomeSummary
    together: float | None
    p: float | None


def incompatibility(rows: Sequence[Mapping[str, Any]], arms: str, seed: int) -> tuple[Apart, ...]:
    """Return the relation of H and P under each arm, in the order of the rows.

    ``rows`` are sessions of one side, model or null; those without H or P are left out. ``arms`` is the factor of arms;
    means have the intervals of `means_of` for the same ``seed``.
    """
    apart, rng = [], np.random.default_rng([seed, 1])
    for arm in dict.fromkeys(str(row["arm"]) for row in rows):
        own = (row for row in rows if str(row["arm"]) == arm)
        both = [row for row in own if None not in (row["outcomes"].get(ABOVE), row["outcomes"].get(BESIDE))]
        if not both:
            continue
        above, beside = (
            np.array([row["outcomes"][name] for row in both], dtype=np.float64) for name in (ABOVE, BESIDE)
        )
        cases, drawn = np.array([str(row["scenario"]) for row in both]), drawn_of(both, arms)
        seeds = np.array([ground_of(arms, row["cell"], row["replicate"]) for row in both])
        who = [tuple(level for name, level in row["cell"].items() if name in OF_MODELS) for row in both]
        together, p = _together(above, beside, cases, _alike(cases, seeds, who), rng)
        first, second, gap = (
            mean_of(held.tolist(), drawn, seed, (low, 1.0))
            for held, low in ((above, 0.0), (beside, 0.0), (above - beside, -1.0))
        )
        apart.append(Apart(arm, len(both), first, second, gap, together, p))
    return tuple(apart)


def _alike(cases: Iterable[str], seeds: Iterable[str], who: Iterable[tuple[str, ...]]) -> list[npt.NDArray[np.int_]]:
    """Return tables of the indices of sessions, seeds by players: one for each case and set of players."""
    of_seed: dict[tuple[str, str], dict[tuple[str, ...], int]] = defaultdict(dict)
    for place, (case, seed, players) in enumerate(zip(cases, seeds, who, strict=True)):
        of_seed[case, seed][players] = place
    tables: dict[tuple[Any, ...], list[list[int]]] = defaultdict(list)
    for (case, _), places in of_seed.items():
        tables[case, *sorted(places)].append([places[players] for players in sorted(places)])
    return [np.array(table) for table in tables.values()]


def _together(
    above: Floats, beside: Floats, cases: npt.NDArray[np.str_], tables: Sequence[npt.NDArray[np.int_]],
    rng: np.random.Generator,
) -> tuple[float | None, float | None]:  # fmt: skip
    if len(above) < _FEWEST:
        return None, None
    from scipy import stats

    first, second = _centred(stats.rankdata(above), cases), _centred(stats.rankdata(beside), cases)
    size = float(np.sqrt(np.sum(first**2) * np.sum(second**2)))
    if size < 1e-9:
        return None, None
    shuffled = np.tile(second, (DRAWS, 1))
    for places in tables:
        orders = rng.permuted(np.tile(np.arange(len(places)), (DRAWS, 1)), axis=1)
        shuffled[:, places] = second[places][orders]
    correlation = float(first @ second) / size
    drawn = shuffled @ first / size
    sizes = np.append(abs(drawn), abs(correlation))
    least, p = (float(np.mean(sizes >= size - 1e-9)) for size in (sizes.max(), abs(correlation)))
    return correlation, p if least < ALPHA else None


def _centred(values: Floats, cases: npt.NDArray[np.str_]) -> Floats:
    codes = np.unique(cases, return_inverse=True)[1]
    means: Floats = (np.bincount(codes, weights=values) / np.bincount(codes))[codes]
    return values - means
