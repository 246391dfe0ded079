"""The web app with a model that answers when it is let, where minutes are seconds."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder
from sandbox.web.clock import StageClock
from tests.stub_endpoint import Received, StubEndpoint, StubReply
from tests.web.light import LightPage
from tests.web.served import Streaming, WebServer
from tests.web.serving import HASTE

__all__ = ["Slow", "in_seconds", "log_of", "serving", "text_at"]


def in_seconds(minutes: Mapping[str, int]) -> StageClock:
    """Return a clock that takes minutes for seconds."""
    return StageClock({stage: some / 60 for stage, some in minutes.items()})  # type: ignore[misc]


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
def serving(folder: Path, model: Slow, **rooms: object) -> Iterator[WebServer]:
    """Serve the web app with a model, where a stage's minutes are seconds."""
    with StubEndpoint(model) as stub, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", stub.base_url)
        patch.setenv("OPENAI_API_KEY", "sk-secret-key")
        patch.setenv("SANDBOX_MODEL", "stub")
        try:
            with WebServer(folder, rooms={**HASTE, "StageClock": in_seconds, **rooms}) as server:
                yield server
        finally:
            model.free.set()


def log_of(server: WebServer) -> list[Event]:
    """Return the log of the only session."""
    (folder,) = SessionFolder.all(server.runs)
    return list(folder.read())


def text_at(page: LightPage, prop: str) -> str:
    """Return the text of the element with a property; empty without one."""
    return str(page.elements[page.find(prop)].get("text") or "") if page.find(prop) else ""
