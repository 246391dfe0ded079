"""The card of a city."""

from __future__ import annotations

from pydantic import Field

from sandbox.content.cards import Card, Id, Source, Text
from sandbox.content.scenario_card import Fact


class City(Card):
    """A city of the paper: what drove its reform, and the facts of its setting."""

    id: Id
    name: Text
    driver: Text
    conditions: tuple[Text, ...] = Field(min_length=1)
    facts: tuple[Fact, ...] = Field(min_length=1)
    governance: Id
    source: Source = Source()
