"""The scorecard: measures, and a level with its evidence for each criterion of the rubric."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox.content.rubric import Criterion
from sandbox.game.session import Session
from sandbox.llm.failures import PostponedError
from sandbox.record.events import Event, ScoreGiven
from sandbox.record.log import Log
from sandbox.scoring.assessment import Assessment, Incompatibility, assess, incompatibility
from sandbox.scoring.audit.playing import play_measures
from sandbox.scoring.counted import CountedLevel, counted_words
from sandbox.scoring.judge import Dialogue, Vote, ask_judge
from sandbox.scoring.level_rules import counted_levels
from sandbox.scoring.measures import measure, outcome_measures, turn_shares
from sandbox.scoring.panel import Panel, Score, score_of
from sandbox.scoring.standing import JudgeStanding, standings_of


@dataclass(frozen=True)
class NullSpread:
    """How a measure spreads over those rules-only sessions in which there was something to measure.

    ``low`` and ``high`` are the 2.5th and the 97.5th percentile, ``margin`` is half the width of the mean's 95%
    confidence interval (normal approximation).
    """

    sessions: int
    mean: float
    low: float
    high: float
    margin: float

    @property
    def fixed(self) -> bool:
        """Whether it is the same in all of them: then it follows from the rules, whoever plays."""
        return self.sessions > 1 and self.margin == 0


@dataclass(frozen=True)
class Scorecard:
    """All scores of a session.

    Args:
        judge: names of the models that judged; empty where nobody did.
        scores: one for each criterion that was put to a judge or left out, in the rubric's order.
        turns: share of the lines, votes aside, by seat.
        counted: the levels that rules count, by criterion; no judge has a part in them.
        reasons: what each of these rests on, or why there is none, in the session's language.
        baseline: how measures spread over sessions in which the rules alone play; empty where that was not measured.
        standings: how far the judge's level on a criterion may be trusted; one that was not measured is left out.
    """

    judge: str
    scores: tuple[Score, ...]
    outcome: dict[str, float | None]
    play: dict[str, Any]
    turns: dict[str, float]
    assessments: tuple[Assessment, Assessment]
    apart: Incompatibility
    counted: Mapping[str, CountedLevel] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    baseline: Mapping[str, NullSpread] = field(default_factory=dict)
    standings: Mapping[str, JudgeStanding] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as written to ``scores.json``."""
        unjudged: dict[str, list[str]] = {}
        for score in self.scores:
            if score.status == "not_judged":
                unjudged.setdefault(score.reason, []).append(score.criterion)
        return {
            "judge": self.judge,
            "counted": {
                name: {"level": level.level, "reason": self.reasons.get(name, ""), "evidence": list(level.evidence)}
                for name, level in self.counted.items()
            },
            "scores": [asdict(score) for score in self.scores if score.status != "not_judged"],
            "not_judged": unjudged,
            "outcome": self.outcome,
            "play": self.play,
            "turns": self.turns,
            "assessments": [assessment.as_dict() for assessment in self.assessments],
            "apart": vars(self.apart),
            "standings": {
                score.criterion: standing.as_dict()
                if (standing := self.standings.get(score.criterion))
                else {"mark": "not_measured"}
                for score in self.scores
                if score.level is not None and score.status in ("supported", "unsupported")
            },
            "baseline": {name: vars(spread) for name, spread in self.baseline.items()},
        }


async def score_session(
    session: Session, criteria: Sequence[Criterion], panel: Panel | None, log: Log,
    on_wait: Callable[[str], None] | None = None, kept: Container[tuple[str, str, int]] = (),
) -> None:  # fmt: skip
    """Have a session judged by some criteria, and write each vote to its log.

    Without a panel nothing is judged; what rules and measures count needs no writing, as it follows from the log.
    ``on_wait`` receives the criterion that is being judged. A vote whose question is postponed is left out, and so are
    those that are ``kept`` already: criterion, model, and which of its votes.

    Raises:
        EndpointError: the judge's endpoint refused or cannot be reached.
        BudgetReachedError: the budget is used up; the scores so far are in the log.
    """
    dialogue = Dialogue.of(session) if panel else None
    for criterion in criteria:
        if not session.in_stages(criterion.stages):
            _keep(log, "", criterion.id, _unjudged("its stages were not played"))
        elif panel is None or dialogue is None:
            _keep(log, "", criterion.id, _unjudged("no judge"))
        else:
            ballots = [
                (judge, sample)
                for judge, sample in panel.ballots
                if (criterion.id, judge.endpoint.model, sample) not in kept
            ]
            if on_wait and ballots:
                on_wait(criterion.id)
            for judge, sample in ballots:
                with suppress(PostponedError):
                    vote = await ask_judge(criterion, dialogue, judge, session.game.templates, sample)
                    _keep(log, panel.id, criterion.id, vote)


def _unjudged(reason: str) -> Vote:
    return Vote("", 1, None, "not_judged", reason=reason)


def latest_votes(events: Iterable[Event]) -> dict[str, list[Vote]]:
    """Return each criterion's votes by the panel and words asked last, a judge's latest on each sample."""
    votes: dict[str, dict[tuple[str, int], Vote]] = {}
    panels: dict[str, tuple[str, str, str]] = {}
    for event in events:
        if isinstance(event, ScoreGiven) and event.payload["status"] != "measured":
            criterion, vote = event.payload["criterion"], Vote.of(event.payload)
            panel = event.payload.get("panel", vote.judge), vote.criterion_digest, vote.templates_digest
            if panels.get(criterion) != panel:
                panels[criterion], votes[criterion] = panel, {}
            votes[criterion][vote.judge, vote.sample] = vote
    return {criterion: list(cast.values()) for criterion, cast in votes.items()}


def latest_scores(session: Session) -> Scorecard:
    """Return the scorecard as it stands in the log: each criterion's votes by the panel and words asked last.

    Levels that earlier versions wrote as counted are left out: they are counted anew.
    """
    votes, counted = latest_votes(session.events), counted_levels(session.game.rubric, session)
    return Scorecard(
        judge=", ".join(dict.fromkeys(vote.judge for cast in votes.values() for vote in cast if vote.judge)),
        scores=tuple(
            score_of(
                criterion.id, votes[criterion.id], measure(criterion.measure, session) if criterion.measure else None
            )
            for criterion in session.game.rubric.criteria
            if criterion.id in votes
        ),
        outcome=outcome_measures(session),
        play=play_measures(session),
        turns=turn_shares(session),
        assessments=assess(session),
        apart=incompatibility(session),
        counted=counted,
        reasons=reasons_of(session, counted),
    )


def reasons_of(session: Session, counted: Mapping[str, CountedLevel]) -> dict[str, str]:
    """Return what each counted level of a session rests on, or why there is none, in the session's language."""
    criteria = {criterion.id: criterion for criterion in session.game.rubric.criteria}
    return {name: counted_words(session.game.words, criteria[name], level) for name, level in counted.items()}


def standings_in(session: Session, runs: Path) -> Mapping[str, JudgeStanding]:
    """Return how the judges of a session stand by now, by criterion, as `standings_of` has them.

    Raises:
        InputError: a calibration stored in the folder of sessions is damaged.
    """
    scores = [score_of(criterion, votes, None) for criterion, votes in latest_votes(session.events).items()]
    return standings_of(runs, scores, session.game.rubric, session.spec.lang)


def _keep(log: Log, panel: str, criterion: str, vote: Vote) -> None:
    ballot = {
        "panel": panel, "criterion": criterion, "judge": vote.judge, "sample": vote.sample,
        "criterion_digest": vote.criterion_digest, "templates_digest": vote.templates_digest,
    }  # fmt: skip
    earlier = sum(
        ballot.items() <= event.payload.items() and event.payload["status"] in ("failed", "refused", "not_judged")
        for event in log.of("score")
    )
    names = panel or "nobody", vote.judge, criterion, vote.criterion_digest, vote.templates_digest
    event_id = ":".join((*filter(None, names), str(vote.sample), str(earlier + 1)))
    log.append("score", {"id": event_id, **vote.as_payload(), **ballot}, stage="judge")
