"""Socket.IO over one WebSocket, without a browser: it takes whatever comes, and sends whatever one wants."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

__all__ = ["Wire"]

_PATH = "/_nicegui_ws/socket.io/"
_PATIENCE = 45.0


class Wire:
    """A Socket.IO connection.

    Args:
        http: makes the connection.
        origin: the server's address.
        take: takes each message: its name, its content, and when it came (seconds since 1970).
        heard: takes each frame as it came, if anything does.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        origin: str,
        take: Callable[[str, Any, float], None],
        heard: Callable[[str], None] | None = None,
    ) -> None:
        self._http, self._origin, self._take, self._heard = http, origin, take, heard
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._asked: list[asyncio.Future[None]] = []

    @property
    def connected(self) -> bool:
        """Whether messages come."""
        return self._reader is not None and not (self._reader.done() or self._reader.cancelling())

    async def connect(self, query: Mapping[str, str], origin: str = "") -> None:
        """Connect, as a page of the server or of elsewhere.

        Raises:
            ConnectionError: the server refuses.
        """
        asked = {**query, "EIO": "4", "transport": "websocket"}
        self._socket = await self._http.ws_connect(
            self._origin + _PATH, params=asked, origin=origin or self._origin, max_msg_size=0
        )
        await self._socket.receive_str()
        await self._socket.send_str("40")
        answer = await self._socket.receive_str()
        if not answer.startswith("40"):
            raise ConnectionError(answer)
        self._reader = asyncio.create_task(self._read(self._socket))

    async def lost(self) -> None:
        """Wait until no more messages come, whoever ended the connection."""
        if self._reader is not None:
            await asyncio.wait((self._reader,))

    async def raw(self, text: str) -> None:
        """Send a frame.

        Raises:
            ConnectionError: there is no connection.
        """
        if self._socket is None or not self.connected:
            raise ConnectionError("not connected")
        await self._socket.send_str(text)

    async def emit(self, name: str, content: Any) -> None:
        """Send a message."""
        await self.raw("42" + json.dumps([name, content]))

    async def ask(self, name: str, content: Any) -> None:
        """Send a message, and wait until the server has handled it.

        Raises:
            ConnectionError: the connection ended before.
            TimeoutError: no answer came in time.
        """
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked.append(answered)
        await self.raw(f"42{len(self._asked) - 1}" + json.dumps([name, content]))
        assert self._reader is not None
        await asyncio.wait((answered, self._reader), timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not answered.done():
            raise ConnectionError("lost before the answer") if self._reader.done() else TimeoutError("no answer")

    async def close(self) -> None:
        """Close the connection."""
        self.go_deaf()
        if self._reader is not None:
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
            if self._heard is not None:
                self._heard(text)
            if text.startswith("42"):
                name, *content = json.loads(text[2:])
                self._take(name, content[0] if content else None, now)
            elif answer := re.match(r"43(\d+)", text):
                self._asked[int(answer[1])].set_result(None)
            elif text == "2":
                await socket.send_str("3")
