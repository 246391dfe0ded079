"""Plays the sessions of a deck by the rules alone, in as many processes as one likes: the rows are the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sandbox.content.library import Library
from sandbox.content.network_card import DeckOf
from sandbox.diffusion.deck import Kind
from sandbox.diffusion.decks.cells import CELLS, Cell, Dealing, seed_of
from sandbox.diffusion.decks.leaning import LeaningChoice
from sandbox.diffusion.decks.rows import Row, Variants, row_of
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.play import play
from sandbox.game.session import Session

__all__ = ["Played", "play_kind", "play_rows"]

_CHUNK = 50
_WORTH_PROCESSES = 600
"""Sessions for which it pays to start processes, which takes each about two seconds."""
_LOOK_AGAIN = 0.5
_DEALING: Any = None  # set in a process of a pool: what it deals from
_STOP: Any = None  # likewise: the event that stops it


@dataclass(frozen=True)
class Played:
    """The sessions of a kind.

    Args:
        kind: the kind.
        rows: those of each cell, in the order of `CELLS`.
        empty: why a cell has none, by its place in `CELLS`.
    """

    kind: Kind
    rows: tuple[tuple[Row, ...], ...]
    empty: dict[int, str]


@dataclass(frozen=True)
class _Chunk:
    """Sessions of a cell that a process plays at once: from which number on, and up to which."""

    cell: int
    first: int
    end: int


def play_kind(
    dealing: Dealing, kind: Kind, processes: int = 1, content: Path | None = None,
    on_played: Callable[[int], None] = lambda _: None,
) -> Played:  # fmt: skip
    """Play all sessions of a kind.

    Args:
        dealing: what the deck is dealt from.
        kind: the kind.
        processes: how many play at once.
        content: the user's own content folder, for other processes.
        on_played: called with the number of sessions that have been played since the last time.

    Raises:
        InputError: no cell of the kind can be played.
    """
    most = dealing.settings.sessions
    chunks = [
        _Chunk(cell, first, min(most, first + _CHUNK)) for cell in range(len(CELLS)) for first in range(0, most, _CHUNK)
    ]
    done: dict[_Chunk, list[Row] | str] = {}
    pooled = processes > 1 and most * len(CELLS) >= _WORTH_PROCESSES
    for chunk, rows in _in_processes(dealing, kind, chunks, processes, content) if pooled else _here(
        dealing, kind, chunks
    ):
        done[chunk] = rows
        on_played(chunk.end - chunk.first)
    empty = {chunk.cell: rows for chunk, rows in done.items() if isinstance(rows, str)}
    if len(empty) == len(CELLS):
        raise InputError(f"{kind.governance} × {kind.city}: {next(iter(empty.values()))}")
    rows = tuple(
        tuple(row for chunk in chunks if chunk.cell == cell and cell not in empty for row in done[chunk])
        for cell in range(len(CELLS))
    )
    return Played(kind, rows, empty)


def play_rows(dealing: Dealing, cell: Cell, first: int, end: int) -> list[Row]:
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
        game = games[scenario].twin(seed=seed_of(scenario, number))
        rows.append(row_of(Session(game, play(game, LeaningChoice(game.templates))), variants))
    return rows


def _here(dealing: Dealing, kind: Kind, chunks: list[_Chunk]) -> Iterator[tuple[_Chunk, list[Row] | str]]:
    for chunk in chunks:
        yield chunk, _played(dealing, kind, chunk)


def _played(dealing: Dealing, kind: Kind, chunk: _Chunk) -> list[Row] | str:
    """Return the rows of some sessions, or why there are none."""
    try:
        return play_rows(dealing, Cell(kind, *CELLS[chunk.cell]), chunk.first, chunk.end)
    except InputError as error:
        return str(error)


def _in_processes(
    dealing: Dealing, kind: Kind, chunks: list[_Chunk], processes: int, content: Path | None
) -> Iterator[tuple[_Chunk, list[Row] | str]]:
    context = get_context("spawn")
    stop = context.Event()
    arguments = (stop, content, dealing.kinds, dealing.settings)
    pool = ProcessPoolExecutor(min(processes, len(chunks)), context, _begin, arguments)
    try:
        waiting: dict[Future[list[Row] | str | None], _Chunk] = {
            pool.submit(_in_process, kind, chunk, os.getpid()): chunk for chunk in chunks
        }
        while waiting:
            for future in wait(waiting, _LOOK_AGAIN, FIRST_COMPLETED).done:
                rows = future.result()
                if rows is not None:
                    yield waiting[future], rows
                del waiting[future]
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(stop: Any, content: Path | None, kinds: tuple[Kind, ...], settings: DeckOf) -> None:
    global _DEALING, _STOP  # noqa: PLW0603 - what a process needs can be handed to it only where it begins
    _STOP, _DEALING = stop, Dealing(Library.load(content), kinds, settings)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal interrupts all; who began this one tells it to stop


def _in_process(kind: Kind, chunk: _Chunk, parent: int) -> list[Row] | str | None:
    if _STOP.is_set() or os.getppid() != parent:
        return None
    return _played(_DEALING, kind, chunk)
