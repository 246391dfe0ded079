"""Where a store can be made: a file, and a schema in a database of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.content.library import Library
from sandbox.experiment import plan
from sandbox.experiment.rehearsal import Rehearsal, rehearse
from sandbox.game.spec import SessionSpec
from tests.experiment.server import postgresql

_rehearsed: dict[tuple[str, tuple[Path, ...]], Rehearsal] = {}


def _rehearsed_once(spec: SessionSpec, library: Library) -> Rehearsal:
    """Rehearse a session once for all tests of this process that plan it."""
    key = spec.model_dump_json(), library.roots
    if key not in _rehearsed:
        _rehearsed[key] = rehearse(spec, library)
    return _rehearsed[key]


@pytest.fixture(autouse=True)
def _few_rehearsals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "rehearse", _rehearsed_once)


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
