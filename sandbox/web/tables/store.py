"""What the web app keeps: tables, which sessions they played, who sits where, the facilitator's notes, and reflections.

The sessions themselves are in their own folders; this file only says whose they are.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Delete, Update, delete, insert, literal_column, select, update
from typing_extensions import override

from sandbox.content.words import refusal
from sandbox.errors import UnknownError
from sandbox.web.links import digest, new_code, new_token, normal_code, shown_name
from sandbox.web.tables.database import (
    CAMPAIGNS,
    MEMBERS,
    NOTICES,
    PLACES,
    REFLECTIONS,
    SESSIONS,
    TABLES,
    CampaignRow,
    MemberRow,
    SessionRow,
    Setup,
    State,
    TablePlace,
    TableRow,
)  # fmt: skip
from sandbox.web.tables.written import Written, forget_bookmarks, table_row

_DAY = 86_400
_JUMP = 14 * _DAY  # seconds by which a clock does not go on unseen
_TABLES = select(TABLES)
_PLACES = select(*(column for column in PLACES.c if column.name != "digest"))
_CAME: Any = literal_column("rowid")


@dataclass(frozen=True)
class _Known:
    """What has been read since the file was last written to: every page asks for it whenever something changes."""

    tables: dict[str, TableRow] = field(default_factory=dict)
    places: dict[str, TablePlace] = field(default_factory=dict)
    seated: dict[str, Mapping[str, TablePlace]] = field(default_factory=dict)


class WebStore(Written):
    """The file of the web app; threads may share one store.

    Only hashes of tokens are in the file. It holds names and the facilitator's secret, so only its owner may read it.

    Args:
        clock: seconds since 1970.
        running: seconds that go on evenly, whatever the clock is set to.

    Raises:
        StorageError: the file cannot be opened, is damaged, or is something else. Every method raises it when the
            file cannot be read or written; what was written before stays.
        InputError: the file is of a newer version. Every method that names a table, a seat or a note raises it when
            there is no such table or it stands elsewhere, nobody has the seat, or there is no such note.
    """

    def __init__(
        self, path: Path, clock: Callable[[], float] = time.time, running: Callable[[], float] = time.monotonic
    ) -> None:
        self._known = _Known()
        super().__init__(path, clock)
        self._running = running
        self._looked: float | None = None
        self._sure_from = running()

    @override
    @contextmanager
    def writing(self) -> Iterator[Connection]:
        try:
            with super().writing() as connection:
                yield connection
        finally:
            self._known = _Known()  # another one: whoever read before keeps it in the old

    def add_table(self, setup: Setup) -> TableRow:
        """Open a table with a join code of its own."""
        with self.writing() as connection:
            return self._add_table(connection, setup)

    def add_campaign(self, campaign: str, minutes: int, setups: Mapping[str, Setup]) -> None:
        """Keep a campaign, and open a table for each of its communities; arguments are those of `CampaignRow`."""
        with self.writing() as connection:
            connection.execute(insert(CAMPAIGNS).values(**vars(CampaignRow(campaign, self._clock(), minutes))))
            for community, setup in setups.items():
                member = MemberRow(self._add_table(connection, setup).id, campaign, community)
                connection.execute(insert(MEMBERS).values(**vars(member)))

    def campaigns(self) -> list[CampaignRow]:
        """Return all campaigns, the newest first."""
        return self._rows(CampaignRow, select(CAMPAIGNS).order_by(CAMPAIGNS.c.created.desc(), _CAME.desc()))

    def members(self, campaign: str) -> list[MemberRow]:
        """Return the tables of a campaign, in the order in which they were opened."""
        return self._rows(MemberRow, select(MEMBERS).filter_by(campaign=campaign).order_by(_CAME))

    def campaign_of(self, session: str) -> str:
        """Return the campaign whose table plays or has played a session; empty where none has."""
        tables = select(SESSIONS.c.table).filter_by(session=session)
        known = self._rows(MemberRow, select(MEMBERS).where(MEMBERS.c.table.in_(tables)))
        return known[0].campaign if known else ""

    def play_round(self, table: str, session: str, setup: Setup) -> None:
        """Let a table of a campaign play the session of the next round, under what holds in it, from the lobby on."""
        self._play(table, session, "lobby", "live", "over", setup=setup)

    def delete_campaign(self, campaign: str) -> None:
        """Delete a campaign with its tables, so that nothing of them stays in the file."""
        with self.writing() as connection:
            tables = select(MEMBERS.c.table).filter_by(campaign=campaign)
            forget_bookmarks(connection, SESSIONS.c.table.in_(tables))
            connection.execute(delete(TABLES).where(TABLES.c.id.in_(tables)))
            connection.execute(delete(CAMPAIGNS).filter_by(id=campaign))
        self.shred()

    def table(self, table: str) -> TableRow:
        """Return a table."""
        known = self._known.tables
        if table not in known:
            with self.reading() as connection:
                known[table] = table_row(connection, table)
        return known[table]

    def table_by_code(self, code: str) -> TableRow | None:
        """Return the table of a join code, however it was typed, or None."""
        return next(iter(self._rows(TableRow, _TABLES.filter_by(code=normal_code(code)))), None)

    def tables(self) -> list[TableRow]:
        """Return all tables, the newest first."""
        return self._rows(TableRow, _TABLES.order_by(TABLES.c.created.desc(), _CAME.desc()))

    def expired(self, days: float) -> list[TableRow]:
        """Return the tables that have not changed for some days, the longest unchanged first."""
        old = TABLES.c.changed < self._clock() - days * _DAY
        return self._rows(TableRow, _TABLES.where(old).order_by(TABLES.c.changed))

    def announce(self, tables: Iterable[str]) -> tuple[set[str], set[str]]:
        """Keep since when which tables are told to be due to be deleted.

        Returns:
            Those of which it was told a day ago, by the clock, and those of which it was not told yet. Where the clock
            has jumped by weeks since the file was last written, the former are none until the server has run for a day.
        """
        due, now = set(tables), self._clock()
        with self.writing() as connection:
            told = {row.table: row.at for row in connection.execute(select(NOTICES))}
            if self._looked is None:
                self._looked = max([*connection.scalars(select(TABLES.c.changed)), *told.values()], default=now)
            kept = {table: min(told.get(table, now), now) for table in due}
            if kept != told:
                connection.execute(delete(NOTICES))
            if kept and kept != told:
                connection.execute(insert(NOTICES), [{"table": table, "at": at} for table, at in kept.items()])
        if now - self._looked > _JUMP:
            self._sure_from = self._running() + _DAY
        self._looked = now
        sure = self._running() >= self._sure_from
        return {table for table, at in kept.items() if sure and now - at >= _DAY}, due - told.keys()

    def update_setup(self, table: str, setup: Setup) -> None:
        """Change what was chosen for a table in the lobby; raises `InputError` where somebody would lose a seat."""
        with self._changing(table, "lobby") as (connection, _, changes):
            gone = [seat for seat in _names(connection, table) if seat not in setup.persons]
            if gone:
                raise refusal("refused.somebody_sits", seats=gone)
            changes["setup"] = setup

    def open_seat(self, table: str, seat: str) -> None:
        """Open a seat to a person at a table that is not over; the caller knows that the case has it."""
        with self._changing(table, "lobby", "live") as (_, row, changes):
            if seat not in row.setup.persons:
                changes["setup"] = replace(row.setup, persons=(*row.setup.persons, seat))

    def change_setup(self, table: str, **chosen: Any) -> None:
        """Keep what is chosen anew, by the names of `Setup`, at a table that is not over."""
        with self._changing(table, "lobby", "live") as (_, row, changes):
            changes["setup"] = replace(row.setup, **chosen)

    def start(self, table: str, session: str) -> None:
        """Start a table in the lobby with the session it plays."""
        self._play(table, session, "lobby")

    def move(self, table: str, session: str) -> None:
        """Let a started table go on with another session, new or its own; one that was over is live again."""
        self._play(table, session, "live", "over")

    def sessions(self, table: str) -> list[SessionRow]:
        """Return the sessions that a table plays or has played, in the order in which they were begun."""
        return self._rows(SessionRow, select(SESSIONS).filter_by(table=table).order_by(SESSIONS.c.created, _CAME))

    def session(self, session: str) -> SessionRow | None:
        """Return a session that a table plays or has played, or None where none has."""
        return next(iter(self._rows(SessionRow, select(SESSIONS).filter_by(session=session))), None)

    def play_again(self, table: str, setup: Setup) -> None:
        """Let a table that is over wait for another round; whoever sits there stays by the same link, not ready yet."""
        with self._changing(table, "over") as (connection, _, changes):
            connection.execute(update(PLACES).filter_by(table=table).values(ready=False))
            changes.update(setup=setup, session="", state="lobby")

    def finish(self, table: str) -> None:
        """End a table that is not over, started or not."""
        with self._changing(table, "lobby", "live") as (_, _, changes):
            changes["state"] = "over"

    def delete_table(self, table: str) -> None:
        """Delete a table and all that belongs to it, so that nothing of it stays in the file."""
        with self.writing() as connection:
            table_row(connection, table)
            forget_bookmarks(connection, SESSIONS.c.table == table)
            connection.execute(delete(TABLES).filter_by(id=table))
        self.shred()

    def take_seat(self, table: str, seat: str, name: str) -> str:
        """Give a seat to a person, and return the person's token; of several who try at once one gets it.

        When nothing visible is in the display name, the person gets a pseudonym. Raises `InputError` where the seat is
        not for people or taken.
        """
        token = new_token()
        with self._changing(table, "lobby", "live") as (connection, row, _):
            if seat not in row.setup.persons:
                raise UnknownError("seat", seat, row.setup.persons)
            names = _names(connection, table)
            if seat in names:
                raise refusal("refused.seat_taken", seat=seat)
            shown = shown_name(name, row.setup.lang, set(names.values()))
            _add_place(connection, token, TablePlace(table, seat, shown, False, "player", self._clock()))
            of = {"table": table, "session": row.session}  # of a session that runs; before it begins there is none
            for people in connection.scalars(select(SESSIONS.c.people).filter_by(**of)):
                connection.execute(update(SESSIONS).filter_by(**of).values(people={**people, seat: shown}))
        return token

    def add_viewer(self, table: str, role: Literal["observer", "projector"]) -> str:
        """Return the token of a new link to watch a table."""
        token = new_token()
        with self.writing() as connection:
            table_row(connection, table)
            _add_place(connection, token, TablePlace(table, "", "", False, role, self._clock()))
        return token

    def place_of(self, token: str) -> TablePlace | None:
        """Return the place of a token, or None when it is nobody's."""
        known, hashed = self._known.places, digest(token)
        if hashed not in known:
            known.update((hashed, place) for place in self._rows(TablePlace, _PLACES.filter_by(digest=hashed)))
        return known.get(hashed)

    def places(self, table: str) -> list[TablePlace]:
        """Return everybody at a table, links to watch included, in the order they came."""
        return self._rows(TablePlace, _PLACES.filter_by(table=table).order_by(PLACES.c.taken, _CAME))

    def players(self, table: str) -> Mapping[str, TablePlace]:
        """Return the players of a table by seat, in the order they came."""
        seated = self._known.seated
        if table not in seated:
            seated[table] = {place.seat: place for place in self.places(table) if place.role == "player"}
        return seated[table]

    def rename(self, table: str, seat: str, name: str) -> str:
        """Give a player another display name, as in ``take_seat``, and return it as it is shown."""
        with self.writing() as connection:
            lang = table_row(connection, table).setup.lang
            others = {taken for other, taken in _names(connection, table).items() if other != seat}
            shown = shown_name(name, lang, others)
            _change_player(connection, table, seat, update(PLACES).values(name=shown))
        return shown

    def set_ready(self, table: str, seat: str, ready: bool) -> None:
        """Note whether a player is ready."""
        with self.writing() as connection:
            _change_player(connection, table, seat, update(PLACES).values(ready=ready))

    def free_seat(self, table: str, seat: str) -> None:
        """Take a seat from its player, whose token stops working."""
        with self.writing() as connection:
            _change_player(connection, table, seat, delete(PLACES))

    def reissue(self, table: str, seat: str) -> str:
        """Return a new token for a player; the old one stops working."""
        token = new_token()
        with self.writing() as connection:
            _change_player(connection, table, seat, update(PLACES).values(digest=digest(token)))
        return token

    def forget_player(self, table: str, seat: str) -> None:
        """Delete the display name of a player, who gets a pseudonym, and all that they reflected on at the table."""
        self.replace_name(table, seat, "")
        with self.writing() as connection:
            connection.execute(delete(REFLECTIONS).filter_by(table=table, seat=seat))
        self.shred()

    def replace_name(self, table: str, seat: str, name: str) -> None:
        """Give a player another display name wherever the old one is kept, so that nothing of it stays in the file."""
        shown = self.rename(table, seat, name)
        with self.writing() as connection:
            connection.execute(update(REFLECTIONS).filter_by(table=table, seat=seat).values(name=shown))
            for row in connection.execute(select(SESSIONS.c.session, SESSIONS.c.people).filter_by(table=table)).all():
                people = {**row.people, **({seat: shown} if seat in row.people else {})}
                connection.execute(update(SESSIONS).filter_by(table=table, session=row.session).values(people=people))
        self.shred()

    def _add_table(self, connection: Connection, setup: Setup) -> TableRow:
        now, known = self._clock(), set(connection.scalars(select(TABLES.c.code)))
        while (code := new_code()) in known:
            pass
        row = TableRow(secrets.token_hex(8), code, setup, "", "lobby", now, now)
        connection.execute(insert(TABLES).values(**vars(row)))
        return row

    def _play(self, table: str, session: str, *states: State, **others: Setup) -> None:
        """Let a table in one of some states play a session from now on, with other changes."""
        with self._changing(table, *states) as (connection, _, changes):
            if not connection.scalar(select(SESSIONS.c.session).filter_by(table=table, session=session)):
                played = SessionRow(table, session, self._clock(), _names(connection, table))
                connection.execute(insert(SESSIONS).values(**vars(played)))
            changes.update(session=session, state="live", **others)

    @contextmanager
    def _changing(self, table: str, *states: State) -> Iterator[tuple[Connection, TableRow, dict[str, Any]]]:
        """Give a table that is in one of some states, and a mapping in which to put the changes to it."""
        changes: dict[str, Any] = {}
        with self.writing() as connection:
            row = table_row(connection, table)
            if row.state not in states:
                raise refusal(f"refused.table_{row.state}", code=row.code)
            yield connection, row, changes
            if changes:
                connection.execute(update(TABLES).filter_by(id=table).values(**changes, changed=self._clock()))


def _names(connection: Connection, table: str) -> dict[str, str]:
    players = select(PLACES.c.seat, PLACES.c.name).filter_by(table=table, role="player")
    return {row.seat: row.name for row in connection.execute(players)}


def _add_place(connection: Connection, token: str, place: TablePlace) -> None:
    connection.execute(insert(PLACES).values(digest=digest(token), **vars(place)))


def _change_player(connection: Connection, table: str, seat: str, change: Update | Delete) -> None:
    if not connection.execute(change.filter_by(table=table, seat=seat, role="player")).rowcount:
        raise refusal("refused.nobody_sits", seat=seat)
