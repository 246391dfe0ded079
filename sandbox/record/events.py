"""The events of a session: one type for each kind, checked when they are read, and brought up from older versions."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_type_hints

from pydantic import TypeAdapter, ValidationError

from sandbox.content.faults import first_finding
from sandbox.content.words import refusal
from sandbox.record import payloads
from sandbox.record.appended import Form, event_on, whole_lines
from sandbox.record.line import DecisionTaken

SCHEMA = 11
OLDEST = 2
EventKind = Literal[
    "session", "model", "stage", "call", "person", "inject", "order", "direction", "line", "removal",
    "decision", "plan", "minutes", "pulse", "assessment", "score", "close",
]  # fmt: skip
KINDS: dict[EventKind, type[Event]] = {}
"""The type of each kind of event."""


@dataclass(frozen=True, init=False)
class Event:
    """One event, always made by the type of its kind: ``Event(…, "line", …)`` is a `LineSpoken`.

    Args:
        seq: place in the log, from 1 without gaps.
        at: seconds since 1970 (UTC) at which it was written.
        stage: stage id, or empty outside of stages.
        seat: seat id, or empty when it concerns no single seat.
        payload: its content; ``id`` in it is unique within its kind.
    """

    seq: int
    at: float
    kind: EventKind
    stage: str
    seat: str
    payload: Any

    def __init_subclass__(cls, kind: EventKind) -> None:
        KINDS[kind] = cls

    def __new__(cls, seq: int, at: float, kind: EventKind, *_: object, **__: object) -> Event:  # noqa: D102 - see above
        del seq, at
        return object.__new__(KINDS[kind] if cls is Event else cls)

    def __init__(self, seq: int, at: float, kind: EventKind, stage: str, seat: str, payload: Any) -> None:
        # A frozen class sets its fields one by one, which takes long.
        vars(self).update(seq=seq, at=at, kind=kind, stage=stage, seat=seat, payload=payload)

    def as_dict(self) -> dict[str, Any]:
        """Return the event as it is written."""
        return {"schema": SCHEMA, **vars(self), "at": round(self.at, 3)}


class SessionOpened(Event, kind="session"):
    """A session was made."""

    payload: payloads.Opened


class ModelChanged(Event, kind="model"):
    """Other models than before speak or judge from here on."""

    payload: payloads.Succeeded


class StageBegun(Event, kind="stage"):
    """A stage was opened."""

    payload: payloads.StageOpened


class CallMade(Event, kind="call"):
    """A model answered."""

    payload: payloads.Called


class PersonAnswered(Event, kind="person"):
    """A person gave a turn or a pulse."""

    payload: payloads.Answered


class NewsArrived(Event, kind="inject"):
    """An event from outside arrived."""

    payload: payloads.Joined


class OrderGiven(Event, kind="order"):
    """The facilitator gave an order."""

    payload: payloads.Order


class OrderCarriedOut(Event, kind="direction"):
    """An order was carried out, or could not be."""

    payload: payloads.Directed


class LineSpoken(Event, kind="line"):
    """A seat spoke."""

    payload: payloads.Spoken


class LineRemoved(Event, kind="removal"):
    """The words of a line were taken off, or put back."""

    payload: payloads.Removed


class DecisionMade(Event, kind="decision"):
    """The body decided."""

    payload: DecisionTaken


class PlanFiled(Event, kind="plan"):
    """A plan stood as it was when its stage closed."""

    payload: payloads.Filed


class MinutesTaken(Event, kind="minutes"):
    """A stage closed."""

    payload: payloads.Minuted


class PulseTaken(Event, kind="pulse"):
    """A seat's pulse was taken."""

    payload: payloads.Pulsed


class AssessmentMade(Event, kind="assessment"):
    """A side assessed the session."""

    payload: payloads.Assessed


class ScoreGiven(Event, kind="score"):
    """A judge gave a vote on a criterion."""

    payload: payloads.Scored


class SessionClosed(Event, kind="close"):
    """The session came to its end."""

    payload: payloads.Closed


def parse_events(data: bytes, path: Path) -> tuple[list[Event], int]:
    """Read the bytes of a log.

    Returns:
        The events, and how many bytes they take up; bytes after that are a last line that was cut off.

    Raises:
        InputError: a line is damaged, or of a version that is not read; the message names file, line and field.
    """
    events: list[Event] = []
    rooms: dict[str, list[str]] = {}
    lines = whole_lines(data)
    for number, raw in enumerate(lines, start=1):
        event = _event(path, number, raw, rooms)
        if isinstance(event, StageBegun):
            rooms[event.stage] = event.payload["present"]
        events.append(event)
    return events, sum(map(len, lines))


# What payloads of older schemas have not.
_ADDED: Mapping[str, dict[str, Any]] = {
    "line": dict.fromkeys(("about", "text", "condition", "promises"), ""),
    "decision": {"condition": "", "abstained": [], "fallen": []},
    "order": {"motion": "", "giver": "facilitator"},
    "score": {"sample": 1},
}
# The schema from which on there are last words before a vote.
_LAST_WORDS = 9
# The schema from which on a review weighs who may grant what fell due.
_WEIGHS = 10
# The stages that review nothing; without a review most sessions of earlier versions are alike.
_WITHOUT_REVIEW = ("training", "application", "learning_tour", "public_engagement")
_FORM = Form("unfit_line.session", range(OLDEST, SCHEMA + 1), {"stage": str, "seat": str}, KINDS)


def _event(path: Path, number: int, raw: bytes, rooms: Mapping[str, list[str]]) -> Event:
    place = f"{path}:{number}"
    data = event_on(raw, place, number, _FORM)
    kind, payload = data["kind"], data["payload"]
    if data["schema"] < SCHEMA:
        _bring_up(data["schema"], kind, data["stage"], payload, rooms)
    try:
        _checker(kind).validate_python(payload, strict=True)
    except ValidationError as error:
        raise refusal("unfit_line.at", place=f"{place}: {kind}", why=first_finding(error, "payload")) from error
    return Event(number, float(data["at"]), kind, data["stage"], data["seat"], payload)


def _bring_up(schema: int, kind: str, stage: str, payload: dict[str, Any], rooms: Mapping[str, list[str]]) -> None:
    """Bring a payload of an older schema up to date.

    Before schema 3, minutes did not say who took part, and a spec did not say what its session begins from; before 9
    there were no last words before a vote; before 10 a review did not weigh who may grant what fell due; and before 11
    it did not ask all whom something was for.
    """
    payload |= {**deepcopy(_ADDED.get(kind, {})), **payload}
    if kind == "minutes":
        payload.setdefault("present", rooms.get(stage, []))
    elif kind == "session" and isinstance(spec := payload.get("spec"), dict):
        spec.setdefault("start", {"pulses": {}, "plan": {}, "promises": []})
        stages = spec.get("stages")
        reviews = isinstance(stages, list) and any(stage not in _WITHOUT_REVIEW for stage in stages)
        if spec.get("style") == "free" or (reviews and spec.get("style") == "directed"):
            spec["hears_all"] = False
        if spec.get("style") == "free":
            if schema < _WEIGHS:
                spec["weighs_review"] = False
            if schema < _LAST_WORDS:
                spec["last_words"] = 0


@cache
def _checker(kind: EventKind) -> TypeAdapter[Any]:
    return TypeAdapter(get_type_hints(KINDS[kind])["payload"])
