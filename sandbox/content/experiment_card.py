"""Schema of an experiment: what is varied, paired and expected, all named before anything is played."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from sandbox.content.cards import Card, Id, Loc, Temperature, Text, fault, ids, refuse, unique
from sandbox.content.faults import finding
from sandbox.content.language import Lang
from sandbox.content.network_card import MAX_DISTRICTS, Mechanism
from sandbox.content.templates import AS_IS
from sandbox.content.words import said
from sandbox.errors import unknown

Factor = Literal[
    "scenario", "governance", "city", "lang", "rules", "stages", "turns", "model", "style", "personas", "wording",
    "temperature", "network", "without", "districts",
]  # fmt: skip
# A city's level for sessions without the setting of any.
NO_CITY = "none"
# The seats of a level of `model` that it does not name.
DEFAULT = "default"
# Levels of `model` at which none is asked, so that they stand for whole sessions: rules only, and the cards alone.
NO_MODELS = ("none", "cards")
AGENT = "agent:"
"""What a level of ``model`` begins with that stands for an agent in Python, which is handed over to be played."""
# The level of a country without a mechanism for one that has them all.
NOTHING = "nothing"
OF_COUNTRIES: tuple[Factor, ...] = ("network", "without", "districts", "rules")
"""Factors of designs whose sessions are countries; they have no others."""
OF_MODELS: tuple[Factor, ...] = ("model", "style", "personas", "wording", "temperature")
"""Factors that make no difference where the rules alone play: the null arm has none of them."""


def _of_seats(seats: dict[str, str]) -> dict[str, str]:
    if DEFAULT not in seats or len(seats) < 2:
        raise fault((), said("design_fault.no_seats", default=DEFAULT))
    for seat, model in seats.items():
        if seat != DEFAULT and model in NO_MODELS:
            raise fault((seat,), said("design_fault.no_model", model=model, agent=f"{AGENT}NAME"))
    others, agents = seats[DEFAULT], [model.startswith(AGENT) for seat, model in seats.items() if seat != DEFAULT]
    if others.startswith(AGENT) or (others in NO_MODELS and not (others == "cards" and all(agents))):
        raise fault((DEFAULT,), said("design_fault.no_default", model=others, agent=f"{AGENT}NAME"))
    return seats


def _agent(name: str) -> str:
    if name.startswith(AGENT):
        try:
            _AGENT.validate_python(name.removeprefix(AGENT))
        except ValidationError as error:
            raise fault((), finding(error.errors()[0])) from error
    return name


_AGENT = TypeAdapter(Id)
_Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_agent)]
_Seats = dict[Id, Annotated[dict[Id, _Name], AfterValidator(_of_seats)]]
_NAME, _SEATS = TypeAdapter(_Name), TypeAdapter(Annotated[_Seats, Field(min_length=1, max_length=1)])


def _model(level: Any) -> Any:
    """Check a level of ``model`` by the form it resembles; for a union, pydantic lists the errors of every form."""
    try:
        return (_SEATS if isinstance(level, dict) else _NAME).validate_python(level)
    except ValidationError as error:
        first = error.errors()[0]
        loc = (*first["loc"], *(first.get("ctx") or {}).get("loc", ()))
        raise fault(loc, finding(first)) from error


def _known_factors(value: Any) -> Any:
    if isinstance(value, dict):
        for name in value:
            if name in ("judge", "rubric"):
                raise fault((name,), said(f"design_fault.{name}"))
            if name not in get_args(Factor):
                raise fault((str(name),), unknown("factor", str(name), get_args(Factor)))
    return value


class Factors(Card):
    """What is varied: the levels of each factor, at least one.

    Args:
        scenario: cases, by id.
        governance: governance models, by id; empty for each city's own.
        city: cities whose setting is added, by id, or `NO_CITY`.
        rules: named sets of changed rules, each ``path=value``; for countries, of rates too (``learning.rate=3``).
        stages: named sets of stages, by id; an empty set stands for all.
        turns: lines a stage.
        model: models that play, by name; ``embedded``, ``none`` for rules only, or ``agent:NAME`` for an agent in
            Python that is handed over when the experiment is played. A level may also be named and say which model or
            agent plays which seats: ``mixed: {default: strong, mayor: weak}``; seats that the case lacks are ignored.
            Beside agents, ``default`` may be ``cards``.
        personas: named sets of personas that replace others, by seat; a case without such a seat keeps its own. The set
            `AS_IS`, if there is one, is empty.
        wording: wordings of the prompts, by name; `AS_IS` for the templates as they are.
        temperature: temperatures at which a model is asked for the first wording of a turn.
        network: countries, by id, instead of cases: each session is a country through which a reform spreads.
        without: the mechanism that is left out of a country, or `NOTHING`.
        districts: places of a country that hold meetings.
    """

    scenario: tuple[Id, ...] = ()
    governance: tuple[Id, ...] = ()
    city: tuple[Id, ...] = ()
    lang: tuple[Lang, ...] = ()
    rules: dict[Id, tuple[str, ...]] = Field(default_factory=dict)
    stages: dict[Id, tuple[Id, ...]] = Field(default_factory=dict)
    turns: tuple[Annotated[int, Field(ge=1, le=500)], ...] = ()
    model: tuple[Annotated[str | dict[str, dict[str, str]], PlainValidator(_model)], ...] = ()
    style: tuple[Literal["free", "directed"], ...] = ()
    personas: dict[Id, dict[Id, Id]] = Field(default_factory=dict)
    wording: tuple[Id, ...] = ()
    temperature: tuple[Temperature, ...] = ()
    network: tuple[Id, ...] = ()
    without: tuple[Mechanism | Literal["nothing"], ...] = ()
    districts: tuple[Annotated[int, Field(ge=2, le=MAX_DISTRICTS)], ...] = ()

    @model_validator(mode="after")
    def _levels_once(self) -> Factors:
        for factor in sorted(self.model_fields_set):
            levels = self.levels(factor)
            if not levels:
                raise fault((factor,), said("content.bound.too_short", bound=1))
            refuse(self, unique("level", {(factor, place): level for place, level in enumerate(levels)}))
        if self.personas.get(AS_IS):
            raise fault(("personas", AS_IS), said("design_fault.as_is", name=AS_IS))
        if self.network:
            for factor in sorted(self.model_fields_set - {*OF_COUNTRIES}):
                raise fault((factor,), said("design_fault.not_of_countries", factors=OF_COUNTRIES[1:]))
            return self
        if not self.scenario:
            raise fault(("scenario",), said("content.missing"))
        for factor in ("without", "districts"):
            if self.levels(factor):
                raise fault((factor,), said("design_fault.of_countries"))
        if not self.governance and (not self.city or NO_CITY in self.city):
            raise fault((), said("design_fault.no_governance"))
        return self

    def levels(self, factor: str) -> tuple[str, ...]:
        """Return the levels of a factor as texts; none where it is not varied."""
        return tuple(_as_text(level) for level in getattr(self, factor))

    @property
    def seatings(self) -> dict[str, dict[str, str]]:
        """The named levels of ``model``: which model or agent plays which seat, and `DEFAULT` for all others."""
        return {name: seats for level in self.model if isinstance(level, dict) for name, seats in level.items()}

    @property
    def agents(self) -> tuple[str, ...]:
        """The names of the agents in Python that levels of ``model`` stand for."""
        seatings = map(self.seating, self.levels("model"))
        played = dict.fromkeys(name for model, seats in seatings for name in (model, *seats.values()))
        return tuple(name.removeprefix(AGENT) for name in played if name.startswith(AGENT))

    def seating(self, level: str) -> tuple[str, dict[str, str]]:
        """Return the model that a level of ``model`` stands for, and the models and agents of single seats, by seat."""
        seats = dict(self.seatings.get(level, {DEFAULT: level}))
        return seats.pop(DEFAULT), seats


def _as_text(level: Any) -> str:
    if isinstance(level, dict):
        (level,) = level
    return f"{level + 0.0:.12g}" if isinstance(level, float) else str(level)


def _of_number(level: Any) -> Any:
    """Return the level of a factor that is given as a number as its text; anything else as it is."""
    return _as_text(level) if isinstance(level, int | float) else level


def _as_texts(levels: Any) -> Any:
    if not isinstance(levels, dict):
        return levels
    return {factor: _of_number(level) for factor, level in levels.items()}


_Level = Annotated[str, BeforeValidator(_of_number)]
Place = Annotated[dict[str, str], Field(default_factory=dict, max_length=1), BeforeValidator(_as_texts)]
"""A level of one factor, by the factor's name; empty for all levels of all factors."""


class Hypothesis(Card):
    """What is expected of an arm, compared with the base.

    Args:
        arm: the level that is compared with the base.
        base: another arm to compare with; empty for the design's base.
        direction: whether the outcome is expected to be higher, lower, or just different under the arm.
        smallest: the smallest difference that would matter, in the outcome's own unit.
        primary: whether it is the hypothesis that the experiment is made for.
        at: the level of another factor at which it is expected; empty for all levels.
        against: a second level of that factor: then the hypothesis is about the difference between the arm's effect at
            ``at`` and at this level (an interaction).
    """

    id: Id
    outcome: Id
    arm: _Level
    base: _Level = ""
    direction: Literal["higher", "lower", "different"]
    smallest: float = Field(gt=0)
    primary: bool = False
    at: Place
    against: Place

    @model_validator(mode="after")
    def _of_one_factor(self) -> Hypothesis:
        if self.against and self.against.keys() != self.at.keys():
            raise fault(("against",), said("design_fault.against_other"))
        if self.against and self.against == self.at:
            raise fault(("against",), said("design_fault.against_same"))
        return self

    @property
    def factor(self) -> str:
        """The factor of ``at``; empty where it names none."""
        return next(iter(self.at), "")


class Cap(Card):
    """What all sessions together may spend at most; None for no bound.

    Args:
        money: in the currency of the prices.
    """

    tokens: int | None = None
    money: float | None = None

    @field_validator("tokens", "money")
    @classmethod
    def _above_nothing(cls, value: float | None) -> float | None:
        if value is not None and value <= 0:
            raise ValueError(said("design_fault.no_bound"))
        return value


class Design(Card):
    """An experiment: arms that are compared within blocks over sessions.

    Args:
        arms: the factor whose levels are compared.
        base: the level that the others are compared with.
        fraction: share of the combinations of the other factors that is played, above 0 to 1.
        replicates: sessions of each cell.
        seed: the seed from which those of all sessions are derived.
        null_arm: whether the same design is also played by the rules alone.
        judge: models that judge, with commas between; ``none`` for nobody.
        judge_samples: votes that each of them gives on a criterion.
        rubric: the rubric that scores sessions, by id; levels of its criteria are outcomes.
        hypotheses: what is expected, one of them primary.
        budget: what may be spent.
        concurrency: sessions at once.
    """

    id: Id
    title: Text
    question: Text
    arms: Factor
    base: _Level
    factors: Annotated[Factors, BeforeValidator(_known_factors)]
    fraction: float = Field(default=1.0, gt=0, le=1)
    replicates: int = Field(ge=1, le=100_000)
    seed: int = Field(default=1, ge=0, le=2**31 - 1)
    null_arm: bool = True
    judge: str = Field(default="none", min_length=1)
    judge_samples: int = Field(default=1, ge=1, le=9)
    rubric: Id = "core"
    hypotheses: tuple[Hypothesis, ...] = ()
    budget: Cap = Cap()
    concurrency: int = Field(default=8, ge=1, le=10_000)

    @model_validator(mode="after")
    def _fits(self) -> Design:
        levels = self.factors.levels(self.arms)
        if not levels:
            raise fault(("arms",), said("design_fault.not_varied", factor=self.arms, varied=self.varied))
        if len(levels) < 2:
            raise fault(("factors", self.arms), said("design_fault.one_arm"))
        self._level(("base",), self.base)
        if self.of_countries and self.judge != "none":
            raise fault(("judge",), said("design_fault.judged_country"))
        judges = [name.strip() for name in self.judge.split(",")]
        alone = "none" in judges and len(judges) > 1
        if alone or "cards" in judges or not all(judges) or len({*judges}) < len(judges):
            raise fault(("judge",), said("design_fault.judges", judge=self.judge))
        if self.null_arm and self.arms in OF_MODELS:
            raise fault(("null_arm",), said("design_fault.null_arm", arms=self.arms))
        if self.judge == "none" and self.judge_samples > 1:
            raise fault(("judge_samples",), said("design_fault.no_judge"))
        self._check_hypotheses()
        return self

    def _check_hypotheses(self) -> None:
        refuse(self, unique("hypothesis", ids("hypotheses", self.hypotheses)))
        tested: dict[tuple[Any, ...], str] = {}
        for place, item in enumerate(self.hypotheses):
            loc: Loc = ("hypotheses", place, "arm")
            self._level(loc, item.arm)
            base = self.base_of(item)
            self._level(("hypotheses", place, "base"), base)
            if item.arm == base:
                raise fault(loc, said("design_fault.base", arm=item.arm))
            for name, held in (("at", item.at), ("against", item.against)):
                for factor, level in held.items():
                    self._beside(("hypotheses", place, name), factor, level)
            pair = item.outcome, frozenset((item.arm, base)), *item.at.values(), *item.against.values()
            if pair in tested:
                says = said("design_fault.same", outcome=item.outcome, arm=item.arm, other=tested[pair])
                raise fault(loc, says)
            tested[pair] = item.id
        primary = [place for place, item in enumerate(self.hypotheses) if item.primary]
        if self.hypotheses and not primary:
            raise fault(("hypotheses",), said("design_fault.no_primary"))
        if len(primary) > 1:
            raise fault(("hypotheses", primary[1], "primary"), said("design_fault.two_primary"))

    def _beside(self, loc: Loc, factor: str, level: str) -> None:
        beside = [name for name in self.varied if name not in (self.arms, self.case)]
        if factor not in beside:
            raise fault(loc, unknown("factor beside arms and cases", factor, beside))
        if level not in self.factors.levels(factor):
            raise fault(loc, unknown("level", level, self.factors.levels(factor)))

    def _level(self, loc: Loc, level: str) -> None:
        levels = self.factors.levels(self.arms)
        if level not in levels:
            raise fault(loc, unknown("level", level, levels))

    def base_of(self, hypothesis: Hypothesis) -> str:
        """Return the arm with which a hypothesis compares its own."""
        return hypothesis.base or self.base

    @property
    def varied(self) -> tuple[Factor, ...]:
        """The factors that the design names, in a fixed order."""
        return tuple(factor for factor in get_args(Factor) if self.factors.levels(factor))

    @property
    def of_countries(self) -> bool:
        """Whether its sessions are countries."""
        return bool(self.factors.network)

    @property
    def case(self) -> Factor:
        """The factor whose levels are the cases: scenarios, or countries."""
        return "network" if self.of_countries else "scenario"

    @property
    def compares_countries(self) -> bool:
        """Whether its arms are the cards of countries themselves, so that these are no sample of any."""
        return self.arms == "network"

    @property
    def primary(self) -> Hypothesis | None:
        """The hypothesis for which the experiment is made; None where it has none."""
        return next((item for item in self.hypotheses if item.primary), None)
