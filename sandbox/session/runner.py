"""Runs sessions: from the start, or from where the log was left, to the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.content.words import refusal
from sandbox.game.game import Game
from sandbox.game.play import Choose, RandomChoice, play_on
from sandbox.game.pulse import Pulse
from sandbox.game.session import Session
from sandbox.game.state import State
from sandbox.game.view import SeatView
from sandbox.llm.calls import Endpoint
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.failures import Retry
from sandbox.llm.usage import BudgetAccount, Meter, Usage
from sandbox.record.events import Event
from sandbox.record.log import Log
from sandbox.scoring.panel import Panel
from sandbox.session import closing
from sandbox.session.agents import Agent, check_agents
from sandbox.session.context import LogRecord, SessionContext, TurnProfile
from sandbox.session.opening import begin, resumed
from sandbox.session.orders import OrderBook
from sandbox.session.points import card_turn

if TYPE_CHECKING:
    from sandbox.llm.gateway import Gateway


Answer = dict[str, Any]
AskPerson = Callable[[SeatView, State], Awaitable[Answer]]
# Asks people for their pulse at a moment (a stage, or the start): seats, and a function that keeps each answer.
AskPulses = Callable[[str, Sequence[str], Callable[[str, Mapping[str, Any]], Pulse]], Awaitable[None]]


@dataclass(frozen=True)
class Models:
    """The models that sessions use, and what they share.

    Args:
        speaker: the model that plays; None if no model speaks (rules-only mode, or the cards alone).
        judges: the models that judge; empty for none.
        profile: how the playing model is asked.
        endpoints: the connections; the caller that opened them closes them.
        account: what the sessions that share a budget spend.
        choose: chooses the turns in rules-only mode; None draws them at random.
        samples: votes that each judge gives on a criterion.
        agents: Python agents, by the seat that each plays.
        others: the models of seats that have one of their own, by name.
    """

    speaker: Endpoint | None
    judges: tuple[Endpoint, ...]
    profile: TurnProfile
    endpoints: Endpoints = field(default_factory=Endpoints)
    account: BudgetAccount = field(default_factory=BudgetAccount)
    choose: Choose | None = None
    samples: int = 1
    agents: Mapping[str, Agent] = field(default_factory=dict)
    others: Mapping[str, Endpoint] = field(default_factory=dict)

    def speaking(self, meter: Meter, record: LogRecord | None, other: str = "") -> Gateway | None:
        """Return a session's gateway to the model that plays, or to the model named ``other``; None if no model speaks.

        Raises:
            EndpointError: its address or key cannot be used.
        """
        speaker = self.others[other] if other else self.speaker
        return self.endpoints.gateway(speaker, meter, record) if speaker else None

    def panel(self, meter: Meter, record: LogRecord | None) -> Panel | None:
        """Return a session's panel of judges, or None if there are none; raises as `speaking`."""
        judges = tuple(self.endpoints.gateway(judge, meter, record) for judge in self.judges)
        return Panel(judges, self.samples) if judges else None


@dataclass(frozen=True)
class Watch:
    """What the caller wants to hear while a session runs.

    Args:
        on_event: each event as it is logged.
        on_partial: seat and words so far while a line is streamed; None does not stream.
        on_wait: the seat or criterion that the session waits for, or ``pulse`` for the pulses of all seats.
        on_retry: a failed request to a model that will be repeated, before the wait.
        ask_person: gets a person's turn; needed if people have seats.
        ask_pulses: gets people's pulses; None leaves them to the rules.
        orders: the facilitator's orders; None if nobody facilitates.
        pace: seconds to wait after a line that no model took time for, by its words; None: none.
    """

    on_event: Callable[[Event], None] | None = None
    on_partial: Callable[[str, str], None] | None = None
    on_wait: Callable[[str], None] | None = None
    on_retry: Callable[[Retry], None] | None = None
    ask_person: AskPerson | None = None
    ask_pulses: AskPulses | None = None
    orders: OrderBook | None = None
    pace: Callable[[str], float] | None = None


async def run_session(game: Game, log: Log, models: Models, watch: Watch, name: str = "") -> Session:
    """Run a session from its start, or from where its log was left, to its end.

    Wherever it was stopped, no finished call is repeated and no line is lost or doubled. To resume a session, pass the
    game that `game_of` returns and its log, which is the only record.

    Raises:
        InputError: the content is not that with which the session was started, an agent that plays is missing, or what
            it returned cannot be used.
        StorageError: the log cannot be written.
        EndpointError: a model's endpoint failed; the session can be resumed.
        BudgetReachedError: the budget is used up; the session can be resumed.
    """
    if game.spec.content not in ("", game.content_digest):
        raise refusal("refused.other_content", session=name)
    check_agents(game.spec, models.agents, name)
    meter = Meter(models.account)
    for event in log.of("call"):
        meter.recall(event.seat, event.stage, Usage(**event.payload["usage"]), event.payload["model"])
    record = LogRecord(log)
    speaker, panel = models.speaking(meter, record), models.panel(meter, record)
    others = {name: models.speaking(meter, record, name) for name in {*game.spec.models.values()}}
    for asked in (*filter(None, [speaker, *others.values()]), *(panel.judges if panel else ())):
        asked.on_retry = watch.on_retry
    if watch.on_event:
        log.watch(watch.on_event)
    begin(game, log, name)
    by_rules = game.spec.style == "rules"
    silent = (models.choose or RandomChoice(game.templates)) if by_rules else card_turn
    choose = silent if models.speaker is None else None
    by_seat = {seat: gateway for seat, name in game.spec.models.items() if (gateway := others[name])}
    context = SessionContext(
        game, log, speaker, panel, models.profile.at(game.spec.temperature), watch, choose, models.agents, by_seat
    )
    if watch.orders:
        watch.orders.open(game, log)
    try:
        steered = watch.orders is not None or bool(game.spec.persons or game.spec.agents or log.of("order"))
        if choose is not None and panel is None and not steered:
            # The plain loop, which takes the same steps as the graph and writes the same events.
            state = play_on(game, choose, resumed(game, log), log.append)
            await closing.closed(context, state)
        else:
            from sandbox.session.driver import drive  # brings the graph, which takes a while to import

            state = await drive(context)
        await log.settled()
    finally:
        if watch.orders:
            watch.orders.close()
    return Session(game, state, tuple(log))
