"""What an agent of one's own is asked with, and how its answer becomes a line."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cached_property
from random import Random
from typing import Any

from sandbox.content.cards import Act
from sandbox.content.faults import short
from sandbox.content.words import refusal
from sandbox.errors import InputError
from sandbox.game.due import besides
from sandbox.game.game import Game
from sandbox.game.state import Floor, State, floor_of
from sandbox.game.steps import make_line
from sandbox.game.view import SeatView, seat_view
from sandbox.record.line import ALL, Line, Turn, line_id
from sandbox.session.context import SessionContext
from sandbox.session.prompts import turn_messages
from sandbox.session.schema import turn_schema
from sandbox.session.turns import also_said, person_turn

_NEEDED = ("act", "says")
_TEXTS = ("act", "to", "says", "section", "task", "about", "text", "condition", "replaces", "promises", "withdraws")
_ANSWERS: Mapping[str, type] = {
    **dict.fromkeys(_TEXTS, str), **dict.fromkeys(("terms", "also", "takes_on"), dict), "promised_to": list,
    **dict.fromkeys(("appends", "aside"), bool),
}  # fmt: skip


class AgentView:
    """What an agent is asked with for a turn: what its seat may know, and what the rules leave it.

    Args:
        game: the game.
        state: where it stands, with the agent's seat on the floor.
        session: the session's id.
    """

    def __init__(self, game: Game, state: State, session: str) -> None:
        self._game, self._state, self._floor = game, state, floor_of(state)
        self.session = session
        """The session's id."""
        self.number: int = len(state["lines"]) + 1
        """The number of the line that it makes, from 1."""

    def __repr__(self) -> str:
        open_to = ", ".join(self.acts)
        return f"<AgentView {self.seat} in {self.stage}, line {self.number}: {self.why}; {open_to}>"

    @property
    def seat(self) -> str:
        """The seat for which it speaks."""
        return self._floor["seat"]

    @property
    def stage(self) -> str:
        """The stage, by id."""
        return self._game.stages[self._state["stage"]].id

    @property
    def why(self) -> str:
        """Why the seat has the floor, as a code: ``asked``, ``votes``, …; sandbox/README.md says what each means."""
        return self._floor["why"]

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of an answer: each field with what it may have now, as a model gets it."""
        return turn_schema(self._game, self._state, self._floor, None)

    @property
    def acts(self) -> list[Act]:
        """The acts that are open to the seat."""
        return list(self.schema["properties"]["act"]["enum"])

    @property
    def to(self) -> list[str]:
        """Whom it may address: seats, and ``all``."""
        return list(self.schema["properties"]["to"]["enum"])

    @property
    def options(self) -> dict[str, dict[str, str]]:
        """What ``terms`` may name now: the options of each question, with their texts; empty where it may name none."""
        named, lang = self.schema["properties"].get("terms", {"properties": {}})["properties"], self._game.spec.lang
        return {
            question: {option: self._game.offered[question][option].get(lang) for option in options["enum"]}
            for question, options in named.items()
        }

    @property
    def longest(self) -> int:
        """Most characters of ``says``."""
        return int(self.schema["properties"]["says"]["maxLength"])

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines that the seat has heard, of all stages, with ``seat``, ``act``, ``says`` and more."""
        return [dict(line) for line in self.knows.heard]

    @property
    def messages(self) -> list[dict[str, str]]:
        """The messages that a model would be sent for this turn: role card, facts, minutes, lines, what is open."""
        return [dict(message) for message in turn_messages(self._game, self._state, self._floor, None)]

    @cached_property
    def knows(self) -> SeatView:
        """All else that the seat may know, as the program itself reads it; that may change between versions."""
        return seat_view(self._game, self._state, self.seat)

    @cached_property
    def random(self) -> Random:
        """Chance, the same at the same place of a session with the same seed."""
        return self._game.rng("agent", self.stage, self._state["turn"])

    def turn(self, act: str, says: str, **fields: Any) -> dict[str, Any]:
        """Return an answer, with what is left out filled in: to all, and empty.

        Args:
            act: one of `acts`.
            says: the words, `longest` characters at most.
            fields: other fields of `schema`: ``to``, ``terms`` (option by question), ``condition``, ``about``, …

        Raises:
            InputError: a field does not exist, or has a value of another kind.
        """
        return dict(self._read({"act": act, "says": says, **fields}))

    def refusal(self, turn: Mapping[str, Any]) -> str:
        """Return why an answer would not be taken, in the session's language; an empty text where it would."""
        try:
            self.line(turn)
        except InputError as error:
            return str(error)
        return ""

    def line(self, turn: object) -> Line:
        """Return an answer as a line of the transcript.

        Raises:
            InputError: it is no answer, or the rules do not allow it; the message says what is allowed.
        """
        game, state, words = self._game, self._state, self._game.words
        answer = self._read(turn)
        if answer["act"] not in self.acts:  # by id, as an agent has to name it
            raise words.refusal("refused.act", act=short(answer["act"]), allowed=self.acts)
        if len(answer["says"]) > self.longest:
            raise words.refusal("refused.long_line", count=len(answer["says"]), most=self.longest)
        told = besides(state["ledger"], self.seat)
        read: Turn = {**person_turn(game, state, answer), **also_said(self.schema["properties"], answer, told)}
        return make_line(game, state, read, "agent")

    def _read(self, turn: object) -> dict[str, Any]:
        words = self._game.words
        if not isinstance(turn, Mapping):
            raise words.refusal("agent.no_turn", kind=type(turn).__name__)
        if strange := [str(name) for name in turn if name not in _ANSWERS]:
            raise words.refusal("agent.unknown", fields=strange, allowed=[*_ANSWERS])
        if missing := [name for name in _NEEDED if name not in turn]:
            raise words.refusal("agent.missing", fields=missing)
        for name, value in turn.items():
            if not isinstance(value, _ANSWERS[name]):
                kind, wanted = type(value).__name__, _ANSWERS[name].__name__
                raise words.refusal("agent.kind", field=name, kind=kind, wanted=wanted)
        empty = {name: kind() for name, kind in _ANSWERS.items() if name != "also"}
        return {**empty, "to": ALL, **turn}


async def answered(ask: Callable[[Any], object], view: object, name: str, seat: str) -> object:
    """Return what an agent answers; one that is asynchronous is waited for.

    Raises:
        InputError: it would have ended the whole program; whatever else it raises comes as it is.
    """
    try:
        answer = ask(view)
        return await answer if inspect.isawaitable(answer) else answer
    except SystemExit as error:
        raise refusal("agent.exits", name=name, seat=seat) from error


async def agent_line(context: SessionContext, state: State, floor: Floor) -> Line:
    """Ask the agent of the seat that has the floor for its line; one that is asynchronous is waited for.

    Raises:
        InputError: what it returned cannot be taken; whatever else the agent raises comes as it is.
    """
    game, seat = context.game, floor["seat"]
    begun = context.log.of("session")
    view, agent = AgentView(game, state, begun[0].payload["session"] if begun else ""), context.agents[seat]
    answer = await answered(agent if callable(agent) else agent.act, view, game.spec.agents[seat], seat)
    try:
        return view.line(answer)
    except InputError as error:
        name = game.spec.agents[seat]
        raise game.words.refusal("agent.refused", name=name, seat=seat, stage=view.stage, line=line_id(view.number),
                                 why=error) from error  # fmt: skip
