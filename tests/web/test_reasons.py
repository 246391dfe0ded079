"""Why it is somebody's turn, as their page says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.content.acts import has
from sandbox.content.language import LANGUAGES, Lang
from sandbox.game.state import State
from sandbox.game.view import SeatView
from sandbox.web.waiting import why_yours
from tests.session.desk import SEATS, Desk, rules_spec, run
from tests.session.support import new_folder


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_whoever_was_asked_reads_the_question_however_they_came_to_the_floor(tmp_path: Path, lang: Lang) -> None:
    question, told = "Who has the key at seven?", []

    class People(Desk):
        async def ask(self, view: SeatView, state: State) -> dict[str, Any]:
            answer = await super().ask(view, state)
            if view.questions:
                told.append((view.why, why_yours(view._game, view)))
                return {**answer, "act": next(act for act in view.acts if has(act, "answers"))}
            if view.turn == 0:
                other = next(seat for seat in view.present if seat != view.seat)
                return {**answer, "act": "ask", "to": other, "says": question}
            return {**answer, "act": "inform"}

    spec = rules_spec(persons=SEATS, stages=("training",), turns=6, lang=lang)
    await run(new_folder(tmp_path, "one"), spec, People())
    assert told
    assert told[0][0] == "unheard", "lines are few"
    assert question in told[0][1]
