"""The folder of a server, and in it that of the facilitator's own cards: what lies there, read and written whole."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.content.card_files import FOLDERS, ContentKind
from sandbox.content.cards import is_id
from sandbox.content.words import fault, refusal
from sandbox.errors import StorageError
from sandbox.record.folder import Folder, make_private

LARGEST = 512 * 1024
"""Bytes that a card may have."""
_DRAFT = ".draft"


class Served(Folder):
    """The folder that a server serves: sessions, tables and cards; one server at a time."""

    kind = "server"

    @classmethod
    def made(cls, path: Path) -> Served:
        """Return a folder, which is made where there is none; raises `OSError` where it cannot be made."""
        make_private(path)
        return cls(path)


@dataclass(frozen=True)
class Held:
    """A card of one's own as it lies in the folder.

    Args:
        text: the text that was valid last, and that is played; empty for a card that was begun and never valid.
        draft: a later text that is not played, or None.
    """

    text: str
    draft: str | None

    @property
    def latest(self) -> str:
        """The text to go on from."""
        return self.text if self.draft is None else self.draft

    @property
    def stamp(self) -> str:
        """What tells these texts from others: the SHA-256 of both."""
        return hashlib.sha256(f"{self.text}\0{self.draft}".encode()).hexdigest()


def own_folder(runs: Path) -> Path:
    """Return where a facilitator's own cards lie when the server was started without a content folder."""
    return runs / "content"


def own_content(runs: Path) -> Path | None:
    """Return that folder where a card lies in it."""
    folder = OwnFolder(own_folder(runs))
    return folder.root if folder.in_use else None


class OwnFolder:
    """A content folder that belongs to whoever facilitates.

    A card is named by its kind and its id alone. What is no id, a link and whatever is no plain file are refused: every
    method raises `InputError` then, and `StorageError` where it cannot write.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def in_use(self) -> bool:
        """Whether a card lies in it."""
        return any(any((self.root / folder).glob("*.yaml")) for folder, _ in FOLDERS.values())

    def path(self, kind: ContentKind, card_id: str) -> Path:
        """Return where a card lies, or would lie."""
        if not is_id(card_id):
            raise refusal("refused.card_id", name=card_id[:60])
        return self.root / FOLDERS[kind][0] / f"{card_id}.yaml"

    def holds(self, kind: ContentKind, card_id: str) -> bool:
        """Return whether something has the name of a card or of its draft."""
        path = self.path(kind, card_id)
        return os.path.lexists(path) or os.path.lexists(_draft_of(path))

    def read(self, kind: ContentKind, card_id: str) -> Held | None:
        """Return a card with its draft; None where there is neither. A text that is too large is refused as well."""
        path = self.path(kind, card_id)
        text, draft = self._text(path), self._text(_draft_of(path))
        return None if text is None and draft is None else Held(text or "", draft)

    def begun(self, kind: ContentKind) -> list[str]:
        """Return the cards of a kind that were begun and have never been valid: of which there is a draft alone."""
        drafts = sorted((self.root / FOLDERS[kind][0]).glob(f"*{_DRAFT}"))
        return [path.stem for path in drafts if is_id(path.stem) and not os.path.lexists(path.with_suffix(".yaml"))]

    def keep(self, kind: ContentKind, card_id: str, text: str) -> None:
        """Write a card whole; its draft is gone then."""
        path = self.path(kind, card_id)
        self._write(path, text)
        self._remove(_draft_of(path))

    def keep_draft(self, kind: ContentKind, card_id: str, text: str) -> None:
        """Write a draft beside a card, which stays as it is."""
        self._write(_draft_of(self.path(kind, card_id)), text)

    def drop_draft(self, kind: ContentKind, card_id: str) -> None:
        """Take a draft away."""
        self._remove(_draft_of(self.path(kind, card_id)))

    def delete(self, kind: ContentKind, card_id: str) -> None:
        """Take a card and its draft away."""
        path = self.path(kind, card_id)
        self._remove(path)
        self._remove(_draft_of(path))

    def _text(self, path: Path) -> str | None:
        if not self._plain(path):
            return None
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
            text = content.decode()
        except (OSError, UnicodeDecodeError) as error:
            raise refusal("refused.card_file", name=path.name) from error
        if len(content) > LARGEST:
            raise refusal("refused.card_large", most=LARGEST // 1024)
        return text

    def _write(self, path: Path, text: str) -> None:
        if len(text.encode(errors="replace")) > LARGEST:
            raise refusal("refused.card_large", most=LARGEST // 1024)
        self._plain(path)
        with _writing():
            make_private(path.parent)
        Folder(path.parent).write(path, text)

    def _remove(self, path: Path) -> None:
        if self._plain(path):
            with _writing():
                path.unlink()

    def _plain(self, path: Path) -> bool:
        """Return whether a file is there; raises `InputError` where it or a folder on the way is something else."""
        for folder in path.parent.relative_to(self.root).parents:
            self._check(self.root / folder, path, stat.S_ISDIR)
        self._check(path.parent, path, stat.S_ISDIR)
        return self._check(path, path, stat.S_ISREG)

    def _check(self, place: Path, path: Path, fits: Callable[[int], bool]) -> bool:
        try:
            mode = place.stat(follow_symlinks=place == self.root).st_mode
        except OSError:
            return False
        if not fits(mode):
            raise refusal("refused.card_file", name=path.name)
        return True


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise fault(StorageError, "refused.card_unwritten", reason=error.strerror or error) from error


def _draft_of(path: Path) -> Path:
    return path.with_suffix(_DRAFT)
