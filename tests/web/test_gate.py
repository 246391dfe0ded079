"""The gate: who comes too often waits or is sent away, and a socket speaks for its own page alone."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from nicegui.helpers import hash_file_path
from starlette.responses import PlainTextResponse

from sandbox.web import gate as gate_module
from sandbox.web.gate import MOST_SOCKETS, SOCKETS_OF_A_PAGE, Gate
from sandbox.web.links import normal_code
from sandbox.web.throttle import MOST_A_MINUTE, PER_MINUTE, Bucket, Calm, Plain, Throttle

SOCKET = {"type": "websocket", "path": "/_nicegui_ws/socket.io/", "query_string": b"", "client": ("10.0.0.1", 1)}
VISIT = {"type": "http", "path": "/", "query_string": b"", "client": ("10.0.0.1", 1), "method": "GET", "headers": []}


class Behind:
    """What is behind the gate: it takes all that comes and answers nothing."""

    def __init__(self) -> None:
        self.came: list[Any] = []
        self.asked = 0

    async def __call__(self, scope: Any, receive: Any, _: Any) -> None:
        """Take a request to its end."""
        self.asked += 1
        if scope["type"] == "http" and scope["method"] == "GET":
            return
        while True:
            self.came.append(await receive())
            if self.came[-1]["type"] in ("websocket.disconnect", "http.request"):
                return


def gate(behind: Behind) -> Gate:
    """Return a gate."""
    return Gate(
        behind, Throttle(), lambda _: PlainTextResponse("", 429),
        lambda path: ("page", path) if path == "/s/anna" else ("visit", ""),
    )  # fmt: skip


def page(name: str, link: str = "") -> Any:
    """Return a page that was sent to whoever has a link, or to a stranger."""
    return SimpleNamespace(id=name, request=SimpleNamespace(scope={gate_module._HOLDER: link}))


def socket_of(number: int) -> dict[str, Any]:
    """Return a socket of a page, by its place."""
    return {**SOCKET, "query_string": f"at={number}".encode()}


async def passed(through: Gate, scope: dict[str, Any], *messages: dict[str, Any]) -> list[Any]:
    """Send messages of a connection, and return what is sent back."""
    waiting, sent = list(messages), []

    async def receive() -> Any:
        if waiting:
            return waiting.pop(0)
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    await through({**scope}, receive, send)
    return sent


def text(frame: str) -> dict[str, Any]:
    """Return a frame as it is received."""
    return {"type": "websocket.receive", "text": frame}


GONE = {"type": "websocket.disconnect", "code": 1000}
EVENT = '42["event",' + json.dumps({"id": 1, "client_id": "p", "listener_id": "l", "args": []}) + "]"


async def test_a_socket_speaks_for_the_page_whose_key_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_module, "_client", lambda query: page("p") if query.get("key") == "right" else None)
    for key, heard in (("right", True), ("wrong", False)):
        behind = Behind()
        scope = {**SOCKET, "query_string": f"client_id=p&key={key}".encode()}
        await passed(gate(behind), scope, text(EVENT), text('42["log",{}]'), {**text(""), "bytes": b"x"}, GONE)
        assert behind.came == ([text(EVENT)] if heard else []) + [GONE]


async def test_a_socket_without_a_page_is_closed_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_module, "_STRANGER_SECONDS", 0.05)
    behind = Behind()
    async with asyncio.timeout(20):
        await passed(gate(behind), SOCKET, text("40"))
    assert [message["type"] for message in behind.came] == ["websocket.receive", "websocket.disconnect"]


async def test_an_address_has_so_many_sockets_and_visits(caplog: pytest.LogCaptureFixture) -> None:
    behind = Behind()
    one = gate(behind)
    for _ in range(PER_MINUTE["visit"]):
        assert await passed(one, VISIT) == []
    [start, _] = await passed(one, VISIT)
    assert start["status"] == 429
    assert await passed(one, {**VISIT, "client": ("10.0.0.2", 1)}) == []
    held = [asyncio.create_task(passed(one, SOCKET)) for _ in range(MOST_SOCKETS)]
    await asyncio.sleep(0.05)
    caplog.clear()
    for _ in range(3):
        assert await passed(one, SOCKET, {"type": "websocket.connect"}) == [{"type": "websocket.close"}]
    (told,) = caplog.messages
    assert told.endswith("socket, 400 open at once"), "it is told once a minute"
    assert await passed(one, {**SOCKET, "client": ("10.0.0.2", 1)}, GONE) == []
    for task in held:
        task.cancel()
    await asyncio.gather(*held, return_exceptions=True)
    assert await passed(one, SOCKET, GONE) == []


async def test_whoever_has_a_link_is_let_in_when_others_at_the_address_have_used_its_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    through = gate(Behind())
    for _ in range(PER_MINUTE["visit"]):
        await passed(through, VISIT)
    for path, often, status in (("/s/guess", 1, 429), ("/s/anna", PER_MINUTE["page"], 0), ("/s/anna", 1, 429)):
        for _ in range(often):
            sent = await passed(through, {**VISIT, "path": path})
        assert (sent[0]["status"] if sent else 0) == status
    # Sockets likewise: those without a page, those of strangers' pages, and those of a link are counted apart.
    pages = [*(page(str(number)) for number in range(MOST_SOCKETS)), page("anna's", "/s/anna")]
    monkeypatch.setattr(gate_module, "_client", lambda query: pages[int(query["at"])] if "at" in query else None)
    held = [asyncio.create_task(passed(through, SOCKET)) for _ in range(MOST_SOCKETS)]
    held += [asyncio.create_task(passed(through, socket_of(number))) for number in range(MOST_SOCKETS)]
    await asyncio.sleep(0.05)
    for scope in (SOCKET, socket_of(0)):
        assert await passed(through, scope, {"type": "websocket.connect"}) == [{"type": "websocket.close"}]
    assert await passed(through, socket_of(MOST_SOCKETS), GONE) == []
    for task in held:
        task.cancel()
    await asyncio.gather(*held, return_exceptions=True)


async def test_a_page_has_so_many_sockets_and_the_oldest_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_module, "_client", lambda _: page("p"))
    behind = Behind()
    through = gate(behind)
    held = []
    for _ in range(SOCKETS_OF_A_PAGE + 2):
        held.append(asyncio.create_task(passed(through, SOCKET)))
        await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await asyncio.gather(*held[:2])
    assert [(message["type"], message["code"]) for message in behind.came] == [("websocket.disconnect", 1008)] * 2
    assert not [task for task in held[2:] if task.done()]
    for task in held[2:]:
        task.cancel()
    await asyncio.gather(*held, return_exceptions=True)


async def test_a_network_without_sockets_passes_the_same_gate() -> None:
    cases: list[tuple[bytes, int | None]] = [
        (b"", 400),
        (b"9\x1e42[", 400),
        (b"\xff", 400),
        (b"x" * 100_000, 400),
        (b"40\x1e9", None),
    ]
    for body, status in cases:
        behind = Behind()
        scope = {**VISIT, "path": SOCKET["path"], "method": "POST"}
        sent = await passed(gate(behind), scope, {"type": "http.request", "body": body, "more_body": False})
        assert [message.get("status") for message in sent[:1]] == ([status] if status else [])
        assert [message["body"] for message in behind.came] == ([] if status else [b"40"])


def test_what_comes_faster_than_a_bucket_lets_through_waits() -> None:
    now = [0.0]
    bucket = Bucket(rate=2.0, burst=4, clock=lambda: now[0])
    assert [bucket.wait() for _ in range(6)] == [0.0, 0.0, 0.0, 0.0, 0.5, 1.0]
    now[0] = 100.0
    assert [bucket.wait() for _ in range(5)] == [0.0, 0.0, 0.0, 0.0, 0.5], "rest fills it, and no more than full"


def test_what_a_page_alone_brought_about_is_told_in_a_line_and_a_fault_of_the_program_in_full() -> None:
    def told(fails: Callable[[], object]) -> logging.LogRecord:
        try:
            fails()
        except Exception:  # noqa: BLE001
            record = logging.LogRecord("nicegui", logging.ERROR, "", 1, "a fault", (), sys.exc_info())
        assert Plain().filter(record)
        return record

    page = told(lambda: hash_file_path(cast(Path, "\x1b[31m")))
    assert (page.getMessage(), page.exc_info) == (
        "a page sent what none of its fields can hold; it was not taken",
        None,
    )
    program = told(lambda: normal_code(cast(str, 5)))
    assert program.getMessage() == "a fault"
    assert program.exc_info


def test_the_terminal_hears_some_messages_a_minute_and_how_many_were_left_out() -> None:
    now = [0.0]
    calm = Calm(lambda: now[0])

    def shown(words: str) -> str:
        record = logging.LogRecord("x", logging.ERROR, "", 1, words, (), None)
        return record.getMessage() if calm.filter(record) else ""

    assert [shown("a fault") for _ in range(MOST_A_MINUTE + 7)] == ["a fault"] * MOST_A_MINUTE + [""] * 7
    now[0] = 61.0
    assert shown("another") == "(7 more were left out) another"
    assert shown("a third") == "a third"
