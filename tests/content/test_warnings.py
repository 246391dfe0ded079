"""What is doubtful in a case that can be played: figures from nowhere, news that never arrives, a stage for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.content.card_files import ContentKind
from sandbox.content.library import Library
from sandbox.content.skeletons import example, skeleton
from sandbox.content.words import Words
from sandbox.game.checks.warnings import warnings
from tests.content.folders import LIBRARY, line_of, shipped, write

CASE = example("scenario", "bench")
SCENARIOS = LIBRARY.cards["scenario"]
SAID = 'says: {en: "It went 2 years ago, after quarrels about who could sit.", zh: "2年前搬走的，为谁能坐吵翻了。"}'
PLACE = "seats.0.points.1.says"


def told(overlay: Path, text: str) -> list[str]:
    """Return the warnings about a case of one's own."""
    write(overlay, "scenario", "bench", text)
    return warnings(Library.load(overlay))  # type: ignore[return-value]


def test_the_card_to_start_from_is_beyond_doubt(tmp_path: Path) -> None:
    assert told(tmp_path, CASE) == []


def test_a_figure_that_no_text_of_the_case_has_is_told(tmp_path: Path) -> None:
    cases: list[tuple[str, list[str], str]] = [
        ('{en: "It went 3 years ago.", zh: "2年前搬走的。"}', ["en"], "3"),
        ('{en: "It went 2 years ago.", zh: "3年前搬走的，8万人看着。"}', ["zh"], "3, 8万"),
        ('{en: "3 years ago.", zh: "3年前。"}', ["en", "zh"], "3"),
        ('"3 years ago"', [""], "3"),
    ]
    for says, fields, figures in cases:
        assert SAID in CASE
        text = CASE.replace(SAID, f"says: {says}")
        line = line_of(text, "mayor_l1")
        start = f"{tmp_path}/prompts/scenarios/bench.yaml:{line}: warning: "
        assert told(tmp_path, text) == [
            f"{start}{', '.join(f'{PLACE}.{field}' if field else PLACE for field in fields)}: "
            f"figures that stand in no text of the case: {figures}; the point carries F2"
        ]  # what is said alike of several fields is told once


def test_other_facts_and_the_seats_own_briefing_give_figures_too(tmp_path: Path) -> None:
    cases: list[tuple[str, str]] = [
        (SAID, 'says: {en: "4 complaints, 1 tree.", zh: "4条投诉，1棵树。"}'),  # other facts of the case
        ("You have money for one yard this year.", "You have 3 yards."),  # the briefing of its seat
    ]
    for old, new in cases:
        assert old in CASE
        text = CASE.replace(old, new)
        if "3 yards" in new:
            text = text.replace(SAID, 'says: {en: "3 yards want it.", zh: "都想要。"}')
        assert told(tmp_path, text) == []


def test_a_figure_of_the_background_or_of_one_text_of_a_seat_alone_is_told(tmp_path: Path) -> None:
    text = CASE.replace("The yard has no place to sit.", "The yard has 12 gates.")
    text = text.replace('"The group has a little money in a tin."', '"The group has 70 yuan in a tin."')
    text = text.replace('"You show us the tree; where did the bench go?"', '"You show us 1 tree and 9 lamps."')
    assert [problem.partition("warning: ")[2] for problem in told(tmp_path, text)] == [
        f"{place}: figures that stand nowhere else in the case: {figure}"
        for place, figure in (("background.en", 12), ("seats.2.briefing.en", 70), ("seats.2.points.0.says.en", 9))
    ]


def test_a_power_of_ten_is_the_same_figure_in_either_language(tmp_path: Path) -> None:
    fact = 'text: {en: "The yard has 80,000 visitors, 6 blocks and 1 tree.", zh: "每年8万人来，院里有6栋楼、1棵树。"}'
    text = CASE.replace('text: {en: "The yard has 6 blocks and 1 tree.", zh: "院里有6栋楼、1棵树。"}', fact)
    assert fact in text
    assert told(tmp_path, text.replace(SAID, 'says: {en: "80 thousand came.", zh: "来了8万人。"}')) == []


def test_news_after_the_last_line_of_its_stage_is_told(tmp_path: Path) -> None:
    text = CASE.replace("turn: 3,", "turn: 99,")
    limit = LIBRARY.stage("public_engagement").turns
    (problem,) = told(tmp_path, text)
    assert problem == (
        f"{tmp_path}/prompts/scenarios/bench.yaml:{line_of(text, 'turn: 99')}: warning: injects.0.turn: never arrives: "
        f"public_engagement has {limit} lines at most, and this comes after 99; give 0 to {limit - 1}"
    )
    assert told(tmp_path, CASE.replace("turn: 3,", f"turn: {limit - 1},")) == []


def test_facts_of_a_visited_place_that_nobody_visits_are_told_together(tmp_path: Path) -> None:
    text = CASE.replace("learning_tour, public_engagement]", "public_engagement]", 1)
    for fact in ("F1", "F2"):
        text = text.replace(f"- id: {fact}\n", f"- id: {fact}\n    visited: true\n")
    assert told(tmp_path, text)[0] == (
        f"{tmp_path}/prompts/scenarios/bench.yaml:{line_of(text, 'visited: true')}: warning: facts.0.visited, "
        "facts.1.visited: never known: it is true of the place that a tour visits, and the case plays no tour; leave "
        "visited out, or play one"
    )


def test_a_seat_that_has_nothing_to_say_in_several_stages_is_told_with_what_to_add(tmp_path: Path) -> None:
    case = CASE.replace("[group_a1, tenant_a1]", "[group_a1]")
    lines = [line for line in case.splitlines(keepends=True) if "{id: tenant_a1" not in line]
    assert told(tmp_path, "".join(lines)) == [], "an opening line that is said once is no repetition"
    once = "".join(line for line in lines if "{id: tenant_l1" not in line).replace(", tenant_l1]", "]")
    text = once.replace("{id: tenant_t1, stages: [training]", "{id: tenant_t1, stages: [training, learning_tour]")
    (problem,) = told(tmp_path, text)
    line = line_of(text, "- persona: migrant_tenant") + 5
    assert problem == (
        f"{tmp_path}/prompts/scenarios/bench.yaml:{line}: warning: seats: no points of their own for: application "
        "(migrant_tenant), learning_tour (migrant_tenant); whoever has none repeats its opening line there where cards "
        "alone speak. Leave out stages that you do not play (stages of the case, or --stages), or add one for each: "
        "{id: …, stages: [application], act: inform, says: …}"
    )
    gaps = "这些阶段没有要点可说：落地方案（application）（罗梅（migrant_tenant）没有）、参观学习（learning_tour）（"
    assert gaps in Words("zh").problem(problem)


def test_a_question_that_no_card_can_answer_is_told_before_one_that_no_point_answers(tmp_path: Path) -> None:
    text = CASE.replace("act: answer, to: mayor, replies_to: [mayor_e3]", "act: inform")
    (unreplied,) = told(tmp_path, text)
    assert unreplied.endswith(
        f"bench.yaml:{line_of(text, 'id: mayor_e3')}: warning: seats: no point answers these questions, so they fall "
        "flat where cards alone speak: mayor_e3; give whoever is asked a point with replies_to: [mayor_e3]"
    )
    text = text.replace("act: answer, replies_to: [tenant_e2]", "act: inform")
    nobody, second = told(tmp_path, text)
    assert nobody.endswith(
        f"bench.yaml:{line_of(text, 'id: tenant_e2')}: warning: seats.3.points.1.says: nobody can answer tenant_e2, "
        "as far as words tell: no point, fact, briefing or private knowledge of another card speaks of it; give "
        "whoever should know a point with replies_to: [tenant_e2]"
    )
    assert second == unreplied
    assert "没有人答得上来：孩子在那儿闹，赶的是谁家的？（tenant_e2）。" in Words("zh").problem(nobody)


def test_a_stage_for_one_seat_alone_is_told_where_the_case_names_the_model(tmp_path: Path) -> None:
    alone = "training: {positions: [chair], source: PR}"
    model = shipped("governance", "command")
    old = "training: {positions: [chair, overseer, official, frontline, broker], source: PR}"
    assert old in model
    path = write(tmp_path, "governance", "command", model.replace(old, alone))
    own, shared = told(tmp_path, CASE)
    at = line_of(CASE, "governance: [command")
    case = f"{tmp_path}/prompts/scenarios/bench.yaml:{at}: warning: governance: "
    assert own == f"{case}under command only mayor takes part in training"
    # What the model does to shipped cases is told once, where the model says it.
    assert shared.startswith(f"{path}:{line_of(model, old)}: warning: rules.boundary.training: under command one seat")
    named = sum("command" in LIBRARY.scenario(case).governance for case in LIBRARY.cards["scenario"])
    assert f"of the cases that come with the program in {named};" in shared


def test_warnings_can_be_told_in_chinese(tmp_path: Path) -> None:
    text = CASE.replace(SAID, 'says: "3 years ago"').replace("turn: 3,", "turn: 99,")
    write(tmp_path, "scenario", "bench", text)
    late, figure = [Words("zh").problem(each) for each in warnings(Library.load(tmp_path))]  # the worst comes first
    assert figure.endswith(f"提醒: {PLACE}: 案例的文本里都没有的数字：3；这个要点带的是F2")
    assert late.endswith("public_engagement最多12句，而这一条排在第99句之后；请写0到11")


def test_a_quorum_that_nobody_can_reach_is_told(tmp_path: Path) -> None:
    text = shipped("governance", "joint_production").replace("quorum: 3", "quorum: 20")
    path = write(tmp_path, "governance", "joint_production", text)
    (told,) = warnings(Library.load(tmp_path))
    assert str(told).startswith(f"{path}:{text[: text.index('quorum: 20')].count(chr(10)) + 1}: ")
    assert "nothing can be decided" in str(told)
    assert "the quorum is 20" in str(told)


def test_a_model_of_ones_own_under_which_nothing_can_be_decided_is_told_though_no_case_names_it(tmp_path: Path) -> None:
    cases: list[tuple[str, str, str, str, str]] = [
        ("quorum: 3", "quorum: 40", "rules.aggregation.quorum", "the quorum is 40, and ", "至少要40票，而最多"),
        (
            "propose, ", "", "rules.choice",
            "nobody who takes part in public_engagement may put a motion; add propose ",
            "参加public_engagement的人谁都不能提出提案；请在",
        ),
        (
            "procedure: majority", "procedure: chair_decides", "rules.choice.chair.acts",
            "the chair decides for the body and may not; add decide to the acts of chair",
            "由会议主持人决定，而他不能拍板；请在chair的行为里加上decide",
        ),
    ]  # fmt: skip
    for old, new, field, en, zh in cases:
        text = shipped("governance", "joint_production").replace("id: joint_production", "id: my_rules", 1)
        assert old in text
        write(tmp_path, "governance", "my_rules", text.replace(old, new))
        (problem,) = [each for each in warnings(Library.load(tmp_path)) if "can be decided" in each]
        assert problem.field == field
        assert f"under my_rules nothing can be decided in {len(SCENARIOS)} of the {len(SCENARIOS)} cases" in problem
        assert en in problem
        assert zh in Words("zh").problem(problem)


def test_the_card_of_a_model_to_start_from_can_decide(tmp_path: Path) -> None:
    write(tmp_path, "governance", "my_rules", skeleton("governance", "my_rules"))
    assert not [each for each in warnings(Library.load(tmp_path)) if "can be decided" in each]


@pytest.mark.parametrize(
    ("kind", "shown", "field"),
    [("governance", "command", "name"), ("scenario", "four_oclock_school", "title"), ("persona", "mayor", "name")],
)
def test_a_copy_that_keeps_the_name_of_its_original_is_told(
    tmp_path: Path, kind: ContentKind, shown: str, field: str
) -> None:
    text = shipped(kind, shown).replace(f"id: {shown}", "id: mine", 1)
    path = write(tmp_path, kind, "mine", text)
    at = next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(f"{field}:"))
    alike = [problem for problem in warnings(Library.load(tmp_path)) if f": {field}: " in problem]
    assert [str(problem) for problem in alike] == [
        f"{path}:{at}: warning: {field}: {shown} is called the same, and pages and reports show names, not ids; "
        "give it another one"
    ]
    assert Words("zh").problem(alike[0]).endswith(f"和{shown}重名，页面和报告只写名称、不写编号，会分不清；请换一个")


def test_two_cards_of_ones_own_that_share_a_name_in_one_language_are_both_told(tmp_path: Path) -> None:
    text = shipped("governance", "command")
    old = next(line for line in text.splitlines() if line.startswith("name:"))
    for card, zh in (("first", "甲"), ("second", "乙")):
        named = text.replace("id: command", f"id: {card}", 1).replace(old, f'name: {{en: "Mine", zh: "{zh}"}}', 1)
        write(tmp_path, "governance", card, named)
    told = [str(problem) for problem in warnings(Library.load(tmp_path)) if "called the same" in problem]
    assert [problem.split(": name: ")[1].split(" is called")[0] for problem in told] == ["second", "first"]


def test_points_that_answer_one_another_in_a_ring_are_told(tmp_path: Path) -> None:
    tenant = "id: tenant_e1, stages: [public_engagement], act: object,"
    text = CASE.replace("replies_to: [rain]", "replies_to: [tenant_e1]")
    assert told(tmp_path, text) == [], "the one that it answers stands by itself"
    ring = told(tmp_path, text.replace(tenant, f"{tenant} replies_to: [group_e2],"))
    assert [each.split(": ")[3:] for each in ring if "tenant_e3" not in each] == [
        ["never raised", f"{point} answers only points that are raised after it ({other}), and these wait for it in "
         "turn; let one of them stand by itself"]
        for point, other in (("group_e2", "tenant_e1"), ("tenant_e1", "group_e2"))
    ]  # fmt: skip


def test_a_point_whose_act_its_seat_has_under_no_model_is_told(tmp_path: Path) -> None:
    (barred,) = told(tmp_path, CASE.replace("act: ask, to: grid_master", "act: delegate, task: photo, to: grid_master"))
    assert ".act: never raised: migrant_tenant may not delegate under any of the models that the case names" in barred


def test_a_model_under_which_no_card_may_decide_or_move_is_told_with_what_is_barred(tmp_path: Path) -> None:
    unpaid = CASE.replace("residents, payer: district}", "residents, payer: both}")
    (chair,) = told(tmp_path, unpaid)
    assert ": governance: under command mayor decides in public_engagement, and its card has no point with" in chair
    assert (
        "mayor_e2 (payer: both is paid by government, residents, and payoff.budgets does not name all of them)" in chair
    )
    assert "group_e1 (self_gov may not propose)" in chair
    assert "永远说不到：mayor_e1（payer的both要" in Words("zh").problem(chair)
    silent = CASE.replace("public_engagement], act: propose", "public_engagement], act: support")
    assert any("no card has a motion that may be put in public_engagement" in each for each in told(tmp_path, silent))
