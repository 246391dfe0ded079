"""Makes text from models, people, endpoints or files safe to show."""

from __future__ import annotations

import json
import re
from typing import Any

# Control characters of terminals, bidi characters, the byte order mark, and surrogates.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)  # fmt: skip
_ENDS = re.compile(r"[.!?](?=\s)|[。！？]|[.!?]$")


def plain(text: str) -> str:
    """Return text without control and bidi characters; newlines and tabs stay."""
    return text if text.isprintable() else _UNSAFE.sub("", text)


def plain_within(value: Any) -> Any:
    """Return a JSON value with all its texts made `plain`; keys of mappings stay."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {name: plain_within(inner) for name, inner in value.items()}
    return [plain_within(inner) for inner in value] if isinstance(value, list) else value


def clipped(text: str, longest: int) -> str:
    """Return a text cut to at most ``longest`` characters: after a whole sentence if there is one, else anywhere."""
    if len(text) <= longest:
        return text
    ends = [end.end() for end in _ENDS.finditer(text, 0, longest)]
    return text[: ends[-1]] if ends else text[: longest - 1].rstrip() + "…"


def json_text(value: object) -> str:
    """Return a value as JSON on one line; characters that `plain` removes are escaped.

    Raises:
        TypeError: it is no JSON value.
    """
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))
