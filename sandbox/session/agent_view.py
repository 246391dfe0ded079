"""What the user's own agent is given for a turn or a pulse, and how its answer is read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from random import Random
from typing import Any

from sandbox.content.cards import Act
from sandbox.content.faults import short
from sandbox.content.words import Words, refusal
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.pulse import Pulse, PulseRound
from sandbox.game.review.due import besides
from sandbox.game.state import Floor, State, floor_of
from sandbox.game.steps import make_line
from sandbox.game.view import SeatView, seat_view
from sandbox.llm.structured import UnusableAnswerError
from sandbox.record.line import ALL, Line, line_id
from sandbox.session.context import SessionContext
from sandbox.session.prompts import turn_messages
from sandbox.session.pulses import pulse_call, read_pulse, seats_asked
from sandbox.session.schema import turn_schema
from sandbox.session.turns import also_said, person_turn

_NEEDED = ("act", "says")
_TEXTS = ("act", "to", "says", "section", "task", "about", "text", "condition", "replaces", "promises", "withdraws")
_ANSWERS: Mapping[str, type] = {
    **dict.fromkeys(_TEXTS, str), **dict.fromkeys(("terms", "also", "takes_on"), dict),
    **dict.fromkeys(("promised_to", "asked_of"), list), **dict.fromkeys(("appends", "aside"), bool),
}  # fmt: skip


class _View:
    """What an agent may know at a place of a session; ``place`` names the place and seeds its random numbers."""

    def __init__(self, game: Game, state: State, seat: str, *place: object) -> None:
        self._game, self._state, self._place = game, state, place
        self.seat = seat
        """The seat that the agent plays."""

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines that the seat has heard in all stages, with ``seat``, ``act``, ``says`` and more."""
        return [dict(line) for line in self.knows.heard]

    @cached_property
    def knows(self) -> SeatView:
        """All else that the seat may know, as the program itself reads it; its fields may change between versions."""
        return seat_view(self._game, self._state, self.seat)

    @cached_property
    def random(self) -> Random:
        """A random generator, the same at the same place of a session with the same seed."""
        return self._game.rng(*self._place)


class AgentView(_View):
    """What an agent is given for a turn: what its seat may know, and what the rules permit it to do.

    Args:
        game: the game.
        state: the state, with the agent's seat on the floor.
        session: the session's id.
    """

    def __init__(self, game: Game, state: State, session: str) -> None:
        self._floor = floor_of(state)
        self.stage = game.stages[state["stage"]].id
        """The stage, by id."""
        super().__init__(game, state, self._floor["seat"], "agent", self.stage, state["turn"])
        self.session = session
        """The session's id."""
        self.number: int = len(state["lines"]) + 1
        """The number of the line that the agent will say, from 1."""

    def __repr__(self) -> str:
        open_to = ", ".join(self.acts)
        return f"<AgentView {self.seat} in {self.stage}, line {self.number}: {self.why}; {open_to}>"

    @property
    def why(self) -> str:
        """Why the seat has the floor, as a code: ``asked``, ``votes``, …; sandbox/README.md explains them."""
        return self._floor["why"]

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of an answer, as a model gets it: each field with the values that it may have now."""
        return turn_schema(self._game, self._state, self._floor, None)

    @property
    def acts(self) -> list[Act]:
        """The acts that are open to the seat."""
        return list(self.schema["properties"]["act"]["enum"])

    @property
    def to(self) -> list[str]:
        """The seats that it may address, and ``all``."""
        return list(self.schema["properties"]["to"]["enum"])

    @property
    def options(self) -> dict[str, dict[str, str]]:
        """The options that ``terms`` may name now, by question, with their texts; empty if it may name none."""
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
    def messages(self) -> list[dict[str, str]]:
        """The messages that a model would be sent for this turn: role card, facts, minutes, lines, what is open."""
        return [dict(message) for message in turn_messages(self._game, self._state, self._floor, None)]

    def turn(self, act: str, says: str, **fields: Any) -> dict[str, Any]:
        """Return an answer in which the fields that are left out are filled in: to all, and empty.

        Args:
            act: one of `acts`.
            says: the words, `longest` characters at most.
            fields: other fields of `schema`: ``to``, ``terms`` (option by question), ``condition``, ``about``, …

        Raises:
            InputError: a field does not exist, or has a value of a wrong type.
        """
        return dict(self._read({"act": act, "says": says, **fields}))

    def refusal(self, turn: Mapping[str, Any]) -> str:
        """Return why an answer would be refused, in the session's language; empty if it would be accepted."""
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
        read = person_turn(game, state, answer)
        if also := also_said(self.schema["properties"], answer, told):
            read["also"] = also
        return make_line(game, state, read, "agent")

    def _read(self, turn: object) -> dict[str, Any]:
        words = self._game.words
        answer = _fields(turn, words, _NEEDED, _ANSWERS)
        for name, value in answer.items():
            if not isinstance(value, _ANSWERS[name]):
                kind, wanted = type(value).__name__, _ANSWERS[name].__name__
                raise words.refusal("agent.kind", field=name, kind=kind, wanted=wanted)
        empty = {name: kind() for name, kind in _ANSWERS.items() if name != "also"}
        return {**empty, "to": ALL, **answer}


class PulseView(_View):
    """What an agent is given for the private pulse of its seat.

    Args:
        game: the game.
        state: the state.
        seat: the seat that the agent plays.
        moment: ``start``, or the stage that has just ended.
        by_rule: the pulse by the rules.
    """

    def __init__(self, game: Game, state: State, seat: str, moment: str, by_rule: Pulse) -> None:
        super().__init__(game, state, seat, "agent pulse", moment, seat)
        self.moment = moment
        self.by_rule = Pulse(**by_rule)
        """``trust``, ``conviction`` and ``burden`` by the rules; an agent may return them unchanged."""

    def __repr__(self) -> str:
        return f"<PulseView {self.seat} at {self.moment}: by rule {self.by_rule}>"

    @cached_property
    def _call(self) -> Any:
        return pulse_call(self._game, self._state, self.seat, self.moment)

    @property
    def messages(self) -> list[dict[str, str]]:
        """The messages that a model would be sent for this pulse."""
        return [dict(message) for message in self._call.messages]

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema by which a model would answer; an agent may leave out ``why``."""
        return dict(self._call.schema)


def _fields(
    answer: object, words: Words, needed: Iterable[str], known: Iterable[str], beside: str = ""
) -> Mapping[str, Any]:
    """Return an answer if it is a mapping with all needed fields and no unknown ones."""
    if not isinstance(answer, Mapping):
        raise words.refusal("agent.no_turn", kind=type(answer).__name__)
    if strange := [str(name) for name in answer if name not in (*known, beside)]:
        raise words.refusal("agent.unknown", fields=strange, allowed=[*known])
    if missing := [name for name in needed if name not in answer]:
        raise words.refusal("agent.missing", fields=missing)
    return answer


async def answered(ask: Callable[[Any], object], view: object, name: str, seat: str) -> object:
    """Return what an agent answers, after waiting for it if it is asynchronous.

    Raises:
        InputError: the agent tried to exit the program. Other exceptions of the agent pass through.
    """
    try:
        answer = ask(view)
        return await answer if inspect.isawaitable(answer) else answer
    except SystemExit as error:
        raise refusal("agent.exits", name=name, seat=seat) from error


async def agent_line(context: SessionContext, state: State, floor: Floor) -> Line:
    """Return the line of the agent whose seat has the floor, after waiting for it if it is asynchronous.

    Raises:
        InputError: what it returned cannot be used. Other exceptions of the agent pass through.
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


def answers_pulses(context: SessionContext) -> bool:
    """Return whether a Python agent answers the pulses of its seat."""
    return any(callable(getattr(agent, "pulse", None)) for agent in context.agents.values())


async def agent_pulses(context: SessionContext, state: State, by_rule: PulseRound) -> dict[str, Pulse]:
    """Return the pulses of the seats whose agents answer them; the agents are asked one after the other.

    Raises:
        InputError: what one returned is no pulse. Other exceptions of an agent pass through.
    """
    game, moment, answers = context.game, by_rule["moment"], dict[str, Pulse]()
    for seat in seats_asked(context, state, by_rule):
        ask = getattr(context.agents.get(seat), "pulse", None)
        if seat not in game.spec.agents or not callable(ask):
            continue
        name, level = game.spec.agents[seat], by_rule["levels"][seat]
        answer = await answered(ask, PulseView(game, state, seat, moment, level), name, seat)
        try:
            answers[seat] = read_pulse(_fields(answer, game.words, level, level, "why"))
        except (InputError, UnusableAnswerError) as error:
            why = error if isinstance(error, InputError) else error.args[0]
            raise refusal("agent.refused_pulse", name=name, seat=seat, moment=moment, why=why) from error
    return answers
