"""Sessions in this process, played by a scripted model at a stub endpoint."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai

from sandbox.content.library import Library
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.llm.calls import Endpoint, Sampling
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.usage import BudgetAccount
from sandbox.record.folder import SessionFolder
from sandbox.session.context import TurnProfile
from sandbox.session.runner import Models, Watch
from tests.at_hand import EndpointAtHand
from tests.content import folders
from tests.running import run_session
from tests.scripted import ScriptedModel
from tests.stub_endpoint import Received, StubReply, error

LIBRARY = folders.LIBRARY
FREE = TurnProfile(Sampling(0.8, 500), wordings=2, warmer=0.1)
DIRECTED = TurnProfile(Sampling(0.4, 140), wordings=3, warmer=0.2)
TURN = "act"


class SteadyModel(ScriptedModel):
    """A scripted model that binds the first option of everything where it proposes, promises or decides."""

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the object that answers a request body."""
        answer = super().answer(body)
        terms = properties(body).get("terms")
        if terms and answer[TURN] in ("propose", "promise", "decide"):
            answer["terms"] = {key: one["enum"][0] for key, one in terms["properties"].items()}
        return answer

    @property
    def turns(self) -> list[dict[str, Any]]:
        """The requests for turns."""
        return [body for body in self.requests if TURN in properties(body)]

    def repeated(self) -> list[str]:
        """Return the requests that came more than once."""
        counts = Counter(json.dumps(body, sort_keys=True) for body in self.requests)
        return [body for body, count in counts.items() if count > 1]


class Untempered(SteadyModel):
    """A scripted model that takes no temperature."""

    def __call__(self, request: Received) -> StubReply:
        """Answer a request without a temperature."""
        if "temperature" in request.body:
            return error(400, "Unsupported value: 'temperature' does not support this with this model.")
        return super().__call__(request)


class Strict(SteadyModel):
    """A scripted model whose endpoint takes no schema but a strict one, as OpenAI's and Azure's do; or none at all.

    Args:
        schemas: whether it takes strict ones.
    """

    def __init__(self, *, schemas: bool = True) -> None:
        super().__init__("propose")
        self._schemas = schemas

    def __call__(self, request: Received) -> StubReply:
        """Answer a request whose schema is strict, with null for what is left out; in JSON mode as the words ask."""
        body, shape = request.body, request.body["response_format"].get("json_schema")
        schema = shape["schema"] if shape else json.loads(body["messages"][-1]["content"].partition("JSON schema:")[2])
        if shape and not (self._schemas and _strict(schema)):
            self.requests.append(body)
            words = "'required' is required to be supplied and to be an array including every key in properties."
            return error(400, f"Invalid schema for response_format 'answer': In context=(), {words} Missing 'about'.")
        reply = super().__call__(Received(request.path, request.headers, {
            **body, "response_format": {"json_schema": {"schema": _opened(schema)}}
        }))  # fmt: skip
        self.requests[-1] = body
        return reply

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the object that answers a request body, with all its properties."""
        return {**dict.fromkeys(properties(body)), **super().answer(body)}


def _strict(schema: dict[str, Any]) -> bool:
    parts = [*schema.get("properties", {}).values(), *schema.get("anyOf", ()), *filter(None, [schema.get("items")])]
    whole = set(schema.get("required", ())) == set(schema.get("properties", {}))
    return whole and not {"maxLength", "minLength", "minimum", "maxItems"} & set(schema) and all(map(_strict, parts))


def _opened(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose parts are no longer null or else, for whoever answers it."""
    parts = {name: part["anyOf"][0] if "anyOf" in part else part for name, part in schema["properties"].items()}
    return {**schema, "properties": parts}


def properties(body: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of the schema that a request asks for."""
    found: dict[str, Any] = body["response_format"]["json_schema"]["schema"]["properties"]
    return found


def text_of(body: dict[str, Any]) -> str:
    """Return everything that a request tells the model."""
    return "\n".join(message["content"] for message in body["messages"])


@contextmanager
def serving(model: ScriptedModel) -> Iterator[str]:
    """Serve a model and give its address."""
    with EndpointAtHand(model) as stub:
        yield stub.base_url


async def no_wait(_: float) -> None:
    """Wait for nothing."""


def models_at(url: str, style: str = "free", judge: bool = True, account: BudgetAccount | None = None) -> Models:
    """Return the models of a session at an address; whoever uses them closes their endpoints."""

    def client(_: Endpoint) -> openai.AsyncOpenAI:
        plain = openai.DefaultAioHttpClient(verify=False)  # saves reading the certificates, dozens of times
        return openai.AsyncOpenAI(base_url=url, api_key="key", max_retries=0, http_client=plain)

    endpoint, profile = Endpoint("stub", url, "key"), FREE if style == "free" else DIRECTED
    endpoints = Endpoints(client=client, sleep=no_wait)
    return Models(endpoint, (endpoint,) if judge else (), profile, endpoints, account or BudgetAccount())


def spec_of(**given: Any) -> SessionSpec:
    """Return a spec of the shipped scenario."""
    base = {"scenario": "four_oclock_school", "governance": "joint_production", "style": "free", "model": "stub"}
    return SessionSpec.model_validate({**base, **given})


async def play(
    folder: SessionFolder, spec: SessionSpec, url: str, watch: Watch | None = None, judge: bool = True,
    library: Library = LIBRARY, account: BudgetAccount | None = None,
) -> Session:  # fmt: skip
    """Run a session, or go on with it."""
    models = models_at(url, spec.style, judge, account)
    return await models.endpoints.during(run_session(folder, spec, library, models, watch or Watch()))


def log_of(folder: SessionFolder) -> list[dict[str, Any]]:
    """Return the log without its versions and what the clock and the session's name put into it."""
    events = [json.loads(line) for line in folder.events.read_text(encoding="utf-8").splitlines()]
    for event in events:
        del event["schema"], event["at"]
        event["payload"].pop("seconds", None)
        event["payload"].pop("session", None)
        event["payload"].pop("program", None)
    return events


def of_kind(folder: SessionFolder, kind: str) -> list[dict[str, Any]]:
    """Return the payloads of a kind of event, each with its seat."""
    return [{**one["payload"], "seat": one["seat"], "stage": one["stage"]} for one in log_of(folder)
            if one["kind"] == kind]  # fmt: skip


def new_folder(parent: Path, name: str) -> SessionFolder:
    """Make a folder for a session."""
    path = parent / name
    path.mkdir()
    return SessionFolder(path)


class Slow(SteadyModel):
    """Takes its time, so that a process can be met at work.

    Args:
        act: as for a scripted model.
        pause: seconds that an answer takes, until it is told others.
    """

    def __init__(self, act: str = "inform", pause: float = 0.04) -> None:
        super().__init__(act)
        self.pause = pause

    def __call__(self, request: Received) -> Any:
        """Answer a request, late."""
        time.sleep(self.pause)
        return super().__call__(request)
