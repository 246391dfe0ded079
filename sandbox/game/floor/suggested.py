"""Which points of a card are worth suggesting at this moment: none that is stale, the most timely first."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from functools import lru_cache

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.content.seat_card import Point
from sandbox.game.game import Game
from sandbox.game.language.wording import content_words
from sandbox.game.ledger.entries import Item
from sandbox.game.own_matters import own_points
from sandbox.game.state import News
from sandbox.record.line import Line

# A matter was spoken of when all lines together have this share of its words (in Chinese, of its pairs of characters),
# each weighed by how few points have it; measured on the recorded sessions, every such point was stale.
_SPOKEN: dict[Lang, float] = {"en": 0.5, "zh": 0.2}
# A seat has used a matter itself when its own lines of this stage have this share of its words, or those of all stages;
# measured on meetings that a strong model played, where each of less was one that it had not used.
_USED: dict[Lang, tuple[float, float]] = {"en": (0.15, 0.3), "zh": (0.06, 0.15)}
# So many lines back a line was said just now.
_RECENT = 3
# What belongs to an event or a line just now comes before what only shares words with one, and first what answers
# a line to the seat itself.
_REPLIES, _ANSWERS = 0.5, 0.5
# Of communities of a city that play the same case each has its turn with one in so many of a card's points.
_TURNS = 3
# What only this one has comes before what all of them might be given.
_OWN = 1.0
# What presumes that something has not been said yet, or that no motion has been put.
_PRESUMES = re.compile(
    r"\bnobody has (?:said|named)\b|\bhaven['’]t spoken\b|\bbefore (?:you vote|motions)\b|没人说。|还没发言",
    re.IGNORECASE,
)
# What takes back something that its speaker has said.
_TAKES_BACK = re.compile(r"\bI withdraw (?:the|what|my)\b|我收回|我不问了", re.IGNORECASE)


def timely(
    game: Game,
    seat: str,
    points: Sequence[Point],
    lines: Sequence[Line],
    heard: Sequence[Line],
    arrived: Sequence[News],
    table: Sequence[Item],
) -> list[Point]:
    """Return the points that are not stale, first those that belong to what was just said.

    A point is stale if

    - the lines of the stage together have spoken of it, or the seat itself has, in part, here or in any stage;
    - it moves what a motion on the table settles already, or what came of such a motion last year;
    - it supports options that nobody has put;
    - it takes back words of a seat that has said nothing here;
    - there is a motion, and it presumes that nobody has spoken of one.

    A point with which the host of a tour answers a question is never stale, since it shares words with the question.
    Where several communities play a case over years, matters of this community's own and what was left open last year
    come first. Each table is given another third of the remaining points each year, so that no two tables are given the
    same, unless a point answers what was just said.

    Args:
        game: the game.
        seat: the seat that may raise them.
        points: the points that the seat may still raise.
        lines: the lines of this stage that it has heard.
        heard: the lines of all stages that it has heard.
        arrived: the events from outside of which it has heard in this stage.
        table: the proposals on the table.
    """
    lang = game.spec.lang
    weights = rarity(game.matters, lang)
    settled = [item.terms for item in table if item.terms]
    said = [content_words(line["says"], lang) for line in lines]
    fresh = [entry for entry in arrived if len(lines) - entry["turn"] < _RECENT]
    made = {line["id"]: _made(game, line, weights) for line in lines[-_RECENT:]}
    now = {entry["id"] for entry in fresh} | {*made.values()}
    asked = {made[line["id"]] for line in lines[-_RECENT:] if line["to"] == seat}
    just = [*said[-_RECENT:], *(content_words(entry["text"], lang) for entry in fresh)]
    own, ever = (_own_words(seat, among, lang) for among in (lines, heard))
    start = game.spec.start
    left = [each.says for each in start.standing if not each.was] + [each.says for each in start.promises]
    of_its_own = {own.id for own in own_points(start.matters)}
    others_turn = {
        point.id
        for place, point in enumerate(game.seats[seat].points, start.year)
        if start.own_events and place % _TURNS != start.table % _TURNS  # others play the same case
        if point.id not in of_its_own
    }
    options = [
        option.get(lang)
        for key in {key for terms in settled for key in terms}
        for option in game.scenario.decision_by_id[key].options.values()
    ]
    still = frozenset[str]().union(*(content_words(text, lang) for text in left if start.year > 1))
    recent = frozenset[str]().union(*just)
    bounds = [*zip((frozenset[str]().union(*said), own, ever), (_SPOKEN[lang], *_USED[lang]), strict=True)]

    def stale(point: Point) -> bool:
        says = point.says.get(lang)
        if point.replies_to and seat == game.scenario.tour.host:
            return False
        if point.id in others_turn and not now.intersection(point.replies_to):
            return True
        if settled and (_PRESUMES.search(says) or _overtaken(point, settled)):
            return True
        if not own and _TAKES_BACK.search(says):
            return True
        if point.id in of_its_own and has(point.act, "tells") and any(each in says for each in options):
            return True
        return any(_share(says, words, weights, lang) >= bound for words, bound in bounds)

    def near(point: Point) -> float:
        says = point.says.get(lang)
        replies = _REPLIES * bool(now.intersection(point.replies_to))
        replies += _ANSWERS * bool(asked.intersection(point.replies_to))
        here = _OWN * (point.id in of_its_own)
        return _share(says, recent, weights, lang) + _share(says, still, weights, lang) + replies + here

    return sorted((point for point in points if not stale(point)), key=near, reverse=True)


def _made(game: Game, line: Line, weights: Mapping[str, float]) -> str:
    """Return the id of the point that a line makes; in free words the seat's point that shares most words, or empty."""
    if line["point"]:
        return line["point"]
    key = (line["seat"], line["stage"], line["says"])
    if key not in game.made:
        lang, points = game.spec.lang, game.seats[line["seat"]].points
        words = content_words(line["says"], lang)
        shares = [
            (_share(point.says.get(lang), words, weights, lang), point.id)
            for point in points
            if line["stage"] in point.stages
        ]
        share, name = max(shares, default=(0.0, ""))
        game.made[key] = name if share >= _USED[lang][0] else ""
    return game.made[key]


def _own_words(seat: str, lines: Sequence[Line], lang: Lang) -> frozenset[str]:
    """Return the content words that a seat itself has said or promised in some lines."""
    own = (line[part] for line in lines if line["seat"] == seat for part in ("says", "promises"))
    return frozenset[str]().union(*(content_words(text, lang) for text in own))


def _overtaken(point: Point, settled: Sequence[Mapping[str, str]]) -> bool:
    """Return whether a motion settles all that a point would move, or no motion has what it would support."""
    if not point.terms:
        return False
    if has(point.act, "proposes"):
        return any(point.terms.keys() <= terms.keys() for terms in settled)
    return has(point.act, "supports") and not any(point.terms.items() <= terms.items() for terms in settled)


@lru_cache(maxsize=64)
def rarity(texts: tuple[str, ...], lang: Lang) -> Mapping[str, float]:
    """Return the weight of each word in some texts: the logarithm of one over the share of texts that have it."""
    having = Counter(word for text in texts for word in content_words(text, lang))
    return {word: math.log((1 + len(texts)) / (1 + count)) for word, count in having.items()}


def _share(text: str, words: Set[str], weights: Mapping[str, float], lang: Lang) -> float:
    matter = content_words(text, lang)
    weight, shared = weights.__getitem__, matter & words
    whole = sum(map(weight, matter)) if shared else 0.0
    return sum(map(weight, shared)) / whole if whole else 0.0
