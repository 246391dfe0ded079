"""Minutes in the form in which an office files them, and the decision of one who decides alone."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.skeletons import example
from sandbox.game.game import Game
from sandbox.game.language.questions import question_to
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.record.folder import SessionFolder
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.document.docx import to_docx
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.endings import vote_again_at
from sandbox.report.pages.conditions import conditions_table
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.handout import handout
from sandbox.report.pages.ledger import ledger_section
from sandbox.report.pages.meeting import time_limit
from sandbox.report.pages.minutes import minutes
from sandbox.report.reading import Reading
from sandbox.scoring.scorecard import latest_scores
from sandbox.session.opening import open_session
from tests.cassette import FOLDER, meeting
from tests.content.folders import write
from tests.game.making import LIBRARY, line, session_of
from tests.report.conftest import Scored, told_session
from tests.report.test_course_told import ELDER, decided
from tests.report.test_talk import outline
from tests.scoring.making import recorded, vote

NUMBERED = {
    "en": re.compile(r"^## (\d)\. (.*)$", re.MULTILINE),
    "zh": re.compile(r"^## ([一二三四五六七])、(.*)$", re.MULTILINE),
}

ALL = {"eligible": "all_children"}
ROOM = list(told_session([line(1, ELDER, "inform")]).game.present("public_engagement"))


@cache
def _session(name: str) -> Session:
    return open_session(meeting(name), LIBRARY)


@cache
def _text(name: str) -> str:
    return to_markdown(minutes(_session(name))).replace("\\", "")


def _part(text: str, title: str) -> str:
    return re.split(r"\n## ", text.partition(title + "\n")[2])[0]


def test_the_showcase_can_be_filed_by_a_street_office() -> None:
    text = _text("showcase_zh")
    assert text.startswith("# 柳园议事会议纪要（扫帚和物业费）\n")
    assert [title for _, title in NUMBERED["zh"].findall(text)] == [
        "议题",
        "议题讨论情况",
        "议定事项",
        "表决情况",
        "未达成一致的事项",
        "表决理由和保留意见",
    ]
    begun = next(event.at for event in _session("showcase_zh").events if event.stage == "public_engagement")
    assert datetime.fromtimestamp(begun).astimezone().strftime("**时间** – %Y年%-m月%-d日\n") in text, (
        "no hour of a model"
    )
    assert "**地点** – 柳园\n" in text
    assert "**记录** – ＿＿" in text
    assert "**主持** – 蔡永福（房东）" in text
    assert (
        "**应到** – 3人（有表决权）。院落自治小组：邱文斌（居民自治小组代表）；居民议事会轮值主持人：蔡永福（房东）；"
        "议事会成员（外来居民）：罗梅（外来租客）" in text
    )
    assert "**列席** – 政府（搭台）：魏立新（街道办主任）；" in text
    assert "应到3人，赞成2票，反对1票，弃权0票。表决通过。" in _part(text, "表决情况")
    assert "反对：蔡永福（房东）" in _part(text, "表决情况")
    assert "**抄送** – 街道办主任、社区党组织书记、网格员、物业经理" in text
    assert "主持人（签字）" in text


@pytest.mark.parametrize(
    ("lang", "asks", "why"),
    [
        ("en", "The key is in the lock by 4", "All of them, since a drawn lot hurts nobody, and the key in the lock."),
        ("zh", "钥匙四点以前交出来", "都收，抽签谁也不得罪，钥匙四点以前得交出来。"),
    ],
)
def test_whoever_moves_is_quoted_with_the_reason_and_options_stand_behind_one_colon(
    lang: Lang, asks: str, why: str
) -> None:
    said = [line(1, "ngo_director", "propose", terms=ALL, condition=asks, says=why)]
    said[0]["visible_to"] = list(told_session(said, lang).game.present("public_engagement"))
    taken: DecisionTaken = {**vote({ELDER: False, "mayor": False}, terms=ALL, carried=False), "motion": "L001"}
    session = decided(told_session(said, lang), 1, taken).as_read
    say = session.game.words
    text = to_markdown(minutes(session)).replace("\\", "")
    ((question, option),) = session.game.in_words(ALL)
    told = f"{question.rstrip('?？')}{say('dash')}{option}"
    assert f"“{why}”{say('gap')}{say('meeting.talk.option', terms=told)}" in _part(text, say("meeting.discussed"))
    assert say("meeting.asked", terms=told) in _part(text, say("meeting.votes"))


def test_matters_settled_have_who_sees_to_them_and_by_when_as_it_was_said() -> None:
    settled = _part(_text("showcase_zh"), "议定事项")
    assert "| 小组把区里每月补多少写进门口的账 | 邱文斌（居民自治小组代表） | 每月 |" in settled
    for words in (
        "| 小组雇的人每晚八点前把桶挪出租客楼梯底下 | 邱文斌（居民自治小组代表） | 每晚八点前 |",
        "| 月底大门上贴什么：只贴收支，不写哪户 | 邱文斌（居民自治小组代表） | – |",
        "不够区里补12个月 | 魏立新（街道办主任）：负责财政补助部分，其余由该项写明的各方承担 | – |",
        "| 街道不要、也不派写拒交户名单 | 魏立新（街道办主任）：会上没有表态同意 | – |",
        "| “邱文斌在人上岗前每晚自己去挪桶” | 人上岗前每晚 |",
    ):
        assert words in settled
    assert "| 陈国栋（网格员） | “去后排两个晚上听租客说，定下什么回去告诉” | – |" in settled
    english = _part(_text("showcase_en"), "Matters settled")
    assert "speak there for one year of the hall” | this week |" in english
    assert "keeps the key | Huang Jinfu (village cadre) | – |" in english
    assert "| He Wan (NGO director): voted against it | – |" in english
    assert "Shen Yulan (district mayor); who does it is open, see “Matters not agreed” |" in english
    assert "**Subject to approval:** the consent of the village meeting" in english
    assert re.search(r"\*\*Subject to approval:\*\* .*finance office", english), (
        "whose countersignature a promise waits for"
    )
    assert "**Copies to** – village meeting, finance office" in _text("showcase_en")


def test_told_in_the_other_language_bodies_and_offices_are_called_as_in_that() -> None:
    english = to_markdown(minutes(_session("showcase_zh"), "en"))
    assert "**Subject to approval:** the consent of the owners' meeting" in english
    assert "owners' meeting" in _part(english, "Circulation and signatures")
    assert not re.search("[一-龥]", _part(english, "Circulation and signatures"))
    chinese = to_markdown(minutes(_session("showcase_en"), "zh"))
    assert "**抄送** – 村民会、财政部门" in chinese


def test_a_promise_is_filed_with_how_its_owner_voted_and_one_of_a_motion_that_fell_is_not() -> None:
    promised = {
        row.split("|")[3].split("(")[0].strip(" “"): row for row in _text("showcase_en").splitlines() if "| " in row[:6]
    }
    row = next(row for key, row in promised.items() if key.startswith("2 workers on 5 evenings"))
    assert "; voted against what was carried)" in row
    told = _text("showcase_zh")
    lapsed = "定下来就派保安回大门，保洁每晚八点前挪桶"
    assert lapsed not in _part(told, "议定事项")
    assert f"曹志刚（物业经理）在本人所提方案中承诺“{lapsed}”，该方案未通过" in _part(told, "未达成一致的事项")
    page = to_markdown(handout(_session("showcase_zh")))
    assert f"{lapsed}（附在曹志刚的提案（L037）里提出，该提案没有通过" in page
    assert "没有说）（活谁来干——物业公司，续2年报业主大会表决）" in page, "with the option that it grants"
    ledger = str(ledger_section(Reading(_session("showcase_zh"))))
    assert "所附的方案没有通过" in ledger


def test_whoever_said_yes_only_a_year_later_had_not_said_so_in_the_meeting() -> None:
    (folder,) = FOLDER.glob("campaign_zh/r1_west_*")
    text = to_markdown(minutes(open_session(SessionFolder(folder), LIBRARY)))
    assert "社区每月报收了几户，不报户名 | 丁素珍（社区党组织书记）：会上没有表态同意 |" in text
    (folder,) = FOLDER.glob("campaign_zh/r1_west_*")
    text = to_markdown(minutes(open_session(SessionFolder(folder), LIBRARY)))
    (row,) = (row for row in text.splitlines() if row.startswith("|") and "街道才付一个月的钱" in row)
    assert "曹义军（物业经理）：会上没有表态同意" in row


def test_what_was_left_open_aloud_is_filed_and_those_who_voted_for_it_have_their_word() -> None:
    left, reserved = (_part(_text("showcase_zh"), title) for title in ("未达成一致的事项", "表决理由和保留意见"))
    assert "“街道不要、也不派写拒交户名单”要由魏立新（街道办主任）来办（会上没有表态同意）" in left
    assert "蔡永福提出“物业先公示62个车位的账，再谈按间收”，曹志刚（物业经理）当场表示不承担" in left
    assert "**曹志刚（物业经理，无表决权）：**意见见“议题讨论情况”（" in reserved
    assert _text("showcase_zh").count("中间断了档") == 1, (
        "the main point of the property manager stands before the rest"
    )
    assert "**邱文斌（居民自治小组代表，赞成）：**“我投赞成。签合同的单位还没影，主任那句不写名单也没点头" in reserved
    assert "房租的事没人应，我记着。”" in reserved
    left, reserved = (
        _part(_text("showcase_en"), title) for title in ("Matters not agreed", "Reasons and reservations")
    )
    assert "to do, who voted against it. Who takes it on was not settled." in left
    assert "not settled: the district insures the children and the four teachers before the first evening." in left
    assert "Shen Yulan struck what He Wan had asked for: the district brings no visitors before the class" in left
    assert "does not accept the task “a second file of the same attendance in the old format”" in left
    assert "the insurance for the children is in the other paper" in reserved
    assert "Who pays the light, if not the village... nobody has said that yet." in reserved


def test_a_question_is_told_as_it_was_put_to_whoever_was_asked_and_an_answer_in_a_vote_is_one() -> None:
    (question,) = (line for line in _session("showcase_en").lines if line["id"] == "L035")
    game = _session("showcase_en").game
    assert "which office countersigns a hat?" in question_to(game, question, "teacher_volunteer")
    assert "who calls it and on which day?" in question_to(game, question, "village_cadre")
    left = _part(_text("showcase_en"), "Matters not agreed")
    assert "countersigns a hat" not in left, "the teacher answers it with her vote"
    assert "do fractions" not in left, "and the parent's as well"


@pytest.mark.parametrize(
    ("lang", "plea", "asks"),
    [
        (
            "en",
            "All right, I mend the pipe. Let us leave the fifth floor out today, shall we?",
            "Who sweeps the corner?",
        ),
        ("zh", "行，管子我改；五层的事，今天就别提了吧？", "墙角的垃圾谁来扫？"),
    ],
)
def test_who_objected_aloud_and_votes_without_a_word_has_a_reservation_and_who_gives_way_asks_nothing(
    lang: Lang, plea: str, asks: str
) -> None:
    objection = "Then the company goes; I do not agree to the open books."
    said = [
        line(1, "mayor", "propose", terms=ALL),
        line(2, "migrant_tenant", "object", says=objection),
        line(3, "ngo_director", "concede", "grid_master", says=plea),
        line(4, "ngo_director", "ask", "village_cadre", says=asks),
        line(5, "migrant_tenant", "object", vote=True, about="L001"),
        line(6, "local_parent", "object", vote=True, about="L001"),
        line(7, "mayor", "support", vote=True, about="L001"),
    ]
    votes = {"migrant_tenant": False, "local_parent": False, "mayor": True, "village_cadre": True, "ngo_director": True}
    room = list(told_session(said, lang=lang).game.present("public_engagement"))
    for each in said:
        each["visible_to"], each["says"] = room, "" if each["vote"] else each["says"]
    told = told_session(said, lang=lang)
    session = decided(told, 7, {**vote(votes, terms=ALL), "motion": "L001"}).as_read
    text, say = to_markdown(minutes(session)), session.game.words
    assert say("meeting.in_discussion", line="L002") in _part(text, say("meeting.reservations"))
    assert text.count(objection) == 1, "it stands in the discussion already"
    assert _part(text, say("meeting.reservations")).count(say("meeting.no_reason")) == 1
    assert say("meeting.reasons") in _part(text, say("meeting.votes"))
    left = _part(text, say("meeting.open"))
    assert f"“{asks}”" in left, "as it was said, in quotation marks"
    assert plea[-8:] not in text


@pytest.mark.parametrize(
    ("lang", "asks", "stands"),
    [
        ("en", "Huang Jinfu, who sweeps the corner?", "Huang Jinfu, who makes up for what I lose?"),
        ("zh", "黄金福，墙角的垃圾谁来扫？", "黄金福，我少的这一份，谁补？"),
    ],
)
def test_as_not_answered_is_told_what_was_asked_and_no_turn_of_speech_of_who_takes_a_stand(
    lang: Lang, asks: str, stands: str
) -> None:
    said = [
        line(1, "mayor", "propose", terms=ALL, says=stands),
        line(2, ELDER, "object", "village_cadre", says=stands),
        line(3, "grid_master", "promise", "village_cadre", says=stands),
        line(4, "ngo_director", "ask", "village_cadre", says=asks),
    ]
    for each in said:
        each["visible_to"] = list(told_session(said, lang=lang).game.present("public_engagement"))
    taken: DecisionTaken = {**vote({"mayor": True}, terms=ALL), "motion": "L001"}
    session = decided(told_session(said, lang=lang), 4, taken).as_read
    say = session.game.words
    names = {name: session.game.name(seat) for name, seat in (("name", "ngo_director"), ("asked", "village_cadre"))}
    left = _part(to_markdown(minutes(session)).replace("\\", ""), say("meeting.open"))
    assert f"“{asks}”" in left
    assert names["name"] in left
    assert stands not in left
    talk = str(outline(session))
    assert asks in talk
    assert f"→ {names['asked']}" in talk
    assert f"“{stands}" not in talk.partition(say("talk.questions"))[2].partition(say("talk.least"))[0]


@pytest.mark.parametrize("asked", ["黄金福四点以前把钥匙交出来", "钥匙四点以前交出来"])
def test_who_refused_what_was_carried_is_not_told_as_doing_it(asked: str) -> None:
    refused: Line = {
        **line(2, "village_cadre", "refuse", "ngo_director", about="L001", says="钥匙我不交。"),
        "refuses": asked,
    }
    said = [line(1, "ngo_director", "propose", terms=ALL, condition=asked), refused]
    for each in said:
        each["visible_to"] = list(told_session(said, "zh").game.present("public_engagement"))
    taken: DecisionTaken = {
        **vote({ELDER: True, "mayor": False}, terms=ALL),
        "motion": "L001",
        "condition": asked,
    }
    told = decided(told_session(said, "zh"), 2, taken)
    text = to_markdown(minutes(told.as_read)).replace("\\", "")
    row = next(each for each in _part(text, "议定事项").splitlines() if asked in each)
    assert "黄金福（村干部）：当场表示不承担" in row
    conditions = conditions_table(Reading(told.as_read), taken)
    assert conditions is not None
    assert ["".join(span.text for span in cell) for cell in conditions.rows[0][2:]] == [
        "黄金福（村干部）",
        "没认：L002拒绝了",
    ]
    assert f"“{asked}”：黄金福（村干部）当场表示不承担" in _part(text, "未达成一致的事项")
    (moment,) = [each for each in outline(told.as_read) if "当场表示不办" in each[2]]
    assert "这一条后来照样通过" in moment[2]


@pytest.mark.parametrize("name", ["showcase_en", "showcase_zh", "command_en", "one_core_multiple_actors_zh"])
def test_nothing_of_what_was_said_is_repeated_but_talk_and_reservations_nor_anything_of_the_program(name: str) -> None:
    session, text = _session(name), _text(name)
    words = session.game.words
    body = text.replace(_part(text, words("meeting.reservations")), "")
    body = body.replace(_part(text, words("meeting.discussed")), "")
    said = [line["says"] for line in session.lines if not line["promises"] and line["act"] != "promise"]
    assert not [each for each in said if each and each in body and not each.endswith(("?", "？"))]
    assert not re.search(r"L\d{3}", body)
    for reason in ("turn_limit", "decision_made", "purpose"):
        assert words.of("ended", reason) not in text
    assert session.game.governance.name.get(session.spec.lang) not in text


def test_reservations_are_quoted_in_whole_sentences_with_how_their_seat_voted() -> None:
    kept = _part(_text("one_core_multiple_actors_zh"), "保留意见")
    session = _session("one_core_multiple_actors_zh")
    last = session.decisions[-1]
    against = [seat for seat, vote in last["votes"].items() if not vote]
    assert len(against) == 2
    for seat in against:
        (row,) = [row for row in kept.splitlines() if session.game.name(seat) in row]
        assert "，反对）" in row
        assert re.search(r"“[^…]*[。！？]”$", row), row


@pytest.mark.parametrize(
    ("lang", "why", "again", "of"),
    [
        ("en", "Nobody has asked who keeps the key.", "Not this one either, for the same reason.", "motion of {}"),
        ("zh", "钥匙归谁管，还没有人问过。", "这个也不赞成，道理一样。", "对{}所提方案反对"),
    ],
)
def test_why_somebody_was_against_is_filed_of_each_motion_that_was_put(
    lang: Lang, why: str, again: str, of: str
) -> None:
    said = [
        line(1, "mayor", "propose", terms=ALL),
        line(2, ELDER, "propose", terms={"eligible": "two_halves"}),
        line(3, "ngo_director", "object", vote=True, about="L001", says=why),
        line(4, "grid_master", "object", vote=True, about="L001"),
        line(5, "ngo_director", "object", vote=True, about="L002", says=again),
    ]
    for each in said:
        each["visible_to"] = list(told_session(said, lang=lang).game.present("public_engagement"))
        each["says"] = "" if each["id"] == "L004" else each["says"]
    first: DecisionTaken = {**vote({"ngo_director": False, "grid_master": False}, terms=ALL), "motion": "L001"}
    first["carried"] = False
    last: DecisionTaken = {**first, **vote({"ngo_director": False}, terms=ALL), "motion": "L002", "carried": False}
    first["id"], last["id"] = "D1", "D2"
    session = decided(decided(told_session(said, lang=lang), 5, last), 4, first).as_read
    game, text = session.game, to_markdown(minutes(session)).replace("\\", "")
    rows = [row for row in _part(text, game.words("meeting.reservations")).splitlines() if row]
    assert len(rows) == 2, "who said nothing of a motion before the last is none"
    for row, words, mover in zip(rows, (why, again), ("mayor", ELDER), strict=True):
        assert f"“{words}”" in row
        assert of.format(game.name(mover)) in row
    assert _part(text, game.words("meeting.votes")).count(game.words("meeting.reasons")) == 2


@pytest.mark.parametrize(("name", "why"), [("joint_production_en", "another motion was put first and carried")])
def test_a_motion_that_was_not_put_is_named_with_why_and_what_it_had_otherwise(name: str, why: str) -> None:
    left = _part(_text(name), "Matters not agreed")
    told = next(
        row for row in left.splitlines() if f"The motion of Chen Guodong was not put to the vote: {why}." in row
    )
    assert "130 yuan" in told
    assert "village hall" not in told, "what is as in the decision is not told again"


def test_one_who_decides_alone_issues_a_decision_with_who_was_heard_and_no_vote() -> None:
    text = _text("command_en")
    assert text.startswith("# Qiaotou: decision on “The four o'clock school”\n")
    assert [title for _, title in NUMBERED["en"].findall(text)][:3] == ["Matters", "Who was heard", "Decision"]
    assert "**Decided by** – Shen Yulan (district mayor)" in text
    assert "these were heard: Chen Guodong (grid master)" in text
    assert "Entitled to vote" not in text
    assert "## 4. Votes" not in text
    assert "Huang Jinfu (village cadre), who has yet to agree" in text


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        (
            "en",
            (
                "**Subject to approval:** the consent of the village meeting (for a monthly rent to the collective",
                "**Subject to approval:** the consent of the finance office",
                "“Who pays” is for nobody who was at the meeting",
            ),
        ),
        (
            "zh",
            (
                "**会后须办：**提请村民会表决：按月给集体交租",
                "**会后须办：**报财政部门同意。",
                "“谁出钱”一项与会者均无权决定",
            ),
        ),
    ],
)
def test_an_assembly_is_asked_for_a_vote_and_a_department_for_its_consent_and_residents_are_told(
    lang: Lang, told: tuple[str, ...]
) -> None:
    terms = {"hall": "rented", "payer": "parents"}
    condition = {"en": "the finance office countersigns the heading", "zh": "财政会签以后再抽签"}[lang]
    said = [line(1, "village_cadre", "propose", terms=terms, condition=condition)]
    said[0]["visible_to"] = list(told_session(said, lang=lang).game.present("public_engagement"))
    taken: DecisionTaken = {**vote({"village_cadre": True}, terms=terms), "motion": "L001", "condition": condition}
    session = decided(told_session(said, lang=lang), 1, taken).as_read
    text = to_markdown(minutes(session)).replace("\\", "")
    assert not [each for each in told if each not in text]
    command = to_markdown(minutes(_session("command_en")))
    copies, informed = (
        next(row for row in command.splitlines() if f"**{title}**" in row) for title in ("Copies to", "Told to")
    )
    assert "local parent" not in copies
    assert "local parent" in informed


@pytest.mark.parametrize(
    ("lang", "does", "waits", "agreed"),
    [
        ("en", "Tan Xiaoyu (junior social worker)", "who has yet to agree", "agreed; who pays is as the matter says"),
        ("zh", "谭小雨（年轻社工）", "待其同意", "已同意；由谁出钱，以事项所写为准"),
    ],
)
def test_who_answers_for_a_matter_is_who_does_it_and_who_only_agrees_that_others_do_or_pay_it_is_told_so(
    lang: Lang, does: str, waits: str, agreed: str
) -> None:
    terms = {"leads": "social_workers", "payer": "street"}
    said = [
        line(1, "community_director", "propose", terms=terms),
        line(2, "district_official", "support", about="L001"),
        line(3, "young_social_worker", "support", about="L001"),
    ]
    votes = {"community_director": True, "district_official": True}
    spec = SessionSpec(
        scenario="resettled_elders", governance="joint_production", lang=lang, stages=("public_engagement",), seed=1
    )
    game = Game(spec, LIBRARY)
    for each in said:
        each["visible_to"] = list(game.present("public_engagement"))
    for heard in (said, said[:2]):
        taken: DecisionTaken = {**vote(votes, terms=terms), "motion": "L001"}
        session = replace(decided(told_session(heard, lang=lang), len(heard), taken), game=game).as_read
        settled = _part(to_markdown(minutes(session)).replace("\\", ""), game.words("meeting.settled"))
        led, paid = (row for row in settled.splitlines() if row.startswith(("| 1 ", "| 2 ")))
        assert does in led
        assert (waits in led) == (len(heard) == 2)
        assert agreed in paid


@pytest.mark.parametrize(
    ("lang", "none", "training"),
    [
        ("en", "No decision was made; no motion was put to the vote.", ": minutes of the meeting “Training” on “"),
        ("zh", "会议未作出决定，没有提案付诸表决。", "”培训会议纪要"),
    ],
)
def test_where_nothing_was_decided_or_to_be_decided_they_say_so(lang: Lang, none: str, training: str) -> None:
    whole = _session(f"showcase_{lang}")
    first_vote = next(event.seq for event in whole.events if event.kind == "line" and event.payload["vote"])
    early = to_markdown(minutes(Session.of(whole.game, [event for event in whole.events if event.seq < first_vote])))
    assert none in early
    assert whole.game.words("meeting.undecided.all") in early
    second = next(event.seq for event in whole.events if event.stage == "application")
    trained = to_markdown(minutes(Session.of(whole.game, [event for event in whole.events if event.seq < second])))
    assert training in trained.splitlines()[0]
    assert none not in trained
    assert whole.game.words("meeting.votes") not in trained


def test_on_paper_the_title_stands_in_the_middle_and_the_foot_says_that_it_is_a_rehearsal() -> None:
    document = minutes(_session("showcase_zh"))
    with zipfile.ZipFile(io.BytesIO(to_docx(document))) as word:
        written, foot = (word.read(f"word/{name}.xml").decode() for name in ("document", "footer1"))
    first = written.partition("</w:p>")[0]
    assert document.title in re.sub(r"<[^>]*>", "", first)
    assert '<w:jc w:val="center"/>' in first
    assert "演练" in foot
    page = to_html(document)
    assert 'class="page slim filed"' in page
    assert '<p class="kicker">' not in page


def test_a_time_is_taken_from_words_that_set_one() -> None:
    cases: list[tuple[Lang, str, str]] = [
        ("zh", "街道月底前把停车账贴出来", "月底前"),
        ("zh", "12月15日前报街道", "12月15日前"),
        ("zh", "问题一周内答复", "一周内"),
        ("zh", "业主大会表决前答复", "业主大会表决前"),
        ("zh", "物业公司续2年", ""),
        ("zh", "物业公司先把楼道灯修亮", ""),
        ("zh", "前头自家的房子下个月起交物业费", "下个月起"),
        ("zh", "物业公司半年内把账贴上大门", "半年内"),
        ("zh", "小组雇的人每晚八点前把桶挪走", "每晚八点前"),
        ("zh", "15个工作日内书面答复", "15个工作日内"),
        ("en", "15 and 15 to finance this week", "this week"),
        ("en", "130 yuan once the list hangs there", "once the list hangs there"),
        ("en", "the committee has the hall open at four on every evening of class", "at four on every evening"),
        ("en", "the street posts the account by the end of the month", "by the end of the month"),
        ("en", "I answer within two weeks", "within two weeks"),
        ("en", "a class on 5 evenings until 7", ""),
        ("en", "a child stays in for one month unpaid", ""),
        ("en", "the daily book is shown to the family", ""),
        ("en", "the committee holds its meeting before the inspection", "before the inspection"),
        ("en", "draw the lots before parents and post the numbers", ""),
        ("en", "no digger before the day that the village has set", ""),
        ("en", "to ask the two old ladies tonight", "tonight"),
        ("en", "the lorry leaves the street today", "today"),
        ("en", "the terms posted tomorrow morning", "tomorrow morning"),
        ("en", "the drain priced before the lot", "before the lot"),
        ("en", "my key the day the drain is relaid", "the day the drain is relaid"),
        ("en", "the same as in today's list", ""),
        ("zh", "路缘石的车今天开走", "今天"),
        ("zh", "十九份协议明天早上贴出来", "明天早上"),
        ("zh", "把今天的话写进合同", ""),
        ("zh", "业主大会表决前不拆", ""),
        ("zh", "四月底前答复没桩那半边装不装", "四月底前"),
        ("zh", "停每周情绪报告；一周内贴出急事电话单", "一周内"),
        ("zh", "专班逐件转送，盯15个工作日书面答复", "15个工作日"),
        ("en", "the street answers within ten days", "within ten days"),
        ("en", "to stop the report of every week, and answer within two days", "within two days"),
    ]  # fmt: skip
    for lang, says, limit in cases:
        assert time_limit(says, lang) == limit


@pytest.mark.parametrize(
    ("lang", "backed"), [("en", " (with a motion that grew out of it, L002)"), ("zh", "（在它上面改成 L002）")]
)
def test_whoever_backs_a_motion_on_a_condition_stands_among_those_who_supported_it(lang: Lang, backed: str) -> None:
    said = [
        line(1, "mayor", "propose", terms={"payer": "shared"}),
        line(2, "migrant_tenant", "support", about="L001", terms={"payer": "shared"}, condition="the list hangs here"),
    ]
    session = told_session(said, lang=lang).as_read
    assert session.game.name("migrant_tenant") + backed in str(ledger_section(Reading(session)))


def test_a_promise_on_a_condition_is_told_with_it_and_what_was_asked_for_beside_it_and_not_decided() -> None:
    session, text = _session("showcase_en"), _text("showcase_en")
    own, lost = "once the contract is signed", "no visitors before the class has run its trial month"
    shown = (text, to_markdown(handout(session)), to_markdown(make_debrief(session, latest_scores(session))))
    for told in (each.replace("\\", "") for each in shown):
        promised = next(row for row in told.splitlines() if "2 workers on 5 evenings until 7" in row and own in row)
        assert lost in promised.partition(own)[2]
    assert own in str(ledger_section(Reading(session)))


@pytest.mark.parametrize(
    ("says", "hangs"),
    [
        ("后排我去两个晚上。要是没人开门，我就不等了。", ""),
        ("后排要是有人带路，我去两个晚上。", "后排要是有人带路，我去两个晚上"),
        ("要等你们表决。后排那边我认：我去两个晚上，别人家里讲的话我也不写。", ""),
        ("后排我去两个晚上，否则那栋楼没人肯开门；先给我一份名单。", "后排我去两个晚上，否则那栋楼没人肯开门"),
        ("人家问过的话，后排我去两个晚上挨家回一句。", ""),
        ("后排人家要是问起，我去两个晚上回话。", ""),
        ("后排要签的话，我去两个晚上。", "后排要签的话，我去两个晚上"),
    ],
)
def test_in_chinese_a_condition_is_told_in_the_words_of_the_promise(says: str, hangs: str) -> None:
    said = line(1, "mayor", "promise", says=says, promises="后排我去两个晚上")
    said["promised_to"] = ["migrant_tenant"]
    said["visible_to"] = list(told_session([said]).game.present("public_engagement"))
    told = to_markdown(minutes(told_session([said], lang="zh").as_read))
    assert "“后排我去两个晚上”（为罗梅）" in told
    assert (f"（有条件：“{hangs}”）" in told) == bool(hangs)
    assert ("有条件" in told) == bool(hangs)


def test_when_somebody_asks_is_no_condition_of_a_promise() -> None:
    for says, hangs in (
        ("If anybody asks about the list, I go to the back row on two evenings.", ""),
        (
            "I go to the back row on two evenings if the mayor asks the district for a lamp.",
            "if the mayor asks the district",
        ),
    ):
        said = line(1, "village_cadre", "promise", says=says, promises="to the back row on two evenings")
        said["visible_to"] = list(told_session([said]).game.present("public_engagement"))
        told = to_markdown(minutes(told_session([said]).as_read))
        assert hangs in told
        assert ("on a condition" in told) == bool(hangs)


def test_a_resident_whose_word_counts_agreed_and_is_not_named_as_who_does_it() -> None:
    said = [line(1, "mayor", "propose", terms=ALL), line(2, ELDER, "support", about="L001")]
    session = decided(told_session(said), 2, {**vote({ELDER: True}, terms=ALL), "motion": "L001"}).as_read
    case = session.game.scenario
    theirs = [card.model_copy(update={"remit": (ELDER,)}) if card.id in ALL else card for card in case.decisions]
    vars(session.game)["scenario"] = case.model_copy(update={"decisions": tuple(theirs)})
    settled = _part(to_markdown(minutes(session)), "Matters settled")
    assert f"| {session.game.name(ELDER)} (local parent) agreed; who does it is not named |" in settled


def test_whoever_may_commit_to_it_and_promised_in_words_alone_is_not_said_to_have_agreed_to_nothing() -> None:
    hall = {"hall": "committee_key"}
    says = "The hall stays open."
    said = [line(1, ELDER, "propose", terms=hall), line(2, "village_cadre", "promise", about="L001", says=says)]
    for each in said:
        each["visible_to"] = ROOM
    session = decided(told_session(said), 2, {**vote({ELDER: True}, terms=hall), "motion": "L001"}).as_read
    settled = _part(to_markdown(minutes(session)), "Matters settled")
    assert "| Huang Jinfu (village cadre), who promised something that names no option" in settled
    assert "is for Huang Jinfu (village cadre), who made a promise without naming an option (“The hall stays" in settled
    assert "did not agree" not in settled


def test_who_votes_against_without_a_word_is_told_with_what_it_objected_before_and_a_promise_stands_once() -> None:
    promise = "The hall stays open."
    said = [
        line(1, "mayor", "propose", terms={"hall": "rented"}),
        line(2, "migrant_tenant", "object", about="L001", says="Then who makes good my rent?"),
        line(3, ELDER, "propose", terms=ALL),
        line(4, "village_cadre", "promise", says=promise),
        line(5, "village_cadre", "promise", says=promise),
        line(6, "migrant_tenant", "object", vote=True, about="L003"),
    ]
    for each in said:
        each["visible_to"], each["says"] = ROOM, "" if each["vote"] else each["says"]
    votes = {ELDER: True, "mayor": True, "migrant_tenant": False}
    session = decided(told_session(said), 6, {**vote(votes, terms=ALL), "motion": "L003"}).as_read
    text = to_markdown(minutes(session))
    assert "see the discussion (L002)" in _part(text, "Reasons and reservations")
    assert text.count("who makes good my rent") == 1
    assert "no reason was given" not in text
    assert text.count(promise.rstrip(".")) == 1
    assert to_markdown(handout(session)).count(promise) == 1


def test_who_has_a_vote_and_let_its_time_go_by_is_told_as_that_and_not_as_without_one() -> None:
    said = [
        line(1, ELDER, "propose", terms=ALL),
        line(2, "migrant_tenant", "object", about="L001", says="Then who makes good my rent?"),
    ]
    for each in said:
        each["visible_to"] = ROOM
    taken = vote({ELDER: True, "mayor": True}, terms=ALL)
    late: DecisionTaken = {**taken, "motion": "L001", "abstained": ["migrant_tenant"], "uncast": ["migrant_tenant"]}
    text = to_markdown(minutes(decided(told_session(said), 2, late).as_read))
    assert re.search(r"Luo Mei \(migrant tenant, did not vote\).*see the discussion \(L002\)", text)
    assert "without a vote" not in text


def test_a_vote_is_held_again_from_before_it_where_missing_votes_would_have_turned_it() -> None:
    said = [line(1, ELDER, "propose", terms=ALL), line(2, "mayor", "inform")]
    cast = [
        line(3, ELDER, "support", about="L001", vote=True),
        line(4, "mayor", "object", about="L001", vote=True),
        line(5, "migrant_tenant", "support", about="L001", vote=True),
    ]
    fell: DecisionTaken = {**vote({ELDER: True, "mayor": False}, terms=ALL), "motion": "L001", "carried": False}
    late: DecisionTaken = {**fell, "abstained": ["migrant_tenant"], "uncast": ["migrant_tenant"]}
    for lines, taken, back in (([*said, *cast], late, "L002"), ([*said, *cast], fell, ""), (said, late, "")):
        assert vote_again_at(decided(told_session(lines), len(lines), taken).as_read) == back


@pytest.mark.parametrize(("holder", "who"), [("mayor", "for the public money"), ("self_gov", "agreed")])
def test_no_resident_answers_for_public_money(tmp_path: Path, holder: str, who: str) -> None:
    payer = "    remit: [mayor]\n# The plan"
    text = example("scenario", "own")
    assert payer in text
    write(tmp_path, "scenario", "own", text.replace(payer, payer.replace("mayor", holder)))
    game = Game(
        SessionSpec(scenario="own", governance="joint_production", stages=("public_engagement",)),
        Library.load(tmp_path),
    )
    terms = {"payer": "both"}
    taken = vote({"mayor": True, "self_gov": True}, terms=terms)
    session = recorded(session_of(game, [line(1, holder, "propose", terms=terms)]), "S-2")
    told = decided(Scored(game, session.events, lambda: latest_scores(session)), 1, taken)
    filed = to_markdown(minutes(told.as_read))
    (row,) = [row for row in filed.splitlines() if "the district and the residents |" in row]
    assert who in row
    assert ("public" in row) == (holder == "mayor")


@pytest.mark.parametrize(
    ("lang", "asks", "copies"),
    [("en", "the consent of the finance office, since", "Copies to"), ("zh", "报财政部门同意", "抄送")],
)
def test_an_office_that_must_consent_by_a_fact_on_the_money_is_asked_and_gets_a_copy(
    lang: Lang, asks: str, copies: str
) -> None:
    terms = {**ALL, "payer": "shared"}
    said = [line(1, "mayor", "propose", terms=terms)]
    taken: DecisionTaken = {**vote({"mayor": True, ELDER: True}, terms=terms), "motion": "L001"}
    session = decided(told_session(said, lang=lang), 1, taken).as_read
    text = to_markdown(minutes(session))
    office = session.game.scenario.departments["finance"].get(lang).removeprefix("the ")
    fact = next(fact.text.get(lang) for fact in session.game.scenario.facts if fact.id == "F20").rstrip(".。")
    assert asks in text
    assert fact in text
    assert office in text[text.index(copies) :]
    lost = decided(told_session(said, lang=lang), 1, {**taken, "carried": False}).as_read
    assert office not in to_markdown(minutes(lost))


@pytest.mark.parametrize(
    ("lang", "asks", "copies"),
    [
        ("en", "**To be agreed:** with the education office", "Copies to"),
        ("zh", "**待商定：**同教育部门衔接", "抄送**"),
    ],
)
def test_an_office_that_the_case_needs_and_nobody_speaks_for_is_to_be_asked_and_gets_a_copy(
    lang: Lang, asks: str, copies: str
) -> None:
    terms = {**ALL, "payer": "district"}
    said = [line(1, "mayor", "propose", terms=terms)]
    taken: DecisionTaken = {**vote({"mayor": True, ELDER: True}, terms=terms), "motion": "L001"}
    session = decided(told_session(said, lang=lang), 1, taken).as_read
    text = to_markdown(minutes(session))
    office = session.game.scenario.departments["education"].get(lang).removeprefix("the ")
    assert asks in text
    assert office in text[text.index(copies) :]


def test_minutes_of_people_tell_the_hours_but_not_those_of_a_branch_that_begins_in_the_midst() -> None:
    played = _session("showcase_zh")
    game = played.game.twin(persons=("landlord",))
    opened, *rest = played.events
    late = [replace(event, at=opened.at + 600 * place) for place, event in enumerate(rest)]
    for branch, told in (({}, True), ({"branch": {"of": "source", "at": "L001"}}, False)):
        first: Any = replace(opened, payload={**opened.payload, **branch})
        text = to_markdown(minutes(replace(played, game=game, events=[first, *late])))
        when = next(text for text in text.splitlines() if "**时间**" in text)
        assert ("至" in when) is told
