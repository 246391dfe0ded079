"""Which messages of a page are taken: those that a page of this server sends, about itself and whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from nicegui import json

__all__ = ["LARGEST_MESSAGE", "greets", "is_sound"]

LARGEST_MESSAGE = 65_536
"""Bytes that a page may send at once."""
_BARE = frozenset(("1", "2probe", "3", "3probe", "40", "41", "5"))
_MESSAGE = re.compile(r'42(?:\d{1,9})?(?=\["(?:ack|event|handshake|javascript_response)",)')
_NUMBER = re.compile(r"\d{1,12}")
_MOST_ARGUMENTS = 100


def is_sound(frame: str, page: str) -> bool:
    """Return whether a frame is taken from a socket.

    Messages of other names are not read at all: NiceGUI's ``log``, for one, writes into the operator's terminal.

    Args:
        frame: the frame, as Engine.IO sends it.
        page: the id of the page whose socket it is; empty: of none, which may only say that it is there.
    """
    if frame in _BARE:
        return True
    kind = _MESSAGE.match(frame)
    if not page or kind is None or len(frame) > LARGEST_MESSAGE:
        return False
    content = _read(frame[kind.end() :])
    if not isinstance(content, list) or len(content) != 2 or not isinstance(content[1], dict):
        return False
    name, message = content
    return bool(message.get("client_id") == page and _FIELDS[name](message))


def greets(query: Mapping[str, Any]) -> bool:
    """Return whether a page says all that is needed to know it again."""
    return (
        all(isinstance(query.get(name), str) for name in ("tab_id", "document_id"))
        and isinstance(query.get("old_tab_id", ""), str | None)
        and _is_number(query.get("next_message_id", 0))
    )


def _is_event(message: Mapping[str, Any]) -> bool:
    args = message.get("args", [])
    return (
        type(message.get("id")) is int
        and isinstance(message.get("listener_id"), str)
        and isinstance(args, list)
        and len(args) <= _MOST_ARGUMENTS
        and all(arg is None or (isinstance(arg, str) and _read(arg) is not _NONE) for arg in args)
    )


def _read(text: str) -> object:
    """Return what a text says, by the reader that reads it again later."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _NONE


def _is_number(value: object) -> bool:
    return type(value) is int or (isinstance(value, str) and _NUMBER.fullmatch(value) is not None)


_NONE = object()
_FIELDS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = MappingProxyType({
    "ack": lambda message: type(message.get("next_message_id")) is int,
    "event": _is_event,
    "handshake": greets,
    "javascript_response": lambda message: isinstance(message.get("request_id"), str),
})  # fmt: skip
