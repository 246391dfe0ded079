"""The web app with a model that answers when it is let, and rooms whose time a test lets pass."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder
from tests.stub_endpoint import Received, StubEndpoint, StubReply
from tests.web.light import LightPage
from tests.web.served import HastyServer, Streaming, WebServer

__all__ = ["Slow", "log_of", "serving", "text_at"]


class Slow(Streaming):
    """A model that answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()
        self.free.set()

    def __call__(self, request: Received) -> StubReply:
        self.free.wait(60)
        return super().__call__(request)


@contextmanager
def serving(folder: Path, model: Slow, **rooms: object) -> Iterator[HastyServer]:
    """Serve the web app with a model."""
    with StubEndpoint(model) as stub, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", stub.base_url)
        patch.setenv("OPENAI_API_KEY", "sk-secret-key")
        patch.setenv("SANDBOX_MODEL", "stub")
        try:
            with HastyServer(folder, **rooms) as server:
                yield server
        finally:
            model.free.set()


def log_of(server: WebServer) -> list[Event]:
    """Return the log of the session that began last."""
    return list(max(SessionFolder.all(server.runs), key=lambda folder: folder.begun).read())


def text_at(page: LightPage, prop: str) -> str:
    """Return the text of the element with a property; empty without one."""
    return str(page.elements[page.find(prop)].get("text") or "") if page.find(prop) else ""
