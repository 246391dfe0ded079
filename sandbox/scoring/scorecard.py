"""The scorecard: measures, and a level with its evidence for each criterion of the rubric."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.content.templates import Templates
from sandbox.llm.gateway import Gateway
from sandbox.record.events import Event, EventLog
from sandbox.scoring.assessment import Assessment, Incompatibility, assess, incompatibility
from sandbox.scoring.judge import Score, judge_criterion
from sandbox.scoring.measures import measure, outcome_measures, play_measures, turn_shares
from sandbox.scoring.played import Played

__all__ = ["Scorecard", "Spread", "latest_scores", "score_session"]


@dataclass(frozen=True)
class Spread:
    """How a measure spreads over rules-only sessions.

    Args:
        sessions: the sessions in which there was something to measure.
        mean: their mean.
        low: the 2.5th percentile.
        high: the 97.5th percentile.
        margin: half the width of the mean's 95% confidence interval (normal approximation).
    """

    sessions: int
    mean: float
    low: float
    high: float
    margin: float


@dataclass(frozen=True)
class Scorecard:
    """All scores of a session.

    Args:
        judge: name of the model that judged; empty where nobody did.
        scores: one for each criterion, in the rubric's order.
        outcome: outcome measures by name.
        play: measures of play by name.
        turns: share of the lines by seat.
        assessments: from above (H) and from the side (P).
        apart: where these pull apart.
        baseline: how measures spread over sessions in which the rules alone play; empty where that was not measured.
    """

    judge: str
    scores: tuple[Score, ...]
    outcome: dict[str, float | None]
    play: dict[str, Any]
    turns: dict[str, float]
    assessments: tuple[Assessment, Assessment]
    apart: Incompatibility
    baseline: Mapping[str, Spread] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as written to ``scores.json``."""
        return {
            "judge": self.judge,
            "scores": [score.as_dict() for score in self.scores],
            "outcome": self.outcome,
            "play": self.play,
            "turns": self.turns,
            "assessments": [one.as_dict() for one in self.assessments],
            "apart": vars(self.apart),
            "baseline": {name: vars(spread) for name, spread in self.baseline.items()},
        }


async def score_session(
    played: Played,
    judge: Gateway | None,
    templates: Templates,
    log: EventLog,
    on_wait: Callable[[str], None] | None = None,
) -> None:
    """Score a session and write each score to its log.

    Args:
        played: the session.
        judge: the model that judges; None leaves the criteria unscored.
        templates: templates in the session's language.
        log: the session's log.
        on_wait: receives the criterion that is being judged.

    Raises:
        EndpointError: the judge's endpoint refused or cannot be reached.
        BudgetReachedError: the budget is used up; the scores so far are in the log.
    """
    name = judge.endpoint.model if judge else ""
    for criterion in played.rubric.criteria:
        value = measure(criterion.measure, played) if criterion.measure else None
        if not played.in_stages(criterion.stages):
            score = Score(criterion.id, None, "not_judged", "", "", "its stages were not played", value)
        elif judge is None:
            score = Score(criterion.id, None, "not_judged", "", "", "no judge", value)
        else:
            if on_wait:
                on_wait(criterion.id)
            score = await judge_criterion(criterion, played, value, judge, templates)
        _keep(log, name, score)


def latest_scores(played: Played, events: Iterable[Event]) -> Scorecard:
    """Return the scorecard as it stands in a log: the latest score of each criterion."""
    found: dict[str, Score] = {}
    name = ""
    for event in events:
        if event.kind != "score":
            continue
        fields = {key: value for key, value in event.payload.items() if key not in ("id", "judge")}
        found[event.payload["criterion"]] = Score(**fields)
        name = event.payload["judge"] or name
    order = [criterion.id for criterion in played.rubric.criteria]
    return Scorecard(
        judge=name,
        scores=tuple(found[one] for one in order if one in found),
        outcome=outcome_measures(played),
        play=play_measures(played),
        turns=turn_shares(played),
        assessments=assess(played),
        apart=incompatibility(played),
    )


def _keep(log: EventLog, judge: str, score: Score) -> None:
    earlier = sum(
        event.payload["criterion"] == score.criterion and event.payload["judge"] == judge
        and event.payload["status"] in ("failed", "not_judged")
        for event in log.of("score")
    )  # fmt: skip
    event_id = f"{judge or 'nobody'}:{score.criterion}:{earlier + 1}"
    log.append("score", {"id": event_id, "judge": judge, **score.as_dict()}, stage="judge")
