"""What the web app keeps: the tables of its file, and the file itself: opened, checked, locked, and shredded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, cast

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import URL, Connection, Engine, insert, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from sandbox.content.language import Lang
from sandbox.content.words import fault, refusal
from sandbox.errors import StorageError
from sandbox.record.folder import make_private
from sandbox.record.sqlite import sqlite_engine
from sandbox.web.links import new_token

_APPLICATION = 0x53424F58
_BUSY_SECONDS = 5.0
SCHEMA = 3
LONGEST_TEXT = 2000
State = Literal["lobby", "live", "over"]
Role = Literal["player", "observer", "projector"]
Idle = Literal["persona", "skip"]


class WebDatabase:
    """An open file of the web app; only its owner may read it.

    Attributes:
        secret: the facilitator's secret: made with the file, and the same as long as the file lives.

    Raises what `WebStore` raises.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._was_there = path.exists()
        _make_private(path)
        url = URL.create("sqlite", database=str(path))
        engine = sqlite_engine(url, _BUSY_SECONDS, foreign_keys="ON", secure_delete="ON")
        self._engine = engine
        # The lock is taken before the first look, so that nothing changes between a check and the write after it.
        self._writer = engine.execution_options(begin="BEGIN IMMEDIATE")
        self._plain = engine.execution_options(begin="")
        with ExitStack() as undo:
            undo.callback(self.close)
            self.secret = self._open()
            undo.pop_all()

    def renew(self) -> None:
        """Make another secret; what the old one opened, it opens no more."""
        self.secret = new_token()
        with self.writing() as connection:
            connection.execute(update(APP).values(secret=self.secret))
        self.shred()

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    def reading(self) -> AbstractContextManager[Connection]:
        """Return a connection that sees the file as it is now."""
        return self._access(self._engine)

    def writing(self) -> AbstractContextManager[Connection]:
        """Return the only connection that may write now; all it wrote is kept at the end, or nothing on an error."""
        return self._access(self._writer)

    def shred(self) -> None:
        """Let nothing of what was deleted stay in the file."""
        # secure_delete misses copies from when SQLite moved rows between pages, and the log holds the old pages.
        with self._access(self._plain) as connection:
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()

    def _open(self) -> str:
        with self.writing() as connection:
            if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                raise self._damaged()
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
            if not connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one():
                if self._was_there and any(self._path.parent.glob("*/events.jsonl")):
                    raise self._damaged()  # emptied: all links, seats and notes would be gone without a word
                METADATA.create_all(connection, checkfirst=False)
                connection.exec_driver_sql(f"PRAGMA application_id = {_APPLICATION}")
                connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")
                connection.execute(insert(APP).values(secret=new_token()))
            elif application != _APPLICATION or version < SCHEMA:
                raise fault(StorageError, "refused.file_foreign", path=self._path)
            elif version > SCHEMA:
                raise refusal("refused.file_newer", path=self._path, version=version, known=SCHEMA)
            for later in (BOOKMARKS, NOTICES):  # files of this version were made without
                later.create(connection, checkfirst=True)
            return cast(str, connection.execute(select(APP.c.secret)).scalar_one())

    @contextmanager
    def _access(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except UnicodeEncodeError as error:
            raise refusal("refused.half_character") from error
        except ValidationError:
            raise self._damaged() from None  # the cause quotes what people wrote
        except SQLAlchemyError as error:
            reason = error.orig if isinstance(error, DBAPIError) else error
            raise fault(StorageError, "refused.file_unusable", path=self._path, reason=reason) from error

    def _damaged(self) -> StorageError:
        return fault(StorageError, "refused.file_damaged", path=self._path)


def _make_private(path: Path) -> None:
    try:
        make_private(path.parent)
        if path.is_dir():
            raise fault(StorageError, "refused.file_folder", path=path)
        path.touch(mode=0o600)
        path.chmod(0o600)
    except OSError as error:
        raise fault(StorageError, "storage.unopened", path=path, why=error.strerror or error) from error


@dataclass(frozen=True)
class Setup:
    """What the facilitator chose in the lobby: ids of the content, how the session is played, and the seats for people.

    Attributes:
        turns: the lines of each stage; None for the number that the stage itself states.
        minutes: the time-box of each stage; a stage that is not listed has none.
        seconds: the time of a person for a turn or a pulse; 0 for no limit.
        idle: what follows when it is over: a persona speaks for the person, or the turn is skipped.
        plan: the minutes of the whole plan, with briefing and debrief; 0 for none.
        by_cards: whether personas say their cards, and the model of the house words nothing at this table.
        cast: personas other than the case's own, by seat.
        number: tells tables that are kept at the same time apart; 0 for none.
        hold: the seconds for which a line, and the last vote, may be taken back before it counts.
        reading: whether the next line waits until slow readers have read a card.
        turned: whether players may turn votes about at the end.
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
    number: int = 0
    hold: int = 0
    reading: bool = False
    turned: bool = True


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
class TablePlace:
    """A player at a table, or a link to watch it, with neither seat nor name; taken at seconds since 1970 (UTC)."""

    table: str
    seat: str
    name: str
    ready: bool
    role: Role
    taken: float


@dataclass(frozen=True)
class TableNote:
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
class TableReflection:
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
    "places", METADATA, sa.Column("digest", sa.Text, primary_key=True), *_columns(TablePlace, _of_table(index=True)),
    sa.Index("one_player_a_seat", "table", "seat", unique=True, sqlite_where=sa.text("role = 'player'")),
)  # fmt: skip
NOTES = sa.Table(
    "notes", METADATA, *_columns(TableNote, sa.Column("id", sa.Integer, primary_key=True), _of_table(index=True)),
    sqlite_autoincrement=True,  # the id of a deleted note must not come back: an old page would delete the wrong one
)  # fmt: skip
REFLECTIONS = sa.Table(
    "reflections", METADATA,
    *_columns(
        TableReflection, _of_table(primary_key=True), sa.Column("session", sa.Text, primary_key=True),
        sa.Column("seat", sa.Text, primary_key=True),
        sa.Column("answers", _AsJson(dict[str, str]), nullable=False),
    ),
)  # fmt: skip
BOOKMARKS = sa.Table(
    "bookmarks", METADATA, sa.Column("session", sa.Text, primary_key=True),
    sa.Column("line", sa.Text, primary_key=True), sa.Column("note", sa.Text, nullable=False),
)  # fmt: skip
"""The lines of sessions at which the facilitator wants a show to stop, with a note for the room."""
NOTICES = sa.Table("notices", METADATA, _of_table(primary_key=True), sa.Column("at", sa.Float, nullable=False))
"""The tables that are due to be deleted, and since when (seconds since 1970) it is told."""
