"""What lasts from year to year, what is done once, and what is work, judged by its wording (inferred)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import takewhile

from sandbox.content.aftermath import Deed
from sandbox.content.language import Lang, patterns
from sandbox.game.language.quantities import counted_numbers
from sandbox.game.language.wording import about_words, content_words

# Words that tell of what is done again and again, and of what is done by a day or before something else. For each of so
# many people a thing is done once, and within a month as well.
_AGAIN = patterns(
    en=r"\b(?:(?:each|every) (?:\w+ )?(?:time|day|night|morning|afternoon|evening|week|weekend|month|quarter|season"
    r"|term|year|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?"
    r"|monthly|weekly|daily|always|never|as long as|(?<!within )(?<!in )an? (?:week|month))\b",
    zh=r"(?<!写明)每(?![家户栋层间人名位]|个人)|月月|年年|天天|看住|按月|按季|当月|一直|始终|常年|从不|轮流"
    r"|[一半两]个?(?:年|季度?|月|礼拜|星期|周)[^，；]{0,6}[一两][次回]",
)
_ONCE = patterns(
    en=r"\b(?:before|within|then|first|once|by (?:month|mon|tues|wednes|thurs|fri|satur|sun)\w*"
    r"|by (?:month \w+|the (?:end|time|day|date|week|month|summer|autumn|winter|spring|contest|inspection|first"
    r"|second|third|\w+th))"
    r"|(?:from )?this (?:week|month|friday|sunday)|next (?:week|month)(?!['’]s)|today|tomorrow"
    r"|puts? (?:(?!(?:each|every|any|all)\b)[^,;])* (?:to|on) (?:the|an?) (?:owners['’] )?"
    r"(?:vote|meeting|assembly|invitation|agenda))\b",
    zh=r"以前|之前|前[^后台排门]|再上岗|之内|以内|本周|这个?(?:礼拜|星期|月)|月底|年底|头一|明天|今天|写明|挪"
    r"|(?:先|等|[问说]过)[^；]{1,16}再|找好|出函|要来|[一两][次回遍](?![交付缴性])|业主大会|投选|[签订]合同(?=$|[，；、])",
)
# How long it is done, after which it ends; whoever pays for a year does so at once.
_TERM = patterns(
    en=r"(?<!\bpay )(?<!\bpays )(?<!\bpaid )(?<!\bpaying )"
    r"\bfor (?:(?:an?|one|another|(?:(?:the|an?) )?(?:first|next|second|third)|this) (?:more |further )?year"
    r"|(?:the |another )?(?:12|twelve) months)\b"
    r"|\bthis year\b(?!['’]s)|\b(?:as long as|while|until) [^,;]*\bcontract\b|\buntil [^,;]*\b(?:spent|used up)\b",
    zh=r"(?:一年|1年|12个月|十二个月)(?:之内|以内|内|里)|今年|头一年|一年不涨|合同期[内里]|用完为止",
)
# That it is done in a case alone, which need not come in a year.
_CASE = patterns(
    en=r"\b(?:when(?:ever)?|if|once|in case)\b",
    zh=r"如果|要是|一旦|万一|凡是|的话|的时候",
)
# Before which hour of the day, before whose eyes and without what first tells nothing of how often; nor does what goes
# before other work, and what is paid at once.
_DAILY = patterns(
    en=r"\bbefore (?:(?:half past|quarter (?:past|to)) \w+|\w+ o['’]clock"
    r"|(?:the )?(?:neighbou?rs|residents|households|payers)(?= at\b| in\b| each\b| every\b|[,;]|$)"
    r"|(?:any|all|every) others?\b|wages\b|the evening\b)|\bwithout [^,;]*",
    zh=r"[一二两三四五六七八九十\d]+点半?(?:以前|之前|前)|一次[交付缴]",
)
# Words of what is there for good once it has been done.
_DONE = patterns(
    en=r"\b(?:installs?|fits?|builds?|buys?|appoints?|finds?|fills? the (?:vacant|empty)|for clearing the"
    r"|(?:repairs?|mends?|replaces?|paints?) the|(?:moves?|takes?) [^,;]*\b(?:away|from|into|off|out of)"
    r"|(?:asks?|applies|writes|takes) [^,;]*\bin writing)\b",
    zh=r"装[上好]|安装|修[好亮通]|补[上好]|搬[走开到]|挪[走开到]|拆[掉除]|定[一好下]|划[好出]|买|换[上成]|建[好成起]"
    r"|写[进入][^，；]{0,4}合同|改期|推到",
)
# Words of a rule that is kept, and of money that is paid; what has neither is work.
_RULES = patterns(
    en=r"\b(?:no|not|never|nobody|neither|nor|without)\b|n['’]t\b",
    zh=r"不(?:再)?(?:涨|得|许|准|收|赶|加|进|写|叫|算|动|占|提)|一律|凡是|谁[^，；]{1,6}谁",
)
_PAYS = patterns(
    en=r"\b(?:pays?|paid|fees?|yuan|money|funds?|rent|top-up|covers? the (?:costs?|rest))\b",
    zh=r"[费钱款][^，；]{0,4}[交出付垫掏]|[交出付垫掏][^，；]{0,4}[费钱款]|\d[万元]|补差|经费|拨付",
)
# Of the words of a condition, the share that another says again which takes its place: all, but for a word in a long
# one. Who does it, and at which hour, may be the same in two that have nothing to do with each other.
_REPLACES, _LEAST = 0.85, 2
_HOUR = patterns(
    en=r"\b(?:half past|quarter (?:past|to)) \w+|\b\w+ o['’]clock"
    r"|\bat night\b|\bin the (?:morning|afternoon|evening)\b",
    zh=r"(?:早上|上午|中午|下午|晚上|夜里)?[一二两三四五六七八九十\d]+点半?",
)
# With which a condition ends one that stands.
_ENDS_IT = patterns(
    en=r"\b(?:no longer|stops?)\b",
    zh=r"不再|停止|取消|作废",
)
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
# What two texts that say the same share of a clause of one of them, and how many words that clause has at least; and of
# all that is said where one verdict is to tell what became of both.
_SAME, _FEWEST, _ALL = 0.6, 4, 0.75
_CLAUSES = re.compile(r"[,;，；。]\s*")
# A clause that tells by which day alone; at which hour is part of what is done.
_WHEN = patterns(
    en=r"(?:before|after|within|by|from|until|till|once|when)\b",
    zh=r".*(?:前|后|内|起|时)$",
)
# Which of several, and how many, in words.
_ORDINAL = patterns(
    en=r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|first|second|third|fourth|last)\b",
    zh=r"[头第末][一二三四五六七八九十两]|[半双]",
)
# English words that tell no matter from another, and the ends in which the same word may differ.
_FILLER_WORDS = """
who whose whoever which what where when if each every any all also own one up out into over under again than nothing
nobody before after until till within while only not nor then so far
"""
_FILLERS = frozenset(_FILLER_WORDS.split())
_ENDS = re.compile(r"(?:['’]s?|e?s|ed|ing|e)$")
_ROOT = 5
# What somebody says they do themselves.
_DOES = re.compile(r"^(?:and |then )*I(?:['’]ll| will| also| myself)* ([a-z]+)", re.IGNORECASE)


def lasts(text: str, lang: Lang) -> bool:
    """Return whether a condition, by its wording, holds indefinitely: not for a year, nor done once."""
    if _TERM[lang].search(text):
        return False
    if _AGAIN[lang].search(text):
        return True
    done = _DONE[lang].search(text) and not _HOUR[lang].search(text)
    return not (done or _ONCE[lang].search(_DAILY[lang].sub(" ", text)))


def on_occasion(text: str, lang: Lang) -> bool:
    """Return whether a condition, by its wording, only applies on some occasion: a year may pass without it."""
    return bool(_CASE[lang].search(text))


def repeats(text: str, lang: Lang) -> bool:
    """Return whether a promise, by its wording, is about something done again and again."""
    return bool(_AGAIN[lang].search(text))


def deed(text: str, lang: Lang) -> Deed:
    """Return what kind of thing a promise is about, by its wording: a rule that is kept, a payment, or work."""
    return "rule" if _RULES[lang].search(text) else "payment" if _PAYS[lang].search(text) else "work"


def in_place_of(standing: str, conditions: Iterable[str], lang: Lang) -> str:
    """Return the condition that takes the place of a standing one since it asks for at least as much; or empty.

    Another figure or hour for the same thing counts as as much; a part of it does not. In other words a condition asks
    for as much if it is as long, has the same figures and most of the words, and lasts if the old one does. A condition
    that says that the thing is no longer done ends the standing one.

    Args:
        standing: the condition that stands.
        conditions: conditions of a decision that ask it of the same doer.
        lang: their language.
    """
    return next((each for each in conditions if _says_again(standing, each, lang) or _ends(standing, each, lang)), "")


def _ends(standing: str, condition: str, lang: Lang) -> bool:
    ended = told_words(_ENDS_IT[lang].sub(" ", condition), lang)
    one = _ENDS_IT[lang].search(condition) and not _ENDS_IT[lang].search(standing)
    return bool(one) and len(ended & told_words(standing, lang)) >= _SAME * max(len(ended), 1)


def _says_again(standing: str, condition: str, lang: Lang) -> bool:
    own, other = (_FIGURE.sub(" ", _HOUR[lang].sub(" ", text)) for text in (standing, condition))
    parts = (own.split(), other.split()) if lang == "en" else (own, other)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*parts, strict=False)))
    between = " " if lang == "en" else ""
    if len(content_words(between.join(parts[0][same:]), lang)) < _LEAST:  # it is said again from the first word on
        same = 0
    matter, others = (told_words(between.join(part[same:]), lang) for part in parts)
    return bool(matter) and (
        len(matter & others) >= _REPLACES * len(matter) or _in_other_words(standing, condition, lang)
    )


def _in_other_words(standing: str, condition: str, lang: Lang) -> bool:
    own, other = (about_roots(_HOUR[lang].sub(" ", text), lang) for text in (standing, condition))
    figures = counted_numbers(standing)
    return (
        bool(figures)
        and figures <= counted_numbers(condition)
        and len(own & other) >= _SAME * len(own)
        and len(other) >= len(own)
        and (lasts(condition, lang) or not _AGAIN[lang].search(standing))
    )


def says_the_same(promise: str, condition: str, lang: Lang) -> bool:
    """Return whether a clause of a promise says what a condition asks for (in Chinese: all of it, in other words).

    Figures must not differ, nor the kind of deed if both tell it.
    """
    return _within(promise, condition, lang, about_roots) or any(
        _within(clause, condition, lang, told_words) for clause in _CLAUSES.split(promise)
    )


def says_no_more(promise: str, condition: str, lang: Lang) -> bool:
    """Return whether a promise gives just what a condition asks: one verdict tells what became of both.

    A clause that only sets a deadline does not count as more.
    """
    given = (part for part in _CLAUSES.split(promise) if _HOUR[lang].search(part) or not _WHEN[lang].match(part))
    return _figures(promise, lang) == _figures(condition, lang) and _is_all_in("; ".join(given), condition, lang)


def _is_all_in(said: str, text: str, lang: Lang) -> bool:
    """Return whether a text has nearly all words of another and little else, and both tell the same deed."""
    own, other = about_roots(said, lang), about_roots(text, lang)
    shared = len(own & other)
    return (
        len(own) >= _FEWEST
        and shared >= _ALL * len(own)
        and shared >= _SAME * len(other)
        and _done_in(said, text, lang)
        and _done_in(text, said, lang)
    )


def _figures(text: str, lang: Lang) -> tuple[frozenset[str], frozenset[str]]:
    """Return the figures of a text, and the words that say which of several things it means."""
    return counted_numbers(text), _which(text, lang)


def _which(text: str, lang: Lang) -> frozenset[str]:
    """Return the words of a text that say which of several things it means, and how many, except hours of the day."""
    said = (match[0].lower() for match in _ORDINAL[lang].finditer(_HOUR[lang].sub(" ", text)))
    return frozenset(word.replace("头", "第") for word in said)


def promised_again(promise: str, other: str, lang: Lang) -> bool:
    """Return whether a promise repeats another in other words, with the same figures and nothing added."""
    return _figures(promise, lang) == _figures(other, lang) and (
        _is_all_in(promise, other, lang) or _is_all_in(other, promise, lang)
    )


def _within(said: str, text: str, lang: Lang, words: Callable[[str, Lang], frozenset[str]]) -> bool:
    """Return whether a text has most of the words of another, no other figure, and the same deed."""
    own, figures, other = words(said, lang), counted_numbers(said), counted_numbers(text)
    return (
        len(own) >= _FEWEST
        and len(own & words(text, lang)) >= _SAME * len(own)
        and not (figures and other and figures != other)
        and _done_in(said, text, lang)
    )


def _done_in(said: str, text: str, lang: Lang) -> bool:
    """Return whether a text has the verb with which somebody says what they will do themselves, if they say it so."""
    does = _DOES.match(said) if lang == "en" else None
    return does is None or about_roots(does[1], lang) <= about_roots(text, lang)


def told_words(text: str, lang: Lang) -> frozenset[str]:
    """Return the words that tell matters apart: in Chinese pairs of characters, in English beginnings of words."""
    return content_words(text, lang) if lang == "zh" else about_roots(text, lang)


def about_roots(text: str, lang: Lang) -> frozenset[str]:
    """Return the words a text is about, in English by their beginnings, so that "signs" and "signed" are one."""
    if lang == "zh":
        return about_words(text, lang)
    return frozenset(_ENDS.sub("", word)[:_ROOT] for word in content_words(text, lang) - _FILLERS)
