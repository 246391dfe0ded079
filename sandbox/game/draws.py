"""Numbers drawn at a place: the same at the same place, whatever was drawn elsewhere."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

One = TypeVar("One")
Draw = Callable[[], float]
"""Gives the next number, from 0 to 1, without end; cheaper than a random generator where few are drawn, or none."""
_words = struct.Struct(">4I").iter_unpack


def pick(draw: Draw, options: Sequence[One]) -> One:
    """Return one of some options, each as likely as the others."""
    return options[int(draw() * len(options))]


def numbers_at(place: str) -> Iterator[float]:
    """Yield numbers from 0 to 1, the same at the same place."""
    state = place.encode()
    while True:
        state = hashlib.blake2b(state).digest()
        for words in _words(state):
            for word in words:
                yield word / 4294967296
