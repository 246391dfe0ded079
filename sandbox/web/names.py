"""Display names: what is shown of a name somebody typed, and pseudonyms for who gives none."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Collection

from sandbox.content.cards import Lang
from sandbox.content.words import Words

__all__ = ["LONGEST_NAME", "clean_name", "pseudonym", "shown_name"]

LONGEST_NAME = 40

_BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_PSEUDONYMS = 20


def clean_name(text: str) -> str:
    """Return a display name fit to be shown: no control, bidi or invisible characters, single spaces, cut to 40.

    Returns:
        The name, or an empty text when nothing visible is left.
    """
    spaced = (" " if letter.isspace() else letter for letter in text)
    seen = "".join(letter for letter in spaced if unicodedata.category(letter)[0] != "C")
    seen = unicodedata.normalize("NFC", seen.translate(dict.fromkeys(map(ord, _BLANK_LETTERS))))
    name = " ".join(seen.split())[:LONGEST_NAME].rstrip()
    return name if any(unicodedata.category(letter)[0] not in "MZ" for letter in name) else ""


def pseudonym(lang: Lang, number: int) -> str:
    """Return a neutral name in a language, a different one for each number from 0."""
    lap, place = divmod(number, _PSEUDONYMS)
    name = Words(lang)(f"pseudonym.{place + 1}")
    return f"{name} {lap + 1}" if lap else name


def shown_name(text: str, lang: Lang, others: Collection[str]) -> str:
    """Return the name to show for what a person typed; when nothing visible is in it, a pseudonym unlike the others."""
    free = (name for number in itertools.count() if (name := pseudonym(lang, number)) not in others)
    return clean_name(text) or next(free)
