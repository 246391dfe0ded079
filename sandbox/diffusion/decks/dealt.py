"""The deck of a country: kinds that were kept are read, the others played, and all of them joined."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.diffusion.deck import Cells, Deck, Kind
from sandbox.diffusion.decks.cells import CELLS, Cell, Dealing
from sandbox.diffusion.decks.folder import DeckFolder, Sampled, TornError
from sandbox.diffusion.decks.play import DeckSessions, play_kinds, play_rows
from sandbox.diffusion.decks.rows import Row, columns

Why = Literal["torn", "outdated"]


@dataclass(frozen=True)
class Meeting:
    """The session behind a row of a deck.

    Args:
        number: which of the cell's sessions.
        name: the name of its folder among the sessions.
        sampled: the model's session; None where the rules alone played.
    """

    cell: Cell
    number: int
    name: str
    sampled: Sampled | None = None


@dataclass(frozen=True)
class Dealt:
    """A deck, and what it was dealt from.

    Args:
        sampled: sessions that a model played, which stand in their cells beside those by the rules.
        empty: cells in which nothing can be played, and why.
        played: how many sessions were played for it now; the others were kept.
        renewed: files that could not be used and were made anew: they were torn, or playing their sessions again gives
            another result.
    """

    deck: Deck
    dealing: Dealing
    digests: tuple[str, ...]
    sampled: tuple[Sampled, ...]
    empty: Mapping[Cell, str]
    played: int
    renewed: Mapping[Path, Why]

    def meeting(self, row: int) -> Meeting:
        """Return the session behind a row of the deck."""
        session, sessions = int(self.deck.cells.session[row]), self.dealing.settings.sessions
        cells = [Cell(kind, *place) for kind in self.dealing.kinds for place in CELLS]
        by_rules = len(cells) * sessions
        sampled = self.sampled[session - by_rules] if session >= by_rules else None
        cell, number = (sampled.cell, sampled.number) if sampled else (cells[session // sessions], session % sessions)
        digest = self.digests[self.dealing.kinds.index(cell.kind)]
        return Meeting(cell, number, sampled.session if sampled else session_name(digest, cell, number), sampled)


def dealing_of(country: Country, library: Library, changes: Sequence[str] = (), deal: int = 0) -> Dealing:
    """Return what the deck of a country is dealt from.

    ``changes`` are changed rules in addition to those of the card.

    Raises:
        InputError: a kind, case or rule that does not exist.
    """
    kinds = tuple(Kind(*pair) for pair in country.within_region())
    settings = country.deck.model_copy(update={"changes": (*country.deck.changes, *changes)})
    return Dealing(library, kinds, settings, deal)


def deal(
    dealing: Dealing, runs: Path, *, processes: int = 1, content: Path | None = None,
    on_begin: Callable[[int], object] = int, on_played: Callable[[int], object] = int,
) -> Dealt:  # fmt: skip
    """Return a deck: kinds that are kept are not played again.

    Args:
        dealing: what it is dealt from.
        runs: the user's folder of sessions, in which decks are kept.
        processes: how many play at once.
        content: the user's own content folder, for other processes.
        on_begin: called with the number of sessions that are to be played.
        on_played: called with the number of sessions that have been played since the last time.

    Raises:
        InputError: no cell of a kind can be played.
        StorageError: what is played cannot be kept.
    """
    folder = DeckFolder(runs, dealing)
    with folder.locked():
        known: dict[Kind, DeckSessions] = {}
        renewed: dict[Path, Why] = {}
        for kind in dealing.kinds:
            try:
                kept = folder.read(kind)
            except TornError:
                renewed[folder.path_of(kind)] = "torn"
            else:
                if kept and _plays_alike(dealing, kept):
                    known[kind] = kept
                elif kept:
                    renewed[folder.path_of(kind)] = "outdated"
        missing = [kind for kind in dict.fromkeys(dealing.kinds) if kind not in known]
        number = len(missing) * len(CELLS) * dealing.settings.sessions
        on_begin(number)
        for played in play_kinds(dealing, missing, processes, content, on_played):
            folder.keep(played)
            known[played.kind] = played
        sampled = tuple(each for kind in dealing.kinds for each in folder.sampled(kind))
    digests = tuple(folder.digest(kind) for kind in dealing.kinds)
    return Dealt(
        deck=_laid(dealing, [known[kind] for kind in dealing.kinds], sampled, digests),
        dealing=dealing,
        digests=digests,
        sampled=sampled,
        empty={
            Cell(kind, *CELLS[place]): why for kind in dealing.kinds for place, why in sorted(known[kind].empty.items())
        },
        played=number,
        renewed=renewed,
    )


def session_name(digest: str, cell: Cell, number: int, model: str = "") -> str:
    """Return the name of the folder of a deck's session."""
    return "-".join(filter(None, ("deck", digest[:10], cell.channel, cell.stand, f"{number:04d}", model)))


def _plays_alike(dealing: Dealing, kept: DeckSessions) -> bool:
    """Return whether the first session of a kept kind gives the same result when it is played now."""
    place = next((place for place, rows in enumerate(kept.rows) if rows), None)
    if place is None:
        return False
    (now,) = play_rows(dealing, Cell(kept.kind, *CELLS[place]), 0, 1)
    return bool(np.array_equal(columns([now]), columns(kept.rows[place][:1]), equal_nan=True))


def _laid(dealing: Dealing, kinds: Sequence[DeckSessions], sampled: Sequence[Sampled], digests: Sequence[str]) -> Deck:
    """Join the kinds; in each cell the sessions of a model come after those of the rules."""
    sessions, by_rules = dealing.settings.sessions, len(kinds) * len(CELLS) * dealing.settings.sessions
    rows: list[Row] = []
    numbers: list[int] = []
    ends = [0]
    for place, played in enumerate(kinds):
        for cell, own in enumerate(played.rows):
            first = (place * len(CELLS) + cell) * sessions
            rows += own
            numbers += range(first, first + len(own))
            here = Cell(played.kind, *CELLS[cell])
            for number, each in enumerate(sampled):
                if each.cell == here:
                    rows.append(each.row)
                    numbers.append(by_rules + number)
            ends.append(len(rows))
    table = columns(rows)
    column: dict[str, Any] = {name: np.ascontiguousarray(table[:, place]) for place, name in enumerate(Row._fields)}
    column |= {"form": column["form"].astype(np.uint8), "variant": column["variant"].astype(np.uint16)}
    text = "\n".join((*digests, *(each.session for each in sampled)))
    cells = Cells(offsets=np.array(ends, np.int64), **column, session=np.array(numbers, np.int64))
    return Deck(dealing.kinds, cells, sha256(text.encode()).hexdigest(), len(sampled))
