"""What a debrief tells of proposals, promises, counter-offers, news and questions, and promises no more than it saw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.content.words import Words
from sandbox.record.events import Event
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.session import session_report, transcript_markdown
from sandbox.scoring.counted import CountedLevel
from tests.game.making import LIBRARY, line
from tests.record.making import payload
from tests.report.conftest import DISTRICT, HIRED, STREET, Scored, told_session
from tests.report.reader import Page
from tests.scoring.making import vote

STAFF, ORGANISATION = {"provider": "street_staff"}, {"provider": "social_organisation"}
PAID = {"payer": "district"}
ELDER, TENANT = "local_parent", "migrant_tenant"


def after(session: Scored, place: int, kind: Any, said: dict[str, Any]) -> Scored:
    """Return a session with an event behind a line, by the line's number."""
    at = next(
        x for x, event in enumerate(session.events) if event.kind == "line" and event.payload["id"] == f"L{place:03d}"
    )
    event = Event(0, 0.0, kind, session.events[at].stage, "", said)
    return replace(session, events=[*session.events[: at + 1], event, *session.events[at + 1 :]])


def decided(session: Scored, place: int, decision: DecisionTaken) -> Scored:
    return after(session, place, "decision", dict(decision))


def bargain() -> Scored:
    """Return a session in which a counter-offer is carried, and a promise on a condition is contained in it."""
    said: list[Line] = [
        line(1, "mayor", "promise", terms=PAID, condition="the hall is signed for by May"),
        line(2, "village_cadre", "promise", says="I carry the key myself."),
        line(3, "ngo_director", "propose", terms=STAFF, condition="a trial of 1 term"),
        line(4, "grid_master", "propose", terms=PAID),
        line(5, "mayor", "propose", terms={"eligible": "all_children"}),
        line(6, "mayor", "propose", terms={"eligible": "all_children"} | STAFF),
        line(7, ELDER, "support", about="L003", terms=ORGANISATION | PAID, condition="a trial of 2 terms"),
    ]
    taken: DecisionTaken = {
        **vote({ELDER: True, "mayor": False}, terms=ORGANISATION | PAID),
        "motion": "L007", "condition": "a trial of 2 terms",
    }  # fmt: skip
    return decided(told_session(said), 7, taken)


def debrief(session: Scored) -> Page:
    return Page(to_html(make_debrief(session.as_read, session.card)))


def points(page: Page, section: str) -> str:
    return " ".join(page.sections[section].split())


def test_a_promise_that_a_decision_contains_is_not_told_as_kept_and_its_condition_stands_beside_it() -> None:
    happened = points(debrief(bargain()), "happened")
    assert "L001 · its options were decided, but none of its conditions" in happened
    assert "On condition: the hall is signed for by May" in happened
    assert "L002 · still to be kept" in happened
    report = Page(to_html(session_report(bargain().as_read, bargain().card)))
    for text in (happened, points(report, "ledger")):
        assert "kept (" not in text
        assert " · kept" not in text
    assert "its terms were decided" in points(report, "ledger")


def test_of_the_proposals_the_motion_alone_was_carried() -> None:
    happened = points(debrief(bargain()), "happened")
    assert "L003 · not put to a decision (another motion was put first and carried)" in happened
    assert "L004 · its terms were decided" in happened
    assert "L005 · given up by its mover for a later one" in happened
    assert "L007 · carried" in happened
    assert "On condition: a trial of 1 term" in happened


def test_a_counter_offer_repeats_no_terms_of_what_it_answers_and_what_is_proposed_anew_has_its_own() -> None:
    said = [
        line(1, "mayor", "propose", terms=STAFF | PAID),
        line(2, "ngo_director", "propose", terms=STAFF | PAID),
        line(3, ELDER, "support", about="L001", terms=ORGANISATION | PAID, condition="a trial of 2 terms"),
    ]
    happened = points(debrief(told_session(said)), "happened")
    assert f"Terms as in L001, but: who runs the class – {HIRED}" in happened
    assert happened.count("Terms as in") == 1
    assert "Counter-offer · " in happened


def test_before_a_decision_a_proposal_is_open_and_a_motion_that_was_lost_is_rejected() -> None:
    said = [line(1, "ngo_director", "propose", terms=STAFF), line(2, "mayor", "inform")]
    assert "L001 · open" in points(debrief(told_session(said)), "happened")
    lost = decided(told_session(said), 2, vote({"mayor": False}, terms=STAFF, carried=False))
    assert "L001 · rejected" in points(debrief(lost), "happened")


def test_a_counter_offer_is_called_one_and_shows_its_condition_wherever_lines_stand() -> None:
    session = bargain()
    for text in (
        points(debrief(session), "transcript"),
        points(Page(to_html(session_report(session.as_read, session.card))), "transcript"),
        transcript_markdown(session.as_read),
    ):
        assert "makes a counter-offer →" in text
        assert "supports →" not in text
        assert "a trial of 2 terms" in text.split("L007", 1)[1]


def test_why_tells_how_one_set_of_terms_became_another() -> None:
    why = points(debrief(bargain()), "why")
    assert "How the terms changed" in why
    assert f"Who runs the class? At first {STREET}" in why
    assert f"; then {HIRED}" in why
    assert "Conditions were put in 2 versions. Who brought those that were decided: a trial of 2 terms (" in why
    assert f"{DISTRICT} (" not in why, "who pays was the same in every proposal"


def test_a_task_that_is_lifted_stands_in_the_course_though_it_was_handed_down_before() -> None:
    task = LIBRARY.scenario("four_oclock_school").tasks[0]
    page = debrief(told_session([line(1, "mayor", "concede", to="grid_master", task=task.id)]))
    assert f"Reporting task lifted: {task.text.en}" in points(page, "happened")
    assert "Taking a task back when it costs more than it helps. See" in points(page, "keep")


def test_asking_first_is_asking_residents_before_an_offer() -> None:
    cases: list[tuple[list[Line], bool, str]] = [
        (
            [
                line(1, "mayor", "ask", TENANT),
                line(2, TENANT, "answer", "mayor"),
                line(3, "mayor", "propose", terms=STAFF),
            ],
            True,
            "L001",
        ),
        ([line(1, "mayor", "ask", TENANT), line(2, "mayor", "propose", terms=STAFF)], False, "L002"),
        ([line(1, TENANT, "ask", "mayor"), line(2, TENANT, "propose", terms=STAFF)], False, ""),
        ([line(1, "mayor", "ask", "grid_master"), line(2, "mayor", "propose", terms=STAFF)], False, "L002"),
        ([line(1, "mayor", "propose", terms=STAFF), line(2, "mayor", "ask", TENANT)], False, "L001"),
    ]
    for said, shown, lesson in cases:
        keep = points(debrief(told_session(said)), "keep")
        kept, _, tried = keep.partition("Worth trying next time")
        assert ("Asking residents before an offer" in kept) is shown
        assert ("Ask residents at the table" in tried) is (bool(lesson) and not shown)
        if lesson:
            assert lesson in (kept if shown else tried)


def test_a_pulse_that_was_derived_is_marked_as_such() -> None:
    session = told_session([line(1, "mayor", "inform")])
    given = payload("pulse", "start:mayor", trust=2, conviction=3, burden=4, origin="model")
    derived = payload("pulse", "end:mayor", trust=2, conviction=4, burden=3, origin="rules")
    events = [
        Event(0, 0.0, "pulse", "start", "mayor", given),
        Event(0, 0.0, "pulse", "public_engagement", "mayor", derived),
    ]
    session = replace(session, events=[*session.events, *events])
    text = points(debrief(session), "pulses")
    assert "3 → 4*" in text
    assert "4 → 3*" in text
    assert "Answered by the model for each seat. With *: nobody answered; derived" in text, (
        "who answered, and who did not"
    )
    assert "\\*" not in to_html(make_debrief(session.as_read, session.card))
    assert "4 → 3" in to_markdown(make_debrief(session.as_read, session.card))


def test_a_quote_that_is_cut_ends_on_a_word_and_a_chinese_page_has_no_blanks_between_sentences() -> None:
    says = f"{'word ' * 94}signed. Then more."
    cut = points(debrief(told_session([line(1, "mayor", "propose", says=says)])), "happened")
    assert "signed…”" in cut
    said = told_session([line(1, "mayor", "inform")], lang="zh")
    card = replace(said.card, counted={"trust": CountedLevel(3)})
    page = Page(to_html(session_report(said.as_read, card)))
    words = Words("zh")
    assert words("caution.counted", count=1) + words("caution.judge.nobody") in points(page, "")
    assert words("caution.rehearsal") + words("caution.cities") in points(page, "")
