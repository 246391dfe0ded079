"""Decks as tables in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.content.words import Words
from sandbox.diffusion.decks.dealt import Dealt
from sandbox.diffusion.decks.figures import CellFigures
from sandbox.diffusion.decks.size import SizeOfDeck

__all__ = ["deck_table", "size_table"]


# Below this many columns of the terminal a table holds the first figures alone.
WIDE = 130


def deck_table(
    country: Country,
    dealt: Dealt,
    figures: Sequence[CellFigures],
    library: Library,
    words: Words,
    path: Path,
    width: int,
) -> Group:
    """Return what the sessions of each cell come to: a table a kind of place.

    Args:
        country: the country.
        dealt: its deck.
        figures: what each cell comes to, kind by kind.
        library: the cards, for their names.
        words: the words of the reader's language.
        path: where the deck is kept.
        width: columns of the terminal; in fewer than 130, in form, substance and promises alone are shown.
    """
    by_model = len(dealt.sampled)
    title = words(
        "deck.title", network=country.name.get(words.lang), sessions=len(dealt.deck) - by_model, by_model=by_model
    )
    kept = any(cell.kept is not None for cell in figures)
    first = ["sessions", "form", "substances", *(["promises"] if kept else []), *(["by_model"] if by_model else [])]
    more = ["H", "P", "burden", "copied", "versions"]
    names = [*first, *more] if width >= WIDE else first
    tables = []
    for kind, cells in groupby(figures, key=lambda cell: cell.cell.kind):
        heading = words(
            "deck.kind",
            governance=library.governance(kind.governance).name.get(words.lang),
            city=library.city(kind.city).name.get(words.lang),
        )
        table = Table(
            title=Text("\n" + heading, style="bold"), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0)
        )
        table.add_column(words("deck.channel"), no_wrap=True)
        table.add_column(words("deck.stand"), no_wrap=True)
        for name in names:
            table.add_column(words(f"deck.{name}") if len(name) > 1 else name, justify="right")
        for cell in cells:
            channel = library.arrival(cell.cell.channel).name.get(words.lang)
            texts = {**_figures(cell), "by_model": _by_model(cell)}
            table.add_row(
                *map(Text, (channel, words(f"deck.stand.{cell.cell.stand}"), *(texts[name] for name in names)))
            )
        tables.append(table)
    notes = [words("deck.substance"), words("deck.world"), words("deck.kept", path=path, played=dealt.played)]
    if width < WIDE:
        labels = [words(f"deck.{name}") if len(name) > 1 else name for name in more]
        notes.insert(0, words("deck.wider", width=WIDE, columns=words.join(labels)))
    return Group(Text(title), *tables, Text("\n" + "\n".join(notes), style="italic"))


def _figures(cell: CellFigures) -> dict[str, str]:
    return {
        "sessions": f"{cell.sessions}+{cell.by_model}" if cell.by_model else str(cell.sessions),
        "form": _percent(cell.form),
        "substances": _number(cell.substance) + (f" ±{cell.error:.2f}" if cell.error is not None else ""),
        "promises": _percent(cell.kept),
        "H": _number(cell.hierarchical),
        "P": _number(cell.horizontal),
        "burden": _number(cell.burden),
        "copied": _percent(cell.copied),
        "versions": str(cell.versions),
    }


def _by_model(cell: CellFigures) -> str:
    return f"{_percent(cell.model_form)}, {_number(cell.model_substance)}" if cell.by_model else "–"


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
