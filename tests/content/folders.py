"""Content folders of a user's own, made for tests from the shipped files."""

from __future__ import annotations

from pathlib import Path

from sandbox.content.library import FOLDERS, ContentKind, Library, shipped_root
from sandbox.errors import ContentError

__all__ = ["CARDS", "line_of", "problem_with", "problems_with", "shipped", "write"]

CARDS: list[tuple[ContentKind, str]] = [
    (kind, path.stem) for kind, (folder, _) in FOLDERS.items() for path in sorted((shipped_root() / folder).glob("*"))
]


def shipped(kind: ContentKind, card: str) -> str:
    """Return the text of a shipped card."""
    return (shipped_root() / FOLDERS[kind][0] / f"{card}.yaml").read_text(encoding="utf-8")


def write(overlay: Path, kind: ContentKind, card: str, text: str | bytes) -> Path:
    """Write a card of a user's own."""
    path = overlay / FOLDERS[kind][0] / f"{card}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def line_of(text: str, part: str) -> int:
    """Return the number of the first line that holds some text."""
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


def problems_with(overlay: Path) -> list[str]:
    """Load an overlay that is faulty and return what the user is told."""
    try:
        Library.load(overlay)
    except ContentError as error:
        return error.problems
    raise AssertionError("the overlay was taken for valid")


def problem_with(overlay: Path, kind: ContentKind, card: str, old: str, new: str) -> tuple[str, str]:
    """Change a shipped card, load it and return the only problem, without and with the place that it must start with.

    Args:
        overlay: the user's folder.
        kind: the card's kind.
        card: its id.
        old: what is replaced; it must be there.
        new: what stands there instead.

    Returns:
        The problem, and ``file:line`` of the first line that holds ``new``.
    """
    text = shipped(kind, card)
    assert old in text
    changed = text.replace(old, new, 1)
    path = write(overlay, kind, card, changed)
    (problem,) = problems_with(overlay)
    start = text.index(old)
    line = changed[:start].count("\n") + 1
    return problem, f"{path}:{line}: "
