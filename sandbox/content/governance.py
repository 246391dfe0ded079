"""Schemas of a governance model: rules-in-use by type (Ostrom), and the floor."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer, model_validator

from sandbox.content.cards import SECTIONS, Card, Id, Kind, Payer, RuledAct, Source, Text, Topic, fault, known
from sandbox.content.words import said
from sandbox.errors import unknown

Procedure = Literal["chair_decides", "chair_after_hearing", "majority", "consensus"]
FloorPolicy = Literal["chair_led", "open_floor"]
CHAIR_BINDS: tuple[Procedure, ...] = ("chair_decides", "chair_after_hearing")
"""Procedures by which the chair decides for the body."""
SET, INFERRED = "set", "inferred"
_WORDS = 4  # letters that words of one's own have at least: what is shorter is a slip in the code of a section
_NEAR = 0.8


class _Rule(Card):
    """A rule and where it comes from.

    That is a section of the paper, ``inferred``, ``set`` by whoever runs it, or elsewhere, in words of the author.
    """

    source: str

    @field_validator("source")
    @classmethod
    def _known_source(cls, value: str) -> str:
        known = value in SECTIONS or value in (INFERRED, SET)
        if not known and (len(value.strip()) < _WORDS or get_close_matches(value, (INFERRED,), 1, _NEAR)):
            raise ValueError(unknown("source", value, [*SECTIONS, INFERRED, said("content.own_source")]))
        return value

    @property
    def own_source(self) -> str:
        """The words of the author that tell where it comes from; empty where it is from the paper, inferred or set."""
        return "" if self.source in SECTIONS or self.source in (INFERRED, SET) else self.source


class Position(_Rule):
    """Position rule: the kinds of persona that hold a position.

    A single position is held by one seat alone: the first of the first kind that is there. ``registered`` asks for
    people whose household is registered here (true), or for people for whom it is not (false).
    """

    name: Text
    kinds: tuple[Kind, ...] = Field(min_length=1)
    single: bool = False
    registered: bool | None = None


class Boundary(_Rule):
    """Boundary rule: which positions take part in a stage."""

    positions: tuple[Id, ...] = Field(min_length=1)


class Choice(_Rule):
    """Choice rule: which acts a position may perform; to report on what falls due, to vote and to veto needs no rule.

    Where it ``amends``, whoever holds it may change motions, or put one beside them, by support or an objection with
    options or a condition, also without the act that puts one.
    """

    acts: tuple[RuledAct, ...] = Field(min_length=1)
    amends: bool = True

    @model_serializer(mode="wrap")
    def _as_ever(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what rules had not said before there was such a rule, so that they are written as they were."""
        values: dict[str, Any] = handler(self)
        return {name: value for name, value in values.items() if name != "amends" or value is False}


class Aggregation(_Rule):
    """Aggregation rule: how the body reaches a decision.

    ``chair_decides``: the chair alone. ``chair_after_hearing``: the voters say what they think, then the chair decides.
    ``majority``: more than half of the votes cast. ``consensus``: all votes cast. ``quorum`` is the least number of
    votes cast. With ``abstain`` a seat may abstain, which casts no vote. A vote against by a position in ``veto``
    rejects the motion. ``order`` is the order in which rival motions are put; where the rules leave it ``open``, a
    facilitator may choose, and else the best supported comes first. ``ballots`` is the most that are put, one after the
    other, until one is carried.
    """

    procedure: Procedure
    chair: Id
    order: Literal["open", "best_supported", "first_made", "last_made"] = "open"
    ballots: int = Field(default=2, ge=1, le=5)
    voters: tuple[Id, ...] = ()
    quorum: int = Field(default=0, ge=0)
    veto: tuple[Id, ...] = ()
    abstain: bool = False


class Information(_Rule):
    """Information rule.

    Args:
        minutes: whether all read a stage's minutes, or only those who were present.
        lines: whether a line is heard by the whole room, or only by speaker, addressee and chair (``parties``).
        documents: whether plans are read by all, or by their author and the chair.
        platform: positions that see the data of the information platform.
        asides: whether a seat may say something that its addressee alone hears.
    """

    minutes: Literal["all", "present"]
    lines: Literal["room", "parties"] = "room"
    documents: Literal["all", "author_and_chair"] = "all"
    platform: tuple[Id, ...] = ()
    asides: bool = False


class Payoff(_Rule):
    """Payoff rule: who may pay and from which budget, who pays where nothing is agreed, and who assesses whom.

    Args:
        budgets: for each payer that the rules allow, the budget the money comes from.
        default: who pays where a decision leaves it open.
        assessed_by: who assesses whom, in words.
        hierarchical: positions whose assessment from above counts.
        horizontal: positions whose assessment from the side counts.
    """

    budgets: dict[Payer, Text] = Field(min_length=1)
    default: Payer
    assessed_by: Text
    hierarchical: tuple[Id, ...] = ()
    horizontal: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _default_has_a_budget(self) -> Payoff:
        known("payer", ("default",), [self.default], set(self.budgets))
        return self


class Scope(_Rule):
    """Scope rule.

    Args:
        decisions: the topics that the body may bind.
        plans: the positions that draft a plan in the application stage.
        tasks: whether whoever is handed a task has it until somebody lifts it (``any``), or may send back what is not
            on the agreed list (``agreed``).
    """

    decisions: Literal["all", "none"] | tuple[Topic, ...]
    plans: tuple[Id, ...] = ()
    tasks: Literal["any", "agreed"] = "any"


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
                raise fault(("position", position), said("content.no_choice", position=position))
        known("position", ("aggregation", "chair"), [self.aggregation.chair], positions)
        for name in ("voters", "veto"):
            known("position", ("aggregation", name), getattr(self.aggregation, name), positions)
        known("position", ("information", "platform"), self.information.platform, positions)
        known("position", ("scope", "plans"), self.scope.plans, positions)
        for name in ("hierarchical", "horizontal"):
            known("position", ("payoff", name), getattr(self.payoff, name), positions)
        if self.aggregation.procedure != "chair_decides" and not self.aggregation.voters:
            raise fault(("aggregation",), said("content.no_voters", procedure=self.aggregation.procedure))
        return self


class Governance(Card):
    """A governance model: rules-in-use as data."""

    id: Id
    name: Text
    summary: Text
    rules: Rules
    source: Source = Source()
