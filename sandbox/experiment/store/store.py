"""The store of an experiment: its design, its sessions with events and outcomes, and the processes at work on it."""

from __future__ import annotations

import json
import time
import zlib
from bisect import bisect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Select, and_, delete, func, insert, select, update

from sandbox.content.words import fault, refusal, said
from sandbox.errors import InputError, Said, StorageError
from sandbox.experiment.outcomes import OUTCOMES, outcome_of
from sandbox.experiment.planning.locking import Lock, design_changes
from sandbox.experiment.planning.players import Player
from sandbox.experiment.planning.runs import Run
from sandbox.experiment.store.database import Database, patiently, shown_store
from sandbox.experiment.store.soundness import row_faults
from sandbox.experiment.store.tables import BATCHES, DESIGNS, EVENTS, META, QUESTIONS, RUNS, WORKERS
from sandbox.game.spec import SessionSpec, with_seats
from sandbox.llm.usage import Usage
from sandbox.record.events import Event, parse_events

RunState = Literal["pending", "running", "done", "failed"]
_MANY = 500
_MEASURE, _ABOUT = "measure ", "about "
_MOST_EVENTS = 64 << 20  # bytes of a session's events; a long session has one or two million
_FINISHED = (RUNS.c.state == "done", ~RUNS.c.null)


@dataclass(frozen=True)
class DesignRun:
    """A version of a design that was run.

    Args:
        digest: of its content.
        design: text of its file.
        model: the model that plays unless a factor says otherwise.
        style: its turn style.
        lock: digest of its lock; empty if there was none, None if that is not known.
        at: when it was run, in seconds since 1970.
        cards: digests of what its sessions read, by card and template, see `sandbox.game.digest.digests_read`; None if
            that is not known.
    """

    digest: str
    design: str
    model: str
    style: str
    lock: str | None = ""
    at: float = 0.0
    cards: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Count:
    """The number of sessions in one state; ``by_rules`` if no model plays, ``null`` for the null arm."""

    null: bool
    by_rules: bool
    state: RunState
    number: int


@dataclass(frozen=True)
class WorkingProcess:
    """A process that works on a store, or has worked on it.

    Args:
        owner: its name in the store.
        process: its process number and start time; empty if these are not known.
        begun: when it took up work, in seconds since 1970.
        ended: when it left, or was found to be gone; None while it works.
        spent: usage of the calls that were answered.
        held: what it holds for calls in flight; for a process that is gone, what these may have cost.
    """

    owner: str
    host: str
    process: str
    begun: float
    beat: float
    ended: float | None
    spent: Usage
    held: Usage


class Store:
    """The store of an experiment; several processes may use one at once.

    Args:
        where: the path of a SQLite file, or a URL.
        name: the experiment's id.
        make: whether to create the store if it does not exist.
        clock: seconds since 1970.

    Raises:
        InputError: there is no such store, or it belongs to something else or has another version.
        StorageError: it cannot be opened. Every method raises it when reading or writing fails; earlier writes are
            kept.
    """

    def __init__(
        self, where: str | Path, name: str, *, make: bool = True, clock: Callable[[], float] = time.time
    ) -> None:
        self.where, self.name, self.clock = where, name, clock
        self.shown = shown_store(where)
        self.database = Database(where, name, make=make, clock=clock)

    def close(self) -> None:
        """Close the store."""
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def played(self) -> tuple[DesignRun, ...]:
        """The versions of the design that were run, the latest last; none before the first run."""
        with self.database.reading() as connection:
            rows = connection.execute(select(DESIGNS).order_by(DESIGNS.c.number)).mappings().all()
        return tuple(DesignRun(**{field.name: row[field.name] for field in fields(DesignRun)}) for row in rows)

    @property
    def player(self) -> Player:
        """The model and style that played last unless a factor says otherwise; empty before the first run."""
        played = self.played
        return (played[-1].model, played[-1].style) if played else ("", "")

    def begin(self, played: DesignRun, runs: Sequence[Run], *, changed: bool = False) -> int:
        """Add the sessions of a design; known ones stay as they are.

        With ``changed``, finished sessions that are no longer part of the design are no error: they are kept, but not
        counted any more.

        Returns:
            How many of the sessions are new.

        Raises:
            InputError: finished sessions are no longer part of the design, and ``changed`` is false.
        """
        wanted = {run.id for run in runs}
        with self.database.writing(lock=RUNS) as connection:
            known = {row.id: row for row in connection.execute(select(RUNS.c.id, RUNS.c.state, RUNS.c.current))}
            gone = [run for run, row in known.items() if row.current and run not in wanted]
            ended = [run for run, row in known.items() if row.current and row.state in ("done", "failed")]
            stay = sum(run in wanted for run in ended)
            if stay < len(ended) and not changed:
                raise self._other(len(ended) - stay, stay, played)
            back = [run for run, row in known.items() if not row.current and run in wanted]
            for current, ids in ((False, gone), (True, back)):
                for at in range(0, len(ids), _MANY):
                    chosen = RUNS.c.id.in_(ids[at : at + _MANY])
                    connection.execute(update(RUNS).where(chosen).values(current=current))
            number: int = connection.execute(select(func.max(DESIGNS.c.number))).scalar() or 0
            new = [run for run in runs if run.id not in known]
            latest = select(DESIGNS).where(DESIGNS.c.number == number)
            last = connection.execute(latest).mappings().one_or_none()
            same = ("digest", "model", "style", "lock")
            if last is None or new or any(last[name] != getattr(played, name) for name in same):
                number += 1
                connection.execute(insert(DESIGNS).values(**{**vars(played), "number": number, "at": self.clock()}))
            place = len(known)
            for at in range(0, len(new), _MANY):
                rows = [_row(run, place + at + index, number) for index, run in enumerate(new[at : at + _MANY])]
                connection.execute(insert(RUNS), rows)
        return len(new)

    def _other(self, finished: int, stay: int, played: DesignRun) -> InputError:
        """Return the error for finished sessions that left the design: player, design or cards have changed."""
        before, changes = self.played[-1], list[Said]()
        if (before.model, before.style) != (played.model, played.style):
            players = {"model": before.model, "style": before.style, "now": played.model, "now_style": played.style}
            changes.append(said("stands.changed.player", **players))
        if before.digest != played.digest:
            changes += design_changes(before.design, played.design) or [said("stands.changed.design")]
        if before.cards and played.cards:
            both = {card: digest for card, digest in before.cards.items() if card in played.cards}
            named = (card.partition(" ") for card, digest in both.items() if played.cards[card] != digest)
            changes += [said("stands.changed.card", kind=kind, name=name) for kind, _, name in named]
        if not changes:
            changes.append(said("stands.changed.program" if before.cards else "stands.changed.content"))
        return refusal("stands.other", store=self.shown, finished=finished, stay=stay, changes=changes)

    @patiently
    def counts(self, only: Collection[str] | None = None) -> list[Count]:
        """Return the number of sessions of the design by state; with ``only``, of the sessions with these ids."""
        keys = (RUNS.c.by_rules, RUNS.c.state, RUNS.c.null)  # in the order of the index
        query = select(*keys, func.count()).where(RUNS.c.current).group_by(*keys)
        if only is not None:
            query = query.where(RUNS.c.id.in_(only))
        with self.database.reading() as connection:
            return [
                Count(null, by_rules, state, sessions) for by_rules, state, null, sessions in connection.execute(query)
            ]

    def players(self) -> tuple[Player, ...]:
        """Return what plays in the design's sessions, without the null arm, in the order of the design."""
        fields = SessionSpec.model_fields
        model, style = (
            func.coalesce(RUNS.c.spec[name].as_string(), fields[name].default) for name in ("model", "style")
        )
        models, agents = (func.coalesce(RUNS.c.spec[name].as_string(), "{}") for name in ("models", "agents"))
        keys = model, style, models, agents
        query = select(*keys).where(RUNS.c.current, ~RUNS.c.null).group_by(*keys)
        with self.database.reading() as connection:
            rows = connection.execute(query.order_by(func.min(RUNS.c.position))).all()
        return tuple((with_seats(name, json.loads(own) | json.loads(other)), style) for name, style, own, other in rows)

    def unjudged(self, *, unasked: bool = False) -> list[str]:
        """Return the sessions of the design that are finished but not judged, in the order of the design.

        With ``unasked``, sessions with questions in a batch are left out.
        """
        query = select(RUNS.c.id).where(RUNS.c.current, RUNS.c.unjudged).order_by(RUNS.c.null, RUNS.c.position)
        if unasked:
            query = query.where(RUNS.c.id.not_in(select(QUESTIONS.c.run).where(QUESTIONS.c.batch != "")))
        with self.database.reading() as connection:
            return list(connection.scalars(query))

    @property
    def in_batches(self) -> Usage:
        """The most that batches at an endpoint may take."""
        columns = BATCHES.c.held_prompt, BATCHES.c.held_completion, BATCHES.c.held_money
        with self.database.reading() as connection:
            rows = connection.execute(select(*columns).where(BATCHES.c.ended.is_(None))).all()
        return sum((Usage(prompt=read, completion=written, money=money) for read, written, money in rows), Usage())

    def set_aside(self) -> int:
        """Return how many finished sessions are no longer part of the design."""
        query = select(func.count()).where(~RUNS.c.current, RUNS.c.state == "done")
        with self.database.reading() as connection:
            return connection.execute(query).scalar_one()

    def early(self, lock: Lock) -> int:
        """Return how many finished sessions of the design, without its null arm, were not played under a lock.

        A session counts if

        - it ended while the store knew another lock;
        - it ended while the store knew no lock, and that was before this lock was made, or this lock claims to be older
          than that run;
        - it was finished in another store when the lock was made: it comes out the same, or nearly so.
        """
        states, made = self.played, datetime.fromisoformat(lock.time).timestamp()
        begun = [state.at for state in states]
        query = select(RUNS.c.id, RUNS.c.ended).where(RUNS.c.current, *_FINISHED)
        with self.database.reading() as connection:
            ends = connection.execute(query).all()

        def before(ended: float) -> bool:
            state = states[max(0, bisect(begun, ended) - 1)]
            if state.lock:
                return state.lock != lock.digest
            return ended < made or (state.lock is not None and state.at > made)

        known = lock.known
        return sum(run in known or before(ended) for run, ended in ends)

    @property
    def finished(self) -> tuple[str, ...]:
        """Ids of all finished sessions, without the null arm, but with those that the design no longer has."""
        with self.database.reading() as connection:
            return tuple(connection.scalars(select(RUNS.c.id).where(*_FINISHED).order_by(RUNS.c.position)))

    def elsewhere(self, lock: Lock) -> dict[str, int]:
        """Return how many sessions that a lock knew are missing from this store, by the store that had them."""
        here = frozenset(self.finished)
        counts = {known.store: sum(session not in here for session in known.sessions) for known in lock.stores}
        return {name: count for name, count in counts.items() if count}

    def rows(self) -> list[dict[str, Any]]:
        """Return the finished sessions of the design, for analyses, in the order of the design.

        Each has ``id``, ``arm``, ``block``, ``scenario``, ``replicate``, ``seed``, ``null``, ``by_rules``, ``cell``
        (the level of each factor), ``outcomes`` (a number or None by name: all of `OUTCOMES`, and levels of other
        rubrics that have a value), ``pulses`` (mean trust, conviction and burden by moment), ``usage`` (calls and
        tokens), ``started`` and ``ended`` (seconds since 1970) and ``design`` (the version of the design that added it,
        from 1).
        """
        return list(self._chosen(RUNS.c.state == "done"))

    @property
    def measures(self) -> dict[str, tuple[tuple[str, float], ...]]:
        """The versions of a user's own code that gave each outcome, each with when (seconds since 1970)."""
        return {name: tuple(map(tuple, json.loads(versions))) for name, versions in self._noted(_MEASURE).items()}

    @property
    def measures_told(self) -> dict[str, str]:
        """The description of the code that last gave each outcome, if it has one."""
        return self._noted(_ABOUT)

    def _noted(self, kind: str) -> dict[str, str]:
        with self.database.reading() as connection:
            rows = connection.execute(select(META).where(META.c.name.like(f"{kind}%"))).all()
        return {row.name.removeprefix(kind): row.value for row in rows}

    def give(self, outcome: str, values: Mapping[str, float | None], version: str = "", about: str = "") -> None:
        """Set an outcome that a user's own code gives, for finished sessions; an earlier value is replaced.

        Args:
            outcome: its name.
            values: by the id of the session; None if the session has none.
            version: of the code that gives it; empty if that is not known.
            about: the code's description of itself.
        """
        ids, kept = list(values), META.c.name == f"{_MEASURE}{outcome}"
        with self.database.writing(lock=RUNS) as connection:
            connection.execute(delete(META).where(META.c.name == f"{_ABOUT}{outcome}"))
            if about:
                connection.execute(insert(META).values(name=f"{_ABOUT}{outcome}", value=about))
            before = json.loads(connection.scalar(select(META.c.value).where(kept)) or "[]")
            if not before or before[-1][0] != version:
                connection.execute(delete(META).where(kept))
                versions = json.dumps([*before, [version, self.clock()]])
                connection.execute(insert(META).values(name=f"{_MEASURE}{outcome}", value=versions))
            for at in range(0, len(ids), _MANY):
                chosen = select(RUNS.c.id, RUNS.c.outcomes).where(RUNS.c.id.in_(ids[at : at + _MANY]))
                for run, outcomes in connection.execute(chosen).all():
                    given = {**(outcomes or {}), outcome: values[run]}
                    connection.execute(update(RUNS).where(RUNS.c.id == run).values(outcomes=given))

    def failures(self) -> list[dict[str, Any]]:
        """Return the sessions that failed, like `rows`, each with its ``reason``."""
        return list(self._chosen(RUNS.c.state == "failed"))

    def everything(self) -> Iterator[dict[str, Any]]:
        """Yield all sessions of the design, like `rows` with ``state`` and ``reason``; a few are loaded at a time."""
        last = -1
        while True:
            some = list(self._chosen(RUNS.c.position > last, most=_MANY))
            if not some:
                return
            yield from some
            last = some[-1]["position"]

    def _chosen(self, where: Any, most: int | None = None) -> Iterator[dict[str, Any]]:
        query: Select[Any] = select(RUNS).where(RUNS.c.current, where).order_by(RUNS.c.position).limit(most)
        with self.database.reading() as connection:
            for row in connection.execute(query).mappings():
                if why := next(row_faults(row), None):
                    raise fault(StorageError, "experiment.store.damaged", store=self.shown, why=why)
                values = row["outcomes"] or {}
                outcomes = {name: values.get(name) for name in OUTCOMES}
                outcomes |= {name: value for name, value in values.items() if name not in OUTCOMES and outcome_of(name)}
                yield {**row, "outcomes": outcomes, "pulses": row["pulses"] or {}, "usage": row["usage"] or {}}

    @patiently
    def events(self, run: str) -> list[Event]:
        """Return the stored events of a session; none if it has not begun or left none.

        Raises:
            InputError: an event cannot be read, or has a version that cannot.
            StorageError: the events are damaged.
        """
        query = select(EVENTS.c.data).where(EVENTS.c.run == run).order_by(EVENTS.c.seq)
        with self.database.reading() as connection:
            parts = connection.execute(query).scalars().all()
        try:
            data = b"".join(_unpacked(parts))
        except (zlib.error, ValueError) as error:
            values = {"store": self.shown, "session": run, "why": error.args[0]}
            raise fault(StorageError, "experiment.store.events", **values) from error
        return parse_events(data, Path(f"{self.shown}#{run}"))[0]

    def reopen(self) -> int:
        """Put failed sessions back among those to be played, with the events they have, and return how many."""
        again = and_(RUNS.c.current, RUNS.c.state == "failed")
        with self.database.writing() as connection:
            values = {"state": "pending", "reason": "", "ended": None}
            return connection.execute(update(RUNS).where(again).values(values)).rowcount

    @patiently
    def works(self) -> list[WorkingProcess]:
        """Return the processes that work or have worked on the store, in the order in which they came."""
        with self.database.reading() as connection:
            rows = connection.execute(select(WORKERS).order_by(WORKERS.c.begun, WORKERS.c.owner)).mappings().all()
        return [
            WorkingProcess(
                row["owner"], row["host"], row["process"], row["begun"], row["beat"], row["ended"],
                Usage(row["calls"], row["prompt"], row["cached"], row["completion"], row["estimated"], row["money"]),
                Usage(prompt=row["held_prompt"], completion=row["held_completion"], money=row["held_money"]),
            )
            for row in rows
        ]  # fmt: skip


def store_path(runs: Path, experiment: str) -> Path:
    """Return the default path of an experiment's store in the folder of sessions."""
    return runs / f"{experiment}.sqlite"


def packed(events: Sequence[Event]) -> dict[str, Any]:
    """Return a row of the events table that holds one or more consecutive events."""
    lines = "".join(json.dumps(event.as_dict(), ensure_ascii=False) + "\n" for event in events)
    return {"seq": events[0].seq, "last": events[-1].seq, "data": zlib.compress(lines.encode(), 1)}


def _unpacked(parts: Sequence[bytes]) -> Iterator[bytes]:
    left = _MOST_EVENTS
    for part in parts:
        unpacking = zlib.decompressobj()
        yield (data := unpacking.decompress(part, left))
        left -= len(data)
        if not unpacking.eof:
            key = "experiment.store.cut_off" if left > 0 else "experiment.store.too_many"
            raise ValueError(said(key, most=_MOST_EVENTS >> 20))


def _row(run: Run, position: int, design: int) -> Mapping[str, Any]:
    return {
        "id": run.id, "position": position, "cell": dict(run.cell), "arm": run.arm, "block": run.block,
        "scenario": run.scenario, "replicate": run.replicate, "seed": run.seed, "null": run.null,
        "by_rules": run.spec.style == "rules", "spec": run.spec.model_dump(mode="json", exclude_defaults=True),
        "design": design, "current": True, "state": "pending", "unjudged": False,
    }  # fmt: skip
