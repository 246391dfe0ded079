"""The effects of arms on outcomes, within blocks: locked hypotheses, the rest, and what the rules alone do."""

from __future__ import annotations

import math
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, permutations, product
from typing import Any

import numpy as np

from sandbox.content.experiment_card import Design, Hypothesis
from sandbox.experiment.analysis.pairs import Floats, OutcomeScale, equivalence, share_of, test_pair
from sandbox.experiment.analysis.results import (
    Across,
    CaseEffect,
    Cluster,
    Effect,
    Effects,
    LevelEffect,
    Missing,
    OverAll,
    Tested,
    Verdict,
    Why,
    selected,
    usual_cluster,
)
from sandbox.experiment.multiplicity import ALPHA, false_discoveries, holm
from sandbox.experiment.outcomes import known_outcome, widest_of
from sandbox.experiment.pairing import compared, ground_of
from sandbox.experiment.power import CLUSTERED

Row = Mapping[str, Any]
CASE_DRAWS = 1_999
"""Draws for what is looked at case by case, or level by level."""
# A hypothesis, why it is exploratory, its effect, p of one too small to matter, the effect over all sessions, and where
# it is tested.
_Draft = tuple[Hypothesis, Why, Effect | None, float | None, Effect | None, "_Tables"]
_REACHED = 4  # of 5: the level from which a criterion counts as met
_MOST = 4_096  # rearrangements that are gone through; above, so many are drawn


def effects_of(
    design: Design, rows: Sequence[Row], rng: np.random.Generator, *, locked: Collection[str] = (),
    planned: Sequence[Row] | None = None, unreliable: Collection[str] = (), inert: Collection[str] = (),
    changed: Collection[str] = (),
) -> Effects:  # fmt: skip
    """Return the effects of all arms on all outcomes.

    Each test has a generator of its own, spawned by the names of its outcome and arm, so that an outcome that is added
    changes no other figure.

    Args:
        design: the design.
        rows: the finished sessions, one a row, with ``arm``, ``block``, ``scenario``, ``replicate``, ``null``, ``cell``
            and ``outcomes``.
        rng: the generator from which all others come.
        locked: ids of the hypotheses that were locked before sessions were played.
        planned: the sessions of the plan as it was locked, on which these are tested; None where that is all of them.
        unreliable: outcomes by judges that were not measured reliable; a hypothesis on one of them is exploratory.
        inert: factors that cannot act on these sessions, at whose levels no effect is looked at.
        changed: outcomes that are not counted by what was locked; a hypothesis on one of them is exploratory.
    """
    tables = _Tables(design, rows, int(rng.integers(2**32)), inert)
    grown = planned is not None and len(planned) < len(rows)
    as_locked = _Tables(design, planned, tables.seed, inert) if planned is not None and grown else tables
    named = {(item.outcome, item.arm) for item in design.hypotheses if not item.at}
    effects = {
        (outcome, arm): effect
        for outcome in dict.fromkeys(name for row in rows for name in row["outcomes"])
        for arm in design.factors.levels(design.arms)
        if arm != design.base and (outcome, arm) not in named
        and (effect := tables.effect(outcome, arm)) is not None
    }  # fmt: skip
    order = sorted(design.hypotheses, key=lambda hypothesis: not hypothesis.primary)
    drafts: list[_Draft] = []
    for hypothesis in order:
        effect = tables.effect(hypothesis.outcome, hypothesis.arm, asked=hypothesis)
        why: Why = "" if hypothesis.id in locked else "unlocked"
        if not why and hypothesis.outcome in changed:
            why = "changed"
        if hypothesis.outcome in unreliable:
            why = "judged"
        used, overall = tables, None
        if grown and not why:
            used, overall = as_locked, effect
            effect = as_locked.effect(hypothesis.outcome, hypothesis.arm, asked=hypothesis)
        drafts.append((hypothesis, why, effect, used.equivalence(hypothesis) if effect else None, overall, used))
    tested = {}

    def family(draft: _Draft) -> tuple[bool, bool]:
        hypothesis, why, *_ = draft
        return bool(why), not (hypothesis.primary and why != "judged")

    for _, group in groupby(sorted(drafts, key=family), key=family):
        held = list(group)
        varied = [None if effect is None or effect.constant else effect.pair.p_permutation for _, _, effect, *_ in held]
        differ, same_as = holm(varied), holm([same for *_, same, _, _ in held])
        for (hypothesis, why, effect, _, overall, used), p, same in zip(held, differ, same_as, strict=True):
            verdict, missing, among = _verdict(hypothesis, effect, p, same), used.missing(hypothesis), None
            apart = selected(*missing)
            if apart and verdict in ("supported", "small", "opposite", "equivalent"):
                verdict, among = "selected", verdict
            tested[hypothesis.id] = Tested(
                hypothesis,
                not why,
                why,
                effect,
                p,
                same,
                verdict,
                overall,
                len(held),
                among,
                missing,
                used.over_all(hypothesis) if apart else None,
            )
    usual = usual_cluster([*(item.effect for item in tested.values() if item.effect), *effects.values()])
    alike = {key: effect for key, effect in effects.items() if effect.cluster == usual}
    shares = false_discoveries([effect.pair.p_permutation for effect in alike.values()])
    effects |= {key: replace(alike[key], q=q) for key, q in zip(alike, shares, strict=True)}
    return Effects(tuple(tested[hypothesis.id] for hypothesis in order), tuple(effects.values()))


@dataclass(frozen=True)
class _Paired:
    """Values of an arm and of the base, block by block, and the cells of the blocks that lack one of both."""

    scenarios: tuple[str, ...]
    grounds: tuple[str, ...]
    cells: tuple[Mapping[str, str], ...]
    replicates: tuple[int, ...]
    arm: Floats
    base: Floats
    missing: tuple[Mapping[str, str], ...]

    @property
    def differences(self) -> Floats:
        return self.arm - self.base

    @property
    def scale(self) -> OutcomeScale:
        """What differences can be: no or yes where no session has another value, else as far as the values go."""
        values = np.concatenate([self.arm, self.base])
        return OutcomeScale(bool(np.isin(values, (0.0, 1.0)).all()), max(1.0, float(np.ptp(values))))


@dataclass(frozen=True)
class _Tables:
    design: Design
    rows: Sequence[Row]
    seed: int
    inert: Collection[str] = ()
    _kept: dict[tuple[str, str, bool], _Paired | None] = field(default_factory=dict)

    def effect(self, outcome: str, arm: str, *, asked: Hypothesis | None = None) -> Effect | None:
        """Return an effect with all that stands beside it; None where no block has the outcome in both arms.

        ``asked`` is the hypothesis that asks for it, with the level of another factor to which it is bound, or at which
        it is compared; then the effect is also looked at case by case and level by level.
        """
        whole = self._pairs(outcome, arm, null=False)
        paired = self._narrowed(whole, asked)
        if whole is None or paired is None:
            return None
        cluster, clusters = self._clusters(paired)
        spread = float(np.sqrt((np.var(whole.arm) + np.var(whole.base)) / 2))
        widest = widest_of(outcome) * (2 if asked and asked.against else 1)
        own = (*asked.at.values(), *asked.against.values()) if asked else ()
        scale = whole.scale.doubled if asked and asked.against else whole.scale
        rng = self._rng(outcome, arm, "effect", *own)
        pair = test_pair(paired.differences, clusters, rng=rng, scale=scale, spread=spread)
        null = beyond = part = None
        alone = self._narrowed(self._pairs(outcome, arm, null=True), asked)
        if alone is not None:
            rng = self._rng(outcome, arm, "null", *own)
            null = test_pair(alone.differences, self._clusters(alone)[1], rng=rng, scale=scale, spread=spread)
            by_ground = dict(zip(alone.grounds, alone.differences, strict=True))
            both = [place for place, ground in enumerate(paired.grounds) if ground in by_ground]
            if both:
                by_rules = np.array([by_ground[paired.grounds[place]] for place in both])
                whole_effect, shared = paired.differences[both], [clusters[place] for place in both]
                rng = self._rng(outcome, arm, "beyond", *own)
                beyond = test_pair(whole_effect - by_rules, shared, rng=rng, scale=scale.doubled, spread=spread)
                if asked:
                    rng = self._rng(outcome, arm, "part", *own)
                    part = share_of(by_rules, whole_effect, shared, rng=rng, draws=CASE_DRAWS)
        return Effect(
            outcome=outcome, arm=arm, base_mean=float(paired.base.mean()), arm_mean=float(paired.arm.mean()),
            pair=pair.within(widest), cluster=cluster, missing=len(paired.missing), cases=len(set(paired.scenarios)),
            constant=bool(np.ptp(np.concatenate([paired.arm, paired.base])) < 1e-12),
            scenarios=self._by_scenario(paired, outcome, arm, scale, spread, widest) if asked else {},
            uneven=_uneven(paired, self._rng(outcome, arm, "uneven")) if asked else None,
            across=tuple(self._across(paired, outcome, arm, scale, spread, widest)) if asked else (),
            null=null and null.within(widest), beyond=beyond and beyond.within(2 * widest), rules_part=part,
        )  # fmt: skip

    def equivalence(self, hypothesis: Hypothesis) -> float | None:
        """Return p of the claim that a hypothesis' effect is too small to matter; None where nothing varies."""
        whole = self._pairs(hypothesis.outcome, hypothesis.arm, null=False)
        paired = self._narrowed(whole, hypothesis)
        if whole is None or paired is None or np.ptp(np.concatenate([paired.arm, paired.base])) < 1e-12:
            return None
        rng = self._rng(hypothesis.outcome, hypothesis.arm, "equivalence")
        scale = whole.scale.doubled if hypothesis.against else whole.scale
        return equivalence(paired.differences, self._clusters(paired)[1], hypothesis.smallest, rng=rng, scale=scale)

    def missing(self, hypothesis: Hypothesis) -> tuple[Missing, Missing]:
        """Return how many sessions of a hypothesis' arm, and of the base, lack its outcome."""
        levels = {*hypothesis.at.values(), *hypothesis.against.values()}
        rows = [row for row in self.rows if not levels or row["cell"].get(hypothesis.factor) in levels]
        return (
            missing_of(rows, hypothesis.outcome, hypothesis.arm), missing_of(rows, hypothesis.outcome, self.design.base)
        )  # fmt: skip

    def over_all(self, hypothesis: Hypothesis) -> OverAll | None:
        """Return the difference over all sessions, what is missing counted as not reached; None where that is nothing.

        Of a level it is the share of sessions that have it and reach `_REACHED`, of a share its mean, 0 where missing.
        """
        outcome = known_outcome(hypothesis.outcome)
        if hypothesis.against or outcome.needs != "nothing" or outcome.low < 0 or outcome.high is None:
            return None
        level = _REACHED if outcome.unit == "level" else None

        def counted(value: float | None) -> float:
            return (value or 0.0) if level is None else float(value is not None and value >= level)

        name = hypothesis.outcome
        rows = [{**row, "outcomes": {name: counted(row["outcomes"].get(name))}} for row in self.rows]
        paired = replace(self, rows=rows, _kept={})._of(hypothesis)
        if paired is None:
            return None
        rng = self._rng(name, hypothesis.arm, "all", *hypothesis.at.values())
        pair = test_pair(paired.differences, self._clusters(paired)[1], rng=rng, scale=paired.scale)
        return OverAll(level, float(paired.arm.mean()), float(paired.base.mean()), pair.within(1.0))

    def _of(self, hypothesis: Hypothesis) -> _Paired | None:
        return self._narrowed(self._pairs(hypothesis.outcome, hypothesis.arm, null=False), hypothesis)

    def _rng(self, *names: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32("\n".join(names).encode())])

    def _pairs(self, outcome: str, arm: str, *, null: bool) -> _Paired | None:
        key = outcome, arm, null
        if key not in self._kept:
            self._kept[key] = self._paired(outcome, arm, null)
        return self._kept[key]

    def _paired(self, outcome: str, arm: str, null: bool) -> _Paired | None:
        values: dict[str, dict[str, list[float]]] = {}
        first: dict[str, Row] = {}
        for row in self.rows:
            if bool(row["null"]) is null and row["arm"] in (arm, self.design.base):
                first.setdefault(row["block"], row)
                held = values.setdefault(row["block"], {})
                if (value := row["outcomes"].get(outcome)) is not None:
                    held.setdefault(row["arm"], []).append(float(value))
        arms, whole = self.design.arms, [block for block, held in values.items() if len(held) == 2]
        if not whole:
            return None
        # No country is played without what is off in it anyway, so that nothing is missing there.
        among = {first[block]["scenario"] for block in whole}
        known = [block for block in values if not self.design.of_countries or first[block]["scenario"] in among]
        return _Paired(
            tuple(str(first[block]["scenario"]) for block in whole),
            tuple(ground_of(arms, first[block]["cell"], first[block]["replicate"]) for block in whole),
            tuple(first[block]["cell"] for block in whole),
            tuple(first[block]["replicate"] for block in whole),
            np.array([np.mean(values[block][arm]) for block in whole]),
            np.array([np.mean(values[block][self.design.base]) for block in whole]),
            tuple(first[block]["cell"] for block in known if len(values[block]) < 2),
        )

    def _narrowed(self, paired: _Paired | None, asked: Hypothesis | None) -> _Paired | None:
        """Return the blocks that a hypothesis compares; None where there is none.

        Where it holds the effect at one level of a factor against that at another, the values are these two effects.
        """
        if paired is None or asked is None or not asked.at:
            return paired
        chosen = compared(asked, self.design.arms, paired.cells, paired.replicates)
        if not chosen:
            return None
        own = [place for place, _ in chosen]
        arm, base = paired.arm[own], paired.base[own]
        levels = {*asked.at.values(), *asked.against.values()}
        missing = tuple(cell for cell in paired.missing if cell.get(asked.factor) in levels)
        grounds = tuple(paired.grounds[place] for place in own)
        if asked.against:
            other = [place for _, place in chosen if place is not None]
            arm, base = arm - base, paired.arm[other] - paired.base[other]
            grounds = tuple(
                ground_of(self.design.arms, paired.cells[place], paired.replicates[place], asked.factor)
                for place in own
            )
        scenarios = tuple(paired.scenarios[place] for place in own)
        cells = tuple(paired.cells[place] for place in own)
        replicates = tuple(paired.replicates[place] for place in own)
        return _Paired(scenarios, grounds, cells, replicates, arm, base, missing)

    def _clusters(self, paired: _Paired) -> tuple[Cluster, tuple[str, ...]]:
        """Return what is drawn together: cases, or, where these are few, blocks with the same seed."""
        if len(set(paired.scenarios)) >= CLUSTERED and self.design.arms != "scenario":
            return "scenario", paired.scenarios
        return "block", paired.grounds

    def _by_scenario(
        self, paired: _Paired, outcome: str, arm: str, scale: OutcomeScale, spread: float, widest: float
    ) -> dict[str, CaseEffect]:
        effects = {}
        for scenario in dict.fromkeys(paired.scenarios):
            places = [place for place, name in enumerate(paired.scenarios) if name == scenario]
            grounds = [paired.grounds[place] for place in places]
            rng = self._rng(outcome, arm, scenario, "case")
            own = paired.differences[places]
            pair = test_pair(own, grounds, rng=rng, scale=scale, spread=spread, draws=CASE_DRAWS)
            effects[scenario] = CaseEffect(pair.within(widest), tuple(sorted(own.tolist())))
        return effects

    def _across(
        self, paired: _Paired, outcome: str, arm: str, scale: OutcomeScale, spread: float, widest: float
    ) -> Iterator[Across]:
        """Yield the effect at each level of every factor beside arms and cases, and by how much it differs there."""
        cluster, clusters = self._clusters(paired)
        for factor in self.design.varied:
            if factor in (self.design.arms, self.design.case, *self.inert):
                continue
            levels = [cell[factor] for cell in paired.cells]
            if len(set(levels)) < 2:
                continue
            held = []
            names = [level for level in self.design.factors.levels(factor) if level in levels]
            for level in names:
                places = [place for place, name in enumerate(levels) if name == level]
                rng = self._rng(outcome, arm, factor, level)
                own = test_pair(
                    paired.differences[places], [clusters[place] for place in places], rng=rng, scale=scale,
                    spread=spread, draws=CASE_DRAWS,
                )  # fmt: skip
                held.append(LevelEffect(level, own.within(widest)))
            shared = paired.scenarios
            if cluster == "block":
                blocks = zip(paired.cells, paired.replicates, strict=True)
                shared = tuple(ground_of(self.design.arms, cell, replicate, factor) for cell, replicate in blocks)
            p = levels_differ(paired.differences, levels, shared, self._rng(outcome, arm, factor))
            units = _units(paired.differences, levels, shared)
            more = []
            for level in names[1:]:
                both = {unit: at[level] - at[names[0]] for unit, at in units.items() if {level, names[0]} <= at.keys()}
                if both:
                    rng = self._rng(outcome, arm, factor, level, "more")
                    apart = test_pair(
                        [*both.values()], [*both], rng=rng, scale=scale.doubled, spread=spread, draws=CASE_DRAWS
                    )
                    more.append(LevelEffect(level, apart.within(2 * widest)))
            yield Across(factor, tuple(held), _sign_held(held), p, tuple(more))


def _sign_held(levels: Sequence[LevelEffect]) -> bool | None:
    """Return whether effects at all levels point the same way; None where one of them is nothing."""
    signs = {int(np.sign(round(level.pair.estimate, 12))) for level in levels}
    return None if 0 in signs and len(signs - {0}) < 2 else len(signs) == 1


def missing_of(rows: Sequence[Row], outcome: str, arm: str) -> Missing:
    """Return how many sessions of an arm, those of the null arm left out, lack an outcome."""
    held = [row["outcomes"] for row in rows if row["arm"] == arm and not row["null"]]
    lacking = [values for values in held if values.get(outcome) is None]
    return Missing(len(held), len(lacking), sum(values.get("decided") == 0 for values in lacking))


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
    ways = math.factorial(len(names)) ** max(0, len(whole) - 1)
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


def _uneven(paired: _Paired, rng: np.random.Generator) -> float | None:
    """Return p of an effect that differs between cases: the spread of their means against that of shuffled blocks."""
    names, codes = np.unique(np.array(paired.scenarios), return_inverse=True)
    sizes = np.bincount(codes)
    if len(names) < 2 or (sizes < 2).all() or np.ptp(paired.differences) < 1e-12:
        return None
    groups = np.eye(len(names))[codes]
    centred = paired.differences - paired.differences.mean()
    shuffled = rng.permuted(np.tile(centred, (CASE_DRAWS, 1)), axis=1)
    between = ((np.vstack([centred, shuffled]) @ groups) ** 2 / sizes).sum(axis=1)
    return float(np.mean(between >= between[0] * (1 - 1e-9)))


def _verdict(hypothesis: Hypothesis, effect: Effect | None, p: float | None, same: float | None) -> Verdict:
    if effect is not None and effect.constant:
        return "constant"
    if effect is None or p is None or same is None:
        return "untested"
    small = same < ALPHA
    if p >= ALPHA:
        return "equivalent" if small else "open"
    if hypothesis.direction != "different" and (effect.pair.estimate > 0) is not (hypothesis.direction == "higher"):
        return "opposite"
    return "small" if small else "supported"
