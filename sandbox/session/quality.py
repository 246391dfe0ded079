"""Checks on a line that a model has worded: what is wrong with it, in words that a log can keep."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.content.language import Lang
from sandbox.content.seat_card import Point
from sandbox.game.game import Game
from sandbox.game.quantities import figures_of, named_numbers, numbers
from sandbox.game.wording import any_similar, assistant_talk, coverage, other_language, overlap, stutters
from sandbox.record.line import Line

DECLINED, OVERLONG = "declined", "too long"

DUPLICATE = 0.8
OWN_OVERLAP = 0.25
COPIED = 0.4
LEAST_COVERAGE = 0.6
LEAST_PRECISION = 0.5
_SELF_ROLE = {
    "en": r"\b(?:as|i am|i'm) (?:the|a|an) {role}",
    "zh": "作为{role}|我是{role}",
}


def fault_in(game: Game, says: str, seat: str, point: Point | None, earlier: Sequence[Line], longest: int) -> str:
    """Return what is wrong with a wording, or an empty text.

    Args:
        game: the game.
        says: the words.
        seat: who says them.
        point: the point that the line was to make; None when the speaker was free.
        earlier: lines before it that the seat can see, the latest last.
        longest: characters that it may have; not every endpoint keeps to the schema.
    """
    lang = game.spec.lang
    if len(says) > longest:
        return OVERLONG
    if "⟦" in says or "⟧" in says:
        return "shows the marks of its prompt"
    if assistant_talk(says):
        return "assistant talk"
    if other_language(says, lang):
        return "other language"
    if _names_itself(game, says, seat, point):
        return "speaks of itself by name"
    if point is not None and stutters(says):  # of a model that words a point; whoever speaks freely may use figures
        return "repeats itself within the line"
    recent = [line["says"] for line in earlier[-40:]]
    if any_similar(says, recent, DUPLICATE):
        return "near-duplicate"
    if point is None:
        return ""  # whoever speaks freely may quote
    own = [line["says"] for line in earlier if line["seat"] == seat]
    if overlap(says, own) > OWN_OVERLAP:
        return "repeats itself"
    wanted = point.says.get(lang) if point else ""
    foreign = [text for text in recent[-1:] if not wanted or overlap(wanted, [text]) == 0]
    if overlap(says, foreign) > COPIED:
        return "copies the last line"
    return _unfaithful(says, point, lang, recent)


def _names_itself(game: Game, says: str, seat: str, point: Point | None) -> bool:
    name, said = game.name(seat).lower(), says.lower()
    if point is None:  # whoever speaks freely may sign by name, and say to strangers what it is
        return said.startswith(name)
    pattern = re.compile(_SELF_ROLE[game.spec.lang].format(role=re.escape(game.role(seat))), re.IGNORECASE)
    return name in said or (bool(pattern.search(says)) and not pattern.search(point.says.get(game.spec.lang)))


def _unfaithful(says: str, point: Point, lang: Lang, recent: Sequence[str]) -> str:
    wanted = point.says.get(lang)
    if figures_of(point.says, lang) - named_numbers(says):
        return "loses a number"
    if numbers(says) - named_numbers(wanted) - named_numbers(recent[-1] if recent else ""):
        return "invents a number"
    if coverage(wanted, says) < LEAST_COVERAGE:
        return "misses its point"
    if coverage(says, " ".join([wanted, *recent[-1:]])) < LEAST_PRECISION:
        return "wanders off"
    if ("?" in wanted or "？" in wanted) and not ("?" in says or "？" in says):
        return "asks nothing"
    return ""
