"""One malformed input: its name, and the function that gives it to the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["Answer", "Attempt", "lasting"]

_lasting: list[TemporaryDirectory[str]] = []


@dataclass(frozen=True)
class Answer:
    """What came of an input.

    Args:
        accepted: whether it was taken, and not refused.
        complaints: what should not have been.
    """

    accepted: bool
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attempt:
    """An input.

    Args:
        name: what it is, in short.
        give: gives it to the program; takes an empty folder.
    """

    name: str
    give: Callable[[Path], Answer]


def lasting() -> Path:
    """Return a new folder that lasts as long as this process."""
    _lasting.append(TemporaryDirectory(prefix="attack-"))
    return Path(_lasting[-1].name)
