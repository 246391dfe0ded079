"""Adoption in form and in substance over the periods: overall, by place of the highest level, and by cohort."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sandbox.content.network_card import MECHANISMS
from sandbox.diffusion.deck import CHANNELS
from sandbox.diffusion.network import NEVER
from sandbox.diffusion.spread import Band, at_line
from sandbox.report.document.blocks import Details, Section, Table
from sandbox.report.document.chart import (
    LINES,
    Chart,
    Curve,
    Curves,
    Dot,
    Heat,
    HeatCell,
    HeatRow,
    LineStyle,
    Scale,
    Strip,
)
from sandbox.report.document.compose import filled, note, paragraph, table
from sandbox.report.figures import decimal, percent
from sandbox.report.pages.diffusion.reader import SpreadReader, half_at

_FORM, _SUBSTANCE, _AT_ONCE, _FAITHFUL = 1, 0, 2, 6  # series: colours that a colour-blind reader can tell apart too
_COHORTS = 5
_COLUMNS = 8  # periods of the heat map
_ROWS = 12  # most places of the highest level that it shows one by one


def adoption(reader: SpreadReader, caption: str = "", anchor: str = "adoption") -> Curves:
    """Return adoption in form and in substance by period, with bands over the countries that were played.

    A third curve shows the places that had the reform in substance after their first meeting, without trying again.
    """
    names = reader.say("form"), reader.say("substance"), reader.say("at_once")
    bands = tuple(map(reader.plan.band, ("form", "substance", "at_once")))
    lines: tuple[LineStyle, ...] = ("dashed", "solid", "dotted")
    curves = tuple(map(_curve, names, bands, (_FORM, _SUBSTANCE, _AT_ONCE), lines))
    shown = tuple(tuple(reader.share(band, at) for band in bands) for at in range(len(reader.times)))
    rule, (form, substance, at_once) = reader.spread.plan.central_rule, reader.ends()
    spoken = reader.say(
        "courses.spoken", period=len(reader.times) - 1, form=form, substance=substance, at_once=at_once
    )  # fmt: skip
    return Curves(
        anchor, caption or reader.say("courses.adoption"), (reader.say("period_head"), *names), reader.times,
        Scale.of_shares(reader.say("share")), curves, shown, spoken, reader.axis,
        ((rule, reader.say("central_rule")),) if rule else (),
    )  # fmt: skip


def courses(reader: SpreadReader) -> Section:
    """Return the section of the courses."""
    say, chart, seeds = reader.say, _cohorts(reader), len(reader.plan.courses)
    cohorts = say("courses.cohort_note") if chart else ""
    band = say("courses.band" if seeds > 1 else "courses.band_alone", seeds=seeds, ends=reader.band_ends(seeds))
    blocks = filled(
        adoption(reader), note(band),
        Details(say("courses.by_period"), (by_period(reader),)), _provinces(reader),
        paragraph(_half(reader)), chart, note(cohorts), _sides(reader),
    )  # fmt: skip
    return Section("courses", say("courses"), blocks)


def by_period(reader: SpreadReader) -> Table:
    """Return, for some periods, adoption, both assessments, the burden on adopters, and how faithful adoption was."""
    curves, label = adoption(reader), reader.label
    bands = {name: reader.plan.band(name).middle for name in ("hierarchical", "horizontal", "burden", "faithful")}
    *means, faithful = bands.values()
    rows = []
    for at in sorted({*curves.read, *([rule] if (rule := reader.spread.plan.central_rule) else [])}):
        figures = (decimal(float(mean[at])) for mean in means)
        rows.append((str(at), *curves.shown[at], *figures, percent(float(faithful[at]))))
    head = (label(f"diffusion.{name}") for name in ("period", "form", "substance", "at_once", *bands))
    return table(reader.say("courses.adoption"), head, rows, titled=False, figures=True)


def _cohorts(reader: SpreadReader) -> Chart | None:
    """Return how form and substance differ by cohort of adopters, under the first seed.

    None if there are too few adopters.
    """
    districts = reader.spread.districts
    adopters = np.flatnonzero(districts.form_at != NEVER)
    if len(adopters) < _COHORTS:
        return None
    order = adopters[np.argsort(districts.form_at[adopters], kind="stable")]
    strips = []
    for number, part in enumerate(np.array_split(order, _COHORTS), start=1):
        begins, ends = int(districts.form_at[part[0]]), int(districts.form_at[part[-1]])
        deep = float((districts.substance[part] >= at_line(reader.country.line)).mean())
        at_once = float((districts.substance_at[part] == districts.form_at[part]).mean())
        faithful = float(np.nanmean(districts.faithful[part]))
        name = reader.say(f"courses.fifth.{number}")
        about = reader.say("courses.periods", first=begins, last=ends) if ends > begins else reader.period(begins)
        values = {_SUBSTANCE: deep, _AT_ONCE: at_once, _FAITHFUL: faithful}
        dots = tuple(Dot(value, series=series) for series, value in values.items())
        strips.append(Strip(name, dots, tuple(map(percent, values.values())), about))
    names = tuple(reader.say(f"courses.{name}") for name in ("deep", "deep_at_once", "faithful"))
    scale = Scale.of_shares(reader.say("courses.of_cohort"))
    legend = tuple(zip((_SUBSTANCE, _AT_ONCE, _FAITHFUL), names, strict=True))
    head = (reader.say("courses.cohort"), *names)
    return Chart("cohorts", reader.say("courses.cohorts"), head, scale, tuple(strips), legend)


def _sides(reader: SpreadReader) -> Curves:
    names = reader.say("courses.hierarchical"), reader.say("courses.horizontal")
    bands = tuple(map(reader.plan.band, ("hierarchical", "horizontal")))
    curves = tuple(map(_curve, names, bands, (3, 4), LINES))
    shown = tuple(tuple(decimal(band.middle[at]) for band in bands) for at in range(len(reader.times)))
    spoken = reader.say("courses.sides_spoken", first=shown[-1][0], second=shown[-1][1])
    scale = Scale.over((0.0, 1.0), reader.say("courses.assessed"))
    caption, head = reader.say("courses.sides"), (reader.say("period_head"), *names)
    return Curves("sides", caption, head, reader.times, scale, curves, shown, spoken, reader.axis)


def by_channel(reader: SpreadReader) -> Curves:
    """Return the share of places that adopted in form through each channel, cumulated over periods.

    Shares are means over seeds.
    """
    own = CHANNELS.index(reader.country.pilots.by)  # pilots are counted under it, though they were not taught
    counts = []
    for course in reader.plan.courses:
        taught, pilots = course.adopted.copy(), course.pilots
        taught[:, own] -= pilots
        counts.append(np.column_stack([taught, pilots]))
    used = np.flatnonzero(np.sum(counts, axis=(0, 1)))
    names = [*(reader.card("arrival", channel) for channel in CHANNELS), reader.say("taught.pilots")]
    shown = tuple(names[place] for place in used)
    return _added_up(reader, "channels", reader.say("taught.course"), shown, [each[:, used] for each in counts])


def by_mechanism(reader: SpreadReader) -> Curves:
    """Return the same as `by_channel` for the mechanisms that led places to adopt; those switched off are left out.

    Absorption is left out too: it brings the reform to no place by itself, but sets off orders and training.
    """
    reasons = [name for name in reader.on if name != "absorption"]
    places, names = [MECHANISMS.index(name) for name in reasons], [*map(reader.mechanism, reasons)]
    counts = [course.reasons[:, places] for course in reader.plan.courses]
    if any(course.pilots.any() for course in reader.plan.courses):
        names.append(reader.say("taught.pilots"))
        both = zip(counts, reader.plan.courses, strict=True)
        counts = [np.column_stack([held, course.pilots]) for held, course in both]
    return _added_up(reader, "reasons", reader.say("taught.reasons"), tuple(names), counts)


def _added_up(
    reader: SpreadReader, anchor: str, caption: str, names: Sequence[str], counts: Sequence[NDArray[np.int64]]
) -> Curves:
    means: NDArray[np.float64] = np.cumsum(np.stack(counts), axis=1).mean(axis=0) / reader.country.districts
    curves = tuple(
        Curve(name, tuple(means[:, place].tolist()), series=place, line=LINES[place % len(LINES)])
        for place, name in enumerate(names)
    )
    shown = tuple(tuple(percent(float(value)) for value in row) for row in means)
    last = reader.label("semi").join(
        reader.say("named_share", name=name, share=share) for name, share in zip(names, shown[-1], strict=True)
    )
    scale = Scale.of_shares(reader.say("share"), float(means.max(initial=0.01)))
    head = (reader.say("period_head"), *names)
    return Curves(anchor, caption, head, reader.times, scale, curves, shown, last, reader.axis)


def _curve(name: str, band: Band, series: int, line: LineStyle) -> Curve:
    low, middle, high = (tuple(map(float, part)) for part in band)
    return Curve(name, middle, low, high, series, line)


def _half(reader: SpreadReader) -> str:
    said, seeds = [], len(reader.plan.courses)
    for name in ("form", "substance"):
        period, reached = half_at(reader.plan, name)
        shown = reader.say(name)
        if not reached:
            said.append(reader.say("courses.half_never", name=shown))
        elif reached < seeds:
            said.append(reader.say("courses.half_some", name=shown, period=f"{period:g}", reached=reached, seeds=seeds))
        else:
            said.append(reader.say("courses.half", name=shown, period=f"{period:g}"))
    return reader.label("gap").join(said)


def _provinces(reader: SpreadReader) -> Heat:
    """Return the shares in form and in substance in some periods, by place of the highest level.

    If there are many such places, the shares are by region.
    """
    periods = np.unique(np.linspace(0, len(reader.times) - 1, _COLUMNS).round().astype(int))
    values: dict[str, NDArray[np.float64]] = {}
    for name in ("form", "substance"):
        shares = np.stack([getattr(course, f"{name}_by_province") for course in reader.plan.courses])
        values[name] = np.median(shares.astype(float), 0)
    count = values["form"].shape[1]
    names = [reader.province(number) for number in range(min(count, _ROWS))]
    if count > _ROWS:
        region = reader.spread.network.region
        values = {
            name: np.stack([each[:, region == number].mean(1) for number in np.unique(region)], 1)
            for name, each in values.items()
        }
        names = [reader.country.regions[number].name.get(reader.lang) for number in np.unique(region)]
    rows = []
    for number, name in enumerate(names):
        cells = []
        for at in periods:
            form, substance = float(values["form"][at, number]), float(values["substance"][at, number])
            cells.append(HeatCell(f"{100 * form:.0f} / {100 * substance:.0f}", substance if form else None))
        rows.append(HeatRow(name, tuple(cells)))
    head = (reader.say("courses.part"), *(reader.period(int(at)) for at in periods))
    return Heat("provinces", reader.say("courses.provinces"), head, tuple(rows), reader.say("courses.provinces_note"))
