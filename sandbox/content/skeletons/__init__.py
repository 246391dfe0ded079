"""Small, complete cards to start from."""

from __future__ import annotations

import re
from importlib.resources import files

__all__ = ["example", "skeleton"]


def skeleton(kind: str, card_id: str) -> str:
    """Return the text of a new card of a kind that can be begun from one, with an id of its own, also in its name."""
    named = re.compile(r'^((?:name|title): \{en: "[^"]*)(", zh: "[^"]*)("\})$', flags=re.MULTILINE)
    return named.sub(rf"\1 ({card_id})\2（{card_id}）\3", example(kind, card_id), count=1)


def example(kind: str, card_id: str) -> str:
    """Return the same text with the name of an example, for showing what may stand there."""
    text = files(__name__).joinpath(f"{kind}.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^id: ID$", f"id: {card_id}", text, flags=re.MULTILINE)
    for command in ("--scenario", "--city", "show scenario", "experiment plan", "campaign run", "diffuse run"):
        text = text.replace(f"{command} ID", f"{command} {card_id}")
    return text
