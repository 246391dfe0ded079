"""An append-only file of JSON lines, in which logs of every sort are kept."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.content.faults import short
from sandbox.content.words import fault, refusal, said
from sandbox.errors import Said, StorageError, unknown

END_OF_TIME = 1e11
"""Seconds since 1970 up to which a date can be written; the year is 5138."""

_as_json = json.JSONEncoder(ensure_ascii=False).encode  # made once, and not for each line

_HEAD = b'{"schema": '  # with which every line begins

_NOTICES = logging.getLogger("sandbox.record")


class AppendedFile:
    """A file to which whole lines are appended, each before it counts.

    Args:
        end: number of bytes that are whole lines; later bytes are a write cut off by a kill, dropped with a notice.

    Raises:
        StorageError: the file cannot be opened.
        InputError: it has no whole line, and its content is not the beginning of one.
    """

    def __init__(self, path: Path, end: int) -> None:
        self.path = path
        try:
            self._file = path.open("r+b", buffering=0)  # no buffer: what a full disk refuses is not tried again
            if not end and (begun := self._file.read(len(_HEAD))) != _HEAD[: len(begun)]:
                self._file.close()
                raise refusal("storage.no_log", path=path)
            torn = path.stat().st_size - end
            if torn > 0:
                _NOTICES.warning("%s: the last line was cut off and is dropped (%d bytes)", path, torn)
                self._file.truncate(end)
            self._file.seek(end)
            self._end = self._before = end
        except OSError as error:
            raise _unopened(path, error) from error

    @staticmethod
    def read(path: Path) -> bytes:
        """Return what the file holds; it is made where there is none, for its owner alone.

        Raises:
            StorageError: it cannot be read or made, or is a link, which may lead to what is no log.
        """
        if path.is_symlink():
            raise fault(StorageError, "storage.unopened", path=path, why=said("storage.link"))
        if path.exists() and not path.is_file():
            raise fault(StorageError, "storage.unopened", path=path, why=said("storage.not_plain"))
        try:
            path.touch(mode=0o600)
            return path.read_bytes()
        except OSError as error:
            raise _unopened(path, error) from error

    def append(self, value: Mapping[str, Any], *, sync: bool = False) -> None:
        """Write a value as a whole line, or leave the file as it was.

        With ``sync`` it survives a power cut; without, only the death of the process.

        Raises:
            StorageError: it could not be written whole; what was written before stays.
        """
        rest = line = (_as_json(value) + "\n").encode()
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
            if sync:
                os.fsync(self._file.fileno())
        except OSError as error:
            raise self._taken_back(self._end, error) from error
        self._before, self._end = self._end, self._end + len(line)

    def sync(self) -> None:
        """Make all that was written survive a power cut, or leave the file as it was before its last line.

        Raises:
            StorageError: it could not be kept; what was written before the last line stays.
        """
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            self._end = self._before
            raise self._taken_back(self._end, error) from error

    def _taken_back(self, end: int, error: OSError) -> StorageError:
        """Cut the file back to this length; return the error that says so."""
        with contextlib.suppress(OSError):  # a torn last line is dropped when the log is opened again
            self._file.truncate(end)
            self._file.seek(end)
        return fault(StorageError, "storage.log_kept", path=self.path, why=error.strerror or error)

    def close(self) -> None:
        """Close the file; raises `StorageError` if the last writes could not be kept."""
        try:
            self._file.close()
        except OSError as error:
            raise fault(StorageError, "storage.unwritable", path=self.path, why=error.strerror or error) from error


@dataclass(frozen=True)
class Form:
    """The form of the events of one sort of log.

    Args:
        name: key of the message that a line is none of its events, for example ``unfit_line.session``.
        schemas: the versions that are read.
        fields: the fields that only events of this log have, by the type of each.
        kinds: the kinds that there are.
    """

    name: str
    schemas: range
    fields: Mapping[str, type]
    kinds: Collection[str]


def event_on(line: bytes, place: str, number: int, form: Form) -> dict[str, Any]:
    """Return the event on a line of a log, with the fields that every event of the log has.

    ``place`` is file and line, for messages; ``number`` is the number of the line, which is also that of its event.

    Raises:
        InputError: it is of another version, or no event.
    """
    try:
        event: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise refusal(form.name, place=place, why=said("unfit_line.json")) from error
    schema = event.get("schema") if isinstance(event, dict) else None
    if isinstance(schema, int) and schema not in form.schemas:
        why = said("unfit_line.schema", schema=short(schema), known=list(form.schemas))
        raise refusal("unfit_line.at", place=place, why=why)
    if unfit := _unfit(event, number, form):
        raise refusal(form.name, place=place, why=unfit)
    return dict(event)


def _unfit(event: Any, number: int, form: Form) -> Said | None:
    """Return why a value is no event of a log; None where it is one."""
    if not isinstance(event, dict):
        return said("content.no_mapping", value=short(event))
    for name, kind in {"schema": int, "seq": int, "at": float, "kind": str, **form.fields, "payload": dict}.items():
        if name not in event:
            return said("unfit_line.missing", field=name)
        fits = isinstance(event[name], int | float if kind is float else kind) and not isinstance(event[name], bool)
        if not fits or (name == "at" and not abs(event[name]) < END_OF_TIME):
            return said("unfit_line.value", field=name, value=short(event[name]))
    if event["kind"] not in form.kinds:
        return unknown("kind", short(event["kind"]), form.kinds)
    if event["seq"] != number:
        return said("unfit_line.number", seq=short(event["seq"]), number=number)
    return None


def stored(path: Path) -> bytes:
    """Return the content of a log that is only read.

    Raises:
        InputError: it does not exist.
        StorageError: it cannot be read.
    """
    if not path.is_file():
        raise refusal("storage.gone", path=path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise fault(StorageError, "storage.unreadable", path=path, why=error.strerror or error) from error


def whole_lines(data: bytes) -> list[bytes]:
    """Return the lines of such a file, without a last line that was cut off."""
    lines = io.BytesIO(data).readlines()
    return lines[:-1] if lines and not lines[-1].endswith(b"\n") else lines


def _unopened(path: Path, error: OSError) -> StorageError:
    return fault(StorageError, "storage.unopened", path=path, why=error.strerror or error)
