"""How a reform spread through a country: its course by period, and where every place stood at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sandbox.content.changes import group_of, of_country
from sandbox.content.network_card import MECHANISMS, Country, Mechanism
from sandbox.content.words import refusal
from sandbox.diffusion.deck import CHANNELS, Kind
from sandbox.diffusion.network import SpreadNetwork, made


@dataclass(frozen=True)
class SpreadPlan:
    """What is played: a country, and what was asked for besides its card.

    Args:
        country: the card, with districts, periods and the central rule as they were asked for.
        seeds: seeds, one country each.
        without: mechanisms that are switched off.
        changes: rules that are changed in all governance models, and rates that replace those of the card, each
            ``path=value``.
    """

    country: Country
    seeds: tuple[int, ...]
    without: tuple[Mechanism, ...] = ()
    changes: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """The changes that concern rules, and so change the sessions behind the meetings."""
        return tuple(change for change in self.changes if not of_country(change))

    @property
    def on(self) -> tuple[Mechanism, ...]:
        """The mechanisms at work."""
        return tuple(name for name in MECHANISMS if name not in self.without and getattr(self.country, name).on)

    @property
    def central_rule(self) -> int | None:
        """The period of the central rule; None where there is none, or no orders to hand it down."""
        return self.country.central_rule if "coercion" in self.on else None

    def check_asked(self, card: Country) -> None:
        """Refuse settings that would change nothing.

        Raises:
            InputError: a mechanism is to be left out that is off anyway, or one of its rates is changed; or the centre
                is to make a rule where there are no orders to hand it down.
        """
        network = self.country.id
        for change in self.changes:
            if group_of(change) in self.without:
                raise refusal("diffusion.refused.left_out", change=change.strip())
        for name in self.without:
            if not getattr(self.country, name).on:
                raise refusal("diffusion.refused.off", name=name, network=network)
        if self.central_rule is None and self.country.central_rule not in (None, card.central_rule):
            raise refusal("diffusion.refused.rule", network=network)

    def check_seeds(self, seeds: Iterable[int]) -> None:
        """Raise `InputError` if one of the given seeds is not played."""
        for seed in seeds:
            if seed not in self.seeds:
                raise refusal("diffusion.refused.other_seed", seed=seed, seeds=list(self.seeds))


@dataclass(frozen=True)
class Course:
    """The course of one country, by period; row 0 is before the first.

    Args:
        form: share of places that have adopted in form, ``[periods + 1]``.
        substance: share whose substance is at the card's line or above, ``[periods + 1]``. Places keep the best of
            their meetings, so the share grows with the number of meetings and falls only where leaders take substance
            along.
        at_once: share that reached substance by the very meeting by which they adopted in form, ``[periods + 1]``: what
            there is without further attempts.
        form_by_province: the same by place of the highest level, ``[periods + 1, provinces]``.
        substance_by_province: ``[periods + 1, provinces]``.
        hierarchical: mean H of the places that have adopted in form, ``[periods + 1]``; nan where none has.
        horizontal: mean P of them.
        burden: mean burden of all places.
        faithful: mean share of the first plan that still stands, at the places that have adopted in form.
        meetings: meetings held in a period, by channel, ``[periods + 1, channels]``.
        adopted: meetings by which a place adopted in form; those of pilots count under the channel of their sessions,
            though nothing came to them by it.
        reasons: adoptions in form by mechanism, ``[periods + 1, mechanisms]``; pilots have none.
        deepened: meetings by which a place adopted in substance.
        versions: number of versions that at least one place holds, ``[periods + 1]``.
        common: share of the commonest version among adopters, ``[periods + 1]``; nan where there is none.
    """

    seed: int
    form: NDArray[np.float64]
    substance: NDArray[np.float64]
    at_once: NDArray[np.float64]
    form_by_province: NDArray[np.float32]
    substance_by_province: NDArray[np.float32]
    hierarchical: NDArray[np.float64]
    horizontal: NDArray[np.float64]
    burden: NDArray[np.float64]
    faithful: NDArray[np.float64]
    meetings: NDArray[np.int64]
    adopted: NDArray[np.int64]
    reasons: NDArray[np.int64]
    deepened: NDArray[np.int64]
    versions: NDArray[np.int64]
    common: NDArray[np.float64]

    @property
    def pilots(self) -> NDArray[np.int64]:
        """Number of pilots that adopted in form, by period; they have no mechanism and no teacher."""
        pilots: NDArray[np.int64] = self.adopted.sum(axis=1) - self.reasons.sum(axis=1)
        return pilots


class Districts(NamedTuple):
    """Where every place stands, now or at the end; one entry a place.

    Args:
        form_at: period in which it adopted in form; `NEVER`.
        substance_at: period in which its substance first reached the card's line; `NEVER`.
        substance: how much of it is more than form, 0 to 1: the most that any of its meetings brought, less what
            leaders took along.
        hierarchical: H of its last meeting.
        horizontal: P of its last meeting.
        burden: its burden, relative to the beginning.
        faithful: share of the first plan that still stands.
        variant: code of the version it holds.
        teacher: the place from which it took up the reform in form; `ABOVE`, or `NEVER`.
        channel: channel by which it did so, an index into `CHANNELS`; `NEVER`.
        mechanism: mechanism that caused it, an index into `MECHANISMS`; `NEVER`, also for pilots.
        row: row of its last meeting in the deck as it was dealt; `NEVER`.
        met_at: period of its last meeting; `NEVER`.
    """

    form_at: NDArray[np.int16]
    substance_at: NDArray[np.int16]
    substance: NDArray[np.float32]
    hierarchical: NDArray[np.float32]
    horizontal: NDArray[np.float32]
    burden: NDArray[np.float32]
    faithful: NDArray[np.float32]
    variant: NDArray[np.uint16]
    teacher: NDArray[np.int32]
    channel: NDArray[np.int8]
    mechanism: NDArray[np.int8]
    row: NDArray[np.int32]
    met_at: NDArray[np.int16]


DIGITS = 6
"""Decimals with which figures of places are written."""


def at_line(line: float) -> np.float32:
    """Return from which substance on a place is at a line, a share.

    It is the least that is written as the line: what comes to 0.3 as a product of float32 is at 0.3, as it reads.
    """
    least = np.float32(line - 0.5 / 10**DIGITS)
    return least if round(float(least), DIGITS) >= round(line, DIGITS) else np.nextafter(least, np.float32(1))


MANY_SEEDS = 10
"""From so many seeds on, a band holds the middle 80% of them; with fewer, all."""


def band_cuts(seeds: int) -> tuple[float, float, float]:
    """Return the quantiles of a band over so many seeds: its lower end, the median, its upper end."""
    return (0.1, 0.5, 0.9) if seeds >= MANY_SEEDS else (0.0, 0.5, 1.0)


class Band(NamedTuple):
    """A figure over seeds: the median, and the ends between which seeds lie (`band_cuts`)."""

    low: NDArray[np.float64]
    middle: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True)
class SpreadArm:
    """Countries played under one setting.

    Args:
        without: mechanisms that are switched off in addition to those of the plan; empty for the plan itself.
        courses: one a seed.
    """

    without: tuple[Mechanism, ...]
    courses: tuple[Course, ...]

    def band(self, name: str) -> Band:
        """Return a series of `Course` over the seeds that have a value, for example ``form``; nan where none has."""
        each = np.stack([np.asarray(getattr(course, name), float) for course in self.courses])
        known = ~np.isnan(each).all(axis=0)
        low, middle, high = np.full((3, *each.shape[1:]), np.nan)
        if known.any():
            low[known], middle[known], high[known] = np.nanquantile(each[:, known], band_cuts(len(each)), axis=0)
        return Band(low, middle, high)


class Taught(NamedTuple):
    """Which places taught which in form: counts by channel and distance, and the strongest teachers.

    Args:
        counts: places that took the reform up, by channel and origin (above, the same city, the same province,
            elsewhere); ``[channels, 4]``.
        teachers: the strongest teachers, the strongest first: place and number of pupils.
    """

    counts: NDArray[np.int64]
    teachers: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Spread:
    """How a reform spread through a country.

    Args:
        kinds: kinds of places, as numbered in the network.
        arms: the plan itself first, then the same without one mechanism each if that was asked for.
        districts: where every place stood at the end, under the first seed.
        held: which places had it in substance in each period from 0, under the first seed, as bits;
            ``[periods, places / 8]``.
        deck_sizes: sessions behind each cell, kinds by channels by stands.
        by_model: how many of them a model played; the rules alone played the others.
        program: the program that played it, with its version; empty for a result that does not say.
    """

    plan: SpreadPlan
    kinds: tuple[Kind, ...]
    arms: tuple[SpreadArm, ...]
    districts: Districts
    held: NDArray[np.uint8]
    deck: str
    deck_sizes: NDArray[np.int64]
    by_model: int
    seconds: float
    program: str = ""

    @cached_property
    def network(self) -> SpreadNetwork:
        """The places of the first seed and their neighbours; made again from the card and the seed."""
        return made(self.plan.country, self.plan.seeds[0])

    def in_substance(self) -> NDArray[np.bool_]:
        """Return which places had it in substance in each period, under the first seed; ``[periods, places]``."""
        return np.unpackbits(self.held, axis=1, count=len(self.districts.form_at)).astype(bool)

    def taught(self, most: int = 20) -> Taught:
        """Return which places taught which, under the first seed; pilots, which had no teacher, are not counted."""
        teacher, channel = self.districts.teacher, self.districts.channel
        adopted = np.flatnonzero(self.districts.mechanism >= 0)
        origin = teacher[adopted]
        network = self.network
        safe = np.maximum(origin, 0)
        near = [part[safe] == part[adopted] for part in (network.city, network.province)]
        distance = np.select([origin < 0, *near], [0, 1, 2], 3)
        counts = np.zeros((len(CHANNELS), 4), np.int64)
        np.add.at(counts, (channel[adopted], distance), 1)
        pupils = np.bincount(origin[origin >= 0], minlength=1)
        order = np.argsort(-pupils, kind="stable")[:most]
        return Taught(counts, tuple((int(place), int(pupils[place])) for place in order if pupils[place]))


def figures_of_course(course: Course, districts: int) -> Mapping[str, float | None]:
    """Return the figures of a country at its end.

    - ``spread_form``, ``spread_substance`` and ``spread_at_once`` are shares of its places.
    - ``spread_gap`` is ``spread_form`` minus ``spread_substance``.
    - ``spread_meetings`` is the number of meetings a place.
    - ``spread_h``, ``spread_p`` and ``spread_first_plan`` are means of the places that have it in form, None if none
      has.
    - ``spread_burden`` is the mean of all places.
    - ``spread_half`` is the first period in which half of the places had it in form, None if that never came.
    - ``spread_equality`` is the `equality` between places of the highest level in the share that has it in substance.
    """
    form, substance = float(course.form[-1]), float(course.substance[-1])
    reached = np.flatnonzero(course.form >= 0.5)
    means = {
        "spread_h": course.hierarchical, "spread_p": course.horizontal, "spread_burden": course.burden,
        "spread_first_plan": course.faithful,
    }  # fmt: skip
    return {
        "spread_form": form,
        "spread_substance": substance,
        "spread_at_once": float(course.at_once[-1]),
        "spread_meetings": float(course.meetings.sum()) / districts,
        "spread_gap": form - substance,
        **{name: None if np.isnan(mean[-1]) else float(mean[-1]) for name, mean in means.items()},
        "spread_half": float(reached[0]) if len(reached) else None,
        "spread_equality": equality(course.substance_by_province[-1]),
    }


def equality(shares: np.ndarray) -> float | None:
    """Return 1 minus the Gini coefficient of shares: 1 if all are equal, near 0 if a single one has everything.

    Each share is 0 or more. The result is None if there is only one share, or if all are 0.
    """
    total, count = float(np.sum(shares, dtype=np.float64)), len(shares)
    if count < 2 or total <= 0:
        return None
    ranked = np.sort(shares.astype(np.float64))
    gini = 2 * float(np.arange(1, count + 1) @ ranked) / (count * total) - (count + 1) / count
    return 1 - gini
