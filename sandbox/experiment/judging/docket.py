"""What remains to be judged: finished sessions without votes, and the judges' questions about them in batches."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, insert, select, update

from sandbox.content.words import fault
from sandbox.experiment.judging.answers import Answers
from sandbox.experiment.playing.worker import LostLeaseError, Worker
from sandbox.experiment.store.database import patiently
from sandbox.experiment.store.tables import BATCHES, EVENTS, QUESTIONS, RUNS, WORKERS
from sandbox.llm.usage import Budget, Usage
from sandbox.record.events import Event

_MANY = 400


@dataclass(frozen=True)
class Failed:
    """A question without a usable answer: how often it was tried, what the answers cost, why the last was unusable."""

    tries: int = 0
    usage: Usage = field(default=Usage())
    reason: str = ""


@dataclass(frozen=True)
class BatchQuestion:
    """A question to a judge that is to be put in a batch.

    Args:
        run: id of the session.
        events: number of events in its log when the question came up; with more, it may have been answered.
        key: of the call, which names judge, criterion and sample.
        most: the most that its answer may use.
        failed: its earlier tries.
        line: where its line begins and ends in the file of requests, in bytes.
    """

    run: str
    events: int
    key: str
    most: Usage
    failed: Failed
    line: tuple[int, int]


@dataclass(frozen=True)
class Put:
    """A batch that has not ended.

    Args:
        name: its name in the store.
        owner: the process that sends it.
        judge: the model that is asked.
        address: of the endpoint, without secret parts.
        made: when its questions were set aside for it, in seconds since 1970.
        file: the endpoint's id of its file; empty until it is known.
        batch: the endpoint's id of the batch; empty until it is known.
        number: its number of questions.
    """

    name: str
    owner: str
    judge: str
    address: str
    made: float
    file: str
    batch: str
    number: int


@dataclass(frozen=True)
class Judged:
    """How far the judging of a finished session has come.

    Args:
        run: id of the session.
        events: those that are not stored yet.
        usage: of all its calls.
        answers: how their answers came about.
        outcomes: by name, once all votes are there; None until then.
        settled: keys of questions that are no longer in a batch.
        failed: those of them that must be asked again.
    """

    run: str
    events: Sequence[Event]
    usage: Usage
    answers: Answers
    outcomes: Mapping[str, float | None] | None = None
    settled: Collection[str] = ()
    failed: Mapping[str, Failed] = field(default_factory=dict)


class Docket:
    """What remains to be judged.

    Each step is stored before the next: questions are set aside for a batch before anything is sent, and an id of the
    endpoint is stored as soon as it is known. So, wherever a process dies, another one can go on.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker, self._database, self._clock = worker, worker.store.database, worker.store.clock

    @patiently
    def take(self, run: str, *, unasked: bool = False) -> bool:
        """Claim a session that is to be judged; return whether that was possible.

        With ``unasked``, a session with questions in a batch cannot be claimed.
        """
        free = (RUNS.c.id == run, RUNS.c.owner == "", RUNS.c.unjudged)
        asked = exists().where(QUESTIONS.c.run == run, QUESTIONS.c.batch != "")
        with self._worker.writing() as connection:
            known = connection.scalar(select(RUNS.c.id).where(*free).with_for_update())
            if known is None or (unasked and connection.scalar(select(asked))):
                return False
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(owner=self._worker.owner))
            self._worker.write_spent(connection)
        return True

    @patiently
    def keep(self, judged: Judged) -> None:
        """Store how far the judging of a claimed session has come, and give the session back.

        Raises:
            LostLeaseError: the process does not own the session any more.
        """
        values: dict[str, Any] = {"owner": "", "usage": judged.usage.as_dict(), "answers": vars(judged.answers)}
        over = QUESTIONS.c.run == judged.run
        again: list[dict[str, Any]] = []
        if judged.outcomes is not None:
            values["outcomes"] = {name: value for name, value in judged.outcomes.items() if value is not None}
            values["unjudged"] = False
        else:
            over = and_(over, QUESTIONS.c.call.in_(judged.settled))
            again = [_question(judged.run, key, "", failed) for key, failed in judged.failed.items()]
        mine = (RUNS.c.id == judged.run, RUNS.c.owner == self._worker.owner)
        with self._worker.writing() as connection:
            if judged.events:
                self._worker.add(connection, judged.run, judged.events)
            if connection.execute(update(RUNS).where(*mine).values(values)).rowcount != 1:
                raise fault(LostLeaseError, "experiment.refused.judging", session=judged.run)
            connection.execute(delete(QUESTIONS).where(over))
            if again:
                connection.execute(insert(QUESTIONS), again)
            self._worker.write_spent(connection)

    @patiently
    def asked(self, run: str) -> dict[str, tuple[str, Failed]]:
        """Return the questions asked about a session, by key: the batch they are in, and their failed tries."""
        with self._database.reading() as connection:
            rows = connection.execute(select(QUESTIONS).where(QUESTIONS.c.run == run)).mappings().all()
        return {row["call"]: (row["batch"], Failed(row["tries"], Usage(**row["usage"]), row["reason"])) for row in rows}

    @patiently
    def open(self) -> list[Put]:
        """Return the batches that have not ended, oldest first."""
        columns = [BATCHES.c[name] for name in Put.__dataclass_fields__]
        query = select(*columns).where(BATCHES.c.ended.is_(None)).order_by(BATCHES.c.made, BATCHES.c.name)
        with self._database.reading() as connection:
            return [Put(*row) for row in connection.execute(query)]

    def left_behind(self) -> list[Put]:
        """Return the batches that were not fully sent because their process is gone."""
        if all(put.batch for put in self.open()):
            return []
        self._worker.take_over()
        here = {work.owner for work in self._worker.store.works() if work.ended is None}
        return [put for put in self.open() if not put.batch and put.owner not in here]

    @patiently
    def set_aside(
        self, judge: str, address: str, asked: Sequence[BatchQuestion], budget: Budget
    ) -> tuple[Put | None, list[BatchQuestion]]:
        """Set questions aside for a batch, as many as the cap allows, and hold what they may use.

        ``address`` is that of the endpoint, without secret parts.

        Returns:
            The batch and its questions; None and no questions if other processes have all of them by now.

        Raises:
            BudgetReachedError: there is no room for a single one.
        """
        with self._worker.writing(durable=True, lock=WORKERS) as connection:
            free = self._free(connection, asked)
            if not free:
                return None, []
            standing = self._worker.standing(connection, budget)
            taken = standing.spent + standing.elsewhere + self._worker.held
            most, chosen = Usage(), list[BatchQuestion]()
            for each in free:
                needed = budget.priced(each.most, judge)
                if not budget.allows(taken + most + needed):
                    break
                most += needed
                chosen.append(each)
            if not chosen:
                raise budget.reached(taken, budget.priced(free[0].most, judge))
            name = secrets.token_hex(8)
            put = Put(name, self._worker.owner, judge, address, self._clock(), "", "", len(chosen))
            held = {"held_prompt": most.prompt, "held_completion": most.completion, "held_money": most.money}
            connection.execute(insert(BATCHES).values(**vars(put), **held))
            rows = [_question(each.run, each.key, name, each.failed) for each in chosen]
            before = and_(QUESTIONS.c.run == bindparam("r"), QUESTIONS.c.call == bindparam("c"))
            connection.execute(delete(QUESTIONS).where(before), [{"r": row["run"], "c": row["call"]} for row in rows])
            connection.execute(insert(QUESTIONS), rows)
            self._worker.write_spent(connection)
        return put, chosen

    @patiently
    def keep_ids(self, put: Put, file: str, batch: str = "") -> None:
        """Store the endpoint's ids of a batch, those that are known."""
        with self._database.writing(durable=True) as connection:
            values = {"file": file, "batch": batch}
            connection.execute(update(BATCHES).where(BATCHES.c.name == put.name).values(values))

    @patiently
    def end(self, put: Put) -> None:
        """Mark a batch as ended: nothing is held for it, and its unanswered questions may be asked again."""
        with self._database.writing(durable=True) as connection:
            connection.execute(update(QUESTIONS).where(QUESTIONS.c.batch == put.name).values(batch=""))
            ended = {"ended": self._clock(), "held_prompt": 0, "held_completion": 0, "held_money": None}
            connection.execute(update(BATCHES).where(BATCHES.c.name == put.name).values(ended))

    def _free(self, connection: Connection, asked: Sequence[BatchQuestion]) -> list[BatchQuestion]:
        """Return the questions that are in no batch, about sessions that nobody else judges or has since judged."""
        runs = list(dict.fromkeys(each.run for each in asked))
        free: dict[str, int] = {}
        taken: set[tuple[str, str]] = set()
        for at in range(0, len(runs), _MANY):
            some = runs[at : at + _MANY]
            unowned = (RUNS.c.id.in_(some), RUNS.c.owner == "", RUNS.c.unjudged)
            unowned_runs = connection.scalars(select(RUNS.c.id).where(*unowned).with_for_update()).all()
            number = select(EVENTS.c.run, func.max(EVENTS.c.last)).where(EVENTS.c.run.in_(unowned_runs))
            free.update(map(tuple, connection.execute(number.group_by(EVENTS.c.run))))
            in_batch = (QUESTIONS.c.run.in_(some), QUESTIONS.c.batch != "")
            keys = select(QUESTIONS.c.run, QUESTIONS.c.call).where(*in_batch)
            taken.update((row.run, row.call) for row in connection.execute(keys))
        return [each for each in asked if free.get(each.run) == each.events and (each.run, each.key) not in taken]


def _question(run: str, key: str, batch: str, failed: Failed) -> dict[str, Any]:
    return {
        "run": run, "call": key, "batch": batch, "tries": failed.tries, "usage": failed.usage.as_dict(),
        "reason": failed.reason,
    }  # fmt: skip
