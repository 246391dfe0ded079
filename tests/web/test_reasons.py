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


@pytest.mark.parametrize(("lang", "commands"), [("en", "line of command"), ("zh", "按级别，该您了")])
async def test_a_training_goes_by_command_only_where_the_rules_do(tmp_path: Path, lang: Lang, commands: str) -> None:
    told: dict[str, list[str]] = {"command": [], "joint_production": []}
    for governance, reasons in told.items():

        class People(Desk):
            async def ask(self, view: SeatView, state: State, reasons: list[str] = reasons) -> dict[str, Any]:
                if view.why == "cascade":
                    reasons.append(why_yours(view._game, view))
                return {**await super().ask(view, state), "act": "inform"}

        spec = rules_spec(persons=SEATS, stages=("training",), turns=12, lang=lang, governance=governance)
        await run(new_folder(tmp_path, governance), spec, People())
    assert any(commands in reason for reason in told["command"])
    assert told["joint_production"]
    assert not any(commands in reason for reason in told["joint_production"])
