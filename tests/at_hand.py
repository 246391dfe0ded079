"""An endpoint that clients of its process reach without a connection; those of other processes have one.

What requests and answers do on their way is held by tests of `sandbox.llm` and the attack, which take `StubEndpoint`.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from urllib.parse import urlsplit

import httpx2
from openai._vendor.httpx_aiohttp.transport import AiohttpTransport

from tests.stub_endpoint import Received, Script, StubEndpoint

__all__ = ["EndpointAtHand"]

_at_hand: dict[str, EndpointAtHand] = {}
_threads = ThreadPoolExecutor(64)  # a scripted model may take its time, and asked while it does
_connected = AiohttpTransport.handle_async_request


class EndpointAtHand(StubEndpoint):
    """A stub endpoint that has no more to do than to answer; used as a context manager."""

    def __init__(self, script: Script) -> None:
        super().__init__(script)
        self.process = os.getpid()
        self._place = urlsplit(self.base_url).netloc

    def __enter__(self) -> EndpointAtHand:
        _at_hand[self._place] = self
        super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del _at_hand[self._place]
        super().__exit__(kind, error, trace)


class _Sent(httpx2.AsyncByteStream):
    """A body, whose events come so many seconds apart."""

    def __init__(self, body: bytes, pause: float) -> None:
        self._pieces = [piece + b"\n\n" for piece in body.split(b"\n\n")[:-1]] if pause else [body]
        self._pause = pause

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
            await asyncio.sleep(self._pause)


async def _handed(self: AiohttpTransport, request: httpx2.Request) -> httpx2.Response:
    stub = _at_hand.get(request.url.netloc.decode())
    if stub is None or stub.process != os.getpid():
        return await _connected(self, request)
    content = await request.aread()
    plain = request.headers.get("content-type", "").startswith("application/json")
    received = Received(
        request.url.raw_path.decode(), dict(request.headers), json.loads(content) if plain else content, request.method
    )
    reply = await asyncio.get_running_loop().run_in_executor(_threads, stub.next_reply, received)
    assert reply.action == "answer", "this takes a connection: StubEndpoint"
    body = reply.body if isinstance(reply.body, str | bytes) else json.dumps(reply.body)
    data = body.encode() if isinstance(body, str) else body
    headers = {"Content-Type": "application/json", "Content-Length": str(len(data)), **reply.headers}
    return httpx2.Response(reply.status, headers=headers, stream=_Sent(data, reply.pause), request=request)


AiohttpTransport.handle_async_request = _handed  # type: ignore[method-assign]
