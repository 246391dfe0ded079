"""The kinds of content that commands list and show, by the words that people use for them."""

from __future__ import annotations

from sandbox.errors import InputError, unknown

__all__ = ["CAMPAIGNS", "KINDS", "kind_of"]

KINDS = (
    "persona",
    "scenario",
    "stage",
    "governance",
    "city",
    "pack",
    "rubric",
    "experiment",
    "network",
    "arrival",
    "outcome",
    "session",
)
CAMPAIGNS = ("campaign", "campaigns")
_WORDS = {
    "cities": "city",
    "case": "scenario",
    "cases": "scenario",
    **dict.fromkeys(CAMPAIGNS, "network"),
    **{f"{kind}s": kind for kind in KINDS if kind != "city"},
}


def kind_of(word: str) -> str:
    """Return the kind that a word names, in the singular or the plural.

    Raises:
        InputError: there is no such kind.
    """
    kind = _WORDS.get(word, word)
    if kind not in KINDS:
        raise InputError(unknown("kind", word, KINDS))
    return kind
