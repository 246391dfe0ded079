"""A session as every reader takes it: its game, its log, and the state that results from the log."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from sandbox.game.fold import fold
from sandbox.game.game import Game
from sandbox.game.hidden import taken_off, without_words
from sandbox.game.ledger.entries import Item, ItemKind
from sandbox.game.plans import Plan, plans
from sandbox.game.pulse import PulseRound
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State, stood_in
from sandbox.record.events import CallMade, Event, ModelChanged, OrderCarriedOut, OrderGiven, SessionOpened
from sandbox.record.line import DecisionTaken, Line
from sandbox.record.payloads import Opened


class Speaker(NamedTuple):
    """The models that speak from a line on (empty: from the start): one for all seats, others for single seats."""

    after: str
    model: str
    models: Mapping[str, str] = MappingProxyType({})

    @property
    def all(self) -> tuple[str, ...]:
        """The names of all these models."""
        return self.model, *self.models.values()


@dataclass(frozen=True)
class Session:
    """A session, finished or not, as the terminal, pages, scores, audits and branches take it.

    Args:
        game: the game.
        state: the state that results from the log.
        events: the log; empty if none was kept.
        hides: ids of the lines whose words were taken out of it.
    """

    game: Game
    state: State
    events: Sequence[Event] = ()
    hides: frozenset[str] = frozenset()

    @classmethod
    def of(cls, game: Game, events: Sequence[Event]) -> Session:
        """Return the session of a log.

        Raises:
            InputError: an event does not fit the game.
        """
        return cls(game, fold(game, events), events)

    @property
    def spec(self) -> SessionSpec:
        """The spec from which it was made."""
        return self.game.spec

    @cached_property
    def id(self) -> str:
        """Its id; empty if the log does not begin with one."""
        return self.opened.get("session", "") if self.opened else ""

    @cached_property
    def opened(self) -> Opened | None:
        """How it was begun; None if its log does not say."""
        return next((event.payload for event in self.events if isinstance(event, SessionOpened)), None)

    @cached_property
    def removed(self) -> frozenset[str]:
        """The ids of the lines whose words the facilitator took off."""
        return taken_off(self.events)

    @cached_property
    def shown(self) -> Session:
        """The session as people see it, without the words that the facilitator took off. Scores use the whole."""
        if self.removed <= self.hides:
            return self
        return Session(self.game, *without_words(self.game, self.state, self.events, self.removed), self.removed)

    @cached_property
    def finished(self) -> bool:
        """Whether it came to its end."""
        return any(event.kind == "close" for event in self.events)

    @cached_property
    def speakers(self) -> tuple[Speaker, ...]:
        """The models that spoke, in order; one that was replaced before it said anything is left out."""
        known: dict[str, Speaker] = {}
        models: Mapping[str, str] = {}
        for event in self.events:
            if isinstance(event, SessionOpened):
                spec = event.payload["spec"]
                models = spec.get("models", {})
                known[""] = Speaker("", spec["model"], models)
            elif isinstance(event, ModelChanged):
                models = event.payload.get("models", models)
                known[event.payload["after"]] = Speaker(event.payload["after"], event.payload["model"], models)
        turns = list(known.values()) or [Speaker("", self.spec.model, self.spec.models)]
        return tuple(turn for place, turn in enumerate(turns) if not place or turn[1:] != turns[place - 1][1:])

    @cached_property
    def untempered(self) -> bool:
        """Whether the model that played accepts no temperature, so that turns were asked for without one."""
        return any(
            isinstance(event, CallMade)
            and event.payload["id"].startswith("line:")
            and "temperature" in event.payload.get("left_out", ())
            for event in self.events
        )

    @property
    def lines(self) -> Sequence[Line]:
        """The transcript."""
        return self.state["lines"]

    @cached_property
    def discussion(self) -> list[Line]:
        """The lines that are no votes; how many votes a seat casts is up to the rules."""
        return [line for line in self.lines if not line["vote"]]

    @cached_property
    def persons(self) -> frozenset[str]:
        """The seats that people had: from the start, by order of the facilitator, or by the origin of their lines."""
        held = set(self.spec.persons) | {line["seat"] for line in self.lines if line["origin"] == "person"}
        orders = {event.payload["id"]: event.payload for event in self.events if isinstance(event, OrderGiven)}
        for event in self.events:
            if isinstance(event, OrderCarriedOut) and event.payload["kind"] == "seat" and not event.payload["refused"]:
                order = orders.get(event.payload["id"])
                held |= {event.seat} if order and order["by"] == "person" else set()
        return frozenset(held)

    @cached_property
    def stood_in(self) -> frozenset[str]:
        """The ids of the lines that the program spoke for seats of people."""
        return stood_in(self.lines, self.persons)

    @property
    def decisions(self) -> Sequence[DecisionTaken]:
        """The decisions taken."""
        return self.state["decisions"]

    @cached_property
    def carried(self) -> list[DecisionTaken]:
        """The decisions that bind."""
        return [decision for decision in self.decisions if decision["carried"]]

    @property
    def pulses(self) -> Sequence[PulseRound]:
        """The pulses, in their order."""
        return self.state["pulses"]

    @property
    def items(self) -> tuple[Item, ...]:
        """The ledger."""
        return self.state["ledger"]

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """The plans as they stand at the end; empty if no stage of the session makes plans."""
        first = self.game.able("drafts")[:1]
        return plans(self.game, self.lines) if set(first) & set(self.game.stage_names) else ()

    def entries(self, kind: ItemKind) -> list[Item]:
        """Return the entries of the ledger of one kind."""
        return [item for item in self.items if item.kind == kind]

    def after(self, line: str) -> Sequence[Line]:
        """Return the lines after one; all lines if there is no such line."""
        return self.lines[next((place for place, each in enumerate(self.lines, 1) if each["id"] == line), 0) :]

    def in_stages(self, stages: Collection[str]) -> list[Line]:
        """Return the lines of some stages."""
        return [line for line in self.lines if line["stage"] in stages]

    def with_lines(self, lines: Sequence[Line]) -> Session:
        """Return the session with these lines, whose words differ, in place of its own."""
        return replace(self, state=State({**self.state, "lines": list(lines)}))
