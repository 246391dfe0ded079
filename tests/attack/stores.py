"""Gives commands for experiments a store that somebody else has made or damaged, and looks at what they do with it."""

from __future__ import annotations

import csv
import os
import signal
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from sandbox.experiment.playing.worker import Finished, Worker
from sandbox.experiment.store.store import Store
from sandbox.experiment.store.tables import METADATA
from tests.attack.child import run_command
from tests.attack.outcome import Outcome
from tests.experiment.making import saved
from tests.experiment.playing import SHORT

__all__ = ["COLUMNS", "STORES", "spoilt", "store_file"]

Spoil = Callable[[Path], None]
_STORE = "runs/small.sqlite"
_DESIGN = "prompts/experiments/small.yaml"
_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("status", _DESIGN, "--json"),
    ("export", _DESIGN, "--to", "made", "--format", "csv,parquet", "--logs"),
    ("report", _DESIGN, "--format", "md", "--to", "made"),
    ("plan", _DESIGN, "--json"),
    ("lock", _DESIGN),
    ("run", _DESIGN, "--model", "none", "--quiet"),
)
_MOST_SECONDS, _MOST_MEMORY = 60, 400
_DEEP = "[" * 100_000
# What no column should hold, as SQL.
_VALUES: Mapping[str, object] = {
    "nothing": None,
    "text": "x",
    "no text": "",
    "a formula": '=HYPERLINK("http://127.0.0.1/")',
    "a path": "../../beside/x",
    "an absolute path": "/x/../etc",
    "what steers a terminal": "\x1b]0;x\x07\x1b[2J",
    "a negative number": -1,
    "a large number": 2**62,
    "a fraction": 0.5,
    "an infinite number": 9e999,
    "bytes": b"\x00\xff\xfe",
    "half of JSON": '{"a": ',
    "a list": "[1, [2]]",
    "other JSON": '{"a": {"b": [null]}, "scenario": 1, "network": "x", "lines": "x", "calls": "x"}',
    "JSON without numbers": '{"calls": NaN, "lines": Infinity, "start": {"trust": 1e999}}',
    "deep JSON": _DEEP,
    "a million characters": "x" * 1_000_000,
}


def _altered(table: str, column: str, value: object) -> Spoil:
    """Return what puts a value into a column of all rows, or where that may not be, of the first."""

    def spoil(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            for where in ("", " WHERE rowid = (SELECT min(rowid) FROM " + table + ")"):
                try:
                    connection.execute(f'UPDATE {table} SET "{column}" = ?{where}', (value,))
                except sqlite3.IntegrityError:
                    continue
                return

    return spoil


def _said(*statements: str) -> Spoil:
    def spoil(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    return spoil


def _without_nulls_refused(path: Path) -> None:
    """Make all tables anew, without any type or condition, so that a column may hold anything."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in METADATA.tables.values():
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            connection.execute(f"ALTER TABLE {table.name} RENAME TO old")
            connection.execute(f"CREATE TABLE {table.name} ({columns})")
            connection.execute(f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM old")
            connection.execute("DROP TABLE old")


def _events(data: bytes) -> Spoil:
    def spoil(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE events SET data = ?", (data,))

    return spoil


def _gigabyte() -> bytes:
    """Return what unpacks to a gigabyte of zeros: a packed megabyte again and again, and the sum of the whole."""
    packer = zlib.compressobj()
    first, again = (packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    checksum = ((1 << 30) % 65521 << 16) + 1
    return first + again * 1023 + packer.flush()[:-4] + checksum.to_bytes(4)


def _page(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 4] + b"\xee" * (len(data) // 2) + data[len(data) * 3 // 4 :])


def _torn(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _linked(tail: str, holds: bytes | None, path: Path) -> None:
    """Put a link in the place of a file that belongs to the store; it leads to one beside the folder."""
    target = path.parents[1] / "beside" / "letter"
    if holds is not None:
        target.write_bytes(holds)
    link = path.with_name(path.name + tail)
    link.unlink(missing_ok=True)
    link.symlink_to(target)


STORES: Mapping[str, Spoil] = {
    "of a newer version": _said("UPDATE alembic_version SET version_num = '99'"),
    "of a version that is a path": _said("UPDATE alembic_version SET version_num = '../../x'"),
    "of no version": _said("DELETE FROM alembic_version"),
    "of an older version, with newer tables": _said("UPDATE alembic_version SET version_num = '2'"),
    "of another experiment": _said("UPDATE meta SET value = '../x' WHERE name = 'experiment'"),
    "without events": _said("DROP TABLE events"),
    "without a column": _said("ALTER TABLE runs DROP COLUMN outcomes"),
    "with a trigger on events": _said(
        "CREATE TRIGGER t AFTER INSERT ON events BEGIN UPDATE runs SET state = 'done', outcomes = '{}'; END"
    ),
    "with a trigger that never ends": _said(
        "CREATE TRIGGER t AFTER UPDATE ON workers BEGIN INSERT INTO meta SELECT value, value FROM (WITH RECURSIVE"
        " n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n) SELECT max(value) AS value FROM n); END"
    ),
    "with a view for a table": _said(
        "DROP TABLE workers",
        "CREATE VIEW workers AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS owner,"
        " 'h' AS host, '' AS process, 0.0 AS begun, 0.0 AS beat, NULL AS ended, 0 AS calls, 0 AS prompt, 0 AS cached,"
        " 0 AS completion, 0 AS estimated, 0 AS held_prompt, 0 AS held_completion FROM n",
    ),
    "with a column that is calculated": _said(
        "DROP TABLE meta",
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT GENERATED ALWAYS AS (hex(zeroblob(100000000))))",
        "INSERT INTO meta (name) VALUES ('kind'), ('experiment')",
    ),
    "with a condition that is calculated": _said(
        "ALTER TABLE workers RENAME TO old",
        "CREATE TABLE workers (owner TEXT CHECK (length(hex(zeroblob(400000000))) > 0), host, process, begun, beat,"
        " ended, calls DEFAULT 0, prompt DEFAULT 0, cached DEFAULT 0, completion DEFAULT 0, estimated DEFAULT 0,"
        " held_prompt DEFAULT 0, held_completion DEFAULT 0)",
        "DROP TABLE old",
    ),
    "with events that unpack to a gigabyte": _events(_gigabyte()),
    "with events that are no JSON": _events(zlib.compress(b"x\n")),
    "with events of the wrong shape": _events(zlib.compress(b'{"schema": 6, "seq": 1, "kind": "line"}\n[]\n')),
    "with events that are deep": _events(zlib.compress(_DEEP.encode() + b"\n")),
    "with events that are not packed": _events(b"plain"),
    "with a page written over": _page,
    "cut off": _torn,
    "empty": lambda path: os.truncate(path, 0),
    "a folder": _folder,
    "a pipe": _pipe,
    "a link to nothing": partial(_linked, "", None),
    "a link to an empty file": partial(_linked, "", b""),
    "a link to a letter": partial(_linked, "", b"dear aunt"),
    "with a link as its log": partial(_linked, "-wal", b"dear aunt"),
    "with a link as its memory": partial(_linked, "-shm", b"dear aunt"),
    "with a link as its journal": partial(_linked, "-journal", b"dear aunt"),
}
"""Stores that were made to harm, or damaged."""

COLUMNS: tuple[tuple[str, str], ...] = tuple(
    (table.name, column.name) for table in METADATA.tables.values() for column in table.columns
)
"""Each column of a store; `spoilt` puts everything into it that should not be there."""


def spoilt(name: str, place: Path) -> Outcome:
    """Give each command a spoilt store; where a column is spoilt, each command in turn another value.

    Args:
        name: of the store, or ``table.column``.
        place: an empty folder.
    """
    began, complaints, stopped, tried, said, memory = time.perf_counter(), list[str](), 0, 0, "", 0.0
    for number, (what, spoil) in enumerate(_spoils(name)):
        for command in _COMMANDS if name in STORES else (_COMMANDS[number % len(_COMMANDS)],):
            tried += 1
            home = place / str(tried)
            spoil(store_file(home))
            before = _outside(home)
            ended = run_command(("experiment", *command, "--content", str(home)), home, {}, _limited)
            wrong = ended.complaints(allowed=(0, 2))
            wrong += ["wrote elsewhere"] if _outside(home) != before else []
            wrong += ["a formula in a cell"] if _formulas(home / "made") else []
            wrong += [f"{ended.seconds:.0f} s"] if ended.seconds > _MOST_SECONDS else []
            wrong += [f"{ended.memory:.0f} MB"] if ended.memory > _MOST_MEMORY else []
            complaints += [f"{command[0]}, {what}: {each}" for each in wrong]
            stopped, said, memory = stopped + (ended.code != 0), ended.said or said, max(memory, ended.memory)
    ended_as = f"{stopped} of {tried} stopped"
    return Outcome(
        "store" if name in STORES else "column",
        name,
        ended_as,
        time.perf_counter() - began,
        memory,
        0,
        said,
        tuple(complaints),
    )


def _limited() -> None:
    signal.alarm(_MOST_SECONDS + 40)


def _spoils(name: str) -> Iterator[tuple[str, Spoil]]:
    if name in STORES:
        yield name, STORES[name]
        return
    table, _, column = name.partition(".")
    for what, value in _VALUES.items():

        def spoil(path: Path, value: object = value) -> None:
            _without_nulls_refused(path)
            _altered(table, column, value)(path)

        yield what, spoil


@cache
def _store() -> bytes:
    """Return a store with sessions that were played by the rules, one that failed, and one that is left."""
    with TemporaryDirectory() as folder:
        path = Path(folder, _STORE)
        design = saved(Path(folder), **SHORT)
        options = ("--model", "none", "--limit", "2", "--quiet", "--content", folder)
        run_command(("experiment", "run", str(design), *options), Path(folder), {})
        with Store(path, "small", make=False) as store:
            worker = Worker(store)
            (run,) = worker.claim(True, 1)
            worker.finish([Finished(run.id, "it failed")])
            worker.leave()
            _more(store)
        return path.read_bytes()


def _more(store: Store) -> None:
    """Add a row to the tables that have none yet."""
    rows = {
        "batches": {
            "name": "b", "owner": "o", "judge": "stub", "address": "http://127.0.0.1:9/v1", "made": 1.0, "ended": 2.0,
            "file": "f", "batch": "b", "number": 1, "held_prompt": 1, "held_completion": 1,
        },
        "questions": {"run": "0123456789abcdef", "call": "c", "batch": "", "tries": 1, "usage": {}, "reason": "x"},
        "paces": {
            "model": "stub", "free": 0.0, "pace": 10.0, "cuts": 1, "cut": 4e9, "grown": 1.0, "since": 1.0, "sent": 1,
            "rate": 1.0,
        },
    }  # fmt: skip
    with store.database.writing() as connection:
        for name, row in rows.items():
            connection.execute(sa.insert(METADATA.tables[name]), row)


def store_file(home: Path) -> Path:
    """Return a store of a small experiment, laid out in an empty folder beside its design."""
    (home / "beside").mkdir(parents=True)
    (home / "runs").mkdir()
    path = home / _STORE
    path.write_bytes(_store())
    saved(home, **SHORT)
    return path


def _outside(home: Path) -> dict[str, object]:
    """Return what lies beside the folders in which a command may write."""
    ours = {"out", "err", "runs", "made"}
    known = {path.name: path.read_bytes() for path in (home / "beside").iterdir()}
    here, around = ({path.name for path in folder.iterdir()} for folder in (home, home.parent))
    return {**known, "here": here - ours, "around": {name for name in around if not name.isdecimal()}}


def _formulas(folder: Path) -> bool:
    csv.field_size_limit(1 << 30)
    if not folder.is_dir():
        return False
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            if any(cell[:1] in ("=", "@") for row in csv.reader(file) for cell in row):
                return True
    return False
