"""What goes on through a year and the next, what is done once, and what is work, by the words of it (inferred)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sandbox.content.aftermath import Deed
from sandbox.content.language import Lang
from sandbox.game.wording import content_words, numbers

# Words that tell of what is done again and again, and of what is done by a day or before something else.
_AGAIN: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:each|every|monthly|weekly|daily|always|never|as long as|an? (?:week|month))\b", re.IGNORECASE
    ),
    "zh": re.compile(r"每|月月|年年|天天|按月|按季|当月|一直|始终|常年|从不|轮流"),
}
_ONCE: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:before|within|then|first|once|by (?:month|mon|tues|wednes|thurs|fri|satur|sun|the)\w*"
        r"|(?:from )?this (?:week|month|friday|sunday)|next (?:week|month)|today|tomorrow)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"以前|之前|前[^后台排门]|再上岗|之内|以内|本周|这个?(?:礼拜|星期|月)|月底|年底|头一|明天|今天|写明|挪"
    ),
}
# Words of a rule that is kept, and of money that is paid; what has neither is work.
_RULES: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:no|not|never|nobody|neither|nor|without)\b|n['’]t\b", re.IGNORECASE),
    "zh": re.compile(r"不(?:再)?(?:涨|得|许|准|收|赶|加|进|写|叫|算|动|占|提)|一律|凡是|谁[^，；]{1,6}谁"),
}
_PAYS: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:pays?|paid|fees?|yuan|money|funds?|rent|covers? the (?:costs?|rest))\b", re.IGNORECASE),
    "zh": re.compile(r"[费钱款][^，；]{0,4}[交出付垫掏]|[交出付垫掏][^，；]{0,4}[费钱款]|\d元|补差|经费|拨付"),
}
# Of the words of a condition, the share that another says again which takes its place.
_REPLACES = 0.6
# What two texts that say the same share of a clause of one of them, and how many words that clause has at least.
_SAME, _FEWEST = 0.6, 4
_CLAUSES = re.compile(r"[,;，；。]\s*")


def lasts(text: str, lang: Lang) -> bool:
    """Return whether a condition or promise holds on and on, by its words, and is not done once it is done."""
    return bool(_AGAIN[lang].search(text)) or not _ONCE[lang].search(text)


def deed(text: str, lang: Lang) -> Deed:
    """Return what a promise is of, by its words: a rule that is kept, a payment, or work."""
    return "rule" if _RULES[lang].search(text) else "payment" if _PAYS[lang].search(text) else "work"


def in_place_of(standing: str, conditions: Iterable[str], lang: Lang) -> str:
    """Return the condition that takes the place of one that stands, as it says most of it again; empty where none does.

    Args:
        standing: the condition that stands.
        conditions: those of a decision.
        lang: their language.
    """
    matter = content_words(standing, lang)
    shares = [(len(matter & content_words(each, lang)), each) for each in conditions]
    most: Sequence[tuple[int, str]] = sorted(shares, key=lambda pair: -pair[0])[:1]
    return next((each for count, each in most if matter and count >= _REPLACES * len(matter)), "")


def says_the_same(promise: str, condition: str, lang: Lang) -> bool:
    """Return whether a clause of a promise says what a condition asks for, with no other figure."""
    asked, figures = content_words(condition, lang), numbers(condition)
    clauses = [(content_words(clause, lang), numbers(clause)) for clause in _CLAUSES.split(promise)]
    return any(
        len(said) >= _FEWEST and len(said & asked) >= _SAME * len(said) and not (figures and own and figures != own)
        for said, own in clauses
    )
