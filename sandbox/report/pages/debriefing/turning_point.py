"""What a turning point of a debrief is, and what is to be learnt from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Side", "Statement", "TurningPoint"]

Side = Literal["keep", "try"]
# What to keep or to try, for which seat, and the line or decision that shows it.
Statement = tuple[Side, str, str, str]


@dataclass(frozen=True)
class TurningPoint:
    """A turning point.

    Args:
        kind: one of `KINDS`, or ``answered``: a doubt that found its answer, which turns nothing but is worth keeping.
        text: what happened, in words.
        evidence: the lines or decisions that show it, the telling one first.
        seats: the seats that it concerns.
        teaches: what is to be learnt from it.
    """

    kind: str
    text: str
    evidence: tuple[str, ...]
    seats: frozenset[str] = frozenset()
    teaches: tuple[Statement, ...] = ()
