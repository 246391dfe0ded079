"""What a report tells of what a decision hangs on: conditions and their doers, offices, and who is to do the work."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.game.ledger.entries import motion_of
from sandbox.game.session import Session
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.acceptance import doers_away, not_accepted
from sandbox.report.document.blocks import Callout, Table
from sandbox.report.document.markdown import to_markdown
from sandbox.report.entries import entry_kind, entry_state, objectors_told, said_again
from sandbox.report.pages.conditions import conditions_answered, conditions_table, unsaid_told, unsaid_yet
from sandbox.report.pages.parts import decision_box
from sandbox.report.pages.scores import _apart
from sandbox.report.pages.session import session_report
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.report.standings import beyond_range
from sandbox.scoring.scorecard import NullSpread, Scorecard, latest_scores
from sandbox.session.opening import open_session
from tests.cassette import meeting
from tests.game.making import LIBRARY, line
from tests.report.conftest import told_session
from tests.report.test_course_told import decided
from tests.scoring.making import played, vote

HIRED = {"provider": "social_organisation", "payer": "shared"}


@cache
def read(lang: Lang) -> tuple[Reading, Scorecard, str]:
    """Return a showcase as it is read, with its scores and its report."""
    session = open_session(meeting(f"showcase_{lang}"), LIBRARY)
    drawn = {
        "turn_share_residents": NullSpread(95, 0.45, 0.37, 0.47, 0.1),
        "questions_before_proposal": NullSpread(95, 0.860215, 0, 15, 0.1),
        "counted_supported_handover": NullSpread(95, 3, 2, 5, 0.1),
    }
    card = replace(latest_scores(session), baseline=drawn)
    return Reading(session), card, to_markdown(session_report(session, card)).replace("\\", "")


def box(session: Session, card: Scorecard) -> Callout:
    """Return the decision box of a report."""
    blocks = session_report(session, card).opening
    return next(block for block in blocks if isinstance(block, Callout) and block.tone == "verdict")


@pytest.mark.parametrize(
    ("lang", "rows"),
    [
        ("en", [
            "of class | Lu Wenjuan L032 | Huang Jinfu (village cadre) | yes: by its vote, and in a motion of its own (",
            "in the place of what Chen Guodong (L038) asked for | He Wan (NGO director) | no: voted against it",
            "Huang Jinfu L043 in the place of what Huang Jinfu (L033) asked for | Huang Jinfu",
            "Shen Yulan L044 in the place of what He Wan (L037) asked for | Shen Yulan",
        ]),
        ("zh", [
            "邱文斌 L019 代替罗梅（L018）原来要的 | 邱文斌", "魏立新 L025 | 邱文斌",
            "拒交户名单 | 陈国栋 L028 | 魏立新（街道办主任） | 没认：没有表决权，也没有表态", "罗梅 L030 | 邱文斌",
        ]),
    ],
)  # fmt: skip
def test_each_condition_stands_with_who_brought_it_and_whether_its_doer_said_yes(lang: Lang, rows: list[str]) -> None:
    reading, card, text = read(lang)
    assert ("Still stands, though whoever was handed it disputes it: L016." in text) == (lang == "en")
    (conditions,) = [block for block in box(reading.session, card).blocks if isinstance(block, Table)]
    cells = [[" ".join(" ".join(span.text for span in cell).split()) for cell in row] for row in conditions.rows]
    told = list(map(" | ".join, cells))
    assert [want in row for want, row in zip(rows, told, strict=True)] == [True] * 4, told
    (unsaid,) = unsaid_told(reading, reading.decisions[-1])
    who = {"en": "He Wan (the organisation,", "zh": "：魏立新（街道不要、也不派写拒交户名单）。"}[lang]
    assert who in unsaid
    taken = reading.decisions[-1]
    motion = motion_of(reading.session.items, taken["motion"])
    assert motion is not None
    before = Reading(reading.session.with_lines([each for each in reading.lines if not each["vote"]]))
    yet = unsaid_yet(before, motion, taken["stage"])
    assert [who.strip("：。") in text for text in yet] == [True]
    if lang == "zh":
        (own,) = unsaid_yet(before, motion, taken["stage"], "street_director")
        assert own == reading.label("ledger.unsaid_yet_you", names="街道不要、也不派写拒交户名单")
    wants = {"en": "at the hall door (He Wan: voted against it)", "zh": "名单（魏立新：会上没有表态同意）"}[lang]
    assert wants in "".join(conditions_answered(reading, taken))
    assert wants in str(decision_box(reading, read_decision(reading, taken), "").blocks)


@pytest.mark.parametrize(
    ("lang", "two", "row", "unsaid"),
    [
        ("en", "the mayor pays 2,000 for the wiring, Huang Jinfu what is missing",
         ["", "", "Huang Jinfu (village cadre)", "no: refused it (L004)"], "Huang Jinfu (the mayor pays"),
        ("zh", "区长先出2千换线，不够的黄金福补", ["", "", "黄金福（村干部）", "没认：L004拒绝了"], "黄金福（区长先出"),
    ],
)  # fmt: skip
def test_a_condition_that_two_are_to_do_is_told_with_each_and_replaces_what_it_was_put_in_the_place_of(
    lang: Lang, two: str, row: list[str], unsaid: str
) -> None:
    all_of_it = two + {"en": "; Huang Jinfu opens at four", "zh": "；黄金福四点开门"}[lang]
    refuses: Line = {**line(4, "village_cadre", "refuse", about="L003"), "refuses": all_of_it}
    said = [
        line(1, "ngo_director", "propose", terms=HIRED, condition="A"),
        line(2, "local_parent", "support", about="L001", condition="B"),
        line(3, "migrant_tenant", "support", about="L002", condition=all_of_it),
        refuses,
    ]
    for each in said:
        each["visible_to"] = list(told_session(said, lang).game.present("public_engagement"))
    votes = {"mayor": True, "village_cadre": False}
    taken: DecisionTaken = {**vote(votes, terms=HIRED), "motion": "L003", "condition": all_of_it}
    reading = Reading(decided(told_session(said, lang), 4, taken).as_read)
    conditions = conditions_table(reading, taken)
    assert conditions is not None
    first, second, third = [["".join(span.text for span in cell) for cell in cells] for cells in conditions.rows]
    assert second == row
    assert third[2:] == row[2:], "and the line that refuses both is named once"
    assert first[3] == {"en": "yes: voted for it", "zh": "认了：投了赞成票"}[lang]
    assert "L002" in first[1]
    assert "L001" not in first[1], "it was replaced before"
    assert unsaid in "".join(unsaid_told(reading, taken))


def test_minutes_on_a_page_leave_no_question_open_that_a_vote_has_answered() -> None:
    reading, _, text = read("en")
    assert "Not answered: L042" in reading.session.state["minutes"][-1]["text"], "as the log has it"
    assert "Not answered" not in text


def test_what_stands_at_the_end_is_told_in_one_list() -> None:
    reading, _, text = read("en")
    owing = text.split("### Still to be kept or settled")[1].split("\n## ")[0]
    promises = [item for item in reading.session.entries("promise") if entry_state(reading, item)[0] == "due"]
    assert all(f"{item.line}" in owing for item in promises if not said_again(reading, item))
    assert not any(
        f"[{item.line}]" in owing for item in reading.session.entries("promise") if item.state == "withdrawn"
    )


def test_a_yes_to_a_part_is_told_with_what_that_is() -> None:
    held = "Huang Jinfu opens the hall at four"
    said = [
        line(1, "ngo_director", "propose", terms=HIRED, condition=held),
        {
            **line(2, "village_cadre", "promise", about="L001", promises="the hall open at four, for 3 months"),
            "takes_on": {"L001": "part"},
            "visible_to": list(told_session([]).game.present("public_engagement")),
        },
    ]
    taken = {**vote({"mayor": True, "local_parent": True}, terms=HIRED), "motion": "L001", "condition": held}
    reading = Reading(decided(told_session(said), 2, taken).as_read)  # type: ignore[arg-type]
    told = str(decision_box(reading, read_decision(reading, reading.decisions[0]), "").blocks)
    assert f"{held} (Huang Jinfu: in part (L002): “the hall open at four, for 3 months”)" in told


def test_whoever_voted_says_yes_for_no_office_that_has_no_seat() -> None:
    held = "the finance office countersigns both halves; somebody brings chairs"
    said = [line(1, "mayor", "propose", terms=HIRED, condition=held)]
    taken = {**vote({"mayor": True, "local_parent": True}, terms=HIRED), "motion": "L001", "condition": held}
    reading = Reading(decided(told_session(said), 1, taken).as_read)  # type: ignore[arg-type]
    conditions = conditions_table(reading, reading.decisions[0])
    assert conditions is not None
    shown = [["".join(span.text for span in cell) for cell in row[2:]] for row in conditions.rows]
    assert shown == [["finance office", "has no seat here"], ["nobody is named", "–"]]


@pytest.mark.parametrize(
    ("promises", "votes", "awaits", "by_fact", "against"),
    [
        ("80,000 yuan, once finance countersigns", False, True, False, True),
        ("80,000 yuan by May", True, False, True, False),
    ],
)
def test_an_office_that_must_countersign_and_a_provider_that_will_not_are_told(
    promises: str, votes: bool, awaits: bool, by_fact: bool, against: bool
) -> None:
    said = [
        line(1, "mayor", "propose", terms=HIRED, promises=promises),
        line(2, "ngo_director", "object", about="L001"),
    ]
    taken = {**vote({"mayor": True, "local_parent": True, "ngo_director": votes}, terms=HIRED), "motion": "L001"}
    session = decided(told_session(said), 2, taken).as_read  # type: ignore[arg-type]
    (decision,) = session.decisions
    reading = Reading(session)
    told = " ".join([*read_decision(reading, decision).waits, *doers_away(reading, decision)])
    assert ("bodies that have no seat here: the finance office" in told) == awaits
    assert ("by a fact of the case: “The district's project money" in told) == by_fact
    assert ("would be for He Wan (NGO director) to do, who voted against it" in told) == against


def test_what_a_speaker_did_not_change_is_told_by_the_line_that_it_answers_and_a_line_has_one_name() -> None:
    reading, _, page = read("zh")
    moved = {line["id"]: reading.line(line) for line in reading.lines}
    assert moved["L011"].moved == (
        "内容：扫地、守门的钱谁出——收物业费，出租一间租客交一份，不够区里补12个月；其余照L010",
    )
    assert moved["L012"].moved[0] == "内容：其余照L011", "he said nothing on any option"
    struck = "条件：小组雇的人每晚八点前把桶挪出租客楼梯底下（换下L018的“物业每晚八点前把桶挪出租客楼梯底下”）"
    assert moved["L019"].moved == (struck,), "what a clause replaces is said"
    assert moved["L025"].moved == ("条件：与L019相同，另加：小组把区里每月补多少写进门口的账",)
    kinds = {item.line: entry_kind(reading, item) for item in reading.session.items}
    for at, name in {"L018": "附条件赞成", "L019": "改条件后赞成", "L038": "赞成并重提"}.items():
        assert (kinds[at], moved[at].does.startswith(name)) == (name, True)
        assert f"| {name}<br>" in page
    english = read("en")[0]
    assert english.does(english.line_by_id["L044"]) == "takes up L043 (Huang Jinfu) with another clause → He Wan"


def test_who_refused_a_condition_or_answered_by_another_motion_stands_among_those_against() -> None:
    reading = read("zh")[0]
    against = {item.line: objectors_told(reading, item) for item in reading.session.entries("proposal")}
    assert against["L012"] == ["曹志刚（不办其中一项条件，L016）"]
    assert against["L037"] == ["邱文斌（当面改提L030，L038）"]
    assert against["L028"] == []


def test_money_is_told_as_decided_and_levels_with_what_a_count_does_not_see() -> None:
    _, card, page = read("en")
    assert "How it is paid: The district's project money for Qiaotou is 80,000 yuan" in page
    assert "once the work is done" not in page.split("## Rules in use")[0], "the rules' own means pay for nothing here"
    assert "| Supported handover | 5 (judged 3) |" in page
    assert "voted against it: He Wan (L046, L049)." in page.split('id="score-supported_handover"')[1].split("\n")[0]
    assert "Residents here: Lu Wenjuan, Zheng Hui, Luo Mei." in page
    assert "In the chair, by the rules: Lu Wenjuan." in page.split('id="score-referee_role"')[1].split("\n")[0]
    assert "Shen Yulan (the finance office)" in page.split('id="score-cross_department"')[1].split("\n")[0]
    assert "The ones without a fact: " in page
    assert "Not contested by any act (a refused condition, a rival motion or mere words are not seen): " in page
    assert "Outcome measures that say something about them: Residents' share of the lines." in page
    assert beyond_range(card) == ["turn_share_residents"]
    assert "| Luo Mei, migrant tenant | 9% |" in page, "as all others, without a decimal"
    assert "0.9 (0 to 15)" in page


def test_the_gap_of_both_assessments_is_written_out_where_rounded_totals_have_another() -> None:
    reading, card, page = read("zh")
    assert "0.115（0.907 − 0.792）" in page
    above, beside = (replace(each, total=0.5) for each in card.assessments)
    alike = replace(card, assessments=(above, beside))
    assert _apart(reading.label, alike, "gap", 0.0) == "0.00"


def test_a_condition_is_accepted_by_who_takes_it_on_or_votes_for_it_and_not_by_who_refuses_it_and_votes_for_it() -> (
    None
):
    held = "沈玉兰把星期五的大巴改期"
    put = line(1, "local_parent", "propose", stage="public_engagement", terms={"payer": "district"}, condition=held)
    for vote_of, answer, how in (
        (None, "part", ""), (None, "", "silent"), (True, "", ""), (True, "no", "refused"), (False, "yes", ""),
        (False, "", "against"),
    ):  # fmt: skip
        votes = {"local_parent": True} | ({} if vote_of is None else {"mayor": vote_of})
        taken: DecisionTaken = {**vote(votes), "motion": "L001", "condition": held}
        said: Any = {
            **line(2, "mayor", "inform", stage="public_engagement"),
            "takes_on": {"L001": answer} if answer else {},
            "visible_to": list(played(put, lang="zh").game.present("public_engagement")),
        }
        reading = Reading(played(put, said, decisions=[taken], lang="zh"))
        assert not_accepted(reading, taken, held, "mayor") == how
