"""Plans: the documents that drafting stages make, derived from lines alone (domain: AR, PL)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sandbox.content.acts import has
from sandbox.content.cards import SECTIONS_OF_PLAN, Act, Section
from sandbox.content.language import Lang, patterns
from sandbox.game.language.gist import quoted
from sandbox.game.language.wording import sentences
from sandbox.record.line import Line

if TYPE_CHECKING:
    from sandbox.game.game import Game

_ZH = r"“?(?:问题|(?:服务)?对象|步骤|经费|资金|成效|成绩)”?(?:(?:那|这一|这)[栏节条块])?"
_EN = r"\"?(?:problem|people|beneficiaries|steps|money|success)\"?"
_UNDER = rf"(?:(?:under|for|on|as for) (?:the )?)?{_EN}"
# "Under success we write the following: …", also behind a sentence that answers somebody.
_LEAD = patterns(
    en=rf"(?:^|(?<=[.!?] ))(?:{_UNDER}|(?=[^.!?:]*\b(?:I|we|our|my|it|as|at|line|should|the street)\b)"
    rf"[^.!?:]{{0,45}}?\b{_EN}(?![a-z])[^.!?:]{{0,45}}): ",
    zh=rf"(?:^|(?<=[。！？]))[^。！？：]{{0,14}}?{_ZH}(?:[^。！？：“”]{{0,12}}[我写填改加照要该列][^。！？：“”]{{0,12}})?："
    rf"|^{_ZH}[^。！？：]{{0,20}}写：|^.{{0,8}}：{_ZH}写",
)
# "Under success I'd put …"
_HEADING = patterns(
    en=rf"^(?:under|for|on|as for) (?:the )?{_EN},? (?:(?:I|we)(?:'d| would| (?=(?:put|write|wrote|propose)\b)) ?)?"
    rf"(?:(?:like to )?(?:put|write|wrote|propose) )?|^{_EN}[,?] (?:(?:I|we)(?:'d| would)? )?"
    rf"|^(?:for|into) (?:the|our) plan[,:]? (?:under {_EN}[,:]? )?",
    zh=rf"^{_ZH}里?[，？]?(?:(?:我们|我)(?:想|就|主张|提议|这么|这样)*|就)?(?:写(?![的错这])|加一条。)?"
    r"|^(?:写进我们方案：|写进方案：|方案(?:里(?!的)|建议：|这么写：))",
)
_LEAST = 4


@dataclass(frozen=True)
class Plan:
    """A seat's plan.

    Args:
        seat: the seat that drafted it.
        sections: the text of each section.
        lines: id of the line that last rewrote a section; other sections are as handed down.
        adapted: sections whose last rewrite was on the learning tour.
    """

    seat: str
    sections: Mapping[Section, str]
    lines: Mapping[Section, str]
    adapted: tuple[Section, ...]

    @property
    def copied(self) -> float:
        """Share of the sections that are as handed down, 0 to 1."""
        return 1 - len(self.lines) / len(self.sections)


def plans(game: Game, lines: Sequence[Line]) -> tuple[Plan, ...]:
    """Return the plans after some lines, one for each drafter.

    A drafter's line that names a section rewrites it, with its ``text`` or, if its act drafts, with a `passage` of its
    words. Other sections are as handed down. In a review a report may correct what the year has proved wrong.
    """
    handed, touring = game.plan, game.able("tours")
    return tuple(
        Plan(
            seat,
            {
                section: written(game, own[section]) if section in own else handed[section]
                for section in SECTIONS_OF_PLAN
            },
            {section: line["id"] for section, line in own.items()},
            tuple(section for section, line in own.items() if line["stage"] in touring),
        )
        for seat, own in sections_written(game, lines).items()
    )


def sections_written(game: Game, lines: Sequence[Line]) -> dict[str, dict[Section, Line]]:
    """Return, by drafter and section, the line that last rewrote the section."""
    written: dict[str, dict[Section, Line]] = {seat: {} for seat in game.drafters}
    for line in lines:
        if not line["section"]:
            continue
        section = next((name for name in SECTIONS_OF_PLAN if name == line["section"]), None)
        if section and may_rewrite(game, line["seat"], line["stage"], line["act"]) and _rewrites(line):
            written[line["seat"]][section] = line
    return written


def may_rewrite(game: Game, seat: str, stage: str, act: Act) -> bool:
    """Return whether a seat may rewrite its plan by an act: by any act in a drafting stage, by a report in a review."""
    if seat not in game.drafters or stage not in game.rewriting:
        return False
    return stage in game.able("drafts") or has(act, "reports")


def rewritten(before: str, text: str) -> str:
    """Return the new sentences of a section, with gaps marked; the whole text if it only lost sentences."""
    had, parts = sentences(before), sentences(text)
    new = [place for place, part in enumerate(parts) if part not in had]
    return quoted(parts, new) if new else text


def _rewrites(line: Line) -> bool:
    return has(line["act"], "rewrites") or bool(line["text"])


def written(game: Game, line: Line) -> str:
    """Return the text of a section of a plan from the line that rewrote it."""
    return line["text"] or passage(line["says"], game.spec.lang)


@lru_cache(maxsize=4096)  # all plans are gone through again after each stage that makes them
def passage(says: str, lang: Lang) -> str:
    """Return what a line says for a section of a plan, without a lead such as "under success I would write:".

    Args:
        says: the words of the line; all of them are returned if there is no such lead.
        lang: the language.
    """
    for pattern in (_LEAD[lang], _HEADING[lang]):
        lead = pattern.search(says)
        rest = says[lead.end() :] if lead else ""
        if len(rest) >= _LEAST:
            return rest[0].upper() + rest[1:]
    return says
