"""What a decision hangs on, as matters of their own: each condition, and who answers for it (LA, FO; inferred)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import pairwise

from sandbox.content.cards import Lang
from sandbox.content.words import Words
from sandbox.game.entries import Item, Ledger
from sandbox.game.game import Game
from sandbox.game.hanging import hangs_on
from sandbox.game.table import seat_named
from sandbox.game.wording import content_of, content_words, words
from sandbox.record.line import DecisionTaken, Line

__all__ = ["MOST_CONDITIONS", "beside", "joined", "office_named", "who_fulfils"]

# What a motion hangs on at most: one on which everybody hangs one thing more decides nothing.
MOST_CONDITIONS = 6

# Words say a condition again that have this share of its words (in Chinese, of its pairs of characters).
_SAME = 0.8
_WHOSE = re.compile(r"([a-z]+)['’]s\b")
# Whoever is to do something stands at the head of a condition: within so many words, in Chinese characters.
_HEAD: dict[Lang, int] = {"en": 6, "zh": 8}


def joined(condition: str, own: str, lang: Lang, struck: Collection[str] = ()) -> str:
    """Return the conditions of a motion, but those that are struck, with those that a supporter adds.

    What the supporter's words say again, in whatever words, stands as they say it; all else stays as it was.
    """
    said = content_words(own, lang)

    def again(part: str) -> bool:
        matter = content_words(part, lang)
        return part in own or len(said & matter) >= _SAME * len(matter)

    kept = [part for part in hangs_on(condition) if part not in struck and not again(part)]
    return ("; " if lang == "en" else "；").join([*kept, own] if own else kept)


def beside(words: Words, condition: str, base: Item | Line | None) -> str:
    """Return a condition as it is told beside the line that it answers: what that one hangs on is not said again.

    Args:
        words: the words of the session's language.
        condition: all that a counter-offer hangs on.
        base: the line that it answers, or its entry in the ledger, where there is one.
    """
    line, held = ("", "") if base is None else _held(base)
    had, own = hangs_on(held), hangs_on(condition)
    if not set(had) & set(own):
        return condition
    struck = words("semi").join(part for part in had if part not in own)
    same = words("counter.less", line=line, struck=struck) if struck else words("counter.same", line=line)
    new = words("semi").join(part for part in own if part not in had)
    return words("counter.more", same=same, own=new) if new else same


def _held(base: Item | Line) -> tuple[str, str]:
    return (base.line, base.condition) if isinstance(base, Item) else (base["id"], base["condition"])


def who_fulfils(game: Game, items: Ledger, decision: DecisionTaken, room: Sequence[str]) -> dict[str, list[str]]:
    """Return the conditions of a carried decision by the seat that may fulfil each, or else made it one.

    Whom a condition names, by name, role or office, may fulfil it; of several the first. A resident made it as a
    demand on others: then, as where nobody is known, the key is empty.
    """
    parts: dict[str, list[str]] = {}
    for part in hangs_on(decision["condition"]) if decision["carried"] else ():
        made = next((item.owner for item in items if part in hangs_on(item.condition)), "")
        seat = seat_named(game, part, room) or _office(game, part, room) or ("" if made in game.residents else made)
        parts.setdefault(seat, []).append(part)
    return parts


def office_named(game: Game, text: str, seats: Sequence[str]) -> str:
    """Return which of some seats a text means by words of its role alone; empty where it means none, or several."""
    known = _offices(_cards(game, seats), game.spec.lang)
    said = words(text.replace("'s", " ").replace("’s", " "))
    named = {known[word] for word in _in_order(said, game.spec.lang) if word in known}
    return next(iter(named)) if len(named) == 1 else ""


def _cards(game: Game, seats: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    lang = game.spec.lang
    return tuple((seat, game.personas[seat].role.get(lang), game.personas[seat].authority.get(lang)) for seat in seats)


def _office(game: Game, condition: str, room: Sequence[str]) -> str:
    """Return the seat whose office a condition has at its head: words of its role, or whose it may give away."""
    known = _offices(_cards(game, room), game.spec.lang)
    head = words(condition.replace("'s", " ").replace("’s", " "))[: _HEAD[game.spec.lang]]
    said = content_of(head, game.spec.lang)
    heads = [known[word] for word in _in_order(head, game.spec.lang) if word in said and word in known]
    return next(iter(heads), "")


def _in_order(head: Sequence[str], lang: Lang) -> list[str]:
    return [first + second for first, second in pairwise(head)] if lang == "zh" else list(head)


@lru_cache(maxsize=256)
def _offices(cards: tuple[tuple[str, str, str], ...], lang: Lang) -> dict[str, str]:
    """Return the words that stand for one of some seats alone, with that seat."""
    owners: dict[str, set[str]] = {}
    for seat, role, authority in cards:
        own = content_words(role.replace("'", " "), lang)
        if lang == "en":
            own |= set(_WHOSE.findall(authority.split(";")[0].lower()))
        for word in own:
            owners.setdefault(word, set()).add(seat)
    return {word: next(iter(seats)) for word, seats in owners.items() if len(seats) == 1}
