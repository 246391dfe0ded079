"""Who sat where at a table and did what, for the trainer's file: names stand in the server's file, and in no log."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import cast

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.errors import SandboxError
from sandbox.game.fold import line_of
from sandbox.record.events import LineSpoken
from sandbox.record.line import Line
from sandbox.report.rule_words import side_of
from sandbox.web.database import TablePlace, TableRow
from sandbox.web.house import House
from sandbox.web.session_tree import TableSession, played

_SIDES = ("yes", "no", "abstain")
_A_ROOM = 86_400.0
"""Seconds before the newest table within which others were opened for the same class."""


def of_the_class(house: House) -> list[TableRow]:
    """Return the tables of the class that was here last, in the order in which they were opened; none of a campaign."""
    rows = [row for row in house.store.tables() if row.id not in house.members]
    since = max((row.created for row in rows), default=0.0) - _A_ROOM
    return [row for row in reversed(rows) if row.created >= since]


def sessions_of_the_class(house: House) -> list[TableSession]:
    """Return the session of each table of the class that is through; one that cannot be read is left out."""
    known = []
    for row in of_the_class(house):
        if row.state == "over":
            with suppress(SandboxError):
                known.append(played(house, row.id))
    return [each for each in known if each.done]


def people_heads(words: Words) -> list[str]:
    """Return the heads of the columns of `people_rows`."""
    own = [words(f"people.{key}") for key in ("table", "name", "seat", "role", "lines", "motions")]
    return [*own, *(words(f"people.{side}") for side in _SIDES)]


def people_rows(house: House, sessions: Sequence[TableSession], lang: Lang) -> list[tuple[str, ...]]:
    """Return a row for each person at some tables: table, name, seat, role, lines, motions and votes by how.

    What a persona said or voted in a person's seat is not counted. Who had a seat before whoever has it now has a
    row of their own.
    """
    rows, words = [], house.words(lang)
    for known in sessions:
        table, game = house.store.table(known.row.table), known.session.game.in_language(lang)
        players, told = house.store.players(table.id), house.table_name(table, lang) or table.code
        for seat in dict.fromkeys([*known.row.people, *players]):
            for name, own in _holders(known, players.get(seat), seat, words("people.earlier")):
                said = [line for line in own if not line["vote"]]
                moved = sum(has(line["act"], "proposes") and bool(line["terms"]) for line in said)
                votes = Counter[str](side_of(line["act"]) for line in own if line["vote"])
                counts = [len(said), moved, *(votes[side] for side in _SIDES)]
                rows.append((told, name, game.name(seat), game.role(seat), *map(str, counts)))
    return rows


def _holders(known: TableSession, now: TablePlace | None, seat: str, earlier: str) -> Iterator[tuple[str, list[Line]]]:
    """Yield who had a seat in a session, each with their own lines; by ``earlier`` whose name the table has no more."""
    spoken = (cast(LineSpoken, event) for event in known.session.events if event.kind == "line")
    own = [(event.at, line_of(event)) for event in spoken if event.payload["origin"] == "person"]
    own = [(at, line) for at, line in own if line["seat"] == seat]
    since, name = (now.taken if now else math.inf), known.row.people.get(seat, "")
    before = [line for at, line in own if at < since]
    if before or now is None:
        yield (earlier if now and name in ("", now.name) else name), before
    if now and since <= known.session.events[-1].at:
        yield now.name, [line for at, line in own if at >= since]


def people_csv(house: House, sessions: Sequence[TableSession], lang: Lang) -> str:
    """Return the same as CSV that spreadsheets open in any language; what they would take for a formula is text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(people_heads(house.words(lang)))
    rows = people_rows(house, sessions, lang)
    writer.writerows([f"'{cell}" if cell[:1] in "=+-@" else cell for cell in row] for row in rows)
    return "\ufeff" + text.getvalue()
