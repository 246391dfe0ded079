"""By when something is to be done, as its own words say it."""

from __future__ import annotations

import re

from sandbox.content.language import Lang

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_SPAN = r"(?:hours?|days?|weeks?|months?|quarters?|years?|terms?)"
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_LIMIT: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(
        rf"\b(?:by|before|until|till|within|no later than) (?:(?:the|next|this|end|of|an?|\d+|one|two|three) )*"
        rf"(?:{_DAY}|{_SPAN}|{_MONTH}|spring|summer|autumn|winter)\b"
        rf"|\b(?:every|each) (?:[a-z]+ )?(?:{_DAY}|day|week|month|quarter|year|term)\b|\b(?:once|twice) an? [a-z]+\b"
        rf"|\bfor (?:\d+|one|two|three|six|twelve) {_SPAN}\b|\b(?:monthly|weekly|daily|yearly)\b"
        rf"|\bbefore (?:[a-z'’]+ ){{1,6}}?(?:is|are|has|have|opens?|signs?|starts?|begins?|ends?)\b[^,;.]*",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?:[本这下每当同]个?|[一二两三四五六七八九十\d]{1,3}个?)?(?:周|礼拜|星期|季度|[月年天日号])"
        r"(?:[底初中末一二三四五六日天]|[一二三四五六七八九十\d]{1,3}[日号])?(?:[之以]?前|[之以]?内)"
        r"|[^，；。、]{1,8}?(?:到期|开工|开门|施工|验收|上门|春节|国庆|散会)(?:[之以])?前"
        r"|每(?:个?月|周|天|季度?|年|学期)|当[天日]|[一二两三四五六七八九十\d]+(?:个月|年|天|周|个?学期)"
    ),
}


def time_limit(text: str, lang: Lang) -> str:
    """Return the words of a text that say by when, how long or how often something is to be done; empty without any."""
    match = _LIMIT[lang].search(text)
    return match[0].strip() if match else ""
