"""The private re-interview: after the session each persona answers closed questions about its own card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sandbox.content.words import refusal, said
from sandbox.errors import AnswerError
from sandbox.game.fold import fold, upto
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.starting import briefing_read
from sandbox.game.view import SeatView, seat_view
from sandbox.llm.calls import Call, Sampling
from sandbox.llm.structured import UnusableAnswerError
from sandbox.record.line import Line
from sandbox.scoring.audit.audited import Audited
from sandbox.scoring.audit.consistency import LETTERS, Answer, Question, questions

if TYPE_CHECKING:
    from sandbox.llm.gateway import Gateway


_SAMPLING = Sampling(temperature=0.0, max_tokens=60)
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": list(LETTERS)}},
    "required": ["answer"],
    "additionalProperties": False,
}


async def interview(session: Session, gateway: Gateway) -> tuple[Answer, ...]:
    """Ask each persona of a session in private, after the method of InCharacter (Wang et al. 2024, arXiv:2310.17976).

    A prompt has what the seat may see at the end of the session, and its card without the passage in question:
    otherwise a model could copy the passage without playing the persona. If all answers to a call are unusable, the
    answer has no letter and counts neither as right nor as wrong.

    The ``gateway`` should lead to the model that played; otherwise the measure means nothing.

    Raises:
        InputError: nobody has spoken yet.
        EndpointError: the endpoint refused or cannot be reached.
        BudgetReachedError: the budget is used up.
    """
    if not session.lines:
        raise refusal("refused.unspoken", session=session.id)
    game = session.game
    state = fold(game, upto(session.events, session.lines[-1]["id"]))
    answers = []
    for question in questions(Audited(session), game.spec.seed):
        view = seat_view(game, state, question.seat)
        own = [line for line in session.lines if line["seat"] == question.seat]
        answers.append(Answer(session.id, question, await _ask(game, view, own, question, gateway)))
    return tuple(answers)


async def _ask(game: Game, view: SeatView, own: Sequence[Line], question: Question, gateway: Gateway) -> int | None:
    lang = game.spec.lang
    here = {line["id"] for line in view.lines}
    templates = game.templates
    user = templates.render(
        "interview",
        part="question",
        title=game.scenario.title.get(lang),
        minutes=[minutes["text"] for minutes in view.minutes],
        lines=[{**line, "role": game.role(line["seat"])} for line in view.lines],
        own=[line for line in own if line["id"] not in here],
        persona=view.persona,
        briefing=briefing_read(game, question.seat),
        whispers=[advice["text"] for advice in view.whispers],
        passage=question.passage,
        options=list(zip(LETTERS, question.options, strict=True)),
    )
    call = Call(
        key=f"interview:{gateway.endpoint.model}:{question.seat}:{question.passage}",
        seat=question.seat,
        stage="interview",
        lang=lang,
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
    letter = answer.get("answer")
    if letter not in LETTERS:
        raise UnusableAnswerError(said("unusable.letter", allowed=LETTERS))
    return LETTERS.index(letter)
