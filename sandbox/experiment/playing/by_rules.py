"""Sessions that the rules alone play: many per second, on all cores."""

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
"""Number of sessions that a process claims and stores at a time."""
_SILENT = Models(None, (), DIRECTED)


class Games:
    """The games of sessions: sessions that differ only by seed share what is derived from cards and rules.

    Args:
        library: the cards.
        runs: the folder with the decks of countries; None for the one in the settings.
    """

    def __init__(self, library: Library, runs: Path | None = None) -> None:
        self._library, self._runs = library, runs

    def of(self, spec: SessionSpec) -> Game:
        """Return the game of a session.

        Raises:
            InputError: the content does not fit, or differs from what the session was planned with.
        """
        game = Game(spec, self._library)
        if spec.content not in ("", game.content_digest):
            raise refusal("refused.other_content", session=f"{spec.scenario} {spec.governance}")
        return game

    def check(self, spec: SessionSpec) -> None:
        """Check that a session, or a country, still has the content that it was planned with.

        Raises:
            InputError: it has not, or the content does not fit.
        """
        if isinstance(spec, CountrySpec):
            self.countries.check(spec)
        else:
            self.of(spec)

    @cached_property
    def countries(self) -> Countries:
        """The countries and their decks."""
        from sandbox.experiment.playing.spreading import Countries  # brings numpy and the kernel

        return Countries(self._library, self._runs)


class Pool:
    """Processes that play the remaining sessions by the rules alone; each works on the store by itself.

    Args:
        where: the store, by path or URL.
        name: the experiment's id.
        content: the user's own content folder, or None.
        keep: whether sessions keep their events.
        shares: the most sessions that each process plays, one entry per process; None for no limit.
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
        """Wait until nothing is left to play or `stop` was called; call ``on_change`` every half second or sooner.

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
            await asyncio.gather(*futures, return_exceptions=True)  # if one process was ended, all futures have failed

    def stop(self) -> None:
        """Let the processes end after the sessions that they have taken."""
        self._stop.set()


async def play_by_rules(claimed: Claimed, games: Games, keep: bool) -> Finished:
    """Play a session, or a country, by the rules alone.

    Without ``keep`` no events are kept: it is faster, and the session can be played again at any time.
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
    except Exception as error:  # noqa: BLE001 - a session that fails is reported and must not end others
        return Finished(claimed.id, why_in_a_line(error))
    return Finished(claimed.id, "", outcomes, mean_pulses(session), Usage(), session.events)


async def play_left(
    worker: Worker, games: Games, keep: bool, goes_on: Callable[[], bool], most: int | None = None
) -> None:
    """Play remaining sessions by the rules alone until none is left, ``most`` are played, or ``goes_on`` returns false.

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
    """Return the folder with the decks of countries: the store's own if it is a file, else None."""
    path = str(where).removeprefix("sqlite:///")
    return None if "://" in path else Path(path).parent


def _given(stop: Any) -> Any:
    return stop  # an event can be given to a process only at its start


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
