"""Messages in a store: kept with key and values, so that they can be read in any language."""

from __future__ import annotations

import json
from typing import Any

from sandbox.content.plain import clipped, plain
from sandbox.content.words import Words, said
from sandbox.errors import ContentError, Problem, Said, SandboxError

__all__ = ["kept", "read_again", "why_in_a_line"]

_LONGEST = 1_000
_BEGINS = '{"said": '


def why_in_a_line(error: Exception) -> str:
    """Return why something failed, in one line of English; the program's own errors can be said in another language.

    The message of any other error is cleaned and clipped.
    """
    if isinstance(error, ContentError):
        return said("failure.faults", faults=error.problems)
    if isinstance(error, SandboxError):
        return Said(_line(Words("en").error(error)), error.key, error.values)
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - a foreign error whose own __str__ fails
        text = type(error).__name__
    return clipped(_line(plain(text[: 2 * _LONGEST])), _LONGEST)


def kept(message: str) -> str:
    """Return a message as text for a store: as JSON with key and values, or as it is if it has no key."""
    if not isinstance(message, Said) or not message.key:
        return str(message)
    return json.dumps(_plain(message), ensure_ascii=False)


def read_again(text: str) -> str:
    """Return the message that a store kept; plain text, as in older stores, stays as it is."""
    if not text.startswith(_BEGINS):
        return text
    try:
        message: Said = _message(json.loads(text))
        Words("en").said(message)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return text
    return message


def _line(text: str) -> str:
    return " ".join(text.split())


def _plain(value: object) -> Any:
    """Return a value for JSON: an error as its message, any other object as text."""
    if isinstance(value, ContentError):
        return [_plain(problem) for problem in value.problems]
    if isinstance(value, SandboxError):
        return _plain(value.args[0] if value.args else "")
    if isinstance(value, Said):
        values = {name: _plain(each) for name, each in value.values.items()}
        return {"said": str(value), "key": value.key, "values": values}
    if isinstance(value, Problem):
        return {"at": value.where, "field": value.field, "says": _plain(value.says), "severity": value.severity}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, bool | int | float | None) else str(value)


def _message(data: Any) -> Any:
    if isinstance(data, list):
        return [_message(each) for each in data]
    if not isinstance(data, dict):
        return data
    if "said" in data:
        values = {name: _message(each) for name, each in data["values"].items()}
        return Said(data["said"], data["key"], values)
    return Problem(data["at"], data["field"], _message(data["says"]), data["severity"])
