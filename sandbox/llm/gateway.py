"""One typed call to any OpenAI-compatible endpoint: structured, retried, metered, recorded."""

from __future__ import annotations

import asyncio
import email.utils
import hashlib
import ipaddress
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx2
import openai
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from sandbox.errors import AnswerError, EndpointError
from sandbox.llm.structured import MODES, Mode, UnusableAnswerError, read_object, response_format, spell_out
from sandbox.llm.usage import Meter, Usage

__all__ = ["Call", "CallRecord", "Endpoint", "Gateway", "RecordedCall", "Reply", "Sampling"]

T = TypeVar("T")
ATTEMPTS = 5
LONGEST_WAIT = 60.0
_OPENAI = "https://api.openai.com/v1"
_OPTIONAL = ("temperature", "top_p", "seed", "stream_options")


@dataclass(frozen=True)
class Endpoint:
    """Where a model answers.

    Args:
        model: the model's name there.
        base_url: the endpoint's address; None for OpenAI's own.
        api_key: its key; never shown or stored.
        timeout: seconds for one request.
    """

    model: str
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    timeout: float = 120.0

    @property
    def where(self) -> str:
        """The address for messages, without what may be secret in it."""
        parts = urlsplit(self.base_url or _OPENAI)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


@dataclass(frozen=True)
class Sampling:
    """How an answer is drawn: temperature, longest answer in tokens, and what only some endpoints know."""

    temperature: float
    max_tokens: int
    extra: tuple[tuple[str, float | int | bool], ...] = ()


@dataclass(frozen=True)
class Call(Generic[T]):
    """A question to a model.

    Args:
        key: the call's place in the session, the same whenever the session is run again.
        seat: whom the call is for (usage accounting).
        stage: the stage in which it is made (usage accounting).
        messages: system, examples and one user text.
        schema: JSON schema of the answer.
        parse: turns the answer into a value; raises `UnusableAnswerError` when it cannot.
        sampling: temperature and length.
        seed: random seed sent to the endpoint.
        on_text: receives the raw answer so far while it is streamed; an empty text means a new attempt.
    """

    key: str
    seat: str
    stage: str
    messages: tuple[dict[str, str], ...]
    schema: dict[str, Any]
    parse: Callable[[dict[str, Any]], T]
    sampling: Sampling
    seed: int
    on_text: Callable[[str], None] | None = None


@dataclass(frozen=True)
class Reply(Generic[T]):
    """A model's answer: the parsed value, the raw text, what it cost, and whether it came from the record."""

    value: T
    text: str
    usage: Usage
    recorded: bool


@dataclass(frozen=True)
class RecordedCall:
    """A finished call as kept in the session's log."""

    key: str
    digest: str
    text: str
    usage: Usage


class CallRecord(Protocol):
    """Keeps finished calls, so that none is paid for twice."""

    def find_call(self, key: str) -> RecordedCall | None:
        """Return the finished call of a key."""

    def add_call(self, call: RecordedCall, *, seat: str, stage: str, model: str, seconds: float) -> None:
        """Keep a finished call before its answer is used."""


@dataclass
class _Abilities:
    """What the endpoint has turned out to know; narrowed by its refusals."""

    mode: Mode = "json_schema"
    token_limit: str = "max_tokens"
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Answer:
    """What an endpoint answered: text, usage, and why it cannot be used if it cannot."""

    text: str
    usage: Usage
    failure: Exception | None = None


class _RefusedError(Exception):
    """A refused request; carries the endpoint's words, in lower case."""

    def __init__(self, message: str, words: str) -> None:
        super().__init__(message)
        self.words = words


class _RetryableError(Exception):
    """A failure that may pass; carries the wait that the endpoint asked for, in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Gateway:
    """Calls one endpoint.

    Args:
        endpoint: the endpoint and model.
        meter: counts tokens and holds the budget.
        record: keeps finished calls; None keeps nothing.
        sleep: waits between attempts (seconds).
        client: an OpenAI client to use; by default one is made for the endpoint.

    Raises:
        EndpointError: the endpoint's address or key cannot be used.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        meter: Meter,
        record: CallRecord | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        client: openai.AsyncOpenAI | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.meter = meter
        self._record = record
        self._sleep = sleep
        self._abilities = _Abilities()
        self._client = client or _connect(endpoint)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def ask(self, call: Call[T]) -> Reply[T]:
        """Make a call, or return its recorded answer.

        Raises:
            BudgetReachedError: the budget allows no further call.
            AnswerError: the model's answers stayed unusable at every attempt.
            EndpointError: the endpoint refused, or failed at every attempt.
        """
        digest = _digest(self.endpoint.model, call)
        recorded = self._recorded(call, digest)
        if recorded is not None:
            return recorded
        spent: list[Usage] = []
        retrying = AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            retry=retry_if_exception(lambda error: isinstance(error, _RetryableError | UnusableAnswerError)),
            sleep=self._sleep,
            reraise=True,
        )
        started = time.perf_counter()
        try:
            async for attempt in retrying:
                with attempt:
                    number = attempt.retry_state.attempt_number - 1
                    self.meter.check()
                    text = await self._complete(replace(call, seed=call.seed + number), spent)
                    value = call.parse(read_object(text))
        except (_RetryableError, UnusableAnswerError) as error:
            advice = "; use a model that keeps to JSON: --model / SANDBOX_MODEL"
            kind = AnswerError if isinstance(error, UnusableAnswerError) else EndpointError
            raise kind(
                self._redact(
                    f"{self.endpoint.where} ({self.endpoint.model}): gave up after {ATTEMPTS} attempts: "
                    f"{error}{advice if isinstance(error, UnusableAnswerError) else ''}"
                )
            ) from error
        usage = sum(spent, Usage())
        if self._record is not None:
            self._record.add_call(
                RecordedCall(call.key, digest, text, usage),
                seat=call.seat,
                stage=call.stage,
                model=self.endpoint.model,
                seconds=time.perf_counter() - started,
            )
        return Reply(value, text, usage, recorded=False)

    def _recorded(self, call: Call[T], digest: str) -> Reply[T] | None:
        known = self._record.find_call(call.key) if self._record is not None else None
        if known is None or known.digest != digest:
            return None
        try:
            return Reply(call.parse(read_object(known.text)), known.text, known.usage, recorded=True)
        except UnusableAnswerError:  # what is allowed as an answer has changed since; ask again
            return None

    async def _complete(self, call: Call[T], spent: list[Usage]) -> str:
        while True:
            abilities = self._abilities
            body = self._body(call, abilities)
            try:
                answer = await (self._stream(body, call.on_text) if call.on_text else self._send(body))
            except _RefusedError as error:
                if self._abilities == abilities:  # else a call at the same time has narrowed them already
                    narrower = _narrow(abilities, error.words, call.sampling)
                    if narrower is None:
                        raise EndpointError(str(error)) from None
                    self._abilities = narrower
                continue
            if answer.usage.calls:
                spent.append(answer.usage)
                self.meter.add(call.seat, call.stage, answer.usage)
            if answer.failure is not None:
                raise answer.failure
            return answer.text

    async def _send(self, body: dict[str, Any]) -> _Answer:
        # A plain object: the client's typed answers and messages cost time, and are not checked anyway.
        data = await self._reach(self._client.post("/chat/completions", cast_to=object, body=body))
        if isinstance(data, str):  # the endpoint did not call it JSON; it may be JSON all the same
            try:
                data = json.loads(data)
            except (ValueError, RecursionError):
                data = None
        text = _text(_at(data, "choices", 0, "message", "content"))
        problem = _at(data, "error", "message") or _at(data, "error")
        return self._answer(body, text, _at(data, "usage"), _at(data, "choices", 0, "finish_reason"), problem)

    async def _stream(self, body: dict[str, Any], on_text: Callable[[str], None]) -> _Answer:
        on_text("")
        stream = await self._reach(
            self._client.post(
                "/chat/completions",
                cast_to=object,
                body=body,
                stream=True,
                stream_cls=openai.AsyncStream[object],
            )
        )
        text, usage, reason = "", None, None
        try:
            while (chunk := await self._reach(anext(stream, None))) is not None:
                usage = _at(chunk, "usage") or usage
                reason = _at(chunk, "choices", 0, "finish_reason") or reason
                piece = _text(_at(chunk, "choices", 0, "delta", "content"))
                if piece:
                    text += piece
                    on_text(self._redact(text, content=True))
        except _RetryableError as error:
            if not text:
                raise
            broken = _RetryableError(f"the answer broke off in the middle: {error}")
            return replace(self._answer(body, text, usage, reason), failure=broken)
        finally:
            await stream.close()
        return self._answer(body, text, usage, reason)

    def _answer(
        self, body: dict[str, Any], text: str, usage: object, reason: object, problem: object = None
    ) -> _Answer:
        failure: Exception | None = None
        if reason == "content_filter":
            failure = EndpointError(
                f"{self.endpoint.where}: its content filter refused the answer; reword the text, or use another model"
            )
        elif reason == "length":
            failure = UnusableAnswerError("the answer was cut off at the token limit")
        elif not text and problem:
            failure = _RetryableError(f"the endpoint failed [{self._redact(_clip(str(problem)))}]")
        elif not text and usage is None and reason is None:
            failure = UnusableAnswerError("the endpoint returned a web page or an empty answer, not a completion")
        counted = bool(text) or usage is not None or reason is not None
        return _Answer(self._redact(text, content=True), _usage(usage, body, text) if counted else Usage(), failure)

    async def _reach(self, answer: Awaitable[T]) -> T:
        """Wait for the endpoint; the client's errors, which hold the key, become the gateway's own."""
        failure: Exception
        try:
            return await answer
        except openai.APIStatusError as error:
            failure = self._explain(error)
        except openai.APITimeoutError:
            failure = _RetryableError(
                f"no answer within {self.endpoint.timeout:g} s (timed out); is the endpoint overloaded?"
            )
        except openai.APIConnectionError as error:
            cause = self._redact(_clip(str(error.__cause__ or "")))
            failure = _RetryableError(
                "cannot be reached, or closed the connection; is it running, and is OPENAI_BASE_URL right?"
                + (f" [{cause}]" if cause else "")
            )
        except openai.APIError as error:
            failure = _RetryableError(f"broken answer [{self._redact(_clip(error.message))}]")
        except openai.OpenAIError as error:
            failure = EndpointError(f"{self.endpoint.where}: {self._redact(_clip(str(error)))}")
        except UnicodeEncodeError:
            failure = EndpointError(
                f"{self.endpoint.where}: the request holds characters that are not valid Unicode "
                "and cannot be sent; check the text, and SANDBOX_MODEL"
            )
        except (ValueError, RecursionError):
            failure = _RetryableError("broken answer: it is not JSON")
        raise failure  # outside of the handler, so that the client's error is not kept as its context

    def _body(self, call: Call[T], abilities: _Abilities) -> dict[str, Any]:
        sampling = call.sampling
        messages = list(call.messages)
        if abilities.mode != "json_schema":
            last = messages[-1]
            messages[-1] = {**last, "content": f"{last['content']}\n\n{spell_out(call.schema)}"}
        body: dict[str, Any] = {
            "model": self.endpoint.model,
            "messages": messages,
            "temperature": sampling.temperature,
            abilities.token_limit: sampling.max_tokens,
            "seed": call.seed,
            **dict(sampling.extra),
        }
        if call.on_text is not None:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        shape = response_format(abilities.mode, "answer", call.schema)
        if shape:
            body["response_format"] = shape
        return {name: value for name, value in body.items() if name not in abilities.refused}

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
        shown = "" if status == 401 else self._redact(_clip(words))
        message = f"{self.endpoint.where}: {status}, {advice}" + (f" [{shown}]" if shown else "")
        if error.code == "json_validate_failed":  # the model's fault, not the request's
            return UnusableAnswerError("the endpoint could not read the model's answer as JSON")
        if status in (400, 422):
            return _RefusedError(message, f"{words} {error.param or ''}".lower())
        if error.code != "insufficient_quota" and (status in (408, 409, 429) or status >= 500):
            return _RetryableError(message, _retry_after(error))
        return EndpointError(message)

    def _redact(self, text: str, *, content: bool = False) -> str:
        """Take the key out of a text; out of a model's answer only when it cannot be a word of it."""
        key = self.endpoint.api_key
        return text.replace(key, "***") if key and (not content or len(key) >= 16) else text


def _connect(endpoint: Endpoint) -> openai.AsyncOpenAI:
    address, key = endpoint.base_url or _OPENAI, endpoint.api_key or "none"
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
            # A proxy from the environment must not stand between this machine and itself.
            own = openai.DefaultAsyncHttpxClient(trust_env=False) if _is_loopback(host) else None
            return openai.AsyncOpenAI(
                base_url=address, api_key=key, max_retries=0, timeout=endpoint.timeout, http_client=own
            )
        why = ""
    except (ValueError, ImportError, httpx2.InvalidURL) as error:
        why = f" ({error})"
    raise EndpointError(
        f"OPENAI_BASE_URL: cannot use the address '{address}'{why}; "
        "give one such as https://api.example.com/v1 or http://127.0.0.1:8080/v1"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _narrow(abilities: _Abilities, refusal: str, sampling: Sampling) -> _Abilities | None:
    """Return the abilities without what a refusal names, or None when there is nothing left to give up."""

    def names(word: str) -> bool:
        return re.search(rf"(?<![a-z0-9_]){re.escape(word)}(?![a-z0-9_])", refusal) is not None

    shapes = ("response_format", "response format", "json_schema", "json_object")
    if any(names(word) for word in shapes) or "structured output" in refusal:
        if abilities.mode == "prompt":
            return None
        return replace(abilities, mode=MODES[MODES.index(abilities.mode) + 1])
    if names("max_completion_tokens") and abilities.token_limit == "max_tokens":
        return replace(abilities, token_limit="max_completion_tokens")
    for name in (*_OPTIONAL, *dict(sampling.extra)):
        if names(name.lower()) and name not in abilities.refused:
            return replace(abilities, refused=abilities.refused | {name})
    return None


def _digest(model: str, call: Call[Any]) -> str:
    content = [model, call.messages, call.schema, call.seed, call.sampling.temperature, call.sampling.extra]
    text = json.dumps(content, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, UnusableAnswerError):
        return 0.0
    asked: float | None = getattr(error, "retry_after", None)
    return min(LONGEST_WAIT, asked if asked is not None else 0.5 * 2 ** (state.attempt_number - 1))


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


def _at(value: object, *path: str | int) -> Any:
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
        return "".join(_text(_at(part, "text")) for part in content)
    return content if isinstance(content, str) else ""


def _usage(usage: object, body: dict[str, Any], text: str) -> Usage:
    prompt, completion = (_at(usage, name) for name in ("prompt_tokens", "completion_tokens"))
    if not isinstance(prompt, int) or not isinstance(completion, int) or prompt < 1 or completion < 0:
        asked = sum(len(message["content"]) for message in body["messages"])
        return Usage(1, -(-asked // 4), 0, -(-len(text) // 4), estimated=True)
    cached = _at(usage, "prompt_tokens_details", "cached_tokens")
    return Usage(1, prompt, min(max(cached, 0), prompt) if isinstance(cached, int) else 0, completion)
