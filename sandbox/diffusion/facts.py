"""Stylised facts of the literature on policy diffusion, and what a country shows of each.

All facts use the rates of the card; a fact changes only what it is about. They share one standard: the figures differ
by at least a fifth, under so many of the seeds that more than half of such countries would show the fact (Wilson's
95% interval of the share of seeds). Where a fact follows from a rule of the kernel, this is said beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sandbox.content.network_card import Channel, Country
from sandbox.diffusion.deck import CHANNELS, Deck, redrawn
from sandbox.diffusion.mechanisms import Rates
from sandbox.diffusion.network import SpreadNetwork, made
from sandbox.diffusion.play import course
from sandbox.diffusion.spread import Course, Districts, band_cuts
from sandbox.scoring.reliability import share

SEEDS = tuple(range(1, 26))
"""Seeds of the small countries in which facts are looked for."""
SMALL = 4_000
"""Places that these have at most."""
Verdict = Literal["shown", "weaker", "missing", "open"]
"""Whether countries show a fact: yes; in its direction, but by less than a fifth; no; it cannot be told."""
_FIFTH = 0.8
_PUSH = 9
_DEGREES = (0.5, 3.0, 12.0)


@dataclass(frozen=True, eq=False)
class Shown:
    """What countries show of a fact of `FACTS`.

    Args:
        figures: the measured figures, one row a seed, nan where there were too few adopters; the measure explains each.
    """

    fact: str
    figures: NDArray[np.float64]

    @property
    def source(self) -> str:
        """The publications that found the fact."""
        return FACTS[self.fact].source

    @property
    def by_rule(self) -> bool:
        """Whether the fact follows from a rule of the kernel, so that only its size is informative."""
        return FACTS[self.fact].by_rule

    @property
    def measured(self) -> int:
        """The number of seeds under which all figures could be measured."""
        return int((~np.isnan(self.figures).any(axis=1)).sum())

    @property
    def toward(self) -> int:
        """The number of seeds under which the figures differ as the literature says, by any amount."""
        return self._holds(1.0)

    @property
    def held(self) -> int:
        """The number of seeds under which the figures differ as the literature says, by at least a fifth."""
        return self._holds(_FIFTH)

    @property
    def verdict(self) -> Verdict:
        """Whether more than half of such countries would show the fact, by the interval of the share of seeds."""
        held, toward = (share(count, self.measured) for count in (self.held, self.toward))
        if held.low is None or held.high is None or held.low <= 0.5 <= held.high:
            return "open"
        if held.low > 0.5:
            return "shown"
        return "weaker" if toward.low is not None and toward.low > 0.5 else "missing"

    @property
    def band(self) -> list[tuple[float, float, float]]:
        """The ends of a band over the seeds (see `band_cuts`) and the median of each figure; nan where none gave it."""
        bands, cuts = [], band_cuts(len(self.figures))
        for column in self.figures.T:
            known = column[~np.isnan(column)]
            low, middle, high = np.quantile(known, cuts) if len(known) else (np.nan,) * 3
            bands.append((float(low), float(middle), float(high)))
        return bands

    def _holds(self, least: float) -> int:
        rows = self.figures[~np.isnan(self.figures).any(axis=1)]
        return sum(bool(FACTS[self.fact].holds(row, least)) for row in rows)


@dataclass(frozen=True)
class StylisedFact:
    """A stylised fact.

    Args:
        source: the publications that found it.
        measure: measures it in the countries of one seed.
        holds: whether figures differ as the literature says: the smaller must be below the given fraction of the larger
            (1 for any difference).
        by_rule: see `Shown`.
    """

    source: str
    measure: Callable[[_World], Iterable[float]]
    holds: Callable[[Sequence[float], float], bool]
    by_rule: bool = False


def of_small_countries(
    country: Country, deck: Deck, on_measured: Callable[[int], object] = int
) -> tuple[Shown, ...]:  # fmt: skip
    """Return what small countries with the rates of a card, `SEEDS` and no central rule show of each fact.

    The arguments are those of `show`.

    Raises:
        InputError: as `show`.
    """
    return show(of_size(country, min(country.districts, SMALL)), deck, SEEDS, on_measured)


def of_size(country: Country, districts: int) -> Country:
    """Return a country with this number of places and no central rule, and at most as many pilots as places."""
    pilots = country.pilots.model_copy(update={"count": min(country.pilots.count, districts)})
    drawn = {"districts": districts, "pilots": pilots, "central_rule": None, "tables": None}
    return country.model_copy(update=drawn)


def show(
    country: Country, deck: Deck, seeds: Sequence[int], on_measured: Callable[[int], object] = int
) -> tuple[Shown, ...]:  # fmt: skip
    """Return what countries of a card show of each fact.

    Each fact switches mechanisms of the card on and off as it needs. ``on_measured`` is called with the number of new
    measures, one for each fact and seed.

    Raises:
        InputError: a cell of the deck that can be drawn is empty.
    """
    worlds = [_World(country, redrawn(deck, seed)[0], seed) for seed in seeds]
    shown: list[Shown] = []
    for name, fact in FACTS.items():
        figures = []
        for world in worlds:
            figures.append(tuple(fact.measure(world)))
            on_measured(1)
        shown.append(Shown(name, np.array(figures, float)))
    return tuple(shown)


class _World:
    """The countries of one seed, played on demand and kept; they share one deck drawn anew for the seed."""

    def __init__(self, country: Country, deck: Deck, seed: int) -> None:
        base = country.model_dump() | {"central_rule": None}
        for name in ("coercion", "absorption", "catch_up"):
            base[name] = base[name] | {"on": False}
        for name in ("learning", "competition", "imitation", "postings"):
            base[name] = base[name] | {"on": True}
        base["competition"] = base["competition"] | {"distinction": 0.0}
        base["pilots"] = base["pilots"] | {"chosen": "random", "region": None, "support": 0.0}
        self.base = Country.model_validate(base)
        self.deck, self.seed = deck, seed
        self._played: dict[str, tuple[Course, Districts, SpreadNetwork]] = {}

    def play(self, changes: Mapping[str, Any] | None = None) -> tuple[Course, Districts, SpreadNetwork]:
        """Return the country with changed fields of the card; the fields of a part are given as a mapping."""
        key = repr(changes)
        if key not in self._played:
            fields = self.base.model_dump()
            for name, value in (changes or {}).items():
                fields[name] = fields[name] | value if isinstance(value, dict) else value
            country = Country.model_validate(fields)
            network = made(country, self.seed)
            self._played[key] = (*course(country, network, self.deck, Rates.of(country), self.seed), network)
        return self._played[key]

    @property
    def pushed(self) -> tuple[Course, Districts, SpreadNetwork]:
        """The country with orders and training, and a central rule in a period late enough to leave time before it."""
        return self.play({"coercion": {"on": True}, "central_rule": min(_PUSH, self.base.periods)})


def _shape(world: _World) -> tuple[float, float, float]:
    """Return two shares that show the shape of the adoption curve, and the period of most adoptions.

    1. Let T be the period by which 90% of all adopters have adopted: the share of these that have adopted by T/2,
       without a central rule.
    2. The same share, counted from the central rule on.
    3. The number of the period, from the central rule on, with most adoptions; it is 1 or 2 for an R-curve.
    """

    def half_way(form: NDArray[np.float64]) -> float:
        new = form - form[0]
        last = int(np.argmax(new >= 0.9 * new[-1]))
        return float(np.interp(last / 2, np.arange(len(new)), new) / new[last])

    pushed = world.pushed[0].form[min(_PUSH, world.base.periods) :]
    return half_way(world.play()[0].form), half_way(pushed), float(np.argmax(np.diff(pushed)) + 1)


def _neighbours(world: _World) -> tuple[float, float]:
    """Return the hazard ratio of many to few adopted neighbours, for the first and the last third of adopters.

    "Many" is a higher share than the mean of the places still at risk in that period.
    """
    _, districts, network = world.pushed
    at = districts.form_at.astype(int)
    known = np.sort(at[at > 1])
    if len(known) < 30:
        return float("nan"), float("nan")
    cuts = known[len(known) // 3], known[2 * len(known) // 3]
    ends = np.repeat(np.arange(len(at)), np.diff(network.offsets))
    size = np.maximum(np.diff(network.offsets), 1)

    def surrounded(waiting: NDArray[np.bool_]) -> NDArray[np.bool_]:
        share = np.bincount(ends, ~waiting[network.neighbours], len(at)) / size
        more: NDArray[np.bool_] = share > share[waiting].mean()
        return more

    alike = np.zeros(len(at), int)
    early = hazard_ratio(at, surrounded, alike, range(2, int(cuts[0]) + 1))
    return early, hazard_ratio(at, surrounded, alike, range(int(cuts[1]) + 1, int(known[-1]) + 1))


def hazard_ratio(
    at: NDArray[np.int64], group: Callable[[NDArray[np.bool_]], NDArray[np.bool_]], strata: NDArray[np.int64],
    periods: range,
) -> float:  # fmt: skip
    """Return the hazard of a group of places relative to that of the others: the ratio of Mantel and Haenszel (1959).

    Places are compared within one stratum and one period. Pooling periods would credit adopted neighbours with anything
    that makes all places quicker later on.

    Args:
        at: the period in which each place adopted in form, or `NEVER`.
        group: returns which places are in the group, given those that have not adopted yet.
        strata: the stratum of each place, from 0.
        periods: the periods that count.
    """
    above = below = 0.0
    for period in periods:
        waiting = (at < 0) | (at >= period)
        if not waiting.any():
            break
        inside = group(waiting)
        # Waiting and adopting places of each stratum: those outside the group, and those in it.
        cells = 2 * strata + inside
        risk = np.bincount(cells[waiting], minlength=2 * (int(strata.max()) + 1)).reshape(-1, 2)
        adopted = np.bincount(cells[at == period], minlength=risk.size).reshape(-1, 2)
        every = np.maximum(risk.sum(1), 1)
        above += float((adopted[:, 1] * risk[:, 0] / every).sum())
        below += float((adopted[:, 0] * risk[:, 1] / every).sum())
    return above / below if below else float("nan")


def _agenda(world: _World) -> tuple[float, float]:
    """Return the share of adopters that hold their teacher's version, by posted leader and by tour.

    Both count teachers in another city of the same province only, since a rule lets less of a plan arrive from further
    away.
    """
    _, districts, network = world.play()
    return _same_version(districts, network, "posting"), _same_version(districts, network, "tour")


def _same_version(districts: Districts, network: SpreadNetwork, channel: Channel) -> float:
    """Return the share of a channel's pupils that hold the version of a teacher in another city of their province."""
    pupils = np.flatnonzero((districts.channel == CHANNELS.index(channel)) & (districts.teacher >= 0))
    teachers = districts.teacher[pupils]
    apart = network.city[pupils] != network.city[teachers]
    alike = apart & (network.province[pupils] == network.province[teachers])
    if alike.sum() < 10:
        return float("nan")
    return float((districts.variant[pupils] == districts.variant[teachers])[alike].mean())


def _departed(world: _World) -> Iterator[float]:
    """Yield the mean substance of the earlier half of adopters, where leaders take nothing along and where they do."""
    for leaves in (0.0, world.base.postings.leaves):
        _, districts, _ = world.play({"postings": {"leaves": leaves}})
        at = districts.form_at
        early = (at >= 0) & (at <= np.median(at[at >= 0]))
        yield float(districts.substance[early].mean())


def _cohorts(world: _World) -> tuple[float, float]:
    """Return the share of the first and last fifth of adopters that have substance in the period of adoption.

    The shares are computed within kinds of places and weighted by the number of adopters, since early adopters are of
    other kinds than late ones.
    """
    _, districts, network = world.pushed
    adopters = np.flatnonzero(districts.mechanism >= 0)
    order = adopters[np.argsort(districts.form_at[adopters], kind="stable")]
    deep = districts.substance_at == districts.form_at
    first = last = whole = 0.0
    for kind in range(len(network.kinds)):
        own = deep[order[network.kind[order] == kind]]
        if fifth := len(own) // 5:
            first, last = first + len(own) * own[:fifth].mean(), last + len(own) * own[-fifth:].mean()
            whole += len(own)
    return (first / whole, last / whole) if whole else (float("nan"), float("nan"))


def _reinvention(world: _World) -> Iterator[float]:
    """Yield the share of the first plan that still stands after one, three and five hands."""
    _, districts, _ = world.play()
    hands = np.where(districts.channel >= 0, 0, -1)
    for period in range(2, world.base.periods + 1):
        pupils = np.flatnonzero((districts.form_at == period) & (districts.teacher >= 0))
        hands[pupils] = hands[districts.teacher[pupils]] + 1
    for part in (districts.faithful[hands == number] for number in (1, 3, 5)):
        yield float(part.mean()) if len(part) else float("nan")


def _pilots(world: _World) -> Iterator[float]:
    """Yield the ratio of the pilots' substance to that of followers: for pilots chosen as strong, then at random."""
    for chosen in ("strong", "random"):
        pilots = {"chosen": chosen, "support": 0.3 if chosen == "strong" else 0.0, "count": world.base.districts // 50}
        _, districts, _ = world.play({"pilots": pilots, "postings": {"on": False}, "again": 0.0})
        began = (districts.channel >= 0) & (districts.mechanism < 0)
        followed = districts.mechanism >= 0
        yield float(districts.substance[began].mean() / districts.substance[followed].mean())


def _cascades(world: _World) -> Iterator[float]:
    """Yield the share that adopts by imitation alone at a threshold of 0.18, with a mean of 0.5, 3 and 12 neighbours.

    Every meeting carries something here, so that this is Watts's own model: it checks that the arithmetic is right.
    """
    changes: dict[str, Any] = {name: {"on": False} for name in ("learning", "competition", "postings")}
    levels = [level.model_dump() for level in world.base.levels]
    levels[0]["count"] = 1  # of one province, so that the graph is one
    cells = world.deck.cells._replace(form=np.ones_like(world.deck.cells.form))
    sure = _World(world.base, replace(world.deck, cells=cells), world.seed)
    for degree in _DEGREES:
        part = {
            "levels": levels,
            "imitation": {"rate": 20.0, "threshold": 0.18, "spread": 0.0},
            "ties": {"kind": "random", "degree": degree, "far": 0.0},
            "pilots": {"count": max(1, world.base.districts // 500)},
        }
        yield float(sure.play(changes | part)[0].form[-1])


def _avoidance(world: _World) -> Iterator[float]:
    """Yield the share of pairs of adopters in one city that hold the same version, without and with distinction."""
    for distinction in (0.0, 0.8):
        _, districts, network = world.play({"competition": {"distinction": distinction}})
        adopters = np.flatnonzero(districts.form_at >= 0)
        city = network.city[adopters]
        held = city.astype(np.int64) * 2**16 + districts.variant[adopters]
        pairs = [np.unique(key, return_counts=True)[1].astype(float) for key in (held, city)]
        same, every = (float((count * (count - 1)).sum()) for count in pairs)
        yield same / every if every else float("nan")


def _regime(world: _World) -> Iterator[float]:
    """Yield the hazard of the stronger half of places relative to the weaker, before and after the central rule.

    It is computed within kinds, since strong places are more often of other kinds, and some kinds carry reforms more
    easily.
    """
    _, districts, network = world.pushed
    at, kind = districts.form_at.astype(int), network.kind.astype(int)
    middle = np.array([np.median(network.strength[kind == each]) if (kind == each).any() else 0.0
                       for each in range(kind.max() + 1)])  # fmt: skip
    strong = network.strength > middle[kind]
    rule = min(_PUSH, world.base.periods)
    for periods in (range(2, rule + 1), range(rule + 1, world.base.periods + 1)):
        yield hazard_ratio(at, lambda _: strong, kind, periods)


FACTS: Mapping[str, StylisedFact] = {
    "shape": StylisedFact(
        "Rogers 2003; Boushey 2010", _shape,
        lambda f, least: f[0] < least / 2 and 1 - f[1] < least / 2 and f[2] <= 2,
    ),
    "neighbours": StylisedFact(
        "Mallinson 2021", _neighbours,
        lambda f, least: least * f[0] > 1 and f[1] < least * f[0], by_rule=True,
    ),
    "regime": StylisedFact(
        "Zhu & Zhang 2016", _regime, lambda f, least: least * f[0] > 1 and f[1] < least * f[0]
    ),
    "agenda": StylisedFact("Lu 2023; Zhang 2015", _agenda, lambda f, least: f[0] < 0.5 and f[0] < least * f[1]),
    "departed": StylisedFact("Lu 2023", _departed, lambda f, least: f[1] < least * f[0], by_rule=True),
    "cohorts": StylisedFact(
        "Tolbert & Zucker 1983; Meyer & Rowan 1977", _cohorts, lambda f, least: f[1] < least * f[0]
    ),
    "reinvention": StylisedFact(
        "Rogers 2003", _reinvention, lambda f, least: f[1] < least * f[0] and f[2] < least * f[1], by_rule=True
    ),
    "pilots": StylisedFact(
        "Wang & Yang 2025", _pilots,
        lambda f, least: least * f[0] > 1 and f[1] < least * f[0], by_rule=True,
    ),
    "cascades": StylisedFact(
        "Granovetter 1978; Watts 2002", _cascades,
        lambda f, _: f[0] < 0.1 and f[1] > 0.5 and f[2] < 0.1, by_rule=True,
    ),
    "avoidance": StylisedFact("Zhu 2014", _avoidance, lambda f, least: f[1] < least * f[0], by_rule=True),
}  # fmt: skip
"""The facts, by id, in the order in which they are shown."""
