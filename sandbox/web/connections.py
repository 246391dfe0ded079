"""Connections: limits on the time and size of requests and on their number, and trusted proxies."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.events import Ping

from sandbox.web.throttle import Bucket

HEAD_SECONDS, BODY_SECONDS = 10.0, 30.0
"""Seconds in which the head of a request must have arrived, and then the rest."""
LONGEST_HEAD = 32_768
"""Bytes of a request's head."""
MOST_CONNECTIONS = 1_000
"""Connections that an address may have open at once, without the sockets of pages."""
MOST_OPEN = 4_000
"""Connections that all addresses together may have open; fewer if a process may open fewer files."""
MOST_WAITING = 200
"""Messages of a socket that may wait to be read."""
_PIECE = 4_096
_OWN_FILES = 300  # of the process itself: logs, stores, modules read late
_MANY_FILES = 65_536
Network = IPv4Network | IPv6Network
_WORD_OF_A_PROXY = (b"x-forwarded-", b"x-real-ip", b"forwarded")


def connections(proxies: Sequence[Network]) -> Callable[..., WebConnection]:
    """Return the factory of connections for the server.

    Proxies in ``proxies`` are trusted on who a visitor is, others are not. From now on the
    process may open as many files as the system lets it.
    """
    most_open = min(MOST_OPEN, _files() - _OWN_FILES)
    return partial(WebConnection, proxies=tuple(proxies), by_address=Counter(), silent={}, most_open=most_open)


def _files() -> int:
    """Raise the process's limit on open files to the hard limit, and return it."""
    if sys.platform == "win32":
        return _MANY_FILES  # it sets no limit to sockets that could be raised
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MANY_FILES if most == resource.RLIM_INFINITY else most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


class WebConnection(HttpToolsProtocol):
    """A connection that is closed if a request takes too long to arrive, or its head is too long.

    If there are too many, the oldest without a request is closed, so that idle ones shut out nobody.
    """

    def __init__(
        self, *, proxies: tuple[Network, ...], by_address: Counter[str], silent: dict[WebConnection, None],
        most_open: int, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(**options)
        self._proxies, self._by_address, self._silent, self._most_open = proxies, by_address, silent, most_open
        self._late: asyncio.TimerHandle | None = None
        self._head: int | None = 0
        self._who = ""
        self._by_proxy = False
        self.ws_protocol_class = Socket

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._who = self.client[0] if self.client else ""
        self._by_proxy = any(_is_in(self._who, network) for network in self._proxies)
        self._by_address[self._who] += 1
        self._silent[self] = None
        own = self._by_address[self._who] > MOST_CONNECTIONS and not self._by_proxy
        if own or self._by_address.total() > self._most_open:
            oldest = next(each for each in self._silent if not own or each._who == self._who)
            del self._silent[oldest]
            oldest.transport.abort()
        self._within(HEAD_SECONDS)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._done()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            self._head += len(data)
        super().data_received(data)
        if self._head is not None and self._head > LONGEST_HEAD and not self.transport.is_closing():
            self.transport.abort()

    @override
    def handle_websocket_upgrade(self) -> None:
        self._done()
        super().handle_websocket_upgrade()

    @override
    def on_message_begin(self) -> None:
        self._head = self._head or 0
        self._within(HEAD_SECONDS)
        super().on_message_begin()

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        if self._by_proxy or not name.lower().startswith(_WORD_OF_A_PROXY):
            super().on_header(name, value)

    @override
    def on_headers_complete(self) -> None:
        self._silent.pop(self, None)
        self._head = None
        self._within(BODY_SECONDS)
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self._head = 0
        self._within(None)
        super().on_message_complete()

    def _within(self, seconds: float | None) -> None:
        """Close the connection after some seconds, unless it is called again before."""
        if self._late is not None:
            self._late.cancel()
        self._late = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)

    def _done(self) -> None:
        """Stop counting the connection, which is closed or becomes the socket of a page."""
        self._within(None)
        self._silent.pop(self, None)
        who, self._who = self._who, ""
        self._by_address[who] -= 1
        if self._by_address[who] <= 0:
            del self._by_address[who]


class Socket(WSProtocol):
    """A socket of a page; it is closed if more arrives than is read.

    Thousands of small messages fit into what a connection takes in at once. Taken in whole they would hold up everybody
    else; so they are taken in by pieces.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._pings = Bucket(rate=2.0, burst=20)

    @override
    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + _PIECE])
            if self.queue.qsize() > MOST_WAITING:
                self._cut()

    @override
    def handle_ping(self, event: Ping) -> None:
        if self._pings.wait():
            self._cut()
        elif not self.transport.is_closing():
            super().handle_ping(event)

    def _cut(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait()
        self.transport.abort()


def _is_in(address: str, network: Network) -> bool:
    try:
        return ip_address(address) in network
    except ValueError:
        return False
