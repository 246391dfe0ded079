"""Schemas of a governance model: rules-in-use by type (Ostrom), and the floor."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sandbox.content.cards import Act, Card, Id, Kind, Source, Text, fault, known

__all__ = [
    "Aggregation",
    "Boundary",
    "Choice",
    "FloorPolicy",
    "Governance",
    "Information",
    "Payoff",
    "Position",
    "Rules",
    "Scope",
]

Procedure = Literal["chair_decides", "majority"]
FloorPolicy = Literal["chair_led", "open_floor"]


class _Rule(Card):
    source: Annotated[str, Field(pattern=r"^([A-Z]{2}|inferred)$")]


class Position(_Rule):
    """Position rule: the kinds of persona that hold a position; the first seat of a single one holds it alone."""

    kinds: tuple[Kind, ...] = Field(min_length=1)
    single: bool = False


class Boundary(_Rule):
    """Boundary rule: which positions take part in a stage."""

    positions: tuple[Id, ...] = Field(min_length=1)


class Choice(_Rule):
    """Choice rule: which acts a position may perform."""

    acts: tuple[Act, ...] = Field(min_length=1)


class Aggregation(_Rule):
    """Aggregation rule: how the body reaches a decision.

    ``quorum`` counts votes cast; a majority is more than half of these.
    """

    procedure: Procedure
    chair: Id
    voters: tuple[Id, ...] = ()
    quorum: int = Field(default=0, ge=0)


class Information(_Rule):
    """Information rule: who reads the minutes of a stage in which they had no seat."""

    minutes: Literal["all", "present"]


class Payoff(_Rule):
    """Payoff rule: who pays by default, and who assesses whom."""

    payer: Text
    assessed_by: Text


class Scope(_Rule):
    """Scope rule: which decisions the body may bind."""

    decisions: Literal["all", "none"] | tuple[Id, ...]


class Rules(Card):
    """Rules-in-use by type (position, boundary, choice, aggregation, information, payoff, scope), and the floor."""

    position: dict[Id, Position] = Field(min_length=1)
    boundary: dict[Id, Boundary] = Field(min_length=1)
    choice: dict[Id, Choice] = Field(min_length=1)
    aggregation: Aggregation
    information: Information
    payoff: Payoff
    scope: Scope
    floor: FloorPolicy

    @model_validator(mode="after")
    def _references(self) -> Rules:
        positions = set(self.position)
        for stage, rule in self.boundary.items():
            known("position", ("boundary", stage, "positions"), rule.positions, positions)
        for position in self.choice:
            known("position", ("choice", position), [position], positions)
        for position in self.position:
            if position not in self.choice:
                raise fault(("position", position), f"position '{position}' has no choice rule; add it to rules.choice")
        known("position", ("aggregation", "chair"), [self.aggregation.chair], positions)
        known("position", ("aggregation", "voters"), self.aggregation.voters, positions)
        if self.aggregation.procedure == "majority" and not self.aggregation.voters:
            raise fault(("aggregation",), "voters: a majority needs at least one position that votes")
        return self


class Governance(Card):
    """A governance model: rules-in-use as data."""

    id: Id
    name: Text
    summary: Text
    rules: Rules
    source: Source
