"""The tables of a store through their versions: each leads to the next, and nothing is lost on the way."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Connection, create_engine, inspect, make_url, text

from sandbox.errors import InputError, StorageError
from sandbox.experiment.migrations import migrate
from sandbox.experiment.playing.worker import Worker
from sandbox.experiment.store.store import Store
from sandbox.experiment.store.tables import GRACE, METADATA, SCHEMA
from tests.cli.conftest import Cli, cli
from tests.experiment.making import saved
from tests.experiment.playing import SHORT, begun, in_a_process, kept, play, short_runs

__all__ = ["cli"]

# What takes a store back to version 1, which had no table for its version.
AGED = (
    "ALTER TABLE workers DROP COLUMN money", "ALTER TABLE workers DROP COLUMN held_money",
    "ALTER TABLE designs DROP COLUMN cards",
    "ALTER TABLE runs DROP COLUMN answers",
    "DROP TABLE paces",
    "ALTER TABLE designs DROP COLUMN lock",
    "DROP TABLE questions", "DROP TABLE batches", "ALTER TABLE runs DROP COLUMN unjudged",
    "DROP INDEX runs_in_order", "DROP TABLE alembic_version", "INSERT INTO meta (name, value) VALUES ('schema', '1')",
)  # fmt: skip
BY_RULES = [run for run in short_runs() if run.null]


@contextmanager
def bare(where: str | Path) -> Iterator[Connection]:
    """Connect to a store past the program."""
    if isinstance(where, Path):
        url = URL.create("sqlite", database=str(where))
    else:
        schema = {"options": "-csearch_path=sandbox_small"}
        url = make_url(where).set(drivername="postgresql+psycopg").update_query_dict(schema)
    engine = create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def edit(where: str | Path, *statements: str) -> None:
    """Change a store past the program."""
    with bare(where) as connection:
        for statement in statements:
            connection.execute(text(statement))


def whole(where: str | Path) -> dict[str, Any]:
    """Return all rows of all tables, and the indexes."""
    with bare(where) as connection:
        looked = inspect(connection)
        return {
            name: (sorted(map(repr, connection.execute(text(f"SELECT * FROM {name}")))), looked.get_indexes(name))
            for name in looked.get_table_names()
        }


def test_the_migrations_end_at_the_tables(where: str | Path) -> None:
    with begun(where) as store, store.database.writing() as connection:
        at_once = columns(connection)
        check_tables(connection)
        for table in (*METADATA.tables, "alembic_version"):
            connection.execute(text(f"DROP TABLE {table}"))
        migrate(connection, None, SCHEMA)
        check_tables(connection)
        assert columns(connection) == at_once
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "sandbox.experiment:migrations")
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert revisions == [str(number) for number in range(SCHEMA, 0, -1)]


def check_tables(connection: Connection) -> None:
    from alembic.autogenerate import compare_metadata  # which is slow to import
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection)
    assert compare_metadata(context, METADATA) == []
    assert context.get_current_revision() == str(SCHEMA)


def columns(connection: Connection) -> dict[str, Any]:
    """Return the columns of each table in their order, its key and its indexes."""
    looked = inspect(connection)
    return {
        name: (
            [(one["name"], str(one["type"]), one["nullable"], one["default"]) for one in looked.get_columns(name)],
            looked.get_pk_constraint(name),
            looked.get_indexes(name),
        )
        for name in looked.get_table_names()
    }


def test_an_older_store_is_brought_up_to_date_once_nobody_works_on_it_and_nothing_is_lost(where: str | Path) -> None:
    with begun(where, BY_RULES) as store:
        assert store.database.notice == ""
        play(store)
        other, played = Worker(store), kept(store)
        beats = {work.owner: work.beat for work in store.works()}
    edit(where, "UPDATE designs SET lock = NULL")  # an older store does not know it
    latest = whole(where)
    edit(where, *AGED)
    older = whole(where)
    for make in (True, False):
        with pytest.raises(
            InputError, match=rf"to be brought to version {SCHEMA}, but others work on it \(processes: 1\)"
        ):
            Store(where, "small", make=make)
    assert whole(where) == older

    def later() -> float:  # who was not heard of for so long is gone
        return beats[other.owner] + GRACE + 1

    with Store(where, "small", make=False, clock=later) as store:
        notice = store.database.notice
        assert kept(store) == played
    assert whole(where) == latest
    with Store(where, "small") as store:
        assert store.database.notice == ""
    assert notice.startswith(f"{store.shown} was brought from version 1 to version {SCHEMA}")
    if isinstance(where, Path):
        copy = where.with_name(f"s.sqlite.before-{SCHEMA}")
        assert notice.endswith(f"as it was before, it is in {copy}")
        assert whole(copy) == older
        assert copy.stat().st_mode & 0o777 == 0o600
        assert sorted(where.parent.iterdir()) == [where, copy]
        copy.replace(where)
        with Store(where, "small", clock=later) as store:
            assert kept(store) == played, "the copy is a store"


def test_what_is_of_no_known_version_or_cannot_be_migrated_is_refused_and_nothing_is_changed(where: str | Path) -> None:
    begun(where, BY_RULES).close()
    unknown = rf"and this program reads versions up to {SCHEMA}; .* nothing"
    for statements, refused in (
        (["DELETE FROM alembic_version"], rf"is of version none, {unknown}"),
        ([*AGED, "UPDATE meta SET value = '9' WHERE name = 'schema'"], rf"is of version 9, {unknown}"),
        (
            ["UPDATE meta SET value = '1' WHERE name = 'schema'", "CREATE INDEX runs_in_order ON runs (position)"],
            r"cannot use the store .*runs_in_order.* what was written before stays",
        ),
    ):
        edit(where, *statements)
        before = whole(where)
        with pytest.raises((InputError, StorageError), match=refused):
            Store(where, "small")
        assert whole(where) == before


def test_where_there_is_no_room_for_a_copy_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    begun(path, BY_RULES).close()
    edit(path, *AGED)
    before = path.read_bytes()

    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) - 8192, resource.RLIM_INFINITY))
        with pytest.raises(StorageError, match=r"cannot copy .*s\.sqlite to .*s\.sqlite\.before-8: .*nothing was"):
            Store(path, "small")

    assert os.waitstatus_to_exitcode(os.waitpid(in_a_process(work), 0)[1]) == 0
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_command_says_that_it_brought_a_store_up_to_date(cli: Cli, tmp_path: Path) -> None:
    design, path = saved(tmp_path, **SHORT), tmp_path / "runs" / "small.sqlite"
    assert cli("experiment", "run", design, "--model", "none", "--quiet").code == 0
    edit(path, *AGED)
    first, second = cli("experiment", "status", design, "--json"), cli("experiment", "status", design, "--json")
    assert (
        first.err
        == f"{path} was brought from version 1 to version {SCHEMA}; as it was before, it is in {path}.before-{SCHEMA}\n"
    )
    assert (first.code, second.err, second.out) == (0, "", first.out)
    edit(path, "UPDATE alembic_version SET version_num = '9'")
    newer = cli("experiment", "status", design)
    assert (newer.code, newer.out) == (2, "")
    assert newer.err.startswith(f"sandbox: {path} is of version 9, and this program reads versions up to {SCHEMA}; ")
