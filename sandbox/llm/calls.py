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
from sandbox.llm.masking import SHORT, Masking
from sandbox.llm.structured import Mode
from sandbox.llm.usage import Usage, tokens_in

T = TypeVar("T")
OPENAI = "https://api.openai.com/v1"
_LONGEST_ADDRESS = 300


@dataclass(frozen=True)
class Endpoint:
    """A model at an endpoint.

    Args:
        model: the model's full name, as in logs and tables.
        base_url: the endpoint's address; None for OpenAI's own.
        api_key: its key; never shown or stored.
        timeout: seconds without an answer that are allowed.
        deadline: seconds that all requests of one call may take together; None for 2.5 times the timeout.
        room: least tokens for an answer, whatever the question asks; 0 for what it asks.
        name: the endpoint's own name, which prefixes ``model``; empty for none.
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
        """The model's name in requests."""
        return self.model.removeprefix(f"{self.name}/") if self.name else self.model

    @property
    def sets_address(self) -> str:
        """The setting that holds its address, for messages."""
        return said("call.setting.address", endpoint=self.name) if self.name else "OPENAI_BASE_URL"

    @property
    def sets_key(self) -> str:
        """The setting that holds its key, for messages."""
        return said("call.setting.key", endpoint=self.name) if self.name else "OPENAI_API_KEY"

    @property
    def patience(self) -> float:
        """Seconds that all requests of one call may take together."""
        return self.deadline or 2.5 * self.timeout

    @property
    def where(self) -> str:
        """The address for messages, without secret parts."""
        shown = shown_address(self.base_url or OPENAI)
        host = re.match(r"(?:[a-z]*://)?[^/]*", shown, re.IGNORECASE)
        end = host.end() if host else 0
        key = [self.api_key] if self.api_key and len(self.api_key) >= SHORT else []
        return shown[:end] + Masking(key).message(shown[end:])

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown: the key, and parts of the address other than host and path that are not short."""
        address = self.base_url or ""
        hidden = address.partition("://")[2].rpartition("@")[0].split(":") + re.split("[;?#&=]", address)[1:]
        sent = [unquote(part) for part in hidden]  # percent-encoded parts are sent decoded
        long = dict.fromkeys(part for part in (*hidden, *sent) if len(part) >= SHORT)
        return tuple(filter(None, (self.api_key, *long)))

    @property
    def masked(self) -> tuple[str, ...]:
        """The secrets, and the Base64 forms in which longer ones may come back."""
        forms = [form for secret in self.secrets if len(secret) >= SHORT for form in _as_base64(secret)]
        return (*self.secrets, *sorted(forms))


def _as_base64(secret: str) -> set[str]:
    """Return the three Base64 forms of a secret, which depend on what precedes it, in both alphabets."""
    data, forms = secret.encode(errors="replace"), set()
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data).decode()
        # Only characters that encode nothing of the bytes beside it.
        own = coded[-(-8 * before // 6) : 8 * (before + len(data)) // 6]
        forms |= {own, own.replace("+", "-").replace("/", "_")}
    return forms


def shown_address(address: str) -> str:
    """Return an address, even a malformed one, without user, password, parameters, query and fragment.

    A very long address is cut.
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
        extra: parameters that only some endpoints know.
        asked: whether the user set this temperature; then it is never left out.
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
        seat: the seat that it is for (usage accounting).
        stage: the stage in which it is made (usage accounting).
        messages: system, examples and one user text.
        schema: JSON schema of the answer.
        parse: turns the answer into a value; raises `UnusableAnswerError` when it cannot.
        sampling: temperature and length.
        seed: random seed sent to the endpoint.
        on_text: receives the raw answer so far while it is streamed; an empty text means a new attempt.
        lang: the language in which the model is told why an answer was unusable.
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
        model: the model's full name.
        call: the call.
        digest: digest of all that affects the answer; a recorded answer is used only if it has the same.
        most: the most tokens that it may use.
    """

    model: str
    call: Call[T]
    digest: str
    most: Usage

    @classmethod
    def of(cls, model: str, call: Call[T]) -> ModelCall[T]:
        """Return a call to a model with its digest and most tokens."""
        read = [model, call.messages, call.schema, call.seed, call.sampling.temperature, call.sampling.extra]
        content = json.dumps(read, ensure_ascii=False)
        digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return cls(model, call, digest, Usage(prompt=tokens_in(content), completion=call.sampling.max_tokens))


@dataclass(frozen=True)
class Reply(Generic[T]):
    """A model's answer: the parsed value, the raw text, its usage, and whether it came from the record."""

    value: T
    text: str
    usage: Usage
    recorded: bool


@dataclass(frozen=True)
class FailedAnswer:
    """An unusable answer: its beginning, without secrets, and why it was unusable."""

    text: str
    why: str


@dataclass(frozen=True)
class RecordedCall:
    """A finished call as kept in the session's log.

    - ``left_out``: names of its sampling parameters that were left out because the endpoint refused them.
    - ``mode``: how its schema was asked for.
    - ``said``: the ``model``, if not the one asked for, and ``system_fingerprint`` that the endpoint gave.
    - ``failed``: earlier, unusable answers.
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
    """Return the key for the record of a call without a usable answer, the ``number``-th of its kind from 1."""
    return f"{_GIVEN_UP}{number}:{key}"


def asked_in(key: str) -> str:
    """Return the key of a recorded call's question, whether or not its answer was usable."""
    return key.split(":", 2)[2] if key.startswith(_GIVEN_UP) else key


class CallRecord(Protocol):
    """Keeps finished calls, so that none is paid for twice."""

    def find_call(self, key: str) -> RecordedCall | None:
        """Return the finished call of a key."""

    def add_call(self, call: RecordedCall, *, seat: str, stage: str, model: str, seconds: float) -> None:
        """Keep a finished call before its answer is used."""
