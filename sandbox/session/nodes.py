"""Nodes of the session graph: each calls a model or a person and hands the result to a step of the game."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from sandbox.scoring.scorecard import score_session
from sandbox.session.context import SessionContext
from sandbox.session.minutes import minutes_text
from sandbox.session.state import Minutes, SessionState
from sandbox.session.steps import close_stage, make_line, open_stage, stage_lines, take_turn
from sandbox.session.turns import person_turn, speak_turn

__all__ = ["await_person", "brief", "close", "judge", "minutes", "speak"]

Update = dict[str, Any]


async def brief(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Open a stage: who is in the room under the rules, and who has the floor."""
    game = runtime.context.game
    stage = game.stages[state["stage"]]
    runtime.context.log.append(
        "stage",
        {
            "id": stage.id,
            "number": state["stage"] + 1,
            "of": len(game.stages),
            "limit": game.turn_limit(stage),
            "present": list(game.present(stage.id)),
            "acts": {seat: list(game.acts(seat)) for seat in game.present(stage.id)},
        },
        stage=stage.id,
    )
    return open_stage(game, state)


async def speak(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Let a persona speak: one model call."""
    context = runtime.context
    if context.on_wait and state["floor"]:
        context.on_wait(state["floor"]["seat"])
    line, faults = await speak_turn(context, state)
    return _heard(context, state, line, faults)


async def await_person(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Wait for a person in a seat; the node starts anew when the answer comes."""
    answer = interrupt(state["floor"])
    context = runtime.context
    return _heard(context, state, make_line(context.game, state, person_turn(context, state, answer), "person"), [])


async def minutes(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Close a stage with its minutes, which carry over into the next."""
    context = runtime.context
    game, stage = context.game, context.game.stages[state["stage"]]
    text = minutes_text(game, stage.id, stage_lines(state), state["decisions"], context.templates)
    entry = Minutes(stage=stage.id, present=list(game.present(stage.id)), text=text, ended=state["ended"])
    context.log.append("minutes", {"id": stage.id, "text": text, "ended": state["ended"]}, stage=stage.id)
    return {"minutes": [*state["minutes"], entry], **close_stage(state)}


async def judge(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Score the session: measures by code, criteria by the judge."""
    context = runtime.context
    played = context.game.played(state["lines"], state["decisions"])
    scored = {event.payload["criterion"] for event in context.log.of("score")}  # before a stop
    left = tuple(one for one in played.rubric.criteria if one.id not in scored)
    played = replace(played, rubric=played.rubric.model_copy(update={"criteria": left}))
    await score_session(played, context.judge, context.templates, context.log, context.on_wait)
    return {}


async def close(state: SessionState, runtime: Runtime[SessionContext]) -> Update:
    """Mark the session as finished."""
    runtime.context.log.append("close", {"id": "close", "lines": len(state["lines"])})
    return {}


def _heard(context: SessionContext, state: SessionState, line: Any, faults: list[str]) -> Update:
    floor = state["floor"]
    why = floor["why"] if floor else ""
    update = take_turn(context.game, state, line)
    context.log.append("line", {**line, "why": why, "rejected": faults}, stage=line["stage"], seat=line["seat"])
    for decision in update.get("decisions", [])[len(state["decisions"]) :]:
        context.log.append("decision", dict(decision), stage=decision["stage"])
    return update
