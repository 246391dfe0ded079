"""A process at work on a store: its own sessions and their logs, what it has spent, and its signs of life."""

from __future__ import annotations

import math
import os
import platform
import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Float, Table, and_, bindparam, case, exists, func, insert, select, update
from sqlalchemy.sql import ColumnElement

from sandbox.content.words import fault
from sandbox.errors import SandboxError
from sandbox.experiment.judging.answers import Answers
from sandbox.experiment.playing.countries import made_from
from sandbox.experiment.store.database import patiently
from sandbox.experiment.store.store import Store, WorkingProcess, packed
from sandbox.experiment.store.tables import BATCHES, EVENTS, GRACE, RUNS, WORKERS
from sandbox.game.spec import SessionSpec
from sandbox.llm.usage import Budget, Prices, Usage
from sandbox.record.events import Event, EventKind
from sandbox.record.log import Log

BEAT = 30.0
"""Seconds between two signs of life."""
_OWN = exists().where(RUNS.c.id == bindparam("run"), RUNS.c.owner == bindparam("owner"))
_KEEP = insert(EVENTS).from_select(
    ["run", "seq", "last", "data"],
    select(*(bindparam(name, type_=EVENTS.c[name].type) for name in ("run", "seq", "last", "data"))).where(_OWN),
)  # fmt: skip
_SPENT = update(WORKERS).where(WORKERS.c.owner == bindparam("me"))
_ALIVE = and_(WORKERS.c.ended.is_(None), WORKERS.c.beat >= bindparam("since"))


def _money(known: ColumnElement[Any], prompt: ColumnElement[Any], completion: ColumnElement[Any]) -> ColumnElement[Any]:
    prices = (bindparam(name, type_=Float) for name in ("read", "written"))
    read, written = (tokens * price / 1_000_000 for tokens, price in zip((prompt, completion), prices, strict=True))
    return func.coalesce(known, read + written)


_OF = WORKERS.c
_HELD = (_OF.held_prompt, _OF.held_completion, _money(_OF.held_money, _OF.held_prompt, _OF.held_completion))
_TAKEN = (_OF.calls, _OF.prompt, _OF.cached, _OF.completion, _money(_OF.money, _OF.prompt, _OF.completion), *_HELD)
_PUT = BATCHES.c
_IN_BATCHES = [
    select(func.coalesce(func.sum(column), 0)).where(_PUT.ended.is_(None)).scalar_subquery()
    for column in (
        _PUT.held_prompt, _PUT.held_completion, _money(_PUT.held_money, _PUT.held_prompt, _PUT.held_completion),
    )
]  # fmt: skip
# What all other processes have spent and hold, what the living ones among them hold, and what batches may take.
_OTHERS = select(
    *(func.coalesce(func.sum(column), 0) for column in _TAKEN),
    *(func.coalesce(func.sum(case((_ALIVE, column), else_=0)), 0) for column in _HELD),
    *_IN_BATCHES,
).where(WORKERS.c.owner != bindparam("me"))
_GIVEN_BACK = {"state": case((RUNS.c.state == "running", "pending"), else_=RUNS.c.state), "owner": ""}
# What is paid for or decided is stored at once, with all events before it; events in between follow from these.
_KEPT_AT_ONCE: frozenset[EventKind] = frozenset({"call", "person", "order", "decision", "minutes"})
_DURABLE_EVERY = 1.0
# How many calls' worth is claimed ahead, and how many times as much must be left for that.
_AHEAD, _PLENTY = 16, 50


class LostLeaseError(SandboxError):
    """Another process has taken up a session because this process seemed to be gone."""


@dataclass(frozen=True)
class Claimed:
    """A session that this process has claimed to play."""

    id: str
    spec: SessionSpec


@dataclass(frozen=True)
class Finished:
    """A session that has ended, successfully or not.

    Args:
        run: its id.
        reason: why it failed; empty if it did not.
        outcomes: by name; those that are None may be left out.
        pulses: means by moment.
        usage: of its calls.
        events: those that are not stored yet.
        unjudged: whether its judging is left for later.
        answers: how the answers of its models came about.
    """

    run: str
    reason: str = ""
    outcomes: Mapping[str, float | None] | None = None
    pulses: Mapping[str, Mapping[str, float]] | None = None
    usage: Usage | None = None
    events: Sequence[Event] = ()
    unjudged: bool = False
    answers: Answers | None = None


@dataclass(frozen=True)
class Spending:
    """What counts against a cap.

    Args:
        spent: all that was spent or may have been.
        elsewhere: what other living processes hold for calls in flight.
    """

    spent: Usage
    elsewhere: Usage


class Worker:
    """A process at work on a store.

    Args:
        store: the store.
        only: ids of the sessions that it takes; None for all.

    Attributes:
        spent: usage of the calls that it made and that were answered.
        held: the most that its calls in flight may take.
        claimed: what the store has on record as held: at least ``held``, and more if room is claimed ahead.
    """

    def __init__(self, store: Store, only: Collection[str] | None = None) -> None:
        self.store, self.only = store, only
        self.owner = f"{platform.node()}-{os.getpid()}-{secrets.token_hex(4)}"
        self.spent = self.held = self.claimed = Usage()
        self._clock, self._database = store.clock, store.database
        self._durable_at = self._mark = 0.0
        self._come()

    @patiently
    def _come(self) -> None:
        row = {"owner": self.owner, "host": _here(), "process": _began(str(os.getpid())), "begun": self._clock()}
        with self.writing() as connection:
            connection.execute(insert(WORKERS).values(**row, beat=self._mark))

    def writing(self, *, durable: bool = False, lock: Table | None = None) -> AbstractContextManager[Connection]:
        """Return a connection that may write; the mark that `write_spent` leaves tells later whether all was kept."""
        self._mark = max(self._clock(), math.nextafter(self._mark, math.inf))
        return self._database.writing(durable=durable, lock=lock, kept=partial(self._kept, self._mark))

    def _kept(self, mark: float, connection: Connection) -> bool:
        beat = select(WORKERS.c.beat).where(WORKERS.c.owner == self.owner).with_for_update()  # waits for its end
        return connection.scalar(beat) == mark

    @patiently
    def claim(self, by_rules: bool, most: int) -> list[Claimed]:
        """Claim at most ``most`` pending sessions in the order of the design and return them; empty if there are none.

        With ``by_rules`` these are sessions by the rules alone, else sessions with a model.
        """
        open_runs = (
            select(RUNS.c.id, RUNS.c.spec)
            .where(RUNS.c.state == "pending", RUNS.c.by_rules == by_rules, RUNS.c.current)
            .order_by(RUNS.c.null, RUNS.c.position)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        if self.only is not None:
            open_runs = open_runs.where(RUNS.c.id.in_(self.only))
        with self.writing() as connection:
            rows = connection.execute(open_runs).all()
            started = func.coalesce(RUNS.c.started, self._clock())
            taken = {"state": "running", "owner": self.owner, "started": started}
            connection.execute(update(RUNS).where(RUNS.c.id.in_([row.id for row in rows])).values(taken))
            self.write_spent(connection, ended=None)  # else one taken for gone would lose them at once
        return [Claimed(row.id, made_from(row.spec)) for row in rows]

    @patiently
    def keep(self, run: str, events: Sequence[Event]) -> None:
        """Store one or more events of a session that this process owns, and what has been spent.

        Raises:
            LostLeaseError: the process does not own the session any more.
        """
        with self.writing() as connection:
            self.add(connection, run, events)
            self.write_spent(connection)

    @patiently
    def finish(self, finished: Sequence[Finished]) -> None:
        """Store the results of sessions that this process owns; a power cut loses those of the last second at most.

        Sessions that it does not own any more are skipped: the process that took them up finishes them.
        """
        now = self._clock()
        durable = now - self._durable_at > _DURABLE_EVERY
        self._durable_at = now if durable else self._durable_at
        with self.writing(durable=durable) as connection:
            own = RUNS.c.id.in_([done.run for done in finished])
            held = select(RUNS.c.id).where(own, RUNS.c.owner == self.owner).with_for_update()
            mine = set(connection.scalars(held))
            for done in finished:
                if done.run in mine:
                    if done.events:
                        self.add(connection, done.run, done.events)
                    connection.execute(update(RUNS).where(RUNS.c.id == done.run).values(self._result(done)))
            self.write_spent(connection)

    @patiently
    def release(self, run: str, events: Sequence[Event] = ()) -> None:
        """Give a session back, to be played or judged later, with its events that are not stored yet."""
        with self.writing() as connection:
            mine = (RUNS.c.id == run, RUNS.c.owner == self.owner)
            if events and connection.scalar(select(exists().where(*mine))):
                self.add(connection, run, events)
            connection.execute(update(RUNS).where(*mine).values(_GIVEN_BACK))
            self.write_spent(connection)

    @patiently
    def beat(self) -> None:
        """Give a sign of life; if no call is in flight, room claimed ahead is given back."""
        if not self.held.total:
            self.claimed = Usage()
        with self.writing() as connection:
            self.write_spent(connection, ended=None)

    @patiently
    def leave(self) -> None:
        """Give back all sessions that the process still owns, and sign off; no call may be in flight."""
        self.held = self.claimed = Usage()
        with self.writing(durable=True) as connection:
            connection.execute(update(RUNS).where(RUNS.c.owner == self.owner).values(_GIVEN_BACK))
            self.write_spent(connection, ended=self._clock())

    @patiently
    def take_over(self) -> int:
        """Give back the sessions of processes that are gone, to be played or judged, and return how many.

        What these processes held for calls in flight counts as spent, since it may have been.
        """
        now = self._clock()
        works = {work.owner: work for work in self.store.works() if work.owner != self.owner}
        gone = [owner for owner, work in works.items() if work.ended is not None or is_gone(work, now)]
        with self.writing() as connection:
            busy = connection.scalars(select(RUNS.c.owner).where(RUNS.c.owner != "").distinct())
            taken = sum(
                connection.execute(update(RUNS).where(RUNS.c.owner == owner).values(_GIVEN_BACK)).rowcount
                for owner in sorted(set(busy).intersection(gone))  # in a fixed order, against deadlocks
            )
            for owner in gone:
                if works[owner].ended is None:
                    connection.execute(update(WORKERS).where(WORKERS.c.owner == owner).values(ended=now))
            self.write_spent(connection)
        return taken

    @patiently
    def reserve(self, most: Usage, budget: Budget) -> Spending | None:
        """Hold the most that a call may take, if the budget has room for it beside all that is spent and held.

        If there is much room, several calls' worth is claimed at once, to ask the store less often; the others cannot
        use what is claimed ahead.

        Returns:
            None if it is held now; else what counts against the cap.
        """
        wanted = self.held + most
        if all(amount <= claimed for amount, claimed in zip(_held(wanted), _held(self.claimed), strict=True)):
            self.held = wanted
            return None
        with self.writing(lock=WORKERS) as connection:
            standing = self.standing(connection, budget)
            taken = standing.spent + standing.elsewhere + wanted
            if not budget.allows(taken):
                return standing
            ahead = _times(most, _AHEAD)
            plenty = budget.allows(taken + _times(ahead, _PLENTY))
            claimed = wanted + ahead if plenty else wanted
            self.write_spent(connection, claimed, ended=None)
        self.held, self.claimed = wanted, claimed
        return None

    def standing(self, connection: Connection, budget: Budget) -> Spending:
        """Return what counts against a cap, without what this process holds; what batches may take counts as spent."""
        prices = budget.highest or Prices(0.0, 0.0)
        which = {"me": self.owner, "since": self._clock() - GRACE, "read": prices.read, "written": prices.written}
        calls, prompt, cached, completion, money, *rest = connection.execute(_OTHERS, which).one()
        taken = Usage(int(calls), int(prompt), int(cached), int(completion), money=float(money))
        held, elsewhere, in_batches = (
            Usage(prompt=int(read), completion=int(written), money=float(cost))
            for read, written, cost in (rest[:3], rest[3:6], rest[6:])
        )
        return Spending(taken + held - elsewhere + in_batches + self.spent, elsewhere)

    def hold(self, most: Usage) -> None:
        """Hold the most that a call may take, without a cap."""
        self.held += most
        self.claimed += most

    def settle(self, most: Usage) -> None:
        """Release what was held for a call, once it is answered or given up."""
        self.held -= most
        self.claimed -= most

    def add(self, connection: Connection, run: str, events: Sequence[Event]) -> None:
        """Add one or more events to a session that this process owns.

        Raises:
            LostLeaseError: it does not own the session any more.
        """
        row = {**packed(events), "run": run, "owner": self.owner}
        if connection.execute(_KEEP, row, execution_options={"preserve_rowcount": True}).rowcount != 1:
            raise fault(LostLeaseError, "experiment.refused.playing", session=run)

    def _result(self, done: Finished) -> dict[str, Any]:
        values: dict[str, Any] = {
            "state": "failed" if done.reason else "done", "reason": done.reason, "owner": "", "ended": self._clock(),
            "unjudged": done.unjudged,
        }  # fmt: skip
        if done.outcomes is not None:
            values["outcomes"] = {name: value for name, value in done.outcomes.items() if value is not None}
        if done.pulses is not None:
            values["pulses"] = done.pulses
        if done.usage is not None:
            values["usage"] = done.usage.as_dict()
        if done.answers is not None and done.answers.given:
            values["answers"] = vars(done.answers)
        return values

    def write_spent(self, connection: Connection, claimed: Usage | None = None, **more: float | None) -> None:
        """Write what has been spent and what is held (or ``claimed``); ``more`` are other columns of this process."""
        held = claimed or self.claimed
        row = {
            **self.spent.as_dict(), "money": self.spent.money, "held_prompt": held.prompt,
            "held_completion": held.completion, "held_money": held.money, **more,
        }  # fmt: skip
        connection.execute(_SPENT, {**row, "beat": self._mark, "me": self.owner})


def is_gone(work: WorkingProcess, now: float) -> bool:
    """Return whether a process is gone: known at once on this machine, else after `GRACE` without a beat."""
    number = work.process.partition(":")[0]
    if work.host == _here() and number.isdecimal():
        return _began(number) != work.process
    return abs(now - work.beat) > GRACE  # a beat in the future comes from a clock that jumped


def _times(usage: Usage, number: int) -> Usage:
    money = None if usage.money is None else number * usage.money
    return Usage(prompt=number * usage.prompt, completion=number * usage.completion, money=money)


def _held(usage: Usage) -> tuple[float, ...]:
    return usage.prompt, usage.completion, usage.money or 0.0


def _here() -> str:
    """Return a name of this machine and its process namespace, since process numbers are unique only there."""
    try:
        return f"{platform.node()} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return platform.node()


def _began(process: str) -> str:
    """Return a process's number and start time, which are unique together; empty if it is gone or unreadable."""
    try:
        state, *fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state == "Z" else f"{process}:{fields[18]}"


class SqlLog(Log):
    """The log of a session, kept in a store; a session that was stopped goes on from the stored events.

    Events are stored when a model or a person has answered, at each decision and at the end of each stage. The events
    in between follow from these; they are stored with the next one, or by the caller that ends the session.

    Args:
        worker: the process that owns the session.
        run: id of the session.
        at_once: kinds of events that are stored at once; others wait for these, or for the end.

    Raises:
        InputError: stored events have a version that cannot be read.
        StorageError: stored events are damaged, the store cannot be read, or (when an event is added) not be written.
    """

    def __init__(self, worker: Worker, run: str, at_once: Collection[EventKind] = _KEPT_AT_ONCE) -> None:
        super().__init__(worker.store.clock)
        self._worker, self._run, self._at_once = worker, run, at_once
        for event in worker.store.events(run):
            self._add(event)
        self.unkept: list[Event] = []

    @property
    def spent(self) -> Usage:
        """Usage of the session's calls."""
        return sum((Usage(**event.payload["usage"]) for event in self.of("call")), Usage())

    def paid(self, budget: Budget) -> Usage:
        """Return the usage of the session's calls with its cost at the prices of a budget."""
        calls = (event.payload for event in self.of("call"))
        return sum((budget.priced(Usage(**call["usage"]), call["model"]) for call in calls), Usage())

    def _keep(self, event: Event) -> None:
        """Store an event before it counts.

        Raises:
            LostLeaseError: another process owns the session by now.
        """
        self.unkept.append(event)
        if event.kind in self._at_once:
            self._worker.keep(self._run, self.unkept)
            self.unkept = []
