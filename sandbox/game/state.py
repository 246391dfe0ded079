"""The session's state: small values, and a transcript that is stored as deltas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypedDict

from langgraph.channels.delta import DeltaChannel

from sandbox.content.cards import Act
from sandbox.game.played import PulseRound
from sandbox.record.line import DecisionTaken, Line

__all__ = ["Desk", "Floor", "Minutes", "News", "SessionState", "Whisper", "append_lines", "first_state"]


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


class News(TypedDict):
    """An event from outside: after how many lines of which stage it arrived, and who heard it (empty: the room)."""

    id: str
    stage: str
    turn: int
    text: str
    to: list[str]


class Whisper(TypedDict):
    """Advice from the facilitator to one seat; open until that seat has spoken. ``act`` may be empty."""

    seat: str
    text: str
    act: str
    open: bool


class Desk(TypedDict):
    """What the facilitator's orders have come to.

    Args:
        orders: how many orders have been carried out.
        persons: the seats that people hold now.
        paused: whether the session waits for the facilitator.
        extra: lines that this stage has more than its limit, or fewer.
        passed: the seats that were skipped since the last line.
        news: events that the facilitator brought in.
        whispers: advice to single seats.
    """

    orders: int
    persons: list[str]
    paused: bool
    extra: int
    passed: list[str]
    news: list[News]
    whispers: list[Whisper]


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
    desk: Desk


def first_state(persons: Sequence[str] = ()) -> SessionState:
    """Return the state before the first stage, with the seats that people hold."""
    desk: Desk = {
        "orders": 0, "persons": list(persons), "paused": False, "extra": 0, "passed": [], "news": [], "whispers": [],
    }  # fmt: skip
    return {
        "stage": 0, "turn": 0, "lines": [], "minutes": [], "decisions": [], "pulses": [], "floor": None, "ended": "",
        "desk": desk,
    }  # fmt: skip
