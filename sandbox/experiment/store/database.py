"""The database of a store: a private SQLite file, or a schema of its own in PostgreSQL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from json import JSONDecodeError
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, insert, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from tenacity import RetryCallState, retry, retry_if_exception_type, wait_exponential

from sandbox.content.words import fault, refusal, said
from sandbox.errors import InputError, Said, StorageError
from sandbox.experiment.migrations import FIRST, migrate
from sandbox.experiment.store.soundness import link_faults, missing_faults, table_faults, value_faults
from sandbox.experiment.store.tables import GRACE, META, METADATA, SCHEMA, VERSION, WORKERS
from sandbox.record.folder import make_private, writable
from sandbox.record.sqlite import limit, sqlite_engine

EXAMPLE = "postgresql://user@host/database"
"""A URL, for messages."""
PATIENCE = 60.0
"""Seconds to wait for a database that is out of reach."""

_BUSY_SECONDS = 60.0
_LOOK_SECONDS = 5.0
_SQLITE, _POSTGRESQL = "sqlite", "postgresql"
_KIND = "governance sandbox experiment"
_MAKING = 0x53424F58  # the lock under which PostgreSQL's tables are made
_LONGEST_NAME = 63
_HIDDEN = "***"
_BEGIN = "sandbox experiment run"
# A host that is gone sends nothing, so it is given up after a while.
_LIVELY = {"connect_timeout": 10, "keepalives_idle": 20, "tcp_user_timeout": 30_000}
# Connection failures, a server that stops or starts, and transactions rolled back because of other transactions.
_PASSING = ("08", "57P01", "57P02", "57P03", "40001", "40P01")
_DAMAGED = sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB


class NoStoreError(InputError):
    """There is no store yet."""


class LostConnectionError(StorageError):
    """The connection to the database broke and the transaction was not kept, so it may be repeated.

    Attributes:
        seconds: how long the database has been out of reach.
    """

    seconds = 0.0


class _ComingUpError(LostConnectionError):
    """The database is starting or shutting down."""


def _given_up(state: RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    away = error.seconds if isinstance(error, LostConnectionError) else 0.0  # others may have waited already
    return max(away, state.seconds_since_start or 0.0) > PATIENCE


patiently = retry(
    retry=retry_if_exception_type(LostConnectionError), wait=wait_exponential(0.05, max=1.0), stop=_given_up,
    reraise=True,
)  # fmt: skip
"""Decorates a function that makes one transaction: repeats it for `PATIENCE` seconds while the database is away."""
_until_up = retry(
    retry=retry_if_exception_type(_ComingUpError), wait=wait_exponential(0.05, max=1.0), stop=_given_up, reraise=True
)
# A refused connection has no SQLSTATE (it would be 57P03), so the message is read, in English and Chinese.
_COMING_UP = ("FATAL:  the database system is ", "数据库系统启动中", "数据库系统关闭中")


class Database:
    """An open database, created if needed; several processes may use one at once.

    Writes survive the death of a process; ``durable`` writes also survive a power cut. In PostgreSQL all writes are
    durable, since its server may die while the processes that wrote go on.

    Args:
        where: the path of a SQLite file, or a URL: ``sqlite:///…``, ``postgresql://…``.
        name: the experiment's id; in PostgreSQL its tables are in a schema of this name.
        make: whether to create the database if it does not exist.
        clock: seconds since 1970.

    Attributes:
        shown: its place, without a password.
        url: its place for other processes, with the password.
        notice: what was done to upgrade a store of an older version; empty if nothing was.

    Raises:
        NoStoreError: there is none, and ``make`` is false.
        InputError: the URL cannot be used, or the store belongs to something else, has a newer version, or has an older
            version and processes are at work on it.
        StorageError: it cannot be opened or is damaged. Every method raises it when reading or writing fails.
    """

    def __init__(
        self, where: str | Path, name: str, *, make: bool = True, clock: Callable[[], float] = time.time
    ) -> None:
        url = _url(where)
        self.shown = shown_store(where)
        self._lost_at: float | None = None
        self._schema = f"sandbox_{name}"[:_LONGEST_NAME]
        self._file = Path(str(url.database)) if url.get_backend_name() == _SQLITE else None
        absolute = url.set(database=str(self._file.absolute())) if self._file is not None else url
        self.url = absolute.render_as_string(hide_password=False)
        self.notice = ""
        if self._file is not None:
            self._prepare_file(self._file, make)
        self._engine = self._opened(url)
        self._reader = self._engine.execution_options(synchronous="NORMAL")
        # The lock is taken before the first look, so that nothing changes between a check and the write after it.
        self._writer = self._engine.execution_options(begin="BEGIN IMMEDIATE", synchronous="NORMAL")
        self._durable = self._engine.execution_options(begin="BEGIN IMMEDIATE", synchronous="FULL")
        try:
            _until_up(self._check)(name, make, clock())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @property
    def in_file(self) -> bool:
        """Whether the database is a SQLite file."""
        return self._file is not None

    def reading(self) -> AbstractContextManager[Connection]:
        """Return a connection that reads the present state of the store."""
        return self._access(self._reader)

    def writing(
        self, *, durable: bool = False, lock: Table | None = None, kept: Callable[[Connection], bool] | None = None
    ) -> AbstractContextManager[Connection]:
        """Return a connection that may write; at its end all writes are kept, after an error none.

        Args:
            durable: whether the writes must survive a power cut.
            lock: a table that no other process may change meanwhile; in SQLite no other process can write anyway.
            kept: tells whether the writes were kept, for a connection that broke before the server could confirm them.

        Raises:
            LostConnectionError: the connection broke. If it broke at the end and ``kept`` is not given, the writes may
                have been kept.
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
                if lock is not None and self._file is None:
                    connection.execute(text(f"LOCK TABLE {lock.name} IN SHARE ROW EXCLUSIVE MODE"))
                yield connection
                ending = True
                connection.commit()
            self._lost_at = None
        except SQLAlchemyError as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            if isinstance(cause, sqlite3.Error) and cause.sqlite_errorcode & 0xFF in _DAMAGED:
                raise self._damaged(cause) from error
            key, fields = "experiment.store.unusable", {"store": self.shown, "why": str(cause).strip()}
            if self.in_file or not isinstance(error, DBAPIError) or (connected and not _passes(error)):
                raise fault(StorageError, key, **fields) from error
            self._lost_at = self._lost_at or time.monotonic()
            coming_up = any(text in str(cause) for text in _COMING_UP)
            lost = fault(_ComingUpError if coming_up else LostConnectionError, key, **fields)
            lost.seconds = time.monotonic() - self._lost_at
            if not (ending and kept and self._was_kept(kept)):
                raise lost from error
        except (JSONDecodeError, RecursionError) as error:
            raise self._damaged(error) from error

    @patiently
    def _was_kept(self, kept: Callable[[Connection], bool]) -> bool:
        with self.reading() as connection:
            return kept(connection)

    def _damaged(self, cause: Exception) -> StorageError:
        key = "experiment.store.no_store" if self._file is None else "experiment.store.rescue"
        return fault(StorageError, key, store=self.shown, why=str(cause), command=f"sqlite3 {self._file} .recover")

    def _prepare_file(self, path: Path, make: bool) -> None:
        if not make and not path.exists() and not path.is_symlink():
            raise fault(NoStoreError, "stands.no_store", path=path, command=_BEGIN)
        with writable(path, "storage.unopened"):
            make_private(path.parent)
            if linked := next(link_faults(path), None):
                raise fault(StorageError, "experiment.store.unopened", why=linked)
            if not path.exists():  # closing a file that this process has open elsewhere would lose SQLite's locks
                path.touch(mode=0o600)

    def _opened(self, url: URL) -> Engine:
        if self._file is not None:
            return sqlite_engine(url, _BUSY_SECONDS, cache_size="-16000")
        try:
            engine = create_engine(
                url.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=True,
                connect_args={name: value for name, value in _LIVELY.items() if name not in url.query},
            )  # fmt: skip
        except ImportError as error:
            command = "pip install 'governance-sandbox[postgres]'"
            raise refusal("experiment.refused.extra", what="PostgreSQL", command=command) from error
        path = f'SET search_path TO "{self._schema}"'

        def configure(connection: Any, _: object) -> None:
            connection.execute(path)
            connection.commit()

        event.listen(engine, "connect", configure)
        return engine

    def _check(self, name: str, make: bool, now: float) -> None:
        """Create or upgrade the tables as needed; refuse a store that belongs to something else."""
        with self.writing() as connection:
            if self._file is None:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_MAKING})"))
            else:
                self._require(table_faults(connection))
            tables = inspect(connection).get_table_names(self._schema if self._file is None else None)
            if not tables and make:
                if self._file is None:
                    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{self._schema}"'))
                METADATA.create_all(connection, checkfirst=False)
                VERSION.create(connection)
                connection.execute(insert(VERSION).values(version_num=str(SCHEMA)))
                rows = {"kind": _KIND, "experiment": name}
                connection.execute(insert(META), [{"name": key, "value": value} for key, value in rows.items()])
                return
            if not tables:
                fields = {"store": self.shown, "experiment": name, "command": _BEGIN}
                raise fault(NoStoreError, "experiment.store.empty", **fields)
            rows = {}
            if META.name in tables:
                rows = {row.name: row.value for row in connection.execute(select(META))}
            if rows.get("kind") != _KIND:
                raise refusal("experiment.store.foreign", store=self.shown)
            if (own := rows.get("experiment")) != name:
                raise refusal("experiment.store.other", store=self.shown, own=own, experiment=name)
            if VERSION.name in tables:
                version = ", ".join(map(str, connection.scalars(select(VERSION.c.version_num)))) or said("none")
            else:  # a store from when another table held the version
                version = rows.get("schema", said("none"))
            if version != str(SCHEMA):
                self._upgrade(connection, version, now)
            if self._file is not None:
                self._require(missing_faults(connection))
                self._require(value_faults(connection))

    def _require(self, faults: Iterator[Said]) -> None:
        if changed := next(faults, None):
            raise refusal("experiment.store.changed", store=self.shown, why=changed)

    def _upgrade(self, connection: Connection, version: str, now: float) -> None:
        """Upgrade the tables if no process is at work on them; a file is copied before."""
        fields: dict[str, object] = {"store": self.shown, "version": version, "known": SCHEMA}
        if not version.isdecimal() or not FIRST <= int(version) < SCHEMA:
            raise refusal("experiment.store.newer", **fields)
        alive = select(WORKERS.c.owner).where(WORKERS.c.ended.is_(None), WORKERS.c.beat >= now - GRACE)
        if working := connection.execute(alive).all():
            raise refusal("experiment.store.at_work", **fields, count=len(working), seconds=f"{GRACE:g}")
        self.notice = said("experiment.store.upgraded", **fields)
        if self._file is not None:
            copy = self._file.with_name(f"{self._file.name}.before-{SCHEMA}")
            _copy(self._file, copy)
            self.notice = said("experiment.store.copied", **fields, copy=copy)
        migrate(connection, int(version), SCHEMA)


def experiment_in(path: Path) -> str:
    """Return the id of the experiment whose store a file is, without changing the file; empty if it is no store."""
    try:
        rows = dict(_looked_up(path, f"SELECT name, value FROM {META.name}"))
    except (StorageError, ValueError):
        return ""
    return str(rows.get("experiment", "")) if rows.get("kind") == _KIND else ""


def held_in(path: Path) -> tuple[tuple[str, ...], tuple[str, str]]:
    """Return the ids of a store's finished sessions, without its null arm, and its last player.

    The store may have any version and is not changed. The player is the model, with its turn style, that plays unless a
    factor says otherwise.

    Raises:
        StorageError: the file cannot be read.
    """
    finished = "SELECT id FROM runs WHERE state = 'done' AND NOT \"null\" ORDER BY position"
    runs = tuple(str(run) for (run,) in _looked_up(path, finished))
    player = _looked_up(path, "SELECT model, style FROM designs ORDER BY number DESC LIMIT 1")
    return runs, (str(player[0][0]), str(player[0][1])) if player else ("", "")


def _looked_up(path: Path, query: str) -> list[Any]:
    """Return the result of a query of a SQLite file, without changing it; a query that takes seconds is broken off."""
    if not path.is_file():  # opening a pipe would block
        raise fault(StorageError, "storage.unreadable", path=path, why=said("storage.not_plain"))
    until = time.monotonic() + _LOOK_SECONDS
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            limit(connection)
            connection.set_progress_handler(lambda: time.monotonic() > until, 100_000)
            return connection.execute(query).fetchall()
    except sqlite3.Error as error:
        raise fault(StorageError, "storage.unreadable", path=path, why=str(error)) from error


def shown_store(where: str | Path) -> str:
    """Return the place of a store without its password and the values of its options.

    Raises:
        InputError: the URL cannot be used.
    """
    if "://" not in str(where):
        return str(where)
    url = _url(where)
    shown = url.update_query_dict(dict.fromkeys(url.query, _HIDDEN)).render_as_string(hide_password=True)
    return shown.replace(quote(_HIDDEN), _HIDDEN)


def _passes(error: DBAPIError) -> bool:
    """Return whether a transaction failed for a temporary reason, so that it may be repeated."""
    return error.connection_invalidated or str(getattr(error.orig, "sqlstate", None)).startswith(_PASSING)


def _url(where: str | Path) -> URL:
    try:
        str(where).encode()
    except UnicodeEncodeError as error:
        raise refusal("experiment.store.path") from error
    if "://" not in str(where):
        return URL.create(_SQLITE, database=str(where))
    try:
        url = make_url(str(where))
    except (ArgumentError, ValueError):  # its message may quote a password
        raise refusal("experiment.store.no_url", url=EXAMPLE) from None
    if "@" in (url.host or ""):  # the rest of a password
        raise refusal("experiment.store.no_url", url=EXAMPLE)
    if url.get_backend_name() not in (_SQLITE, _POSTGRESQL) or (url.get_backend_name() == _SQLITE and not url.database):
        kind = url.get_backend_name()
        raise refusal("experiment.store.kind", kind=kind, url="postgresql://…")
    return url


def _copy(path: Path, to: Path) -> None:
    partial = to.with_name(f"{to.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600, exist_ok=False)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as target:
            source.backup(target)
        partial.replace(to)
    except (sqlite3.Error, OSError) as error:
        partial.unlink(missing_ok=True)
        raise fault(StorageError, "experiment.store.uncopied", path=path, copy=to, why=str(error)) from error
