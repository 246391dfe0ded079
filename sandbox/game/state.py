"""The state of a session as a plain value, and the one function that brings it up to date."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NotRequired, TypedDict

from sandbox.content.acts import acts_with
from sandbox.content.aftermath import BodyAnswer
from sandbox.content.cards import Act
from sandbox.game.floor.policy import Why
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.pulse import PulseRound
from sandbox.record.line import DecisionTaken, Line

_BINDING = acts_with("binds")


class Minutes(TypedDict):
    """The record of a finished stage: who took part, what was proposed, doubted, promised and decided."""

    stage: str
    present: list[str]
    text: str
    ended: str


class Floor(TypedDict):
    """Who has the floor and why, the open acts, and the point that the floor policy asks for, if any."""

    seat: str
    why: Why
    acts: list[Act]
    point: str
    phase: Literal["discussion", "decision"]


class News(TypedDict):
    """An event from outside: after how many lines of which stage it arrived, and who heard it (empty: the room).

    One that was drawn as a review opened has a ``reason``, in words, and the entries of the ledger that it ``strikes``;
    that of a body what it ``answers`` on each entry that was put to it.
    """

    id: str
    stage: str
    turn: int
    text: str
    to: list[str]
    reason: NotRequired[str]
    strikes: NotRequired[list[str]]
    answers: NotRequired[dict[str, BodyAnswer]]


class Whisper(TypedDict):
    """Advice from the facilitator to one seat. ``act`` may be empty.

    It is open until that seat has spoken, or a person whom it reached has left the seat to its persona.
    """

    seat: str
    text: str
    act: str
    open: bool


class Desk(TypedDict):
    """The effects of the facilitator's orders so far.

    Args:
        orders: number of orders carried out.
        persons: the seats that people hold now.
        absent: the seats that people lost because their time was over; their personas only keep the talk going.
        paused: whether the session waits for the facilitator.
        extra: lines added to this stage's limit; negative if lines were taken.
        passed: the seats that were skipped since the last line.
        uncast: the seats that cast no vote on the motion that is put.
        chosen: id of the line whose proposal the facilitator put first, or empty.
        called: whether the facilitator has called the vote; then there are no last words.
        until: the index, from 0, of the earliest next stage; stages between are left out.
        news: events that the facilitator or a review brought in, and those of the case in the stages that are over.
        whispers: advice to single seats.
    """

    orders: int
    persons: list[str]
    absent: list[str]
    paused: bool
    extra: int
    passed: list[str]
    uncast: list[str]
    chosen: str
    called: bool
    until: int
    news: list[News]
    whispers: list[Whisper]


class State(TypedDict):
    """Where a session stands. No value in it is ever changed in place.

    Args:
        stage: the stage that is being played, or comes next, from 0.
        turn: lines of that stage so far.
        lines: the transcript.
        minutes: the record of each finished stage.
        decisions: the decisions taken.
        pulses: the pulses, one round a moment.
        ledger: the entries that the lines and decisions make.
        floor: whose turn it is; None before a stage is opened and when it is over.
        ended: why the stage is over, or empty.
        desk: the effects of the facilitator's orders.
    """

    stage: int
    turn: int
    lines: list[Line]
    minutes: list[Minutes]
    decisions: list[DecisionTaken]
    pulses: list[PulseRound]
    ledger: tuple[Item, ...]
    floor: Floor | None
    ended: str
    desk: Desk


class Update(TypedDict, total=False):
    """The changes of a step: new lines, decisions, minutes and pulses, and new values of other fields."""

    stage: int
    turn: int
    lines: list[Line]
    minutes: list[Minutes]
    decisions: list[DecisionTaken]
    pulses: list[PulseRound]
    ledger: tuple[Item, ...]
    floor: Floor | None
    ended: str
    desk: Desk


def floor_of(state: State) -> Floor:
    """Return the floor: who has it, and which acts are open.

    Raises:
        ValueError: nobody has it.
    """
    floor = state["floor"]
    if floor is None:
        raise ValueError("nobody has the floor")
    return floor


def apply(state: State, update: Update) -> State:
    """Return the state after an update: lines, minutes, decisions and pulses are added, other fields replaced.

    A round of pulses of the same moment as the last one replaces it.
    """
    after: State = {**state, **update}
    if "lines" in update:
        after["lines"] = state["lines"] + update["lines"]
    if "minutes" in update:
        after["minutes"] = state["minutes"] + update["minutes"]
    if "decisions" in update:
        after["decisions"] = state["decisions"] + update["decisions"]
    if "pulses" in update:
        before, now = state["pulses"], update["pulses"]
        again = bool(before) and before[-1]["moment"] == now[0]["moment"]
        after["pulses"] = (before[:-1] if again else before) + now
    return after


def first_state(game: Game) -> State:
    """Return the state before the first stage, with people's seats and the promises of the start."""
    promises = (
        Item(f"P{number}", "", "promise", promise.seat, promise.says, promise.terms, "open", tuple(game.positions))
        for number, promise in enumerate(game.spec.start.promises, start=1)
    )
    desk: Desk = {
        "orders": 0, "persons": list(game.spec.persons), "absent": [], "paused": False, "extra": 0, "passed": [],
        "uncast": [], "chosen": "", "called": False, "until": 0, "news": [], "whispers": [],
    }  # fmt: skip
    return {
        "stage": 0, "turn": 0, "lines": [], "minutes": [], "decisions": [], "pulses": [], "ledger": tuple(promises),
        "floor": None,
        "ended": "", "desk": desk,
    }  # fmt: skip


def taken(whispers: Sequence[Whisper], seat: str) -> list[Whisper]:
    """Return the advice given so far, with that to a seat marked as used."""
    return [{**advice, "open": advice["open"] and advice["seat"] != seat} for advice in whispers]


def stage_lines(state: State) -> list[Line]:
    """Return the lines of the stage that is being played."""
    lines = state["lines"]
    return lines[len(lines) - state["turn"] :]


def stood_in(lines: Sequence[Line], persons: Collection[str]) -> frozenset[str]:
    """Return the ids of lines that the program spoke in the seats of people."""
    held = {*persons, *(line["seat"] for line in lines if line["origin"] == "person")}
    own = ("person", "nobody")
    return frozenset(line["id"] for line in lines if line["origin"] not in own and line["seat"] in held)


def discussion(state: State) -> list[Line]:
    """Return the lines of the stage being played, without votes and the chair's decision."""
    lines = state["lines"]
    own = lines[len(lines) - state["turn"] :]
    return [line for line in own if not line["vote"] and line["act"] not in _BINDING]
