"""A scripted model that answers each request after a while, however many there are: one event loop, no threads."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys

from tests.scripted import ScriptedModel
from tests.stub_endpoint import Received

__all__ = ["main"]

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class _Http(asyncio.Protocol):
    """As much of HTTP/1.1 as the clients use: one request after another, each with its length."""

    def __init__(self, latency: float) -> None:
        self._latency = latency
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n") + 4
        if end == 3:
            return
        length = _LENGTH.search(self._buffer, 0, end)
        assert length is not None
        last = end + int(length[1])
        if len(self._buffer) < last:
            return
        body = json.loads(self._buffer[end:last])
        del self._buffer[:last]
        answer = json.dumps(ScriptedModel()(Received("", {}, body)).body).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
        asyncio.get_running_loop().call_later(self._latency, self._transport.write, head + answer)


async def _serve(latency: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Http(latency), "127.0.0.1", 0, backlog=4096)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1\n")
    sys.stdout.flush()
    await server.serve_forever()


def main() -> None:
    """Serve until the parent ends this process; the address is the first line printed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.2, help="seconds until an answer")
    asyncio.run(_serve(parser.parse_args().latency))


if __name__ == "__main__":
    main()
