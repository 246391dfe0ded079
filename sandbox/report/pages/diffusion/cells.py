"""What the sessions behind a country's meetings come to: a table for each kind of place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.content.words import Words
from sandbox.diffusion.decks.dealt import Dealt
from sandbox.diffusion.decks.figures import CellFigures
from sandbox.report.document.blocks import Block
from sandbox.report.document.compose import note, paragraph, strong, table
from sandbox.report.figures import NONE, decimal, percent

WIDE = 130
"""Columns of a terminal from which on there is room for all figures."""

_MORE = ("H", "P", "burden", "copied", "versions")


def cells_told(
    country: Country, dealt: Dealt, figures: Sequence[CellFigures], library: Library, words: Words, *, wide: bool
) -> Iterator[Block]:
    """Yield what the sessions of each cell come to; without room (``wide``) the first figures alone."""
    by_model = len(dealt.sampled)
    played = {"sessions": len(dealt.deck) - by_model, "by_model": by_model}
    yield paragraph((strong(words("deck.title", network=country.name.get(words.lang), **played)),))
    kept = any(cell.kept is not None for cell in figures)
    first = ["sessions", "form", "substances", *(["promises"] if kept else []), *(["by_model"] if by_model else [])]
    names = [*first, *(_MORE if wide else ())]
    labels = {name: words(f"deck.{name}") if len(name) > 1 else name for name in (*first, *_MORE)}
    head = (words("deck.channel"), words("deck.stand"), *(labels[name] for name in names))
    for kind, cells in groupby(figures, key=lambda cell: cell.cell.kind):
        model, city = library.governance(kind.governance).name, library.city(kind.city).name
        rows = []
        for cell in cells:
            shown = _shown(cell)
            channel, stand = library.arrival(cell.cell.channel).name, words(f"deck.stand.{cell.cell.stand}")
            rows.append((channel.get(words.lang), stand, *(shown[name] for name in names)))
        yield table(words("deck.kind", governance=model.get(words.lang), city=city.get(words.lang)), head, rows)
    if not wide:
        yield note(words("deck.wider", width=WIDE, columns=words.join([labels[name] for name in _MORE])))
    yield note(words("deck.substance"))
    yield note(words("deck.world"))


def _shown(cell: CellFigures) -> dict[str, str]:
    return {
        "sessions": f"{cell.sessions}+{cell.by_model}" if cell.by_model else str(cell.sessions),
        "form": percent(cell.form),
        "substances": decimal(cell.substance) + (f" ± {decimal(cell.error)}" if cell.error is not None else ""),
        "promises": percent(cell.kept),
        "H": decimal(cell.hierarchical),
        "P": decimal(cell.horizontal),
        "burden": decimal(cell.burden),
        "copied": percent(cell.copied),
        "versions": str(cell.versions),
        "by_model": f"{percent(cell.model_form)}, {decimal(cell.model_substance)}" if cell.by_model else NONE,
    }
