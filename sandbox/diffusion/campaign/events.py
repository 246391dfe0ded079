"""The events of a campaign: one type for each kind, checked when they are read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from sandbox.content.campaign_card import Campaign
from sandbox.content.cards import Section
from sandbox.content.faults import first_finding, short
from sandbox.content.language import Lang
from sandbox.content.words import refusal
from sandbox.game.spec import PlayStyle, SessionSpec
from sandbox.record.appended import Form, event_on, whole_lines

SCHEMA = 1
_MOST_ROUNDS = 1000
CampaignKind = Literal[
    "campaign", "start", "played", "lesson", "ranking", "transfer", "order", "plan", "tour", "close"
]  # fmt: skip
WhyMoved = Literal["named", "first_to_last", "first_goes_up", "displaced", "newcomer"]
Channel = Literal["own", "down", "sideways", "posting", "above"]
"""How something came: from one's own last year, handed down by the city, on a tour, with an official, as an order."""


class Bilingual(TypedDict):
    """A text in both languages."""

    en: str
    zh: str


class Settings(TypedDict):
    """What all sessions of a campaign have besides its card."""

    lang: Lang
    seed: int
    style: PlayStyle
    model: str
    turns: int | None


class Departure(TypedDict):
    """Where a branch starts: its source, the round before which it leaves, its changes, and its new seed if any.

    ``model`` is the model that played the shared rounds, if another model goes on.
    """

    of: str
    round: int
    changes: list[str]
    seed: NotRequired[int]
    model: NotRequired[str]


class Opened(TypedDict):
    """``campaign``: the card in full, the settings that all sessions share, and where a branch starts."""

    id: str
    campaign: str
    card: dict[str, Any]
    settings: Settings
    branch: NotRequired[Departure]


class Started(TypedDict):
    """``start``: a community's session is played next; holds its folder and the spec that it is made from."""

    id: str
    session: Annotated[str, Field(min_length=1)]
    spec: dict[str, Any]


class Played(TypedDict):
    """``played``: a community's session came to its end."""

    id: str
    session: Annotated[str, Field(min_length=1)]
    lines: int


class Lesson(TypedDict):
    """``lesson``: a community learned something: from which other (empty: from above), how, from which person.

    ``asked`` means that it was not shown but came out because somebody asked. ``year`` is the round that it tells
    about, ``about`` the question of the case that it settles, if any.
    """

    id: str
    asked: bool
    origin: str
    channel: Channel
    source: str
    says: str
    year: NotRequired[int]
    about: NotRequired[str]


class Placed(TypedDict):
    """A community's place in the ranking: both assessments, and what the place brings, in words."""

    community: str
    h: float | None
    p: float | None
    brought: str


class Ranked(TypedDict):
    """``ranking``: the communities, best first."""

    id: str
    places: list[Placed]


class Move(TypedDict):
    """``transfer``: an official leaves a post, takes one, or both.

    Args:
        of: the community and seat that the official leaves; empty for a newcomer.
        to: the community and seat that the official takes; empty if the official goes away.
        why: the rule that moved the official, or ``named``; ``displaced`` and ``newcomer`` if another move caused it.
        before: where the official served, in words; empty for a newcomer.
        agenda: what the official brings along, in words.
        terms: the options that the official stands for, by question of the new community's case.
    """

    id: str
    name: Bilingual
    of: tuple[str, str] | None
    to: tuple[str, str] | None
    why: WhyMoved
    before: str
    agenda: str
    terms: dict[str, str]


class Ordered(TypedDict):
    """``order``: an order of the city: its words, its recipients, what it asks for, and the rules that it changes."""

    id: str
    text: str
    to: list[str]
    terms: dict[str, str]
    changes: list[str]


class Arrival(TypedDict):
    """A section of a plan as it arrived: its text (empty: dropped on the way), its origin and its channel.

    ``year`` is the round in which it was written; text of the city, and older logs, have none.
    """

    text: str
    origin: str
    channel: Channel
    hops: int
    year: NotRequired[int]


class Carried(TypedDict):
    """``plan``: the plan with which a community starts next, and the share that stands as written, 0 to 1."""

    id: str
    sections: dict[Section, Arrival]
    copied: float


class Toured(TypedDict):
    """``tour``: which community is visited next, what is shown there, and what comes out only if somebody asks."""

    id: str
    host: str
    name: str
    role: str
    place: str
    shown: list[str]
    hidden: list[str]


class Closed(TypedDict):
    """``close``: the campaign came to its end."""

    id: str


_PAYLOADS: dict[CampaignKind, Any] = {
    "campaign": Opened, "start": Started, "played": Played, "lesson": Lesson, "ranking": Ranked, "transfer": Move,
    "order": Ordered, "plan": Carried, "tour": Toured, "close": Closed,
}  # fmt: skip


@dataclass(frozen=True)
class CampaignEvent:
    """One event of a campaign.

    Args:
        seq: place in the log, from 1 without gaps.
        at: seconds since 1970 (UTC) at which it was written.
        round: the round, from 1. An event between two rounds belongs to the earlier one; 0 is before the first.
        community: the community, or empty if the event concerns no single one.
        payload: its content; its ``id`` is unique within its kind.
    """

    seq: int
    at: float
    kind: CampaignKind
    round: int
    community: str
    payload: Any

    def as_dict(self) -> dict[str, Any]:
        """Return the event as it is written."""
        return {"schema": SCHEMA, **vars(self), "at": round(self.at, 3)}


def parse_campaign(data: bytes, path: Path) -> tuple[list[CampaignEvent], int]:
    """Read the bytes of a campaign's log.

    Returns:
        The events, and how many bytes they take up; bytes after that are a last line that was cut off.

    Raises:
        InputError: a line is damaged, or of a version that cannot be read; the message names file, line and field.
    """
    lines = whole_lines(data)
    return [_event(path, number, raw) for number, raw in enumerate(lines, start=1)], sum(map(len, lines))


_FORM = Form("unfit_line.campaign", range(SCHEMA, SCHEMA + 1), {"round": int, "community": str}, _PAYLOADS)


def _event(path: Path, number: int, raw: bytes) -> CampaignEvent:
    place = f"{path}:{number}"
    data = event_on(raw, place, number, _FORM)
    kind, round = data["kind"], data["round"]
    if (number == 1) != (kind == "campaign") or not 0 <= round <= _MOST_ROUNDS:
        raise refusal("campaign.refused.out_of_place", place=place, kind=kind, round=short(round))
    try:
        payload = _checker(kind).validate_python(data["payload"])
        if kind == "campaign":
            Campaign.model_validate(payload["card"])
        elif kind == "start":
            SessionSpec.model_validate(payload["spec"])
    except ValidationError as error:
        why = first_finding(error, "payload")
        raise refusal("campaign.refused.payload", place=place, kind=kind, why=why) from error
    return CampaignEvent(number, float(data["at"]), kind, round, data["community"], payload)


@cache
def _checker(kind: CampaignKind) -> TypeAdapter[Any]:
    return TypeAdapter(_PAYLOADS[kind])
