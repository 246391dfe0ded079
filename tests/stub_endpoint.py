"""A small OpenAI-compatible endpoint on loopback, which answers as scripted and keeps what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from types import TracebackType
from typing import Any, Literal

__all__ = [
    "Received", "Script", "StubEndpoint", "StubReply", "close_connection", "completion", "error", "stall", "stream",
    "usage",
]  # fmt: skip


@dataclass(frozen=True)
class Received:
    """A request as it came in; the names of its headers in lower case, and a body that is no JSON as bytes."""

    path: str
    headers: Mapping[str, str]
    body: Any
    method: str = "POST"


@dataclass(frozen=True)
class StubReply:
    """One scripted answer.

    Args:
        status: HTTP status.
        body: a JSON value, raw text, or bytes.
        headers: further headers; ``Content-Type`` is JSON unless it is given here.
        action: ``answer``; ``close`` the connection without a word; ``stall`` until the stub is closed;
            ``break`` the connection off after the body; ``drip`` it byte by byte; repeat it in an ``endless`` answer;
            send it as it is in place of a ``raw`` answer.
        pause: seconds between the events of a stream, or the bytes that drip.
    """

    status: int = 200
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    action: Literal["answer", "close", "stall", "break", "drip", "endless", "raw"] = "answer"
    pause: float = 0.0


Script = Sequence[StubReply] | Callable[[Received], StubReply]


def usage(prompt: int = 100, completion: int = 10, cached: int | None = None) -> dict[str, Any]:
    """Return the usage part of a completion."""
    counts: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
    if cached is not None:
        counts["prompt_tokens_details"] = {"cached_tokens": cached}
    return counts


def completion(
    content: str | None,
    *,
    finish_reason: str = "stop",
    counts: dict[str, Any] | None = None,
    with_usage: bool = True,
) -> StubReply:
    """Return a completion with this content.

    Args:
        content: the message's content.
        finish_reason: why the model stopped.
        counts: the usage; by default that of `usage`.
        with_usage: whether the usage is given at all.
    """
    body: dict[str, Any] = {
        "id": "stub",
        "object": "chat.completion",
        "created": 0,
        "model": "stub",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "message": {"role": "assistant", "content": content},
            }
        ],
    }
    if with_usage:
        body["usage"] = counts or usage()
    return StubReply(body=body)


def stream(
    pieces: Sequence[str],
    *,
    finish_reason: str = "stop",
    counts: dict[str, Any] | None = None,
    with_usage: bool = True,
    broken: bool = False,
) -> StubReply:
    """Return a streamed completion (server-sent events).

    Args:
        pieces: the content, piece by piece.
        finish_reason: why the model stopped.
        counts: the usage; by default that of `usage`.
        with_usage: whether the last event gives the usage.
        broken: whether the connection breaks off after the pieces, before the end of the answer.
    """
    events = [_chunk({"role": "assistant", "content": ""}, None)]
    events += [_chunk({"content": piece}, None) for piece in pieces]
    if not broken:
        events.append(_chunk({}, finish_reason))
        if with_usage:
            events.append({**_chunk({}, None), "choices": [], "usage": counts or usage()})
    text = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    return StubReply(
        body=text if broken else text + "data: [DONE]\n\n",
        headers={"Content-Type": "text/event-stream"},
        action="break" if broken else "answer",
    )


def error(status: int, message: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> StubReply:
    """Return an error in OpenAI's form; ``more`` goes beside its message (``code``, ``param``)."""
    return StubReply(status, {"error": {"message": message, **more}}, headers or {})


def close_connection() -> StubReply:
    """Return the reply that closes the connection without an answer."""
    return StubReply(action="close")


def stall() -> StubReply:
    """Return the reply that never comes."""
    return StubReply(action="stall")


class StubEndpoint:
    """The endpoint; used as a context manager.

    Args:
        script: the replies in order, the last one repeated for ever; or a function of the request.

    Attributes:
        received: the requests so far.
        connections: how many connections have been opened.
    """

    def __init__(self, script: Script) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self._script = script
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def base_url(self) -> str:
        """The address to give to a client."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> StubEndpoint:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next_reply(self, request: Received) -> StubReply:
        """Keep a request and return the reply to it."""
        with self._lock:
            self.received.append(request)
            if callable(self._script):
                return self._script(request)
            return self._script[min(len(self.received), len(self._script)) - 1]

    def count_connection(self) -> None:
        """Count a new connection."""
        with self._lock:
            self.connections += 1

    def closing(self, seconds: float) -> bool:
        """Wait so long, and return whether the stub is being closed."""
        return self._closing.wait(seconds)

    def wait_for_close(self) -> None:
        """Wait until the stub is closed."""
        self._closing.wait()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, stub: StubEndpoint) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stub = stub

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients of a test go away in the midst of an answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.stub.count_connection()

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        sent_in = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        stub = self.server.stub
        headers = {name.lower(): value for name, value in self.headers.items()}
        content = json.loads(sent_in) if headers.get("content-type", "").startswith("application/json") else sent_in
        reply = stub.next_reply(Received(self.path, headers, content, self.command))
        if reply.action in ("close", "stall"):
            if reply.action == "stall":
                stub.wait_for_close()
            self.close_connection = True
            return
        body = reply.body if isinstance(reply.body, str | bytes) else json.dumps(reply.body)
        data = body.encode() if isinstance(body, str) else body
        if reply.action == "raw":
            self.wfile.write(data)
            self.close_connection = True
            return
        length = len(data) + (1 if reply.action == "break" else 0)  # one byte that never comes
        length = 1 << 40 if reply.action == "endless" else length
        sent = {"Content-Type": "application/json", "Content-Length": str(length), **reply.headers}
        self.send_response(reply.status)
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.action in ("drip", "endless"):
            self._go_on(data, reply)
        elif reply.pause:
            for piece in data.split(b"\n\n")[:-1]:
                self.wfile.write(piece + b"\n\n")
                self.wfile.flush()
                time.sleep(reply.pause)
        else:
            self.wfile.write(data)
        if reply.action == "break":
            self.close_connection = True

    def _go_on(self, data: bytes, reply: StubReply) -> None:
        pieces = (data[place : place + 1] for place in range(len(data))) if reply.action == "drip" else repeat(data)
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()
            if self.server.stub.closing(reply.pause):
                break

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _chunk(delta: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
    return {
        "id": "stub",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "stub",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }
