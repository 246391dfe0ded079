"""Judges sessions that were played without judging; the log then looks as if they had been judged at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from sandbox.content.library import Library
from sandbox.content.words import fault, refusal
from sandbox.errors import BudgetReachedError, EndpointError, InterruptedSessionError, SandboxError
from sandbox.experiment.judging.answers import Answers
from sandbox.experiment.judging.docket import Docket, Judged
from sandbox.experiment.outcomes import outcomes_of
from sandbox.experiment.playing import at_work
from sandbox.experiment.playing.by_rules import Games
from sandbox.experiment.playing.pace import RateLimits
from sandbox.experiment.playing.spend import SharedAccount
from sandbox.experiment.playing.worker import LostLeaseError, SqlLog, Worker
from sandbox.experiment.store.store import Store
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.llm.usage import Budget, BudgetAccount, Meter
from sandbox.record.log import Log
from sandbox.scoring.panel import Panel
from sandbox.scoring.scorecard import score_session
from sandbox.session.context import LogRecord
from sandbox.session.opening import spec_of
from sandbox.session.runner import Models

_FAULTS = 3


@dataclass
class JudgingTally(at_work.Tally):
    """The state of judging; a session that could not be judged is left for another time.

    Args:
        asked: questions in batches at the endpoint.
        answered: those of them that are answered, as the endpoint says.
        refused: those of them that failed, as the endpoint says.
    """

    asked: int = 0
    answered: int = 0
    refused: int = 0


class Judging(at_work.AtWork):
    """Judges what is left to be judged by ordinary calls.

    Args:
        store: with the sessions.
        library: the cards.
        judges: returns the models, given the judges' names (separated by commas), the votes of each, and the account.
        budget: the cap over all processes on the store.
        rates: limits per minute, also over all processes.
        concurrency: sessions judged at once.
    """

    tally: JudgingTally

    def __init__(
        self, store: Store, library: Library, judges: Callable[[str, int, BudgetAccount], Models], *,
        budget: Budget | None = None, rates: RateLimits | None = None, concurrency: int = 8,
    ) -> None:  # fmt: skip
        worker = Worker(store)
        super().__init__(store, worker, SharedAccount(budget or Budget(), worker, rates))
        self._games, self._concurrency = Games(library), concurrency
        self._judges = cache(lambda names, samples: judges(names, samples, self.account))
        self._docket = Docket(worker)
        self.tally = JudgingTally()
        self._stopped = asyncio.Event()

    async def go(self) -> JudgingTally:
        """Judge what is left.

        Raises:
            InputError: questions are in batches at an endpoint, or the content is not that of the sessions.
            BudgetReachedError: the cap is reached.
            InterruptedSessionError: it was stopped.
            EndpointError: the endpoint fails; what it has answered is stored, the rest is left for another time.
            StorageError: the store cannot be read or written.
        """
        async with self._at_work():
            self._worker.take_over()
            self.tally.total = len(self._store.unjudged())
            self.on_change()
            await self._work()
        return self.tally

    def stop(self) -> None:
        """Stop as in `AtWork.stop`, without waiting for batches."""
        self._stopped.set()
        super().stop()

    async def _work(self) -> None:
        waiting = sum(put.number for put in self._docket.open())
        if waiting:
            raise refusal("experiment.refused.in_batches", count=waiting)
        left = self._store.unjudged()
        reasons: list[SandboxError] = []

        async def judge_on() -> None:
            while left and self._halted is None:
                error = await self._judge(left.pop(0))
                if error is not None:
                    reasons.append(error)
                    self.tally.failed += 1
                    if len(reasons) >= max(_FAULTS, self._concurrency) and not self.tally.done:
                        self._halt(error)
                self.on_change()

        await self._at_once([judge_on() for _ in range(min(self._concurrency, len(left)))])
        if reasons:
            self._halt(fault(EndpointError, "experiment.refused.unjudged", count=len(reasons), why=reasons[-1]))

    async def _judge(self, run: str) -> SandboxError | None:
        """Judge a session; return an error that other sessions need not share."""
        if not self._docket.take(run, unasked=True):
            return None
        log: SqlLog | None = None
        try:
            log = SqlLog(self._worker, run, {"call"})
            session = self._session(log)
            panel = self._models_of(session.spec).panel(Meter(self.account), LogRecord(log))
            for judge in panel.judges if panel else ():
                judge.on_retry = self._retried
            self._finish(run, session, log, await votes_on(session, panel))
        except LostLeaseError:
            return None
        except BaseException as error:
            self._worker.release(run, log.unkept if log else ())
            if isinstance(error, EndpointError):
                return error
            if not isinstance(error, BudgetReachedError | InterruptedSessionError):
                raise
            self._halt(error)
        return None

    def _finish(self, run: str, session: Session, log: SqlLog, votes: Log) -> None:
        for vote in votes:
            log.append(vote.kind, vote.payload, vote.stage, vote.seat)
        outcomes = outcomes_of(Session(session.game, session.state, tuple(log)))
        self._docket.keep(Judged(run, log.unkept, log.spent, Answers.in_log(log), outcomes))
        self.tally.done += 1

    def _session(self, log: SqlLog) -> Session:
        return Session.of(self._games.of(spec_of(log)), tuple(log))

    def _models_of(self, spec: SessionSpec) -> Models:
        return self._judges(str(spec.judge_model), spec.judge_samples)


async def votes_on(session: Session, panel: Panel | None) -> Log:
    """Return the votes of a panel on a session, as a log of their own."""
    votes = Log()
    await score_session(session, session.game.rubric.criteria, panel, votes)
    return votes
