"""The log of a session: events are appended and never changed; kept in memory, or in a file of JSON lines."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sandbox.record.appended import AppendedFile, stored
from sandbox.record.events import Event, EventKind, parse_events

# What must outlive a power cut, beside the close: a write alone survives the death of the process.
_SYNCED: frozenset[EventKind] = frozenset({"decision", "minutes"})
# What comes from a model, from a person or from whoever steers; without any of it a session can be played again.
_GIVEN: frozenset[EventKind] = frozenset({"call", "person", "order", "model"})


class Log:
    """Keeps events in memory; an event whose kind and id are already there is not kept again.

    So a step is safe to repeat after a crash: a killed session and one that ran through leave the same log.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._events: dict[tuple[str, str], Event] = {}
        self._by_kind: dict[str, list[Event]] = {}
        self._watchers: list[Callable[[Event], None]] = []

    def watch(self, watcher: Callable[[Event], None]) -> None:
        """Call a function with every new event."""
        self._watchers.append(watcher)

    def append(self, kind: EventKind, payload: Any, stage: str = "", seat: str = "") -> tuple[Event, bool]:
        """Keep an event, unless it is already there.

        Returns:
            The event, and whether it is new.
        """
        known = self._events.get((kind, str(payload["id"])))
        if known is not None:
            return known, False
        event = Event(len(self._events) + 1, self._clock(), kind, stage, seat, payload)
        self._keep(event)
        self._add(event)
        for watcher in self._watchers:
            watcher(event)
        return event, True

    def find(self, kind: EventKind, event_id: str) -> Event | None:
        """Return an event by kind and id."""
        return self._events.get((kind, event_id))

    def of(self, kind: EventKind) -> list[Event]:
        """Return the events of a kind in their order."""
        return list(self._by_kind.get(kind, ()))

    def __iter__(self) -> Iterator[Event]:
        """Go through all events in their order."""
        return iter(list(self._events.values()))

    async def settled(self) -> None:
        """Wait until the session's close is stored."""

    def close(self) -> None:
        """Take no more events."""

    def _keep(self, event: Event) -> None:
        """Store an event before it counts."""

    def _add(self, event: Event) -> None:
        self._events[(event.kind, str(event.payload["id"]))] = event
        self._by_kind.setdefault(event.kind, []).append(event)


class FileLog(Log):
    """Keeps events in a file, one JSON object a line.

    An event is written before it counts, so that it survives the death of the process. At decisions and at the end of a
    stage the file is synced, so that those survive a power cut as well. A session without any model, agent or person
    can be replayed exactly from its spec and seed; it is synced at its close alone.

    Args:
        path: the file; it is made when it does not exist. A last line without its end (a write cut off by a kill)
            is dropped with a notice.
        clock: seconds since 1970.

    Raises:
        StorageError: the file cannot be opened.
        InputError: the file is damaged, or of a version that is not read.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        super().__init__(clock)
        self.path = path
        events, end = parse_events(AppendedFile.read(path), path)
        for event in events:
            self._add(event)
        self._file = AppendedFile(path, end)
        self._unsettled = False

    async def settled(self) -> None:
        """Wait until the session's close would survive a power cut; other sessions go on meanwhile.

        Raises:
            StorageError: it could not be kept, and is taken back; what was written before stays.
        """
        if self._unsettled:
            await asyncio.to_thread(self._settle)

    def close(self) -> None:
        """Close the file; raises `StorageError` if the last writes could not be kept."""
        try:
            if self._unsettled:
                self._settle()
        finally:
            self._file.close()

    def _settle(self) -> None:
        self._unsettled = False  # what is taken back is not tried again
        self._file.sync()

    def _keep(self, event: Event) -> None:
        self._file.append(event.as_dict(), sync=event.kind in _SYNCED and self._cannot_be_played_again())
        self._unsettled |= event.kind == "close"

    def _cannot_be_played_again(self) -> bool:
        """Return whether the log holds more than its spec and seed bring about: a branch holds another's course."""
        begun = [event.payload for event in self.of("session")]
        branched = any("branch" in payload or payload["spec"].get("agents") for payload in begun)
        return branched or not _GIVEN.isdisjoint(self._by_kind)


def read_events(path: Path) -> list[Event]:
    """Read a log.

    Raises:
        InputError: it does not exist, is damaged, or is of a version that is not read.
        StorageError: it cannot be read.
    """
    return parse_events(stored(path), path)[0]
