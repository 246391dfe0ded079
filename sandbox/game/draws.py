"""Numbers drawn at a place: the same at the same place, whatever was drawn elsewhere."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from typing import TypeVar

One = TypeVar("One")
_WORD = struct.Struct(">I")


class Draws:
    """Numbers from 0 to 1, without end; cheaper than a random generator where few are drawn, or none.

    Args:
        place: what tells the place from all others.
    """

    __slots__ = ("_state", "_words")

    def __init__(self, place: str) -> None:
        self._state = place.encode()
        self._words: Iterator[tuple[int]] = iter(())

    def __call__(self) -> float:
        """Return the next number."""
        for (word,) in self._words:
            return word / 4294967296
        self._state = hashlib.blake2b(self._state).digest()
        self._words = _WORD.iter_unpack(self._state)
        return self()

    def pick(self, options: Sequence[One]) -> One:
        """Return one of some options, each as likely as the others."""
        return options[int(self() * len(options))]
