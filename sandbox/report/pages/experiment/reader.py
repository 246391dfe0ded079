"""An analysis in words of one language: numbers, differences and chances as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sandbox.content.experiment_card import Hypothesis
from sandbox.experiment.analysis.means import OutcomeSummary
from sandbox.experiment.analysis.missing import Missing
from sandbox.experiment.analysis.pairs import Pair, Share
from sandbox.experiment.analysis.results import FEWEST, Effect, Tested, Verdict
from sandbox.experiment.multiplicity import ALPHA
from sandbox.report.document.compose import Inline, below
from sandbox.report.figures import chance, change, decimal, end, finer, is_share, percent, short, signed
from sandbox.report.pages.experiment.names import ExperimentNames

_WITHOUT_SIZE: tuple[Verdict, ...] = ("ruled", "constant", "alike", "untested", "selected")


class ExperimentReader(ExperimentNames):
    """The words for the report of an experiment: its names, and effects, figures and verdicts as text."""

    def quoted(self, outcome: str, arms: Iterable[str]) -> list[str]:
        """Return how many judged levels of some arms have valid quotes, as a list of one text; empty if unjudged."""
        held = self.analysis.quotes.get(outcome, {})
        parts = []
        for arm in filter(held.__contains__, arms):
            stand, apart = (held[arm].get(status, 0) for status in ("supported", "unsupported"))
            parts.append(self.say("judges.stand_of", arm=self.arm(arm), count=stand, all=stand + apart))
        return [self.say("judges.stand", list=self.parts(parts))] if parts else []

    def drawn(self, effect: Effect) -> str:
        """Return in words what is drawn for an effect: cases, blocks, or seeds if blocks share a seed."""
        return self.say(f"clusters.{_cluster(effect)}")

    def drawn_of(self, effect: Effect) -> str:
        """Return how many of these clusters there are."""
        pair = effect.pair
        return self.counted(f"clusters_of.{_cluster(effect)}", pair.clusters, blocks=pair.pairs)

    def measured(self, hypothesis: Hypothesis) -> str:
        """Return what a hypothesis measures: a difference from an arm, or between such differences at two levels."""
        at = {"at": self.at(hypothesis)} if hypothesis.against else {}
        return self.say(f"measured.{'apart' if at else 'plain'}", base=self.base_of(hypothesis), **at)

    def few_cases(self, effect: Effect) -> bool:
        """Return whether an effect is tested by block, because its outcome exists in few cases; others are by case."""
        return effect.cluster != self.analysis.effects.cluster

    def sparse(self, effect: Effect) -> list[str]:
        """Return in how few blocks there is an outcome to compare, as a list of one text; of none if in enough."""
        return [self.in_few(effect)] if effect.sparse or effect.few else []

    def in_few(self, effect: Effect) -> str:
        """Return in how many blocks an outcome can be compared."""
        return self.say("sparse", pairs=effect.pair.pairs, blocks=effect.pair.pairs + effect.missing)

    def too_few(self, outcome: str, arm: str) -> str:
        """Return that so few sessions of an arm have an outcome, and others lack it, that its mean is not told."""
        summary = self.analysis.summaries[outcome][arm]
        lacking = self.analysis.missing.get(outcome, {}).get(arm)
        few = lacking and lacking.missing and summary.sessions < FEWEST
        return self.say("values.few", count=summary.sessions, all=lacking.sessions) if lacking and few else ""

    def by_block(self, effect: Effect) -> str:
        """Return in how few cases an outcome exists that is therefore tested by block."""
        return self.counted("effects.by_block", effect.cases)

    def verdict(self, tested: Tested) -> str:
        """Return the verdict on a hypothesis: the direction of the effect and its size."""
        said, size = self.tag(tested), self.size(tested)
        plain = tested.verdict in _WITHOUT_SIZE or size in (said, "")
        return said if plain else self.say("both", first=said, then=size)

    def tag(self, tested: Tested) -> str:
        """Return the direction of an effect; for one among selected sessions, with a note that it is among these."""
        among = {"among": self.say(f"verdict.{tested.among}")} if tested.among else {}
        return self.say(f"verdict.{tested.verdict}", **among)

    def lacking(self, tested: Tested) -> list[str]:
        """Return how many sessions of a hypothesis lack its outcome, as a list of one text.

        The text also says in how many of these nothing was decided. The list is empty if no session lacks the outcome,
        or all do.
        """
        name, (of_arm, of_base) = tested.hypothesis, tested.missing
        known = name.outcome in self.analysis.missing
        return self._lacking({self.design.base_of(name): of_base, name.arm: of_arm} if known else {})

    def lacking_in(self, outcome: str, arms: Iterable[str]) -> list[str]:
        """Return the same as `lacking` for all sessions of some arms."""
        return self._lacking(
            {arm: missing for arm, missing in self.analysis.missing.get(outcome, {}).items() if arm in arms}
        )

    def _lacking(self, held: Mapping[str, Missing]) -> list[str]:
        listed = self.lacks(held)
        return [self.say("lacking", list=listed)] if listed else []

    def lacks(self, held: Mapping[str, Missing]) -> str:
        """Return by arm how many sessions lack an outcome; empty if none does."""
        if not any(missing.missing for missing in held.values()):
            return ""
        texts = []
        for arm, missing in held.items():
            counts = {"missing": missing.missing, "all": missing.sessions}
            if missing.undecided:
                texts.append(self.say("lacking.undecided", arm=self.arm(arm), undecided=missing.undecided, **counts))
            else:
                texts.append(self.say("lacking.of", arm=self.arm(arm), **counts))
        return self.parts(texts)

    def over_all(self, tested: Tested) -> list[str]:
        """Return the difference over all sessions of a hypothesis, as a list of one text; empty if there is none.

        A missing outcome counts as not reached.
        """
        outcome, held = tested.hypothesis.outcome, tested.over_all
        if held is None:
            return []
        shares = outcome if held.level is None else "decided"  # how many reach a level is a share
        means = {"arm_value": held.arm_mean, "base_value": held.base_mean}
        values = {name: self.value(shares, mean) for name, mean in means.items()}
        names = {"arm": self.arm(tested.hypothesis.arm), "base": self.base_of(tested.hypothesis)}
        key, level = ("over_all.share", {}) if held.level is None else ("over_all.level", {"level": held.level})
        return [self.say(key, **values, **names, **level, change=self.span(shares, held.pair))]

    def bounds(self, tested: Tested) -> list[str]:
        """Return the bounds of a difference whatever the missing values are, as a list of one text or an empty list."""
        if tested.bounds is None:
            return []
        outcome = tested.hypothesis.outcome
        return [self.say("bounds", between=self.interval(outcome, *tested.bounds))]

    def size(self, tested: Tested) -> str:
        """Return how large an effect is, compared with the smallest that was to matter, or why that cannot be told."""
        if tested.verdict == "open" and tested.effect is not None:
            return "".join(self.why_against(tested))
        return "–" if tested.verdict in _WITHOUT_SIZE else self.say(f"size.{tested.size}")

    def why_against(self, tested: Tested) -> list[str]:
        """Return why a verdict says something else than its interval seems to, as a list of at most one text."""
        why, effect = tested.against_interval, tested.effect
        if not why or effect is None:
            return []
        return [self.say(f"size.{why}", clusters=self.drawn(effect), count=tested.family)]

    def _ends(self, outcome: str, low: float, high: float, fine: int) -> str:
        """Return the range between two differences, of which no end reads otherwise than a verdict takes it."""
        smallest = [item.smallest for item in self.design.hypotheses if item.outcome == outcome]
        marks = (0.0, *smallest, *(-each for each in smallest))
        return self.range(*(end(outcome, each, marks, fine) for each in (low, high)))

    def row(self, tested: Tested) -> str:
        """Return the name of a hypothesis: its outcome, its arm, and its level of another factor, if any."""
        name = tested.hypothesis
        at = self.at(name)
        row = self.say("forest.row", outcome=self.outcome(name.outcome), arm=self.contrast(name, name.base))
        return row + (self.label.paren(at) if at else "")

    def value(self, outcome: str, value: float) -> str:
        """Return a value of an outcome, in per cent for a share."""
        return percent(value) if is_share(outcome) else decimal(value)

    def mean(self, outcome: str, mean: OutcomeSummary | None) -> str:
        """Return the mean of an arm with its interval, or that all are alike and give none; a dash without a mean."""
        if mean is None:
            return "–"
        if mean.alike:
            return self.value(outcome, mean.mean) + self.label.paren(self.say("alike"))
        shown, *ends = (self.value(outcome, end) for end in (mean.mean, mean.low, mean.high) if end is not None)
        return shown + (self.label.paren(self.range(*ends)) if ends else "")

    def change(self, outcome: str, value: float, *, sign: bool = True, fine: int = 0) -> str:
        """Return a difference of an outcome, in percentage points for a share; ``fine`` adds decimals."""
        return self._with_unit(outcome, change(outcome, value, sign=sign, fine=fine))

    def interval(self, outcome: str, low: float, high: float) -> str:
        """Return the range between two differences of an outcome, with its unit."""
        return self._with_unit(outcome, self._ends(outcome, low, high, finer(outcome, low, high)))

    def _with_unit(self, outcome: str, text: str) -> str:
        key = "point" if text.lstrip("+−") == "1" else "points"
        return self.say(key, change=text) if is_share(outcome) else text

    def tick(self, outcome: str, *, points: bool = False) -> Callable[[float], str]:
        """Return the function that writes values of an outcome, or differences in points, on a scale."""
        if not is_share(outcome):
            return short
        return lambda value: f"{short(100 * value)}{'' if points else '%'}"

    def span(self, outcome: str, pair: Pair | None, beside: Iterable[Pair] = ()) -> str:
        """Return a difference with its interval; a dash if there is none.

        It has as many decimals as the differences ``beside`` it need, so that equal values read alike in each row.
        """
        shown, *bounds = self._told(outcome, pair, beside)
        return shown + "".join(map(self.label.paren, bounds))

    def cell(self, outcome: str, pair: Pair | None, *under: str) -> Inline:
        """Return a difference as a cell of a table, with its interval below it, and further texts below that."""
        return below(*self._told(outcome, pair), *under)

    def whole(self, effect: Effect | None) -> Inline:
        """Return the effect of a hypothesis as a cell of a table, with its numbers of pairs and cases."""
        if effect is None:
            return "–"
        if effect.few:
            return below("–", self.in_few(effect))
        numbers = {"pairs": effect.pair.pairs, "cases": effect.cases, "seeds": effect.pair.clusters}
        which = "_alone" if self.design.compares_countries else "_of_seeds" if _cluster(effect) == "seed" else ""
        counts = self.say(f"hypotheses.pairs{which}", **numbers)
        return self.cell(effect.outcome, effect.pair, counts)

    def _told(self, outcome: str, pair: Pair | None, beside: Iterable[Pair] = ()) -> list[str]:
        if pair is None:
            return ["–"]
        low, high, fine = pair.low, pair.high, max(finer(outcome, each.low, each.high) for each in (pair, *beside))
        shown = [self.change(outcome, pair.estimate, fine=fine)]
        if low is None or high is None:
            alone = "alike" if pair.alike else "zero" if pair.zero else ""
            return [*shown, self.say(alone)] if alone else shown
        between = self._ends(outcome, low, high, fine)
        return [*shown, self.say("zero.bound", between=between) if pair.zero else between]

    def beside_p(self, outcome: str, pair: Pair) -> str:
        """Return a difference with its interval and its p, which is not adjusted."""
        first, *more = self._told(outcome, pair)
        more += [] if pair.zero or pair.low is None else [self.chance(pair.p_permutation)]
        return first + (self.label.paren(self.parts(more)) if more else "")

    def range(self, low: str, high: str) -> str:
        """Return a range between two figures."""
        return self.say("range", low=low, high=high)

    def standard(self, pair: Pair | None) -> str:
        """Return a standardised difference with its interval; a dash where so few blocks give none."""
        if pair is None or pair.d is None or pair.d_low is None or pair.d_high is None:
            return "–"
        shown = signed(pair.d)
        if pair.zero or pair.d_low == pair.d_high:
            return shown
        return shown + self.label.paren(self.range(signed(pair.d_low), signed(pair.d_high)))

    def chance(self, p: float) -> str:
        """Return how rare a result is by chance alone, in words."""
        return self.say("p_least") if p < 0.001 else self.say("p", p=chance(p))

    def share(self, share: Share) -> str:
        """Return which share one difference is of another, with its interval."""
        low, high = (percent(end).replace("-", "−") for end in (share.low, share.high))
        shown = percent(share.estimate).replace("-", "−")
        return shown if share.low == share.high else shown + self.label.paren(self.range(low, high))


def made_by_rules(tested: Tested) -> Share | None:
    """Return which share of an effect the rules alone make; None if either of the two effects may be zero."""
    effect = tested.effect
    if effect is None or effect.null is None or not effect.null.clear or tested.p is None or tested.p >= ALPHA:
        return None
    return effect.rules_part


def _cluster(effect: Effect) -> str:
    return "seed" if effect.cluster == "block" and effect.pair.clusters < effect.pair.pairs else effect.cluster
