"""Drives the session graph and obtains what it waits for: a person's turn, people's pulses, orders."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping
from functools import cache
from typing import Any, cast
from uuid import uuid4

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.errors import GraphRecursionError
from langgraph.types import Command

from sandbox.content.words import fault, refusal
from sandbox.errors import StorageError
from sandbox.game.pulse import Pulse
from sandbox.game.spec import MAX_TURNS
from sandbox.game.state import State, floor_of
from sandbox.game.steps import START
from sandbox.game.view import seat_view
from sandbox.llm.structured import UnusableAnswerError
from sandbox.session.context import PULSE, SessionContext
from sandbox.session.graph import build
from sandbox.session.nodes import GIVEN, ORDERS, PAUSE
from sandbox.session.opening import resumed
from sandbox.session.pulses import read_pulse
from sandbox.session.runner import Answer
from sandbox.session.turns import person_turn

# How many objects are made before garbage is collected: turns leave none, and with a thousand sessions in flight one
# collection takes as long as a hundred turns.
_MADE = 10_000


async def drive(context: SessionContext) -> State:
    """Run the graph from where the log was left to the end of the session, and answer what it waits for.

    Raises:
        InputError: a person must be asked, and nobody can ask.
        StorageError: the log cannot be written.
        EndpointError: a model's endpoint failed.
        BudgetReachedError: the budget is used up.
    """
    graph, saver, thread = *_compiled(), uuid4().hex
    config: Any = {
        "configurable": {"thread_id": thread},
        "recursion_limit": (MAX_TURNS + 5 * len(context.game.positions) + 4) * len(context.game.stages) + 10,
    }
    step: Any = {"play": resumed(context.game, context.log)}
    try:
        while True:
            result: Any = await graph.ainvoke(step, config, context=context, durability="exit")
            waits = result.get("__interrupt__")
            if not waits:
                return cast(State, result["play"])
            step = Command(resume=await _answer(context, result["play"], waits[0].value))
    except GraphRecursionError as error:
        raise fault(StorageError, "refused.endless", why=str(error)) from error
    finally:
        saver.delete_thread(thread)


class _AsItIs(SerializerProtocol):
    """Keeps the values themselves: a state is never changed in place, so nothing needs to be copied."""

    def dumps_typed(self, obj: Any) -> tuple[str, Any]:
        return "value", obj

    def loads_typed(self, data: tuple[str, Any]) -> Any:
        return data[1]


@cache
def _compiled() -> tuple[Any, InMemorySaver]:
    # The log is the record; the saver only has to keep a session while it waits for people.
    saver = InMemorySaver(serde=_AsItIs())
    graph = build().compile(checkpointer=saver)
    gc.freeze()  # what is loaded by now stays; to search it for garbage would take as long as 40 turns
    gc.set_threshold(_MADE)
    return graph, saver


async def _answer(context: SessionContext, state: State, waits_for: str) -> Any:
    book = context.watch.orders
    if waits_for == PULSE:
        # Wrapped: an empty mapping would answer nothing, and the graph would wait on.
        return {GIVEN: await _pulses(context, state)}
    if waits_for == PAUSE:
        if book is None:
            raise context.game.words.refusal("refused.paused")
        await book.news()
        book.read()
        return ORDERS
    if book is None:
        return await _turn(context, state)
    asked = asyncio.ensure_future(_turn(context, state))
    ordered = asyncio.ensure_future(book.news())
    try:
        await asyncio.wait((asked, ordered), return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        if not asked.cancelled():  # an answer that was taken meanwhile comes before the orders, which wait
            return asked.result()
        book.read()
        return ORDERS
    finally:
        asked.cancel()
        ordered.cancel()
        await asyncio.gather(asked, ordered, return_exceptions=True)


async def _pulses(context: SessionContext, state: State) -> dict[str, Pulse]:
    """Get the pulses of people in seats and log each as it is given; pulses logged before a crash are used again."""
    log, game = context.log, context.game
    moment = state["minutes"][-1]["stage"] if state["minutes"] else START
    room = game.present(moment) if state["minutes"] else tuple(game.positions)
    answers: dict[str, Pulse] = {}

    def keep(seat: str, answer: Mapping[str, Any]) -> Pulse:
        try:
            pulse = read_pulse(answer)
        except UnusableAnswerError as error:
            raise game.words.refusal("refused.pulse") from error
        # The first answer counts, here as after a crash.
        kept, _ = log.append("person", {"id": f"pulse:{moment}:{seat}", "pulse": dict(pulse)}, moment, seat)
        answers[seat] = read_pulse(kept.payload["pulse"])
        return answers[seat]

    left = []
    for seat in state["desk"]["persons"]:
        kept = log.find("person", f"pulse:{moment}:{seat}")
        if kept is not None:
            answers[seat] = read_pulse(kept.payload["pulse"])
        elif seat in room and log.find("pulse", f"{moment}:{seat}") is None:
            left.append(seat)
    if left and context.watch.ask_pulses is not None:
        await context.watch.ask_pulses(moment, left, keep)
    return answers


async def _turn(context: SessionContext, state: State) -> Answer:
    """Get a person's turn and log it before it is used; a turn logged before a crash is used again."""
    floor = floor_of(state)
    seat, stage = floor["seat"], context.game.stages[state["stage"]].id
    event_id = f"{stage}:{state['turn'] + 1}:{seat}:{floor['phase']}"
    kept = context.log.find("person", event_id)
    if kept is not None:
        return dict(kept.payload["turn"])
    if context.watch.ask_person is None:
        raise refusal("refused.nobody_to_ask", seat=seat)
    answer = await context.watch.ask_person(seat_view(context.game, state, seat), state)
    turn = dict(person_turn(context.game, state, answer))
    context.log.append("person", {"id": event_id, "turn": turn}, stage=stage, seat=seat)
    return turn
