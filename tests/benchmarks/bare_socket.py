"""A bare Socket.IO server that sends lines to rooms: what the web app is measured against.

It is what NiceGUI itself stands on (python-socketio under uvicorn), without pages, sessions or a log.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any
from urllib.parse import parse_qs

import socketio
import uvicorn
from nicegui import json

__all__ = ["main"]

server: Any = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*", json=json)


async def _connect(sid: str, environ: dict[str, Any]) -> None:
    await server.enter_room(sid, parse_qs(environ["QUERY_STRING"])["room"][0])


async def _go(_: str, asked: dict[str, Any]) -> None:
    async def send() -> None:
        for number in range(asked["lines"]):
            room = str(number % asked["rooms"])
            await server.emit("line", {"number": number, "at": time.time(), "says": "x" * asked["size"]}, room=room)
            await asyncio.sleep(asked["gap"])

    server.start_background_task(send)


def main(port: int) -> None:
    """Serve until the parent ends this process."""
    server.on("connect", _connect)
    server.on("go", _go)
    app = socketio.ASGIApp(server, socketio_path="/_nicegui_ws/socket.io")
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    main(int(sys.argv[1]))
