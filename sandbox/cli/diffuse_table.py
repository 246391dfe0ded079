"""A country as tables in the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.diffusion.deck import CHANNELS
from sandbox.diffusion.facts import Shown
from sandbox.diffusion.spread import Arm, Spread
from sandbox.report.pages.diffusing.literature import figures_of, verdict_of

__all__ = ["adoption_table", "arms_table", "facts_table", "taught_table"]

_ROWS = 14


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
    table = _table(title, notes)
    for name in ("period", "form", "substance", "hierarchical", "horizontal", "burden", "faithful"):
        table.add_column(words(f"diffusion.{name}"), justify="right", no_wrap=name in ("form", "substance"))
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
    table = _table(words("diffusion.taught"), notes)
    table.add_column(words("diffusion.channel"))
    for name in ("above", "city", "province", "elsewhere"):
        table.add_column(words(f"diffusion.from.{name}"), justify="right")
    for place, channel in enumerate(CHANNELS):
        if taught.counts[place].any():
            name = library.arrival(channel).name.get(words.lang)
            table.add_row(Text(name), *(f"{count:,}" if count else "–" for count in taught.counts[place]))
    return table


def arms_table(spread: Spread, words: Words) -> Table:
    """Return where the same countries end without each mechanism, and how many periods later half of them have it."""
    table = _table(words("diffusion.arms"), [words("diffusion.arms_note")])
    table.add_column(words("diffusion.arm"))
    for name in ("form", "substance", "half"):
        table.add_column(words(f"diffusion.{name}"), justify="right")
    for arm in spread.arms:
        names = [words(f"diffusion.mechanism.{name}") for name in arm.without]
        table.add_row(
            Text(words("diffusion.arm_without", names=names) if names else words("diffusion.arm_plan")),
            *(_band(arm, name, -1) for name in ("form", "substance")), _half(arm),
        )  # fmt: skip
    return table


def facts_table(shown: Sequence[Shown], words: Words) -> Table:
    """Return what countries show of each stylised fact, with its source and whether it is reproduced."""
    table = _table(words("diffusion.facts"), [words("diffusion.facts_note"), words("diffusion.world")])
    table.show_lines = table.expand = True
    table.add_column(words("diffusion.fact"), ratio=5)
    table.add_column(words("diffusion.source"), ratio=2)
    table.add_column(words("diffusion.reproduced"), ratio=2)
    for fact in shown:
        verdict = "\n".join(verdict_of(fact, words))
        table.add_row(Text(figures_of(fact, words)), Text(fact.source), Text(verdict))
    return table


def _table(title: str, notes: list[str]) -> Table:
    return Table(
        title=Text(title), title_justify="left", caption=Text("\n".join(notes)), caption_justify="left"
    )  # fmt: skip


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


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}".replace("-", "−")
