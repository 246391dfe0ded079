"""Measures of plans, tour, departments and reporting tasks, with known answers."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.game.session import Session
from sandbox.record.line import Line
from sandbox.scoring.audit.playing import play_measures
from sandbox.scoring.measures import measure
from tests.game.making import SCENARIO
from tests.scoring.making import line, played

DRAFTERS = ("scope.plans=frontline,broker",)  # the grid master and the village cadre
ONE = ("scope.plans=frontline",)
SECTIONS = ("problem", "people", "steps", "money", "success")
OWN = "Nobody upstairs ever asked us about evenings"
STORIES = {
    "F5": "In Guiyang one room stood unused for more than 3 years.",
    "F7": "Officials brought visitors for them to guide before the service had been set up.",
    "F15": "The room in Songbu stood locked for 5 months: village and organisation had fallen out over the key.",
    "F16": "The district's money ended last year, and the street office has scraped the wages together since.",
}
ONE_STORY = 1 / len(STORIES)


def writes(number: int, section: str, says: str = OWN, *, seat: str = "grid_master", **more: Any) -> Line:
    return line(number, seat, "propose", section=section, says=says, **{"stage": "application"} | more)


def drafted(*lines: Line, **more: Any) -> Session:
    return played(*lines, **{"changes": DRAFTERS} | more)


def test_sections_that_no_drafter_rewrote_are_copied() -> None:
    cases: list[tuple[list[Line], float]] = [
        ([], 1.0),
        ([writes(1, "money")], 0.9),
        ([writes(1, "money"), writes(2, "money")], 0.9),
        ([writes(1, "money"), writes(2, "people", seat="village_cadre")], 0.8),
        ([writes(1, "money"), writes(2, "people", stage="learning_tour")], 0.8),
        ([writes(number, section) for number, section in enumerate(SECTIONS)], 0.5),
        ([writes(1, "money", seat="mayor")], 1.0),
        ([writes(1, "money", stage="training")], 1.0),
        ([{**writes(1, "money"), "act": "ask"}], 1.0),
    ]
    for lines, copied in cases:
        assert measure("plan_sections_copied", drafted(*lines)) == copied


def test_where_nobody_drafts_there_is_no_plan_to_measure() -> None:
    for session in (drafted(writes(1, "money"), changes=("scope.plans=[]",)), drafted(stages=("training",))):
        assert measure("plan_sections_copied", session) is None
        assert measure("plan_overlap", session) is None


def test_a_plan_in_words_of_its_own_shares_nothing_with_the_one_handed_down() -> None:
    lines = [writes(number, section, f"{OWN} {section}") for number, section in enumerate(SECTIONS)]
    assert measure("plan_overlap", drafted(*lines, changes=ONE)) == 0.0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_more_of_a_plan_is_rewritten_the_less_it_overlaps(lang: Lang) -> None:
    own = {"en": OWN, "zh": "楼上的人从没问过我们晚上怎么过"}[lang]
    lines = [writes(number, section, own) for number, section in enumerate(SECTIONS)]
    found = [measure("plan_overlap", drafted(*lines[:count], lang=lang, changes=ONE)) for count in range(6)]
    shares = [share for share in found if share is not None]
    assert len(shares) == 6
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.5
    assert shares[-1] == 0.0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_rewrites_a_section_in_the_words_handed_down_still_copies_them(lang: Lang) -> None:
    lines = [writes(number, one, SCENARIO.plan[one].get(lang)) for number, one in enumerate(SECTIONS)]  # type: ignore[index]
    rewritten, copied = drafted(*lines, lang=lang, changes=ONE), drafted(lang=lang, changes=ONE)
    assert measure("plan_overlap", rewritten) == measure("plan_overlap", copied)
    assert measure("plan_sections_copied", rewritten) == 0.0


def toured(*told: str, stage: str = "learning_tour") -> Session:
    lines = [line(1, "mayor", "inform", stage=stage, says="Welcome to the hall.")]
    lines += [line(number, "ngo_director", "answer", stage=stage, says=says) for number, says in enumerate(told, 2)]
    return played(*lines)


def test_hidden_facts_count_once_they_are_told_on_the_tour() -> None:
    cases: list[tuple[list[str], float]] = [
        ([], 0.0),
        *(([story], ONE_STORY) for story in STORIES.values()),
        ([STORIES["F7"], STORIES["F7"]], ONE_STORY),
        ([STORIES["F7"], STORIES["F16"]], 2 * ONE_STORY),
        (list(STORIES.values()), 1.0),
        (["In Songbu 38 children of owners and tenants come to the class."], 0.0),  # shown to everybody
        (["In Haicang some retired teachers first did it as volunteers."], 0.0),  # no fact of the tour
    ]
    for told, share in cases:
        assert set(SCENARIO.tour.hidden) == set(STORIES)
        assert measure("hidden_facts_told", toured(*told)) == share


def test_hidden_facts_count_in_whatever_stage_they_are_told() -> None:
    for stage in ("training", "public_engagement"):
        assert measure("hidden_facts_told", toured(*STORIES.values(), stage=stage)) == 1.0
        assert measure("hidden_facts_told", toured(STORIES["F7"], stage=stage)) == ONE_STORY
        assert measure("hidden_facts_told", played()) is None


def test_doubters_are_persuaded_when_they_concede_after_their_objection() -> None:
    cases: list[tuple[list[tuple[str, Act]], float | None]] = [
        ([("grid_master", "object"), ("village_cadre", "object"), ("grid_master", "concede")], 0.5),
        ([("grid_master", "object"), ("grid_master", "concede")], 1.0),
        ([("grid_master", "concede"), ("grid_master", "object")], 0.0),
        ([("grid_master", "object"), ("grid_master", "concede"), ("grid_master", "object")], 0.0),
        ([("grid_master", "object"), ("mayor", "concede")], 0.0),
        ([("grid_master", "refuse"), ("grid_master", "concede")], None),
    ]
    for acts, share in cases:
        lines = [line(number, seat, act, stage="learning_tour") for number, (seat, act) in enumerate(acts, start=1)]
        assert measure("doubters_persuaded", played(*lines)) == share


def test_votes_and_other_stages_make_no_doubters() -> None:
    lines = [
        line(1, "grid_master", "object", stage="training"),
        line(2, "grid_master", "object", stage="learning_tour", vote=True),
        line(3, "grid_master", "concede", stage="learning_tour"),
    ]
    assert measure("doubters_persuaded", played(*lines)) is None


def test_departments_join_when_a_seat_that_speaks_for_them_commits_itself() -> None:
    cases: list[tuple[list[Line], float]] = [
        ([line(1, "mayor", "inform"), line(2, "grid_master", "ask")], 0.0),
        ([line(1, "mayor", "promise")], 1 / 3),
        ([line(1, "mayor", "promise"), line(2, "mayor", "propose")], 1 / 3),
        ([line(1, "mayor", "promise"), line(2, "grid_master", "propose", section="steps")], 2 / 3),
        ([line(1, "mayor", "support"), line(2, "grid_master", "concede")], 0.0),  # agreeing commits nobody
        ([line(1, "mayor", "support", vote=True)], 1 / 3),
        ([line(1, "mayor", "object", vote=True)], 0.0),
        ([line(1, "mayor", "ask", section="steps")], 1 / 3),  # what is written or promised commits, whatever the act
        ([line(1, "mayor", "answer", promises="the key")], 1 / 3),
        ([line(1, "migrant_tenant", "promise")], 0.0),  # speaks for no department
    ]
    for lines, share in cases:
        assert measure("departments_joined", played(*lines)) == share


def test_tasks_that_repeat_another_are_counted_among_those_handed_down() -> None:
    once = line(1, "mayor", "delegate", "grid_master", task="attendance_form")
    again = line(2, "mayor", "delegate", "grid_master", task="second_file")
    assert measure("duplicate_tasks", played(once)) == 0.0
    assert measure("duplicate_tasks", played(once, again)) == 0.5
    assert measure("duplicate_tasks", played(again)) == 1.0
    assert measure("duplicate_tasks", played(line(1, "mayor", "delegate", "grid_master"))) is None
    assert measure("duplicate_tasks", played({**again, "act": "inform"})) is None


def test_a_task_that_is_lifted_counts_whoever_handed_it_down() -> None:
    once = line(1, "mayor", "delegate", "grid_master", task="attendance_form")
    lifted = line(2, "mayor", "concede", task="second_file")
    again = line(3, "village_cadre", "delegate", "grid_master", task="second_file")
    assert measure("duplicate_tasks", played(lifted)) == 1.0
    assert measure("duplicate_tasks", played(once, lifted)) == 0.5
    assert measure("duplicate_tasks", played(once, lifted, again)) == 0.5


def test_the_numbers_of_a_city_that_was_chosen_are_no_inventions() -> None:
    said = line(1, "mayor", "inform", says="A city of 4,700,000 people.", stage="training")
    assert play_measures(played(said))["invented_numbers"] != []
    assert play_measures(played(said, city="guiyang"))["invented_numbers"] == []
