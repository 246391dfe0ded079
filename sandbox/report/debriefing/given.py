"""What people add to a debrief: the facilitator's notes, and reflections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["REFLECTION", "Note", "Reflection"]

REFLECTION = ("expected", "happened", "why", "keep", "change")


@dataclass(frozen=True)
class Note:
    """A private note of the facilitator; without text it is a bookmark.

    Args:
        line: the line that it is about, or empty.
        text: the words, or empty.
    """

    line: str
    text: str


@dataclass(frozen=True)
class Reflection:
    """What somebody wrote after a session.

    Args:
        seat: the seat that they had.
        name: how they call themselves.
        answers: their words by question, see `REFLECTION`; what is missing or empty was not answered.
    """

    seat: str
    name: str
    answers: Mapping[str, str]
