"""Particulars that only a seat that was told them can say: hours, weekdays, months, and figures in words.

The author of a card's point could see the scene and may give such particulars. A seat in free talk must not invent any,
so a point is suggested to it only if what the seat reads names them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sandbox.content.language import Lang, patterns
from sandbox.game.language.quantities import numbers, spoken_numbers

_SMALL = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {word: value for value, word in enumerate((*_SMALL, *_TEENS), 1)} | {
    word: 10 * value for value, word in enumerate(_TENS, 2)
}
_HAN = {han: value for value, han in enumerate("一二三四五六七八九十", 1)} | {"两": 2, "十一": 11, "十二": 12}
_HOUR = "|".join(_SMALL) + r"|\d{1,2}"
# What may follow an hour and not a count: "at three, ..." is an hour, "at three counters" is not.
_END = r"(?=\s*(?:[.,;:?!…”\"']|$|(?:in the|at night|on|and|to|or|till|until)\b))"
_DAYS = patterns(
    en=r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:january|february|april|june|july|august|september|october"
    r"|november|december)\b|\bnoon\b|\bmidnight\b",
    zh=r"(?<![一每两几])(?:星期|礼拜|周)(?P<day>[一二三四五六日天])(?![个晚次回])"
    r"|(?:十[一二]|[一二三四五六七八九十])月(?!底)|[正中]午|半夜",
)
# "March" and "May" are months only if they have a capital inside a sentence.
_MONTHS = re.compile(r"(?<=[a-z,] )(?:March|May)\b")
_HOURS = patterns(
    en=rf"\b(?P<part>half|quarter) (?:past|to) (?P<of>{_HOUR})\b|\b(?P<clock>{_HOUR}) o['’]clock\b"
        rf"|\b(?!by one\b)(?:at|by|till|until|after|before|from|past|to) (?P<hour>{_HOUR}){_END}",
    zh=r"(?P<hour>十[一二]|[二三四五六七八九十两]|\d{1,2})点(?P<part>半?)(?![一儿些])",
)  # fmt: skip
# Hundreds and thousands in words, 万一 and ordinals give no figure.
_NO_FIGURE = patterns(
    en=r"(?:\b[\w-]+ (?:hundred|thousand)(?: and)?\b *)+(?:[\w-]+ (?:hundred|thousand)\b)?",
    zh=r"万一|第[一二三四五六七八九十]+",
)
_WORDED = re.compile(rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:-(?P<ones>{'|'.join(_SMALL[:9])}))?"
                     rf"|(?P<teen>eleven|twelve|{'|'.join(_TEENS)}))\b", re.IGNORECASE)  # fmt: skip


@lru_cache(maxsize=4096)  # what a seat reads is gone through for each of its turns
def particulars(text: str, lang: Lang) -> frozenset[str]:
    """Return the hours, weekdays, months and figures in words that a text names, each in a normal form."""
    days = {match["day"].replace("日", "天") if lang == "zh" and match["day"] else match[0].lower()
            for match in _DAYS[lang].finditer(text)}  # fmt: skip
    days |= {month.lower() for month in _MONTHS.findall(text)} if lang == "en" else set()
    return frozenset(days) | _hours(text, lang) | {f"={figure}" for figure in _figures(text, lang)}


@lru_cache(maxsize=4096)
def given(text: str, lang: Lang) -> frozenset[str]:
    """Return what a text allows its reader to say: its particulars, and its figures in digits in the same form."""
    figures = numbers(text)
    return particulars(text, lang) | {f"={figure}" for figure in figures} | {f"{figure}:00" for figure in figures}


def _hours(text: str, lang: Lang) -> frozenset[str]:
    hours = set()
    for match in _HOURS[lang].finditer(text):
        named = match.groupdict()
        word = next(filter(None, (named.get(name) for name in ("hour", "clock", "of"))))
        hour = int(word) if word.isdigit() else _VALUES.get(word.lower()) or _HAN[word]
        hours.add(f"{hour}:30" if named.get("part") else f"{hour}:00")
    return frozenset(hours)


def _figures(text: str, lang: Lang) -> frozenset[str]:
    text = _NO_FIGURE[lang].sub(" ", text)
    if lang == "zh":
        return spoken_numbers(text)
    found = _WORDED.finditer(text)
    return frozenset(
        str(_VALUES[(match["teen"] or match["tens"]).lower()] + _VALUES.get((match["ones"] or "").lower(), 0))
        for match in found
    )
