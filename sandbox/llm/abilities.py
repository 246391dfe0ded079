"""What an endpoint understands, narrowed by its refusals, and the request that suits it."""

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
    """What an endpoint understands: the mode of schemas, the name of the token limit, parameters it refused."""

    mode: Mode = "json_schema"
    token_limit: str = "max_tokens"
    refused: frozenset[str] = frozenset()


def request_body(model: str, call: Call[Any], abilities: Abilities) -> dict[str, Any]:
    """Return the body of a request for a call, with only what the endpoint understands."""
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
    """Return the messages of a call in a mode; if the mode does not enforce the schema, the last one spells it out."""
    if mode in HELD:
        return call.messages
    *before, last = call.messages
    return *before, {**last, "content": f"{last['content']}\n\n{spell_out(call.schema)}"}


def mode_of(call: Call[Any], abilities: Abilities) -> Mode:
    """Return the mode of a call: the ordinary one instead of the closed one if that does not change its schema."""
    same = abilities.mode == "closed_schema" and schema_in(abilities.mode, call.schema) == call.schema
    return "json_schema" if same else abilities.mode


def left_out(call: Call[Any], abilities: Abilities) -> tuple[str, ...]:
    """Return the names of a call's sampling parameters that its request leaves out."""
    names = ("temperature", "seed", *dict(call.sampling.extra))
    return tuple(
        name for name in names if name in abilities.refused and not (name == "temperature" and call.sampling.asked)
    )


def narrow(abilities: Abilities, refused: RefusedError, sampling: Sampling, model: str) -> Abilities | None:
    """Return the abilities without what a refusal names, or None if it names nothing that can be left out.

    Raises:
        NoModelError: it names the temperature, which the user set.
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
    """Return the abilities with the next mode, or None; the closed schema only helps if the schema was refused."""
    later = MODES[MODES.index(abilities.mode) + 1 :]
    left = [mode for mode in later if mode != "closed_schema" or of_schema]
    return replace(abilities, mode=left[0]) if left else None
