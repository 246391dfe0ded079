"""Pools of processes that play by the rules alone; each ends with the process that began it, however that one ends."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process

from sandbox.content.words import fault
from sandbox.errors import InterruptedSessionError


def pool_of(processes: int, begin: Callable[..., object], *arguments: object) -> ProcessPoolExecutor:
    """Return a pool of processes, each of which ignores what interrupts the terminal.

    ``begin`` is called once in each of them, with the arguments, before anything else.
    """
    return ProcessPoolExecutor(processes, get_context("spawn"), _begin, (begin, arguments))


@contextmanager
def in_pool() -> Iterator[None]:
    """Say it in one message where a process of a pool was ended by somebody else, such as a system short of memory.

    Raises:
        InterruptedSessionError: that happened.
    """
    try:
        yield
    except BrokenProcessPool as error:
        raise fault(InterruptedSessionError, "pool.lost") from error


def _begin(begin: Callable[..., object], arguments: tuple[object, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal interrupts all; who began this one tells it to stop
    threading.Thread(target=_end_with_parent, daemon=True).start()
    begin(*arguments)


def _end_with_parent() -> None:
    """End once nobody is left to take a result: a pool would wait for its next task for ever."""
    parent = parent_process()
    assert parent
    parent.join()
    os._exit(1)
