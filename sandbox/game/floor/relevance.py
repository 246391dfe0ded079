"""Which points of the cards belong to what a person has just said, so that personas answer people."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from sandbox.content.acts import has
from sandbox.content.cards import Text
from sandbox.content.seat_card import Point
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.language.quantities import counted_numbers, numbers
from sandbox.game.language.questions import called
from sandbox.game.language.wording import about_words
from sandbox.game.state import State
from sandbox.game.table import spoken
from sandbox.record.line import Line

ANSWERS = 0.25
"""From this relevance on a point answers what a person has just said, though it was written as an answer to a card."""

# Relevance is whole at so much of a long question's matter taken up; of a short one at most this much counts.
_FULL, _SHORT = 4.5, 0.7
# How directly a point speaks of a question that it was written to answer, of a fact that it carries, and of an option
# that it names, where its own words are 1.
_ASKED, _CARRIED, _NAMED = 0.8, 0.5, 0.4
_FIGURE, _MEANING_COUNTS, _CHARACTER_COUNTS = "#", 1.2, 0.35
_ENDING = re.compile(r"(?<=\w{3})(?:ies|y|ing|ed|ers?|es|s|ly|e)$")


def made_by(game: Game, line: Line) -> list[str]:
    """Return the points of a person's own card that a line of theirs makes in other words.

    Points of other cards that answer these points answer the line.
    """
    if line["origin"] != "person":
        return []
    return [point.id for point in spoken(game, game.seats[line["seat"]].points, [line])]


def asked_by_person(game: Game, state: State, seat: str) -> Line | None:
    """Return the line with which a person in another seat has just asked a seat something, or None."""
    last = state["lines"][-1] if state["turn"] else None
    if last is None or last["origin"] != "person":
        return None
    return last if called(game, last, game.present(last["stage"])) == seat else None


def relevance(game: Game, seat: str, point: Point, lines: Sequence[Line]) -> float:
    """Return how far (0 to 1) a point of a seat speaks of what a person has just said in its hearing.

    A point is compared by its own words and, less directly, by the questions of other cards that it was written to
    answer, the facts that it carries and the options that it names. Words that mean the same count as one (the words
    ``matter.same``), and figures count as words. A reply to half of a long question is as relevant as to a short one. A
    question that is about nothing, such as "What do you think?", is answered by whatever its addressee brings up.
    """
    last = lines[-1] if lines else None
    if last is None or last["origin"] != "person" or seat not in last["visible_to"] or last["seat"] == seat:
        return 0.0
    meant = last["to"] == seat or called(game, last, [seat]) == seat
    if point.to is not None and point.to != last["seat"] and not (meant or has(point.act, "opens")):
        return 0.0
    said = _matter(game.words, _without_names(game, seat, last["says"]))
    if not said:
        return ANSWERS if meant and has(point.act, "opens") and not has(point.act, "asks") else 0.0
    weight = _weights(game.words, tuple(other.says for _, other in game.points.values()))
    return _taken_up(said, _of(game, point), weight, 1 if meant else 2)


def nearest(words: Words, question: Text, texts: Iterable[Text], among: tuple[Text, ...]) -> float:
    """Return how far (0 to 1) the nearest of some texts speaks of a question.

    Args:
        words: the words of the language in which the texts are compared.
        question: the question; one that is about nothing is answered by anything.
        texts: what might answer it.
        among: the lines of a case; words that few of them have weigh more.
    """
    asked, weight = _matter(words, question.get(words.lang)), _weights(words, among)
    spoken_of = (dict.fromkeys(_matter(words, text.get(words.lang)), 1.0) for text in texts)
    return max((_taken_up(asked, matter, weight, 1) for matter in spoken_of), default=0.0) if asked else 1.0


def _taken_up(said: frozenset[str], matter: Mapping[str, float], weight: Mapping[str, float], least: int) -> float:
    """Return how far something said is taken up, which needs at least so many of its words."""
    shared = said & matter.keys()
    if len(shared) < least:
        return 0.0
    whole = sum(_kind(word) * weight.get(word, weight[""]) for word in said)
    taken = sum(_kind(word) * weight.get(word, weight[""]) * matter[word] for word in shared)
    return max(min(1.0, taken / math.sqrt(whole) / _FULL), _SHORT * taken / whole)


def said_before(game: Game, seat: str, lines: Sequence[Line]) -> float:
    """Return how far the most relevant point that a seat has made in some lines speaks of what a person just said."""
    made = [game.points[line["point"]][1] for line in lines if line["seat"] == seat and line["point"] in game.points]
    return max((relevance(game, seat, point, lines) for point in made), default=0.0)


def _of(game: Game, point: Point) -> Mapping[str, float]:
    """Return all that a point speaks of, each with how directly it does."""
    lang, case = game.spec.lang, game.scenario
    asked = [game.points[name][1] for name in point.replies_to if name in game.points]
    texts: list[tuple[Text, float]] = [
        *((case.decision_by_id[key].options[option], _NAMED) for key, option in point.terms.items()),
        *((fact.text, _CARRIED) for fact in case.facts if fact.id in point.facts),
        *((source.says, _ASKED) for source in asked if has(source.act, "asks")),
        (point.says, 1.0),
    ]
    return {word: direct for text, direct in texts for word in _matter(game.words, text.get(lang))}


def _without_names(game: Game, seat: str, says: str) -> str:
    """Return what is said without the names by which a seat is called."""
    forms = [*game.addresses[seat], *game.role(seat).split()[-1:]]
    pattern = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    return re.sub(pattern if game.spec.lang == "zh" else rf"\b(?:{pattern})\b", " ", says, flags=re.IGNORECASE)


@lru_cache(maxsize=4096)  # each point is held against each line of a person
def _matter(words: Words, text: str) -> frozenset[str]:
    """Return what a text is about: words without endings, synonyms under one name, and figures.

    For Chinese these are characters and pairs of characters; pairs tell far more.
    """
    same, beside = _known(words)
    figures = {_FIGURE + figure for figure in counted_numbers(text) if len(figure) > 1 or figure in numbers(text)}
    if words.lang == "zh":
        named = _alike(words)
        parts = {name for match in named.finditer(text) for name in same[match[0]]}
        telling = about_words(text, "zh") - beside
        pairs = {first + second for first, second in pairwise(text) if telling.issuperset((first, second))}
        return frozenset(figures | parts | pairs | (telling & {*named.sub(" ", text)}))
    roots = {_root(token) for token in about_words(text, "en") - beside if not token.isdigit()}
    return frozenset(figures.union(*(same.get(root, (root,)) for root in roots)))


def _kind(word: str) -> float:
    """Return how much a word counts: a single character little, a figure or a synonym under its name much."""
    if len(word) == 1:
        return _CHARACTER_COUNTS
    return _MEANING_COUNTS if word.startswith(_FIGURE) or " " in word else 1.0


@lru_cache(maxsize=8)
def _known(words: Words) -> tuple[Mapping[str, Sequence[str]], frozenset[str]]:
    """Return the groups of words that mean the same, by name, and the words that say nothing about a matter."""
    same: dict[str, list[str]] = {}
    for group in words.text("matter.same").split(";"):
        for word in dict.fromkeys(_root(each) if words.lang == "en" else each for each in group.split()):
            same.setdefault(word, []).append(group)
    return same, frozenset(words.text("matter.beside").split())


@lru_cache(maxsize=8)
def _alike(words: Words) -> re.Pattern[str]:
    """Return the pattern that finds the words that mean the same, the longest first."""
    return re.compile("|".join(map(re.escape, sorted(_known(words)[0], key=len, reverse=True))) or "(?!)")


def _root(word: str) -> str:
    return _ENDING.sub("", word)


@lru_cache(maxsize=64)
def _weights(words: Words, texts: tuple[Text, ...]) -> Mapping[str, float]:
    """Return how much each word of some texts weighs: the rarer, the more; "" stands for all other words.

    These weigh half of the most, since no card could take them up.
    """
    having = Counter(word for text in texts for word in _matter(words, text.get(words.lang)))
    return {
        "": math.log(1 + len(texts)) / 2,
        **{word: math.log(1 + len(texts) / (1 + many)) for word, many in having.items()},
    }
