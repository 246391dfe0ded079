"""The private re-interview: after the session each persona answers closed questions about its own card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.content.templates import Templates
from sandbox.errors import AnswerError, InputError
from sandbox.game.fold import Follower, upto
from sandbox.game.game import Game
from sandbox.game.view import SeatView, seat_view
from sandbox.llm.gateway import Call, Gateway, Sampling
from sandbox.llm.structured import UnusableAnswerError
from sandbox.record.events import Event
from sandbox.record.line import Line
from sandbox.scoring.audit.asking import LETTERS, Answer, Question, questions
from sandbox.scoring.audit.sessions import audited

__all__ = ["interview"]

_SAMPLING = Sampling(temperature=0.0, max_tokens=60)
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": list(LETTERS)}},
    "required": ["answer"],
    "additionalProperties": False,
}


async def interview(game: Game, events: Sequence[Event], gateway: Gateway, templates: Templates) -> tuple[Answer, ...]:
    """Ask each persona of a session in private, after the style of InCharacter (Wang et al. 2024, arXiv:2310.17976).

    A prompt holds what its seat may see at the end of the session, and its card without the passage that is asked for:
    with that passage in the prompt, a model could copy it without being anybody. A call whose answers stay unusable
    gives an answer without a letter, which counts neither as right nor as wrong.

    Args:
        game: the game of the session.
        events: its log.
        gateway: the model that is asked; that which played, for the measure to mean what it says.
        templates: templates in the session's language.

    Raises:
        InputError: nobody has spoken yet.
        EndpointError: the endpoint refused or cannot be reached.
        BudgetReachedError: the budget is used up.
    """
    one = audited(game, events)
    if not one.played.lines:
        raise InputError(f"session {one.id} has no lines to ask about")
    follower = Follower(game)
    for event in upto(events, one.played.lines[-1]["id"]):
        follower.event(event)
    answers = []
    for question in questions(one, game.spec.seed):
        view = seat_view(game, follower.state, question.seat)
        own = [line for line in one.played.lines if line["seat"] == question.seat]
        answers.append(Answer(one.id, question, await _ask(game, view, own, question, gateway, templates)))
    return tuple(answers)


async def _ask(
    game: Game, view: SeatView, own: Sequence[Line], question: Question, gateway: Gateway, templates: Templates
) -> int | None:
    lang = game.spec.lang
    here = {line["id"] for line in view.lines}
    user = templates.render(
        "interview",
        part="question",
        title=game.scenario.title.get(lang),
        minutes=[one["text"] for one in view.minutes],
        lines=[{**line, "role": game.role(line["seat"])} for line in view.lines],
        own=[line for line in own if line["id"] not in here],
        persona=view.persona,
        briefing=view.briefing,
        whispers=[one["text"] for one in view.whispers],
        passage=question.passage,
        options=list(zip(LETTERS, question.options, strict=True)),
    )
    call = Call(
        key=f"interview:{gateway.endpoint.model}:{question.seat}:{question.passage}",
        seat=question.seat,
        stage="interview",
        messages=(
            {"role": "system", "content": templates.render("interview", part="system")},
            {"role": "user", "content": user},
        ),
        schema=_SCHEMA,
        parse=_letter,
        sampling=_SAMPLING,
        seed=game.spec.seed,
    )
    try:
        return (await gateway.ask(call)).value
    except AnswerError:
        return None


def _letter(answer: dict[str, Any]) -> int:
    given = answer.get("answer")
    if given not in LETTERS:
        raise UnusableAnswerError(f"the answer must be one of {', '.join(LETTERS)}")
    return LETTERS.index(given)
