"""The parts of a call to a model: the endpoint, the question, the answer, and the record of finished calls."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import unquote

from sandbox.content.language import Lang
from sandbox.content.words import said
from sandbox.llm.structured import Mode
from sandbox.llm.usage import Usage, tokens_in

T = TypeVar("T")
OPENAI = "https://api.openai.com/v1"
_LONGEST_ADDRESS = 300
SHORT = 8
"""Characters below which what is secret in an endpoint may be a part of any word."""


@dataclass(frozen=True)
class Endpoint:
    """Where a model answers.

    Args:
        model: the model's full name, by which logs and tables tell it from others.
        base_url: the endpoint's address; None for OpenAI's own.
        api_key: its key; never shown or stored.
        timeout: seconds for which it may be silent.
        deadline: seconds that all requests of one call may take together; None for two and a half times the silence.
        room: tokens that it has for an answer at least, whatever is asked; 0 leaves that to the question.
        name: the endpoint's own, with which ``model`` begins; empty where it has none.
    """

    model: str
    base_url: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    timeout: float = 120.0
    deadline: float | None = None
    room: int = 0
    name: str = ""

    @property
    def asked_for(self) -> str:
        """The name by which the endpoint is asked for the model."""
        return self.model.removeprefix(f"{self.name}/") if self.name else self.model

    @property
    def sets_address(self) -> str:
        """What says its address, for messages."""
        return said("call.setting.address", endpoint=self.name) if self.name else "OPENAI_BASE_URL"

    @property
    def sets_key(self) -> str:
        """What says its key, for messages."""
        return said("call.setting.key", endpoint=self.name) if self.name else "OPENAI_API_KEY"

    @property
    def patience(self) -> float:
        """Seconds that all requests of one call may take together."""
        return self.deadline or 2.5 * self.timeout

    @property
    def where(self) -> str:
        """The address for messages, without what may be secret in it."""
        return shown_address(self.base_url or OPENAI)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown: the key, and what the address holds beside host and path, unless it is short."""
        address = self.base_url or ""
        hidden = address.partition("://")[2].rpartition("@")[0].split(":") + re.split("[;?#&=]", address)[1:]
        sent = [unquote(part) for part in hidden]  # what an address holds in code goes out as it is meant
        long = dict.fromkeys(part for part in (*hidden, *sent) if len(part) >= SHORT)
        return tuple(filter(None, (self.api_key, *long)))

    @property
    def masked(self) -> tuple[str, ...]:
        """The forms in which these may come back: as they are, and as Base64, with anything before them."""
        forms = [form for secret in self.secrets if len(secret) >= SHORT for form in _as_base64(secret)]
        return (*self.secrets, *sorted(forms))


def _as_base64(secret: str) -> set[str]:
    """Return the three Base64 forms of a secret, which depend on what precedes it, in both alphabets."""
    data, forms = secret.encode(errors="replace"), set()
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data).decode()
        # Only letters that hold nothing of what stands beside it.
        own = coded[-(-8 * before // 6) : 8 * (before + len(data)) // 6]
        forms |= {own, own.replace("+", "-").replace("/", "_")}
    return forms


def shown_address(address: str) -> str:
    """Return an address without parts that may be secret: user, password, parameters, query, fragment.

    A very long address is cut; a malformed one is handled too.
    """
    bare, *rest = re.split("[?#]", address, maxsplit=1)
    scheme = re.match("[a-z]*://", address, re.IGNORECASE)
    _, at, place = bare.rpartition("@")
    if not at and "@" in "".join(rest):  # perhaps a password with a question mark in it, and no host before that
        at, place = "@", "***"
    shown = (scheme[0] if scheme and at else "") + place.partition(";")[0]
    return shown if len(shown) <= _LONGEST_ADDRESS else shown[: _LONGEST_ADDRESS - 1] + "…"


@dataclass(frozen=True)
class Sampling:
    """How an answer is drawn.

    Args:
        max_tokens: longest answer in tokens.
        extra: what only some endpoints know.
        asked: whether somebody asked for just this temperature: then it is never left out.
    """

    temperature: float
    max_tokens: int
    extra: tuple[tuple[str, float | int | bool], ...] = ()
    asked: bool = False


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
        lang: the language in which a model is told why an answer could not be used.
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
    lang: Lang = "en"


@dataclass(frozen=True)
class ModelCall(Generic[T]):
    """A call to a certain model.

    Args:
        digest: digest of all that decides the answer; a recorded answer counts only if this is the same.
        most: the most that it may use.
    """

    model: str
    call: Call[T]
    digest: str
    most: Usage

    @classmethod
    def of(cls, model: str, call: Call[T]) -> ModelCall[T]:
        """Return the question that a call puts to a model."""
        read = [model, call.messages, call.schema, call.seed, call.sampling.temperature, call.sampling.extra]
        content = json.dumps(read, ensure_ascii=False)
        digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return cls(model, call, digest, Usage(prompt=tokens_in(content), completion=call.sampling.max_tokens))


@dataclass(frozen=True)
class Reply(Generic[T]):
    """A model's answer: the parsed value, the raw text, what it cost, and whether it came from the record."""

    value: T
    text: str
    usage: Usage
    recorded: bool


@dataclass(frozen=True)
class FailedAnswer:
    """An answer that could not be used: its beginning, of which nothing is secret, and why."""

    text: str
    why: str


@dataclass(frozen=True)
class RecordedCall:
    """A finished call as kept in the session's log.

    - ``left_out``: the parts of its sampling that were left out since they were refused.
    - ``mode``: how its schema was asked for.
    - ``said``: the model that the endpoint says answered, if it is another (``model``, ``system_fingerprint``).
    - ``failed``: earlier answers that could not be used.
    """

    key: str
    digest: str
    text: str
    usage: Usage
    left_out: tuple[str, ...] = ()
    mode: Mode = "json_schema"
    said: Mapping[str, str] = field(default_factory=dict)
    failed: tuple[FailedAnswer, ...] = ()


_GIVEN_UP = "given_up:"


def given_up_key(key: str, number: int) -> str:
    """Return the key of a call without any usable answer, given how many times this has happened."""
    return f"{_GIVEN_UP}{number}:{key}"


def asked_in(key: str) -> str:
    """Return the key of the question of a kept call, whether or not its answer could be used."""
    return key.split(":", 2)[2] if key.startswith(_GIVEN_UP) else key


class CallRecord(Protocol):
    """Keeps finished calls, so that none is paid for twice."""

    def find_call(self, key: str) -> RecordedCall | None:
        """Return the finished call of a key."""

    def add_call(self, call: RecordedCall, *, seat: str, stage: str, model: str, seconds: float) -> None:
        """Keep a finished call before its answer is used."""
