"""The pure steps of the game: opening a stage, taking a turn, counting a vote, closing a stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.content.plain import plain
from sandbox.content.schemas import Stage
from sandbox.errors import InputError
from sandbox.game.agenda import next_floor, stage_lines
from sandbox.game.game import Game
from sandbox.game.ledger import Item, ledger, motion
from sandbox.game.plans import PLANNING
from sandbox.game.played import PulseRound
from sandbox.game.pulse import pulse_after, starting
from sandbox.game.rules import CHAIR_BINDS, binding, carried, hears, payers, vetoes
from sandbox.game.state import SessionState
from sandbox.record.line import ALL, BODY, DecisionTaken, Line, Origin, Turn

__all__ = [
    "START",
    "close_stage",
    "desk_after",
    "make_line",
    "open_stage",
    "pulse_round",
    "refusal",
    "take_turn",
    "vote_stance",
]

Update = dict[str, Any]
START = "start"


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
    update |= desk_after(state, line)
    after["desk"] = update.get("desk", after["desk"])
    if decision is not None:
        update["decisions"] = after["decisions"] = [*state["decisions"], decision]
    return {**update, **next_floor(game, after)}


def desk_after(state: SessionState, line: Line) -> Update:
    """Return the update that a line brings to the facilitator's desk: who was skipped is asked again, and advice that
    the speaker had is used up."""
    desk = state["desk"]
    if not desk["passed"] and not any(one["open"] and one["seat"] == line["seat"] for one in desk["whispers"]):
        return {}
    whispers = [{**one, "open": one["open"] and one["seat"] != line["seat"]} for one in desk["whispers"]]
    return {"desk": {**desk, "passed": [], "whispers": whispers}}


def close_stage(state: SessionState) -> Update:
    """Return the update that leaves a stage."""
    desk = {**state["desk"], "extra": 0, "passed": []}
    return {"stage": state["stage"] + 1, "turn": 0, "floor": None, "ended": "", "desk": desk}


def refusal(game: Game, state: SessionState, turn: Turn) -> str:
    """Return why the rules do not let the seat on the floor take a turn, or an empty text.

    Every turn passes here, whether a model, a person or nobody thought of it.
    """
    floor = state["floor"]
    if floor is None:
        return "nobody has the floor"
    stage = game.stages[state["stage"]].id
    seat, act, room = floor["seat"], turn["act"], game.present(stage)
    if act not in floor["acts"]:
        return f"act: '{act}' is not open to you now; allowed: {', '.join(floor['acts'])}"
    if turn["to"] != ALL and (turn["to"] not in room or turn["to"] == seat):
        allowed = ", ".join([*(one for one in room if one != seat), ALL])
        return f"to: '{turn['to']}' is not open to you now; allowed: {allowed}"
    for key, option in turn["terms"].items():
        offered = game.offered.get(key)
        if offered is None or option not in offered:
            allowed = ", ".join(offered if offered is not None else game.offered)
            return f"terms: {key}={option} is not an option under the rules; allowed: {allowed}"
    if turn["section"] and (turn["section"] not in game.scenario.plan or stage not in PLANNING):
        return f"section: '{turn['section']}' cannot be rewritten now; plans are made in {', '.join(PLANNING)}"
    if turn["section"] and seat not in game.drafters:
        return f"section: this seat drafts no plan under the rules; drafters: {', '.join(game.drafters) or 'none'}"
    if turn["task"] and turn["task"] not in {task.id for task in game.scenario.tasks}:
        return f"task: '{turn['task']}' does not exist; allowed: {', '.join(one.id for one in game.scenario.tasks)}"
    return ""


def make_line(game: Game, state: SessionState, turn: Turn, origin: Origin) -> Line:
    """Return a turn as a line of the transcript; the floor says who speaks, the rules who may hear it.

    Raises:
        InputError: the rules do not allow the turn.
    """
    refused = refusal(game, state, turn)
    floor = state["floor"]
    if refused or floor is None:
        raise InputError(refused)
    stage = game.stages[state["stage"]].id
    raised = game.points.get(floor["point"]) if floor["point"] and origin != "person" else None
    votes = floor["phase"] == "decision" and turn["act"] != "decide"
    return {
        "id": f"L{len(state['lines']) + 1:03d}",
        "stage": stage,
        "seat": floor["seat"],
        "act": turn["act"],
        "to": turn["to"],
        "says": " ".join(filter(None, map(plain, turn["says"].split()))),
        "terms": turn["terms"],
        "section": turn["section"],
        "task": turn["task"],
        "point": floor["point"] if raised else "",
        "facts": list(raised[1].facts) if raised else [],
        "vote": votes,
        "origin": origin,
        "visible_to": list(hears(game.governance, game.chair, game.present(stage), floor["seat"], turn["to"])),
    }


def pulse_round(game: Game, state: SessionState) -> PulseRound:
    """Return the pulses by rule at this moment: before the first stage, or after the one that has just ended."""
    if not state["minutes"]:
        return {"moment": START, "levels": {seat: starting(card.pulse) for seat, card in game.seats.items()}}
    ended = state["minutes"][-1]["stage"]
    before = state["pulses"][-1]["levels"]
    decisions = [one for one in state["decisions"] if one["stage"] == ended]
    tasks = {task.id: task for task in game.scenario.tasks}
    levels = dict(before)
    for seat in game.present(ended):
        heard = [line for line in state["lines"] if seat in line["visible_to"]]
        now = [line for line in heard if line["stage"] == ended]
        handed: set[str] = set()
        for line in heard[: len(heard) - len(now)]:
            if line["task"] and line["act"] == "delegate" and line["to"] == seat:
                handed.add(line["task"])
            elif line["task"] and line["act"] in ("concede", "decide"):
                handed.discard(line["task"])
        levels[seat] = pulse_after(before[seat], seat, now, decisions, tasks, handed)
    return {"moment": ended, "levels": levels}


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


def _decision(game: Game, stage: Stage, lines: Sequence[Line]) -> DecisionTaken | None:
    """Return the decision that the last line completes, if it completes one; votes are counted here."""
    last = lines[-1]
    procedure = game.governance.rules.aggregation.procedure
    if last["act"] != "decide" and not last["vote"]:
        return None
    ballots = {line["seat"]: line["act"] == "support" for line in lines if line["vote"]}
    if last["act"] == "decide":
        return _taken(game, stage, last["id"], last["seat"], ballots, last["terms"])
    if procedure in CHAIR_BINDS or set(ballots) != set(game.voters(stage.id)):
        return None
    item = motion(ledger(game.scenario, lines))
    return _taken(game, stage, item.line, BODY, ballots, item.terms) if item else None


def _taken(
    game: Game, stage: Stage, about: str, by: str, votes: dict[str, bool], terms: Mapping[str, str]
) -> DecisionTaken:
    governance = game.governance
    bound = binding(governance, game.scenario, terms)
    won = by != BODY or carried(governance, game.positions, votes)
    who, agreed = payers(governance, game.scenario, bound if won else {})
    return {
        "id": f"D-{stage.id}",
        "stage": stage.id,
        "motion": about,
        "procedure": governance.rules.aggregation.procedure,
        "by": by,
        "votes": votes,
        "vetoed_by": list(vetoes(governance, game.positions, votes)) if by == BODY else [],
        "carried": won,
        "terms": bound,
        "unbound": {key: option for key, option in terms.items() if key not in bound},
        "payer": list(who),
        "budget": [governance.rules.payoff.budgets[payer].model_dump() for payer in who],
        "payer_agreed": agreed,
    }
