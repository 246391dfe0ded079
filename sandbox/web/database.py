"""The file of the web app: opened, checked, locked, and shredded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError
from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from sandbox.content.words import fault, refusal
from sandbox.errors import InputError, StorageError
from sandbox.record.folder import make_private
from sandbox.web.links import new_token
from sandbox.web.schema import APP, CAMPAIGNS, DUE, MEMBERS, METADATA, REFLECTIONS, SCHEMA, SESSIONS

__all__ = ["Database"]

_APPLICATION = 0x53424F58
_BUSY_SECONDS = 5.0


class Database:
    """An open file of the web app; only its owner may read it.

    Raises:
        StorageError: as for `Store`.
        InputError: the file is of a newer version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        _make_private(path)
        engine = create_engine(
            URL.create("sqlite", database=str(path)), connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True
        )
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
        self._engine = engine
        self._reader = engine.execution_options(begin="BEGIN")
        # The lock is taken before the first look, so that nothing changes between a check and the write after it.
        self._writer = engine.execution_options(begin="BEGIN IMMEDIATE")
        self._plain = engine.execution_options(begin="")
        with ExitStack() as undo:
            undo.callback(self.close)
            self.secret = self._open()
            undo.pop_all()

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    def reading(self) -> AbstractContextManager[Connection]:
        """Return a connection that sees the file as it is now."""
        return self._access(self._reader)

    def writing(self) -> AbstractContextManager[Connection]:
        """Return the only connection that may write now; all it wrote is kept at the end, or nothing on an error."""
        return self._access(self._writer)

    def shred(self) -> None:
        """Let nothing of what was deleted stay in the file."""
        # secure_delete misses copies from when SQLite moved rows between pages, and the log holds the old pages.
        with self._access(self._plain) as connection:
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()

    def _open(self) -> str:
        with self.writing() as connection:
            if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                raise self._damaged()
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
            if not connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one():
                METADATA.create_all(connection, checkfirst=False)
                connection.exec_driver_sql(f"PRAGMA application_id = {_APPLICATION}")
                connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")
                connection.execute(insert(APP).values(secret=new_token()))
            elif application != _APPLICATION or version < 1:
                raise StorageError(f"{self._path} is not a file of the web app; move it away")
            elif version > SCHEMA:
                raise InputError(
                    f"{self._path} was written by a newer version (schema {version}); this one reads up to {SCHEMA}"
                )
            elif version < SCHEMA:
                _upgrade(connection, version)
                connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")
            return cast(str, connection.execute(select(APP.c.secret)).scalar_one())

    @contextmanager
    def _access(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except UnicodeEncodeError as error:
            raise refusal("refused.half_character") from error
        except ValidationError:
            raise self._damaged() from None  # the cause quotes what people wrote
        except SQLAlchemyError as error:
            reason = error.orig if isinstance(error, DBAPIError) else error
            raise fault(StorageError, "refused.file_unusable", path=self._path, reason=reason) from error

    def _damaged(self) -> StorageError:
        return fault(StorageError, "refused.file_damaged", path=self._path)


def _upgrade(connection: Connection, version: int) -> None:
    """Bring a file of an earlier version up to date."""
    if version < 2:
        _by_session(connection)
    for table in (CAMPAIGNS, MEMBERS, DUE):
        table.create(connection)


def _by_session(connection: Connection) -> None:
    """Let notes and reflections, which in schema 1 were a table's, become its last session's."""
    run = connection.exec_driver_sql
    SESSIONS.create(connection)
    names = "SELECT json_group_object(seat, name) FROM places WHERE \"table\" = tables.id AND role = 'player'"
    run(f"INSERT INTO sessions SELECT id, session, created, ({names}) FROM tables WHERE session != ''")
    played = 'SELECT session FROM tables WHERE id = "table"'
    run("ALTER TABLE notes ADD COLUMN session TEXT NOT NULL DEFAULT ''")  # in place, so that its ids go on
    run(f"UPDATE notes SET session = ({played})")
    run("ALTER TABLE reflections RENAME TO old_reflections")
    REFLECTIONS.create(connection)
    fields = '"table", seat, name, answers, at'
    run(f"INSERT INTO reflections ({fields}, session) SELECT {fields}, ({played}) FROM old_reflections")
    run("DROP TABLE old_reflections")


def _make_private(path: Path) -> None:
    try:
        make_private(path.parent)
        if path.is_dir():
            raise StorageError(f"{path} is a folder")
        path.touch(mode=0o600)
        path.chmod(0o600)
    except OSError as error:
        raise StorageError(f"cannot open {path}: {error.strerror or error}") from error


def _configure(connection: Any, _: object) -> None:
    connection.isolation_level = None  # otherwise the driver begins late and by itself
    for setting in ("journal_mode = WAL", "foreign_keys = ON", "secure_delete = ON", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {setting}").close()


def _begin(connection: Connection) -> None:
    begin = connection.get_execution_options()["begin"]
    if begin:
        connection.exec_driver_sql(begin)
