"""What the program said in the seat of a person is marked wherever it is quoted, and is nobody's own."""

from __future__ import annotations

import re

import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.game.session import Session
from sandbox.record.line import Line
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.session import transcript_markdown
from sandbox.scoring.scorecard import latest_scores
from tests.game.making import line
from tests.report.conftest import told_session
from tests.report.reader import report_html, words_of
from tests.report.test_course_told import decided
from tests.scoring.making import vote

CADRE, MAYOR, TENANT = "village_cadre", "mayor", "migrant_tenant"


def by(origin: str, said: Line) -> Line:
    """Return a line with the origin that it has, which everybody heard."""
    return {**said, "origin": origin, "visible_to": [*said["visible_to"], "teacher_volunteer", "local_parent"]}  # type: ignore[typeddict-item]


def stood_in_for(lang: Lang, origin: str = "card") -> Session:
    """Return a session in which the program objected, moved and voted in a seat whose person asked a question."""
    said = [
        by("person", line(1, MAYOR, "inform", says="Two classrooms stand empty.")),
        by(origin, line(2, CADRE, "object", MAYOR, about="L001", says="The village cannot hold the keys.")),
        by("person", line(3, CADRE, "ask", MAYOR, says="Who has the keys now?")),
        by(origin, line(4, CADRE, "propose", terms={"provider": "street_staff", "payer": "district"})),
        by("person", line(7, MAYOR, "inform", "grid_master", says="Let us go on.")),
        by("person", line(5, MAYOR, "support", vote=True, about="L004")),
        by(origin, line(6, CADRE, "support", vote=True, about="L004")),
    ]
    taken = vote({MAYOR: True, CADRE: True}, terms={"provider": "street_staff"})
    return decided(told_session(said, lang=lang), len(said), {**taken, "motion": "L004"}).as_read


def debrief(session: Session, seat: str | None) -> str:
    return to_markdown(make_debrief(session, latest_scores(session), seat))


def section(text: str, name: str) -> str:
    return text.partition(f'<a id="{name}"></a>')[2].partition("<a id=")[0]


def test_what_a_person_did_is_what_they_said_themselves() -> None:
    lang: Lang = "en"
    session, words = stood_in_for(lang), Words(lang)
    text = debrief(session, CADRE)
    own = section(text, "turning")
    assert "(#L003)" in own
    assert not any(f"(#{line})" in own for line in ("L002", "L004", "L006"))
    assert words("part.votes") not in own
    keep = section(text, "keep")
    assert not any(f"(#{line})" in keep for line in ("L002", "L004"))
    assert words("part.votes") in section(debrief(session, MAYOR), "turning")


def test_nobody_is_held_in_the_talk_to_what_the_program_said() -> None:
    lang: Lang = "en"
    quoted = "The village cannot hold the keys."
    assert quoted not in section(debrief(stood_in_for(lang), None), "talk")
    assert quoted in section(debrief(stood_in_for(lang, "person"), None), "talk"), "had the person said it"


def test_it_is_marked_wherever_it_is_quoted() -> None:
    lang: Lang = "zh"
    session, words = stood_in_for(lang), Words(lang)
    mark = words("mark.persona")
    for seat in (None, CADRE, MAYOR):
        course = section(debrief(session, seat), "happened")
        assert f"L004{words.paren(mark)}" in course.replace("](#L004)", "").replace("\\", "")
    rows = [row for row in transcript_markdown(session).splitlines() if " · L0" in row]
    assert {number for row in rows for number in re.findall(r"L\d+", row) if mark in row} == {"L002", "L004", "L006"}
    page = words_of(report_html(session, latest_scores(session)))
    assert mark in page


def test_who_spoke_tells_the_lines_of_the_program_apart() -> None:
    lang: Lang = "zh"
    session = stood_in_for(lang)
    told = Words(lang)("warn.stood_in", count=3, names=session.game.name(CADRE))
    assert told in section(debrief(session, None), "about").replace("\\", "")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("before", "after", "taught"), [
    ("person", "person", True), ("card", "person", False), ("person", "card", False),
])  # fmt: skip
def test_nobody_is_told_to_answer_what_was_said_against_the_program_or_left_by_it(
    before: str, after: str, taught: bool, lang: Lang
) -> None:
    said = [
        by("person", line(1, MAYOR, "inform", says="Two classrooms stand empty.")),
        by(before, line(2, MAYOR, "inform", says="The street keeps the keys of the school.")),
        by(
            "person",
            line(3, CADRE, "object", MAYOR, about="L002", says="Nobody in the village has agreed to any lamp."),
        ),
        by(after, line(4, MAYOR, "inform", "ngo_director", says="Let us go on.")),
    ]
    session = told_session(said, lang=lang).as_read
    assert (Words(lang)("try.answer") in section(debrief(session, MAYOR), "keep")) is taught


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_vote_of_the_program_that_decided_is_a_moment_without_its_words(lang: Lang) -> None:
    said = [
        by("person", line(1, MAYOR, "propose", terms={"provider": "street_staff"}, says="The street does it.")),
        by("person", line(2, MAYOR, "support", vote=True, about="L001")),
        by("person", line(3, "ngo_director", "support", vote=True, about="L001")),
        by("person", line(4, CADRE, "ask", MAYOR, says="Who has the keys now?")),
        by("card", line(5, CADRE, "object", vote=True, about="L001", says="The village says no.")),
        by("card", line(6, "migrant_tenant", "object", vote=True, about="L001", says="The tenants say no.")),
    ]
    votes = {MAYOR: True, "ngo_director": True, CADRE: False, "migrant_tenant": False}
    lost = vote(votes, terms={"provider": "street_staff"}, carried=False)
    talk = section(debrief(decided(told_session(said, lang=lang), 6, lost).as_read, None), "talk")
    assert Words(lang)("why.stopped.title") in talk
    assert "The village says no." not in talk


def test_a_session_without_people_has_no_such_mark() -> None:
    said = [line(1, MAYOR, "inform"), line(2, CADRE, "object", MAYOR)]
    session = told_session(said).as_read
    assert Words("en")("mark.persona") not in debrief(session, None)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whoever_spoke_once_is_told_so_in_one_line_and_no_heading_stands_over_nothing(lang: Lang) -> None:
    said = [
        by("person", line(1, TENANT, "inform", says="I rent here.")),
        by("card", line(2, TENANT, "inform", says="Two years.")),
    ]
    keep, words = section(debrief(told_session(said, lang=lang).as_read, TENANT), "keep"), Words(lang)
    assert words("lessons.nothing.once") in keep
    assert words("lessons.try") not in keep.replace(words("lessons.nothing.once"), "")
    more = [*said, by("person", line(3, TENANT, "inform", says="And I pay."))]
    told = section(debrief(told_session(more, lang=lang).as_read, TENANT), "keep")
    assert words("lessons.nothing.once") not in told
