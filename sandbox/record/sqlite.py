"""SQLite files as the program opens them: readers and one writer at a time, with explicit kinds of transactions."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

_LONGEST_VALUE = 64 << 20
_SETTINGS = {"journal_mode": "WAL", "temp_store": "MEMORY", "trusted_schema": "OFF"}


def limit(connection: sqlite3.Connection) -> None:
    """Bound the length of values read to what the program writes, since others may have made the file."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)


def sqlite_engine(url: URL, wait: float, **settings: str) -> Engine:
    """Return an engine for a SQLite file.

    A transaction begins with the statement in the execution option ``begin`` (``BEGIN``; an empty text for none); the
    option ``synchronous`` (``FULL``, ``NORMAL``), if given, applies to it.

    Args:
        url: the file.
        wait: seconds to wait for a file that another process writes.
        settings: other settings of each connection, by the name of the ``PRAGMA``.
    """
    engine = create_engine(url, connect_args={"timeout": wait}, hide_parameters=True)

    def configure(connection: Any, _: object) -> None:
        limit(connection)
        connection.isolation_level = None  # otherwise the driver begins late and by itself
        for name, value in (_SETTINGS | settings).items():
            connection.execute(f"PRAGMA {name} = {value}").close()

    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    wanted = options.get("synchronous")
    if wanted and connection.info.get("synchronous") != wanted:
        connection.exec_driver_sql(f"PRAGMA synchronous = {wanted}")
        connection.info["synchronous"] = wanted
    if begin := options.get("begin", "BEGIN"):
        connection.exec_driver_sql(begin)
