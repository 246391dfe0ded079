"""Numbers that a text names, in digits and in words, and what they count."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from sandbox.content.cards import Text
from sandbox.content.language import Lang

_HAN_NUMBER = re.compile(r"[一二三四五六七八九两十百千万零〇]{2,9}")
# A single numeral is a number if a measure word, or a noun that needs none, follows it.
_HAN_COUNT = re.compile(
    r"(?<![一二三四五六七八九两十百千万零〇几])([一二三四五六七八九两]|十(?!分))"
    r"(?=[个名位家户人口年天点周晚样套件盒座间房把次回块场项期张条步行台栋层份起处]|分(?!之))"
)
_ABOUT_HAN = re.compile("[一二三四五六七八九两]{2}|〇")
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:[.:]\d+)*")
# Powers of ten that may follow digits: 8万 is 80,000, 2.6 million is 2,600,000.
_POWERS = {"万": 4, "亿": 8, "thousand": 3, "million": 6, "billion": 9}
_POWER = re.compile(r"\s*(万|亿|(?:thousand|million|billion)\b)")
_AFTER = re.compile(r"%|[A-Za-z']+|\d[\d.,:]*\d|\d|[.,;:!?()\u2013\u2014]")
_AFTER_HAN = re.compile(r"(?:[多余来几]|[到至~-]\s*\d+)*\s*(%|个?[\u3400-\u9fff])")
# A number before one of these words is a rate, so the next word is not what it counts.
_RATE = ("a", "an", "per", "each", "every")
# Words that begin something else after a number.
_JOINS = (
    "and",
    "or",
    "but",
    "by",
    "when",
    "till",
    "until",
    "for",
    "is",
    "was",
    "that",
    "which",
    "who",
    "i",
    "we",
    "you",
    "my",
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_FUNCTION_WORDS = """
a an the and or but of to in on at for from by with as is are was were be been it its this that these those i
you he she we they my your our their me him her us them do does did not no so if then there here will would can
could have has had
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
"""English words without content of their own, which are left out of comparisons."""
_OTHER_DIGIT = re.compile(r"[^\D0-9]")  # full-width, other
_TEN, _TEN_THOUSAND = 10, 10_000

# A line is compared with all facts and all later lines, so what it consists of is worked out once.
_once = lru_cache(maxsize=4096)


@_once
def numbers(text: str) -> frozenset[str]:
    """Return the numbers that a text writes in digits, in full: without thousands separators, and 8万 as 80000."""
    return frozenset(written_numbers(text))


def written_numbers(text: str) -> dict[str, str]:
    """Return the numbers that a text writes in digits: the full form (80000) mapped to the form in the text (8万)."""
    text = _plain_digits(text)
    places = ((match.start(), *_in_full(match, text)) for match in _NUMBER.finditer(text))
    return {number: text[start:end] for start, number, end in places}


@_once
def spoken_numbers(text: str) -> frozenset[str]:
    """Return the numbers of at least two Chinese characters, in digits: 六十二 as 62, 七万八 as 78000."""
    return frozenset(str(_of_han(word)) for word in _HAN_NUMBER.findall(text))


def _of_han(word: str) -> int:
    whole = below = digit = 0
    unit = 1
    for value in map(int, map(unicodedata.numeric, word.replace("两", "二"))):
        if value < _TEN:
            digit, unit = value, unit if value else _TEN
        elif value < _TEN_THOUSAND:
            below, digit, unit = below + (digit or 1) * value, 0, value
        else:
            whole, below, digit, unit = (whole + below + digit) * value, 0, 0, value
    return whole + below + digit * max(1, unit // _TEN)


@_once
def named_numbers(text: str) -> frozenset[str]:
    """Return the numbers that a text names, in digits: those in digits, and in Chinese those in words.

    A single numeral counts if a measure word follows it: 两个月 has 2. Use this to ask whether a text has a figure, as
    Chinese speakers say small numbers in words.
    """
    counted = frozenset(str(_of_han(word)) for word in _HAN_COUNT.findall(text))
    return numbers(text) | spoken_numbers(text) | counted


def figures_of(text: Text, lang: Lang) -> frozenset[str]:
    """Return the figures of a content text in one language.

    A figure that the English has in digits counts for the Chinese as well if the Chinese has it in words.
    """
    return numbers(text.get(lang)) | (numbers(text.en) & named_numbers(text.get(lang)))


@_once
def counted_numbers(text: str) -> frozenset[str]:
    """Return the numbers that a text names, without a 一 in words: 一个 is often no more than "a"."""
    return named_numbers(text) - ({"1"} - numbers(text))


@_once
def quantities(text: str, lang: Lang) -> tuple[tuple[str, str], ...]:
    """Return the numbers that a text names, in full, each with what it counts: the next content word or measure word.

    The numbers are those in digits and, in Chinese, those in words, but no two digits in a row (七八个), and a single
    numeral only before a measure word and not 一. What is counted is empty if it cannot be told: for years, Chinese
    ordinals, rates (30 a room), and at the end of a clause.
    """
    text = _plain_digits(text)
    places = [(match.start(), *_in_full(match, text)) for match in _NUMBER.finditer(text)]
    places += [(match.start(), str(_of_han(match[0])), match.end()) for match in _HAN_NUMBER.finditer(text)
               if not _ABOUT_HAN.search(match[0])]  # fmt: skip
    places += [(match.start(), str(_of_han(match[1])), match.end()) for match in _HAN_COUNT.finditer(text)
               if match[1] != "一"]  # fmt: skip
    quantities = []
    for start, number, end in sorted(places):
        rest = text[end : end + 60]
        which = _YEAR.fullmatch(number) or text[:start].rstrip().endswith("第")
        unit = "" if which else _unit_han(rest) if lang == "zh" else _unit(rest)
        quantities.append((number, unit))
    return tuple(quantities)


def _in_full(match: re.Match[str], text: str) -> tuple[str, int]:
    """Return a number in full, and the place where it ends, after a power of ten such as 万."""
    number, power = match[0].replace(",", ""), _POWER.match(text, match.end())
    if power is None or not number.replace(".", "", 1).isdigit():
        return number, match.end()
    return f"{Decimal(number).scaleb(_POWERS[power[1]]):f}", power.end()


def _plain_digits(text: str) -> str:
    if text.isascii():
        return text
    return _OTHER_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text)


def _unit(rest: str) -> str:
    for token in _AFTER.findall(rest):
        if token == "%":
            return "%"
        if not token[0].isalnum():
            return ""
        word = str(token).lower()
        if word in _RATE or word in _JOINS:
            return ""
        if not word[0].isdigit() and word not in FUNCTION_WORDS and word not in ("more", "than", "over", "about"):
            return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
    return ""


def _unit_han(rest: str) -> str:
    counted = _AFTER_HAN.match(rest)
    if counted is None:
        return ""
    return "" if counted[1] == "个" else counted[1]
