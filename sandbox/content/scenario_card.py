"""The card of a case (facts, questions, plan, tour, tasks, events, seats) and that of a city, its setting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cached_property
from itertools import chain
from typing import Annotated

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from sandbox.content.acts import has
from sandbox.content.aftermath import Body, YearFact
from sandbox.content.cards import (
    KEYS,
    SECTIONS_OF_PLAN,
    VALUES,
    Card,
    Grown,
    Id,
    Loc,
    Names,
    Ref,
    Section,
    Source,
    StageId,
    Text,
    fault,
    ids,
    known,
    named,
    refuse,
    unique,
)
from sandbox.content.decision_card import Decision, Together
from sandbox.content.named import Named
from sandbox.content.seat_card import MOTION, Point, ScenarioSeat
from sandbox.content.words import Words, said

USUAL_GOVERNANCE = "joint_production"
"""The governance model under which a case is played that fits it and names no other."""
# What of the case's own is named in it.
_NAMED: Names = {
    "decisions": {
        "remit": "seat", "departments": "department",
        "options": {VALUES: {"fund": "fact", "sums": "fact", "bodies": "body", "remit": "seat"}},
    },
    "tasks": {"duplicates": "task"},
    "injects": {"to": "seat", "outdates": "fact"},
    "years": {"to": "seat", "settled": {KEYS: "decision"}, "figures": {KEYS: "fact"}},
    "bodies": {"settles": {"question": "decision", "outdates": "fact or point"}},
    "tour": {"host": "seat", "shown": "fact", "hidden": "fact"},
    "default_governance": "governance model of the case",
    "seats": {
        "departments": "department", "never_accepts": {KEYS: "decision"},
        "points": {"facts": "fact", "replies_to": "point", "to": "seat", "task": "task", "terms": {KEYS: "decision"}},
    },
}  # fmt: skip


class Fact(Grown):
    """A fact that lines may carry; numbers in lines are checked against these.

    Only positions with access to the information platform know a fact of the ``platform``; one about the place that is
    ``visited`` is known to its host alone until the learning tour. ``later`` replaces the text in the years after the
    first, where the text speaks of the first year only.
    """

    newer = ("later",)

    id: Annotated[str, Field(pattern=r"^F[0-9]{1,2}$")]
    text: Text
    later: Text | None = None
    platform: bool = False
    visited: bool = False
    source: Source = Source()

    @property
    def of_elsewhere(self) -> bool:
        """Whether the paper tells it of another place; everything else is a fact of the case itself."""
        return bool(self.source.sections) and not self.source.inferred


class Task(Card):
    """A reporting task that superiors may hand down.

    ``duplicates`` names the task that it repeats. A task that is ``agreed`` is on the list of affairs that the
    self-governing bodies have agreed to help with, and is paid for. ``names`` are its short names: a condition that
    contains one of them is about this task.
    """

    id: Id
    text: Text
    names: tuple[Text, ...] = ()
    agreed: bool = False
    duplicates: Ref | None = None


class Tour(Card):
    """A learning tour: its host, the place, the facts that are shown, and those that come out only when somebody asks.

    The host is a seat of another place, of the kind ``host``, which takes part in the tour alone; a case without one
    names one of its own seats. `NO_TOUR` is false.
    """

    host: Ref
    place: Text | None = None
    shown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.host)


NO_TOUR = Tour.model_construct(host="", place=None, shown=(), hidden=())
"""Stands for the tour of a case that has none: nobody hosts it, and nothing is shown."""


class Inject(Grown):
    """An event from outside: the stage and number of lines after which it arrives, and who hears it (empty: all).

    Facts that it ``outdates`` are told together with it from the next stage on.
    """

    newer = ("outdates",)

    id: Id
    stage: StageId
    turn: int = Field(ge=0, le=500)
    text: Text
    to: tuple[Ref, ...] = ()
    outdates: tuple[str, ...] = ()


class TalkQuestion(Text):
    """A question for the talk after a session; no session reads it, so it is left out of the digest of what they read.

    Args:
        stages: the stages that it speaks of; it is left out if one of them was not played.
        asides: whether it speaks of what was said in private; it is left out if nothing was.
        decided: whether it speaks of what was decided; it is left out if nothing was.
        watched: its wording for people who only watched, if it asks players what they did.
    """

    stages: tuple[StageId, ...] = Field(default=(), exclude=True)
    asides: bool = Field(default=False, exclude=True)
    decided: bool = Field(default=False, exclude=True)
    watched: Text | None = Field(default=None, exclude=True)


class Comment(Card):
    """What a facilitator may say of a case after the talk; players do not see it.

    Args:
        source: what the point rests on.
        law: a law or regulation from outside the paper, by name and article.
        mistake: a common mistake of participants.
    """

    point: Text
    source: Source = Source()
    law: Text | None = None
    mistake: Text


class Scenario(Grown):
    """The case on the table.

    ``later`` replaces the background in the years after the first. ``bodies`` have no seat; they, and the facts of
    ``years``, are told when a year is reviewed.

    ``plan`` is the plan that superiors hand down, by section: drafters copy or rewrite it in the application stage.
    ``discussion`` holds questions for the talk after the session, ``commentary`` what a facilitator may say at its end;
    no session reads either, so the digest leaves them out.

    ``governance`` names the models that fit the case; ``default_governance`` is played unless another is asked for.
    ``stages`` are played unless others are asked for; none: all but a review and, if the case has no ``tour``, a tour.
    ``purposes`` replace the purposes on the cards of stages.
    """

    newer = ("later", "bodies", "years", "stages", "purposes", "tour")

    id: Id
    title: Text
    question: Text
    place: Text
    background: Text
    later: Text | None = None
    facts: tuple[Fact, ...] = Field(min_length=1)
    departments: dict[Id, Text] = Field(default_factory=dict)
    decisions: tuple[Decision, ...] = Field(min_length=1)
    plan: dict[Section, Text]
    stages: tuple[StageId, ...] = ()
    purposes: dict[StageId, Text] = Field(default_factory=dict)
    tour: Tour = NO_TOUR
    tasks: tuple[Task, ...] = ()
    injects: tuple[Inject, ...] = ()
    seats: tuple[ScenarioSeat, ...] = Field(min_length=2)
    bodies: tuple[Body, ...] = ()
    years: tuple[YearFact, ...] = ()
    good: Text
    bad: Text
    discussion: tuple[TalkQuestion, ...] = ()
    commentary: tuple[Comment, ...] = Field(default=(), exclude=True)
    governance: tuple[Ref, ...] = Field(min_length=1)
    default_governance: Ref | None = Field(default=None, exclude=True)
    source: Source = Source()

    @property
    def own_governance(self) -> str:
        """The governance model under which the case is played unless another is asked for.

        It is the model that the case names; else joint production if it is among those that fit, else the first of
        them.
        """
        usual = USUAL_GOVERNANCE if USUAL_GOVERNANCE in self.governance else self.governance[0]
        return self.default_governance or usual

    @cached_property
    def seat_by_id(self) -> dict[str, ScenarioSeat]:
        """The seats, by the persona of each."""
        return {seat.persona: seat for seat in self.seats}

    @cached_property
    def point_by_id(self) -> dict[str, tuple[str, Point]]:
        """All points, by id, each with its seat."""
        return {point.id: (seat.persona, point) for seat in self.seats for point in seat.points}

    @cached_property
    def replies(self) -> dict[str, list[tuple[str, Point]]]:
        """The points that reply to other points or to events, by what they reply to, each with its seat."""
        replies: dict[str, list[tuple[str, Point]]] = {}
        for seat, point in self.point_by_id.values():
            for name in dict.fromkeys(point.replies_to):
                replies.setdefault(name, []).append((seat, point))
        return replies

    @cached_property
    def decision_by_id(self) -> dict[str, Decision]:
        """The questions to be settled, by id."""
        return {decision.id: decision for decision in self.decisions}

    def together(self, terms: Mapping[str, str]) -> Together:
        """Return the combined effect of some options that are settled together; cached, since few sets recur often."""
        known, settled = self._together, tuple(terms.items())
        if settled not in known:
            known[settled] = self._settled_together(terms)
        return known[settled]

    def _settled_together(self, terms: Mapping[str, str]) -> Together:
        asked = [self.decision_by_id[key] for key in terms if key in self.decision_by_id]
        may = [question.holders(terms[question.id]) for question in asked]
        topics = {question.topic: question.id for question in asked}
        return Together(
            tuple(seat for seat in (may[0] if may else ()) if all(seat in seats for seats in may)),
            topics.get("payer", ""),
            topics.get("provider", ""),
            tuple(dict.fromkeys(chain.from_iterable(each.departments for each in asked))),
        )

    def alone(self, seat: str, words: Words) -> list[str]:
        """Return in words what a seat may commit to outside a decision: questions, with the options unless all."""
        texts = []
        for decision in self.decisions:
            held, lang = decision.held(seat), words.lang
            options = words("semi").join(decision.options[option].get(lang) for option in held)
            only = words.paren(words("pack.remit_only", options=options)) if len(held) < len(decision.options) else ""
            texts += [decision.question.get(lang) + only] if held else []
        return texts

    @cached_property
    def _together(self) -> dict[tuple[tuple[str, str], ...], Together]:
        return {}

    @cached_property
    def task_by_id(self) -> dict[str, Task]:
        """The reporting tasks, by id."""
        return {task.id: task for task in self.tasks}

    @cached_property
    def inject_by_id(self) -> dict[str, Inject]:
        """The events from outside, by id."""
        return {inject.id: inject for inject in self.injects}

    @field_validator("plan")
    @classmethod
    def _sections(cls, value: dict[Section, Text]) -> dict[Section, Text]:
        missing = [section for section in SECTIONS_OF_PLAN if section not in value]
        if missing:
            raise ValueError(said("content.sections", names=missing))
        return value

    @model_validator(mode="after")
    def _fits(self) -> Scenario:
        refuse(self, self._faults())
        return self

    def _faults(self) -> Iterator[PydanticCustomError]:
        yield from unique("fact", ids("facts", self.facts))
        yield from unique("decision", ids("decisions", self.decisions))
        yield from unique("seat", {("seats", index, "persona"): seat.persona for index, seat in enumerate(self.seats)})
        yield from unique("task", ids("tasks", self.tasks))
        yield from unique("body", ids("bodies", self.bodies))
        yield from unique("fact", ids("years", self.years))
        injects = ids("injects", self.injects)
        points: dict[Loc, str] = {
            ("seats", index, "points", number, "id"): point.id
            for index, seat in enumerate(self.seats)
            for number, point in enumerate(seat.points)
        }
        facts, answered = {fact.id for fact in self.facts}, {*points.values(), *injects.values()}
        allowed: dict[str, Set[str]] = {
            "fact": facts,
            "fact or point": facts | {*points.values()},
            "point": answered,
            "seat": {seat.persona for seat in self.seats},
            "task": {task.id for task in self.tasks},
            "department": {Named(name, text) for name, text in self.departments.items()},
            "decision": {decision.id for decision in self.decisions},
            "body": {body.id for body in self.bodies},
            "governance model of the case": {*self.governance},
        }
        yield from unique("point", {**points, **injects})
        for loc, at, kind, name in named(self, _NAMED):
            place = loc if loc[at - 1] in ("terms", "never_accepts") else loc[:at]
            if name or len(loc) > at:  # no fund, or no host, is none
                yield from known(kind, place, [name], allowed[kind])
        yield from self._unfit_options(answered)

    def _unfit_options(self, answered: set[str]) -> Iterator[PydanticCustomError]:
        options = {each.id: {Named(name, text) for name, text in each.options.items()} for each in self.decisions}

        def of_question(loc: Loc, key: str, names: Iterable[str]) -> Iterator[PydanticCustomError]:
            return known("option", loc, names, options[key]) if key in options else iter(())

        for index, fact in enumerate(self.years):
            for key, settled in fact.settled.items():
                yield from of_question(("years", index, "settled", key), key, settled)
        for index, body in enumerate(self.bodies):
            for number, asked in enumerate(body.settles):
                yield from of_question(("bodies", index, "settles", number, "option"), asked.question, [asked.option])
        for index, seat in enumerate(self.seats):
            for number, point in enumerate(seat.points):
                loc: Loc = ("seats", index, "points", number)
                yield from known("point", (*loc, "after"), point.after, answered | {MOTION})
                for key, option in point.terms.items():
                    yield from of_question((*loc, "terms", key), key, [option])
            for key, option in seat.never_accepts.items():
                place = ("seats", index, "never_accepts", key)
                yield from of_question(place, key, [option])
                for point in seat.points:
                    if point.terms.get(key) == option and has(point.act, "commits"):
                        yield fault(place, said("content.accepts_it", option=option, point=point.id))


class City(Card):
    """A city of the paper: what drove its reform, and the facts of its setting."""

    id: Id
    name: Text
    driver: Text
    conditions: tuple[Text, ...] = Field(min_length=1)
    facts: tuple[Fact, ...] = Field(min_length=1)
    governance: Id
    source: Source = Source()
