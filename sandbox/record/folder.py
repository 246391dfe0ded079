"""Folders of results: their lock; how folders with a log are made and found; the folder of a session."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Self

from filelock import FileLock, Timeout

from sandbox.content.files import is_file_name, write_whole
from sandbox.content.words import fault, refusal
from sandbox.errors import StorageError, unknown
from sandbox.record.appended import END_OF_TIME
from sandbox.record.events import Event
from sandbox.record.log import FileLog, read_events

_LONGEST_HEAD = 1 << 20
_PLAYED = ("call", "person", "line")


def make_private(path: Path) -> None:
    """Make a folder, and those above it, that only its owner may read; one that exists stays as it is.

    Raises:
        OSError: it cannot be made.
    """
    if not path.is_dir():
        make_private(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def writable(path: Path, key: str = "storage.unwritable") -> Iterator[None]:
    """Raise `StorageError`, by the key of a message, where a folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise fault(StorageError, key, path=path, why=error.strerror or error) from error


class Folder:
    """A folder of results that one process at a time writes to, and only its owner may read."""

    kind = "session"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder, so that no other process writes to it; raises `StorageError` where another holds it."""
        try:
            held = FileLock(self.path / ".lock", timeout=0, mode=0o600).acquire()
        except Timeout as error:
            raise fault(StorageError, f"storage.in_use.{self.kind}", id=self.id) from error
        except OSError as error:
            raise fault(StorageError, "storage.unlocked", path=self.path, why=error.strerror or error) from error
        with held:
            yield

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
        """Write one of the files whole, or leave the old one; raises `StorageError`."""
        write_whole(path, content, 0o600)


class LogFolder(Folder):
    """``runs/<id>/`` with a log, whose name says what the folder holds, and the report on it."""

    log_name: ClassVar[str]

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.events = path / self.log_name
        self.report = path / "report.html"

    @classmethod
    def create(cls, runs: Path, *head: str) -> Self:
        """Make a new folder; its name is the time, in UTC, behind a head; raises `StorageError`."""
        now = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        folder = cls(runs / "-".join((*head, now, secrets.token_hex(4))))
        with writable(runs, "storage.unwritable_out"):
            make_private(runs)
            folder.path.mkdir(mode=0o700)
        return folder

    @classmethod
    def copied(cls, shipped: Path, target: Path) -> Self:
        """Return the copy, among the user's folders, of a folder that comes with the program; it is copied once.

        A copy from an earlier version of the program, and what was made of it, is kept under a name of its own.

        Raises:
            StorageError: it cannot be written.
        """
        folder, log = cls(target), (shipped / cls.log_name).read_bytes()
        if not folder.events.is_file() or folder.events.read_bytes() != log:
            with writable(target.parent, "storage.unwritable_out"):
                if folder.events.is_file():
                    put_there = time.strftime("%Y%m%d-%H%M%S", time.gmtime(folder.events.stat().st_mtime))
                    target.rename(target.with_name(f"{target.name}-{put_there}"))
                make_private(target)
                folder.write(folder.events, log)
        return folder

    def bounds(self, **named: float | None) -> dict[str, float | None]:
        """Return the bounds of what may be spent: each given bound, which is stored for later, else the stored one.

        A bound that is None is left as stored.

        Raises:
            InputError: the stored bounds cannot be read.
            StorageError: they cannot be written.
        """
        path, new = self.path / "budget.json", {name: most for name, most in named.items() if most is not None}
        try:
            kept = json.loads(path.read_bytes()) if path.is_file() else {}
        except (OSError, ValueError) as error:
            raise refusal("storage.unreadable", path=path, why=error) from error
        kept = kept if isinstance(kept, dict) else {}
        bounds = {name: new.get(name, kept.get(name)) for name in named}
        if strange := [most for most in bounds.values() if not isinstance(most, int | float | None)]:
            raise refusal("storage.unreadable", path=path, why=strange[0])
        if new:
            self.write(path, json.dumps(bounds))
        return bounds

    @classmethod
    def all(cls, runs: Path) -> list[Self]:
        """Return all of them in a folder, in the order of their names."""
        return [cls(path.parent) for path in sorted(runs.glob(f"*/{cls.log_name}")) if path.is_file()]

    @classmethod
    def _found(cls, runs: Path, ref: str, last: Callable[[list[Self]], Self]) -> Self:
        as_path = Path(ref)
        try:
            if ref and (as_path / cls.log_name).is_file():
                return cls(as_path.resolve())
            if as_path.name == cls.log_name and as_path.is_file():
                return cls(as_path.resolve().parent)
        except OSError:
            pass  # too long for a path, or not readable: it may still be an id
        if is_file_name(ref) and (runs / ref / cls.log_name).is_file():
            return cls(runs / ref)
        known = {folder.id: folder for folder in cls.all(runs)}
        if ref == "last" and known:
            return last(list(known.values()))
        matches = [folder for name, folder in known.items() if ref and name.startswith(ref)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            names = [folder.id for folder in matches]
            raise refusal(f"storage.fits.{cls.kind}", ref=ref, count=len(matches), names=names, last="last")
        raise refusal("storage.looked", unknown=unknown(cls.kind, ref, known), folder=runs)

    @property
    def written(self) -> float:
        """When the log was written last, in seconds since 1970; 0 where that cannot be told."""
        try:
            return self.events.stat().st_mtime
        except OSError:
            return 0.0


class SessionFolder(LogFolder):
    """A folder with the log of a session and the files beside it."""

    log_name = "events.jsonl"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.transcript = path / "transcript.md"
        self.scores = path / "scores.json"
        self.content = path / "content"

    @contextmanager
    def log(self) -> Iterator[FileLog]:
        """Open the log to write to it, while no other process may.

        Raises:
            StorageError: another process holds the folder, or the file cannot be opened.
            InputError: the log is damaged.
        """
        with self.locked(), closing(FileLog(self.events)) as log:
            yield log

    def read(self) -> list[Event]:
        """Read the log; raises `InputError` where it does not exist, or is damaged."""
        return read_events(self.events)

    @classmethod
    def create(cls, runs: Path, *head: str) -> Self:
        """Make the folder of a new session, with a log that has no event yet; raises `StorageError`."""
        folder = super().create(runs, *head)
        with writable(runs, "storage.unwritable_out"):
            folder.events.touch(mode=0o600)
        return folder

    @classmethod
    @contextmanager
    def begun_in(cls, runs: Path) -> Iterator[tuple[SessionFolder, FileLog]]:
        """Make the folder of a new session and hold its log; a log left empty is removed; raises `StorageError`."""
        folder = cls.create(runs)
        try:
            with folder.log() as log:
                yield folder, log
        except BaseException:
            if not folder.has_begun:
                shutil.rmtree(folder.path)
            raise

    @classmethod
    def find(cls, runs: Path, ref: str, *, unplayed: bool = False) -> Self:
        """Return an existing session by id, by the beginning of its id, by path, or as ``last``: the one begun last.

        ``last`` passes over a session in which nothing was played, one that is being played (as in a room of a server),
        and a copy that another rubric scores, unless there is no other session, or ``unplayed`` is set.

        Raises:
            InputError: there is none, or more than one.
        """

        def last(known: list[Self]) -> Self:
            latest = sorted(known, key=lambda folder: (folder.begun, folder.id), reverse=True)
            played = (each for each in latest if each.has_played and not each.held and not each.is_copy)
            return latest[0] if unplayed else next(played, latest[0])

        return cls._found(runs, ref, last)

    @classmethod
    def all(cls, runs: Path) -> list[Self]:
        """Return all sessions in a folder that have begun, in the order of their names."""
        return [folder for folder in super().all(runs) if folder.has_begun]

    @property
    def has_begun(self) -> bool:
        """Whether the log has an event, or something unreadable in its place; a start that was killed leaves none."""
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

    @property
    def is_copy(self) -> bool:
        """Whether it is a copy of another session that another rubric scores."""
        begun = self.head().get("payload")
        return isinstance(begun, dict) and "rubric" in (begun.get("branch") or {})

    def head(self) -> Mapping[str, Any]:
        """Return the log's first event as it stands in the file; empty if none can be read."""
        try:
            with self.events.open("rb") as stream:
                first = json.loads(stream.readline(_LONGEST_HEAD))
        except (OSError, ValueError, RecursionError):
            return {}
        return first if isinstance(first, dict) else {}

    @property
    def origin(self) -> tuple[str, str]:
        """The session from which it branched off and the line after which it did so, by its log; empty if none."""
        payload = self.head().get("payload")
        branch = payload.get("branch") if isinstance(payload, dict) else None
        return (str(branch.get("of", "")), str(branch.get("at", ""))) if isinstance(branch, dict) else ("", "")

    @property
    def begun(self) -> float:
        """When the session was begun, in seconds since 1970: the time of its first event, or else that of the file.

        So scoring an old session again does not make it new.
        """
        at = self.head().get("at")
        if isinstance(at, int | float) and 0 < at < END_OF_TIME:
            return at
        return self.written


def _kind(line: bytes) -> object:
    """Return the kind of the event on a line of a log; ``line`` if the line cannot be read."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return "line"
    return event.get("kind") if isinstance(event, dict) else "line"
