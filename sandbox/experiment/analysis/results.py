"""The results of an experiment as plain values: each effect, and the verdict on each hypothesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.content.experiment_card import Hypothesis
from sandbox.experiment.analysis.missing import Missing, OverAll, selected
from sandbox.experiment.analysis.pairs import Pair, Share
from sandbox.experiment.multiplicity import ALPHA
from sandbox.experiment.outcomes import known_outcome

FEWEST = 3
"""Fewest sessions, or blocks, for which figures are shown if others lack the outcome."""
Cluster = Literal["scenario", "block"]
Verdict = Literal[
    "supported", "small", "opposite", "equivalent", "selected", "open", "ruled", "constant", "alike", "untested"
]
Why = Literal["", "unlocked", "changed", "judged"]
Size = Literal["matters", "some", "small", "unclear"]
AgainstInterval = Literal["", "zero", "few", "unseen", "adjusted", "other", "one_sided"]


@dataclass(frozen=True)
class CaseEffect:
    """An effect in one case.

    Args:
        pair: the mean difference, with blocks as clusters.
        differences: the difference of each block, in ascending order.
    """

    pair: Pair
    differences: tuple[float, ...]


@dataclass(frozen=True)
class LevelEffect:
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
        same_sign: whether all of them have the same sign; None if some are 0 and the others do not conflict.
        p: p of the claim that the effect differs between levels, by `levels_differ`; None if too few units have all
            levels for p below 5%.
        more: for each level but the first of the design, its effect less that at the first (an interaction), over the
            units that have both.
    """

    factor: str
    levels: tuple[LevelEffect, ...]
    same_sign: bool | None
    p: float | None
    more: tuple[LevelEffect, ...] = ()

    @property
    def ends(self) -> tuple[LevelEffect, LevelEffect]:
        """The levels with the lowest and the highest effect."""
        ranked = sorted(self.levels, key=lambda level: level.pair.estimate)
        return ranked[0], ranked[-1]


@dataclass(frozen=True)
class Effect:
    """The effect of an arm on an outcome, compared with the base.

    Args:
        base: the arm that it is compared with: the design's base, unless a hypothesis names another.
        base_mean: mean of the outcome over the base's sessions in pairs.
        arm_mean: the same over the arm's.
        pair: the mean difference within blocks; its ``d`` uses the spread of sessions within arms.
        cluster: the kind of clusters: cases, or blocks if there are fewer than six cases.
        missing: number of blocks that lack the outcome in one of the arms.
        cases: number of cases in which a block has the outcome in both arms.
        constant: whether all sessions of both arms have the same value.
        scenarios: the effect by case; of a hypothesis only.
        uneven: p of the claim that the effect differs between cases, by permutation of blocks over cases; None for too
            few, and without a hypothesis.
        across: the effect at each level of every factor other than arms and cases; of a hypothesis only.
        null: the effect in rules-only sessions; None without a null arm, or if the outcome needs words.
        null_means: means of the arm and of the base where the rules alone play; None as ``null``.
        beyond: the effect less that in rules-only sessions, within blocks.
        rules_part: the ratio of ``null`` to the effect, within the blocks that both have; None without a null arm or a
            hypothesis, or if its interval is open because the effect may be 0.
        q: p adjusted for the rate of false discoveries among all effects without a hypothesis (Benjamini and Hochberg);
            None with a hypothesis, if clusters are not of the usual kind, or if not `testable`.
    """

    outcome: str
    arm: str
    base: str
    base_mean: float
    arm_mean: float
    pair: Pair
    cluster: Cluster
    missing: int
    cases: int
    scenarios: Mapping[str, CaseEffect]
    uneven: float | None
    constant: bool = False
    across: tuple[Across, ...] = ()
    null: Pair | None = None
    beyond: Pair | None = None
    rules_part: Share | None = None
    null_means: tuple[float, float] | None = None
    q: float | None = None

    @property
    def ruled(self) -> bool:
        """Whether its outcome is set by a rule that was compared, so that it has no interval and is not tested."""
        return known_outcome(self.outcome).ruled

    @property
    def few(self) -> bool:
        """Whether fewer than `FEWEST` blocks have its outcome and others lack it, so that figures mean nothing."""
        return self.missing > 0 and self.pair.pairs < FEWEST

    @property
    def sparse(self) -> bool:
        """Whether more blocks lack its outcome than have it."""
        return self.missing > self.pair.pairs

    @property
    def testable(self) -> bool:
        """Whether it can be tested: it is not `ruled`, and its pairs do not all differ by the same amount."""
        return not (self.ruled or self.pair.alike)


@dataclass(frozen=True)
class Tested:
    """The result of a hypothesis.

    Args:
        confirmatory: whether it was locked before its sessions were played and its outcome is reliable; else it is
            exploratory.
        why: why it is exploratory: ``unlocked``, ``changed`` (its outcome depends on content changed since the lock),
            or ``judged`` (by a judge that was not measured reliable); else empty.
        effect: the effect, of a confirmatory one over the sessions of the locked plan alone; None if no block has the
            outcome in both arms.
        p: two-sided p by permutation, after Holm's correction over its family. The primary hypothesis is a family by
            itself, and so are all other confirmatory ones and all other exploratory ones.
        p_equivalence: p of the claim that the effect is smaller than the smallest that matters, corrected likewise.
        verdict: ``supported``; ``small`` (as expected, but too small to matter); ``opposite``; ``equivalent`` (too
            small to matter, perhaps 0); ``selected`` (one of these, but having the outcome depends on the arm, so it is
            not an effect of the arm); ``open`` (undecided); ``ruled`` (set by a rule that was compared); ``constant``
            (no variation at all, not tested); ``alike`` (all pairs differ by the same amount, not tested);
            ``untested``.
        overall: the effect of a confirmatory one over all sessions, if more than planned were played; exploratory,
            since one might go on until p is small.
        family: number of hypotheses in its family.
        among: the verdict among sessions that have the outcome, if the verdict is ``selected``.
        missing: sessions of the arm, and of the base, without the outcome.
        over_all: the difference over all sessions, if the arms differ in how many lack the outcome; exploratory.
        bounds: the bounds of the difference whatever the missing values, by `missing.worst_case`; or None.
        raw_equivalence: ``p_equivalence`` before it was adjusted.
    """

    hypothesis: Hypothesis
    confirmatory: bool
    why: Why
    effect: Effect | None
    p: float | None
    p_equivalence: float | None
    verdict: Verdict
    overall: Effect | None = None
    family: int = 1
    among: Verdict | None = None
    missing: tuple[Missing, Missing] = (Missing(0, 0, 0), Missing(0, 0, 0))
    over_all: OverAll | None = None
    bounds: tuple[float, float] | None = None
    raw_equivalence: float | None = None

    @property
    def selected(self) -> bool:
        """Whether having the outcome depends on the arm (see `missing.selected`)."""
        return selected(*self.missing)

    @property
    def powerless(self) -> bool:
        """Whether there are too few clusters for a p below the level, whatever the data."""
        return self.effect is not None and self.effect.pair.p_least * self.family >= ALPHA

    @property
    def inside(self) -> bool:
        """Whether the whole interval lies within what is too small to matter."""
        low, high, smallest = self._ends
        return low is not None and high is not None and -smallest < low and high < smallest

    @property
    def _ends(self) -> tuple[float | None, float | None, float]:
        low, high = (self.effect.pair.low, self.effect.pair.high) if self.effect else (None, None)
        return low, high, self.hypothesis.smallest

    @property
    def against_interval(self) -> AgainstInterval:
        """Why a verdict says something else than the interval seems to; empty where it does not.

        ``zero`` (no pair differs), ``few`` (so few clusters are compared that nothing could be confirmed), ``unseen``
        (so few clusters differ that a rare large difference may not have been seen), ``adjusted`` (the interval is not
        adjusted for several hypotheses, and p is), ``other`` (p is computed in another way) or ``one_sided`` (two
        one-sided tests at 5% go by the 90% interval, which lies within what is too small).
        """
        if self.effect is None or self.p is None or self.verdict not in ("open", "equivalent", "small"):
            return ""
        pair = self.effect.pair
        if self.verdict != "open":
            return "" if pair.zero or pair.low is None or self.inside else "one_sided"
        if pair.zero:
            return "zero"
        found = self.inside and self.raw_equivalence is not None and self.raw_equivalence < ALPHA
        if found or (pair.clear and not self.powerless):
            return "adjusted"
        if self.powerless:
            return "few"
        if pair.unseen:
            return "unseen"
        return "other" if self.inside or pair.sure else ""

    @property
    def primary(self) -> bool:
        """Whether it is the primary hypothesis and its outcome is reliable."""
        return self.hypothesis.primary and self.why != "judged"

    @property
    def size(self) -> Size:
        """The size of the effect, compared with the smallest that matters.

        ``matters`` (the whole interval is beyond it), ``some`` (there is an effect, perhaps a smaller one), ``small``
        (too small to matter) or ``unclear``.
        """
        if self.effect is None or self.p is None or self.p_equivalence is None:
            return "unclear"
        if self.p_equivalence < ALPHA:
            return "small"
        if self.p >= ALPHA:
            return "unclear"
        low, high, smallest = self._ends
        beyond = low is not None and high is not None and (low >= smallest or high <= -smallest)
        return "matters" if beyond else "some"


@dataclass(frozen=True)
class Effects:
    """All effects of an experiment.

    Args:
        tested: the hypotheses, the primary one first.
        others: every other effect of an arm on an outcome, in the order of outcomes and arms; all exploratory.
    """

    tested: tuple[Tested, ...]
    others: tuple[Effect, ...]

    @property
    def every(self) -> tuple[Effect, ...]:
        """All of them: those of hypotheses, then the others."""
        return (*(tested.effect for tested in self.tested if tested.effect), *self.others)

    @property
    def plain(self) -> tuple[Effect, ...]:
        """Those over all blocks: of hypotheses not bound to a level of another factor, then the others."""
        return (*(each.effect for each in self.tested if each.effect and not each.hypothesis.at), *self.others)

    @property
    def cluster(self) -> Cluster:
        """The usual kind of clusters (see `usual_cluster`)."""
        return usual_cluster(self.every)

    @property
    def primary(self) -> Tested | None:
        """The result of the primary hypothesis; None if there is none with a reliable outcome."""
        return next((tested for tested in self.tested if tested.primary), None)


def usual_cluster(effects: Sequence[Effect]) -> Cluster:
    """Return the usual kind of clusters: cases if any effect is tested by case, else blocks."""
    return "scenario" if any(effect.cluster == "scenario" for effect in effects) else "block"
