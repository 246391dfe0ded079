"""The periods of one country, over arrays: what reaches a place, the meeting it holds, and what remains afterwards.

A period has two passes. In the first, every place looks at all others as they were before the period, and writes
what reaches it; in the second it changes only itself. So nothing depends on the order of places or on the number of
threads.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sandbox.diffusion.compiled import Cores, compiled, uniform
from sandbox.diffusion.deck import CHANNELS, STANDS, Cells
from sandbox.diffusion.mechanisms import Events, Offices, Places, Rates, reach
from sandbox.diffusion.network import NEVER
from sandbox.diffusion.spread import Districts

_ROW, _COPIES, _DISTINCT, _MOVED, _FROM, _ORDERED, _PROMOTES, _ELSEWHERE = map(np.int64, (4, 5, 6, 7, 8, 9, 10, 96))
_CHANNELS, _STANDS = len(CHANNELS), len(STANDS)
_LOOKS = 4
_HEAVIEST = 4.0


class Tallies(NamedTuple):
    """Counts and sums for each city.

    Args:
        form: places that have adopted in form.
        substance: places whose substance is at the line now.
        sums: sums of H, P and faithfulness of the places in form, and of burden of all, ``[cities, 4]``.
        best: the place in form with the highest H; `NEVER`.
    """

    form: NDArray[np.int32]
    substance: NDArray[np.int32]
    sums: NDArray[np.float64]
    best: NDArray[np.int32]


def step(
    period: int, seed: int, places: Places, offices: Offices, state: Districts, events: Events, rates: Rates,
    cells: Cells, lead: Any, tallies: Tallies, cores: Cores,
) -> None:  # fmt: skip
    """Play one period for all places, and tally each city."""
    cities = len(places.city_starts) - 1
    cores.share(cities, _look_all, period, seed, places, offices, state, events, rates, cells, lead)
    cores.share(cities, _change_all, period, seed, places, state, events, rates, cells, tallies)


@compiled()
def _look_all(
    first: int, last: int, period: int, seed: int, places: Places, offices: Offices, state: Districts, events: Events,
    rates: Rates, cells: Cells, lead: Any,
) -> None:  # fmt: skip
    reach(first, last, period, seed, places, offices, state, rates, lead, events)
    begin, end = places.city_starts[first], places.city_starts[last]
    _look(begin, end, period, seed, places, offices, state, events, rates, cells)


@compiled()
def _change_all(
    first: int, last: int, period: int, seed: int, places: Places, state: Districts, events: Events, rates: Rates,
    cells: Cells, tallies: Tallies,
) -> None:  # fmt: skip
    begin, end = places.city_starts[first], places.city_starts[last]
    _meet(begin, end, period, places, state, events, rates, cells)
    if rates.moved > 0:
        _post(begin, end, period, seed, places, state, events, rates)
    _tally(first, last, places, state, rates, tallies)


@compiled(within=True)
def _look(
    first: int, last: int, period: int, seed: int, places: Places, offices: Offices, state: Districts, events: Events,
    rates: Rates, cells: Cells,
) -> None:  # fmt: skip
    """Write what the places' meetings bring: a row of the deck, a version, and how much of the first plan is left."""
    for place in range(first, last):
        channel, mechanism, teacher = events.channel[place], events.mechanism[place], events.teacher[place]
        if channel < 0:
            events.row[place] = NEVER
            continue
        city = places.city[place]
        stand = 0 if state.form_at[place] < 0 else 1
        cell = (places.kind[place] * _CHANNELS + channel) * _STANDS + stand
        begin, end = cells.offsets[cell], cells.offsets[cell + 1]
        row = begin + int(uniform(seed, place, period, _ROW) * (end - begin))
        handed, faithful, near = NEVER, np.float32(1.0), 1.0
        if teacher >= 0:
            handed, faithful = int(state.variant[teacher]), state.faithful[teacher]
            if places.province[teacher] != places.province[place]:
                near = rates.nearness * rates.nearness
            elif places.city[teacher] != city:
                near = rates.nearness
        elif mechanism >= 0:
            handed = int(offices.version[len(offices.above) - len(places.city_starts) + 1 + city])
            near = rates.nearness
        copied = cells.copied[row] * near
        variant = int(cells.variant[row])
        if handed >= 0 and uniform(seed, place, period, _COPIES) < copied:
            variant = handed
        if teacher >= 0 or mechanism >= 0:
            faithful = np.float32(faithful * copied)
        if rates.distinction > 0 and uniform(seed, place, period, _DISTINCT) < rates.distinction:
            look = 0
            while look < _LOOKS and _taken(
                place, variant, places.city_starts[city], places.city_starts[city + 1], state.form_at, state.variant
            ):
                other = begin + int(uniform(seed, place, period, _ELSEWHERE + look) * (end - begin))
                variant = int(cells.variant[other])
                look += 1
        events.row[place] = row
        events.variant[place] = variant
        events.faithful[place] = faithful


@compiled(within=True)
def _taken(
    place: int, variant: int, begin: int, end: int, form_at: NDArray[np.int16], variants: NDArray[np.uint16]
) -> bool:  # fmt: skip
    taken = False
    for other in range(begin, end):
        taken |= other != place and form_at[other] >= 0 and variants[other] == variant
    return taken


@compiled(within=True)
def _meet(
    first: int, last: int, period: int, places: Places, state: Districts, events: Events, rates: Rates, cells: Cells
) -> None:
    """Change places by the session of their meeting; a place keeps the highest substance that a meeting brought it."""
    for place in range(first, last):
        row = events.row[place]
        if row < 0:
            continue
        state.row[place], state.met_at[place] = row, period
        burden = state.burden[place] + cells.burden[row]
        state.burden[place] = min(max(burden, -_HEAVIEST), _HEAVIEST)
        fresh = state.form_at[place] < 0
        if fresh and not cells.form[row]:
            continue
        if fresh:
            state.form_at[place] = period
            state.teacher[place] = events.teacher[place]
            state.channel[place] = events.channel[place]
            state.mechanism[place] = events.mechanism[place]
        state.hierarchical[place] = cells.hierarchical[row]
        state.horizontal[place] = cells.horizontal[row]
        means = 0.5 + places.strength[place]
        if fresh and places.pilot[place]:
            means *= 1 + rates.support
        substance = np.float32(min(1.0, cells.substance[row] * means))
        deeper = substance > state.substance[place]
        if fresh or deeper:
            state.variant[place] = events.variant[place]
            state.faithful[place] = events.faithful[place]
        if deeper:
            state.substance[place] = substance
            if substance >= rates.line and state.substance_at[place] < 0:
                state.substance_at[place] = period


@compiled(within=True)
def _post(
    first: int, last: int, period: int, seed: int, places: Places, state: Districts, events: Events, rates: Rates
) -> None:
    """Move leaders by chance; a new leader brings an agenda if the former place had adopted in form."""
    for place in range(first, last):
        if uniform(seed, place, period, _MOVED) >= rates.moved:
            continue
        province = places.province[place]
        region = places.origin[places.region[province]]
        if region >= 0:
            begin, end = places.region_starts[region], places.region_starts[region + 1]
        else:
            begin, end = places.province_starts[province], places.province_starts[province + 1]
        origin = begin + int(uniform(seed, place, period, _FROM) * (end - begin))
        if origin == place:
            continue
        # What the origin adopts in this very period, its leader does not bring.
        if 0 <= state.form_at[origin] < period:
            events.agenda_until[place] = period + rates.lasts
            events.agenda_from[place] = origin
        else:
            events.agenda_until[place] = NEVER
            state.substance[place] *= np.float32(1 - rates.leaves)


@compiled(within=True)
def _tally(cities: int, until: int, places: Places, state: Districts, rates: Rates, tallies: Tallies) -> None:
    for city in range(cities, until):
        form, deep, best, highest = 0, 0, NEVER, -1.0
        hierarchical, horizontal, faithful, burden = 0.0, 0.0, 0.0, 0.0
        for place in range(places.city_starts[city], places.city_starts[city + 1]):
            burden += state.burden[place]
            if state.form_at[place] >= 0:
                form += 1
                deep += int(state.substance[place] >= rates.line)
                hierarchical += state.hierarchical[place]
                horizontal += state.horizontal[place]
                faithful += state.faithful[place]
                if state.hierarchical[place] > highest:
                    highest, best = state.hierarchical[place], place
        tallies.form[city], tallies.substance[city], tallies.best[city] = form, deep, best
        tallies.sums[city, 0], tallies.sums[city, 1] = hierarchical, horizontal
        tallies.sums[city, 2], tallies.sums[city, 3] = faithful, burden


@compiled()
def superiors(period: int, seed: int, offices: Offices, state: Districts, rates: Rates, tallies: Tallies) -> None:
    """Let the offices act before the places of a period: absorb from below, make a rule, hand it down."""
    first_city = len(offices.above) - len(tallies.form)
    if rates.absorption <= 1:
        _absorb(period, first_city, offices, state, rates, tallies)
    if period == rates.rule and offices.centre[0] < 0:
        offices.centre[0], highest = period, -1.0
        for best in tallies.best:
            if best >= 0 and state.hierarchical[best] > highest:
                highest = state.hierarchical[best]
                offices.centre[1] = state.variant[best]
    for office in range(len(offices.above)):
        above = offices.above[office]
        if above < 0:
            ordered, version = 0 <= offices.centre[0] <= period, offices.centre[1]
            promotes = False
        else:
            ordered, version = 0 <= offices.ordered[above] < period, offices.version[above]
            promotes = 0 <= offices.promoted[above] < period
        if ordered and offices.ordered[office] < 0 and uniform(seed, office, period, _ORDERED) < rates.cascade:
            offices.ordered[office] = offices.promoted[office] = period
            offices.version[office] = version
        elif promotes and offices.promoted[office] < 0 and uniform(seed, office, period, _PROMOTES) < rates.cascade:
            offices.promoted[office] = period
            offices.version[office] = version


@compiled(within=True)
def _absorb(period: int, first_city: int, offices: Offices, state: Districts, rates: Rates, tallies: Tallies) -> None:
    """Let offices take up what enough places below them have; if the centre does, it makes the reform a rule."""
    offices.taken[:] = 0
    taken, provinces, version = 0, 0, NEVER
    for office in range(len(offices.above) - 1, -1, -1):
        if offices.promoted[office] < 0:
            if office >= first_city:
                have, best = tallies.form[office - first_city], tallies.best[office - first_city]
                if best >= 0:
                    offices.version[office] = state.variant[best]
            else:
                have = offices.taken[office]
            if have > 0 and have >= rates.absorption * offices.children[office]:
                offices.promoted[office] = period
        above, promotes = offices.above[office], offices.promoted[office] >= 0
        if above < 0:
            provinces += 1
            if promotes:
                taken += 1
                version = offices.version[office]
        elif promotes:
            offices.taken[above] += 1
            if offices.promoted[above] < 0:
                offices.version[above] = offices.version[office]
    if offices.centre[0] < 0 and taken > 0 and taken >= rates.absorption * provinces:
        offices.centre[0], offices.centre[1] = period, version


@compiled()
def count(
    period: int, state: Districts, events: Events, versions: NDArray[np.int64], meetings: NDArray[np.int64],
    adopted: NDArray[np.int64], deepened: NDArray[np.int64], reasons: NDArray[np.int64],
) -> int:  # fmt: skip
    """Count a period's meetings by channel, adoptions by channel and mechanism, and the versions that places hold.

    Returns:
        How many places reached substance by the very meeting by which they adopted in form.
    """
    versions[:] = 0
    at_once = 0
    for place in range(len(state.form_at)):
        if state.form_at[place] < 0:
            if events.row[place] >= 0:
                meetings[events.channel[place]] += 1
            continue
        versions[state.variant[place]] += 1
        at_once += int(state.substance_at[place] == state.form_at[place])
        if events.row[place] < 0:
            continue
        channel = events.channel[place]
        meetings[channel] += 1
        if state.form_at[place] == period:
            adopted[channel] += 1
            if events.mechanism[place] >= 0:
                reasons[events.mechanism[place]] += 1
        if state.substance_at[place] == period:
            deepened[channel] += 1
    return at_once
