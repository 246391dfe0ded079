"""A process at work on a store: it gives signs of life, handles interrupts, and leaves in good order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from time import monotonic

from sandbox.content.words import fault
from sandbox.errors import InterruptedSessionError, SandboxError
from sandbox.experiment.playing.spend import SharedAccount
from sandbox.experiment.playing.worker import BEAT, Worker
from sandbox.experiment.store.store import Store
from sandbox.llm.failures import Retry

_LOOK_LONG = 3.0  # seconds for which a repeated request is shown at least


@dataclass
class Tally:
    """The state of some work.

    Args:
        total: number of sessions to work on.
        done: sessions that are finished, whenever that was.
        failed: sessions that failed.
        draining: whether no new call is made and only calls in flight are awaited.
        retry: the latest repeated request, and until when its wait lasts or is shown, by the monotonic clock; None
            before the first.
    """

    total: int = 0
    done: int = 0
    failed: int = 0
    draining: bool = False
    retry: tuple[Retry, float] | None = None


class AtWork:
    """Work of a process on a store, which can be stopped.

    Attributes:
        account: what is spent and held.
        on_change: called after each change of the tally.
    """

    tally: Tally

    def __init__(self, store: Store, worker: Worker, account: SharedAccount) -> None:
        self._store, self._worker, self.account = store, worker, account
        self.on_change: Callable[[], None] = lambda: None
        self._tasks: list[asyncio.Task[None]] = []
        self._halted: SandboxError | None = None

    def stop(self) -> None:
        """Make no new call, wait for those in flight, and end; if called again, end at once."""
        if self._halted is not None:
            for task in self._tasks:
                task.cancel()
        self._halt(fault(InterruptedSessionError, "call.interrupted"))
        self.tally.draining = True
        self.account.stop()
        self.on_change()

    def _retried(self, retry: Retry) -> None:
        self.tally.retry = retry, monotonic() + max(retry.seconds, _LOOK_LONG)
        self.on_change()

    @asynccontextmanager
    async def _at_work(self) -> AsyncIterator[None]:
        """Give signs of life during the work and sign off at its end; then raise the reason of a halt, if any."""

        async def beat() -> None:
            while True:
                await asyncio.sleep(BEAT)
                self._worker.beat()

        beats = asyncio.create_task(beat())
        try:
            with interrupts(self.stop):
                yield
        finally:
            beats.cancel()
            self._worker.leave()
        if self._halted is not None:
            raise self._halted

    async def _at_once(self, work: Iterable[Coroutine[None, None, None]]) -> None:
        """Run some coroutines concurrently; cancellation by `stop` is no error."""
        self._tasks = [asyncio.create_task(each) for each in work]
        for outcome in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome

    def _halt(self, error: SandboxError) -> None:
        """Note the reason why the work ends; later reasons are ignored, since they may follow from the first."""
        if self._halted is None:
            self._halted = error


@contextmanager
def interrupts(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` when the process is interrupted (SIGINT) or asked to end (SIGTERM); needs a running event loop."""
    loop, caught = asyncio.get_running_loop(), []
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, ValueError, RuntimeError):  # other systems and other threads
            loop.add_signal_handler(number, stop)
            caught.append(number)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)
