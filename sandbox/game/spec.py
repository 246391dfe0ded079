"""The spec of a session and the start that it plays from, as the log keeps them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from sandbox.content.cards import PointAct, Section, Temperature, defaults
from sandbox.content.language import Lang
from sandbox.content.templates import AS_IS
from sandbox.game.ledger.entries import Claim
from sandbox.game.pulse import Pulse

MAX_TURNS = 500
MAX_SAMPLES = 9
PlayStyle = Literal["free", "directed", "rules"]
Player = Literal["rules", "cards", "model", "agent"]
"""What plays the personas: the rules alone, the cards alone, a model, or a user's agent in Python."""
CARDS = "cards"
"""The model name for play by cards: personas say what their cards hold, in the order of the floor policy."""


class Players(NamedTuple):
    """Who plays and judges a session, as in its spec; by default the rules alone and no judge."""

    style: PlayStyle = "rules"
    model: str = "none"
    judge_model: str | None = None

    @property
    def by(self) -> Player:
        """What plays the personas."""
        return "rules" if self.style == "rules" else "cards" if self.model == CARDS else "model"


BY_RULES, BY_CARDS = Players(), Players("directed", CARDS)


class Later(BaseModel):
    """Base of what a log keeps: fields listed in ``later``, added by later versions, are written only if not default.

    So the same session has the same log, whichever version plays it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    later: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _as_ever(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        plain: dict[str, Any] = handler(self)
        for name, ever in defaults(type(self), self.later).items():
            if getattr(self, name) == ever:
                plain.pop(name, None)
        return plain


class Promise(BaseModel):
    """A promise from before the session: its seat, its words, and the options to which it commits, by question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seat: str
    says: str
    terms: dict[str, str] = Field(default_factory=dict)


class Heard(BaseModel):
    """Something that a seat heard before the session.

    Args:
        seat: the seat; empty for everybody.
        says: what it heard.
        source: from whom; may be empty.
        said: the part of ``says`` that participants said, as prompts mark it; empty if none or unknown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seat: str = ""
    says: str
    source: str
    said: str = ""


class Rank(Later):
    """The place of a community in last year's ranking.

    Args:
        place: its place, from 1.
        of: the number of communities ranked.
        brought: what the place brought, in words.
        community: the name of the community; empty for the one that plays.
        shared: the names of the communities that share the place.
        lots: all communities on the place in the order drawn by lot, which breaks the tie; empty if it is not shared.
    """

    later = ("community", "shared", "lots")

    place: int = Field(ge=1)
    of: int = Field(ge=1)
    brought: str = ""
    community: str = ""
    shared: tuple[str, ...] = ()
    lots: tuple[str, ...] = ()


class Post(Later):
    """A post whose holder is not the one that its card names.

    Args:
        seat: the seat of the post.
        name: the holder's name.
        before: where they served before, in words; empty if they have held the post for years.
        agenda: what they brought along, in words.
        terms: the options that they stand for, by decision.
        since: the year in which they took it; 0 if years are not counted.
        held: the last year of an earlier term in this post; 0 for none.
        rank: last year's rank of the place that they came from.
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
    """The host of a learning tour to a community that has played before.

    Args:
        name: the host's name.
        role: the host's role.
        place: the place that is visited.
        shown: facts that are shown there, in words.
        hidden: facts that the host tells only if asked, in words.
        year: the year that these facts are from; 0 if years are not counted.
        new: whether the host came to the post after that year and knows it from the files only.
        told: what the host told these visitors in earlier years, in words.
        past: what happened at the host's place in that year, in words.
        inside: what else the host can tell of it if asked, in words.
        persona: the id of the persona card with the host's manner and voice; empty for that of the case's own host.
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
    """A condition of an earlier year that is still in force.

    Args:
        says: its words.
        by: the seat that asked for it.
        year: the year it is from.
        was: its outcome last year; empty if somebody denied that or an event struck it.
        terms: the options decided with it that its words take up, by question.
        instead: the earlier conditions that it replaced, in words.
        asked_of: the seats that must do or pay something by it, as its line said; None if the line said nothing.
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
    """A decision of a body without a seat on an option, made in an earlier year; the option is not put to it again.

    Args:
        question: the id of the question.
        option: the id of the option.
        says: the words of the option since then.
        until: the last year in which the decision holds; 0 until another one is made.
    """

    question: str
    option: str
    says: str
    until: int = Field(default=0, ge=0)


class OwnPoint(Later):
    """A point that only this table has, in addition to those on the cards.

    Args:
        id: its id.
        seat: the seat that may raise it.
        stages: the stages in which it may be raised.
        act: its act.
        to: the addressee; empty for all.
        says: its words.
        quotes: the part of its words that participants said before; empty for none.
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
    """A matter that only this table has, in addition to its case.

    Args:
        says: what everybody knows of it, added as a fact; empty for none.
        points: points on it that seats may raise.
    """

    says: str = ""
    points: tuple[OwnPoint, ...] = ()


class Start(Later):
    """What a session starts from in addition to its cards; the cards supply what is left out.

    Args:
        pulses: the pulse of seats before the first stage.
        plan: the plan handed down, as it arrived, by section; an empty text is a section dropped on the way.
        promises: promises in force; everybody knows of them.
        plan_from: whose plan it is, in words.
        copied: the share of that plan that is as its origin wrote it, from 0 to 1; None if unknown.
        heard: what seats have heard, and from whom.
        posts: posts whose holder is not the one on the card.
        host: the host of a learning tour to a community that has played before.
        rank: last year's rank of this community.
        year: the year of the campaign, from 1.
        last_year: what was decided, promised and ordered here last year and what became of it, in words.
        had: ids of points, injects and events that this table had in earlier years, of facts and points of the case
            that no longer hold, and, as ``question.option``, of options no longer available.
        own_events: events of a review that are likelier here because other tables of the city have the others; empty
            if there are no other tables.
        unfit_events: events of a review that would contradict an order of the city.
        standing: conditions of earlier years, in force until a decision replaces them.
        went_on: options that were decided and kept last year and that nobody denied, by question.
        decided: decisions of bodies without a seat that hold longer than a year.
        matters: matters that only this table has, and what it left open last year.
        table: its number, from 1, among the communities of a campaign that play the same case.
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
    """Return the names of several agents joined into one, without repeats."""
    return ", ".join(dict.fromkeys(names))


def with_seats(model: str, models: Mapping[str, str]) -> str:
    """Return the name of a model, with the seats that another model plays: ``strong (mayor: weak)``."""
    own = ", ".join(f"{seat}: {name}" for seat, name in models.items() if name != model)
    return f"{model} ({own})" if own else model


class SessionSpec(Later):
    """Everything that a session is made from, as its log keeps it.

    Args:
        scenario: id of the case.
        governance: id of the governance model.
        changes: single rules of the model that are changed, each ``path=value``.
        city: id of a city whose setting is added; empty for none.
        rubric: id of the rubric.
        lang: the language of the session.
        stages: stage ids in order; empty for all.
        turns: most lines in the discussion of a stage; None for each stage's own limit.
        last_words: in free play, the most last words before a vote, on top of these lines; seats with a condition at
            stake get one in any case (see `last_word_floor`). 0 for none, as in sessions of earlier versions.
        weighs_review: whether a review, where a model plays freely, weighs who may grant what fell due and how many of
            those it was for have spoken. Sessions of earlier versions do not.
        hears_all: whether a review, unless drawn by the rules, asks each for whom something was and each who pays for
            it, takes a promise to all that was made among officials as one to the residents, and takes a word kinder
            than the report for no dispute; and whether, in free play, a department needs more than a section of its
            plan to count as committed. Sessions of earlier versions do not.
        seed: random seed of the floor policy and of sampling.
        persons: seats taken by people.
        agents: the names of agents in Python, by seat; if they play all seats, ``model`` has their names.
        models: the models of seats that do not use ``model``, by seat.
        personas: personas that sit in another's seat, by seat.
        wording: id of the wording of the prompts.
        temperature: temperature of a model's first wording of a turn, 0 to 1.5; None for that of the style.
        style: who chooses act and addressee: the model (free), the floor policy (directed), or, with no speech, a
            draw among the acts that the rules allow (rules).
        model: name of the model that speaks.
        judge_model: names of the models that judge, separated by commas; None for no judge.
        judge_samples: votes that each judge gives on a criterion.
        content: digest of all content that the session reads.
        start: what it starts from in addition to its cards.
    """

    later = ("agents", "models", "personas", "wording", "temperature", "last_words", "weighs_review", "hears_all")

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
    hears_all: bool = True
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
        """The fields that determine cards and rules, as a key; seed, style, models and people are not among them."""
        ordinary = self.start is _ORDINARY or self.start == _ORDINARY
        start = "" if ordinary else self.start.model_dump_json()
        return (
            self.scenario, self.governance, self.changes, self.city, self.rubric, self.lang, self.stages, self.turns,
            tuple(self.personas.items()), self.wording, start,
        )  # fmt: skip

    @property
    def by_cards(self) -> bool:
        """Whether the cards alone speak (directed play without a model)."""
        return self.model == CARDS

    @property
    def asks_models(self) -> bool:
        """Whether a model plays or judges."""
        return self.player == "model" or self.judge_model is not None

    @property
    def called(self) -> tuple[str, ...]:
        """The names of the models that play or judge, without repeats."""
        playing = self.speakers if self.player == "model" else ()
        return tuple(dict.fromkeys([*playing, *(self.judge_model.split(",") if self.judge_model else ())]))

    def model_of(self, seat: str) -> str:
        """Return the name of the model that speaks for a seat."""
        return self.models.get(seat, self.model)

    @property
    def speakers(self) -> tuple[str, ...]:
        """The names of the models that speak, without repeats; first the one for all seats without their own."""
        return tuple(dict.fromkeys([self.model, *self.models.values()]))

    @property
    def players(self) -> Players:
        """Who plays and judges it."""
        return Players(self.style, self.model, self.judge_model)

    @property
    def player(self) -> Player:
        """What plays the personas."""
        return "agent" if self.agents and self.model == together(self.agents.values()) else self.players.by
