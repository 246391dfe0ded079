"""The client of an endpoint: it sends requests to one host only, and bounds the size of answers."""

from __future__ import annotations

import ipaddress
import re
import ssl
import zlib
from collections.abc import AsyncIterator
from functools import cache
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx2
import openai

from sandbox.content.words import fault, said
from sandbox.errors import EndpointError
from sandbox.llm.calls import OPENAI, Endpoint, shown_address
from sandbox.llm.limiter import MOST

MOST_ANSWER, MOST_STREAM, MOST_FILE = 1 << 20, 1 << 25, 1 << 30
"""Most bytes, unpacked, of an answer, of a streamed one, and of a file of a batch.

Parsed values take some twenty times the memory of their text, and several answers are read at once.
"""
_LIMITS = httpx2.Limits(max_connections=MOST)
_REDIRECTS = 3
# Whatever else stands there may be anything, such as the key.
_PACKING = re.compile(r"[a-z, ]{1,20}")
_GZIP = 32 + zlib.MAX_WBITS  # gzip or zlib, whichever the data begin with


class ExcessError(Exception):
    """An answer is too large, or packed in a way that was not asked for."""


class ElsewhereError(Exception):
    """The endpoint redirects to another host; the message is that host."""


def connect(endpoint: Endpoint) -> openai.AsyncOpenAI:
    """Return a client for an endpoint; raises `EndpointError` if its address or key cannot be used."""
    address, key = endpoint.base_url or OPENAI, endpoint.api_key or "none"
    if not key.isascii() or not key.isprintable() or key != key.strip():
        raise fault(EndpointError, "call.key", setting=endpoint.sets_key)
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        usable = parts.scheme in ("http", "https") and bool(host) and (parts.port is None or parts.port > 0)
        usable = usable and not re.search(r"[\s\x00-\x1f\x7f]", address)
        if usable:
            who = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
            plain = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
            # A proxy from the environment must not stand between this machine and itself. Over aiohttp, since the
            # client's own transport goes through all its connections at each request (benchmarks/in_flight.py).
            far = not _is_loopback(host)
            http = openai.DefaultAioHttpClient(
                limits=_LIMITS, trust_env=far, auth=who, verify=_trusted(far),
                headers={"Accept-Encoding": "gzip"}, event_hooks={"response": [_guarded]}, max_redirects=_REDIRECTS,
            )  # fmt: skip
            return openai.AsyncOpenAI(
                base_url=plain, api_key=key, max_retries=0, timeout=endpoint.timeout, http_client=http,
                default_query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            )  # fmt: skip
        why = ""
    except UnicodeError:
        why = said("call.no_address")
    except (ValueError, ImportError, httpx2.InvalidURL) as error:
        why = str(error)
    shown = shown_address(address)  # if parts are hidden, so is the reason, which may quote them
    if why and shown == address:
        raise fault(EndpointError, "call.base_url_why", setting=endpoint.sets_address, address=shown, why=why)
    raise fault(EndpointError, "call.base_url", setting=endpoint.sets_address, address=shown)


async def _guarded(response: httpx2.Response) -> None:
    """Refuse a redirect to another host, and bound the size of an answer before it is read.

    The lobby of a table tells people that texts go to this endpoint and nowhere else.
    """
    if response.has_redirect_location and (elsewhere := _elsewhere(response)):
        raise ElsewhereError(elsewhere)
    packed = response.headers.pop("Content-Encoding", "identity").strip().lower()
    if packed not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise ExcessError(said("call.packed", packed=packed if _PACKING.fullmatch(packed) else "***"))
    path = response.url.path
    most = MOST_FILE if "/files/" in path and path.endswith("/content") else MOST_ANSWER
    if response.headers.get("Content-Type", "").startswith("text/event-stream"):
        most = MOST_STREAM
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream, most, unpacks=packed not in ("identity", ""))


def _elsewhere(response: httpx2.Response) -> str:
    """Return the host that a redirect leads to if it is another one; else empty."""
    here, named = response.url, response.headers["Location"]
    try:
        there = here.join(named)
    except (ValueError, httpx2.InvalidURL):
        return str(named)
    secured = (here.scheme, there.scheme) == ("http", "https") and here.port is None and there.port is None
    same = here.host == there.host and ((here.scheme, here.port) == (there.scheme, there.port) or secured)
    return "" if same else there.netloc.decode("ascii", "replace") or str(named)


class _Bounded(httpx2.AsyncByteStream):
    """The bytes of an answer, unpacked as they come, up to a bound."""

    def __init__(self, stream: httpx2.AsyncByteStream, most: int, *, unpacks: bool) -> None:
        self._stream, self._left = stream, most
        self._most, self._packed = most, zlib.decompressobj(_GZIP) if unpacks else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for raw in self._stream:
            piece = self._unpacked(raw) if self._packed else raw
            self._left -= len(piece)
            if self._left < 0:
                raise ExcessError(said("call.large", most=self._most >> 20))
            if piece:
                yield piece

    def _unpacked(self, raw: bytes) -> bytes:
        assert self._packed is not None
        try:
            return self._packed.decompress(raw, self._left + 1)
        except zlib.error as error:
            raise ExcessError(said("call.mispacked")) from error

    async def aclose(self) -> None:
        await self._stream.aclose()


@cache
def _trusted(environment: bool) -> ssl.SSLContext:
    """Return the TLS context, with or without certificates named by the environment; cached, as it takes 30 ms."""
    try:
        return httpx2.create_ssl_context(trust_env=environment)
    except OSError as error:
        raise fault(EndpointError, "call.certificates", why=error.strerror or error) from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
