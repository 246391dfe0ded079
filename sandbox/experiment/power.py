"""Power: how likely a design is to find the smallest effects that would matter, and what more sessions would buy."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sandbox.content.experiment_card import OF_MODELS, Design, Hypothesis
from sandbox.content.library import Library
from sandbox.experiment.design import Run
from sandbox.experiment.outcomes import outcomes_of
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.session import Session

if TYPE_CHECKING:
    import numpy as np

__all__ = ["CLUSTERED", "FEWEST", "Power", "power_of"]

FEWEST = 3
"""Sessions, or pairs of sessions, below which a pilot says nothing."""
CLUSTERED = 6
"""Scenarios from which on the analysis clusters by scenario, and no more by block."""
SIMULATIONS = 200
_PLAYED = 240  # rules-only sessions that are played at most where there is no pilot
Basis = Literal["pilot", "rules", ""]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Spread:
    """Standard deviations of paired differences, and from how many degrees of freedom each is known.

    Args:
        within: within scenarios.
        inside: its degrees of freedom.
        between: of the effect between scenarios; None where it cannot be told from ``within``.
        across: its degrees of freedom.
    """

    within: float
    inside: int
    between: float | None = None
    across: int = 0

    def drawn(self, rng: np.random.Generator) -> tuple[float, float]:
        """Return standard deviations, within and between, that may as well be the true ones."""
        within = self.within * math.sqrt(self.inside / rng.chisquare(self.inside))
        if not self.between:
            return within, 0.0
        return within, self.between * math.sqrt(self.across / rng.chisquare(self.across))


@dataclass(frozen=True)
class Power:
    """How likely a hypothesis is to be confirmed, were the effect the smallest that would matter.

    Args:
        hypothesis: what is tested.
        basis: where the spread comes from: sessions that were played (``pilot``), or rules-only ones (``rules``); empty
            where nothing is known of it.
        pairs: pairs from which the spread comes.
        within: standard deviation of paired differences within a scenario, in the outcome's unit.
        between: standard deviation of the effect between scenarios; None where the pairs cannot tell it apart.
        level: p below which it counts as confirmed: 5% over the number of hypotheses, the hardest step of Holm.
        planned: power of the design, from 0 to 1; None where nothing is known of the spread.
        replicates: power with twice as many replicates.
        scenarios: power with twice as many scenarios.
    """

    hypothesis: Hypothesis
    basis: Basis = ""
    pairs: int = 0
    within: float = 0.0
    between: float | None = None
    level: float = 0.05
    planned: float | None = None
    replicates: float | None = None
    scenarios: float | None = None


def power_of(
    design: Design, runs: Sequence[Run], rows: Sequence[Row], library: Library, *, simulations: int = SIMULATIONS
) -> tuple[Power, ...]:
    """Return the power of each hypothesis, by simulation of the test that the analysis makes.

    Paired differences are drawn as the smallest effect, plus what varies between scenarios, plus what varies within
    them. Both variances come from sessions that were played, where there are pairs of base and arm enough, and not all
    alike; else from rules-only sessions, of which some are played where there are none among the rows. A few pairs tell
    little of a variance: each simulated experiment has its own, from the scaled inverse chi-squared distribution, so
    that the power is the one to be expected (assurance; O'Hagan et al. 2005, doi:10.1002/pst.175).

    Args:
        design: the design.
        runs: its sessions.
        rows: finished sessions of it, as the analysis reads them.
        library: the content.
        simulations: how many analyses are simulated for each figure.

    Raises:
        InputError: the ``lab`` extra is not installed.
    """
    from sandbox.experiment.analysis.pairs import ALPHA  # first of all, since it names the extra that is missing

    import numpy as np  # isort: skip

    level = ALPHA / max(1, len(design.hypotheses))
    spoken = [row for row in rows if not row["null"]]
    silent = [row for row in rows if row["null"]]
    played: list[Row] | None = None
    powers = []
    for place, hypothesis in enumerate(design.hypotheses):
        basis: Basis = "pilot"
        pairs = _pairs(design, hypothesis, spoken)
        spread = _spread(pairs)
        if spread is None and design.arms not in OF_MODELS:
            basis, pairs = "rules", _pairs(design, hypothesis, silent)
            if _count(pairs) < FEWEST:
                played = _played(design, runs, library) if played is None else played
                pairs = _pairs(design, hypothesis, played)
            spread = _spread(pairs)
        if spread is None:
            powers.append(Power(hypothesis, level=level))
            continue
        rng = np.random.default_rng([design.seed, place])
        blocks = _blocks(design, runs)
        more = (1, 1), (2, 1), (1, 2)
        planned, replicates, scenarios = (
            _simulated(hypothesis, [count * times for count in blocks] * copies, spread, level, rng, simulations)
            for times, copies in more
        )
        known = basis, _count(pairs), spread.within, spread.between
        powers.append(Power(hypothesis, *known, level, planned, replicates, scenarios))
    return tuple(powers)


def _simulated(
    hypothesis: Hypothesis, blocks: Sequence[int], spread: _Spread, level: float, rng: np.random.Generator,
    simulations: int,
) -> float:  # fmt: skip
    """Return in which share of simulated experiments the hypothesis is confirmed.

    Args:
        hypothesis: what is tested, at its smallest effect.
        blocks: how many blocks each scenario has.
        spread: of differences.
        level: p below which it is confirmed.
        rng: the generator.
        simulations: how many experiments.
    """
    import numpy as np

    from sandbox.experiment.analysis.pairs import test_pair

    sign = -1 if hypothesis.direction == "lower" else 1
    of_block = np.repeat(np.arange(len(blocks)), blocks)
    clusters = of_block if len(blocks) >= CLUSTERED else np.arange(of_block.size)
    draws = max(199, math.ceil(4 / level))
    hits = 0
    for _ in range(simulations):
        within, between = spread.drawn(rng)
        effects = sign * hypothesis.smallest + rng.normal(0, between, len(blocks))
        differences = effects[of_block] + rng.normal(0, within, of_block.size)
        pair = test_pair(differences, clusters, rng=rng, draws=draws)
        right = hypothesis.direction == "different" or pair.estimate * sign > 0
        hits += right and pair.p_permutation < level
    return hits / simulations


def _pairs(design: Design, hypothesis: Hypothesis, rows: Sequence[Row]) -> dict[str, list[float]]:
    """Return the differences between arm and base in each block that has both, by scenario."""
    blocks: dict[str, dict[str, float]] = defaultdict(dict)
    scenarios = {}
    for row in rows:
        value = row["outcomes"].get(hypothesis.outcome)
        if value is not None:
            blocks[row["block"]][row["arm"]] = value
            scenarios[row["block"]] = row["scenario"]
    pairs: dict[str, list[float]] = defaultdict(list)
    for block, values in blocks.items():
        if design.base in values and hypothesis.arm in values:
            pairs[scenarios[block]].append(values[hypothesis.arm] - values[design.base])
    return pairs


def _count(pairs: Mapping[str, Sequence[float]]) -> int:
    return sum(map(len, pairs.values()))


def _spread(pairs: Mapping[str, Sequence[float]]) -> _Spread | None:
    """Return the spread within and between scenarios, by analysis of variance with one random factor.

    Where no scenario has two pairs, all of the variance counts as within. None where there are few pairs, or all are
    alike, which tells nothing of others.
    """
    groups = [list(group) for group in pairs.values()]
    count, wide = sum(map(len, groups)), len(groups)
    if count < FEWEST or len({value for group in groups for value in group}) == 1:
        return None
    centre = sum(map(sum, groups)) / count
    if count == wide:
        return _Spread(math.sqrt(sum((group[0] - centre) ** 2 for group in groups) / (count - 1)), count - 1)
    means = [sum(group) / len(group) for group in groups]
    inside = sum((value - mean) ** 2 for group, mean in zip(groups, means, strict=True) for value in group)
    within = inside / (count - wide)
    if wide == 1:
        return _Spread(math.sqrt(within), count - 1)
    across = sum(len(group) * (mean - centre) ** 2 for group, mean in zip(groups, means, strict=True)) / (wide - 1)
    size = (count - sum(len(group) ** 2 for group in groups) / count) / (wide - 1)
    between = math.sqrt(max(0.0, (across - within) / size))
    return _Spread(math.sqrt(within), count - wide, between, wide - 1)


def _blocks(design: Design, runs: Sequence[Run]) -> list[int]:
    """Return how many blocks each scenario has."""
    counts: dict[str, int] = defaultdict(int)
    for run in runs:
        counts[run.scenario] += not run.null and run.arm == design.base
    return [count for count in counts.values() if count]


def _played(design: Design, runs: Sequence[Run], library: Library) -> list[Row]:
    """Play sessions of the arms that hypotheses name by the rules alone, and return them as rows."""
    arms = {design.base, *(hypothesis.arm for hypothesis in design.hypotheses)}
    rows: list[Row] = []
    games: dict[tuple[str, ...], Game] = {}
    for run in runs:
        if run.null or run.arm not in arms:
            continue
        if len(rows) >= _PLAYED:
            break
        key = tuple(run.cell.values())
        if key not in games:
            spec = run.spec.model_copy(update={"style": "rules", "model": "none", "judge_model": None})
            games[key] = Game(spec, library)
        game = games[key].twin(seed=run.seed)
        outcomes = outcomes_of(Session(game, play(game, RandomChoice(game.templates))))
        rows.append({"arm": run.arm, "block": run.block, "scenario": run.scenario, "outcomes": outcomes})
    return rows
