"""How fast endpoints are asked: bounds by the minute, and what a 429 teaches, over all processes on a store."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from sandbox.experiment.playing.pace import FORGET, Pace, RateLimits
from sandbox.experiment.playing.worker import Worker
from sandbox.experiment.store.status import status_of
from sandbox.experiment.store.store import Store
from sandbox.llm.usage import Budget, Usage
from tests.experiment.playing import SHORT, begun, in_a_process, kept, play, short_runs
from tests.session.support import SteadyModel, serving
from tests.stub_endpoint import Received, StubReply, error

MOST = Usage(prompt=90, completion=10)
CHOSEN = short_runs(factors={**SHORT["factors"], "turns": [3], "stages": {"short": ["training"]}}, null_arm=False)


class Clock:
    """A clock that goes on when all wait, to when the first of them has waited long enough."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self._ends: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def wait(self, seconds: float) -> None:
        """Wait for some seconds."""
        end = self.now + seconds
        self._ends.append(end)
        while self.now < end:
            for _ in range(3):
                await asyncio.sleep(0)  # whoever does not wait goes first
            if end == min(self._ends):
                self.now = max(self.now, end)
        self._ends.remove(end)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let waits take no time, but that of the clock."""
    clock = Clock()

    async def wait_for(waited: Any, seconds: float) -> None:
        waited.close()
        await clock.wait(seconds)
        raise TimeoutError

    monkeypatch.setattr("sandbox.experiment.playing.pace.asyncio.wait_for", wait_for)
    return clock


def sent(paces: list[Pace], clock: Clock, number: int, *, most: Usage = MOST, model: str = "m") -> list[float]:
    """Return when requests went, if each of some processes has always another to send."""
    times: list[float] = []

    async def send(pace: Pace) -> None:
        while len(times) < number:
            await pace.turn(model, most)
            times.append(clock.now)

    async def all_of_them() -> None:
        await asyncio.gather(*(send(pace) for pace in paces for _ in range(3)))

    asyncio.run(all_of_them())
    return sorted(times)


def worst(times: list[float], seconds: float = 60.0) -> int:
    """Return how many requests went within so many seconds at most."""
    window: deque[float] = deque()
    most = 0
    for at in times:
        window.append(at)
        while window[0] < at - seconds:
            window.popleft()
        most = max(most, len(window))
    return most


def check_bounds(where: str | Path, clock: Clock, rates: RateLimits, a_minute: int) -> None:
    """Check that no minute has more than bounds allow, and that hardly anything of them is lost."""
    with begun(where, [], clock=clock) as store, Store(where, "small", clock=clock) as other:
        paces = [Pace(Worker(place), rates) for place in (store, other)]
        times = sent(paces, clock, 2 * a_minute)
    assert worst(times) <= a_minute
    assert times[-1] - times[0] <= 2 * 62 * 1.1


def test_bounds_hold_over_all_processes_and_are_used(tmp_path: Path, clock: Clock) -> None:
    check_bounds(tmp_path / "s.sqlite", clock, RateLimits(requests=40), 40)


def test_tokens_are_bounded_where_requests_would_be_allowed(tmp_path: Path, clock: Clock) -> None:
    check_bounds(tmp_path / "s.sqlite", clock, RateLimits(60, 3_000), 30)


def test_each_model_has_its_own(tmp_path: Path, clock: Clock) -> None:
    with begun(tmp_path / "s.sqlite", [], clock=clock) as store:
        pace = Pace(Worker(store), RateLimits(requests=60))
        before = clock.now
        for model in ("a", "b", "c"):
            sent([pace], clock, 1, model=model)
        assert clock.now == before


def test_without_bounds_the_store_is_looked_at_once_a_second(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with begun(tmp_path / "s.sqlite", [], clock=clock) as store:
        worker = Worker(store)
        pace, written = Pace(worker, RateLimits()), []
        monkeypatch.setattr(worker, "write_spent", lambda *_, **__: written.append(clock.now))

        async def many() -> None:
            for _ in range(500):
                await pace.turn("m", MOST)
                clock.now += 0.01

        asyncio.run(many())
        assert len(written) == 5
        fast = Pace(worker, RateLimits(requests=60_000))
        written.clear()
        times = sent([fast], clock, 1_000)
        assert times[-1] - times[0] == pytest.approx(1.03, abs=0.1)
        assert len(written) < 60, "slots are leased in advance, and not one by one"


@pytest.mark.fuzz
def test_after_a_429_all_processes_wait_and_then_send_half_as_much_and_slowly_more(
    where: str | Path, clock: Clock
) -> None:
    with begun(where, [], clock=clock) as store, Store(where, "small", clock=clock) as other:
        first, second = (Pace(Worker(place), RateLimits()) for place in (store, other))

        async def turns(pace: Pace, number: int, gap: float = 0.0) -> list[tuple[int, float]]:
            went = []
            for _ in range(number):
                went.append((await pace.turn("m", MOST), clock.now))
                clock.now += gap
            return went

        async def both() -> None:
            await turns(first, 100, 0.1)
            await turns(second, 100, 0.1)
            assert {cuts for cuts, _ in await turns(first, 1)} == {0}
            begun_at = clock.now
            first.busy("m", 0, 7.0)
            first.busy("m", 0, 7.0)
            clock.now += 1.1
            ((cuts, at),) = await turns(second, 1)
            assert cuts == 1, "of those that were under way, only one counts"
            assert at >= begun_at + 7
            went = [at for _, at in await turns(second, 100)]
            assert 60 * 99 / (went[-1] - went[0]) == pytest.approx(300, rel=0.2), "they had sent 600 a minute"
            clock.now += 30
            grown = [at for _, at in await turns(first, 20)]
            assert 60 * 19 / (grown[-1] - grown[0]) > 380
            clock.now += FORGET + 1
            free = [at for _, at in await turns(first, 50)]
            assert free[-1] == free[0], "after ten minutes it is forgotten"

        asyncio.run(both())


def test_who_waits_goes_at_once_when_no_more_is_to_be_sent(tmp_path: Path) -> None:
    with begun(tmp_path / "s.sqlite", []) as store:
        pace = Pace(Worker(store), RateLimits(requests=1))

        async def both() -> float:
            await pace.turn("m", MOST)
            waiting = asyncio.ensure_future(pace.turn("m", MOST))
            await asyncio.sleep(0.01)
            before = time.monotonic()
            pace.stop()
            await waiting
            return time.monotonic() - before

        assert asyncio.run(both()) < 1


@pytest.mark.fuzz
@pytest.mark.parametrize("bound", [None, 600.0])
def test_an_overloaded_endpoint_that_refuses_a_few_is_not_all_but_stopped(
    tmp_path: Path, clock: Clock, bound: float | None
) -> None:
    """One request in twenty gets a 429 at random that asks for a second, as long as it goes on."""
    with begun(tmp_path / "s.sqlite", [], clock=clock) as store:
        pace, rng = Pace(Worker(store), RateLimits(requests=bound)), random.Random(3)
        times: list[float] = []

        async def many() -> None:
            while len(times) < 500:
                cuts = await pace.turn("m", MOST)
                clock.now += 0.02
                if rng.randrange(20) == 0:
                    pace.busy("m", cuts, 1.0)
                else:
                    times.append(clock.now)

        asyncio.run(many())
        later = times[200:]
        rate = 60 * (len(later) - 1) / (later[-1] - later[0])
        assert rate > 0.8 * (bound or 3_000), "what is refused is made again, and nothing else waits"
        assert status_of(store, Budget()).paces.get("m", rate) >= (bound or rate) / 2


def test_a_meter_that_asks_for_long_halves_the_pace_and_once_in_ten_seconds_at_most(
    tmp_path: Path, clock: Clock
) -> None:
    with begun(tmp_path / "s.sqlite", [], clock=clock) as store:
        pace = Pace(Worker(store), RateLimits())

        async def turns(number: int, gap: float) -> int:
            for _ in range(number):
                cuts = await pace.turn("m", MOST)
                clock.now += gap
            return cuts

        cuts = asyncio.run(turns(200, 0.1))
        pace.busy("m", cuts, 3.0)
        halved = status_of(store, Budget()).paces["m"]
        assert halved == pytest.approx(300, rel=0.1)
        clock.now += 4
        cuts = asyncio.run(turns(1, 0.0))
        pace.busy("m", cuts, 3.0)
        assert status_of(store, Budget()).paces["m"] == halved, "the same ten seconds"
        clock.now += 11
        cuts = asyncio.run(turns(1, 0.0))
        pace.busy("m", cuts, 3.0)
        assert status_of(store, Budget()).paces["m"] < 0.6 * halved * 1.1


class Metered(SteadyModel):
    """Answers so many requests in any second, and gives a 429 to all beyond.

    Without such a bound it answers eight, and then refuses nine times: of four calls at once, one a third time.
    """

    def __init__(self, a_second: int | None) -> None:
        super().__init__("propose")
        self.a_second, self.answered, self.refused = a_second, deque[float](), 0

    def __call__(self, request: Received) -> StubReply:
        """Answer a request."""
        now = time.monotonic()
        if self.a_second is not None:
            while self.answered and self.answered[0] < now - 1:
                self.answered.popleft()
        if len(self.answered) >= self.a_second if self.a_second else len(self.answered) == 8 and self.refused < 9:
            self.refused += 1
            return error(429, "slow down", headers={"Retry-After": "0.3"})
        self.answered.append(now)
        return super().__call__(request)


@pytest.fixture(scope="module")
def unhurried(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What sessions leave that a single process plays, whose endpoint bears all that it asks."""
    with (
        serving(SteadyModel("propose")) as url,
        begun(tmp_path_factory.mktemp("whole") / "whole.sqlite", CHOSEN) as store,
    ):
        play(store, url)
        return kept(store)


@pytest.mark.fuzz
@pytest.mark.parametrize("told", [True, False])
def test_two_processes_share_the_work_and_keep_together_to_what_an_endpoint_bears(
    tmp_path: Path, unhurried: dict[str, Any], told: bool
) -> None:
    """Told a bound, they get no 429; without, they learn of it, and no session fails."""
    model = Metered(40 if told else None)
    rates = RateLimits(requests=60 * 20) if told else RateLimits()
    where = tmp_path / "s.sqlite"
    begun(where, CHOSEN).close()
    with serving(model) as url:

        def work() -> None:
            with Store(where, "small") as store:
                (tmp_path / f"{os.getpid()}.ready").touch()
                while len(list(tmp_path.glob("*.ready"))) < 2:
                    time.sleep(0.01)
                play(store, url, concurrency=2, rates=rates)

        before = time.monotonic()
        processes = [in_a_process(work) for _ in range(2)]
        assert [os.waitpid(process, 0)[1] for process in processes] == [0, 0]
        took = time.monotonic() - before
    with Store(where, "small", make=False) as store:
        assert kept(store) == unhurried
        assert all(work.spent.calls for work in store.works()), "both have played"
        assert sum(work.spent.calls for work in store.works()) == len(model.requests), "and nothing was asked twice"
        paces = status_of(store, Budget()).paces
    assert (model.refused == 0) is told
    assert set(paces) == (set() if told else {"stub"}), "status shows it"
    if told:
        assert len(model.requests) / 20 < took + 0.5, "each of them alone would be twice as fast"
