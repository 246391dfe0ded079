"""What an agent of one's own is asked with for a pulse, and how its answer is read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from random import Random
from typing import Any

from sandbox.content.words import Words, refusal
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.pulse import Pulse, PulseRound
from sandbox.game.state import State
from sandbox.game.view import SeatView, seat_view
from sandbox.llm.structured import UnusableAnswerError
from sandbox.session.agent_view import answered
from sandbox.session.context import SessionContext
from sandbox.session.pulses import pulse_call, read_pulse, seats_asked


class PulseView:
    """What an agent is asked with for the pulse of its seat, in private.

    Args:
        game: the game.
        state: where it stands.
        seat: the seat that the agent plays.
        moment: ``start``, or the stage that has just ended.
        by_rule: what the rules make of it.
    """

    def __init__(self, game: Game, state: State, seat: str, moment: str, by_rule: Pulse) -> None:
        self._game, self._state = game, state
        self.seat, self.moment = seat, moment
        self.by_rule = Pulse(**by_rule)
        """``trust``, ``conviction`` and ``burden`` as the rules have them, which may be returned as they are."""

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
        """The JSON schema that a model would answer by; of its fields ``why`` may be left out here."""
        return dict(self._call.schema)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines that the seat has heard, of all stages."""
        return [dict(line) for line in self.knows.heard]

    @cached_property
    def knows(self) -> SeatView:
        """All else that the seat may know, as the program itself reads it; that may change between versions."""
        return seat_view(self._game, self._state, self.seat)

    @cached_property
    def random(self) -> Random:
        """Chance, the same at the same place of a session with the same seed."""
        return self._game.rng("agent pulse", self.moment, self.seat)


def answers_pulses(context: SessionContext) -> bool:
    """Return whether an agent in Python answers the pulses of its seat."""
    return any(callable(getattr(agent, "pulse", None)) for agent in context.agents.values())


async def agent_pulses(context: SessionContext, state: State, by_rule: PulseRound) -> dict[str, Pulse]:
    """Return the pulses of the seats whose agents answer them, one after the other.

    Raises:
        InputError: what one returned is no pulse; whatever else it raises comes as it is.
    """
    game, moment, answers = context.game, by_rule["moment"], dict[str, Pulse]()
    for seat in seats_asked(context, state, by_rule):
        ask = getattr(context.agents.get(seat), "pulse", None)
        if seat not in game.spec.agents or not callable(ask):
            continue
        view = PulseView(game, state, seat, moment, by_rule["levels"][seat])
        answer = await answered(ask, view, game.spec.agents[seat], seat)
        try:
            answers[seat] = _read(answer, game.words)
        except (InputError, UnusableAnswerError) as error:
            why = error if isinstance(error, InputError) else error.args[0]
            name = game.spec.agents[seat]
            raise refusal("agent.refused_pulse", name=name, seat=seat, moment=moment, why=why) from error
    return answers


def _read(answer: object, words: Words) -> Pulse:
    if not isinstance(answer, Mapping):
        raise words.refusal("agent.no_turn", kind=type(answer).__name__)
    levels = [*Pulse.__annotations__]
    if strange := [str(name) for name in answer if name not in (*levels, "why")]:
        raise words.refusal("agent.unknown", fields=strange, allowed=levels)
    if missing := [name for name in levels if name not in answer]:
        raise words.refusal("agent.missing", fields=missing)
    return read_pulse(answer)
