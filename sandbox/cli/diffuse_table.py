"""A country, and the deck behind its meetings, as tables in the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Column, Table
from rich.text import Text

from sandbox.cli.console import at_right, captioned
from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.content.words import Words
from sandbox.diffusion.deck import CHANNELS
from sandbox.diffusion.decks.dealt import Dealt
from sandbox.diffusion.decks.figures import CellFigures
from sandbox.diffusion.decks.size import SizeOfDeck
from sandbox.diffusion.facts import Shown
from sandbox.diffusion.spread import Arm, Spread
from sandbox.report.pages.diffusing.moves import figures_of, verdict_of

__all__ = ["adoption_table", "arms_table", "deck_table", "facts_table", "size_table", "taught_table"]

_ROWS = 14
# Below this many columns of the terminal the table of a deck holds the first figures alone.
WIDE = 130


def adoption_table(spread: Spread, words: Words) -> Table:
    """Return how many places have the reform in form and in substance, by period, with bands over seeds."""
    plan = spread.plan
    country = plan.country
    title = words(
        "diffusion.title", network=country.name.get(words.lang), districts=f"{country.districts:,}",
        seeds=len(plan.seeds),
    )  # fmt: skip
    notes = [words("diffusion.bands", period=country.period.get(words.lang), line=f"{country.line:g}")]
    if plan.without:
        notes.append(words("diffusion.without", names=[words(f"diffusion.mechanism.{name}") for name in plan.without]))
    if country.central_rule:
        notes.append(words("diffusion.rule", period=country.central_rule))
    notes.append(words("diffusion.world"))
    columns = (
        Column(words(f"diffusion.{name}"), justify="right", no_wrap=name in ("form", "substance"))
        for name in ("period", "form", "substance", "hierarchical", "horizontal", "burden", "faithful")
    )
    table = captioned(title, notes, *columns)
    arm = spread.arms[0]
    means = [arm.band(name).middle for name in ("hierarchical", "horizontal", "burden", "faithful")]
    for period in _shown(country.periods, country.central_rule):
        table.add_row(
            str(period), *(_band(arm, name, period) for name in ("form", "substance")),
            *(_number(values[period]) for values in means[:3]), _percent(means[3][period]),
        )  # fmt: skip
    return table


def taught_table(spread: Spread, library: Library, words: Words) -> Table:
    """Return by which channel and from where places took the reform up in form, under the first seed."""
    taught = spread.taught(3)
    notes = [words("diffusion.teachers", seed=spread.plan.seeds[0])]
    if taught.teachers:
        each = [words("diffusion.teacher", place=place, pupils=pupils) for place, pupils in taught.teachers]
        notes.append(words("diffusion.strongest", teachers=each))
    origins = at_right(words(f"diffusion.from.{name}") for name in ("above", "city", "province", "elsewhere"))
    table = captioned(words("diffusion.taught"), notes, words("diffusion.channel"), *origins)
    for place, channel in enumerate(CHANNELS):
        if taught.counts[place].any():
            name = library.arrival(channel).name.get(words.lang)
            table.add_row(Text(name), *(f"{count:,}" if count else "–" for count in taught.counts[place]))
    return table


def arms_table(spread: Spread, words: Words) -> Table:
    """Return where the same countries end without each mechanism, and how many periods later half of them have it."""
    ends = at_right(words(f"diffusion.{name}") for name in ("form", "substance", "half"))
    table = captioned(words("diffusion.arms"), [words("diffusion.arms_note")], words("diffusion.arm"), *ends)
    for arm in spread.arms:
        names = [words(f"diffusion.mechanism.{name}") for name in arm.without]
        table.add_row(
            Text(words("diffusion.arm_without", names=names) if names else words("diffusion.arm_plan")),
            *(_band(arm, name, -1) for name in ("form", "substance")), _half(arm),
        )  # fmt: skip
    return table


def facts_table(shown: Sequence[Shown], words: Words) -> Table:
    """Return what countries show of each stylised fact, with its source and whether it is reproduced."""
    columns = (
        Column(words(f"diffusion.{name}"), ratio=n) for name, n in (("fact", 5), ("source", 2), ("reproduced", 2))
    )
    notes = [words("diffusion.facts_note"), words("diffusion.world")]
    table = captioned(words("diffusion.facts"), notes, *columns, show_lines=True, expand=True)
    for fact in shown:
        verdict = "\n".join(verdict_of(fact, words))
        table.add_row(Text(figures_of(fact, words)), Text(fact.source), Text(verdict))
    return table


def deck_table(
    country: Country, dealt: Dealt, figures_of: Sequence[CellFigures], library: Library, words: Words, path: Path, *,
    width: int,
) -> Group:  # fmt: skip
    """Return what the sessions of each cell come to: a table a kind of place.

    In a terminal of fewer than 130 columns it shows form, substance and promises alone.
    """
    by_model = len(dealt.sampled)
    title = words(
        "deck.title", network=country.name.get(words.lang), sessions=len(dealt.deck) - by_model, by_model=by_model
    )
    kept = any(cell.kept is not None for cell in figures_of)
    first = ["sessions", "form", "substances", *(["promises"] if kept else []), *(["by_model"] if by_model else [])]
    more = ["H", "P", "burden", "copied", "versions"]
    names = [*first, *more] if width >= WIDE else first
    tables = []
    labels = {name: words(f"deck.{name}") if len(name) > 1 else name for name in (*first, *more)}
    for kind, cells in groupby(figures_of, key=lambda cell: cell.cell.kind):
        model, city = library.governance(kind.governance).name, library.city(kind.city).name
        heading = words("deck.kind", governance=model.get(words.lang), city=city.get(words.lang))
        places = (Column(words(f"deck.{name}"), no_wrap=True) for name in ("channel", "stand"))
        table = Table(
            *places, *at_right(labels[name] for name in names), title=Text("\n" + heading, style="bold"),
            title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0),
        )  # fmt: skip
        for cell in cells:
            channel = library.arrival(cell.cell.channel).name.get(words.lang)
            texts = _figures(cell)
            stand = words(f"deck.stand.{cell.cell.stand}")
            table.add_row(*map(Text, (channel, stand, *(texts[name] for name in names))))
        tables.append(table)
    notes = [words("deck.substance"), words("deck.world"), words("deck.kept", path=path, played=dealt.played)]
    if width < WIDE:
        wider = words.join([labels[name] for name in more])
        notes.insert(0, words("deck.wider", width=WIDE, columns=wider))
    return Group(Text(title), *tables, Text("\n" + "\n".join(notes), style="italic"))


def _figures(cell: CellFigures) -> dict[str, str]:
    return {
        "sessions": f"{cell.sessions}+{cell.by_model}" if cell.by_model else str(cell.sessions),
        "form": _whole(cell.form),
        "substances": _number(cell.substance) + (f" ±{cell.error:.2f}" if cell.error is not None else ""),
        "promises": _whole(cell.kept),
        "H": _number(cell.hierarchical),
        "P": _number(cell.horizontal),
        "burden": _number(cell.burden),
        "copied": _whole(cell.copied),
        "versions": str(cell.versions),
        "by_model": f"{_whole(cell.model_form)}, {_number(cell.model_substance)}" if cell.by_model else "–",
    }


def size_table(sizes: Sequence[SizeOfDeck], words: Words) -> Table:
    """Return how far a country moves with fewer sessions in its deck."""
    names = (words(f"deck.size.{name}") for name in ("share", "sessions", "form", "substance", "course"))
    table = captioned(words("deck.size.title"), [words("deck.size.note", draws=sizes[0].draws)], *at_right(names))
    for size in sizes:
        points = (100 * size.form, 100 * size.substance, 100 * size.course)
        table.add_row(f"{size.share:.1%}", f"{size.sessions:.0f}", *(f"{value:.1f}" for value in points))
    return table


def _shown(periods: int, rule: int | None) -> list[int]:
    """Return the periods of the table's rows: evenly spread, the last, and the one of a central rule."""
    step = max(1, math.ceil(periods / _ROWS))
    return sorted({0, periods, *range(0, periods, step), *([rule] if rule else [])})


def _half(arm: Arm) -> str:
    form = arm.band("form").middle
    reached = form >= 0.5
    return str(int(reached.argmax())) if reached.any() else "–"


def _band(arm: Arm, name: str, period: int) -> str:
    low, middle, high = (values[period] for values in arm.band(name))
    if len(arm.courses) == 1:
        return _percent(middle)
    digits = _digits(middle)
    return f"{_percent(middle)} ({100 * low:.{digits}f}–{100 * high:.{digits}f})"


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{share:.{_digits(share)}%}"


def _digits(share: float) -> int:
    """Return how many decimals a share has in per cent: one where it is small."""
    return 0 if share >= 0.1 or not share else 1


def _number(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.2f}".replace("-", "−")


def _whole(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
