"""Measures of how a session was played.

The audit takes them over the lines that a model worded, without names, and compares most with a threshold; a scorecard
takes them over all lines. Overlap is over word 4-grams (characters in Chinese); similarity is RapidFuzz's ratio.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from itertools import combinations, pairwise, permutations, product
from typing import Any

from sandbox.content.acts import has
from sandbox.content.cards import Text
from sandbox.content.language import Lang, patterns
from sandbox.content.persona_card import Persona
from sandbox.content.seat_card import ScenarioSeat
from sandbox.game.language.quantities import counted_numbers, named_numbers, quantities
from sandbox.game.language.wording import assistant_talk, other_language, overlap, similar, words
from sandbox.game.motions.standing_for import counter_offers
from sandbox.game.review.inspection import share
from sandbox.game.session import Session
from sandbox.record.line import Line
from sandbox.scoring.measures import facts_told, objects

_DUPLICATE = 0.85
# Earlier lines whose figures a speaker may reckon with; the least result that is taken for a sum of money.
_HEARD, _LARGE, _MONTHS = 6, 1000, 12
# Words that mark a figure as rounded, with the figure; below, how far it may be from the exact one.
_ABOUT = patterns(
    en=r"\b(?:nearly|almost|about|around|roughly|some) \d[\d,.]*",
    zh=r"(?:将近|差不多|大约|大概|约)[\d,.一二两三四五六七八九十百千万]+",
)
_ROUNDED = Decimal("0.05")


def play_measures(session: Session) -> dict[str, Any]:
    """Return the measures of play.

    Returns:
        ``lines``; ``duplicates`` (pairs of lines more similar than 0.85); ``own_overlap`` (share of 4-grams
        that a speaker has used before, mean over seats); ``own_overlap_worst`` (of the worst seat);
        ``adjacent_overlap`` (share of 4-grams that are in the line before, mean); ``distinct_2`` (distinct bigrams over
        all bigrams); ``assistant_talk`` and ``other_language`` (lines); ``objections`` (by stage, votes aside);
        ``fact_lines`` (share of lines that carry a fact); ``invented_numbers`` (numbers in no text of the case that
        cannot be reckoned from those just named, or from two of one line); ``card_lines`` (share of lines in the card's
        own words because the model's wordings were rejected; 0 in play by cards).
    """
    lines, lang = list(session.lines), session.spec.lang
    spoken = []
    for own in ([line["says"] for line in lines if line["seat"] == seat] for seat in session.game.personas):
        shares = [overlap(text, own[:index]) for index, text in enumerate(own)]
        spoken += [round(sum(shares) / len(own), 3)] if own else []
    grams = [pair for line in lines for pair in pairwise(words(line["says"]))]
    models = [line for line in lines if line["origin"] != "person"]
    adjacent = sum(overlap(line["says"], [before["says"]]) for before, line in pairwise(lines))
    return {
        "lines": len(lines),
        "duplicates": len(duplicate_pairs(lines)),
        "own_overlap": round(sum(spoken) / len(spoken), 3) if spoken else 0.0,
        "own_overlap_worst": max(spoken, default=0.0),
        "adjacent_overlap": round(adjacent / max(1, len(lines) - 1), 3),
        "distinct_2": round(len(set(grams)) / len(grams), 3) if grams else 0.0,
        "assistant_talk": sum(assistant_talk(line["says"]) for line in models),
        "other_language": sum(other_language(line["says"], lang) for line in models),
        "objections": objections(session),
        "fact_lines": facts_told(session),
        "invented_numbers": sorted(_invented(session, models)),
        "card_lines": share(sum(line["origin"] == "card" for line in lines) * (not session.spec.by_cards), len(lines)),
    }


def objections(session: Session) -> dict[str, int]:
    """Return the number of lines that object or refuse, by stage, without votes."""
    return {stage: sum(map(objects, session.in_stages([stage]))) for stage in session.game.stage_names}


def contests(session: Session) -> dict[str, int]:
    """Return the number of lines that object, refuse, make a counter-offer or vote against a motion, by stage.

    Tours are left out, since nothing is proposed to their guests.
    """
    offers, tours = counter_offers(session.items, session.lines), session.game.able("tours")

    def contests_it(line: Line) -> bool:
        return objects(line) or line["id"] in offers or (line["vote"] and has(line["act"], "votes_against"))

    stages = (stage for stage in session.game.stage_names if stage not in tours)
    return {stage: sum(map(contests_it, session.in_stages([stage]))) for stage in stages}


def duplicate_pairs(lines: Sequence[Line]) -> list[tuple[Line, Line]]:
    """Return the pairs of lines that are almost the same.

    Left out are lines without words, and two votes of one seat, which may give the same reason on another motion.
    """
    worded = [line for line in lines if line["says"].strip()]
    return [
        (a, b)
        for a, b in combinations(worded, 2)
        if not (a["vote"] and b["vote"] and a["seat"] == b["seat"]) and (similar(a["says"], b["says"]) > _DUPLICATE)
    ]


def case_texts(session: Session) -> list[str]:
    """Return all texts of the case that may be the source of a figure, in the session's language."""
    scenario = session.game.scenario
    texts = public_texts(session) + [inject.text for inject in scenario.injects]
    texts += [fact.text for fact in scenario.years]
    for seat in scenario.seats:
        texts += [seat.briefing, *spoken_texts(seat)]
    for card in session.game.personas.values():
        texts += [*card_texts(card), *card.private]
    return [text.get(session.spec.lang) for text in texts]


def public_texts(session: Session) -> list[Text]:
    """Return the texts of the case that everybody may read."""
    scenario, city = session.game.scenario, session.game.city
    texts = [scenario.title, scenario.question, scenario.place, scenario.background, *scenario.plan.values()]
    texts += [fact.text for fact in scenario.facts] + [task.text for task in scenario.tasks]
    for decision in scenario.decisions:
        texts += [decision.question, *decision.options.values()]
    return texts + ([city.driver, *city.conditions, *(fact.text for fact in city.facts)] if city else [])


def card_texts(card: Persona) -> list[Text]:
    """Return the texts of a card, except role, manner, voice and private knowledge."""
    texts = (*card.interests, *card.constraints, *card.fears, *card.moves)
    return [*texts, card.authority, card.opening_line, card.non_negotiable]


def spoken_texts(seat: ScenarioSeat) -> list[Text]:
    """Return the words that the case lets a seat say: reasons of its votes, and its points."""
    return [seat.vote.support, seat.vote.object, *(point.says for point in seat.points)]


def _invented(session: Session, lines: Sequence[Line]) -> set[str]:
    """Return the figures without a source that could not be reckoned from those just heard."""
    people = [line["says"] for line in session.lines if line["origin"] == "person"]
    known: set[str] = set().union(*(named_numbers(text) for text in (*case_texts(session), *people)))
    invented, written, lang = set[str](), set[str](), session.spec.lang  # plans are at hand
    for place, line in enumerate(lines):
        own = counted_numbers(line["says"])
        heard = own.union(*(named_numbers(before["says"]) for before in lines[max(0, place - _HEARD) : place]), written)
        written |= named_numbers(line["text"])
        new = own - known
        known |= {
            figure
            for figure, unit in quantities(line["says"], lang)
            if figure in new and any(_comes_to(figure, unit, before["says"], known, lang) for before in lines[:place])
        }
        new -= known
        while reached := {figure for figure in new if reckoned(figure, heard & known, known)}:
            known |= reached
            new -= reached
        new -= {figure for figure in new & _hedged(line["says"], lang) if _comes_near(figure, heard & known)}
        invented |= new
    return invented - known


def _comes_to(figure: str, unit: str, says: str, known: Container[str], lang: Lang) -> bool:
    """Return whether a figure can be reckoned from two known ones of a text and has the unit of one of them."""
    pairs = [pair for pair in quantities(says, lang) if pair[0] in known]
    return bool(unit) and any(
        one[0] != other[0] and unit in (one[1], other[1]) and reckoned(figure, (one[0], other[0]), ())
        for one, other in combinations(pairs, 2)
    )


def _hedged(says: str, lang: Lang) -> set[str]:
    """Return the figures that are marked as rounded."""
    return set().union(*map(named_numbers, _ABOUT[lang].findall(says)))


def _comes_near(figure: str, heard: Iterable[str]) -> bool:
    """Return whether what comes of three figures that were named, added or taken away, rounds to a figure."""
    result, named = _value(figure), [value for value in map(_value, heard) if value]
    return result is not None and any(
        abs(first + sign * second + other * third - result) <= _ROUNDED * result
        for first, second, third in permutations(named, 3)
        for sign, other in ((1, 1), (1, -1), (-1, -1))
    )


def reckoned(figure: str, heard: Iterable[str], known: Iterable[str], *, sums: bool = True) -> bool:
    """Return whether a figure is the product of two that were named, or, with ``sums``, their sum or difference.

    Of what comes to a large number one of the two is enough to have been named, where the other is known; and a year
    has twelve months.
    """
    result = _value(figure)
    if result is None:
        return False
    named = [value for value in map(_value, heard) if value]
    large = [] if result < _LARGE else [value for value in map(_value, known) if value]
    pairs = [*combinations(named, 2), *product(named, large)]
    if sums and any(result in (first + second, abs(first - second)) for first, second in pairs):
        return True
    factors = [*named, *large]
    return any(first * second in (result, result / _MONTHS) for first in named for second in factors)


def _value(figure: str) -> Decimal | None:
    try:
        return Decimal(figure)
    except InvalidOperation:  # a time of day
        return None
