"""SQLite engines that share what they compiled: many tests, and many servers, ask the same of a file of their own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

__all__ = ["engine_compiled_once"]


class _Dialect(SQLiteDialect_pysqlite):
    """A dialect for which statements that another of its kind compiled are as good as its own."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Dialect)

    def __hash__(self) -> int:
        return hash(_Dialect)


registry.register("sqlite.compiled_once", __name__, _Dialect.__name__)
_compiled: dict[Any, Any] = {}


def engine_compiled_once(url: URL, **more: Any) -> Engine:
    """Make an engine that compiles no statement which one before it has compiled."""
    return create_engine(
        url.set(drivername="sqlite+compiled_once"), execution_options={"compiled_cache": _compiled}, **more
    )
