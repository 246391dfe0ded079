"""The folder of a campaign: its append-only log, its report, and the folders of its sessions."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

from sandbox.content.faults import short
from sandbox.content.words import refusal
from sandbox.diffusion.campaign.events import CampaignEvent, CampaignKind, parse_campaign
from sandbox.record.appended import AppendedFile, stored
from sandbox.record.folder import LogFolder, SessionFolder, make_private, writable

_NAME = re.compile(r"\w[\w.-]{0,199}")
_SYNCED: frozenset[CampaignKind] = frozenset({"campaign", "ranking", "close"})


class CampaignLog:
    """Keeps a campaign's events in a file. An event whose kind and id are already there is not written again.

    Args:
        path: the file; it is made if it does not exist. A torn last line is dropped with a notice.

    Raises:
        StorageError: the file cannot be opened.
        InputError: the file is damaged, or of a version that cannot be read.
    """

    def __init__(self, path: Path) -> None:
        events, end = parse_campaign(AppendedFile.read(path), path)
        self._events = {(event.kind, str(event.payload["id"])): event for event in events}
        self._watchers: list[Callable[[CampaignEvent], None]] = []
        self._file = AppendedFile(path, end)

    def append(self, kind: CampaignKind, payload: Any, round: int = 0, community: str = "") -> CampaignEvent:
        """Write an event unless one of its kind and id is there; return the event in the log.

        Raises:
            StorageError: it could not be written whole; earlier events stay.
        """
        key = kind, str(payload["id"])
        if key in self._events:
            return self._events[key]
        event = CampaignEvent(len(self._events) + 1, time.time(), kind, round, community, payload)
        self._file.append(event.as_dict(), sync=kind in _SYNCED)
        self._events[key] = event
        for watcher in self._watchers:
            watcher(event)
        return event

    def watch(self, watcher: Callable[[CampaignEvent], None]) -> None:
        """Call a function with every new event."""
        self._watchers.append(watcher)

    def __iter__(self) -> Iterator[CampaignEvent]:
        """Go through all events in their order."""
        return iter(list(self._events.values()))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class CampaignFolder(LogFolder):
    """A folder with the log of a campaign and an ordinary session folder for each of its sessions."""

    kind = "campaign"
    log_name = "campaign.jsonl"

    @contextmanager
    def log(self) -> Iterator[CampaignLog]:
        """Open the log to write to it, while no other process may.

        Raises:
            StorageError: another process holds the folder, or the file cannot be opened.
            InputError: the log is damaged.
        """
        with self.locked(), closing(CampaignLog(self.events)) as log:
            yield log

    def read(self) -> list[CampaignEvent]:
        """Read the log.

        Raises:
            InputError: it does not exist, is damaged, or is of a version that is not read.
            StorageError: it cannot be read.
        """
        return parse_campaign(stored(self.events), self.events)[0]

    def session(self, name: str) -> SessionFolder:
        """Return the folder of one of its sessions.

        Raises:
            InputError: it would lie, or lead, out of the campaign's folder.
        """
        path = self.path / name
        if not _NAME.fullmatch(name) or path.is_symlink():
            raise refusal("campaign.refused.stray", path=self.events, session=short(name))
        return SessionFolder(path)

    def seated(self, name: str) -> SessionFolder:
        """Return the folder of a session, which is made where there is none.

        Raises:
            InputError: it would lie, or lead, out of the campaign's folder.
            StorageError: it cannot be made.
        """
        folder = self.session(name)
        with writable(self.path):
            make_private(folder.path)
        return folder

    @classmethod
    def at(cls, path: Path) -> Self:
        """Make a campaign's folder at a path.

        Raises:
            StorageError: it cannot be made.
        """
        with writable(path):
            make_private(path)
        return cls(path)

    @classmethod
    def copied(cls, shipped: Path, target: Path) -> Self:
        """Return the folder of a campaign that comes with the program, put among the others once.

        Raises:
            StorageError: it cannot be written.
        """
        for session in SessionFolder.all(shipped):
            SessionFolder.copied(session.path, target / session.id)
        return super().copied(shipped, target)

    @classmethod
    def find(cls, runs: Path, ref: str) -> Self:
        """Return an existing campaign by id, by the beginning of its id, by path, or as ``last``: the one written last.

        Raises:
            InputError: there is none, or more than one.
        """
        return cls._found(runs, ref, lambda known: max(known, key=lambda folder: folder.written))
