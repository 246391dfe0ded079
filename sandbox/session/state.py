"""The session's state: small values, and a transcript that is stored as deltas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypedDict

from langgraph.channels.delta import DeltaChannel

from sandbox.content.cards import Act
from sandbox.institution.line import DecisionTaken, Line
from sandbox.scoring.played import PulseRound

__all__ = ["Floor", "Minutes", "SessionState", "append_lines", "first_state"]


class Minutes(TypedDict):
    """The record of a finished stage: who took part, what was proposed, doubted, promised and decided."""

    stage: str
    present: list[str]
    text: str
    ended: str


class Floor(TypedDict):
    """Whose floor it is and why, which acts are open, and the point that the floor policy asks for, if any."""

    seat: str
    why: str
    acts: list[Act]
    point: str
    phase: Literal["discussion", "decision"]


def append_lines(known: list[Line], writes: Sequence[list[Line]]) -> list[Line]:
    """Add new lines; a line that is already there is dropped, so that a repeated node changes nothing."""
    ids = {line["id"] for line in known}
    added = []
    for batch in writes:
        for line in batch:
            if line["id"] not in ids:
                ids.add(line["id"])
                added.append(line)
    return known + added


class SessionState(TypedDict):
    """State of the graph.

    ``stage`` counts stages from 0; ``turn`` counts the lines of this stage; ``floor`` is None when the stage is over,
    and then ``ended`` says why.
    """

    stage: int
    turn: int
    lines: Annotated[list[Line], DeltaChannel(append_lines)]
    minutes: list[Minutes]
    decisions: list[DecisionTaken]
    pulses: list[PulseRound]
    floor: Floor | None
    ended: str


def first_state() -> SessionState:
    """Return the state before the first stage."""
    return {
        "stage": 0, "turn": 0, "lines": [], "minutes": [], "decisions": [], "pulses": [], "floor": None, "ended": "",
    }  # fmt: skip
