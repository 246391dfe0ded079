"""Wording: words, n-grams, similarity, numbers, scripts, and talk that no person in the room would utter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

from rapidfuzz import fuzz

from sandbox.content.models import Lang

__all__ = [
    "any_similar",
    "assistant_talk",
    "content_words",
    "coverage",
    "foreign_share",
    "ngrams",
    "numbers",
    "overlap",
    "similar",
    "stutters",
    "words",
]

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_TOKEN = re.compile(r"[a-z0-9']+|[\u3400-\u9fff]")
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:[.:]\d+)*")
_STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "or",
        "but",
        "of",
        "to",
        "in",
        "on",
        "at",
        "for",
        "from",
        "by",
        "with",
        "as",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "i",
        "you",
        "he",
        "she",
        "we",
        "they",
        "my",
        "your",
        "our",
        "their",
        "me",
        "him",
        "her",
        "us",
        "them",
        "do",
        "does",
        "did",
        "not",
        "no",
        "so",
        "if",
        "then",
        "there",
        "here",
        "will",
        "would",
        "can",
        "could",
        "have",
        "has",
        "had",
    ]
)
_ASSISTANT = (
    re.compile(
        r"\bas an? (?:ai|artificial|language model|assistant)|language model|how (?:can|may) i (?:help|assist)"
        r"|(?:can|may) i (?:help|assist) you|happy to (?:help|assist)|feel free to|i(?:'m| am) here to (?:help|assist)"
        r"|let me know if|great question|in conclusion|my point is|your point",
        re.IGNORECASE,
    ),
    re.compile(
        r"作为(?:一个|一名)?(?:人工智能|语言模型|AI|助手)|我能(?:为|帮)您|很高兴为您|请随时|综上所述|我的观点是"
    ),
)


def words(text: str) -> list[str]:
    """Split into lower-case words; each Chinese character counts as one."""
    return _TOKEN.findall(text.lower())


def ngrams(text: str, n: int = 4) -> set[tuple[str, ...]]:
    """Return the word n-grams of a text."""
    tokens = words(text)
    return {tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)}


def overlap(text: str, earlier: Iterable[str], n: int = 4) -> float:
    """Return the share (0 to 1) of a text's n-grams that occur in earlier texts; 0 for a text shorter than n words."""
    own = ngrams(text, n)
    seen: set[tuple[str, ...]] = set()
    for one in earlier:
        seen |= ngrams(one, n)
    return len(own & seen) / len(own) if own else 0.0


def stutters(text: str, n: int = 4) -> bool:
    """Return whether a text says the same n words twice."""
    tokens = words(text)
    return len(tokens) - n + 1 > len(ngrams(text, n)) and len(tokens) >= n


def similar(one: str, other: str) -> float:
    """Return the similarity (0 to 1) of two texts: normalised insertions and deletions of characters (RapidFuzz)."""
    return fuzz.ratio(one.lower(), other.lower()) / 100


def numbers(text: str) -> set[str]:
    """Return the numbers written in digits, without separators of thousands."""
    if not text.isascii():  # full-width and other digits
        text = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    return {found.replace(",", "") for found in _NUMBER.findall(text)}


def content_words(text: str, lang: Lang) -> set[str]:
    """Return the words that carry content: no function words in English, character pairs in Chinese."""
    tokens = words(text)
    if lang == "zh":
        return {one + other for one, other in pairwise(tokens)}
    return set(tokens) - _STOP


def coverage(point: str, text: str) -> float:
    """Return the share (0 to 1) of a point's content words that a text takes up."""
    wanted = {word for word in words(point) if word not in _STOP}
    return len(wanted & set(words(text))) / len(wanted) if wanted else 1.0


def assistant_talk(text: str) -> bool:
    """Return whether a line talks like an assistant and not like a person in the room."""
    return any(pattern.search(text) for pattern in _ASSISTANT)


def foreign_share(text: str, lang: Lang) -> float:
    """Return the share (0 to 1) of letters in the other script."""
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    foreign = han if lang == "en" else latin
    return foreign / (han + latin) if han + latin else 0.0


def any_similar(text: str, earlier: Sequence[str], threshold: float) -> bool:
    """Return whether a text is nearly the same as one of some earlier ones."""
    return any(similar(text, one) > threshold for one in earlier)
