"""How much the results of a country depend on each of its rates: one varied at a time, all else and all seeds alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from sandbox.content.network_card import MECHANISMS, Country, Mechanism
from sandbox.diffusion.deck import Deck, redrawn
from sandbox.diffusion.mechanisms import Rates
from sandbox.diffusion.network import SpreadNetwork, made
from sandbox.diffusion.play import course, fits
from sandbox.diffusion.spread import SpreadPlan, figures_of_course

Outcome = Literal["spread_substance", "spread_at_once", "spread_form", "spread_meetings", "spread_half"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""What is told of each country."""
_OF: Mapping[Mechanism, tuple[str, ...]] = {
    "coercion": ("order", "training", "cascade", "promoted"), "learning": ("rate",), "competition": ("rate",),
    "imitation": ("rate", "threshold"), "postings": ("moved", "rate", "lasts", "leaves"), "catch_up": ("rate",),
    "absorption": ("share",),
}  # fmt: skip
_SHARES = frozenset({"cascade", "threshold", "moved", "leaves", "share", "again", "line"})
_PERIODS = frozenset({"promoted", "lasts", "central_rule"})
_MOST_RATE = 20.0


@dataclass(frozen=True)
class Varied:
    """The results where one rate has another value.

    Args:
        mechanism: the mechanism that the rate belongs to; empty where the card has it beside them (``again``,
            ``line``, ``central_rule``).
        rate: the field of the card.
        known: the value on the card.
        value: the value that was played instead.
        changes: how much higher each outcome is than with the card's value, seed by seed; nan where it is missing.
    """

    mechanism: Mechanism | Literal[""]
    rate: str
    known: float
    value: float
    changes: Mapping[Outcome, NDArray[np.float64]]


@dataclass(frozen=True)
class RateSensitivity:
    """The results of a country where each of its rates is lower or higher.

    Args:
        plan: what was played as the card has it.
        factor: by what each rate was divided and multiplied.
        base: the outcomes as the card has it, seed by seed.
        varied: lower and higher values of each rate.
    """

    plan: SpreadPlan
    factor: float
    base: Mapping[Outcome, NDArray[np.float64]]
    varied: tuple[Varied, ...]


def varied_rates(
    plan: SpreadPlan, factor: float
) -> Iterator[tuple[Mechanism | Literal[""], str, float, float, Country]]:  # fmt: skip
    """Yield for each lower and higher rate its mechanism, its field, both values, and the changed country.

    A share stays at most 1, a rate at most the highest that a card allows, a period within the course. Rates that are
    off or 0 are not varied, nor where the result would be the same. ``factor`` divides and multiplies each rate.
    """
    country = plan.country
    for mechanism in MECHANISMS:
        part = getattr(country, mechanism)
        for rate in _OF[mechanism] if mechanism in plan.on else ():
            known = getattr(part, rate)
            for value in _values(rate, known, factor, country):
                changed: dict[str, Any] = {mechanism: part.model_copy(update={rate: value})}
                yield mechanism, rate, float(known), float(value), country.model_copy(update=changed)
    alone: dict[str, float | None] = {"again": country.again, "line": country.line, "central_rule": plan.central_rule}
    for rate, known in alone.items():
        for value in _values(rate, known, factor, country) if known else ():
            yield "", rate, float(known or 0), float(value), country.model_copy(update={rate: value})


def _values(rate: str, known: float, factor: float, country: Country) -> list[float]:
    values: list[float] = [known / factor, known * factor]
    if rate in _PERIODS:
        values = [min(max(1, round(value)), country.periods) for value in values]
    else:
        values = [round(min(value, 1.0 if rate in _SHARES else _MOST_RATE), 6) for value in values]
    return [value for value in values if value != known]


def with_thresholds(network: SpreadNetwork, country: Country, card: Country, seed: int) -> SpreadNetwork:
    """Return the places of a card under a seed, with the thresholds of a country that has other rates."""
    if country.imitation == card.imitation:
        return network
    return replace(network, threshold=made(country, seed).threshold)


def rate_sensitivity(
    plan: SpreadPlan, deck: Deck, factor: float, on_country: Callable[[int], object] = int
) -> RateSensitivity:  # fmt: skip
    """Play each seed of a plan as it is, and with each rate lower and higher, with the same places, draws and deck.

    ``factor``, above 1, divides and multiplies each rate; ``on_country`` is called with the number of newly finished
    countries.

    Raises:
        InputError: as `play`.
    """
    fits(plan.country)
    rates = list(varied_rates(plan, factor))
    rows: list[list[list[float]]] = []
    for seed in plan.seeds:
        network, drawn = made(plan.country, seed), redrawn(deck, seed)[0]
        rows.append([])
        for country in (plan.country, *(country for *_, country in rates)):
            places = with_thresholds(network, country, plan.country, seed)
            ended, _ = course(country, places, drawn, Rates.of(country, plan.without), seed)
            figures = figures_of_course(ended, country.districts)
            rows[-1].append([np.nan if (value := figures[name]) is None else value for name in OUTCOMES])
            on_country(1)
    each: NDArray[Any] = np.array(rows, float)  # seeds, settings, outcomes
    return RateSensitivity(
        plan, factor, {name: each[:, 0, at] for at, name in enumerate(OUTCOMES)},
        tuple(
            Varied(
                mechanism, rate, known, value,
                {name: each[:, number, at] - each[:, 0, at] for at, name in enumerate(OUTCOMES)},
            )
            for number, (mechanism, rate, known, value, _) in enumerate(rates, start=1)
        ),
    )  # fmt: skip


def mean_interval(changes: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the mean of changes seed by seed, and its 95% interval by t; nan where there are too few."""
    from scipy.stats import t

    held = changes[~np.isnan(changes)]
    if len(held) < len(changes) or not len(held):
        return float("nan"), float("nan"), float("nan")
    mean = float(held.mean())
    if len(held) < 2:
        return mean, float("nan"), float("nan")
    reach = float(t.ppf(0.975, len(held) - 1) * held.std(ddof=1) / np.sqrt(len(held)))
    return mean, mean - reach, mean + reach
