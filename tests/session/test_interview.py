"""The private re-interview: what is asked, what a prompt holds, and what becomes of the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.errors import InputError
from sandbox.game.session import Session
from sandbox.llm.usage import Meter
from sandbox.record.log import Log
from sandbox.scoring.audit.audited import Audited
from sandbox.scoring.audit.consistency import LETTERS, Answer, consistency, questions
from sandbox.session.context import LogRecord
from sandbox.session.interview import interview
from tests.session.support import (
    SteadyModel,
    models_at,
    new_folder,
    play,
    properties,
    serving,
    spec_of,
)

MARK = {"en": "# The question", "zh": "# 问题"}
LANGS: tuple[Lang, ...] = ("en", "zh")


class Asked(SteadyModel):
    """Answers the closed questions, in their order, as it is told to."""

    def __init__(self, letters: Sequence[str]) -> None:
        super().__init__()
        self.letters = letters

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the object that answers a request body."""
        del body
        return {"answer": self.letters[(len(self.requests) - 1) % len(self.letters)]}


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> dict[Lang, Session]:
    """Play a session in each language, once for all tests."""
    sessions: dict[Lang, Session] = {}
    for lang in LANGS:
        folder = new_folder(tmp_path_factory.mktemp("interview"), lang)
        with serving(SteadyModel("propose")) as url:
            spec = spec_of(lang=lang, stages=("training", "public_engagement"), turns=6)
            sessions[lang] = asyncio.run(play(folder, spec, url, judge=False))
    return sessions


async def asked(session: Session, model: Asked, log: Log | None = None, times: int = 1) -> tuple[Answer, ...]:
    """Interview the personas of a session."""
    answers: tuple[Answer, ...] = ()
    with serving(model) as url:
        models = models_at(url)
        gateway = models.speaking(Meter(), LogRecord(log) if log else None)
        assert gateway is not None
        async with models.endpoints:
            for _ in range(times):
                answers = await interview(session, gateway)
    return answers


async def test_who_knows_its_card_is_consistent(sessions: Any) -> None:
    session = sessions["zh"]
    wanted = questions(Audited(session), session.spec.seed)
    spoke = {line["seat"] for line in session.lines}
    assert spoke == set(session.game.present("training"))
    assert {one.seat for one in wanted} == spoke
    assert len(wanted) == 5 * len(spoke)
    right = await asked(session, Asked([LETTERS[one.right] for one in wanted]))
    assert [one.question for one in right] == wanted
    assert (consistency(right).value, consistency(right).n) == (1.0, len(wanted))
    wrong = await asked(session, Asked([LETTERS[one.right - 1] for one in wanted]))
    assert (consistency(wrong).value, consistency(wrong).status) == (0.0, "red")


@pytest.mark.parametrize("lang", LANGS)
async def test_a_prompt_holds_the_own_view_without_what_is_asked_for(sessions: Any, lang: Lang) -> None:
    session = sessions[lang]
    game = session.game
    await asked(session, model := Asked("A"))
    for question, body in zip(questions(Audited(session), game.spec.seed), model.requests, strict=True):
        assert body["temperature"] == 0
        assert properties(body) == {"answer": {"type": "string", "enum": list(LETTERS)}}
        prompt, options = body["messages"][-1]["content"].split(MARK[lang])
        assert question.options[question.right] not in prompt
        assert [x for x in question.options if x not in options] == []
        heard = [x["says"] for x in session.lines if question.seat in x["visible_to"] and x["stage"] != "training"]
        assert heard
        assert [x for x in heard if x not in prompt] == []
        for seat, card in game.personas.items():
            if seat != question.seat:
                secrets = [game.seats[seat].briefing.get(lang), *(x.get(lang) for x in card.private)]
                assert [x for x in (*secrets, card.non_negotiable.get(lang)) if x in prompt] == [], seat


async def test_answers_on_record_are_not_asked_for_again(sessions: Any) -> None:
    log = Log()
    model = Asked("ABCD")
    answers = await asked(sessions["en"], model, log, times=2)
    assert len(model.requests) == len(answers) == len(log.of("call"))
    assert {event.stage for event in log.of("call")} == {"interview"}


async def test_an_answer_that_stays_unusable_is_neither_right_nor_wrong(sessions: Any) -> None:
    session = sessions["en"]
    right = [LETTERS[question.right] for question in questions(Audited(session), session.spec.seed)]
    answers = await asked(sessions["en"], Asked(["E"] * 5 + right[1:]))  # five attempts are made at the first
    assert [answer.option for answer in answers][:2] == [None, LETTERS.index(right[1])]
    found = consistency(answers)
    assert (found.value, found.n, found.beside["failed"]) == (1.0, len(right) - 1, 1)


async def test_without_a_line_there_is_nothing_to_ask(sessions: Any) -> None:
    with pytest.raises(InputError, match="nobody has spoken"):
        await asked(Session.of(sessions["en"].game, ()), Asked("A"))
