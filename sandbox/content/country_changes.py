"""Changes of single rates of a country: ``path=value``, as ``--set`` takes them beside changes of rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from sandbox.content.changes import refused, value_of
from sandbox.content.faults import finding
from sandbox.content.network_card import MECHANISMS, Country
from sandbox.content.words import said
from sandbox.errors import unknown

_ALONE = ("again", "central_rule", "line", "nearness")
_DRAWN = ("pilots", "ties")  # groups that say nothing where a table has them
_NO_NUMBERS = ("routes", "region")


def _path(change: str) -> str:
    """Return what is changed, by its path."""
    return change.partition("=")[0].strip()


def group_of(change: str) -> str:
    """Return what a change is part of, by the head of its path: a mechanism, another field of a card, or of rules."""
    return _path(change).partition(".")[0]


def of_country(change: str) -> bool:
    """Return whether a change is about what stands in the card of a country, and not about a rule of its meetings."""
    return group_of(change) in Country.model_fields


def rates_of(country: Country) -> dict[str, Any]:
    """Return what of a country can be changed, by its path in the card, with its value."""
    groups = (*MECHANISMS, *(() if country.tables else _DRAWN))
    within = {
        f"{group}.{name}": value
        for group in groups
        for name, value in getattr(country, group).model_dump().items()
        if name not in _NO_NUMBERS
    }
    return {**within, **{name: getattr(country, name) for name in _ALONE}}


def with_rates(country: Country, changes: Sequence[str]) -> Country:
    """Return a country with other rates.

    Args:
        country: the card.
        changes: each ``path=value``, for example ``learning.rate=3`` or ``line=0.4``; those of rules are passed over.

    Raises:
        InputError: the card has no such rate, the value does not fit it, or the mechanism is off; the message says
            what is allowed.
    """
    asked = [change for change in changes if of_country(change)]
    for change in asked:
        path = _path(change)
        if path not in (known := rates_of(country)):
            raise refused(change, unknown("rate", path, known))
        value = value_of(change.partition("=")[2].strip(), change)
        group, _, name = path.rpartition(".")
        changed = {group: getattr(country, group).model_dump() | {name: value}} if group else {name: value}
        try:
            country = country.changed(**changed)
        except ValidationError as error:
            raise refused(change, finding(error.errors()[0])) from error
    for change in asked:
        mechanism = "coercion" if group_of(change) == "central_rule" else group_of(change)
        switch = _path(change).endswith(".on")
        if mechanism in MECHANISMS and not switch and not getattr(country, mechanism).on:
            raise refused(change, said("set_rule.off", mechanism=mechanism, switch=f"{mechanism}.on=true"))
    return country
