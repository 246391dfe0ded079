"""The gate before all pages: limits on requests by address, the owner of a socket, and checks of its messages."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from nicegui import Client, core, json
from socketio.exceptions import ConnectionRefusedError as Refused
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.web.throttle import Bucket, Deed, Throttle

MOST_SOCKETS = 400
"""Sockets that an address may have at once, of pages that are nobody's: several classes behind one router, with some to
spare. Whoever has a link has as many for that."""
SOCKETS_OF_A_PAGE = 3
"""Sockets of a page; with one more the oldest is cut: a page that comes back may have some that it has given up."""
_MOST_POLLS = 6
# Pages of a link whose sockets may be still to come; a facilitator may open many tabs at once.
_MOST_UNCONNECTED: Mapping[Deed, int] = MappingProxyType({"page": 3, "desk page": 12})
_SOCKETS, _OWN = "/_nicegui_ws/", "/_nicegui"
_STRANGER_SECONDS = 10.0
_BODY_SECONDS = 10.0
_MOST_FRAMES = 16
_KEY, _PAGE, _HOLDER = "sandbox.key", "sandbox.page", "sandbox.holder"
_key: ContextVar[str] = ContextVar("key", default="")
LARGEST_MESSAGE = 65_536
"""Bytes that a page may send at once."""
_BARE = frozenset(("1", "2probe", "3", "3probe", "40", "41", "5"))
_MESSAGE = re.compile(r'42(?:\d{1,9})?(?=\["(?:ack|event|handshake|javascript_response)",)')
_NUMBER = re.compile(r"\d{1,12}")
_MOST_ARGUMENTS = 100


class _Keys:
    """The keys of pages, which a page sends with its id when it opens its socket, and nobody else knows."""

    def keys(self) -> tuple[str, ...]:
        """Return the name of the only entry, as of a mapping."""
        return ("key",)

    def __getitem__(self, name: str) -> str:
        return _key.get()


@dataclass
class _Share:
    open: int = 0
    bucket: Bucket = field(default_factory=lambda: Bucket(rate=400.0, burst=2000))


@dataclass(eq=False)
class _Line:
    """A socket of a page, or a request in its place.

    Args:
        until: time at which it is cut, by the loop's clock.
        waits: the task that waits for its next message.
    """

    until: float | None = None
    waits: asyncio.Timeout | None = None

    def cut(self) -> None:
        """Cut it, even while it waits."""
        if self.until is None:
            self.until = asyncio.get_running_loop().time()
            if self.waits is not None:
                self.waits.reschedule(self.until)


class Gate:
    """Lets through requests up to an address's limit, and only valid messages of sockets.

    A socket belongs to the page whose key it shows, and speaks for no other: a page's id alone is of no use.
    Messages that come faster than anybody types are read more slowly; invalid ones are dropped.

    Args:
        app: the application behind it.
        pace: the limits of visitors.
        refused: makes the answer to a request beyond the limit.
        holder: returns how visits to a path are counted, and the token in it if it is somebody's link.
    """

    def __init__(
        self, app: ASGIApp, pace: Throttle, refused: Callable[[Request], Response],
        holder: Callable[[str], tuple[Deed, str]],
    ) -> None:  # fmt: skip
        self._app, self._pace, self._refused, self._holder = app, pace, refused, holder
        self._shares: defaultdict[str, _Share] = defaultdict(_Share)
        self._lines: defaultdict[str, list[_Line]] = defaultdict(list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        who = (scope.get("client") or ("",))[0]
        if scope["type"] == "websocket":
            await self._socket(who, scope, receive, send)
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith(_SOCKETS):
            await self._poll(who, scope, receive, send)
        elif not self._lets(scope, who):
            await self._refused(Request(scope))(scope, receive, send)
        else:
            if scope["method"] == "HEAD":  # nobody answers that by itself; the server leaves the body out
                scope = {**scope, "method": "GET"}
            # The page keeps the scope of its request, and with it the key.
            scope[_KEY] = secrets.token_urlsafe(32)
            _key.set(scope[_KEY])
            await self._app(scope, receive, send)

    def _lets(self, scope: Scope, who: str) -> bool:
        """Count a visit by its address or, for somebody's link, by the link; return whether it is within the limit."""
        if scope["path"].startswith(_OWN):
            return self._pace.allow("file", who)
        kind, token = self._holder(scope["path"])
        if not self._pace.allow(kind, token or who):
            return False
        scope[_HOLDER] = token
        if kind in _MOST_UNCONNECTED:
            _forget_unconnected(token, _MOST_UNCONNECTED[kind] - 1)
        return True

    def _may_open(self, whose: str, *, new: bool = True) -> bool:
        if whose in self._shares and self._shares[whose].open >= MOST_SOCKETS:
            self._pace.refused("socket", MOST_SOCKETS, "server.limit_open")
            return False
        return not new or self._pace.allow("socket", whose)

    async def _socket(self, who: str, scope: Scope, receive: Receive, send: Send) -> None:
        page, whose = _names(_client(_query(scope)), who)
        if not self._may_open(whose):
            await receive()
            await send({"type": "websocket.close"})
            return
        scope[_PAGE] = page
        bucket, line = Bucket(rate=40.0, burst=400), _Line()
        if not page:
            line.until = asyncio.get_running_loop().time() + _STRANGER_SECONDS

        async def taken() -> Message:
            while True:
                try:
                    async with asyncio.timeout_at(line.until) as line.waits:
                        message = await receive()
                except TimeoutError:
                    return {"type": "websocket.disconnect", "code": 1008}
                finally:
                    line.waits = None
                if message["type"] != "websocket.receive":
                    return message
                if len(message.get("text") or "") > LARGEST_MESSAGE:
                    return {"type": "websocket.disconnect", "code": 1009}
                await asyncio.sleep(max(bucket.wait(), share.bucket.wait()))
                if is_sound(message.get("text") or "", page):
                    return message

        with self._open(whose, page, line) as share:
            if page:
                for oldest in self._lines[page][:-SOCKETS_OF_A_PAGE]:
                    oldest.cut()
            await self._app(scope, taken, send)

    async def _poll(self, who: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request of a page whose network blocks sockets."""
        query = _query(scope)
        page, whose = _names(_client(query), who)
        many = bool(page) and len(self._lines.get(page, ())) >= _MOST_POLLS
        if many or not self._may_open(whose, new="sid" not in query):
            await PlainTextResponse("", 429)(scope, receive, send)
            return
        scope[_PAGE] = page
        with self._open(whose, page, _Line()) as share:
            await asyncio.sleep(share.bucket.wait())
            if scope["method"] != "POST":
                await self._app(scope, receive, send)
                return
            frames = (await _body(receive)).split("\x1e")
            sound = [frame for frame in frames[:_MOST_FRAMES] if is_sound(frame, page)]
            if not sound:
                await PlainTextResponse("", 400)(scope, receive, send)
                return
            message = {"type": "http.request", "body": "\x1e".join(sound).encode(), "more_body": False}
            await asyncio.sleep(max(share.bucket.wait() for _ in sound))
            await self._app(scope, _once(message, receive), send)

    @contextmanager
    def _open(self, whose: str, page: str, line: _Line) -> Iterator[_Share]:
        share, lines = self._shares[whose], self._lines[page]
        share.open += 1
        lines.append(line)
        try:
            yield share
        finally:
            share.open -= 1
            lines.remove(line)
            if not share.open:
                del self._shares[whose]
            if not lines:
                del self._lines[page]


def keep_gate() -> None:
    """Send each page its key, and refuse sockets without one, such as those left from an earlier server."""
    core.app.config.socket_io_js_query_params = _Keys()  # type: ignore[assignment]  # asked for each page
    known, took = core.sio.handlers["/"]["connect"], core.sio.handlers["/"]["event"]

    async def connect(sid: str, environ: dict[str, Any], auth: object = None) -> object:
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        own = bool(environ["asgi.scope"].get(_PAGE)) and greets(query)
        if not own or environ.setdefault("sandbox.sid", sid) != sid:
            raise Refused("Implicit handshake failed")  # the words at which NiceGUI's page loads itself anew
        return await known(sid, environ, auth)

    def event(sid: str, message: dict[str, Any]) -> None:
        with suppress(KeyError):  # a listener that is gone, or was never there
            took(sid, message)

    core.sio.on("connect", connect)
    core.sio.on("event", event)


def _client(query: Mapping[str, str]) -> Client | None:
    """Return the page that a socket belongs to; None without one, or if the key is wrong."""
    client = Client.instances.get(query.get("client_id", ""))
    key = str(client.request.scope.get(_KEY, "")) if client else ""
    known = bool(key) and secrets.compare_digest(key.encode(), query.get("key", "").encode("utf-8", "replace"))
    return client if known else None


def _names(client: Client | None, who: str) -> tuple[str, str]:
    """Return the id of a page, if there is one, and the link or address by which its socket is counted."""
    if client is None:
        return "", f"without a page {who}"
    return client.id, _link_of(client) or who


def _link_of(client: Client) -> str:
    """Return the link under which a page was opened; empty without one."""
    with suppress(RuntimeError):  # NiceGUI has pages that no request has brought about
        return str(client.request.scope.get(_HOLDER, ""))
    return ""


def _forget_unconnected(token: str, most: int) -> None:
    """Forget the pages of a link whose sockets never connected, except the last ``most``."""
    of_link = (client for client in Client.instances.values() if _link_of(client) == token)
    for client in [client for client in of_link if client.environ is None][:-most]:
        client.delete()


def _query(scope: Scope) -> dict[str, str]:
    try:
        return dict(parse_qsl(scope["query_string"].decode("ascii"), max_num_fields=40))
    except ValueError:
        return {}


async def _body(receive: Receive) -> str:
    """Return the body of a request; nothing if it is too long or takes too long."""
    body, more = b"", True
    with suppress(TimeoutError, UnicodeDecodeError):
        async with asyncio.timeout(_BODY_SECONDS):
            while more and len(body) <= LARGEST_MESSAGE:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
        return body.decode() if not more and len(body) <= LARGEST_MESSAGE else ""
    return ""


def _once(message: Message, then: Receive) -> Receive:
    waiting = [message]

    async def receive() -> Message:
        return waiting.pop() if waiting else await then()

    return receive


def is_sound(frame: str, page: str) -> bool:
    """Return whether a frame from a socket is accepted.

    Messages of other names are not read at all: NiceGUI's ``log``, for one, writes into the operator's terminal.
    A socket without a page may only send pings.
    """
    if frame in _BARE:
        return True
    kind = _MESSAGE.match(frame)
    if not page or kind is None or len(frame) > LARGEST_MESSAGE:
        return False
    content = _read(frame[kind.end() :])
    if not isinstance(content, list) or len(content) != 2 or not isinstance(content[1], dict):
        return False
    name, message = content
    return bool(message.get("client_id") == page and _FIELDS[name](message))


def greets(query: Mapping[str, Any]) -> bool:
    """Return whether a page sends all that is needed to recognise it."""
    return (
        all(isinstance(query.get(name), str) for name in ("tab_id", "document_id"))
        and isinstance(query.get("old_tab_id", ""), str | None)
        and _is_number(query.get("next_message_id", 0))
    )


def _is_event(message: Mapping[str, Any]) -> bool:
    args = message.get("args", [])
    return (
        type(message.get("id")) is int
        and isinstance(message.get("listener_id"), str)
        and isinstance(args, list)
        and len(args) <= _MOST_ARGUMENTS
        and all(arg is None or (isinstance(arg, str) and _read(arg) is not _NONE) for arg in args)
    )


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _NONE


def _is_number(value: object) -> bool:
    return type(value) is int or (isinstance(value, str) and _NUMBER.fullmatch(value) is not None)


_NONE = object()
_FIELDS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = MappingProxyType({
    "ack": lambda message: type(message.get("next_message_id")) is int,
    "event": _is_event,
    "handshake": greets,
    "javascript_response": lambda message: isinstance(message.get("request_id"), str),
})  # fmt: skip
