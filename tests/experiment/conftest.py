"""Where a store can be made: a file, and a schema in a database of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.experiment.quick import make_once
from tests.experiment.server import postgresql


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what needs the server to the tests that start one anyway."""
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if "schema" in getattr(item, "fixturenames", ()) or str(parameters.get("where")) == "postgresql":
            item.add_marker(pytest.mark.cluster)


@pytest.fixture(autouse=True)
def _made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    make_once(monkeypatch)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL database."""
    with postgresql() as url:
        yield url


@pytest.fixture
def schema(server: str) -> Iterator[str]:
    """The URL of a database in which there is no store yet."""
    yield server
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS sandbox_small CASCADE")


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Where a store can be made: a file, and a database."""
    url: str | Path = tmp_path / "s.sqlite" if request.param == "sqlite" else request.getfixturevalue("schema")
    return url
