"""The pulse: three private questions to a seat between stages, asked of the model that plays it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.errors import AnswerError
from sandbox.game.pulse import Pulse, PulseRound
from sandbox.game.state import State
from sandbox.llm.calls import Call, Sampling
from sandbox.llm.structured import UnusableAnswerError
from sandbox.session.context import SessionContext

__all__ = ["ask_pulses", "read_pulse"]

_SAMPLING = Sampling(temperature=0.3, max_tokens=160)
_NAMES = ("trust", "conviction", "burden")
_LEVEL = {"type": "integer", "minimum": 1, "maximum": 5}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {**dict.fromkeys(_NAMES, _LEVEL), "why": {"type": "string", "maxLength": 200}},
    "required": [*_NAMES, "why"],
    "additionalProperties": False,
}


async def ask_pulses(context: SessionContext, state: State, by_rule: PulseRound) -> dict[str, Pulse]:
    """Ask every seat that a persona holds, and return the answers; a seat whose answer stays unusable is left out.

    Raises:
        EndpointError: the endpoint refused or cannot be reached.
        BudgetReachedError: the budget is used up.
    """
    answers: dict[str, Pulse] = {}
    for seat in by_rule["levels"]:
        # One after the other: the budget is looked at before each call, and the log keeps its order.
        if seat not in state["desk"]["persons"]:
            answer = await _ask(context, state, seat, by_rule["moment"])
            if answer is not None:
                answers[seat] = answer
    return answers


async def _ask(context: SessionContext, state: State, seat: str, moment: str) -> Pulse | None:
    game, speaker = context.game, context.speaker
    if speaker is None:
        return None
    lang, card = game.spec.lang, game.personas[seat]
    heard = [line for line in state["lines"] if line["stage"] == moment and seat in line["visible_to"]]
    names = {stage.id: stage.name.get(lang) for stage in game.stages}
    user = game.templates.render(
        "pulse",
        stage=names.get(moment, game.scenario.title.get(lang)),
        lines=[{**line, "role": game.role(line["seat"])} for line in heard],
        role=game.role(seat),
        manner=card.manner.get(lang),
        interests="; ".join(text.get(lang) for text in card.interests),
        fears="; ".join(text.get(lang) for text in card.fears),
        briefing=game.seats[seat].briefing.get(lang),
        before=state["pulses"][-1]["levels"][seat] if state["pulses"] else None,
    )
    call = Call(
        key=f"pulse:{moment}:{seat}",
        seat=seat,
        stage=moment,
        messages=(
            {"role": "system", "content": game.templates.render("system_pulse")},
            {"role": "user", "content": user},
        ),
        schema=_SCHEMA,
        parse=read_pulse,
        sampling=_SAMPLING,
        seed=game.rng("pulse", moment, seat).randrange(1_000_000),
    )
    try:
        return (await speaker.ask(call)).value
    except AnswerError:
        return None


def read_pulse(answer: Mapping[str, Any]) -> Pulse:
    """Return an answer as a pulse.

    Raises:
        UnusableAnswerError: a level is missing, or no whole number from 1 to 5.
    """
    levels = [answer.get(name) for name in _NAMES]
    if not all(isinstance(level, int) and not isinstance(level, bool) and 1 <= level <= 5 for level in levels):
        raise UnusableAnswerError("trust, conviction and burden must be whole numbers from 1 to 5")
    return {"trust": answer["trust"], "conviction": answer["conviction"], "burden": answer["burden"]}
