"""What sessions from many seeds come to, in numbers that a class can read, and as a table in the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from rich.table import Table
from rich.text import Text

from sandbox.cli.console import at_right
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.experiment.outcomes import OUTCOMES
from sandbox.game.spec import SessionSpec
from sandbox.report.pages.parts import percent

__all__ = ["Spread", "Summary", "summary", "summary_table"]

_DECIDED = "decided"
_SHARES = ("questions_settled", "turn_share_residents", "hidden_facts_told", "promises_beyond_remit")
_SHOWN = (_DECIDED, *_SHARES, "trust_change")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Spread:
    """A number over several sessions, or pairs of them.

    ``number`` is of how many; those that give nothing to measure are left out.
    """

    mean: float
    low: float
    high: float
    number: int


@dataclass(frozen=True)
class Figures:
    """An outcome of the sessions that somebody plays.

    By governance model, None where no session gives it; and under each further model less under the first, from the
    same seed.
    """

    arms: Mapping[str, Spread | None]
    less: Mapping[str, Spread | None]


@dataclass(frozen=True)
class Summary:
    """What sessions come to.

    ``done`` counts finished sessions by governance model; ``by_rules`` are figures of those that the rules alone play
    beside them.
    """

    done: Mapping[str, int]
    played: Mapping[str, Figures]
    by_rules: Mapping[str, Figures]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def summary(rows: Sequence[Row], arms: Sequence[str]) -> Summary:
    """Return what sessions come to.

    The rows are finished sessions, as `Store.rows` has them; the further models are held against the first.
    """
    played = [row for row in rows if not row["null"]]
    alone = [row for row in rows if row["null"]]
    judged = [name for name, outcome in OUTCOMES.items() if outcome.judged and _values(played, name)]
    names = (*_SHOWN, *judged)
    return Summary(
        {arm: sum(row["arm"] == arm for row in played) for arm in arms},
        {name: _figures(played, name, arms) for name in names},
        {name: _figures(alone, name, arms) for name in names if alone},
    )


def summary_table(
    shown: Summary, specs: Sequence[SessionSpec], seeds: int, failures: Sequence[Row], library: Library
) -> Table:
    """Return what sessions come to as a table: a row an outcome, a column a governance model."""
    spec = specs[0]
    lang, words = spec.lang, Words(spec.lang, library.roots)
    names = {each.governance: library.governance(each.governance).name.get(lang) for each in specs}
    base = names[spec.governance]
    notes = [words("seeds.reading"), *([words("seeds.beside")] if shown.by_rules else []), words("seeds.limits")]
    if any(OUTCOMES[name].judged for name in shown.played):
        notes.append(words("seeds.judged"))
    for reason, number in Counter(row["reason"] for row in failures).items():
        notes.append(words("seeds.failed", number=number, reason=reason))
    case = library.scenario(spec.scenario).title.get(lang)
    who = words("seeds.by_rules") if spec.style == "rules" else words("seeds.model", model=spec.model)
    title = Text(words("seeds.title", case=case, seeds=seeds, who=who))
    further = [words("seeds.less", arm=name, base=base) for arm, name in names.items() if arm != spec.governance]
    columns = at_right((*names.values(), *further), overflow="fold")
    caption = Text("\n".join(notes))
    table = Table(words("seeds.outcome"), *columns, title=title, caption=caption, caption_justify="left")
    write = _Writer(words)
    for outcome, figures in shown.played.items():
        if not any(figures.arms.values()):
            continue
        table.add_row(Text(words.of("experiment.outcome", outcome)), *write.row(outcome, figures, shown.done))
        if outcome in shown.by_rules:
            alone = write.row(outcome, shown.by_rules[outcome])
            table.add_row(Text(f"  {words('seeds.by_rules')}"), *alone, style="dim")
    return table


class _Writer:
    """Writes figures of outcomes in one language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def row(self, outcome: str, figures: Figures, done: Mapping[str, int] | None = None) -> Iterable[Text]:
        """Return the cells of an outcome; where sessions do not all give it, of how many it is."""
        for arm, spread in figures.arms.items():
            shown = self._level(outcome, spread)
            if spread and done and outcome != _DECIDED and spread.number < done[arm]:
                shown += f"\n{self._words('seeds.some', number=spread.number)}"
            yield Text(shown)
        first = next(iter(figures.arms.values()))
        for arm, spread in figures.less.items():
            yield Text(self._change(outcome, spread, _apart(outcome, first, figures.arms[arm], spread)))

    def _level(self, outcome: str, spread: Spread | None) -> str:
        if spread is None:
            return "–"
        if outcome == _DECIDED:
            return self._words("seeds.of", number=round(spread.mean * spread.number), total=spread.number)
        return self._ranged(spread, percent if outcome in _SHARES else _decimal)

    def _change(self, outcome: str, spread: Spread | None, mean: float) -> str:
        if spread is None:
            return "–"
        if outcome == _DECIDED:
            return _sign(f"{round(spread.mean * spread.number):+d}")
        if outcome not in _SHARES:
            return self._ranged(spread, _signed, _signed(mean))
        return self._ranged(spread, _points, self._words("experiment_report.points", change=_points(mean)))

    def _ranged(self, spread: Spread, write: Callable[[float], str], mean: str = "") -> str:
        """Return a mean, with the lowest and the highest below it where these differ."""
        shown, low, high = mean or write(spread.mean), write(spread.low), write(spread.high)
        return shown if low == high else f"{shown}\n{self._words('experiment_report.range', low=low, high=high)}"


def _apart(outcome: str, first: Spread | None, other: Spread | None, less: Spread | None) -> float:
    """Return a difference as it is shown: that of the means as they are shown, where both are of the same pairs."""
    if less is None:
        return 0.0
    if first is None or other is None or not first.number == other.number == less.number:
        return less.mean
    if outcome not in _SHARES:
        return float(_decimal(other.mean).replace("−", "-")) - float(_decimal(first.mean).replace("−", "-"))
    return (float(percent(other.mean)[:-1]) - float(percent(first.mean)[:-1])) / 100


def _figures(rows: Sequence[Row], outcome: str, arms: Sequence[str]) -> Figures:
    values = {arm: _values((row for row in rows if row["arm"] == arm), outcome) for arm in arms}
    first = values[arms[0]]
    return Figures(
        {arm: _spread(held.values()) for arm, held in values.items()},
        {
            arm: _spread(held[seed] - first[seed] for seed in held.keys() & first.keys())
            for arm, held in values.items()
            if arm != arms[0]
        },
    )


def _values(rows: Iterable[Row], outcome: str) -> dict[int, float]:
    """Return an outcome by seed, of those sessions that give it."""
    return {row["seed"]: row["outcomes"][outcome] for row in rows if row["outcomes"][outcome] is not None}


def _spread(values: Iterable[float]) -> Spread | None:
    held = sorted(values)
    return Spread(round(fmean(held), 4), round(held[0], 4), round(held[-1], 4), len(held)) if held else None


def _decimal(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _signed(value: float) -> str:
    return _sign(f"{value:+.2f}")


def _points(value: float) -> str:
    return _sign(f"{100 * value:+.0f}")


def _sign(figure: str) -> str:
    """Return a figure with the sign that print has; nothing has none."""
    return figure.replace("-", "−") if figure.strip("+-0.") else figure.lstrip("+-")
