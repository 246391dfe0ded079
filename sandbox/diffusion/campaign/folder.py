"""The folder of a campaign: its log, its report, and the folders of its sessions."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.content.faults import short
from sandbox.content.words import fault, refusal
from sandbox.diffusion.campaign.events import CampaignEvent, parse_campaign
from sandbox.diffusion.campaign.log import CampaignLog
from sandbox.errors import StorageError, unknown
from sandbox.record.appended import AppendedFile
from sandbox.record.folder import Folder, SessionFolder, make_private

_LOG = "campaign.jsonl"
_NAME = re.compile(r"\w[\w.-]{0,199}")


@contextmanager
def _writable(path: Path, key: str = "storage.unwritable") -> Iterator[None]:
    """Raise `StorageError` where a folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise fault(StorageError, key, path=path, why=error.strerror or error) from error


class CampaignFolder(Folder):
    """``runs/<id>/`` with ``campaign.jsonl`` and a folder for each session, an ordinary one.

    Args:
        path: the folder.
    """

    in_use = "storage.in_use.campaign"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.events = path / _LOG
        self.report = path / "report.html"

    @contextmanager
    def log(self) -> Iterator[CampaignLog]:
        """Open the log to write to it, while no other process may.

        Raises:
            StorageError: another process holds the folder, or the file cannot be opened.
            InputError: the log is damaged.
        """
        with self.locked():
            log = CampaignLog(self.events)
            try:
                yield log
            finally:
                log.close()

    def read(self) -> list[CampaignEvent]:
        """Read the log.

        Raises:
            InputError: it does not exist, is damaged, or is of a version that is not read.
            StorageError: it cannot be read.
        """
        if not self.events.is_file():
            raise refusal("storage.gone", path=self.events)
        return parse_campaign(AppendedFile.read(self.events), self.events)[0]

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
        with _writable(self.path):
            make_private(folder.path)
        return folder

    @classmethod
    def create(cls, runs: Path, card: str) -> CampaignFolder:
        """Make the folder of a new campaign; its name is that of the card and the time, in UTC.

        Raises:
            StorageError: it cannot be made.
        """
        folder = cls(runs / f"{card}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}")
        with _writable(runs, "storage.unwritable_out"):
            make_private(runs)
            folder.path.mkdir(mode=0o700)
        return folder

    @classmethod
    def at(cls, path: Path) -> CampaignFolder:
        """Make a campaign's folder at a path.

        Raises:
            StorageError: it cannot be made.
        """
        with _writable(path):
            make_private(path)
        return cls(path)

    @classmethod
    def copied(cls, shipped: Path, target: Path) -> CampaignFolder:
        """Return the folder of a campaign that comes with the program, put among the others once.

        Raises:
            StorageError: it cannot be written.
        """
        folder = cls.at(target)
        if not folder.events.is_file():
            for session in sorted(path.parent for path in shipped.glob("*/events.jsonl")):
                SessionFolder.copied(session, target / session.name)
            folder.write(folder.events, (shipped / _LOG).read_text(encoding="utf-8"))
        return folder

    @classmethod
    def all(cls, runs: Path) -> list[CampaignFolder]:
        """Return all campaigns in a folder, in the order of their names."""
        return [cls(path.parent) for path in sorted(runs.glob(f"*/{_LOG}"))]

    @classmethod
    def find(cls, runs: Path, ref: str) -> CampaignFolder:
        """Return an existing campaign by id, by the beginning of its id, by path, or as ``last``: the one written last.

        Raises:
            InputError: there is none, or more than one.
        """
        path = Path(ref)
        if ref and (path / _LOG).is_file():
            return cls(path.resolve())
        known = {folder.id: folder for folder in cls.all(runs)}
        if ref == "last" and known:
            return max(known.values(), key=lambda folder: folder.events.stat().st_mtime)
        fits = [folder for name, folder in known.items() if ref and name.startswith(ref)]
        if ref in known:
            return known[ref]
        if len(fits) == 1:
            return fits[0]
        if fits:
            names = [folder.id for folder in fits]
            raise refusal("campaign.refused.many", campaign=ref, count=len(fits), campaigns=names)
        raise refusal("storage.looked", unknown=unknown("campaign", ref, known), folder=runs)
