"""Play a country: every seed of a plan, under the plan and, if asked for, without each mechanism in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from sandbox.content.network_card import MECHANISMS, Country, Mechanism
from sandbox.content.program import program
from sandbox.content.words import refusal
from sandbox.diffusion.compiled import Cores
from sandbox.diffusion.deck import CHANNELS, STANDS, Deck, redrawn
from sandbox.diffusion.kernel import Tallies, count, step, superiors
from sandbox.diffusion.mechanisms import Events, Offices, Places, Rates
from sandbox.diffusion.network import NEVER, SpreadNetwork, made
from sandbox.diffusion.spread import Course, Districts, Spread, SpreadArm, SpreadPlan, at_line

BYTES = 200
"""Memory that a place takes at most while its country is made and played, bytes."""
_VERSIONS = 2**16
OnPeriod = Callable[[int, Districts, Events, Offices], object]
_ColumnsT = TypeVar("_ColumnsT", Districts, Events, Offices)


def play(
    plan: SpreadPlan, deck: Deck, on_country: Callable[[int], object] = int, *, each_without: Sequence[Mechanism] = ()
) -> Spread:
    """Play a plan: the country of each seed, with a deck drawn anew from the sessions that there are.

    So the differences between seeds include the luck of the deck (`redrawn`); the arms of a seed share its deck.

    Args:
        plan: what is played.
        deck: the sessions that decks are drawn from.
        on_country: called with the number of newly finished countries.
        each_without: mechanisms without which the same countries are played again, one at a time.

    Raises:
        InputError: a cell of the deck that can be drawn is empty, or the country needs more memory than there is.
    """
    begun = perf_counter()
    fits(plan.country)
    withouts = [(), *((mechanism,) for mechanism in each_without if mechanism not in plan.without)]
    courses: list[list[Course]] = [[] for _ in withouts]
    line, districts = at_line(plan.country.line), None
    held = [np.packbits(np.zeros(plan.country.districts, bool))]

    def hold(_: int, state: Districts, *__: object) -> None:
        held.append(np.packbits((state.form_at != NEVER) & (state.substance >= line)))

    for seed in plan.seeds:
        network = made(plan.country, seed)
        drawn, rows = redrawn(deck, seed)
        for place, without in enumerate(withouts):
            rates = Rates.of(plan.country, (*plan.without, *without))
            run, ended = course(plan.country, network, drawn, rates, seed, None if districts else hold)
            courses[place].append(run)
            districts = districts or ended._replace(row=np.where(ended.row < 0, NEVER, rows[ended.row]))
            on_country(1)
    assert districts is not None
    return Spread(
        plan=plan, kinds=tuple(deck.kinds),
        arms=tuple(SpreadArm(without, tuple(runs)) for without, runs in zip(withouts, courses, strict=True)),
        districts=districts, held=np.stack(held), deck=deck.digest, deck_sizes=deck.sizes(), by_model=deck.by_model,
        seconds=perf_counter() - begun, program=program(),
    )  # fmt: skip


def play_as_dealt(plan: SpreadPlan, deck: Deck) -> Course:
    """Play the first country of a plan with a deck as it was dealt.

    Raises:
        InputError: as `play`.
    """
    fits(plan.country)
    seed = plan.seeds[0]
    return course(plan.country, made(plan.country, seed), deck, Rates.of(plan.country, plan.without), seed)[0]


def demand(country: Country) -> int:
    """Return the most bytes that a country takes while it is made and played."""
    ties = max(country.ties.degree + country.ties.far, 6.5) - 6.5
    if country.own and country.own.ties is not None:
        ties = 2 * len(country.own.ties) / country.districts
    return int(country.districts * (BYTES + 12 * ties))


def fits(country: Country, available: int | None = None) -> None:
    """Refuse a country that needs more memory than there is.

    ``available`` is the free memory in bytes; None to ask the system, which not every system answers.

    Raises:
        InputError: it does not fit; the message says how many places would.
    """
    free = _available() if available is None else available
    needed = demand(country)
    if free is not None and needed > free:
        raise refusal(
            "diffusion.too_large", districts=f"{country.districts:,}", needed=f"{needed / 1e6:,.0f}",
            free=f"{free / 1e6:,.0f}", most=f"{int(free / (needed / country.districts)):,}",
        )  # fmt: skip


def _available() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text("utf-8").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def course(
    country: Country, network: SpreadNetwork, deck: Deck, rates: Rates, seed: int, on_period: OnPeriod | None = None
) -> tuple[Course, Districts]:
    """Play one country.

    ``rates`` are the hazards, from the card; the kinds of the deck come in any order. ``on_period`` is called after
    each period with its number, the places, what reached them, and the offices; all of these change later.

    Raises:
        InputError: a cell of the deck that can be drawn is empty.
    """
    places = _places(country, network, deck, seed)
    _checked(country, deck, rates, np.unique(places.kind))
    offices, size = _offices(network), len(network)
    state = _blank(Districts, size)._replace(hierarchical=network.strength.copy())  # their rank is that of their means
    events, tallies = _blank(Events, size), _tallies(network)
    series = _Series(country, network, seed)
    shares = np.zeros(len(network.region))
    regions = np.zeros(len(country.regions))
    with Cores() as cores:
        for period in range(1, country.periods + 1):
            ahead = int(np.argmax(regions))
            lead = (shares, ahead, float(regions[ahead]))
            superiors(period, seed, offices, state, rates, tallies)
            step(period, seed, places, offices, state, events, rates, deck.cells, lead, tallies, cores)
            if on_period:
                on_period(period, state, events, offices)
            shares, regions = series.add(period, tallies, state, events)
    return series.course, state


def _tallies(network: SpreadNetwork) -> Tallies:
    cities = len(network.city_starts) - 1
    nobody = np.zeros(cities, np.int32)
    return Tallies(nobody, nobody.copy(), np.zeros((cities, 4)), np.full(cities, NEVER, np.int32))


class _Series:
    def __init__(self, country: Country, network: SpreadNetwork, seed: int) -> None:
        periods, provinces = country.periods + 1, len(network.region)
        self._places = len(network)
        self._of_province = np.searchsorted(network.city_province, np.arange(provinces))
        self._sizes = np.diff(network.province_starts)
        self._region, self._regions = network.region, len(country.regions)
        self._region_sizes = np.bincount(network.region, self._sizes, len(country.regions))
        nothing, held, channels = np.full((4, periods), np.nan), np.int64, (periods, len(CHANNELS))
        nothing[2, 0] = 0  # the burden before the first
        series: list[NDArray[Any]] = [
            *np.zeros((3, periods)), *np.zeros((2, periods, provinces), np.float32), *nothing,
            *np.zeros((2, *channels), held), np.zeros((periods, len(MECHANISMS)), held), np.zeros(channels, held),
            np.zeros(periods, held), np.full(periods, np.nan),
        ]  # fmt: skip
        self.course = Course(seed, *series)
        self._held = np.zeros(_VERSIONS, np.int64)

    def add(
        self, period: int, tallies: Tallies, state: Districts, events: Events
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Add a period; return the share in substance of each province, and of each region."""
        course = self.course
        for tally, share, by_province in (
            (tallies.form, course.form, course.form_by_province),
            (tallies.substance, course.substance, course.substance_by_province),
        ):
            by = np.add.reduceat(tally, self._of_province)
            share[period] = by.sum() / self._places
            by_province[period] = by / self._sizes
        deep = by
        sums, adopters = tallies.sums.sum(0), int(tallies.form.sum())
        course.burden[period] = sums[3] / self._places
        meetings, adopted, deepened = course.meetings[period], course.adopted[period], course.deepened[period]
        at_once = count(period, state, events, self._held, meetings, adopted, deepened, course.reasons[period])
        course.at_once[period] = at_once / self._places
        course.versions[period] = np.count_nonzero(self._held)
        if adopters:
            course.hierarchical[period], course.horizontal[period], course.faithful[period] = sums[:3] / adopters
            course.common[period] = self._held.max() / adopters
        in_region = np.bincount(self._region, deep, self._regions)
        return deep / self._sizes, in_region / np.maximum(self._region_sizes, 1)


def _places(country: Country, network: SpreadNetwork, deck: Deck, seed: int) -> Places:
    numbers = {kind: number for number, kind in enumerate(deck.kinds)}
    for kind in network.kinds:
        if kind not in numbers:
            raise refusal("diffusion.no_kind", governance=kind.governance, city=kind.city)
    in_deck = np.array([numbers[kind] for kind in network.kinds], np.uint8)
    names = [region.id for region in country.regions]
    origin = np.full(len(names), NEVER, np.int32)
    for route in country.postings.routes:
        origin[names.index(route.to)] = names.index(route.origin)
    as_made = {name: getattr(network, name) for name in Places._fields if name in SpreadNetwork.__dataclass_fields__}
    own = {"kind": in_deck[network.kind], "pilot": pilots_of(country, network, seed), "origin": origin}
    return Places(**as_made | own, region_starts=_region_starts(country, network))


def _region_starts(country: Country, network: SpreadNetwork) -> NDArray[np.int64]:
    starts: NDArray[np.int64] = network.province_starts[
        np.searchsorted(network.region, np.arange(len(country.regions) + 1))
    ]
    return starts


def pilots_of(country: Country, network: SpreadNetwork, seed: int) -> NDArray[np.uint8]:
    """Return 1 for each pilot: a place where the reform begins, which meets every period until it adopts in form."""
    pilots, first, last = country.pilots, 0, len(network)
    if pilots.region is not None:
        number = [region.id for region in country.regions].index(pilots.region)
        first, last = map(int, _region_starts(country, network)[number : number + 2])
    if country.own and country.own.pilot is not None:
        return np.array(country.own.pilot, np.uint8)
    chosen = np.zeros(len(network), np.uint8)
    strength = network.strength[first:last]
    number = min(pilots.count, last - first)
    if number and pilots.chosen == "strong":
        chosen[first + np.argsort(-strength, kind="stable")[:number]] = 1
    elif number:
        chosen[first + np.random.default_rng((seed, 3)).choice(last - first, number, replace=False)] = 1
    return chosen


def _checked(country: Country, deck: Deck, rates: Rates, kinds: NDArray[np.uint8]) -> None:
    """Refuse a deck with an empty cell that can be drawn."""
    sizes, channels = deck.sizes(), list(rates.channels())
    channels[rates.pilot_channel] |= country.pilots.count > 0
    for kind in kinds:
        for channel, comes in enumerate(channels):
            for stand in range(len(STANDS)):
                if not comes or sizes[kind, channel, stand]:
                    continue
                governance, city = deck.kinds[kind]
                raise refusal(
                    "diffusion.empty_cell", governance=governance, city=city, channel=CHANNELS[channel],
                    stand=STANDS[stand], network=country.id,
                )  # fmt: skip


def _offices(network: SpreadNetwork) -> Offices:
    above = network.above
    children = np.bincount(above[above >= 0], minlength=len(above)).astype(np.int32)
    cities = len(network.city_starts) - 1
    children[-cities:] = np.diff(network.city_starts)
    taken, centre = np.zeros(len(above), np.int32), np.full(2, NEVER, np.int32)
    return _blank(Offices, len(above))._replace(above=above, children=children, taken=taken, centre=centre)


def _blank(of: type[_ColumnsT], size: int) -> _ColumnsT:
    """Return columns in which nothing has happened: `NEVER` in signed integers, 0 in all others."""
    kinds = [get_args(get_args(hint)[1])[0] for hint in get_type_hints(of).values()]
    return of(*(np.full(size, NEVER if np.issubdtype(kind, np.signedinteger) else 0, kind) for kind in kinds))
