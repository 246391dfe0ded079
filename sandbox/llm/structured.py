"""Structured output: how a schema is asked for, and how an object is read out of an answer."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from pydantic_core import from_json

__all__ = [
    "MODES", "Mode", "UnusableAnswerError", "partial_field", "read_object", "response_format", "spell_out",
]  # fmt: skip

Mode = Literal["json_schema", "json_object", "prompt"]
MODES: tuple[Mode, ...] = ("json_schema", "json_object", "prompt")

_THINKING = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_THOUGHT = re.compile(r"^.*</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_STILL_THINKING = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL | re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype|\?xml|html|head|body)\b", re.IGNORECASE)


class UnusableAnswerError(ValueError):
    """The model answered, but not with an object that can be used; asking again may help."""


def response_format(mode: Mode, name: str, schema: dict[str, Any]) -> dict[str, Any] | None:
    """Return the request's ``response_format`` for a mode, or None where the prompt alone must do."""
    if mode == "json_schema":
        return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}}
    return {"type": "json_object"} if mode == "json_object" else None


def spell_out(schema: dict[str, Any]) -> str:
    """Return the words that ask for a schema where the endpoint cannot enforce it."""
    return "Answer with one JSON object and nothing else. It must fit this JSON schema:\n" + json.dumps(
        schema, ensure_ascii=False, sort_keys=True
    )


def read_object(text: str | None) -> dict[str, Any]:
    """Read the JSON object in an answer, whatever stands around it.

    Args:
        text: the answer's content.

    Raises:
        UnusableAnswerError: there is no content, no object, or only a part of one.
    """
    if text is None or not text.strip():
        raise UnusableAnswerError("the model returned no content")
    bare = _without_thoughts(text)
    if _PAGE.match(bare):
        raise UnusableAnswerError("the endpoint returned a web page or markup, not JSON")
    fenced = [] if bare.startswith("{") else [match.group(1) for match in _FENCE.finditer(bare)]
    for candidate in (*fenced, bare):
        value = _first_object(candidate)
        if value is not None:
            return value
    if _STILL_THINKING.match(bare):
        raise UnusableAnswerError("the model's reasoning never came to an answer")
    if "{" in bare:
        raise UnusableAnswerError("the model returned a broken or truncated JSON object")
    raise UnusableAnswerError("the model returned prose, not JSON")


def partial_field(text: str, field: str) -> str:
    """Return as much of a string field as has been streamed so far; empty while there is nothing."""
    bare = _without_thoughts(text)
    start = bare.find("{")
    if start == -1 or _STILL_THINKING.match(bare):
        return ""
    try:
        value = from_json(bare[start:], allow_partial="trailing-strings")
    except ValueError:
        return ""
    text = value.get(field, "") if isinstance(value, dict) else ""
    return text if isinstance(text, str) else ""


def _without_thoughts(text: str) -> str:
    bare = text.strip()
    if bare.startswith("{"):
        return bare
    bare = _THINKING.sub("", bare).strip()
    return bare if bare.startswith("{") else _THOUGHT.sub("", bare).strip()


def _first_object(text: str) -> dict[str, Any] | None:
    """Return the first whole JSON object; what stands inside of a broken one is not taken for it."""
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    start = text.find("{")
    while start != -1:
        try:
            value, _ = decoder.raw_decode(text, start)
            json.dumps(value, ensure_ascii=False).encode()
        except json.JSONDecodeError as error:
            if error.msg.startswith("Unterminated string"):
                return None
            start = text.find("{", max(start + 1, error.pos))
        except (ValueError, RecursionError) as error:
            raise UnusableAnswerError("the model returned JSON with values that cannot be used") from error
        else:
            return dict(value)
    return None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
