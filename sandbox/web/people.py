"""Who sat where at a table and did what, for the trainer's file: names stand in the server's file, and in no log."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.errors import SandboxError
from sandbox.report.rule_words import side_of
from sandbox.web.database import TableRow
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

    What a persona said or voted in a person's seat is not counted.
    """
    rows = []
    for known in sessions:
        table, game = house.store.table(known.row.table), known.session.game.in_language(lang)
        people = {**known.row.people, **{seat: at.name for seat, at in house.store.players(table.id).items()}}
        for seat, name in people.items():
            own = [line for line in known.session.lines if line["seat"] == seat and line["origin"] == "person"]
            said = [line for line in own if not line["vote"]]
            moved = sum(has(line["act"], "proposes") and bool(line["terms"]) for line in said)
            votes = Counter[str](side_of(line["act"]) for line in own if line["vote"])
            counts = [len(said), moved, *(votes[side] for side in _SIDES)]
            told = house.table_name(table, lang) or table.code
            rows.append((told, name, game.name(seat), game.role(seat), *map(str, counts)))
    return rows


def people_csv(house: House, sessions: Sequence[TableSession], lang: Lang) -> str:
    """Return the same as CSV that spreadsheets open in any language; what they would take for a formula is text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(people_heads(house.words(lang)))
    rows = people_rows(house, sessions, lang)
    writer.writerows([f"'{cell}" if cell[:1] in "=+-@" else cell for cell in row] for row in rows)
    return "\ufeff" + text.getvalue()
