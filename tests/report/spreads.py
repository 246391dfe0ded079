"""A small country through which a reform spread as is written here, for tests of what is shown of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from sandbox.content.network_card import MECHANISMS, Country, Mechanism
from sandbox.diffusion.deck import CHANNELS, Kind
from sandbox.diffusion.history import History, Moment
from sandbox.diffusion.network import ABOVE, NEVER
from sandbox.diffusion.play import play
from sandbox.diffusion.spread import Course, Spread, SpreadArm, SpreadPlan
from tests.diffusion.countries import made_up_deck

__all__ = ["FORM_AT", "SUBSTANCE_AT", "TEACHERS", "country", "spread", "told"]

# Two provinces of two cities of three places each: a pilot, places that it taught or that were told to, and some never.
FORM_AT = (1, 2, 2, 3, 3, NEVER, 4, 4, 5, 6, NEVER, NEVER)
SUBSTANCE_AT = (1, 3, NEVER, 5, NEVER, NEVER, NEVER, 6, NEVER, NEVER, NEVER, NEVER)
TEACHERS = (NEVER, 0, 0, 1, ABOVE, NEVER, 3, ABOVE, 7, 7, NEVER, NEVER)
_CHANNEL = {NEVER: NEVER, ABOVE: CHANNELS.index("order")}
_LEARNING = MECHANISMS.index("learning")
_WHY = {NEVER: NEVER, ABOVE: MECHANISMS.index("coercion")}
_SEEDS = (1, 2, 3)
_PERIODS = 6


def text(english: str, chinese: str) -> dict[str, str]:
    return {"en": english, "zh": chinese}


def country(**changes: Any) -> Country:
    """Return the card of the country."""
    name = text("A small country", "一个小国家")
    card: dict[str, Any] = {
        "id": "small_country", "name": name, "summary": name, "about": text("Twelve places.", "十二个地方。"),
        "pattern": "sideways", "period": text("a year", "一年"), "districts": 12, "periods": _PERIODS, "seeds": 3,
        "central_rule": 4, "source": {"sections": ["PL"], "inferred": ["ties"]},
        "levels": [
            {"id": "province", "name": text("Province", "省"), "count": 2},
            {"id": "city", "name": text("City", "市"), "within": "province", "count": 2},
            {"id": "district", "name": text("District", "区"), "within": "city", "count": 3},
        ],
        "regions": [
            {"id": "coast", "name": text("coast", "沿海"), "share": 0.5, "strength": 0.7,
             "kinds": [{"governance": "command", "city": "haicang", "share": 1}]},
            {"id": "inland", "name": text("inland", "内地"), "share": 0.5, "strength": 0.4,
             "kinds": [{"governance": "one_core_multiple_actors", "city": "guiyang", "share": 1}]},
        ],
        "pilots": {"count": 1},
    }  # fmt: skip
    return Country.model_validate(
        {name: value for name, value in card.items() if name in Country.model_fields} | changes
    )


@cache
def _played() -> Spread:
    card = country()
    deck = made_up_deck(tuple(Kind(*pair) for pair in card.within_region()), sessions=4)
    return play(SpreadPlan(card, _SEEDS), deck)


def spread(*, without: tuple[Mechanism, ...] = (), lost: float = 0.0, **changes: Any) -> Spread:
    """Return what came of it: as written above under each seed, with a little noise under the second and third.

    Args:
        without: a mechanism without which it was played as well; none for no such countries.
        lost: by how much the shares at the end are lower then.
        changes: fields of the card that are others.
    """
    played = _played()
    arms = [SpreadArm((), tuple(_course(course, 0.02 * place) for place, course in enumerate(played.arms[0].courses)))]
    if without:
        courses = tuple(_course(course, 0.02 * place + lost) for place, course in enumerate(played.arms[0].courses))
        arms.append(SpreadArm(without, courses))
    districts = played.districts._replace(
        form_at=np.array(FORM_AT, np.int16),
        substance_at=np.array(SUBSTANCE_AT, np.int16),
        teacher=np.array(TEACHERS, np.int32),
        channel=np.array([_CHANNEL.get(teacher, CHANNELS.index("tour")) for teacher in TEACHERS], np.int8),
        mechanism=np.array([_WHY.get(teacher, _LEARNING) for teacher in TEACHERS], np.int8),
        row=np.arange(12, dtype=np.int32),
    )
    held = np.packbits([[0 <= at <= period for at in SUBSTANCE_AT] for period in range(_PERIODS + 1)], axis=1)
    return replace(
        played, plan=replace(played.plan, country=country(**changes)), arms=tuple(arms), districts=districts, held=held
    )  # fmt: skip


def told(played: Spread) -> History:
    """Return what places went through under the first seed, as far as it is written above: no orders, no postings."""
    nobody = np.zeros(len(FORM_AT), bool)
    moments = []
    for period in range(1, _PERIODS + 1):
        deep = np.array([0 <= at < period for at in SUBSTANCE_AT]).astype(np.float32)
        met = np.array([at == period for at in FORM_AT])
        channel, mechanism = (
            np.where(met, values, NEVER).astype(np.int8)
            for values in (played.districts.channel, played.districts.mechanism)
        )
        rank = played.network.strength
        moments.append(Moment(deep, rank, nobody, nobody, nobody, met, nobody, channel, mechanism))
    pilot = np.array([teacher == NEVER and at >= 0 for teacher, at in zip(TEACHERS, FORM_AT, strict=True)], np.uint8)
    return History(_SEEDS[0], played.network, pilot, tuple(moments), played.districts)


def _course(course: Course, less: float) -> Course:
    times = np.arange(_PERIODS + 1)
    shares = {}
    for name, ats in (("form", FORM_AT), ("substance", SUBSTANCE_AT)):
        reached = np.array([[0 <= at <= period for at in ats] for period in times])
        shares[name] = np.clip(reached.mean(axis=1) - less, 0, 1)
        shares[f"{name}_by_province"] = reached.reshape(len(times), 2, 6).mean(axis=2).astype(np.float32)
    return replace(course, **shares)
