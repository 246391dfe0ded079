"""Connections that are too slow, too long, or too many, and whose word is taken for who a visitor is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

import aiohttp
import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from sandbox.web import connections as connections_module
from sandbox.web.connections import LONGEST_HEAD, MOST_WAITING, Network, Socket, connections


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the headers that came, once the whole request is there."""
    while (await receive()).get("more_body"):
        pass
    body = b"\n".join(name for name, _ in scope["headers"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def served(proxies: Sequence[Network] = ()) -> AsyncIterator[int]:
    """Serve by connections of the web app, and give the port."""
    config, state, make = Config(echo, log_level="critical"), ServerState(), connections(proxies)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: make(config=config, server_state=state, app_state={}), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections_module, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(connections_module, "BODY_SECONDS", 0.3)
    monkeypatch.setattr(connections_module, "MOST_CONNECTIONS", 5)


async def answer(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """Return all that comes back for a request in pieces, until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(pause)
        async with asyncio.timeout(20):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "head",
    [b"", b"G", b"GET / HTTP/1.1\r\nX: ", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1",
     b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"],
)  # fmt: skip
async def test_a_request_that_does_not_come_on_is_given_up(head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for bound in ("HEAD_SECONDS", "BODY_SECONDS"):
        monkeypatch.setattr(connections_module, bound, 0.1)
    async with served() as port:
        assert await answer(port, head) == b""
        assert await answer(port, head, *([b"1"] * 6), pause=0.04) in (b"",) or head.startswith(b"G")


async def test_a_head_without_end_is_given_up() -> None:
    async with served() as port:
        assert b"200 OK" not in await answer(port, b"GET / HTTP/1.1\r\nX: ", b"x" * LONGEST_HEAD, pause=0.01)


async def test_requests_in_time_are_answered_one_after_the_other() -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"
    async with served() as port:
        assert (await answer(port, request, request, last, pause=0.2)).count(b"200 OK") == 3


async def test_an_address_has_so_many_connections_at_once_and_silent_ones_shut_out_nobody() -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    async with served() as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        await asyncio.sleep(0.05)
        assert b"200 OK" in await answer(port, b"GET / HTTP/1.0\r\n\r\n")
        assert await held[0][0].read() == b"", "the oldest that has asked for nothing goes"
        for reader, writer in held[1:]:
            writer.write(request)
            await reader.readuntil(b"host")
        more = await asyncio.open_connection("127.0.0.1", port)
        more[1].write(request)
        await more[0].readuntil(b"host")
        assert await answer(port, b"GET / HTTP/1.0\r\n\r\n") == b"", "those that have asked stay"
        for _, writer in [*held, more]:
            writer.close()
        await asyncio.sleep(0.05)
        assert b"200 OK" in await answer(port, b"GET / HTTP/1.0\r\n\r\n")


async def test_the_word_of_a_proxy_is_believed_where_it_is_known() -> None:
    cases: list[tuple[Sequence[str], bool]] = [
        ((), False),
        (("127.0.0.0/8",), True),
        (("10.0.0.0/8", "::1/128"), False),
    ]
    for proxies, believed in cases:
        said = (
            b"GET / HTTP/1.0\r\nX-Forwarded-For: 1.2.3.4\r\nx-forwarded-host: x\r\nForwarded: x\r\nX-Real-IP: x\r\n\r\n"
        )
        async with served([ip_network(proxy) for proxy in proxies]) as port:
            heard = await answer(port, said)
        assert [name in heard for name in (b"x-forwarded-for", b"x-forwarded-host", b"forwarded", b"x-real-ip")] == [
            believed
        ] * 4


async def test_a_socket_that_sends_more_than_is_read_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Socket] = []

    class Seen(Socket):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            made.append(self)

    async def cut_or_waiting(socket: aiohttp.ClientWebSocketResponse) -> bool:
        """Say whether it was cut, or, where it came slowly enough, is kept waiting with few messages taken in."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(3):
                return (await socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        return made[-1].read_paused and made[-1].queue.qsize() <= MOST_WAITING

    async def deaf(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await gone.wait()

    gone = asyncio.Event()
    monkeypatch.setattr(connections_module, "Socket", Seen)
    config, state, make = Config(deaf, log_level="critical", ws="wsproto"), ServerState(), connections(())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: make(config=config, server_state=state, app_state={}), "127.0.0.1", 0)
    async with server, aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        for flood in ("messages", "pings"):
            async with http.ws_connect(url) as socket, asyncio.timeout(20):
                with contextlib.suppress(ConnectionError, aiohttp.ClientError):
                    for _ in range(5000):
                        await (socket.ping() if flood == "pings" else socket.send_str("x"))
                assert await cut_or_waiting(socket)
        async with http.ws_connect(url) as socket:
            for _ in range(5):
                await socket.send_str("x")
            await asyncio.sleep(0.2)
            assert not socket.closed
            gone.set()
