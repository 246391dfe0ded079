"""A person's debrief has turning points of its own, with what other acts led to; the facilitator's has none."""

from __future__ import annotations

import re

import pytest

from sandbox.content.cards import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.experiment.whatif.coach import coach
from sandbox.experiment.whatif.turning import turning_points
from sandbox.game.session import Session
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.debrief import make_debrief
from sandbox.scoring.scorecard import latest_scores
from tests.scoring.making import drawn


def debrief_of(session: Session, seat: str | None) -> str:
    return to_markdown(make_debrief(session, latest_scores(session), seat))


def section(text: str) -> str:
    return text.partition('<a id="turning"></a>')[2].partition("<a id=")[0]


def turned(lang: Lang) -> tuple[Session, str]:
    """Return a session and the seat in it that has most turning points."""
    session = drawn("government_community_interaction", seed=2, lang=lang)
    return session, max(session.game.positions, key=lambda seat: len(turning_points(session, seat)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_turning_point_is_told_with_what_else_was_open(lang: Lang) -> None:
    session, seat = turned(lang)
    words, told = Words(lang), section(debrief_of(session, seat))
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
    assert not re.search(r"[{}]", told)
    assert to_html(make_debrief(session, latest_scores(session), seat)).count('id="turning"') == 1


def test_the_facilitators_has_none_and_who_has_none_is_told_so() -> None:
    session, _ = turned("en")
    assert 'id="turning"' not in debrief_of(session, None)
    quiet = next(seat for seat in session.game.positions if not turning_points(session, seat))
    assert Words("en")("whatif.coach.none") in section(debrief_of(session, quiet))


def test_nothing_is_told_of_lines_that_the_seat_did_not_hear() -> None:
    for session in (drawn("command", seed=seed) for seed in (1,)):
        for seat in session.game.positions:
            heard = {line["id"] for line in session.lines if seat in line["visible_to"]}
            told = set(re.findall(r"\bL\d{3}\b", section(debrief_of(session, seat))))
            assert told <= heard


def test_nobody_is_graded() -> None:
    session, seat = turned("en")
    told = section(debrief_of(session, seat))
    assert "no grade" in told
    assert not re.search(r"\b(better|worse|should have|mistake|wrong|right)\b", told)
