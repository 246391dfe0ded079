"""The log of a session in the store: appended to, never changed, and kept before it is used."""

from __future__ import annotations

from collections.abc import Collection

from sandbox.experiment.worker import Worker
from sandbox.llm.usage import Budget, Usage
from sandbox.record.events import Event, EventKind
from sandbox.record.log import Log

# What is paid for or decided is kept at once, with all that came before; what lies between follows from it anyway.
_KEPT_AT_ONCE: frozenset[EventKind] = frozenset({"call", "person", "order", "decision", "minutes"})


class SqlLog(Log):
    """Keeps the events of a session in a store; a session that was stopped goes on from those that are there.

    Events are kept in the store when a model or a person has answered, at each decision and at the end of each stage;
    those since then follow from them, and are kept with the next, or by whoever ends the session.

    Args:
        worker: the process whose session it is.
        at_once: the kinds of events that are kept at once; the others wait for them, or for the end.

    Raises:
        InputError: what is kept is damaged, or of a version that is not read.
        StorageError: the store cannot be read, or (whenever an event is added) written.
    """

    def __init__(self, worker: Worker, run: str, at_once: Collection[EventKind] = _KEPT_AT_ONCE) -> None:
        super().__init__(worker.store.clock)
        self._worker, self._run, self._at_once = worker, run, at_once
        for event in worker.store.events(run):
            self._add(event)
        self.unkept: list[Event] = []

    @property
    def spent(self) -> Usage:
        """Usage of its calls."""
        return sum((Usage(**event.payload["usage"]) for event in self.of("call")), Usage())

    def paid(self, budget: Budget) -> Usage:
        """Return that with what it costs at the prices of a budget."""
        calls = (event.payload for event in self.of("call"))
        return sum((budget.priced(Usage(**call["usage"]), call["model"]) for call in calls), Usage())

    def _keep(self, event: Event) -> None:
        """Keep an event before it counts; raises `LostLeaseError` where the session is another process's by now."""
        self.unkept.append(event)
        if event.kind in self._at_once:
            self._worker.keep(self._run, self.unkept)
            self.unkept = []
