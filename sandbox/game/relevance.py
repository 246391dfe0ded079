"""Which points of the cards belong to what a person has just said, so that personas answer people and not past them."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.acts import has
from sandbox.content.schemas import Point
from sandbox.game.game import Game
from sandbox.game.table import called, spoken
from sandbox.game.wording import about_words
from sandbox.record.line import Line

ANSWERS = 0.5
"""From this relevance on a point answers what a person has just said, though it was written as an answer to a card."""

# Share of the content words of a line with which a point belongs to it wholly.
_WHOLE = 0.5


def made_by(game: Game, line: Line) -> list[str]:
    """Return the points of a person's own card that a line of theirs has made in other words.

    What answers these points on other cards answers the line.
    """
    if line["origin"] != "person":
        return []
    return [point.id for point in spoken(game, game.seats[line["seat"]].points, [line])]


def relevance(game: Game, seat: str, point: Point, lines: Sequence[Line]) -> float:
    """Return how far (0 to 1) a point of a seat speaks of what a person has said just before, in its hearing."""
    last = lines[-1] if lines else None
    if last is None or last["origin"] != "person" or seat not in last["visible_to"] or last["seat"] == seat:
        return 0.0
    if point.to is not None and point.to != last["seat"] and not has(point.act, "opens"):
        return 0.0
    said, shared = (about_words(text, game.spec.lang) for text in (last["says"], point.says.get(game.spec.lang)))
    shared &= said
    meant = last["to"] == seat or called(game, last, [seat]) == seat
    by_words = min(1.0, len(shared) / (_WHOLE * len(said))) if len(shared) >= (1 if meant else 2) else 0.0
    if meant and any(_asks_about(game, key, said) for key in point.terms):
        return max(by_words, ANSWERS + by_words / 2)
    return by_words


def _asks_about(game: Game, key: str, said: frozenset[str]) -> bool:
    """Return whether what was said is about a question of the case: it shares half of the words of the question."""
    question = about_words(game.scenario.decision_by_id[key].question.get(game.spec.lang), game.spec.lang)
    return 2 * len(question & said) >= len(question) > 0
