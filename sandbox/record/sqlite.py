"""SQLite files as the program opens them: readers and one writer side by side, and each transaction begun as meant."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

_LONGEST_VALUE = 64 << 20
_SETTINGS = {"journal_mode": "WAL", "temp_store": "MEMORY", "trusted_schema": "OFF"}


def limit(connection: sqlite3.Connection) -> None:
    """Let no value of a file be longer than any that the program writes: somebody else may have made it."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)


def sqlite_engine(url: URL, wait: float, **settings: str) -> Engine:
    """Return an engine for a SQLite file.

    A transaction begins as the execution option ``begin`` says (``BEGIN``; an empty text for none), and where there is
    an option ``synchronous`` (``FULL``, ``NORMAL``) it is kept as that says.

    Args:
        url: the file.
        wait: seconds for which a file is waited for that somebody else writes.
        settings: what else holds on each connection, by the name of its ``PRAGMA``.
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
