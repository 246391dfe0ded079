"""Directed play: which point of which card is raised next; the lowest cost wins (inferred)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from sandbox.content.acts import acts_with, has
from sandbox.content.seat_card import MOTION, Point
from sandbox.content.stage_card import Stage
from sandbox.game.draws import SPAN
from sandbox.game.floor.policy import Claim
from sandbox.game.floor.relevance import ANSWERS, asked_by_person, made_by, relevance, said_before
from sandbox.game.floor.touring import owed_on_tour
from sandbox.game.game import Game
from sandbox.game.language.answered import unanswered
from sandbox.game.motions.stance import contradicts, stance
from sandbox.game.outside import news, turns_now
from sandbox.game.state import Floor, News, State, Whisper, stage_lines
from sandbox.game.table import may_lift
from sandbox.record.line import Line

Bar = Literal["said", "act", "absent", "plan", "post", "sides", "unknown", "unpaid", "stance", "early", "past"]
"""Why a seat may not raise a point of its card; the words ``barred`` explain each."""

_RECENT = 3
# A motion, which names everything, and a question in return answer one by this share of their relevance, what takes
# sides and what is written for another stage by those; and what speaks of it by so much less than what has been told
# tells nothing new.
_MOVES, _SIDES, _SAID_ELSEWHERE, _TOLD = 0.6, 0.7, 0.9, 0.65
# What welcomes comes before all else that a seat has to say first.
_OPENING = 4.0


# A point that may be raised: its cost, the place of its seat's claim, the claim, the point, its relevance.
_Row = tuple[float, int, Claim, Point, float]


class _Talk(NamedTuple):
    """What was said in a stage so far, in the figures by which points are weighed.

    ``spoken`` is the number of lines of each seat, ``least`` the smallest of these in the room, ``calm`` whether nobody
    has objected, ``widest`` how many questions the widest motion answers.
    """

    lines: Sequence[Line]
    limit: int
    spoken: Mapping[str, int]
    least: int
    calm: bool
    widest: int

    @classmethod
    def of(cls, game: Game, stage: Stage, lines: Sequence[Line], limit: int) -> _Talk:
        spoken = Counter(line["seat"] for line in lines)
        return cls(
            lines,
            limit,
            spoken,
            min(spoken[seat] for seat in game.present(stage.id)),
            not any(has(line["act"], "opposes") for line in lines),
            max((len(line["terms"]) for line in lines if has(line["act"], "proposes")), default=0),
        )


def whisper_to(state: State, seat: str) -> Whisper | None:
    """Return the facilitator's latest advice to a seat, if the seat has not spoken since."""
    for advice in reversed(state["desk"]["whispers"]):
        if advice["seat"] == seat and advice["open"]:
            return advice
    return None


def floor_for(game: Game, claim: Claim, point: str) -> Floor:
    """Return the floor of a discussion for a claim, with a point of the seat's card (empty: none)."""
    return {
        "seat": claim.seat,
        "why": claim.why,
        "acts": list(game.speech(claim.seat)),
        "point": point,
        "phase": "discussion",
    }


def directed_floor(
    game: Game, state: State, stage: Stage, order: Sequence[Claim], lines: Sequence[Line]
) -> Floor | None:
    """Return the floor with a point, or None if no seat has one left.

    Of all points of all claimants the one with the lowest cost wins. Seats that open, that must still be heard or that
    were called come before the others; one that must be heard gets the floor even without a point, and then says the
    opening words of its card.
    """
    persons = {*state["desk"]["persons"], *game.spec.agents}
    advised = [claim for claim in order if claim.seat not in persons and whisper_to(state, claim.seat)]
    if advised or order[0].seat in persons:
        return floor_for(game, advised[0] if advised else order[0], "")
    limit, arrived = turns_now(game, state), news(game, state)
    fitting = [
        (place, claim, point, recent, near)
        for place, claim in enumerate(order)
        if claim.seat not in persons
        for recent in [_recent(game, arrived, claim.seat, lines)]
        for point in open_points(game, state, claim.seat)
        for near in [relevance(game, claim.seat, point, lines)]
        if _fits_now(point, recent) or (near >= ANSWERS and not _awaits_news(game, point, arrived))
    ]
    draw, talk = game.draws(f"point:{stage.id}:{len(lines)}", len(fitting)), _Talk.of(game, stage, lines, limit)
    ranked = [
        (_cost(game, stage, talk, point, claim, place, recent, near) + 2.0 * draw() / SPAN, place, claim, point, near)
        for place, claim, point, recent, near in fitting
    ]
    if order[0].why == "asked" and asked_by_person(game, state, order[0].seat):
        own = [row for row in ranked if row[2] == order[0]] + _elsewhere(game, state, stage, order[0], arrived, lines)
        return floor_for(game, order[0], _on_question(game, order[0].seat, own, lines))
    if owed_on_tour(game, state, limit) == "question":
        host = game.scenario.tour.host
        ranked = [row for row in ranked if has(row[3].act, "asks") and row[3].to == host] or ranked
    elif game.spec.by_cards:
        ranked = _answerable(_answers_first(game, ranked, lines), talk, game.present(stage.id))
    last = {name for line in lines[-1:] for name in (line["point"], *made_by(game, line))}
    now = last | {entry["id"] for entry in arrived if len(lines) - entry["turn"] < 2}
    rows = [
        row
        for row in ranked
        if row[2].why in ("unheard", "opens")
        or (row[2].why in ("asked", "news") and now.intersection(row[3].replies_to))
        or (row[2].why == "asked" and row[4] >= ANSWERS)
    ]
    silent = [claim for claim in order if not any(line["seat"] == claim.seat for line in lines)]
    if not rows and silent and (order[0].why == "unheard" or not ranked):
        return floor_for(game, Claim(silent[0].seat, "unheard"), "")
    if not ranked:
        late = [claim for claim in order if claim.seat in persons]
        return floor_for(game, late[0], "") if late else None
    _, _, claim, point, _ = min(rows or ranked, key=lambda row: row[:2])
    return floor_for(game, claim, point.id)


def _answers_first(game: Game, ranked: list[_Row], lines: Sequence[Line]) -> list[_Row]:
    """Keep, for each seat that owes an answer and has one on its card, only the points that answer.

    A seat that was just asked and has no answer leaves the floor to others, if there are any, rather than change the
    subject. Questions of persons are left to `_on_question`.
    """
    asked = unanswered(game, lines, list({row[2].seat for row in ranked}))
    owed = [(question, seat) for question, seat in asked if question["origin"] != "person"]
    answers = {
        (seat, row[3].id)
        for question, seat in owed
        for row in ranked
        if row[2].seat == seat and not has(row[3].act, "asks") and question["point"] in row[3].replies_to
    }
    owing = {seat for seat, _ in answers}
    mute = {seat for question, seat in owed if question in lines[-_RECENT:]} - owing
    others = [row for row in ranked if row[2].seat not in mute] or ranked
    return [row for row in others if row[2].seat not in owing or (row[2].seat, row[3].id) in answers]


def _answerable(ranked: list[_Row], talk: _Talk, present: Sequence[str]) -> list[_Row]:
    """Drop points that ask, where no line is left for an answer; a seat that has no other points keeps them."""
    left, waiting = talk.limit - len(talk.lines), sum(not talk.spoken[seat] for seat in present)
    if left > max(1, waiting if talk.limit > len(present) else 0):
        return ranked
    others = {row[2].seat for row in ranked if not has(row[3].act, "asks")}
    return [row for row in ranked if row[2].seat not in others or not has(row[3].act, "asks")]


def _elsewhere(
    game: Game, state: State, stage: Stage, claim: Claim, arrived: Sequence[News], lines: Sequence[Line]
) -> list[_Row]:
    """Return points that answer a person's question although the seat could not raise them by itself now.

    These are points that tell or refuse something in another stage, and sections of a plan by a seat that drafts none.
    What is said of the place visited on a tour stays on the tour.
    """
    used, tours, acts = {line["point"] for line in state["lines"]}, set(game.able("tours")), game.acts(claim.seat)
    return [
        (0.0, 0, claim, point, _SAID_ELSEWHERE * near)
        for point in game.seats[claim.seat].points
        if (stage.id in point.stages) == bool(point.section)
        if stage.id in point.stages or not tours.intersection((stage.id, *point.stages))
        if not (point.id in used or point.terms or point.opening or (point.section and claim.seat in game.drafters))
        if has(point.act, "tells") or has(point.act, "answers") or has(point.act, "refuses")
        if point.act in acts or set(acts_with("answers")).intersection(acts)
        if game.knows_all(claim.seat, point, stage.id) and not _awaits_news(game, point, arrived)
        if (near := relevance(game, claim.seat, point, lines)) >= ANSWERS
    ]


def _on_question(game: Game, seat: str, rows: Sequence[_Row], lines: Sequence[Line]) -> str:
    """Return the id of the point with which a seat answers a person's question, or empty: then it says that it cannot.

    The most relevant point wins. What the seat has said already is not repeated in other words.
    """
    known, made = max(_TOLD * said_before(game, seat, lines), ANSWERS), {*made_by(game, lines[-1])}
    fitting = [
        (made.isdisjoint(point.replies_to), -weighed, cost, place, point.id)
        for cost, place, _, point, near in rows
        if (weighed := near * _straight(point)) >= known or made.intersection(point.replies_to)
    ]
    return min(fitting)[-1] if fitting else ""


def _straight(point: Point) -> float:
    """Return how directly a point answers a question: 1 if it tells, less if it takes sides, moves or asks."""
    takes_sides = has(point.act, "supports") or has(point.act, "yields")
    return _MOVES if has(point.act, "proposes") or has(point.act, "asks") else _SIDES if takes_sides else 1.0


def open_points(game: Game, state: State, seat: str) -> list[Point]:
    """Return the points that a seat may still raise in this stage under the rules.

    Left out are points already used, points from an earlier year, points that carry what no longer holds and, where
    only cards speak, points that contradict what the seat stands for without saying so. In directed play earlier ones
    come back if nothing else is left, since cards hold all that is said there. A seat whose person ran out of time
    moves nothing.
    """
    stage, had = game.stages[state["stage"]].id, frozenset(game.spec.start.had)
    used = {line["point"] for line in state["lines"]}
    points = [
        point
        for point in raisable(game, stage, seat)
        if point.id not in used
        if not (point.task and has(point.act, "lifts")) or may_lift(game, state["ledger"], seat, point.task)
    ]
    if game.spec.by_cards:
        points = [point for point in points if _presupposes_nothing(game, state, seat, point)]
    held = stance(game, state, seat)
    if held.wants or held.against:
        points = [point for point in points if not contradicts(held, point)]
    if seat in state["desk"]["absent"]:
        plain = [point for point in points if not (point.terms or point.section or point.task)]
        points = [point for point in plain if has(point.act, "stands_in")]
    fresh = [point for point in points if point.id not in had and not had.intersection(point.facts)] if had else points
    return points if game.spec.style == "directed" and not fresh else fresh


def _presupposes_nothing(game: Game, state: State, seat: str, point: Point) -> bool:
    """Return whether a point makes sense after what has been said so far, if it can only be said in these words."""
    lines = stage_lines(state)
    if point.opening and any(line["seat"] == seat for line in lines):
        return False
    if not point.after:
        return True
    moved = {MOTION for line in lines if line["terms"] and has(line["act"], "offers")}
    before = {name for line in state["lines"] for name in (line["point"], *made_by(game, line))}
    return not (before | moved | {entry["id"] for entry in news(game, state)}).isdisjoint(point.after)


def raisable(game: Game, stage: str, seat: str) -> tuple[Point, ...]:
    """Return the points of a seat's card that the rules let it raise in a stage, whatever has been said."""
    points = game.raisable.get((stage, seat))
    if points is None:
        here = (point for point in game.seats[seat].points if stage in point.stages)
        allowed = (point for point in here if not _ruled_out(game, stage, seat, point))
        points = game.raisable[stage, seat] = tuple(allowed)
    return points


def _ruled_out(game: Game, stage: str, seat: str, point: Point) -> Bar | None:
    """Return why the rules keep a seat from raising a point in a stage, whatever has been said; None if they do not."""
    if not game.affordable(point.terms):
        return "unpaid"
    if has(point.act, "binds") or point.act not in game.acts(seat):
        return "act"
    if point.to is not None and point.to not in game.present(stage):
        return "absent"
    if point.section and seat not in game.drafters:
        return "plan"
    if any(game.wish(seat, key) not in ("", option) for key, option in point.terms.items()):
        return "post"
    if point.terms and has(point.act, "replies") and not (has(point.act, "offers") or game.amends(seat)):
        return "sides"
    return None if game.knows_all(seat, point, stage) else "unknown"


def barred(game: Game, state: State, seat: str) -> dict[str, Bar]:
    """Return the points of a seat's card for this stage that it may not raise now: the reason by the point's id."""
    stage, may = game.stages[state["stage"]].id, {point.id for point in open_points(game, state, seat)}
    used = {line["point"] for line in state["lines"]}
    here = (point for point in game.seats[seat].points if stage in point.stages and point.id not in may)
    return {
        point.id: "said"
        if point.id in used
        else _ruled_out(game, stage, seat, point) or _not_now(game, state, seat, point)
        for point in here
    }


def _not_now(game: Game, state: State, seat: str, point: Point) -> Bar:
    """Return why a point that the rules allow cannot be raised at this moment."""
    if contradicts(stance(game, state, seat), point):
        return "stance"
    if game.spec.by_cards and not _presupposes_nothing(game, state, seat, point):
        return "early"
    return "past"


def _recent(game: Game, arrived: Sequence[News], seat: str, lines: Sequence[Line]) -> dict[str, int]:
    """Return the points and injects that a seat has just heard: how many lines ago, by id."""
    heard: dict[str, int] = {}
    for ago, line in enumerate(reversed(lines[-_RECENT:])):
        if seat in line["visible_to"]:
            heard |= dict.fromkeys((line["point"], *made_by(game, line)), ago)
    for entry in arrived:
        ago = len(lines) - entry["turn"]
        if ago < _RECENT and (not entry["to"] or seat in entry["to"]):
            heard[entry["id"]] = ago
    return heard


def _fits_now(point: Point, recent: Mapping[str, int]) -> bool:
    """Return whether a point answers something just heard, or opens a matter of its own."""
    if any(reply in recent for reply in point.replies_to):
        return True
    return not point.replies_to and has(point.act, "opens")


def _awaits_news(game: Game, point: Point, arrived: Sequence[News]) -> bool:
    """Return whether a point only answers news, and none of that news has arrived."""
    injects = {inject.id for inject in game.scenario.injects}
    return (
        bool(point.replies_to)
        and injects.issuperset(point.replies_to)
        and not ({entry["id"] for entry in arrived} & {*point.replies_to})
    )


def _cost(
    game: Game,
    stage: Stage,
    talk: _Talk,
    point: Point,
    claim: Claim,
    place: int,
    recent: Mapping[str, int],
    near: float,
) -> float:
    """Return the cost of raising a point now: the lower, the better it suits the moment.

    Cheapest are answers to what was just said, above all to news. Then count: how close the point is to a person's last
    line, how little its seat has spoken, whether it carries facts, and the claims of the floor policy. A stage without
    an objection favours one, a stage that must decide favours a motion, and a stage that makes plans favours a section
    that the seat has not rewritten yet.
    """
    lines, limit = talk.lines, talk.limit
    distance = min((recent[reply] for reply in point.replies_to if reply in recent), default=_RECENT)
    cost = 0.7 * distance + 1.0 * (talk.spoken[claim.seat] - talk.least)
    strict = game.governance.rules.floor == "chair_led" or claim.why == "cascade"
    cost += (0.9 if strict else 0.2) * place
    cost -= 4.0 * near
    cost -= 1.6 * bool(point.facts)
    if game.spec.by_cards:
        cost -= _OPENING * point.opening
    cost -= 1.2 * any(inject.id in recent and inject.id in point.replies_to for inject in game.scenario.injects)
    if talk.calm and len(lines) >= limit // 4 and not has(point.act, "doubts"):
        cost += 2.0
    if "drafts" in stage.abilities and "tours" not in stage.abilities and point.section:
        rewritten = any(line["seat"] == claim.seat and line["section"] == point.section for line in lines)
        cost += 1.0 if rewritten else -1.0
    if "decides" in stage.abilities and game.voters(stage.id):
        discussed = len(lines) / limit
        if discussed >= 0.3 and talk.widest < len(game.scenario.decisions) and has(point.act, "proposes"):
            cost -= 2.0 * (len(point.terms) - talk.widest)
    return cost
