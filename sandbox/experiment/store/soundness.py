"""The checks before a SQLite file counts as a store: it may come from somebody else, or be damaged.

A file can hold more than rows: triggers, views in place of tables, calculated columns, conditions. Any of them would
run when the file is read or written, so none is accepted. And SQLite keeps any value in any column, so values are
checked too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired

import sqlalchemy as sa
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, create_model
from sqlalchemy import Connection
from typing_extensions import TypedDict  # before Python 3.12 pydantic accepts no other

from sandbox.content.faults import first_finding
from sandbox.content.language import Lang
from sandbox.content.words import said
from sandbox.errors import Said
from sandbox.experiment.judging.answers import Answers
from sandbox.experiment.store.tables import METADATA, VERSION

BESIDE = ("-wal", "-shm", "-journal")
"""Endings of the files that SQLite writes beside a database; it would follow a link there."""

_STATES = ("pending", "running", "done", "failed")
_LONGEST_NAME, _LONGEST_TEXT = 10_000, 8 << 20
_LONG = ("design", "reason")
_LAST_SECOND = 2e11  # in the year 8307; later times cannot be shown
_MOST = 1 << 53
_Names = dict[
    Annotated[str, Field(max_length=200, pattern=r"^\w[\w.\-]*$")], Annotated[str, Field(max_length=_LONGEST_NAME)]
]
_Counter = Literal["calls", "prompt", "cached", "completion", "estimated"]
_Count = Annotated[int, Field(ge=0, le=_MOST)]
_Number = Annotated[float, Field(allow_inf_nan=False)]


_COUNTS: dict[str, Any] = {field.name: (_Count, 0) for field in fields(Answers)}
_ANSWERS = create_model(
    "Answers", __config__=ConfigDict(extra="forbid"),
    **_COUNTS | {"said": (list[Annotated[str, Field(max_length=_LONGEST_NAME)]], [])},
)  # fmt: skip


class _Spec(TypedDict):
    """The fields of a spec that are checked."""

    content: NotRequired[str]
    lang: NotRequired[Lang]
    judge_model: NotRequired[str | None]


_JSON: dict[str, TypeAdapter[Any]] = {
    "cell": TypeAdapter(_Names),
    "spec": TypeAdapter(_Spec),
    "outcomes": TypeAdapter(dict[str, _Number | None]),
    "pulses": TypeAdapter(dict[str, dict[str, _Number]]),
    "answers": TypeAdapter(_ANSWERS),
    "usage": TypeAdapter(dict[_Counter, Annotated[int, Field(ge=0, le=_MOST)] | bool]),
}  # fmt: skip


def link_faults(path: Path) -> Iterator[Said]:
    """Yield why the path of a store, or a file beside it, would lead writes elsewhere.

    A link to an existing store is allowed: a store may lie on another disk.
    """
    if path.is_symlink() and not (path.is_file() and path.stat().st_size):
        yield said("experiment.store.link", path=path)
    elif path.exists() and not path.is_file():
        yield said("experiment.store.no_file", path=path)
    for tail in BESIDE:
        beside = path.with_name(path.name + tail)
        if beside.is_symlink() or (beside.exists() and not beside.is_file()):
            yield said("experiment.store.no_file", path=beside)


def table_faults(connection: Connection) -> Iterator[Said]:
    """Yield what a SQLite file would run by itself when its tables are used; a store has nothing of the kind."""
    known = {*METADATA.tables, VERSION.name}
    made = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master").all()
    for kind, name, table, sql in made:
        words = str(sql).upper()
        if kind == "trigger":
            yield said("experiment.store.trigger", name=name)
        elif kind == "view" and name in METADATA.tables:
            yield said("experiment.store.view", table=name)
        elif kind == "table" and name in known and words.split()[1:2] != ["TABLE"]:
            yield said("experiment.store.no_plain_table", table=name)
        elif kind == "table" and name in known and any(column.hidden for column in _columns(connection, name)):
            yield said("experiment.store.calculated", table=name)
        elif table in known and ("CHECK" in words if kind == "table" else words.count("(") > 1):
            yield said("experiment.store.conditions", table=table)


def missing_faults(connection: Connection) -> Iterator[Said]:
    """Yield the tables and columns of this version that a SQLite file lacks."""
    for name, table in METADATA.tables.items():
        known = {column.name for column in _columns(connection, name)}
        if not known:
            yield said("experiment.store.no_table", table=name)
            continue
        lacking = (column.name for column in table.columns if column.name not in known)
        yield from (said("experiment.store.no_column", table=name, column=column) for column in lacking)


def _columns(connection: Connection, table: str) -> Sequence[Any]:
    return connection.exec_driver_sql(f"PRAGMA table_xinfo({table})").all()


def value_faults(connection: Connection) -> Iterator[Said]:
    """Yield the columns of a SQLite file of this version that hold impossible values."""
    for table in METADATA.tables.values():
        sums = ", ".join(f"sum(NOT coalesce({_sound(table.name, column)}, 0))" for column in table.columns)
        counted: Sequence[int | None] = connection.exec_driver_sql(f"SELECT {sums} FROM {table.name}").one()
        for column, number in zip(table.columns, counted, strict=True):
            if number:
                yield said("experiment.store.values", column=f"{table.name}.{column.name}", rows=number)


def row_faults(row: Any) -> Iterator[Said]:
    """Yield the columns of a session's row whose JSON has the wrong shape."""
    for name, adapter in _JSON.items():
        if name in row and row[name] is not None:
            try:
                adapter.validate_python(row[name])
            except ValidationError as error:
                why = first_finding(error)
                yield said("experiment.store.json", column=f"runs.{name}", session=row["id"], why=why)


def _sound(table: str, column: sa.Column[Any]) -> str:
    name = f'"{column.name}"'
    match column.type:
        case sa.JSON():
            sound = f"typeof({name}) = 'text'"
        case sa.Boolean():
            sound = f"typeof({name}) = 'integer' AND {name} IN (0, 1)"
        case sa.Integer():
            sound = f"typeof({name}) = 'integer' AND {name} BETWEEN 0 AND {_MOST}"
        case sa.Float():
            sound = f"typeof({name}) IN ('real', 'integer') AND {name} BETWEEN 0 AND {_LAST_SECOND:.0f}"
        case sa.LargeBinary():
            sound = f"typeof({name}) = 'blob'"
        case _:
            longest = _LONGEST_TEXT if column.name in _LONG else _LONGEST_NAME
            sound = f"typeof({name}) = 'text' AND length({name}) <= {longest}"
    if (table, column.name) in (("runs", "id"), ("events", "run"), ("questions", "run")):
        sound += f" AND length({name}) = 16 AND {name} NOT GLOB '*[^0-9a-f]*'"
    if (table, column.name) == ("runs", "state"):
        sound += f" AND {name} IN {_STATES}"
    return f"(({sound}) OR {name} IS NULL)" if column.nullable else f"({sound})"
