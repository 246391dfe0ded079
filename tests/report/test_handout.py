"""The hand-out for those who took part."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.game.ledger.matters import WHOLE, matter
from sandbox.game.session import Session
from sandbox.record.line import Line
from sandbox.report.document.blocks import ReportDocument
from sandbox.report.document.docx import to_docx
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.debrief.talk import talk_questions
from sandbox.report.pages.handout import handout, points_page
from sandbox.report.pages.ledger import year_after
from sandbox.report.pages.session import session_report
from sandbox.report.read_decision import who_sees_to
from sandbox.report.reading import Reading
from sandbox.scoring.reviewed import fallen_due
from sandbox.scoring.scorecard import latest_scores
from sandbox.session.opening import open_session
from tests.cassette import meeting
from tests.game.making import line
from tests.report.conftest import Scored, drawn_session, first_drawn, told_session
from tests.report.test_course_told import ORGANISATION, STAFF, decided
from tests.report.test_talk import outline
from tests.scoring.making import vote

LANGUAGES: tuple[Lang, ...] = ("en", "zh")


def _shown(lang: Lang) -> tuple[Session, ReportDocument]:
    session = open_session(meeting(f"showcase_{lang}"), Library.load())
    return session, handout(session)


def _row(text: str, name: str, caption: str) -> str:
    """Return the row of a name in the table below a section's title."""
    table = text.partition(f"## {caption}")[2].partition("\n## ")[0]
    return next((line for line in table.splitlines() if line.startswith(f"| {name}")), "")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_has_the_decision_who_sees_to_it_promises_votes_moments_questions_and_points(lang: Lang) -> None:
    session, document = _shown(lang)
    game, words, text = session.game, session.game.words, to_markdown(document).replace("\\", "")
    (taken,) = session.carried
    for key, option in taken["terms"].items():
        assert game.scenario.decision_by_id[key].options[option].get(lang) in text
    conditions = who_sees_to(Reading(session), taken)
    assert conditions
    for who, condition in conditions:
        assert condition in _row(text, who, words("outcome_heading")), condition
    for seat in taken["votes"]:
        assert game.name(seat) in text
    promises = [item for item in session.entries("promise") if not item.terms]
    stands = [item for item in promises if item.state not in ("fallen", "withdrawn")]
    assert stands
    for item in stands:
        assert item.says in _row(text, game.name(item.owner), words("handout.promises"))
    for item in promises:
        assert item in stands or item.says not in text
    assert [heading.partition("# ")[2] for heading in re.findall(r"^## .*", text, re.MULTILINE)] == [
        words(key) for key in
        ("outcome_heading", "handout.promises", "talk.moments", "debrief.discussion")
    ]  # fmt: skip
    points = to_markdown(points_page(session))
    assert not [each for each in game.scenario.commentary if each.point.get(lang) in text], "the teacher's own file"
    assert len(re.findall(r"^### ", text, re.MULTILINE)) == 3
    assert all(question in text for question in talk_questions(session, lang))
    assert all(each.point.get(lang) in points for each in game.scenario.commentary)
    assert not [each for each in game.scenario.commentary if each.mistake.get(lang) in text]
    assert all(each.mistake.get(lang) in points for each in game.scenario.commentary)
    assert words("commentary.sources") in points, "of what these are sections"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_has_no_figures_of_research_and_nothing_that_was_said_aside(lang: Lang) -> None:
    session, document = _shown(lang)
    page, words = to_html(document), session.game.words
    for key in ("seed", "temperature", "usage", "side.hierarchical", "side.horizontal", "contents"):
        assert words(key) not in page, key
    present = {line["id"]: set(session.game.present(line["stage"])) for line in session.lines}
    aside = [line["id"] for line in session.lines if not present[line["id"]] <= {*line["visible_to"]}]
    assert not [line for line in aside if line in page]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_takes_the_same_on_twice_is_told_to_promise_it_once(lang: Lang) -> None:
    said: list[Line] = [
        line(1, "mayor", "propose", terms=STAFF, condition="Huang Jinfu opens the hall"),
        {
            **line(2, "village_cadre", "support", about="L001", promises="I open it at five"),
            "takes_on": {"L001": "part"},
        },
        {**line(3, "village_cadre", "inform", promises="I open it at six"), "takes_on": {"L001": "part"}},
    ]
    room = list(told_session(said).game.present("public_engagement"))
    for each in said:
        each["visible_to"] = room
    text = to_markdown(handout(told_session(said, lang=lang).as_read))
    assert "I open it at six" in text
    assert "I open it at five" not in text


def test_in_word_it_begins_with_the_decision_and_has_no_list_of_contents() -> None:
    lang: Lang = "zh"
    session, document = _shown(lang)
    with zipfile.ZipFile(io.BytesIO(to_docx(document))) as word:
        written = word.read("word/document.xml").decode()
    texts = re.findall(r"<w:t[^>]*>([^<]*)<", written)
    assert texts.count(session.game.words("debrief.discussion")) == 1
    assert texts.index(session.game.words("outcome_heading")) <= 4


def test_where_nothing_was_carried_it_says_why() -> None:
    session = open_session(meeting("showcase_en"), Library.load())
    begun = next(event.seq for event in session.events if event.kind == "line" and event.payload["vote"])
    early = Session.of(session.game, [event for event in session.events if event.seq < begun])
    text = to_markdown(handout(early))
    assert session.game.words("decision.none") in text
    assert session.game.words("handout.promises") in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_of_motions_that_fell_each_is_there(lang: Lang) -> None:
    said = [line(1, "mayor", "propose", terms=STAFF), line(2, "ngo_director", "propose", terms=ORGANISATION)]
    told, votes = told_session(said, lang=lang), {"mayor": True, "ngo_director": False, "migrant_tenant": False}
    for place, terms in ((1, STAFF), (2, ORGANISATION)):
        lost = {**vote(votes, terms=terms, carried=False), "id": f"D-{place}", "motion": f"L00{place}"}
        told = decided(told, place, lost)  # type: ignore[arg-type]
    text = to_markdown(handout(told.as_read))
    for terms in (STAFF, ORGANISATION):
        ((_, option),) = told.game.in_words(terms)
        assert f"**{option}**" in text


@pytest.mark.parametrize(("lang", "fell"), [("en", "On condition: the lunch stays"), ("zh", "条件：the lunch stays")])
def test_beside_what_was_carried_it_says_what_was_voted_down_and_on_what_that_hung(lang: Lang, fell: str) -> None:
    said = [line(1, "mayor", "propose", terms=STAFF), line(2, "ngo_director", "propose", terms=ORGANISATION)]
    no = {**vote({"local_parent": False}, terms=STAFF, carried=False), "condition": "the lunch stays"}
    yes = {**vote({"local_parent": True}, terms=ORGANISATION), "motion": "L002", "id": "D-2"}
    session = decided(decided(told_session(said, lang=lang), 2, yes), 2, no)  # type: ignore[arg-type]
    reading = Reading(session.as_read)
    for page in (handout(session.as_read), make_debrief(session.as_read, session.card)):
        told = to_markdown(page).replace("\\", "").partition('<a id="expected"></a>')[0]
        assert reading.terms_text(STAFF) in told
        assert fell in told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_with_a_year_later_it_and_the_outline_tell_what_came_of_options_conditions_and_promises(lang: Lang) -> None:
    stages = ("public_engagement", "review")
    session = first_drawn(lambda each: any(x.state == "broken" for x in fallen_due(each.as_read)), stages=stages)
    read = drawn_session(seed=session.game.spec.seed, stages=stages, lang=lang).as_read
    words, text = read.game.words, to_markdown(handout(read)).replace("\\", "")
    terms = [x for x in fallen_due(read) if x.kind == "term" and x.account]
    answers = [words("review.answers", name=Reading(read).names(x.account.doers)) for x in terms if x.account]
    entries = to_markdown(session_report(read, latest_scores(read))).partition(f"## {words('ledger')}")[2]
    assert answers
    assert all(answer in entries for answer in answers), "the body decided it, and not whoever moved it"
    (box,) = (year_after(Reading(read), taken) for taken in read.carried)
    for item in terms:
        for _, option in Reading(read).terms(item.terms):
            assert f"{option}{words.paren(words.of('state', item.state))}" in box, "beside the decision too"
    told = text.partition(f"## {words('review.title')}")[2].partition("\n## ")[0]
    assert f"## {words('handout.promises')}" not in text, "what was promised is told with what came of it"
    due = fallen_due(read)
    for item in due:
        assert item.account
        row = _row(text, read.game.name(sorted(item.account.doers)[0]), words("review.title"))
        assert matter(read.game, item, WHOLE) in row
    assert words.of("state", "broken") in told
    part = outline(Scored(read.game, read.events, lambda: latest_scores(read)))
    (came,) = (row for row in part if row[1] == words("talk.review"))
    broken = [item for item in due if item.state == "broken"]
    assert all(matter(read.game, item, WHOLE) in came[2] for item in broken)
    assert all(item.account and item.account.report in came[2] for item in broken)
