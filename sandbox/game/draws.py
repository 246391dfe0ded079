"""Numbers drawn from a place: the same at the same place, whatever was drawn elsewhere."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

_WORD = struct.Struct(">I")


def numbers_at(*place: object) -> Iterator[float]:
    """Yield numbers from 0 to 1, without end; cheaper than a random generator where few are drawn, or none."""
    state = hashlib.blake2b(":".join(map(str, place)).encode()).digest()
    while True:
        for (number,) in _WORD.iter_unpack(state):
            yield number / 4294967296
        state = hashlib.blake2b(state).digest()
