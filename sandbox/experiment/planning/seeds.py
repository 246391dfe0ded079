"""Seeds and ids that depend on names and numbers alone, so that a design can grow without changing them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

PREFIX = "seeds_"
"""Prefix of stores that hold one case played from many seeds, not an experiment."""


def digest_of(value: object) -> str:
    """Return the SHA-256 of plain values as hex digits, whatever the order of keys."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def seed_of(root: int, settings: Mapping[str, str], replicate: int) -> int:
    """Return the seed of a block's sessions, from 0 to 2**31 - 1.

    It is a hash of the block's settings, not of its place in the design, so a level or replicate added later leaves all
    other seeds as they are. ``root`` is the design's seed, ``settings`` are those shared by all arms of the block;
    replicates count from 1.
    """
    return int(digest_of([root, dict(settings), replicate])[:8], 16) >> 1
