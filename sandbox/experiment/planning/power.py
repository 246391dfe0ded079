"""Power: how likely a design is to find the smallest effects that would matter, and what more sessions would buy."""

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
"""Cases from which on they are what is drawn; with fewer, blocks are, and nothing is said about other cases."""
SIMULATIONS = 2000
"""Experiments that are simulated for each figure, so that chance moves it by two points or so at most."""
ENOUGH = 0.8
"""Power that is asked for by custom."""
MOST = 10_000
"""Replicates beyond which no number is looked for."""
_FLIPS = 1999
_NEVER_LESS = (0.0, 0.0, 0.0)
_MANY = 200  # clusters from which on flips of signs are as good as normal
_AT_ONCE = 250  # experiments that are simulated at once
_PLAYED = 240  # rules-only sessions that are played at most where there is no pilot
_TELL = 8  # blocks of them that are played at least
_ALONE: dict[str, Any] = {
    "style": "rules", "model": "none", "models": {}, "agents": {}, "judge_model": None, "personas": {},
    "wording": AS_IS,
}  # fmt: skip
Basis = Literal["pilot", "cards", "rules", "effect", ""]


@dataclass(frozen=True)
class Power:
    """How likely a hypothesis is to be confirmed, were the effect the smallest that would matter.

    Args:
        basis: where the spread comes from: sessions that were played (``pilot``), rehearsals where the cards alone are
            to speak (``cards``), rules-only sessions (``rules``), or those where they cannot tell how an effect differs
            by who plays: √2 times the spread of the effect itself, an assumption (``effect``); empty where nothing is
            known of it.
        pairs: pairs from which the spread comes, or that do not tell it; those with the same seed count as one.
        within: standard deviation of their differences within a scenario, in the outcome's unit.
        between: standard deviation of the effect between scenarios; None where the pairs cannot tell it apart. With
            fewer than `CLUSTERED` scenarios it plays no part in the power, since the test is of these scenarios alone.
        confirmatory: whether it is tested with those of the locked plan, of all where nothing is locked, but for those
            by judges that were not measured reliable.
        level: p below which it counts as confirmed: 5% for the primary one, which is tested by itself; for another 5%
            over the number of hypotheses in its family (the confirmatory ones but for the primary, or the others; no
            rule among them), the hardest step of Holm.
        planned: power of the design, from 0 to 1; None where nothing is known of the spread.
        replicates: power with twice as many replicates.
        scenarios: power with twice as many scenarios.
        least: the least p that flips of signs can give, for each of these three, whatever is played; where it is not
            below the level, nothing can be confirmed.
        enough: replicates from which on power is `ENOUGH`, as planned where that is so already; None where no number up
            to `MOST` is.
        judges: how far the judges scatter; None where nobody judges, or where that is not known.
        judged: what judging adds to the level of a session, as standard deviation; None likewise.
        judging: share of the variance within scenarios that comes from judges, from 0 to 1; None likewise, and where
            nothing is known of that variance.
        votes: power with twice as many votes of each judge; None where that is not known, or more than may be.
        alike: how many sessions of arm and base were looked at, where all of them have one and the same value; else 0.
        lacking: arms under which most sessions that were looked at lack the outcome, though none needs a judge or words
            for it; so there is little to compare, or nothing.
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
        """Whether it is a test at all, and no rule that is told."""
        return not known_outcome(self.hypothesis.outcome).ruled


def power_of(
    design: Design, runs: Sequence[Run], rows: Sequence[Row], library: Library, *,
    locked: Collection[str] | None = None, unreliable: Collection[str] = (),
    judges: Mapping[str, JudgeNoise] | None = None,
    simulations: int = SIMULATIONS,
) -> tuple[Power, ...]:  # fmt: skip
    """Return the power of each hypothesis, by simulation of the test that the analysis makes.

    Paired differences are drawn as the smallest effect, plus what varies between scenarios, plus what varies within
    them. Both variances come from sessions that were played, where there are pairs of base and arm enough, and not all
    alike; else from rules-only sessions, of which some are played where there are none among the rows. A few pairs tell
    little of a variance: each simulated experiment has its own, from the scaled inverse chi-squared distribution, so
    that the power is the one to be expected (assurance; O'Hagan et al. 2005, doi:10.1002/pst.175).

    Blocks that differ by who plays alone (levels of `OF_MODELS`) have the same seed, and the analysis draws them
    together; so they count as one here, with the mean of their differences.

    Where an outcome is judged, what judges make differently of the same session is a part of what varies within
    scenarios, and the only one that more votes of each judge lower.

    Args:
        design: the design.
        runs: its sessions.
        rows: finished sessions of it, as the analysis reads them.
        library: the content.
        locked: ids of the hypotheses of the locked plan; None where nothing is locked.
        unreliable: outcomes by judges that were not measured reliable; a hypothesis on one of them is exploratory.
        judges: how far the design's judges scatter, by outcome.
        simulations: how many experiments are simulated for each figure, with the same draws for all figures of a
            hypothesis, so that more sessions do not lose by chance.

    Raises:
        InputError: the ``lab`` extra is not installed.
    """
    if not design.hypotheses:
        return ()
    import sandbox.experiment.analysis  # noqa: F401 - which says what to install where the extra is missing

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
    """Return the power of a hypothesis with the part of its judges, and what more votes of each would buy.

    ``shared`` blocks have the same seed, and are judged one by one.
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
    """What is simulated of a hypothesis, at its smallest effect; it is confirmed by p below the level."""

    hypothesis: Hypothesis
    spread: Scatter
    level: float
    seed: tuple[int, int]
    simulations: int

    def power(self, blocks: Sequence[int]) -> float:
        """Return in which share of experiments the hypothesis is confirmed; ``blocks`` are those of each scenario."""
        import numpy as np

        hits = 0
        for start in range(0, self.simulations, _AT_ONCE):
            number = min(_AT_ONCE, self.simulations - start)
            # The spreads have a generator of their own, so that all sizes of an experiment meet the same.
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
        """Return replicates from which on power is `ENOUGH`, to two figures; None where no number up to `MOST` is.

        ``blocks`` (how many each scenario has), ``replicates`` and ``planned`` (the power) are those of the plan.
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

    With many blocks that count as independent the distribution over flips is normal, with the sum of the squared
    differences as variance; then blocks are not drawn one by one, but their sums and sums of squares. ``effects`` has
    the effect in each scenario, as experiments by scenarios, ``within`` the standard deviation within scenarios, as
    experiments by 1, ``blocks`` how many blocks each scenario has, and ``step`` how far apart values of a difference
    are.

    Where values lie on a grid, as those of a yes or no, many flips come to the same sum, and the test confirms less
    often than it would of normal values (by 30 of 100 experiments with ten pairs). So sums are rounded to the grid, up
    or down at random, which keeps their mean (Croci et al. 2022, doi:10.1098/rsos.211631); what that adds to their
    variance, a sixth of the squared step, is taken off before.
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
    """Return of each hypothesis, by its id, whether it is confirmatory, and below which p it is confirmed, or found.

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
    """Return the least p that flips of signs can give, whatever is played; ``blocks`` are those of each scenario."""
    return 2.0 ** (1 - flipped_of(blocks))


def flipped_of(blocks: Sequence[int]) -> int:
    """Return how many signs are flipped: of cases where there are enough of them, else of blocks."""
    return len(blocks) if len(blocks) >= CLUSTERED else sum(blocks)


def blocks_of(design: Design, runs: Sequence[Run], hypothesis: Hypothesis | None = None) -> list[int]:
    """Return how many blocks with a seed of their own each scenario has; of a hypothesis, those that it compares."""
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
    """Return how many blocks of a design have the same seed: several where who plays is varied beside the arms."""
    return max(1, sum(not run.null and run.arm == design.base for run in runs) // max(1, sum(blocks_of(design, runs))))


def tried_out(design: Design, runs: Sequence[Run], library: Library, *, cards: bool) -> list[Row]:
    """Play sessions of the arms that hypotheses name by the rules alone, or by the ``cards``, as rows; no countries.

    Those by the rules alone cost nothing, and of few blocks more are played than the design has, so that they tell.
    """
    if design.of_countries:
        return []
    if not cards and (blocks := sum(blocks_of(design, runs))):
        runs = replicated(design, runs, math.ceil(_TELL * design.replicates / min(blocks, _TELL)))
    arms = {arm for item in design.hypotheses for arm in (item.arm, design.base_of(item))}
    rows: list[Row] = []
    games: dict[str, Game] = {}
    known: set[tuple[str, str]] = set()  # whoever plays, the rules alone play the same session
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
