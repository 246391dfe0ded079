"""Schemas of all content: personas, scenarios, stages, governance models and rubrics."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from sandbox.content.cards import (
    ACTS,
    SECTIONS,
    Act,
    Card,
    Id,
    Kind,
    Lang,
    Source,
    StageId,
    Text,
    known,
    unique,
)
from sandbox.content.governance import FloorPolicy, Governance, Rules

__all__ = [
    "ACTS",
    "SECTIONS",
    "Act",
    "Criterion",
    "Decision",
    "Fact",
    "FloorPolicy",
    "Governance",
    "Kind",
    "Lang",
    "Persona",
    "Point",
    "Rubric",
    "Rules",
    "Scenario",
    "ScenarioSeat",
    "Source",
    "Stage",
    "Text",
    "VoteReasons",
]

EndRule = Literal["turn_limit", "doubts_answered", "doubter_settled", "decision_made"]
MeasureName = Literal[
    "decision_share",
    "questions_before_proposal",
    "promises_within_remit",
    "resident_turn_share",
    "local_facts_cited",
    "handover_terms_filled",
    "own_problems_and_doubts",
]
PointId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,47}$")]


class Persona(Card):
    """Who a seat is: the card of a role."""

    id: Id
    kind: Kind
    name: Text
    role: Text
    manner: Text
    interests: tuple[Text, ...] = Field(min_length=1)
    constraints: tuple[Text, ...] = Field(min_length=1)
    fears: tuple[Text, ...] = Field(min_length=1)
    moves: tuple[Text, ...] = Field(min_length=1)
    authority: Text
    private: tuple[Text, ...] = ()
    opening_line: Text
    non_negotiable: Text
    source: Source


class Fact(Card):
    """A fact that lines may carry; numbers in lines are checked against these."""

    id: Annotated[str, Field(pattern=r"^F[0-9]{1,2}$")]
    text: Text
    source: Source


class Decision(Card):
    """A question that the session should settle, its options, and who may commit to one outside a decision."""

    id: Id
    question: Text
    options: dict[Id, Text] = Field(min_length=2)
    remit: tuple[Id, ...] = Field(min_length=1)


class Point(Card):
    """Something a seat may raise: an act with first-person words, its addressee and the facts it carries.

    ``replies_to`` names points of other seats that this one answers; ``terms`` maps decision ids to options.
    """

    id: PointId
    stages: tuple[StageId, ...] = Field(min_length=1)
    act: Act
    to: Id | None = None
    says: Text
    facts: tuple[str, ...] = ()
    terms: dict[Id, Id] = Field(default_factory=dict)
    replies_to: tuple[PointId, ...] = ()


class VoteReasons(Card):
    """What a seat says when it votes for or against a motion."""

    support: Text
    object: Text


class ScenarioSeat(Card):
    """A seat of the scenario: its persona, what only it knows, why it would vote either way, and its points."""

    persona: Id
    briefing: Text
    vote: VoteReasons
    points: tuple[Point, ...] = ()


class Scenario(Card):
    """The case on the table."""

    id: Id
    title: Text
    question: Text
    place: Text
    background: Text
    facts: tuple[Fact, ...] = Field(min_length=1)
    decisions: tuple[Decision, ...] = Field(min_length=1)
    seats: tuple[ScenarioSeat, ...] = Field(min_length=2)
    good: Text
    bad: Text
    governance: tuple[Id, ...] = Field(min_length=1)
    source: Source

    @model_validator(mode="after")
    def _references(self) -> Scenario:
        facts = {fact.id for fact in self.facts}
        personas = {seat.persona for seat in self.seats}
        options = {decision.id: set(decision.options) for decision in self.decisions}
        points = {
            ("seats", index, "points", number): point
            for index, seat in enumerate(self.seats)
            for number, point in enumerate(seat.points)
        }
        ids = {point.id for point in points.values()}
        unique("fact", {("facts", index, "id"): fact.id for index, fact in enumerate(self.facts)})
        unique("decision", {("decisions", index, "id"): one.id for index, one in enumerate(self.decisions)})
        unique("seat", {("seats", index, "persona"): seat.persona for index, seat in enumerate(self.seats)})
        unique("point", {(*loc, "id"): point.id for loc, point in points.items()})
        for index, decision in enumerate(self.decisions):
            known("seat", ("decisions", index, "remit"), decision.remit, personas)
        for loc, point in points.items():
            known("fact", (*loc, "facts"), point.facts, facts)
            known("point", (*loc, "replies_to"), point.replies_to, ids)
            known("seat", (*loc, "to"), [point.to] if point.to else [], personas)
            for key, option in point.terms.items():
                known("decision", (*loc, "terms", key), [key], set(options))
                known("option", (*loc, "terms", key), [option], options[key])
        return self


class Stage(Card):
    """A step by which the reform spreads."""

    id: Id
    order: int = Field(ge=1)
    name: Text
    purpose: Text
    setting: Text
    product: Text
    turns: int = Field(ge=1, le=500)
    ends_when: EndRule
    source: Source


class Criterion(Card):
    """One criterion of a rubric with its level anchors."""

    id: Id
    name: Text
    question: Text
    stages: tuple[StageId, ...] = Field(min_length=1)
    anchors: dict[Literal["1", "3", "5"], Text]
    measure: MeasureName | None = None
    source: Source

    @field_validator("anchors", mode="before")
    @classmethod
    def _levels(cls, value: Any) -> Any:
        return {str(level): text for level, text in value.items()} if isinstance(value, dict) else value

    @field_validator("anchors")
    @classmethod
    def _complete(cls, value: dict[str, Text]) -> dict[str, Text]:
        missing = {"1", "3", "5"} - set(value)
        if missing:
            raise ValueError(f"anchors missing for level {', '.join(sorted(missing))}")
        return value


class Rubric(Card):
    """Criteria by which an outcome is scored from 1 to 5."""

    id: Id
    name: Text
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    source: Source

    @model_validator(mode="after")
    def _criteria(self) -> Rubric:
        unique("criterion", {("criteria", index, "id"): one.id for index, one in enumerate(self.criteria)})
        return self
