"""How many requests an endpoint gets at once, and who goes first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from sandbox.llm.failures import BusyError, RetryableError
from sandbox.llm.gateway import ATTEMPTS_WHEN_BUSY
from sandbox.llm.limiter import CallPlace, Limiter


@dataclass
class Endpoint:
    """Answers a round of requests at a time; gives all beyond what it can bear a 429."""

    bears: int
    rounds: list[int] = field(default_factory=list)
    waiting: list[asyncio.Future[None]] = field(default_factory=list)

    async def answer(self) -> None:
        """Wait for the round's end."""
        self.waiting.append(asyncio.get_running_loop().create_future())
        await self.waiting[-1]

    async def serve(self, calls: list[asyncio.Task[None]]) -> None:
        """Answer in rounds until all calls are finished."""
        while not all(call.done() for call in calls):
            await quiet()
            self.rounds.append(len(self.waiting))
            waiting, self.waiting = self.waiting, []
            for request in waiting[self.bears :]:  # a refusal is quicker than an answer
                request.set_exception(BusyError("429"))
            for request in waiting[: self.bears]:
                request.set_result(None)


async def quiet() -> None:
    """Let everything go on that can."""
    for _ in range(300):
        await asyncio.sleep(0)


async def call(limiter: Limiter, endpoint: Endpoint) -> int:
    """Ask until there is an answer; return how often the endpoint was too busy."""
    with limiter.place() as place:
        for busy in range(1000):
            try:
                async with place:
                    await endpoint.answer()
            except BusyError:
                continue
            return busy
    raise AssertionError("never answered")


async def run(limiter: Limiter, endpoint: Endpoint, calls: int) -> list[int]:
    tasks = [asyncio.create_task(call(limiter, endpoint)) for _ in range(calls)]
    await endpoint.serve(tasks)  # type: ignore[arg-type]
    return [task.result() for task in tasks]


async def test_what_an_endpoint_bears_it_gets_soon_and_no_more_than_the_bound() -> None:
    limiter, endpoint = Limiter(64), Endpoint(1000)
    assert await run(limiter, endpoint, 500) == [0] * 500
    assert endpoint.rounds[:5] == [8, 16, 32, 64, 64]
    assert max(endpoint.rounds) == 64
    assert (limiter.active, limiter.limit) == (0, 64)


async def test_answers_that_come_one_by_one_let_as_many_more_in_as_those_that_come_at_once() -> None:
    limiter, endpoint = Limiter(64), Endpoint(1000)
    tasks = [asyncio.create_task(call(limiter, endpoint)) for _ in range(500)]
    await quiet()
    for _ in range(24):
        endpoint.waiting.pop(0).set_result(None)
        await asyncio.sleep(0)
    await quiet()
    assert limiter.limit == 8 + 24
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert limiter.active == 0


async def test_without_demand_the_limit_does_not_grow() -> None:
    limiter, endpoint = Limiter(64), Endpoint(1000)
    for _ in range(5):
        await run(limiter, endpoint, 8)
    assert limiter.limit == 8


async def test_a_busy_endpoint_gets_half_then_slowly_more_again() -> None:
    limiter, endpoint = Limiter(64), Endpoint(20)
    busy = await run(limiter, endpoint, 600)
    # 32 were too many by 12: one halving for all of them; then one more a round, until 21 are too many again.
    assert endpoint.rounds[:8] == [8, 16, 32, 17, 18, 19, 20, 21]
    assert set(endpoint.rounds[8:-2]) <= set(range(10, 22))
    assert max(busy) <= 2
    endpoint.bears = 1000  # and as soon as it bears more, it gets more
    before = limiter.limit
    await run(limiter, endpoint, 600)
    assert limiter.limit > before + 10


async def test_an_endpoint_that_bears_one_gets_one() -> None:
    limiter, endpoint = Limiter(256), Endpoint(1)
    busy = await run(limiter, endpoint, 100)
    assert endpoint.rounds[:3] == [8, 4, 2]
    assert max(endpoint.rounds[3:]) == 2
    assert max(busy) < ATTEMPTS_WHEN_BUSY, "no call gives up"


async def test_nobody_goes_before_a_call_that_was_told_to_wait() -> None:
    limiter, order, told = Limiter(), list[str](), asyncio.Event()

    async def told_to_wait() -> None:
        with limiter.place() as place:
            try:
                async with place:
                    raise BusyError("429", 7.0)
            except BusyError:
                await told.wait()
            async with place:
                order.append("told to wait")

    async def other() -> None:
        with limiter.place() as place:
            async with place:
                order.append("other")

    tasks = [asyncio.create_task(one()) for one in (told_to_wait, other)]
    await quiet()
    assert order == []
    told.set()
    await asyncio.gather(*tasks)
    assert order == ["told to wait", "other"]


async def test_one_that_is_refused_by_chance_waits_alone_and_many_are_no_chance() -> None:
    limiter = Limiter()

    async def refused(place: CallPlace) -> None:
        async with place:
            raise BusyError("429", 1.0)

    with limiter.place() as first, limiter.place() as other:
        with pytest.raises(BusyError):
            await refused(first)
        async with asyncio.timeout(5), other:
            assert limiter.limit == 8, "nobody else waits"
        for _ in range(5):
            with pytest.raises(BusyError):
                await refused(first)
        assert limiter.limit == 4


@pytest.mark.parametrize("where", ["told to wait", "in the queue"])
async def test_a_call_that_is_given_up_holds_nobody_back(where: str) -> None:
    limiter, release = Limiter(1), asyncio.Event()

    async def holding() -> None:
        with limiter.place() as place:
            async with place:
                await release.wait()

    async def given_up() -> None:
        with limiter.place() as place:
            try:
                async with place:
                    raise BusyError("429")
            except BusyError:
                if where == "told to wait":
                    await asyncio.sleep(3600)
            async with place:
                raise AssertionError("there was no room")

    first = asyncio.create_task(given_up())
    if where == "in the queue":
        first.cancel()
        holder = asyncio.create_task(holding())
        await quiet()
        first = asyncio.create_task(given_up())
    await quiet()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    release.set()
    if where == "in the queue":
        await holder
    await asyncio.wait_for(holding(), 5)
    assert limiter.active == 0


async def test_other_failures_leave_the_limit_as_it_is() -> None:
    limiter = Limiter()

    async def failing(place: CallPlace) -> None:
        async with place:
            raise RetryableError("503")

    for _ in range(3):
        with limiter.place() as place, pytest.raises(RetryableError):
            await failing(place)
    assert (limiter.limit, limiter.active) == (8, 0)
