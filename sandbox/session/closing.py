"""The end of a session: assessed from above and from the side, and scored; and a played one scored again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.content.words import refusal
from sandbox.game.session import Session
from sandbox.game.state import State
from sandbox.llm.usage import Meter, Usage
from sandbox.record.log import Log
from sandbox.scoring.assessment import assess
from sandbox.scoring.scorecard import score_session
from sandbox.session.context import LogRecord, SessionContext

if TYPE_CHECKING:
    from sandbox.session.runner import Models


def assessed(context: SessionContext, state: State) -> None:
    """Write both assessments of the session."""
    for assessment in assess(Session(context.game, state)):
        context.log.append("assessment", {"id": assessment.side, **assessment.on_paper.as_dict()}, "", "")


async def judged(context: SessionContext, state: State) -> None:
    """Score the session: measures by code, criteria by the judge; what was scored before a stop stands.

    Where it was stopped between the votes of a panel on one criterion, that panel gives the votes that are left.

    Where the session names judges and none is there, judging is left for later, and nothing is written.

    Raises:
        EndpointError: the judge's endpoint failed.
        BudgetReachedError: the budget is used up.
    """
    if context.panel is None and context.game.spec.judge_model is not None:
        return
    votes = [event.payload for event in context.log.of("score")]
    panel = context.panel.id if context.panel else None
    given = {(vote["criterion"], vote["judge"], vote["sample"]) for vote in votes if vote.get("panel") == panel}
    by_others = {vote["criterion"] for vote in votes if vote.get("panel") != panel}
    left = [criterion for criterion in context.game.rubric.criteria if criterion.id not in by_others]
    await score_session(Session(context.game, state), left, context.panel, context.log, context.watch.on_wait, given)


async def rescore(session: Session, log: Log, models: Models) -> Session:
    """Score a session and write the scores to its log; judge's calls on record are not made again.

    Returns:
        The session with its new scores.

    Raises:
        InputError: the session has no lines, or is not finished.
        EndpointError: the judge's endpoint failed.
        BudgetReachedError: the budget is used up.
    """
    if not session.lines:
        raise refusal("refused.unspoken", session=session.id)
    if not session.finished:
        raise refusal("refused.unfinished", session=session.id)
    meter = Meter(models.account)
    for event in log.of("call"):
        meter.recall(event.seat, event.stage, Usage(**event.payload["usage"]), event.payload["model"])
    await score_session(session, session.game.rubric.criteria, models.panel(meter, LogRecord(log)), log)
    return Session(session.game, session.state, tuple(log))
