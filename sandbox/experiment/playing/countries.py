"""Countries in the place of sessions: what one is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from sandbox.content.faults import first_finding
from sandbox.content.network_card import Mechanism
from sandbox.content.words import refusal
from sandbox.game.spec import SessionSpec


class CountrySpec(SessionSpec):
    """What a country is made from, in the place of a session: it has a network where that has a case.

    Nobody speaks in it; its meetings are sessions that the rules alone have played.

    Args:
        network: the country, by id.
        districts: places that hold meetings; None for as many as the card has.
    """

    network: str
    without: tuple[Mechanism, ...] = ()
    districts: int | None = None


def made_from(kept: Mapping[str, Any]) -> SessionSpec:
    """Return what a session, or a country, of a store is made from.

    Raises:
        InputError: it is of another shape.
    """
    try:
        return (CountrySpec if "network" in kept else SessionSpec).model_validate(kept)
    except (ValidationError, TypeError) as error:
        why = first_finding(error) if isinstance(error, ValidationError) else error
        raise refusal("experiment.store.unmade", why=why) from error
