"""What a decision hangs on, as matters of their own: each condition, and who answers for it (LA, FO; inferred)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from sandbox.content.cards import OFFICIALS
from sandbox.content.language import Lang, patterns
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.language.wording import content_words
from sandbox.game.ledger.entries import Item, Ledger, movers
from sandbox.game.motions.hanging import brought, brought_with, hangs_on
from sandbox.record.line import DecisionTaken, Line

# What a motion hangs on at most: where everybody's demand fits, nobody is left who has a reason to vote against. And
# most characters of one, which asks for one thing: a motion to which everybody adds a paragraph cannot be put.
MOST_CONDITIONS = 4
LONGEST_CONDITION: dict[Lang, int] = {"en": 100, "zh": 36}

# Words say a condition again that have this share of its words (in Chinese, of its pairs of characters).
_SAME = 0.8
# In Chinese 市里 means whoever is of the city (市委书记), and so on; it is no end of 城市里.
_LEVELS = "市区县镇村"
_WHOSE = re.compile(r"([a-z]+)['’]s\b")
# Whoever is to do something stands at the head of a condition: within so many characters.
_HEAD: dict[Lang, int] = {"en": 30, "zh": 6}
_JOINED = patterns(
    en=r"\b(?:and|with|or)\b|['’]s\b",
    zh=r"[、和跟同与及的]",
)
# What may stand between the first doer of a condition and who does it too, and, in a clause behind a comma, before
# whoever is to do that.
_TOO: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"(?:[\w'’.-]+ ){1,3}and (?:the )?(?:[A-Z]\w+ )?"),
    "zh": re.compile(r"[^，]{1,6}[、和与及同]"),
}
_THEN = patterns(
    en=r" *(?:(?:and|but|while|then) )*(?:(?:the rest|what is \w+) )?(?:the )?",
    zh=r"[再就则又也]?(?:然后|(?:不够|不足|差|缺|超出|多出|其余|余下|剩下)(?:的|部分)?)?(?:由|归|请)?",
)
_BEHIND: dict[Lang, re.Pattern[str]] = {"en": re.compile(r",(?!\d)"), "zh": re.compile("，")}
# Somebody without a seat at the head of a condition, as far as its words go: an employer, a body, a place higher up.
_ABSENT = patterns(
    en=r"(?P<who>(?:the|an?|each|every) (?:(?!(?:in|of|at|for|to|by|with|before|from|and) )[\w'’-]+ ){0,3}?"
    r"(?:body|employer|contractor|firm|bidder|operator|supplier|bureau|district|city|county|school|hospital|bank"
    r"|office|department|owners['’] (?:meeting|assembly)|villagers['’] (?:meeting|assembly)"
    r"|village (?:meeting|assembly)))\b",
    zh=r"由?(?P<who>[^，；、。由跟向找请让在把给到对为等和按拿]{0,8}?(?:单位|承包商|承包方|施工队|企业|机构|医院|学校|银行"
    r"|区里|市里|县里|上级|[财城住民教][政管建育]局|财政所|部门|科室|办公室|业主大会|业主会|村民会议|村民代表会|村民大会|村代会))",
)
# Of these, what is higher up than the table: whoever deals with it answers for what came of it.
_ABOVE = re.compile(
    r"(?:bureau|district|city|county|office|department|区里|市里|县里|上级|局|财政所|部门|科室|办公室)$"
)
# What stands before whoever is to do something: by when, or in which case.
_CASE = patterns(
    en=r"(?:(?:only )?(?:before|after|once|when|whenever|until|if|unless|while|as (?:soon|long) as)|in case)\b"
    r"[^,]*, *",
    zh=r"[^，]{1,18}(?:前|后|时|时候|期间|的话)，|(?:等|如果|要是|万一|只要|一旦|凡)[^，]*，",
)
# What somebody is not to do, each part of it.
_NOT: dict[Lang, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "en": (
        re.compile(r",? (?:and|but|or) |, "),
        re.compile(r"(?:(?:does|do|will|shall|may|must) (?:not|never)|never|no longer)\b", re.IGNORECASE),
    ),
    "zh": (re.compile(r"[，、]"), re.compile(r"(?:以后|往后|再)?(?:不|别)")),
}


def refrains(game: Game, condition: str, seat: str) -> bool:
    """Return whether all that a condition asks of a seat, which it names at its head, is not to do something."""
    parts, negated = _NOT[game.spec.lang]
    deeds = (condition.removeprefix(name).lstrip() for name in (game.name(seat), game.role(seat)))
    return any(deed != condition and all(map(negated.match, parts.split(deed))) for deed in deeds)


def joined(condition: str, own: str, lang: Lang, struck: Collection[str] = ()) -> str:
    """Return the conditions of a motion, but those that are struck, with those that a supporter adds.

    What the supporter's words say again, in whatever words, stands as they say it; all else stays as it was.
    """
    kept = [part for part in hangs_on(condition) if part not in struck and not stands_in(part, [own], lang)]
    return ("; " if lang == "en" else "；").join([*kept, own] if own else kept)


def stands_in(condition: str, texts: Iterable[str], lang: Lang) -> bool:
    """Return whether one of some texts says a condition again, in whatever words."""
    matter = content_words(condition, lang)
    return any(condition in text or len(content_words(text, lang) & matter) >= _SAME * len(matter) for text in texts)


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

    That is the first whom it asks as its line says. Where that says nothing, it is whom it names at its head, by name,
    role or office; else whom it names at all; else who asked for it. What a resident asked for is a demand on others:
    then, as where nobody is known, the seat is empty. For what somebody higher up is to do, and nobody present,
    answers an official.
    """
    owners = movers(items)
    parts = brought(items, decision["condition"]) if decision["carried"] else ()
    return [(owed_by(game, items, part, owners.get(line, ""), room), part) for line, part in parts]


def whom_it_asks(game: Game, items: Sequence[Item], condition: str, room: Sequence[str]) -> list[str]:
    """Return which seats of a room are to do or pay something by a single condition.

    Those are whom the line that brought it says; where it says nothing, whom its words bind (`bound`).

    Args:
        game: the game.
        items: the ledger in which the condition was brought.
        condition: the condition.
        room: the seats.
    """
    said = said_asked(game, items, condition)
    return bound(game, condition, room) if said is None else [seat for seat in said if seat in room]


def said_asked(game: Game, items: Sequence[Item], condition: str) -> tuple[str, ...] | None:
    """Return which seats the line that brought a condition says that it asks; None where it says nothing.

    First come those whom the condition names, in the order in which it does. Of several conditions that a line brings
    each asks only these, where it names any. Of what stands from an earlier year it is known from then.
    """
    entry, parts = brought_with(items, condition)
    if entry is None:
        return next((each.asked_of for each in game.spec.start.standing if each.says == condition), None)
    if entry.asked_of is None:
        return None
    first = [seat for seat in named(game, condition, game.present(entry.stage)) if seat in entry.asked_of]
    rest = [seat for seat in entry.asked_of if seat not in first]
    return tuple(first if first and len(parts) > 1 else [*first, *rest])


def owed_by(game: Game, items: Sequence[Item], condition: str, asked: str, room: Sequence[str]) -> str:
    """Return the seat that answers for a condition which a seat ``asked`` for; empty where nobody is known.

    Args:
        game: the game.
        items: the ledger in which the condition was brought.
        condition: the condition.
        asked: who asked for it.
        room: the seats.
    """
    said = said_asked(game, items, condition)
    does = [seat for seat in said or () if seat in room]
    if does:
        return does[0]
    if away := without_seat(game, condition, room):
        does = _officials(game, room) if _ABOVE.search(away) else []
    elif said is None:
        does = doers(game, condition, room) or named(game, condition, room, offices=False)
    return does[0] if does else "" if asked in game.residents else asked


def _officials(game: Game, room: Sequence[str]) -> list[str]:
    """Return the officials of a room, first those who may commit public money: they deal with whoever is higher up."""
    pays = {seat for question in game.scenario.decisions if question.topic == "payer" for seat in question.remit}
    return sorted((seat for seat in room if game.personas[seat].kind in OFFICIALS), key=lambda seat: seat not in pays)


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
    match = _ABSENT[game.spec.lang].match(_main(game, condition))
    return match["who"][:1].lower() + match["who"][1:] if match else ""


def doers(game: Game, condition: str, seats: Sequence[str]) -> list[str]:
    """Return which of some seats a condition names at its head, where those stand who are to fulfil it."""
    return named(game, at_head(game, condition), seats)


def bound(game: Game, condition: str, seats: Sequence[str]) -> list[str]:
    """Return which of some seats a condition binds by its words: the first at its head, and who is to do it too.

    That is who is joined to the first by a word, and who begins a later clause ("the street pays 2,000, the landlord
    the rest").
    """
    first, lang = doers(game, condition, seats)[:1], game.spec.lang
    if not first:
        return []
    head, *behind = _BEHIND[lang].split(_main(game, condition))
    at, does = places(game, head, seats), [*first]
    start = next((place for place, seat in at if seat == first[0]), -1)
    does += [seat for place, seat in at if start >= 0 and _TOO[lang].fullmatch(head[start:place])]
    for clause in behind:
        for place, seat in places(game, clause, seats)[:1]:
            if _THEN[lang].fullmatch(clause[:place]):
                does.append(seat)
    return list(dict.fromkeys(does))


def places(game: Game, text: str, seats: Sequence[str]) -> list[tuple[int, str]]:
    """Return where a text names each of some seats, by its name, its role or words of an office that it alone holds."""
    return sorted([*game.names.places(text, seats), *_by_office(game, text, seats)])


def subjects(game: Game, condition: str, seats: Sequence[str]) -> list[str]:
    """Return which of some seats a condition names as those who are to fulfil it: the first, and who is joined to it.

    In "the landlord's tenants", that is both.
    """
    head = at_head(game, condition)
    does: list[str] = []
    last = 0
    for place, seat in places(game, head, seats):
        if not does or seat in does or _JOINED[game.spec.lang].search(head[last:place]):
            does += [] if seat in does else [seat]
            last = place
    return does


def at_head(game: Game, condition: str) -> str:
    """Return the beginning of a condition, where those stand who are to fulfil it.

    By when, or in which case, may stand before it, where it names somebody.
    """
    longest = _HEAD[game.spec.lang]
    head, home = (
        _main(game, condition)[:longest],
        [*filter(lambda seat: game.personas[seat].kind != "host", game.personas)],
    )
    return head if named(game, head, home) else condition[:longest]


def _main(game: Game, condition: str) -> str:
    """Return a condition without what tells first by when it is to be fulfilled, or in which case."""
    match = _CASE[game.spec.lang].match(condition)
    return condition[match.end() :] if match else condition


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
    found = places(game, text, seats) if offices else sorted(game.names.places(text, seats))
    return list(dict.fromkeys(seat for _, seat in found))


def _by_office(game: Game, text: str, seats: Sequence[str]) -> list[tuple[int, str]]:
    """Return where a text has words of an office that one of some seats alone holds, with that seat."""
    lang = game.spec.lang
    cards = ((seat, game.personas[seat].role.get(lang), game.personas[seat].authority.get(lang)) for seat in seats)
    text = text.lower()
    return [
        (match.start(), seat)
        for word, (pattern, seat) in _offices(tuple(cards), lang).items()
        if word in text
        for match in pattern.finditer(text)
    ]


def _word(word: str) -> str:
    """Return the pattern of an English word of an office: "the finance office" is not that of the street's director."""
    return r"\b(?<=the )office\b" if word == "office" else rf"\b{word}s?\b"


@lru_cache(maxsize=256)
def _offices(cards: tuple[tuple[str, str, str], ...], lang: Lang) -> dict[str, tuple[re.Pattern[str], str]]:
    """Return the words that stand for one of some seats alone, with where a text has each and with that seat."""
    owners: dict[str, set[str]] = {}
    for seat, role, authority in cards:
        own = content_words(role.replace("'", " "), lang)
        if lang == "en":
            own |= set(_WHOSE.findall(authority.split(";")[0].lower()))
        elif role[0] in _LEVELS:
            own |= {f"{role[0]}里"}
        for word in own:
            owners.setdefault(word, set()).add(seat)
    return {
        word: (re.compile(_word(word) if lang == "en" else f"(?<![社小园城超]){word}"), min(seats))
        for word, seats in owners.items()
        if len(seats) == 1
    }
