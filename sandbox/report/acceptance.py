"""Who of those on whom a decision rests has said yes to it in the meeting, and what they said otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sandbox.content.acts import Trait, has
from sandbox.content.language import Lang
from sandbox.game.conditions import bound, named, who_fulfils
from sandbox.game.counting import counted
from sandbox.game.doers import same_work
from sandbox.game.game import Game
from sandbox.game.hanging import brought, hangs_on
from sandbox.game.stock import quotable
from sandbox.game.unwilling import carried_refused
from sandbox.game.wording import content_words, sentences, takes_up
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.reading import Reading

# With which somebody says that it gives or does something only later, elsewhere, or not at all.
_HOLDS_BACK: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:I|we|my|our)\b[^.;!?]*?(?:\bnothing(?! to)|\bnot|n['’]t|\bnever)\b"
        r"[^.;!?]*?\b(?:until|till|before|unless|under this)\b"
        r"|\b(?:I|we)\b[^.;!?]*?\bonce\b[^.;!?]*?,? not\b|\b(?:I|we)\b[^.;!?]*?\bonly (?:if|when|once)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"等[^。；？]{1,20}(?:再说|再谈|才)|除非|(?:以前|之前|前)，?我[^，。；？]{0,4}不"),
}
_NO: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:I|we|my|our)\b[^.;!?]*?(?:\bnot\b|n['’]t\b|\bnever\b|\bnothing\b)", re.IGNORECASE),
    "zh": re.compile(r"我[^，。；？]{0,6}不|不认|不签|不干|不行"),
}
# With which somebody who is for something says what it lacks.
_BUT: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:but|unless|until(?! \d)|nobody|no one|if)\b", re.IGNORECASE),
    "zh": re.compile(r"还没|没人|没点头|没有人|不踏实|不放心|但是?(?!凡)|可是|不过|要是|除非|就怕|就一样"),
}
_PUBLIC = {"government", "residents"}
_GIVES_NOTHING: tuple[Trait, ...] = ("asks", "opposes", "refuses", "defers", "hands_down")
# A clause with this share of the words of another says it in other words.
_MOST_WORDS = 0.6
# So many threes of characters that a Chinese sentence has of a promise tell that it speaks of that.
_THREES = 3
# The same of a line that promises something, which is short.
_FEWER = 2


def owed(reading: Reading, taken: DecisionTaken) -> list[tuple[str, str, str]]:
    """Return each condition of a carried decision, after who sees to it, in words, and which seat that is, if any.

    A condition that several are to do stands there with each of them.
    """
    room = reading.game.present(taken["stage"])
    seats = who_fulfils(reading.spoken, reading.session.items, taken, room)
    told = list[tuple[str, str, str]]()
    for (who, part), (seat, _) in zip(reading.sees_to(taken), seats, strict=True):
        too = bound(reading.spoken, part, room)[1:]
        told += [(who, seat if who and who == reading.person(seat) else "", part)]
        told += [(reading.person(other), other, part) for other in too if other != seat]
    return told


def not_accepted(reading: Reading, taken: DecisionTaken, condition: str, seat: str) -> str:
    """Return how a seat that a condition of a carried decision binds did not accept it; empty where it did.

    That is ``against`` or ``abstained``, by its vote, ``refused``, aloud, or ``silent``: it neither brought the
    condition, nor backed a motion with it, nor promised something of it in answer to one, nor spoke of it in a line
    that neither asks nor opposes. Whoever decided alone, voted for the decision, or put a motion of its own with the
    condition has accepted. What was said to a motion by which it has other work, or pays something else, counts for
    nothing. Empty where it binds no seat.
    """
    if not seat:
        return ""
    how, items = counted(reading.game, taken), reading.session.items
    if taken["by"] == seat or how.votes.get(seat) or moved_with(reading, taken, condition, seat):
        return ""
    if seat in how.votes:
        return "against"
    if seat in how.abstained:
        return "abstained"
    refused = carried_refused(reading.spoken, items, taken, reading.lines).get(condition, ())
    if seat in [line["seat"] for line in refused]:
        return "refused"
    return "" if promised_for(reading, taken, condition, seat) or aloud(reading, taken, condition, seat) else "silent"


def moved_with(reading: Reading, taken: DecisionTaken, condition: str, seat: str) -> str:
    """Return the last motion, by line, that a seat put with a condition that binds it; empty for none."""
    own = [line for line in _bearing(reading, taken, condition, seat) if reading.proposals[line].owner == seat]
    return max(own, key=list(reading.proposals).index, default="")


def aloud(reading: Reading, taken: DecisionTaken, condition: str, seat: str) -> str:
    """Return the line in which a seat took on a condition that binds it, without a promise of it; empty for none.

    That is the line that brought the condition, or else the last that speaks of it and neither asks nor opposes, or
    that backs a motion with it; none that puts a motion without it.
    """
    lang, made = reading.spoken.spec.lang, {part: by for by, part in brought(reading.session.items, taken["condition"])}
    by = reading.line_by_id.get(made.get(condition, ""))
    if by is not None and by["seat"] == seat:
        return by["id"]
    end = max((place for place, line in enumerate(reading.lines, 1) if line["stage"] == taken["stage"]), default=0)
    elsewhere = reading.proposals.keys() - _alike(reading, taken, seat)
    without = {line for line, put in reading.proposals.items() if condition not in hangs_on(put.condition)}
    own = [line for line in reading.lines[:end] if line["seat"] == seat and line["about"] not in elsewhere]
    own = [line for line in own if line["id"] not in without]
    matter = condition.replace(reading.game.name(seat), "，")
    gives = [
        line["id"] for line in own
        if not any(has(line["act"], trait) for trait in _GIVES_NOTHING)
        if _again(line["says"] + line["promises"], matter, lang, _FEWER if line["promises"] else _THREES)
    ]  # fmt: skip
    bearing = _bearing(reading, taken, condition, seat)
    backs = [line["id"] for line in own if has(line["act"], "supports") and line["about"] in bearing]
    return next(iter([*gives[-1:], *backs[-1:]]), "")


def _alike(reading: Reading, taken: DecisionTaken, seat: str) -> set[str]:
    """Return the motions, by line, by which a seat has the same work and pays the same as by a decision."""
    made = reading.proposals.items()
    return {line for line, item in made if same_work(reading.spoken, seat, item.terms, taken["terms"])}


def _bearing(reading: Reading, taken: DecisionTaken, condition: str, seat: str) -> set[str]:
    """Return those of them that have a condition of the decision."""
    return {line for line in _alike(reading, taken, seat) if condition in hangs_on(reading.proposals[line].condition)}


def promised_for(reading: Reading, taken: DecisionTaken, condition: str, seat: str) -> tuple[str, str] | None:
    """Return what a seat promised of a condition with or beside a motion that has it: the line, and the clauses of it.

    Of several promises it is the one that says most of the condition and least else, of equals the last. A clause that
    says more of another condition of the decision is of that one.
    """
    lang, name, bearing = reading.spoken.spec.lang, reading.game.name(seat), _bearing(reading, taken, condition, seat)
    asked = {part: _words(part.replace(name, "，"), lang) for part in hangs_on(taken["condition"])}
    made = (line for line in reading.lines if line["seat"] == seat and line["promises"])
    made = (line for line in made if line["about"] in bearing or line["id"] in bearing)
    told = list[tuple[int, float, str, str]]()
    for line in made:
        if line["id"] not in bearing and any(has(line["act"], trait) for trait in _GIVES_NOTHING):
            continue
        said = {clause: _words(clause, lang) for clause in hangs_on(line["promises"])}
        shares = {
            clause: len(words & asked[condition])
            for clause, words in said.items()
            if len(words & asked[condition]) == max(len(words & other) for other in asked.values())
        }
        own = [clause for clause, share in shares.items() if share and 2 * share >= max(shares.values())]
        if own:
            words = set[str]().union(*(said[clause] for clause in own))
            shared = len(words & asked[condition])
            told.append((shared, shared / len(words), line["id"], reading.spoken.words.join(own)))
    # A semicolon parts conditions, so clauses are not joined with it.
    return max(reversed(told), key=lambda each: each[:2])[2:] if told else None


def _words(says: str, lang: Lang) -> frozenset[str]:
    """Return the words that carry a meaning, where who calls and who is to call are the same."""
    return frozenset(word.removesuffix("s") for word in content_words(says, lang))


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
    """Return who sees to a condition, in words, with how they did not accept it where they did not."""
    way = not_accepted(reading, taken, condition, seat)
    return who + (reading.label("colon") + reading.label(f"not_accepted.{way}") if way else "")


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
    return told


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
    yield from (("beside", _clause(part, lang)) for part in beside[:1])
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


def _clause(sentence: str, lang: Lang) -> str:
    """Return of a Chinese sentence, which goes on and on, the clauses that hold something back; else all of it."""
    match = _HOLDS_BACK[lang].search(sentence)
    if lang == "en" or match is None:
        return sentence
    start = sentence.rfind("，", 0, max(match.start() - 1, 0)) + 1
    return sentence[start : match.end()]


def _again(part: str, promised: str, lang: Lang, least: int = _THREES) -> bool:
    """Return whether a sentence speaks of a promise again; in Chinese some runs of characters are enough."""
    if lang == "en":
        return takes_up(part, promised, lang)
    threes = {promised[place : place + 3] for place in range(len(promised) - 2)}
    return sum(three in part for three in threes) >= least


def with_a_but(reading: Reading, taken: DecisionTaken) -> Iterator[tuple[str, str]]:
    """Yield who voted for a decision and said with it what it lacks, each with these sentences."""
    lang = reading.spoken.spec.lang
    for line in reading.shared(taken["stage"]):
        votes_for = line["vote"] and line["about"] == taken["motion"] and taken["votes"].get(line["seat"])
        if votes_for and line["id"] not in reading.session.stood_in and quotable(reading.spoken, line["says"]):
            said = [part for part in sentences(line["says"]) if _BUT[lang].search(part)]
            if said:
                yield line["seat"], reading.spoken.words("gap").join(said)
