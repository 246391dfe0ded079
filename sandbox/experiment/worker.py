"""A process at work on a store: which sessions are its own, what it has spent, and whether it still lives."""

from __future__ import annotations

import math
import os
import platform
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, case, exists, func, insert, select, update

from sandbox.errors import SandboxError
from sandbox.experiment.database import patiently
from sandbox.experiment.store import Store, Work, packed
from sandbox.experiment.tables import EVENTS, GRACE, RUNS, WORKERS
from sandbox.game.spec import SessionSpec
from sandbox.llm.usage import Budget, Usage
from sandbox.record.events import Event

__all__ = ["BEAT", "Claimed", "Finished", "LostLeaseError", "Standing", "Worker"]

BEAT = 30.0
"""Seconds between two signs of life."""
_OWN = exists().where(RUNS.c.id == bindparam("run"), RUNS.c.owner == bindparam("owner"))
_KEEP = insert(EVENTS).from_select(
    ["run", "seq", "last", "data"],
    select(*(bindparam(name, type_=EVENTS.c[name].type) for name in ("run", "seq", "last", "data"))).where(_OWN),
)  # fmt: skip
_SPENT = update(WORKERS).where(WORKERS.c.owner == bindparam("me"))
_ALIVE = and_(WORKERS.c.ended.is_(None), WORKERS.c.beat >= bindparam("since"))
_HELD = (WORKERS.c.held_prompt, WORKERS.c.held_completion)
_TAKEN = (WORKERS.c.calls, WORKERS.c.prompt, WORKERS.c.cached, WORKERS.c.completion, *_HELD)
# What all others have spent and hold, and what those of them hold who live.
_OTHERS = select(
    *(func.coalesce(func.sum(column), 0) for column in _TAKEN),
    *(func.coalesce(func.sum(case((_ALIVE, column), else_=0)), 0) for column in _HELD),
).where(WORKERS.c.owner != bindparam("me"))
_DURABLE_EVERY = 1.0
# Calls that are claimed ahead, where so many times more is left.
_AHEAD, _PLENTY = 16, 50


class LostLeaseError(SandboxError):
    """Another process has taken up a session, because this one seemed to be gone."""


@dataclass(frozen=True)
class Claimed:
    """A session that is this process's own to play."""

    id: str
    spec: SessionSpec


@dataclass(frozen=True)
class Finished:
    """A session that has come to its end, well or not.

    Args:
        run: its id.
        reason: why it failed; empty where it did not.
        outcomes: by name; those that are None may be left out.
        pulses: means by moment.
        usage: of its calls.
        events: those that are not kept yet.
    """

    run: str
    reason: str = ""
    outcomes: Mapping[str, float | None] | None = None
    pulses: Mapping[str, Mapping[str, float]] | None = None
    usage: Usage | None = None
    events: Sequence[Event] = ()


@dataclass(frozen=True)
class Standing:
    """What a cap stands against: all that was spent, and what others who still live hold for calls in flight."""

    spent: Usage
    elsewhere: Usage


class Worker:
    """A process at work on a store.

    Args:
        store: the store.

    Attributes:
        spent: usage of the calls that it had answered.
        held: the most that its calls in flight may take.
        claimed: what the store knows to be held: no less than that, and more where calls are claimed ahead.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.owner = f"{platform.node()}-{os.getpid()}-{secrets.token_hex(4)}"
        self.spent = self.held = self.claimed = Usage()
        self._clock, self._database = store.clock, store.database
        self._durable_at = self._mark = 0.0
        self._come()

    @patiently
    def _come(self) -> None:
        row = {"owner": self.owner, "host": _here(), "process": _began(os.getpid()), "begun": self._clock()}
        with self._writing() as connection:
            connection.execute(insert(WORKERS).values(**row, beat=self._mark))

    @patiently
    def claim(self, by_rules: bool, most: int) -> list[Claimed]:
        """Make sessions that are left this process's own, the first in the design first; none where there are none.

        Args:
            by_rules: whether sessions without a model are wanted, or those with one.
            most: how many at most.
        """
        open_runs = (
            select(RUNS.c.id, RUNS.c.spec)
            .where(RUNS.c.state == "pending", RUNS.c.by_rules == by_rules, RUNS.c.current)
            .order_by(RUNS.c.null, RUNS.c.position)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        with self._writing() as connection:
            rows = connection.execute(open_runs).all()
            started = func.coalesce(RUNS.c.started, self._clock())
            taken = {"state": "running", "owner": self.owner, "started": started}
            connection.execute(update(RUNS).where(RUNS.c.id.in_([row.id for row in rows])).values(taken))
            self._write_spent(connection)
        return [Claimed(row.id, SessionSpec.model_validate(row.spec)) for row in rows]

    @patiently
    def keep(self, run: str, events: Sequence[Event]) -> None:
        """Keep events of a session of its own, at least one, and what has been spent.

        Raises:
            LostLeaseError: the session is not its own any more.
        """
        with self._writing() as connection:
            self._keep(connection, run, events)
            self._write_spent(connection)

    @patiently
    def finish(self, finished: Sequence[Finished]) -> None:
        """Keep what sessions of its own have come to; it outlives a power cut, but for the last second's.

        Those that are not its own any more are left out: whoever took them up finishes them.
        """
        now = self._clock()
        durable = now - self._durable_at > _DURABLE_EVERY
        self._durable_at = now if durable else self._durable_at
        with self._writing(durable=durable) as connection:
            own = RUNS.c.id.in_([done.run for done in finished])
            mine = set(connection.scalars(select(RUNS.c.id).where(own, RUNS.c.owner == self.owner)))
            for done in finished:
                if done.run in mine:
                    if done.events:
                        self._keep(connection, done.run, done.events)
                    connection.execute(update(RUNS).where(RUNS.c.id == done.run).values(self._result(done)))
            self._write_spent(connection)

    @patiently
    def release(self, run: str, events: Sequence[Event] = ()) -> None:
        """Give a session back to be played later, with the events that are not kept yet."""
        with self._writing() as connection:
            mine = (RUNS.c.id == run, RUNS.c.owner == self.owner)
            if events and connection.scalar(select(exists().where(*mine))):
                self._keep(connection, run, events)
            connection.execute(update(RUNS).where(*mine).values(state="pending", owner=""))
            self._write_spent(connection)

    @patiently
    def beat(self) -> None:
        """Give a sign of life; what is claimed ahead is given back where nothing is in flight."""
        if not self.held.total:
            self.claimed = Usage()
        with self._writing() as connection:
            self._write_spent(connection, ended=None)

    @patiently
    def leave(self) -> None:
        """Give back whatever is still its own, and go: nothing is in flight any more."""
        self.held = self.claimed = Usage()
        with self._writing(durable=True) as connection:
            connection.execute(update(RUNS).where(*self._running(self.owner)).values(state="pending", owner=""))
            self._write_spent(connection, ended=self._clock())

    @patiently
    def take_over(self) -> int:
        """Put the sessions of processes that are gone back among those to be played, and return how many.

        What these held for calls in flight counts as spent: it may have been.
        """
        now = self._clock()
        works = {work.owner: work for work in self.store.works() if work.owner != self.owner}
        gone = [owner for owner, work in works.items() if work.ended is not None or self._gone(work, now)]
        with self._writing() as connection:
            busy = connection.scalars(select(RUNS.c.owner).where(RUNS.c.state == "running").distinct())
            idle = {"state": "pending", "owner": ""}
            taken = sum(
                connection.execute(update(RUNS).where(*self._running(owner)).values(idle)).rowcount
                for owner in sorted(set(busy).intersection(gone))  # in one order, so that nobody waits in a circle
            )
            for owner in gone:
                if works[owner].ended is None:
                    connection.execute(update(WORKERS).where(WORKERS.c.owner == owner).values(ended=now))
            self._write_spent(connection)
        return taken

    @patiently
    def reserve(self, most: Usage, budget: Budget) -> Standing | None:
        """Hold what a call may take at most, where all that is spent and held leaves so much.

        Where much is left, the store is asked for several calls at once: what is claimed ahead is out of the others'
        reach as well.

        Returns:
            None where it is held now; else what stands against it.
        """
        wanted, now = self.held + most, self._clock()
        if wanted.prompt <= self.claimed.prompt and wanted.completion <= self.claimed.completion:
            self.held = wanted
            return None
        with self._writing(lock=WORKERS) as connection:
            sums = connection.execute(_OTHERS, {"me": self.owner, "since": now - GRACE}).one()
            calls, prompt, cached, completion, *held = map(int, sums)
            elsewhere = Usage(prompt=held[2], completion=held[3])
            gone = Usage(prompt=held[0], completion=held[1]) - elsewhere
            spent = Usage(calls, prompt, cached, completion) + gone + self.spent
            if not budget.allows(spent + elsewhere + wanted):
                return Standing(spent, elsewhere)
            ahead = _times(most, _AHEAD)
            plenty = budget.allows(spent + elsewhere + wanted + _times(ahead, _PLENTY))
            claimed = wanted + ahead if plenty else wanted
            self._write_spent(connection, claimed, ended=None)
        self.held, self.claimed = wanted, claimed
        return None

    def hold(self, most: Usage) -> None:
        """Hold what a call may take at most, where there is no cap."""
        self.held += most
        self.claimed += most

    def settle(self, most: Usage) -> None:
        """Hold no more for a call: it was answered, or is not made."""
        self.held -= most
        self.claimed -= most

    @staticmethod
    def _gone(work: Work, now: float) -> bool:
        if work.host == _here() and work.process:
            return _began(int(work.process.split(":")[0])) != work.process
        return work.beat < now - GRACE

    @staticmethod
    def _running(owner: str) -> tuple[Any, ...]:
        return RUNS.c.state == "running", RUNS.c.owner == owner

    def _keep(self, connection: Connection, run: str, events: Sequence[Event]) -> None:
        row = {**packed(events), "run": run, "owner": self.owner}
        if connection.execute(_KEEP, row, execution_options={"preserve_rowcount": True}).rowcount != 1:
            raise LostLeaseError(f"session {run} is being played by another process")

    def _result(self, done: Finished) -> dict[str, Any]:
        values: dict[str, Any] = {
            "state": "failed" if done.reason else "done", "reason": done.reason, "owner": "", "ended": self._clock(),
        }  # fmt: skip
        if done.outcomes is not None:
            values["outcomes"] = {name: value for name, value in done.outcomes.items() if value is not None}
        if done.pulses is not None:
            values["pulses"] = done.pulses
        if done.usage is not None:
            values["usage"] = done.usage.as_dict()
        return values

    def _writing(self, *, durable: bool = False, lock: Table | None = None) -> AbstractContextManager[Connection]:
        """Return a connection that may write; a transaction leaves a mark, which tells whether it came to its end."""
        self._mark = max(self._clock(), math.nextafter(self._mark, math.inf))
        return self._database.writing(durable=durable, lock=lock, kept=partial(self._kept, self._mark))

    def _kept(self, mark: float, connection: Connection) -> bool:
        beat = select(WORKERS.c.beat).where(WORKERS.c.owner == self.owner).with_for_update()  # waits where it is ending
        return connection.scalar(beat) == mark

    def _write_spent(self, connection: Connection, claimed: Usage | None = None, **more: float | None) -> None:
        held = claimed or self.claimed
        row = {**self.spent.as_dict(), "held_prompt": held.prompt, "held_completion": held.completion, **more}
        connection.execute(_SPENT, {**row, "beat": self._mark, "me": self.owner})


def _times(usage: Usage, number: int) -> Usage:
    return Usage(prompt=number * usage.prompt, completion=number * usage.completion)


def _here() -> str:
    """Return what tells this machine, and the numbers of processes on it, from others."""
    try:
        return f"{platform.node()} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return platform.node()


def _began(process: int) -> str:
    """Return a process's number and when it began, which no other has; empty where it is gone or cannot be told."""
    try:
        state, *fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state == "Z" else f"{process}:{fields[18]}"
