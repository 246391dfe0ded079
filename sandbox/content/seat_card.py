"""A seat of a case: its persona's part here, what only it knows, and what it may raise."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from sandbox.content.cards import Act, Card, Grown, Id, PointAct, Ref, Section, StageId, Text, fault
from sandbox.content.words import said

MOTION = "motion"
"""What a point comes after that presupposes a motion, whichever."""


class Point(Grown):
    """Something a seat may raise: an act with first-person words, its addressee and the facts it carries.

    Args:
        replies_to: points of other seats, or injects, that this one answers.
        terms: options to which it commits, by decision.
        section: the section of the speaker's own plan that it rewrites (application, learning tour).
        task: the reporting task that it hands down (delegate) or lifts (concede, decide).
        privately: the same off the record, said to the addressee alone where the rules permit that.
        opening: whether it is a welcome: where cards alone speak, it is its seat's first line in a stage or is not
            said.
        after: what its words presuppose: points, injects, or `MOTION` for any motion of the stage. Where cards alone
            speak, it is said only after one of them.
    """

    newer = ("opening", "after")

    id: Id
    stages: tuple[StageId, ...] = Field(min_length=1)
    act: Act
    to: Ref | None = None
    says: Text
    privately: Text | None = None
    facts: tuple[str, ...] = ()
    terms: dict[Ref, Ref] = Field(default_factory=dict)
    section: Section | None = None
    task: Ref | None = None
    replies_to: tuple[Ref, ...] = ()
    opening: bool = False
    after: tuple[Ref, ...] = ()

    @model_validator(mode="after")
    def _to_somebody(self) -> Point:
        if self.privately and not self.to:
            raise fault(("privately",), said("content.to_nobody"))
        if self.id in self.replies_to:
            raise fault(("replies_to",), said("content.answers_itself", point=self.id))
        return self


class CardPoint(Point):
    """A point as a card holds it: it may not abstain (for votes only) or report on what falls due (needs no point)."""

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
        role: the persona's role here, if it differs from its card.
        interests, constraints, fears, private, non_negotiable: likewise.
        registered: whether its household is registered here, if that differs from its card.
        briefing: what only it knows of the case.
        later: the briefing in the years after the first, worded so that it holds in any of them.
        consulted: what the people it stands for answer once it has asked them; without it, the answer is drawn.
        departments: departments for which it speaks.
        pulse: its pulse before the first stage.
        never_accepts: options that cross what its persona never gives up, by decision.
        vote: its reasons for a vote either way.
    """

    here: ClassVar[tuple[str, ...]] = (
        "role",
        "interests",
        "constraints",
        "fears",
        "private",
        "non_negotiable",
        "registered",
    )
    newer = (*here, "later")

    persona: Ref
    role: Text | None = None
    interests: tuple[Text, ...] | None = Field(default=None, min_length=1)
    constraints: tuple[Text, ...] | None = Field(default=None, min_length=1)
    fears: tuple[Text, ...] | None = Field(default=None, min_length=1)
    private: tuple[Text, ...] | None = Field(default=None, min_length=1)
    non_negotiable: Text | None = None
    registered: bool | None = None
    briefing: Text
    later: Text | None = None
    consulted: Text | None = None
    departments: tuple[Ref, ...] = ()
    pulse: StartingPulse = StartingPulse()
    never_accepts: dict[Ref, Ref] = Field(default_factory=dict)
    vote: VoteReasons
    points: tuple[CardPoint, ...] = ()
