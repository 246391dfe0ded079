"""Sessions that the rules alone play: many a second, on as many cores as there are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from sandbox.content.library import Library
from sandbox.content.words import refusal
from sandbox.content.words.kept import why_in_a_line
from sandbox.diffusion.pool import in_pool, in_process, pool_of
from sandbox.experiment.outcomes import mean_pulses, outcomes_of
from sandbox.experiment.playing.countries import CountrySpec
from sandbox.experiment.playing.worker import BEAT, Claimed, Finished, Worker
from sandbox.experiment.store.store import Store
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.llm.usage import Usage
from sandbox.record.log import Log
from sandbox.session.context import DIRECTED
from sandbox.session.runner import Models, Watch, run_session

if TYPE_CHECKING:
    from sandbox.experiment.playing.spreading import Countries


BATCH = 32
"""Sessions that a process takes and keeps at once."""
_SILENT = Models(None, (), DIRECTED)


class Games:
    """The games of sessions: sessions that differ by their seed alone share what cards and rules come to.

    Args:
        runs: the folder in which decks of countries are kept; None for that of the settings.
    """

    def __init__(self, library: Library, runs: Path | None = None) -> None:
        self._library, self._runs = library, runs

    def of(self, spec: SessionSpec) -> Game:
        """Return the game of a session.

        Raises:
            InputError: the content does not fit, or is not that with which the session was planned.
        """
        game = Game(spec, self._library)
        if spec.content not in ("", game.content_digest):
            raise refusal("refused.other_content", session=f"{spec.scenario} {spec.governance}")
        return game

    def check(self, spec: SessionSpec) -> None:
        """Raise `InputError` where the content is not that with which a session, or a country, was planned."""
        if isinstance(spec, CountrySpec):
            self.countries.check(spec)
        else:
            self.of(spec)

    @cached_property
    def countries(self) -> Countries:
        """The countries, with the decks behind their meetings."""
        from sandbox.experiment.playing.spreading import Countries  # brings numpy and the kernel

        return Countries(self._library, self._runs)


class Pool:
    """Processes that play what is left for the rules alone, each of them at work on the store by itself.

    Args:
        where: the store, by path or URL.
        content: the user's own content folder, or None.
        shares: how many sessions each process plays at most, one entry a process; None for no bound.
    """

    def __init__(
        self, where: str | Path, name: str, content: Path | None, keep: bool, shares: list[int | None]
    ) -> None:
        self._stop = get_context("spawn").Event()
        self._pool = pool_of(len(shares), _given, self._stop)
        self._left: list[Future[None]] = [
            self._pool.submit(in_process, _play_in_process, where, name, content, keep, share) for share in shares
        ]

    async def work(self, on_change: Callable[[], None]) -> None:
        """Wait until nothing is left to play, or the processes were told to stop; ``on_change`` is called meanwhile.

        Raises:
            StorageError: the store cannot be read or written.
            InterruptedSessionError: one of the processes was ended from outside.
        """
        futures = [asyncio.wrap_future(future) for future in self._left]
        waiting = set(futures)
        try:
            while waiting:
                done, waiting = await asyncio.wait(waiting, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
                with in_pool():
                    for future in done:
                        future.result()
                on_change()
        finally:
            self.stop()
            self._pool.shutdown(wait=True)
            await asyncio.gather(*futures, return_exceptions=True)  # where one was ended, all have failed

    def stop(self) -> None:
        """Let the processes end with what they have taken."""
        self._stop.set()


async def play_by_rules(claimed: Claimed, games: Games, keep: bool) -> Finished:
    """Play a session, or a country, by the rules alone.

    Without its events (``keep``) it is played faster, and can be played again at any time.
    """
    try:
        if isinstance(claimed.spec, CountrySpec):
            return Finished(claimed.id, "", games.countries.outcomes(claimed.spec), {}, Usage())
        game = games.of(claimed.spec)
        if keep:
            log = Log()
            session = await run_session(game, log, _SILENT, Watch(), claimed.id)
        else:
            session = Session(game, play(game, RandomChoice(game.templates)))
        outcomes = outcomes_of(session)
    except Exception as error:  # noqa: BLE001 - one session that fails is told, and ends no others
        return Finished(claimed.id, why_in_a_line(error))
    return Finished(claimed.id, "", outcomes, mean_pulses(session), Usage(), session.events)


async def play_left(
    worker: Worker, games: Games, keep: bool, goes_on: Callable[[], bool], most: int | None = None
) -> None:
    """Play sessions that are left for the rules alone, until none is, or ``most``, or ``goes_on`` says no.

    Raises:
        StorageError: the store cannot be read or written.
    """
    beaten, played = monotonic(), 0
    while goes_on() and (most is None or played < most):
        batch = worker.claim(True, min(BATCH, BATCH if most is None else most - played))
        if not batch:
            return
        finished: list[Finished] = []
        for claimed in batch:
            finished.append(await play_by_rules(claimed, games, keep))
            if monotonic() - beaten > BEAT / 2:  # a country may take that long
                worker.finish(finished)
                worker.beat()
                beaten, finished = monotonic(), []
                if not goes_on():
                    return
        if finished:
            worker.finish(finished)
        played += len(batch)
        await asyncio.sleep(0)


def decks_of(where: str | Path) -> Path | None:
    """Return the folder in which decks of countries are kept: beside a store that is a file, else None."""
    path = str(where).removeprefix("sqlite:///")
    return None if "://" in path else Path(path).parent


def _given(stop: Any) -> Any:
    return stop  # an event can be handed to a process only where it begins


def _play_in_process(
    stop: Any, where: str | Path, name: str, content: Path | None, keep: bool, most: int | None
) -> None:
    with Store(where, name, make=False) as store:
        worker = Worker(store)
        try:
            games = Games(Library.load(content), decks_of(where))
            asyncio.run(play_left(worker, games, keep, lambda: not stop.is_set(), most))
        finally:
            worker.leave()
