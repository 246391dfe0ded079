"""A person's debrief has turning points of its own, with what other acts led to; the facilitator's has none."""

from __future__ import annotations

import re

import pytest

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.experiment.whatif.coach import coach, turning_points
from sandbox.game.session import Session
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.debrief import make_debrief
from sandbox.scoring.scorecard import latest_scores
from tests.game.making import line
from tests.report.conftest import told_session
from tests.report.test_course_told import decided
from tests.report.test_told_rightly import shipped
from tests.scoring.making import drawn, vote


def debrief_of(session: Session, seat: str | None) -> str:
    return to_markdown(make_debrief(session, latest_scores(session), seat))


def section(text: str) -> str:
    return text.partition('<a id="turning"></a>')[2].partition("<a id=")[0]


def turned(lang: Lang) -> tuple[Session, str]:
    """Return a session and the seat in it that has most turning points."""
    session = drawn("government_community_interaction", seed=2, lang=lang)
    return session, max(session.game.positions, key=lambda seat: len(turning_points(session, seat)))


def test_each_turning_point_is_told_with_what_else_was_open() -> None:
    lang: Lang = "zh"
    session, seat = turned(lang)
    words, debrief = Words(lang), make_debrief(session, latest_scores(session), seat, explain=True)
    told = section(to_markdown(debrief))
    coached = coach(session, seat, 8)
    assert coached
    assert words("whatif.coach") in told
    assert words("whatif.coach.note") in told
    assert words("whatif.limits") in told
    for each in coached:
        point = each.point
        assert words(f"whatif.coach.title.{point.kind}") in told
        assert f"(#{point.line})" in told
        left = [words.of("may", act) for act in point.others]
        left = [words("whatif.coach.options", act=words.of("may", point.act)), *left] if point.options else left
        assert words("whatif.coach.left", acts=left) in told
        assert words("whatif.coach.course", act=left[0]) in told
        assert words("whatif.coach.counted") in told
    assert not re.search(r"[{}]", told)
    page = to_html(debrief)
    assert page.count('id="turning"') == 1
    part = page.split('id="turning"')[1].split("</section>")[0]
    assert part.count("<table") == part.count(f"<summary>{words('whatif.coach.counted')}</summary>") > 0
    assert "<table" not in re.sub(r"<details.*?</details>", "", part, flags=re.DOTALL), "figures are folded"


def test_whoever_took_part_reads_no_statistics_and_what_to_do_another_time() -> None:
    lang: Lang = "en"
    session, seat = turned(lang)
    words, told = Words(lang), section(debrief_of(session, seat))
    points = turning_points(session, seat)
    assert points
    assert all(words(f"whatif.coach.title.{point.kind}") in told for point in points)
    for key in ("whatif.limits", "whatif.coach.counted", "whatif.coach.caption", "whatif.coach.note"):
        assert words(key) not in told
    assert not re.search(r"\d+%|−0[.]\d|\b40\b", told), "neither intervals nor shares"
    nexts = [words.text(key).partition("{")[0] for key in words if key.startswith("whatif.coach.next.")]
    assert sum(told.count(text) for text in nexts if len(text) > 4) >= 1
    assert "no grade" in told
    assert not re.search(r"\b(better|worse|should have|mistake|wrong|right)\b", told)


def test_the_facilitators_has_none_and_who_has_none_is_told_so() -> None:
    session, _ = turned("en")
    assert 'id="turning"' not in debrief_of(session, None)
    quiet = next(seat for seat in session.game.positions if not turning_points(session, seat))
    assert "What you did" in section(debrief_of(session, quiet))


def test_who_has_no_turning_point_is_told_what_it_did() -> None:
    lang: Lang = "zh"
    words = Words(lang)
    said = [
        line(1, "mayor", "ask", "grid_master", says="Who has the key?"),
        line(2, "grid_master", "answer", "mayor"),
        line(3, "mayor", "propose", terms={"provider": "street_staff"}),
        line(4, "grid_master", "ask", "mayor", says="Who pays?"),
        line(5, "mayor", "support", vote=True, about="L003"),
        line(6, "ngo_director", "inform"),
    ]
    votes = {"mayor": True, "grid_master": True, "migrant_tenant": False}
    session = decided(
        told_session(said, lang=lang), 5, {**vote(votes, terms={"provider": "street_staff"}), "motion": "L003"}
    ).as_read
    told = section(debrief_of(session, "mayor"))
    for key, shown in (
        ("lines", words.paren("2").strip()), ("put", words("part.answered", count=1, answered=1)),
        ("got", words("part.answered", count=1, answered=0)), ("offers", words.of("state", "carried")),
        ("votes", words("part.vote.for") + words.paren(words.of("state", "carried"))),
    ):  # fmt: skip
        row = next(row for row in told.splitlines() if words(f"part.{key}") in row)
        assert shown in row
    assert all(f"(#{number})" in told for number in ("L001", "L003", "L004"))
    assert words("part.doubts") not in told, "it objected nowhere"
    assert words("part.none_turned") not in told, "its vote alone decided"
    assert words("part.none_turned") in section(debrief_of(session, "ngo_director"))
    assert words("part.nothing") in section(debrief_of(session, "village_cadre"))


def test_nothing_is_told_of_lines_that_the_seat_did_not_hear() -> None:
    session = drawn("command", seed=1)
    for seat in list(session.game.positions)[::4]:
        heard = {line["id"] for line in session.lines if seat in line["visible_to"]}
        told = set(re.findall(r"\bL\d{3}\b", section(debrief_of(session, seat))))
        assert told <= heard


def test_who_brought_a_clause_and_who_struck_it_find_that_among_their_own_turning_points_and_what_they_did() -> None:
    session, words = shipped("showcase_en"), Words("en")
    for seat in ("ngo_director", "mayor"):
        told = section(debrief_of(session, seat))
        assert words("why.struck.title") in told
        assert "(#L037)" in told
        assert "(#L044)" in told
        assert words("part.offers") in told, "beside its turning points"
        assert words("part.none_turned") not in told


def test_a_question_that_was_answered_with_the_reason_for_a_vote_was_answered() -> None:
    session, words = shipped("showcase_en"), Words("en")
    for seat, put in (("village_cadre", 5), ("teacher_volunteer", 1)):
        assert words("part.answered", count=put, answered=put) in section(debrief_of(session, seat)), seat


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_is_passed_over_in_what_is_theirs_reads_it_first_and_what_to_try(lang: Lang) -> None:
    words, cadre = Words(lang), "village_cadre"
    for act, tries in (("inform", True), ("object", False)):
        said = [line(1, "mayor", "propose", terms={"hall": "parents_key"}), line(2, cadre, act, "mayor")]  # type: ignore[arg-type]
        session = decided(told_session(said, lang=lang), 2, vote({}, terms={"hall": "parents_key"})).as_read
        told = debrief_of(session, cadre)
        first = section(told)
        assert words("why.without_nod.title") in first
        assert words("why.without_nod.unasked") in first
        assert (words("try.nod") in told) is tries, "who has objected has spoken up"
        for other in (None, "mayor"):
            assert words("why.without_nod.title") not in debrief_of(session, other)
