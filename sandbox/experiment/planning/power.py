"""The power of a design for the smallest effects that matter, and the gain from more sessions."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from sandbox.content.experiment_card import OF_MODELS, Design, Hypothesis
from sandbox.content.library import Library
from sandbox.content.templates import AS_IS
from sandbox.experiment.judging.judges import JudgeNoise
from sandbox.experiment.multiplicity import ALPHA
from sandbox.experiment.outcomes import known_outcome, outcomes_of
from sandbox.experiment.planning.pairing import compared, ground_of, pairs_by_case
from sandbox.experiment.planning.runs import Run, replicated
from sandbox.experiment.planning.scatter import FEWEST, Lacking, Row, Scatter, alike, count_of, lacking, scatter_of
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.session import Session
from sandbox.game.spec import MAX_SAMPLES
from sandbox.session.points import card_turn

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sandbox.experiment.analysis.cluster_sums import Floats


CLUSTERED = 6
"""Fewest cases for cases as clusters; with fewer, blocks are clusters, and results do not extend to other cases."""
SIMULATIONS = 2000
"""Experiments simulated for each figure, so that it varies by about two points at most."""
ENOUGH = 0.8
"""The conventional power."""
MOST = 10_000
"""Most replicates that are tried."""
_FLIPS = 1999
_NEVER_LESS = (0.0, 0.0, 0.0)
_MANY = 200  # clusters beyond which the flip distribution is taken as normal
_AT_ONCE = 250  # experiments simulated at once
_PLAYED = 240  # most rules-only sessions played without a pilot
_TELL = 8  # fewest blocks of them
_ALONE: dict[str, Any] = {
    "style": "rules", "model": "none", "models": {}, "agents": {}, "judge_model": None, "personas": {},
    "wording": AS_IS,
}  # fmt: skip
Basis = Literal["pilot", "cards", "rules", "effect", ""]


@dataclass(frozen=True)
class Power:
    """The probability of confirming a hypothesis if the effect is the smallest that matters.

    Args:
        basis: source of the scatter: finished sessions (``pilot``), rehearsals of play by cards (``cards``), rules-only
            sessions (``rules``), or, if these cannot tell how an effect differs by player, an assumed √2 times the
            scatter of the effect itself (``effect``); empty if unknown.
        pairs: number of pairs for the scatter, even if they do not tell it; those with the same seed count as one.
        within: standard deviation of their differences within a scenario, in the outcome's unit.
        between: standard deviation of the effect between scenarios; None if the pairs cannot tell it. With fewer than
            `CLUSTERED` scenarios it does not enter the power, since the test is of these scenarios alone.
        confirmatory: whether it is in the locked plan (any is, if nothing is locked) and its outcome reliable.
        level: p below which it counts as confirmed: 5% for the primary one; for another, the hardest step of Holm: 5%
            over the number of its family (other confirmatory hypotheses, or exploratory ones; without ruled ones).
        planned: power of the design, 0 to 1; None if the scatter is unknown.
        replicates: power with twice as many replicates.
        scenarios: power with twice as many scenarios.
        least: the least possible p by flips of signs for each of these three; if it is not below the level, nothing can
            be confirmed.
        enough: fewest replicates with power `ENOUGH`, or as planned if that has it; None if `MOST` are too few.
        judges: the noise of the judges; None if unknown or nobody judges.
        judged: standard deviation that judging adds to the level of a session; None likewise.
        judging: share of the variance within scenarios due to judges, 0 to 1; None likewise, or if that variance is
            unknown.
        votes: power with twice as many votes of each judge; None if unknown, or above the limit of votes.
        alike: number of sessions of arm and base examined if all have the same value; else 0.
        lacking: arms in which most sessions examined lack the outcome, though it needs neither judge nor words.
    """

    hypothesis: Hypothesis
    basis: Basis = ""
    pairs: int = 0
    within: float = 0.0
    between: float | None = None
    confirmatory: bool = True
    level: float = 0.05
    planned: float | None = None
    replicates: float | None = None
    scenarios: float | None = None
    least: tuple[float, ...] = _NEVER_LESS
    enough: int | None = None
    judges: JudgeNoise | None = None
    judged: float | None = None
    judging: float | None = None
    votes: float | None = None
    alike: int = 0
    lacking: tuple[Lacking, ...] = ()

    @property
    def tested(self) -> bool:
        """Whether it is tested at all, and not set by a rule."""
        return not known_outcome(self.hypothesis.outcome).ruled


def power_of(
    design: Design, runs: Sequence[Run], rows: Sequence[Row], library: Library, *,
    locked: Collection[str] | None = None, unreliable: Collection[str] = (),
    judges: Mapping[str, JudgeNoise] | None = None,
    simulations: int = SIMULATIONS,
) -> tuple[Power, ...]:  # fmt: skip
    """Return the power of each hypothesis, by simulation of the test that the analysis makes.

    Paired differences are drawn as the smallest effect plus variation between and within scenarios. Both variances come
    from finished sessions, if there are enough pairs of base and arm that are not all alike; else from rules-only
    sessions, some of which are played if ``rows`` has none. As a few pairs tell little about a variance, each simulated
    experiment draws its own from the scaled inverse chi-squared distribution, so the power is the expected one
    (assurance; O'Hagan et al. 2005, doi:10.1002/pst.175).

    Blocks that differ by players alone (levels of `OF_MODELS`) have the same seed, and the analysis draws them
    together; so they count as one, with the mean of their differences.

    For a judged outcome, the noise of judges is a part of the variation within scenarios, and the only part that more
    votes of each judge reduce.

    Args:
        design: the design.
        runs: its sessions.
        rows: finished sessions of it, as the analysis reads them.
        library: the content.
        locked: ids of the hypotheses of the locked plan; None if nothing is locked.
        unreliable: outcomes by judges that were not measured reliable; hypotheses on them are exploratory.
        judges: the noise of the design's judges, by outcome.
        simulations: number of experiments simulated for each figure, with the same draws for all figures of a
            hypothesis, so that chance does not make more sessions look worse.

    Raises:
        InputError: the ``lab`` extra is not installed.
    """
    if not design.hypotheses:
        return ()
    import sandbox.experiment.analysis  # noqa: F401 - raises what to install if the extra is missing

    levels = levels_of(design, locked, unreliable)
    spoken = [row for row in rows if not row["null"]]
    silent = [row for row in rows if row["null"]]
    cards = all(run.spec.by_cards for run in runs if not run.null)
    played: list[Row] | None = None
    powers = []
    for place, hypothesis in enumerate(design.hypotheses):
        confirmatory, level = levels[hypothesis.id]
        blocks = [] if known_outcome(hypothesis.outcome).ruled else blocks_of(design, runs, hypothesis)
        plans = [[count * times for count in blocks] * copies for times, copies in ((1, 1), (2, 1), (1, 2))]
        least = tuple(map(least_p, plans)) if blocks else _NEVER_LESS
        basis: Basis = "pilot"
        looked, pairs = spoken, pairs_by_case(design, hypothesis, spoken)
        spread = scatter_of(pairs)
        if spread is None and design.arms not in OF_MODELS:
            basis, looked, pairs = "rules", silent, pairs_by_case(design, hypothesis, silent)
            if cards or count_of(pairs) < FEWEST:
                basis = "cards" if cards else "rules"
                played = tried_out(design, runs, library, cards=cards) if played is None else played
                looked, pairs = played, pairs_by_case(design, hypothesis, played)
            spread = scatter_of(pairs)
        if spread is None and hypothesis.against and hypothesis.factor in OF_MODELS and not cards:
            itself = hypothesis.model_copy(update={"at": {}, "against": {}})
            basis, pairs = "effect", pairs_by_case(design, itself, looked)
            if single := scatter_of(pairs):
                spread = single.of_two
        noise = (judges or {}).get(hypothesis.outcome)
        if spread is None or not blocks:
            judged = noise.of_panel(design.judge_samples) if noise else None
            powers.append(
                Power(
                    hypothesis, pairs=count_of(pairs), confirmatory=confirmatory, level=level, least=least,
                    judges=noise, judged=judged, alike=alike(design, hypothesis, looked),
                    lacking=lacking(design, hypothesis, looked),
                )
            )  # fmt: skip
            continue
        study = _Study(hypothesis, spread, level, (design.seed, place), simulations)
        planned, replicates, scenarios = map(study.power, plans)
        power = Power(
            hypothesis, basis, count_of(pairs), spread.within, spread.between, confirmatory, level,
            planned, replicates, scenarios, least, study.enough(blocks, design.replicates, planned),
            lacking=lacking(design, hypothesis, looked),
        )  # fmt: skip
        powers.append(
            power if noise is None
            else _judged(power, noise, study, plans[0], design.judge_samples, shared_seed(design, runs))
        )  # fmt: skip
    return tuple(powers)


def _judged(power: Power, noise: JudgeNoise, study: _Study, plan: Sequence[int], samples: int, shared: int) -> Power:
    """Return the power of a hypothesis with its judges' part, and the power with more votes.

    ``shared`` is the number of blocks with the same seed, which are judged one by one.
    """
    judged = noise.of_panel(samples)
    within, twice = study.spread.within, 2 * samples
    judging = min(1.0, 2 * judged**2 / shared / within**2) if within else 0.0  # a difference has two sessions
    votes = None
    if noise.again is not None and judged and twice <= MAX_SAMPLES:
        left = (noise.of_panel(twice) / judged) ** 2
        spread = replace(study.spread, judging=judging, known=noise.freedom, left=left)
        votes = replace(study, spread=spread).power(plan)
    return replace(power, judges=noise, judged=judged, judging=judging, votes=votes)


@dataclass(frozen=True)
class _Study:
    """The simulation of a hypothesis at its smallest effect, confirmed by p below the level."""

    hypothesis: Hypothesis
    spread: Scatter
    level: float
    seed: tuple[int, int]
    simulations: int

    def power(self, blocks: Sequence[int]) -> float:
        """Return the share of experiments that confirm the hypothesis; ``blocks`` has the number of each scenario."""
        import numpy as np

        hits = 0
        for start in range(0, self.simulations, _AT_ONCE):
            number = min(_AT_ONCE, self.simulations - start)
            # The spreads have their own generator, so that experiments of all sizes get the same.
            within, between = self.spread.drawn(np.random.default_rng([*self.seed, start, 0]), number)
            rng = np.random.default_rng([*self.seed, start, 1])
            if len(blocks) < CLUSTERED:  # the test is of these scenarios alone, whatever lies between them
                between = np.zeros_like(between)
            effects = self.hypothesis.smallest + between * rng.standard_normal((number, len(blocks)))
            totals, p = _tested(effects, within, np.asarray(blocks), self.spread.step, rng)
            right = self.hypothesis.direction == "different" or totals > 0
            hits += int(np.sum(right & (p < self.level)))
        return hits / self.simulations

    def enough(self, blocks: Sequence[int], replicates: int, planned: float) -> int | None:
        """Return the fewest replicates with power `ENOUGH`, to two figures; None if `MOST` are too few.

        ``blocks`` (the number of each scenario), ``replicates`` and ``planned`` (the power) are those of the plan.
        """

        def does(number: int) -> bool:
            return self.power([count // replicates * number for count in blocks]) >= ENOUGH

        if planned >= ENOUGH:
            return replicates
        few, many = replicates, 2 * replicates
        while not does(min(many, MOST)):
            if many >= MOST:
                return None
            few, many = many, 2 * many
        many = min(many, MOST)
        while many - few > max(1, many // 50):
            middle = (few + many) // 2
            few, many = (few, middle) if does(middle) else (middle, many)
        return many


def _tested(
    effects: Floats, within: Floats, blocks: npt.NDArray[np.int_], step: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return the sum of the differences of each experiment, and its p.

    With many independent blocks the distribution over flips is normal, with the sum of the squared differences as
    variance; then sums and sums of squares are drawn instead of single blocks. ``effects`` has the effect in each
    scenario, shape (experiments, scenarios), ``within`` the standard deviation within scenarios, shape (experiments,
    1), ``blocks`` the number of blocks of each scenario, and ``step`` the grid step of differences, or 0.

    On a grid, as with yes or no, many flips give the same sum, and the test confirms less often than for normal values
    (by 30 of 100 experiments with ten pairs). So sums are rounded to the grid, up or down at random, which keeps their
    mean (Croci et al. 2022, doi:10.1098/rsos.211631); the variance that this adds, a sixth of the squared step, is
    subtracted before.
    """
    import numpy as np

    from sandbox.experiment.analysis.cluster_sums import flipped

    number, wide = effects.shape
    if wide < CLUSTERED and blocks.sum() <= _MANY:
        effects, blocks = np.repeat(effects, blocks, axis=1), np.ones(blocks.sum(), dtype=int)
    spread = np.sqrt(np.maximum(0.0, within**2 * blocks - step**2 / 6))
    sums = blocks * effects + spread * rng.standard_normal(effects.shape)
    if step:
        sums = step * np.floor(sums / step + rng.random(sums.shape))
    totals = sums.sum(axis=1)
    if wide < CLUSTERED and blocks.sum() > _MANY:
        chi_squared = 2 * rng.standard_gamma(np.broadcast_to((blocks - 1) / 2, (number, wide)))  # 0 of a single block
        squares = np.sum(sums**2 / blocks + within**2 * chi_squared, axis=1)
        z = abs(totals) / np.sqrt(squares)
        return totals, np.array([math.erfc(value / math.sqrt(2)) for value in z])
    return totals, flipped(sums, rng, _FLIPS)[0]


def levels_of(
    design: Design, locked: Collection[str] | None = None, unreliable: Collection[str] = ()
) -> dict[str, tuple[bool, float]]:
    """Return, by id of hypothesis, whether it is confirmatory, and its level of p.

    The families are those of the report (`effects_of`). Arguments are those of `power_of`.
    """
    held = {
        item.id: (locked is None or item.id in locked) and item.outcome not in unreliable for item in design.hypotheses
    }
    alone = {item.id for item in design.hypotheses if item.primary and item.outcome not in unreliable}
    family = Counter(
        held[item.id] for item in design.hypotheses if item.id not in alone and not known_outcome(item.outcome).ruled
    )
    return {name: (own, ALPHA if name in alone else ALPHA / max(1, family[own])) for name, own in held.items()}


def least_p(blocks: Sequence[int]) -> float:
    """Return the least possible p by flips of signs; ``blocks`` has the number of each scenario."""
    return 2.0 ** (1 - flipped_of(blocks))


def flipped_of(blocks: Sequence[int]) -> int:
    """Return the number of signs flipped: of cases if there are enough, else of blocks."""
    return len(blocks) if len(blocks) >= CLUSTERED else sum(blocks)


def blocks_of(design: Design, runs: Sequence[Run], hypothesis: Hypothesis | None = None) -> list[int]:
    """Return the number of blocks with different seeds in each scenario; with a hypothesis, of those it compares."""
    with_it = design.base_of(hypothesis) if hypothesis else design.base
    base = [run for run in runs if not run.null and run.arm == with_it]
    if hypothesis is not None:
        both = {run.block for run in runs if run.arm == hypothesis.arm}
        base = [run for run in base if run.block in both]
        chosen = compared(hypothesis, design.arms, [run.cell for run in base], [run.replicate for run in base])
        base = [base[place] for place, _ in chosen]
    seeds: dict[str, set[str]] = defaultdict(set)
    for run in base:
        seeds[run.scenario].add(ground_of(design.arms, run.cell, run.replicate))
    return [len(held) for held in seeds.values()]


def shared_seed(design: Design, runs: Sequence[Run]) -> int:
    """Return how many blocks of a design share a seed: several if players are varied in addition to the arms."""
    return max(1, sum(not run.null and run.arm == design.base for run in runs) // max(1, sum(blocks_of(design, runs))))


def tried_out(design: Design, runs: Sequence[Run], library: Library, *, cards: bool) -> list[Row]:
    """Play sessions of the hypotheses' arms by the rules alone, or by the ``cards``, as rows; none for countries.

    Rules-only ones cost nothing, so if the design has few blocks, more are played than it has.
    """
    if design.of_countries:
        return []
    if not cards and (blocks := sum(blocks_of(design, runs))):
        runs = replicated(design, runs, math.ceil(_TELL * design.replicates / min(blocks, _TELL)))
    arms = {arm for item in design.hypotheses for arm in (item.arm, design.base_of(item))}
    rows: list[Row] = []
    games: dict[str, Game] = {}
    known: set[tuple[str, str]] = set()  # sessions that differ by players alone are the same by the rules
    for run in runs:
        own = (run.id if cards else ground_of(design.arms, run.cell, run.replicate)), run.arm
        if run.null or (arms and run.arm not in arms) or own in known:
            continue
        if len(rows) >= _PLAYED:
            break
        known.add(own)
        key = "/".join(run.cell.values()) if cards else "/".join((ground_of(design.arms, run.cell, 0), run.arm))
        if key not in games:
            alone = {"judge_model": None, "agents": {}} if cards else _ALONE
            games[key] = Game(run.spec.model_copy(update=alone), library)
        game = games[key].twin(seed=run.seed)
        session = Session(game, play(game, card_turn if cards else RandomChoice(game.templates)))
        rows.append({
            "arm": run.arm, "block": run.block, "scenario": run.scenario, "cell": run.cell,
            "replicate": run.replicate, "outcomes": outcomes_of(session), "lines": session.lines,
        })  # fmt: skip
    return rows
