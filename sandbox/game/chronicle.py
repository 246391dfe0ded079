"""What a session writes to its log, by the step that it takes; both drivers of the game write the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.game.agenda import due_injects
from sandbox.game.game import Game
from sandbox.game.orders import Order
from sandbox.game.plans import PLANNING, plans
from sandbox.game.played import PulseRound
from sandbox.game.state import SessionState
from sandbox.record.events import EventKind
from sandbox.record.line import Line, Origin

__all__ = [
    "Write",
    "closed",
    "directed",
    "heard",
    "opening",
    "pulses_taken",
    "stage_closed",
    "stage_opened",
]

# Writes an event: kind, payload with its id, stage, seat.
Write = Callable[[EventKind, dict[str, Any], str, str], object]


def opening(game: Game, session: str) -> dict[str, Any]:
    """Return the payload of the first event: the spec, the seats with their positions, and the rules in full."""
    return {
        "id": "session",
        "session": session,
        "spec": game.spec.model_dump(mode="json"),
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
        "rules": game.governance.rules.model_dump(mode="json"),
    }


def stage_opened(game: Game, state: SessionState, write: Write) -> None:
    """Write that a stage begins: who is in the room, with which acts; and events that arrive at once."""
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
        "host": game.scenario.tour.host if stage.id == "learning_tour" else "",
    }
    write("stage", payload, stage.id, "")
    _injects(game, stage.id, 0, write)


def heard(
    game: Game, state: SessionState, line: Line, update: dict[str, Any], faults: Sequence[str], write: Write
) -> None:
    """Write a line, the decision that it completes, and events that arrive after it."""
    floor = state["floor"]
    why = floor["why"] if floor else ""
    write("line", {**line, "why": why, "rejected": list(faults)}, line["stage"], line["seat"])
    for decision in update.get("decisions", [])[len(state["decisions"]) :]:
        write("decision", dict(decision), decision["stage"], "")
    if update["floor"] is not None:  # what comes when the stage is over reaches nobody
        _injects(game, line["stage"], update["turn"], write)


def directed(game: Game, state: SessionState, order: Order, update: dict[str, Any], refused: str, write: Write) -> None:
    """Write that an order of the facilitator was carried out, or why not, and the event that it brings in."""
    stage = game.stages[state["stage"]].id
    payload = {"id": order["id"], "kind": order["kind"], "turn": state["turn"], "refused": refused}
    write("direction", payload, stage, order["seat"])
    for one in update["desk"]["news"][len(state["desk"]["news"]) :]:
        room = game.present(stage)
        to = [seat for seat in (one["to"] or room) if seat in room]
        write("inject", {"id": one["id"], "turn": one["turn"], "text": one["text"], "to": to}, stage, "")


def stage_closed(game: Game, state: SessionState, minutes: str, write: Write) -> None:
    """Write the plans as they stand after a stage that makes them, and the minutes."""
    stage = game.stages[state["stage"]].id
    if stage in PLANNING:
        for plan in plans(game.scenario, game.drafters, state["lines"], game.spec.lang):
            payload = {
                "id": f"{stage}:{plan.seat}",
                "sections": dict(plan.sections),
                "lines": dict(plan.lines),
                "adapted": list(plan.adapted),
                "copied": round(plan.copied, 3),
            }
            write("plan", payload, stage, plan.seat)
    write("minutes", {"id": stage, "text": minutes, "ended": state["ended"]}, stage, "")


def pulses_taken(taken: PulseRound, answered: Mapping[str, Origin], write: Write) -> None:
    """Write the pulses of one moment, one event a seat; ``answered`` tells who gave it where the rules did not."""
    for seat, levels in taken["levels"].items():
        origin = answered.get(seat, "rules")
        write("pulse", {"id": f"{taken['moment']}:{seat}", **levels, "origin": origin}, taken["moment"], seat)


def closed(state: SessionState, write: Write) -> None:
    """Write that the session came to its end."""
    write("close", {"id": "close", "lines": len(state["lines"])}, "", "")


def _injects(game: Game, stage: str, turn: int, write: Write) -> None:
    for inject in due_injects(game, stage, turn):
        room = game.present(stage)
        to = [seat for seat in (inject.to or room) if seat in room]
        payload = {"id": inject.id, "turn": turn, "text": inject.text.get(game.spec.lang), "to": to}
        write("inject", payload, stage, "")
