"""The spec of a country that is played in place of a session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from sandbox.content.faults import first_finding
from sandbox.content.network_card import Mechanism
from sandbox.content.words import refusal
from sandbox.game.spec import SessionSpec


class CountrySpec(SessionSpec):
    """The spec of a country, played in place of a session: it has a network instead of a case.

    Nobody speaks in it; its meetings are sessions that the rules alone have played.

    Args:
        network: the country, by id.
        without: mechanisms that are switched off.
        districts: number of places that hold meetings; None for the number on the card.
    """

    network: str
    without: tuple[Mechanism, ...] = ()
    districts: int | None = None


def made_from(kept: Mapping[str, Any]) -> SessionSpec:
    """Return the spec of a stored session or country.

    Raises:
        InputError: it has another shape.
    """
    try:
        return (CountrySpec if "network" in kept else SessionSpec).model_validate(kept)
    except (ValidationError, TypeError) as error:
        why = first_finding(error) if isinstance(error, ValidationError) else error
        raise refusal("experiment.store.unmade", why=why) from error
