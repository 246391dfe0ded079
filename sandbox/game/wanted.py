"""What seats need to know from another by some time and could not ask any more, until they have it (inferred).

Whoever may not ask as a stage ends is told to say that instead; so it is found by the words with which people say it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.game.conditions import office_named
from sandbox.game.game import Game
from sandbox.game.questions import called
from sandbox.game.wording import content_words, sentences, takes_up
from sandbox.record.line import Line

# That somebody needs to be told something, and until when.
_NEEDS: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"\bI(?:['’]d| would)?(?: still)? (?:need|want|have|like)(?: still)? to (?:know|hear|see|be told|have)\b"
        r"|\bI(?: still)? (?:need|want) [^.;]*\bfrom\b"
        r"|\bI(?:['’]ll| will|['’]m| am)?(?: still)? wait(?:ing)? for (?:you|that|an? (?:answer|word|figure|date))\b"
        r"|(?<!nobody )(?<!nobody can )(?<!no one )(?<!no one can )\b(?:tells?|answers?) (?:me|us)\b"
        r"|\bgives? (?:me|us) (?:(?:an?|the|that|your|one) )?(?:answer|word|day|date|figure|sum|number|name|yes|no)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"我(?:们)?[要得想](?:先)?(?:知道|听|看到|见到)|我(?:还)?要(?:个|一个|那个)|(?:[等回](?:你|您|他|她)|[等给回](?:我|个|我们|咱们)?)"
        r"(?:一)?[句个](?:准)?(?:话|信)?|(?<![下这那每上一两])[回答告]复?(?:诉)?(?:我|我们)|交个底|(?<!没)准[话信]"
    ),
}
_BY: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:before(?:hand)?|by|until|till|when|next|today|tonight|tomorrow|after)\b", re.IGNORECASE),
    "zh": re.compile(r"前|以内|之内|月底|下[回次]|今天|明天|散会|[周礼拜星期][一二三四五六日天]"),
}
_YOU: dict[Lang, re.Pattern[str]] = {"en": re.compile(r"\byour?s?\b", re.IGNORECASE), "zh": re.compile("[你您]")}
_CLAUSES = re.compile(r"[,，:：]\s*")
_PARTS = re.compile(r"(?<=[,;:])(?=\s)|(?<=[，；：])")
_FEWEST = 2
# With which a clause begins that says what is to be told.
_WHAT: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"(?:and |or )?(?:whether|if|who|whose|what|which|when|where|how|why)\b", re.IGNORECASE),
    "zh": re.compile(r"[^，；]*?(?:谁|什么|怎么|多少|哪|几|能不能|是不是|有没有|到底)"),
}
_HALVES = re.compile(r"(?<=[;；])\s*")
# A sentence of so few characters is told with the one before it, in which its matter stands.
_SHORT: dict[Lang, int] = {"en": 60, "zh": 26}


class Wanted(NamedTuple):
    """What a seat needs to know from another.

    Args:
        line: the line that says so.
        seat: from whom.
        says: the sentence that does, with the one before it where it is short.
    """

    line: Line
    seat: str
    says: str


def briefly_wanted(need: Wanted, longest: int, lang: Lang) -> str:
    """Return the clauses of a need that say what is to be told, and that it is needed; what is left out is marked.

    Args:
        need: the need.
        longest: most characters, but where what is asked is longer by itself.
        lang: the language.
    """
    parts = _PARTS.split(need.says)
    if len(need.says) <= longest or len(parts) < _FEWEST:
        return need.says
    start = next((place for place, part in enumerate(parts) if _NEEDS[lang].search(part)), len(parts) - 1)
    asked = (place for place in range(start + 1, len(parts)) if _WHAT[lang].match(parts[place].strip()))
    end = next(asked, start) + 1
    if len("".join(parts[start:end])) > longest:
        start = end - 1
    while start and len("".join(parts[start - 1 : end])) <= longest:
        start -= 1
    while end < len(parts) and len("".join(parts[start : end + 1])) <= longest:
        end += 1
    text, gap = "".join(parts[start:end]).strip(), " …" if lang == "en" else "…"
    return ("… " if start else "") + (text if end == len(parts) else text.rstrip(",;:，；：、 ") + gap)


def wanted(game: Game, lines: Sequence[Line]) -> list[Wanted]:
    """Return what seats that speak freely need to know from others and have not been told since, in their order.

    It is answered by a line of whom it concerns that is about it, is to whoever needs it and asks nothing itself, names
    whoever needs it with a word of the matter, or takes the matter up; whoever asks for the same later asks a question
    like any other.

    Args:
        game: the game.
        lines: the lines, as whoever asks has heard them.
    """
    if game.spec.style != "free":
        return []
    needs = ((place, need) for place, line in enumerate(lines, 1) if (need := _need(game, line)) is not None)
    return [need for place, need in needs if not any(_meets(game, later, need) for later in lines[place:])]


def _need(game: Game, line: Line) -> Wanted | None:
    """Return what a line says that its speaker needs to know, the last of it; None where it does not, or asks.

    A host of a tour is not met again.
    """
    room = game.present(line["stage"])
    says = _said(line["says"], game.spec.lang)
    if not says or line["vote"] or line["stage"] in game.able("reviews") or called(game, line, room):
        return None

    def meant(seat: str) -> bool:
        return seat != line["seat"] and seat in line["visible_to"] and seat in room

    seat = _from_whom(game, says, line["to"] if meant(line["to"]) else "", meant)
    return Wanted(line, seat, says) if seat and game.personas[seat].kind != "host" else None


def _from_whom(game: Game, says: str, to: str, meant: Callable[[str], bool]) -> str:
    """Return from whom a sentence wants to know something: whom it calls, or whom its clause that says so means.

    That is by name, as you, or by words of an office; else whom the sentence means, else whom the line is ``to``.
    """
    names, lang = game.names, game.spec.lang
    if to and names.called_alike(says, to):
        return to
    if called := names.last_called(says, meant):
        return called
    clause = next((part for part in _CLAUSES.split(says) if _NEEDS[lang].search(part)), says)
    if seat := names.last_meant(clause, meant):
        return seat
    if to and _YOU[lang].search(clause):
        return to
    source = clause.rpartition("from ")[2] if lang == "en" and "from " in clause else "" if lang == "en" else clause
    office = office_named(game, source, [seat for seat in game.positions if meant(seat)])
    if to and not office and names.places(says, [to]):  # of two people of one surname it is whom the line is for
        return to
    return office or names.last_meant(says, meant) or names.first(says, meant) or to


@lru_cache(maxsize=4096)  # lines are gone through for each prompt and each minutes
def _said(says: str, lang: Lang) -> str:
    parts = [part for sentence in sentences(says) for part in _HALVES.split(sentence)]
    stated = [(n, part) for n, part in enumerate(parts) if not part.endswith(("?", "？"))]
    places = [n for n, part in stated if _NEEDS[lang].search(part) and _BY[lang].search(part)]
    if not places:
        return ""
    place = places[-1]
    first = place - 1 if place and len(parts[place]) < _SHORT[lang] else place
    return (" " if lang == "en" else "").join(parts[first : place + 1])


def _meets(game: Game, line: Line, need: Wanted) -> bool:
    """Return whether a line answers what a seat needs to know, or asks for it anew."""
    asks, asker = has(line["act"], "asks"), need.line["seat"]
    if line["vote"] or line["seat"] not in (need.seat, asker):
        return False
    lang, says = game.spec.lang, line["says"]
    matter = _BY[lang].sub(" ", _NEEDS[lang].sub(" ", need.says))
    words = content_words(matter, lang)
    on_it = bool(words) and takes_up(says, matter, lang)
    if line["seat"] == asker:
        return asks and line["to"] == need.seat and on_it
    names_it = game.names.means(says, asker, line["to"]) and bool(words & content_words(says, lang))
    return line["about"] == need.line["id"] or names_it or (not asks and (line["to"] == asker or on_it))
