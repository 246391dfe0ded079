"""Content folders of a user's own, made for tests from the shipped files, and the texts of a card."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from sandbox.content.card_files import FOLDERS, ContentKind, shipped_root
from sandbox.content.cards import Text
from sandbox.content.library import Library
from sandbox.content.scenario_card import TalkQuestion
from sandbox.errors import ContentError
from sandbox.game.language.quantities import named_numbers, numbers

__all__ = [
    "CARDS", "HAN", "LIBRARY", "line_of", "numbers_differ", "problem_with", "problems_with", "scripts_mixed",
    "shipped", "texts", "write",
]  # fmt: skip

LIBRARY = Library.load()
HAN = re.compile(r"[\u3400-\u9fff]")

CARDS: list[tuple[ContentKind, str]] = [
    (kind, path.stem)
    for kind, (folder, _) in FOLDERS.items()
    for path in sorted((shipped_root() / folder).glob("*.yaml"))
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
    """Change a shipped card, load it and return the first problem, without and with the place that it must start with.

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
    problem, *_ = problems_with(overlay)  # where an id is changed that others name, each of these is one
    start = text.index(old)
    line = changed[:start].count("\n") + 1
    return problem, f"{path}:{line}: "


def texts(value: object, where: str) -> Iterator[tuple[str, Text]]:
    """Yield every text of a card with its place."""
    if isinstance(value, Text):
        yield where, value
        if isinstance(value, TalkQuestion):
            yield from texts(value.watched, f"{where}.watched")
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from texts(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, f"{where}.{key}")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from texts(item, f"{where}.{index}")


def scripts_mixed(text: Text) -> bool:
    """Return whether the English of a text holds Chinese, or its Chinese holds none."""
    return bool(HAN.search(text.en)) or not HAN.search(text.zh)


def numbers_differ(text: Text) -> bool:
    """Return whether the two languages of a text give other numbers; Chinese may have small ones in words."""
    return not numbers(text.zh) <= numbers(text.en) <= named_numbers(text.zh)
