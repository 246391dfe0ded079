"""Numbers drawn at a place: the same at the same place, whatever was drawn elsewhere."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

One = TypeVar("One")
Draw = Callable[[], float]
"""Gives the next number, from 0 to 1, without end; cheaper than a random generator where few are drawn, or none."""
_words = struct.Struct(">16I").unpack


def draws_at(*where: object) -> Draw:
    """Return a source of numbers.

    Args:
        where: what tells the place from all others.
    """
    return _numbers(where).__next__


def pick(draw: Draw, options: Sequence[One]) -> One:
    """Return one of some options, each as likely as the others."""
    return options[int(draw() * len(options))]


def _numbers(where: tuple[object, ...]) -> Iterator[float]:
    state = ":".join(map(str, where)).encode()
    while True:
        state = hashlib.blake2b(state).digest()
        for word in _words(state):
            yield word / 4294967296
