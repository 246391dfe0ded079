"""What mechanisms, rules and rates move, and where countries agree with the literature on diffusion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from math import isnan
from typing import get_args

import numpy as np

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.diffusion.facts import SMALL, Shown, Verdict
from sandbox.diffusion.rates import Outcome, RateSensitivity, Varied, mean_interval
from sandbox.diffusion.spread import Spread, SpreadArm, band_cuts
from sandbox.report.document.blocks import Block, Section, Table
from sandbox.report.document.chart import Chart, Dot, Scale, Strip
from sandbox.report.document.compose import note, paragraph, table
from sandbox.report.figures import NONE, decimal, percent, points, signed
from sandbox.report.pages.diffusion.reader import SpreadReader, ends_told, half_at, rate_named
from sandbox.report.pages.parts import PageWords

_FORM, _SUBSTANCE, _AT_ONCE = 1, 0, 5
_SHARES: tuple[Outcome, ...] = ("spread_substance", "spread_at_once", "spread_form")
_MAIN: tuple[Outcome, ...] = ("spread_substance", "spread_at_once")
_COURSE = ("form", "substance", "at_once", "meetings")
_LOWER, _HIGHER = 1, 0  # series, which give the colours
_LEAST = 0.1  # least length of the scale, so that small differences look small


def moves(reader: SpreadReader, beside: Sequence[Spread]) -> Section | None:
    """Return the section on what moves the result; None if nothing was played to compare with.

    ``beside`` are results of the same country under other rules or settings; each shares seeds with this one.
    """
    arms = []
    for arm in reader.spread.arms[1:]:
        arms.append((reader.say("moves.without", names=reader.label.join(map(reader.mechanism, arm.without))), arm))
    for other in beside:
        setting = SpreadReader(other, reader.library, reader.lang, reader.named).setting()
        arms.append((setting[:1].upper() + setting[1:] or reader.say("moves.card"), other.arms[0]))
    if not arms:
        return None
    parts = {"form": _FORM, "substance": _SUBSTANCE, "at_once": _AT_ONCE}
    pairs = [(name, *paired(reader.plan, arm)) for name, arm in arms]
    rows = [(name, plan, arm, {part: _change(plan, arm, part) for part in parts}) for name, plan, arm in pairs]
    rows.sort(key=lambda row: -abs(float(np.median(row[3]["substance"]))))
    fewest = min(len(plan.courses) for _, plan, *_ in rows)
    cuts = band_cuts(fewest)
    strips = []
    for name, plan, arm, changes in rows:
        bounds = {part: map(float, np.quantile(change, cuts)) for part, change in changes.items()}
        dots = tuple(Dot(middle, low, high, parts[part]) for part, (low, middle, high) in bounds.items())
        values = tuple(_points(reader, change, cuts) for change in changes.values())
        met = reader.say("moves.met", meetings=reader.met(arm), before=reader.met(plan))
        seeds = {"shared": len(plan.courses), "seeds": len(reader.plan.courses)}
        fewer = reader.say("moves.fewer", **seeds) if seeds["shared"] < seeds["seeds"] else ""
        sooner = reader.label("semi").join(filter(None, (_later(reader, plan, arm), met, fewer)))
        strips.append(Strip(name, dots, values, sooner))
    names = tuple(map(reader.say, parts))
    ends = [edge for *_, changes in rows for change in changes.values() for edge in change]
    scale = in_points(reader, ends)
    head = (reader.say("moves.what"), *names)
    legend = tuple(zip(parts.values(), names, strict=True))
    chart = Chart("moves-chart", reader.say("moves.chart"), head, scale, tuple(strips), legend)
    shared = sorted({len(plan.courses) for _, plan, *_ in rows})
    counted = str(shared[0]) if len(shared) == 1 else reader.say("range", low=shared[0], high=shared[-1])
    about = note(reader.say("moves.note", pairs=counted, ends=reader.band_ends(fewest)))
    return Section("moves", reader.say("moves"), (chart, about, *_alike(reader)))


def _alike(reader: SpreadReader) -> Iterator[Block]:
    """Yield the mechanisms that work only through one another: leaving out either gives the same country."""
    groups: list[list[SpreadArm]] = []
    for arm in reader.spread.arms[1:]:
        same = next((group for group in groups if _same(group[0], arm)), None)
        if same:
            same.append(arm)
        elif not _same(reader.plan, arm):
            groups.append([arm])
    for group in groups:
        if len(group) > 1:
            names = [reader.mechanism(mechanism) for arm in group for mechanism in arm.without]
            yield note(reader.say("moves.alike", names=reader.label("list").join(names)))


def _same(arm: SpreadArm, other: SpreadArm) -> bool:
    both = zip(arm.courses, other.courses, strict=True)
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for a, b in both for name in _COURSE)


def in_points(words: PageWords, ends: Sequence[float | None]) -> Scale:
    """Return a scale for differences of shares, in percentage points, that covers ``ends``."""
    scale = words.say("moves.scale")
    return Scale.over(ends, scale, zero=0.0, least=_LEAST, form=lambda value: signed(100 * value, 0))


def paired(plan: SpreadArm, other: SpreadArm) -> tuple[SpreadArm, SpreadArm]:
    """Return both arms with only the seeds that they have in common, in the same order."""
    known = {course.seed: course for course in other.courses}
    shared = tuple(course for course in plan.courses if course.seed in known)
    return replace(plan, courses=shared), replace(other, courses=tuple(known[course.seed] for course in shared))


def _change(plan: SpreadArm, other: SpreadArm, name: str) -> list[float]:
    both = zip(plan.courses, other.courses, strict=True)
    return [float(getattr(changed, name)[-1] - getattr(course, name)[-1]) for course, changed in both]


def _points(reader: SpreadReader, changes: Sequence[float], cuts: Sequence[float]) -> str:
    """Return the median of changes and their range over seeds, as in the drawing."""
    low, middle, high = (points(float(end)) for end in np.quantile(changes, cuts))
    ends = reader.label.paren(reader.say("range", low=low, high=high)) if low != high else ""
    return reader.say("moves.points", change=middle) + ends


def _later(reader: SpreadReader, plan: SpreadArm, other: SpreadArm) -> str:
    before, plan_reached = half_at(plan, "form")
    after, reached = half_at(other, "form")
    seeds = len(plan.courses)
    if plan_reached < seeds or reached < seeds:  # the medians would be of different countries
        return reader.say("moves.half_some", before=plan_reached, reached=reached, seeds=seeds) if plan_reached else ""
    if after == before:
        return reader.say("moves.half_same")
    key = "moves.half_later" if after > before else "moves.half_sooner"
    apart = f"{abs(after - before):g}"
    return reader.say(f"{key}.{'one' if apart == '1' else 'more'}", periods=apart)


def facts_table(facts: Sequence[Shown], label: Words) -> Table:
    """Return what countries show of each stylised fact, with its source and under how many seeds it holds."""
    head = (label("diffusion.fact"), label("diffusion.source"), label("diffusion.reproduced"))
    rows = [(_figures_told(fact, label), fact.source, _verdict_told(fact, label)) for fact in facts]
    return table(label("diffusion.facts"), head, rows)


def facts_note(label: Words, districts: int, seeds: int) -> Block:
    """Return how the figures of facts are to be read, measured in countries of so many districts, a seed each."""
    ends = ends_told(label, seeds)
    return note(label("diffusion.facts_note", districts=f"{districts:,}", seeds=seeds, ends=ends))


def _figures_told(fact: Shown, label: Words) -> str:
    *figures, last = fact.band
    names = ("first", "second", "third")
    values = {name: _ranged(each, decimal, label) for name, each in zip(names, (*figures, last), strict=False)}
    return label(f"diffusion.shown.{fact.fact}", **values, period=_ranged(last, lambda value: f"{value:g}", label))


def _ranged(band: tuple[float, float, float], written: Callable[[float], str], label: Words) -> str:
    if isnan(band[1]):
        return NONE
    low, middle, high = map(written, band)
    return middle if low == high else middle + label.paren(f"{low}–{high}")


def _verdict_told(fact: Shown, label: Words) -> str:
    counts = {"held": fact.held, "toward": fact.toward, "seeds": fact.measured}
    key = "unmeasured" if not fact.measured else "counts_alike" if fact.held == fact.toward else "counts"
    told = [label(f"diffusion.verdict.{fact.verdict}"), label(f"diffusion.verdict.{key}", **counts)]
    return label("semi").join((*told, *([label("diffusion.by_rule")] if fact.by_rule else [])))


def literature(reader: SpreadReader, facts: Sequence[Shown]) -> Section | None:
    """Return the section on the stylised facts; None if they were not looked for."""
    say, label = reader.say, reader.label
    if not facts:
        return None
    free = [fact.verdict for fact in facts if not fact.by_rule]
    counts = {verdict: free.count(verdict) for verdict in get_args(Verdict)}
    told = [say("literature.told", count=len(facts), given=len(facts) - len(free), free=len(free), **counts)]
    told += [say("literature.disagrees")] if counts["missing"] else []
    size = {"districts": min(reader.country.districts, SMALL), "seeds": len(facts[0].figures)}
    summary = paragraph(label("gap").join(told))
    blocks = (summary, facts_table(facts, label), facts_note(label, **size))
    return Section("literature", say("literature"), blocks)


def rates_told(result: RateSensitivity, library: Library, lang: Lang, *, drawn: bool) -> Section:
    """Return the section on the rates: a small table, or if ``drawn``, tornado charts and all outcomes."""
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
        cells = (_moved(words, side, name) if side else NONE for name in _MAIN for side in sides)
        rows.append((f"{_name(words, pair[0])} {pair[0].known:g}", *cells))
    sided = (
        words.label("colon").join((say(f"rates.{_short(name)}"), say(f"rates.{side}")))
        for name in _MAIN
        for side in ("lower", "higher")
    )
    return table(say("rates.table"), (say("rates.rate"), *sided), rows, figures=True)


def _whole(words: PageWords, result: RateSensitivity) -> Table:
    rows = [
        (_name(words, each), f"{each.known:g} → {each.value:g}", *(_moved(words, each, name) for name in each.changes))
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
            values.append(f"{varied.value:g}: {_moved(words, varied, name)}" if varied else NONE)
            ends += [middle, low, high]
        about = say("rates.card", value=f"{pair[0].known:g}")
        strips.append(Strip(_name(words, pair[0]), tuple(dots), tuple(values), about))
    sides = say("rates.lower"), say("rates.higher")
    caption = say("rates.tornado", outcome=say(f"rates.{short}"))
    legend = tuple(zip((_LOWER, _HIGHER), sides, strict=True))
    return Chart(f"rates-{short}", caption, (say("rates.rate"), *sides), in_points(words, ends), tuple(strips), legend)


def _name(words: PageWords, varied: Varied) -> str:
    return rate_named(words, ".".join(filter(None, (varied.mechanism, varied.rate))))


def _moved(words: PageWords, varied: Varied, name: Outcome) -> str:
    middle, low, high = mean_interval(varied.changes[name])
    if isnan(middle):
        return NONE
    written = points if name in _SHARES else lambda value: signed(value, 1)
    ends = "" if isnan(low) else words.label.paren(words.say("range", low=written(low), high=written(high)))
    return written(middle) + ends


def _short(name: Outcome) -> str:
    return name.removeprefix("spread_")
