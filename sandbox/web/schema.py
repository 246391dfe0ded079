"""What the web app keeps, and the tables of its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import TypeAdapter

from sandbox.content.cards import Lang

__all__ = [
    "APP", "CAMPAIGNS", "DUE", "LONGEST_TEXT", "MEMBERS", "METADATA", "NOTES", "PLACES", "REFLECTIONS", "SCHEMA",
    "SESSIONS", "TABLES", "CampaignRow", "Idle", "MemberRow", "Note", "Place", "Reflection", "Role", "SessionRow",
    "Setup", "State", "TableRow",
]  # fmt: skip

SCHEMA = 3
LONGEST_TEXT = 2000
State = Literal["lobby", "live", "over"]
Role = Literal["player", "observer", "projector"]
Idle = Literal["persona", "skip"]


@dataclass(frozen=True)
class Setup:
    """What the facilitator chose in the lobby: ids of the content, how the session is played, and the seats for people.

    Without a number of turns a stage has as many lines as it says itself; one without minutes has no time-box. A person
    has ``seconds`` for a turn or a pulse, 0 for no limit; after them a persona speaks for the person, or the turn is
    skipped. With a ``plan`` the minutes are part of a whole of so many, with briefing and debrief; 0 for none. With
    ``by_cards`` personas say their cards at this table, and the model of the house words nothing there. Other personas
    sit in the seats that ``cast`` names.
    """

    scenario: str
    governance: str
    city: str
    lang: Lang
    stages: tuple[str, ...]
    turns: int | None
    seed: int
    persons: tuple[str, ...]
    minutes: Mapping[str, int]
    seconds: int = 0
    idle: Idle = "persona"
    plan: int = 0
    by_cards: bool = False
    cast: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TableRow:
    """A table: a group of people and the session they play, empty until it starts.

    It was created, and last changed (set up, started, moved or finished), at seconds since 1970 (UTC).
    """

    id: str
    code: str
    setup: Setup
    session: str
    state: State
    created: float
    changed: float


@dataclass(frozen=True)
class SessionRow:
    """A session that a table plays or has played.

    It was begun at seconds since 1970 (UTC), when people sat as told: display names by seat.
    """

    table: str
    session: str
    created: float
    people: Mapping[str, str]


@dataclass(frozen=True)
class CampaignRow:
    """A campaign that people play at several tables: its id, which is the name of its folder, and when it was opened.

    Its log tells all else; that a round has ``minutes`` for people (0: no time-box) concerns tables alone.
    """

    id: str
    created: float
    minutes: int


@dataclass(frozen=True)
class MemberRow:
    """A table of a campaign, and the community that it plays."""

    table: str
    campaign: str
    community: str


@dataclass(frozen=True)
class Place:
    """A player at a table, or a link to watch it, with neither seat nor name; taken at seconds since 1970 (UTC)."""

    table: str
    seat: str
    name: str
    ready: bool
    role: Role
    taken: float


@dataclass(frozen=True)
class Note:
    """A private note of the facilitator, on a line or (with an empty id) on none; its own id is never used again.

    Without text it is a bookmark. It was made while the table played a session; empty: before the first.
    """

    id: int
    table: str
    session: str
    line: str
    text: str
    at: float


@dataclass(frozen=True)
class Reflection:
    """What a player answered after a session, by question id, under the display name of then."""

    table: str
    session: str
    seat: str
    name: str
    answers: Mapping[str, str]
    at: float


class _AsJson(sa.TypeDecorator[Any]):
    """A value kept as JSON; reading one that does not fit raises ``pydantic.ValidationError``."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind
        self._adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str:  # noqa: ARG002
        return json.dumps(value, ensure_ascii=False, default=_plain)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        return self._adapter.validate_json(value)


def _plain(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else vars(value)


def _columns(row: type, *known: sa.Column[Any]) -> list[sa.Column[Any]]:
    """Return a column for each field of a row, in the same order; those that are known are as they are given."""
    special = {column.name: column for column in known}
    return [
        special.get(field.name, sa.Column(field.name, _KINDS.get(str(field.type), sa.Text), nullable=False))
        for field in fields(row)
    ]


def _of_table(**options: Any) -> sa.Column[str]:
    return sa.Column("table", sa.Text, sa.ForeignKey("tables.id", ondelete="CASCADE"), nullable=False, **options)


_KINDS = {"float": sa.Float, "bool": sa.Boolean, "int": sa.Integer}
METADATA = sa.MetaData()
APP = sa.Table("app", METADATA, sa.Column("secret", sa.Text, nullable=False))
TABLES = sa.Table(
    "tables", METADATA,
    *_columns(
        TableRow, sa.Column("id", sa.Text, primary_key=True), sa.Column("code", sa.Text, nullable=False, unique=True),
        sa.Column("setup", _AsJson(Setup), nullable=False),
    ),
)  # fmt: skip
SESSIONS = sa.Table(
    "sessions", METADATA,
    *_columns(
        SessionRow, _of_table(primary_key=True), sa.Column("session", sa.Text, primary_key=True),
        sa.Column("people", _AsJson(dict[str, str]), nullable=False),
    ),
)  # fmt: skip
CAMPAIGNS = sa.Table("campaigns", METADATA, *_columns(CampaignRow, sa.Column("id", sa.Text, primary_key=True)))
MEMBERS = sa.Table(
    "members", METADATA,
    *_columns(
        MemberRow, _of_table(primary_key=True),
        sa.Column("campaign", sa.Text, sa.ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False, index=True),
    ),
)  # fmt: skip
PLACES = sa.Table(
    "places", METADATA, sa.Column("digest", sa.Text, primary_key=True), *_columns(Place, _of_table(index=True)),
    sa.Index("one_player_a_seat", "table", "seat", unique=True, sqlite_where=sa.text("role = 'player'")),
)  # fmt: skip
NOTES = sa.Table(
    "notes", METADATA, *_columns(Note, sa.Column("id", sa.Integer, primary_key=True), _of_table(index=True)),
    sqlite_autoincrement=True,  # the id of a deleted note must not come back: an old page would delete the wrong one
)  # fmt: skip
REFLECTIONS = sa.Table(
    "reflections", METADATA,
    *_columns(
        Reflection, _of_table(primary_key=True), sa.Column("session", sa.Text, primary_key=True),
        sa.Column("seat", sa.Text, primary_key=True),
        sa.Column("answers", _AsJson(dict[str, str]), nullable=False),
    ),
)  # fmt: skip
DUE = sa.Table("due", METADATA, _of_table(primary_key=True))
"""The tables that were due to be deleted when that was last looked for."""
