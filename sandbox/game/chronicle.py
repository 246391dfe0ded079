"""Writes the events of each step to a session's log; the graph and the plain loop both use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.game.game import Game
from sandbox.game.outside import turns_now
from sandbox.game.plans import plans
from sandbox.game.pulse import PulseRound
from sandbox.game.review.aftermath import review_opened
from sandbox.game.state import Minutes, News, State, Update, apply, discussion
from sandbox.record.events import EventKind
from sandbox.record.line import Line, Origin
from sandbox.record.payloads import Order

# Writes an event: kind, payload with its id, stage, seat.
Write = Callable[[EventKind, dict[str, Any], str, str], object]


def opening(game: Game, session: str) -> dict[str, Any]:
    """Return the payload of the first event: the spec, the seats with their positions, and the rules in full."""
    return {
        "id": "session",
        "session": session,
        "spec": {**game.spec.model_dump(mode="json"), "content": game.content_digest},
        "seats": {
            seat: {
                "name": game.name(seat),
                "role": game.personas[seat].role.get(game.spec.lang),
                "position": position,
                "acts": list(game.acts(seat)),
            }
            for seat, position in game.positions.items()
        },
        "chair": game.chair,
        "rules": game.rules_told,
    }


def stage_opened(game: Game, state: State, write: Write) -> None:
    """Write that a stage begins (who is present, with which acts) and the events that arrive at once."""
    stage = game.stages[state["stage"]]
    room = game.present(stage.id)
    payload = {
        "id": stage.id,
        "number": state["stage"] + 1,
        "of": len(game.stages),
        "limit": game.turn_limit(stage),
        "present": list(room),
        "acts": {seat: list(game.acts(seat)) for seat in room},
        "voters": list(game.voters(stage.id)),
        "host": game.scenario.tour.host if "tours" in stage.abilities else "",
    }
    write("stage", payload, stage.id, "")
    _injects(game, stage.id, 0, write)
    if stage.reviews:
        arrived(game, apply(state, review_opened(game, state)), write)


def heard(game: Game, state: State, line: Line, update: Update, faults: Sequence[str], write: Write) -> None:
    """Write a line (``faults``: why earlier wordings were rejected), its decision, and news that arrives after it."""
    floor = state["floor"]
    why = floor["why"] if floor else ""
    write("line", {**line, "why": why, "rejected": list(faults)}, line["stage"], line["seat"])
    for decision in update.get("decisions", []):
        write("decision", dict(decision), decision["stage"], "")
    # Events that arrive after the discussion reach nobody.
    if update["floor"] is None or line["vote"] or not (game.rooms[line["stage"]].injects or "desk" in update):
        return
    before = discussion(state)
    talk = len(before) + (not before or before[-1]["id"] != line["id"])  # a resumed session has the line in its state
    if talk < turns_now(game, state):
        _injects(game, line["stage"], talk, write)
        known = {news["id"] for news in state["desk"]["news"]}
        for news in update["desk"]["news"] if "desk" in update else ():
            if news["id"] not in known:
                _arrived(game, news, write)


def directed(game: Game, state: State, order: Order, update: Update, refused: str, write: Write) -> None:
    """Write that an order of the facilitator was carried out, or why it was refused, and the event that it brings."""
    played = state["stage"] == len(game.stages)
    payload = {"id": order["id"], "kind": order["kind"], "turn": state["turn"], "refused": refused}
    write("direction", payload, game.stages[-1 if played else state["stage"]].id, order["seat"])
    after = apply(state, update)
    if after["stage"] < len(game.stages):
        arrived(game, after, write)


def arrived(game: Game, state: State, write: Write) -> None:
    """Write the events that the facilitator or a review brought into this stage; the log drops those it has already."""
    stage = game.stages[state["stage"]].id
    for news in state["desk"]["news"]:
        if news["stage"] == stage:
            _arrived(game, news, write)


def _arrived(game: Game, news: News, write: Write) -> None:
    room = game.present(news["stage"])
    to = [seat for seat in room if seat in (news["to"] or room)]
    payload: dict[str, Any] = {"id": news["id"], "turn": news["turn"], "text": news["text"], "to": to}
    if "strikes" in news and "reason" in news:
        payload |= {"reason": news["reason"], "strikes": news["strikes"]}
    if "answers" in news:
        payload["answers"] = news["answers"]
    write("inject", payload, news["stage"], "")


def stage_closed(game: Game, state: State, minutes: Minutes, write: Write) -> None:
    """Write the minutes of a stage and, if plans may be rewritten there, the plans as they stand after it."""
    stage = game.stages[state["stage"]].id
    if stage in game.rewriting:
        here = {line["id"] for line in state["lines"] if line["stage"] == stage}
        for plan in plans(game, state["lines"]):
            if stage not in game.able("drafts") and here.isdisjoint(plan.lines.values()):
                continue  # a review writes only the plans that it corrected
            payload = {
                "id": f"{stage}:{plan.seat}",
                "sections": dict(plan.sections),
                "lines": dict(plan.lines),
                "adapted": list(plan.adapted),
                "copied": round(plan.copied, 3),
            }
            write("plan", payload, stage, plan.seat)
    write(
        "minutes",
        {"id": stage, "text": minutes["text"], "ended": minutes["ended"], "present": minutes["present"]},
        stage,
        "",
    )


def pulses_taken(taken: PulseRound, answered: Mapping[str, Origin], write: Write) -> None:
    """Write the pulses of one moment, one event per seat; ``answered`` has the origin of those not given by rule."""
    for seat, levels in taken["levels"].items():
        origin = answered.get(seat, "rules")
        write("pulse", {"id": f"{taken['moment']}:{seat}", **levels, "origin": origin}, taken["moment"], seat)


def closed(state: State, write: Write) -> None:
    """Write that the session came to its end."""
    write("close", {"id": "close", "lines": len(state["lines"])}, "", "")


def _injects(game: Game, stage: str, turn: int, write: Write) -> None:
    room = game.rooms[stage]
    for news in room.arrivals.get(turn, ()):
        to = [seat for seat in news["to"] or room.present if seat in room.present]
        write("inject", {"id": news["id"], "turn": turn, "text": news["text"], "to": to}, stage, "")
