"""The card of a case: its facts, questions, plan, tour, tasks, events, and what each seat may raise."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import chain
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer, model_validator

from sandbox.content.acts import has
from sandbox.content.aftermath import Body, YearFact
from sandbox.content.cards import (
    SECTIONS_OF_PLAN,
    Act,
    Card,
    Grown,
    Id,
    Loc,
    Payer,
    PointAct,
    Section,
    Source,
    StageId,
    Text,
    Topic,
    fault,
    ids,
    known,
    unique,
)
from sandbox.content.words import Words, said

USUAL_GOVERNANCE = "joint_production"
"""The governance model under which a case is played that fits it and names no other."""
MOTION = "motion"
"""What a point comes after that presupposes a motion, whichever."""


class Fact(Grown):
    """A fact that lines may carry; numbers in lines are checked against these.

    Only positions with access to the information platform know a fact of the ``platform``; one about the place that is
    ``visited`` is known to its host alone until the learning tour. ``later`` takes the place of the text in the years
    after the first, where it would speak of that alone.
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
        """Whether the paper tells it of another place; all else is a fact of the case's own, whoever wrote it."""
        return bool(self.source.sections) and not self.source.inferred


class Option(Text):
    """An answer to a question to be settled.

    For questions about the payer ``paid_by`` names who pays for it, and ``fund`` the fact that tells of money that the
    case has for it, where there is one. ``bodies`` are those of the case whose consent it needs, whoever decides it
    here. ``remit`` names who may commit to it, where that is not who may commit to the others.
    """

    paid_by: tuple[Payer, ...] = ()
    fund: str = ""
    bodies: tuple[Id, ...] = ()
    remit: tuple[Id, ...] | None = None

    @model_serializer(mode="wrap")
    def _as_ever(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value is not None}


class Decision(Card):
    """A question that the session should settle.

    Args:
        topic: what it is about; scope rules speak of topics.
        options: the possible answers.
        remit: seats that may commit to an option outside a decision, but to one that names others itself.
        departments: departments whose part is needed to carry it out.
    """

    id: Id
    topic: Topic
    question: Text
    options: dict[Id, Option] = Field(min_length=2)
    remit: tuple[Id, ...] = Field(min_length=1)
    departments: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _payers(self) -> Decision:
        for key, option in self.options.items():
            if (self.topic == "payer") != bool(option.paid_by):
                why = "content.needs_payer" if self.topic == "payer" else "content.has_payer"
                raise fault(("options", key), said(why, option=key))
        return self

    def holders(self, option: str) -> tuple[str, ...]:
        """Return the seats that may commit to an option outside a decision; there may be none."""
        named = self.options.get(option)
        return self.remit if named is None or named.remit is None else named.remit

    def held(self, seat: str) -> tuple[str, ...]:
        """Return the options to which a seat may commit outside a decision."""
        return tuple(option for option in self.options if seat in self.holders(option))


class Together(NamedTuple):
    """What some questions come to that are settled together.

    Args:
        remit: the seats that may commit to all of them by themselves.
        payer: the question of who pays, or empty.
        provider: the question of who delivers, or empty.
        departments: departments whose part is needed.
    """

    remit: tuple[str, ...]
    payer: str
    provider: str
    departments: tuple[str, ...]


class Task(Card):
    """A reporting task that superiors may hand down.

    ``duplicates`` names the task that it repeats; one that is ``agreed`` stands on the list of affairs with which the
    self-governing bodies have agreed to help, and is paid for. ``names`` are what people call it for short: a condition
    that has one of them is about this task.
    """

    id: Id
    text: Text
    names: tuple[Text, ...] = ()
    agreed: bool = False
    duplicates: Id | None = None


class Tour(Card):
    """A learning tour: who hosts, the place, the facts that are shown, and those that come out only when somebody asks.

    The host is a seat of another place, of the kind ``host``, which takes part in the tour alone; a case without one
    names one of its own seats. `NO_TOUR` is false.
    """

    host: Id
    place: Text | None = None
    shown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.host)


NO_TOUR = Tour.model_construct(host="", place=None, shown=(), hidden=())
"""Stands for the tour of a case that has none: nobody hosts it, and nothing is shown."""


class Inject(Grown):
    """An event from outside: after how many lines of which stage it arrives, and who hears it (empty: the room).

    Facts that it ``outdates`` are told with it from the next stage on.
    """

    newer = ("outdates",)

    id: Id
    stage: StageId
    turn: int = Field(ge=0, le=500)
    text: Text
    to: tuple[Id, ...] = ()
    outdates: tuple[str, ...] = ()


class Point(Grown):
    """Something a seat may raise: an act with first-person words, its addressee and the facts it carries.

    Args:
        replies_to: points of other seats, or injects, that this one answers.
        terms: options to which it commits, by decision.
        section: the section of the speaker's own plan that it rewrites (application, learning tour).
        task: the reporting task that it hands down (delegate) or lifts (concede, decide).
        privately: the same off the record, said to the addressee alone where the rules permit that.
        opening: whether it welcomes: where cards alone speak, it is its seat's first line in a stage or is not said.
        after: what its words presuppose, points, injects, or `MOTION` for any motion of the stage; where cards alone
            speak, it is said only once one of them has been.
    """

    newer = ("opening", "after")

    id: Id
    stages: tuple[StageId, ...] = Field(min_length=1)
    act: Act
    to: Id | None = None
    says: Text
    privately: Text | None = None
    facts: tuple[str, ...] = ()
    terms: dict[Id, Id] = Field(default_factory=dict)
    section: Section | None = None
    task: Id | None = None
    replies_to: tuple[Id, ...] = ()
    opening: bool = False
    after: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _to_somebody(self) -> Point:
        if self.privately and not self.to:
            raise fault(("privately",), said("content.to_nobody"))
        if self.id in self.replies_to:
            raise fault(("replies_to",), said("content.answers_itself", point=self.id))
        return self


class CardPoint(Point):
    """A point as a card holds it: to abstain is for votes, and what falls due is reported on without one."""

    act: PointAct


class StartingPulse(Card):
    """Trust, conviction and burden of a seat before the first stage, 1 to 5."""

    trust: int = Field(default=3, ge=1, le=5)
    conviction: int = Field(default=3, ge=1, le=5)
    burden: int = Field(default=3, ge=1, le=5)


class VoteReasons(Card):
    """What a seat says when it votes for or against a motion."""

    support: Text
    object: Text


class ScenarioSeat(Grown):
    """A seat of the scenario.

    Args:
        persona: its persona.
        role: what the persona is here, where it is not what its card says.
        interests, constraints, fears, private, non_negotiable: the same of what its card says of it.
        briefing: what only it knows of the case.
        later: the same in the years after the first, worded so that it holds in any of them.
        consulted: what those for whom it stands say once it has asked them; where there is none, it is drawn.
        departments: departments for which it speaks.
        pulse: where it stands before the first stage.
        never_accepts: options that cross what its persona never gives up, by decision.
        vote: why it would vote either way.
        points: what it may raise.
    """

    here: ClassVar[tuple[str, ...]] = ("role", "interests", "constraints", "fears", "private", "non_negotiable")
    newer = (*here, "later")

    persona: Id
    role: Text | None = None
    interests: tuple[Text, ...] | None = Field(default=None, min_length=1)
    constraints: tuple[Text, ...] | None = Field(default=None, min_length=1)
    fears: tuple[Text, ...] | None = Field(default=None, min_length=1)
    private: tuple[Text, ...] | None = Field(default=None, min_length=1)
    non_negotiable: Text | None = None
    briefing: Text
    later: Text | None = None
    consulted: Text | None = None
    departments: tuple[Id, ...] = ()
    pulse: StartingPulse = StartingPulse()
    never_accepts: dict[Id, Id] = Field(default_factory=dict)
    vote: VoteReasons
    points: tuple[CardPoint, ...] = ()


class TalkQuestion(Text):
    """A question for the talk after a session; no session reads it, so no digest of what it reads has more of it.

    Args:
        stages: the stages of which it speaks; it is left out where one of them was not played.
        asides: whether it speaks of what was said in private; it is left out where nothing was.
        watched: the same for those who only saw the session, where it asks its players what they did.
    """

    stages: tuple[StageId, ...] = Field(default=(), exclude=True)
    asides: bool = Field(default=False, exclude=True)
    watched: Text | None = Field(default=None, exclude=True)


class Comment(Card):
    """What a facilitator may say of a case after the talk; players do not see it.

    Args:
        point: what the case shows.
        source: what the point rests on.
        law: a law or regulation, which stands outside the paper, by name and article.
        mistake: what participants often get wrong.
    """

    point: Text
    source: Source = Source()
    law: Text | None = None
    mistake: Text


class Scenario(Grown):
    """The case on the table.

    ``later`` takes the place of the background in the years after the first; ``bodies`` have no seat, and are told of
    as a year is reviewed, and so is what came about in it, ``years``.

    ``plan`` is the plan that superiors hand down, by section: what drafters copy or rewrite in the application stage;
    ``discussion`` holds questions for the talk after the session, ``commentary`` what a facilitator may say at its end;
    no session reads the latter, so no digest of what it reads has it.

    ``governance`` names the models that fit the case; it is played under ``default_governance`` unless another is asked
    for. ``stages`` are those that are played unless others are asked for; none: all but a review and, where the case
    has no ``tour``, a tour. ``purposes`` take the place of what the cards of stages say that they are for.
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
    governance: tuple[Id, ...] = Field(min_length=1)
    default_governance: Id | None = Field(default=None, exclude=True)
    source: Source = Source()

    @property
    def own_governance(self) -> str:
        """The governance model under which it is played unless another is asked for.

        The one that it names; else joint production, where that is among those that fit, or the first of them.
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
        """Return what some options come to that are settled together: few sets are, again and again."""
        settled = tuple(terms.items())
        known = self._together.get(settled)
        if known is None:
            asked = [self.decision_by_id[key] for key in terms if key in self.decision_by_id]
            may = [question.holders(terms[question.id]) for question in asked]
            topics = {question.topic: question.id for question in asked}
            known = self._together[settled] = Together(
                tuple(seat for seat in (may[0] if may else ()) if all(seat in seats for seats in may)),
                topics.get("payer", ""),
                topics.get("provider", ""),
                tuple(dict.fromkeys(chain.from_iterable(each.departments for each in asked))),
            )
        return known

    def alone(self, seat: str, words: Words) -> list[str]:
        """Return in words to what a seat may commit outside a decision: questions, with the options where not all."""
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
    def _references(self) -> Scenario:
        facts = {fact.id for fact in self.facts}
        personas = {seat.persona for seat in self.seats}
        tasks = {task.id for task in self.tasks}
        departments = set(self.departments)
        unique("fact", ids("facts", self.facts))
        unique("decision", ids("decisions", self.decisions))
        unique("seat", {("seats", index, "persona"): seat.persona for index, seat in enumerate(self.seats)})
        unique("task", ids("tasks", self.tasks))
        unique("body", ids("bodies", self.bodies))
        unique("fact", ids("years", self.years))
        for index, decision in enumerate(self.decisions):
            known("seat", ("decisions", index, "remit"), decision.remit, personas)
            known("department", ("decisions", index, "departments"), decision.departments, departments)
        for index, seat in enumerate(self.seats):
            known("department", ("seats", index, "departments"), seat.departments, departments)
        for index, task in enumerate(self.tasks):
            known("task", ("tasks", index, "duplicates"), [task.duplicates] if task.duplicates else [], tasks)
        for index, inject in enumerate(self.injects):
            known("seat", ("injects", index, "to"), inject.to, personas)
            known("fact", ("injects", index, "outdates"), inject.outdates, facts)
        options = {decision.id: set(decision.options) for decision in self.decisions}
        for index, fact in enumerate(self.years):
            known("seat", ("years", index, "to"), fact.to, personas)
            known("decision", ("years", index, "settled"), fact.settled, set(options))
            known("fact", ("years", index, "figures"), fact.figures, facts)
            for key, settled in fact.settled.items():
                known("option", ("years", index, "settled", key), settled, options[key])
        names = facts | {point.id for seat in self.seats for point in seat.points}
        for index, body in enumerate(self.bodies):
            for number, asked in enumerate(body.settles):
                loc: Loc = ("bodies", index, "settles", number)
                known("decision", (*loc, "question"), [asked.question], set(options))
                known("option", (*loc, "option"), [asked.option], options[asked.question])
                known("fact or point", (*loc, "outdates"), asked.outdates, names)
        known("seat", ("tour", "host"), [self.tour.host] if self.tour else [], personas)
        if self.default_governance:
            known("governance model", ("default_governance",), [self.default_governance], set(self.governance))
        for index, decision in enumerate(self.decisions):
            for key, option in decision.options.items():
                at: Loc = ("decisions", index, "options", key)
                known("fact", (*at, "fund"), [option.fund] if option.fund else [], facts)
                known("body", (*at, "bodies"), option.bodies, {body.id for body in self.bodies})
                known("seat", (*at, "remit"), option.remit or (), personas)
        for name in ("shown", "hidden"):
            known("fact", ("tour", name), getattr(self.tour, name), facts)
        self._check_points(facts, personas, tasks)
        return self

    def _check_points(self, facts: set[str], personas: set[str], tasks: set[str]) -> None:
        options = {decision.id: set(decision.options) for decision in self.decisions}
        points = {
            ("seats", index, "points", number): (seat.persona, point)
            for index, seat in enumerate(self.seats)
            for number, point in enumerate(seat.points)
        }
        injects = ids("injects", self.injects)
        answered = {point.id for _, point in points.values()} | set(injects.values())
        places: dict[Loc, str] = {(*loc, "id"): point.id for loc, (_, point) in points.items()}
        unique("point", {**places, **injects})
        for loc, (_, point) in points.items():
            known("fact", (*loc, "facts"), point.facts, facts)
            known("point", (*loc, "replies_to"), point.replies_to, answered)
            known("point", (*loc, "after"), point.after, answered | {MOTION})
            known("seat", (*loc, "to"), [point.to] if point.to else [], personas)
            known("task", (*loc, "task"), [point.task] if point.task else [], tasks)
            for key, option in point.terms.items():
                known("decision", (*loc, "terms", key), [key], set(options))
                known("option", (*loc, "terms", key), [option], options[key])
        for index, seat in enumerate(self.seats):
            for key, option in seat.never_accepts.items():
                place = ("seats", index, "never_accepts", key)
                known("decision", place, [key], set(options))
                known("option", place, [option], options[key])
                for point in seat.points:
                    if point.terms.get(key) == option and has(point.act, "commits"):
                        raise fault(place, said("content.accepts_it", option=option, point=point.id))
