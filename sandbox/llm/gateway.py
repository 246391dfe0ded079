"""One typed call to any OpenAI-compatible endpoint: structured, retried, metered, recorded."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import openai
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from sandbox.errors import AnswerError, EndpointError
from sandbox.llm.abilities import Abilities, narrow, request_body
from sandbox.llm.calls import Call, CallRecord, Endpoint, RecordedCall, Reply, Sampling
from sandbox.llm.connection import Connection, RefusedError, RetryableError
from sandbox.llm.structured import UnusableAnswerError, read_object
from sandbox.llm.usage import Meter, Usage

__all__ = ["Call", "CallRecord", "Endpoint", "Gateway", "RecordedCall", "Reply", "Sampling"]

T = TypeVar("T")
ATTEMPTS = 5
LONGEST_WAIT = 60.0


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
        self._abilities = Abilities()
        self._connection = Connection(endpoint, client)

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()

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
            retry=retry_if_exception(lambda error: isinstance(error, RetryableError | UnusableAnswerError)),
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
        except (RetryableError, UnusableAnswerError) as error:
            advice = "; use a model that keeps to JSON: --model / SANDBOX_MODEL"
            kind = AnswerError if isinstance(error, UnusableAnswerError) else EndpointError
            raise kind(
                self._connection.redact(
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
        connection = self._connection
        while True:
            abilities = self._abilities
            body = request_body(self.endpoint.model, call, abilities)
            try:
                answer = await (connection.stream(body, call.on_text) if call.on_text else connection.send(body))
            except RefusedError as error:
                if self._abilities == abilities:  # else a call at the same time has narrowed them already
                    narrower = narrow(abilities, error.words, call.sampling)
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
