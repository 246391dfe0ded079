"""Settings from the environment; the only module that reads it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from sandbox.errors import InputError

TurnStyle = Literal["free", "directed"]
_MOST_TOKENS = 1_000_000
# Which numbers fit, by what they are.
_FITS: Mapping[str, Callable[[float], bool]] = {
    "time": lambda seconds: 0 < seconds < math.inf,
    "tokens": lambda tokens: 1 <= tokens <= _MOST_TOKENS and tokens.is_integer(),
    "price": lambda price: 0 <= price < math.inf,
    "rate": lambda rate: 0 < rate < math.inf,
}
_GONE = ("SANDBOX_JUDGE_BASE_URL", "SANDBOX_JUDGE_API_KEY")


@dataclass(frozen=True)
class Place:
    """Where models answer, what they cost there, and how fast they may be asked.

    Args:
        base_url: the endpoint's address; None for OpenAI's own; it may hold a password.
        api_key: its key; never shown, logged or stored.
        lacks_key: whether the environment variable that is to hold its key is not set.
        price_input: money per million prompt tokens.
        price_output: money per million completion tokens.
        requests_per_minute: requests that an experiment makes to one of its models at most.
        tokens_per_minute: tokens that they may take, longest answers counted.
    """

    base_url: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    lacks_key: bool = False
    price_input: float | None = None
    price_output: float | None = None
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None


@dataclass(frozen=True)
class Settings:
    """What the environment says.

    Args:
        model: ``SANDBOX_MODEL``, the model's name at the endpoint; without it, the embedded engine.
        base_url: ``OPENAI_BASE_URL``, the endpoint; without it, OpenAI's own; it may hold a password.
        api_key: ``OPENAI_API_KEY``; never shown, logged or stored.
        endpoints: the file that ``SANDBOX_ENDPOINTS`` names: other endpoints, by the name with which a model there is
            called (``name/model``).
        timeout: ``SANDBOX_TIMEOUT``, seconds for which an endpoint may be silent; the embedded engine has its own.
        deadline: ``SANDBOX_DEADLINE``, seconds that all requests of one call may take together; without it, two and a
            half times that silence.
        answer_tokens: ``SANDBOX_ANSWER_TOKENS``, tokens that a model has for an answer at least, its reasoning counted;
            without it, as many as each question gives.
        gguf: ``SANDBOX_GGUF``, another GGUF file for the embedded engine.
        runs: ``SANDBOX_RUNS``, the folder of sessions.
        content: ``SANDBOX_CONTENT``, a content folder of one's own; without it, the shipped content alone.
        cache: ``SANDBOX_CACHE``, where the embedded model's weights are joined.
        price_input: ``SANDBOX_PRICE_INPUT``, money per million prompt tokens.
        price_output: ``SANDBOX_PRICE_OUTPUT``, money per million completion tokens.
        requests_per_minute: ``SANDBOX_REQUESTS_PER_MINUTE``, requests that an experiment makes to one model at most.
        tokens_per_minute: ``SANDBOX_TOKENS_PER_MINUTE``, tokens that they may take, longest answers counted.
        turn_style: ``SANDBOX_TURN_STYLE``, ``free`` or ``directed``; without it, by the model's profile.
        lang: ``SANDBOX_LANG``, ``en`` or ``zh``: the language of help and messages, and of what is played and written
            where none is named; without it, the language of the terminal (its locale).
        ray_address: ``RAY_ADDRESS``, the Ray cluster on which experiments are played with ``--engine ray``.
    """

    model: str | None = None
    base_url: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    endpoints: Mapping[str, Place] = field(default_factory=dict, repr=False)
    timeout: float = 120.0
    deadline: float | None = None
    answer_tokens: int = 0
    gguf: Path | None = None
    runs: Path = Path("runs")
    content: Path | None = None
    cache: Path | None = None
    price_input: float | None = None
    price_output: float | None = None
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    turn_style: TurnStyle | None = None
    lang: Literal["en", "zh"] = "en"
    ray_address: str | None = None

    @property
    def place(self) -> Place:
        """The endpoint of the models that name no other."""
        return Place(
            self.base_url, self.api_key, False, self.price_input, self.price_output, self.requests_per_minute,
            self.tokens_per_minute,
        )  # fmt: skip

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the environment.

        Raises:
            InputError: a value cannot be used; the message names the variable and what is allowed.
        """
        env = os.environ if environment is None else environment
        style = env.get("SANDBOX_TURN_STYLE") or None
        if style not in (None, "free", "directed"):
            raise _refused("SANDBOX_TURN_STYLE", style, "one_of", allowed=["free", "directed"])
        if gone := next(filter(env.get, _GONE), ""):
            raise _refused(gone, "", "gone")
        return cls(
            model=env.get("SANDBOX_MODEL") or None,
            base_url=env.get("OPENAI_BASE_URL") or None,
            api_key=env.get("OPENAI_API_KEY") or None,
            endpoints=_places(env),
            timeout=_number(env, "SANDBOX_TIMEOUT", "time") or cls.timeout,
            deadline=_number(env, "SANDBOX_DEADLINE", "time"),
            answer_tokens=int(_number(env, "SANDBOX_ANSWER_TOKENS", "tokens") or 0),
            gguf=_path(env, "SANDBOX_GGUF"),
            runs=_path(env, "SANDBOX_RUNS") or Path("runs"),
            content=content_folder(env),
            cache=_path(env, "SANDBOX_CACHE"),
            price_input=_number(env, "SANDBOX_PRICE_INPUT", "price"),
            price_output=_number(env, "SANDBOX_PRICE_OUTPUT", "price"),
            requests_per_minute=_number(env, "SANDBOX_REQUESTS_PER_MINUTE", "rate"),
            tokens_per_minute=_number(env, "SANDBOX_TOKENS_PER_MINUTE", "rate"),
            turn_style=cast(TurnStyle | None, style),
            lang=language(env),
            ray_address=env.get("RAY_ADDRESS") or None,
        )


def endpoint_in(model: str, names: Collection[str]) -> str:
    """Return by which of some endpoints a model is named, as ``name/model``; empty for none of them."""
    name, _, there = model.partition("/")
    return name if there and name in names else ""


def language(environment: Mapping[str, str] | None = None) -> Literal["en", "zh"]:
    """Return the language of who calls the program.

    Raises:
        InputError: ``SANDBOX_LANG`` names none that there is.
    """
    env = os.environ if environment is None else environment
    wanted = env.get("SANDBOX_LANG") or ""
    if wanted not in ("", "en", "zh"):
        raise _refused("SANDBOX_LANG", wanted, "one_of", allowed=["en", "zh"])
    terminal = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    return "zh" if wanted == "zh" or (not wanted and terminal.startswith("zh")) else "en"


def content_folder(environment: Mapping[str, str] | None = None) -> Path | None:
    """Return the content folder of the user's own that ``SANDBOX_CONTENT`` names; None where it names none."""
    return _path(os.environ if environment is None else environment, "SANDBOX_CONTENT")


def _places(env: Mapping[str, str]) -> dict[str, Place]:
    """Return the endpoints of the file that is named, with their keys; raises `InputError` for what is wrong in it."""
    path = _path(env, "SANDBOX_ENDPOINTS")
    if path is None:
        return {}
    from sandbox.content.endpoint_file import read_endpoints

    return {
        name: Place(
            entry.address, env.get(entry.key or "") or None, bool(entry.key and not env.get(entry.key)),
            entry.price_input, entry.price_output, entry.requests_per_minute, entry.tokens_per_minute,
        )
        for name, entry in read_endpoints(path).items()
    }  # fmt: skip


def _path(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name)
    return Path(value).expanduser() if value else None


def _number(env: Mapping[str, str], name: str, key: str) -> float | None:
    value = env.get(name)
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not _FITS[key](number):
        raise _refused(name, value, key, **({"most": _MOST_TOKENS} if key == "tokens" else {}))
    return number


def _refused(name: str, value: str, key: str, **values: object) -> InputError:
    from sandbox.content.words import refusal  # no command waits for words that it does not say

    return refusal(f"setting.{key}", name=name, value=f"{value:.60}", **values)
