"""By when, how often, or from when something is to be done, and how long it lasts, as its own words say it."""

from __future__ import annotations

import re

from sandbox.content.language import Lang

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_OFTEN = rf"(?:{_DAY}|day|morning|evening|night|week|month|quarter|year|term)"
_SPAN = r"(?:hours?|days?|weeks?|months?|quarters?|years?|terms?)"
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_HAPPENS = (
    r"(?:open|sign|start|begin|end|meet|sit|vote|decide|agree|answer|close|leave|come|arrive|move)s?|goes|pass(?:es)?"
)
_EVENT = r"(?:inspection|meeting|assembly|vote|opening|review|harvest|holidays?|festival|visit|lease|deadline)"
_LIMIT: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(
        rf"\b(?:by|before|until|till|within|no later than) (?:(?:the|next|this|end|of|an?|\d+|one|two|three) )*"
        rf"(?:{_DAY}|{_SPAN}|{_MONTH}|spring|summer|autumn|winter)\b"
        rf"|\b(?:this|next) (?:{_DAY}|week|month)\b(?:, before [^,;.]*)?"
        rf"|(?:\bat \w+ on )?\b(?:every|each) (?:[a-z]+ )?{_OFTEN}\b"
        rf"|\b(?:once|twice) an? [a-z]+\b|\bonce (?!an? |more\b|again\b)[^,;.]+"
        rf"|\bat the end of (?:the|each|every) (?:week|month|quarter|year|term)\b"
        rf"|\b(?:monthly|weekly|daily|yearly)\b"
        rf"|\bbefore (?:[a-z'’]+ ){{1,6}}?(?:is|are|has|have|{_HAPPENS})\b[^,;.]*"
        rf"|\bbefore (?:the |an? |any |its |their |our )?(?:[a-z'’]+ ){{0,2}}?{_EVENT}\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?:[本这下每当同]个?|[一二两三四五六七八九十半\d]{1,3}个?)?(?:周|礼拜|星期|季度|[月年天日号])"
        r"(?:[底初中末一二三四五六日天]|[一二三四五六七八九十\d]{1,3}[日号])?(?:[之以]?前|[之以]?内)"
        r"|[本这下]个?(?:周|礼拜|星期)[一二三四五六日天]?"
        r"|[^，；。、]{1,8}?(?:到期|开工|开门|施工|验收|上门|春节|国庆|散会|开会|表决|投票|检查|签字|签约|开学|开业主大会)(?:[之以])?前"
        r"|(?:[本这下]个?|[一二三四五六七八九十\d]{1,2})月(?:[一二三四五六七八九十\d]{1,3}[日号])?起"
        r"|(?:人员?上岗前)?每(?:天晚上|[晚天日])(?:[一二三四五六七八九十\d]{1,3}点(?:半|钟)?(?:[之以]?前)?)?"
        r"|每(?:个?月|周|季度?|年|学期)[底初末]?|月底|当[天日]"
    ),
}
_LASTS: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\bfor (?:\d+|one|two|three) (?:weeks?|months?|years?)\b", re.IGNORECASE),
    "zh": re.compile(r"[一二两三四五六七八九十\d]{1,3}(?:个月|年)"),
}


def time_limit(text: str, lang: Lang) -> str:
    """Return the words of a text that say by when, or how often, something is to be done; empty without any."""
    match = _LIMIT[lang].search(text)
    return match[0].strip() if match else ""


def how_long(text: str, lang: Lang) -> str:
    """Return the words of an option that say how long it lasts; empty without any."""
    match = _LASTS[lang].search(text)
    return match[0] if match else ""
