"""Structured output: how a schema is asked for, and how an object is read out of an answer."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from pydantic_core import from_json

from sandbox.content.words import said

Mode = Literal["json_schema", "json_object", "prompt"]
MODES: tuple[Mode, ...] = ("json_schema", "json_object", "prompt")

_OPENS = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_CLOSES = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_FENCE = "```"
_OBJECT = re.compile(r'\{(?=\s*["}])')
_UNWILLING = re.compile(
    r"\bI(?: am|['’]m)? (?:sorry|cannot|can['’]t|unable|won['’]t|must decline)\b"
    r"|抱歉|对不起|(?:无法|不能)(?:回答|提供|协助|继续|参与)",
    re.IGNORECASE,
)
_BEGINNING = 200
_MOST_TRIES = 1000  # each takes as long as the text before it: the decoder counts lines for its message
_PAGE = re.compile(r"<(?:!doctype|\?xml|html|head|body)\b", re.IGNORECASE)


class UnusableAnswerError(ValueError):
    """The model answered, but not with an object that can be used; asking again may help."""


class UnwillingAnswerError(UnusableAnswerError):
    """The model says in prose that it will not answer."""


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
    """Return as much of a string field as has been streamed so far; empty while there is nothing."""
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
    """Return whether an answer is still among its thoughts."""
    return _OPENS.match(_without_thoughts(text)) is not None


def _without_thoughts(text: str) -> str:
    """Return an answer without what stands between the marks of thinking, or before a closing one that has no other."""
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
    """Return the first whole JSON object; what stands inside of a broken one is not taken for it."""
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
