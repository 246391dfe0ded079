"""Waits for asynchronous work, which an interrupt stops in a terminal, a script and a notebook alike."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


def result_of(work: Coroutine[Any, Any, ResultT], stop: Callable[[], object] | None = None) -> ResultT:
    """Return the result of work, run in its own event loop; if one is running, as in a notebook, also in a thread.

    Args:
        work: the work.
        stop: called by an interrupt in the loop of the work; None to cancel the work.

    Raises:
        KeyboardInterrupt: it was interrupted and cancelled, or interrupted again, which ends it at once.
    """
    brake = _Brake(stop)
    with brake.at_hand():
        try:
            return _in_a_loop(brake.during(work))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


def _in_a_loop(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        return pool.submit(asyncio.run, work).result()
    finally:
        pool.shutdown(wait=False)  # a second interrupt leaves it to end on its own


class _Brake:
    """Stops work between two steps of its loop, whatever thread the interrupt comes from.

    asyncio's own handler cancels in the midst of a step: what a callback is about to answer may be gone by then.
    """

    def __init__(self, stop: Callable[[], object] | None) -> None:
        self._stop, self._pulled = stop, False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def during(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Await work that it can stop from now on."""
        task = asyncio.current_task()
        assert task is not None
        stop, self._loop = self._stop or task.cancel, asyncio.get_running_loop()
        self._stop = stop
        if self._pulled:
            self._loop.call_soon(stop)
        return await work

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """Handle interrupts by stopping; only the main thread gets them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._pull)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _pull(self, *_: object) -> None:
        if self._pulled or (self._loop is not None and self._loop.is_closed()):
            raise KeyboardInterrupt
        self._pulled = True
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop)
