"""Suggestions in free talk: a point of a seat's card that it could make now and whose particulars it can know."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from itertools import islice

from sandbox.content.acts import has
from sandbox.content.seat_card import MOTION, Point
from sandbox.game.floor.last_word import LAST_WORD
from sandbox.game.floor.suggested import rarity
from sandbox.game.game import Game
from sandbox.game.language.particulars import given, particulars
from sandbox.game.language.questions import asked_in
from sandbox.game.language.wording import content_words, takes_up
from sandbox.game.state import Floor
from sandbox.game.steps import EMPTY_LINE
from sandbox.game.table import replies
from sandbox.game.view import SeatView
from sandbox.record.line import ALL, Line

_ASKS = re.compile("[?？]")
# From this score on, what a host knows counts as on the question; measured on tours played by a strong model.
_SPEAKS = 2.0
# The most points of a host that stand in its prompt.
_MOST_KNOWN = 12
# The point of a host who knows its place from earlier years; it may quote participants.
KNOWN = "known"


def next_points(game: Game, view: SeatView, floor: Floor, scene: str, asks: Collection[str]) -> tuple[Point, ...]:
    """Return the point that fits best what was just said, of the points that a seat may still make; empty if none does.

    A point is left out if

    - it has an hour, a day or a figure that the seat has neither read nor heard, or presupposes what has not happened;
    - it asks a seat that may not be asked now;
    - it is a welcome and somebody has spoken already;
    - questions wait for the seat and it replies to none. A host then gets all that it knows on them.

    A seat that opens gets an opening point; a seat that speaks first on a tour gets a question that its host can
    answer. There are no suggestions for a vote, nor for a last word, which puts nothing new.

    ``scene`` is what all in the room have read; ``asks`` are the seats that a point may ask.
    """
    if floor["phase"] != "discussion" or floor["why"] == LAST_WORD:
        return ()
    points = [point for point in view.points if point.act in floor["acts"]]
    if view.questions:
        if view.seat == game.scenario.tour.host:
            return _known_to(game, view, points)
        points = [point for point in points if replies(game, view.seat, point, view.questions)]
    if floor["why"] == "opens":
        points.sort(key=lambda point: not point.opening)
    if "tours" in view.stage.abilities and all(line["seat"] != view.seat for line in view.lines):
        host = game.scenario.tour.host
        answers = game.seats[host].points if host in view.present else ()
        answered = {name for point in answers if has(point.act, "answers") for name in point.replies_to}
        points.sort(key=lambda point: point.id not in answered)
    known = _given(game, view, scene)
    fitting = (
        point
        for point in points
        if not (point.opening and view.lines)
        if not _ASKS.search(point.says.get(game.spec.lang)) or (asks and _asked(game, view, point) <= {*asks})
        if _particulars(game, point) <= known and _presupposed(game, view, point)
    )
    return tuple(islice(fitting, 1))


def _known_to(game: Game, view: SeatView, points: Sequence[Point]) -> tuple[Point, ...]:
    """Return what a host can answer to the questions that wait: untold points, the likeliest first.

    If its place has been played before, the questions fit no card. The host is then pointed to what it knows of the
    place that shares most rare words with them, if it shares enough.
    """
    guest, lang = game.spec.start.host, game.spec.lang
    if guest is None or not guest.year:
        likeliest = [point for point in points if replies(game, view.seat, point, view.questions)]
        others = [point for point in points if has(point.act, "answers") and point not in likeliest]
        return (*likeliest, *(point for point in others if _presupposed(game, view, point)))[:_MOST_KNOWN]
    known = tuple(dict.fromkeys((*guest.inside, *guest.hidden, *guest.past)))
    weight = rarity((*game.matters, *known), lang)
    asked = frozenset[str]().union(*(content_words(line["says"], lang) for line in view.questions))

    def speaks(text: str) -> float:
        matter = content_words(text, lang)
        return sum(weight[word] for word in matter & asked) / math.sqrt(sum(weight[word] for word in matter) or 1)

    best = max(known, key=speaks, default="")
    if not best or speaks(best) < _SPEAKS:
        return ()
    return (Point(id=KNOWN, stages=(view.stage.id,), act="answer", says=best),)


def _asked(game: Game, view: SeatView, point: Point) -> set[str]:
    """Return whom a point would ask as it stands: seats, or ``all``."""
    line: Line = {
        **EMPTY_LINE, "stage": view.stage.id, "seat": view.seat, "act": point.act, "to": point.to or ALL,
        "says": point.says.get(game.spec.lang), "visible_to": [*view.present],
    }  # fmt: skip
    seats = asked_in(game, line, view.present)
    return {*seats} if seats or not has(point.act, "asks") else {ALL}


def _presupposed(game: Game, view: SeatView, point: Point) -> bool:
    """Return whether what a point presupposes, if anything, has been said, moved or reported."""
    if not point.after or (MOTION in point.after and view.proposals):
        return True
    lang = game.spec.lang
    if {entry["id"] for entry in view.news}.intersection(point.after):
        return True
    sources = [game.points[name][1].says.get(lang) for name in point.after if name in game.points]
    return any(takes_up(line["says"], source, lang) for line in view.heard for source in sources)


def _particulars(game: Game, point: Point) -> frozenset[str]:
    """Return the particulars of a point that its facts do not have; the facts are told with it."""
    lang, aside = game.spec.lang, point.privately
    carried = [fact.text.get(lang) for fact in game.scenario.facts if fact.id in point.facts]
    own = particulars(point.says.get(lang), lang) | (particulars(aside.get(lang), lang) if aside else frozenset())
    return own.difference(*(given(text, lang) for text in carried))


def _given(game: Game, view: SeatView, scene: str) -> frozenset[str]:
    """Return the particulars that a seat may use: from what all read, from its own card, and from what it has heard."""
    lang, card, hidden = game.spec.lang, view.persona, game.scenario.tour.hidden
    own = (card.authority, card.non_negotiable, *card.interests, *card.constraints, *card.fears, *card.private)
    told = (fact.text for fact in view.facts if fact.platform or fact.id in hidden)
    texts = [scene, view.briefing, *(text.get(lang) for text in (*own, *told))]
    texts += [line["says"] for line in view.heard] + [entry["text"] for entry in view.news]
    return frozenset[str]().union(*(given(text, lang) for text in texts))
