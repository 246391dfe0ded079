"""Shares of votes or voters, such as two thirds: written as fractions, counted in whole votes, put into words."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator

from sandbox.content.faults import short
from sandbox.content.words import Words, said

MORE_THAN_HALF = "more_than_half"
_WRITTEN = re.compile(r"\s*(\d{1,3})\s*/\s*(\d{1,3})\s*")
_HALF = Fraction(1, 2)


@cache
def least(share: str, of: int) -> int:
    """Return how many of some votes make up a share of them at least: of 6 are 4 two thirds, and 4 more than half."""
    if share == MORE_THAN_HALF:
        return of // 2 + 1
    part, whole = map(int, share.split("/"))
    return -(-of * part // whole)


def share_in_words(words: Words, share: str) -> str:
    """Return a share in words: more than half, or a fraction at least."""
    return words("share.half") if share == MORE_THAN_HALF else words("share.least", share=words.of("share.is", share))


def _share(value: Any, what: str = "form") -> str:
    """Return a share in its lowest terms: more than nothing, and all at most; of anything else it is said ``what``."""
    if value == MORE_THAN_HALF:
        return MORE_THAN_HALF
    written = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    if written is None or not 0 < int(written[1]) <= int(written[2]):
        raise ValueError(said(f"content.share.{what}", value=short(value)))
    share = Fraction(int(written[1]), int(written[2]))
    return f"{share.numerator}/{share.denominator}"


def _winning(value: Any) -> str:
    share = _share(value)
    if share != MORE_THAN_HALF and not _HALF < Fraction(share) < 1:
        raise ValueError(said("content.share.low" if Fraction(share) <= _HALF else "content.share.all", value=share))
    return share


def _quorum(value: Any) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int):
        return int(value) if isinstance(value, str) and value.strip().isdecimal() else _share(value, "quorum")
    if value < 0:
        raise ValueError(said("content.bound.ge", bound=0))
    return value


Share = Annotated[str, BeforeValidator(_winning)]
"""The share that must be for something: more than half, or a fraction between a half and all, as ``2/3``, at least."""
Quorum = Annotated[int | str, BeforeValidator(_quorum)]
"""How many of those who have a vote must cast it: a number, or a share of them, as ``2/3``."""
