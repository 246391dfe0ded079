"""A country is played: every seed of a plan, under the plan and, where that is asked for, without each mechanism."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from sandbox.content.network_card import Country
from sandbox.diffusion.deck import CHANNELS, Deck
from sandbox.diffusion.network import Network, made
from sandbox.diffusion.spread import ABOVE, NEVER, Arm, Course, Districts, Plan, Spread

__all__ = ["play"]


def play(plan: Plan, deck: Deck, on_country: Callable[[int], object] = int) -> Spread:
    """Play a plan; `on_country` hears how many countries are finished."""
    begun = perf_counter()
    courses, districts = [], None
    for seed in plan.seeds:
        course, ended = _placeholder(plan.country, made(plan.country, seed), seed)
        districts = districts or ended
        courses.append(course)
        on_country(len(courses))
    assert districts is not None
    return Spread(
        plan, tuple(deck.kinds), (Arm((), tuple(courses)),), districts, deck.digest, deck.sizes(),
        perf_counter() - begun,
    )  # fmt: skip


def _placeholder(country: Country, network: Network, seed: int) -> tuple[Course, Districts]:
    random = np.random.default_rng((seed, 2))
    count, periods, provinces = len(network), country.periods, len(network.region)
    at = np.clip(random.normal(periods / 2, periods / 6, count), 1, periods).astype(np.int16)
    deep = np.minimum(at + random.integers(0, periods // 2, count), 2 * periods).astype(np.int16)
    never = random.random(count) < 0.1
    at[never] = NEVER
    deep[never | (deep > periods)] = NEVER
    time = np.arange(periods + 1)
    form = np.stack([(at >= 0) & (at <= period) for period in time])
    substance = np.stack([(deep >= 0) & (deep <= period) for period in time])
    by = np.stack([network.province == province for province in range(provinces)])
    channel = np.where(at >= 0, random.integers(0, len(CHANNELS), count), NEVER).astype(np.int8)
    adopted = np.stack([np.bincount(channel[at == period], minlength=len(CHANNELS)) for period in time])
    teacher = np.where(channel < 2, ABOVE, random.integers(0, count, count)).astype(np.int32)
    course = Course(
        seed=seed,
        form=form.mean(1),
        substance=substance.mean(1),
        form_by_province=np.stack([form[:, mask].mean(1) for mask in by], 1).astype(np.float32),
        substance_by_province=np.stack([substance[:, mask].mean(1) for mask in by], 1).astype(np.float32),
        hierarchical=np.full(periods + 1, 0.6),
        horizontal=np.full(periods + 1, 0.5),
        burden=time / periods,
        faithful=1 - 0.5 * time / periods,
        meetings=2 * adopted,
        adopted=adopted,
        deepened=adopted // 2,
        versions=np.minimum(time, 12),
        common=np.full(periods + 1, 0.3),
    )
    real = random.random((5, count), dtype=np.float32)
    ended = Districts(
        at, deep, real[0], real[1], real[2], real[3], real[4], random.integers(0, 12, count, dtype=np.uint16),
        np.where(at >= 0, teacher, NEVER), channel,
        np.where(at >= 0, random.integers(0, 100, count), NEVER).astype(np.int32), at,
    )  # fmt: skip
    return course, ended
