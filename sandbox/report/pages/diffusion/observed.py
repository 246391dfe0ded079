"""A country held against an observed curve: both curves, how far they are apart, and which rates lie nearest."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isnan

import numpy as np

from sandbox.content.changes import rates_of
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.diffusion.observed import Distance, Held
from sandbox.diffusion.rates import bounded
from sandbox.diffusion.spread import Spread
from sandbox.report.document.blocks import Block, Details, Section, Table
from sandbox.report.document.chart import Curve, Curves, Scale
from sandbox.report.document.compose import note, paragraph, table
from sandbox.report.figures import NONE, percent, points
from sandbox.report.pages.diffusion.reader import SpreadReader, rate_named

_OBSERVED, _COUNTRY, _NEAREST = 2, 1, 0  # series, which give the colours
_SHOWN = 5  # nearest rates that stand in the table
_ROWS = 20  # observed periods in it, about


def observed_told(held: Held, spread: Spread, library: Library, lang: Lang, *, drawn: bool) -> Section:
    """Return the section on what was observed: with its figure where it is ``drawn``, else with a table alone."""
    reader = SpreadReader(spread, library, lang, "")
    words, apart = reader.label, held.distance
    count = f"{held.observed.places:,}"
    source = words("observed.of_places", count=count) if held.observed.places else words("observed.of_shares")
    blocks: list[Block] = [_curves(held, reader)] if drawn else []
    by_period = _by_period(held, reader, titled=not drawn)
    blocks.append(Details(words("observed.by_period"), (by_period,)) if drawn else by_period)
    blocks.append(paragraph(_apart(words, apart, reader)))
    blocks.append(note(words("gap").join((source, words("observed.luck")))))
    if (at := held.observed.falls) is not None:
        blocks.append(note(words("observed.falls", period=at)))
    blocks += _nearest(held, reader) if held.fit else ()
    return Section("observed", words("observed"), (*blocks, note(words("observed.world"))))


def _curves(held: Held, reader: SpreadReader) -> Curves:
    """Return both curves from the first observed period to the last; between observations lie straight lines."""
    words, seen = reader.label, held.observed
    first, last = seen.periods[0], seen.periods[-1]
    times = range(first, last + 1)
    band, name = reader.plan.band(held.series), reader.say(held.series)
    low, middle, high = (tuple(map(float, part[first : last + 1])) for part in band)
    observed = tuple(np.interp(times, seen.periods, seen.shares).tolist())
    curves = [
        Curve(words("observed.country", series=name.lower()), middle, low, high, _COUNTRY),
        Curve(words("observed.seen"), observed, series=_OBSERVED, line="dashed"),
    ]
    if held.fit:
        best = held.fit[0].distance.course[first : last + 1]
        curves.append(Curve(words("observed.best"), tuple(best.tolist()), series=_NEAREST, line="dotted"))
    known = set(seen.periods)
    shown = tuple(
        (
            reader.share(band, at), percent(observed[at - first]) if at in known else "–",
            *(percent(curve.values[at - first]) for curve in curves[2:]),
        )
        for at in times
    )  # fmt: skip
    spoken = words("observed.spoken", period=last, seen=percent(seen.shares[-1]), country=reader.share(band, last))
    head = (reader.say("period_head"), *(curve.name for curve in curves))
    scale = Scale.of_shares(reader.say("share"))
    return Curves(
        "observed-curve", words("observed.caption"), head, tuple(map(str, times)), scale, tuple(curves), shown, spoken,
        reader.axis,
    )  # fmt: skip


def _by_period(held: Held, reader: SpreadReader, *, titled: bool) -> Table:
    words, seen, middle = reader.label, held.observed, held.distance.band.middle
    best = held.fit[0].distance.band.middle if held.fit else ()
    rows = [
        (
            str(at), percent(seen.shares[place]), reader.share(held.distance.band, place),
            points(float(middle[place]) - seen.shares[place]), *(percent(float(best[place])) for _ in best[:1]),
        )
        for place, at in enumerate(seen.periods)
        if place % (1 + (len(seen.periods) - 1) // _ROWS) == 0 or place == len(seen.periods) - 1
    ]  # fmt: skip
    names = ["seen", "country", "gap", *(["best"] if held.fit else [])]
    series = reader.say(held.series).lower()
    head = (reader.say("period_head"), *(words(f"observed.{name}", series=series) for name in names))
    return table(words("observed.caption"), head, rows, titled=titled, figures=True)


def _apart(words: Words, apart: Distance, reader: SpreadReader) -> str:
    seeds = len(reader.plan.courses)
    gaps = {"rmse": points(apart.rmse, sign=False), "gap": points(apart.gap), "at": apart.at}
    gaps |= {"periods": apart.periods}
    if seeds == 1:
        return words("observed.apart_alone", **gaps)
    told = words("observed.apart", **gaps, within=apart.within, seeds=seeds)
    if isnan(apart.luck):
        return told
    key = "near" if apart.near else "far"
    return words("gap").join((told, words(f"observed.{key}", luck=points(apart.luck, sign=False), seeds=seeds)))


def _nearest(held: Held, reader: SpreadReader) -> Iterator[Block]:
    words, card = reader.label, rates_of(reader.country)
    names = {rate: rate_named(reader, rate) for rate in held.fit[0].rates}
    grid = held.grid
    rows = [
        (
            words("observed.of_grid" if each.grid else "observed.of_search"),
            *(f"{each.rates[rate]:.3g}" for rate in names), points(each.distance.rmse, sign=False),
            NONE if isnan(each.distance.luck) else points(each.distance.luck, sign=False),
            f"{each.distance.within}/{each.distance.periods}",
        )
        for each in dict.fromkeys((held.fit[0], *grid[:_SHOWN]))
    ]  # fmt: skip
    fits = words("observed.rmse"), words("observed.lucky"), words("observed.within")
    yield table(words("observed.nearest"), (words("observed.by"), *names.values(), *fits), rows, figures=True)
    as_card = words.join(f"{name} {card[rate]:g}" for rate, name in names.items())
    near = [each for each in grid if each.distance.near]
    best = held.fit[0].rates
    if edge := [name for rate, name in names.items() if best[rate] in _edges(held, rate)]:
        yield note(words("observed.edge", names=words.join(edge)))
    yield note(words("observed.searched", count=len(held.fit), grid=len(grid), card=as_card))
    if near:
        spans = words.join(
            words(
                "observed.span", name=name, low=f"{min(each.rates[rate] for each in near):g}",
                high=f"{max(each.rates[rate] for each in near):g}",
            )
            for rate, name in names.items()
        )  # fmt: skip
        yield note(words("observed.some", near=len(near), grid=len(grid), spans=spans))
    elif not isnan(held.distance.luck):
        yield note(words("observed.none", grid=len(grid)))
    yield note(words("observed.identifies"))


def _edges(held: Held, rate: str) -> set[float]:
    """Return the ends of what was played of a rate beyond which a card allows more."""
    played = [each.rates[rate] for each in held.grid]
    return {min(played), max(played)} - {bounded(rate.rpartition(".")[2], inf)}
