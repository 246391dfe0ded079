"""Plays sessions against an endpoint that does one thing wrong, or many, and looks at what is left of them."""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sandbox.content.library import Library
from sandbox.errors import EndpointError
from sandbox.game.spec import SessionSpec
from sandbox.llm.calls import Call, Endpoint, Sampling
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.structured import UnusableAnswerError
from sandbox.llm.usage import Meter
from sandbox.record.folder import SessionFolder
from sandbox.session.context import FREE
from sandbox.session.runner import Models, Watch
from tests.attack.child import run_command
from tests.attack.faults import FAULTS, KEY, STREAMS, Fault, usual
from tests.attack.outcome import Outcome
from tests.running import run_session
from tests.scripted import ScriptedModel
from tests.stub_endpoint import Received, StubEndpoint, StubReply

__all__ = ["MOST_MEMORY", "MOST_SECONDS", "PASSING", "asked", "attack", "mixed", "streamed"]

MOST_MEMORY, MOST_SECONDS = 400, 120.0
"""Megabytes and seconds that a session may take under any fault; the deadline of a call is `DEADLINE` in these."""
SILENCE, DEADLINE = 2.0, 5.0
_PLAY = ("run", "--stages", "public_engagement", "--turns", "2", "--judge-model", "stub")
SPEC = {
    "scenario": "four_oclock_school", "governance": "joint_production", "stages": ("public_engagement",), "turns": 2,
    "style": "free", "model": "stub", "judge_model": "stub",
}  # fmt: skip
PASSING = [
    (area, name)
    for area in ("connection", "status", "body", "content", "values")
    for name in FAULTS[area]
    if name in ("closed without a word", "broken off in the middle", "408", "409", "500", "502 as a page", "503", "529")
    or (area in ("body", "values") and "empty lists" not in name)
    or (area == "content" and "flood" not in name and "empty lists" not in name and "length" not in name)
]
"""Faults of which a mix is drawn: such as pass, and take no time."""
_MARKS = tuple(base64.b64encode(bytes(before) + KEY.encode()).decode()[4:28] for before in range(3))


def attack(area: str, name: str, place: Path) -> Outcome:
    """Run ``sandbox run`` in a process of its own against an endpoint that always does one thing wrong.

    Args:
        area: of the fault.
        name: the fault.
        place: an empty folder.
    """
    FAULTS[area][name]({"says": ""})  # what takes long to make is made before the clock runs
    model, runs = ScriptedModel(), place / "runs"
    with StubEndpoint(_wrong(model, FAULTS[area][name])) as stub:
        environment = {
            "SANDBOX_MODEL": "stub", "OPENAI_BASE_URL": stub.base_url, "OPENAI_API_KEY": KEY,
            "SANDBOX_TIMEOUT": str(SILENCE), "SANDBOX_DEADLINE": str(DEADLINE),
        }  # fmt: skip
        ended = run_command(_PLAY, place, environment)
        calls = len(stub.received)
    complaints = [
        *ended.complaints(allowed=(0, 3)),
        *([f"{ended.memory:.0f} MB"] if ended.memory > MOST_MEMORY else []),
        *([f"{ended.seconds:.0f} s"] if ended.seconds > MOST_SECONDS else []),
        *(["shows the key"] if _shows_key(ended.out + ended.err, runs) else []),
        *_left(runs, finished=ended.code == 0),
    ]
    state = "finished" if ended.code == 0 else "stopped"
    return Outcome(area, name, state, ended.seconds, ended.memory, calls, ended.said, tuple(complaints))


def mixed(seed: int, place: Path) -> Outcome:
    """Play a session of which 30 to 60 % of the answers are wrong in any way that may pass; go on until it is over."""
    draw, model, stops = random.Random(seed), ScriptedModel(), 0
    rate = draw.uniform(0.3, 0.6)
    right = _right(model)

    def reply(request: Received) -> StubReply:
        area, name = draw.choice(PASSING)
        return _wrong(model, FAULTS[area][name])(request) if draw.random() < rate else right(request)

    folder, complaints = SessionFolder.create(place), []
    began, written = time.perf_counter(), b""
    with StubEndpoint(reply) as stub:
        while stops < 100:
            try:
                asyncio.run(_play(folder, stub.base_url, rested=False))
            except EndpointError:
                stops += 1
            except Exception as error:  # noqa: BLE001
                complaints.append(f"{type(error).__name__}: {error}")
                break
            log = folder.events.read_bytes()
            if not log.startswith(written):
                complaints.append("lost what was written")
            written = log
            if b'"kind": "close"' in log:
                break
        else:
            complaints.append("never came to its end")
        calls = len(stub.received)
    if _shows_key("", folder.path):
        complaints.append("shows the key")
    name = f"seed {seed}, {rate:.0%} wrong, {stops} stops"
    return Outcome("mix", name, "finished", time.perf_counter() - began, 0.0, calls, "", tuple(complaints))


def streamed(name: str) -> Outcome:
    """Ask one question whose answer is streamed, against an endpoint that does one thing wrong."""
    began = time.perf_counter()
    with StubEndpoint([STREAMS[name]]) as stub:
        complaints, said = asyncio.run(asked(stub.base_url, streams=True))
        calls = len(stub.received)
    return Outcome("stream", name, "stopped", time.perf_counter() - began, 0.0, calls, said, complaints)


async def asked(url: str, *, streams: bool) -> tuple[tuple[str, ...], str]:
    """Ask one question of an endpoint; return what should not have been, and the message that came of it."""
    call = Call(
        key="one", seat="one", stage="one", messages=({"role": "user", "content": "Speak."},), schema=_SCHEMA,
        parse=_says, sampling=Sampling(0.5, 200), seed=1,
        on_text=(lambda _: None) if streams else None,
    )  # fmt: skip
    async with Endpoints(sleep=_no_wait) as endpoints:
        try:
            await endpoints.gateway(Endpoint("stub", url, KEY, SILENCE, DEADLINE), Meter()).ask(call)
        except EndpointError as error:
            return (("shows the key",) if _has_key(str(error)) else ()), str(error)
        except Exception as error:  # noqa: BLE001
            return (f"{type(error).__name__}: {error}",), ""
    return (), ""


def _says(answer: dict[str, Any]) -> str:
    if not isinstance(answer.get("says"), str):
        raise UnusableAnswerError("there are no words")
    return str(answer["says"])


_SCHEMA: dict[str, Any] = {
    "type": "object", "properties": {"says": {"type": "string"}}, "required": ["says"], "additionalProperties": False,
}  # fmt: skip


def _right(model: ScriptedModel) -> Callable[[Received], StubReply]:
    def reply(request: Received) -> StubReply:
        return usual(_answer(model, request))

    return reply


def _wrong(model: ScriptedModel, fault: Fault) -> Callable[[Received], StubReply]:
    def reply(request: Received) -> StubReply:
        return fault(_answer(model, request))

    return reply


def _answer(model: ScriptedModel, request: Received) -> dict[str, Any]:
    try:
        return model.answer(request.body)
    except (KeyError, TypeError, StopIteration):  # the schema was given up for a request that says it in words
        return {"act": "inform", "to": "all", "says": "The lamp is lit.", "trust": 3, "conviction": 3, "burden": 3}


def _left(runs: Path, *, finished: bool) -> Sequence[str]:
    """Return what is wrong with what a session left, once it has gone on with an endpoint that does nothing wrong."""
    folders = SessionFolder.all(runs)
    if len(folders) != 1:
        return [f"{len(folders)} sessions"]
    [folder] = folders
    before = folder.events.read_bytes()
    if finished:
        return [] if b'"kind": "close"' in before else ["finished without an end"]
    try:
        with StubEndpoint(_right(ScriptedModel())) as stub:
            asyncio.run(_play(folder, stub.base_url, rested=True))
    except Exception as error:  # noqa: BLE001
        return [f"cannot go on: {type(error).__name__}: {error}"]
    after = folder.events.read_bytes()
    return [] if after.startswith(before) and b'"kind": "close"' in after else ["lost what was written"]


async def _play(folder: SessionFolder, url: str, *, rested: bool) -> None:
    endpoint = Endpoint("stub", url, KEY, SILENCE, 60.0 if rested else DEADLINE)
    async with Endpoints(sleep=_no_wait) as endpoints:
        models = Models(endpoint, (endpoint,), FREE, endpoints)
        await run_session(folder, SessionSpec.model_validate(SPEC), _library(), models, Watch())


_loaded: list[Library] = []


def _library() -> Library:
    if not _loaded:
        _loaded.append(Library.load())
    return _loaded[0]


async def _no_wait(_: float) -> None:
    """Wait for nothing."""


def _shows_key(shown: str, folder: Path) -> bool:
    files = [path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file()]
    return any(map(_has_key, (shown, *files)))


def _has_key(text: str) -> bool:
    return KEY in text or any(mark in text for mark in _MARKS)
