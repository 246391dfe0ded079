"""Plays what is left of an experiment: many sessions at once, one cap over all, and no finished call is repeated."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.content.library import Library
from sandbox.content.words.kept import why_in_a_line
from sandbox.errors import (
    AnswerError,
    BudgetReachedError,
    EndpointError,
    InterruptedSessionError,
    NoModelError,
    SandboxError,
    StorageError,
)
from sandbox.experiment.judging.answers import Answers
from sandbox.experiment.outcomes import mean_pulses, outcomes_of
from sandbox.experiment.playing import at_work
from sandbox.experiment.playing.by_rules import BATCH, Games, Pool, decks_of, play_left
from sandbox.experiment.playing.pace import RateLimits
from sandbox.experiment.playing.spend import SharedAccount
from sandbox.experiment.playing.worker import Claimed, Finished, LostLeaseError, SqlLog, Worker
from sandbox.experiment.store.store import Count, Store
from sandbox.game.spec import SessionSpec
from sandbox.llm.usage import Budget, BudgetAccount, Usage
from sandbox.record.events import Event
from sandbox.session.runner import Models, Watch, run_session

_WORTH_PROCESSES = 12 * BATCH
"""From this many sessions by the rules alone on, starting processes pays: each takes about two seconds to start."""
_LOOK_AGAIN = 0.5
_FAULTS = 3


@dataclass(frozen=True)
class Terms:
    """How an experiment is played, by this process or by the workers of a cluster.

    Args:
        budget: the cap over all processes on the store.
        rates: limits per minute, also over all processes.
        concurrency: number of sessions with a model at once, over all workers.
        content: the user's own content folder, for other processes; at the same path on each machine.
        keep: whether sessions by the rules alone keep their events.
        limit: the most sessions with a model, and the most by the rules alone, that are played; None for all.
    """

    budget: Budget = field(default_factory=Budget)
    rates: RateLimits = field(default_factory=RateLimits)
    concurrency: int = 8
    content: Path | None = None
    keep: bool = True
    limit: int | None = None


@dataclass
class RunTally(at_work.Tally):
    """The state of a run.

    Args:
        silent_total: sessions of the design that the rules alone play.
        silent_ended: those of them that are done or failed.
        playing: sessions that this process is playing with a model.
        lines: lines spoken since this process began.
    """

    silent_total: int = 0
    silent_ended: int = 0
    playing: int = 0
    lines: int = 0

    @property
    def left(self) -> int:
        """Sessions that are neither done nor failed."""
        return self.total - self.done - self.failed

    def take(self, counts: Sequence[Count]) -> None:
        """Update the numbers from the store, which counts the work of all processes."""
        silent = [count for count in counts if count.by_rules]
        self.total = sum(count.number for count in counts)
        self.done = sum(count.number for count in counts if count.state == "done")
        self.failed = sum(count.number for count in counts if count.state == "failed")
        self.silent_total = sum(count.number for count in silent)
        self.silent_ended = sum(count.number for count in silent if count.state in ("done", "failed"))


class Experiment(at_work.AtWork):
    """An experiment at work: it plays what is left of the sessions in the store.

    Args:
        store: with the sessions.
        library: the cards.
        models: returns the models of a session, given its spec and the account; called once for each combination.
        terms: how it is played.
        cores: processes for sessions by the rules alone.
        only: ids of the sessions to play and count; None for all. They must be few.

    Attributes:
        budget: the cap.
        before: what had been spent on the store, or may have been, when this began.
    """

    tally: RunTally

    def __init__(
        self, store: Store, library: Library, models: Callable[[SessionSpec, BudgetAccount], Models],
        terms: Terms | None = None, *, cores: int = 1, only: Collection[str] | None = None,
    ) -> None:  # fmt: skip
        self._terms, self._cores = terms or Terms(), cores
        self.budget = self._terms.budget
        worker = Worker(store, only)
        super().__init__(store, worker, SharedAccount(self.budget, worker, self._terms.rates))
        self.before = sum((work.spent + work.held for work in store.works()), store.in_batches)
        self.tally = RunTally()
        self._games = Games(library, decks_of(store.where))
        self._make_models, self._models = models, dict[tuple[object, ...], Models]()
        self._spoken_left, self._silent_left = self._terms.limit, self._terms.limit
        self._pool: Pool | None = None
        self._doubtful: list[tuple[Finished, SandboxError]] = []
        self._any_done = False

    @property
    def spent(self) -> Usage:
        """Usage of the calls that this process made and that were answered."""
        return self.account.spent

    async def go(self) -> RunTally:
        """Play what is left, wait for other processes, and take up what they leave behind.

        Raises:
            BudgetReachedError: the cap is reached; once it is raised, sessions that were begun go on from there.
            InterruptedSessionError: it was stopped.
            EndpointError: the endpoint fails for every session; the sessions that it ended are left to be played.
            NoModelError: a model cannot be called from here, or not at the temperature asked for; its sessions are left
                to be played.
            StorageError: the store cannot be read or written.
        """
        try:
            async with self._at_work():
                while await self._round():
                    pass
                self._settle_doubts()
        finally:
            self._doubtful.clear()  # sessions still in doubt are given back
            self._count()
        return self.tally

    def stop(self) -> None:
        """Stop as in `AtWork.stop`, with the processes of the pool."""
        if self._pool is not None:
            self._pool.stop()
        super().stop()

    async def _round(self) -> bool:
        """Play all sessions that are free; return whether there may be more later."""
        self._worker.take_over()
        self._count()
        await self._play_silent()
        players = min(self._terms.concurrency, self._open(by_rules=False))
        if self._goes_on and players and self._spoken_left != 0:
            await self._at_once(self._player() for _ in range(players))
        self._count()
        if not self._goes_on or 0 in (self._spoken_left, self._silent_left) or not self.tally.left:
            return False
        if self._doubtful and len(self._doubtful) == self.tally.left:
            return False
        await asyncio.sleep(_LOOK_AGAIN)
        return self._goes_on

    async def _play_silent(self) -> None:
        """Play the sessions by the rules alone; if there are many, in several processes."""
        left = self._open(by_rules=True)
        if self._silent_left is not None:
            left = min(left, self._silent_left)
        if not left or not self._goes_on:
            return
        before = self.tally.done + self.tally.failed
        if self._cores > 1 and left >= _WORTH_PROCESSES and self._worker.only is None:
            left_to = self._silent_left
            shares = [None if left_to is None else share(left_to, self._cores, place) for place in range(self._cores)]
            self._pool = Pool(self._store.where, self._store.name, self._terms.content, self._terms.keep, shares)
            await self._pool.work(self._count)
            self._pool = None
        else:
            goes_on = self._counted_on
            await play_left(self._worker, self._games, self._terms.keep, goes_on, self._silent_left)
        self._count()
        if self._silent_left is not None:
            self._silent_left = max(0, self._silent_left - (self.tally.done + self.tally.failed - before))

    def _counted_on(self) -> bool:
        self._count()
        return self._goes_on

    async def _player(self) -> None:
        """Play sessions with a model, one after the other, until none is left."""
        while self._goes_on and self._spoken_left != 0:
            claimed = self._worker.claim(False, 1)
            if not claimed:
                return
            if self._spoken_left is not None:
                self._spoken_left -= 1
            self.tally.playing += 1
            try:
                await self._play(claimed[0])
            finally:
                self.tally.playing -= 1
                self.on_change()

    async def _play(self, claimed: Claimed) -> None:
        """Play a session, or go on with it; a failure is recorded and does not end other sessions."""
        run, log, spent = claimed.id, None, Usage()
        try:
            log = SqlLog(self._worker, run)
            game = self._games.of(claimed.spec)
            models = self._models_of(claimed.spec)
            # Calls answered before a stop were counted then; the runner counts them again, for the session.
            self.account.spent -= log.paid(self.budget)
            session = await run_session(game, log, models, Watch(on_event=self._heard, on_retry=self._retried), run)
            spent = log.spent
            outcomes, pulses = outcomes_of(session), mean_pulses(session)
        except (BudgetReachedError, InterruptedSessionError, NoModelError, StorageError) as error:
            self._halt(error)
            if not isinstance(error, StorageError):
                self._worker.release(run, log.unkept if log else ())
        except LostLeaseError:
            pass
        except asyncio.CancelledError:
            self._worker.release(run, log.unkept if log else ())
            raise
        except Exception as error:  # noqa: BLE001 - a session that fails is data and must not end others
            unkept, answers = (log.unkept, Answers.in_log(log)) if log else ((), None)
            failed = Finished(
                run, why_in_a_line(error), usage=log.spent if log else spent, events=unkept, answers=answers
            )
            if isinstance(error, EndpointError) and not isinstance(error, AnswerError):
                self._doubt(failed, error)
            else:
                self._finish(failed)
        else:
            self._any_done = True
            self._settle_doubts()
            unjudged = claimed.spec.judge_model is not None and not models.judges
            self._finish(Finished(run, "", outcomes, pulses, spent, log.unkept, unjudged, Answers.in_log(log)))

    def _finish(self, finished: Finished) -> None:
        try:
            self._worker.finish([finished])
        except StorageError as error:
            self._halt(error)
            return
        if finished.reason:
            self.tally.failed += 1
        else:
            self.tally.done += 1

    def _doubt(self, failed: Finished, error: SandboxError) -> None:
        """Hold a session that the endpoint ended: when it ends all of them, none has failed, and the run stops."""
        self._doubtful.append((failed, error))
        if len(self._doubtful) >= max(_FAULTS, self._terms.concurrency):
            self._halt(error)

    def _settle_doubts(self) -> None:
        """Count the sessions held back as failed if others have finished, else halt with the last one's error."""
        if self._any_done and not isinstance(self._halted, EndpointError):
            for failed, _ in self._doubtful:
                self._finish(failed)
            self._doubtful.clear()
        elif self._doubtful:
            self._halt(self._doubtful[-1][1])

    @property
    def _goes_on(self) -> bool:
        return self._halted is None

    def _models_of(self, spec: SessionSpec) -> Models:
        key = spec.speakers, spec.style, spec.judge_model, *spec.agents.items()
        if key not in self._models:
            self._models[key] = self._make_models(spec, self.account)
        return self._models[key]

    def _heard(self, event: Event) -> None:
        if event.kind == "line":
            self.tally.lines += 1
            self.on_change()

    def _open(self, *, by_rules: bool) -> int:
        counts = self._store.counts(self._worker.only)
        return sum(count.number for count in counts if count.state == "pending" and count.by_rules is by_rules)

    def _count(self) -> None:
        self.tally.take(self._store.counts(self._worker.only))
        self.on_change()


def cores() -> int:
    """Return the default number of processes for sessions by the rules alone: one per core."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share(whole: int, parts: int, place: int) -> int:
    """Return the share of place ``place``, from 0, of a whole number divided into nearly equal parts."""
    return whole // parts + (place < whole % parts)
