"""A page of the web app without a browser: its HTML, its socket, and whatever message one wants to send to it."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp

__all__ = ["Robot", "dial", "robot"]

_PATIENCE = 15.0


class Robot:
    """Takes what the server sends and sends what it is told, without any of the checks of a browser.

    Args:
        socket: its connection.
        page: the page's HTML.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, page: str) -> None:
        found = re.search(r"String\.raw`(.*?)`", page, re.DOTALL)
        client = re.search(r"'client_id': '([\w-]+)'", page)
        assert found
        assert client
        self.elements: dict[str, dict[str, Any]] = json.loads(html.unescape(found[1]))
        self.client = client[1]
        self.wire = [page]
        self.notices: list[str] = []
        self.opened: list[str] = []
        self._socket = socket
        self._acks = 0

    # What it sees

    @property
    def open(self) -> bool:
        """Whether the connection stands."""
        return not self._socket.closed

    @property
    def texts(self) -> str:
        """All texts that stand on the page now."""
        return "\n".join(str(one.get("text") or "") for one in self.elements.values())

    def find(self, prop: str, value: str | None = None) -> str | None:
        """Return the element that has a property, or None."""
        for key, one in self.elements.items():
            props = one.get("props", {})
            if prop in props and value in (None, props[prop]):
                return key
        return None

    def labelled(self, label: str, box: str) -> str | None:
        """Return the button with a label inside an element, or None."""
        for key in map(str, self.elements.get(box, {}).get("children", [])):
            one = self.elements.get(key, {})
            found = key if one.get("props", {}).get("label") == label else self.labelled(label, key)
            if found:
                return found
        return None

    def event(self, element: str, kind: str, *args: Any) -> dict[str, Any]:
        """Return the message of an event, as often to be sent as one likes."""
        listeners = [one for one in self.elements[element]["events"] if one["type"].startswith(kind)]
        known = [one for one in listeners if not one.get("js_handler")]
        packed = [json.dumps(arg) for arg in args]
        return {"id": int(element), "client_id": self.client, "listener_id": known[0]["listener_id"], "args": packed}

    # What it does

    async def send(self, name: str, message: object) -> None:
        """Send a message of any kind."""
        await self._socket.send_str(f"42{json.dumps([name, message])}")

    async def raw(self, text: str) -> None:
        """Send a frame."""
        await self._socket.send_str(text)

    async def fire(self, prop: str, kind: str, *args: Any, value: str | None = None) -> None:
        """Send an event of the element that has a property."""
        element = await self.wait(prop, value)
        await self.send("event", self.event(element, kind, *args))

    async def click(self, prop: str, value: str | None = None) -> None:
        """Press a button."""
        await self.fire(prop, "click", value=value)

    async def press(self, label: str, prop: str | None = None, value: str | None = None) -> None:
        """Press the button with a label, inside the element that has a property, or in a dialog."""

        def found() -> list[str]:
            boxes = [self.find(prop, value) or ""] if prop else [
                key for key, one in self.elements.items() if "dialog" in str(one.get("tag"))
            ]  # fmt: skip
            return [button for box in boxes if (button := self.labelled(label, box))]

        await self.until(lambda: bool(found()))
        await self.send("event", self.event(found()[-1], "click"))

    async def fill(self, prop: str, text: object) -> None:
        """Type into a field; nothing keeps it from taking other things than text."""
        await self.fire(prop, "update:", text)

    async def settle(self) -> None:
        """Wait until the server has handled what was sent, and what it sent has come."""
        for _ in range(3):  # what a message brings about is sent in a later round of the server's loop
            self._acks += 1
            mark = f"43{self._acks}["
            await self.raw(f'42{self._acks}["ack",{{"client_id":"{self.client}","next_message_id":0}}]')
            await self.until(partial(self._came, mark))

    async def wait(self, prop: str, value: str | None = None) -> str:
        """Wait until there is an element with a property."""
        await self.until(lambda: self.find(prop, value) is not None)
        element = self.find(prop, value)
        assert element
        return element

    async def until(self, done: Callable[[], bool]) -> None:
        """Take what comes until something is so."""
        async with asyncio.timeout(_PATIENCE):
            while not done():
                await self._take()

    async def closed(self) -> None:
        """Take what comes until the server closes the connection."""
        await self.until(lambda: self._socket.closed)

    def _came(self, mark: str) -> bool:
        return any(frame.startswith(mark) for frame in self.wire[-50:])

    async def _take(self) -> None:
        message = await self._socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            assert self._socket.closed, message
            return
        frame = str(message.data)
        self.wire.append(frame)
        if frame == "2":
            await self.raw("3")
        elif frame.startswith("0"):
            await self.raw("40")
        elif frame.startswith("42"):
            await self._told(*json.loads(frame[2:]))

    async def _told(self, name: str, told: dict[str, Any]) -> None:
        if name == "update":
            for key, one in told.items():
                if one is None:
                    self.elements.pop(key, None)
                elif key != "_id":
                    self.elements[key] = one
        elif name == "notify":
            self.notices.append(str(told["message"]))
        elif name == "open":
            self.opened.append(str(told["path"]))
        elif name == "run_javascript" and told.get("request_id"):
            answer = {"request_id": told["request_id"], "client_id": self.client, "result": None}
            await self.send("javascript_response", answer)


@asynccontextmanager
async def dial(
    session: aiohttp.ClientSession, url: str, client: str, origin: str | None = None
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open the socket of a page."""
    query = {
        "EIO": "4", "transport": "websocket", "client_id": client, "next_message_id": "0", "tab_id": str(uuid4()),
        "document_id": str(uuid4()), "implicit_handshake": "true",
    }  # fmt: skip
    origin_of = re.sub(r"^(http://[^/]+).*", r"\1", url)
    address = f"{origin_of}/_nicegui_ws/socket.io/?{urlencode(query)}"
    async with session.ws_connect(address, origin=origin or origin_of, max_msg_size=0) as socket:
        yield socket


@asynccontextmanager
async def robot(url: str) -> AsyncIterator[Robot]:
    """Open a page.

    Args:
        url: its address.
    """
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            assert response.status == 200, url
            page = await response.text()
        client = re.search(r"'client_id': '([\w-]+)'", page)
        assert client
        async with dial(session, url, client[1]) as socket:
            made = Robot(socket, page)
            await made.until(lambda: any(frame.startswith("40") for frame in made.wire[1:]))
            yield made
