"""Countries played in the browser: one at a time for the whole server, in a separate process."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from typing import Any, Literal, get_args

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.network_card import Country, Mechanism
from sandbox.content.words import refusal
from sandbox.diffusion.pool import pool_of

DISTRICTS = (300, 1_000, 2_000, 10_000, 100_000)
"""Numbers of places that a page offers."""
SEEDS = (1, 5, 10)
"""Numbers of countries that a page offers."""
_BEGIN_SECONDS = 6.0  # to start the process, and to make pages
_RATE = 1.5e-6  # seconds a place, period and country, until some have been played
_SESSIONS = 60.0  # sessions of a deck a second, likewise
_IDLE_SECONDS = 900.0  # after which the process is ended, until somebody plays again
_LOOK_AGAIN = 0.1  # seconds
_LOWEST = 19  # of a process's priorities
_WORKER: Any = None  # set in the process: what plays
FOLDER = "countries"
"""The folder, below that of sessions, with a folder for each country played in the browser."""
_RESULT = re.compile(r"[0-9a-f]{16}")
Extra = Literal["size", "facts"]
EXTRAS: tuple[Extra, ...] = ("size", "facts")
"""The parts of a report that need further play."""
Stage = Literal["waits", "sessions", "countries", "size", "facts"]
STAGES: tuple[Stage, ...] = get_args(Stage)
_ALIKE: dict[str, tuple[str, ...]] = {
    "undecided": ("scope.decisions=none",), "no_veto": ("aggregation.veto=[]",),
    "chair_alone": ("aggregation.procedure=chair_decides",),
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """A country to be played.

    Args:
        seeds: number of countries, from seed 1 on.
        central_rule: period in which the centre makes it a rule; None for never.
        changes: rules that are changed in all governance models, each ``path=value``.
    """

    network: str
    districts: int
    seeds: int
    without: tuple[Mechanism, ...] = ()
    central_rule: int | None = None
    changes: tuple[str, ...] = ()


@dataclass
class CountryProgress:
    """The progress of an order.

    Args:
        stage: what goes on: it waits for others, sessions of the deck are played, or countries, those of smaller decks,
            or facts of the literature are measured.
        done: how many of these are done; of waiting, how many are before it.
        whole: how many there are.
        stopped: whether it was to end before its time.
    """

    stage: Stage = "waits"
    done: int = 0
    whole: int = 0
    stopped: bool = False


@dataclass
class CountryOrders:
    """Plays countries and makes their pages.

    Raises `InputError` if a setting does not fit, a result is gone, or the process ended without an answer.
    """

    library: Library
    runs: Path
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: list[CountryProgress] = field(default_factory=list)
    _pool: ProcessPoolExecutor | None = None
    _told: Any = None
    _rate: float = _RATE
    _dealt: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    _warm: bool = False
    _ends: asyncio.TimerHandle | None = None

    def known(self) -> tuple[Country, ...]:
        """Return the countries of the content, in the order of their ids."""
        cards: list[object] = [self.library.network(name) for name in sorted(self.library.cards["network"])]
        return tuple(card for card in cards if isinstance(card, Country))

    def has(self, result: str) -> bool:
        """Return whether a result is stored."""
        return bool(_RESULT.fullmatch(result)) and (self.runs / FOLDER / result).is_dir()

    def seconds(self, setting: Setting) -> tuple[float, float]:
        """Return about how many seconds a setting takes, and how many more if its sessions must be played first."""
        country = self._country(setting.network)
        cells = setting.districts * country.periods * setting.seeds
        dealt = (country.id, setting.changes) in self._dealt
        sessions = 0 if dealt else 10 * len(country.within_region()) * country.deck.sessions
        return _BEGIN_SECONDS + self._rate * cells, sessions / _SESSIONS

    async def play(self, setting: Setting, progress: CountryProgress) -> str:
        """Play a country, and return the name of its stored result; cancelling stops it."""
        result, seconds = await self._order(progress, "play", setting)
        self._dealt.add((setting.network, setting.changes))
        self._warm, warm = True, self._warm
        if warm and seconds > 1:  # the first one of a process has its code compiled as well
            periods = self._country(setting.network).periods
            self._rate = seconds / (setting.districts * periods * setting.seeds)
        return str(result)

    async def more(self, result: str, extra: Extra, progress: CountryProgress) -> None:
        """Play a further part of a result's report, which all its formats have from then on."""
        await self._order(progress, "more", result, extra)

    async def page(self, what: Literal["view", "report"], results: Sequence[str], lang: Lang, form: str) -> Path:
        """Write the page of a result, or of two side by side, and return its path."""
        if not results or not all(map(_RESULT.fullmatch, results)):
            raise refusal("country.refused.no_result")
        return Path(await self._order(CountryProgress(), "page", what, results, lang, form))

    async def close(self) -> None:
        """End the process."""
        pool = self._pool
        self._end()
        if pool is not None:
            await asyncio.to_thread(pool.shutdown)

    def _country(self, name: str) -> Country:
        return next(country for country in self.known() if country.id == name)

    async def _order(self, progress: CountryProgress, order: str, *arguments: object) -> Any:
        async with self._in_turn(progress):
            answer = self._submitted(order, arguments)
            try:
                while not answer.done():
                    await asyncio.wait((answer,), timeout=_LOOK_AGAIN)
                    stage, done, whole, _ = self._told
                    if stage:
                        progress.stage, progress.done, progress.whole = STAGES[stage], done, whole
                self._ends = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._end)
                return answer.result()
            except asyncio.CancelledError:
                answer.cancel()
                self._end()  # what it is at is stopped with it
                raise
            except BrokenProcessPool as error:
                self._end()
                raise refusal("country.refused.ended") from error

    def _submitted(self, order: str, arguments: tuple[object, ...]) -> asyncio.Future[Any]:
        if self._pool is None:
            self._warm = False
            # Without a lock, which a process that is ended would hold for ever.
            self._told = get_context("spawn").RawArray("q", 4)
            self._pool = pool_of(1, _begin, self._told, self.runs, *self.library.roots[1:])
        self._told[0] = 0
        return asyncio.wrap_future(self._pool.submit(_answer, order, arguments))

    @asynccontextmanager
    async def _in_turn(self, progress: CountryProgress) -> AsyncIterator[None]:
        self._waiting.append(progress)
        self._count()
        try:
            async with self._turn:
                if self._ends is not None:
                    self._ends.cancel()
                yield
        finally:
            self._waiting.remove(progress)
            self._count()

    def _count(self) -> None:
        for place, progress in enumerate(self._waiting):
            if progress.stage == "waits":
                progress.done = place

    def _end(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
        if self._pool is not None:
            self._told[3] = 1
            self._pool.shutdown(wait=False)
            self._pool = None


def _begin(progress: Any, runs: Path, *content: Path) -> None:
    """Begin a process: of the lowest priority, on half of the cores.

    It tells how far it is, as a place among `STAGES`, how many of these are done, and how many there are; where a
    fourth number is set, it ends, whatever it is at.
    """
    global _WORKER  # noqa: PLW0603 - what a process answers with is made where it begins
    Thread(target=_end_when, args=(progress,), daemon=True).start()
    from sandbox.diffusion.compiled import Cores
    from sandbox.web.country.country_worker import CountryWorker

    if hasattr(os, "nice"):
        os.nice(_LOWEST)
    Cores.most = max(1, Cores.most // 2)  # the other half is the tables'
    _WORKER = CountryWorker(runs, content, progress)


def _end_when(progress: Any) -> None:
    while not progress[3]:
        time.sleep(_LOOK_AGAIN)
    os._exit(1)


def _answer(order: str, arguments: tuple[object, ...]) -> Any:
    return getattr(_WORKER, order)(*arguments)


def swaps(country: Country, library: Library) -> Mapping[str, tuple[str, ...]]:
    """Return, by name, changes of rules (``path=value``) that all models accept and that move meetings' results."""
    cases = [library.scenario(case) for case in country.deck.scenarios if case in library.cards["scenario"]]
    topics = dict.fromkeys(decision.topic for case in cases for decision in case.decisions)
    others = [topic for topic in topics if topic != "payer"]
    known = dict(_ALIKE)
    if others and "payer" in topics:
        known["no_payer"] = (f"scope.decisions=[{', '.join(others)}]",)
    return known
