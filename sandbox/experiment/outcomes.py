"""The outcomes that experiments compare: what came of a session, in numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from sandbox.content.cards import RANKED
from sandbox.content.rubric import Rubric
from sandbox.content.words import refusal
from sandbox.game.motions.counting import counted
from sandbox.game.review.inspection import mean, share
from sandbox.game.session import Session
from sandbox.record.events import Event, LineSpoken, ScoreGiven
from sandbox.record.line import DecisionTaken
from sandbox.record.payloads import ScoreStatus
from sandbox.scoring.assessment import assess, needs_met, tasks_lifted
from sandbox.scoring.level_rules import counted_levels
from sandbox.scoring.measures import measure, turn_share, turn_shares
from sandbox.scoring.panel import score_of
from sandbox.scoring.reviewed import AFTER_A_YEAR
from sandbox.scoring.scorecard import latest_scores, latest_votes

Level = Literal["trust", "conviction", "burden"]
Unit = Literal["share", "level", "steps", "number"]
_LEVELS: tuple[Level, ...] = ("trust", "conviction", "burden")
_COUNTED_LEVEL, _JUDGED_LEVEL, _OWN = "counted_", "judged_", "own_"
LEVELS = _COUNTED_LEVEL, _JUDGED_LEVEL
"""Prefixes of the names of levels that the criteria of a rubric give."""
_OWN_NAME = re.compile(r"own_[a-z][a-z0-9_]{0,59}")
STATUS_OF = "status_of_"
SHARE, BESIDE_SHARE = "decision_share", "horizontal_beside_share"
CARRIED_BESIDE_SHARE = "horizontal_carried_beside_share"
GAP_BESIDE_SHARE = "hierarchical_minus_horizontal_beside_share"
WITHOUT_SHARE = {
    "horizontal": BESIDE_SHARE, "horizontal_carried": CARRIED_BESIDE_SHARE,
    "hierarchical_minus_horizontal": GAP_BESIDE_SHARE,
}  # fmt: skip
"""Outcomes that residents' share of those who decide goes into, each with its counterpart without that share."""
_COUNTED = (
    "decision_share", "needs_first", "promise_integrity", "inclusion", "supported_handover", "cross_department",
    "burden_escalation",
)  # fmt: skip
_COUNTED_LEVELS = frozenset(f"{_COUNTED_LEVEL}{criterion}" for criterion in _COUNTED)
_JUDGED = (
    "decision_share", "needs_first", "promise_integrity", "referee_role", "inclusion", "trust", "substance_over_show",
    "local_fit", "supported_handover", "candid_conviction", "so_autonomy", "cross_department", "burden_escalation",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """One number of a session.

    Args:
        name: what designs and tables call it.
        low: the lowest possible value.
        high: the highest; None if there is no limit.
        yes_no: whether it is 0 (no) or 1 (yes) in each session.
        judged: whether a judge gives it, so that it is worth no more than that judge.
        worded: whether it depends on the words of lines; sessions by the rules alone have no words of their own.
        of_countries: whether it belongs to countries instead of sessions.
        ruled: whether it tells who votes or decides: it then follows from a rule and is not tested.
        own: whether a user's own code gives it, so that nothing is known about it but the numbers.
        parts: other outcomes that go into it, as in `sandbox.scoring.assessment`: if one of them changes, it does too.
        rest_of: name of the rubric measure that it is 1 minus; empty if there is none. An outcome with the same name as
            a measure equals that measure.
    """

    name: str
    low: float = 0.0
    high: float | None = 1.0
    yes_no: bool = False
    judged: bool = False
    worded: bool = False
    of_countries: bool = False
    ruled: bool = False
    own: bool = False
    parts: tuple[str, ...] = ()
    rest_of: str = ""

    @property
    def words(self) -> str:
        """Key of its name in the word files."""
        return f"experiment.outcome.{self.name}"

    @property
    def widest(self) -> float:
        """The largest possible difference between two sessions."""
        return math.inf if self.high is None else self.high - self.low

    @property
    def unit(self) -> Unit:
        """The kind of its values: shares from 0 to 1, levels from 1 to 5, steps between levels, or plain numbers."""
        if self.high is None:
            return "number"
        if self.high == 1.0:
            return "share"
        return "level" if self.low > 0 else "steps"

    @property
    def needs(self) -> Literal["judge", "words", "countries", "own", "nothing"]:
        """What measuring it takes: a judge, words, countries, the user's own code, or nothing but the rules."""
        if self.own:
            return "own"
        if self.of_countries:
            return "countries"
        return "judge" if self.judged else "words" if self.worded else "nothing"

    @property
    def definition(self) -> str:
        """Key of its definition in the word files."""
        groups = ("counted", "judged", "own")
        group = next((kind for kind in groups if self.name.startswith(f"{kind}_")), self.name)
        return f"experiment.counts.{self.name if self.name in _COUNTED_LEVELS else group}"


def _all() -> Iterator[Outcome]:
    yield Outcome("decided", yes_no=True)
    yield Outcome("questions_settled")
    yield Outcome("votes_for_share")
    of_h = ("questions_settled", "inspection_completeness", "plan_sections_own", "novelty")
    of_p = (SHARE, "needs_met", "promises_kept", "trust_residents", "self_sustaining", BESIDE_SHARE)
    yield Outcome("hierarchical", parts=of_h)
    yield Outcome("inspection_completeness")
    yield Outcome("novelty")
    yield Outcome("horizontal", parts=of_p)
    yield Outcome(SHARE, ruled=True)
    yield Outcome("needs_met", parts=("needs_met_newcomers", "needs_met_registered"))
    yield Outcome("needs_met_newcomers")
    yield Outcome("needs_met_registered")
    # If both arms begin with the same trust, residents' trust at the end is the change of their trust.
    yield Outcome("trust_residents", parts=("trust_change_residents",))
    yield Outcome("self_sustaining")
    yield Outcome(BESIDE_SHARE, parts=("needs_met", "promises_kept", "trust_residents", "self_sustaining"))
    yield Outcome("horizontal_carried", parts=("horizontal",))
    yield Outcome(CARRIED_BESIDE_SHARE, parts=(BESIDE_SHARE,))
    yield Outcome("hierarchical_minus_horizontal", -1.0, parts=("hierarchical", "horizontal"))
    yield Outcome(GAP_BESIDE_SHARE, -1.0, parts=("hierarchical", BESIDE_SHARE))
    yield Outcome("turn_share_residents")
    yield Outcome("turn_share_officials")
    yield Outcome("speakers_evenness")
    yield Outcome("facts_told", worded=True)
    yield Outcome("hidden_facts_told", worded=True)
    yield Outcome("promises_kept", parts=("kept_after_a_year",))
    yield Outcome("promises_beyond_remit", rest_of="promises_within_remit")
    for name in AFTER_A_YEAR:
        yield Outcome(name, parts=("kept_on_paper", "kept_in_substance") if name == "form_without_substance" else ())
    yield Outcome("plan_sections_own", rest_of="plan_sections_copied")
    yield Outcome("duplicates_lifted")
    for level in _LEVELS:
        yield Outcome(f"{level}_change", -4.0, 4.0, parts=(f"{level}_change_residents",))
        yield Outcome(f"{level}_change_residents", -4.0, 4.0)
    yield Outcome("lines", high=None)
    yield Outcome("refused_wordings", high=None, worded=True)
    for criterion in _COUNTED:
        yield Outcome(f"{_COUNTED_LEVEL}{criterion}", 1.0, 5.0)
    for criterion in _JUDGED:
        yield Outcome(f"{_JUDGED_LEVEL}{criterion}", 1.0, 5.0, judged=True)
    yield Outcome("spread_form", of_countries=True)
    yield Outcome("spread_substance", of_countries=True)
    yield Outcome("spread_at_once", of_countries=True)
    yield Outcome("spread_meetings", high=None, of_countries=True)
    yield Outcome("spread_gap", -1.0, of_countries=True, parts=("spread_form", "spread_substance"))
    yield Outcome("spread_h", of_countries=True)
    yield Outcome("spread_p", of_countries=True)
    yield Outcome("spread_burden", -4.0, 4.0, of_countries=True)
    yield Outcome("spread_first_plan", of_countries=True)
    yield Outcome("spread_half", high=None, of_countries=True)
    yield Outcome("spread_equality", of_countries=True)


OUTCOMES: Mapping[str, Outcome] = {outcome.name: outcome for outcome in _all()}
"""All outcomes by name, in the order of the tables. Levels are those of the rubric ``core``; `outcome_of` also knows
those of other rubrics."""


def outcome_of(name: str) -> Outcome | None:
    """Return an outcome by name, or None.

    Known are `OUTCOMES`, levels of criteria of any rubric (``counted_…``, ``judged_…``), and ``own_…``, which a user's
    own code gives.
    """
    if _OWN_NAME.fullmatch(name):
        return Outcome(name, -math.inf, None, own=True)
    if name not in OUTCOMES and name.startswith(LEVELS):
        return Outcome(name, 1.0, 5.0, judged=name.startswith(_JUDGED_LEVEL))
    return OUTCOMES.get(name)


def known_outcome(name: str) -> Outcome:
    """Return an outcome that a design names, see `outcome_of`.

    Raises:
        KeyError: there is none.
    """
    outcome = outcome_of(name)
    if outcome is None:
        raise KeyError(name)
    return outcome


def widest_of(name: str) -> float:
    """Return the largest possible difference of an outcome; infinity if the outcome is not known."""
    known = outcome_of(name)
    return math.inf if known is None else known.widest


def levels_of(rubric: Rubric) -> tuple[str, ...]:
    """Return the outcomes that the criteria of a rubric give: first the counted levels, then the judged ones."""
    counted = (f"{_COUNTED_LEVEL}{criterion.id}" for criterion in rubric.criteria if criterion.counted is not None)
    return (*counted, *(f"{_JUDGED_LEVEL}{criterion.id}" for criterion in rubric.criteria))


def own_name(name: str) -> str:
    """Return the name, in designs and tables, of an outcome that a user's own code gives.

    Raises:
        InputError: the name cannot be the name of a column.
    """
    if outcome_of(called := _OWN + name.removeprefix(_OWN)) is None:
        raise refusal("experiment.refused.own_name", name=name)
    return called


def own_levels(rubric: Rubric) -> tuple[str, ...]:
    """Return the levels that the criteria of a rubric give beyond those in `OUTCOMES`."""
    return tuple(name for name in levels_of(rubric) if name not in OUTCOMES)


def measured_with(rubric: Rubric) -> tuple[str, ...]:
    """Return the outcomes of sessions that are scored by a rubric."""
    others = (name for name in OUTCOMES if not name.startswith(LEVELS))
    return (*others, *levels_of(rubric))


def counted_into(part: str, whole: str) -> bool:
    """Return whether an outcome goes into another one, directly or by way of a third."""
    return any(name == part or counted_into(part, name) for name in known_outcome(whole).parts)


def outcomes_of(session: Session) -> dict[str, float | None]:
    """Return every outcome of a session; None if the session has nothing to measure it by.

    Levels that only the session's own rubric has come after `OUTCOMES`. Outcomes that depend on words are None if the
    session was played by the rules alone, and judged ones if no judge has scored it.
    """
    above, beside = assess(session)
    within, copied = measure("promises_within_remit", session), above.indicators["conformity"]
    votes = [vote for decision in session.decisions for vote in counted(session.game, decision).votes.values()]
    worded = session.spec.style != "rules"
    refused = (len(event.payload["rejected"]) for event in session.events if isinstance(event, LineSpoken))
    values: dict[str, float | None] = {
        "decided": _decided(session),
        "questions_settled": above.indicators["visible_outputs"],
        "votes_for_share": share(sum(votes), len(votes)),
        "hierarchical": above.total,
        "inspection_completeness": above.indicators["inspection_completeness"],
        "novelty": above.indicators["novelty"],
        "horizontal": beside.total,
        SHARE: beside.indicators[SHARE],
        BESIDE_SHARE: (other := mean([value for name, value in beside.indicators.items() if name != SHARE])),
        GAP_BESIDE_SHARE: _difference(above.total, other),
        "needs_met": beside.indicators["needs_met"],
        "needs_met_newcomers": needs_met(session, registered=False),
        "needs_met_registered": needs_met(session, registered=True),
        "trust_residents": beside.indicators["trust"],
        "self_sustaining": beside.indicators["self_sustaining"],
        "horizontal_carried": beside.total if session.carried else None,
        CARRIED_BESIDE_SHARE: other if session.carried else None,
        "hierarchical_minus_horizontal": _difference(above.total, beside.total),
        "turn_share_residents": measure("turn_share_residents", session),
        "turn_share_officials": turn_share(session, RANKED),
        "speakers_evenness": _evenness(list(turn_shares(session).values())),
        "facts_told": measure("facts_told", session) if worded else None,
        "hidden_facts_told": measure("hidden_facts_told", session) if worded else None,
        "promises_kept": beside.indicators["promises_kept"],
        "promises_beyond_remit": _rest(within),
        **{name: count(session) for name, count in AFTER_A_YEAR.items()},
        "plan_sections_own": _rest(copied),
        "duplicates_lifted": _duplicates_lifted(session),
        **_changes(session),
        "lines": float(len(session.lines)),
        "refused_wordings": float(sum(refused)) if worded else None,
        **_counted(session),
        **_judged(session),
    }
    shipped = {name: None if outcome.of_countries else values[name] for name, outcome in OUTCOMES.items()}
    return shipped | {name: values.get(name) for name in own_levels(session.game.rubric)}


def settled_by(decisions: Iterable[DecisionTaken]) -> dict[str, str]:
    """Return the option that the carried decisions settle, by question."""
    return {key: option for taken in decisions if taken["carried"] for key, option in taken["terms"].items()}


def mean_pulses(session: Session) -> dict[str, dict[str, float]]:
    """Return mean trust, conviction and burden over all seats, by moment: ``start`` and every stage."""
    return {
        pulses["moment"]: {level: fmean([pulse[level] for pulse in pulses["levels"].values()]) for level in _LEVELS}
        for pulses in session.pulses
        if pulses["levels"]
    }


def _decided(session: Session) -> float | None:
    """Return 1 if a motion was carried or the chair decided, else 0; None if no stage decides."""
    if not set(session.game.able("decides")) & set(session.game.stage_names):
        return None
    return float(bool(session.carried))


def _difference(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first - second


def _rest(part: float | None) -> float | None:
    return None if part is None else 1 - part


def _evenness(shares: Sequence[float]) -> float | None:
    """Return 1 minus the Gini coefficient: 1 if all seats have equally many lines, near 0 if one seat has them all."""
    total = sum(shares)
    if not total:
        return None
    ranked = sum(rank * part for rank, part in enumerate(sorted(shares), start=1))
    gini = 2 * ranked / (len(shares) * total) - (len(shares) + 1) / len(shares)
    return 1 - gini


def _duplicates_lifted(session: Session) -> float | None:
    """Return the share of duplicate tasks, handed down in the session or before, that were lifted (PC)."""
    known = session.game.scenario.task_by_id
    handed = [item for item in session.entries("task") if item.duplicate]
    standing = {item.task for item in handed if item.state != "lifted"}
    repeats = {item.task for item in handed} | {task for task in tasks_lifted(session) if known[task].duplicates}
    return share(len(repeats - standing), len(repeats))


def _changes(session: Session) -> dict[str, float | None]:
    """Return the mean change of each level from the first pulse to the last, for all seats and for residents."""
    changes: dict[str, float | None] = {}
    groups = {"change": session.game.positions.keys(), "change_residents": session.game.residents}
    for name, seats in groups.items():
        for level in _LEVELS:
            moved = []
            if len(session.pulses) > 1:
                first, last = session.pulses[0]["levels"], session.pulses[-1]["levels"]
                moved = [last[seat][level] - first[seat][level] for seat in seats if seat in first and seat in last]
            changes[f"{level}_{name}"] = mean(moved)
    return changes


def _counted(session: Session) -> dict[str, float | None]:
    levels = counted_levels(session.game.rubric, session)
    known = dict.fromkeys(_COUNTED) | {criterion: counted.level for criterion, counted in levels.items()}
    return {f"{_COUNTED_LEVEL}{criterion}": _number(level) for criterion, level in known.items()}


def _judged(session: Session) -> dict[str, float | None]:
    levels: dict[str, float | None] = dict.fromkeys(_JUDGED)
    if any(isinstance(event, ScoreGiven) and event.payload["judge"] for event in session.events):
        levels |= {score.criterion: score.level for score in latest_scores(session).scores}
    return {f"{_JUDGED_LEVEL}{criterion}": _number(level) for criterion, level in levels.items()}


def judged_statuses(events: Iterable[Event]) -> dict[str, ScoreStatus]:
    """Return what each judged level in a session's log rests on, or why there is none, by outcome."""
    return {
        f"{_JUDGED_LEVEL}{criterion}": score_of(criterion, votes, None).status
        for criterion, votes in latest_votes(events).items()
        if any(vote.judge for vote in votes)
    }


def status_columns(outcomes: Iterable[str]) -> dict[str, str]:
    """Return the columns, each with its kind, that tell what the judged levels among some outcomes rest on."""
    return {STATUS_OF + name: "s" for name in outcomes if name.startswith(_JUDGED_LEVEL)}


def status_cells(events: Iterable[Event], outcomes: Container[str]) -> dict[str, str]:
    """Return the cells of a session in the columns of `status_columns`, from its log."""
    return {STATUS_OF + name: status for name, status in judged_statuses(events).items() if name in outcomes}


def _number(level: float | None) -> float | None:
    return None if level is None else float(level)
