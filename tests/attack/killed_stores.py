"""Experiments that are killed: one or two commands at work on a store, in a file or in a PostgreSQL server."""

from __future__ import annotations

import atexit
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

from sandbox.errors import InputError
from sandbox.experiment.store.store import Store
from tests.attack.child import Started, start_command
from tests.attack.lives import Life, Plan
from tests.experiment.making import saved
from tests.experiment.playing import SHORT, kept
from tests.experiment.server import BINARIES, serving_postgresql

__all__ = ["ON_POSTGRESQL", "Experiment", "PostgreSQL"]

ON_POSTGRESQL = (BINARIES / "initdb").is_file()
"""Whether a server is installed."""
_POOL: dict[str, Any] = {"factors": {"turns": [1], "stages": {"short": ["public_engagement"]}}, "replicates": 98}
_DESIGNS: dict[str, dict[str, Any]] = {
    "at once": SHORT, "free": {**SHORT, "replicates": 1, "judge": "stub"}, "two workers": SHORT, "pool": _POOL,
}  # fmt: skip
_PATIENCE = 60.0


class Experiment(Life):
    """``sandbox experiment run``, again and again; where there are two workers, one is killed and the other goes on."""

    plans: ClassVar[tuple[Plan, ...]] = (
        Plan("three sessions at once", ("at once", "--concurrency", "3"), directed=True, at_once=3, pause=0.01),
        Plan("played free, judged", ("free", "--concurrency", "2"), at_once=2, pause=0.01),
        Plan("two workers", ("two workers", "--concurrency", "2"), directed=True, at_once=4, pause=0.01),
        Plan("by the rules, two processes", ("pool", "--model", "none", "--processes", "2")),
    )  # fmt: skip

    def __init__(self, plan: Plan, home: Path) -> None:
        super().__init__(plan, home)
        self._design = saved(home, **_DESIGNS[plan.arguments[0]])
        self._workers = 2 if plan.arguments[0] == "two workers" else 1
        self._at_work: list[Started] = []
        self._groups: list[int] = []

    @property
    def where(self) -> str | Path:
        """The store."""
        return self.home / "s.sqlite"

    def start(self) -> None:
        options = ["--store", str(self.where), "--quiet", *self.plan.arguments[1:]]
        while len(self._at_work) < self._workers:
            home = self.home / f"worker{len(self._groups)}"
            home.mkdir()
            command = ["experiment", "run", str(self._design), *options]
            self._at_work.append(start_command(command, home, self.environment))
            self._groups.append(self._at_work[-1].process)

    def over(self) -> bool:
        return all(worker.over for worker in self._at_work)

    def kill(self) -> None:
        self._look(self._at_work.pop(0).kill().complaints((-9, 0)))

    def finish(self) -> None:
        while self._at_work:
            ended = self._at_work.pop(0).ended()
            self._look(ended.complaints((0,)))
            self.complaints += [f"said: {line}" for line in ended.err.splitlines()]

    def _look(self, complaints: list[str]) -> None:
        self.complaints += [what for what in complaints if what != "no message"]

    def logs(self) -> dict[str, Sequence[Any]]:
        logs: dict[str, Sequence[Any]] = {}
        try:
            with Store(self.where, "small", make=False) as store:
                for row in store.everything():
                    logs[f"{row['id']} events"] = store.events(row["id"])
                    logs[row["id"]] = [row] if row["state"] == "done" else []
        except InputError:
            return {}  # it was killed before it had one
        return logs

    def plain(self) -> dict[str, Any]:
        with Store(self.where, "small", make=False) as store:
            plain = kept(store)
            ids, works = [row["id"] for row in store.everything()], store.works()
        calls = sum(len(calls) for _, _, calls in plain.values())
        if len(ids) != len(set(ids)):
            self.complaints.append("a session has two rows")
        if any(work.ended is None for work in works):
            self.complaints.append("somebody who is gone is said to work")
        if sum(work.spent.calls for work in works) != calls:
            self.complaints.append(f"{sum(work.spent.calls for work in works)} calls are counted, {calls} on record")
        self._nobody_left()
        return plain

    def _nobody_left(self) -> None:
        until = time.monotonic() + _PATIENCE
        while left := [group for group in self._groups if _members(group)]:
            if time.monotonic() > until:
                self.complaints.append(f"{len(left)} processes were left at work")
                return
            time.sleep(0.05)


class PostgreSQL(Experiment):
    """The same in a database."""

    plans: ClassVar[tuple[Plan, ...]] = Experiment.plans[:3]

    def __init__(self, plan: Plan, home: Path) -> None:
        super().__init__(plan, home)
        import psycopg

        with psycopg.connect(self.where, autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS sandbox_small CASCADE")

    @property
    def where(self) -> str:
        if not _serving:
            stack = ExitStack()
            atexit.register(stack.close)
            _serving.append(stack.enter_context(serving_postgresql()).url)
        return _serving[0]


_serving: list[str] = []


def _members(group: int) -> int:
    """Return how many processes of a group are alive."""
    states = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        states += [fields[0]] if int(fields[2]) == group else []
    return sum(state != "Z" for state in states)
