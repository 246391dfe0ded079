"""Findings of an audit: a value, the number of cases, the threshold, and whether it is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Verdict = Literal["green", "red", "not_measured"]
Unit = Literal["share", "count", "points"]
Reason = Literal[
    "", "no_model_lines", "nothing", "few", "not_asked", "failed", "few_sessions", "few_seats", "no_lab", "same_lines"
]
_OWN = "a starting proposal of this program, without a publication"
_BRIEF = "simulation metrics (domain brief, section 3)"
_INCHARACTER = "Wang et al. 2024, InCharacter (arXiv:2310.17976)"
_FLIP = "stance flip, 15 points; here between halves, without its control group"


@dataclass(frozen=True)
class Measure:
    """The threshold of a finding: its value must be at least the bound or, without ``at_least``, at most.

    The unit is a share (0 to 1), a difference of shares (points), or a count; with fewer than ``least`` cases the
    finding is not judged.
    """

    bound: float
    at_least: bool
    unit: Unit
    source: str
    least: int = 1


# `least` is chosen so that a single line never turns a share red, except where the metric allows no fault at all.
MEASURES: Mapping[str, Measure] = {
    "consistency": Measure(0.85, True, "share", f"{_BRIEF}: consistency; {_INCHARACTER}", 7),
    "distinctness": Measure(0.5, True, "share", f"{_BRIEF}: distinctiveness, three times chance", 20),
    "repetition": Measure(0.15, False, "share", f"{_BRIEF}: repetition, 4-grams of a speaker's own turns", 7),
    "duplicates": Measure(0, False, "count", f"{_BRIEF}: repetition, no duplicates"),
    "dissent": Measure(0.3, True, "share", f"{_BRIEF}: dissent, counted over stances instead of proposals", 5),
    "objections": Measure(1, True, "count", _OWN),
    "contested": Measure(0.3, True, "share", f"{_BRIEF}: dissent, contested proposals", 5),
    "unfounded_concessions": Measure(0.2, False, "share", f"{_BRIEF}: dissent, concession without new information", 5),
    "agreement_drift": Measure(0.15, False, "points", f"{_BRIEF}: {_FLIP}", 10),
    "thanks": Measure(0.1, False, "share", _OWN, 10),
    "assistant_talk": Measure(0, False, "count", _OWN),
    "card_lines": Measure(0.2, False, "share", _OWN, 7),
    "own_language": Measure(0.99, True, "share", f"{_BRIEF}: leakage, language of each line"),
    "fact_lines": Measure(1 / 3, True, "share", _OWN, 30),  # fewer lines cannot tell a third from a sixth
    "facts_right": Measure(1, True, "share", f"{_BRIEF}: grounding, numbers matched exactly"),
    "invented_figures": Measure(0, False, "count", f"{_BRIEF}: grounding, numbers matched exactly"),
    "secrets_leaked": Measure(0, False, "count", f"{_BRIEF}: leakage, secrets"),
}


@dataclass(frozen=True)
class Evidence:
    """A line that a finding rests on: ids of session and line, and the words or figures in question."""

    session: str
    line: str
    what: str


@dataclass(frozen=True)
class Finding:
    """One finding.

    Args:
        id: key of its measure in `MEASURES`.
        value: the value; None, never 0, if there was nothing to count.
        n: number of cases counted.
        measure: its threshold; the bound differs from `MEASURES` if it depends on the sessions.
        beside: further values without a threshold (chance, baselines, cases counted apart).
        evidence: the lines that speak against the simulation.
        apart: the lines that are counted apart.
    """

    id: str
    value: float | None
    n: int
    measure: Measure
    status: Verdict
    reason: Reason = ""
    beside: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    apart: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Audit:
    """All findings on some sessions together, one for each measure, in the order of `MEASURES`.

    ``lines`` is the number of lines of personas, ``worded`` of those that a model worded, which alone count in measures
    of words. If ``scripted``, acts came from the case's points, so measures of acts describe the script.
    """

    sessions: tuple[str, ...]
    lines: int
    worded: int
    scripted: bool
    findings: tuple[Finding, ...]

    def __getitem__(self, measure: str) -> Finding:
        """Return the finding of a measure."""
        return next(finding for finding in self.findings if finding.id == measure)

    def red(self) -> list[Finding]:
        """Return the findings that do not meet their threshold."""
        return [finding for finding in self.findings if finding.status == "red"]

    def having(self, finding: Finding) -> Audit:
        """Return the audit with a finding replaced, by its measure."""
        return replace(self, findings=tuple(finding if old.id == finding.id else old for old in self.findings))


def judged(
    name: str, value: float | None, n: int, evidence: Sequence[Evidence] = (), *, bound: float | None = None,
    beside: Mapping[str, float] | None = None, apart: Sequence[Evidence] = (),
) -> Finding:  # fmt: skip
    """Return a finding, judged by its threshold.

    ``bound`` is a threshold that depends on the sessions; None for the measure's own.
    """
    measure = MEASURES[name] if bound is None else replace(MEASURES[name], bound=bound)
    reason: Reason = "nothing" if value is None else "few" if n < measure.least else ""
    holds = value is not None and (value >= measure.bound if measure.at_least else value <= measure.bound)
    return Finding(
        id=name, value=None if value is None else round(value, 3), n=n,
        measure=replace(measure, bound=round(measure.bound, 3)),
        status="not_measured" if reason else "green" if holds else "red", reason=reason,
        beside=dict(beside or {}), evidence=tuple(evidence), apart=tuple(apart),
    )  # fmt: skip


def unmeasured(name: str, reason: Reason, n: int = 0) -> Finding:
    """Return the finding of a measure that could not be taken."""
    return replace(judged(name, None, n), reason=reason)
