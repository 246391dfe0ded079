"""How a reform arrives at a place: what drives it there, the channel by which it came, and the place's stand."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sandbox.content.cards import Card, Id, Kind, Payer, Section, Source, StageId, Text, fault
from sandbox.content.words import said

Steps = Annotated[int, Field(ge=-4, le=4)]
Kinds = Annotated[tuple[Kind, ...], Field(min_length=1)]
Payers = Annotated[tuple[Payer, ...], Field(min_length=1)]


class Lean(Card):
    """How far the pulse of seats of a kind starts from the case's, in steps."""

    trust: Steps = 0
    conviction: Steps = 0
    burden: Steps = 0


class Pledge(Card):
    """A promise from before the session.

    Args:
        by: kinds of seats; the first that the case has makes it.
        paid_by: the payers that it names; the nearest option that the rules allow is meant.
    """

    by: Kinds
    says: Text
    paid_by: Payers | None = None


class Passed(Card):
    """What happened to the plan on its way.

    Args:
        dropped: sections that were lost.
        copied: share of the rest that stands as its origin wrote it, from 0 to 1.
        origin: whose plan it is.
    """

    dropped: tuple[Section, ...] = ()
    copied: float = Field(default=1.0, ge=0, le=1)
    origin: Text


class Posted(Card):
    """An official who was posted to a seat.

    Args:
        seats: kinds of seats; the first that the case has is the post.
        name: an invented name.
        before: where they served before.
        agenda: what they bring along.
        paid_by: who should pay in their eyes.
    """

    seats: Kinds
    name: Text
    before: Text
    agenda: Text
    paid_by: Payers | None = None


class Hosted(Card):
    """The host of another place, and what comes out only when somebody asks."""

    name: Text
    role: Text
    place: Text
    shown: tuple[Text, ...] = Field(min_length=1)
    hidden: tuple[Text, ...] = ()


class Rumour(Card):
    """Something that seats of some kinds (none named: all) have heard, and its source."""

    seats: tuple[Kind, ...] = ()
    says: Text
    source: Text


class Arrival(Card):
    """One part of how a reform arrives; a session begins from several, laid over one another.

    Args:
        id: a city's part has the id of the city.
        part: what drives reform in a ``city``, the ``channel`` by which it came, or how the place stood (``stand``).
        why: what it stands for.
        stages: the stages that sessions play; channels alone say it.
        pulses: how far seats start from where the case has them, by kind.
        promises: those that stand before the session.
    """

    id: Id
    part: Literal["city", "channel", "stand"]
    name: Text
    why: Text
    stages: tuple[StageId, ...] = ()
    pulses: dict[Kind, Lean] = Field(default_factory=dict)
    promises: tuple[Pledge, ...] = ()
    plan: Passed | None = None
    post: Posted | None = None
    heard: tuple[Rumour, ...] = ()
    host: Hosted | None = None
    source: Source = Source()

    @model_validator(mode="after")
    def _stages_of_channels(self) -> Arrival:
        if (self.part == "channel") != bool(self.stages):
            raise fault(("stages",), said("network_fault.no_channel" if self.stages else "network_fault.no_stages"))
        return self
