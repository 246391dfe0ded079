"""Runs sessions: from the start, or from where the log was left, to the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import GraphRecursionError
from langgraph.types import Command

from sandbox.errors import InputError, StorageError
from sandbox.game.chronicle import opening
from sandbox.game.game import MAX_TURNS, Game
from sandbox.game.play import Choose, RandomChoice
from sandbox.game.pulse import Pulse
from sandbox.game.session import Session
from sandbox.game.state import State
from sandbox.game.steps import START
from sandbox.game.view import SeatView, seat_view
from sandbox.llm.gateway import Gateway
from sandbox.llm.structured import UnusableAnswerError
from sandbox.llm.usage import Meter, Usage
from sandbox.record.events import Event
from sandbox.record.log import Log
from sandbox.scoring.panel import Panel
from sandbox.session.context import LogRecord, SessionContext, TurnProfile
from sandbox.session.graph import build
from sandbox.session.nodes import GIVEN, ORDERS, PAUSE, PULSE
from sandbox.session.opening import resumed
from sandbox.session.orders import OrderBook
from sandbox.session.pulses import read_pulse
from sandbox.session.turns import person_turn

__all__ = ["Models", "Watch", "run_session"]

Answer = dict[str, Any]
AskPerson = Callable[[SeatView, State], Awaitable[Answer]]
# Asks people for their pulse at a moment (a stage, or the start): seats, and a function that keeps each answer.
AskPulses = Callable[[str, Sequence[str], Callable[[str, Mapping[str, Any]], Pulse]], Awaitable[None]]
MakeGateway = Callable[[Meter, LogRecord | None], Gateway]


@dataclass(frozen=True)
class Models:
    """Which models a session uses.

    Args:
        speaker: makes the gateway of the model that plays; None where no model speaks (rules-only mode).
        judges: make the gateways of the models that judge; empty for no judge.
        profile: how turns are asked for.
        meter: counts tokens, holds the budget.
        engine: the embedded engine, kept here because it stops when nothing refers to it.
        choose: chooses the turns in rules-only mode; None draws them at random.
        samples: votes that each judge gives on a criterion.
    """

    speaker: MakeGateway | None
    judges: tuple[MakeGateway, ...]
    profile: TurnProfile
    meter: Meter
    engine: object | None = None
    choose: Choose | None = None
    samples: int = 1

    def panel(self, record: LogRecord | None) -> Panel | None:
        """Return the panel of judges, or None where nobody judges."""
        if not self.judges:
            return None
        return Panel(tuple(make(self.meter, record) for make in self.judges), self.samples)


@dataclass(frozen=True)
class Watch:
    """What the caller wants to hear while a session runs.

    Args:
        on_event: every new event.
        on_partial: seat and words so far while a line is streamed; None does not stream.
        on_wait: the seat or criterion that is being waited for.
        ask_person: gets a person's turn; needed when people have seats.
        ask_pulses: gets people's pulses; None leaves them to the rules.
        orders: the facilitator's orders; None when nobody facilitates.
    """

    on_event: Callable[[Event], None] | None = None
    on_partial: Callable[[str, str], None] | None = None
    on_wait: Callable[[str], None] | None = None
    ask_person: AskPerson | None = None
    ask_pulses: AskPulses | None = None
    orders: OrderBook | None = None


async def run_session(game: Game, log: Log, models: Models, watch: Watch, name: str = "") -> Session:
    """Run a session from its start, or from where its log was left, to its end.

    No finished call is made again and no line is lost or doubled, wherever it was stopped.

    Args:
        game: the game, when it is resumed, from `game_of`.
        log: its log: the record, and the only one.
        models: the models.
        watch: what the caller wants to hear.
        name: the session's id.

    Raises:
        InputError: the content is not that with which the session was started.
        StorageError: the log cannot be written.
        EndpointError: a model's endpoint failed; the session can be resumed.
        BudgetReachedError: the budget is used up; the session can be resumed.
    """
    if game.spec.content not in ("", game.content_digest):
        raise InputError(
            f"session {name} was started with other content; restore it, or give its folder with --content"
        )
    for event in log.of("call"):
        models.meter.add(event.seat, event.stage, Usage(**event.payload["usage"]))
    record = LogRecord(log)
    speaker = models.speaker(models.meter, record) if models.speaker else None
    panel = models.panel(record)
    if watch.on_event:
        log.watch(watch.on_event)
    log.append("session", opening(game, name))
    context = SessionContext(
        game,
        log,
        speaker,
        panel,
        models.profile,
        (models.choose or RandomChoice(game.templates)) if game.spec.style == "rules" else None,
        watch.on_partial,
        watch.on_wait,
        watch.ask_pulses is not None,
    )
    if watch.orders:
        watch.orders.open(game, log)
    try:
        state = await _play(context, watch)
    finally:
        if watch.orders:
            watch.orders.close()
        for connected in (speaker, panel):
            if connected:
                await connected.close()
    return Session(game, state, tuple(log))


async def _play(context: SessionContext, watch: Watch) -> State:
    config: Any = {
        "configurable": {"thread_id": "session"},
        "recursion_limit": (MAX_TURNS + 3) * len(context.game.stages) + 10,
    }
    # The log is the record: the saver only has to carry the session over a wait for people.
    graph = build().compile(checkpointer=InMemorySaver())
    step: Any = {"play": resumed(context.game, context.log)}
    try:
        while True:
            result: Any = await graph.ainvoke(step, config, context=context, durability="exit")
            waits = result.get("__interrupt__")
            if not waits:
                return cast(State, result["play"])
            step = Command(resume=await _answer(context, watch, result["play"], waits[0].value))
    except GraphRecursionError as error:
        raise StorageError(f"the session does not come to an end: {error}") from error


async def _answer(context: SessionContext, watch: Watch, state: State, waits_for: str) -> Any:
    """Get what the graph waits for: a person's turn, people's pulses, or orders of the facilitator."""
    book = watch.orders
    if waits_for == PULSE:
        # Wrapped: an empty mapping would answer nothing, and the graph would wait on.
        return {GIVEN: await _pulses(context, watch, state)}
    if waits_for == PAUSE:
        if book is None:
            raise InputError("the session was paused by its facilitator; go on with it in the web app: sandbox serve")
        await book.news()
        book.read()
        return ORDERS
    if book is None:
        return await _turn(context, watch, state)
    asked = asyncio.ensure_future(_turn(context, watch, state))
    ordered = asyncio.ensure_future(book.news())
    try:
        await asyncio.wait((asked, ordered), return_when=asyncio.FIRST_COMPLETED)
        if asked.done():
            return asked.result()
        book.read()
        return ORDERS
    finally:
        asked.cancel()
        ordered.cancel()
        await asyncio.gather(asked, ordered, return_exceptions=True)


async def _pulses(context: SessionContext, watch: Watch, state: State) -> dict[str, Pulse]:
    """Get the pulses of people in seats, each kept as it is given; one that was kept before a crash is used again."""
    log, game = context.log, context.game
    moment = state["minutes"][-1]["stage"] if state["minutes"] else START
    room = game.present(moment) if state["minutes"] else tuple(game.positions)
    answers: dict[str, Pulse] = {}

    def keep(seat: str, answer: Mapping[str, Any]) -> Pulse:
        try:
            pulse = read_pulse(answer)
        except UnusableAnswerError as error:
            raise InputError(str(error)) from error
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
    if left and watch.ask_pulses is not None:
        await watch.ask_pulses(moment, left, keep)
    return answers


async def _turn(context: SessionContext, watch: Watch, state: State) -> Answer:
    """Get a person's turn and keep it before it is used; one that was kept before a crash is used again."""
    floor = state["floor"]
    if floor is None:
        raise StorageError("the session waits, but nobody has the floor")
    seat, stage = floor["seat"], context.game.stages[state["stage"]].id
    event_id = f"{stage}:{state['turn'] + 1}:{seat}:{floor['phase']}"
    kept = context.log.find("person", event_id)
    if kept is not None:
        return dict(kept.payload["turn"])
    if watch.ask_person is None:
        raise InputError(
            f"seat '{seat}' is taken by a person, who must be asked in the terminal: leave out --quiet and --json"
        )
    answer = await watch.ask_person(seat_view(context.game, state, seat), state)
    turn = dict(person_turn(context.game, state, answer))
    context.log.append("person", {"id": event_id, "turn": turn}, stage=stage, seat=seat)
    return turn
