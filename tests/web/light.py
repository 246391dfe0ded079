"""Light clients: pages of the web app without a browser, dozens of them in one process.

A light client asks for a page as a browser does, speaks the page's protocol (Engine.IO and Socket.IO over one
WebSocket, NiceGUI's messages in it), keeps the page's elements, and notes when each line of a transcript came.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import aiohttp

__all__ = ["LightPage", "Wire"]

_ELEMENTS = re.compile(r"parseElements\(String\.raw`(.*?)`\)", re.DOTALL)
_QUERY = re.compile(r"^\s*query: (\{.*\}),$", re.MULTILINE)
_ESCAPES = (("&#36;", "$"), ("&#96;", "`"), ("&gt;", ">"), ("&lt;", "<"), ("&amp;", "&"))
_ACK_SECONDS = 3.0
_LONGEST_WAIT = 15.0
# For this long after it came back a page may hear the newest first, and miss what was sent just then: NiceGUI's way.
# What it shows must be right in the end all the same.
_HEALS = 1.0


class Wire:
    """A Socket.IO connection over one WebSocket.

    Args:
        http: makes the connection.
        url: address of the Socket.IO endpoint.
        take: takes each message: its name, its content, and when it came (seconds since 1970).
    """

    def __init__(self, http: aiohttp.ClientSession, url: str, take: Callable[[str, Any, float], None]) -> None:
        self._http, self._url, self._take = http, url, take
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether messages come."""
        return self._reader is not None and not self._reader.done()

    async def connect(self, query: Mapping[str, str]) -> None:
        """Connect.

        Raises:
            ConnectionError: the server refuses.
        """
        asked = {**query, "EIO": "4", "transport": "websocket"}
        self._socket = await self._http.ws_connect(self._url, params=asked, max_msg_size=0)
        await self._socket.receive_str()
        await self._socket.send_str("40")
        answer = await self._socket.receive_str()
        if not answer.startswith("40"):
            raise ConnectionError(answer)
        self._reader = asyncio.create_task(self._read(self._socket))

    async def emit(self, name: str, content: Any) -> None:
        """Send a message."""
        assert self._socket is not None
        await self._socket.send_str("42" + json.dumps([name, content]))

    async def close(self) -> None:
        """Close the connection."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        if self._socket is not None:
            await self._socket.close()

    def go_deaf(self) -> None:
        """Hear nothing any more, while the server believes that the connection stands: a network that went away."""
        if self._reader is not None:
            self._reader.cancel()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            now = time.time()
            text = str(message.data)
            if text.startswith("42"):
                name, *content = json.loads(text[2:])
                self._take(name, content[0] if content else None, now)
            elif text == "2":
                await socket.send_str("3")


class LightPage:
    """A page of the web app.

    Args:
        http: makes its requests.
        origin: the server's address.

    Attributes:
        path: the path of the page.
        elements: its elements by id, as the page would draw them.
        came: when each line came (seconds since 1970), in the order in which they came; not those that were there when
            the page was opened.
        messages: how many messages came.
        faults: what should not be: a line out of turn, a message missing or repeated, a page that is told to load
            itself anew.
        notices: what the page showed as messages.
    """

    def __init__(self, http: aiohttp.ClientSession, origin: str) -> None:
        self.path = ""
        self.elements: dict[str, dict[str, Any]] = {}
        self.came: dict[str, float] = {}
        self.messages = 0
        self.faults: list[str] = []
        self.notices: list[str] = []
        self._http, self._origin = http, origin
        self._query: dict[str, str] = {}
        self._next = 0
        self._back = 0.0
        self._wire: Wire | None = None
        self._deaf: list[Wire] = []
        self._acks: asyncio.Task[None] | None = None
        self._answers: set[asyncio.Task[None]] = set()
        self._marks: dict[str, dict[str, str]] = {}

    async def open(self, path: str, http: aiohttp.ClientSession | None = None) -> None:
        """Ask for a page and connect it, through another client where one is given; an open one is closed before."""
        await self.close()
        self._http = http or self._http
        async with self._http.get(self._origin + path) as response:
            text = await response.text()
            if response.status != 200:
                raise ConnectionError(f"{path}: {response.status}")
        elements, query = _ELEMENTS.search(text), _QUERY.search(text)
        assert elements
        assert query
        self.path = path
        self.elements.clear()
        self._marks.clear()
        for key, element in json.loads(_unescape(elements[1])).items():
            self._put(key, element)
        self.came.clear()
        self.faults.clear()
        given: dict[str, Any] = ast.literal_eval(query[1])
        self._next = int(given.pop("next_message_id"))
        page = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in given.items()}
        self._query = {**page, "document_id": str(uuid.uuid4()), "tab_id": str(uuid.uuid4())}
        await self.connect()
        self._acks = asyncio.create_task(self._acknowledge())

    async def connect(self) -> None:
        """Connect, or connect again and ask for what was missed."""
        wire = Wire(self._http, f"{self._origin}/_nicegui_ws/socket.io/", self._take)
        await wire.connect({**self._query, "next_message_id": str(self._next)})
        self._wire = wire
        self._back = time.time()

    async def disconnect(self) -> None:
        """Lose the connection; the page stays as it is."""
        if self._wire is not None:
            await self._wire.close()
            self._wire = None

    def go_deaf(self) -> None:
        """Lose the connection without the server's knowledge."""
        if self._wire is not None:
            self._wire.go_deaf()
            self._deaf.append(self._wire)
            self._wire = None

    async def close(self) -> None:
        """Close the page."""
        if self._acks is not None:
            self._acks.cancel()
        for wire in self._deaf:
            await wire.close()
        self._deaf.clear()
        await self.disconnect()

    @property
    def connected(self) -> bool:
        """Whether the page hears the server."""
        return self._wire is not None and self._wire.connected

    # What is on the page

    def walk(self, start: str = "0") -> Iterator[tuple[str, dict[str, Any]]]:
        """Go through the elements that are on the page, in the order in which they are drawn."""
        element = self.elements.get(start)
        if element is None:
            return
        yield start, element
        slots = (slot.get("ids", ()) for slot in (element.get("slots") or {}).values())
        for children in (element.get("children") or (), *slots):
            for child in children:
                yield from self.walk(str(child))

    def lines(self) -> list[str]:
        """Return the ids of the lines on the page, from top to bottom."""
        found = (element.get("props", {}).get("data-line") for _, element in self.walk())
        return [str(one) for one in found if one]

    def text(self) -> str:
        """Return all text of the page."""
        return "\n".join(str(element["text"]) for _, element in self.walk() if element.get("text"))

    def find(self, prop: str, value: str | None = None) -> str:
        """Return the id of the first element with a ``data-`` property, or an empty text."""
        found = self._marks.get(prop, {})
        return next((key for key, other in found.items() if value in (None, other)), "")

    def all(self, prop: str) -> dict[str, str]:
        """Return the value of a ``data-`` property by element."""
        return dict(self._marks.get(prop, {}))

    # What a person does

    async def do(self, key: str, event: str, *args: Any) -> None:
        """Let an event of an element happen; ``update:`` for whatever its value's event is called."""
        assert self._wire is not None
        for one in self.elements[key]["events"]:
            if one["type"].startswith(event) and not one.get("js_handler"):
                sent = {"id": int(key), "client_id": self._query["client_id"], "listener_id": one["listener_id"]}
                await self._wire.emit("event", {**sent, "args": [json.dumps(arg) for arg in args]})

    async def click(self, prop: str, value: str | None = None) -> None:
        """Click an element, once it is there."""
        await self.until(lambda: bool(self.find(prop, value)))
        await self.do(self.find(prop, value), "click")

    async def say(self, words: str, *acts: str) -> None:
        """Speak, when it is this person's turn: with the first of some acts that is offered, or with any."""
        offered = {act: key for key, act in self.all("data-act").items()}
        act = next((one for one in acts if one in offered), next(iter(offered)))
        send = self.find("data-send")
        await self.do(self.find("data-says"), "update:", words)
        await self.do(offered[act], "click")
        if send:
            await self.do(send, "click")

    async def answer_pulse(self, level: int = 3) -> None:
        """Answer the questions of the pulse."""
        for key in self.all("data-pulse"):
            await self.do(key, "update:", level - 1)
        await self.click("data-send-pulse")

    async def until(self, true: Callable[[], bool], seconds: float = _LONGEST_WAIT) -> None:
        """Wait until something is true.

        Raises:
            TimeoutError: it did not become true in time.
        """
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.01)

    # What the server tells

    def _take(self, name: str, content: Any, now: float) -> None:
        self.messages += 1
        number = content.pop("_id", None) if isinstance(content, dict) else None
        if number is not None:
            if number < self._next:
                return  # a page that was deaf hears twice what was sent when it came back
            if number > self._next and now > self._back + _HEALS:
                self.faults.append(f"message {number} came where {self._next} was due")
            self._next = number + 1
        if name == "update":
            self._update(content, now)
        elif name == "notify":
            self.notices.append(str(content.get("message", "")))
        elif name == "run_javascript":
            if "location.reload" in content["code"]:
                self.faults.append("told to load itself anew")
            if request := content.get("request_id"):
                self._answer(request)

    def _update(self, content: dict[str, dict[str, Any] | None], now: float) -> None:
        for key, element in content.items():
            if element is None:
                self._put(key, None)
                continue
            line = element.get("props", {}).get("data-line")
            if line and key not in self.elements:
                if line in self.came:
                    self.faults.append(f"line {line} came twice")
                elif self.came and _number(line) < _number(next(reversed(self.came))) and now > self._back + _HEALS:
                    self.faults.append(f"line {line} came after {next(reversed(self.came))}")
                self.came[line] = now
            self._put(key, element)

    def _put(self, key: str, element: dict[str, Any] | None) -> None:
        old = self.elements.pop(key, {})
        for prop in old.get("props", {}):
            self._marks.get(prop, {}).pop(key, None)
        if element is not None:
            self.elements[key] = element
            for prop, value in element.get("props", {}).items():
                if prop.startswith("data-"):
                    self._marks.setdefault(prop, {})[key] = str(value)

    def _answer(self, request: str) -> None:
        assert self._wire is not None
        answer = {"request_id": request, "client_id": self._query["client_id"], "result": None}
        task = asyncio.create_task(self._wire.emit("javascript_response", answer))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _acknowledge(self) -> None:
        while True:
            await asyncio.sleep(_ACK_SECONDS)
            if self.connected and self._wire is not None:
                with contextlib.suppress(ConnectionError):
                    told = {"client_id": self._query["client_id"], "next_message_id": self._next}
                    await self._wire.emit("ack", told)


def _number(line: str) -> int:
    """Return the place of a line in its session; a line's id is a letter and that place."""
    return int(re.sub(r"\D", "", line) or 0)


def _unescape(text: str) -> str:
    for written, meant in _ESCAPES:
        text = text.replace(written, meant)
    return text
