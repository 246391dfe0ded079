"""The web app that tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.served import WebServer
from tests.web.serving import HASTE


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Serve the web app without a model, to all tests of this process that leave it as it is."""
    with WebServer(tmp_path_factory.mktemp("shared"), "--model", "none") as running:
        yield running


@pytest.fixture(scope="session")
def hasty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Serve the same, where ten seconds of a person's time pass in one."""
    with WebServer(tmp_path_factory.mktemp("hasty"), "--model", "none", rooms=HASTE) as running:
        yield running
