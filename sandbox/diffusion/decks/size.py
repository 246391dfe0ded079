"""How much the results of a country depend on the number of sessions behind its meetings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sandbox.diffusion.deck import Cells, Deck
from sandbox.diffusion.play import play_as_dealt
from sandbox.diffusion.spread import SpreadPlan

_SHARES, _DRAWS = (0.125, 0.25, 0.5), 4
DRAWS = _DRAWS * len(_SHARES)
"""Smaller decks that are drawn."""


@dataclass(frozen=True)
class SizeOfDeck:
    """How far results move where the deck is smaller.

    Args:
        share: share of the deck's sessions, drawn anew each time.
        sessions: mean number of sessions behind a cell.
        form: distance of the final share of places in form from that under the whole deck: the root of the mean square
            over draws.
        substance: the same in substance.
        course: the same over all periods, of the share in form.
    """

    share: float
    draws: int
    sessions: float
    form: float
    substance: float
    course: float


def part(deck: Deck, share: float, seed: int) -> Deck:
    """Return a deck with a share of each cell's sessions, at least one of them, drawn by a seed.

    Raises:
        ValueError: the share is not above 0, or more than 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"a share of {share:g}")
    order = np.random.default_rng((seed, 3)).random(len(deck))
    cells = []
    for start, size in zip(deck.cells.offsets[:-1], np.diff(deck.cells.offsets), strict=True):
        rows = start + np.argsort(order[start : start + size], kind="stable")
        cells.append(np.sort(rows[: max(1, round(share * size)) if size else 0]))
    rows = np.concatenate(cells)
    return replace(
        deck,
        cells=Cells(np.cumsum([0, *map(len, cells)]), *(column[rows] for column in deck.cells[1:])),
        digest=f"{deck.digest}/{share:g}/{seed}",
    )


def moves_with_size(plan: SpreadPlan, deck: Deck, on_country: Callable[[int], object] = int) -> tuple[SizeOfDeck, ...]:
    """Play a plan's first country under smaller decks, and return how far it moves from that under the whole deck.

    ``on_country`` is called with the number of newly finished countries.
    """
    whole = play_as_dealt(plan, deck)
    sizes = []
    for share in _SHARES:
        courses = []
        for draw in range(_DRAWS):
            courses.append(play_as_dealt(plan, part(deck, share, draw)))
            on_country(1)
        sizes.append(
            SizeOfDeck(
                share,
                _DRAWS,
                float(np.mean(part(deck, share, 0).sizes())),
                _root([course.form[-1] - whole.form[-1] for course in courses]),
                _root([course.substance[-1] - whole.substance[-1] for course in courses]),
                _root(np.stack([course.form - whole.form for course in courses])),
            )
        )
    return tuple(sizes)


def _root(differences: object) -> float:
    return float(np.sqrt(np.mean(np.square(np.asarray(differences, float)))))
