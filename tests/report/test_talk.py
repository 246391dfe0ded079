"""What a debrief offers for the talk: questions about what was played, and an outline of half an hour."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.game.motions.conditions import doers
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.session import Session
from sandbox.record.folder import SessionFolder
from sandbox.record.line import DecisionTaken
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.debrief.reader import reader_of
from sandbox.report.pages.debrief.talk import talk_questions
from sandbox.report.pages.debrief.turning_points import KINDS, findings
from sandbox.report.reading import Reading
from sandbox.scoring.scorecard import latest_scores
from sandbox.session.opening import open_session
from tests.cassette import FOLDER
from tests.content.folders import LIBRARY
from tests.game.making import SEATS, line, session_of
from tests.report.conftest import Scored, told_session
from tests.report.reader import table_rows
from tests.report.test_course_told import PAID, STAFF, decided
from tests.report.test_told_rightly import shipped
from tests.scoring.making import vote

TENANT = "migrant_tenant"
SCHOOL = LIBRARY.scenario("four_oclock_school").discussion


def asked(stages: tuple[str, ...], *, aside: bool = False, lang: Lang = "en") -> list[str]:
    """Return the questions for the talk after a session with a line in each of some stages."""
    said = [line(n + 1, "mayor", "inform", "grid_master", stage=stage) for n, stage in enumerate(stages)]
    for each in said:
        each["visible_to"] = list(told_session(said).game.present(each["stage"]))
    if aside:
        said[-1]["visible_to"] = ["mayor", "grid_master"]
    return talk_questions(told_session(said, lang=lang).as_read, lang)


def test_a_question_about_what_was_not_played_is_left_out() -> None:
    lang: Lang = "zh"
    of_tour, of_asides = SCHOOL[1], SCHOOL[4]
    assert (of_tour.stages, of_asides.asides) == (("learning_tour",), True)
    whole = [(question.watched or question).get(lang) for question in SCHOOL if not question.decided]
    here, there = of_tour.get(lang), of_asides.get(lang)
    assert asked(("learning_tour", "public_engagement"), aside=True, lang=lang) == whole
    assert asked(("public_engagement",), lang=lang) == [text for text in whole if text not in (here, there)]
    assert asked(("learning_tour",), lang=lang) == [text for text in whole if text != there]
    assert asked(("public_engagement",), aside=True, lang=lang) == [text for text in whole if text != here]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_question_about_what_was_decided_is_asked_only_where_something_was(lang: Lang) -> None:
    told = told_session([line(1, "mayor", "propose", terms=PAID)], lang=lang)
    of_decision = [(question.watched or question).get(lang) for question in SCHOOL if question.decided]
    for carried, shown in ((True, of_decision), (False, [])):
        taken = decided(told, 1, {**vote({"mayor": carried}, terms=PAID), "motion": "L001", "carried": carried})
        asks = talk_questions(taken.as_read, lang)
        assert [question for question in asks if question in of_decision] == shown
        assert asks, "what was talked about can be asked in any case"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_after_a_recording_the_questions_ask_what_they_did_and_at_a_table_of_people_what_you_did(lang: Lang) -> None:
    said = [line(1, "mayor", "inform", "grid_master")]
    watched, played = SCHOOL[0].watched, told_session([{**said[0], "origin": "person"}], lang=lang).as_read
    assert watched is not None
    assert talk_questions(told_session(said, lang=lang).as_read, lang)[0] == watched.get(lang)
    assert talk_questions(played, lang)[0] == SCHOOL[0].get(lang)
    words = Words(lang)
    assert words("talk.opening.watched") in outline(told_session(said, lang=lang))[0][2]
    assert words("talk.opening.say") in outline(played)[0][2]


def test_only_questions_on_ones_own_work_say_you_to_those_who_watched() -> None:
    for scenario in LIBRARY.cards["scenario"]:
        for question in LIBRARY.scenario(scenario).discussion[:4]:
            shown = question.watched or question
            assert not re.search(r"\b(?:did|were) you\b|\byour\b", shown.en), shown.en
            assert "你们" not in shown.zh, shown.zh


def test_a_question_that_names_the_tour_or_asides_says_so() -> None:
    every = [question for scenario in LIBRARY.cards["scenario"] for question in LIBRARY.scenario(scenario).discussion]
    for question in every:
        if "参观时" in question.zh or "the tour" in question.en.lower():
            assert "learning_tour" in question.stages, question.en
        if (
            "私下" in question.zh
            or "会下" in question.zh
            or "corridor" in question.en
            or "off the record" in question.en
        ):
            assert question.asides, question.en
        if "plan from above" in question.en or "plan handed down" in question.en:
            assert "application" in question.stages, question.en


def outline(session: Session | Scored) -> list[list[str]]:
    """Return the rows of the outline of the talk: time, part and what is said."""
    played = session if isinstance(session, Session) else session.as_read
    page = to_html(make_debrief(played, latest_scores(played)))
    return table_rows(page.split('<section id="talk"')[1].split("</table>")[0])[1:]


def test_the_facilitator_alone_finds_points_for_the_commentary_behind_the_outline() -> None:
    for name in ("showcase_en", "showcase_zh"):
        session = shipped(name)
        comment, lang = session.game.scenario.commentary[1], session.spec.lang
        page = to_html(make_debrief(session, latest_scores(session)))
        rows = table_rows(page.split('<section id="talk"')[1].split("</section>")[0].split("</table>")[1])[1:]
        assert [row[0] for row in rows] == [each.point.get(lang) for each in session.game.scenario.commentary]
        assert comment.law is not None
        assert Words(lang)("commentary.law", law=comment.law.get(lang)) in rows[1][1]
        assert Words(lang)(f"paper.{comment.source.sections[0]}") in rows[1][1]
        assert rows[1][2] == comment.mistake.get(lang)
        seat = next(iter(session.game.positions))
        assert comment.point.get(lang) not in to_html(make_debrief(session, latest_scores(session), seat=seat))


def test_the_outline_is_half_an_hour_with_three_moments_whose_lines_are_quoted() -> None:
    for name in ("showcase_en", "showcase_zh"):
        session = shipped(name)
        rows = outline(session)
        numbers = [
            [
                int(number)
                for number in re.findall(
                    r"\d+", row[0].replace("15 分钟", "").replace("15分钟", "").replace("of 15", "")
                )
            ]
            for row in rows
        ]
        times = [(start, end) for start, end, *_ in numbers]
        halves = [(start, end) for *_, start, end in numbers]
        assert halves == [(start // 2, end // 2) for start, end in times], "and for those who have a quarter of an hour"
        assert times[0][0] == 0
        assert times[-1][1] == 30
        assert [end for _, end in times[:-1]] == [start for start, _ in times[1:]]
        words = Words(session.spec.lang)
        moments = [row for row in rows if re.match(words("talk.moment", number="\\d", title=""), row[1])]
        assert len(moments) == 3
        asks = [words(f"talk.ask.{kind}") for kind in KINDS if f"talk.ask.{kind}" in words]
        assert all(sum(text in row[2] for row in moments) <= 1 for text in asks), "no question is asked twice"
        said = {line["id"]: line["says"] for line in session.lines}
        shown = [re.findall(r"[：:] “([^“”]*)” (L\d+)", row[2]) for row in moments]
        assert all(shown)
        assert all(quote.strip("… ").split("…")[0].strip() in said[line] for row in shown for quote, line in row)
        assert len({line for row in shown for _, line in row}) == sum(map(len, shown)), "no line is read out twice"


def test_a_clause_that_was_struck_a_refusal_and_a_single_vote_are_moments_and_a_clause_that_was_reworded_is_none() -> (
    None
):
    cases: list[tuple[str, list[str], list[str]]] = [
        ("showcase_en", ["terms", "struck", "turned"], ["L032", "L033", "L037", "L044", "L043"]),
        ("showcase_zh", ["terms", "refused", "narrow"], ["L010", "L011", "L012", "L016", "L043", "L044"]),
    ]
    for name, kinds, read_out in cases:
        session = shipped(name)
        words = Words(session.spec.lang)
        moments = [row for row in outline(session) if re.match(words("talk.moment", number="\\d", title=""), row[1])]
        assert [row[1].endswith(words(f"why.{kind}.title")) for row, kind in zip(moments, kinds, strict=True)] == [
            True
        ] * 3
        assert re.findall(r"” (L\d+)", " ".join(row[2] for row in moments)) == read_out


def test_of_a_refusal_the_words_that_refuse_are_read_out_and_nobody_asks_what_is_left_of_a_decision_without_it() -> (
    None
):
    words = Words("zh")
    row = next(row for row in outline(shipped("showcase_zh")) if row[1].endswith(words("why.refused.title")))
    assert "这一条最后没有写进决定。" in row[2]
    assert words("talk.ask.refused.out") in row[2]
    assert words("talk.ask.refused") not in row[2]
    assert "我这边没法公示" in row[2].partition("曹志刚 拒绝")[2]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_demand_that_was_taken_on_turned_the_meeting_where_whoever_asked_gave_something_for_it(lang: Lang) -> None:
    key, words = "the village committee opens the hall at four", Words(lang)
    bring = {"terms": STAFF, "condition": key}
    gives_up = [line(4, TENANT, "support", about="L002", condition="a trial of 1 term")]
    for act, answer, later, ends in (
        ("object", "yes", [], "over"), ("support", "part", gives_up, "for"), ("support", "yes", [], ""),
        ("object", "no", [], ""),
    ):  # fmt: skip
        said: list[Any] = [
            line(1, "mayor", "propose", terms=STAFF),
            line(2, TENANT, act, "mayor", about="L001", **bring),  # type: ignore[arg-type]
            {**line(3, "village_cadre", "inform", says="The committee does that."), "takes_on": {"L002": answer}},
            *later,
        ]
        taken: DecisionTaken = {**vote({"mayor": True, TENANT: True}, terms=STAFF), "motion": said[-1]["id"]}
        told = decided(told_session(said, lang=lang), len(said), taken).as_read
        turns = findings(reader_of(told, latest_scores(told), None))
        turned = [turn for turn in turns if turn.kind == "taken_on"]
        name = told.game.name(TENANT)
        assert [turn.text.endswith(words(f"why.taken_on.{ends}", by=name)) for turn in turned] == [True] * bool(ends)
        if later:
            assert words("why.taken_on.back", by=name, line="L004") in turned[0].text
        learnt = {(side, key, seat) for turn in turns for side, key, seat, _ in turn.teaches}
        assert (("keep", "got", TENANT) in learnt) is (answer != "no"), "and asking for it is worth keeping"


def test_a_demand_that_was_asked_about_and_taken_on_in_the_open_turned_the_meeting_if_it_was_decided() -> None:
    key = "the village committee opens the hall at four"
    said: list[Any] = [
        line(1, TENANT, "propose", terms=STAFF, condition=key),
        line(2, "local_parent", "ask", "village_cadre", says="Does the village committee open the hall at four?"),
        {**line(3, "village_cadre", "inform", says="The committee does that."), "takes_on": {"L001": "yes"}},
    ]
    for condition, turned in ((key, ["L002"]), ("", [])):
        taken = {**vote({"mayor": True, TENANT: True}, terms=STAFF), "motion": "L001", "condition": condition}
        told = decided(told_session(said), 3, taken).as_read  # type: ignore[arg-type]
        turns = [each for each in findings(reader_of(told, latest_scores(told), None)) if each.kind == "taken_on"]
        assert [turn.evidence[1] for turn in turns] == turned
        assert all(turn.text.endswith(Words("en")("why.taken_on.held")) for turn in turns)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_answer_that_named_first_what_was_decided_turned_the_meeting(lang: Lang) -> None:
    asks = line(1, TENANT, "ask", "ngo_director", says="Whom did you tell?")
    for act, told in (("answer", 1), ("propose", 0)):
        said = [
            asks,
            line(2, "ngo_director", act, TENANT, about="L001", terms=STAFF, says="From now on nobody."),  # type: ignore[arg-type]
            line(3, "mayor", "propose", terms=STAFF),
        ]
        taken: DecisionTaken = {**vote({"mayor": True}, terms=STAFF), "motion": "L003"}
        session = decided(told_session(said, lang=lang), 3, taken).as_read
        turns = [x for x in findings(reader_of(session, latest_scores(session), None)) if x.kind == "named"]
        assert [turn.evidence for turn in turns] == [("L002", "L001")] * told


def test_the_outline_says_what_the_decision_hangs_on_and_for_whom() -> None:
    session = shipped("showcase_zh")
    row = next(row for row in outline(session) if row[1] == "定了什么，靠什么")
    (decision,) = session.decisions
    seats = tuple(session.game.seats)
    owed = [(next(iter(doers(session.game, part, seats)), ""), part) for part in hangs_on(decision["condition"])]
    assert owed
    for seat, part in owed:
        silent = "（会上没有表态同意）" if seat == "street_director" else ""
        head = f"条件，由{Reading(session).person(seat)}来办{silent}：" if seat else "条件："
        before = row[2].partition(part)[0]
        assert before.rfind("条件") == before.rfind(head), f"{part}: whose it is, or nobody's name"


def test_a_question_that_nobody_answered_and_whoever_said_little_are_named() -> None:
    said = [
        line(1, "mayor", "ask", "village_cadre", says="We met on Monday. Who pays for the lamps?"),
        line(2, "ngo_director", "inform", says="The lamps cost 12,000 yuan."),
        line(3, "mayor", "inform", says="Let us go on."),
        line(4, TENANT, "ask", "mayor", says="When does the class begin?"),
        line(5, "mayor", "answer", TENANT, says="On the first of March."),
    ]
    told = told_session(said)
    for each in said:
        each["visible_to"] = list(told.game.present(each["stage"]))
    rows = {row[1]: row[2] for row in outline(told_session(said))}
    asked = rows["Asked and never answered"]
    assert "Shen Yulan → Huang Jinfu: “… Who pays for the lamps?” L001" in asked
    assert "We met on Monday" not in asked
    assert "When does the class begin" not in asked
    assert "0 of the 5 lines (votes left out), in the room for 5" in rows["Whom to hear more of"]
    later = [*said, line(6, "village_cadre", "inform", "grid_master", says="The collective pays for the lamps.")]
    later[-1]["visible_to"] = list(told.game.present("public_engagement"))
    assert "Asked and never answered" not in {row[1] for row in outline(told_session(later))}
    later[-1]["act"], later[-1]["to"], later[-1]["vote"] = "support", "all", True
    assert "Asked and never answered" not in {row[1] for row in outline(told_session(later))}, "nor with its vote"


def test_where_people_play_only_they_are_asked_to_speak_and_a_question_is_read_out_whole() -> None:
    lang: Lang = "en"
    said = [
        line(1, "mayor", "inform", says="Let us begin."),
        line(2, TENANT, "ask", "mayor", says="We met. Is the draw held in public? Yes or no? I have to tell them."),
        line(3, "village_cadre", "ask", "ngo_director", says="Who pays?"),
        line(4, "village_cadre", "propose", terms={"hall": "committee_key"}, says="One way."),
        line(5, "village_cadre", "propose", terms={"hall": "parents_key"}, says="Another way."),
        *(line(n, "village_cadre", "inform", says="So it is.") for n in range(6, 13)),
    ]
    for each in said:
        each["visible_to"] = list(told_session(said).game.present(each["stage"]))
    played = told_session(
        [{**each, "origin": "person" if each["seat"] in (TENANT, "mayor") else each["origin"]} for each in said],
        lang=lang,
    ).as_read
    words, rows = Words(lang), {row[1]: row[2] for row in outline(played)}
    asked, least = rows[words("talk.questions")], rows[words("talk.least")]
    assert "“… Is the draw held in public? Yes or no?”" in asked
    assert "Who pays?" not in asked, "nobody in the room has the seat that was asked"
    assert played.game.name(TENANT) in least
    assert played.game.name("grid_master") not in least
    turned = next(text for title, text in rows.items() if title.endswith(words("why.turned.title")))
    assert words("talk.ask.turned.absent", name=played.game.name("village_cadre")) in turned
    assert words("talk.lead.turned") not in turned


def test_nobody_is_asked_for_more_who_said_their_share_and_what_is_read_out_is_told_as_their_own() -> None:
    said = [line(n, seat, "inform", "mayor", says="So it is.") for n, seat in enumerate(SEATS * 2, start=1)]
    game = told_session(said).game
    others = [seat for seat in game.positions if seat not in SEATS and game.personas[seat].kind != "host"]
    said += [line(n, seat, "inform", "mayor", says="So it is.") for n, seat in enumerate(others * 2, start=20)]
    for each in said:
        each["visible_to"] = list(game.present(each["stage"]))
    assert "Whom to hear more of" not in {row[1] for row in outline(told_session(said))}
    (row,) = [row for row in outline(told_session(said[:-1])) if row[1] == "Whom to hear more of"]
    assert "One of its own lines: “So it is.”" in row[2]


def test_nothing_is_read_out_that_the_whole_room_did_not_hear() -> None:
    said = [
        line(1, "mayor", "ask", "village_cadre", says="SECRET: who pays?"),
        line(2, TENANT, "object", "mayor", about="L001", says="SECRET: I will not come."),
        line(3, "mayor", "inform", "grid_master", says="Let us begin."),
    ]
    everybody = list(told_session(said).game.present("public_engagement"))
    for each, heard in zip(said, (["mayor", "village_cadre", TENANT], ["mayor", TENANT], everybody), strict=True):
        each["visible_to"] = heard
    assert "SECRET" not in str(outline(told_session(said)))
    for each in said:
        each["visible_to"] = everybody
    assert str(outline(told_session(said))).count("SECRET") > 1


def test_a_seat_has_no_outline_and_a_session_without_a_line_neither() -> None:
    session = told_session([line(1, "mayor", "inform")])
    for made in (
        make_debrief(session.as_read, session.card, TENANT),
        make_debrief(session_of(session.game), session.card),
    ):
        assert "talk" not in [section.anchor for section in made.sections]


def test_a_vote_against_what_was_carried_is_talked_about() -> None:
    lang: Lang = "en"
    words, room = Words(lang), [*SEATS, "teacher_volunteer", "local_parent"]
    says = "The tenants cannot pay that."
    said = [
        line(1, "mayor", "propose", terms={"provider": "street_staff"}),
        line(2, "mayor", "support", vote=True, about="L001"),
        line(3, "migrant_tenant", "object", vote=True, about="L001", says=says),
    ]
    taken = vote({"mayor": True, "migrant_tenant": False}, terms={"provider": "street_staff"})
    session = decided(
        told_session([{**each, "visible_to": room} for each in said], lang=lang), 3, {**taken, "motion": "L001"}
    )
    rows = [row for row in outline(session) if words("why.against.title") in row[1]]
    assert len(rows) == 1
    assert says in rows[0][2]
    assert words("talk.ask.against") in rows[0][2]


def test_where_nothing_was_decided_it_is_asked_what_it_got_stuck_on_and_of_a_veto_whether_there_was_another_way() -> (
    None
):
    lang: Lang = "zh"
    words, room = Words(lang), [*SEATS, "teacher_volunteer", "local_parent"]
    said = [
        line(1, "mayor", "propose", terms={"provider": "street_staff"}, says="The street does it."),
        line(2, "migrant_tenant", "support", vote=True, about="L001"),
        line(3, "village_cadre", "support", vote=True, about="L001"),
        line(4, "ngo_director", "support", vote=True, about="L001"),
        line(5, "mayor", "object", vote=True, about="L001", says=""),
    ]
    votes = {"migrant_tenant": True, "village_cadre": True, "ngo_director": True, "mayor": False}
    told = told_session(
        [{**each, "visible_to": room} for each in said], lang=lang, changes=("aggregation.veto=official",)
    )
    taken = {**vote(votes, carried=False), "motion": "L001", "vetoed_by": ["mayor"]}
    rows = outline(decided(told, 5, taken))  # type: ignore[arg-type]
    (stuck,) = [row for row in rows if row[1] == words("talk.stuck")]
    assert words("talk.stuck.ask") in stuck[2]
    (moment,) = [row for row in rows if words("why.stopped.title") in row[1]]
    assert words("talk.ask.stopped.veto") in moment[2], "also where the vote had no words"
    assert told.game.name("mayor") in moment[2]
    whole = str(rows)
    assert words("talk.decision.ask") not in whole
    assert words("talk.ask.turned") not in whole, "nobody gave way who voted against"
    assert words("talk.decision") not in whole


def test_a_condition_that_was_refused_and_taken_on_in_the_end_is_a_moment() -> None:
    told = "It was carried, and Cao Deli went along with it in the end."
    assert any(told in row[2] for row in outline(shipped("back_lane_en"))), "with his vote"


def test_a_refusal_tells_that_a_part_was_agreed_to_in_the_end_and_no_one_who_refuses_twice_is_said_to_give_way() -> (
    None
):
    key = "Chen Guodong posts the waiting list on the hall door"
    refused: dict[str, Any] = {"refuses": key, "takes_on": {"L001": "no"}, "about": "L001"}
    taken: DecisionTaken = {**vote({"mayor": True}, terms=STAFF), "motion": "L001", "condition": key}
    for answer, way, ends in (
        ({"takes_on": {"L001": "part"}, "promises": "Chen Guodong posts the numbers"}, "part", "a part of it (L003)."),
        ({"takes_on": {"L001": "yes"}}, "agreed", "went along with it in the end."),
        (refused, "carried", "It was carried all the same."),
    ):
        said: list[Any] = [
            line(1, "mayor", "propose", terms=STAFF, condition=key),
            {**line(2, "grid_master", "refuse", "mayor"), **refused},
            {**line(3, "grid_master", "inform", "mayor"), **answer},
        ]
        for each in said:
            each["visible_to"] = list(told_session(said).game.present("public_engagement"))
        told = decided(told_session(said), 3, taken).as_read
        turns = [turn for turn in findings(reader_of(told, latest_scores(told), None)) if turn.kind == "refused"]
        assert turns, way
        assert all(turn.text.endswith(ends) for turn in turns), "each of his refusals, also the second"
        assert ("L003" in turns[0].evidence) == (way == "part")


def test_what_is_read_out_is_whole_sentences_without_gaps() -> None:
    for name in ("showcase_en", "showcase_zh"):
        session = shipped(name)
        moment = Words(session.spec.lang)("talk.moment", number="\\d", title="")
        quotes = [
            quote
            for row in outline(session)
            if re.match(moment, row[1])
            for quote in re.findall(r"“([^”]*)” L\d+", row[2])
        ]
        assert quotes
        assert not [quote for quote in quotes if "…" in quote or quote[-1] not in "。？！.?!"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_of_who_refuses_a_condition_the_refusal_is_read_out_however_much_else_they_said_of_it(lang: Lang) -> None:
    key = {
        "en": "Chen Guodong posts the waiting list on the hall door every week",
        "zh": "陈国栋每周把排队的名单贴到厅门口",
    }
    no = {"en": "The office will not have it, and neither will I.", "zh": "上头不会答应，这条我应不了。"}
    rest = {
        "en": "What stands on the hall door every week is what the office sent down, the waiting list as well as the "
        "hours, and whoever wants the waiting list may come and read it to the end on any day of the week.",
        "zh": "换一条：每周排队的名单放在社区那头，谁家要看就去看，厅门口每周还是贴几点开门、几点关门，"
        "名单排到第几个，每周我打电话告诉他们家里大人，再多的，上头没说过，我也没有。",
    }
    said: list[Any] = [
        line(1, "mayor", "propose", terms=STAFF, condition=key[lang]),
        {
            **line(2, "grid_master", "refuse", "mayor", about="L001", says=no[lang] + rest[lang]),
            "refuses": key[lang], "takes_on": {"L001": "no"},
        },
    ]  # fmt: skip
    for each in said:
        each["visible_to"] = list(told_session(said).game.present("public_engagement"))
    told = outline(told_session(said, lang=lang).as_read)
    (row,) = [row for row in told if row[1].endswith(Words(lang)("why.refused.title"))]
    assert no[lang] in row[2]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_quoted_in_quoted_words_stands_in_inner_marks(lang: Lang) -> None:
    says = {"en": "“Looking ahead” is what the sheet says.", "zh": "“往前看”，单子上就这么写的。"}[lang]
    said = [line(1, "mayor", "inform", says=says), line(2, "grid_master", "object", "mayor", about="L001", says=says)]
    said += [line(3, "mayor", "inform", "ngo_director", says="So much for that.")]
    for each in said:
        each["visible_to"] = list(told_session(said).game.present("public_engagement"))
    page = " ".join(" ".join(row) for row in outline(told_session(said, lang=lang).as_read))
    assert says.replace("“", "‘").replace("”", "’") in page
    assert "““" not in page


@pytest.mark.parametrize(
    ("name", "doubt"),
    [("campaign_en/r1_east_*", "What I still hold against it: 3 months"), ("campaign_zh/r1_east_*", "就一条不放心")],
)
def test_a_doubt_that_was_told_with_a_vote_for_is_read_out_a_year_later(name: str, doubt: str) -> None:
    (folder,) = FOLDER.glob(name)
    session = open_session(SessionFolder(folder), LIBRARY)
    page = to_markdown(make_debrief(session, latest_scores(session), None))
    asked = page.partition(session.game.words("talk.review.doubts"))[2].partition(session.game.words("talk.closing"))[0]
    assert doubt in asked
    assert session.game.words("talk.review.ask") in asked
