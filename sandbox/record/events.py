"""The event log of a session: one JSON object a line, appended and never changed."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from sandbox.errors import InputError, StorageError

__all__ = ["SCHEMA", "Event", "EventKind", "EventLog", "read_events"]

SCHEMA = 2
EventKind = Literal[
    "session",
    "stage",
    "call",
    "person",
    "inject",
    "order",
    "direction",
    "line",
    "decision",
    "plan",
    "minutes",
    "pulse",
    "assessment",
    "score",
    "close",
]
_KINDS = get_args(EventKind)


@dataclass(frozen=True)
class Event:
    """One event.

    Args:
        seq: place in the log, from 1 without gaps.
        at: seconds since 1970 (UTC) at which it was written.
        kind: what happened.
        stage: stage id, or empty outside of stages.
        seat: seat id, or empty when it concerns no single seat.
        payload: its content; ``id`` in it is unique within its kind.
    """

    seq: int
    at: float
    kind: EventKind
    stage: str
    seat: str
    payload: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return the event as it is written."""
        return {
            "schema": SCHEMA,
            "seq": self.seq,
            "at": round(self.at, 3),
            "kind": self.kind,
            "stage": self.stage,
            "seat": self.seat,
            "payload": self.payload,
        }


class EventLog:
    """Appends events to a file; an event whose kind and id are already there is not written again.

    That makes a step safe to repeat after a crash: a killed session and one that ran through leave the same log.

    Args:
        path: the file; it is made when it does not exist. A last line without its end (a write cut off by a kill)
            is dropped.
        clock: seconds since 1970.

    Raises:
        StorageError: the file cannot be opened.
        InputError: the file is damaged, or of a newer schema.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self._clock = clock
        self._events: dict[tuple[str, str], Event] = {}
        self._by_kind: dict[str, list[Event]] = {}
        self._watchers: list[Callable[[Event], None]] = []
        try:
            path.touch(mode=0o600)
            end = 0
            for event, after in _parse(path):
                self._add(event)
                end = after
            self._file = path.open("r+b", buffering=0)  # no buffer: what a full disk refuses is not tried again
            self._file.truncate(end)
            self._file.seek(end)
        except OSError as error:
            raise StorageError(f"cannot open {path}: {error.strerror or error}") from error

    def watch(self, watcher: Callable[[Event], None]) -> None:
        """Call a function with every new event."""
        self._watchers.append(watcher)

    def append(self, kind: EventKind, payload: dict[str, Any], stage: str = "", seat: str = "") -> tuple[Event, bool]:
        """Write an event, unless it is already there.

        Args:
            kind: what happened.
            payload: its content, with ``id``.
            stage: stage id.
            seat: seat id.

        Returns:
            The event, and whether it is new.

        Raises:
            StorageError: it could not be written whole; what was written before stays.
        """
        identity = (kind, str(payload["id"]))
        known = self._events.get(identity)
        if known is not None:
            return known, False
        event = Event(len(self._events) + 1, self._clock(), kind, stage, seat, payload)
        data = (json.dumps(event.as_dict(), ensure_ascii=False) + "\n").encode()
        start = self._file.tell()
        try:
            rest = data
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._undo(start)
            raise StorageError(
                f"cannot write {self.path}: {error.strerror or error}; the log up to here is kept"
            ) from error
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

    def close(self) -> None:
        """Close the file."""
        try:
            self._file.close()
        except OSError as error:
            raise StorageError(f"cannot write {self.path}: {error.strerror or error}") from error

    def _add(self, event: Event) -> None:
        self._events[(event.kind, str(event.payload["id"]))] = event
        self._by_kind.setdefault(event.kind, []).append(event)

    def _undo(self, start: int) -> None:
        with contextlib.suppress(OSError):  # a torn last line is dropped when the log is opened again
            self._file.truncate(start)
            self._file.seek(start)


def read_events(path: Path) -> list[Event]:
    """Read a log.

    Raises:
        InputError: it does not exist, is damaged, or is of a newer schema.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist")
    try:
        return [event for event, _ in _parse(path)]
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error


def _parse(path: Path) -> Iterator[tuple[Event, int]]:
    end = 0
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            if not raw.endswith(b"\n"):
                return
            end += len(raw)
            yield _event(path, number, raw), end


def _event(path: Path, number: int, raw: bytes) -> Event:
    try:
        data = json.loads(raw)
        schema = data["schema"]
        if schema == SCHEMA and data["kind"] in _KINDS and "id" in data["payload"] and data["seq"] == number:
            kind = cast(EventKind, data["kind"])
            return Event(number, float(data["at"]), kind, data["stage"], data["seat"], data["payload"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}:{number}: not an event of a session log ({error})") from error
    if schema != SCHEMA:
        raise InputError(f"{path}:{number}: log schema {schema} is not supported; this version reads {SCHEMA}")
    raise InputError(f"{path}:{number}: not an event of a session log")
