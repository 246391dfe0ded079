"""Plays the sessions of a deck by the rules alone, in as many processes as one likes: the rows are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from sandbox.content.library import Library
from sandbox.content.network_card import DeckOf
from sandbox.content.words import refusal
from sandbox.content.words.kept import why_in_a_line
from sandbox.diffusion.deck import Kind
from sandbox.diffusion.decks.cells import CELLS, Cell, Dealing
from sandbox.diffusion.decks.leaning import LeaningChoice
from sandbox.diffusion.decks.rows import Row, Variants, row_of
from sandbox.diffusion.pool import in_pool, pool_of
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.play import play
from sandbox.game.session import Session

_CHUNK = 50
_WORTH_PROCESSES = 600
"""Sessions for which it pays to start processes, which takes each about two seconds."""
_LOOK_AGAIN = 0.5
_DEALING: Any = None  # set in a process of a pool: what it deals from
_STOP: Any = None  # likewise: the event that stops it


@dataclass(frozen=True)
class DeckSessions:
    """The sessions of a kind.

    Args:
        rows: those of each cell, in the order of `CELLS`.
        empty: why a cell has none, by its place in `CELLS`.
    """

    kind: Kind
    rows: tuple[tuple[Row, ...], ...]
    empty: Mapping[int, str]


class _Chunk(NamedTuple):
    kind: Kind
    cell: int
    first: int
    end: int


_Outcome = tuple[Row, ...] | str
"""Rows of a chunk, or why it cannot be played."""


def play_kinds(
    dealing: Dealing, kinds: Sequence[Kind], processes: int = 1, content: Path | None = None,
    on_played: Callable[[int], object] = int,
) -> Iterator[DeckSessions]:  # fmt: skip
    """Play all sessions of some kinds, and yield each kind as soon as it is done.

    Args:
        dealing: what the deck is dealt from.
        kinds: the kinds.
        processes: how many play at once.
        content: the user's own content folder, for other processes.
        on_played: called with the number of sessions that have been played since the last time.

    Raises:
        InputError: no cell of a kind can be played.
    """
    most = dealing.settings.sessions
    chunks = [
        _Chunk(kind, cell, first, min(most, first + _CHUNK))
        for kind in kinds
        for cell in range(len(CELLS))
        for first in range(0, most, _CHUNK)
    ]
    pooled = processes > 1 and most * len(CELLS) * len(kinds) >= _WORTH_PROCESSES
    here = ((chunk, _played(dealing, chunk)) for chunk in chunks)
    outcomes = _in_processes(dealing, chunks, processes, content) if pooled else here
    done: dict[Kind, dict[_Chunk, _Outcome]] = {kind: {} for kind in kinds}
    for chunk, outcome in outcomes:
        done[chunk.kind][chunk] = outcome
        on_played(chunk.end - chunk.first)
        if len(done[chunk.kind]) * len(kinds) == len(chunks):
            yield _whole(chunk.kind, done.pop(chunk.kind))


def play_rows(dealing: Dealing, cell: Cell, first: int, end: int) -> tuple[Row, ...]:
    """Return the rows of a cell's sessions, from one number up to another.

    Raises:
        InputError: the rules do not let a session of this cell be played.
    """
    variants = Variants(dealing.library, dealing.settings.scenarios)
    games: dict[str, Game] = {}
    rows = []
    for number in range(first, end):
        scenario = dealing.scenario(number)
        if scenario not in games:
            games[scenario] = Game(dealing.spec(cell, number), dealing.library)
        game = games[scenario].twin(seed=dealing.seed_of(cell, number))
        rows.append(row_of(Session(game, play(game, LeaningChoice(game.templates))), variants))
    return tuple(rows)


def _whole(kind: Kind, done: Mapping[_Chunk, _Outcome]) -> DeckSessions:
    empty = {chunk.cell: outcome for chunk, outcome in done.items() if isinstance(outcome, str)}
    if len(empty) == len(CELLS):
        raise refusal("deck.refused.kind", governance=kind.governance, city=kind.city, reason=empty[0])
    rows: list[list[Row]] = [[] for _ in CELLS]
    for chunk in sorted(done, key=lambda chunk: chunk.first):
        outcome = done[chunk]
        if not isinstance(outcome, str) and chunk.cell not in empty:
            rows[chunk.cell] += outcome
    return DeckSessions(kind, tuple(map(tuple, rows)), empty)


def _played(dealing: Dealing, chunk: _Chunk) -> _Outcome:
    try:
        return play_rows(dealing, Cell(chunk.kind, *CELLS[chunk.cell]), chunk.first, chunk.end)
    except InputError as error:
        return why_in_a_line(error)


def _in_processes(
    dealing: Dealing, chunks: Sequence[_Chunk], processes: int, content: Path | None
) -> Iterator[tuple[_Chunk, _Outcome]]:
    stop = get_context("spawn").Event()
    pool = pool_of(min(processes, len(chunks)), _begin, stop, content, dealing.kinds, dealing.settings, dealing.deal)
    try:
        waiting: dict[Future[_Outcome | None], _Chunk] = {pool.submit(_in_process, chunk): chunk for chunk in chunks}
        while waiting:
            for future in wait(waiting, _LOOK_AGAIN, FIRST_COMPLETED).done:
                with in_pool():
                    chunk, outcome = waiting.pop(future), future.result()
                if outcome is not None:
                    yield chunk, outcome
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(stop: Any, content: Path | None, kinds: tuple[Kind, ...], settings: DeckOf, deal: int) -> None:
    global _DEALING, _STOP
    _STOP, _DEALING = stop, Dealing(Library.load(content), kinds, settings, deal)


def _in_process(chunk: _Chunk) -> _Outcome | None:
    return None if _STOP.is_set() else _played(_DEALING, chunk)
