"""An experiment on a Ray cluster: workers on one or more machines play what is left of it, sharing one store."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandbox.content.words import fault, refusal
from sandbox.errors import InterruptedSessionError, SandboxError
from sandbox.experiment.playing.at_work import interrupts
from sandbox.experiment.playing.player import Job, Player, endpoints_of
from sandbox.experiment.playing.run import RunTally, Terms, cores, share
from sandbox.experiment.store.database import EXAMPLE
from sandbox.experiment.store.store import Store
from sandbox.game.spec import SessionSpec
from sandbox.llm.usage import Usage
from sandbox.settings import Settings

try:
    import ray
    from ray.exceptions import RayActorError, RayError
except ImportError as missing:
    command = "pip install 'governance-sandbox[ray]'"
    raise refusal("experiment.refused.extra", what="--engine ray", command=command) from missing


_LOOK_AGAIN = 0.5
_DEATHS = 3
"""Workers that may die in one place, one after the other, without any session ending in between."""
_LEAVE = 10.0
"""Seconds that workers have for leaving when nothing is left to play."""
_SAMPLES = 64
_OBJECTS = 80 * 2**20  # bytes of shared memory, the least that Ray accepts: it is not used


class Cluster:
    """An experiment whose sessions are played by workers of a Ray cluster; its design must be in the store already.

    A worker that dies is replaced and its sessions are taken up. If this process dies, Ray ends the workers; answers so
    far are kept, and another run takes up the sessions.

    Args:
        store: of the experiment.
        specs: its sessions.
        terms: how it is played; if they have a limit, a worker that dies is not replaced.
        settings: of the environment; without ``ray_address`` a cluster is started here and ended with the run.
        workers: how many; by default one per core of the cluster.
        judge_later: whether judging is left for later.

    Attributes:
        budget: the cap.
        before: what had been spent on the store, or may have been, when this began.
        spent: usage of the calls answered since.
        on_change: called after each change of the tally.
    """

    def __init__(
        self, store: Store, specs: Sequence[SessionSpec], terms: Terms, settings: Settings, *,
        workers: int | None = None, judge_later: bool = False,
    ) -> None:  # fmt: skip
        self._store, self._address, self._workers = store, settings.ray_address, workers
        self.budget, self._limit = terms.budget, terms.limit
        self.on_change: Callable[[], None] = lambda: None
        self.tally = RunTally()
        works = store.works()
        self.before = sum((work.spent + work.held for work in works), store.in_batches)
        self.spent, self._spent_before = Usage(), sum((work.spent for work in works), Usage())
        by_content = {spec.content: spec for spec in specs}
        called = dict.fromkeys(model for spec in specs if spec.asks_models for model in spec.called)
        self._job = Job(
            store.database.url, store.name, endpoints_of(called, settings),
            tuple(by_content.values())[:_SAMPLES],
            replace(terms, content=terms.content.absolute() if terms.content else None),
            settings.gguf.absolute() if settings.gguf else None, judge_later,
        )  # fmt: skip
        self._players: dict[int, Any] = {}
        self._places: dict[int, asyncio.Task[None]] = {}
        self._halted: SandboxError | None = None

    async def go(self) -> RunTally:
        """Play what is left, like `Experiment.go`.

        Raises:
            InputError: there is no such cluster, the store is a file but the cluster has several machines, or a machine
                has another endpoint, content or program.
            SandboxError: workers die one after the other. Also any error of `Experiment.go`, once one worker stops for
                it.
        """
        self._count()
        with _connected(self._address, self._workers or cores()), interrupts(self.stop):
            if self._store.database.in_file and len(machines := [node for node in ray.nodes() if node["Alive"]]) > 1:
                raise refusal("experiment.cluster.store", count=len(machines), url=EXAMPLE)
            number = self._useful(self._workers or int(ray.cluster_resources().get("CPU", 1)))
            self._places = {place: asyncio.create_task(self._place(place, number)) for place in range(number)}
            try:
                await self._watch()
            finally:
                for task in self._places.values():
                    task.cancel()
                await asyncio.gather(*self._places.values(), return_exceptions=True)
        self._count()
        if self._halted is not None:
            raise self._halted
        return self.tally

    def stop(self) -> None:
        """Make no new call, wait for those in flight, and end; if called again, end at once."""
        self.tally.draining = True
        if self._halted is not None:
            self._stop_all()
        self._halt(fault(InterruptedSessionError, "call.interrupted"))
        self.on_change()

    async def _watch(self) -> None:
        """Wait until all workers have ended, or until nothing is left for workers that have not started yet."""
        places = set(self._places.values())
        while places and (self.tally.left or self._halted):
            done, places = await asyncio.wait(places, timeout=_LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not task.cancelled():
                    task.result()
            self._count()
        for place, task in self._places.items():
            if place not in self._players:
                task.cancel()
        if places:
            await asyncio.wait(places, timeout=_LEAVE)

    async def _place(self, place: int, number: int) -> None:
        """Keep a worker playing, replaced if it dies, until it ends by itself."""
        limit = None if self._limit is None else share(self._limit, number, place)
        concurrency = share(self._job.terms.concurrency, number, place)
        job = replace(self._job, terms=replace(self._job.terms, concurrency=concurrency, limit=limit))
        ended, deaths = -1, 0
        while self._halted is None:
            player = ray.remote(num_cpus=1)(Player).remote()
            try:
                await player.ready.remote()
                self._players[place] = player
                error = await player.play.remote(job)
                if error is not None:
                    self._halt(error)
                return
            except RayActorError as error:
                if self._halted is not None or self._limit is not None:
                    return
                deaths = deaths + 1 if ended == self.tally.done + self.tally.failed else 1
                ended = self.tally.done + self.tally.failed
                if deaths == _DEATHS:
                    self._halt(fault(SandboxError, "experiment.cluster.deaths", why=_plain(error)))
            except RayError as error:
                self._halt(fault(SandboxError, "experiment.cluster.failed", why=_plain(error)))
            finally:
                self._players.pop(place, None)
                ray.kill(player)  # makes room for another

    def _halt(self, error: SandboxError) -> None:
        """Note the reason and stop all workers in good order; later reasons may follow from it and are ignored."""
        if self._halted is None:
            self._halted = error
            self._stop_all()

    def _stop_all(self) -> None:
        for place, task in self._places.items():
            if place in self._players:
                self._players[place].stop.remote()
            else:
                task.cancel()

    def _useful(self, workers: int) -> int:
        counts = [count for count in self._store.counts() if count.state in ("pending", "running")]
        silent = sum(count.number for count in counts if count.by_rules)
        spoken = sum(count.number for count in counts if not count.by_rules)
        most = silent + min(self._job.terms.concurrency, spoken)
        return max(1, min(workers, most, self._limit or most))

    def _count(self) -> None:
        counts = self._store.counts()
        self.tally.take(counts)
        self.tally.playing = sum(count.number for count in counts if count.state == "running" and not count.by_rules)
        self.spent = sum((work.spent for work in self._store.works()), Usage()) - self._spent_before
        self.on_change()


@contextmanager
def _connected(address: str | None, workers: int) -> Iterator[None]:
    """Join the cluster at an address, or start one on this machine that only holders of its key can use."""
    if address is not None:
        _reach(address)
    own: dict[str, Any] = {"num_cpus": workers, "object_store_memory": _OBJECTS, "include_dashboard": False}
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # else Ray reports usage to its makers
    logging.getLogger("ray").setLevel(logging.ERROR)
    options = {"log_to_driver": False, "logging_level": logging.ERROR, **(own if address is None else {})}
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        redirect_stdout(nowhere),
    ):  # Ray prints the death of workers there
        try:
            ray.init(address or "local", **options)
        except (ConnectionError, RuntimeError, ValueError, RayError) as error:
            key = "experiment.cluster.unusable" if address else "experiment.cluster.own"
            raise refusal(key, address=address, why=_plain(error)) from error
        try:
            yield
        finally:
            ray.shutdown()


def _reach(address: str) -> None:
    """Check that something answers at the address of a cluster; Ray itself would try for minutes."""
    if address.startswith("ray://"):
        raise refusal("experiment.cluster.client")
    host, colon, port = address.rpartition(":")
    if not colon:
        return  # "auto", which Ray resolves at once
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, ValueError) as error:
        raise refusal("experiment.cluster.silent", address=address, why=error) from error


def _plain(error: Exception) -> str:
    """Return the last line of a Ray error that is not empty: the one meant for readers."""
    return next((line.strip() for line in reversed(str(error).splitlines()) if line.strip()), type(error).__name__)
