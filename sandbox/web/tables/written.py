"""What people write in the web app beside what they say: notes and bookmarks of the facilitator, reflections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, select

from sandbox.content.plain import plain
from sandbox.content.words import refusal
from sandbox.web.links import clean_name
from sandbox.web.tables.database import (
    BOOKMARKS,
    LONGEST_TEXT,
    NOTES,
    REFLECTIONS,
    SESSIONS,
    TABLES,
    TableNote,
    TableReflection,
    TableRow,
    WebDatabase,
)  # fmt: skip

RowT = TypeVar("RowT")


class Written(WebDatabase):
    """The part of the file that holds what people write; the clock tells seconds since 1970.

    It raises what `WebStore` raises, and `InputError` where a text is longer than LONGEST_TEXT.
    """

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        super().__init__(path)
        self._clock = clock

    def add_note(self, table: str, line: str, words: str) -> int:
        """Keep a private note of the facilitator, on a line or (with an empty id) on none, and return its id.

        It belongs to the session that the table plays now. Raises `InputError` where it is empty.
        """
        if not (kept := _prose(words, "note")):
            raise refusal("refused.empty_note")
        return self._keep_note(table, line, kept)

    def bookmark(self, table: str, line: str) -> int:
        """Keep a bookmark on a line, a note without words, of the session that the table plays now; return its id."""
        return self._keep_note(table, line, "")

    def notes(self, table: str) -> list[TableNote]:
        """Return the notes on a table in the order they were made."""
        return self._rows(TableNote, select(NOTES).filter_by(table=table).order_by(NOTES.c.id))

    def delete_note(self, note: int) -> None:
        """Delete a note, so that nothing of it stays in the file."""
        with self.writing() as connection:
            if not connection.execute(delete(NOTES).filter_by(id=note)).rowcount:
                raise refusal("refused.no_note", note=note)
        self.shred()

    def set_bookmark(self, session: str, line: str, note: str) -> None:
        """Have shows of a session stop at a line, with a note for the room or none, in place of what was there."""
        kept = {"session": session, "line": line, "note": _prose(note, "note")}
        with self.writing() as connection:
            connection.execute(delete(BOOKMARKS).filter_by(session=session, line=line))
            connection.execute(insert(BOOKMARKS).values(kept))

    def bookmarks(self, session: str) -> dict[str, str]:
        """Return the lines of a session at which its shows stop, each with its note."""
        with self.reading() as connection:
            known = select(BOOKMARKS.c.line, BOOKMARKS.c.note).filter_by(session=session)
            return {row.line: row.note for row in connection.execute(known)}

    def delete_bookmark(self, session: str, line: str) -> None:
        """Delete a bookmark, so that nothing of it stays in the file."""
        with self.writing() as connection:
            connection.execute(delete(BOOKMARKS).filter_by(session=session, line=line))
        self.shred()

    def keep_reflection(
        self, table: str, seat: str, name: str, answers: Mapping[str, str], session: str = ""
    ) -> None:  # fmt: skip
        """Keep what a player answered, by question id, in place of what the same seat answered before.

        It belongs to a session (empty: the one that the table plays now).
        """
        kept = {question: _prose(answer, "answer") for question, answer in answers.items()}
        with self.writing() as connection:
            seated = {"table": table, "session": session or table_row(connection, table).session, "seat": seat}
            connection.execute(delete(REFLECTIONS).filter_by(**seated))
            values = {**seated, "name": clean_name(name), "answers": kept, "at": self._clock()}
            connection.execute(insert(REFLECTIONS).values(values))

    def reflections(self, table: str, session: str = "") -> list[TableReflection]:
        """Return what the players of a table answered after a session (empty: the one it plays now), by seat."""
        of = session or select(TABLES.c.session).filter_by(id=table).scalar_subquery()
        known = select(REFLECTIONS).filter_by(table=table).where(REFLECTIONS.c.session == of)
        return self._rows(TableReflection, known.order_by(REFLECTIONS.c.seat))

    def _keep_note(self, table: str, line: str, kept: str) -> int:
        with self.writing() as connection:
            session = table_row(connection, table).session
            note = insert(NOTES).values(table=table, session=session, line=line, text=kept, at=self._clock())
            return cast(int, connection.execute(note.returning(NOTES.c.id)).scalar_one())

    def _rows(self, kind: type[RowT], query: Select[Any]) -> list[RowT]:
        with self.reading() as connection:
            return [kind(**row._mapping) for row in connection.execute(query)]


def table_row(connection: Connection, table: str) -> TableRow:
    """Return a table; raises `InputError` where there is none."""
    row = connection.execute(select(TABLES).filter_by(id=table)).one_or_none()
    if row is None:
        raise refusal("refused.no_table", table=table)
    return TableRow(**row._mapping)


def forget_bookmarks(connection: Connection, of_tables: ColumnElement[bool]) -> None:
    """Delete the bookmarks of the sessions that tables have played."""
    sessions = select(SESSIONS.c.session).where(of_tables)
    connection.execute(delete(BOOKMARKS).where(BOOKMARKS.c.session.in_(sessions)))


def _prose(text: str, what: Literal["note", "answer"]) -> str:
    kept = plain(text)
    if len(kept) > LONGEST_TEXT:
        raise refusal(f"refused.long_{what}", most=f"{LONGEST_TEXT:,}", count=f"{len(kept):,}")
    return kept.strip()
