"""Small, complete cards to start from."""

from __future__ import annotations

import re
from importlib.resources import files

__all__ = ["skeleton"]


def skeleton(kind: str, card_id: str) -> str:
    """Return the text of a new card of a kind that can be begun from one, with an id of its own."""
    text = files(__name__).joinpath(f"{kind}.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^id: ID$", f"id: {card_id}", text, flags=re.MULTILINE)
    for command in ("--scenario", "show scenario", "experiment plan", "campaign run", "diffuse run"):
        text = text.replace(f"{command} ID", f"{command} {card_id}")
    return text
