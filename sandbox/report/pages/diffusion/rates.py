"""How far a result hangs on each rate: the rates by what they move, and a tornado for each outcome."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import isnan

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.diffusion.rates import Outcome, RateSensitivity, Varied, mean_interval
from sandbox.report.document.blocks import Block, Section, Table
from sandbox.report.document.chart import Chart, Dot, Strip
from sandbox.report.document.compose import note, table
from sandbox.report.figures import NONE, percent, points, signed
from sandbox.report.pages.diffusion.moves import in_points
from sandbox.report.pages.diffusion.reader import rate_named
from sandbox.report.pages.parts import PageWords

_SHARES: tuple[Outcome, ...] = ("spread_substance", "spread_at_once", "spread_form")
_MAIN: tuple[Outcome, ...] = ("spread_substance", "spread_at_once")
_LOWER, _HIGHER = 1, 0  # series, which give the colours


def rates_told(result: RateSensitivity, library: Library, lang: Lang, *, drawn: bool) -> Section:
    """Return the section on the rates: a small table, or where it is ``drawn`` tornados and all outcomes."""
    words = PageWords("spread_page", library, lang)
    say, seeds = words.say, len(result.plan.seeds)
    base = {_short(name): percent(float(result.base[name].mean())) for name in _SHARES}
    about = say("rates.note", factor=f"{result.factor:g}", seeds=seeds, **base)
    shown: list[Block] = [_small(words, result)]
    if drawn:
        shown = [*(_tornado(words, result, name) for name in _SHARES), _whole(words, result)]
    alone = [note(say("rates.one_seed"))] if seeds < 2 else []
    never = drawn and any(isnan(mean_interval(each.changes["spread_half"])[0]) for each in result.varied)
    dash = [note(say("rates.dash"))] if never else []
    return Section("rates", say("rates"), (*shown, note(about), *dash, *alone, note(say("rates.limits"))))


def _small(words: PageWords, result: RateSensitivity) -> Table:
    say, rows = words.say, []
    for pair in _by_rate(result, _SHARES[0]):
        sides = [_side(pair, lower=lower) for lower in (True, False)]
        cells = (_change(words, side, name) if side else NONE for name in _MAIN for side in sides)
        rows.append((f"{_name(words, pair[0])} {pair[0].known:g}", *cells))
    sided = (
        words.label("colon").join((say(f"rates.{_short(name)}"), say(f"rates.{side}")))
        for name in _MAIN
        for side in ("lower", "higher")
    )
    return table(say("rates.table"), (say("rates.rate"), *sided), rows, figures=True)


def _whole(words: PageWords, result: RateSensitivity) -> Table:
    rows = [
        (_name(words, each), f"{each.known:g} → {each.value:g}", *(_change(words, each, name) for name in each.changes))
        for pair in _by_rate(result, _SHARES[0])
        for each in pair
    ]
    outcomes = (words.say(f"rates.{_short(name)}") for name in result.base)
    head = (words.say("rates.rate"), words.say("rates.value"), *outcomes)
    return table(words.say("rates.table"), head, rows, figures=True)


def _by_rate(result: RateSensitivity, name: Outcome) -> list[list[Varied]]:
    groups = [list(each) for _, each in groupby(result.varied, lambda each: (each.mechanism, each.rate))]
    return sorted(groups, key=lambda group: -max(abs(mean_interval(each.changes[name])[0]) for each in group))


def _side(pair: Sequence[Varied], *, lower: bool) -> Varied | None:
    return next((each for each in pair if (each.value < each.known) == lower), None)


def _tornado(words: PageWords, result: RateSensitivity, name: Outcome) -> Chart:
    say, short = words.say, _short(name)
    strips, ends = [], list[float | None]()
    for pair in _by_rate(result, name):
        dots, values = [], []
        for lower, series in ((True, _LOWER), (False, _HIGHER)):
            varied = _side(pair, lower=lower)
            interval = mean_interval(varied.changes[name]) if varied else (float("nan"),) * 3
            middle, low, high = (None if isnan(end) else end for end in interval)
            dots.append(Dot(middle, low, high, series))
            values.append(f"{varied.value:g}: {_change(words, varied, name)}" if varied else NONE)
            ends += [middle, low, high]
        about = say("rates.card", value=f"{pair[0].known:g}")
        strips.append(Strip(_name(words, pair[0]), tuple(dots), tuple(values), about))
    sides = say("rates.lower"), say("rates.higher")
    caption = say("rates.tornado", outcome=say(f"rates.{short}"))
    legend = tuple(zip((_LOWER, _HIGHER), sides, strict=True))
    return Chart(f"rates-{short}", caption, (say("rates.rate"), *sides), in_points(words, ends), tuple(strips), legend)


def _name(words: PageWords, varied: Varied) -> str:
    return rate_named(words, ".".join(filter(None, (varied.mechanism, varied.rate))))


def _change(words: PageWords, varied: Varied, name: Outcome) -> str:
    middle, low, high = mean_interval(varied.changes[name])
    if isnan(middle):
        return NONE
    written = points if name in _SHARES else lambda value: signed(value, 1)
    ends = "" if isnan(low) else words.label.paren(words.say("range", low=written(low), high=written(high)))
    return written(middle) + ends


def _short(name: Outcome) -> str:
    return name.removeprefix("spread_")
