"""Who of those on whom a decision rests has said yes to it in the meeting, and what they said otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sandbox.content.language import Lang, patterns
from sandbox.content.words import within_quotes
from sandbox.game.game import Game
from sandbox.game.language.stock import quotable
from sandbox.game.language.wording import content_words, sentences, takes_up
from sandbox.game.ledger.entries import Item, as_taken
from sandbox.game.motions.conditions import bound, named, who_fulfils, whom_it_asks
from sandbox.game.motions.counting import counted
from sandbox.game.motions.doers import Answer, short_of
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.reading import Reading

# With which somebody says that it gives or does something only later, elsewhere, or not at all.
_HOLDS_BACK = patterns(
    en=r"\b(?:I|we|my|our)\b[^.;!?]*?(?:\bnothing(?! to)|\bnot|n['’]t|\bnever)\b"
    r"[^.;!?]*?\b(?:until|till|before|unless|under this)\b"
    r"|\b(?:I|we)\b[^.;!?]*?\bonce\b[^.;!?]*?,? not\b|\b(?:I|we)\b[^.;!?]*?\bonly (?:if|when|once)\b",
    zh=r"等[^。；？]{1,20}(?:再说|再谈|才)|除非|(?:以前|之前|前)，?我[^，。；？]{0,4}不",
)
_NO = patterns(
    en=r"\b(?:I|we|my|our)\b[^.;!?]*?(?:\bnot\b|n['’]t\b|\bnever\b|\bnothing\b)",
    zh=r"我[^，。；？]{0,6}不|不认|不签|不干|不行",
)
_PUBLIC = {"government", "residents"}
_DOES = {"provider": "does", "payer": "pays"}
# A clause with this share of the words of another says it in other words.
_MOST_WORDS = 0.6
# So many threes of characters that a Chinese sentence has of a promise tell that it speaks of that.
_THREES = 3


def owed(reading: Reading, taken: DecisionTaken) -> list[tuple[str, str, str]]:
    """Return each condition of a carried decision, after who sees to it, in words, and which seat that is, if any.

    A condition that several are to do stands there with each of them.
    """
    room = reading.game.present(taken["stage"])
    seats = who_fulfils(reading.spoken, reading.session.items, taken, room)
    told = list[tuple[str, str, str]]()
    for (who, part), (seat, _) in zip(reading.sees_to(taken), seats, strict=True):
        too = whom_it_asks(reading.spoken, reading.session.items, part, room)[1:]
        told += [(who, seat if who and who == reading.person(seat) else "", part)]
        told += [(reading.person(other), other, part) for other in too if other != seat]
    return told


def answer_to(reading: Reading, taken: DecisionTaken, condition: str, seat: str) -> Answer | None:
    """Return what a seat that a condition of a carried decision binds said to it; None where it has taken that back."""
    said = reading.answers(as_taken(reading.session.items, taken))
    return next((each for each in said if (each.condition, each.seat) == (condition, seat)), None)


def not_accepted(reading: Reading, taken: DecisionTaken, condition: str, seat: str) -> str:
    """Return how a seat that a condition of a carried decision binds did not accept it; empty where it did.

    That is ``refused``, ``against`` or ``abstained``, by its vote, or ``silent``: it neither brought the condition, nor
    said yes to it, be it in part, nor backed a motion with it. Whoever said yes to it, in whatever way it voted,
    decided alone, or voted for the decision and did not refuse the condition, has accepted. Empty where it binds no
    seat.
    """
    if not seat or taken["by"] == seat:
        return ""
    how, answer = counted(reading.game, taken), answer_to(reading, taken, condition, seat)
    if answer is not None and answer.what in ("refused", "promised", "otherwise"):
        return "refused" if answer.what == "refused" else ""
    if seat in how.votes:
        return "" if how.votes[seat] else "against"
    if seat in how.abstained:
        return "abstained"
    return "" if answer is not None and answer.what == "agreed" else "silent"


def moved_with(reading: Reading, condition: str, seat: str) -> str:
    """Return the last motion, by line, that a seat put with a condition that binds it; empty for none."""
    own = [line for line, item in reading.proposals.items() if item.owner == seat]
    return next((line for line in reversed(own) if condition in hangs_on(reading.proposals[line].condition)), "")


def reworded(reading: Reading, part: str, new: Sequence[str]) -> str:
    """Return the first clause that is new and has most words of another; empty for none."""
    lang = reading.spoken.spec.lang
    had = content_words(part, lang)
    return next((each for each in new if len(had & content_words(each, lang)) >= _MOST_WORDS * len(had)), "")


def exchanged(reading: Reading, line: Line) -> list[tuple[str, str, str]]:
    """Return each condition that a motion refused and worded otherwise: the line that brought it, it, and the new one.

    Such a motion may be a rival, which amends none.
    """
    item, refuses = reading.proposals.get(line["id"]), line.get("refuses", "")
    if item is None or not refuses:
        return []
    told = (
        (by, part, reworded(reading, part, hangs_on(item.condition)))
        for by, part in brought(reading.session.items, refuses)
    )
    return [(by, part, new) for by, part, new in told if by and new]


def with_answer(reading: Reading, taken: DecisionTaken, who: str, seat: str, condition: str) -> str:
    """Return who sees to a condition, in words, with how they did not accept it, or a part of it alone, if so."""
    short = not_whole(reading, taken, condition, seat)
    return who + (reading.label("colon") + short if short else "")


def not_whole(reading: Reading, taken: DecisionTaken, condition: str, seat: str) -> str:
    """Return in words how a seat that a condition of a carried decision binds did not accept it, or what part it did.

    Empty where it accepted all of it, or somebody else did.
    """
    if way := not_accepted(reading, taken, condition, seat):
        return reading.label(f"not_accepted.{way}")
    answer = in_part(reading, taken, condition, seat)
    return _said(reading, answer) if answer is not None else ""


def in_part(reading: Reading, taken: DecisionTaken, condition: str, seat: str) -> Answer | None:
    """Return with what a seat took on a part of a condition that nobody took on as a whole; None where it did not."""
    said = short_of(reading.answers(as_taken(reading.session.items, taken))) if taken["by"] != seat else ()
    parts = (each for each in said if each.what == "otherwise")
    return next((each for each in parts if (each.condition, each.seat) == (condition, seat)), None)


def conditions_left(reading: Reading, motion: Item, parts: Sequence[str]) -> str:
    """Return conditions of a motion that was not carried, each with what those whom it asks said to it, in words."""
    label, told = reading.label, dict.fromkeys(parts, "")
    for answer in reading.answers(motion):
        own = reading.proposals.get(answer.by, motion).owner == answer.seat
        if answer.condition in told and not own and (said := _said(reading, answer)):
            told[answer.condition] += label.paren(reading.name(answer.seat) + label("colon") + said)
    return label("semi").join(part + said for part, said in told.items())


def _said(reading: Reading, answer: Answer) -> str:
    """Return in words what somebody said in the meeting to a condition: yes, no, or yes to a part; else nothing."""
    ways = {"promised": "accepted", "otherwise": "not_accepted.part", "refused": "not_accepted.refused"}
    return reading.label(ways[answer.what], says=within_quotes(answer.says)) if answer.what in ways else ""


def interested(game: Game, terms: Mapping[str, str]) -> list[str]:
    """Return the seats of providers that options name first: as who does the work, or pays from its own trade."""
    providers = [seat for seat in game.positions if game.personas[seat].kind == "provider"]
    known = game.scenario.decision_by_id
    seats: list[str] = []
    for key, option in terms.items():
        card = known[key].options.get(option) if key in known else None
        pays = card is not None and not _PUBLIC.issuperset(card.paid_by)
        if card is not None and (pays or known[key].topic == "provider"):
            seats += named(game, re.split("[,，;；]", card.get(game.spec.lang))[0], providers)[:1]
    return list(dict.fromkeys(seats))


def providers_away(reading: Reading, taken: DecisionTaken) -> list[tuple[str, str, str]]:
    """Return who was to have the work of a carried decision and voted against it, or abstained: seat, option, way."""
    how, known = counted(reading.game, taken), reading.game.scenario.decision_by_id
    votes_no = [seat for seat, vote in how.votes.items() if not vote]
    terms = taken["terms"].items() if taken["carried"] else ()
    return [
        (seat, reading.game.in_words({key: option})[0][1], "against" if seat in votes_no else "abstained")
        for key, option in terms
        if known[key].topic == "provider"
        for seat in interested(reading.spoken, {key: option})
        if seat in votes_no or seat in how.abstained
    ]


def doers_away(reading: Reading, taken: DecisionTaken) -> list[str]:
    """Return who was to have the work of a carried decision and did not vote for it, with their words, as sentences."""
    told = list[str]()
    for seat, option, way in providers_away(reading, taken):
        says = last_word(reading, taken, seat).rstrip(".。")
        quote = reading.label("doer_away.says", says=says) if says else ""
        told.append(reading.label(f"doer_away.{way}", name=reading.person(seat), option=option, says=quote))
    for seat, does, option, way in _named_away(reading, taken):
        told.append(reading.label(f"doer_away.{does}.{way}", name=reading.person(seat), option=option))
    return told


def doer_is_away(reading: Reading, taken: DecisionTaken, question: str) -> bool:
    """Return whether who is to do, or to pay, what a carried decision settles of a question did not vote for it."""
    of_it: DecisionTaken = {**taken, "terms": {question: taken["terms"][question]}}
    return bool(doers_away(reading, of_it))


def _named_away(reading: Reading, taken: DecisionTaken) -> Iterator[tuple[str, str, str, str]]:
    """Yield who else an option names, of the residents who are to pay and of all who are to do the work, and was away.

    That is the seat, ``does`` or ``pays``, the option, and ``against`` or ``abstained``.
    """
    how, game, room = counted(reading.game, taken), reading.spoken, reading.game.present(taken["stage"])
    away = {seat: "against" for seat, vote in how.votes.items() if not vote} | dict.fromkeys(how.abstained, "abstained")
    for key, option in taken["terms"].items() if taken["carried"] else ():
        question = game.scenario.decision_by_id[key]
        card, text = question.options[option], question.options[option].get(game.spec.lang)
        meant = bound(game, text, room)
        if question.topic == "payer":
            paying = game.residents if "residents" in card.paid_by else ()
            meant = [seat for seat in (*meant, *named(game, text, room, offices=False)) if seat in paying]
        others = [seat for seat in dict.fromkeys(meant) if seat not in interested(game, {key: option})]
        for seat in others if question.topic in _DOES else ():
            if seat in away:
                yield seat, _DOES[question.topic], reading.game.in_words({key: option})[0][1], away[seat]


def last_word(reading: Reading, taken: DecisionTaken, seat: str) -> str:
    """Return the sentence in which a seat that did not go along said last that it will not; empty for none."""
    lang = reading.spoken.spec.lang
    own = [line for line in reading.shared(taken["stage"]) if line["seat"] == seat]
    own = [line for line in own if line["about"] == taken["motion"] and quotable(reading.spoken, line["says"])]
    said = [part for line in own for part in sentences(line["says"])]
    for pattern in (_HOLDS_BACK[lang], _NO[lang]):
        if no := [part for part in said if pattern.search(part)]:
            return no[-1]
    return said[0] if said else ""


def held_back(reading: Reading, line: Line, promised: str) -> Iterator[tuple[str, str]]:
    """Yield what whoever promised something said beside it and afterwards that holds it back.

    Of what was said afterwards the last is enough; where that seat voted against what was carried, it is what it said
    of its promise then, or else what it said against the motion that holds it back.

    Args:
        reading: the session.
        line: the line with the promise.
        promised: its words.

    Yields:
        ``beside``, ``later`` or ``against``, and a sentence; empty where whoever voted against said nothing of it.
    """
    lang, seat = reading.spoken.spec.lang, line["seat"]
    own = [each for each in reading.shared(line["stage"]) if each["seat"] == seat]
    own = [each for each in own if quotable(reading.spoken, each["says"])]
    beside, later = (
        [part for each in lines for part in sentences(each["says"]) if _HOLDS_BACK[lang].search(part)]
        for lines in ([line] if line in own else [], own[own.index(line) + 1 :] if line in own else [])
    )
    yield from (("beside", part) for part in beside[:1])
    taken = next((each for each in reading.session.carried if each["stage"] == line["stage"]), None)
    if taken is None:
        return
    if counted(reading.game, taken).votes.get(seat) is False:
        votes = [part for each in own if each["vote"] for part in sentences(each["says"])]
        again = [part for part in votes if _again(part, promised, lang)]
        about = [part for each in own if each["about"] == taken["motion"] for part in sentences(each["says"])]
        held = [part for part in about if _HOLDS_BACK[lang].search(part)]
        yield "against", next(iter([*again, *held[-1:]]), "")
    else:
        yield from (("later", part) for part in later[-1:])


def _again(part: str, promised: str, lang: Lang) -> bool:
    """Return whether a sentence speaks of a promise again; in Chinese some runs of characters are enough."""
    if lang == "en":
        return takes_up(part, promised, lang)
    threes = {promised[place : place + 3] for place in range(len(promised) - 2)}
    return sum(three in part for three in threes) >= _THREES
