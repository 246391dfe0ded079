"""A process at its work on a store: it gives signs of life, hears interrupts, and leaves in good order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from sandbox.experiment.worker import BEAT, Worker

__all__ = ["at_work", "interrupts"]


@asynccontextmanager
async def at_work(worker: Worker, stop: Callable[[], None]) -> AsyncIterator[None]:
    """Let a process give signs of life while it works, and leave at the end; an interrupt calls ``stop``."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT)
            worker.beat()

    beats = asyncio.create_task(beat())
    try:
        with interrupts(stop):
            yield
    finally:
        beats.cancel()
        worker.leave()


@contextmanager
def interrupts(stop: Callable[[], None]) -> Iterator[None]:
    """Let an interrupt from the terminal, or a request to end, call a function of the running event loop."""
    loop, caught = asyncio.get_running_loop(), []
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, ValueError, RuntimeError):  # elsewhere, and in other threads
            loop.add_signal_handler(number, stop)
            caught.append(number)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)
