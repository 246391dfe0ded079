"""The endpoint fails while a class plays: the desk says so in its language, and lets the cards speak from there."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.record.folder import SessionFolder
from tests.stub_endpoint import Received, StubEndpoint, StubReply, error
from tests.web.light import light
from tests.web.served import Streaming, WebServer
from tests.web.serving import HASTE
from tests.web.tables import TENANT, make_table


class Failing(Streaming):
    """A model whose endpoint is overloaded as long as that is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.down = threading.Event()

    def __call__(self, request: Received) -> StubReply:
        if self.down.is_set():
            return error(503, "fake overloaded", headers={"retry-after": "0.3"})
        return super().__call__(request)


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_when_the_endpoint_fails_the_cards_speak_the_rest(tmp_path: Path, lang: Lang) -> None:
    model, words = Failing(), Words(lang)
    with StubEndpoint(model) as stub, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", stub.base_url)
        patch.setenv("OPENAI_API_KEY", "sk-secret-key")
        patch.setenv("SANDBOX_MODEL", "stub")
        with WebServer(tmp_path, rooms=HASTE) as server:
            table = make_table(server, (TENANT, "Anna"), lang=lang, turns=8, seconds=1)
            async with light(table.desk) as desk, light(table.projector) as wall:
                await desk.click("data-start")
                await wall.until(lambda: bool(wall.lines()), 30)
                model.down.set()
                again = [words("table.attempt", number=number) for number in range(2, 6)]
                await asyncio.gather(
                    desk.until(lambda: any(text in desk.texts for text in again), 60),
                    wall.until(lambda: any(text in wall.texts for text in again), 60),
                )
                await desk.wait("data-by-cards")  # no need to wait until it has given up
                await desk.until(lambda: bool(desk.find("data-stopped")), 60)
                assert words("refused.endpoint") in desk.texts
                assert "503" in desk.texts, "the endpoint's own words are there for whoever can read them"
                assert not wall.shows("503")
                before = len(wall.lines())
                await desk.click("data-by-cards")
                await wall.until(lambda: len(wall.lines()) > before, 30)
                (folder,) = SessionFolder.all(server.runs)
                await wall.until(lambda: any(event.kind == "close" for event in folder.read()), 90)
                took_over = [event.payload for event in folder.read() if event.kind == "model"]
                assert [(told["model"], told["judge_model"]) for told in took_over] == [("cards", None)]
