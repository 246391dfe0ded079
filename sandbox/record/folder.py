"""Folders of results: their lock; the folder of a session: its files, and the list of sessions."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sandbox.content.files import is_file_name, write_whole
from sandbox.content.words import fault, refusal
from sandbox.errors import SandboxError, StorageError, unknown
from sandbox.record.appended import END_OF_TIME
from sandbox.record.events import Event
from sandbox.record.log import FileLog, read_events

_LONGEST_HEAD = 1 << 20
_PLAYED = ("call", "person", "line")


def make_private(path: Path) -> None:
    """Make a folder, with those above it, that only its owner may look into; one that exists stays as it is.

    Args:
        path: the folder.

    Raises:
        OSError: it cannot be made.
    """
    if not path.is_dir():
        make_private(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


class Folder:
    """A folder of results that one process at a time writes to, and only its owner may read.

    Args:
        path: the folder.
    """

    in_use = "storage.in_use.session"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder, so that no other process writes to it.

        Raises:
            StorageError: another process holds it.
        """
        lock = FileLock(self.path / ".lock", timeout=0, mode=0o600)
        try:
            lock.acquire()
        except Timeout as error:
            raise fault(StorageError, self.in_use, id=self.id) from error
        except OSError as error:
            raise fault(StorageError, "storage.unlocked", path=self.path, why=error.strerror or error) from error
        try:
            yield
        finally:
            lock.release()

    @property
    def held(self) -> bool:
        """Whether a process holds the folder now, as long as it plays."""
        path = self.path / ".lock"
        try:
            with FileLock(path, timeout=0, mode=0o600) if path.is_file() else nullcontext():
                return False
        except Timeout:
            return True
        except OSError:  # a folder that may only be read
            return False

    def write(self, path: Path, content: str | bytes) -> None:
        """Write one of the files whole, or leave the old one.

        Raises:
            StorageError: it cannot be written.
        """
        write_whole(path, content, 0o600)


class SessionFolder(Folder):
    """``runs/<id>/`` and what lies in it.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.events = path / "events.jsonl"
        self.transcript = path / "transcript.md"
        self.scores = path / "scores.json"
        self.report = path / "report.html"
        self.content = path / "content"

    @contextmanager
    def log(self) -> Iterator[FileLog]:
        """Open the log to write to it, while no other process may.

        Raises:
            StorageError: another process holds the folder, or the file cannot be opened.
            InputError: the log is damaged.
        """
        with self.locked():
            log = FileLog(self.events)
            try:
                yield log
            finally:
                log.close()

    def read(self) -> list[Event]:
        """Read the log.

        Raises:
            InputError: it does not exist, or is damaged.
        """
        return read_events(self.events)

    @classmethod
    def create(cls, runs: Path) -> SessionFolder:
        """Make the folder of a new session; its name is the time, in UTC.

        Raises:
            StorageError: it cannot be made or written.
        """
        name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(4)}"
        path = runs / name
        try:
            make_private(runs)
            path.mkdir(mode=0o700)
            probe = path / "events.jsonl"
            probe.touch(mode=0o600)
        except OSError as error:
            raise fault(StorageError, "storage.unwritable_out", path=runs, why=error.strerror or error) from error
        return cls(path)

    @classmethod
    @contextmanager
    def begun_in(cls, runs: Path) -> Iterator[tuple[SessionFolder, FileLog]]:
        """Make the folder of a new session and hold its log; where nothing came to be written, it goes again.

        Raises:
            StorageError: it cannot be made or written.
        """
        folder = cls.create(runs)
        try:
            with folder.log() as log:
                yield folder, log
        except SandboxError:
            if not folder.has_begun:
                shutil.rmtree(folder.path)
            raise

    @classmethod
    def copied(cls, shipped: Path, target: Path) -> SessionFolder:
        """Return the folder of a session that comes with the program, put among the others once.

        Raises:
            StorageError: it cannot be written.
        """
        folder = cls(target)
        if not folder.events.is_file():
            try:
                make_private(target.parent)
                target.mkdir(mode=0o700, exist_ok=True)
                folder.write(folder.events, (shipped / folder.events.name).read_bytes())
            except OSError as error:
                why = error.strerror or error
                raise fault(StorageError, "storage.unwritable_out", path=target.parent, why=why) from error
        return folder

    @classmethod
    def find(cls, runs: Path, ref: str, *, unplayed: bool = False) -> SessionFolder:
        """Return an existing session by id, by the beginning of its id, by path, or as ``last``: the one begun last.

        ``last`` passes over a start of which nothing came, unless there is no other session, or ``unplayed`` is wanted.

        Raises:
            InputError: there is none, or more than one.
        """
        as_path = Path(ref)
        try:
            if ref and (as_path / "events.jsonl").is_file():
                return cls(as_path.resolve())
            if as_path.name == "events.jsonl" and as_path.is_file():
                return cls(as_path.resolve().parent)
        except OSError:
            pass  # too long for a path, or not readable: it may still be an id
        if is_file_name(ref) and (runs / ref / "events.jsonl").is_file():
            return cls(runs / ref)
        known = {folder.id: folder for folder in cls.all(runs)}
        if ref == "last" and known:
            latest = sorted(known.values(), key=lambda folder: (folder.begun, folder.id), reverse=True)
            return next((folder for folder in latest if unplayed or folder.has_played), latest[0])
        matches = [folder for name, folder in known.items() if ref and name.startswith(ref)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise refusal("storage.fits", ref=ref, count=len(matches), names=[folder.id for folder in matches])
        raise refusal("storage.looked", unknown=unknown("session", ref, known), folder=runs)

    @classmethod
    def all(cls, runs: Path) -> list[SessionFolder]:
        """Return all sessions in a folder that have begun, in the order of their names."""
        folders = (cls(path.parent) for path in sorted(runs.glob("*/events.jsonl")) if path.is_file())
        return [folder for folder in folders if folder.has_begun]

    @property
    def has_begun(self) -> bool:
        """Whether the log has an event, or what cannot be read as one; a start that was killed leaves none."""
        try:
            with self.events.open("rb") as stream:
                first = stream.readline(_LONGEST_HEAD)
        except FileNotFoundError:
            return False
        except OSError:
            return True  # it says why when it is asked for
        return first.endswith(b"\n") or len(first) == _LONGEST_HEAD

    @property
    def has_played(self) -> bool:
        """Whether anybody has spoken or been asked: a start that failed, by a wrong key for example, leaves neither."""
        try:
            with self.events.open("rb") as stream:
                return any(_kind(line) in _PLAYED for line in stream)
        except OSError:
            return True  # it says why when it is asked for

    def head(self) -> Mapping[str, Any]:
        """Return the log's first event as it stands in the file, whatever follows; nothing where none can be read."""
        try:
            with self.events.open("rb") as stream:
                first = json.loads(stream.readline(_LONGEST_HEAD))
        except (OSError, ValueError, RecursionError):
            return {}
        return first if isinstance(first, dict) else {}

    @property
    def origin(self) -> tuple[str, str]:
        """From which session it branched off, and after which line, as its log begins; empty: from none."""
        payload = self.head().get("payload")
        branch = payload.get("branch") if isinstance(payload, dict) else None
        return (str(branch.get("of", "")), str(branch.get("at", ""))) if isinstance(branch, dict) else ("", "")

    @property
    def begun(self) -> float:
        """When the session was begun, in seconds since 1970: the time of its first event, or else that of the file.

        Scoring an old session again so does not make it new.
        """
        at = self.head().get("at")
        if isinstance(at, int | float) and 0 < at < END_OF_TIME:
            return at
        try:
            return self.events.stat().st_mtime
        except OSError:
            return 0.0


def _kind(line: bytes) -> object:
    """Return the kind of an event as a line of a log has it; that of a line where it cannot be read."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return "line"
    return event.get("kind") if isinstance(event, dict) else "line"
