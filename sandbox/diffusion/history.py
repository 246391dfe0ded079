"""The course of every place, period by period: what it saw before, whether it met, and the result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.diffusion.deck import Deck, redrawn
from sandbox.diffusion.mechanisms import Events, Offices, Rates
from sandbox.diffusion.network import NEVER, SpreadNetwork, made
from sandbox.diffusion.play import course, pilots_of
from sandbox.diffusion.spread import Districts, SpreadPlan


@dataclass(frozen=True)
class Moment:
    """One period of all places.

    Args:
        substance: substance of each before the period.
        rank: H by which each stands among its siblings before the period; its strength before any meeting.
        ordered: whether an order has come down to the office right above each.
        promoted: whether that office promotes the reform in the period.
        agenda: whether the agenda of a posted leader is open in it.
        failed: whether that meeting leaves it without the reform in form.
        channel: channel of that meeting, a number among `CHANNELS`; `NEVER` for none.
        mechanism: mechanism that made it, a number among `MECHANISMS`; `NEVER` for none, and where a pilot begins.
    """

    substance: NDArray[np.float32]
    rank: NDArray[np.float32]
    ordered: NDArray[np.bool_]
    promoted: NDArray[np.bool_]
    agenda: NDArray[np.bool_]
    met: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    channel: NDArray[np.int8]
    mechanism: NDArray[np.int8]


@dataclass(frozen=True)
class History:
    """The country of one seed, period by period.

    Args:
        pilot: 1 for each place where the reform begins.
        moments: its periods, from 1.
        districts: where every place stood at the end; rows are those of the deck that the seed drew.
    """

    seed: int
    network: SpreadNetwork
    pilot: NDArray[np.uint8]
    moments: tuple[Moment, ...]
    districts: Districts


def history(plan: SpreadPlan, deck: Deck, seed: int) -> History:
    """Play the country of a seed once more, as `play` does, and return what each place went through.

    Raises:
        InputError: as `play`.
    """
    network, rates = made(plan.country, seed), Rates.of(plan.country, plan.without)
    first_city, moments = 1 - len(network.city_starts), list[Moment]()
    substance, until = np.zeros(len(network), np.float32), np.full(len(network), NEVER, np.int16)
    rank = network.strength

    def record(period: int, state: Districts, events: Events, offices: Offices) -> None:
        nonlocal substance, until, rank
        since, met = offices.promoted[first_city:], events.row >= 0
        moments.append(
            Moment(
                substance=substance, rank=rank, ordered=(offices.ordered[first_city:] >= 0)[network.city],
                promoted=((since >= 0) & (period - since < rates.promoted))[network.city], agenda=until >= period,
                met=met, failed=met & (state.form_at == NEVER), channel=np.where(met, events.channel, NEVER),
                mechanism=np.where(met, events.mechanism, NEVER),
            )
        )  # fmt: skip
        substance, until = state.substance.copy(), events.agenda_until.copy()
        rank = state.hierarchical.copy()

    _, ended = course(plan.country, network, redrawn(deck, seed)[0], rates, seed, record)
    return History(seed, network, pilots_of(plan.country, network, seed), tuple(moments), ended)
