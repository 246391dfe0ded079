"""Seeds and ids that hang on names and numbers alone, so that a design can grow and nothing changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

PREFIX = "seeds_"
"""How the names of stores begin that keep one case from many seeds, and no experiment."""


def digest_of(value: object) -> str:
    """Return the SHA-256 of plain values as hex digits; the order of keys does not count."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def seed_of(root: int, settings: Mapping[str, str], replicate: int) -> int:
    """Return the seed of a block's sessions, from 0 to 2**31 - 1.

    A hash of names spawns it, as the spawn keys of numpy's ``SeedSequence`` would, but from what the block is and not
    from its place: a level or a replicate that is added later leaves the seeds of all others as they are. ``root`` is
    the design's seed, ``settings`` what is the same for all arms of the block; replicates count from 1.
    """
    return int(digest_of([root, dict(settings), replicate])[:8], 16) >> 1
