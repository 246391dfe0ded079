"""The agenda: whose floor it is, with which acts and which point, or why a stage is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from sandbox.content.acts import acts_with, has
from sandbox.content.schemas import Point, Stage
from sandbox.game.ballots import deciding_floor, motion_floor
from sandbox.game.due import pending
from sandbox.game.floor import Claim, floor_order, most_lines
from sandbox.game.game import Game
from sandbox.game.outside import arrived_by, news, turns_now
from sandbox.game.plans import plans
from sandbox.game.relevance import ANSWERS, made_by, relevance
from sandbox.game.reviewing import review_floor
from sandbox.game.state import Floor, News, State, Update, Whisper, discussion
from sandbox.game.table import called, deferring, may_lift, unanswered
from sandbox.game.touring import owed_on_tour, tour_claims
from sandbox.record.line import Line

__all__ = ["next_floor", "open_points", "whisper_to"]

_RECENT = 3
# Lines that are kept for answers: whoever has not spoken does so before these are the last that are left.
_SPARE = 2
_DEFERS = acts_with("defers")


def whisper_to(state: State, seat: str) -> Whisper | None:
    """Return the facilitator's latest advice to a seat that has not spoken since."""
    for advice in reversed(state["desk"]["whispers"]):
        if advice["seat"] == seat and advice["open"]:
            return advice
    return None


def next_floor(game: Game, state: State) -> Update:
    """Return who has the floor next, with the acts that are open, or why the stage is over.

    The limit bounds the discussion; where a stage decides, the vote comes on top of it. Nobody is left silent: when as
    many lines are left as seats have not spoken, these have the floor; where a stage has fewer lines than seats, whom
    the session has heard least comes after who has a duty. A seat to which a question was put, or a task
    handed down, speaks next, and so does the seat whom news concerns.
    """
    stage = game.stages[state["stage"]]
    if stage.reviews:
        return _reviewed(game, state, stage)
    limit = turns_now(game, state)
    talk = discussion(state)
    left, deciding = limit - len(talk), "decides" in stage.abilities
    if deciding:
        if any(decision["stage"] == stage.id and decision["carried"] for decision in state["decisions"]):
            return _over("decision_made")
        asked = motion_floor(game, state, stage, talk, limit)
        if asked is not None:
            return {"floor": asked}
    if left <= 0 or len(talk) < state["turn"]:
        return _closing(game, state, deciding, "turn_limit")
    if not deciding and _purpose_reached(game, stage, talk, limit):
        return _over(stage.ends_when)
    order = _order(game, state, stage, talk, limit)
    first = next(order, None)
    if first is None:
        return _closing(game, state, deciding, "nothing_left_to_raise")
    if game.spec.style == "free" and first.seat not in state["desk"]["persons"]:
        free = _free_floor(game, first, left, talk, deciding=deciding)
        visits = owed_on_tour(game, state, limit) == "question" and first.seat != game.scenario.tour.host
        asks = [act for act in game.acts(first.seat) if has(act, "asks")] if visits else []
        return {"floor": {**free, "acts": asks} if asks else free}
    if game.spec.style != "directed":
        return {"floor": _open_floor(game, first, left, talk, deciding=deciding)}
    floor = _directed_floor(game, state, stage, (first, *order), talk)
    return _closing(game, state, deciding, "nothing_left_to_raise") if floor is None else {"floor": floor}


def _reviewed(game: Game, state: State, stage: Stage) -> Update:
    """Return who has the floor next in a review, or why it is over."""
    floor = review_floor(game, state, game.turn_limit(stage) + state["desk"]["extra"])
    if floor is not None:
        return {"floor": floor}
    if not any(item.account for item in state["ledger"]):
        return _over("nothing_due")
    return _over("nothing_left_to_raise" if pending(state["ledger"]) else stage.ends_when)


def _free_floor(game: Game, claim: Claim, left: int, talk: Sequence[Line], *, deciding: bool) -> Floor:
    """Return the floor; where no line is left in which a question could be answered, none is to be asked."""
    floor = _open_floor(game, claim, left, talk, deciding=deciding)
    acts = [act for act in floor["acts"] if not has(act, "asks")]
    return {**floor, "acts": acts} if acts and (left <= 1 or claim.why == "unheard") else floor


def _closing(game: Game, state: State, deciding: bool, reason: str) -> Update:
    """Return the floor for the decision where a stage decides, or why it is over."""
    floor = deciding_floor(game, state) if deciding else None
    if floor is not None:
        return {"floor": floor}
    stage = game.stages[state["stage"]].id
    if any(decision["stage"] == stage for decision in state["decisions"]):
        return _over("decision_made")
    return _over("no_motion" if deciding and game.voters(stage) else reason)


def _order(game: Game, state: State, stage: Stage, talk: Sequence[Line], limit: int) -> Iterator[Claim]:
    """Yield the claims to the floor in their order: who must be heard, whom news or a question calls, the policy."""
    room = game.rooms[stage.id].present
    speakers = [line["seat"] for line in talk]
    unheard = [seat for seat in room if seat not in speakers]
    away = deferring(talk, room)
    most, left = most_lines(limit, len(room)), limit - len(talk)
    asked = called(game, talk[-1], room) if talk else ""
    concerned = _concerned(game, state, talk, limit)
    called_on = _called_on(game, talk, room, asked, concerned)
    # Whoever is asked just now answers, also after the last line of its share.
    first: Iterator[Claim] = (claim for claim in called_on if speakers.count(claim.seat) < most + (claim.seat == asked))
    visiting = tour_claims(game, state, limit, unheard) if "tours" in stage.abilities else []
    if left <= len(unheard) + len(away):
        calls = list(first)
        named = [claim.seat for claim in calls]
        if named or stage.cascade:
            unheard.sort(key=lambda seat: (seat not in named, game.levels[seat] if stage.cascade else 0))
        scarce = limit < len(room) and limit < sum(game.personas[seat].kind != "host" for seat in room)
        if scarce:
            unheard = _few(game, state, stage, unheard, named)[:left]
        # Where not all can be heard, at least what is asked is answered.
        answers = [claim for claim in calls[:1] if scarce and claim.seat == asked and asked not in unheard]
        silent = (Claim(seat, "unheard") for seat in unheard)
        first = chain(answers, silent, (Claim(seat, "returns") for seat in away))
    elif unheard and len(talk) > 3 and len(set(speakers[-4:])) == 2:
        # What two have asked each other waits until somebody else has spoken.
        first = chain([Claim(unheard[0], "unheard")], first)
    elif unheard and not concerned and not asked and left <= len(unheard) + len(away) + _SPARE:
        first = chain([Claim(unheard[0], "quiet")], first)
    order = floor_order(
        game.governance.rules.floor,
        game.chair,
        room,
        talk,
        game.draws(stage.id, len(talk)),
        game.levels if stage.cascade and unheard else None,
        chain(visiting, first),
        # Who is not asked has one line more than its equal share at most, so that the others come to speak.
        min(most, -(-limit // len(room)) + 1),
        game.scenario.tour.host if "tours" in stage.abilities else "",
    )
    passed = state["desk"]["passed"]
    return (claim for claim in order if claim.seat not in passed) if passed else order


def _called_on(game: Game, talk: Sequence[Line], room: Sequence[str], asked: str, concerned: str) -> Iterator[Claim]:
    """Yield the claims of who was asked just now, whom news concerns, and who was asked before and has not answered."""
    if asked:
        yield Claim(asked, "asked")
    if concerned:
        yield Claim(concerned, "news")
    for _, seat in unanswered(game, talk, room, by_act=True):
        yield Claim(seat, "asked")


def _few(game: Game, state: State, stage: Stage, unheard: Sequence[str], named: Sequence[str]) -> list[str]:
    """Return the seats that have not spoken in the order in which they do where a stage has fewer lines than seats.

    Who is called comes first, then who has a duty: the ranks of a cascade in their order, the host of a tour, who
    drafts, and the chair of a body that it leads. Among equals come those who have been heard least in the session.
    """
    said = Counter(line["seat"] for line in state["lines"] if not line["vote"])
    leads = "decides" in stage.abilities and game.governance.rules.floor == "chair_led"
    drafts = "drafts" in stage.abilities

    def order(seat: str) -> tuple[bool, int, int, int]:
        hosts = "tours" in stage.abilities and seat == game.scenario.tour.host
        duty = 0 if hosts else 1 if (drafts and seat in game.drafters) or (leads and seat == game.chair) else 2
        return seat not in named, game.levels[seat] if stage.cascade else 0, duty, said[seat]

    return sorted(unheard, key=order)


def _concerned(game: Game, state: State, talk: Sequence[Line], limit: int) -> str:
    """Return the seat whom news concerns, or empty: who heard it, has most to say against it and has not spoken since.

    News counts until two lines have been spoken, since a question comes first.

    Who has a point that replies to it is concerned, a point that asks, doubts or opposes before others.
    """
    room = game.rooms[game.stages[state["stage"]].id]
    if not state["desk"]["news"] and room.arrivals.isdisjoint((len(talk) - 1, len(talk))):
        return ""
    arrived = arrived_by(game, state, len(talk), limit, len(talk) - 1)
    if not arrived:
        return ""
    heard = {line["seat"] for line in talk}
    since = {line["seat"] for entry in arrived for line in talk[entry["turn"] :]}
    claims = [
        (mildly, seat in heard, place, seat)
        for entry in arrived
        for mildly, place, seat in room.repliers(entry["id"])
        if seat not in since and (not entry["to"] or seat in entry["to"])
    ]
    told = [
        (True, seat in heard, place, seat)
        for entry in arrived
        for place, seat in enumerate(entry["to"])
        if seat not in since
    ]
    return min(claims or told)[-1] if claims or told else ""


def open_points(game: Game, state: State, seat: str) -> list[Point]:
    """Return the points that a seat may still raise in this stage under the rules.

    Those of an earlier year are not raised again; in directed play, where the cards hold all that is said, only where
    there is another.
    """
    stage, had = game.stages[state["stage"]].id, game.spec.start.had
    used = {line["point"] for line in state["lines"]}
    points = [
        point
        for point in _raisable(game, stage, seat)
        if point.id not in used
        if not (point.task and has(point.act, "lifts")) or may_lift(game, state["ledger"], seat, point.task)
    ]
    fresh = [point for point in points if point.id not in had] if had else points
    return points if game.spec.style == "directed" and not fresh else fresh


def _raisable(game: Game, stage: str, seat: str) -> tuple[Point, ...]:
    points = game.raisable.get((stage, seat))
    if points is None:
        allowed = (point for point in game.seats[seat].points if _may_raise(game, stage, seat, point))
        points = game.raisable[stage, seat] = tuple(allowed)
    return points


def _may_raise(game: Game, stage: str, seat: str, point: Point) -> bool:
    if stage not in point.stages or has(point.act, "binds") or point.act not in game.acts(seat):
        return False
    if point.to is not None and point.to not in game.present(stage):
        return False
    if point.section and seat not in game.drafters:
        return False
    if any(game.wish(seat, key) not in ("", option) for key, option in point.terms.items()):
        return False
    facts = [fact for fact in game.scenario.facts if fact.id in point.facts]
    if not all(game.knows(seat, fact, stage) for fact in facts):
        return False
    return game.affordable(point.terms)


def _over(reason: str) -> Update:
    return {"floor": None, "ended": reason}


def _floor(game: Game, claim: Claim, point: str, *, defers: bool = True) -> Floor:
    return {
        "seat": claim.seat,
        "why": claim.why,
        "acts": list(game.speech(claim.seat, defers=defers)),
        "point": point,
        "phase": "discussion",
    }


def _open_floor(game: Game, claim: Claim, left: int, talk: Sequence[Line], *, deciding: bool) -> Floor:
    """Return the floor; time may be asked for once, where there is a vote before which it ends."""
    may = deciding and left > 2 and not any(line["seat"] == claim.seat and line["act"] in _DEFERS for line in talk)
    return _floor(game, claim, "", defers=may)


def _directed_floor(
    game: Game, state: State, stage: Stage, order: Sequence[Claim], lines: Sequence[Line]
) -> Floor | None:
    """Return the floor with a point, or None where nobody has one: the lowest cost wins among the claimants' points.

    Who opens, must be heard, or is called, comes before the others: with a point of the card, and who must be heard
    also without one (then with the opening words of its card).
    """
    persons = state["desk"]["persons"]
    advised = [claim for claim in order if claim.seat not in persons and whisper_to(state, claim.seat)]
    if advised or order[0].seat in persons:
        return _floor(game, advised[0] if advised else order[0], "")
    limit, arrived = turns_now(game, state), news(game, state)
    draw = game.draws("point", stage.id, len(lines))
    ranked = [
        (_cost(game, stage, lines, limit, point, claim, place, recent, near) + 2.0 * draw(), place, claim, point, near)
        for place, claim in enumerate(order)
        if claim.seat not in persons
        for recent in [_recent(game, arrived, claim.seat, lines)]
        for point in open_points(game, state, claim.seat)
        for near in [relevance(game, claim.seat, point, lines)]
        if _fits_now(point, recent) or (near >= ANSWERS and not _awaits_news(game, point, arrived))
    ]
    if owed_on_tour(game, state, limit) == "question":
        host = game.scenario.tour.host
        ranked = [row for row in ranked if has(row[3].act, "asks") and row[3].to == host] or ranked
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
        return _floor(game, Claim(silent[0].seat, "unheard"), "")
    if not ranked:
        late = [claim for claim in order if claim.seat in persons]
        return _floor(game, late[0], "") if late else None
    # Whom a person asks answers, if with something else: in the room that is an answer too.
    asked = [row for row in ranked if row[2].why == "asked"] if lines and lines[-1]["origin"] == "person" else []
    said = [row for row in asked if not has(row[3].act, "asks")] or asked
    first = said or rows if order[0].why == "asked" else rows or said
    _, _, claim, point, _ = min(first or ranked, key=lambda row: row[:2])
    return _floor(game, claim, point.id)


def _recent(game: Game, arrived: Sequence[News], seat: str, lines: Sequence[Line]) -> dict[str, int]:
    """Return the points and injects that a seat has just heard, each with how many lines ago."""
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
    """Return whether a point answers news alone that has not arrived."""
    injects = {inject.id for inject in game.scenario.injects}
    return (
        bool(point.replies_to)
        and injects.issuperset(point.replies_to)
        and not ({entry["id"] for entry in arrived} & {*point.replies_to})
    )


def _cost(
    game: Game,
    stage: Stage,
    lines: Sequence[Line],
    limit: int,
    point: Point,
    claim: Claim,
    place: int,
    recent: Mapping[str, int],
    near: float,
) -> float:
    """Return how little a point suits the moment.

    Answers to what was just said come first, and to news above all; then what speaks of the same as a person just did,
    seats that have spoken least, points that carry facts, and the claims of the floor policy. A stage that is still
    calm asks for an objection, one that must decide for a motion, and one that makes plans for a section that the seat
    has not yet rewritten.
    """
    spoken = {seat: sum(line["seat"] == seat for line in lines) for seat in game.present(stage.id)}
    distance = min((recent[reply] for reply in point.replies_to if reply in recent), default=_RECENT)
    cost = 0.7 * distance + 1.0 * (spoken[claim.seat] - min(spoken.values()))
    strict = game.governance.rules.floor == "chair_led" or claim.why == "cascade"
    cost += (0.9 if strict else 0.2) * place
    cost -= 4.0 * near
    cost -= 1.6 * bool(point.facts)
    cost -= 1.2 * any(inject.id in recent and inject.id in point.replies_to for inject in game.scenario.injects)
    calm = not any(has(line["act"], "opposes") for line in lines)
    if calm and len(lines) >= limit // 4 and not has(point.act, "doubts"):
        cost += 2.0
    if "drafts" in stage.abilities and "tours" not in stage.abilities and point.section:
        rewritten = any(line["seat"] == claim.seat and line["section"] == point.section for line in lines)
        cost += 1.0 if rewritten else -1.0
    if "decides" in stage.abilities and game.voters(stage.id):
        discussed = len(lines) / limit
        widest = max((len(line["terms"]) for line in lines if has(line["act"], "proposes")), default=0)
        if discussed >= 0.3 and widest < len(game.scenario.decisions) and has(point.act, "proposes"):
            cost -= 2.0 * (len(point.terms) - widest)
    return cost


def _purpose_reached(game: Game, stage: Stage, lines: Sequence[Line], limit: int) -> bool:
    """Return whether the stage may end before its limit: all have spoken, most turns are used, its purpose is met."""
    if len(lines) < max(4, -(-3 * limit // 4)):
        return False
    if {line["seat"] for line in lines} < set(game.present(stage.id)):
        return False
    if stage.ends_when == "doubts_answered":
        doubts = [index for index, line in enumerate(lines) if has(line["act"], "doubts")]
        return len(doubts) >= 2 and all(
            any(has(later["act"], "replies") for later in lines[index + 1 : index + 3]) for index in doubts
        )
    if stage.ends_when == "plans_filed":
        filed = plans(game, lines)
        return bool(filed) and all(len(plan.lines) >= 2 for plan in filed)
    if stage.ends_when == "doubter_settled":
        doubters = {line["seat"] for line in lines if has(line["act"], "doubts")}
        settles = {*acts_with("yields"), *acts_with("refuses")}
        return any(line["act"] in settles and line["seat"] in doubters for line in lines)
    return False
