"""Scores a played session again, with the same or another judge."""

from __future__ import annotations

from sandbox.content.templates import Templates
from sandbox.errors import InputError
from sandbox.llm.usage import Meter, Usage
from sandbox.record.events import EventLog
from sandbox.record.folder import SessionFolder
from sandbox.scoring.scorecard import score_session
from sandbox.session.context import LogRecord
from sandbox.session.game import Game
from sandbox.session.runner import Models, read_record

__all__ = ["rescore"]


async def rescore(folder: SessionFolder, game: Game, models: Models) -> None:
    """Score a session and write the scores to its log; judge's calls on record are not made again.

    Raises:
        InputError: the session has no lines, or is not finished.
        EndpointError: the judge's endpoint failed.
        BudgetReachedError: the budget is used up.
    """
    lines, decisions, pulses = read_record(folder)
    if not lines:
        raise InputError(f"session {folder.id} has no lines to score")
    templates = Templates(game.library.roots, game.spec.lang)
    with folder.locked():
        log = EventLog(folder.events)
        try:
            if not log.of("close"):
                raise InputError(f"session {folder.id} is not finished; go on with: sandbox resume {folder.id}")
            meter = Meter(models.account)
            for event in log.of("call"):
                meter.add(event.seat, event.stage, Usage(**event.payload["usage"]))
            panel = models.panel(meter, LogRecord(log))
            await score_session(game.played(lines, decisions, pulses), panel, templates, log)
        finally:
            log.close()
