"""Scores a played session again, with the same or another judge."""

from __future__ import annotations

from sandbox.content.words import refusal
from sandbox.game.session import Session
from sandbox.llm.usage import Meter, Usage
from sandbox.record.log import Log
from sandbox.scoring.scorecard import score_session
from sandbox.session.context import LogRecord
from sandbox.session.runner import Models


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
        meter.add(event.seat, event.stage, Usage(**event.payload["usage"]))
    await score_session(session, session.game.rubric.criteria, models.panel(meter, LogRecord(log)), log)
    return Session(session.game, session.state, tuple(log))
