"""Runs sessions: start, resume after a stop, a person's turn, and reading a finished one."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.errors import GraphRecursionError
from langgraph.types import Command
from pydantic import ValidationError

from sandbox.content.library import Library
from sandbox.content.templates import Templates
from sandbox.errors import InputError, StorageError
from sandbox.institution.line import DecisionTaken, Line
from sandbox.institution.pulse import Pulse
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.gateway import Endpoint, Gateway
from sandbox.llm.structured import UnusableAnswerError
from sandbox.llm.usage import Account, Meter, Usage
from sandbox.record.events import Event, EventLog, read_events
from sandbox.record.folder import SessionFolder
from sandbox.scoring.panel import Panel
from sandbox.scoring.played import PulseRound
from sandbox.session.chronicle import opening
from sandbox.session.context import Choose, LogRecord, SessionContext, TurnProfile
from sandbox.session.follow import line_of, restored, with_pulse
from sandbox.session.game import MAX_TURNS, Game, SessionSpec
from sandbox.session.graph import build
from sandbox.session.nodes import GIVEN, ORDERS, PAUSE, PULSE
from sandbox.session.orders import OrderBook
from sandbox.session.pulses import read_pulse
from sandbox.session.rules_only import RandomChoice
from sandbox.session.state import SessionState, first_state
from sandbox.session.steps import START
from sandbox.session.turns import person_turn
from sandbox.session.view import SeatView, seat_view

__all__ = ["Models", "Outcome", "Watch", "game_of", "open_game", "read_record", "run_session", "spec_of"]

Answer = dict[str, Any]
AskPerson = Callable[[SeatView, SessionState], Awaitable[Answer]]
# Asks people for their pulse at a moment (a stage, or the start): seats, and a function that keeps each answer.
AskPulses = Callable[[str, Sequence[str], Callable[[str, Mapping[str, Any]], Pulse]], Awaitable[None]]


@dataclass(frozen=True)
class Models:
    """Which models sessions use, and what they share.

    Args:
        speaker: the model that plays; None where no model speaks (rules-only mode).
        judges: the models that judge; empty for no judge.
        profile: how turns are asked for.
        endpoints: the connections; whoever opened them closes them.
        account: what the sessions that share a budget spend.
        choose: chooses the turns in rules-only mode; None draws them at random.
        samples: votes that each judge gives on a criterion.
    """

    speaker: Endpoint | None
    judges: tuple[Endpoint, ...]
    profile: TurnProfile
    endpoints: Endpoints = field(default_factory=Endpoints)
    account: Account = field(default_factory=Account)
    choose: Choose | None = None
    samples: int = 1

    def speaking(self, meter: Meter, record: LogRecord | None) -> Gateway | None:
        """Return a session's gateway to the model that plays, or None where no model speaks.

        Raises:
            EndpointError: its address or key cannot be used.
        """
        return self.endpoints.gateway(self.speaker, meter, record) if self.speaker else None

    def panel(self, meter: Meter, record: LogRecord | None) -> Panel | None:
        """Return a session's panel of judges, or None where nobody judges.

        Raises:
            EndpointError: an address or key cannot be used.
        """
        judges = tuple(self.endpoints.gateway(judge, meter, record) for judge in self.judges)
        return Panel(judges, self.samples) if judges else None


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


@dataclass(frozen=True)
class Outcome:
    """A finished session: its game, transcript, decisions and token usage."""

    game: Game
    lines: list[Line]
    decisions: list[DecisionTaken]
    usage: Usage


def open_game(spec: SessionSpec, library: Library) -> tuple[Game, Templates]:
    """Return the game and templates of a spec.

    Raises:
        InputError: the spec does not fit the content.
    """
    return Game(spec, library), Templates(library.roots, spec.lang)


def spec_of(folder: SessionFolder) -> SessionSpec:
    """Return the spec that a session was started with.

    Raises:
        InputError: its log is missing, empty or damaged.
    """
    for event in read_events(folder.events):
        if event.kind == "session":
            try:
                return SessionSpec.model_validate(event.payload["spec"])
            except (KeyError, ValidationError) as error:
                raise InputError(f"{folder.events}:{event.seq}: this version cannot read how it was started") from error
    raise InputError(f"{folder.events} holds no session; it was stopped before its start")


def game_of(folder: SessionFolder, library: Library) -> Game:
    """Return the game of a played session, to read it.

    Raises:
        InputError: the content lacks something that the session's log speaks of.
    """
    game = Game(spec_of(folder), library)
    options = {one.id: one.options for one in game.scenario.decisions}
    stages = {stage.id for stage in game.stages}
    for event in read_events(folder.events):
        unknown = (event.seat and event.kind == "line" and event.seat not in game.personas) or (
            event.kind in ("line", "stage", "minutes", "decision") and event.stage not in stages
        )
        terms = event.payload.get("terms") or {}
        if unknown or any(option not in options.get(key, {}) for key, option in terms.items()):
            raise InputError(
                f"session {folder.id} was played with other content (event {event.seq} does not fit); "
                "restore it, or give its folder with --content"
            )
    return game


def read_record(folder: SessionFolder) -> tuple[list[Line], list[DecisionTaken], list[PulseRound]]:
    """Return the transcript, decisions and pulses of a session as they stand in its log."""
    lines: list[Line] = []
    decisions: list[DecisionTaken] = []
    pulses: list[PulseRound] = []
    for event in read_events(folder.events):
        if event.kind == "line":
            lines.append(line_of(event))
        elif event.kind == "decision":
            decisions.append(cast(DecisionTaken, event.payload))
        elif event.kind == "pulse":
            pulses = with_pulse(pulses, event)
    return lines, decisions, pulses


async def run_session(
    folder: SessionFolder, spec: SessionSpec, library: Library, models: Models, watch: Watch
) -> Outcome:
    """Run a session from its start, or from where it was stopped, to its end.

    No finished call is made again and no line is lost or doubled, wherever it was stopped.

    Args:
        folder: where the session is kept.
        spec: what it is made from; that of its log when it is resumed.
        library: the content.
        models: the models.
        watch: what the caller wants to hear.

    Raises:
        InputError: the content is not that with which the session was started.
        StorageError: the folder cannot be written, or another process runs the session.
        EndpointError: a model's endpoint failed; the session can be resumed.
        BudgetReachedError: the budget is used up; the session can be resumed.
    """
    game, templates = open_game(spec, library)
    digest = f"{game.content_digest()}-{templates.digest()}"
    if spec.content and spec.content != digest:
        raise InputError(
            f"session {folder.id} was started with other content; restore it, or give its folder with --content"
        )
    spec = spec.model_copy(update={"content": digest})
    game = replace(game, spec=spec)
    with folder.locked():
        log = EventLog(folder.events)
        try:
            meter = Meter(models.account)
            _recount(log, meter)
            record = LogRecord(log)
            speaker, panel = models.speaking(meter, record), models.panel(meter, record)
            if watch.on_event:
                log.watch(watch.on_event)
            log.append("session", opening(game, folder.id))
            context = SessionContext(
                game,
                log,
                templates,
                speaker,
                panel,
                models.profile,
                (models.choose or RandomChoice(templates)) if spec.style == "rules" else None,
                watch.on_partial,
                watch.on_wait,
                watch.ask_pulses is not None,
            )
            if watch.orders:
                watch.orders.open(game, log)
            try:
                state = await _play(folder, context, watch)
            finally:
                if watch.orders:
                    watch.orders.close()
        finally:
            log.close()
    return Outcome(game, state["lines"], state["decisions"], meter.total)


async def _play(folder: SessionFolder, context: SessionContext, watch: Watch) -> SessionState:
    config: Any = {
        "configurable": {"thread_id": folder.id},
        "recursion_limit": (MAX_TURNS + 3) * len(context.game.stages) + 10,
    }
    try:
        async with _saver(folder) as saver:
            graph = build().compile(checkpointer=saver)
            known = await graph.aget_state(config)
            step: Any = None
            if not known.values:
                step = restored(context.game, context.log) or first_state(context.game.spec.persons)
            # Not `next`: that leaves out a step whose result is kept, but not yet in the state.
            if known.tasks or not known.values:
                await graph.ainvoke(step, config, context=context, durability="async")
            while (known := await graph.aget_state(config)).tasks:
                state: Any = known.values
                waits = known.tasks[0].interrupts
                answer = await _answer(context, watch, state, waits[0].value if waits else "")
                await graph.ainvoke(Command(resume=answer), config, context=context, durability="async")
            final: Any = known.values
            return cast(SessionState, final)
    except sqlite3.Error as error:
        raise StorageError(f"cannot use {folder.checkpoints}: {error}; the log up to here is kept") from error
    except GraphRecursionError as error:
        raise StorageError(f"session {folder.id} does not come to an end: {error}") from error


@asynccontextmanager
async def _saver(folder: SessionFolder) -> AsyncIterator[AsyncSqliteSaver]:
    async with AsyncSqliteSaver.from_conn_string(str(folder.checkpoints)) as saver:
        await saver.conn.execute("PRAGMA journal_mode=WAL")
        await saver.conn.execute("PRAGMA synchronous=NORMAL")
        yield saver


async def _answer(context: SessionContext, watch: Watch, state: SessionState, waits_for: str) -> Any:
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


async def _pulses(context: SessionContext, watch: Watch, state: SessionState) -> dict[str, Pulse]:
    """Get the pulses of people in seats, each kept as it is given; one that was kept before a crash is used again."""
    log, game = context.log, context.game
    moment = state["minutes"][-1]["stage"] if state["minutes"] else START
    room = game.present(moment) if state["minutes"] else tuple(game.positions)
    given: dict[str, Pulse] = {}

    def keep(seat: str, answer: Mapping[str, Any]) -> Pulse:
        try:
            pulse = read_pulse(answer)
        except UnusableAnswerError as error:
            raise InputError(str(error)) from error
        # The first answer counts, here as after a crash.
        kept, _ = log.append("person", {"id": f"pulse:{moment}:{seat}", "pulse": dict(pulse)}, moment, seat)
        given[seat] = read_pulse(kept.payload["pulse"])
        return given[seat]

    left = []
    for seat in state["desk"]["persons"]:
        kept = log.find("person", f"pulse:{moment}:{seat}")
        if kept is not None:
            given[seat] = read_pulse(kept.payload["pulse"])
        elif seat in room and log.find("pulse", f"{moment}:{seat}") is None:
            left.append(seat)
    if left and watch.ask_pulses is not None:
        await watch.ask_pulses(moment, left, keep)
    return given


async def _turn(context: SessionContext, watch: Watch, state: SessionState) -> Answer:
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


def _recount(log: EventLog, meter: Meter) -> None:
    for event in log.of("call"):
        meter.add(event.seat, event.stage, Usage(**event.payload["usage"]))
