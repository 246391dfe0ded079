"""Nodes of the session graph: each calls a model or a person and hands the result to a step of the game."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Literal, TypedDict

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from sandbox.game import chronicle
from sandbox.game.minutes import take_minutes
from sandbox.game.orders import carry_out, due_orders
from sandbox.game.play import Choose, drawn_by
from sandbox.game.pulse import Pulse, PulseRound
from sandbox.game.state import State, Update, apply
from sandbox.game.steps import close_stage, make_line, open_stage, pulse_round, take_turn
from sandbox.record.line import Line, Origin
from sandbox.record.log import Log
from sandbox.session import closing
from sandbox.session.context import SessionContext, Shell
from sandbox.session.pulses import ask_pulses
from sandbox.session.turns import person_turn, speak_turn

__all__ = [
    "GIVEN", "ORDERS", "PAUSE", "PULSE", "TURN", "assess", "await_person", "brief", "close", "direct", "judge",
    "minutes", "pulse", "speak", "whose_floor",
]  # fmt: skip

# What the graph waits for: a person's turn, people's pulses, the end of a pause.
TURN, PULSE, PAUSE = "turn", "pulse", "pause"
# The answer that says that there are orders to look at, and the key of the pulses that people have given.
ORDERS, GIVEN = "orders", "given"
# Orders that do not wait for a model that is slow.
_AT_ONCE = ("skip", "end")


class Step(TypedDict, total=False):
    """What a node hands back: an update of the state, or nothing."""

    play: Update | list[Update]


async def pulse(state: Shell, runtime: Runtime[SessionContext]) -> Step:
    """Take every seat's pulse in private: before the first stage, and after each."""
    context, play = runtime.context, state["play"]
    people = play["desk"]["persons"]
    answers: dict[str, Pulse] = interrupt(PULSE)[GIVEN] if people and context.asks_people else {}
    by_rule = pulse_round(context.game, play)
    origin: dict[str, Origin] = dict.fromkeys(answers, "person")
    if context.profile.asks_pulse and context.speaker is not None:
        asked = await ask_pulses(context, play, by_rule)
        origin |= dict.fromkeys(asked, "model")
        answers = {**asked, **answers}
    pulses: PulseRound = {"moment": by_rule["moment"], "levels": {**by_rule["levels"], **answers}}
    chronicle.pulses_taken(pulses, origin, context.write)
    return {"play": {"pulses": [pulses]}}


async def brief(state: Shell, runtime: Runtime[SessionContext]) -> Step:
    """Open a stage: who is in the room under the rules, and who has the floor."""
    chronicle.stage_opened(runtime.context.game, state["play"], runtime.context.write)
    return {"play": open_stage(runtime.context.game, state["play"])}


async def speak(state: Shell, runtime: Runtime[SessionContext]) -> Step:
    """Let a persona speak: one model call; where acts are drawn from the rules, all of them until a person is due."""
    context, play = runtime.context, state["play"]
    if context.choose is not None:
        return await _drawn(context, context.choose, play)
    if context.on_wait and play["floor"]:
        context.on_wait(play["floor"]["seat"])
    worded = await _unless_passed_over(context, play)
    return {"play": _heard(context, play, *worded)} if worded else {}


async def await_person(state: Shell, runtime: Runtime[SessionContext]) -> Step:
    """Wait for a person in a seat, or an order of the facilitator; the node starts anew when the answer comes."""
    answer = interrupt(TURN)
    context, play = runtime.context, state["play"]
    if answer == ORDERS:
        return {}
    turn = person_turn(context.game, play, answer)
    return {"play": _heard(context, play, make_line(context.game, play, turn, "person"), [])}


async def direct(state: Shell, runtime: Runtime[SessionContext]) -> Step:
    """Carry out the facilitator's orders, or wait for them while the session is paused."""
    context, play = runtime.context, state["play"]
    due = due_orders(play, context.log)
    if not due:
        interrupt(PAUSE)
    changes: Update = {}
    for event in due or due_orders(play, context.log):
        update, refused = carry_out(context.game, play, event.payload)
        chronicle.directed(context.game, play, event.payload, update, refused, context.write)
        changes, play = {**changes, **update}, apply(play, update)
        if play["floor"] is None:
            break  # the stage is over; orders that are left wait for the next
    return {"play": changes}


async def minutes(state: Shell, runtime: Runtime[SessionContext]) -> Step:
    """Close a stage with its plans and its minutes, which carry over into the next."""
    context, play = runtime.context, state["play"]
    record = take_minutes(context.game, play)
    chronicle.stage_closed(context.game, play, record, context.write)
    return {"play": close_stage(play, record)}


async def assess(state: Shell, runtime: Runtime[SessionContext]) -> Step:
    """Let the session be assessed from above and from the side."""
    closing.assessed(runtime.context, state["play"])
    return {}


async def judge(state: Shell, runtime: Runtime[SessionContext]) -> Step:
    """Score the session: measures by code, criteria by the judge."""
    await closing.judged(runtime.context, state["play"])
    return {}


async def close(state: Shell, runtime: Runtime[SessionContext]) -> Step:
    """Mark the session as finished."""
    chronicle.closed(state["play"], runtime.context.write)
    return {}


async def _unless_passed_over(context: SessionContext, play: State) -> tuple[Line, list[str]] | None:
    """Return a model's line and its faults; None where the facilitator passes over the seat, or ends the stage."""
    asked = asyncio.ensure_future(speak_turn(context, play))
    book = context.orders
    try:
        while book is not None and not asked.done():
            ordered = asyncio.ensure_future(book.news())
            try:
                await asyncio.wait((asked, ordered), return_when=asyncio.FIRST_COMPLETED)
            finally:
                ordered.cancel()
            if not asked.done() and _ends_the_wait(context, play):
                return None
            book.read()
        return await asked
    finally:
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)


def _ends_the_wait(context: SessionContext, play: State) -> bool:
    orders = (order.payload for order in due_orders(play, context.log))
    return any(order["kind"] in _AT_ONCE and not carry_out(context.game, play, order)[1] for order in orders)


async def _drawn(context: SessionContext, choose: Choose, play: State) -> Step:
    # A step of the graph costs more than a drawn line: one step a line would make it five times slower.
    updates: list[Update] = []
    while whose_floor(play, context.log) == "speak":
        line = make_line(context.game, play, choose(context.game, play), drawn_by(context.game))
        update = _heard(context, play, line, [])
        updates.append(update)
        play = apply(play, update)
        await _left_standing(context, play, line["says"])  # orders may arrive between two lines
    return {"play": updates}


async def _left_standing(context: SessionContext, play: State, says: str) -> None:
    """Leave people time to read a line; an order ends it."""
    seconds = context.pace(says) if context.pace else 0.0
    if not seconds or context.orders is None:
        await asyncio.sleep(seconds)
        return
    context.orders.read()
    if due_orders(play, context.log):
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await context.orders.news()


def _heard(context: SessionContext, state: State, line: Line, faults: list[str]) -> Update:
    update = take_turn(context.game, state, line)
    chronicle.heard(context.game, state, line, update, faults, context.write)
    return update


def whose_floor(play: State, log: Log) -> Literal["speak", "await_person", "direct", "minutes"]:
    """Say what comes next: a persona or a person speaks, the facilitator steps in, or the stage closes."""
    floor = play["floor"]
    if floor is None:
        return "minutes"
    if play["desk"]["paused"] or due_orders(play, log):
        return "direct"
    return "await_person" if floor["seat"] in play["desk"]["persons"] else "speak"
