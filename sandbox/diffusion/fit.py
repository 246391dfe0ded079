"""Which rates bring a country nearest to an observed curve: on a grid, and from its nearest point by Nelder and Mead.

This identifies nothing: several rates make the same curve, and what is not varied is assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from sandbox.content.changes import rates_of, with_rates
from sandbox.diffusion.deck import Deck, redrawn
from sandbox.diffusion.mechanisms import Rates
from sandbox.diffusion.network import made
from sandbox.diffusion.observed import Observed, Played, Series, distance_of
from sandbox.diffusion.play import course, fits
from sandbox.diffusion.rates import bounded, with_thresholds
from sandbox.diffusion.spread import SpreadPlan

MOST_RATES = 3
"""Rates that can be fitted at once."""
_FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
_STEPS = 20  # countries beside the grid, for each rate


def to_play(plan: SpreadPlan, rates: Sequence[str]) -> int:
    """Return how many countries `nearest` plays at most."""
    return len(plan.seeds) * (len(list(_grid(plan, rates))) + _STEPS * len(rates))


def nearest(
    plan: SpreadPlan, deck: Deck, observed: Observed, series: Series, rates: Sequence[str],
    on_country: Callable[[int], object] = int,
) -> tuple[Played, ...]:  # fmt: skip
    """Play a country with other values of some rates, and return all, nearest to an observed curve first.

    Each rate is played at a quarter, half, twice and four times its value and as it is, in all combinations; then from
    the nearest of them on between these bounds. Places, draws and decks of a seed are the same for all. ``rates`` are
    the ones that are varied, among `free_rates`, by their path in the card, ``series`` is the curve that is held
    against the observed one, and ``on_country`` is called with how many more countries are finished.

    Raises:
        InputError: as `play`.
    """
    from scipy.optimize import minimize

    fits(plan.country)
    seeds = [(seed, made(plan.country, seed), redrawn(deck, seed)[0]) for seed in plan.seeds]
    tried: dict[tuple[float, ...], Played] = {}

    def played(values: tuple[float, ...], *, grid: bool = False) -> Played:
        if values not in tried:
            changes = [f"{rate}={value:.6f}" for rate, value in zip(rates, values, strict=True)]
            country, curves = with_rates(plan.country, changes), []
            for seed, network, drawn in seeds:
                places = with_thresholds(network, country, plan.country, seed)
                ended, _ = course(country, places, drawn, Rates.of(country, plan.without), seed)
                curves.append(getattr(ended, series))
                on_country(1)
            varied = dict(zip(rates, values, strict=True))
            tried[values] = Played(varied, distance_of(np.stack(curves), observed), grid)
        return tried[values]

    grid = list(_grid(plan, rates))
    start = min(grid, key=lambda values: played(values, grid=True).distance.rmse)
    ends = [(min(axis), max(axis)) for axis in zip(*grid, strict=True)]
    minimize(
        lambda logs: played(tuple(round(float(np.exp(log)), 4) for log in logs)).distance.rmse, np.log(start),
        method="Nelder-Mead", bounds=np.log(ends),
        options={"maxfev": _STEPS * len(rates), "xatol": 0.02, "fatol": 1e-4,
                 "initial_simplex": _simplex(np.log(start), np.log(ends))},
    )  # fmt: skip
    return tuple(sorted(tried.values(), key=lambda each: each.distance.rmse))


def _grid(plan: SpreadPlan, rates: Sequence[str]) -> product[tuple[float, ...]]:
    known = rates_of(plan.country)
    axes = ([bounded(rate.rpartition(".")[2], known[rate] * factor) for factor in _FACTORS] for rate in rates)
    return product(*map(dict.fromkeys, axes))


def _simplex(start: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return a first simplex whose steps are half of those of the grid, inwards where it would leave the bounds."""
    step = np.log(2) / 2
    steps = np.where(start + step > ends[:, 1], -step, step)
    return np.vstack([start, start + np.diag(steps)])
