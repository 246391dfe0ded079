"""A message as a store keeps it: with its key and values, so that it is read in any language."""

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
    """Return why something failed, in one line of English, which can be said in another language where it has a key.

    What an error of somebody else's says is cleaned, and clipped.
    """
    if isinstance(error, ContentError):
        return said("failure.faults", faults=error.problems)
    if isinstance(error, SandboxError):
        return Said(_line(Words("en").error(error)), error.key, error.values)
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - an error of somebody else's that fails to say what it is
        text = type(error).__name__
    return clipped(_line(plain(text[: 2 * _LONGEST])), _LONGEST)


def kept(message: str) -> str:
    """Return a message as text for a store: one that can be said in another language with its key and values."""
    if not isinstance(message, Said) or not message.key:
        return str(message)
    return json.dumps(_plain(message), ensure_ascii=False)


def read_again(text: str) -> str:
    """Return the message that a store kept; what it kept as mere text, as stores did once, stays as it is."""
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
    """Return a value as JSON has it: an error as what it says, what has no form of its own as its text."""
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
