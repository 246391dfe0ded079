"""Conditions of one motion that may contradict each other: another figure, day or payer for the same thing (inferred).

Only what the words show is found: for the same doer and matter another figure in digits or another deadline; for the
same matter two payers of all of it. Other contradictions are for the people at the table to notice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

from sandbox.content.language import Lang, patterns
from sandbox.game.game import Game
from sandbox.game.language.quantities import counted_numbers
from sandbox.game.language.wording import content_words
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.conditions import whom_it_asks
from sandbox.game.motions.hanging import brought, hangs_on

# Two conditions are of one matter that share this much of the words of the longer one.
_SAME = 0.6
_BOUNDS: dict[Lang, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "en": (
        re.compile(r"\bat least\b|\bno (?:fewer|less) than\b|\bor more\b", re.IGNORECASE),
        re.compile(r"\bat most\b|\bno more than\b|\bup to\b|\bor (?:fewer|less)\b", re.IGNORECASE),
    ),
    "zh": (re.compile(r"至少|最少|不少于|不低于|以上"), re.compile(r"至多|最多|不多于|不超过|以内|以下")),
}
# Who pays at the head of a condition, and what; in Chinese what is paid may stand first.
_PAYS = patterns(
    en=r"(?P<what>)(?P<who>[^,;]+?)\s(?:pays?|bears?|funds?|covers?)\b(?P<rest>.*)",
    zh=r"(?:(?P<what>[^，；]*)由)?(?P<who>[^，；]{1,10}?)(?:来)?(?:支?付|承担|负担|掏|垫|出(?=钱|资|$))(?P<rest>.*)",
)
# Whoever pays a part of something leaves the rest to others, and whoever is not to pay or is asked for pays nothing.
_PART = patterns(
    en=r"\d|\b(?:half|part|share|rest|each|own|gap|shortfall|remainder|who|no|not|never|nobody)\b|n['’]t\b",
    zh=r"\d|半|各|其余|剩|余下|部分|缺口|自己|份|谁|不",
)
# The day by which something is to be done, without figures.
_BY = patterns(
    en=r"\b(?:by|before|until|till|no later than|on)\s+(?P<when>(?:(?:the|end|of|this|next|each|every)\s+)*"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:(?:the|end|of|this|next|each|every)\s+)*(?:january|february|march"
    r"|april|may|june|july|august|september|october|november|december|spring|summer|autumn|winter|week|month|quarter"
    r"|year|term))\b",
    zh=r"(?P<when>(?:本|这个?|下个?|每个?)?(?:(?:周|礼拜|星期)[一二三四五六日天]?|月[底初中]|年[底初]|月|季度|学期|春节|国庆|中秋|开学)"
    r"|[一二三四五六七八九十]{1,3}[月日号](?:[底初中]|[一二三四五六七八九十]{1,3}[日号])?)(?:之|以)?前",
)


def clashes_told(game: Game, items: Sequence[Item], item: Item) -> list[str]:
    """Return a sentence for each pair of conditions that may not go together."""
    pairs = contradictions(game, items, item)
    return [*dict.fromkeys(game.words("contradicts", one=one, other=other) for one, other in pairs)]


def contradictions(game: Game, items: Sequence[Item], item: Item) -> list[tuple[str, str]]:
    """Return the pairs of lines that brought two conditions of a motion which may contradict each other."""
    parts = combinations(brought(items, item.condition), 2)
    return [
        (min(line, other), max(line, other))
        for (line, part), (other, said) in parts
        if line and other and line != other and _rule_out(game, items, part, said, item.stage)
    ]


def ruled_out(game: Game, items: Sequence[Item], condition: str, left: str, stage: str) -> str:
    """Return which remaining condition of a motion may contradict one that is added; or empty."""
    own = hangs_on(condition)
    others = (part for part in hangs_on(left) if part not in own)
    return next((part for part in others if any(_rule_out(game, items, each, part, stage) for each in own)), "")


def _rule_out(game: Game, items: Sequence[Item], one: str, other: str, stage: str) -> bool:
    lang = game.spec.lang
    if _paid_twice(one, other, lang):
        return True
    if not (_other_figures(one, other, lang) or _other_day(one, other, lang)):
        return False
    room = game.present(stage)
    return whom_it_asks(game, items, one, room)[:1] == whom_it_asks(game, items, other, room)[:1]


@lru_cache(maxsize=4096)  # the conditions of a motion are held against each other for each prompt
def _other_figures(one: str, other: str, lang: Lang) -> bool:
    """Return whether two texts are about the same matter with figures that contradict each other."""
    figures, others = counted_numbers(one), counted_numbers(other)
    if figures <= others or others <= figures or not _alike(_matter(one, lang), _matter(other, lang)):
        return False
    least, most = _BOUNDS[lang]
    for low, high in ((one, other), (other, one)):
        if least.search(low) and most.search(high):
            return max(map(_amount, counted_numbers(low))) > min(map(_amount, counted_numbers(high)))
    return True


@lru_cache(maxsize=4096)
def _other_day(one: str, other: str, lang: Lang) -> bool:
    """Return whether two texts set different deadlines for the same matter."""
    days = [{match["when"].lower() for match in _BY[lang].finditer(text)} for text in (one, other)]
    if not all(days) or days[0] & days[1]:
        return False
    return _alike(*(_matter(_BY[lang].sub("", text), lang) for text in (one, other)))


def _amount(figure: str) -> float:
    """Return the size of a figure: a time such as 7:30 in hours; of several parts, such as in a date, the first."""
    whole, *parts = re.split("[.:]", figure)
    if len(parts) != 1:
        return float(whole)
    return int(whole) + int(parts[0]) / 60 if ":" in figure else float(figure)


@lru_cache(maxsize=4096)
def _paid_twice(one: str, other: str, lang: Lang) -> bool:
    """Return whether two texts have the same thing paid by different payers, and neither only in part."""
    paid, again = _PAYS[lang].match(one), _PAYS[lang].match(other)
    if paid is None or again is None or _PART[lang].search(one + other):
        return False
    payer, second = (content_words(match["who"], lang) for match in (paid, again))
    what, same = (_matter(f"{match['what'] or ''} {match['rest']}", lang) for match in (paid, again))
    return bool(payer and second) and not payer & second and (what == same or _alike(what, same))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= _SAME * max(len(one), len(other), 1)


def _matter(text: str, lang: Lang) -> frozenset[str]:
    """Return the content words of a text without figures and without words that mark bounds."""
    for bound in _BOUNDS[lang]:
        text = bound.sub("", text)
    return content_words(re.sub(r"[\d.:]+", "" if lang == "zh" else " ", text), lang)
