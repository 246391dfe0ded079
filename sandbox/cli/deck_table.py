"""Decks as tables in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.content.words import Words
from sandbox.diffusion.decks.dealt import Dealt
from sandbox.diffusion.decks.figures import CellFigures
from sandbox.diffusion.decks.size import SizeOfDeck

__all__ = ["deck_table", "size_table"]


def deck_table(
    country: Country, dealt: Dealt, figures: Sequence[CellFigures], library: Library, words: Words, path: Path
) -> Table:
    """Return what the sessions of each cell come to: a block of rows a kind of place."""
    by_model = len(dealt.sampled)
    title = words(
        "deck.title", network=country.name.get(words.lang), sessions=len(dealt.deck) - by_model, by_model=by_model
    )
    notes = [words("deck.substance"), words("deck.world"), words("deck.kept", path=path, played=dealt.played)]
    table = Table(
        title=Text(title), title_justify="left", caption=Text("\n".join(notes)), caption_justify="left", expand=True
    )
    table.add_column(words("deck.channel"), ratio=1)
    table.add_column(words("deck.stand"))
    names = ["sessions", "form", "substances", "H", "P", "burden", "copied"]
    kept = any(cell.kept is not None for cell in figures)
    names += [*(["promises"] if kept else []), "versions", *(["by_model"] if by_model else [])]
    for name in names:
        table.add_column(words(f"deck.{name}") if len(name) > 1 else name, justify="right")
    known = None
    for cell in figures:
        if cell.cell.kind != known:
            known = cell.cell.kind
            kind = words(
                "deck.kind",
                governance=library.governance(known.governance).name.get(words.lang),
                city=library.city(known.city).name.get(words.lang),
            )
            table.add_row(Text(kind, style="bold"))
        cells = [
            f"{cell.sessions}+{cell.by_model}" if cell.by_model else str(cell.sessions),
            _percent(cell.form),
            _number(cell.substance) + (f" ±{cell.error:.2f}" if cell.error is not None else ""),
            _number(cell.hierarchical), _number(cell.horizontal), _number(cell.burden), _percent(cell.copied),
            *([_percent(cell.kept)] if kept else []), str(cell.versions),
        ]  # fmt: skip
        if by_model:
            spoken = f"{_percent(cell.model_form)}, {_number(cell.model_substance)}" if cell.by_model else "–"
            cells.append(spoken)
        channel = library.arrival(cell.cell.channel).name.get(words.lang)
        table.add_row(*map(Text, ("  " + channel, words(f"deck.stand.{cell.cell.stand}"), *cells)))
    return table


def size_table(sizes: Sequence[SizeOfDeck], words: Words) -> Table:
    """Return how far a country moves with fewer sessions in its deck."""
    table = Table(
        title=Text(words("deck.size.title")), title_justify="left", caption_justify="left",
        caption=Text(words("deck.size.note", draws=sizes[0].draws)),
    )  # fmt: skip
    for name in ("share", "sessions", "form", "substance", "course"):
        table.add_column(words(f"deck.size.{name}"), justify="right")
    for size in sizes:
        points = (100 * size.form, 100 * size.substance, 100 * size.course)
        table.add_row(f"{size.share:.1%}", f"{size.sessions:.0f}", *(f"{value:.1f}" for value in points))
    return table


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")
