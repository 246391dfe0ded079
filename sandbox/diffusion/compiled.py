"""Loops over places, compiled by numba and cached in a private folder of the user; counter-based random numbers."""

from __future__ import annotations

import atexit
import hashlib
import os
import stat
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import numba
import numpy as np

from sandbox.record.folder import make_private
from sandbox.settings import Settings

CallT = TypeVar("CallT", bound=Callable[..., object])
SOURCES = tuple(
    Path(__file__).parents[1] / f"{name}.py"
    for name in (
        "content/network_card", "diffusion/compiled", "diffusion/deck", "diffusion/kernel", "diffusion/mechanisms",
        "diffusion/network", "diffusion/spread",
    )
)  # fmt: skip
"""The files of which compiled loops have anything: of other files than its own, numba looks at none."""
_FEWEST = 256  # cities for a core: a call costs as much as some


def folder() -> Path:
    """Return the folder that caches compiled code, below ``SANDBOX_CACHE`` or the user's cache folder."""
    return (Settings.from_environment().cache or Path.home() / ".cache" / "governance-sandbox") / "compiled"


def is_compiled() -> bool:
    """Return whether the loops over places, as they are now, were compiled before."""
    return any(_KEPT.glob("*/kernel.*.nbc"))


def _own(path: Path) -> Path:
    """Return a folder that only its owner can write to, since what is read back from it is unpickled.

    If the folder belongs to another user or cannot be made, it is a new temporary one: all is compiled anew then.
    """
    if sys.platform == "win32":  # beneath the user's own folder, to which others cannot write there
        make_private(path)
        return path
    with suppress(OSError):
        make_private(path.parent)
        if _writable(path.lstat()) and not path.is_symlink():
            rmtree(path)  # it was open to others, who may have left something in it
    with suppress(OSError):
        path.mkdir(mode=0o700, exist_ok=True)
        opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            around, own = path.parent.stat(), os.fstat(opened).st_uid == os.geteuid()
            if own and (not _writable(around) or around.st_mode & stat.S_ISVTX):
                os.fchmod(opened, 0o700)
                return path
        finally:
            os.close(opened)
    short_lived = TemporaryDirectory(prefix="governance-sandbox-")
    atexit.register(short_lived.cleanup)
    return Path(short_lived.name)


def _writable(state: os.stat_result) -> bool:
    return bool(state.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


_KEPT = _own(folder()) / hashlib.sha256(b"".join(file.read_bytes() for file in SOURCES)).hexdigest()[:16]
setattr(numba.config, "CACHE_DIR", str(_KEPT))  # noqa: B010


def compiled(inline: bool = False, within: bool = False) -> Callable[[CallT], CallT]:
    """Return a decorator that compiles a function at its first call and caches it for later processes.

    Args:
        inline: whether it becomes part of its caller; a call costs a nanosecond for every array it takes.
        within: whether only compiled functions call it; an entry point for Python takes long to compile.
    """
    unwrapped: Any = {"no_cpython_wrapper": within, "no_cfunc_wrapper": True}  # not among the types of numba
    kept = numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=inline, **unwrapped)
    return cast("Callable[[CallT], CallT]", kept)


class Cores:
    """The cores that share loops over cities, while it is entered.

    They are Python threads: numba's own parallel loops take nearly as long again to compile, and its threads wait for
    each other at work.
    """

    most = int(vars(numba.config)["NUMBA_NUM_THREADS"])
    """How many are used at most."""

    def __init__(self) -> None:
        self._others = ThreadPoolExecutor(max(1, self.most - 1))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._others.shutdown()

    def share(self, cities: int, part: Callable[..., object], *arguments: object) -> None:
        """Go through all cities.

        ``part`` is a compiled function that goes through the cities from a first up to a last, given the other
        arguments; it must not write anything that it reads of other cities.
        """
        parts = max(1, min(self.most, cities // _FEWEST))
        ends = [cities * place // parts for place in range(parts + 1)]
        others = [self._others.submit(part, *span, *arguments) for span in pairwise(ends[1:])]
        part(0, ends[1], *arguments)
        for other in others:
            other.result()


@compiled(inline=True)
def _mixed(word: np.uint64) -> np.uint64:
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@compiled(inline=True)
def uniform(seed: int, place: int, period: int, purpose: int | np.int64) -> float:
    """Return a number from 0 up to 1 that depends on its arguments alone, so that threads change nothing.

    Two rounds of the finaliser of splitmix64 (Steele, Lea and Flood 2014) over a counter, as in counter-based
    generators (Salmon and others 2011).
    """
    word = _mixed(np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(place))
    word = _mixed(word ^ ((np.uint64(period) << np.uint64(8)) | np.uint64(purpose)))
    return float(word >> np.uint64(11)) * (1.0 / 9007199254740992.0)
