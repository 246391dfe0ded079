"""What debriefs tell of questions that stayed open, of what nobody could answer, and of whom to hear more."""

from __future__ import annotations

import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.game.session import Session
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.debrief.reader import reader_of
from sandbox.report.pages.debrief.turning_points import findings
from sandbox.report.pages.minutes import minutes
from sandbox.scoring.scorecard import latest_scores
from tests.game.making import line
from tests.report.conftest import Scored, told_session
from tests.report.test_course_told import after, decided
from tests.report.test_talk import outline
from tests.scoring.making import vote

MAYOR, CADRE, NGO, ELDER, TENANT = "mayor", "village_cadre", "ngo_director", "local_parent", "migrant_tenant"
NGO_RUNS, STREET_RUNS = {"provider": "social_organisation"}, {"provider": "street_staff"}
SHARED = {"payer": "shared"}


def heard(said: list[Line], governance: str = "joint_production") -> list[Line]:
    for each in said:
        each["visible_to"] = list(told_session(said, governance=governance).game.present(each["stage"]))
    return said


def told_open(session: Session) -> list[str]:
    reader = reader_of(session, latest_scores(session), None)
    return [finding.text for finding in findings(reader) if finding.kind == "open"]


def section(session: Session, name: str, seat: str | None = None) -> str:
    text = to_markdown(make_debrief(session, latest_scores(session), seat))
    return text.partition(f'<a id="{name}"></a>')[2].partition("<a id=")[0]


def two_fell(lang: Lang) -> Session:
    """Return a session in which two motions fall, and a third that nobody is against is not put to the vote."""
    said = [
        line(1, CADRE, "propose", terms=STREET_RUNS | SHARED, says="The street runs it."),
        line(2, ELDER, "propose", terms=NGO_RUNS | SHARED, says="The organisation runs it."),
        line(3, TENANT, "propose", terms={"provider": "retired_teachers"} | SHARED, says="The teachers run it."),
        line(4, TENANT, "object", about="L001", vote=True),
        line(5, TENANT, "object", about="L002", vote=True),
    ]
    session, votes = told_session(heard(said), lang=lang), {CADRE: True, NGO: False, TENANT: False}
    first: DecisionTaken = {**vote(votes, terms=STREET_RUNS | SHARED, carried=False), "motion": "L001"}
    last: DecisionTaken = {**vote(votes, terms=NGO_RUNS | SHARED, carried=False), "motion": "L002"}
    session = decided(session, 4, first)
    return after(session, 5, "decision", {**last, "id": "D-public_engagement-2"}).as_read


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_came_of_each_motion_on_a_question_is_told_and_not_the_last_alone(lang: Lang) -> None:
    session, words = two_fell(lang), Words(lang)
    asked = [each.question.get(lang) for each in session.game.scenario.decisions if each.id in ("provider", "payer")]
    (reason,) = (text for text in told_open(session) if asked[0] in text)
    assert all(question in reason for question in asked), "what was put together is told together"
    names = {seat: session.game.name(seat) for seat in (CADRE, ELDER, TENANT)}
    for seat, number in ((CADRE, "L001"), (ELDER, "L002")):
        motion = names[seat] + words.paren(number)
        assert words("why.open.fell", motion=motion, why="|").partition("|")[0] in reason
    motion = names[TENANT] + words.paren("L003")
    assert words("why.open.unput", motions=[motion], why="|").partition("|")[0] in reason


def test_what_was_carried_and_promised_by_whoever_may_is_no_open_question() -> None:
    for promised, still_open in ((SHARED, False), ({"payer": "district"}, True)):
        said = [
            line(1, NGO, "propose", terms=NGO_RUNS | SHARED, says="We run it, and the families pay half."),
            line(2, MAYOR, "promise", terms=promised, says="That I sign for."),
            line(3, ELDER, "support", about="L001", vote=True),
        ]
        session = told_session(heard(said), governance="government_community_interaction", style="free")
        taken: DecisionTaken = {**vote({ELDER: True}, terms=NGO_RUNS), "unbound": SHARED}
        payer = next(each for each in session.game.scenario.decisions if each.id == "payer").question.en
        assert any(payer in text for text in told_open(decided(session, 3, taken).as_read)) is still_open


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_seat_reads_what_it_was_promised_and_which_of_its_questions_were_answered(lang: Lang) -> None:
    words = Words(lang)
    says = {"en": "The drawings? Show them to me first, then I am for it.", "zh": "图纸呢？先给我看，看了我就赞成。"}
    given = {"en": "the drawings come to your door first", "zh": "图纸先送到您门口"}
    aloud = {"en": "the list hangs in the hall", "zh": "名单贴在大厅"}
    said: list[Line] = [
        line(1, TENANT, "support", MAYOR, says=says[lang]),
        {**line(2, MAYOR, "promise", TENANT, promises=given[lang], about="L001"), "promised_to": [TENANT]},
        line(3, TENANT, "ask", MAYOR, says={"en": "By when?", "zh": "什么时候？"}[lang]),
        line(4, MAYOR, "answer", TENANT, says={"en": "That I must ask first.", "zh": "这个我得回去问。"}[lang]),
        {**line(5, MAYOR, "promise", promises=aloud[lang]), "promised_to": ["all"]},
        {**line(6, MAYOR, "inform"), "withdraws": "L005"},
    ]
    session: Scored = told_session(heard(said), lang=lang, style="free")
    part = section(session.as_read, "turning", TENANT)
    assert words("part.answered", count=1, answered=1) in part, "what is asked in passing is no question put"
    assert words("part.promised") in part
    assert given[lang] in part
    everyone = words("state.for", names=words("everyone"))
    assert everyone + words("semi") + words.of("state", "withdrawn") in part.partition(aloud[lang])[2]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_seat_reads_which_of_its_conditions_were_taken_on_whole_and_no_words_on_those_of_others(lang: Lang) -> None:
    words, part, decides = Words(lang), "half of the lists, by May", {"decided": True, "left": False}
    for came, with_it in decides.items():
        said: list[Line] = [
            line(1, TENANT, "propose", terms=NGO_RUNS, condition="the list hangs in the hall"),
            line(2, ELDER, "propose", terms=STREET_RUNS, condition="every list hangs in the hall"),
            {**line(3, MAYOR, "support", about="L001", promises=part), "takes_on": {"L001": "yes", "L002": "part"}},
        ]
        said[2]["promised_to"] = [ELDER]
        terms, motion = (NGO_RUNS, "L001") if with_it else (STREET_RUNS, "L002")
        taken: DecisionTaken = {**vote({MAYOR: True, ELDER: True}, terms=terms), "motion": motion}
        taken["condition"] = said[0 if with_it else 1]["condition"]
        session = decided(told_session(heard(said), lang=lang), 3, taken).as_read
        own, other = (section(session, "turning", seat) for seat in (TENANT, ELDER))
        told = words("part.condition") + words("semi") + words(f"part.condition.{came}")
        assert told in own.partition("the list hangs in the hall")[2]
        assert part not in own
        assert part in other
        assert words("part.condition") not in other


def test_whoever_the_rules_keep_out_of_a_stage_is_not_heard_in_it_either() -> None:
    said = [line(number, CADRE, "inform", stage="application", says="We look into it.") for number in range(1, 9)]
    others = [MAYOR, MAYOR, NGO, NGO, "grid_master", "grid_master", ELDER, ELDER, "teacher_volunteer"]
    said += [line(number, seat, "inform", says="I have said so.") for number, seat in enumerate(others, start=9)]
    said += [line(18, "teacher_volunteer", "inform", says="So have I."), line(19, TENANT, "inform", says="Once.")]
    model = "government_community_interaction"
    rows = {row[1]: row[2] for row in outline(told_session(heard(said, model), governance=model))}
    there = sum(TENANT in each["visible_to"] for each in said)
    assert there < len(said)
    assert f"1 of the {len(said)} lines (votes left out), in the room for {there}" in rows["Whom to hear more of"]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("backed", "rule"), [(False, "tied"), (True, "backed")])
def test_why_motions_were_not_put_is_the_rule_that_applied_and_is_told_of_all_at_once(
    lang: Lang, backed: bool, rule: str
) -> None:
    movers = (CADRE, ELDER, TENANT, NGO)
    said = [
        line(number, seat, "propose", terms={"provider": option})
        for number, (seat, option) in enumerate(
            zip(movers, ("street_staff", "social_organisation", "retired_teachers", "retired_teachers"), strict=True), 1
        )
    ]
    said[3]["terms"] |= SHARED
    said += [line(5, MAYOR, "support", about="L002"), line(6, "grid_master", "support", about="L001")] if backed else []
    last = len(said)
    voters = dict.fromkeys((*movers, MAYOR, "grid_master"), False)
    put: list[DecisionTaken] = [
        {**vote(voters, terms=each["terms"], carried=False), "motion": each["id"]} for each in said[:2]
    ]
    session = decided(told_session(heard(said), lang=lang), last, put[0])
    session = after(session, last, "decision", {**put[1], "id": "D-public_engagement-2"})
    words, told = Words(lang), told_open(session.as_read)
    why = words(f"unput.most.{rule}", count=2)
    (text,) = (each for each in told if why in each and session.game.name(TENANT) in each)
    assert text.count(why) == 1
    (provider,) = (each.question.get(lang) for each in session.game.scenario.decisions if each.id == "provider")
    only = words("why.open.only", questions=words("why.open.question", question=provider))
    for seat, number in ((TENANT, f"L003{only}"), (NGO, "L004")):
        assert session.game.name(seat) + words.paren(number) in text
    debrief = to_markdown(make_debrief(session.as_read, latest_scores(session.as_read), None))
    assert debrief.count(why) == 2, "in what happened and in why"
    filed = to_markdown(minutes(session.as_read))
    assert filed.count(why) == filed.count(words("unput.same_reason")) == 1
