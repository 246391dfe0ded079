"""Schemas of a governance model: rules-in-use by type (Ostrom), shares of votes or voters, and the floor."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from sandbox.content.cards import (
    SECTIONS,
    VALUES,
    Card,
    Grown,
    Id,
    Kind,
    Names,
    Payer,
    Ref,
    RuledAct,
    Source,
    Text,
    Topic,
    fault,
    known,
    named,
    refuse,
)
from sandbox.content.faults import short
from sandbox.content.named import Named
from sandbox.content.words import Words, said
from sandbox.errors import unknown

Procedure = Literal["chair_decides", "chair_after_hearing", "majority", "consensus"]
FloorPolicy = Literal["chair_led", "open_floor"]
CHAIR_BINDS: tuple[Procedure, ...] = ("chair_decides", "chair_after_hearing")
"""Procedures by which the chair decides for the body."""
SET, INFERRED = "set", "inferred"
MORE_THAN_HALF = "more_than_half"
_WRITTEN = re.compile(r"\s*(\d{1,3})\s*/\s*(\d{1,3})\s*")
_HALF = Fraction(1, 2)
_WORDS = 4  # letters that words of one's own have at least: what is shorter is a slip in the code of a section
_NEAR = 0.8
_POSITIONS: Names = {
    "boundary": {VALUES: {"positions": "position"}}, "information": {"platform": "position"},
    "aggregation": {"chair": "position", "voters": "position", "veto": "position"},
    "scope": {"plans": "position"}, "payoff": {"hierarchical": "position", "horizontal": "position"},
}  # fmt: skip


@cache
def least(share: str, of: int) -> int:
    """Return the least number of votes that makes up a share: of 6 votes, 4 for two thirds and for more than half."""
    if share == MORE_THAN_HALF:
        return of // 2 + 1
    part, whole = map(int, share.split("/"))
    return -(-of * part // whole)


def share_in_words(words: Words, share: str) -> str:
    """Return a share in words: more than half, or a fraction at least."""
    return words("share.half") if share == MORE_THAN_HALF else words("share.least", share=words.of("share.is", share))


def _share(value: Any, what: str = "form") -> str:
    """Return a share in its lowest terms, above 0 and at most 1; the error about anything else depends on ``what``."""
    if value == MORE_THAN_HALF:
        return MORE_THAN_HALF
    written = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    if written is None or not 0 < int(written[1]) <= int(written[2]):
        raise ValueError(said(f"content.share.{what}", value=short(value)))
    share = Fraction(int(written[1]), int(written[2]))
    return f"{share.numerator}/{share.denominator}"


def _winning(value: Any) -> str:
    share = _share(value)
    if share != MORE_THAN_HALF and not _HALF < Fraction(share) < 1:
        raise ValueError(said("content.share.low" if Fraction(share) <= _HALF else "content.share.all", value=share))
    return share


def _quorum(value: Any) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int):
        return int(value) if isinstance(value, str) and value.strip().isdecimal() else _share(value, "quorum")
    if value < 0:
        raise ValueError(said("content.bound.ge", bound=0))
    return value


Share = Annotated[str, BeforeValidator(_winning)]
"""The share that must be for something: more than half, or a fraction between a half and all, as ``2/3``, at least."""
Quorum = Annotated[int | str, BeforeValidator(_quorum)]
"""How many of those who have a vote must cast it: a number, or a share of them, as ``2/3``."""


class _Rule(Card):
    """A rule and its source.

    The source is a section of the paper, ``inferred`` where the paper says nothing of it, ``set`` by the user who runs
    it, or another source in the author's words; empty where the author does not say.
    """

    source: str = ""

    @field_validator("source")
    @classmethod
    def _known_source(cls, value: str) -> str:
        known = value in SECTIONS or value in (INFERRED, SET, "")
        if not known and (len(value.strip()) < _WORDS or get_close_matches(value, (INFERRED,), 1, _NEAR)):
            raise ValueError(unknown("source", value, [*SECTIONS, INFERRED, said("content.own_source")]))
        return value

    @property
    def own_source(self) -> str:
        """The words of the author that tell where it comes from; empty where it is from the paper, inferred or set."""
        return "" if self.source in SECTIONS or self.source in (INFERRED, SET) else self.source


class Position(_Rule, Grown):
    """Position rule: the kinds of persona that hold a position, and the personas that hold it whatever their kind.

    - ``personas`` that have a seat come before all kinds, also those of other positions.
    - A single position is held by one seat: the first of its personas that is present, else the first of the first kind
      that is present.
    - ``registered`` limits the kinds to people whose household is registered here (true) or is not (false).
    """

    newer = ("personas",)

    name: Text
    kinds: tuple[Kind, ...] = ()
    personas: tuple[Ref, ...] = ()
    single: bool = False
    registered: bool | None = None

    @model_validator(mode="after")
    def _held(self) -> Position:
        if not (self.kinds or self.personas):
            raise fault(("kinds",), said("content.no_holders"))
        return self


class Boundary(_Rule):
    """Boundary rule: which positions take part in a stage."""

    positions: tuple[Ref, ...] = Field(min_length=1)


class Choice(_Rule, Grown):
    """Choice rule: which acts a position may perform; reporting on what falls due, votes and vetoes need no rule.

    A position that ``amends`` may change motions, or put another beside them, by supporting or objecting with options
    or a condition, even without the act that puts a motion.
    """

    newer = ("amends",)

    acts: tuple[RuledAct, ...] = Field(min_length=1)
    amends: bool = True


class Aggregation(_Rule, Grown):
    """Aggregation rule: how the body reaches a decision.

    - ``chair_decides``: the chair alone. ``chair_after_hearing``: the voters say what they think, then the chair
      decides.
    - ``majority``: a ``share`` is for it: more than half, or at least a fraction such as ``2/3``. ``consensus``: all
      are.
    - Either counts the votes cast (``of``), or all ``voters``; then a voter that does not vote is not for it.
    - ``quorum`` is the least number of votes cast, or the least share of the voters that cast one.
    - With ``abstain`` a seat may abstain, which casts no vote.
    - A vote against by a position in ``veto`` rejects the motion, ``unless`` the motion settles some questions by
      certain
      options: then the position has its vote alone.
    - ``order`` is the order in which rival motions are put; if the rules leave it ``open``, a facilitator may choose,
      else the best supported comes first.
    - ``ballots`` is the most motions that are put, one after the other, until one is carried.
    """

    newer = ("share", "of", "unless")

    procedure: Procedure
    share: Share = MORE_THAN_HALF
    of: Literal["cast", "voters"] = "cast"
    chair: Ref
    order: Literal["open", "best_supported", "first_made", "last_made"] = "open"
    ballots: int = Field(default=2, ge=1, le=5)
    voters: tuple[Ref, ...] = ()
    quorum: Quorum = 0
    veto: tuple[Ref, ...] = ()
    unless: dict[Id, dict[Id, tuple[Id, ...]]] = Field(default={})
    abstain: bool = False

    @model_validator(mode="after")
    def _goes_with_the_procedure(self) -> Aggregation:
        if self.share != MORE_THAN_HALF and self.procedure != "majority":
            raise fault(("share",), said("content.share.procedure", share=self.share, procedure=self.procedure))
        if self.of != "cast" and self.procedure in CHAIR_BINDS:
            raise fault(("of",), said("content.share.of", of=self.of, procedure=self.procedure))
        for position, settled in self.unless.items():
            if position not in self.veto or position not in self.voters:
                raise fault(("unless", position), said("content.unless.veto", position=position))
            if not settled or not all(settled.values()):
                raise fault(("unless", position), said("content.unless.empty", position=position))
        return self

    def stops(self, position: str | None, terms: Mapping[str, str] | None = None) -> bool:
        """Return whether a vote against by a position rejects a motion that binds these terms (None: any motion)."""
        settled = self.unless.get(position, {}) if position and terms is not None else {}
        lifted = bool(settled) and all((terms or {}).get(key) in options for key, options in settled.items())
        return position in self.veto and not lifted

    @property
    def by_share(self) -> bool:
        """Whether the majority needed is no more than half of the votes cast."""
        return self.procedure == "majority" and (self.share, self.of) != (MORE_THAN_HALF, "cast")

    def due(self, voters: int) -> int:
        """Return the least number of votes that have to be cast, of this many voters."""
        return max(1, self.quorum if isinstance(self.quorum, int) else least(self.quorum, voters))

    def needed(self, cast: int, voters: int) -> int:
        """Return the number of votes that carry a motion, given the votes cast and the voters."""
        base = cast if self.of == "cast" else voters
        return base if self.procedure == "consensus" else least(self.share, base)


def fitting(rule: dict[str, Any]) -> dict[str, Any]:
    """Return an aggregation rule, as data, without fields and vetoes that do not go with its procedure.

    Only a majority has a share, and only a voter that has a veto can have it lifted.
    """
    procedure = rule["procedure"]
    unfit = () if procedure == "majority" else ("share", "of") if procedure in CHAIR_BINDS else ("share",)
    both = {*rule.get("veto", ())} & {*rule.get("voters", ())}
    lifted = {name: value for name, value in rule.get("unless", {}).items() if name in both}
    return {**{name: value for name, value in rule.items() if name not in unfit}, "unless": lifted}


class Information(_Rule):
    """Information rule.

    Args:
        minutes: whether all read a stage's minutes, or only the seats that were present.
        lines: whether a line is heard by the whole room, or only by speaker, addressee and chair (``parties``).
        documents: whether plans are read by all, or by their author and the chair.
        platform: positions that see the data of the information platform.
        asides: whether a seat may say something that its addressee alone hears.
    """

    minutes: Literal["all", "present"]
    lines: Literal["room", "parties"] = "room"
    documents: Literal["all", "author_and_chair"] = "all"
    platform: tuple[Ref, ...] = ()
    asides: bool = False


class Payoff(_Rule):
    """Payoff rule: which payers and budgets are possible, the default payer, and which side assesses which.

    Args:
        budgets: for each payer that the rules allow, the budget the money comes from.
        default: the payer where a decision leaves it open.
        assessed_by: who assesses whom, in words.
        hierarchical: positions whose assessment from above counts.
        horizontal: positions whose assessment from the side counts.
    """

    budgets: dict[Payer, Text] = Field(min_length=1)
    default: Payer
    assessed_by: Text
    hierarchical: tuple[Ref, ...] = ()
    horizontal: tuple[Ref, ...] = ()

    @model_validator(mode="after")
    def _default_has_a_budget(self) -> Payoff:
        refuse(self, known("payer", ("default",), [self.default], set(self.budgets)))
        return self


class Scope(_Rule):
    """Scope rule.

    Args:
        decisions: the topics that the body may bind.
        plans: the positions that draft a plan in the application stage.
        tasks: ``any``: a seat keeps a task handed down to it until somebody lifts it; ``agreed``: it may send back a
            task that is not on the agreed list.
    """

    decisions: Literal["all", "none"] | tuple[Topic, ...]
    plans: tuple[Ref, ...] = ()
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
    def _fits(self) -> Rules:
        refuse(self, self._faults())
        return self

    def _faults(self) -> Iterator[PydanticCustomError]:
        positions = {Named(position, own.name) for position, own in self.position.items()}
        for loc, at, kind, name in named(self, _POSITIONS):
            yield from known(kind, loc[:at], [name], positions)
        for position in self.choice:
            yield from known("position", ("choice", position), [position], positions)
        for position in self.position:
            if position not in self.choice:
                yield fault(("position", position), said("content.no_choice", position=position))
        held: dict[str, str] = {}
        for position, own in self.position.items():
            for place, persona in enumerate(own.personas):
                if held.setdefault(persona, position) != position or persona in own.personas[:place]:
                    says = said("content.held_twice", persona=persona, position=held[persona])
                    yield fault(("position", position, "personas", place), says)
        if self.aggregation.procedure != "chair_decides" and not self.aggregation.voters:
            yield fault(("aggregation",), said("content.no_voters", procedure=self.aggregation.procedure))


class Governance(Grown):
    """A governance model: rules-in-use as data; ``party`` says where the Party organisation stands in it, if at all."""

    newer = ("party",)

    id: Id
    name: Text
    summary: Text
    party: Text | None = None
    rules: Rules
    source: Source = Source()
