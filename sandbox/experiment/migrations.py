"""How the tables of a store came to be: what each version has more than the one before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Index, Table, delete, insert, text, update
from sqlalchemy.schema import CreateColumn

from sandbox.experiment.tables import BATCHES, DESIGNS, IN_ORDER, META, PACES, QUESTIONS, RUNS, SCHEMA, VERSION

FIRST = 1
"""The version of stores that were made before a table of its own kept count."""
# What is altered later has to be written out here, as it was in its version.
_ADDED: dict[int, tuple[Table | Index | Column[Any], ...]] = {
    2: (IN_ORDER,),
    3: (RUNS.c.unjudged, BATCHES, QUESTIONS),
    4: (DESIGNS.c.lock,),
    5: (PACES,),
    6: (RUNS.c.answers,),
    7: (DESIGNS.c.cards,),
}


def migrate(connection: Connection, before: int) -> None:
    """Take the tables of a store from an older version to this one, in the transaction that is open."""
    for version in range(before + 1, SCHEMA + 1):
        for part in _ADDED[version]:
            if isinstance(part, Column):
                column = CreateColumn(part).compile(dialect=connection.dialect)
                connection.execute(text(f"ALTER TABLE {part.table.name} ADD COLUMN {column}"))
            else:
                part.create(connection)
    if before == FIRST:
        connection.execute(delete(META).where(META.c.name == "schema"))
        VERSION.create(connection)
        connection.execute(insert(VERSION).values(version_num=str(SCHEMA)))
    else:
        connection.execute(update(VERSION).values(version_num=str(SCHEMA)))
