"""Nodes of the session graph: each calls a model or a person and hands the result to a step of the game."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from sandbox.game import chronicle
from sandbox.game.agenda import stage_lines
from sandbox.game.minutes import minutes_text
from sandbox.game.orders import carry_out, due_orders
from sandbox.game.pulse import Pulse
from sandbox.game.state import Minutes, SessionState
from sandbox.game.steps import close_stage, make_line, open_stage, pulse_round, take_turn
from sandbox.record.line import Origin
from sandbox.scoring.assessment import assess as assess_session
from sandbox.scoring.scorecard import score_session
from sandbox.session.context import SessionContext
from sandbox.session.pulses import ask_pulses
from sandbox.session.turns import person_turn, speak_turn

__all__ = [
    "GIVEN",
    "ORDERS",
    "PAUSE",
    "PULSE",
    "TURN",
    "assess",
    "await_person",
    "brief",
    "close",
    "direct",
    "judge",
    "minutes",
    "pulse",
    "speak",
]

Update = dict[str, Any]
# What the graph waits for: a person's turn, people's pulses, the end of a pause.
TURN, PULSE, PAUSE = "turn", "pulse", "pause"
# The answer that says that there are orders to look at, and the key of the pulses that people have given.
ORDERS, GIVEN = "orders", "given"


async def pulse(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Take every seat's pulse in private: before the first stage, and after each."""
    context, people = runtime.context, state["desk"]["persons"]
    given: dict[str, Pulse] = interrupt(PULSE)[GIVEN] if people and context.asks_people else {}
    taken = pulse_round(context.game, state)
    origin: dict[str, Origin] = dict.fromkeys(given, "person")
    if context.profile.asks_pulse and context.speaker is not None:
        answers = await ask_pulses(context, state, taken)
        origin |= dict.fromkeys(answers, "model")
        given = {**answers, **given}
    taken = {"moment": taken["moment"], "levels": {**taken["levels"], **given}}
    chronicle.pulses_taken(taken, origin, context.write)
    return {"pulses": [*state["pulses"], taken]}


async def brief(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Open a stage: who is in the room under the rules, and who has the floor."""
    chronicle.stage_opened(runtime.context.game, state, runtime.context.write)
    return open_stage(runtime.context.game, state)


async def speak(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Let a persona speak: one model call, or none where acts are drawn from the rules."""
    context = runtime.context
    if context.choose is not None:
        return _heard(context, state, make_line(context.game, state, context.choose(context.game, state), "rules"), [])
    if context.on_wait and state["floor"]:
        context.on_wait(state["floor"]["seat"])
    line, faults = await speak_turn(context, state)
    return _heard(context, state, line, faults)


async def await_person(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Wait for a person in a seat, or an order of the facilitator; the node starts anew when the answer comes."""
    answer = interrupt(TURN)
    context = runtime.context
    if answer == ORDERS:
        return {}
    turn = person_turn(context.game, state, answer)
    return _heard(context, state, make_line(context.game, state, turn, "person"), [])


async def direct(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Carry out the facilitator's orders, or wait for them while the session is paused."""
    context = runtime.context
    due = due_orders(context.game, state, context.log)
    if not due:
        interrupt(PAUSE)
    update: Update = {}
    for event in due or due_orders(context.game, state, context.log):
        order: Any = event.payload
        step, refused = carry_out(context.game, state, order)
        chronicle.directed(context.game, state, order, step, refused, context.write)
        update, state = {**update, **step}, {**state, **step}  # type: ignore[typeddict-item]
        if state["floor"] is None:
            break  # the stage is over; orders that are left wait for the next
    return update


async def minutes(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Close a stage with its plans and its minutes, which carry over into the next."""
    context = runtime.context
    game, stage = context.game, context.game.stages[state["stage"]]
    text = minutes_text(game, stage.id, stage_lines(state), state["decisions"], context.templates)
    entry = Minutes(stage=stage.id, present=list(game.present(stage.id)), text=text, ended=state["ended"])
    chronicle.stage_closed(game, state, text, context.write)
    return {"minutes": [*state["minutes"], entry], **close_stage(state)}


async def assess(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Let the session be assessed from above and from the side."""
    played = runtime.context.game.played(state["lines"], state["decisions"], state["pulses"])
    for assessment in assess_session(played):
        runtime.context.write("assessment", {"id": assessment.side, **assessment.as_dict()}, "", "")
    return {}


async def judge(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Score the session: measures by code, criteria by the judge."""
    context = runtime.context
    played = context.game.played(state["lines"], state["decisions"], state["pulses"])
    scored = {event.payload["criterion"] for event in context.log.of("score")}  # before a stop
    left = tuple(one for one in played.rubric.criteria if one.id not in scored)
    played = replace(played, rubric=played.rubric.model_copy(update={"criteria": left}))
    await score_session(played, context.panel, context.templates, context.log, context.on_wait)
    return {}


async def close(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Mark the session as finished."""
    chronicle.closed(state, runtime.context.write)
    return {}


def _heard(context: SessionContext, state: SessionState, line: Any, faults: list[str]) -> Update:
    update = take_turn(context.game, state, line)
    chronicle.heard(context.game, state, line, update, faults, context.write)
    return update
