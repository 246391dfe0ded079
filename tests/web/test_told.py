"""What people are told before a table begins: the case, and how long it takes within what was planned."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.game.starting import briefing
from sandbox.game.view import open_facts
from sandbox.report.role_card import right_text
from sandbox.web.desk.setup_form import time_plan
from sandbox.web.panels import how_long
from sandbox.web.tables.database import Setup
from tests.content.folders import LIBRARY
from tests.web.light import light
from tests.web.served import WebServer
from tests.web.tables import MAYOR, PARENT, make_table

CASE, STAGES = "four_oclock_school", ("training", "application", "learning_tour", "public_engagement")


async def test_a_player_reads_the_case_and_the_wall_what_is_behind_the_question(server: WebServer) -> None:
    case, lang = LIBRARY.scenario(CASE), Words("zh").lang
    table = make_table(server, (MAYOR, "Anna"), (PARENT, "Bo"), lang=lang, stages=STAGES)
    async with light(table.seats[MAYOR]) as anna, light(table.projector) as wall:
        for text in (case.question, case.background):
            assert anna.shows(text.get(lang))
            assert wall.shows(text.get(lang))
        known = {fact.id for fact in case.facts if anna.shows(fact.text.get(lang))}
        assert anna.elements[anna.find("data-told-case")]["props"]["model-value"] is False  # folded
    assert known == {fact.id for fact in case.facts if not fact.platform and not fact.visited} - set(case.tour.hidden)


def test_facts_of_platform_and_tour_are_open_to_nobody_before_the_first_stage() -> None:
    for name in LIBRARY.cards["scenario"]:
        case = LIBRARY.scenario(name)
        for model in case.governance:
            # Played from the tour on, the visited place would be known to all.
            game = Game(SessionSpec(scenario=name, governance=model, stages=("learning_tour",)), LIBRARY)
            told = open_facts(game)
            assert told
            assert not [fact.id for fact in told if fact.platform or fact.visited or fact.id in case.tour.hidden]


async def test_whoever_reads_another_language_than_the_table_has_a_whole_card_in_it(server: WebServer) -> None:
    table, card = make_table(server, (MAYOR, "Anna"), lang="en", stages=STAGES), LIBRARY.persona(MAYOR)
    async with light(f"{table.seats[MAYOR]}?lang=zh") as anna:
        assert anna.shows(f"{card.name.en} · {card.role.zh}")
        assert anna.shows(f"{card.opening_line.zh}（{card.opening_line.en}）")  # it is said in that of the table
        spec = SessionSpec(scenario=CASE, governance="joint_production", lang="zh", stages=STAGES)
        game = Game(spec, LIBRARY)
        assert anna.shows(game.scenario.title.zh)
        assert anna.shows(right_text(game, Words("zh"), MAYOR))
        assert anna.shows(briefing(game, MAYOR))
        assert not anna.shows(briefing(game.in_language("en"), MAYOR))


def test_the_time_of_stages_that_are_left_out_goes_to_those_that_are_played() -> None:
    few, all_four = ("application", "public_engagement"), time_plan(LIBRARY, CASE, STAGES, 45)
    plan = time_plan(LIBRARY, CASE, few, 45)
    assert plan.keys() == {*few}
    assert all(plan[stage] > all_four[stage] for stage in few)
    assert sum(plan.values()) == sum(all_four.values()), "and not to the talk around it"


def test_briefing_and_debrief_have_a_third_of_the_time_and_a_quarter_of_a_lesson() -> None:
    for minutes, played in [(40, 30), (45, 34), (60, 40), (90, 60)]:
        for stages in (STAGES, ("public_engagement",)):
            assert sum(time_plan(LIBRARY, CASE, stages, minutes).values()) == pytest.approx(played, abs=1)


async def test_the_time_that_was_chosen_stays_chosen_and_players_are_told_of_it(server: WebServer) -> None:
    minutes, words, card = time_plan(LIBRARY, CASE, STAGES, 90), Words("en"), LIBRARY.persona(MAYOR)
    told = words("guide.long_within", minutes=sum(minutes.values()), whole=90)
    table = make_table(server, (MAYOR, "Anna"), lang="en", stages=STAGES, minutes=minutes, plan=90)
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as anna:
        assert anna.shows(told)
        for _ in range(2):  # as it was set up, and as it was saved from the form
            await desk.unfold("data-change")
            plan = desk.elements[await desk.wait("data-plan")]["props"]
            assert desk.shows(words("setup.open_for", seats=[f"{card.name.en} · {card.role.en}"]))
            chosen = next(each for each in plan["options"] if each["value"] == plan["model-value"]["value"])
            assert chosen["label"] == words("setup.plan_of", minutes=90)
            await desk.click("data-open")
            await desk.until(lambda: not desk.find("data-plan"))
        await anna.settle()
        assert anna.shows(told)


def test_minutes_that_were_set_by_hand_are_no_plan_and_those_beyond_one_are_told_alone() -> None:
    words, game = Words("en"), Game(SessionSpec(scenario=CASE, governance="joint_production"), LIBRARY)
    setup = Setup(CASE, "joint_production", "", "en", STAGES, None, 1, (MAYOR,), dict.fromkeys(STAGES, 20))
    assert how_long(game, words, setup) == words("guide.long", minutes=80)
    for plan, told in ((90, "guide.long_within"), (60, "guide.long")):
        planned = Setup(**{**vars(setup), "plan": plan})
        assert how_long(game, words, planned) == words(told, minutes=80, whole=plan)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_one_learner_among_cards_is_told_the_time_that_cards_and_a_person_take(lang: Lang) -> None:
    words = Words(lang)
    game = Game(SessionSpec(scenario=CASE, governance="joint_production", lang=lang, model="cards"), LIBRARY)

    def told(people: int, minutes: Mapping[str, int], seconds: int = 0, *, reading: bool = True) -> tuple[int, ...]:
        persons = tuple(seat for seat in game.seats if seat != game.scenario.tour.host)[:people]
        setup = Setup(CASE, "joint_production", "", lang, STAGES, None, 1, persons, minutes, seconds, reading=reading)
        return tuple(map(int, re.findall(r"\d+", how_long(game, words, setup))))

    least, most = told(1, {})
    assert least < 15  # played in 11 minutes with one turn of a person's own
    assert 20 <= most <= 30  # and 20 to 25 where each was taken at leisure
    assert told(1, {}, 60)[1] < most
    assert told(1, {}, reading=False) < (least, most)
    assert told(3, {})[1] > most
    assert told(1, dict.fromkeys(STAGES, 2)) == (8,)
    least, most = told(7, {}, 25)
    assert most - least >= 1, "a vote has two minutes, however short a turn is"


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_a_session_within_a_whole_time_has_one_for_each_turn(server: WebServer, lang: Lang) -> None:
    table, words = make_table(server, (MAYOR, "Anna"), lang=lang), Words(lang)
    played = sum(time_plan(LIBRARY, CASE, ("training",), 90).values())
    async with light(table.desk) as desk:
        await desk.unfold("data-change")
        await desk.choose(await desk.wait("data-plan"), words("setup.plan_of", minutes=90))
        await desk.until(lambda: "90" in str(desk.elements[desk.find("data-turn-seconds")]["props"]))
        after = words("setup.time.turn", seconds=90, vote=120, after=words("setup.idle.persona"))
        await desk.until(lambda: desk.shows(words("setup.time.plan", minutes=90, played=played) + words("gap") + after))
        await desk.choose(desk.find("data-plan"), words("setup.no_plan"))
        unlimited = words("gap").join(words(f"setup.time.{key}") for key in ("none", "no_turn"))
        await desk.until(lambda: unlimited in str(desk.elements[desk.find("data-time")]["text"]))
        assert "90" not in str(desk.elements[desk.find("data-turn-seconds")]["props"]), "no limit means none"


async def test_stages_with_times_of_their_own_are_not_called_without_limit(server: WebServer) -> None:
    table = make_table(server, (MAYOR, "Anna"), minutes={"training": 9})
    async with light(table.desk) as desk:
        await desk.unfold("data-change")
        options = desk.elements[await desk.wait("data-plan")]["props"]["options"]
        assert options[0]["label"] == Words("en")("setup.by_stage")
        times = [
            one
            for one in desk.elements.values()
            if Words("en")("setup.minutes", stage="|").split("|")[1] in str(one.get("props", {}).get("label"))
        ]
        shown = [one["props"]["label"] for one in times if "hidden" not in one.get("class", ())]
        names = [LIBRARY.stage("training").name.get("en")]
        assert shown == [Words("en")("setup.minutes", stage=name) for name in names], "of the stages that are played"
