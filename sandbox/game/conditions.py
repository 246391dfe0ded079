"""What a decision hangs on, as matters of their own: each condition, and who answers for it (LA, FO; inferred)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.game.entries import Item, Ledger
from sandbox.game.game import Game
from sandbox.game.hanging import brought, hangs_on
from sandbox.game.wording import content_words
from sandbox.record.line import DecisionTaken, Line

# What a motion hangs on at most: where everybody's demand fits, nobody is left who has a reason to vote against. And
# most characters of one, which asks for one thing: a motion to which everybody adds a paragraph cannot be put.
MOST_CONDITIONS = 4
LONGEST_CONDITION: dict[Lang, int] = {"en": 100, "zh": 36}

# Words say a condition again that have this share of its words (in Chinese, of its pairs of characters).
_SAME = 0.8
_WHOSE = re.compile(r"([a-z]+)['’]s\b")
# Whoever is to do something stands at the head of a condition: within so many characters.
_HEAD: dict[Lang, int] = {"en": 30, "zh": 6}
_JOINED: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:and|with|or)\b|['’]s\b", re.IGNORECASE),
    "zh": re.compile(r"[、和跟同与及的]"),
}
# Somebody without a seat at the head of a condition, as far as its words go: an employer, a body, a place higher up.
_ABSENT: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"(?P<who>(?:the|an?|each|every) (?:(?!(?:in|of|at|for|to|by|with|before|from|and) )[\w'’-]+ ){0,3}?"
        r"(?:body|employer|contractor|firm|bidder|operator|supplier|bureau|district|city|county|school|hospital|bank"
        r"|owners['’] (?:meeting|assembly)|villagers['’] (?:meeting|assembly)|village (?:meeting|assembly)))\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"由?(?P<who>[^，；、。由跟向找请让在把给到对为等和按拿]{0,8}?(?:单位|承包商|承包方|施工队|企业|机构|医院|学校|银行"
        r"|区里|市里|县里|业主大会|业主会|村民会议|村民代表会|村民大会|村代会))"
    ),
}


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


def who_fulfils(game: Game, items: Ledger, decision: DecisionTaken, room: Sequence[str]) -> list[tuple[str, str]]:
    """Return each condition of a carried decision, after the seat that answers for it.

    That is whom it names at its head, by name, role or office; else whom it names at all; else who asked for it. What
    a resident asked for is a demand on others: then, as where nobody is known, the seat is empty.
    """
    owners = {item.line: item.owner for item in items}
    parts = brought(items, decision["condition"]) if decision["carried"] else ()
    return [(owed_by(game, part, owners.get(line, ""), room), part) for line, part in parts]


def owed_by(game: Game, condition: str, asked: str, room: Sequence[str]) -> str:
    """Return the seat that answers for a condition which a seat ``asked`` for; empty where nobody is known."""
    if without_seat(game, condition, room):
        does = []
    else:
        does = doers(game, condition, room) or named(game, condition, room, offices=False)
    return does[0] if does else "" if asked in game.residents else asked


def without_seat(game: Game, condition: str, room: Sequence[str]) -> str:
    """Return who stands at the head of a condition and has no seat in the room, in words; empty where nobody does.

    That is somebody who is elsewhere, such as the host of a tour, or an employer, a body, a place higher up.
    """
    away = {seat: game.name(seat) for seat in game.personas if seat not in room}
    if first := next((name for name in away.values() if condition.startswith(name)), ""):
        return first
    if doers(game, condition, room):
        return ""
    if seats := named(game, at_head(game, condition), [*away], offices=False):
        return away[seats[0]]
    match = _ABSENT[game.spec.lang].match(condition)
    return match["who"][:1].lower() + match["who"][1:] if match else ""


def doers(game: Game, condition: str, seats: Sequence[str]) -> list[str]:
    """Return which of some seats a condition names at its head, where those stand who are to fulfil it."""
    return named(game, at_head(game, condition), seats)


def subjects(game: Game, condition: str, seats: Sequence[str]) -> list[str]:
    """Return which of some seats a condition names as those who are to fulfil it: the first, and who is joined to it.

    In "the landlord's tenants", that is both.
    """
    head = at_head(game, condition)
    places = sorted([*game.names.places(head, seats), *_by_office(game, head, seats)])
    does: list[str] = []
    last = 0
    for place, seat in places:
        if not does or seat in does or _JOINED[game.spec.lang].search(head[last:place]):
            does += [] if seat in does else [seat]
            last = place
    return does


def at_head(game: Game, condition: str) -> str:
    """Return the beginning of a condition, where those stand who are to fulfil it."""
    return condition[: _HEAD[game.spec.lang]]


def office_named(game: Game, text: str, seats: Sequence[str]) -> str:
    """Return which of some seats a text means by words of its role alone; empty where it means none, or several."""
    seats_of = {seat for _, seat in _by_office(game, text, seats)}
    return next(iter(seats_of)) if len(seats_of) == 1 else ""


def named(game: Game, text: str, seats: Sequence[str], *, offices: bool = True) -> list[str]:
    """Return which of some seats a text names, in the order in which it does.

    Args:
        game: the game.
        text: the text.
        seats: the seats.
        offices: whether words of an office that only one of them holds name it too, as its name and role do.
    """
    places = [*game.names.places(text, seats), *(_by_office(game, text, seats) if offices else ())]
    return list(dict.fromkeys(seat for _, seat in sorted(places)))


def _by_office(game: Game, text: str, seats: Sequence[str]) -> list[tuple[int, str]]:
    """Return where a text has words of an office that one of some seats alone holds, with that seat."""
    lang = game.spec.lang
    cards = ((seat, game.personas[seat].role.get(lang), game.personas[seat].authority.get(lang)) for seat in seats)
    return [
        (match.start(), seat)
        for word, seat in _offices(tuple(cards), lang).items()
        for match in re.finditer(rf"\b{word}s?\b" if lang == "en" else word, text.lower())
    ]


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
