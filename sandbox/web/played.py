"""A session that a table plays or has played, with what was noted and written about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.errors import UnknownError
from sandbox.game.session import Session
from sandbox.record.folder import SessionFolder
from sandbox.report.pages.debrief import Note, Reflection
from sandbox.session.opening import open_session
from sandbox.web.house import House
from sandbox.web.schema import Place, SessionRow

__all__ = ["Played", "bookmarks_of", "departure", "may_read", "notes_of", "played", "reflections_of"]


@dataclass(frozen=True)
class Played:
    """A session of a table.

    Args:
        row: when it was begun, and who sat there then.
        folder: where it lies.
        session: the session as far as it was played.
        done: whether it came to its end, and its results are written.
        current: whether the table plays it now.
    """

    row: SessionRow
    folder: SessionFolder
    session: Session
    done: bool
    current: bool


def played(house: House, table: str, session: str = "") -> Played:
    """Return a session of a table; without a name the one that it plays now.

    Raises:
        InputError: there is no such table, it has not played the session, or that cannot be read.
    """
    current = house.store.table(table).session
    rows = {row.session: row for row in house.store.sessions(table)}
    name = session or current
    if name not in rows:
        raise UnknownError("session", name, rows)
    room = house.rooms.get(table)
    if room is not None and room.folder.id == name:
        return Played(rows[name], room.folder, room.session(), room.over_and_done, True)
    folder = house.folder(name)
    opened = open_session(folder, house.library)
    return Played(rows[name], folder, opened, opened.finished, name == current)


def may_read(house: House, place: Place, known: Played) -> bool:
    """Return whether a player may read the debrief of a session of the table: who took the seat before it ended.

    One that was left before its end is read once the table is over.
    """
    took_part = bool(known.session.events) and place.taken <= known.session.events[-1].at
    return took_part and (known.done or house.store.table(place.table).state == "over")


def notes_of(house: House, known: Played) -> list[Note]:
    """Return the facilitator's notes on a session: its own, and those made earlier on lines that it shares."""
    shared = _shared_lines(house, known)
    return [
        Note(note.line, note.text)
        for note in house.store.notes(known.row.table)
        if note.session == known.row.session or note.line in shared.get(note.session, ())
    ]


def bookmarks_of(house: House, name: str, session: Session) -> list[str]:
    """Return the lines of a session that the facilitator bookmarked, in their order; none where no table played it."""
    row = house.store.session(name)
    if row is None:
        return []
    notes = notes_of(house, Played(row, house.folder(name), session, session.finished, False))
    marked = {note.line for note in notes if not note.text}
    return [line["id"] for line in session.lines if line["id"] in marked]


def reflections_of(house: House, known: Played) -> list[Reflection]:
    """Return what people wrote after a session."""
    rows = house.store.reflections(known.row.table, known.row.session)
    return [Reflection(row.seat, row.name, row.answers) for row in rows]


def departure(folder: SessionFolder) -> tuple[str, str]:
    """Return from which session another branched off, and after which line, as its log begins; empty: from none."""
    payload = folder.head().get("payload")
    branch = payload.get("branch") if isinstance(payload, dict) else None
    return (str(branch.get("of", "")), str(branch.get("at", ""))) if isinstance(branch, dict) else ("", "")


def _shared_lines(house: House, known: Played) -> Mapping[str, frozenset[str]]:
    """Return the lines that a session shares with each of those before it."""
    lines = [line["id"] for line in known.session.lines]
    shared: dict[str, frozenset[str]] = {}
    earlier, at = departure(known.folder)
    while earlier and earlier not in shared and at in lines:
        lines = lines[: lines.index(at) + 1]
        shared[earlier] = frozenset(lines)
        earlier, at = departure(house.folder(earlier))
    return shared
