"""The pace at which a session is played back, so that a reader can follow."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sandbox.content.language import Lang
from sandbox.game.language.wording import words

READING: Mapping[Lang, float] = MappingProxyType({"en": 4.0, "zh": 7.0})
"""Words a second, or characters in Chinese, at which somebody reads along."""


def reading_seconds(text: str, speed: float) -> float:
    """Return how many seconds it takes to read a text.

    ``speed`` is in words a second, or characters a second in Chinese.
    """
    return len(words(text)) / speed
