"""The influence of single rules on outcomes of rules-only sessions: Morris screening, then Sobol' indices.

Values of rules have no order, so results must not depend on how they are coded. In the screening each trajectory draws
two different values for every rule and changes each rule once, from one to the other (Morris 1991,
doi:10.1080/00401706.1991.10484804, on two levels); mu* (Campolongo et al. 2007, doi:10.1016/j.envsoft.2006.10.004) is
then the mean absolute change of an outcome between two values of the rule, with all other rules drawn at random. In the
second step every value of a rule is equally likely: the first-order index S1 is the share of an outcome's variance due
to the rule alone, the total index ST includes its interactions (Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018).
Both steps have a dummy rule, `CHANCE`, whose values are sets of seeds. All combinations of rules have the same cases
and seeds, so a rule that cannot act changes nothing, and the effect of chance is the floor that a rule must exceed.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from sandbox.content.words import refusal
from sandbox.experiment.planning.crossed import CHANCES, CrossedRules, Point, Rule, Values

CHANCE = "chance"
"""The dummy rule, whose values are sets of seeds."""
REST = "rest"
"""All rules that the second step does not measure singly, together."""
_TRAJECTORIES, _SAMPLES = 4, 32  # the fewest; with fewer base samples shares are noise
_STRONGEST = 6  # most rules that the second step measures singly
_RESAMPLES = 500


@dataclass(frozen=True)
class RuleEffect:
    """The effect of changing a rule on an outcome.

    Args:
        size: mu*, the mean absolute change of the outcome's mean between two values of the rule, in its own unit.
        conf: half of its 95% interval, by bootstrap over the trajectories.
        mean: mu, the mean change from the earlier value in the rule's list to the later; None for three values or more.
        spread: sigma, the standard deviation of the changes: large if the effect depends on other rules or, with three
            values or more, on which values are compared.
        clear: whether its interval is above that of chance.
    """

    size: float
    conf: float
    mean: float | None
    spread: float
    clear: bool


@dataclass(frozen=True)
class VarianceShare:
    """The share of an outcome's variance, over all combinations of rules, that is due to a rule.

    Args:
        first: S1, by itself.
        first_conf: half of its 95% interval, by bootstrap.
        total: ST, by itself and in interactions.
        total_conf: half of its 95% interval.
    """

    first: float
    first_conf: float
    total: float
    total_conf: float


@dataclass(frozen=True)
class Value:
    """The effect of a value of a rule on an outcome, all else being equal.

    Args:
        change: the outcome's mean less the mean over all values of the rule.
        margin: half of its 95% interval, by least squares.
    """

    change: float
    margin: float


@dataclass(frozen=True)
class Model:
    """The mean of an outcome under an unchanged governance model; ``margin`` is half of its 95% interval."""

    mean: float
    margin: float
    sessions: int


@dataclass(frozen=True)
class Sensitivity:
    """The influence of rules on outcomes.

    Args:
        sessions: number of sessions of each combination of rules.
        played: number of sessions in all.
        trajectories: number of trajectories of the screening.
        samples: base samples of the second step; 0 if no rule stands out, or sessions are too few.
        rules: the rules in which the models differ.
        same: paths of those in which they do not.
        effects: by outcome and rule, including `CHANCE`; without outcomes that too few sessions have.
        measured: paths of the rules that stand out most and that the second step measures, the strongest first.
        shares: by outcome and rule, including `REST` and `CHANCE`; without outcomes that never varied.
        as_they_are: by outcome and model; None if too few sessions have the outcome.
        values: by outcome and measured rule, the effect of each value; None for one that was never compared.
        left_out: by outcome, the number of trajectories with a combination without it.
        unplayable: number of combinations of rules that could not be played.
    """

    models: tuple[str, ...]
    cases: tuple[str, ...]
    outcomes: tuple[str, ...]
    seed: int
    sessions: int
    played: int
    trajectories: int
    samples: int
    rules: tuple[Rule, ...]
    same: tuple[str, ...]
    effects: Mapping[str, Mapping[str, RuleEffect]]
    measured: tuple[str, ...]
    shares: Mapping[str, Mapping[str, VarianceShare]]
    as_they_are: Mapping[str, Mapping[str, Model | None]]
    values: Mapping[str, Mapping[str, tuple[Value | None, ...]]]
    left_out: Mapping[str, int]
    unplayable: int

    def apart(self, outcome: str) -> bool:
        """Return whether the 95% intervals of at least two unchanged models do not overlap."""
        known = [model for model in self.as_they_are[outcome].values() if model is not None]
        return any(abs(a.mean - b.mean) > a.margin + b.margin for a in known for b in known)

    def rows(self) -> Iterator[dict[str, str | float | None]]:
        """Yield all measures of rules, a row per outcome and rule."""
        for outcome, effects in self.effects.items():
            shares = self.shares.get(outcome, {})
            for rule in dict.fromkeys([*effects, *shares]):
                effect, share = effects.get(rule), shares.get(rule)
                names = {"outcome": outcome, "rule": rule}
                yield names | _columns(RuleEffect, effect) | _columns(VarianceShare, share)

    def ranked(self, outcome: str) -> list[tuple[str, RuleEffect]]:
        """Return the rules that stand out from chance, the strongest first."""
        clear = [(rule, effect) for rule, effect in self.effects.get(outcome, {}).items() if effect.clear]
        return sorted(clear, key=lambda item: -item[1].size)


def _columns(kind: type[RuleEffect] | type[VarianceShare], value: RuleEffect | VarianceShare | None) -> dict[str, Any]:
    return {field.name: None if value is None else getattr(value, field.name) for field in fields(kind)}


def screening_size(crossing: CrossedRules, sessions: int) -> int:
    """Return the number of trajectories that half of a number of sessions allows.

    Raises:
        InputError: they are too few.
    """
    trajectory = (len(crossing.space.rules) + 2) * crossing.sessions
    if sessions < 2 * _TRAJECTORIES * trajectory:
        raise refusal(
            "sensitivity.few_sessions", sessions=f"{sessions:,}", rules=len(crossing.space.rules),
            times=crossing.sessions, least=f"{2 * _TRAJECTORIES * trajectory:,}",
        )  # fmt: skip
    return sessions // 2 // trajectory


def measure(
    crossing: CrossedRules, outcomes: Sequence[str], sessions: int, *, cores: int = 1,
    on_step: Callable[[str, int], None] = lambda *_: None, on_sessions: Callable[[int], None] = lambda _: None,
) -> Sensitivity:  # fmt: skip
    """Measure the influence of rules on outcomes.

    Args:
        crossing: the rules, cases and seeds.
        outcomes: names of outcomes, of `COUNTED`.
        sessions: most sessions to play; the screening takes half of them.
        cores: most processes.
        on_step: called before each step with its name, ``morris`` or ``sobol``, and its number of sessions.
        on_sessions: called with the number of further sessions played.

    Raises:
        InputError: there are too few sessions.
    """
    steps = _Steps(crossing, tuple(outcomes), cores, on_step, on_sessions)
    trajectories = screening_size(crossing, sessions)
    codes, points = _trajectories(crossing, trajectories)
    as_they_are = {
        model: [(*crossing.space.corner(model), chance) for chance in range(CHANCES)] for model in crossing.models
    }
    steps.play("morris", [*points, *(point for own in as_they_are.values() for point in own)])
    steps.compare(itertools.pairwise(points))
    effects, left_out = {}, {}
    for outcome in outcomes:
        effects[outcome], left_out[outcome] = _effects(crossing, codes, steps.means(outcome, points))
    effects = {outcome: known for outcome, known in effects.items() if known}
    spreads = {outcome: float(np.nanstd(steps.means(outcome, points))) for outcome in effects}
    measured = _strongest(effects, spreads)
    samples, shares = steps.second(measured, sessions - len(steps.known) * crossing.sessions)
    return Sensitivity(
        models=crossing.models, cases=crossing.cases, outcomes=tuple(outcomes), seed=crossing.seed,
        sessions=crossing.sessions, played=len(steps.known) * crossing.sessions, trajectories=trajectories,
        samples=samples, rules=crossing.space.rules, same=tuple(rule.path for rule in crossing.space.same),
        effects=effects, measured=measured, shares=shares,
        as_they_are={
            outcome: {model: steps.model(outcome, own) for model, own in as_they_are.items()} for outcome in outcomes
        },
        values={outcome: {rule: steps.values(outcome, rule) for rule in measured} for outcome in effects},
        left_out=left_out, unplayable=sum(values is None for values in steps.known.values()),
    )  # fmt: skip


class _Steps:
    def __init__(
        self, crossing: CrossedRules, outcomes: tuple[str, ...], cores: int, on_step: Callable[[str, int], None],
        on_sessions: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._crossing, self._outcomes, self._cores = crossing, outcomes, cores
        self._on_step, self._on_sessions = on_step, on_sessions
        self.known: dict[Point, Values | None] = {}
        self._pairs: dict[str, list[tuple[Point, Point]]] = {rule.path: [] for rule in crossing.space.rules}

    def play(self, step: str, points: Sequence[Point]) -> None:
        new = dict.fromkeys(point for point in points if point not in self.known)
        self._on_step(step, len(new) * self._crossing.sessions)
        self.known |= self._crossing.play(new, self._cores, self._on_sessions)

    def means(self, outcome: str, points: Sequence[Point]) -> Any:
        """Return the mean of an outcome at each point; NaN if no session there has it."""
        values = (self.known[point] for point in points)
        held = ((known or {}).get(outcome) for known in values)
        return np.array([statistics.fmean(value) if value else np.nan for value in held])

    def compare(self, pairs: Iterable[tuple[Point, Point]]) -> None:
        """Store the pairs of points that differ by one rule alone."""
        rules = self._crossing.space.rules
        for first, second in pairs:
            differ = [at for at in range(len(first)) if first[at] != second[at]]
            if len(differ) == 1 and differ[0] < len(rules):
                self._pairs[rules[differ[0]].path].append((first, second))

    def values(self, outcome: str, path: str) -> tuple[Value | None, ...]:
        """Return the effect of each value of a rule on an outcome."""
        rules = self._crossing.space.rules
        at = next(place for place, rule in enumerate(rules) if rule.path == path)
        first, second = zip(*self._pairs[path], strict=True)
        steps = [(before[at], after[at]) for before, after in self._pairs[path]]
        return _levels(len(rules[at].levels), steps, self.means(outcome, second) - self.means(outcome, first))

    def model(self, outcome: str, points: Sequence[Point]) -> Model | None:
        values = [value for point in points for value in (self.known[point] or {}).get(outcome, ())]
        if len(values) < 2:
            return None
        return Model(statistics.fmean(values), 1.96 * statistics.stdev(values) / len(values) ** 0.5, len(values))

    def second(self, measured: Sequence[str], sessions: int) -> tuple[int, dict[str, Mapping[str, VarianceShare]]]:
        """Measure the strongest rules singly and all others together; return base samples and shares."""
        rules = self._crossing.space.rules
        most = sessions // ((len(measured) + 4) * self._crossing.sessions)
        if not measured or most < _SAMPLES:
            return 0, {}
        from SALib.analyze import sobol as sobol_analysis
        from SALib.sample import sobol as sobol_sample

        samples = 1 << (most.bit_length() - 1)  # Sobol' sequences come in powers of two
        groups = [rule.path if rule.path in measured else REST for rule in rules] + [CHANCE]
        names = list(dict.fromkeys(groups))
        numbers = [len(rule.levels) for rule in rules] + [CHANCES]
        problem = _problem(rules) | {"groups": groups}
        drawn = sobol_sample.sample(problem, samples, calc_second_order=False, seed=self._crossing.seed)
        points = [tuple(int(part * number) for part, number in zip(row, numbers, strict=True)) for row in drawn]
        self.play("sobol", points)
        for at in range(0, len(points), len(names) + 2):
            self.compare((points[at], point) for point in points[at + 1 : at + len(names) + 1])
        shares = dict[str, Mapping[str, VarianceShare]]()
        for outcome in self._outcomes:
            blocks = self.means(outcome, points).reshape(samples, len(names) + 2)
            whole = blocks[~np.isnan(blocks).any(axis=1)]
            if len(whole) < _SAMPLES // 2 or whole[:, [0, -1]].std() < 1e-9:
                continue
            with np.errstate(invalid="ignore", divide="ignore"):  # a resample in which the outcome does not vary
                indices = sobol_analysis.analyze(
                    problem, whole.ravel(), calc_second_order=False, num_resamples=_RESAMPLES,
                    seed=self._crossing.seed + 1,
                )  # fmt: skip
            table = np.array([indices[key] for key in ("S1", "S1_conf", "ST", "ST_conf")], dtype=float)
            if np.isfinite(table).all():
                shares[outcome] = {name: VarianceShare(*map(float, table[:, at])) for at, name in enumerate(names)}
        return samples, shares


def _trajectories(crossing: CrossedRules, number: int) -> tuple[Any, list[Point]]:
    """Return the trajectories as codes 0 and 1, and as points."""
    from SALib.sample import morris as morris_sample

    rules = crossing.space.rules
    numbers = [len(rule.levels) for rule in rules] + [CHANCES]
    codes = morris_sample.sample(_problem(rules), number, num_levels=2, seed=crossing.seed)
    draws = np.random.default_rng([crossing.seed, 1])
    points = []
    for trajectory in codes.reshape(number, len(numbers) + 1, len(numbers)):
        pairs = [sorted(draws.choice(count, 2, replace=False)) for count in numbers]
        points += [tuple(int(pair[int(code)]) for pair, code in zip(pairs, row, strict=True)) for row in trajectory]
    return codes, points


def _problem(rules: Sequence[Rule]) -> dict[str, Any]:
    names = [*(rule.path for rule in rules), CHANCE]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def _effects(crossing: CrossedRules, codes: Any, means: Any) -> tuple[dict[str, RuleEffect], int]:
    """Return the effects of rules on an outcome (none from too few trajectories), and the trajectories left out."""
    rules = crossing.space.rules
    steps = len(rules) + 2
    blocks = means.reshape(-1, steps)
    whole = ~np.isnan(blocks).any(axis=1)
    left_out = int((~whole).sum())
    if whole.sum() < _TRAJECTORIES:
        return {}, left_out
    from SALib.analyze import morris as morris_analysis

    indices = morris_analysis.analyze(
        _problem(rules), codes.reshape(-1, steps, steps - 1)[whole].reshape(-1, steps - 1), blocks[whole].ravel(),
        num_levels=2, num_resamples=_RESAMPLES, seed=crossing.seed,
    )  # fmt: skip
    floor = float(indices["mu_star"][-1] + indices["mu_star_conf"][-1])
    effects = {}
    for at, name in enumerate(_problem(rules)["names"]):
        size, conf = float(indices["mu_star"][at]), float(indices["mu_star_conf"][at])
        two = at < len(rules) and len(rules[at].levels) == 2
        mean = float(indices["mu"][at]) if two else None
        effects[name] = RuleEffect(
            size, conf, mean, float(indices["sigma"][at]), name != CHANCE and size - conf > floor
        )
    return effects, left_out


def _strongest(effects: Mapping[str, Mapping[str, RuleEffect]], spreads: Mapping[str, float]) -> tuple[str, ...]:
    """Return the rules with the largest clear effects on any outcome, in units of its spread."""
    most: dict[str, float] = {}
    for outcome, known in effects.items():
        for rule, effect in known.items():
            if effect.clear:
                most[rule] = max(most.get(rule, 0.0), effect.size / spreads[outcome])
    return tuple(sorted(most, key=lambda rule: -most[rule])[:_STRONGEST])


def _levels(count: int, steps: Sequence[tuple[int, int]], changes: Any) -> tuple[Value | None, ...]:
    """Return the effect of each value of a rule on an outcome, by least squares over changes of this rule alone.

    ``steps`` has the indices of the values before and after each change, ``changes`` the change of the outcome's mean.
    """
    known = ~np.isnan(changes)
    design = np.zeros((len(steps), count))
    for row, (first, second) in zip(design, steps, strict=True):
        row[first], row[second] = -1, 1
    design, changes = design[known], changes[known]
    inverse = np.linalg.pinv(design.T @ design)  # so that the values' changes sum to 0
    values = inverse @ design.T @ changes
    rest = changes - design @ values
    margins = 1.96 * np.sqrt(np.diag(inverse) * (rest @ rest) / max(1, len(changes) - count + 1))
    return tuple(
        Value(float(values[place]), float(margins[place])) if design[:, place].any() else None for place in range(count)
    )
