"""The deck: what came of sessions that were really played, by kind of place, channel and stand.

A cell is a kind of place (governance model and city), the channel by which the idea came and how the place stood to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from sandbox.content.network_card import Channel

__all__ = ["CHANNELS", "COLUMNS", "STANDS", "Channel", "Deck", "Kind", "Stand"]

CHANNELS: tuple[Channel, ...] = get_args(Channel)
"""How the idea came to a place."""
Stand = Literal["fresh", "form"]
STANDS: tuple[Stand, ...] = get_args(Stand)
"""Whether a place had adopted in form already."""


class Kind(NamedTuple):
    """A kind of place: its governance model and what drives reform there (a city), by id."""

    governance: str
    city: str


COLUMNS = ("form", "substance", "hierarchical", "horizontal", "burden", "copied", "kept", "variant", "session")


@dataclass(frozen=True)
class Deck:
    """Rows of sessions, cell by cell; cells in the order kind, channel, stand.

    Args:
        kinds: kinds of places.
        offsets: where the rows of each cell begin, and where the last end.
        form: 1 where something can be shown: a decision carried or plans filed.
        substance: how much of it is more than form, 0 to 1.
        hierarchical: assessment from above, 0 to 1.
        horizontal: assessment from the side, 0 to 1.
        burden: change in burden, -4 to 4.
        copied: share of the plan that stands as handed, 0 to 1.
        kept: share of promises kept, 0 to 1; nan where none fell due.
        variant: code of the terms that were bound.
        session: number of the session in the deck.
        digest: what tells this deck from any other.
    """

    kinds: tuple[Kind, ...]
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
    digest: str = ""

    def __len__(self) -> int:
        return len(self.form)

    def cell(self, kind: int, channel: int, stand: int) -> int:
        """Return the number of a cell."""
        return (kind * len(CHANNELS) + channel) * len(STANDS) + stand

    def sizes(self) -> NDArray[np.int64]:
        """Return how many sessions stand behind each cell: kinds by channels by stands."""
        return np.diff(self.offsets).reshape(len(self.kinds), len(CHANNELS), len(STANDS))

    @classmethod
    def synthetic(cls, kinds: tuple[Kind, ...], seed: int = 1, sessions: int = 20) -> Deck:
        """Return a deck of made-up rows, for tests and benchmarks: nobody played them."""
        random = np.random.default_rng(seed)
        cells = len(kinds) * len(CHANNELS) * len(STANDS)
        count = cells * sessions
        real = random.random((6, count), dtype=np.float32)
        channel = np.arange(count) // (sessions * len(STANDS)) % len(CHANNELS)
        return cls(
            kinds=kinds,
            offsets=np.arange(cells + 1, dtype=np.int64) * sessions,
            form=(real[0] < 0.75).astype(np.uint8),
            substance=np.clip(real[1] * np.array([0.6, 0.8, 1.1, 0.9, 0.9], np.float32)[channel], 0, 1),
            hierarchical=real[2],
            horizontal=np.clip(0.5 * real[1] + 0.5 * real[3], 0, 1).astype(np.float32),
            burden=(2 * real[4] - 0.5).astype(np.float32),
            copied=(real[5] * np.array([0.9, 0.7, 0.5, 0.5, 0.6], np.float32)[channel]).astype(np.float32),
            kept=np.where(real[3] < 0.2, np.nan, real[4]).astype(np.float32),
            variant=random.integers(0, 12, count, dtype=np.uint16),
            session=np.arange(count, dtype=np.int64),
            digest=f"synthetic-{seed}",
        )
