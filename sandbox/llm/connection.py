"""The connection to an endpoint: it sends requests and raises every failure as one of `sandbox.llm.failures`."""

from __future__ import annotations

import asyncio
import email.utils
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PureWindowsPath
from typing import Any, TypeVar

import aiohttp
import httpx2
import openai
from pydantic_core import PydanticSerializationError, to_json

from sandbox.content.words import fault, said
from sandbox.errors import DeclinedError, EndpointError, Said
from sandbox.llm.abilities import Abilities
from sandbox.llm.calls import Endpoint
from sandbox.llm.failures import AbsentError, BusyError, CutError, NoCompletionError, RefusedError, RetryableError
from sandbox.llm.limiter import MOST, Limiter
from sandbox.llm.masking import Masking
from sandbox.llm.structured import UnusableAnswerError, thinking
from sandbox.llm.transport import ElsewhereError, ExcessError
from sandbox.llm.usage import Usage, tokens_in

T = TypeVar("T")
LONG = 50_000
"""A text of more characters is parsed in a thread, so that nothing else waits for it."""
_LONGEST = 200_000  # characters of an answer, thoughts included: the log keeps them
_LONGEST_QUOTE = 200  # characters of an endpoint's own words in a message
_MOST_TOKENS = 10**9  # of a call: a larger count is wrong
_WEIGHTS = ".gguf"
_ABSENT = (404, 405)
_ADVISED = (400, 401, 402, 403, 404, 429)
_TOO_LONG = ("context length", "context window", "context size", "max_model_len")  # only in answers to long prompts
_FILTERED = ("content_filter", "content_policy_violation")


@dataclass(frozen=True)
class EndpointAnswer:
    """An endpoint's answer: text, usage, the failure if it is unusable, and the model that it names."""

    text: str
    usage: Usage
    failure: Exception | None = None
    said: Mapping[str, str] = field(default_factory=dict)


class Connection:
    """Sends requests to one endpoint, for all its callers.

    Args:
        endpoint: the endpoint and model.
        client: the client for it.
        most: most requests at once.

    Attributes:
        abilities: what the endpoint understands.
        room: factor on requested tokens for a model that reasons before it answers; 1 for others.
        asked: when the latest request with a completion, usable or not, was sent, by the monotonic clock; or None.
        limiter: bounds the requests at once; callers of `send` and `stream` apply it.
    """

    def __init__(self, endpoint: Endpoint, client: openai.AsyncOpenAI, most: int = MOST) -> None:
        self.endpoint = endpoint
        self.abilities = Abilities()
        self.room = 1
        self.asked: float | None = None
        self.limiter = Limiter(most)
        self.client = client
        # The whole address, since the client would join it anew for each call.
        self._completions = str(client.base_url.copy_with(raw_path=client.base_url.raw_path + b"chat/completions"))
        self._masking = Masking(endpoint.masked)
        self._answering = ""

    async def close(self) -> None:
        """Close the client."""
        await self.client.close()

    async def send(self, body: dict[str, Any]) -> EndpointAnswer:
        """Return the answer to a request."""
        # As bytes, since the client's typed answers cost time and are not validated anyway.
        sent = self._encoded(body)
        answer = await self.reach(self.client.post(self._completions, cast_to=httpx2.Response, content=sent))
        try:
            long = len(answer.content) > LONG
            data = await asyncio.to_thread(json.loads, answer.content) if long else json.loads(answer.content)
        except (ValueError, RecursionError):
            if not answer.content.strip():
                empty = said(
                    "call.advised",
                    why=said("call.empty"),
                    advice=said("call.address", setting=self.endpoint.sets_address),
                )
                raise RetryableError(empty, reason="no_completion") from None
            if "json" in answer.headers.get("Content-Type", ""):
                raise RetryableError(said("call.broken", why=said("unfit_line.json"))) from None
            data = None
        return self.read(body, data)

    async def listed(self) -> list[str] | None:
        """Return the names of the models that the endpoint lists; None if it has no list.

        Raises:
            EndpointError: it does not answer, or refuses.
        """
        try:
            models = at(await self.reach(self.client.get("/models", cast_to=object)), "data")
        except AbsentError:
            return None
        except (RefusedError, RetryableError) as error:
            raise EndpointError(error.args[0]) from None
        if not isinstance(models, list):
            return None
        return [self._quoted(name) for each in models if isinstance(name := at(each, "id"), str)]

    def read(self, body: dict[str, Any], data: object) -> EndpointAnswer:
        """Return the answer to the request ``body`` from a completion as plain values."""
        message, error = at(data, "choices", 0, "message"), at(data, "error", "message") or at(data, "error")
        none = said("call.no_choices") if at(data, "choices") == [] else ""
        problem = self._quoted(str(error)) if error else none
        finish, noted = at(data, "choices", 0, "finish_reason"), self._note(data)
        return self._answer(body, _Message(message), at(data, "usage"), finish, noted, problem)

    async def stream(self, body: dict[str, Any], on_text: Callable[[str], None]) -> EndpointAnswer:
        """Return the answer to a request; meanwhile ``on_text`` gets its text so far, first an empty one."""
        on_text("")
        stream = await self.reach(
            self.client.post(
                self._completions,
                cast_to=object,
                content=self._encoded(body),
                stream=True,
                stream_cls=openai.AsyncStream[object],
            )
        )
        whole, usage, reason, shown, said_to_be = _Message(), None, None, 0, dict[str, str]()
        try:
            while (chunk := await self.reach(anext(stream, None))) is not None:
                usage = at(chunk, "usage") or usage
                reason = at(chunk, "choices", 0, "finish_reason") or reason
                said_to_be |= self._note(chunk)
                whole.add(at(chunk, "choices", 0, "delta"))
                # A listener parses the whole text each time, so a long one is passed on less often, at last below.
                if len(whole.text) - shown > shown // 50:
                    shown = len(whole.text)
                    on_text(self._masking.answer(whole.text))
                if len(whole.text) > _LONGEST:
                    break
        except RetryableError as error:
            if not whole.text:
                raise
            broken = RetryableError(said("call.broke_off", why=error.args[0]))
            return replace(self._answer(body, whole, usage, reason, {}), failure=broken)
        finally:
            await stream.close()
        if shown < len(whole.text) <= _LONGEST:
            on_text(self._masking.answer(whole.text))
        return self._answer(body, whole, usage, reason, said_to_be)

    def _encoded(self, body: dict[str, Any]) -> bytes:
        try:
            return to_json(body)
        except PydanticSerializationError:
            raise fault(EndpointError, "call.unsendable", where=self.endpoint.where) from None

    def _answer(
        self,
        body: dict[str, Any],
        message: _Message,
        usage: object,
        reason: object,
        said_to_be: Mapping[str, str],
        problem: str = "",
    ) -> EndpointAnswer:
        failure: Exception | None = None
        text = message.text
        if reason == "content_filter":
            failure = fault(DeclinedError, "call.filtered_answer", where=self.endpoint.where)
        elif message.refusal and not text:
            quote = self._quoted(message.refusal)
            failure = fault(DeclinedError, "call.declined", where=self.endpoint.where, quote=quote)
        elif reason == "length" and (message.thinks or not text.strip()):
            failure = CutError(said("call.cut_thinking"))
        elif reason == "length":
            failure = UnusableAnswerError(said("call.cut_off"))
        elif len(text) > _LONGEST:
            failure = UnusableAnswerError(said("call.long", most=_LONGEST))
            text = ""
        elif not text and problem:
            failure = RetryableError(_quoting(said("call.failed"), problem))
        elif not text and message.calls_tool:
            failure = UnusableAnswerError(said("call.tool"))
        elif not text and usage is None and reason is None:
            failure = NoCompletionError(said("call.no_completion"))
        counted = bool(message.text) or usage is not None or reason is not None
        usage = _usage(usage, body, message.text) if counted else Usage()
        return EndpointAnswer(self._masking.answer(text), usage, failure, said_to_be)

    def _note(self, data: object) -> dict[str, str]:
        """Note the model that the endpoint says answered; return it, if not the one asked for, and its fingerprint.

        Of the path of a file of weights only the name is kept.
        """
        words = {name: at(data, name) for name in ("model", "system_fingerprint")}
        said_to_be = {name: text for name, text in words.items() if isinstance(text, str) and text}
        if (named := said_to_be.get("model", "")).lower().endswith(_WEIGHTS):
            said_to_be["model"] = PureWindowsPath(named).stem  # it knows both kinds of slashes
        self._answering = said_to_be.get("model", self._answering)
        if said_to_be.get("model") == self.endpoint.asked_for:
            del said_to_be["model"]
        return {name: self._quoted(text) for name, text in said_to_be.items()}

    @property
    def answering(self) -> str:
        """The model that the endpoint says answered last, if it is not the one asked for; else empty.

        A more exact name (with a date, or without its maker) counts as the same.
        """
        asked, named = (name.rpartition("/")[2].lower() for name in (self.endpoint.asked_for, self._answering))
        return "" if named.startswith(asked) or asked.startswith(named) else self._quoted(self._answering)

    async def reach(self, answer: Awaitable[T]) -> T:
        """Wait for the endpoint; the client's errors, which hold the key, become our own.

        Raises:
            AbsentError: there is no such address.
            RefusedError: the request was refused.
            DeclinedError: a filter refused the question.
            UnusableAnswerError: the endpoint could not read the model's answer.
            RetryableError: a failure that may pass.
            EndpointError: any other.
        """
        failure: Exception
        try:
            return await answer
        except openai.APIStatusError as error:
            failure = self._explain(error)
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, ElsewhereError | ExcessError):
                failure = self._out_of_bounds(error.__cause__)
            elif _timed_out(error):
                silent = said("call.silent", seconds=f"{self.endpoint.timeout:g}")
                failure = RetryableError(silent, reason="silent")
            else:
                cause = self._quoted(_system_words(error) or str(error.__cause__ or ""))
                lost = said(
                    "call.lost_own" if self.endpoint.base_url else "call.lost", setting=self.endpoint.sets_address
                )
                failure = RetryableError(_quoting(lost, cause), reason="unreachable")
        except (ElsewhereError, ExcessError) as error:
            failure = self._out_of_bounds(error)
        except aiohttp.ClientError as error:  # of those that the client does not know
            words = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
            failure = RetryableError(said("call.not_http", why=self._quoted(words)))
        except openai.APIError as error:
            failure = RetryableError(said("call.broken", why=self._quoted(error.message)))
        except openai.OpenAIError as error:
            failure = fault(EndpointError, "call.at", where=self.endpoint.where, why=self._quoted(str(error)))
        except (ValueError, RecursionError):
            failure = RetryableError(said("call.broken", why=said("unfit_line.json")))
        raise failure  # outside the handler, so that the client's error does not become its context

    def _out_of_bounds(self, error: ElsewhereError | ExcessError) -> Exception:
        if isinstance(error, ExcessError):
            return RetryableError(said("call.broken", why=error.args[0]))
        return fault(
            EndpointError, "call.elsewhere", where=self.endpoint.where, address=self._quoted(str(error)),
            setting=self.endpoint.sets_address,
        )  # fmt: skip

    def _explain(self, error: openai.APIStatusError) -> Exception:
        status, body = error.status_code, error.body
        words = str(body.get("message") or body) if isinstance(body, dict) else str(error.message)
        key = str(status) if status in _ADVISED else "5xx" if status >= 500 else "4xx"
        if error.code == "context_length_exceeded" or any(sign in words.lower() for sign in _TOO_LONG):
            key = "context"
        asked = self.endpoint
        advice = said(f"call.status.{key}", model=asked.model, setting=asked.sets_address, key=asked.sets_key)
        shown = "" if status == 401 else self._quoted(words)
        message = _quoting(said("call.answered", where=self.endpoint.where, status=status, advice=advice), shown)
        if error.code in _FILTERED or at(error.body, "metadata", "flagged_input"):
            return DeclinedError(_quoting(said("call.filtered", where=self.endpoint.where), shown))
        if error.code == "json_validate_failed":  # the model's fault, not the request's
            return UnusableAnswerError(said("call.unread"))
        if status in (400, 422):
            return RefusedError(message, f"{words} {error.param or ''}".lower())
        if error.code != "insufficient_quota" and (status in (408, 409, 429) or status >= 500):
            return (BusyError if status == 429 else RetryableError)(message, _retry_after(error), str(status))
        return (AbsentError if status in _ABSENT else EndpointError)(message)

    def redact(self, text: str) -> str:
        """Return a text for a message, without secrets."""
        return self._masking.message(text)

    def _quoted(self, text: str) -> str:
        """Return an endpoint's words for a message, without secrets and then cut."""
        flat = self.redact(" ".join(text.split()))
        return flat if len(flat) <= _LONGEST_QUOTE else f"{flat[: _LONGEST_QUOTE - 3]}..."


def _quoting(message: Said, quote: str) -> Said:
    """Return a message with a quote, if there is one."""
    return said("call.quoting", message=message, quote=quote) if quote else message


def _timed_out(error: openai.APIConnectionError) -> bool:
    cause = error.__cause__.__cause__ if error.__cause__ else None
    lost = isinstance(cause, aiohttp.ClientConnectionError) and not isinstance(cause, TimeoutError)
    return isinstance(error, openai.APITimeoutError) and not lost  # its transport reports a lost connection as one


def _system_words(error: BaseException) -> str:
    """Return the system's message about a failed connection, such as that it was refused; empty if there is none."""
    cause: BaseException | None = error
    while cause is not None and not (isinstance(cause, OSError) and cause.errno):
        cause = cause.__cause__ or cause.__context__
    if not isinstance(cause, OSError) or cause.errno is None:
        return ""
    return os.strerror(cause.errno) if cause.errno > 0 else str(cause.strerror)


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


def at(value: object, *path: str | int) -> Any:
    """Return the value at a path in an answer, or None if the answer has another shape."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


class _Message:
    """The message of an answer, whole or in pieces.

    Attributes:
        text: the answer's text.
        refusal: the words of a refusal, if the endpoint gives them apart from the text.
    """

    def __init__(self, whole: object = None) -> None:
        self.text = self.refusal = ""
        self.calls_tool = self._reasons = False
        self.add(whole)

    def add(self, piece: object) -> None:
        """Add a piece of the message, or all of it."""
        self.text += _text(at(piece, "content"))
        self.refusal += _text(at(piece, "refusal"))
        self.calls_tool |= bool(at(piece, "tool_calls") or at(piece, "function_call"))
        self._reasons |= bool(at(piece, "reasoning_content") or at(piece, "reasoning"))

    @property
    def thinks(self) -> bool:
        """Whether the model is still reasoning and has not begun its answer."""
        return (self._reasons and not self.text.strip()) or thinking(self.text)


def _text(content: object) -> str:
    if isinstance(content, list):  # some endpoints answer in parts
        return "".join(_text(at(part, "text")) for part in content)
    return content if isinstance(content, str) else ""


def _usage(usage: object, body: dict[str, Any], text: str) -> Usage:
    prompt, completion = (at(usage, name) for name in ("prompt_tokens", "completion_tokens"))
    counted = isinstance(prompt, int) and isinstance(completion, int)
    if not counted or not 1 <= prompt <= _MOST_TOKENS or not 0 <= completion <= _MOST_TOKENS:
        asked = "".join(message["content"] for message in body["messages"])
        return Usage(1, tokens_in(asked), 0, tokens_in(text), estimated=True)
    cached = at(usage, "prompt_tokens_details", "cached_tokens")
    return Usage(1, prompt, min(max(cached, 0), prompt) if isinstance(cached, int) else 0, completion)
