"""One typed call to any OpenAI-compatible endpoint: structured, retried, metered, recorded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from sandbox.errors import AnswerError, EndpointError
from sandbox.llm.abilities import narrow, request_body
from sandbox.llm.calls import Call, CallRecord, Endpoint, Question, RecordedCall, Reply, Sampling
from sandbox.llm.connection import Connection
from sandbox.llm.failures import BusyError, RefusedError, RetryableError
from sandbox.llm.limiter import Place
from sandbox.llm.structured import UnusableAnswerError, read_object
from sandbox.llm.usage import Meter, Usage

__all__ = ["ATTEMPTS", "Call", "CallRecord", "Endpoint", "Gateway", "RecordedCall", "Reply", "Sampling", "retrying"]

T = TypeVar("T")
ATTEMPTS = 5
ATTEMPTS_WHEN_BUSY = 8
"""Where the last attempt got a 429: waits of 0.5 s that double outlast the minute by which most limits are set."""
LONGEST_WAIT = 60.0


class Gateway:
    """Calls one endpoint for one session.

    Args:
        connection: the connection to the endpoint, which other sessions use as well.
        meter: counts the session's tokens and holds the budget.
        record: keeps finished calls; None keeps nothing.
        sleep: waits between attempts (seconds).
    """

    def __init__(
        self,
        connection: Connection,
        meter: Meter,
        record: CallRecord | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.connection = connection
        self.meter = meter
        self.record = record
        self.sleep = sleep

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint and model."""
        return self.connection.endpoint

    async def ask(self, call: Call[T]) -> Reply[T]:
        """Make a call, or return its recorded answer.

        Raises:
            BudgetReachedError: the call might exceed the budget.
            AnswerError: the model's answers stayed unusable at every attempt.
            EndpointError: the endpoint refused, or failed at every attempt.
        """
        question = Question.of(self.endpoint.model, call)
        recorded = self.recorded(question)
        if recorded is not None:
            return recorded
        spent: list[Usage] = []
        started = time.perf_counter()
        try:
            with self.connection.limiter.place() as place:
                async for attempt in retrying(self.sleep):
                    number = attempt.retry_state.attempt_number
                    with attempt:
                        again = replace(call, seed=call.seed + number - 1)
                        text = await self._complete(again, question.most, place, spent)
                        value = call.parse(read_object(text))
        except (RetryableError, UnusableAnswerError) as error:
            advice = "; use a model that keeps to JSON: --model / SANDBOX_MODEL"
            kind = AnswerError if isinstance(error, UnusableAnswerError) else EndpointError
            raise kind(
                self.connection.redact(
                    f"{self.endpoint.where} ({self.endpoint.model}): gave up after {number} attempts: "
                    f"{error}{advice if isinstance(error, UnusableAnswerError) else ''}"
                )
            ) from error
        usage = sum(spent, Usage())
        if self.record is not None:
            self.record.add_call(
                RecordedCall(call.key, question.digest, text, usage),
                seat=call.seat,
                stage=call.stage,
                model=self.endpoint.model,
                seconds=time.perf_counter() - started,
            )
        return Reply(value, text, usage, recorded=False)

    def recorded(self, question: Question[T]) -> Reply[T] | None:
        """Return the answer to a question that is on record; None where there is none, or it may not be used now."""
        call = question.call
        known = self.record.find_call(call.key) if self.record is not None else None
        if known is None or known.digest != question.digest:
            return None
        try:
            return Reply(call.parse(read_object(known.text)), known.text, known.usage, recorded=True)
        except UnusableAnswerError:  # what is allowed as an answer has changed since; ask again
            return None

    async def _complete(self, call: Call[T], most: Usage, place: Place, spent: list[Usage]) -> str:
        connection = self.connection
        while True:
            try:
                async with place, self.meter.account.reserved(most, self.endpoint.model):
                    abilities = connection.abilities
                    body = request_body(self.endpoint.model, call, abilities)
                    answer = await (connection.stream(body, call.on_text) if call.on_text else connection.send(body))
                    if answer.usage.calls:
                        spent.append(answer.usage)
                        self.meter.add(call.seat, call.stage, answer.usage)
            except RefusedError as error:
                if connection.abilities == abilities:  # else a call at the same time has narrowed them already
                    narrower = narrow(abilities, error.words, call.sampling)
                    if narrower is None:
                        raise EndpointError(str(error)) from None
                    connection.abilities = narrower
                continue
            if answer.failure is not None:
                raise answer.failure
            return answer.text


def retrying(sleep: Callable[[float], Awaitable[None]]) -> AsyncRetrying:
    """Return the attempts at a request: what may pass is tried again, a bounded number of times."""
    return AsyncRetrying(
        stop=_stop,
        wait=_wait,
        retry=retry_if_exception(lambda error: isinstance(error, RetryableError | UnusableAnswerError)),
        sleep=sleep,
        reraise=True,
    )


def _stop(state: RetryCallState) -> bool:
    busy = state.outcome is not None and isinstance(state.outcome.exception(), BusyError)
    return state.attempt_number >= (ATTEMPTS_WHEN_BUSY if busy else ATTEMPTS)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, UnusableAnswerError):
        return 0.0
    asked: float | None = getattr(error, "retry_after", None)
    return min(LONGEST_WAIT, asked if asked is not None else 0.5 * 2 ** (state.attempt_number - 1))
