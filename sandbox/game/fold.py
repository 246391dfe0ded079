"""Folds the log of a session into its state, for all that read, show, score, resume or branch it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from sandbox.content.words import refusal
from sandbox.game.floor.agenda import next_floor
from sandbox.game.game import Game
from sandbox.game.orders import carry_out
from sandbox.game.pulse import Pulse
from sandbox.game.review.aftermath import with_news
from sandbox.game.review.due import fall_due
from sandbox.game.state import Desk, Minutes, News, State, Update, apply, first_state
from sandbox.game.steps import START, close_stage, decide, hear
from sandbox.record.events import (
    DecisionMade,
    Event,
    LineSpoken,
    MinutesTaken,
    NewsArrived,
    OrderCarriedOut,
    OrderGiven,
    PlanFiled,
    PulseTaken,
    SessionClosed,
    StageBegun,
)
from sandbox.record.line import Line
from sandbox.record.payloads import Order


class Fold:
    """Folds events into a state, one by one. Decisions are taken from the log, not counted again."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.begun = False
        self.finished = False
        self._state = first_state(game)
        self._settled = True
        self._open = -1  # the stage that is being played
        self._orders: dict[str, Order] = {}
        self._stages = {stage.id: index for index, stage in enumerate(game.stages)}

    @property
    def state(self) -> State:
        """The state after the last event; between stages nobody has the floor."""
        if not self._settled:
            self._settled = True
            self._apply(next_floor(self.game, self._state))
        return self._state

    @property
    def over(self) -> bool:
        """Whether all stages have been played."""
        return self._state["stage"] >= len(self.game.stages)

    def add(self, event: Event) -> None:
        """Take the next event of the log.

        Raises:
            InputError: it does not fit the game, such as a stage that the game does not have.
        """
        try:
            self._take(event)
        except (KeyError, IndexError) as error:
            raise refusal("refused.unfit_event", event=event.seq, kind=event.kind, error=error) from error

    def _take(self, event: Event) -> None:
        game, state = self.game, self._state
        if isinstance(event, LineSpoken | DecisionMade | MinutesTaken) and self._stages[event.stage] != self._open:
            raise KeyError(event.stage)
        if isinstance(event, PlanFiled | PulseTaken) and event.stage not in (START, *self._stages):
            raise KeyError(event.stage)
        if isinstance(event, LineSpoken):
            self._apply(hear(game, state, line_of(event)), settled=False)
        elif isinstance(event, DecisionMade):
            self._apply(decide(game, state, event.payload), settled=False)
        elif isinstance(event, StageBegun):
            if self._stages[event.stage] != state["stage"]:
                raise KeyError(event.stage)
            self.begun, self._open = True, state["stage"]
            begun: Update = {"turn": 0, "ended": "", "floor": None}
            if game.stages[self._open].reviews:
                room = game.present(event.stage)
                begun["ledger"] = fall_due(game, state["ledger"], state["decisions"], room, state["lines"])
            self._apply(begun, settled=False)
        elif isinstance(event, NewsArrived):
            self._news(event)
        elif isinstance(event, OrderGiven):
            self._orders[event.payload["id"]] = event.payload
        elif isinstance(event, OrderCarriedOut):
            order = self._orders[event.payload["id"]]
            self._apply(carry_out(game, self.state, order, event.payload["refused"])[0])
        elif isinstance(event, MinutesTaken):
            record = event.payload
            present, text = record["present"], record["text"]
            minutes = Minutes(stage=event.stage, present=present, text=text, ended=record["ended"])
            self._apply(close_stage(game, state, minutes))
            self._open = -1
        elif isinstance(event, PulseTaken):
            rounds = state["pulses"]
            known = rounds[-1]["levels"] if rounds and rounds[-1]["moment"] == event.stage else {}
            said = event.payload
            pulse = Pulse(trust=said["trust"], conviction=said["conviction"], burden=said["burden"])
            levels = {**known, event.seat: pulse}
            self._apply({"pulses": [{"moment": event.stage, "levels": levels}]}, settled=self._settled)
        elif isinstance(event, SessionClosed):
            self.finished = True

    def _news(self, event: NewsArrived) -> None:
        """Take an event that a review drew, or findings of its inspection; others follow from cards and orders."""
        game, state, said = self.game, self._state, event.payload
        stage = game.stages[self._stages[event.stage]]
        if not stage.reviews or not said["id"].startswith(f"{stage.id}:"):
            return
        to = [] if set(said["to"]) >= set(game.present(stage.id)) else said["to"]
        news: News = {"id": said["id"], "stage": stage.id, "turn": said["turn"], "text": said["text"], "to": to}
        if "strikes" in said and "reason" in said:
            news |= {"reason": said["reason"], "strikes": said["strikes"]}
        if "answers" in said:
            news["answers"] = said["answers"]
        desk: Desk = {**state["desk"], "news": [*state["desk"]["news"], news]}
        self._apply({"desk": desk, "ledger": with_news(stage, state["ledger"], news)}, settled=False)

    def _apply(self, update: Update, *, settled: bool = True) -> None:
        self._state, self._settled = apply(self._state, update), settled


def fold(game: Game, events: Iterable[Event]) -> State:
    """Return the state after a log.

    Raises:
        InputError: an event does not fit the game.
    """
    folded = Fold(game)
    for event in events:
        folded.add(event)
    return folded.state


def line_of(event: LineSpoken) -> Line:
    """Return the line that an event of the log holds."""
    return cast(Line, {key: value for key, value in event.payload.items() if key not in ("why", "rejected")})


def upto(events: Sequence[Event], line: str) -> list[Event]:
    """Return the events of a log up to a line, with those that followed from it at once, such as a decision.

    Raises:
        InputError: there is no such line.
    """
    spoken = [event.payload["id"] for event in events if event.kind == "line"]
    place = next((i for i, event in enumerate(events) if event.kind == "line" and event.payload["id"] == line), None)
    if place is None:
        if spoken:
            raise refusal("refused.no_line", line=line, first=spoken[0], last=spoken[-1])
        raise refusal("refused.no_lines", line=line)
    end = place + 1
    while end < len(events) and events[end].kind in ("decision", "inject", "order", "removal"):
        end += 1
    return list(events[:end])
