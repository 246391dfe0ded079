"""The user's own content that a session carries in its folder, so that later edits do not affect it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

from pydantic import ValidationError

from sandbox.content.card_files import ContentKind, references, shipped_root
from sandbox.content.files import stamped, write_whole
from sandbox.content.library import Library
from sandbox.content.templates import FOLDER as TEMPLATES
from sandbox.content.words import FOLDER as WORDS
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.record.events import Event, SessionOpened
from sandbox.record.folder import SessionFolder, make_private, writable


def carry(game: Game, folder: SessionFolder) -> None:
    """Copy the user's own content that a session reads into its folder, as its library read it.

    Files that are the same as shipped are left out.

    Raises:
        StorageError: a file cannot be written.
    """
    for root in game.library.roots[1:]:
        for file in _own_files(game, root):
            place = file.relative_to(root)
            shipped, data = shipped_root() / place, game.library.read.get(file) or file.read_bytes()
            if shipped.is_file() and shipped.read_bytes() == data:
                continue
            target = folder.content / place
            with writable(folder.path):
                make_private(target.parent)
            write_whole(target, data, 0o600)


def carried_files(folder: SessionFolder) -> list[Path]:
    """Return the files of content that a session carries; links are none, as they may lead to any file."""
    return sorted(path for path in folder.content.rglob("*") if path.is_file() and not path.is_symlink())


def library_of(folder: SessionFolder, events: Sequence[Event], library: Library) -> Library:
    """Return the content for reading a session: what it carries; else the content at hand or the shipped content.

    The latter two must fit the log; if neither does, the content at hand is returned.

    Raises:
        ContentError: what the session carries cannot be read by this version.
    """
    if files := carried_files(folder):
        return _carried(folder.content, tuple(map(stamped, files)))
    if len(library.roots) == 1 or _fits(events, library):
        return library
    shipped = Library.load()
    return shipped if _fits(events, shipped) else library


def fits(game: Game, events: Iterable[Event]) -> bool:
    """Return whether a session was begun with the cards that its game reads now; templates may differ.

    Shipped recordings always fit, as tests check them against the cards.
    """
    begun = next((event for event in events if isinstance(event, SessionOpened)), None)
    content = begun.payload["spec"].get("content") if begun else ""
    if not begun or not content or begun.payload.get("session") in _recorded():
        return True
    return content.partition("-")[0] == game.content_digest.partition("-")[0]


def _fits(events: Sequence[Event], library: Library) -> bool:
    begun = next((event for event in events if isinstance(event, SessionOpened)), None)
    if begun is None:
        return True
    try:
        game = Game(SessionSpec.model_validate(begun.payload["spec"]), library)
        opened = [*dict.fromkeys(event.stage for event in events if event.kind == "stage")]
        return fits(game, events) and opened == [*game.stage_names][: len(opened)]
    except (InputError, ValidationError):
        return False


@lru_cache(maxsize=32)
def _carried(root: Path, _: tuple[tuple[Path, int, int], ...]) -> Library:
    return Library.load(root)


@cache
def _recorded() -> frozenset[str]:
    logs = [log for pattern in ("*", "*/*") for log in (shipped_root() / "cassettes").glob(f"{pattern}/events.jsonl")]
    heads = (SessionFolder(log.parent).head().get("payload") for log in logs)
    return frozenset(head["session"] for head in heads if isinstance(head, dict) and head.get("session"))


def _own_files(game: Game, root: Path) -> Iterator[Path]:
    """Yield the files of a content folder that a session reads: cards and the cards they name, templates and words."""
    library, spec = game.library, game.spec
    left: list[tuple[ContentKind, str]] = [
        ("scenario", spec.scenario), ("pack", spec.scenario), ("governance", spec.governance), ("rubric", spec.rubric),
        ("city", spec.city), *(("persona", name) for name in (*game.seats, *spec.personas.values())),
        *(("stage", name) for name in library.cards["stage"]),
    ]  # fmt: skip
    seen: set[tuple[ContentKind, str]] = set()
    while left:
        kind, name = left.pop()
        if (kind, name) in seen or name not in library.cards[kind]:
            continue
        seen.add((kind, name))
        left += [(target, other) for _, _, target, other in references(library.cards[kind][name])]
        if (path := library.files[kind, name]).is_relative_to(root):
            yield path
    for folder in (TEMPLATES, WORDS):
        yield from sorted(path for path in (root / folder).rglob("*") if path.is_file())
