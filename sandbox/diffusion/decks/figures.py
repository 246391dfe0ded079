"""The figures of the sessions of each cell of a deck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.diffusion.decks.cells import CELLS, Cell
from sandbox.diffusion.decks.dealt import Dealt
from sandbox.scoring.reliability import share

_MEANS = ("form", "hierarchical", "horizontal", "burden", "copied", "kept")


@dataclass(frozen=True)
class CellFigures:
    """The means over the sessions of a cell; None where there is nothing to count.

    Args:
        sessions: how many the rules alone played.
        by_model: how many a model played.
        form: share of all in which something can be shown.
        form_low: lower end of its 95% interval (Wilson's); None where there are fewer than two sessions.
        form_high: the upper end.
        substance: mean of how much of it is more than form.
        error: standard error of that mean; None where all sessions are equal, which says nothing of it.
        copied: mean share of the plan that stands as handed down.
        kept: mean share of promises kept a year later.
        versions: how many different terms were bound.
        model_form: `form` of the sessions that a model played.
        model_substance: `substance` of these.
        empty: why nothing can be played; empty where something can.
    """

    cell: Cell
    sessions: int
    by_model: int
    form: float | None
    form_low: float | None
    form_high: float | None
    substance: float | None
    error: float | None
    hierarchical: float | None
    horizontal: float | None
    burden: float | None
    copied: float | None
    kept: float | None
    versions: int
    model_form: float | None
    model_substance: float | None
    empty: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        own = {name: value for name, value in vars(self).items() if name != "cell"}
        place = {"governance": self.cell.kind.governance, "city": self.cell.kind.city}
        return {**place, "channel": self.cell.channel, "stand": self.cell.stand, **own}


def figures_of(dealt: Dealt) -> tuple[CellFigures, ...]:
    """Return the figures of all cells, in the order of the deck."""
    deck = dealt.deck.cells
    cells = [Cell(kind, *place) for kind in dealt.deck.kinds for place in CELLS]
    figures = []
    for number, cell in enumerate(cells):
        rows = slice(int(deck.offsets[number]), int(deck.offsets[number + 1]))
        by_model = sum(each.cell == cell for each in dealt.sampled)
        substance = deck.substance[rows]
        known = share(int(deck.form[rows].sum()), len(substance))
        error = float(substance.std(ddof=1)) / len(substance) ** 0.5 if len(set(substance.tolist())) > 1 else None
        spoken = slice(len(substance) - by_model, None)
        figures.append(
            CellFigures(
                cell=cell,
                sessions=len(substance) - by_model,
                by_model=by_model,
                substance=_mean(substance),
                form_low=None if known.low is None else round(known.low, 3),
                form_high=None if known.high is None else round(known.high, 3),
                error=None if error is None else round(error, 3),
                **{name: _mean(getattr(deck, name)[rows]) for name in _MEANS},
                versions=len(set(deck.variant[rows].tolist()) - {0}),
                model_form=_mean(deck.form[rows][spoken]) if by_model else None,
                model_substance=_mean(substance[spoken]) if by_model else None,
                empty=dealt.empty.get(cell, ""),
            )
        )
    return tuple(figures)


def _mean(values: NDArray[Any]) -> float | None:
    known = values[~np.isnan(values)] if values.dtype.kind == "f" else values
    return round(float(known.mean(dtype=np.float64)), 3) if len(known) else None
