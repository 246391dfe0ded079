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
    """What all sessions of a campaign have beside its card."""

    lang: Lang
    seed: int
    style: PlayStyle
    model: str
    turns: int | None


class Departure(TypedDict):
    """Where a branch sets out: from which campaign, before which round, with which changes and other seed.

    ``model`` is the one that played the shared rounds, where another goes on.
    """

    of: str
    round: int
    changes: list[str]
    seed: NotRequired[int]
    model: NotRequired[str]


class Opened(TypedDict):
    """``campaign``: the card in full, what else all sessions have, and of a branch, where it sets out."""

    id: str
    campaign: str
    card: dict[str, Any]
    settings: Settings
    branch: NotRequired[Departure]


class Started(TypedDict):
    """``start``: a community's session is played next: its folder, and the spec that it is made from."""

    id: str
    session: Annotated[str, Field(min_length=1)]
    spec: dict[str, Any]


class Played(TypedDict):
    """``played``: a community's session came to its end."""

    id: str
    session: Annotated[str, Field(min_length=1)]
    lines: int


class Lesson(TypedDict):
    """``lesson``: a community learned something: from which other (empty: from above), how, from whom, in words.

    What is ``asked`` for was not shown: it came out because somebody asked. ``year`` is the round of which it tells,
    ``about`` the question of the case that it settles, where it does.
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
    """A community's place: both assessments, and what the place brings, in words."""

    community: str
    h: float | None
    p: float | None
    brought: str


class Ranked(TypedDict):
    """``ranking``: the communities, the first first."""

    id: str
    places: list[Placed]


class Move(TypedDict):
    """``transfer``: an official leaves a post, or takes one, or both.

    Args:
        of: the community and the seat that are left; empty for a newcomer.
        to: the community and the seat that are taken; empty for who goes away.
        why: by which rule, or ``named``; ``displaced`` and ``newcomer`` for what follows from another move.
        before: where the official served, in words; empty for a newcomer.
        agenda: what the official brings along, in words.
        terms: the options for which the official stands, by question of the case that is come to.
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
    """``order``: an order of the city: its words, who gets it, what it asks for, and the rules that it changes."""

    id: str
    text: str
    to: list[str]
    terms: dict[str, str]
    changes: list[str]


class Arrival(TypedDict):
    """A section of a plan as it arrived: its text (empty: dropped on the way), where it is from, by which channel.

    ``year`` is the round in which it was written; what the city wrote, and older logs, have none.
    """

    text: str
    origin: str
    channel: Channel
    hops: int
    year: NotRequired[int]


class Carried(TypedDict):
    """``plan``: the plan from which a community sets out next, and how much stands as its origins wrote it, 0 to 1."""

    id: str
    sections: dict[Section, Arrival]
    copied: float


class Toured(TypedDict):
    """``tour``: whom a community visits next, what is shown there, and what comes out only when somebody asks."""

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
        round: the round, from 1; what happens between two rounds belongs to the one before; 0 before the first.
        community: the community, or empty when it concerns no single one.
        payload: its content; ``id`` in it is unique within its kind.
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
        The events, and how many bytes they take up: what comes after is a last line that was torn.

    Raises:
        InputError: a line is damaged, or of a version that is not read; the message names file, line and field.
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
