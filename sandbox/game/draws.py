"""Random numbers by place: the same numbers at the same place, whatever was drawn elsewhere."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TypeVar

One = TypeVar("One")
BITS = 32
SPAN = 1 << BITS
"""Numbers drawn are at least 0 and below this."""
Draw = Callable[[], int]
"""Gives the next number; cheaper than a random generator if few are drawn."""
_NO_NUMBERS = array("I")  # whose copy takes less time than another array
_SWAPPED = sys.byteorder == "little"


def pick(draw: Draw, options: Sequence[One]) -> One:
    """Return one of some options, all equally likely."""
    return options[draw() * len(options) >> BITS]


def below(share: float) -> int:
    """Return the bound below which a share (0 to 1) of all numbers lies."""
    return math.ceil(share * SPAN)


def numbers_at(place: str, most: int = 1) -> array[int]:
    """Return at least ``most`` numbers for a place, always the same ones; take them from the end."""
    state = drawn = blake2b(place.encode()).digest()
    while len(drawn) < 4 * most:
        state = blake2b(state).digest()
        drawn += state
    numbers = _NO_NUMBERS[:]  # of which few are taken, so that few become objects
    numbers.frombytes(drawn)
    if _SWAPPED:
        numbers.byteswap()
    numbers.reverse()
    return numbers
