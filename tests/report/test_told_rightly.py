"""A debrief and a report say no more of objections, conditions and speakers than the lines show."""

from __future__ import annotations

import pytest

from sandbox.content.cards import Lang
from sandbox.record.line import DecisionTaken
from sandbox.report.document.html import to_html
from sandbox.report.pages.debrief import make_debrief
from tests.game.making import line
from tests.report.conftest import Scored, told_session
from tests.report.reader import Page
from tests.report.test_course_told import STAFF, decided, points
from tests.scoring.making import vote

ELDER, TENANT = "local_parent", "migrant_tenant"
SEATS = ("mayor", "grid_master", "village_cadre", "ngo_director", ELDER, TENANT)


def debrief(session: Scored) -> Page:
    return Page(to_html(make_debrief(session.as_read, session.card)))


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
        ("en", "3 sets of conditions were put", "9 sets of conditions were put"),
        ("zh", "先后提过3套条件：", "先后提过9套条件："),
    ],
)
def test_a_long_course_of_conditions_is_cut_and_its_last_set_decided(lang: Lang, few: str, many: str) -> None:
    set_of = {"en": "the last set was decided", "zh": "写进决定的是最后一套"}[lang]
    short = points(debrief(amended(3, "condition number 3", lang)), "why")
    assert few in short
    assert set_of in short
    assert "…" not in short
    long = points(debrief(amended(9, "condition number 9", lang)), "why")
    assert many in long
    assert long.count(" → … → ") == 1
    assert [number for number in range(1, 10) if f"L{number:03d}" in long] == [1, 2, 7, 8, 9]


def test_conditions_that_the_decision_dropped_are_not_told_as_decided() -> None:
    why = points(debrief(amended(3, "")), "why")
    assert "the decision has none of them" in why
    assert "the last set was decided" not in why
