"""By which mechanism, and from which teacher, a reform reaches a place in a period: competing risks in discrete time.

Each mechanism has a hazard, a rate a period. The hazards add up and are scaled by the place's strength (internal
determinants: Berry and Berry 1990). The chance of being reached is ``1 - exp(-sum)``, the complementary log-log form
of discrete-time event history analysis; the mechanism is drawn in proportion to the hazards. Coercion, learning,
competition and imitation are those of Shipan and Volden (2008). A place that has adopted in form has obeyed, kept up
and conformed (Meyer and Rowan 1977): orders, rivals and the crowd no longer reach it; training, learning, a posted
leader or catching up still do.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sandbox.content.network_card import MECHANISMS, Country, Mechanism
from sandbox.diffusion.compiled import compiled, uniform
from sandbox.diffusion.deck import CHANNELS
from sandbox.diffusion.network import ABOVE, NEVER
from sandbox.diffusion.spread import Districts, at_line

_ORDER, _TRAINING, _TOUR, _POSTING, _CATCH_UP = range(len(CHANNELS))
_COERCION, _LEARNING, _COMPETITION, _IMITATION, _POSTED, _CAUGHT_UP, _ = range(len(MECHANISMS))
_REACHED, _CAUSE, _WHOM, _AHEAD = map(np.int64, (1, 2, 3, 64))  # of each int a function would be compiled anew
_TRIES = 16


class Rates(NamedTuple):
    """The rates of a country's card; 0 for a mechanism that is switched off. The card explains each."""

    order: float
    training: float
    cascade: float
    promoted: int
    learning: float
    competition: float
    distinction: float
    imitation: float
    moved: float
    posting: float
    lasts: int
    leaves: float
    catch_up: float
    absorption: float
    line: float
    nearness: float
    again: float
    rule: int
    pilot_channel: int
    support: float

    @classmethod
    def of(cls, country: Country, without: tuple[Mechanism, ...] = ()) -> Rates:
        """Return a card's rates, with some mechanisms switched off."""
        on = {name: float(getattr(country, name).on and name not in without) for name in MECHANISMS}
        coercion, postings = country.coercion, country.postings
        return cls(
            order=coercion.order * on["coercion"], training=coercion.training * on["coercion"],
            cascade=coercion.cascade * on["coercion"], promoted=coercion.promoted,
            learning=country.learning.rate * on["learning"], competition=country.competition.rate * on["competition"],
            distinction=country.competition.distinction * on["competition"],
            imitation=country.imitation.rate * on["imitation"], moved=postings.moved * on["postings"],
            posting=postings.rate * on["postings"], lasts=postings.lasts, leaves=postings.leaves * on["postings"],
            catch_up=country.catch_up.rate * on["catch_up"],
            absorption=country.absorption.share if on["absorption"] else 2.0, line=float(at_line(country.line)),
            nearness=country.nearness, again=country.again, rule=country.central_rule or NEVER,
            pilot_channel=CHANNELS.index(country.pilots.by), support=country.pilots.support,
        )  # fmt: skip

    def channels(self) -> tuple[bool, ...]:
        """Return for each channel whether the idea can come by it at all, pilots aside."""
        tour = self.learning + self.competition + self.imitation > 0
        return (self.order > 0, self.training > 0, tour, self.posting * self.moved > 0, self.catch_up > 0)


class Places(NamedTuple):
    """What does not change while a reform spreads; see `SpreadNetwork`.

    Args:
        pilot: 1 for the places with which it begins.
        region_starts: the index of each region's first place, and the end of the last region.
        origin: region from which leaders are posted into each region; -1 for the own province.
    """

    kind: NDArray[np.uint8]
    strength: NDArray[np.float32]
    threshold: NDArray[np.float32]
    pilot: NDArray[np.uint8]
    city: NDArray[np.int32]
    province: NDArray[np.int32]
    region: NDArray[np.int32]
    city_starts: NDArray[np.int64]
    province_starts: NDArray[np.int64]
    region_starts: NDArray[np.int64]
    origin: NDArray[np.int32]
    offsets: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    weights: NDArray[np.float32]


class Offices(NamedTuple):
    """The offices above the places.

    Args:
        children: number of offices right below each; of a city, of places.
        ordered: period in which an order reached each; `NEVER`.
        promoted: period in which each began to promote the reform; `NEVER`.
        version: version that each promotes; `NEVER`.
        taken: number of offices below each that promote it.
        centre: period of the central rule, and its version.
    """

    above: NDArray[np.int32]
    children: NDArray[np.int32]
    ordered: NDArray[np.int16]
    promoted: NDArray[np.int16]
    version: NDArray[np.int32]
    taken: NDArray[np.int32]
    centre: NDArray[np.int32]


class Events(NamedTuple):
    """What reaches every place in the period; channel and row are `NEVER` where nothing does.

    Args:
        agenda_until: last period in which a posted leader's agenda lasts; `NEVER`. This field and the next one are kept
            from period to period.
        agenda_from: the place from which the agenda came.
    """

    row: NDArray[np.int32]
    teacher: NDArray[np.int32]
    channel: NDArray[np.int8]
    mechanism: NDArray[np.int8]
    variant: NDArray[np.uint16]
    faithful: NDArray[np.float32]
    agenda_until: NDArray[np.int16]
    agenda_from: NDArray[np.int32]


@compiled(within=True)
def reach(  # noqa: PLR0915
    cities: int, until: int, period: int, seed: int, places: Places, offices: Offices, state: Districts, rates: Rates,
    lead: Any, events: Events,
) -> None:  # fmt: skip
    """Write by which channel and mechanism, and from which teacher, a reform reaches each place of some cities.

    The channel is `NEVER` where nothing reaches a place; the teacher is `ABOVE` for orders and training.

    Args:
        cities: the first city.
        until: the end of the cities, exclusive.
        period: the period, from 1.
        seed: the country's seed.
        places: the places.
        offices: the offices above them.
        state: the state before the period; it is not changed.
        rates: the rates of the mechanisms.
        lead: the share in substance of each province, the region that is ahead, and its share.
        events: written.
    """
    form_at, substance, rank, agenda_until = state.form_at, state.substance, state.hierarchical, events.agenda_until
    offsets, neighbours, threshold = places.offsets, places.neighbours, places.threshold
    weights, weighted = places.weights, len(places.weights) > 0
    strength, pilot = places.strength, places.pilot
    channels, mechanisms, teachers = events.channel, events.mechanism, events.teacher
    shares, ahead, share = lead
    for city in range(cities, until):
        begin, end = places.city_starts[city], places.city_starts[city + 1]
        office = len(offices.above) - len(places.city_starts) + 1 + city
        ordered = rates.order if offices.ordered[office] >= 0 else 0.0
        trains = offices.promoted[office] >= 0 and period - offices.promoted[office] < rates.promoted
        training = rates.training if trains else 0.0
        catch_up = rates.catch_up * max(0.0, share - shares[places.province[begin]])
        for place in range(begin, end):
            channels[place] = NEVER
            fresh = form_at[place] < 0
            if not fresh and substance[place] >= rates.line:
                continue
            if fresh and pilot[place]:
                channels[place], mechanisms[place], teachers[place] = rates.pilot_channel, NEVER, ABOVE
                continue
            first, last = offsets[place], offsets[place + 1]
            have, merit, whole = 0.0, 0.0, float(last - first)
            if weighted:
                whole = 0.0
                for index in range(first, last):
                    near, weight = np.uint32(neighbours[index]), float(weights[index])
                    have += weight * int(form_at[near] >= 0)
                    merit += weight * substance[near]
                    whole += weight
            else:
                for index in range(first, last):
                    near = np.uint32(neighbours[index])
                    have += int(form_at[near] >= 0)
                    merit += substance[near]
            learning = rates.learning * merit / whole if last > first else 0.0
            posting = rates.posting if period <= agenda_until[place] else 0.0
            order, imitation, competition, rivals = 0.0, 0.0, 0.0, 0
            if fresh:
                order = ordered
                if last > first and np.float32(have / whole) >= threshold[place]:
                    imitation = rates.imitation
                if rates.competition > 0:
                    for other in range(begin, end):
                        rivals += int(form_at[other] >= 0 and rank[other] > rank[place])
                    competition = rates.competition * rivals / max(1, end - begin - 1)
            total = order + training + learning + imitation + competition + posting + catch_up
            if total <= 0:
                continue
            hazard = total * (0.5 + strength[place]) * (1.0 if fresh else rates.again)
            drawn = uniform(seed, place, period, _REACHED)
            # The chance is below the hazard, so that most places need no exponential.
            if drawn >= hazard or drawn >= 1 - math.exp(-hazard):
                continue
            drawn = uniform(seed, place, period, _CAUSE) * total
            whom = uniform(seed, place, period, _WHOM)
            if drawn < order:
                channel, mechanism, teacher = _ORDER, _COERCION, ABOVE
            elif drawn < order + training:
                channel, mechanism, teacher = _TRAINING, _COERCION, ABOVE
            elif drawn < order + training + learning:
                channel, mechanism = _TOUR, _LEARNING
                teacher = _neighbour(first, last, whom * merit, neighbours, weights, form_at, substance, True)
            elif drawn < order + training + learning + imitation:
                channel, mechanism = _TOUR, _IMITATION
                teacher = _neighbour(first, last, whom * have, neighbours, weights, form_at, substance, False)
            elif drawn < order + training + learning + imitation + competition:
                channel, mechanism = _TOUR, _COMPETITION
                teacher = _rival(place, begin, end, int(whom * rivals), form_at, rank)
            elif drawn < total - catch_up:
                channel, mechanism, teacher = _POSTING, _POSTED, events.agenda_from[place]
            else:
                channel, mechanism = _CATCH_UP, _CAUGHT_UP
                region = places.region_starts[ahead], places.region_starts[ahead + 1]
                teacher = _model(place, period, seed, region[0], region[1], form_at)
                if teacher < 0:
                    continue
            channels[place], mechanisms[place], teachers[place] = channel, mechanism, teacher


@compiled(within=True)
def _neighbour(
    first: int, last: int, left: float, neighbours: NDArray[np.int32], weights: NDArray[np.float32],
    form_at: NDArray[np.int16], substance: NDArray[np.float32], admired: bool,
) -> int:  # fmt: skip
    """Return a neighbour: drawn by the substance that a visitor sees (``admired``), or any that has the reform in form.

    If no neighbour fits, it returns `NEVER` where substance is needed, else `ABOVE`.
    """
    teacher = NEVER if admired else ABOVE
    for index in range(first, last):
        other = neighbours[index]
        weight = substance[other] if admired else np.float32(form_at[other] >= 0)
        if weight > 0:
            teacher = other
            left -= float(weight) * (float(weights[index]) if len(weights) > 0 else 1.0)
            if left < 0:
                break
    return teacher


@compiled(within=True)
def _rival(
    place: int, begin: int, end: int, number: int, form_at: NDArray[np.int16], rank: NDArray[np.float32]
) -> int:  # fmt: skip
    """Return a sibling that has the reform in form and ranks above a place."""
    teacher = ABOVE
    for other in range(begin, end):
        if form_at[other] >= 0 and rank[other] > rank[place]:
            teacher = other
            number -= 1
            if number < 0:
                break
    return teacher


@compiled(within=True)
def _model(place: int, period: int, seed: int, begin: int, end: int, form_at: NDArray[np.int16]) -> int:
    """Return a place of the region ahead that has the reform in form; `NEVER` if sixteen tries find none."""
    for attempt in range(_TRIES):
        other = begin + int(uniform(seed, place, period, _AHEAD + attempt) * (end - begin))
        if other != place and form_at[other] >= 0:
            return other
    return NEVER
