"""What an endpoint has turned out to understand, narrowed by its refusals, and the request that suits it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from sandbox.content.words import fault
from sandbox.errors import NoModelError
from sandbox.llm.calls import Call, Sampling
from sandbox.llm.failures import RefusedError
from sandbox.llm.structured import HELD, MODES, Mode, response_format, schema_in, spell_out

_SHAPES = ("response_format", "response format", "json_schema", "json_object")
_OF_SCHEMAS = ("required", "strict", "additionalproperties", "schema")
_OPTIONAL = ("temperature", "top_p", "seed", "stream_options")


@dataclass(frozen=True)
class Abilities:
    """What the endpoint has turned out to know; narrowed by its refusals."""

    mode: Mode = "json_schema"
    token_limit: str = "max_tokens"
    refused: frozenset[str] = frozenset()


def request_body(model: str, call: Call[Any], abilities: Abilities) -> dict[str, Any]:
    """Return the body of a request for a call, as far as the endpoint has turned out to understand it."""
    sampling = call.sampling
    body: dict[str, Any] = {
        "model": model,
        "messages": list(messages_in(abilities.mode, call)),
        "temperature": sampling.temperature,
        abilities.token_limit: sampling.max_tokens,
        "seed": call.seed,
        **dict(sampling.extra),
    }
    if call.on_text is not None:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    shape = response_format(abilities.mode, call.schema)
    if shape:
        body["response_format"] = shape
    refused = abilities.refused - {"temperature"} if sampling.asked else abilities.refused
    return {name: value for name, value in body.items() if name not in refused}


def messages_in(mode: Mode, call: Call[Any]) -> tuple[dict[str, str], ...]:
    """Return the messages of a call as they are sent in a mode: where no schema is enforced, it is spelled out."""
    if mode in HELD:
        return call.messages
    *before, last = call.messages
    return *before, {**last, "content": f"{last['content']}\n\n{spell_out(call.schema)}"}


def mode_of(call: Call[Any], abilities: Abilities) -> Mode:
    """Return the mode in which a call is made: where closing changes nothing of its schema, the ordinary one."""
    same = abilities.mode == "closed_schema" and schema_in(abilities.mode, call.schema) == call.schema
    return "json_schema" if same else abilities.mode


def left_out(call: Call[Any], abilities: Abilities) -> tuple[str, ...]:
    """Return which parts of a call's sampling a request leaves out."""
    names = ("temperature", "seed", *dict(call.sampling.extra))
    return tuple(
        name for name in names if name in abilities.refused and not (name == "temperature" and call.sampling.asked)
    )


def narrow(abilities: Abilities, refused: RefusedError, sampling: Sampling, model: str) -> Abilities | None:
    """Return the abilities without what a refusal names, or None when there is nothing left to give up.

    Raises:
        NoModelError: that is a temperature for which somebody asked.
    """
    refusal = refused.words

    def names(word: str) -> bool:
        return re.search(rf"(?<![a-z0-9_]){re.escape(word)}(?![a-z0-9_])", refusal) is not None

    of_schema = any(map(names, _OF_SCHEMAS))
    if any(map(names, _SHAPES)) or "structured output" in refusal:
        return _next_mode(abilities, of_schema=of_schema)
    if names("max_completion_tokens") and abilities.token_limit == "max_tokens":
        return replace(abilities, token_limit="max_completion_tokens")
    if sampling.asked and names("temperature"):
        temperature = f"{sampling.temperature:g}"
        raise fault(
            NoModelError, "call.no_temperature", model=model, temperature=temperature, why=refused.args[0]
        ) from None  # fmt: skip
    for name in (*_OPTIONAL, *dict(sampling.extra)):
        if names(name.lower()) and name not in abilities.refused:
            return replace(abilities, refused=abilities.refused | {name})
    return _next_mode(abilities, of_schema=True) if of_schema and abilities.mode in HELD else None


def _next_mode(abilities: Abilities, *, of_schema: bool) -> Abilities | None:
    """Return the abilities with the next mode; the closed schema is passed over where it is not the schema's fault."""
    later = MODES[MODES.index(abilities.mode) + 1 :]
    left = [mode for mode in later if mode != "closed_schema" or of_schema]
    return replace(abilities, mode=left[0]) if left else None
