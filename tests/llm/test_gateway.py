"""What a caller of the gateway notices, against a scripted endpoint on loopback."""

from __future__ import annotations

import asyncio
import base64
import email.utils
import gzip
import json
import re
import socket
import time
import traceback
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

import pytest

from sandbox.errors import BudgetReachedError, DeclinedError, EndpointError, InputError
from sandbox.llm.calls import Call, Endpoint, RecordedCall, Reply, Sampling
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.failures import Retry
from sandbox.llm.gateway import ATTEMPTS_IN_OUTAGE
from sandbox.llm.structured import UnusableAnswerError
from sandbox.llm.usage import Budget, BudgetAccount, Meter, Usage
from tests.stub_endpoint import (
    Received,
    StubEndpoint,
    StubReply,
    close_connection,
    completion,
    error,
    stall,
    stream,
    usage,
)

CANARY = "sk-canary-0123456789abcdef"
GOOD = '{"say": "yes"}'
SCHEMA = {"type": "object", "properties": {"say": {"type": "string"}}, "required": ["say"]}


def say(answer: dict[str, Any]) -> str:
    if not isinstance(answer.get("say"), str):
        raise UnusableAnswerError("there is no 'say'")
    return str(answer["say"])


CALL = Call(
    key="t1/mayor",
    seat="mayor",
    stage="debate",
    messages=(
        {"role": "system", "content": "You are the mayor."},
        {"role": "user", "content": "Speak."},
    ),
    schema=SCHEMA,
    parse=say,
    sampling=Sampling(temperature=0.5, max_tokens=200),
    seed=7,
)


class Naps:
    """A sleep that takes no time and keeps how long it was asked to take."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


class Log:
    """Keeps calls in memory."""

    def __init__(self, *calls: RecordedCall) -> None:
        self.calls = {call.key: call for call in calls}

    def find_call(self, key: str) -> RecordedCall | None:
        return self.calls.get(key)

    def add_call(self, call: RecordedCall, *, seat: str, stage: str, model: str, seconds: float) -> None:
        assert (seat, stage, model) == ("mayor", "debate", "m")
        assert seconds >= 0
        self.calls[call.key] = call


async def ask(
    where: StubEndpoint | str,
    *calls: Call[str],
    meter: Meter | None = None,
    log: Log | None = None,
    naps: Naps | None = None,
    key: str | None = CANARY,
    patience: float = 5.0,
    deadline: float | None = None,
) -> list[Reply[str]]:
    """Make the calls, one after another, through one gateway."""
    url = where if isinstance(where, str) else where.base_url
    async with Endpoints(sleep=naps or Naps()) as endpoints:
        gateway = endpoints.gateway(Endpoint("m", url, key, patience, deadline), meter or Meter(), log)
        return [await gateway.ask(call) for call in calls or (CALL,)]


async def fail(where: StubEndpoint | str, *calls: Call[str], **more: Any) -> str:
    """Make the calls, expect an `EndpointError`, and return its message."""
    with pytest.raises(EndpointError) as caught:
        await ask(where, *calls, **more)
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def refusing(word: str, message: str, status: int = 400) -> Callable[[Received], StubReply]:
    """Return a script that refuses requests with ``word`` in their body and answers all others."""

    def reply(request: Received) -> StubReply:
        return error(status, message) if word in request.body else completion(GOOD)

    return reply


async def test_completion() -> None:
    with StubEndpoint([completion(GOOD, counts=usage(120, 12))]) as stub:
        meter = Meter()
        [reply] = await ask(stub, meter=meter)
    assert reply == Reply("yes", GOOD, Usage(1, 120, 0, 12), recorded=False)
    assert meter.by_purpose == {("mayor", "debate"): Usage(1, 120, 0, 12)}
    [request] = stub.received
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {CANARY}"
    assert request.body == {
        "model": "m",
        "messages": list(CALL.messages),
        "temperature": 0.5,
        "max_tokens": 200,
        "seed": 7,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA},
        },
    }


async def test_an_outage_of_half_an_hour_is_waited_out_where_somebody_hears_of_it() -> None:
    naps, heard, failing = Naps(), list[Retry](), StubReply(status=502, body="<html>")
    with StubEndpoint([completion(GOOD), *[failing] * 35, completion(GOOD)]) as stub:
        async with Endpoints(sleep=naps) as endpoints:
            gateway = endpoints.gateway(Endpoint("m", stub.base_url), Meter())
            gateway.on_retry = heard.append
            for number in range(2):
                await gateway.ask(replace(CALL, key=f"t{number}"))
    assert 28 * 60 < sum(naps.waits) < 31 * 60
    assert (len(heard), heard[-1].attempt, heard[-1].attempts) == (35, 36, ATTEMPTS_IN_OUTAGE)


@pytest.mark.parametrize(("answered", "hears", "asked"), [(0, True, 5), (1, False, 6), (1, True, 37)])
async def test_an_endpoint_that_has_never_answered_or_that_nobody_watches_is_soon_given_up(
    answered: int, hears: bool, asked: int
) -> None:
    with StubEndpoint([completion(GOOD)] * answered + [error(503, "down")]) as stub:
        async with Endpoints(sleep=Naps()) as endpoints:
            gateway = endpoints.gateway(Endpoint("m", stub.base_url), Meter())
            gateway.on_retry = (lambda _: None) if hears else None
            for number in range(answered):
                await gateway.ask(replace(CALL, key=f"t{number}"))
            with pytest.raises(EndpointError, match=f"{asked - answered} attempts"):
                await gateway.ask(CALL)
    assert len(stub.received) == asked


async def test_what_fails_while_others_are_answered_is_no_outage() -> None:
    def reply(request: Received) -> StubReply:
        return error(500, "this one") if "poison" in str(request.body["messages"]) else completion(GOOD)

    poison = replace(CALL, messages=({"role": "user", "content": "poison"},))
    with StubEndpoint(reply) as stub:
        async with Endpoints() as endpoints:
            gateway = endpoints.gateway(Endpoint("m", stub.base_url), Meter())
            await gateway.ask(replace(CALL, key="before"))

            async def meanwhile(_: float) -> None:
                await gateway.ask(replace(CALL, key=f"beside {len(stub.received)}"))

            other = endpoints.gateway(gateway.endpoint, Meter())
            other.sleep, other.on_retry = meanwhile, lambda _: None
            with pytest.raises(EndpointError, match="6 attempts"):
                await other.ask(poison)


async def test_connection_is_kept_between_calls() -> None:
    with StubEndpoint([completion(GOOD)]) as stub:
        await ask(stub, CALL, CALL, CALL)
        assert (stub.connections, len(stub.received)) == (1, 3)


async def test_json_called_plain_text_is_read() -> None:
    plain = replace(completion(GOOD), headers={"Content-Type": "text/plain"})
    with StubEndpoint([plain]) as stub:
        [reply] = await ask(stub)
    assert (reply.value, reply.usage) == ("yes", Usage(1, 100, 0, 10))


async def test_content_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": '{"say":'}, {"type": "text", "text": ' "yes"}'}]
    with StubEndpoint([StubReply(body={"choices": [{"message": {"content": parts}}]})]) as stub:
        [reply] = await ask(stub)
    assert reply.value == "yes"


async def test_stream_shows_the_growing_text() -> None:
    seen: list[str] = []
    with StubEndpoint([stream(['{"say"', ': "y', 'es"}'], counts=usage(50, 5, cached=40))]) as stub:
        [reply] = await ask(stub, replace(CALL, on_text=seen.append))
    assert seen == ["", '{"say"', '{"say": "y', '{"say": "yes"}']
    assert (reply.value, reply.usage) == ("yes", Usage(1, 50, 40, 5))
    assert stub.received[0].body["stream"] is True
    assert stub.received[0].body["stream_options"] == {"include_usage": True}


async def test_stream_broken_off_starts_again() -> None:
    seen: list[str] = []
    meter = Meter()
    with StubEndpoint([stream(['{"say": "n'], broken=True), stream([GOOD])]) as stub:
        [reply] = await ask(stub, replace(CALL, on_text=seen.append), meter=meter)
    assert seen == ["", '{"say": "n', "", GOOD]
    assert reply.value == "yes"
    # What the broken answer cost is not known, but it is not free.
    assert meter.total == reply.usage
    assert (reply.usage.calls, reply.usage.estimated) == (2, True)
    assert reply.usage.completion > 10


async def test_stream_that_always_breaks_off_says_so() -> None:
    with StubEndpoint([stream(['{"say": "n'], broken=True)]) as stub:
        message = await fail(stub, replace(CALL, on_text=lambda _: None))
    assert "5 attempts" in message
    assert "broke off in the middle" in message


async def test_stream_without_usage_is_estimated() -> None:
    with StubEndpoint([stream([GOOD], with_usage=False)]) as stub:
        [reply] = await ask(stub, replace(CALL, on_text=lambda _: None))
    letters = sum(len(message["content"]) for message in CALL.messages)
    assert reply.usage == Usage(1, -(-letters // 4), 0, -(-len(GOOD) // 4), estimated=True)


@pytest.mark.parametrize("events", ["", "data: {half\n\n", 'data: {"error": {"message": "overloaded"}}\n\n'])
async def test_stream_of_nothing_is_asked_again(events: str) -> None:
    nothing = StubReply(body=events, headers={"Content-Type": "text/event-stream"})
    with StubEndpoint([nothing, stream([GOOD])]) as stub:
        [reply] = await ask(stub, replace(CALL, on_text=lambda _: None))
    assert (reply.value, len(stub.received)) == ("yes", 2)


async def test_errors_of_the_listener_are_not_taken_for_the_endpoints() -> None:
    def broken(_: str) -> None:
        raise ValueError("a fault in the display")

    with StubEndpoint([stream([GOOD])]) as stub, pytest.raises(ValueError, match="a fault in the display"):
        await ask(stub, replace(CALL, on_text=broken))
    assert len(stub.received) <= 1


async def test_schema_falls_back_step_by_step_and_is_remembered() -> None:
    def reply(request: Received) -> StubReply:
        shape = request.body.get("response_format")
        if shape is None:
            return completion(GOOD)
        return error(400, f"response_format of type '{shape['type']}' is not supported")

    with StubEndpoint(reply) as stub:
        await ask(stub, CALL, replace(CALL, key="t2/mayor"))
    bodies = [request.body for request in stub.received]
    shapes = [body.get("response_format", {}).get("type") for body in bodies]
    assert shapes == ["json_schema", "json_object", None, None]
    assert json.dumps(SCHEMA, sort_keys=True) not in bodies[0]["messages"][-1]["content"]
    for body in bodies[1:]:
        assert json.dumps(SCHEMA, sort_keys=True) in body["messages"][-1]["content"]
        assert body["messages"][0] == CALL.messages[0]


async def test_a_strict_endpoint_gets_the_schema_closed_and_what_is_null_is_left_out() -> None:
    strict = (
        "Invalid schema for response_format 'answer': In context=(), 'required' is required to be supplied and to be "
        "an array including every key in properties. Missing 'why'."
    )
    terms = {"type": "object", "properties": {"payer": {"type": "string", "enum": ["a", "b"]}}}
    parts = {"say": {"type": "string", "maxLength": 9}, "why": {"type": "string"}, "terms": terms}
    call = replace(CALL, schema={"type": "object", "properties": parts, "required": ["say"]}, parse=json.dumps)

    def reply(request: Received) -> StubReply:
        schema = request.body["response_format"]["json_schema"]["schema"]
        if set(schema["required"]) != set(schema["properties"]):
            return error(400, strict, param="response_format")
        return completion('{"say": "yes", "why": null, "terms": {"payer": null}}')

    log = Log()
    with StubEndpoint(reply) as stub:
        plain = replace(call, key="t3", schema={**SCHEMA, "additionalProperties": False})
        replies = await ask(stub, call, replace(call, key="t2"), plain, log=log)
    assert [json.loads(each.value) for each in replies[:2]] == [{"say": "yes", "terms": {}}] * 2
    assert [call.mode for call in log.calls.values()] == ["closed_schema", "closed_schema", "json_schema"]
    shapes = [request.body["response_format"]["json_schema"] for request in stub.received]
    assert shapes[0]["schema"] == call.schema, "whoever takes it gets it as it is"
    assert shapes[3]["schema"] == plain.schema
    payer = {"type": ["string", "null"], "enum": ["a", "b", None]}
    closed = {"type": "object", "properties": {"payer": payer}, "required": ["payer"], "additionalProperties": False}
    whole = {
        "say": {"type": "string"}, "why": {"type": ["string", "null"]}, "terms": {"anyOf": [closed, {"type": "null"}]},
    }  # fmt: skip
    schema = {"type": "object", "properties": whole, "required": [*whole], "additionalProperties": False}
    assert shapes[1] == shapes[2] == {"name": "answer", "strict": True, "schema": schema}


@pytest.mark.parametrize(
    "words",
    ["'minLength' is not permitted in this schema", "additionalProperties must be false", "only strict schemas"],
)
async def test_json_mode_comes_after_the_closed_schema_where_a_schema_is_refused(words: str) -> None:
    def reply(request: Received) -> StubReply:
        return error(400, words) if "json_schema" in request.body["response_format"] else completion(GOOD)

    log = Log()
    with StubEndpoint(reply) as stub:
        await ask(stub, CALL, log=log)
    assert [request.body["response_format"]["type"] for request in stub.received] == [
        "json_schema",
        "json_schema",
        "json_object",
    ]
    assert log.calls[CALL.key].mode == "json_object"


async def test_calls_at_the_same_time_fall_back_only_as_far_as_needed() -> None:
    def reply(request: Received) -> StubReply:
        if request.body.get("response_format", {}).get("type") == "json_schema":
            return error(400, "response_format: json_schema is not supported")
        return completion(GOOD)

    with StubEndpoint(reply) as stub:
        async with Endpoints() as endpoints:
            gateway = endpoints.gateway(Endpoint("m", stub.base_url), Meter())
            await asyncio.gather(*(gateway.ask(replace(CALL, key=str(number))) for number in range(4)))
    assert all("response_format" in request.body for request in stub.received)


@pytest.mark.parametrize(
    ("name", "status"), [("temperature", 400), ("seed", 422), ("stream_options", 400), ("top_k", 400)]
)
async def test_refused_parameters_are_dropped(name: str, status: int) -> None:
    def reply(request: Received) -> StubReply:
        if name in request.body:
            return error(status, f"Unsupported parameter: '{name}' is not supported with this model.")
        return stream([GOOD])

    call = replace(CALL, sampling=Sampling(0.5, 200, (("top_k", 20),)), on_text=lambda _: None)
    with StubEndpoint(reply) as stub:
        replies = await ask(stub, call, call)
    assert [reply.value for reply in replies] == ["yes", "yes"]
    assert [name in request.body for request in stub.received] == [True, False, False]
    kept = {"temperature", "seed", "stream_options", "top_k"} - {name}
    assert all(kept <= request.body.keys() for request in stub.received)


async def test_a_temperature_that_somebody_asked_for_is_never_left_out() -> None:
    asked = replace(CALL, key="asked", sampling=replace(CALL.sampling, asked=True))
    log = Log()
    takes_none = pytest.raises(InputError, match=r"m takes no temperature of 0\.5, for which you asked")
    with StubEndpoint(refusing("temperature", "'temperature' does not support 0.5.")) as stub, takes_none as refused:
        await ask(stub, CALL, asked, log=log)
    assert refused.value.exit_code == 2
    assert log.calls[CALL.key].left_out == ("temperature",)


async def test_parameter_named_beside_the_message_is_dropped() -> None:
    def reply(request: Received) -> StubReply:
        return error(400, "not supported", param="seed") if "seed" in request.body else completion(GOOD)

    with StubEndpoint(reply) as stub:
        [answer] = await ask(stub)
    assert answer.value == "yes"


async def test_token_limit_takes_its_new_name() -> None:
    message = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    with StubEndpoint(refusing("max_tokens", message)) as stub:
        await ask(stub, CALL, CALL)
    assert [request.body.get("max_completion_tokens") for request in stub.received] == [None, 200, 200]


async def test_refusal_that_names_nothing_known_ends_the_call() -> None:
    words = "This request exceeds the context size of 16384 tokens"
    with StubEndpoint([error(400, words)]) as stub:
        message = await fail(stub)
    assert words in message
    assert len(stub.received) == 1


async def test_retry_after_in_seconds() -> None:
    naps = Naps()
    busy = error(429, "slow down", headers={"Retry-After": "7"})
    with StubEndpoint([busy, busy, completion(GOOD)]) as stub:
        [reply] = await ask(stub, naps=naps)
    assert reply.value == "yes"
    assert naps.waits == [7.0, 7.0]


async def test_retry_after_as_a_date() -> None:
    naps = Naps()
    date = email.utils.formatdate(time.time() + 20, usegmt=True)
    with StubEndpoint([error(429, "slow down", headers={"Retry-After": date}), completion(GOOD)]) as stub:
        await ask(stub, naps=naps)
    [wait] = naps.waits
    assert 10 < wait <= 20


async def test_retry_after_is_bounded() -> None:
    cases: list[tuple[str, float]] = [("3600", 60.0), ("inf", 60.0), ("-5", 0.0), ("soon", 0.5), ("nan", 0.0)]
    for asked, waited in cases:
        naps = Naps()
        busy = error(429, "slow down", headers={"Retry-After": asked})
        with StubEndpoint([busy, completion(GOOD)]) as stub:
            await ask(stub, naps=naps)
        assert naps.waits == [waited]


async def test_quota_used_up_is_not_asked_again() -> None:
    with StubEndpoint([error(429, "You exceeded your quota", code="insufficient_quota")]) as stub:
        message = await fail(stub)
    assert "quota" in message
    assert len(stub.received) == 1


async def test_passing_faults_are_tried_again() -> None:
    for fault in (error(500, "oops"), close_connection()):
        naps = Naps()
        with StubEndpoint([fault, fault, completion(GOOD)]) as stub:
            [reply] = await ask(stub, naps=naps)
        assert reply.value == "yes"
        assert [request.body["seed"] for request in stub.received] == [7, 8, 9]
        assert naps.waits == [0.5, 1.0]


async def test_lasting_fault_ends_after_five_attempts() -> None:
    naps = Naps()
    with StubEndpoint([error(503, "the model is loading")]) as stub:
        message = await fail(stub, naps=naps)
    assert len(stub.received) == 5
    assert naps.waits == [0.5, 1.0, 2.0, 4.0]
    for part in (stub.base_url, "5 attempts", "503", "try again later", "the model is loading"):
        assert part in message


async def test_too_many_requests_are_waited_out_for_a_minute() -> None:
    naps = Naps()
    with StubEndpoint([error(429, "slow down")]) as stub:
        message = await fail(stub, naps=naps)
    assert "gave up after 8 attempts" in message
    assert len(stub.received) == 8
    assert sum(naps.waits) > 60


async def test_nothing_listening() -> None:
    naps = Naps()
    message = await fail(f"http://127.0.0.1:{free_port()}/v1", naps=naps)
    assert "cannot be reached" in message
    assert "OPENAI_BASE_URL" in message
    assert len(naps.waits) == 4


async def test_a_closed_connection_is_not_called_a_timeout() -> None:
    with StubEndpoint([close_connection()]) as stub:
        message = await fail(stub)
    assert "closed the connection" in message
    assert "timed out" not in message


async def test_no_answer_in_time() -> None:
    with StubEndpoint([stall(), completion(GOOD)]) as stub:
        [reply] = await ask(stub, patience=0.2, deadline=60)
    assert reply.value == "yes"
    with StubEndpoint([stall()]) as stub:
        message = await fail(stub, patience=0.1, deadline=60)
    assert "timed out" in message
    assert len(stub.received) == 5


HTML = "<!DOCTYPE html><html><body>Sign in</body></html>"
UNUSABLE = {
    "prose": completion("I would rather say yes."),
    "page": StubReply(body=HTML, headers={"Content-Type": "text/html"}),
    "half an object": completion('{"say": "ye'),
    "half an object with a whole one inside": completion('{"then": {"say": "no"}, "sa'),
    "half a body": StubReply(body='{"choices": [{"mess'),
    "null": completion(None),
    "cut off": completion('{"say": "yes, and', finish_reason="length"),
    "other keys": completion('{"speak": "yes"}'),
    "a list": StubReply(body=[1, 2]),
    "no choices": StubReply(body={"choices": []}),
    "error with status 200": StubReply(body={"error": {"message": "no capacity", "code": 502}}),
    "endpoint could not read its own model": error(400, "Failed to generate JSON", code="json_validate_failed"),
    "thoughts only": completion("<think>Shall I say {yes}?"),
}


async def test_unusable_answers_are_asked_again_and_end_after_five_attempts() -> None:
    for reply in UNUSABLE.values():
        with StubEndpoint([*[reply] * 7, completion(GOOD)]) as stub:
            message = await fail(stub)
            assert "5 attempts" in message
            assert len(message) < 500
            assert len(stub.received) == 5
            [answer] = await ask(stub)
        assert answer.value == "yes"
        assert len(stub.received) == 8


async def test_who_is_asked_again_is_told_what_was_wrong_and_the_answer_is_kept_for_the_question_as_it_was() -> None:
    log = Log()
    with StubEndpoint([completion("I would rather say yes."), completion('{"speak": 1}'), completion(GOOD)]) as stub:
        await ask(stub, log=log)
        [again] = await ask(stub, log=log)
    asked = [request.body["messages"][-1]["content"] for request in stub.received]
    assert asked[0] == "Speak."
    told = "Speak.\n\nYour last answer was not used: {}. Answer anew, with one JSON object as asked for."
    assert asked[1:] == [told.format("the model returned prose, not JSON"), told.format("there is no 'say'")]
    assert again.recorded
    with StubEndpoint([completion("I would rather say yes."), completion(GOOD)]) as stub:
        await ask(stub, replace(CALL, lang="zh"))
    assert "\n\n上一次的回答没有采用：" in stub.received[1].body["messages"][-1]["content"]


async def test_message_after_unusable_answers_says_what_to_do() -> None:
    with StubEndpoint([completion("I would rather say yes.")]) as stub:
        message = await fail(stub)
    assert "prose, not JSON" in message
    assert "SANDBOX_MODEL" in message


async def test_endpoints_own_words_are_shown_for_an_error_with_status_200() -> None:
    with StubEndpoint([UNUSABLE["error with status 200"]]) as stub:
        assert "no capacity" in await fail(stub)


async def test_object_is_found_in_what_stands_around_it() -> None:
    cases: list[str] = [
        '<think>Shall I say {"say": "no"}?</think>{"say": "yes"}',
        'Here:\n```json\n{"say": "yes"}\n```\nIs that all?',
    ]
    for content in cases:
        with StubEndpoint([completion(content)]) as stub:
            [reply] = await ask(stub)
        assert (reply.value, reply.text) == ("yes", content)


async def test_lasting_refusals_end_at_once() -> None:
    cases: list[tuple[int, str]] = [
        (400, "refused"), (401, "OPENAI_API_KEY"), (402, "credit"), (403, "may not use this model"),
        (404, "SANDBOX_MODEL"),
    ]  # fmt: skip
    for status, advice in cases:
        with StubEndpoint([error(status, "no")]) as stub:
            message = await fail(stub)
        assert len(stub.received) == 1
        assert str(status) in message
        assert advice in message


async def test_a_prompt_that_is_too_long_for_the_model_is_told_as_that() -> None:
    with StubEndpoint([error(400, "This model's maximum context length is 2048 tokens.")]) as stub:
        message = await fail(stub)
    assert "longer than the model can read there" in message
    assert "larger context" in message


async def test_key_is_never_shown_when_the_endpoint_echoes_it() -> None:
    for status in (400, 401, 429, 500):
        with StubEndpoint([error(status, f"the key {CANARY} is not welcome")]) as stub:
            assert str(status) in await fail(stub)


async def test_no_part_of_the_key_is_shown_where_the_endpoints_words_are_cut() -> None:
    places = range(150, 201, 2)
    told = [error(400, f"{'x' * before} {CANARY} and much more that is not shown any more") for before in places]
    with StubEndpoint(told) as stub:
        assert [before for before in places if CANARY[:8] in await fail(stub)] == []
    assert len(stub.received) == len(places)


async def test_a_count_that_nothing_can_have_taken_does_not_count() -> None:
    for count in (10**20, 10**400, -1):
        meter = Meter(BudgetAccount(Budget(money=1.0, price_input=1.0, price_output=1.0)))
        reply = completion(GOOD)
        reply.body["usage"] = {"prompt_tokens": count, "completion_tokens": count}
        with StubEndpoint([reply]) as stub:
            await ask(stub, meter=meter)
        assert meter.total.estimated
        assert meter.total.total < 1_000


async def test_key_is_never_shown_when_an_answer_echoes_it() -> None:
    for reply in (StubReply(body={"error": CANARY}), completion(CANARY)):
        with StubEndpoint([reply]) as stub:
            assert await fail(stub)


async def test_key_is_never_kept() -> None:
    log, seen = Log(), list[str]()
    with StubEndpoint([stream(['{"say": "', CANARY, '"}'])]) as stub:
        [reply] = await ask(stub, replace(CALL, on_text=seen.append), log=log)
    assert CANARY not in repr((reply, log.calls, seen))
    assert reply.value == "***"


async def test_a_key_that_comes_back_escaped_in_pieces_or_cut_off_is_never_shown() -> None:
    key = "sk-Can/ary+0123456789\\abcdef"
    forms = [
        json.dumps(key)[1:-1].replace("/", r"\/"), "".join(rf"\u{ord(letter):04X}" for letter in key),
        json.dumps(json.dumps(key)[1:-1])[1:-1], quote(key, safe=""),
    ]  # fmt: skip
    for form in (*forms, json.dumps(key.upper())[1:-1]):
        log, seen = Log(), list[str]()
        cut = stream(['{"say": "it is ', *form[:-1]], finish_reason="length")
        with StubEndpoint([cut, stream(['{"say": "it is ', *form, ' here"}'])]) as stub:
            [reply] = await ask(stub, replace(CALL, on_text=seen.append), log=log, key=key)
        assert reply.value == "it is *** here"
        assert len(seen) > len(form)
        assert '{"say": "it is ' in seen, "what comes before it is shown at once"
        letters = partial(re.sub, r"(?i)\\+u00([0-9a-f]{2})", lambda code: chr(int(code[1], 16)))
        shown = [unquote(letters(each)).replace("\\", "") for each in (*seen, repr(log.calls))]
        assert not any(key[:8].lower() in text.lower() for text in shown)


async def test_a_key_that_comes_back_in_a_header_is_not_shown() -> None:
    places = [
        {"Content-Encoding": CANARY},
        {"Location": f"http://{CANARY.upper()}.example/v1"},
        {"Retry-After": CANARY},
    ]
    for status, headers in zip((200, 307, 429), places, strict=True):
        with StubEndpoint([StubReply(status, {}, headers)] * 8) as stub:
            assert CANARY[:9] not in (await fail(stub)).lower()


def test_key_is_not_in_the_endpoints_repr() -> None:
    assert CANARY not in repr(Endpoint("m", "http://127.0.0.1/v1", CANARY))


def test_secrets_in_the_address_are_not_in_its_name() -> None:
    where = Endpoint("m", f"http://me:{CANARY}@127.0.0.1:1/v1?key={CANARY}").where
    assert where == "http://127.0.0.1:1/v1"
    assert Endpoint("m", f"http://127.0.0.1:1/{CANARY}/v1", CANARY).where == "http://127.0.0.1:1/***/v1"
    assert Endpoint("m", "http://localhost/v1", "localhost").where == "http://localhost/v1"


async def test_short_placeholder_key_does_not_alter_answers() -> None:
    with StubEndpoint([completion('{"say": "none of it"}')]) as stub:
        [reply] = await ask(stub, key="none")
    assert reply.value == "none of it"


async def test_content_filter_ends_the_call_and_is_counted() -> None:
    meter = Meter()
    with StubEndpoint([completion(None, finish_reason="content_filter")]) as stub:
        message = await fail(stub, meter=meter)
    assert "content filter" in message
    assert len(stub.received) == 1
    assert meter.total == Usage(1, 100, 0, 10)


async def test_missing_usage_is_estimated() -> None:
    cases: list[dict[str, Any] | None] = [
        None,
        {},
        {"prompt_tokens": None, "completion_tokens": None},
        {"prompt_tokens": "9"},
        usage(0, 0),
    ]
    for counts in cases:
        body = {"choices": [{"message": {"content": GOOD}, "finish_reason": "stop"}], "usage": counts}
        with StubEndpoint([StubReply(body=body)]) as stub:
            [reply] = await ask(stub)
        assert reply.usage.estimated
        assert reply.usage.completion == -(-len(GOOD) // 4)


async def test_cached_tokens_are_counted() -> None:
    with StubEndpoint([completion(GOOD, counts=usage(100, 10, cached=64))]) as stub:
        [reply] = await ask(stub)
    assert reply.usage == Usage(1, 100, 64, 10)


async def test_unusable_answers_are_counted_and_kept_each_with_why() -> None:
    meter, log, long = Meter(), Log(), f"\ud800 {CANARY} " + "x" * 5000
    with StubEndpoint([completion(long), completion(None), completion(GOOD)]) as stub:
        [reply] = await ask(stub, meter=meter, log=log)
    assert reply.usage == meter.total == Usage(3, 300, 0, 30)
    prose, nothing = log.calls[CALL.key].failed
    assert (prose.text, prose.why) == (f"? *** {'x' * 5000}"[:4000], "the model returned prose, not JSON")
    assert (nothing.text, nothing.why) == ("", "the model returned no content")
    with StubEndpoint([completion('{"say": 1}')]) as stub:
        await fail(stub, log=(log := Log()))
    assert [(each.text, each.why) for each in log.calls[f"given_up:1:{CALL.key}"].failed] == [
        ('{"say": 1}', "there is no 'say'")
    ] * 5


async def test_token_budget_stops_before_the_next_request() -> None:
    meter = Meter(BudgetAccount(Budget(max_tokens=400)))  # a call takes 110, and might take 249
    with StubEndpoint([completion(GOOD)]) as stub:
        with pytest.raises(BudgetReachedError, match=r"220 of 400 tokens used, and the next call may take 249"):
            await ask(stub, CALL, CALL, CALL, meter=meter)
        assert len(stub.received) == 2


async def test_token_budget_stops_in_the_midst_of_retries() -> None:
    naps = Naps()
    with StubEndpoint([completion("prose")]) as stub:
        with pytest.raises(BudgetReachedError):
            await ask(stub, meter=Meter(BudgetAccount(Budget(max_tokens=400))), naps=naps)
        assert len(stub.received) == 2


async def test_money_budget() -> None:
    meter = Meter(BudgetAccount(Budget(money=0.0024, price_input=1.0, price_output=10.0)))
    with StubEndpoint([completion(GOOD)]) as stub:
        with pytest.raises(BudgetReachedError, match=r"0\.0004 of 0\.0024 spent, and the next call may cost 0\.0020"):
            await ask(stub, CALL, CALL, CALL, meter=meter)
        assert len(stub.received) == 2


async def test_recorded_call_is_not_made_again() -> None:
    log = Log()
    with StubEndpoint([completion(GOOD)]) as stub:
        [first] = await ask(stub, log=log)
        meter = Meter(BudgetAccount(Budget(max_tokens=1)))
        [second] = await ask(stub, log=log, meter=meter)
    assert len(stub.received) == 1
    assert meter.total == Usage()
    assert second == replace(first, recorded=True)


async def test_changed_call_is_made_again() -> None:
    cases: list[dict[str, Any]] = [
        {"messages": ({"role": "user", "content": "Speak up."},)},
        {"schema": {**SCHEMA, "title": "other"}},
        {"seed": 8},
        {"sampling": Sampling(0.9, 200)},
    ]
    for changes in cases:
        changed = replace(CALL, **changes)
        log = Log()
        with StubEndpoint([completion(GOOD), completion('{"say": "no"}')]) as stub:
            replies = await ask(stub, CALL, changed, log=log)
        assert [(reply.value, reply.recorded) for reply in replies] == [("yes", False), ("no", False)]
        assert log.calls[CALL.key].text == '{"say": "no"}'


async def test_recorded_answer_that_is_no_longer_allowed_is_asked_for_again() -> None:
    def only_no(answer: dict[str, Any]) -> str:
        if answer.get("say") != "no":
            raise UnusableAnswerError("say no")
        return "no"

    log = Log()
    with StubEndpoint([completion(GOOD), completion('{"say": "no"}')]) as stub:
        replies = await ask(stub, CALL, replace(CALL, parse=only_no), log=log)
    assert [(reply.value, reply.recorded) for reply in replies] == [("yes", False), ("no", False)]


async def test_damaged_record_is_asked_for_again() -> None:
    log = Log()
    with StubEndpoint([completion(GOOD)]) as stub:
        await ask(stub, log=log)
        log.calls[CALL.key] = replace(log.calls[CALL.key], text='{"say": "y')
        [reply] = await ask(stub, log=log)
    assert (reply.value, reply.recorded, len(stub.received)) == ("yes", False, 2)


async def test_answer_is_not_returned_when_it_could_not_be_kept() -> None:
    class Full(Log):
        def add_call(self, *_: Any, **__: Any) -> None:
            raise OSError("disk full")

    with StubEndpoint([completion(GOOD)]) as stub, pytest.raises(OSError, match="disk full"):
        await ask(stub, log=Full())


async def test_address_that_cannot_be_used() -> None:
    cases: list[str] = [
        "127.0.0.1:8080/v1", "ftp://example.org/v1", "http://", "http://127.0.0.1:99999/v1", "http://127.0.0.1:port/v1",
        "http://[::1/v1", "http://two words/v1", "http://ä..de/v1",
    ]  # fmt: skip
    for address in cases:
        message = await fail(address)
        assert "OPENAI_BASE_URL" in message
        assert "https://api.example.com/v1" in message


async def test_key_that_cannot_be_sent() -> None:
    for key in ("钥匙", " sk-1", "sk\r\n1"):
        message = await fail(f"http://127.0.0.1:{free_port()}/v1", key=key)
        assert "OPENAI_API_KEY" in message
        assert key not in message


async def test_text_that_is_not_unicode_is_refused_clearly() -> None:
    call = replace(CALL, messages=({"role": "user", "content": "broken \udce4"},))
    with StubEndpoint([completion(GOOD)]) as stub:
        message = await fail(stub, call)
    assert "Unicode" in message
    assert stub.received == []


async def test_proxy_of_the_environment_does_not_stand_before_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    with StubEndpoint([completion(GOOD)]) as stub:
        [reply] = await ask(stub)
    assert reply.value == "yes"


DRIP = replace(completion(GOOD), action="drip", pause=0.05)


@pytest.mark.parametrize("streams", [False, True])
async def test_an_answer_that_never_ends_is_given_up_at_the_deadline(streams: bool) -> None:
    alive = StubReply(
        body=": still here\n\n", headers={"Content-Type": "text/event-stream"}, action="endless", pause=0.02
    )
    with StubEndpoint([alive if streams else DRIP]) as stub:
        began = time.perf_counter()
        message = await fail(stub, replace(CALL, on_text=(lambda _: None) if streams else None), deadline=0.4)
    assert time.perf_counter() - began < 20
    assert "no whole answer within the 0.4 s that a call may take (SANDBOX_DEADLINE)" in message
    assert len(stub.received) == 1


def packed(data: bytes, coding: str = "gzip") -> StubReply:
    return StubReply(body=data, headers={"Content-Encoding": coding})


async def test_a_packed_answer_is_read() -> None:
    body = json.dumps(completion(GOOD).body).encode()
    for data, coding in ((gzip.compress(body), "gzip"), (zlib.compress(body), "deflate")):
        with StubEndpoint([packed(data, coding)]) as stub:
            [reply] = await ask(stub)
        assert reply.value == "yes"
        assert stub.received[0].headers["accept-encoding"] == "gzip"


async def test_a_bomb_is_not_unpacked() -> None:
    with StubEndpoint([packed(gzip.compress(bytes(1 << 23), 1)), completion(GOOD)]) as stub:
        [reply] = await ask(stub)
    assert (reply.value, len(stub.received)) == ("yes", 2)
    for status in (200, 400):
        with StubEndpoint([replace(packed(gzip.compress(bytes(1 << 23), 1)), status=status)]) as stub:
            assert "larger than 1 MB, unpacked" in await fail(stub)


async def test_a_packing_that_nobody_asked_for_is_a_broken_answer() -> None:
    for coding in ("gzip, gzip", "x" * 300):
        with StubEndpoint([packed(b"x", coding)]) as stub:
            message = await fail(stub)
        assert "which nobody asked for" in message
        assert len(message) < 300


async def test_a_body_or_a_text_that_is_too_large_is_not_kept() -> None:
    for reply, said in (
        (StubReply(body="x" * 1000, action="endless"), "larger than 1 MB"),
        (completion(json.dumps({"say": "x" * 500_000})), "longer than 200000 characters"),
    ):
        with StubEndpoint([reply]) as stub:
            assert said in await fail(stub)


async def test_a_stream_that_is_too_long_is_not_kept() -> None:
    seen: list[int] = []
    with StubEndpoint([stream(["x" * 1000] * 1000), stream([GOOD])]) as stub:
        [reply] = await ask(stub, replace(CALL, on_text=lambda text: seen.append(len(text))))
    assert reply.value == "yes"
    assert len(seen) < 400  # a listener reads it all each time


async def test_texts_do_not_follow_a_redirect_to_another_host() -> None:
    for status in (302, 308):
        with StubEndpoint([completion(GOOD)]) as other:
            there = other.base_url.replace("127.0.0.1", "localhost")
            for address in (there, other.base_url):  # another name, another port
                with StubEndpoint(
                    [StubReply(status, "", {"Location": f"{address}/chat/completions?key={CANARY}"})]
                ) as stub:
                    message = await fail(stub)
                assert len(stub.received) == 1
                assert f"another address ({address.split('/')[2]})" in message
                assert "OPENAI_BASE_URL" in message
        assert other.received == []


async def test_a_redirect_on_the_same_host_is_followed() -> None:
    def reply(request: Received) -> StubReply:
        if request.path == "/v1/chat/completions":
            return StubReply(308, "", {"Location": "/v2/chat/completions"})
        return completion(GOOD)

    with StubEndpoint(reply) as stub:
        [answer] = await ask(stub)
    assert answer.value == "yes"
    assert stub.received[1].body == stub.received[0].body


async def test_a_key_that_comes_back_as_base64_is_not_shown() -> None:
    for before in ("", "u", "us"):
        coded = base64.b64encode(f"{before}{CANARY}".encode()).decode()
        inner = coded[4:-4]
        for text in (coded, coded.replace("+", "-").replace("/", "_")):
            with StubEndpoint([error(400, f"bad header: Basic {text}"), completion(GOOD)]) as stub:
                message = await fail(stub)
                assert inner not in message
                assert "***" in message
            with StubEndpoint([completion(json.dumps({"say": text}))]) as stub:
                [reply] = await ask(stub)
                assert inner not in reply.value + reply.text


async def test_an_answer_that_is_cut_while_reasoning_is_asked_for_with_more_room() -> None:
    for cut in (
        completion(None, finish_reason="length"),
        completion("<think>Let me see", finish_reason="length"),
        StubReply(body={"choices": [{"message": {"reasoning_content": "Hm"}, "finish_reason": "length"}]}),
    ):
        with StubEndpoint([cut, completion(GOOD)]) as stub:
            replies = await ask(stub, CALL, CALL)
        assert [reply.value for reply in replies] == ["yes", "yes"]
        # The same question again; and its model has so much from then on.
        assert [request.body["max_tokens"] for request in stub.received] == [200, 800, 800]
        assert [request.body["seed"] for request in stub.received] == [7, 7, 7]
        with StubEndpoint([cut]) as stub:
            message = await fail(stub)
        assert len(stub.received) == 2
        assert "800 tokens" in message
        assert "SANDBOX_ANSWER_TOKENS" in message


async def test_room_for_answers_can_be_set_and_is_counted_in_the_budget() -> None:
    with StubEndpoint([completion(GOOD)]) as stub:
        async with Endpoints() as endpoints:
            roomy = Endpoint("m", stub.base_url, room=5000)
            await endpoints.gateway(roomy, Meter()).ask(CALL)
            with pytest.raises(BudgetReachedError, match="may take 50"):
                await endpoints.gateway(roomy, Meter(BudgetAccount(Budget(max_tokens=5000)))).ask(CALL)
    assert [request.body["max_tokens"] for request in stub.received] == [5000]


async def test_what_came_instead_of_an_answer_is_told_apart() -> None:
    def message_of(**message: Any) -> StubReply:
        return StubReply(body={"choices": [{"message": message, "finish_reason": "stop"}], "model": "m-2024"})

    told = {
        "the model refused to answer [I would rather not.]": message_of(content=None, refusal="I would rather not."),
        "the model called a tool instead of answering": message_of(tool_calls=[{"id": "1"}]),
        "it gave no choices": StubReply(body={"choices": []}),
        "the endpoint says that other-model has answered, not m": StubReply(
            body={**completion("prose").body, "model": "other-model"}
        ),
        "its content filter refused the question": error(400, "filtered", code="content_filter"),
        "refused in prose": StubReply(body={**completion("I cannot help with that.").body, "model": "org/M-2"}),
    }
    messages = {}
    for words, reply in told.items():
        with StubEndpoint([reply]) as stub:
            messages[words] = await fail(stub)
    assert all(words in message for words, message in messages.items())
    assert sum("has answered" in message for message in messages.values()) == 1


async def test_a_declined_question_is_told_from_a_failure() -> None:
    cases: list[StubReply] = [
        error(400, "filtered", code="content_filter"), error(400, "no", code="content_policy_violation"),
        completion(None, finish_reason="content_filter"), completion("对不起，我无法回答这个问题。"),
    ]  # fmt: skip
    for reply in cases:
        with StubEndpoint([reply]) as stub, pytest.raises(DeclinedError):
            await ask(stub)


async def test_floods_are_read_in_no_time() -> None:
    for piece in ("<think>", "{", '{"a":1 ', "```\n ", "</think>", "{ "):
        content = (piece * 200_000)[:190_000]
        with StubEndpoint([completion(content), completion(GOOD)]) as stub:
            began = time.perf_counter()
            [reply] = await ask(stub)
        assert reply.value == "yes"
        assert time.perf_counter() - began < 5


async def test_a_key_that_comes_back_in_an_answer_is_masked_unless_it_may_be_a_word_of_it() -> None:
    cases = {"sk-Ab123456": "***", "bob:Pass99xyz": "***", "education": "education", "80000000": "80000000"}
    for key, said in cases.items():
        coded = base64.b64encode(key.encode()).decode()
        with StubEndpoint([completion(json.dumps({"say": f"The key is {key}, or {coded}."}))]) as stub:
            [reply] = await ask(stub, key=key)
        assert f"The key is {said}, or" in reply.value
        assert coded[:9] not in reply.value


async def test_a_short_key_is_masked_as_a_word_and_not_inside_of_others() -> None:
    with StubEndpoint([error(404, "key k is unknown, ask keeper k7")]) as stub:
        message = await fail(stub, key="k")
    assert "key *** is unknown, ask keeper k7" in message
