"""The rounds that tables have played, of the class that was here last, and the way to two of them side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from nicegui import ui

from sandbox.content.words import Words
from sandbox.errors import SandboxError
from sandbox.web.frame import div
from sandbox.web.tables.database import TableRow
from sandbox.web.tables.house import House
from sandbox.web.tables.session_tree import TableSession, compared_at, played, session_name

_A_ROOM = 86_400.0
"""Seconds before the newest table within which others were opened for the same class."""


def of_the_class(house: House) -> list[TableRow]:
    """Return the tables of the class that was here last, in the order in which they were opened; none of a campaign."""
    rows = [row for row in house.store.tables() if row.id not in house.members]
    since = max((row.created for row in rows), default=0.0) - _A_ROOM
    return [row for row in reversed(rows) if row.created >= since]


def sessions_of_the_class(house: House) -> list[TableSession]:
    """Return the sessions that stand at the tables of the class, as `rounds` does."""
    return [known for row in of_the_class(house) for known in rounds(house, row.id)]


def rounds(house: House, table: str) -> list[TableSession]:
    """Return one session for each finished round of a table: the current course, or else the last that ended.

    A round is what was played from one start in the lobby, with its branches. Unreadable sessions are left out.
    """
    playing = house.store.table(table)
    standing, roots = dict[str, TableSession](), dict[str, str]()
    for row in house.store.sessions(table):
        origin, _ = house.folder(row.session).origin
        root = roots[row.session] = roots.get(origin, row.session)
        with suppress(SandboxError):
            known = played(house, table, row.session)
            if known.done and not (root in standing and standing[root].current):
                standing[root] = known
    if playing.state == "live":
        standing.pop(roots.get(playing.session, ""), None)
    return list(standing.values())


def comparable(known: TableSession, sessions: Sequence[TableSession]) -> list[TableSession]:
    """Return the other sessions of the same case: those of the same table first, then the latest first."""
    alike = [each for each in sessions if each.row.session != known.row.session]
    alike = [each for each in alike if each.session.spec.scenario == known.session.spec.scenario]
    return sorted(alike, key=lambda each: (each.row.table != known.row.table, -each.row.created))


def compared_link(house: House, words: Words, known: TableSession, other: TableSession) -> None:
    """Add the link to a session held against another, the one that was begun first at the left."""
    a, b = sorted((known, other), key=lambda each: each.row.created)
    model = other.session.game.governance.name.get(words.lang)
    text = words("over.compare", session=session_name(house, other.row, words.lang) + words.paren(model))
    link = ui.link(text, compared_at(house, a.row.session, b.row.session), new_tab=True)
    link.props["data-compare-with"] = other.row.session


def compared(house: House, words: Words, table: str) -> None:
    """Draw the links by which what a table has played is held against others of its case, once they are read."""
    place = div("stack")

    async def fill() -> None:
        known = await asyncio.to_thread(played, house, table)
        others = await asyncio.to_thread(sessions_of_the_class, house)
        if not place.is_deleted:
            with place:
                for other in comparable(known, others):
                    compared_link(house, words, known, other)

    with place:
        ui.timer(0.05, fill, once=True)
