"""What people of the shipped cases say is their own: no phrase goes through all cases, and none through one case."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from sandbox.content.cards import Text
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.scenario_card import Scenario
from sandbox.content.words import Words
from sandbox.game.language.quantities import FUNCTION_WORDS
from sandbox.game.language.wording import ngrams
from tests.content.folders import CARDS

SCENARIOS = [card for kind, card in CARDS if kind == "scenario"]
# What was said by everybody, whoever they were, and is said at most so many times in a case.
LITANIES: dict[Lang, tuple[str, ...]] = {
    "en": (
        r"\b[Tt]he (?:price|cost)(?:,| is\b|:|\?)", r"\b[Ss]ince you ask", r"\b(?:[Aa]s a|one) package\b",
        r"\b(?:that|a) (?:coastal district|city in the southwest|town in the east)\b",
    ),
    "zh": ("代价", "坏处", "打包(?!票)|打个包", "您这么问", "实话说", "沿海|西南|江南"),
}  # fmt: skip
AT_MOST, IN_CASES = 2, 6
# So many words, of which so many carry something, or so many characters, are a phrase.
LONG: dict[Lang, int] = {"en": 4, "zh": 5}
CARRYING = 2
# Terms of the matter, and turns that nobody hears as the phrase of anyone.
PLAIN: dict[Lang, frozenset[str]] = {
    "en": frozenset({"end of the month", "end of the year", "on the agreed list", "and the district pays"}),
    "zh": frozenset({"户口在这儿", "我们自己的", "的就是这个"}),
}


IDLE = FUNCTION_WORDS | {*Words("en").text("matter.beside").split()}


def said(case: Scenario) -> Iterator[tuple[str, Text]]:
    """Yield what each persona of a case may say."""
    for seat in case.seats:
        for point in seat.points:
            yield from ((seat.persona, text) for text in (point.says, point.privately) if text)
        yield from ((seat.persona, text) for text in (seat.vote.support, seat.vote.object))


def phrases(text: str, lang: Lang) -> set[str]:
    """Return the phrases of a text, none of which goes over a stop."""
    marks = r"[，。！？：；、“”…—\s]+" if lang == "zh" else r"[.,;:!?…]+"
    grams = {gram for part in re.split(marks, text) for gram in ngrams(part, LONG[lang])}
    if lang == "zh":
        return {"".join(gram) for gram in grams}
    own = {gram for gram in grams if len([word for word in gram if word.split("'")[0] not in IDLE]) >= CARRYING}
    return {" ".join(gram) for gram in own}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_litany_goes_through_a_case(library: Library, lang: Lang) -> None:
    for card in SCENARIOS:
        texts = [text.get(lang) for _, text in said(library.scenario(card))]
        times = {litany: sum(bool(re.search(litany, text)) for text in texts) for litany in LITANIES[lang]}
        assert {litany: count for litany, count in times.items() if count > AT_MOST} == {}, card


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_phrase_goes_through_the_cases_but_those_by_which_a_persona_is_known(library: Library, lang: Lang) -> None:
    known: dict[str, set[str]] = {}
    for persona in library.cards["persona"]:
        voice = library.persona(persona).voice
        own = [*voice.phrases, *voice.evades, voice.refuses, voice.dodges]
        known[persona] = set().union(*(phrases(text.get(lang), lang) for text in own))
    cases: defaultdict[str, set[str]] = defaultdict(set)
    for card in SCENARIOS:
        case = library.scenario(card)
        named = [option for decision in case.decisions for option in decision.options.values()]
        terms = set(PLAIN[lang]).union(*(phrases(option.get(lang), lang) for option in named))
        for persona, text in said(case):
            for phrase in phrases(text.get(lang), lang) - known[persona] - terms:
                cases[phrase].add(card)
    assert {phrase: len(where) for phrase, where in cases.items() if len(where) > IN_CASES} == {}
