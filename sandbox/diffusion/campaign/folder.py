"""The folder of a campaign: its log, its report, and the folders of its sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

from sandbox.content.faults import short
from sandbox.content.words import refusal
from sandbox.diffusion.campaign.events import CampaignEvent, parse_campaign
from sandbox.diffusion.campaign.log import CampaignLog
from sandbox.record.appended import stored
from sandbox.record.folder import LogFolder, SessionFolder, make_private, writable

_NAME = re.compile(r"\w[\w.-]{0,199}")


class CampaignFolder(LogFolder):
    """A folder with the log of a campaign, and a folder for each session, an ordinary one."""

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
