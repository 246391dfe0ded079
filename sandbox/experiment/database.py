"""The database of a store: a private SQLite file, or a schema of its own in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, insert, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from tenacity import RetryCallState, retry, retry_if_exception_type, wait_exponential

from sandbox.errors import InputError, StorageError
from sandbox.experiment.tables import META, METADATA, SCHEMA
from sandbox.record.folder import make_private

__all__ = ["PATIENCE", "Database", "LostConnectionError", "NoStoreError", "patiently", "shown_store"]

PATIENCE = 60.0
"""Seconds for which a database that went away is waited for."""

_BUSY_SECONDS = 60.0
_SQLITE, _POSTGRESQL = "sqlite", "postgresql"
_KIND = "governance sandbox experiment"
_MAKING = 0x53424F58  # the lock under which PostgreSQL's tables are made
_LONGEST_NAME = 63
# A host that is gone says nothing: it is given up after a while.
_LIVELY = {"connect_timeout": 10, "keepalives_idle": 20, "tcp_user_timeout": 30_000}
# Connection failures, a server that stops or starts, and transactions that were rolled back for others' sake.
_PASSING = ("08", "57P01", "57P02", "57P03", "40001", "40P01")


class NoStoreError(InputError):
    """There is no store yet."""


class LostConnectionError(StorageError):
    """The connection to the database broke, and nothing of the transaction is kept: it may be repeated.

    Args:
        message: the message.
        seconds: for how long the database has been out of reach.
    """

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


def _given_up(state: RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    away = error.seconds if isinstance(error, LostConnectionError) else 0.0  # which others may have waited for
    return max(away, state.seconds_since_start or 0.0) > PATIENCE


patiently = retry(
    retry=retry_if_exception_type(LostConnectionError), wait=wait_exponential(0.05, max=1.0), stop=_given_up,
    reraise=True,
)  # fmt: skip
"""Decorates what makes one transaction: it is made again while the database is away, for `PATIENCE` seconds."""


class Database:
    """An open database, made where it does not exist; several processes may use one at once.

    What is written is kept when a process dies; what is written with ``durable`` outlives a power cut as well. In
    PostgreSQL everything does: its server may die while those who have written go on.

    Args:
        where: the path of a SQLite file, or a URL: ``sqlite:///…``, ``postgresql://…``.
        name: the experiment's id; in PostgreSQL its tables are in a schema of this name.
        make: whether it is made where it does not exist.

    Attributes:
        in_file: whether it is a SQLite file.
        url: where it is, for other processes; a password stands in it.
        shown: where it is, without a password.

    Raises:
        NoStoreError: there is none, and it may not be made.
        InputError: the URL cannot be used, or the store is another's or of another version.
        StorageError: it cannot be opened, or is damaged; every method raises it when it cannot be read or written.
    """

    def __init__(self, where: str | Path, name: str, *, make: bool = True) -> None:
        url = _url(where)
        self.shown = shown_store(where)
        self._lost_at: float | None = None
        self._schema = f"sandbox_{name}"[:_LONGEST_NAME]
        self.in_file = url.get_backend_name() == _SQLITE
        absolute = url.set(database=str(Path(str(url.database)).absolute())) if self.in_file else url
        self.url = absolute.render_as_string(hide_password=False)
        if self.in_file:
            self._prepare_file(Path(str(url.database)), make)
        self._engine = self._opened(url)
        self._reader = self._engine.execution_options(begin="BEGIN")
        # The lock is taken before the first look, so that nothing changes between a check and the write after it.
        self._writer = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        self._durable = self._engine.execution_options(begin="BEGIN IMMEDIATE", durable=True)
        try:
            self._check(name, make)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def reading(self) -> AbstractContextManager[Connection]:
        """Return a connection that sees the store as it is now."""
        return self._access(self._reader)

    def writing(
        self, *, durable: bool = False, lock: Table | None = None, kept: Callable[[Connection], bool] | None = None
    ) -> AbstractContextManager[Connection]:
        """Return a connection that may write; all it wrote is kept at the end, or nothing on an error.

        Args:
            durable: whether what it wrote must outlive a power cut.
            lock: a table that nobody else may change meanwhile; in SQLite nobody else writes anything anyway.
            kept: says whether it was kept all the same, where the connection broke before the server could confirm it.

        Raises:
            LostConnectionError: the connection broke; where it broke at the end and ``kept`` is not given, what was
                written may be kept.
        """
        return self._access(self._durable if durable else self._writer, lock, kept)

    @contextmanager
    def _access(
        self, engine: Engine, lock: Table | None = None, kept: Callable[[Connection], bool] | None = None
    ) -> Iterator[Connection]:
        connected = ending = False
        try:
            with engine.connect() as connection:
                connected = True
                connection.begin()
                if lock is not None and not self.in_file:
                    connection.execute(text(f"LOCK TABLE {lock.name} IN SHARE ROW EXCLUSIVE MODE"))
                yield connection
                ending = True
                connection.commit()
            self._lost_at = None
        except SQLAlchemyError as error:
            reason = str(error.orig if isinstance(error, DBAPIError) else error).strip()
            message = f"cannot use the store {self.shown}: {reason}; what was written before stays"
            if self.in_file or not isinstance(error, DBAPIError) or (connected and not _passes(error)):
                raise StorageError(message) from error
            self._lost_at = self._lost_at or monotonic()
            away = monotonic() - self._lost_at
            if not (ending and kept and self._was_kept(kept)):
                raise LostConnectionError(message, away) from error

    @patiently
    def _was_kept(self, kept: Callable[[Connection], bool]) -> bool:
        with self.reading() as connection:
            return kept(connection)

    def _prepare_file(self, path: Path, make: bool) -> None:
        if not make and not path.is_file():
            raise NoStoreError(f"there is no store {path}; begin with: sandbox experiment run")
        try:
            make_private(path.parent)
            if path.is_dir():
                raise StorageError(f"{path} is a folder")
            if not path.exists():  # closing a file that this process has open elsewhere would lose SQLite's locks
                path.touch(mode=0o600)
        except OSError as error:
            raise StorageError(f"cannot open {path}: {error.strerror or error}") from error

    def _opened(self, url: URL) -> Engine:
        if self.in_file:
            engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)
            event.listen(engine, "connect", _configure_file)
            event.listen(engine, "begin", _begin_in_file)
            return engine
        try:
            engine = create_engine(
                url.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=True,
                connect_args={name: value for name, value in _LIVELY.items() if name not in url.query},
            )  # fmt: skip
        except ImportError as error:
            raise InputError("PostgreSQL needs an extra: pip install 'governance-sandbox[postgres]'") from error
        path = f'SET search_path TO "{self._schema}"'

        def configure(connection: Any, _: object) -> None:
            connection.execute(path)
            connection.commit()

        event.listen(engine, "connect", configure)
        return engine

    def _check(self, name: str, make: bool) -> None:
        """Make the tables where there are none; refuse a store of another version, kind or experiment."""
        with self.writing() as connection:
            if not self.in_file:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_MAKING})"))
            tables = inspect(connection).get_table_names(None if self.in_file else self._schema)
            if not tables and make:
                if not self.in_file:
                    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{self._schema}"'))
                METADATA.create_all(connection, checkfirst=False)
                rows = {"kind": _KIND, "schema": str(SCHEMA), "experiment": name}
                connection.execute(insert(META), [{"name": key, "value": value} for key, value in rows.items()])
                return
            rows = {}
            if META.name in tables:
                rows = {row.name: row.value for row in connection.execute(select(META))}
        if not tables:
            raise NoStoreError(f"{self.shown} holds nothing of {name}; begin with: sandbox experiment run")
        if rows.get("kind") != _KIND:
            raise InputError(f"{self.shown} is no store of an experiment; name another with --store")
        if rows.get("schema") != str(SCHEMA):
            raise InputError(
                f"{self.shown} is of version {rows.get('schema')}, and this program reads version {SCHEMA}; export it "
                "with the version that wrote it, or name another store with --store; nothing was changed"
            )
        if rows.get("experiment") != name:
            raise InputError(
                f"{self.shown} is the store of the experiment '{rows.get('experiment')}', and not of '{name}'; name "
                "another with --store"
            )


def shown_store(where: str | Path) -> str:
    """Return where a store is, without a password."""
    return _url(where).render_as_string(hide_password=True) if "://" in str(where) else str(where)


def _passes(error: DBAPIError) -> bool:
    """Return whether a transaction failed for a reason that passes, so that it may be repeated."""
    return error.connection_invalidated or str(getattr(error.orig, "sqlstate", None)).startswith(_PASSING)


def _url(where: str | Path) -> URL:
    if "://" not in str(where):
        return URL.create(_SQLITE, database=str(where))
    try:
        url = make_url(str(where))
    except ArgumentError as error:
        raise InputError("--store: this is no URL; give a path, or postgresql://user@host/database") from error
    if url.get_backend_name() not in (_SQLITE, _POSTGRESQL) or (url.get_backend_name() == _SQLITE and not url.database):
        kind = url.get_backend_name()
        raise InputError(f"--store: '{kind}' is not allowed; give the path of a SQLite file, or postgresql://…")
    return url


def _configure_file(connection: Any, _: object) -> None:
    connection.isolation_level = None  # otherwise the driver begins late and by itself
    for setting in ("journal_mode = WAL", "temp_store = MEMORY", "cache_size = -16000"):
        connection.execute(f"PRAGMA {setting}").close()


def _begin_in_file(connection: Connection) -> None:
    options = connection.get_execution_options()
    wanted = "FULL" if options.get("durable") else "NORMAL"
    if connection.info.get("synchronous") != wanted:
        connection.exec_driver_sql(f"PRAGMA synchronous = {wanted}")
        connection.info["synchronous"] = wanted
    connection.exec_driver_sql(options.get("begin", "BEGIN"))
