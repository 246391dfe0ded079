"""One account for all processes that work on an experiment: what any of them spends counts against the same cap."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sandbox.content.words import fault
from sandbox.errors import InterruptedSessionError
from sandbox.experiment.playing.pace import Pace, RateLimits
from sandbox.experiment.playing.worker import Worker
from sandbox.llm.failures import BusyError
from sandbox.llm.usage import Budget, BudgetAccount, Usage

_LOOK_AGAIN = 0.5


class SharedAccount(BudgetAccount):
    """What all processes on a store have spent, and what they hold for calls in flight.

    A call is made only if the cap holds even when all calls in flight, here and elsewhere, take the most that they may.
    What a dead process held counts as spent, since it may have been. A call also waits for the common pace.

    Args:
        budget: the cap; without limits the store is not asked.
        worker: this process, which keeps the account in the store.
        rates: limits per minute, over all processes.

    Attributes:
        spent: usage of the calls that this process made and that were answered.
    """

    def __init__(self, budget: Budget, worker: Worker, rates: RateLimits | None = None) -> None:
        self._worker, self._pace = worker, Pace(worker, rates or RateLimits())
        self._bounded = budget.max_tokens is not None or budget.money is not None
        self._stopped = False
        super().__init__(budget)

    @property
    def spent(self) -> Usage:
        """Usage of the calls that this process made and that were answered."""
        return self._worker.spent

    @spent.setter
    def spent(self, usage: Usage) -> None:
        self._worker.spent = usage

    @property
    def _held(self) -> Usage:
        return self._worker.held

    @_held.setter
    def _held(self, usage: Usage) -> None:
        self._worker.held = usage

    def stop(self) -> None:
        """Let no new call begin; those in flight are still answered."""
        self._stopped = True
        self._settled.set()
        self._pace.stop()

    @asynccontextmanager
    async def reserved(self, most: Usage, model: str = "") -> AsyncIterator[None]:
        """Reserve the most that a call may take, from before it is made until its usage is added.

        A call without room waits while this process has others in flight, and is refused only then: the error ends
        sessions, which would waste calls that are paid for.

        Raises:
            BudgetReachedError: it might exceed the cap even with nothing else in flight.
            InterruptedSessionError: no new call may begin.
        """
        most = self.budget.priced(most, model)
        cuts = await self._pace.turn(model, most)
        async with self._first:
            while not self._granted(most):
                if self._stopped and not self._in_flight:
                    raise fault(InterruptedSessionError, "call.interrupted")
                self._settled.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._settled.wait(), None if self._stopped else _LOOK_AGAIN)
        try:
            yield
        except BusyError as error:
            self._pace.busy(model, cuts, error.retry_after, repeated=error.repeated)
            raise
        finally:
            self._worker.settle(most)
            self._settled.set()
            if self._bounded and not self._in_flight:
                self._worker.beat()  # tells others that it holds nothing any more; no later call may do so

    def _granted(self, most: Usage) -> bool:
        """Hold what a call may take if there is room now, and return whether there was.

        Raises:
            BudgetReachedError: there never will be room.
        """
        if self._stopped:
            return False
        if not self._bounded:
            self._worker.hold(most)
            return True
        standing = self._worker.reserve(most, self.budget)
        if standing is None:
            return True
        if not self._in_flight and not self.budget.allows(standing.spent + most):
            raise self.budget.reached(standing.spent, most)
        return False

    @property
    def _in_flight(self) -> bool:
        return self._held.total > 0
