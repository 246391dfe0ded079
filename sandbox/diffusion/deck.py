"""The deck: the results of sessions that were played beforehand, by kind of place, channel and stand.

A cell is a kind of place (governance model and city), the channel by which the idea came, and the place's stand on it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, get_args
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from sandbox.content.network_card import Channel

CHANNELS: tuple[Channel, ...] = get_args(Channel)
"""How the idea came to a place."""
Stand = Literal["fresh", "form"]
STANDS: tuple[Stand, ...] = get_args(Stand)
"""Whether a place had adopted in form already."""


class Kind(NamedTuple):
    """A kind of place: its governance model and what drives reform there (a city), by id."""

    governance: str
    city: str


UNUSABLE = (
    BadZipFile, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, EOFError, OSError,
    RecursionError, NotImplementedError, zlib.error,
)  # fmt: skip
"""What reading says of a file of arrays that somebody else has made, or that is damaged."""


class Cells(NamedTuple):
    """Rows of sessions, cell by cell; cells in the order kind, channel, stand.

    Args:
        offsets: the first row of each cell, and the end of the last.
        form: 1 where something can be shown: a decision carried or plans filed.
        substance: how much of it is more than form, 0 to 1.
        hierarchical: assessment from above, 0 to 1.
        horizontal: assessment from the side, 0 to 1.
        burden: change in burden, -4 to 4.
        copied: share of the plan that stands as handed, 0 to 1.
        kept: share of promises kept, 0 to 1; nan where none fell due.
        variant: code of the terms that were bound.
        session: number of the session in the deck.
    """

    offsets: NDArray[np.int64]
    form: NDArray[np.uint8]
    substance: NDArray[np.float32]
    hierarchical: NDArray[np.float32]
    horizontal: NDArray[np.float32]
    burden: NDArray[np.float32]
    copied: NDArray[np.float32]
    kept: NDArray[np.float32]
    variant: NDArray[np.uint16]
    session: NDArray[np.int64]


@dataclass(frozen=True)
class Deck:
    """The sessions of some kinds of places.

    Args:
        digest: identifies the deck.
        by_model: how many of the sessions a model played; the rules alone played the others.
    """

    kinds: tuple[Kind, ...]
    cells: Cells
    digest: str = ""
    by_model: int = 0

    def __len__(self) -> int:
        return len(self.cells.form)

    def sizes(self) -> NDArray[np.int64]:
        """Return the number of sessions in each cell: kinds by channels by stands."""
        return np.diff(self.cells.offsets).reshape(len(self.kinds), len(CHANNELS), len(STANDS))


def redrawn(deck: Deck, seed: int) -> tuple[Deck, NDArray[np.int32]]:
    """Return a deck with as many sessions in each cell, drawn with replacement from those that there are.

    Results over many such decks vary about as much as over decks that are dealt anew: the bootstrap (Efron 1979,
    doi:10.1214/aos/1176344552). With one seed, decks whose cells have the same sizes are drawn alike.

    Returns:
        The deck, and for each of its rows the row in the deck as it was dealt.
    """
    starts, sizes = deck.cells.offsets[:-1], np.diff(deck.cells.offsets)
    luck = np.random.default_rng((seed, 4)).random(len(deck))
    rows = (np.repeat(starts, sizes) + (luck * np.repeat(sizes, sizes)).astype(np.int64)).astype(np.int32)
    return replace(deck, cells=Cells(deck.cells.offsets, *(column[rows] for column in deck.cells[1:]))), rows
