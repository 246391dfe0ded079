"""The agenda: whose floor it is, with which acts and which point, or why a stage is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.content.acts import acts_with, has
from sandbox.content.cards import Act
from sandbox.content.schemas import Inject, Point, Stage
from sandbox.game.floor import Claim, floor_order
from sandbox.game.game import Game
from sandbox.game.ledger import motion
from sandbox.game.plans import plans
from sandbox.game.rules import CHAIR_BINDS, knows_fact
from sandbox.game.state import Floor, News, State, Update, Whisper, stage_lines
from sandbox.record.line import Line

__all__ = [
    "BALLOT", "BINDING", "closing_turns", "due_injects", "news", "next_floor", "open_points", "turns_now",
    "whisper_to",
]  # fmt: skip

_RECENT = 3
# What a vote is cast with, and what the chair decides with.
BALLOT = (*acts_with("votes_for"), *acts_with("votes_against"))
BINDING = acts_with("binds")


def due_injects(game: Game, stage: str, turn: int) -> list[Inject]:
    """Return the events from outside that arrive after so many lines of a stage."""
    return [inject for inject in game.scenario.injects if inject.stage == stage and inject.turn == turn]


def turns_now(game: Game, state: State) -> int:
    """Return the most lines that the stage being played may have, with what the facilitator added or took."""
    return game.turn_limit(game.stages[state["stage"]]) + state["desk"]["extra"]


def news(game: Game, state: State, seat: str | None = None) -> list[News]:
    """Return the events from outside that have arrived in this stage: all of them, or those that a seat has heard."""
    stage, lang = game.stages[state["stage"]].id, game.spec.lang
    arrived = {news["id"]: news for news in state["desk"]["news"] if news["stage"] == stage}
    sent = {news["id"] for news in state["desk"]["news"]}
    for inject in game.scenario.injects:
        if inject.stage == stage and inject.turn <= state["turn"] and inject.id not in sent:
            entry = News(id=inject.id, stage=stage, turn=inject.turn, text=inject.text.get(lang), to=list(inject.to))
            arrived[inject.id] = entry
    room = game.present(stage)
    heard = [
        entry
        for entry in arrived.values()
        if seat is None or (seat in room and (not entry["to"] or seat in entry["to"]))
    ]
    return sorted(heard, key=lambda entry: entry["turn"])


def whisper_to(state: State, seat: str) -> Whisper | None:
    """Return the facilitator's latest advice to a seat that has not spoken since."""
    waiting = [advice for advice in state["desk"]["whispers"] if advice["seat"] == seat and advice["open"]]
    return waiting[-1] if waiting else None


def next_floor(game: Game, state: State) -> Update:
    """Return who has the floor next, with the acts that are open, or why the stage is over."""
    stage = game.stages[state["stage"]]
    lines = stage_lines(state)
    limit = turns_now(game, state)
    if any(decision["stage"] == stage.id for decision in state["decisions"]):
        return _over("decision_made")
    if len(lines) >= limit:
        return _over("turn_limit")
    if "decides" in stage.abilities and len(lines) >= limit - closing_turns(game, stage):
        deciding = _deciding_floor(game, state, stage, limit)
        if deciding is not None:
            return {"floor": deciding}
    elif _purpose_reached(game, stage, lines, limit):
        return _over(stage.ends_when)
    room = game.present(stage.id)
    waiting = stage.cascade and len({line["seat"] for line in lines}) < len(room)
    order = floor_order(
        game.governance.rules.floor,
        game.chair,
        room,
        lines,
        game.draws(stage.id, len(lines)),
        game.levels if waiting else None,
    )
    passed = state["desk"]["passed"]
    order = tuple(claim for claim in order if claim.seat not in passed) if passed else order
    if not order:
        return _over("nothing_left_to_raise")
    if game.spec.style != "directed":
        return {"floor": _floor(game, order[0], "")}
    return _directed_floor(game, state, stage, order, lines)


def open_points(game: Game, state: State, seat: str) -> list[Point]:
    """Return the points that a seat may still raise in this stage under the rules."""
    stage = game.stages[state["stage"]].id
    used = {line["point"] for line in state["lines"]}
    return [point for point in game.seats[seat].points if point.id not in used and _may_raise(game, stage, seat, point)]


def _may_raise(game: Game, stage: str, seat: str, point: Point) -> bool:
    if stage not in point.stages or has(point.act, "binds") or point.act not in game.acts(seat):
        return False
    if point.to is not None and point.to not in game.present(stage):
        return False
    if point.section and seat not in game.drafters:
        return False
    facts = [fact for fact in game.scenario.facts if fact.id in point.facts]
    if not all(knows_fact(game.governance, game.positions[seat], fact) for fact in facts):
        return False
    return _affordable(game, point.terms)


def _affordable(game: Game, terms: Mapping[str, str]) -> bool:
    return all(option in game.offered[key] for key, option in terms.items())


def _over(reason: str) -> Update:
    return {"floor": None, "ended": reason}


def _floor(game: Game, claim: Claim, point: str, acts: Sequence[Act] | None = None) -> Floor:
    allowed = [act for act in game.acts(claim.seat) if not has(act, "binds")] if acts is None else list(acts)
    return {
        "seat": claim.seat,
        "why": claim.why,
        "acts": list(allowed),
        "point": point,
        "phase": "discussion" if acts is None else "decision",
    }


def _directed_floor(game: Game, state: State, stage: Stage, order: Sequence[Claim], lines: Sequence[Line]) -> Update:
    """Give the floor and a point: the lowest cost wins among all points that the claimants may raise now."""
    persons = state["desk"]["persons"]
    advised = [claim for claim in order if claim.seat not in persons and whisper_to(state, claim.seat)]
    if advised or order[0].seat in persons:
        return {"floor": _floor(game, advised[0] if advised else order[0], "")}
    limit, arrived = turns_now(game, state), news(game, state)
    draw = game.draws("point", stage.id, len(lines))
    ranked = [
        (_cost(game, stage, lines, limit, point, claim, place, recent) + 2.0 * draw(), place, claim, point)
        for place, claim in enumerate(order)
        if claim.seat not in persons
        for recent in [_recent(arrived, claim.seat, lines)]
        for point in open_points(game, state, claim.seat)
        if _fits_now(point, recent)
    ]
    if not ranked:
        late = [claim for claim in order if claim.seat in persons]
        return {"floor": _floor(game, late[0], "")} if late else _over("nothing_left_to_raise")
    _, _, claim, point = min(ranked, key=lambda row: row[:2])
    return {"floor": _floor(game, claim, point.id)}


def _recent(arrived: Sequence[News], seat: str, lines: Sequence[Line]) -> dict[str, int]:
    """Return the points and injects that a seat has just heard, each with how many lines ago."""
    heard = {line["point"]: ago for ago, line in enumerate(reversed(lines[-_RECENT:])) if seat in line["visible_to"]}
    for news in arrived:
        ago = len(lines) - news["turn"]
        if ago < _RECENT and (not news["to"] or seat in news["to"]):
            heard[news["id"]] = ago
    return heard


def _fits_now(point: Point, recent: Mapping[str, int]) -> bool:
    """Return whether a point answers something just heard, or opens a matter of its own."""
    if any(reply in recent for reply in point.replies_to):
        return True
    return not point.replies_to and has(point.act, "opens")


def _cost(
    game: Game,
    stage: Stage,
    lines: Sequence[Line],
    limit: int,
    point: Point,
    claim: Claim,
    place: int,
    recent: Mapping[str, int],
) -> float:
    """Return how little a point suits the moment.

    Answers to what was just said come first, and to news above all; then seats that have spoken least, points that
    carry facts, and the claims of the floor policy. A stage that is still calm asks for an objection, one that must
    decide for a motion, and one that makes plans for a section that the seat has not yet rewritten.
    """
    spoken = {seat: sum(line["seat"] == seat for line in lines) for seat in game.present(stage.id)}
    distance = min((recent[reply] for reply in point.replies_to if reply in recent), default=_RECENT)
    cost = 0.7 * distance + 1.0 * (spoken[claim.seat] - min(spoken.values()))
    strict = game.governance.rules.floor == "chair_led" or claim.why == "cascade"
    cost += (0.9 if strict else 0.2) * place
    cost -= 1.6 * bool(point.facts)
    cost -= 1.2 * any(inject.id in recent and inject.id in point.replies_to for inject in game.scenario.injects)
    calm = not any(has(line["act"], "opposes") for line in lines)
    if calm and len(lines) >= limit // 4 and not has(point.act, "doubts"):
        cost += 2.0
    if "drafts" in stage.abilities and "tours" not in stage.abilities and point.section:
        rewritten = any(line["seat"] == claim.seat and line["section"] == point.section for line in lines)
        cost += 1.0 if rewritten else -1.0
    if "decides" in stage.abilities and game.voters(stage.id):
        discussed = len(lines) / max(1, limit - closing_turns(game, stage))
        widest = max((len(line["terms"]) for line in lines if has(line["act"], "proposes")), default=0)
        if discussed >= 0.3 and widest < len(game.scenario.decisions) and has(point.act, "proposes"):
            cost -= 2.0 * (len(point.terms) - widest)
    return cost


def closing_turns(game: Game, stage: Stage) -> int:
    """Return how many lines the decision at the end of a stage takes."""
    hearing = game.governance.rules.aggregation.procedure == "chair_after_hearing"
    return max(1, len(game.voters(stage.id)) + hearing)


def _deciding_floor(game: Game, state: State, stage: Stage, limit: int) -> Floor | None:
    """Give the floor for the decision: to the next seat that has not voted, then to the chair where it decides."""
    lines = stage_lines(state)
    if motion(state["ledger"], stage.id) is not None:
        voted = {line["seat"] for line in lines if line["vote"]}
        waiting = [seat for seat in game.voters(stage.id) if seat not in voted]
        if len(waiting) > limit - len(lines):
            return None  # too few lines are left to hear everybody
        if waiting:
            return _floor(game, Claim(waiting[0], "votes"), "", BALLOT)
    if game.governance.rules.aggregation.procedure not in CHAIR_BINDS:
        return None
    if not set(BINDING).intersection(game.acts(game.chair)) or game.chair not in game.present(stage.id):
        return None
    points = [
        point.id
        for point in game.seats[game.chair].points
        if has(point.act, "binds") and stage.id in point.stages and _affordable(game, point.terms)
    ]
    chosen = game.rng("decide", stage.id).choice(points) if points and game.spec.style == "directed" else ""
    return _floor(game, Claim(game.chair, "decides"), chosen, BINDING)


def _purpose_reached(game: Game, stage: Stage, lines: Sequence[Line], limit: int) -> bool:
    """Return whether the stage may end before its limit: all have spoken, most turns are used, its purpose is met."""
    if len(lines) < max(4, -(-3 * limit // 4)) or {line["seat"] for line in lines} < set(game.present(stage.id)):
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
