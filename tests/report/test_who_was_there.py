"""Who was at the table: a guest whom no stage brings in stands in no paper, and a seat has all lines that it spoke."""

from __future__ import annotations

import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.session import session_report
from tests.game.making import line
from tests.report.conftest import drawn_session, told_session
from tests.report.test_stood_in import by, debrief, section

HOST, TENANT = "site_host", "migrant_tenant"
OTHERS = ("mayor", "village_cadre", "ngo_director", "grid_master", "teacher_volunteer", "local_parent")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_host_of_a_tour_that_is_not_played_stands_in_no_paper(lang: Lang) -> None:
    for stages, there in ((("public_engagement",), False), (("learning_tour", "public_engagement"), True)):
        scored = drawn_session(stages=stages, lang=lang, turns=4)
        session, name = scored.as_read, scored.game.name(HOST)
        papers = make_debrief(session, scored.card, None), session_report(session, scored.card)
        assert [name in to_markdown(paper) for paper in papers] == [there, there]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_lines_that_a_persona_spoke_for_a_seat_are_counted_and_told(lang: Lang) -> None:
    words = Words(lang)
    said = [by("person", line(number, seat, "inform")) for number, seat in enumerate(OTHERS * 3, start=1)]
    place = len(said)
    said += [
        by("person", line(place + 1, TENANT, "ask", "mayor", says="Who has the keys now?")),
        {**by("card", line(place + 2, "mayor", "inform", TENANT))},
        by("card", line(place + 3, TENANT, "propose", terms={"provider": "street_staff"})),
    ]
    session = told_session(said, lang=lang).as_read
    assert {f"L{place + 2:03d}", f"L{place + 3:03d}"} <= session.stood_in
    name = f"{session.game.name(TENANT)}{words.paren(session.game.role(TENANT))}"
    row = words("talk.least.row", name=name, count=2, all=len(said), there=len(said), to=1)
    assert words("talk.least.stood_in", told=row, count=1) in section(debrief(session, None), "talk").replace("\\", "")
