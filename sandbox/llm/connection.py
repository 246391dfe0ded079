"""The connection to an endpoint: requests go out, and every failure comes back as one of the gateway's own."""

from __future__ import annotations

import email.utils
import ipaddress
import json
import re
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import aiohttp
import httpx2
import openai

from sandbox.errors import EndpointError
from sandbox.llm.abilities import Abilities
from sandbox.llm.calls import OPENAI, Endpoint, shown_address
from sandbox.llm.failures import AbsentError, BusyError, RefusedError, RetryableError
from sandbox.llm.limiter import MOST, Limiter
from sandbox.llm.structured import UnusableAnswerError
from sandbox.llm.usage import Usage, tokens_in

__all__ = ["Answer", "Connection", "at", "connect"]

T = TypeVar("T")
_LIMITS = httpx2.Limits(max_connections=MOST)
_ABSENT = (404, 405)


@dataclass(frozen=True)
class Answer:
    """What an endpoint answered: text, usage, and why it cannot be used if it cannot."""

    text: str
    usage: Usage
    failure: Exception | None = None


class Connection:
    """Sends requests to one endpoint, for all who use it.

    Args:
        endpoint: the endpoint.
        client: the client to use.
        most: requests at once at most.

    Attributes:
        abilities: what the endpoint has turned out to understand.
        limiter: how many requests it gets at once; `send` and `stream` leave it to their caller.
        client: the client.
    """

    def __init__(self, endpoint: Endpoint, client: openai.AsyncOpenAI, most: int = MOST) -> None:
        self.endpoint = endpoint
        self.abilities = Abilities()
        self.limiter = Limiter(most)
        self.client = client
        self._secrets = endpoint.secrets

    async def close(self) -> None:
        """Close the client."""
        await self.client.close()

    async def send(self, body: dict[str, Any]) -> Answer:
        """Return the answer to a request."""
        # A plain object: the client's typed answers and messages cost time, and are not checked anyway.
        data = await self.reach(self.client.post("/chat/completions", cast_to=object, body=body))
        if isinstance(data, str):  # the endpoint did not call it JSON; it may be JSON all the same
            try:
                data = json.loads(data)
            except (ValueError, RecursionError):
                data = None
        return self.read(body, data)

    def read(self, body: dict[str, Any], data: object) -> Answer:
        """Return the answer to a request that a completion, as plain values, gives."""
        text = _text(at(data, "choices", 0, "message", "content"))
        problem = at(data, "error", "message") or at(data, "error")
        return self._answer(body, text, at(data, "usage"), at(data, "choices", 0, "finish_reason"), problem)

    async def stream(self, body: dict[str, Any], on_text: Callable[[str], None]) -> Answer:
        """Return the answer to a request while its text so far goes to a function."""
        on_text("")
        stream = await self.reach(
            self.client.post(
                "/chat/completions",
                cast_to=object,
                body=body,
                stream=True,
                stream_cls=openai.AsyncStream[object],
            )
        )
        text, usage, reason = "", None, None
        try:
            while (chunk := await self.reach(anext(stream, None))) is not None:
                usage = at(chunk, "usage") or usage
                reason = at(chunk, "choices", 0, "finish_reason") or reason
                piece = _text(at(chunk, "choices", 0, "delta", "content"))
                if piece:
                    text += piece
                    on_text(self.redact(text, content=True))
        except RetryableError as error:
            if not text:
                raise
            broken = RetryableError(f"the answer broke off in the middle: {error}")
            return replace(self._answer(body, text, usage, reason), failure=broken)
        finally:
            await stream.close()
        return self._answer(body, text, usage, reason)

    def _answer(self, body: dict[str, Any], text: str, usage: object, reason: object, problem: object = None) -> Answer:
        failure: Exception | None = None
        if reason == "content_filter":
            failure = EndpointError(
                f"{self.endpoint.where}: its content filter refused the answer; reword the text, or use another model"
            )
        elif reason == "length":
            failure = UnusableAnswerError("the answer was cut off at the token limit")
        elif not text and problem:
            failure = RetryableError(f"the endpoint failed [{self.redact(_clip(str(problem)))}]")
        elif not text and usage is None and reason is None:
            failure = UnusableAnswerError("the endpoint returned a web page or an empty answer, not a completion")
        counted = bool(text) or usage is not None or reason is not None
        return Answer(self.redact(text, content=True), _usage(usage, body, text) if counted else Usage(), failure)

    async def reach(self, answer: Awaitable[T]) -> T:
        """Wait for the endpoint; the client's errors, which hold the key, become the gateway's own.

        Raises:
            AbsentError: there is no such address.
            RefusedError: the request was refused.
            RetryableError: a failure that may pass.
            EndpointError: any other.
        """
        failure: Exception
        try:
            return await answer
        except openai.APIStatusError as error:
            failure = self._explain(error)
        except openai.APIConnectionError as error:
            if _timed_out(error):
                words = f"no answer within {self.endpoint.timeout:g} s (timed out); is the endpoint overloaded?"
            else:
                cause = self.redact(_clip(str(error.__cause__ or "")))
                words = "cannot be reached, or closed the connection; is it running, and is OPENAI_BASE_URL right?"
                words += f" [{cause}]" if cause else ""
            failure = RetryableError(words)
        except openai.APIError as error:
            failure = RetryableError(f"broken answer [{self.redact(_clip(error.message))}]")
        except openai.OpenAIError as error:
            failure = EndpointError(f"{self.endpoint.where}: {self.redact(_clip(str(error)))}")
        except UnicodeEncodeError:
            failure = EndpointError(
                f"{self.endpoint.where}: the request holds characters that are not valid Unicode "
                "and cannot be sent; check the text, and SANDBOX_MODEL"
            )
        except (ValueError, RecursionError):
            failure = RetryableError("broken answer: it is not JSON")
        raise failure  # outside of the handler, so that the client's error is not kept as its context

    def _explain(self, error: openai.APIStatusError) -> Exception:
        status = error.status_code
        words = _server_words(error)
        advice = {
            400: "the request was refused; see the endpoint's words",
            401: "the key was refused: set OPENAI_API_KEY to a valid key",
            402: "the account has no credit left",
            403: "access is forbidden: this key may not use this model or endpoint",
            404: f"there is no model '{self.endpoint.model}' or no such address: "
            "check --model / SANDBOX_MODEL and OPENAI_BASE_URL",
            429: "too many requests, or the account's quota is used up; wait, or raise the account's limit",
        }.get(status, "the endpoint failed; try again later" if status >= 500 else "the request was refused")
        shown = "" if status == 401 else self.redact(_clip(words))
        message = f"{self.endpoint.where}: {status}, {advice}" + (f" [{shown}]" if shown else "")
        if error.code == "json_validate_failed":  # the model's fault, not the request's
            return UnusableAnswerError("the endpoint could not read the model's answer as JSON")
        if status in (400, 422):
            return RefusedError(message, f"{words} {error.param or ''}".lower())
        if error.code != "insufficient_quota" and (status in (408, 409, 429) or status >= 500):
            return (BusyError if status == 429 else RetryableError)(message, _retry_after(error))
        return (AbsentError if status in _ABSENT else EndpointError)(message)

    def redact(self, text: str, *, content: bool = False) -> str:
        """Take what is secret out of a text; out of a model's answer only when it cannot be a word of it."""
        for secret in self._secrets:
            if not content or len(secret) >= 16:
                text = text.replace(secret, "***")
        return text


def connect(endpoint: Endpoint) -> openai.AsyncOpenAI:
    """Return a client for an endpoint.

    Raises:
        EndpointError: the endpoint's address or key cannot be used.
    """
    address, key = endpoint.base_url or OPENAI, endpoint.api_key or "none"
    if not key.isascii() or not key.isprintable() or key != key.strip():
        raise EndpointError(
            "OPENAI_API_KEY holds a character that cannot be sent (a space at an end, a line break, "
            "or one that is not ASCII): copy the key again"
        )
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        usable = parts.scheme in ("http", "https") and bool(host) and (parts.port is None or parts.port > 0)
        usable = usable and not re.search(r"[\s\x00-\x1f\x7f]", address)
        if usable:
            who = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
            plain = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
            # A proxy from the environment must not stand between this machine and itself. Over aiohttp, since the
            # client's own transport goes through all its connections at each request (benchmarks/in_flight.py).
            far = not _is_loopback(host)
            http = openai.DefaultAioHttpClient(limits=_LIMITS, trust_env=far, auth=who, verify=_trusted(far))
            return openai.AsyncOpenAI(
                base_url=plain, api_key=key, max_retries=0, timeout=endpoint.timeout, http_client=http
            )
        why = ""
    except (ValueError, ImportError, httpx2.InvalidURL) as error:
        why = f" ({error})"
    shown = shown_address(address)  # nor is the reason told where something is hidden: it may quote that
    raise EndpointError(
        f"OPENAI_BASE_URL: cannot use the address '{shown}'{why if shown == address else ''}; "
        "give one such as https://api.example.com/v1 or http://127.0.0.1:8080/v1"
    )


@cache
def _trusted(environment: bool) -> ssl.SSLContext:
    """Return whom TLS trusts, the certificates that the environment names included or not; to read them takes 30 ms."""
    return httpx2.create_ssl_context(trust_env=environment)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _timed_out(error: openai.APIConnectionError) -> bool:
    cause = error.__cause__.__cause__ if error.__cause__ else None
    lost = isinstance(cause, aiohttp.ClientConnectionError) and not isinstance(cause, TimeoutError)
    return isinstance(error, openai.APITimeoutError) and not lost  # its transport takes a lost connection for one


def _retry_after(error: openai.APIStatusError) -> float | None:
    value = error.response.headers.get("retry-after")
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _server_words(error: openai.APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict):
        return str(body.get("message") or body)
    return str(error.message)


def _clip(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 200 else flat[:197] + "..."


def at(value: object, *path: str | int) -> Any:
    """Return what stands at a path in an answer, or None where the answer has another shape."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _text(content: object) -> str:
    if isinstance(content, list):  # some endpoints answer in parts
        return "".join(_text(at(part, "text")) for part in content)
    return content if isinstance(content, str) else ""


def _usage(usage: object, body: dict[str, Any], text: str) -> Usage:
    prompt, completion = (at(usage, name) for name in ("prompt_tokens", "completion_tokens"))
    if not isinstance(prompt, int) or not isinstance(completion, int) or prompt < 1 or completion < 0:
        asked = "".join(message["content"] for message in body["messages"])
        return Usage(1, tokens_in(asked), 0, tokens_in(text), estimated=True)
    cached = at(usage, "prompt_tokens_details", "cached_tokens")
    return Usage(1, prompt, min(max(cached, 0), prompt) if isinstance(cached, int) else 0, completion)
