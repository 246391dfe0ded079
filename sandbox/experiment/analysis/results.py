"""What is found of an experiment's effects, as plain values: each effect, and what became of each hypothesis."""

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
"""The least sessions, or blocks, of which figures are told where others lack the outcome."""
Cluster = Literal["scenario", "block"]
Verdict = Literal[
    "supported", "small", "opposite", "equivalent", "selected", "open", "ruled", "constant", "alike", "untested"
]
Why = Literal["", "unlocked", "changed", "judged"]
Size = Literal["matters", "some", "small", "unclear"]
AgainstInterval = Literal["", "zero", "few", "adjusted", "other", "one_sided"]


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
        same_sign: whether all of them point the same way; None where an effect at one of them is nothing.
        p: p of the claim that the effect differs between levels, by rearranging levels within what they share; None
            where nothing is shared by all levels, or so little that no p could be below 5%.
        more: of each level but the first of the design, its effect less that at the first (an interaction), over what
            both share: cases, or blocks where these are what is drawn.
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
    """What an arm does to an outcome, against the base.

    Args:
        base: the arm with which it is compared, the design's base but where a hypothesis names another.
        base_mean: mean of the outcome over the base's sessions in pairs.
        arm_mean: mean over the arm's.
        pair: the mean difference within blocks; its ``d`` is taken by the spread of sessions within arms.
        cluster: what is drawn together: a case, or a block where there are fewer than six cases.
        missing: blocks that lack the outcome in one of both arms.
        cases: in how many cases a block has the outcome in both arms.
        constant: whether all sessions of both arms have one and the same value, so that nothing can be found or ruled
            out.
        scenarios: of a hypothesis, the same effect case by case.
        uneven: of a hypothesis, p of the claim that the effect differs between cases, by permutation of blocks over
            cases; None where there are too few to tell.
        across: of a hypothesis, the same effect at each level of every factor that was varied beside arms and cases.
        null: the same effect where the rules alone play; None without a null arm, or where words are measured.
        null_means: means of the arm and of the base where the rules alone play; None as ``null``.
        beyond: the effect less that of the rules alone, within blocks.
        rules_part: of a hypothesis, the effect of the rules alone over the effect, within the blocks that both have;
            None without a null arm, or where its interval is open, as it is where the effect may be nothing.
        q: p adjusted for the share of false findings among all effects beyond hypotheses (Benjamini and Hochberg);
            None for the effect of a hypothesis, for one that is tested by block while others are by case, and for one
            that is not `testable`.
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
        """Whether its outcome is a rule that was compared, so that it has no interval and is not tested."""
        return known_outcome(self.outcome).ruled

    @property
    def few(self) -> bool:
        """Whether so few blocks have its outcome, and others lack it, that no figure of it says anything."""
        return self.missing > 0 and self.pair.pairs < FEWEST

    @property
    def sparse(self) -> bool:
        """Whether more blocks lack its outcome than have it, so that it is no figure of the whole."""
        return self.missing > self.pair.pairs

    @property
    def testable(self) -> bool:
        """Whether a test tells anything of it: not where a rule was compared, or all pairs differ alike."""
        return not (self.ruled or self.pair.alike)


@dataclass(frozen=True)
class Tested:
    """What became of a hypothesis.

    Args:
        confirmatory: whether it was locked before its sessions were played, and its outcome may be relied on; else it
            is exploratory.
        why: why not: ``unlocked``, ``changed`` (the outcome is not counted by what was locked), or ``judged`` (it is a
            judge's who was not measured reliable).
        effect: the effect, of one that is confirmatory over the sessions of the locked plan alone; None where no block
            has the outcome in both arms.
        p: two-sided p by permutation, by Holm's method over its family. The primary one is tested by itself; the other
            families are all others that are confirmatory, and all others that are not.
        p_equivalence: p of the claim that the effect is smaller than the smallest that would matter, adjusted likewise.
        verdict: ``supported``; ``small`` (as expected, and too small to matter); ``opposite``; ``equivalent`` (too
            small to matter, whether or not it is nothing); ``selected`` (one of these, but among sessions that have the
            outcome, which hangs on the arm, so that it is no effect of the arm); ``open`` (undecided); ``ruled`` (a
            rule that was compared); ``constant`` (it does not vary at all, so that nothing is tested); ``alike`` (all
            pairs differ by the same amount, so that nothing is tested either); ``untested``.
        overall: the same effect over all sessions, where it is confirmatory and there are more than were planned when
            it was locked; exploratory, since who looks may go on until p is small.
        family: how many hypotheses p is adjusted over.
        among: where the verdict is ``selected``, what it is among the sessions that have the outcome.
        missing: how many sessions of the arm, and of the base, lack the outcome.
        over_all: the difference over all sessions, where the arms differ in how many lack it; exploratory.
        bounds: between what the difference lies whatever these sessions lack, by `missing.worst_case`; None where there
            is nothing to tell.
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
        """Whether the sessions that have the outcome are selected by the arm."""
        return selected(*self.missing)

    @property
    def powerless(self) -> bool:
        """Whether so few clusters are compared that no p could be small enough, whatever they had shown."""
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

        ``zero`` (no pair differs), ``few`` (so few clusters are compared that nothing could be confirmed), ``adjusted``
        (the interval is not adjusted for several hypotheses, and p is), ``other`` (p is computed in another way) or
        ``one_sided`` (two one-sided tests at 5% go by the 90% interval, which lies within what is too small).
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
        return "other" if self.inside or pair.sure else ""

    @property
    def primary(self) -> bool:
        """Whether it is what the experiment was made for, and its outcome may be relied on."""
        return self.hypothesis.primary and self.why != "judged"

    @property
    def size(self) -> Size:
        """How large the effect is, held against the smallest that was to matter.

        ``matters`` (the interval lies wholly beyond it), ``some`` (there is an effect, perhaps a smaller one),
        ``small`` (too small to matter) or ``unclear``.
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
        """Those over all blocks: of hypotheses that are bound to no level of another factor, then the others."""
        return (*(each.effect for each in self.tested if each.effect and not each.hypothesis.at), *self.others)

    @property
    def cluster(self) -> Cluster:
        """What is drawn together in general: cases, where any effect is tested by case."""
        return usual_cluster(self.every)

    @property
    def primary(self) -> Tested | None:
        """What became of the primary hypothesis; None where there is none that may stand as one."""
        return next((tested for tested in self.tested if tested.primary), None)


def usual_cluster(effects: Sequence[Effect]) -> Cluster:
    """Return what is drawn together in general: cases, where any effect is tested by case."""
    return "scenario" if any(effect.cluster == "scenario" for effect in effects) else "block"
