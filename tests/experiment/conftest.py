"""Where a store can be made: a file, and a schema in a database of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.experiment.server import BINARIES, postgresql


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL database."""
    if not (BINARIES / "initdb").is_file():
        pytest.skip("no PostgreSQL server is installed")
    with postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | Path]:
    """Where a store can be made: a file, and a database."""
    if request.param == "sqlite":
        yield tmp_path / "s.sqlite"
        return
    url: str = request.getfixturevalue("server")
    yield url
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS sandbox_small CASCADE")
