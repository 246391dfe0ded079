"""Countries played in the browser: one at a time for the whole server, in a process of its own, and tables go on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.network_card import Country, Mechanism
from sandbox.content.words import refusal
from sandbox.errors import InputError

DISTRICTS = (1_000, 10_000, 100_000)
"""Numbers of places that a page offers."""
SEEDS = (1, 5, 10)
"""Numbers of countries that a page offers."""
_BEGIN_SECONDS = 6.0  # to start the process, and to make pages
_RATE = 1.5e-6  # seconds a place, period and country, until some have been played
_SESSIONS = 60.0  # sessions of a deck a second, likewise
_IDLE_SECONDS = 900.0  # after which the process is ended, until somebody plays again
_WORKER = ("-m", "sandbox.web.country_worker")
_RESULT = re.compile(r"[0-9a-f]{16}")
Extra = Literal["size", "facts"]
EXTRAS: tuple[Extra, ...] = ("size", "facts")
"""What a report can tell beside the rest, once it is played."""
Stage = Literal["waits", "sessions", "countries"] | Extra
_ALIKE: dict[str, tuple[str, ...]] = {
    "undecided": ("scope.decisions=none",),
    "no_veto": ("aggregation.veto=[]",),
    "chair_alone": ("aggregation.procedure=chair_decides",),
}


@dataclass(frozen=True)
class Setting:
    """What is to be played.

    Args:
        seeds: countries, from seed 1 on.
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
class Progress:
    """How far an order is.

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
class Countries:
    """Plays countries and makes their pages."""

    library: Library
    runs: Path
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: list[Progress] = field(default_factory=list)
    _worker: asyncio.subprocess.Process | None = None
    _rate: float = _RATE
    _dealt: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    _warm: bool = False
    _ends: asyncio.TimerHandle | None = None

    def known(self) -> tuple[Country, ...]:
        """Return the countries of the content, in the order of their ids."""
        cards: list[object] = [self.library.network(name) for name in sorted(self.library.cards["network"])]
        return tuple(card for card in cards if isinstance(card, Country))

    def seconds(self, setting: Setting) -> tuple[float, float]:
        """Return about how many seconds a setting takes, and how many more if its sessions are to be played first."""
        country = self._country(setting.network)
        cells = setting.districts * country.periods * setting.seeds
        sessions = (
            0
            if (country.id, setting.changes) in self._dealt
            else 10 * len(country.within_region()) * country.deck.sessions
        )
        return _BEGIN_SECONDS + self._rate * cells, sessions / _SESSIONS

    async def play(self, setting: Setting, progress: Progress) -> str:
        """Play a country, and return by which name its result is kept; whoever cancels this stops it.

        Raises:
            InputError: the setting does not fit, or the process ended without an answer.
        """
        answer = await self._order({"do": "play", **asdict(setting)}, progress)
        self._dealt.add((setting.network, setting.changes))
        self._warm, warm = True, self._warm
        if warm and answer["seconds"] > 1:  # the first one of a process has its code compiled as well
            periods = self._country(setting.network).periods
            self._rate = answer["seconds"] / (setting.districts * periods * setting.seeds)
        return str(answer["result"])

    async def more(self, result: str, extra: Extra, progress: Progress) -> None:
        """Play what the report of a result can tell beside it, from then on in all its forms.

        Raises:
            InputError: there is no such result, its sessions are others now, or the process ended without an answer.
        """
        await self._order({"do": "more", "result": result, "extra": extra}, progress)

    async def page(self, what: Literal["view", "report"], results: Sequence[str], lang: Lang, form: str) -> Path:
        """Return where the page of a result, or of two side by side, has been written.

        Raises:
            InputError: there is no such result, or the process ended without an answer.
        """
        if not results or not all(map(_RESULT.fullmatch, results)):
            raise refusal("country.refused.no_result")
        order = {"do": "page", "what": what, "results": tuple(results), "lang": lang, "form": form}
        return Path((await self._order(order, Progress()))["page"])

    async def close(self) -> None:
        """End the process."""
        if self._worker is not None and self._worker.returncode is None:
            self._worker.kill()
            await self._worker.wait()
        self._worker = None

    def _country(self, name: str) -> Country:
        return next(country for country in self.known() if country.id == name)

    async def _order(self, order: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        async with self._in_turn(progress):
            try:
                answer = await self._answer(order, progress)
            except BaseException:
                await self.close()  # what it is at is stopped with it
                raise
            self._ends = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._end)
        if "refused" in answer:
            raise InputError(answer["refused"], answer["key"], answer["values"])
        return answer

    async def _answer(self, order: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        worker = await self._running()
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(json.dumps(order).encode() + b"\n")
        with contextlib.suppress(ConnectionError):
            await worker.stdin.drain()
        while line := await worker.stdout.readline():
            told = json.loads(line)
            if "what" not in told:
                return dict(told)
            progress.stage, progress.done, progress.whole = told["what"], told["done"], told["of"]
        raise refusal("country.refused.ended")

    async def _running(self) -> asyncio.subprocess.Process:
        if self._worker is None or self._worker.returncode is not None:
            self._warm = False
            roots = self.library.roots[1:]
            self._worker = await asyncio.create_subprocess_exec(
                sys.executable, *_WORKER, str(self.runs), *map(str, roots),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
        return self._worker

    @asynccontextmanager
    async def _in_turn(self, progress: Progress) -> AsyncIterator[None]:
        """Wait until all that were asked for before are answered."""
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
        if self._worker is not None and not self._turn.locked() and self._worker.returncode is None:
            self._worker.terminate()


def swaps(country: Country, library: Library) -> Mapping[str, tuple[str, ...]]:
    """Return the swaps by name, each as ``path=value``; they move what comes of meetings, and all models take them."""
    cases = [library.scenario(case) for case in country.deck.scenarios if case in library.cards["scenario"]]
    topics = dict.fromkeys(decision.topic for case in cases for decision in case.decisions)
    others = [topic for topic in topics if topic != "payer"]
    known = dict(_ALIKE)
    if others and "payer" in topics:
        known["no_payer"] = (f"scope.decisions=[{', '.join(others)}]",)
    return known
