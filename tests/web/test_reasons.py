"""Why it is somebody's turn, as their page says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.content.acts import has
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.state import State
from sandbox.game.view import SeatView
from sandbox.web.tables.waiting import line_put, why_yours
from tests.content.folders import LIBRARY
from tests.session.desk import SEATS, Desk, rules_spec, run
from tests.session.support import new_folder
from tests.web.light import light
from tests.web.playing import begin
from tests.web.served import WebServer
from tests.web.tables import MAYOR, make_table


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_whoever_was_asked_reads_the_question_however_they_came_to_the_floor(tmp_path: Path, lang: Lang) -> None:
    question, told = "I ask for the street. " * 12 + "Who has the key at seven? Please in a whole sentence.", []

    class People(Desk):
        async def ask(self, view: SeatView, state: State) -> dict[str, Any]:
            answer = await super().ask(view, state)
            if view.questions:
                told.append((view.why, why_yours(view._game, view, Words(lang)), line_put(view)))
                return {**answer, "act": next(act for act in view.acts if has(act, "answers"))}
            if view.turn == 0:
                other = next(seat for seat in view.present if seat != view.seat)
                return {**answer, "act": "ask", "to": other, "says": question}
            return {**answer, "act": "inform"}

    spec = rules_spec(persons=SEATS, stages=("training",), turns=6, lang=lang)
    await run(new_folder(tmp_path, "one"), spec, People())
    assert told
    assert told[0][0] == "unheard", "lines are few"
    assert told[0][2]
    assert told[0][2]["says"] == question, "whole, however long it is"
    assert Game(spec, LIBRARY).name(told[0][2]["seat"]) in told[0][1]


@pytest.mark.parametrize(("lang", "commands"), [("en", "line of command"), ("zh", "按级别，该您了")])
async def test_a_training_goes_by_command_only_where_the_rules_do(tmp_path: Path, lang: Lang, commands: str) -> None:
    told: dict[str, list[str]] = {"command": [], "joint_production": []}
    for governance, reasons in told.items():

        class People(Desk):
            async def ask(self, view: SeatView, state: State, reasons: list[str] = reasons) -> dict[str, Any]:
                if view.why == "cascade":
                    reasons.append(why_yours(view._game, view, Words(lang)))
                return {**await super().ask(view, state), "act": "inform"}

        spec = rules_spec(persons=SEATS, stages=("training",), turns=12, lang=lang, governance=governance)
        await run(new_folder(tmp_path, governance), spec, People())
    assert any(commands in reason for reason in told["command"])
    assert told["joint_production"]
    assert not any(commands in reason for reason in told["joint_production"])


@pytest.mark.parametrize(("lang", "most"), [("en", 160), ("zh", 80)])
def test_what_is_wanted_of_a_player_fits_into_the_three_lines_that_a_phones_bar_has(lang: Lang, most: int) -> None:
    words = Words(lang)
    count = words("table.line_of", turn=12, limit=40)
    for key in ("motion.asked", "motion.amend", "why_yours.by_rank", "why_yours.unheard", "why_yours.last_word"):
        assert len(words("gap").join([words(key, line="L012"), count])) <= most, key
    assert not words("why_yours.by_rank").startswith(words("table.yours")), "which stands above"


async def test_news_that_comes_in_a_turn_stands_in_its_box_until_the_line_is_said(server: WebServer) -> None:
    table, words = make_table(server, (MAYOR, "Bo"), lang="zh"), Words("zh")
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo:
        await begin(desk)
        await bo.wait("data-send")
        await bo.do(bo.find("data-says"), "update:", "Half a line")
        draft = bo.find("data-says")
        tabs = next(key for key, one in desk.elements.items() if "tabs" in str(one["tag"]) and one.get("events"))
        await desk.do(tabs, "update:", "send")
        await desk.do(await desk.wait("data-message"), "update:", "Five minutes to the break.")
        await desk.click("data-send-message")
        await bo.until(lambda: bool(bo.find("data-came")))
        assert "Five minutes to the break." in str(bo.elements[bo.find("data-came")]["text"])
        assert words("notice.message") in str(bo.elements[bo.find("data-came")]["text"])
        assert bo.find("data-says") == draft, "nothing of what is typed is touched"
        await bo.say("The hall is empty.", "inform")
        await bo.until(lambda: not bo.find("data-came"))
