"""A debrief and a report say no more of objections, conditions and speakers than the lines show."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.diffusion.campaign.result import result_of
from sandbox.game.game import Game
from sandbox.game.ledger.entries import motion_of
from sandbox.game.ledger.matters import matter, quoted
from sandbox.game.motions.backing import stands
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.session import Session
from sandbox.game.spec import CARDS, SessionSpec
from sandbox.record.folder import SessionFolder
from sandbox.record.line import DecisionTaken
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.entries import entry_course, entry_kind, entry_state
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.debrief.reader import reader_of
from sandbox.report.pages.debrief.scores import pulled_apart
from sandbox.report.pages.session import session_report
from sandbox.report.reading import Reading
from sandbox.scoring.assessment import assess
from sandbox.scoring.counted import CountedLevel, rule_words
from sandbox.scoring.scorecard import latest_scores
from sandbox.session.opening import open_session
from tests.cassette import FOLDER, meeting
from tests.game.making import LIBRARY, line, session_of
from tests.report.conftest import Scored, told_session
from tests.report.reader import Page
from tests.report.test_course_told import PAID, STAFF, debrief, decided, points
from tests.scoring.making import vote

ELDER, TENANT = "local_parent", "migrant_tenant"
SEATS = ("mayor", "grid_master", "village_cadre", "ngo_director", ELDER, TENANT)


@cache
def shipped(name: str) -> Session:
    """Return a recorded session, of a campaign that comes with the program by a pattern."""
    if "/" not in name:
        return open_session(meeting(name), LIBRARY)
    (folder,) = FOLDER.glob(name)
    return open_session(SessionFolder(folder), LIBRARY)


def amended(count: int, condition: str, lang: Lang = "en") -> Scored:
    """Return a session in which so many sets of conditions were put, and a motion was carried on a condition."""
    said = [
        line(n + 1, SEATS[n % len(SEATS)], "propose", terms=STAFF, condition=f"condition number {n + 1}")
        for n in range(count)
    ]
    taken: DecisionTaken = {**vote({ELDER: True}, terms=STAFF), "motion": said[-1]["id"], "condition": condition}
    return decided(told_session(said, lang=lang), count, taken)


@pytest.mark.parametrize(
    ("lang", "few", "many"),
    [
        ("en", "in 3 versions. Who brought those that were decided: ", "in 9 versions. Who "),
        ("zh", "条件前后改过3稿。写进决定的几条，分别是谁提的：", "条件前后改过9稿。"),
    ],
)
def test_of_a_long_course_of_conditions_it_is_told_who_brought_those_that_were_decided(
    lang: Lang, few: str, many: str
) -> None:
    session = amended(3, "condition number 3", lang)
    short = points(debrief(session), "why")
    named = {"condition": "condition number 3", "name": session.game.name(SEATS[2]), "line": "L003"}
    by = Words(lang)("why.clauses.by", **named, place="")
    assert few + by in short
    long = points(debrief(amended(9, "condition number 9", lang)), "why")
    assert many in long
    assert [number for number in range(1, 10) if f"L{number:03d}" in long] == [1, 2, 7, 8, 9]


def test_conditions_that_the_decision_dropped_are_not_told_as_decided() -> None:
    why = points(debrief(amended(3, "")), "why")
    assert "the decision has none of them" in why
    assert "Who brought" not in why


@pytest.mark.parametrize(("lang", "stands"), [("en", "rejected ("), ("zh", "未通过（")])
def test_a_motion_that_was_voted_down_and_whose_options_another_carried_is_told_as_voted_down(
    lang: Lang, stands: str
) -> None:
    said = [
        line(1, "mayor", "propose", terms=STAFF, condition="the lunch stays"),
        line(2, TENANT, "propose", terms=STAFF | PAID),
    ]
    no: DecisionTaken = {**vote({ELDER: False}, terms=STAFF, carried=False), "condition": "the lunch stays"}
    yes: DecisionTaken = {**vote({ELDER: True}, terms=STAFF | PAID), "motion": "L002", "id": "D-2"}
    session = decided(decided(told_session(said, lang=lang), 2, yes), 2, no)
    reading, words = Reading(session.as_read), Words(lang)
    fell, first, second = (words.of("state", "rejected"), *map(reading.called, ("D-public_engagement", "D-2")))
    course = entry_course(reading, reading.proposals["L001"])
    without = words.of("state", "contained_without")
    assert course.endswith(f" → {fell}{words.paren(first)} → {without}{words.paren(second)}")
    told = " ".join(debrief(session).sections["happened"].split())
    assert f"{stands} {first} {words.paren('|')[-1]}" in told


@pytest.mark.parametrize(
    ("lang", "as_other"), [("en", ("otherwise as", "in the place of")), ("zh", ("其余照", "换下"))]
)
def test_a_motion_put_afresh_is_told_with_all_its_options_and_strikes_nothing(
    lang: Lang, as_other: tuple[str, str]
) -> None:
    said = [
        line(1, "mayor", "propose", terms=STAFF | PAID, condition="the lunch stays"),
        line(2, TENANT, "propose", terms=STAFF | {"eligible": "all_children"}, condition="a trial", about="L001"),
    ]
    session = told_session(said, lang=lang)
    reading = Reading(session.as_read)
    told = " ".join(reading.line(said[1]).moved)
    assert reading.terms_text(said[1]["terms"]) in told
    page = to_markdown(session_report(session.as_read, session.card))
    assert not any(words in text for words in as_other for text in (told, page))


def test_a_counter_offer_prints_no_condition_again_that_what_it_answers_hangs_on() -> None:
    for name in ("showcase_en", "showcase_zh"):
        session = shipped(name)
        page = Page(to_html(make_debrief(session, latest_scores(session))))
        for condition in hangs_on(session.decisions[-1]["condition"]):
            said = sum(condition in (line["promises"], line.get("refuses")) for line in session.lines)
            assert 1 <= points(page, "happened").count(condition) <= 3 + said, (
                "where it was brought, struck, and decided"
            )


def test_conditions_that_are_not_in_the_decision_are_not_told_as_in_it() -> None:
    cases: list[tuple[str, str]] = [
        ("", "its terms were decided"),
        ("a trial of 2 terms", "its terms were decided"),
        ("a trial of 2 terms; the key is handed over in May", "its options were decided, but not all its conditions"),
        ("the key is handed over in May", "its options were decided, but none of its conditions"),
    ]
    for own, state in cases:
        said = [
            line(1, "mayor", "propose", terms=STAFF, condition=own),
            line(2, "mayor", "promise", terms=PAID, condition=own),
            line(3, ELDER, "support", about="L001", terms=STAFF | PAID, condition="a trial of 2 terms"),
        ]
        taken: DecisionTaken = {
            **vote({ELDER: True}, terms=STAFF | PAID), "motion": "L003", "condition": "a trial of 2 terms",
        }  # fmt: skip
        session = decided(told_session(said), 3, taken)
        happened = points(debrief(session), "happened")
        proposal, promise = happened.split("Promise")
        assert state in proposal.split("Counter-offer")[0]
        assert state in promise
        assert ("whether its condition is met is still open" in promise) is (own == "a trial of 2 terms")


def test_chinese_meetings_say_which_conditions_were_not_decided() -> None:
    folders = [FOLDER / "showcase_zh", *sorted((FOLDER / "campaign_zh").glob("r*_*"))]
    told = {"选项写进了决定，条件没有写进": set[bool](), "选项写进了决定，条件只写进一部分": set[bool]()}
    for session in (open_session(SessionFolder(folder), LIBRARY) for folder in folders):
        reading = Reading(session)
        kept = {part for decision in session.decisions for part in hangs_on(decision["condition"])}
        for item in session.items:
            state = entry_state(reading, item)[1]
            if item.kind == "proposal" and item.stage == session.decisions[-1]["stage"] and state in told:
                told[state].add(bool(kept & set(hangs_on(item.condition))))
    whole, part = told.values()
    assert whole <= {False}
    assert part <= {True}
    assert whole or part


def spoken_by(people: int, **spec: str) -> Scored:
    """Return a session without a model in which people spoke the first lines."""
    said = [line(n + 1, SEATS[n], "inform") for n in range(4)]
    for each in said:
        each["origin"] = "card"
    for each in said[:people]:
        each["origin"] = "person"
    told = told_session(said)
    next(event for event in told.events if event.kind == "session").payload["spec"].update(spec)
    game = Game(told.game.spec.model_copy(update=spec), LIBRARY)
    return Scored(game, told.events, told.score)


@pytest.mark.parametrize("spec", [{"model": CARDS, "style": "directed"}, {"model": "none", "style": "rules"}])
@pytest.mark.parametrize(
    ("people", "told"),
    [
        (0, "personas"),
        (2, "people spoke for 2 of the seats (Shen Yulan, Chen Guodong), and all"),
        (4, "each line is by a person, for 4 of the seats"),
    ],
)
def test_who_spoke_is_told_with_the_people_who_did(people: int, told: str, spec: dict[str, str]) -> None:
    session = spoken_by(people, model=spec["model"], style=spec["style"])
    report = Page(to_html(session_report(session.as_read, session.card)))
    for text in (points(debrief(session), "about"), points(report, "")):
        assert told in text
        assert ("personas said" in text or "acts of personas" in text) is (people == 0)


def test_a_model_is_called_by_its_name_in_the_language_of_the_report() -> None:
    session = spoken_by(1, model=CARDS, style="directed")
    report = Page(to_html(session_report(session.as_read, session.card)))
    assert "Model the cards alone, no model" in points(report, "")
    chinese = shipped("showcase_zh")
    assert "模型 大语言模型" in points(Page(to_html(session_report(chinese, latest_scores(chinese)))), "")
    assert "large-language-model" not in to_html(session_report(chinese, latest_scores(chinese)))


@pytest.mark.parametrize(
    ("lang", "day", "above", "old"),
    [
        (
            "en",
            "Promises stood by",
            "Wei Lixin in turn answers to a level above, which is not present.",
            "Promises kept",
        ),
        ("zh", "承诺有人认领", "魏立新自己归上一级考核，上一级不在座。", "承诺兑现"),
    ],
)
def test_on_the_day_a_promise_is_stood_by_and_who_assesses_is_assessed_from_above(
    lang: Lang, day: str, above: str, old: str
) -> None:
    game = Game(SessionSpec(scenario="clean_up", governance="three_social_interaction", lang=lang), LIBRARY)
    session = session_of(game, [line(1, "street_director", "promise", terms={"payer": "fees"})])
    for made in (make_debrief(session, latest_scores(session)), session_report(session, latest_scores(session))):
        text = Page(to_html(made)).text
        assert day in text
        assert above in text
        assert old not in text


def test_a_year_later_promises_are_kept() -> None:
    session = shipped("campaign_zh/r1_east_*")
    text = Page(to_html(session_report(session, latest_scores(session)))).text
    assert "承诺兑现" in text
    assert "承诺有人认领" not in text


def test_a_quote_within_a_sentence_has_no_full_stop_of_its_own() -> None:
    session = shipped("campaign_zh/r1_west_*")
    result = result_of(session)
    told = (
        *result.owed,
        *(fate.says for fate in result.fates),
        *(matter(session.game, item) for item in session.items),
    )
    assert any("”" in text for text in told)
    assert [text for text in told if "。”" in text] == []
    game = shipped("showcase_en").game
    assert [quoted(game, text) for text in ("“He pays”: we meant to.", "He pays.", "He pays?", "He pays...")] == [
        "“‘He pays’: we meant to”",
        "“He pays”",
        "“He pays?”",
        "“He pays...”",
    ]


def test_a_level_and_an_indicator_that_seem_to_contradict_are_told_with_what_each_counts() -> None:
    cases: list[tuple[Lang, str, float, int, bool]] = [
        ("en", "seem to contradict each other", 1.0, 1, True), ("zh", "看着打架，数的其实不是一回事", 0.0, 5, True),
        ("en", "seem to contradict each other", 1.0, 5, False), ("zh", "看着打架，数的其实不是一回事", 0.5, 1, False),
    ]  # fmt: skip
    for lang, told, value, level, odd in cases:
        session = told_session([line(1, "mayor", "inform")], lang=lang)
        above, beside = session.card.assessments
        indicators = {**beside.indicators, "needs_met": value}
        card = replace(
            session.card,
            assessments=(above, replace(beside, indicators=indicators)),
            counted={"inclusion": CountedLevel(level)},
        )
        text = points(debrief(session.with_card(card)), "criteria")
        assert (told in text) is odd
        inclusion = next(each for each in session.game.rubric.criteria if each.id == "inclusion")
        assert inclusion.counted is not None
        assert text.count(Words(lang)("d.needs_met")) == odd
        assert text.count(rule_words(inclusion, card.counted["inclusion"], lang)) == 1 + odd


def test_residents_who_carry_a_motion_of_their_own_have_their_needs_met_and_the_log_says_so() -> None:
    for name in ("showcase_en", "showcase_zh"):
        session = shipped(name)
        (carried,) = session.carried
        _, beside = assess(session)
        told = next(event.payload for event in session.events if event.payload.get("side") == "horizontal")
        assert told["indicators"]["needs_met"] == beside.on_paper.indicators["needs_met"]
        motion = motion_of(session.items, carried["motion"])
        assert motion is not None
        stood = stands(session.game, session.items, motion)
        if all(stood.get(seat) for seat in session.game.residents & set(carried["votes"])):
            assert beside.indicators["needs_met"] == 1.0


def test_needs_that_went_unmet_are_shown_by_the_condition_with_which_a_resident_backed_them() -> None:
    said = [
        line(1, "mayor", "propose", terms=STAFF),
        line(2, TENANT, "support", "mayor", about="L001", condition="the accounts hang at the gate"),
        line(3, "mayor", "propose", terms={"provider": "social_organisation"}),
    ]
    taken: DecisionTaken = {**vote({ELDER: True}, terms={"provider": "social_organisation"}), "motion": "L003"}
    session = decided(told_session(said), 3, taken)
    above, beside = session.card.assessments
    low = replace(beside, indicators={"needs_met": 0.0, "decision_share": 0.5}, total=0.25)
    card = replace(session.card, assessments=(replace(above, total=0.9), low))
    _, evidence = next(pulled_apart(reader_of(session.as_read, card, None)))
    assert evidence[0] == "L002"


def test_a_promise_beside_a_counter_offer_is_called_a_promise() -> None:
    session = shipped("showcase_en")
    reading = Reading(session)
    beside = [item for item in session.items if item.kind == "promise" and item.line in reading.counters]
    assert beside
    assert {entry_kind(reading, item) for item in beside} == {reading.label("kind.promise")}


def test_what_was_carried_stands_before_what_was_not_which_is_told_without_its_conditions() -> None:
    said = [
        line(1, "mayor", "propose", terms=PAID, condition="the village meeting agrees before the class opens"),
        line(2, ELDER, "propose", terms=STAFF, condition="the names are posted at the door"),
    ]
    votes = dict.fromkeys(SEATS, False)
    lost: DecisionTaken = {
        **vote({**votes, "mayor": True}, terms=PAID, carried=False),
        "id": "D-lost", "condition": said[0]["condition"],
    }  # fmt: skip
    won: DecisionTaken = {
        **vote({**votes, **dict.fromkeys(SEATS[2:], True)}, terms=STAFF), "motion": "L002",
        "condition": said[1]["condition"],
    }  # fmt: skip
    session = decided(decided(told_session(said), 1, lost), 2, won)
    report = Page(to_html(session_report(session.as_read, session.card)))
    for text in (points(report, ""), points(debrief(session), "about")):
        assert 0 <= text.index("Carried, 4 for, 2 against") < text.index("Not carried, 1 for, 5 against")
        assert won["condition"] in text
        assert lost["condition"] not in text


def _today(lang: Lang) -> Session:
    return open_session(SessionFolder(FOLDER / f"showcase_{lang}"), LIBRARY)


def test_the_box_says_what_of_a_condition_its_doer_takes_on_and_names_who_was_against_and_who_may_vote() -> None:
    english, chinese = (
        to_markdown(session_report(session, latest_scores(session))).replace("\\", "")
        for session in map(_today, LANGUAGES)
    )
    assert "Chen Guodong (grid master) | yes (L043) |" in english
    assert "in part (L051): “The hall open at four each evening of the class for a year, the light not on" in english
    assert "May vote: everybody present." in english
    (asked,) = (row for row in chinese.splitlines() if row.startswith("> | 物业公司把62个车位的收支"))
    assert "应了一部分（L046）：“合同期内按月交62个车位收了多少，怎么花的不交”" in asked
    assert "邱文斌（居民自治小组代表） | 应了（L047） |" in chinese
    assert "反对：蔡永福。有表决权：邱文斌、蔡永福、罗梅。" in chinese


def test_the_debrief_tells_whose_consent_is_wanting() -> None:
    english, chinese = (
        to_markdown(make_debrief(session, latest_scores(session))).replace("\\", "")
        for session in map(_today, LANGUAGES)
    )
    assert english.count("needs the finance office to countersign”") >= 2, "at its top, and in the outline of the talk"
    assert chinese.count("还须经会外的机构同意：报业主大会（事项：") >= 2
