"""How fast all processes on a store together ask endpoints: limits per minute, and slowing down after a 429."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert, select, update

from sandbox.experiment.playing.worker import Worker
from sandbox.experiment.store.database import patiently
from sandbox.experiment.store.tables import PACES
from sandbox.llm.limiter import Refusals
from sandbox.llm.usage import Usage
from sandbox.settings import endpoint_in

FORGET = 600.0
"""Seconds after which the last 429 is forgotten."""
_LEASE = 1.0  # the most seconds of the shared time that a process leases
_LATE = 1.0  # seconds after which leased time that was not used is lost
_MINUTE = 60.0 + _LEASE + _LATE  # over which a minute's requests are spread, since any may be this late
_WINDOW = 10.0  # seconds over which requests are counted and after which a pace grows
_GROWTH, _FASTER = 1.1, 1.3
_SOON = 60.0  # seconds after a cut during which a pace grows by `_GROWTH`; later by `_FASTER`
_HARDEST = 4.0
_SLOWEST = 1.0
_WAIT, _LONGEST = 1.0, 60.0
_PARTS = 8  # the most leases per second when requests come one by one


@dataclass(frozen=True)
class RateLimits:
    """Limits per minute for each model, over all processes; None for no limit.

    Args:
        requests: number of requests.
        tokens: prompt tokens plus the longest possible answers, as endpoints count them when a request arrives.
        others: the limits of other endpoints, by their names.
    """

    requests: float | None = None
    tokens: float | None = None
    others: Mapping[str, RateLimits] = field(default_factory=dict)

    def of(self, model: str) -> RateLimits:
        """Return the limits of a model, given its full name."""
        endpoint = endpoint_in(model, self.others)
        return self.others[endpoint] if endpoint else self

    def gap(self, most: Usage, pace: float | None = None) -> float:
        """Return how many seconds of the shared time a request takes; 0 without any limit.

        ``most`` is the most that it may use, ``pace`` the requests per minute that a 429 has led to.
        """
        bounds = [bound for bound in (self.requests, pace) if bound]
        by_number = _MINUTE / min(bounds) if bounds else 0.0
        return max(by_number, most.total * _MINUTE / self.tokens if self.tokens else 0.0)


@dataclass
class _Stretch:
    """The stretch of a model's shared time that this process has leased, and the calls that wait for it.

    Args:
        rates: the model's limits.
        at: when the next request may go.
        until: when the stretch ends.
        left: seconds of it that are not used.
        pace: requests per minute that a 429 has led to.
        cuts: how often the pace had been cut when the stretch was leased.
        looked: when the store was last read.
        waiting: number of waiting calls.
        sent: requests that the store has not counted yet.
        second: the second being counted.
        lately: requests in that second.
        before: requests in the second before.
        refusals: which of this process's latest requests got a 429.
        first: lets in one call at a time, in the order of arrival.
    """

    rates: RateLimits
    at: float = 0.0
    until: float = 0.0
    left: float = 0.0
    pace: float | None = None
    cuts: int = 0
    looked: float = 0.0
    waiting: int = 0
    sent: int = 0
    second: int = 0
    lately: int = 0
    before: int = 0
    refusals: Refusals = field(default_factory=Refusals)
    first: asyncio.Lock = field(default_factory=asyncio.Lock)

    def count(self, now: float) -> None:
        """Count a request."""
        self.sent += 1
        self.refusals.sent()
        if int(now) != self.second:
            self.before = self.lately if int(now) == self.second + 1 else 0
            self.second, self.lately = int(now), 0
        self.lately += 1


class Pace:
    """The common pace of all processes on a store.

    Each model has a time of its own in the store. Each request takes a piece of it: with 60 requests a minute allowed,
    about a second. A process leases a stretch of this time, up to a second, and sends the requests that fit into it
    before it asks the store again. Without limits and without a 429, the store is read once a second.

    After a 429

    - nothing is sent for as long as the endpoint asks (a second if it does not say), at most a minute;
    - then all processes together send at half the former rate, but at no less than half of a known limit, and at 10%
      more after every ten seconds, 30% more from the second minute on;
    - the pace is cut at most once in ten seconds.

    An overloaded endpoint refuses some requests at random and asks for two seconds or less. Its rate is lowered by the
    share of refused requests; up to 15% it is not lowered, and only the refused requests wait.
    """

    def __init__(self, worker: Worker, rates: RateLimits) -> None:
        self._worker, self._rates = worker, rates
        self._stretches: dict[str, _Stretch] = {}
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Let no call wait any longer."""
        self._stopped.set()

    async def turn(self, model: str, most: Usage) -> int:
        """Wait until a request may be sent, or `stop` is called.

        ``most`` is the most that the request may use.

        Returns:
            How often the pace had been cut: the value to give to `busy`.

        Raises:
            StorageError: the store cannot be read or written.
        """
        stretch = self._stretches.setdefault(model, _Stretch(self._rates.of(model)))
        stretch.waiting += 1
        try:
            async with stretch.first:
                while not self._stopped.is_set():
                    at = self._taken(stretch, most)
                    if at is None:
                        self._lease(model, stretch, most)
                        continue
                    known = stretch.cuts
                    while (wait := at - self._worker.store.clock()) > 0 and not self._stopped.is_set():
                        with suppress(TimeoutError):
                            await asyncio.wait_for(self._stopped.wait(), min(wait, _LEASE))
                        if self._cut(model, stretch, known):
                            break
                    else:
                        break
                stretch.count(self._worker.store.clock())
                return stretch.cuts
        finally:
            stretch.waiting -= 1

    def _taken(self, stretch: _Stretch, most: Usage) -> float | None:
        """Take a request's time out of the stretch and return when it may go; None if the stretch has no time left."""
        now, gap = self._worker.store.clock(), stretch.rates.gap(most, stretch.pace)
        if not gap:
            return stretch.at if now < stretch.until else None
        if stretch.until < now - _LATE or gap > stretch.left + 1e-6:
            return None
        at = max(stretch.at, now)  # a late request must not bunch the next ones
        stretch.at, stretch.left = at + gap, stretch.left - gap
        return at

    def _cut(self, model: str, stretch: _Stretch, known: int) -> bool:
        """Return whether the pace was cut while a call waited; the store is read once a second for that."""
        now = self._worker.store.clock()
        if stretch.cuts == known and now - stretch.looked >= _LEASE:
            stretch.looked = now
            with self._worker.store.database.reading() as connection:
                cuts = connection.scalar(select(PACES.c.cuts).where(PACES.c.model == model))
            if cuts not in (None, known):
                stretch.until = 0.0
                return True
        return stretch.cuts != known

    @patiently
    def _lease(self, model: str, stretch: _Stretch, most: Usage) -> None:
        now = self._worker.store.clock()
        with self._worker.writing(lock=PACES) as connection:
            row = self._row(connection, model, now, stretch.sent)
            gap = stretch.rates.gap(most, row["pace"])
            # The rest of the last stretch is used again unless another process has leased time after it.
            start = max(now, row["free"] - (stretch.left if row["free"] == stretch.until else 0.0))
            wanted = max(stretch.waiting, math.ceil(max(stretch.lately, stretch.before) / _PARTS))
            length = gap * max(1, min(wanted, int(_LEASE / gap))) if gap else _LEASE
            if gap:
                row["free"] = start + length
            self._write(connection, row)
        stretch.at, stretch.until, stretch.pace, stretch.cuts = start, start + length, row["pace"], row["cuts"]
        stretch.left, stretch.looked, stretch.sent = length, now, 0

    @patiently
    def busy(self, model: str, cuts: int, retry_after: float | None, *, repeated: bool = False) -> None:
        """Slow all processes down after the endpoint has answered 429.

        Args:
            model: the model that was asked.
            cuts: what `turn` returned for the request; if others have cut the pace since, it stays as it is.
            retry_after: seconds that the endpoint asks for; up to a minute of it holds for all processes.
            repeated: whether the same call has got two before, so that this one is not by chance.

        Raises:
            StorageError: the store cannot be read or written.
        """
        now, stretch = self._worker.store.clock(), self._stretches[model]
        stretch.refusals.refused()
        if not repeated and stretch.refusals.by_chance(retry_after):
            return
        part = max(0.5, 1 - stretch.refusals.share) if stretch.refusals.brief(retry_after) else 0.5
        with self._worker.writing(lock=PACES) as connection:
            row = self._row(connection, model, now, stretch.sent)
            if row["cuts"] == cuts and (row["pace"] is None or now - row["cut"] >= _WINDOW):
                rate = max(row["rate"], row["sent"] * 60 / max(1.0, now - row["since"]))
                if row["pace"] is not None:  # pauses make the measured rate too small
                    rate = min(row["pace"], max(rate, 2 * row["pace"] / _HARDEST))
                pace = max(_SLOWEST, part * rate, (stretch.rates.requests or 0.0) / 2)
                row |= {"pace": pace, "cut": now, "grown": now}
            if row["cuts"] == cuts:
                row["cuts"] = cuts + 1
            wait = _WAIT if retry_after is None else min(retry_after, _LONGEST)
            row["free"] = max(row["free"], now + wait) if row["cuts"] > cuts else row["free"]
            self._write(connection, row)
        stretch.until, stretch.cuts, stretch.sent = 0.0, row["cuts"], 0

    def _row(self, connection: Connection, model: str, now: float, sent: int) -> dict[str, Any]:
        """Return a model's row of the store, brought up to the present time and with the requests not counted yet."""
        held = connection.execute(select(PACES).where(PACES.c.model == model)).mappings().one_or_none()
        row: dict[str, Any] = dict(held or {
            "model": model, "free": 0.0, "pace": None, "cuts": 0, "cut": 0.0, "grown": now, "since": now, "sent": 0,
            "rate": 0.0,
        })  # fmt: skip
        if held is None:
            connection.execute(insert(PACES).values(row))
        row["sent"] += sent
        if now - row["since"] >= _WINDOW:
            row |= {"rate": row["sent"] * 60 / (now - row["since"]), "since": now, "sent": 0}
        if row["pace"] is not None and now - row["cut"] > FORGET:
            row["pace"] = None
        elif row["pace"] is not None and (steps := int((now - row["grown"]) // _WINDOW)) > 0:
            growth = _GROWTH if now - row["cut"] < _SOON else _FASTER
            row |= {"pace": row["pace"] * growth**steps, "grown": row["grown"] + steps * _WINDOW}
        return row

    def _write(self, connection: Connection, row: dict[str, Any]) -> None:
        connection.execute(update(PACES).where(PACES.c.model == row["model"]).values(row))
        self._worker.write_spent(connection)
