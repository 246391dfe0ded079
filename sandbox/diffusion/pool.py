"""Pools of processes that play by the rules alone; each pool ends with the process that began it, however that ends."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

from sandbox.content.words import fault
from sandbox.errors import InterruptedSessionError

ChunkT = TypeVar("ChunkT")
ResultT = TypeVar("ResultT")
_BEGUN: Any = None  # set in a process of a pool


def pool_of(processes: int, begin: Callable[..., object], *arguments: object) -> ProcessPoolExecutor:
    """Return a pool of processes that ignore interrupts of the terminal.

    ``begin`` is called first in each of them, with the arguments; `in_process` passes on what it returns.
    """
    return ProcessPoolExecutor(processes, get_context("spawn"), _begin, (begin, arguments))


def in_process(work: Callable[..., ResultT], *arguments: object) -> ResultT:
    """Return the result of some work, given what the pool's ``begin`` returned in this process, and arguments."""
    return work(_BEGUN, *arguments)


def in_parallel(
    pool: ProcessPoolExecutor, work: Callable[[Any, ChunkT], ResultT], chunks: Iterable[ChunkT]
) -> Iterator[tuple[ChunkT, ResultT]]:
    """Yield each chunk of some work with its result from `in_process`, as soon as it is there; then the pool ends.

    Raises:
        InterruptedSessionError: a process was ended from outside.
    """
    try:
        waiting = {pool.submit(in_process, work, chunk): chunk for chunk in chunks}
        for future in as_completed(waiting):
            with in_pool():
                result = future.result()
            yield waiting[future], result
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def in_pool() -> Iterator[None]:
    """Turn the end of a pool's process from outside (for example by a system short of memory) into one message.

    Raises:
        InterruptedSessionError: that happened.
    """
    try:
        yield
    except BrokenProcessPool as error:
        raise fault(InterruptedSessionError, "pool.lost") from error


def _begin(begin: Callable[..., object], arguments: tuple[object, ...]) -> None:
    global _BEGUN  # noqa: PLW0603 - what a process works with is made once
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal interrupts all; who began this one tells it to stop
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _BEGUN = begin(*arguments)


def _end_with_parent() -> None:
    """End once nobody is left to take a result: otherwise a pool would wait for its next task for ever."""
    parent = parent_process()
    assert parent
    parent.join()
    os._exit(1)
