"""The effects of arms on outcomes, within blocks: of hypotheses, of all other arms, and in rules-only sessions."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby, permutations, product

import numpy as np
import numpy.typing as npt

from sandbox.content.experiment_card import Design, Hypothesis
from sandbox.experiment.analysis.cluster_sums import Floats, OutcomeScale
from sandbox.experiment.analysis.missing import OverAll, counted_over_all, missing_for, selected, worst_case
from sandbox.experiment.analysis.pairs import Pair, equivalence, share_of, test_pair
from sandbox.experiment.analysis.results import (
    Across,
    CaseEffect,
    Cluster,
    Effect,
    Effects,
    LevelEffect,
    Tested,
    Verdict,
    Why,
    usual_cluster,
)
from sandbox.experiment.multiplicity import ALPHA, false_discoveries, holm
from sandbox.experiment.outcomes import known_outcome, widest_of
from sandbox.experiment.planning.pairing import PairedBlocks, Row, ground_of, paired_blocks
from sandbox.experiment.planning.power import CLUSTERED

CASE_DRAWS = 1_999
"""Draws for tests by case and by level."""
# A hypothesis, why it is exploratory, its effect, p of equivalence, the effect over all sessions, and the tables used.
_Draft = tuple[Hypothesis, Why, Effect | None, float | None, Effect | None, "_Tables"]
_MOST = 4_096  # most rearrangements that are enumerated; of more, so many are drawn


def effects_of(
    design: Design, rows: Sequence[Row], rng: np.random.Generator, *, locked: Collection[str] = (),
    planned: Sequence[Row] | None = None, unreliable: Collection[str] = (), inert: Collection[str] = (),
    changed: Collection[str] = (),
) -> Effects:  # fmt: skip
    """Return the effects of all arms on all outcomes.

    Each test has its own generator, seeded by the names of outcome and arm, so that an added outcome changes no other
    figure.

    Args:
        design: the design.
        rows: the finished sessions, one per row, with ``arm``, ``block``, ``scenario``, ``replicate``, ``null``,
            ``cell`` and ``outcomes``.
        rng: the generator that seeds all others.
        locked: ids of the hypotheses that were locked before sessions were played.
        planned: the sessions of the locked plan, on which these are tested; None for all.
        unreliable: outcomes by judges that were not measured reliable; hypotheses on them are exploratory.
        inert: factors that cannot act on these sessions or made no difference; effects are not split by them.
        changed: outcomes that depend on content changed since the lock; hypotheses on them are exploratory.
    """
    tables = _Tables(design, rows, int(rng.integers(2**32)), inert)
    grown = planned is not None and len(planned) < len(rows)
    as_locked = _Tables(design, planned, tables.seed, inert) if planned is not None and grown else tables
    named = {(item.outcome, item.arm) for item in design.hypotheses
             if not item.at and design.base_of(item) == design.base}  # fmt: skip
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
        same = used.equivalence(hypothesis) if effect and effect.testable else None
        drafts.append((hypothesis, why, effect, same, overall, used))
    tested = {}

    def family(draft: _Draft) -> tuple[bool, bool, bool]:
        hypothesis, why, *_ = draft
        ruled = known_outcome(hypothesis.outcome).ruled  # which is no test
        return bool(why), not (hypothesis.primary and why != "judged"), ruled

    for _, group in groupby(sorted(drafts, key=family), key=family):
        held = list(group)
        varied = [
            None if effect is None or effect.constant or not effect.testable else effect.pair.p_permutation
            for _, _, effect, *_ in held
        ]
        differ, same_as = holm(varied), holm([same for *_, same, _, _ in held])
        for (hypothesis, why, effect, raw_same, overall, used), p, same in zip(held, differ, same_as, strict=True):
            verdict, among = _verdict(hypothesis, effect, p, same), None
            missing = missing_for(used.rows, hypothesis, design.base_of(hypothesis))
            apart = selected(*missing)
            if apart and verdict in ("supported", "small", "opposite", "equivalent", "alike"):
                verdict, among = "selected", verdict
            # Of an arm that never has the outcome, nothing is known that 0 could stand for.
            somewhere = all(each.missing < each.sessions for each in missing)
            over_all = used.over_all(hypothesis) if apart and somewhere else None
            tested[hypothesis.id] = Tested(
                hypothesis, not why, why, effect, p, same, verdict, overall, len(held), among, missing, over_all,
                worst_case(design, used.spoken, hypothesis), raw_equivalence=raw_same,
            )  # fmt: skip
    usual = usual_cluster([*(item.effect for item in tested.values() if item.effect), *effects.values()])
    together = {key: effect for key, effect in effects.items() if effect.cluster == usual and effect.testable}
    shares = false_discoveries([effect.pair.p_permutation for effect in together.values()])
    effects |= {key: replace(together[key], q=q) for key, q in zip(together, shares, strict=True)}
    return Effects(tuple(tested[hypothesis.id] for hypothesis in order), tuple(effects.values()))


@dataclass(frozen=True)
class _Tables:
    design: Design
    rows: Sequence[Row]
    seed: int
    inert: Collection[str] = ()
    _kept: dict[tuple[str, str, str, bool], PairedBlocks | None] = field(default_factory=dict)

    @cached_property
    def _sides(self) -> dict[bool, list[Row]]:
        return {null: [row for row in self.rows if bool(row["null"]) is null] for null in (False, True)}

    @property
    def spoken(self) -> Sequence[Row]:
        """The sessions without the null arm."""
        return self._sides[False]

    def effect(self, outcome: str, arm: str, *, asked: Hypothesis | None = None) -> Effect | None:
        """Return an effect with its further figures; None if no block has the outcome in both arms.

        ``asked`` is its hypothesis, which may bind it to levels of another factor; then the effect is also split by
        case and by level.
        """
        base = self.design.base_of(asked) if asked else self.design.base
        whole = self._pairs(outcome, arm, base)
        paired = whole and whole.of(asked, self.design.arms)
        if whole is None or paired is None:
            return None
        cluster, clusters = self._clusters(paired)
        spread = float(np.sqrt((np.var(whole.arm) + np.var(whole.base)) / 2))
        apart = 2 if asked and asked.against else 1
        own = (*asked.at.values(), *asked.against.values()) if asked else ()
        own += () if base == self.design.base else (base,)

        def tested(
            values: npt.ArrayLike, drawn: Sequence[str], *names: str, doubled: bool = False,
            sides: Sequence[PairedBlocks] = (whole,), **more: int,
        ) -> Pair:  # fmt: skip
            measured = _scale_of(outcome, *sides)
            for _ in range(doubled + (apart == 2)):
                measured = measured.doubled
            pair = test_pair(values, drawn, rng=self._rng(outcome, arm, *names), scale=measured, spread=spread, **more)
            # Differences of yes or no are -1, 0 or 1, so that all pairs may well have the same.
            copies = bool(asked and asked.against and asked.factor in self.inert)
            differ = pair.estimate != 0 and pair.clusters > 2 and not measured.yes_no
            alike = (differ or copies) and np.ptp(values) < 1e-12
            ruled = known_outcome(outcome).ruled
            alike = bool(alike and not ruled and (names[0] == "effect" or not pair.sure))
            if alike or ruled:
                d = None if ruled else pair.d
                return replace(pair, low=None, high=None, d=d, d_low=None, d_high=None, alike=alike, zero=False)
            return pair.within(widest_of(outcome) * apart * (2 if doubled else 1))

        null = beyond = part = alone = None
        silent = self._pairs(outcome, arm, base, null=True)
        if silent and (alone := silent.of(asked, self.design.arms)) is not None:
            null = tested(alone.differences, self._clusters(alone)[1], "null", *own, sides=(silent,))
            by_ground = dict(zip(alone.grounds, alone.differences, strict=True))
            both = [place for place, ground in enumerate(paired.grounds) if ground in by_ground]
            if both:
                by_rules = np.array([by_ground[paired.grounds[place]] for place in both])
                whole_effect, shared = paired.differences[both], [clusters[place] for place in both]
                beyond = tested(whole_effect - by_rules, shared, "beyond", *own, doubled=True, sides=(whole, silent))
                if asked:
                    rng = self._rng(outcome, arm, "part", *own)
                    part = share_of(by_rules, whole_effect, shared, rng=rng, draws=CASE_DRAWS)
        return Effect(
            outcome=outcome, arm=arm, base=base, base_mean=float(paired.base.mean()), arm_mean=float(paired.arm.mean()),
            pair=tested(paired.differences, clusters, "effect", *own), cluster=cluster, missing=len(paired.missing),
            cases=len(set(paired.scenarios)),
            constant=bool(np.ptp(np.concatenate([paired.arm, paired.base])) < 1e-12),
            scenarios=_by_scenario(paired, tested) if asked else {},
            uneven=_uneven(paired, self._rng(outcome, arm, "uneven")) if asked else None,
            across=tuple(self._across(paired, outcome, arm, tested)) if asked else (),
            null=null, beyond=beyond, rules_part=part,
            null_means=None if alone is None else (float(alone.arm.mean()), float(alone.base.mean())),
        )  # fmt: skip

    def equivalence(self, hypothesis: Hypothesis) -> float | None:
        """Return p of the claim that a hypothesis' effect is too small to matter; None if the outcome does not vary."""
        whole = self._pairs(hypothesis.outcome, hypothesis.arm, self.design.base_of(hypothesis))
        paired = whole and whole.of(hypothesis, self.design.arms)
        if whole is None or paired is None or np.ptp(np.concatenate([paired.arm, paired.base])) < 1e-12:
            return None
        rng = self._rng(hypothesis.outcome, hypothesis.arm, "equivalence")
        scale = _scale_of(hypothesis.outcome, whole)
        scale = scale.doubled if hypothesis.against else scale
        return equivalence(paired.differences, self._clusters(paired)[1], hypothesis.smallest, rng=rng, scale=scale)

    def over_all(self, hypothesis: Hypothesis) -> OverAll | None:
        """Return the difference over all sessions, with missing outcomes as in `counted_over_all`; or None."""
        counted = None if hypothesis.against else counted_over_all(self.rows, hypothesis.outcome)
        if counted is None:
            return None
        level, rows = counted
        tables = replace(self, rows=rows, _kept={})
        paired = tables._of(hypothesis)
        if paired is None:
            return None
        rng = self._rng(hypothesis.outcome, hypothesis.arm, "all", *hypothesis.at.values())
        scale = _scale_of(hypothesis.outcome, paired)
        if level is not None:  # whether it was reached is yes or no
            scale = scale._replace(yes_no=True)
        pair = test_pair(paired.differences, self._clusters(paired)[1], rng=rng, scale=scale)
        return OverAll(level, float(paired.arm.mean()), float(paired.base.mean()), pair.within(1.0))

    def _of(self, hypothesis: Hypothesis) -> PairedBlocks | None:
        whole = self._pairs(hypothesis.outcome, hypothesis.arm, self.design.base_of(hypothesis))
        return whole and whole.of(hypothesis, self.design.arms)

    def _rng(self, *names: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32("\n".join(names).encode())])

    def _pairs(self, outcome: str, arm: str, base: str, *, null: bool = False) -> PairedBlocks | None:
        key = outcome, arm, base, null
        if key not in self._kept:
            self._kept[key] = paired_blocks(self.design, self._sides[null], outcome, arm, base)
        return self._kept[key]

    def _clusters(self, paired: PairedBlocks) -> tuple[Cluster, tuple[str, ...]]:
        """Return the kind and the names of clusters: cases or, if these are few, blocks with the same seed."""
        if len(set(paired.scenarios)) >= CLUSTERED and self.design.arms != "scenario":
            return "scenario", paired.scenarios
        return "block", paired.grounds

    def _across(self, paired: PairedBlocks, outcome: str, arm: str, tested: Callable[..., Pair]) -> Iterator[Across]:
        """Yield, for every factor other than arms and cases, the effect at each level and how they differ."""
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
                drawn = [clusters[place] for place in places]
                own = tested(paired.differences[places], drawn, factor, level, draws=CASE_DRAWS)
                held.append(LevelEffect(level, own))
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
                    apart = tested([*both.values()], [*both], factor, level, "more", doubled=True, draws=CASE_DRAWS)
                    more.append(LevelEffect(level, apart))
            yield Across(factor, tuple(held), _sign_held(held), p, tuple(more))


def _by_scenario(paired: PairedBlocks, tested: Callable[..., Pair]) -> dict[str, CaseEffect]:
    effects = {}
    for scenario in dict.fromkeys(paired.scenarios):
        places = [place for place, name in enumerate(paired.scenarios) if name == scenario]
        own, grounds = paired.differences[places], [paired.grounds[place] for place in places]
        pair = tested(own, grounds, scenario, "case", draws=CASE_DRAWS)
        effects[scenario] = CaseEffect(pair, tuple(sorted(own.tolist())))
    return effects


def _scale_of(outcome: str, *sides: PairedBlocks) -> OutcomeScale:
    """Return the scale of an outcome's differences, with the range of values in ``sides``."""
    values = np.concatenate([part for paired in sides for part in (paired.arm, paired.base)])
    return OutcomeScale(known_outcome(outcome).yes_no, max(1.0, float(np.ptp(values))))


def _sign_held(levels: Sequence[LevelEffect]) -> bool | None:
    """Return whether effects at all levels have the same sign; None if some are 0 and the others do not conflict."""
    signs = {int(np.sign(round(level.pair.estimate, 12))) for level in levels}
    return None if 0 in signs and len(signs - {0}) < 2 else len(signs) == 1


def levels_differ(
    differences: Floats, levels: Sequence[str], shared: Sequence[str], rng: np.random.Generator
) -> float | None:
    """Return p of the claim that an effect differs between levels of a factor; None if no p could be below 5%.

    A permutation test: the variance of the levels' means is compared with that after rearranging the levels within each
    unit that has all of them. Few rearrangements are enumerated, more are drawn. ``differences`` has the effect in each
    block, ``levels`` the block's level of the factor, and ``shared`` its unit, such as the case.
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


def _uneven(paired: PairedBlocks, rng: np.random.Generator) -> float | None:
    """Return p of the claim that an effect differs between cases, by permutation of blocks over cases; or None."""
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
    if effect is not None and effect.ruled:
        return "ruled"
    if effect is not None and effect.constant:
        return "constant"
    if effect is not None and effect.pair.alike:
        return "alike"
    if effect is None or p is None or same is None:
        return "untested"
    small = same < ALPHA
    if p >= ALPHA:
        return "equivalent" if small else "open"
    if hypothesis.direction != "different" and (effect.pair.estimate > 0) is not (hypothesis.direction == "higher"):
        return "opposite"
    return "small" if small else "supported"
