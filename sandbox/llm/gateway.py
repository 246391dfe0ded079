"""One typed call to any OpenAI-compatible endpoint: structured, retried, metered, recorded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from sandbox.content.words import Words, fault, said
from sandbox.errors import AnswerError, BudgetReachedError, DeclinedError, EndpointError
from sandbox.llm.abilities import Abilities, left_out, mode_of, narrow, request_body
from sandbox.llm.calls import Call, CallRecord, Endpoint, FailedAnswer, ModelCall, RecordedCall, Reply, given_up_key
from sandbox.llm.connection import LONG, Connection, EndpointAnswer
from sandbox.llm.failures import (
    BusyError,
    CutError,
    NoCompletionError,
    OverdueError,
    PostponedError,
    RefusedError,
    Retry,
    RetryableError,
)
from sandbox.llm.limiter import CallPlace
from sandbox.llm.structured import UnusableAnswerError, UnwillingAnswerError, read_answer
from sandbox.llm.usage import Meter, Usage

T = TypeVar("T")
ATTEMPTS = 5
ATTEMPTS_WHEN_BUSY = 8
"""Attempts after a 429: waits of 0.5 s that double outlast a minute, the period of most rate limits."""
ATTEMPTS_IN_OUTAGE = 36
"""Attempts at an endpoint that answered before and now answers nobody: with `LONGEST_WAIT`, over half an hour."""
LONGEST_WAIT = 60.0
_OUT_OF_REACH = ("unreachable", "500", "502", "503", "504", "529")
_LONGEST_FAILED = 4000  # characters kept of an unusable answer
MORE_ROOM, MOST_ROOM = 4, 32_000
"""Factor on the tokens of a model that was cut off while it reasoned, and the most tokens that it then gets."""


class Gateway:
    """Calls one endpoint for one session.

    Args:
        meter: counts the session's tokens and holds the budget.
        record: keeps finished calls; None keeps nothing.
        sleep: waits between attempts (seconds).

    Attributes:
        on_retry: called before the wait for each request that is made again; with None, outages are not waited out.
        hasty: most attempts if nothing answers, or only a 429; None for the usual numbers.
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
        self.on_retry: Callable[[Retry], None] | None = None
        self.hasty: int | None = None

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint and model."""
        return self.connection.endpoint

    async def ask(self, call: Call[T]) -> Reply[T]:
        """Make a call, or return its recorded answer.

        Raises:
            BudgetReachedError: the call might exceed the budget.
            NoModelError: the endpoint takes no temperature, and the user set one.
            DeclinedError: the model or a filter refused this question.
            AnswerError: the model's answers were unusable at every attempt.
            EndpointError: the endpoint refused, failed at every attempt, or took too long.
        """
        question = ModelCall.of(self.endpoint.model, call)
        recorded = self.recorded(question)
        if recorded is not None:
            return recorded
        answers: list[EndpointAnswer] = []
        started = time.perf_counter()
        clock = _Clock(
            self.endpoint.patience, "SANDBOX_DEADLINE" if self.endpoint.deadline else "2.5 × SANDBOX_TIMEOUT"
        )
        number, wrong = 0, ""
        again, most = call, question.most
        try:
            with self.connection.limiter.place() as place:
                outlasted = _Outage(self.connection).attempts if self.on_retry else None
                async for attempt in retrying(self.sleep, self._announced, self.hasty, outlasted):
                    number = attempt.retry_state.attempt_number
                    with attempt:
                        if number > 1:
                            again = replace(_told(call, wrong), seed=call.seed + number - 1)
                            most = ModelCall.of(self.endpoint.model, again).most
                        answer, abilities = await self._complete(again, most, place, answers, clock)
                        text, long = answer.text, len(answer.text) > LONG
                        try:
                            read = await asyncio.to_thread(read_answer, text) if long else read_answer(text)
                            value = call.parse(read)
                        except UnusableAnswerError as error:
                            answers[-1], wrong = replace(answer, failure=error), self.connection.redact(error.args[0])
                            raise
                        break
        except (RetryableError, UnusableAnswerError, OverdueError) as error:
            self._keep_given_up(question, answers, started)
            raise self._given_up(number, error) from error
        except (AnswerError, EndpointError, BudgetReachedError):
            self._keep_given_up(question, answers, started)
            raise
        usage = _usage(answers)
        sampled, mode = left_out(call, abilities), mode_of(call, abilities)
        failed = unusable(self.connection, answers)
        made = RecordedCall(call.key, question.digest, answer.text, usage, sampled, mode, answer.said, failed)
        self._keep(call, made, started)
        return Reply(value, answer.text, usage, recorded=False)

    def _keep(self, call: Call[Any], made: RecordedCall, started: float) -> None:
        """Record a finished call."""
        if self.record is not None:
            seconds = time.perf_counter() - started
            self.record.add_call(made, seat=call.seat, stage=call.stage, model=self.endpoint.model, seconds=seconds)

    def _keep_given_up(self, question: ModelCall[Any], answers: Sequence[EndpointAnswer], started: float) -> None:
        """Record a call without a usable answer, with no text and under its own key."""
        if self.record is None or not answers:
            return
        number = 1
        while self.record.find_call(key := given_up_key(question.call.key, number)) is not None:  # of earlier runs
            number += 1
        mode, failed = mode_of(question.call, self.connection.abilities), unusable(self.connection, answers)
        made = RecordedCall(key, question.digest, "", _usage(answers), mode=mode, failed=failed)
        self._keep(question.call, made, started)

    def _announced(self, retry: Retry) -> None:
        """Report to ``on_retry`` that a request is made again."""
        if self.on_retry is not None:
            self.on_retry(replace(retry, why=self.connection.redact(retry.why)))

    def recorded(self, question: ModelCall[T]) -> Reply[T] | None:
        """Return the recorded answer to a question; None if there is none or it is not valid any more."""
        call = question.call
        known = self.record.find_call(call.key) if self.record is not None else None
        if known is None or known.digest != question.digest:
            return None
        try:
            return Reply(call.parse(read_answer(known.text)), known.text, known.usage, recorded=True)
        except UnusableAnswerError:  # the rules for answers have changed since
            return None

    async def _complete(
        self, call: Call[T], most: Usage, place: CallPlace, answers: list[EndpointAnswer], clock: _Clock
    ) -> tuple[EndpointAnswer, Abilities]:
        """Return the model's answer, and the abilities by which the request was made."""
        connection = self.connection
        while True:
            sized, room = self._sized(call), connection.room
            try:
                most = replace(most, completion=sized.sampling.max_tokens)
                async with place, self.meter.account.reserved(most, self.endpoint.model):
                    abilities = connection.abilities
                    body, sent = request_body(self.endpoint.asked_for, sized, abilities), time.monotonic()
                    async with clock.running():
                        try:
                            answer = await (
                                connection.stream(body, call.on_text) if call.on_text else connection.send(body)
                            )
                        except BusyError as error:
                            place.refused(error)
                            raise
                    if answer.usage.calls:
                        connection.asked = max(connection.asked or sent, sent)
                        answers.append(answer)
                        self.meter.add(call.seat, call.stage, answer.usage, self.endpoint.model)
            except RefusedError as error:
                if connection.abilities == abilities:  # else a concurrent call has narrowed them already
                    narrower = narrow(abilities, error, call.sampling, self.endpoint.model)
                    if narrower is None:
                        raise EndpointError(error.args[0]) from None
                    connection.abilities = narrower
                continue
            failure = answer.failure
            if isinstance(failure, CutError) and room == 1:
                connection.room = MORE_ROOM  # for all later calls too: it reasons before each answer
                continue
            if isinstance(failure, CutError):
                raise fault(
                    AnswerError, "call.cut", where=self.endpoint.where, model=self.endpoint.model,
                    why=failure.args[0], tokens=sized.sampling.max_tokens,
                )  # fmt: skip
            if failure is not None:
                raise failure
            return answer, abilities

    def _sized(self, call: Call[T]) -> Call[T]:
        """Return a call with the tokens that the endpoint's settings and its model's reasoning need."""
        most = max(call.sampling.max_tokens, self.endpoint.room)
        if self.connection.room > 1:
            most = max(most, min(MOST_ROOM, most * self.connection.room))
        return (
            call
            if most == call.sampling.max_tokens
            else replace(call, sampling=replace(call.sampling, max_tokens=most))
        )

    def _given_up(self, attempts: int, error: Exception) -> EndpointError:
        """Return the error to raise after the last attempt."""
        kind, why, advice = EndpointError, error.args[0], ""
        if isinstance(error, UnwillingAnswerError):
            kind, advice = DeclinedError, "reword"
        elif isinstance(error, NoCompletionError):
            kind, advice = AnswerError if self.connection.asked else EndpointError, "address"
        elif isinstance(error, UnusableAnswerError):
            kind, advice = AnswerError, "json"
        tried = said("call.attempt") if attempts == 1 else said("call.attempts", count=attempts)
        endpoint, other = self.endpoint, self.connection.answering
        if advice:
            why = said("call.advised", why=why, advice=said(f"call.{advice}", setting=endpoint.sets_address))
        if other:
            why = said("call.advised", why=why, advice=said("call.other", other=other, model=endpoint.model))
        message = said("call.given_up", where=endpoint.where, model=endpoint.model, tried=tried, why=why)
        return kind(self.connection.redact(message))


class PostponingGateway(Gateway):
    """Answers from the record alone, without calls, and collects open questions, to be asked in bulk.

    Args:
        failed: by key, why calls that are not made again had no usable answer.

    Attributes:
        open: the questions without an answer on record.
    """

    def __init__(self, connection: Connection, record: CallRecord, failed: Mapping[str, str]) -> None:
        super().__init__(connection, Meter(), record)
        self.open: list[ModelCall[Any]] = []
        self._failed = failed

    async def ask(self, call: Call[T]) -> Reply[T]:
        """Return the answer on record.

        Raises:
            PostponedError: there is none; the question is added to ``open``.
            AnswerError: the call is among the ``failed`` ones.
        """
        question = ModelCall.of(self.endpoint.model, call)
        recorded = self.recorded(question)
        if recorded is not None:
            return recorded
        if call.key in self._failed:
            raise AnswerError(self._failed[call.key])
        self.open.append(question)
        raise PostponedError(call.key)


class _Clock:
    """Bounds the total time of a call's requests; waits between them do not count.

    Args:
        patience: the bound in seconds.
        setting: the setting that it comes from, for the message.
    """

    def __init__(self, patience: float, setting: str) -> None:
        self._patience = self._left = patience
        self._setting = setting

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Count the time of a request; raises `OverdueError` when none is left."""
        started, bound = time.perf_counter(), asyncio.timeout(max(0.0, self._left))
        try:
            async with bound:
                yield
        except TimeoutError:
            if not bound.expired():
                raise
            raise OverdueError(said("call.overdue", seconds=f"{self._patience:g}", setting=self._setting)) from None
        finally:
            self._left -= time.perf_counter() - started


class _Outage:
    """Decides how often a call is tried while its endpoint fails: often only if no other call is answered either."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._failed: float | None = None  # time of the first failure, by the monotonic clock
        self._before: int | None = None  # attempts made when another call was first seen to be answered after that

    def attempts(self, number: int) -> int:
        """Return the most attempts, given the number of the one that failed."""
        asked = self._connection.asked
        self._failed = failed = self._failed or time.monotonic()
        if self._before is None and (asked is None or asked > failed):
            self._before = number - 1
        return ATTEMPTS_IN_OUTAGE if self._before is None else self._before + ATTEMPTS


def unusable(connection: Connection, answers: Iterable[EndpointAnswer]) -> tuple[FailedAnswer, ...]:
    """Return the records of a connection's unusable answers, without secrets and lone surrogates."""
    clean = connection.redact
    return tuple(
        FailedAnswer(
            clean(answer.text).encode("utf-8", "replace").decode()[:_LONGEST_FAILED], clean(answer.failure.args[0])
        )
        for answer in answers
        if answer.failure is not None
    )


def _told(call: Call[T], wrong: str) -> Call[T]:
    """Return a call that also tells the model what was wrong with its last answer, if anything."""
    if not wrong:
        return call
    *before, last = call.messages
    words = Words(call.lang)
    content = f"{last['content']}\n\n{words('call.again', why=words.said(wrong))}"
    return replace(call, messages=(*before, {**last, "content": content}))


def _usage(answers: Sequence[EndpointAnswer]) -> Usage:
    return sum((answer.usage for answer in answers), Usage())


def retrying(
    sleep: Callable[[float], Awaitable[None]],
    on_retry: Callable[[Retry], None] | None = None,
    hasty: int | None = None,
    outlasted: Callable[[int], int] | None = None,
) -> AsyncRetrying:
    """Return the attempts at a request, which is made again a bounded number of times after failures that may pass.

    Args:
        sleep: waits between attempts (seconds).
        on_retry: called before each attempt but the first; or None.
        hasty: most attempts if nothing answers, or only a 429; None for the usual numbers.
        outlasted: returns the most attempts at an endpoint out of reach, given the last one's number; None for the
            usual number.
    """

    def attempts(state: RetryCallState) -> int:
        reason = _reason(state)
        busy = isinstance(_failure(state), BusyError)
        if hasty is not None and (busy or reason == "unreachable"):
            return hasty
        if busy:
            return ATTEMPTS_WHEN_BUSY
        if outlasted is not None and reason in _OUT_OF_REACH:
            return outlasted(state.attempt_number)
        return ATTEMPTS

    def announce(state: RetryCallState) -> None:
        if on_retry is not None:
            error, reason = _failure(state), _reason(state)
            why = error.args[0] if error is not None and reason == "unusable" else ""
            on_retry(Retry(reason, why, _wait(state), state.attempt_number + 1, attempts(state)))

    return AsyncRetrying(
        stop=lambda state: state.attempt_number >= attempts(state),
        wait=_wait,
        retry=retry_if_exception(lambda error: isinstance(error, RetryableError | UnusableAnswerError)),
        sleep=sleep,
        before_sleep=announce,
        reraise=True,
    )


def _failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _reason(state: RetryCallState) -> str:
    error = _failure(state)
    if isinstance(error, RetryableError):
        return error.reason
    return "no_completion" if isinstance(error, NoCompletionError) else "unusable"


def _wait(state: RetryCallState) -> float:
    error = _failure(state)
    if isinstance(error, UnusableAnswerError):
        return 0.0
    asked: float | None = getattr(error, "retry_after", None)
    return min(LONGEST_WAIT, asked if asked is not None else 0.5 * 2 ** (state.attempt_number - 1))
