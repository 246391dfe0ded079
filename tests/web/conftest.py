"""The web app that tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.scoring import null_model
from tests.scoring.null_sessions import null_values
from tests.web.served import HastyServer, WebServer

# For so long a server goes on drawing a page that was closed, ten times a second, lest it come back.
AWAY = {"_RECONNECT_SECONDS": 2.0}


@pytest.fixture(autouse=True)
def _few_null_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(null_model, "_values", null_values)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Serve the web app without a model, to all tests of this process that leave it as it is."""
    with WebServer(tmp_path_factory.mktemp("shared"), "--model", "none", rooms=AWAY) as running:
        yield running


@pytest.fixture(scope="session")
def hasty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HastyServer]:
    """Serve the same, where a test lets time pass."""
    with HastyServer(tmp_path_factory.mktemp("hasty"), "--model", "none", **AWAY) as running:
        yield running
