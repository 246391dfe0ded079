"""Loops over places, compiled by numba and kept compiled in the user's cache folder; random numbers by counter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import numba
import numpy as np

from sandbox.settings import Settings

__all__ = ["compiled", "folder", "is_compiled", "uniform"]

CallT = TypeVar("CallT", bound=Callable[..., object])


def folder() -> Path:
    """Return the folder that keeps what was compiled, below ``SANDBOX_CACHE`` or the user's cache folder."""
    return (Settings.from_environment().cache or Path.home() / ".cache" / "governance-sandbox") / "compiled"


def is_compiled() -> bool:
    """Return whether loops over places were compiled before, perhaps by an earlier version."""
    return any(folder().glob("*/kernel.*.nbc"))


setattr(numba.config, "CACHE_DIR", str(folder()))  # noqa: B010


def compiled(parallel: bool = False, inline: bool = False) -> Callable[[CallT], CallT]:
    """Return what compiles a function when it is first called, and keeps it for later processes.

    Args:
        parallel: whether its ``prange`` loops use all cores; each turn of one must write what no other reads.
        inline: whether it becomes part of what calls it; a call costs a nanosecond for every array it takes.
    """
    kept = numba.njit(cache=True, parallel=parallel, nogil=True, error_model="numpy", forceinline=inline)
    return cast("Callable[[CallT], CallT]", kept)


@compiled(inline=True)
def _mixed(word: np.uint64) -> np.uint64:
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@compiled(inline=True)
def uniform(seed: int, place: int, period: int, purpose: int) -> float:
    """Return a number from 0 up to 1 that depends on its arguments alone, so that threads change nothing.

    Two rounds of the finaliser of splitmix64 (Steele, Lea and Flood 2014) over a counter, as in counter-based
    generators (Salmon and others 2011).
    """
    word = _mixed(np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(place))
    word = _mixed(word ^ ((np.uint64(period) << np.uint64(8)) | np.uint64(purpose)))
    return float(word >> np.uint64(11)) * (1.0 / 9007199254740992.0)
