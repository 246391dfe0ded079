"""Schemas of all content: personas, scenarios, stages, governance models and rubrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from sandbox.errors import unknown

__all__ = [
    "ACTS",
    "SECTIONS",
    "Act",
    "Aggregation",
    "Boundary",
    "Choice",
    "Criterion",
    "Decision",
    "Fact",
    "Governance",
    "Information",
    "Kind",
    "Lang",
    "Payoff",
    "Persona",
    "Point",
    "Position",
    "Rubric",
    "Rules",
    "Scenario",
    "ScenarioSeat",
    "Scope",
    "Source",
    "Stage",
    "Text",
    "VoteReasons",
]

Lang = Literal["en", "zh"]
Act = Literal[
    "inform",
    "ask",
    "answer",
    "propose",
    "support",
    "object",
    "concede",
    "promise",
    "decide",
    "delegate",
    "refuse",
    "escalate",
]
ACTS: tuple[Act, ...] = (
    "inform",
    "ask",
    "answer",
    "propose",
    "support",
    "object",
    "concede",
    "promise",
    "decide",
    "delegate",
    "refuse",
    "escalate",
)
Kind = Literal["leader", "official", "frontline", "broker", "provider", "resident", "expert"]
StageId = str
Procedure = Literal["chair_decides", "majority"]
FloorPolicy = Literal["chair_led", "open_floor"]
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

SECTIONS: frozenset[str] = frozenset(
    [
        "AB",
        "IN",
        "PD",
        "SP",
        "BG",
        "HM",
        "HS",
        "GM",
        "GS",
        "CM",
        "CS",
        "TM",
        "TS",
        "CR",
        "SF",
        "BL",
        "NS",
        "LR",
        "HB",
        "PR",
        "AR",
        "PL",
        "EP",
        "FO",
        "LA",
        "PC",
        "PV",
        "GW",
    ]
)

Loc = tuple[str | int, ...]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
PointId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,47}$")]


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Content):
    """A text in both languages; a plain string stands for a text that exists in one language only."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: Any) -> Any:
        return {"en": value, "zh": value} if isinstance(value, str) else value

    def get(self, lang: Lang) -> str:
        """Return the text in a language."""
        return self.zh if lang == "zh" else self.en


class Source(_Content):
    """Where a card comes from: sections of the source paper, and fields that are inferences."""

    sections: tuple[str, ...] = Field(min_length=1)
    inferred: tuple[str, ...] = ()

    @field_validator("sections")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for code in value:
            if code not in SECTIONS:
                raise ValueError(f"unknown section '{code}'; allowed: {', '.join(sorted(SECTIONS))}")
        return value


class Persona(_Content):
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


class Fact(_Content):
    """A fact that lines may carry; numbers in lines are checked against these."""

    id: Annotated[str, Field(pattern=r"^F[0-9]{1,2}$")]
    text: Text
    source: Source


class Decision(_Content):
    """A question that the session should settle, its options, and who may commit to one outside a decision."""

    id: Id
    question: Text
    options: dict[Id, Text] = Field(min_length=2)
    remit: tuple[Id, ...] = Field(min_length=1)


class Point(_Content):
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


class VoteReasons(_Content):
    """What a seat says when it votes for or against a motion."""

    support: Text
    object: Text


class ScenarioSeat(_Content):
    """A seat of the scenario: its persona, what only it knows, why it would vote either way, and its points."""

    persona: Id
    briefing: Text
    vote: VoteReasons
    points: tuple[Point, ...] = ()


class Scenario(_Content):
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
        _unique("fact", {("facts", index, "id"): fact.id for index, fact in enumerate(self.facts)})
        _unique("decision", {("decisions", index, "id"): one.id for index, one in enumerate(self.decisions)})
        _unique("seat", {("seats", index, "persona"): seat.persona for index, seat in enumerate(self.seats)})
        _unique("point", {(*loc, "id"): point.id for loc, point in points.items()})
        for index, decision in enumerate(self.decisions):
            _subset("seat", ("decisions", index, "remit"), decision.remit, personas)
        for loc, point in points.items():
            _subset("fact", (*loc, "facts"), point.facts, facts)
            _subset("point", (*loc, "replies_to"), point.replies_to, ids)
            _subset("seat", (*loc, "to"), [point.to] if point.to else [], personas)
            for key, option in point.terms.items():
                _subset("decision", (*loc, "terms", key), [key], set(options))
                _subset("option", (*loc, "terms", key), [option], options[key])
        return self


class Stage(_Content):
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


class _Rule(_Content):
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


class Rules(_Content):
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
            _subset("position", ("boundary", stage, "positions"), rule.positions, positions)
        for position in self.choice:
            _subset("position", ("choice", position), [position], positions)
        for position in self.position:
            if position not in self.choice:
                raise _fault(
                    ("position", position), f"position '{position}' has no choice rule; add it to rules.choice"
                )
        _subset("position", ("aggregation", "chair"), [self.aggregation.chair], positions)
        _subset("position", ("aggregation", "voters"), self.aggregation.voters, positions)
        if self.aggregation.procedure == "majority" and not self.aggregation.voters:
            raise _fault(("aggregation",), "voters: a majority needs at least one position that votes")
        return self


class Governance(_Content):
    """A governance model: rules-in-use as data."""

    id: Id
    name: Text
    summary: Text
    rules: Rules
    source: Source


class Criterion(_Content):
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


class Rubric(_Content):
    """Criteria by which an outcome is scored from 1 to 5."""

    id: Id
    name: Text
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    source: Source

    @model_validator(mode="after")
    def _criteria(self) -> Rubric:
        _unique("criterion", {("criteria", index, "id"): one.id for index, one in enumerate(self.criteria)})
        return self


def _fault(loc: Loc, message: str) -> PydanticCustomError:
    """Return the error for an element below the one that is being validated."""
    return PydanticCustomError("reference", "{message}", {"message": message, "loc": loc})


def _unique(what: str, ids: Mapping[Loc, str]) -> None:
    seen: set[str] = set()
    for loc, one in ids.items():
        if one in seen:
            raise _fault(loc, f"{what} '{one}' is given twice")
        seen.add(one)


def _subset(kind: str, loc: Loc, given: Iterable[str], allowed: set[str]) -> None:
    for one in given:
        if one not in allowed:
            raise _fault(loc, unknown(kind, one, allowed))
