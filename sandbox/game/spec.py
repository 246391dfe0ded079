"""What a session is made from, and what it begins from: kept in its log."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import cache
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from sandbox.content.cards import PointAct, Section, Temperature
from sandbox.content.language import Lang
from sandbox.content.templates import AS_IS
from sandbox.game.ledger.entries import Claim
from sandbox.game.pulse import Pulse

MAX_TURNS = 500
MAX_SAMPLES = 9
PlayStyle = Literal["free", "directed", "rules"]
Player = Literal["rules", "cards", "model", "agent"]
"""What plays personas: the rules alone, the cards alone, a model, or an agent of one's own in Python."""
CARDS = "cards"
"""Stands in place of a model: personas say what their cards hold, in the order that the floor policy makes."""


class Players(NamedTuple):
    """Who plays a session, in the words of its spec; by default the rules alone, and nobody judges."""

    style: PlayStyle = "rules"
    model: str = "none"
    judge_model: str | None = None

    @property
    def by(self) -> Player:
        """What plays personas."""
        return "rules" if self.style == "rules" else "cards" if self.model == CARDS else "model"


BY_RULES, BY_CARDS = Players(), Players("directed", CARDS)


class Later(BaseModel):
    """Base of what a log keeps: fields that there were no logs with once are left out where they say nothing.

    So the same session has the same log, whichever version plays it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    later: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _as_ever(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        plain: dict[str, Any] = handler(self)
        for name, ever in _ever(type(self)).items():
            if getattr(self, name) == ever:
                plain.pop(name, None)
        return plain


@cache
def _ever(kind: type[Later]) -> dict[str, Any]:
    return {name: kind.model_fields[name].get_default(call_default_factory=True) for name in kind.later}


class Promise(BaseModel):
    """A promise from before the session: who made it, its words, and the options to which it commits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seat: str
    says: str
    terms: dict[str, str] = Field(default_factory=dict)


class Heard(BaseModel):
    """Something a seat has heard before the session, in words.

    Args:
        seat: the seat; empty for everybody.
        says: what it has heard.
        source: from whom; may be empty.
        said: the part of it that participants said; empty where they said nothing of it, or whoever wrote it down did
            not tell.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seat: str = ""
    says: str
    source: str
    said: str = ""


class Rank(Later):
    """Where a community stood in last year's ranking, and what that brought, in words.

    Args:
        place: its place, from 1.
        of: how many were ranked.
        brought: what the place brought.
        community: the name of the community; empty for the one that plays.
        shared: the communities with which it shares the place, by name.
        lots: those on the place in the order into which the lot put them, which tells who of them is taken where only
            one can be; empty where it shares it with none.
    """

    later = ("community", "shared", "lots")

    place: int = Field(ge=1)
    of: int = Field(ge=1)
    brought: str = ""
    community: str = ""
    shared: tuple[str, ...] = ()
    lots: tuple[str, ...] = ()


class Post(Later):
    """Who holds a post now, where it is not whom the card names.

    Args:
        seat: the post, by its seat.
        name: its holder's name.
        before: where they served before, in words; empty for who has held the post for years.
        agenda: what they brought along, in words.
        terms: the options for which they stand, by decision.
        since: the first year in which they hold it; 0 where nobody counts years.
        held: the last year in which they held it once before; 0 for never.
        rank: where the place from which they came stood in last year's ranking.
    """

    later = ("since", "held", "rank")

    seat: str
    name: str
    before: str = ""
    agenda: str = ""
    terms: dict[str, str] = Field(default_factory=dict)
    since: int = Field(default=0, ge=0)
    held: int = Field(default=0, ge=0)
    rank: Rank | None = None


class Guest(Later):
    """Who hosts the learning tour, where it leads to a community that has played before.

    Args:
        name: the host's name.
        role: the host's role.
        place: the place that is visited.
        shown: what is shown there.
        hidden: what comes out only when somebody asks.
        year: the year of which both tell; 0 where nobody counts years.
        new: whether the host came to the post after that year, and knows it from the files.
        told: what the host told these visitors in earlier years, in words.
        past: what came about at the host's place in that year, in words.
        inside: what the host can tell of it beside, where visitors ask, in words.
        persona: whose manner and voice the host has, by card; empty for that of the case's own host.
    """

    later = ("year", "new", "told", "past", "inside", "persona")

    name: str
    role: str
    place: str
    shown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    year: int = Field(default=0, ge=0)
    new: bool = False
    told: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    persona: str = ""


class Standing(Later):
    """A condition of an earlier year that stands on.

    Args:
        says: its words.
        by: the seat that asked for it.
        year: the year it is from.
        was: what it came to last year, where nobody denied that and nothing struck it; else empty.
        terms: the options that were decided with it and that its words take up, by question.
        instead: the conditions of earlier years whose place it took, in words.
        asked_of: the seats that are to do or pay something by it, as its line said; None where that said nothing.
    """

    later = ("was", "terms", "instead", "asked_of")

    says: str
    by: str = ""
    year: int = Field(ge=1)
    was: Claim = ""
    terms: dict[str, str] = Field(default_factory=dict)
    instead: str = ""
    asked_of: tuple[str, ...] | None = None


class Decided(Later):
    """What a body without a seat has decided on an option in an earlier year, so that it is not put to it now.

    Args:
        question: the question.
        option: the option.
        says: how the option reads since, in words.
        until: the last year in which it holds; 0 for until something else is decided.
    """

    question: str
    option: str
    says: str
    until: int = Field(default=0, ge=0)


class OwnPoint(Later):
    """A point of a table's own, beside those on the card of a seat.

    Args:
        id: its id.
        seat: whose it is.
        stages: in which stages it may be raised.
        act: the act.
        to: whom it is to; empty for all.
        says: its words.
        quotes: what of its words participants said before; empty for none.
    """

    later = ("quotes",)

    id: str
    seat: str
    stages: tuple[str, ...]
    act: PointAct
    to: str = ""
    says: str
    quotes: str = ""


class Matter(Later):
    """A matter that a table has beside its case: what everybody there knows of it, and points on it.

    Args:
        says: what is known of it; empty for nothing beside what is told elsewhere.
        points: who may raise what of it.
    """

    says: str = ""
    points: tuple[OwnPoint, ...] = ()


class Start(Later):
    """What a session begins from beside its cards; what is left out comes from these.

    Args:
        pulses: where seats stand before the first stage.
        plan: the plan handed down as it arrived, by section; an empty text is a section that was dropped on the way.
        promises: promises that stand; everybody knows of them.
        plan_from: whose plan it is, in words.
        copied: how much of that plan stands as its origin wrote it, from 0 to 1; None where nobody knows.
        heard: what seats have heard, and from whom.
        posts: posts that are held by others than the cards name.
        host: who hosts the learning tour, where it leads to a community that has played before.
        rank: last year's rank.
        year: which year of several it is, from 1.
        last_year: what was decided, promised and ordered here last year and what became of it, in words.
        had: points and injects of the case, and events of a year, that this table has had in earlier years, by id; with
            them facts and points of the case that no longer hold, and options that are no longer to be had.
        own_events: events of a review that are likelier here, since other tables of the city have the others; empty
            where there are none beside it.
        unfit_events: events of a review that would contradict what the city has ordered.
        standing: conditions of earlier years that stand on until a decision has another in their place.
        went_on: options, by question, that were decided and kept last year, undenied.
        decided: options on which a body without a seat has decided for longer than a year.
        matters: matters that this table has beside its case, and what it left open last year.
        table: which it is of the communities of a campaign that play the same case, from 1: each has a year of its own.
    """

    later = (
        "plan_from", "copied", "heard", "posts", "host", "rank", "year", "last_year", "had", "own_events",
        "unfit_events", "standing", "went_on", "decided", "matters", "table",
    )  # fmt: skip

    pulses: dict[str, Pulse] = Field(default_factory=dict)
    plan: dict[Section, str] = Field(default_factory=dict)
    promises: tuple[Promise, ...] = ()
    plan_from: str = ""
    copied: float | None = Field(default=None, ge=0, le=1)
    heard: tuple[Heard, ...] = ()
    posts: tuple[Post, ...] = ()
    host: Guest | None = None
    rank: Rank | None = None
    year: int = Field(default=1, ge=1)
    last_year: tuple[str, ...] = ()
    had: tuple[str, ...] = ()
    own_events: tuple[str, ...] = ()
    unfit_events: tuple[str, ...] = ()
    standing: tuple[Standing, ...] = ()
    went_on: dict[str, str] = Field(default_factory=dict)
    decided: tuple[Decided, ...] = ()
    matters: tuple[Matter, ...] = ()
    table: int = Field(default=1, ge=1)


_ORDINARY = Start()


def together(names: Iterable[str]) -> str:
    """Return several agents' names as one name, each of them once."""
    return ", ".join(dict.fromkeys(names))


def with_seats(model: str, models: Mapping[str, str]) -> str:
    """Return the name of a model with those of seats that another plays beside it: ``strong (mayor: weak)``."""
    own = ", ".join(f"{seat}: {name}" for seat, name in models.items() if name != model)
    return f"{model} ({own})" if own else model


class SessionSpec(Later):
    """What a session is made from; kept in its log.

    Args:
        scenario: the case, by id.
        governance: the governance model, by id.
        changes: single rules of the model that are changed, each ``path=value``.
        city: a city whose setting is added, by id; empty for none.
        rubric: the rubric, by id.
        lang: the language of the session.
        stages: stage ids in order; empty for all.
        turns: lines a stage; None for each stage's own limit.
        last_words: lines on top of these before a vote, at most, where a model plays freely: one for each seat that
            the motion binds anew, however many these are, and for whose motion another has overtaken. Sessions of
            earlier versions have none: 0.
        weighs_review: whether a review, where a model plays freely, weighs who may grant what fell due and how many of
            those it was for have spoken. Sessions of earlier versions do not.
        seed: random seed of the floor policy and of sampling.
        persons: seats taken by people.
        agents: the names of agents in Python, by the seat that each plays; where they play all, ``model`` has
            their names.
        models: the models of seats that another than ``model`` plays, by seat.
        personas: personas that play in the place of others, by the seat in which each sits.
        wording: the wording of the prompts.
        temperature: at which a model is asked for the first wording of a turn, 0 to 1.5; None for that of its style.
        style: whether the model chooses act and addressee (free), the floor policy does (directed), or nobody speaks
            and acts are drawn from those that the rules allow (rules).
        model: name of the model that speaks.
        judge_model: names of the models that judge, with commas between; None where nobody judges.
        judge_samples: votes that each of them gives on a criterion.
        content: digest of all content that the session reads.
        start: what it begins from beside its cards.
    """

    later = ("agents", "models", "personas", "wording", "temperature", "last_words", "weighs_review")

    scenario: str
    governance: str
    changes: tuple[str, ...] = ()
    city: str = ""
    rubric: str = "core"
    lang: Lang = "en"
    stages: tuple[str, ...] = ()
    turns: int | None = Field(default=None, ge=1, le=MAX_TURNS)
    last_words: int = Field(default=3, ge=0, le=MAX_TURNS)
    weighs_review: bool = True
    seed: int = Field(default=1, ge=0, le=2**31 - 1)
    persons: tuple[str, ...] = ()
    agents: dict[str, str] = Field(default_factory=dict)
    models: dict[str, str] = Field(default_factory=dict)
    personas: dict[str, str] = Field(default_factory=dict)
    wording: str = AS_IS
    temperature: Temperature | None = None
    style: PlayStyle = "directed"
    model: str = ""
    judge_model: str | None = None
    judge_samples: int = Field(default=1, ge=1, le=MAX_SAMPLES)
    content: str = ""
    start: Start = Field(default_factory=lambda: _ORDINARY)

    @property
    def ground(self) -> tuple[Hashable, ...]:
        """What of it names cards and rules; seed, style, models and people have no part in them."""
        ordinary = self.start is _ORDINARY or self.start == _ORDINARY
        start = "" if ordinary else self.start.model_dump_json()
        return (
            self.scenario, self.governance, self.changes, self.city, self.rubric, self.lang, self.stages, self.turns,
            tuple(self.personas.items()), self.wording, start,
        )  # fmt: skip

    @property
    def by_cards(self) -> bool:
        """Whether the cards alone speak: directed play without a model."""
        return self.model == CARDS

    @property
    def asks_models(self) -> bool:
        """Whether a model plays or judges, so that the session takes calls."""
        return self.player == "model" or self.judge_model is not None

    @property
    def called(self) -> tuple[str, ...]:
        """The names of the models that play or judge, each once; none where the rules, cards or agents alone do."""
        playing = self.speakers if self.player == "model" else ()
        return tuple(dict.fromkeys([*playing, *(self.judge_model.split(",") if self.judge_model else ())]))

    def model_of(self, seat: str) -> str:
        """Return the name of the model that speaks for a seat."""
        return self.models.get(seat, self.model)

    @property
    def speakers(self) -> tuple[str, ...]:
        """The names of the models that speak, each once, the one that has no seat of its own first."""
        return tuple(dict.fromkeys([self.model, *self.models.values()]))

    @property
    def players(self) -> Players:
        """Who plays it, and who judges."""
        return Players(self.style, self.model, self.judge_model)

    @property
    def player(self) -> Player:
        """What plays personas."""
        return "agent" if self.agents and self.model == together(self.agents.values()) else self.players.by
