"""Plans: what a drafter rewrites, what is copied from the plan handed down, and what the tour changes."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.content.cards import SECTIONS_OF_PLAN
from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.minutes.minutes import minutes_text
from sandbox.game.plans import Plan, passage, plans
from sandbox.game.spec import SessionSpec
from sandbox.game.state import first_state
from sandbox.record.line import Line
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY, PROPERTY, SCENARIO, STAGES, floor_of, line, lines, some

LANGS: tuple[Lang, ...] = get_args(Lang)
DRAFTER = "teacher_volunteer"
POSITIONS = ("chair", "official", "broker", "provider", "resident")
DRAFTING = ("application", "learning_tour")


@cache
def game_of(drafting: tuple[str, ...], lang: Lang = "en") -> Game:
    """Return the game in which these positions draft plans."""
    changes = (f"scope.plans=[{', '.join(drafting)}]",)
    spec = SessionSpec(scenario=SCENARIO.id, governance="joint_production", changes=changes, lang=lang)
    return Game(spec, LIBRARY)


def plan_of(said: list[Line], lang: Lang = "en") -> Plan:
    """Return the plan of the retired teacher."""
    (plan,) = plans(game_of(("chair",), lang), said)
    assert plan.seat == DRAFTER
    return plan


def test_the_stages_in_which_plans_are_made_are_those_of_the_cards() -> None:
    assert game_of(("chair",)).able("drafts") == DRAFTING


@pytest.mark.parametrize("lang", LANGS)
def test_without_a_word_a_plan_is_the_one_handed_down(lang: Lang) -> None:
    plan = plan_of([], lang)
    assert plan.sections == {section: text.get(lang) for section, text in SCENARIO.plan.items()}
    assert (plan.copied, plan.adapted, dict(plan.lines)) == (1.0, (), {})


def test_a_line_that_names_a_section_rewrites_it_and_leaves_the_others() -> None:
    plan = plan_of([line(1, DRAFTER, "propose", section="money", says="A tin on the table.", stage="application")])
    assert plan.sections["money"] == "A tin on the table."
    assert plan.lines == {"money": "L001"}
    assert plan.sections["problem"] == SCENARIO.plan["problem"].en
    assert plan.copied == pytest.approx(0.8)


def test_the_last_word_on_a_section_stands() -> None:
    said = [
        line(1, DRAFTER, "propose", section="steps", says="First a photograph.", stage="application"),
        line(2, DRAFTER, "concede", section="steps", says="First a talk.", stage="application"),
    ]
    plan = plan_of(said)
    assert (plan.sections["steps"], plan.lines["steps"]) == ("First a talk.", "L002")
    assert plan.copied == pytest.approx(0.8)


def test_a_plan_in_which_all_is_rewritten_copies_nothing() -> None:
    said = [
        line(number, DRAFTER, "inform", section=section, stage="application")
        for number, section in enumerate(SECTIONS_OF_PLAN, start=1)
    ]
    assert plan_of(said).copied == 0


def test_what_is_rewritten_on_the_tour_is_adapted_even_if_it_was_the_drafters_own() -> None:
    said = [
        line(1, DRAFTER, "propose", section="steps", stage="application"),
        line(2, DRAFTER, "propose", section="people", stage="application"),
        line(3, DRAFTER, "concede", section="steps", stage="learning_tour"),
        line(4, DRAFTER, "inform", section="money", stage="learning_tour"),
    ]
    assert plan_of(said[:2]).adapted == ()
    assert set(plan_of(said).adapted) == {"steps", "money"}


def test_no_plan_changes_outside_the_stages_in_which_plans_are_made() -> None:
    for stage in [stage for stage in STAGES if stage not in DRAFTING]:
        assert plan_of([line(1, DRAFTER, "propose", section="money", stage=stage)]) == plan_of([])


def test_a_question_or_an_order_rewrites_nothing() -> None:
    for act in ("ask", "decide", "delegate", "escalate"):
        assert plan_of([line(1, DRAFTER, act, section="money", stage="application")]) == plan_of([])


def test_a_section_that_no_plan_has_changes_nothing() -> None:
    assert plan_of([line(1, DRAFTER, "propose", section="weather", stage="application")]) == plan_of([])


def test_each_drafter_writes_a_plan_of_its_own() -> None:
    said = [
        line(1, "teacher_volunteer", "propose", section="money", says="Fees.", stage="application"),
        line(2, "village_cadre", "propose", section="money", says="The district.", stage="application"),
        line(3, "migrant_tenant", "propose", section="money", says="Not us.", stage="application"),
    ]
    drawn = plans(game_of(("chair", "broker")), said)
    assert [(plan.seat, plan.sections["money"]) for plan in drawn] == [
        ("village_cadre", "The district."),
        ("teacher_volunteer", "Fees."),
    ]


def test_without_drafters_there_are_no_plans() -> None:
    assert plans(game_of(()), [line(1, "mayor", "propose", section="money", stage="application")]) == ()


@PROPERTY
@given(said=lines(), drafting=some(POSITIONS), lang=st.sampled_from(LANGS))
def test_every_section_is_a_line_of_its_drafter_or_stands_as_handed_down(
    said: list[Line], drafting: list[str], lang: Lang
) -> None:
    game = game_of(tuple(drafting), lang)
    drawn = plans(game, said)
    by_id = {spoken["id"]: spoken for spoken in said}
    assert [plan.seat for plan in drawn] == [seat for seat, held in game.positions.items() if held in drafting]
    for plan in drawn:
        assert list(plan.sections) == list(SECTIONS_OF_PLAN)
        assert 0 <= plan.copied <= 1
        assert plan.copied == pytest.approx((len(plan.sections) - len(plan.lines)) / len(plan.sections))
        assert set(plan.adapted) <= set(plan.lines)
        for section, text in plan.sections.items():
            if section not in plan.lines:
                assert text == SCENARIO.plan[section].get(lang)
                continue
            own = by_id[plan.lines[section]]
            assert (own["seat"], own["section"], own["says"]) == (plan.seat, section, text)
            assert own["stage"] in DRAFTING
            assert (section in plan.adapted) == (own["stage"] == "learning_tour")


@PROPERTY
@given(said=lines(), drafting=some(POSITIONS, 1))
def test_only_the_lines_of_drafters_matter(said: list[Line], drafting: list[str]) -> None:
    game = game_of(tuple(drafting))
    own = [spoken for spoken in said if spoken["seat"] in game.drafters]
    assert plans(game, said) == plans(game, own)


def test_minutes_tell_of_every_plan_and_where_there_are_many_less_of_each() -> None:
    words = " ".join(f"Fee {number} is posted." for number in range(30))

    def told(drafting: tuple[str, ...]) -> list[str]:
        game = game_of(drafting)
        said: list[Line] = [
            {
                **line(number, seat, "inform", says=words, section=section, stage="application"),
                "visible_to": list(game.present("application")),
            }
            for number, (seat, section) in enumerate(product(game.drafters, SECTIONS_OF_PLAN[-2:]), start=1)
        ]
        text = minutes_text(game, "application", said, [], written=said)
        return [row for row in text.splitlines() if row.startswith("Plan of ")]

    few, many = told(("chair", "broker")), told(POSITIONS)
    assert len(few) == 2
    assert len(many) == len(game_of(POSITIONS).drafters) > 3
    assert max(map(len, many)) < len(few[0])
    assert all("money: Fee 0" in row for row in many)


def test_a_plan_has_what_was_said_under_a_heading_without_naming_it() -> None:
    cases: list[tuple[Lang, str, str]] = [
        ("zh", "“步骤”：先支部，再两委。钥匙在村委会。", "先支部，再两委。钥匙在村委会。"),
        ("zh", "会签单我去跑。“经费”我写：一年落实，后面的写明待定。", "一年落实，后面的写明待定。"),
        ("zh", "对象那栏，别写“广大居民群众”。", "别写“广大居民群众”。"),
        ("zh", "那就照小陈的：成效写“没人打电话，桶也倒了”。", "“没人打电话，桶也倒了”。"),
        ("zh", "头一步，桶从六栋搬到墙边。", "头一步，桶从六栋搬到墙边。"),
        ("zh", "步骤我就写这个。人家先问老人。", "写这个。人家先问老人。"),
        ("en", "Under success we write what can be counted: how many households pay.", "How many households pay."),
        ("en", "Under people I'd put all the families.", "All the families."),
        ("en", "Under success, keep the number of signatures.", "Keep the number of signatures."),
        ("en", "Steps: first the branch, then the hall.", "First the branch, then the hall."),
        ("en", "People pay: we counted them.", "People pay: we counted them."),
    ]
    for lang, says, written in cases:
        assert passage(says, lang) == written


@pytest.mark.parametrize(("lang", "told"), [("en", "You write no plan"), ("zh", "你不写方案")])
def test_who_writes_no_plan_while_others_do_is_told_so(lang: Lang, told: str) -> None:
    spec = game_of(("chair",), lang).spec
    game = Game(spec.model_copy(update={"style": "free", "stages": ("application",)}), LIBRARY)
    for seat in (DRAFTER, "grid_master"):
        text = turn_messages(game, first_state(game), floor_of(seat, "inform"), None)[-1]["content"]
        assert (told in text) == (seat != DRAFTER)
