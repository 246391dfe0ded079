"""Where a store can be made: a file, and a schema in a database of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.experiment.quick import make_once
from tests.experiment.server import postgresql


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first, side by side, what needs the server: one worker has it then, and the others start none."""

    def needs_server(item: pytest.Item) -> bool:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        return "schema" in getattr(item, "fixturenames", ()) or str(parameters.get("where")) == "postgresql"

    items.sort(key=lambda item: not needs_server(item))


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
