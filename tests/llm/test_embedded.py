"""The embedded engine: what it refuses, and one real start of it."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.errors import EndpointError, InputError
from sandbox.llm.calls import Call, Sampling
from sandbox.llm.embedded import EmbeddedEngine
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.structured import UnusableAnswerError, partial_field
from sandbox.llm.usage import Meter

SCHEMA = {
    "type": "object",
    "properties": {
        "say": {"type": "string", "maxLength": 80},
        "vote": {"type": "string", "enum": ["yes", "no"]},
    },
    "required": ["say", "vote"],
    "additionalProperties": False,
}


def no_progress(what: str, done: int, total: int) -> None:
    pass


def fitting(answer: dict[str, Any]) -> dict[str, Any]:
    if answer.keys() != {"say", "vote"} or answer["vote"] not in ("yes", "no"):
        raise UnusableAnswerError(f"not by the schema: {answer}")
    return answer


CALL = Call(
    key="t1/mayor",
    seat="mayor",
    stage="vote",
    messages=(
        {"role": "system", "content": "You are the mayor of a city. Answer in JSON with 'say' and 'vote'."},
        {"role": "user", "content": "Shall the city open its budget to the public? Speak and vote."},
    ),
    schema=SCHEMA,
    parse=fitting,
    sampling=Sampling(temperature=0.2, max_tokens=120),
    seed=1,
)


@pytest.mark.embedded
@pytest.mark.parametrize("content", [b"", b"GG", b"not a model at all", b"\x00" * 5000])
def test_file_that_is_no_gguf(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(content)
    with pytest.raises(InputError, match="is not a GGUF file"):
        EmbeddedEngine(file, None, no_progress)


@pytest.mark.embedded
def test_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.gguf", tmp_path):
        with pytest.raises(InputError, match="there is no file"):
            EmbeddedEngine(path, None, no_progress)


@pytest.mark.embedded
@pytest.mark.parametrize("rest", [b"", b"\x03\x00\x00\x00" + b"\x00" * 16, b"\xff" * 5000])
def test_damaged_model_is_an_error_and_no_crash(tmp_path: Path, rest: bytes) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF" + rest)
    with pytest.raises(EndpointError, match="damaged or incomplete"):
        EmbeddedEngine(file, None, no_progress)


@pytest.fixture(scope="module")
def engine() -> EmbeddedEngine:
    """Start the engine on the pinned weights in the user's cache."""
    return EmbeddedEngine(None, None, no_progress)


@pytest.mark.embedded
async def test_call_by_schema(engine: EmbeddedEngine, capfd: pytest.CaptureFixture[str]) -> None:
    meter, seen = Meter(), list[str]()
    async with Endpoints() as endpoints:
        gateway = endpoints.gateway(engine.endpoint, meter)
        plain = await gateway.ask(CALL)
        streamed = await gateway.ask(replace(CALL, key="t2/mayor", on_text=seen.append))
    for reply in (plain, streamed):
        assert fitting(reply.value)["say"]
        assert not reply.usage.estimated
        assert reply.usage.calls == 1
        assert reply.usage.prompt > 30
        assert 5 < reply.usage.completion <= 120
    # The second call has the same prompt: the engine's prompt cache serves most of it.
    assert streamed.usage.cached > streamed.usage.prompt / 2
    assert meter.total == plain.usage + streamed.usage
    assert seen[0] == ""
    assert len(seen) > 3
    assert partial_field(seen[-1], "say") == streamed.value["say"]
    assert capfd.readouterr() == ("", "")


@pytest.mark.embedded
def test_engine_listens_on_loopback_only(engine: EmbeddedEngine) -> None:
    address = urlsplit(str(engine.endpoint.base_url))
    assert address.hostname == "127.0.0.1"
    assert address.port is not None
    # Sockets on that port, as the kernel lists them: 0100007F is 127.0.0.1.
    tables = [Path(f"/proc/self/net/{name}") for name in ("tcp", "tcp6")]
    rows = [row.split() for table in tables if table.exists() for row in table.read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{address.port:04X}")]
    assert listening == ([f"0100007F:{address.port:04X}"] if tables[0].exists() else [])
    with socket.create_connection((address.hostname, address.port), timeout=5):
        pass


@pytest.mark.embedded
async def test_second_engine_in_the_same_process(engine: EmbeddedEngine, capfd: pytest.CaptureFixture[str]) -> None:
    second = EmbeddedEngine(None, None, no_progress)
    assert second.endpoint.base_url != engine.endpoint.base_url
    async with Endpoints() as endpoints:
        for endpoint in (engine.endpoint, second.endpoint):
            assert fitting((await endpoints.gateway(endpoint, Meter()).ask(CALL)).value)
    assert capfd.readouterr() == ("", "")
