"""What is played once more for the report of a country: under smaller decks, and for the facts of the literature."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from sandbox.content.files import read_text, write_whole
from sandbox.diffusion.deck import Deck
from sandbox.diffusion.decks.size import DRAWS, SizeOfDeck, moves_with_size
from sandbox.diffusion.facts import FACTS, Shown, of_small_countries
from sandbox.diffusion.facts import SEEDS as FACT_SEEDS
from sandbox.diffusion.spread import Spread
from sandbox.web.countries import Extra

__all__ = ["add_extra", "facts_in", "sizes_in"]


def add_extra(
    extra: Extra, folder: Path, spread: Spread, deck: Deck, on_begin: Callable[[int], object],
    on_done: Callable[[int], object],
) -> None:  # fmt: skip
    """Play what an extra needs, and keep it beside a result; nothing is played where it is kept.

    Args:
        extra: how far the result hangs on the number of sessions, or what of the literature such countries show.
        folder: of the result.
        spread: the result.
        deck: the sessions behind it.
        on_begin: called with how many countries, or measures, there are to be.
        on_done: called with how many are done.
    """
    if _path(folder, extra).is_file():
        return
    if extra == "size":
        on_begin(sum(DRAWS))
        rows: list[dict[str, Any]] = [asdict(each) for each in moves_with_size(spread.plan, deck, on_country=on_done)]
    else:
        on_begin(len(FACTS) * len(FACT_SEEDS))
        rows = [
            {**vars(each), "figures": each.figures.tolist()}
            for each in of_small_countries(spread.plan.country, deck, on_done)
        ]
    write_whole(_path(folder, extra), json.dumps(rows))


def sizes_in(folder: Path) -> tuple[SizeOfDeck, ...]:
    """Return how far a result moves under smaller decks; nothing where that was not played."""
    return tuple(SizeOfDeck(**row) for row in _rows(folder, "size"))


def facts_in(folder: Path) -> tuple[Shown, ...]:
    """Return what countries like a result's show of the literature; nothing where that was not played."""
    return tuple(Shown(**{**row, "figures": np.array(row["figures"], float)}) for row in _rows(folder, "facts"))


def _rows(folder: Path, extra: Extra) -> list[dict[str, Any]]:
    path = _path(folder, extra)
    rows: list[dict[str, Any]] = json.loads(read_text(path)) if path.is_file() else []
    return rows


def _path(folder: Path, extra: Extra) -> Path:
    return folder / f"{extra}.json"
