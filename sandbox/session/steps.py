"""The pure steps of the game: whose floor it is, what a turn changes, how a stage closes, how a vote counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sandbox.content.models import Act, Point, Stage
from sandbox.institution.floor import Claim, floor_order
from sandbox.institution.ledger import Item, ledger, motion
from sandbox.institution.line import DecisionTaken, Line, Turn
from sandbox.institution.rules import carried
from sandbox.session.game import Game
from sandbox.session.state import Floor, SessionState

__all__ = [
    "close_stage",
    "make_line",
    "next_floor",
    "open_points",
    "open_stage",
    "stage_lines",
    "take_turn",
    "vote_stance",
]

Update = dict[str, Any]
_OPENING_ACTS = ("inform", "propose", "object", "ask", "promise", "escalate", "refuse", "support", "delegate")


def stage_lines(state: SessionState) -> list[Line]:
    """Return the lines of the stage that is being played."""
    lines = state["lines"]
    return lines[len(lines) - state["turn"] :]


def open_stage(game: Game, state: SessionState) -> Update:
    """Return the update that starts a stage: nobody has spoken yet, and the floor is given."""
    opened: SessionState = {**state, "turn": 0, "ended": ""}
    return {"turn": 0, **next_floor(game, opened)}


def take_turn(game: Game, state: SessionState, line: Line) -> Update:
    """Return the update after a line: the transcript grows, a vote may be complete, and the floor passes on."""
    after: SessionState = {**state, "lines": [*state["lines"], line], "turn": state["turn"] + 1}
    stage = game.stages[state["stage"]]
    decision = _decision(game, stage, stage_lines(after))
    update: Update = {"lines": [line], "turn": after["turn"]}
    if decision is not None:
        update["decisions"] = after["decisions"] = [*state["decisions"], decision]
    return {**update, **next_floor(game, after)}


def close_stage(state: SessionState) -> Update:
    """Return the update that leaves a stage."""
    return {"stage": state["stage"] + 1, "turn": 0, "floor": None, "ended": ""}


def make_line(game: Game, state: SessionState, turn: Turn, origin: Literal["model", "person", "card"]) -> Line:
    """Return a turn as a line of the transcript; the floor says who speaks, the rules who may see it."""
    floor = state["floor"]
    if floor is None:
        raise ValueError("nobody has the floor")
    stage = game.stages[state["stage"]].id
    raised = game.points.get(floor["point"])
    used = raised is not None and origin != "person"
    return {
        "id": f"L{len(state['lines']) + 1:03d}",
        "stage": stage,
        "seat": floor["seat"],
        "act": turn["act"],
        "to": turn["to"],
        "says": " ".join(turn["says"].split()),
        "terms": turn["terms"],
        "point": floor["point"] if used else "",
        "facts": list(raised[1].facts) if raised and used else [],
        "vote": floor["phase"] == "decision" and bool(game.voters(stage)),
        "origin": origin,
        "visible_to": list(game.present(stage)),
    }


def next_floor(game: Game, state: SessionState) -> Update:
    """Return who has the floor next, with the acts that are open, or why the stage is over."""
    stage = game.stages[state["stage"]]
    lines = stage_lines(state)
    limit = game.turn_limit(stage)
    if any(decision["stage"] == stage.id for decision in state["decisions"]):
        return _over("decision_made")
    if len(lines) >= limit:
        return _over("turn_limit")
    if stage.ends_when == "decision_made" and len(lines) >= limit - _closing_turns(game, stage):
        deciding = _deciding_floor(game, stage, lines)
        if deciding is not None:
            return {"floor": deciding}
    elif _purpose_reached(game, stage, lines, limit):
        return _over(stage.ends_when)
    rng = game.rng(stage.id, len(lines))
    order = floor_order(game.governance.rules.floor, game.chair, game.present(stage.id), lines, rng)
    if game.spec.style == "free":
        return {"floor": _floor(game, order[0], "")}
    return _directed_floor(game, state, stage, order, lines)


def open_points(game: Game, state: SessionState, seat: str) -> list[Point]:
    """Return the points that a seat may still raise in this stage under the rules."""
    stage = game.stages[state["stage"]].id
    used = {line["point"] for line in state["lines"]}
    acts, present = game.acts(seat), game.present(stage)
    return [
        point
        for owner, point in game.points.values()
        if owner == seat
        and stage in point.stages
        and point.id not in used
        and point.act in acts
        and point.act != "decide"
        and (point.to is None or point.to in present)
    ]


def _over(reason: str) -> Update:
    return {"floor": None, "ended": reason}


def _floor(game: Game, claim: Claim, point: str, acts: Sequence[Act] | None = None) -> Floor:
    allowed = [act for act in game.acts(claim.seat) if act != "decide"] if acts is None else list(acts)
    return {
        "seat": claim.seat,
        "why": claim.why,
        "acts": list(allowed),
        "point": point,
        "phase": "discussion" if acts is None else "decision",
    }


def _directed_floor(
    game: Game, state: SessionState, stage: Stage, order: Sequence[Claim], lines: Sequence[Line]
) -> Update:
    """Give the floor and a point: the lowest cost wins among all points that the claimants may raise now."""
    if order[0].seat in game.spec.persons:
        return {"floor": _floor(game, order[0], "")}
    rng = game.rng("point", stage.id, len(lines))
    ranked = [
        (_cost(game, stage, lines, point, claim, place) + 1.4 * rng.random(), place, claim, point)
        for place, claim in enumerate(order)
        if claim.seat not in game.spec.persons
        for point in open_points(game, state, claim.seat)
        if _fits_now(point, lines)
    ]
    if not ranked:
        late = [claim for claim in order if claim.seat in game.spec.persons]
        return {"floor": _floor(game, late[0], "")} if late else _over("nothing_left_to_raise")
    _, _, claim, point = min(ranked, key=lambda one: one[:2])
    return {"floor": _floor(game, claim, point.id)}


def _recent(lines: Sequence[Line]) -> list[str]:
    return [line["point"] for line in lines[-3:]][::-1]


def _fits_now(point: Point, lines: Sequence[Line]) -> bool:
    """Return whether a point answers one of the last three lines, or opens a matter of its own."""
    if any(one in _recent(lines) for one in point.replies_to):
        return True
    return not point.replies_to and point.act in _OPENING_ACTS


def _cost(game: Game, stage: Stage, lines: Sequence[Line], point: Point, claim: Claim, place: int) -> float:
    """Return how little a point suits the moment.

    Answers to what was just said come first; then seats that have spoken least, points that carry facts, and the
    claims of the floor policy. A stage that is still calm asks for an objection, and one that must decide for a motion.
    """
    spoken = {seat: sum(line["seat"] == seat for line in lines) for seat in game.present(stage.id)}
    recent = _recent(lines)
    distance = min((recent.index(one) for one in point.replies_to if one in recent), default=3)
    cost = 0.7 * distance + 1.0 * (spoken[claim.seat] - min(spoken.values()))
    cost += (0.9 if game.governance.rules.floor == "chair_led" else 0.2) * place
    cost -= 1.4 * bool(point.facts)
    limit = game.turn_limit(stage)
    calm = not any(line["act"] in ("object", "refuse") for line in lines)
    if calm and len(lines) >= limit // 4 and point.act != "object":
        cost += 2.0
    if stage.ends_when == "decision_made" and game.voters(stage.id):
        discussed = len(lines) / max(1, limit - _closing_turns(game, stage))
        widest = max((len(line["terms"]) for line in lines if line["act"] == "propose"), default=0)
        if discussed >= 0.3 and widest < len(game.scenario.decisions) and point.act == "propose":
            cost -= 2.0 * (len(point.terms) - widest)
    return cost


def _closing_turns(game: Game, stage: Stage) -> int:
    return max(1, len(game.voters(stage.id)))


def _deciding_floor(game: Game, stage: Stage, lines: Sequence[Line]) -> Floor | None:
    """Give the floor for the decision: to the chair who decides, or to the next seat that has not voted."""
    voters = game.voters(stage.id)
    if not voters:
        if "decide" not in game.acts(game.chair) or game.chair not in game.present(stage.id):
            return None
        rng = game.rng("decide", stage.id)
        points = [
            point.id
            for seat, point in game.points.values()
            if seat == game.chair and point.act == "decide" and stage.id in point.stages
        ]
        chosen = rng.choice(points) if points and game.spec.style == "directed" else ""
        return _floor(game, Claim(game.chair, "decides"), chosen, ["decide"])
    if motion(ledger(game.scenario, lines)) is None:
        return None
    voted = {line["seat"] for line in lines if line["vote"]}
    waiting = [seat for seat in voters if seat not in voted]
    return _floor(game, Claim(waiting[0], "votes"), "", ["support", "object"]) if waiting else None


def _decision(game: Game, stage: Stage, lines: Sequence[Line]) -> DecisionTaken | None:
    """Return the decision that the last line completes, if it completes one; votes are counted here."""
    last = lines[-1]
    if last["act"] == "decide":
        terms = _binding(game, last["terms"])
        return _taken(stage, last["id"], "chair_decides", last["seat"], {}, True, terms)
    ballots = {line["seat"]: line["act"] == "support" for line in lines if line["vote"]}
    if not last["vote"] or set(ballots) != set(game.voters(stage.id)):
        return None
    item = motion(ledger(game.scenario, lines))
    if item is None:
        return None
    won = carried(game.governance, ballots)
    return _taken(stage, item.line, "majority", "body", ballots, won, _binding(game, item.terms))


def _taken(
    stage: Stage, about: str, procedure: str, by: str, votes: dict[str, bool], won: bool, terms: dict[str, str]
) -> DecisionTaken:
    return {
        "id": f"D-{stage.id}",
        "stage": stage.id,
        "motion": about,
        "procedure": procedure,
        "by": by,
        "votes": votes,
        "carried": won,
        "terms": terms,
    }


def _binding(game: Game, terms: Any) -> dict[str, str]:
    scope = game.governance.rules.scope.decisions
    allowed = {key for key in terms if scope == "all" or (scope != "none" and key in scope)}
    return {key: terms[key] for key in terms if key in allowed}


def _purpose_reached(game: Game, stage: Stage, lines: Sequence[Line], limit: int) -> bool:
    """Return whether the stage may end before its limit: all have spoken, most turns are used, its purpose is met."""
    if len(lines) < max(4, -(-3 * limit // 4)) or {line["seat"] for line in lines} < set(game.present(stage.id)):
        return False
    if stage.ends_when == "doubts_answered":
        doubts = [index for index, line in enumerate(lines) if line["act"] == "object"]
        replies = ("answer", "concede", "promise", "refuse", "object", "support")
        return len(doubts) >= 2 and all(
            any(later["act"] in replies for later in lines[index + 1 : index + 3]) for index in doubts
        )
    if stage.ends_when == "doubter_settled":
        doubters = {line["seat"] for line in lines if line["act"] == "object"}
        return any(line["act"] in ("concede", "refuse") and line["seat"] in doubters for line in lines)
    return False


def vote_stance(game: Game, lines: Sequence[Line], seat: str) -> tuple[bool, Item | None]:
    """Return how a directed persona votes, and on what.

    It votes against a motion to which it has objected without conceding since, or whose terms differ from those that
    it proposed or supported itself.
    """
    item = motion(ledger(game.scenario, lines))
    if item is None:
        return True, None
    wanted: dict[str, str] = {}
    for line in lines:
        if line["seat"] == seat and line["act"] in ("propose", "support", "concede", "promise"):
            wanted |= line["terms"]
    differs = any(wanted.get(key, option) != option for key, option in item.terms.items())
    return not (seat in item.objectors or differs), item
