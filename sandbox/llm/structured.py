"""Structured output: asks for a schema, and reads the object in an answer."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from pydantic_core import from_json

from sandbox.content.words import said

Mode = Literal["json_schema", "closed_schema", "json_object", "prompt"]
MODES: tuple[Mode, ...] = ("json_schema", "closed_schema", "json_object", "prompt")
"""Ways to ask for a schema, the strictest first.

The closed schema is the form for strict endpoints: every property is required, an optional one may be null, and bounds
of length and size are left out and checked by the reader.
"""
HELD: tuple[Mode, ...] = ("json_schema", "closed_schema")
"""The modes in which an endpoint generates only what the schema allows."""

_OPENS = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_CLOSES = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_FENCE = "```"
# Keywords that strict endpoints refuse in a schema (OpenAI's and Azure's documentation of structured outputs).
_BOUNDS = frozenset(
    ("minLength", "maxLength", "pattern", "format", "minimum", "maximum", "multipleOf", "minItems", "maxItems")
)
_OBJECT = re.compile(r'\{(?=\s*["}])')
_UNWILLING = re.compile(
    r"\bI(?: am|['’]m)? (?:sorry|cannot|can['’]t|unable|won['’]t|must decline)\b"
    r"|抱歉|对不起|(?:无法|不能)(?:回答|提供|协助|继续|参与)",
    re.IGNORECASE,
)
_BEGINNING = 200
_MOST_TRIES = 1000  # each takes time by the text before it, as the decoder counts lines for its message
_PAGE = re.compile(r"<(?:!doctype|\?xml|html|head|body)\b", re.IGNORECASE)


class UnusableAnswerError(ValueError):
    """The model's answer has no usable object; asking again may help."""


class UnwillingAnswerError(UnusableAnswerError):
    """The model says in prose that it will not answer."""


def response_format(mode: Mode, schema: dict[str, Any]) -> dict[str, Any] | None:
    """Return the request's ``response_format`` for a mode; None if only the prompt asks for the schema."""
    if mode in HELD:
        shape = schema_in(mode, schema)
        return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": shape}}
    return {"type": "json_object"} if mode == "json_object" else None


def schema_in(mode: Mode, schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema as it is sent in a mode."""
    return _closed(schema) if mode == "closed_schema" else schema


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    closed = {name: value for name, value in schema.items() if name not in _BOUNDS}
    if "items" in schema:
        closed["items"] = _closed(schema["items"])
    if "properties" in schema:
        needed, parts = schema.get("required", ()), schema["properties"]
        properties = {
            name: _closed(part) if name in needed else _or_null(_closed(part)) for name, part in parts.items()
        }
        closed |= {"properties": properties, "required": [*properties], "additionalProperties": False}
    return closed


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if schema["type"] == "object":
        return {"anyOf": [schema, {"type": "null"}]}
    options = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **options}


def spell_out(schema: dict[str, Any]) -> str:
    """Return the prompt text that asks for a schema which the endpoint cannot enforce."""
    return "Answer with one JSON object and nothing else. It must fit this JSON schema:\n" + json.dumps(
        schema, ensure_ascii=False, sort_keys=True
    )


def read_answer(text: str | None) -> dict[str, Any]:
    """Read the object in an answer, without null values; raises as `read_object`."""
    answer: dict[str, Any] = _without_nulls(read_object(text))
    return answer


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(part) for name, part in value.items() if part is not None}
    return [_without_nulls(part) for part in value] if isinstance(value, list) else value


def read_object(text: str | None) -> dict[str, Any]:
    """Read the JSON object in an answer, whatever is around it.

    Raises:
        UnwillingAnswerError: there is none, and the model declines in prose.
        UnusableAnswerError: there is no content, no object, or only a part of one.
    """
    if text is None or not text.strip():
        raise UnusableAnswerError(said("unusable.nothing"))
    bare = _without_thoughts(text)
    if _PAGE.match(bare):
        raise UnusableAnswerError(said("unusable.page"))
    fenced = [] if bare.startswith("{") else bare.split(_FENCE)[1:-1:2]
    for candidate in (*fenced, bare):
        value = _first_object(candidate)
        if value is not None:
            return value
    if _OPENS.match(bare):
        raise UnusableAnswerError(said("unusable.thoughts"))
    if "{" in bare:
        raise UnusableAnswerError(said("unusable.broken"))
    if _UNWILLING.search(bare[:_BEGINNING]):
        raise UnwillingAnswerError(said("unusable.unwilling"))
    raise UnusableAnswerError(said("unusable.prose"))


def partial_field(text: str, field: str) -> str:
    """Return the part of a string field that has been streamed so far."""
    bare = _without_thoughts(text)
    start = bare.find("{")
    if start == -1 or _OPENS.match(bare):
        return ""
    try:
        value = from_json(bare[start:], allow_partial="trailing-strings")
    except ValueError:
        return ""
    text = value.get(field, "") if isinstance(value, dict) else ""
    return text if isinstance(text, str) else ""


def thinking(text: str) -> bool:
    """Return whether an answer, so far, is all within marks of thinking."""
    return _OPENS.match(_without_thoughts(text)) is not None


def _without_thoughts(text: str) -> str:
    """Return an answer without text between marks of thinking, or before a closing mark without an opening one."""
    bare = text.strip()
    if bare.startswith("{"):
        return bare
    kept, place = [], 0
    while opened := _OPENS.search(bare, place):
        closed = _CLOSES.search(bare, opened.end())
        if closed is None:
            break
        kept.append(bare[place : opened.start()])
        place = closed.end()
    bare = ("".join(kept) + bare[place:]).strip()
    if bare.startswith("{"):
        return bare
    ends = [mark.end() for mark in _CLOSES.finditer(bare)]
    return bare[ends[-1] :].strip() if ends else bare


def _first_object(text: str) -> dict[str, Any] | None:
    """Return the first whole JSON object that is not inside a broken one, or None."""
    start = _OBJECT.search(text)
    for _ in range(_MOST_TRIES):
        if start is None:
            return None
        try:
            value, _ = _DECODER.raw_decode(text, start.start())
            json.dumps(value, ensure_ascii=False).encode()
        except json.JSONDecodeError as error:
            if error.msg.startswith("Unterminated string"):
                return None
            start = _OBJECT.search(text, max(start.end(), error.pos))
        except (ValueError, RecursionError) as error:
            raise UnusableAnswerError(said("unusable.values")) from error
        else:
            return dict(value)
    return None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
