"""A line: one utterance with its act, speaker, addressee and visibility."""

from __future__ import annotations

from typing import Literal, TypedDict

from sandbox.content.models import Act

__all__ = ["ALL", "DecisionTaken", "Line", "Turn"]

ALL = "all"


class Turn(TypedDict):
    """What a seat does with the floor: an act, its addressee, its words, and options it commits to."""

    act: Act
    to: str
    says: str
    terms: dict[str, str]


class Line(TypedDict):
    """A turn as it stands in the transcript.

    ``to`` is a seat or ``all``; ``point`` is the scenario's point that was raised, or empty; ``origin`` tells who
    worded it: a model, a person, or the card itself after the model's wordings were rejected; ``visible_to`` lists
    the seats that may ever see it.
    """

    id: str
    stage: str
    seat: str
    act: Act
    to: str
    says: str
    terms: dict[str, str]
    point: str
    facts: list[str]
    vote: bool
    origin: Literal["model", "person", "card"]
    visible_to: list[str]


class DecisionTaken(TypedDict):
    """A decision of the body: the motion's line, how it was taken, the votes, and what is bound."""

    id: str
    stage: str
    motion: str
    procedure: str
    by: str
    votes: dict[str, bool]
    carried: bool
    terms: dict[str, str]
