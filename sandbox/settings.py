"""Settings from the environment; the only module that reads it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast

from sandbox.errors import InputError

TurnStyle = Literal["free", "directed"]
_MOST_TOKENS = 1_000_000


@dataclass(frozen=True)
class Settings:
    """What the environment says.

    Args:
        model: ``SANDBOX_MODEL``, the model's name at the endpoint; without it, the embedded engine.
        base_url: ``OPENAI_BASE_URL``, the endpoint; without it, OpenAI's own; it may hold a password.
        api_key: ``OPENAI_API_KEY``; never shown, logged or stored.
        judge_base_url: ``SANDBOX_JUDGE_BASE_URL``, another endpoint for the models that judge; likewise.
        judge_api_key: ``SANDBOX_JUDGE_API_KEY``, its key; that of the other endpoint is not sent there.
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
    judge_base_url: str | None = field(default=None, repr=False)
    judge_api_key: str | None = field(default=None, repr=False)
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
    def judging(self) -> Settings:
        """The settings of the models that judge, with address and key of the endpoint at which they do."""
        if self.judge_base_url is None and self.judge_api_key is None:
            return self
        return replace(self, base_url=self.judge_base_url, api_key=self.judge_api_key)

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
        return cls(
            model=env.get("SANDBOX_MODEL") or None,
            base_url=env.get("OPENAI_BASE_URL") or None,
            api_key=env.get("OPENAI_API_KEY") or None,
            judge_base_url=env.get("SANDBOX_JUDGE_BASE_URL") or None,
            judge_api_key=env.get("SANDBOX_JUDGE_API_KEY") or None,
            timeout=_seconds(env, "SANDBOX_TIMEOUT") or cls.timeout,
            deadline=_seconds(env, "SANDBOX_DEADLINE"),
            answer_tokens=_tokens(env, "SANDBOX_ANSWER_TOKENS"),
            gguf=_path(env, "SANDBOX_GGUF"),
            runs=_path(env, "SANDBOX_RUNS") or Path("runs"),
            content=content_folder(env),
            cache=_path(env, "SANDBOX_CACHE"),
            price_input=_price(env, "SANDBOX_PRICE_INPUT"),
            price_output=_price(env, "SANDBOX_PRICE_OUTPUT"),
            requests_per_minute=_rate(env, "SANDBOX_REQUESTS_PER_MINUTE"),
            tokens_per_minute=_rate(env, "SANDBOX_TOKENS_PER_MINUTE"),
            turn_style=cast(TurnStyle | None, style),
            lang=language(env),
            ray_address=env.get("RAY_ADDRESS") or None,
        )


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


def _path(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name)
    return Path(value).expanduser() if value else None


def _seconds(env: Mapping[str, str], name: str) -> float | None:
    return _checked(env, name, lambda seconds: 0 < seconds < math.inf, "time")


def _tokens(env: Mapping[str, str], name: str) -> int:
    def holds(number: float) -> bool:
        return 1 <= number <= _MOST_TOKENS and number.is_integer()

    return int(_checked(env, name, holds, "tokens", most=_MOST_TOKENS) or 0)


def _price(env: Mapping[str, str], name: str) -> float | None:
    return _checked(env, name, lambda price: 0 <= price < math.inf, "price")


def _rate(env: Mapping[str, str], name: str) -> float | None:
    return _checked(env, name, lambda rate: 0 < rate < math.inf, "rate")


def _checked(
    env: Mapping[str, str], name: str, holds: Callable[[float], bool], key: str, **values: object
) -> float | None:
    value = env.get(name)
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not holds(number):
        raise _refused(name, value, key, **values)
    return number


def _refused(name: str, value: str, key: str, **values: object) -> InputError:
    from sandbox.content.words import refusal  # no command waits for words that it does not say

    return refusal(f"setting.{key}", name=name, value=f"{value:.60}", **values)
