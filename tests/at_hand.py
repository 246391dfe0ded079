"""An endpoint that clients of its process reach without a connection; those of other processes have one.

What requests and answers do on their way is held by tests of `sandbox.llm` and the attack, which take `StubEndpoint`.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
from openai._vendor.httpx_aiohttp.transport import AiohttpTransport

from tests.stub_endpoint import Received, Script, StubEndpoint, StubReply

__all__ = ["EndpointAtHand"]

_at_hand: dict[str, EndpointAtHand] = {}
_threads = ThreadPoolExecutor(64)  # a scripted model may take its time, and asked while it does
_connected, _post = AiohttpTransport.handle_async_request, openai.AsyncOpenAI.post
_ready: ContextVar[StubReply | None] = ContextVar("_ready", default=None)


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


def _reply(stub: StubEndpoint, received: Received) -> asyncio.Future[StubReply]:
    return asyncio.get_running_loop().run_in_executor(_threads, stub.next_reply, received)


def _of(address: bytes) -> EndpointAtHand | None:
    stub = _at_hand.get(address.decode())
    return stub if stub is not None and stub.process == os.getpid() else None


def _sent(reply: StubReply) -> tuple[bytes, dict[str, str]]:
    assert reply.action == "answer", "this takes a connection: StubEndpoint"
    body = reply.body if isinstance(reply.body, str | bytes) else json.dumps(reply.body)
    data = body.encode() if isinstance(body, str) else body
    return data, {"Content-Type": "application/json", "Content-Length": str(len(data)), **reply.headers}


async def _handed(self: AiohttpTransport, request: httpx2.Request) -> httpx2.Response:
    stub = _of(request.url.netloc)
    if stub is None:
        return await _connected(self, request)
    content = await request.aread()
    plain = request.headers.get("content-type", "").startswith("application/json")
    received = Received(
        request.url.raw_path.decode(), dict(request.headers), json.loads(content) if plain else content, request.method
    )
    reply = _ready.get() or await _reply(stub, received)
    _ready.set(None)
    data, headers = _sent(reply)
    return httpx2.Response(reply.status, headers=headers, stream=_Sent(data, reply.pause), request=request)


async def _posted(self: openai.AsyncOpenAI, path: str, **more: Any) -> Any:
    """Hand over a completion as it is; whatever else is answered goes through the client."""
    stub = _of(self.base_url.netloc)
    if stub is not None and more["cast_to"] is httpx2.Response:
        headers = {"authorization": f"Bearer {self.api_key}"}
        received = Received(urlsplit(path).path, headers, json.loads(more["content"]), "POST")
        reply = await _reply(stub, received)
        if reply.status == 200:
            data, headers = _sent(reply)
            return httpx2.Response(200, headers=headers, content=data)
        _ready.set(reply)
    return await _post(self, path, **more)


AiohttpTransport.handle_async_request = _handed  # type: ignore[method-assign]
openai.AsyncOpenAI.post = _posted  # type: ignore[method-assign, assignment]
