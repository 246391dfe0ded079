"""A section of a plan as it is written down: what was said of it, without the words that name its heading."""

from __future__ import annotations

import re
from functools import lru_cache

from sandbox.content.language import Lang

_ZH = r"“?(?:问题|(?:服务)?对象|步骤|经费|资金|成效|成绩)”?(?:(?:那|这一|这)[栏节条块])?"
_EN = r"\"?(?:problem|people|beneficiaries|steps|money|success)\"?"
_UNDER = rf"(?:(?:under|for|on|as for) (?:the )?)?{_EN}"
# "Under success we write the following: …", also behind a sentence that answers somebody.
_LEAD: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(
        rf"(?:^|(?<=[.!?] ))(?:{_UNDER}|(?=[^.!?:]*\b(?:I|we|our|my|it|as|at|line|should|the street)\b)"
        rf"[^.!?:]{{0,45}}?\b{_EN}(?![a-z])[^.!?:]{{0,45}}): ",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        rf"(?:^|(?<=[。！？]))[^。！？：]{{0,14}}?{_ZH}(?:[^。！？：“”]{{0,12}}[我写填改加照要该列][^。！？：“”]{{0,12}})?："
        rf"|^{_ZH}[^。！？：]{{0,20}}写：|^.{{0,8}}：{_ZH}写"
    ),
}
# "Under success I'd put …"
_HEADING: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(
        rf"^(?:under|for|on|as for) (?:the )?{_EN},? (?:(?:I|we)(?:'d| would| (?=(?:put|write|wrote|propose)\b)) ?)?"
        rf"(?:(?:like to )?(?:put|write|wrote|propose) )?|^{_EN}[,?] (?:(?:I|we)(?:'d| would)? )?"
        rf"|^(?:for|into) (?:the|our) plan[,:]? (?:under {_EN}[,:]? )?",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        rf"^{_ZH}里?[，？]?(?:(?:我们|我)(?:想|就|主张|提议|这么|这样)*|就)?(?:写(?![的错这])|加一条。)?"
        r"|^(?:写进我们方案：|写进方案：|方案(?:里(?!的)|建议：|这么写：))"
    ),
}
_LEAST = 4


@lru_cache(maxsize=4096)  # all plans are gone through again after each stage that makes them
def passage(says: str, lang: Lang) -> str:
    """Return what a plan has of words about one of its sections: without "under success I would write:".

    Args:
        says: what was said, all of it where it names no heading.
        lang: the language.
    """
    for pattern in (_LEAD[lang], _HEADING[lang]):
        lead = pattern.search(says)
        rest = says[lead.end() :] if lead else ""
        if len(rest) >= _LEAST:
            return rest[0].upper() + rest[1:]
    return says
