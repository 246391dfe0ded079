"""Nodes of the session graph: each calls a model or a person and passes the result to a step of the game."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Literal

from langgraph.types import interrupt

from sandbox.game import chronicle
from sandbox.game.minutes.minutes import take_minutes
from sandbox.game.motions.ballots import not_cast
from sandbox.game.orders import carry_out, due_between, due_orders, pauses
from sandbox.game.play import move_on, spoken
from sandbox.game.pulse import Pulse, PulseRound
from sandbox.game.state import Floor, State, apply
from sandbox.game.steps import close_stage, make_line, next_step, open_stage, pulse_round, uncast_vote
from sandbox.record.events import OrderGiven
from sandbox.record.line import Line, Origin
from sandbox.record.log import Log
from sandbox.session import closing
from sandbox.session.agent_view import agent_line, agent_pulses, answers_pulses
from sandbox.session.context import PULSE, SessionContext
from sandbox.session.pulses import ask_pulses
from sandbox.session.turns import person_turn, speak_turn

# What the graph waits for, beside people's pulses: a person's turn, the end of a pause.
TURN, PAUSE = "turn", "pause"
# The answer that means that orders have arrived, and the key of the pulses that people have given.
ORDERS, GIVEN = "orders", "given"
# Orders that do not wait for a slow model.
_AT_ONCE = ("skip", "end")


async def pulse(context: SessionContext, play: State) -> State:
    """Take every seat's pulse in private, before the first stage and after each stage.

    If nobody spoke in the stage, pulses are taken by rule. Then the orders that are due between two stages are carried
    out.
    """
    answers: dict[str, Pulse] = interrupt(PULSE)[GIVEN] if asks_people(context, play) else {}
    by_rule = pulse_round(context.game, play)
    origin: dict[str, Origin] = dict.fromkeys(answers, "person")
    if not _went_by_silently(play):
        if context.profile.asks_pulse and context.speaker is not None:
            if context.watch.on_wait:
                context.watch.on_wait(PULSE)
            asked = await ask_pulses(context, play, by_rule)
            origin |= dict.fromkeys(asked, "model")
            answers = {**asked, **answers}
        own = await agent_pulses(context, play, by_rule)
        origin |= dict.fromkeys(own, "agent")
        answers |= own
    pulses: PulseRound = {"moment": by_rule["moment"], "levels": {**by_rule["levels"], **answers}}
    chronicle.pulses_taken(pulses, origin, context.log.append)
    return await between(context, apply(play, {"pulses": [pulses]}))


async def brief(context: SessionContext, play: State) -> State:
    """Open a stage: who is in the room under the rules, and who has the floor."""
    chronicle.stage_opened(context.game, play, context.log.append)
    return apply(play, open_stage(context.game, play))


async def speak(context: SessionContext, play: State) -> State:
    """Let personas speak, one model call each, until a person or the facilitator is due or the stage is over."""
    # A step of the graph takes as long as the game and its log need for a line.
    while whose_floor(play, context.log) == "speak":
        if context.watch.on_wait and play["floor"]:
            context.watch.on_wait(play["floor"]["seat"])
        worded = await _unless_passed_over(context, play)
        if worded is None:
            break
        play = spoken(context.game, play, *worded, context.log.append)
    return play


async def draw(context: SessionContext, play: State) -> State:
    """Take the steps of a session without a model until a person, the facilitator or an agent's pulse is due."""
    # A step of the graph costs more than one of the game: one for each line would make it five times slower.
    while context.choose is not None and (step := next_step(context.game, play)):
        if step == "turn" and whose_floor(play, context.log) != "speak":
            break
        if step in ("pulse", "stage"):
            due = due_orders(play, context.log)
            if due_between(due) or pauses(play, due) or asks_anybody(context, play):
                break
        floor = play["floor"] if step == "turn" else None
        if floor and (floor["seat"] in context.game.spec.agents or not_cast(play)):
            play = spoken(context.game, play, *await _worded(context, play, floor), context.log.append)
        else:
            play = move_on(context.game, play, step, context.choose, context.log.append)
        if step == "turn":
            await _left_standing(context, play, play["lines"][-1]["says"])  # orders may arrive between two lines
    return play


async def await_person(context: SessionContext, play: State) -> State:
    """Wait for the turn of a person in a seat, or for an order; the node starts anew when the answer comes."""
    answer = interrupt(TURN)
    if answer == ORDERS:
        return play
    turn = person_turn(context.game, play, answer)
    line = make_line(context.game, play, turn, "person")
    return spoken(context.game, play, line, (), context.log.append)


async def direct(context: SessionContext, play: State) -> State:
    """Carry out the facilitator's orders, or wait for them while the session is paused."""
    due = due_orders(play, context.log)
    if not due:
        interrupt(PAUSE)
    for event in due or due_orders(play, context.log):
        play = _carried_out(context, play, event)
        if play["floor"] is None:
            break  # the stage is over; orders that are left come after it
    return play


async def between(context: SessionContext, play: State) -> State:
    """Carry out the orders that are due between two stages, and wait while the session is paused."""
    book = context.watch.orders
    while True:
        due = due_orders(play, context.log)
        for event in due_between(due):
            play = _carried_out(context, play, event)
        if not pauses(play, due):
            return play
        if book is None:
            raise context.game.words.refusal("refused.paused")
        await book.news()
        book.read()


def _carried_out(context: SessionContext, play: State, event: OrderGiven) -> State:
    update, refused = carry_out(context.game, play, event.payload)
    chronicle.directed(context.game, play, event.payload, update, refused, context.log.append)
    return apply(play, update)


async def minutes(context: SessionContext, play: State) -> State:
    """Close a stage with its plans and minutes, which carry over to the next; then proceed as after a `pulse`."""
    record = take_minutes(context.game, play)
    chronicle.stage_closed(context.game, play, record, context.log.append)
    return await between(context, apply(play, close_stage(context.game, play, record)))


async def close(context: SessionContext, play: State) -> State:
    """Let the session be assessed and scored, and mark it as finished."""
    await closing.closed(context, play)
    return play


async def _worded(context: SessionContext, play: State, floor: Floor | None) -> tuple[Line, list[str]]:
    """Return the line of the seat on the floor, by its agent or by the model, and the faults of earlier wordings.

    A vote that is not cast needs no words.
    """
    if not_cast(play):
        return uncast_vote(context.game, play), []
    if floor is not None and floor["seat"] in context.game.spec.agents:
        return await agent_line(context, play, floor), []
    return await speak_turn(context, play)


async def _unless_passed_over(context: SessionContext, play: State) -> tuple[Line, list[str]] | None:
    """Return a model's line and faults; None if the facilitator skips the seat or ends the stage meanwhile."""
    book = context.watch.orders
    if book is None:
        return await _worded(context, play, play["floor"])
    asked = asyncio.ensure_future(_worded(context, play, play["floor"]))
    try:
        while not asked.done():
            ordered = asyncio.ensure_future(book.news())
            try:
                await asyncio.wait((asked, ordered), return_when=asyncio.FIRST_COMPLETED)
            finally:
                ordered.cancel()
            orders = (order.payload for order in due_orders(play, context.log))
            ends = (order["kind"] in _AT_ONCE and not carry_out(context.game, play, order)[1] for order in orders)
            if not asked.done() and any(ends):
                return None
            book.read()
        return await asked
    finally:
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)


async def _left_standing(context: SessionContext, play: State, says: str) -> None:
    """Wait so that people can read a line; an order ends the wait."""
    seconds = context.watch.pace(says) if context.watch.pace else 0.0
    if not seconds or context.watch.orders is None:
        await asyncio.sleep(seconds)
        return
    context.watch.orders.read()
    if due_orders(play, context.log):
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await context.watch.orders.news()


def asks_people(context: SessionContext, play: State) -> bool:
    """Return whether people in seats are asked for their pulse now."""
    asks = bool(play["desk"]["persons"]) and context.watch.ask_pulses is not None
    return asks and not _went_by_silently(play)


def asks_anybody(context: SessionContext, play: State) -> bool:
    """Return whether people or Python agents are asked for their pulse now."""
    return asks_people(context, play) or (answers_pulses(context) and not _went_by_silently(play))


def _went_by_silently(play: State) -> bool:
    """Return whether no line was said in the stage that has just ended, so that there is nothing to ask about."""
    ended = play["minutes"][-1]["stage"] if play["minutes"] else ""
    return bool(ended) and all(line["stage"] != ended for line in play["lines"])


def whose_floor(play: State, log: Log) -> Literal["speak", "await_person", "direct", "minutes"]:
    """Return what comes next: a persona or a person speaks, the facilitator steps in, or the stage closes.

    A person whose time was over is still waited for when the seat votes or decides: nobody does that for a person.
    """
    floor, desk = play["floor"], play["desk"]
    if floor is None:
        return "minutes"
    if desk["paused"] or due_orders(play, log):
        return "direct"
    held = [*desk["persons"], *(desk["absent"] if floor["phase"] == "decision" else ())]
    return "await_person" if floor["seat"] in held and not not_cast(play) else "speak"
