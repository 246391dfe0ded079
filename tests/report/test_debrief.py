"""A debrief tells each reader what that reader may know, in words that lead back to the lines."""

from __future__ import annotations

import io
import itertools
import re
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args
from xml.etree import ElementTree

import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.record.events import Event
from sandbox.record.payloads import OrderKind
from sandbox.report.document.blocks import ReportDocument
from sandbox.report.document.docx import to_docx
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.debrief import REFLECTION, Note, Reflection, make_debrief
from sandbox.report.pages.debrief.lessons import KEEP, TRY
from sandbox.report.pages.debrief.reader import reader_of
from sandbox.report.pages.debrief.talk import talk_questions
from sandbox.report.pages.debrief.turning_points import KINDS
from sandbox.scoring.panel import Score
from sandbox.scoring.scorecard import latest_scores
from tests.game.making import LIBRARY, SCENARIOS, session_of
from tests.report.conftest import QUOTE, STREET, Scored, drawn_session, first_drawn
from tests.report.reader import Page, latin_words

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SEAT, OTHER = "migrant_tenant", "ngo_director"


def docx_root(debrief: ReportDocument) -> ElementTree.Element:
    """Return the body of a debrief as a Word document."""
    with zipfile.ZipFile(io.BytesIO(to_docx(debrief))) as archive:
        return ElementTree.fromstring(archive.read("word/document.xml"))


def docx_text(debrief: ReportDocument) -> str:
    """Return the words of a debrief as a Word document."""
    return "\n".join("".join(one.text or "" for one in part.iter(f"{W}t")) for part in docx_root(debrief).iter(f"{W}p"))


def html_text(debrief: ReportDocument) -> str:
    """Return the words of a debrief as a page, and its tags."""
    page = Page(to_html(debrief))
    return f"{page.text} {page.tags}"


def markdown_text(debrief: ReportDocument) -> str:
    """Return a debrief as Markdown without the marks before signs."""
    return to_markdown(debrief).replace("\\", "")


FORMATS: tuple[Callable[[ReportDocument], str], ...] = (html_text, markdown_text, docx_text)


def debrief_of(session: Scored, seat: str | None = None, **more: Any) -> ReportDocument:
    """Return a session's debrief."""
    return make_debrief(session.as_read, session.card, seat, **more)


def words(page: Page, section: str) -> str:
    """Return the words of a section of a page."""
    return " ".join(page.sections[section].split())


def with_events(session: Scored, *more: tuple[Any, str, str, dict[str, Any]]) -> Scored:
    """Return a session with events put in after its sixth line."""
    at = [place for place, event in enumerate(session.events) if event.kind == "line"][5] + 1
    new = [Event(0, 0.0, kind, stage, seat, payload) for kind, stage, seat, payload in more]
    return replace(session, events=[*session.events[:at], *new, *session.events[at:]])


def order(number: int, kind: str, seat: str = "", text: str = "", **more: Any) -> tuple[Any, str, str, dict[str, Any]]:
    """Return an order of the facilitator as it stands in a log."""
    blank = {
        "inject": "",
        "act": "",
        "to": [],
        "by": "",
        "turns": 0,
        "minutes": 0,
        "motion": "",
        "giver": "facilitator",
    }
    return "order", "", seat, {"id": f"O{number}", "kind": kind, "seat": seat, "text": text, **blank, **more}


@pytest.fixture(scope="module")
def secretive() -> Scored:
    """A session full of what one seat may not know; each such thing says SECRET, or 777 where it is a number."""

    def hidden(session: Scored) -> list[dict[str, Any]]:
        return [one for one in session.lines if SEAT not in one["visible_to"] and not one["vote"]]

    drawn = first_drawn(lambda one: len(hidden(one)) > 3, changes=("information.lines=parties",)).copy()
    for line in hidden(drawn):
        line["says"] = "SECRET line"
    for event in drawn.events:
        if event.kind == "pulse" and event.seat != SEAT:
            event.payload.update(trust=777, conviction=777, burden=777)
        elif event.kind == "pulse":
            event.payload["trust"] = 555
    stage, unheard = drawn.lines[5]["stage"], hidden(drawn)[0]["id"]
    told = with_events(
        drawn,
        order(1, "whisper", OTHER, "SECRET whisper"),
        order(2, "whisper", SEAT, "A word for you"),
        order(3, "extend", turns=4),
        ("inject", stage, "", {"id": "own", "turn": 6, "text": "SECRET news", "to": [OTHER]}),
        ("direction", stage, OTHER, {"id": "O1", "kind": "whisper", "turn": 6, "refused": ""}),
        ("direction", stage, "", {"id": "O3", "kind": "extend", "turn": 6, "refused": "SECRET refusal"}),
    )
    card = latest_scores(session_of(told.game))
    scores = (
        Score("decision_share", 4, "supported", unheard, "SECRET line", "SECRET reason", None),
        Score("needs_first", 2, "unsupported", "L001", "SECRET words", "SECRET reason", None),
    )
    return told.with_card(replace(card, scores=scores))


GIVEN: dict[str, Any] = {
    "notes": (Note("L002", "SECRET note"), Note("", "SECRET thought"), Note("L003", "")),
    "reflections": (
        Reflection(OTHER, "SECRET name", {"why": "SECRET answer"}),
        Reflection(SEAT, "Wang", {"keep": "To ask first."}),
    ),
}


def test_a_seat_learns_nothing_that_it_may_not_know(secretive: Scored) -> None:
    game, debrief = secretive.game, debrief_of(secretive, SEAT, **GIVEN)
    for text in (form(debrief) for form in FORMATS):
        assert "SECRET" not in text
        assert "777" not in text
        for one in ("A word for you", "555", "Wang", "To ask first."):
            assert one in text, one
        assert game.seats[SEAT].briefing.en in text
        assert "Residents' mean trust" not in text
        for seat in game.seats:
            if seat != SEAT:
                assert game.seats[seat].briefing.en not in text
                assert game.personas[seat].non_negotiable.en not in text


def test_the_facilitator_reads_it_all(secretive: Scored) -> None:
    debrief = debrief_of(secretive, **GIVEN)
    for text in (form(debrief) for form in FORMATS):
        told = ("line", "whisper", "news", "reason", "note", "thought", "name", "answer", "words")
        assert [one for one in told if f"SECRET {one}" not in text] == []
        assert "A word for you" in text
        assert "777" in text
        assert "4 lines. (it could not be carried out)" in text
        assert "Bookmark" in text
        assert all(seat.briefing.en in text for seat in secretive.game.seats.values())


def test_a_seat_that_was_not_in_the_room_is_told_so() -> None:
    room = 'boundary={"public_engagement": {"positions": ["chair"], "source": "EP"}}'
    session = drawn_session(changes=(room,))
    absent = next(seat for seat in session.game.positions if seat not in session.game.present("public_engagement"))
    page = Page(to_html(debrief_of(session, absent)))
    assert "Your seat was not in the room in this stage." in page.sections["happened"]
    spoken = [one["id"] for one in session.lines if one["stage"] == "public_engagement"]
    assert spoken
    assert not set(spoken) & set(page.ids)


def test_a_bookmark_stands_in_the_course_of_the_facilitators_debrief() -> None:
    session = drawn_session()
    line = next(line for line in session.lines if line["terms"])
    marked, own = (debrief_of(session, seat, notes=(Note(line["id"], ""),)) for seat in (None, line["seat"]))
    texts = [str(next(one for one in made.sections if one.anchor == "happened")) for made in (marked, own)]
    assert [text.count("Bookmark") for text in texts] == [1, 0]
    assert str(line["says"])[:20] in texts[0].split("Bookmark")[1][:400]
    stock = session.lines[1]
    assert stock["says"] == "I report how things stand."
    told = to_markdown(debrief_of(session, notes=(Note(stock["id"], ""),)))
    assert f"Bookmark** · **{session.game.name(stock['seat'])}** informs → Luo Mei [" in told


def page_of(debrief: ReportDocument) -> Page:
    """Check the links of a debrief as a page, and return it."""
    page = Page(to_html(debrief))
    assert len(page.ids) == len(set(page.ids))
    assert page.targets <= set(page.ids)
    assert page.targets - {"about"}
    return page


def assert_links_lead_somewhere(debrief: ReportDocument) -> None:
    """Check the links of a debrief in each format."""
    page_of(debrief)
    text = to_markdown(debrief)
    anchors = re.findall(r'<a id="([\w-]+)"></a>', text)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= set(anchors)
    root = docx_root(debrief)
    marks = [one.get(f"{W}name") or "" for one in root.iter(f"{W}bookmarkStart")]
    assert marks
    assert len(marks) == len(set(marks))
    assert all(re.fullmatch(r"[a-z]\w{0,39}", one, re.ASCII) for one in marks)
    assert {one.get(f"{W}anchor") for one in root.iter(f"{W}hyperlink")} <= set(marks)


def test_every_tenth_case_can_be_debriefed() -> None:
    for place, scenario in [*enumerate(one.id for one in SCENARIOS[::10])]:
        lang: Lang = "zh" if place % 2 else "en"
        session = drawn_session(LIBRARY.scenario(scenario).governance[0], scenario, lang=lang)
        seat = list(session.game.positions)[-1] if place % 3 else None
        debrief = debrief_of(session, seat)
        text = page_of(debrief).sections["discussion"]
        read = reader_of(session.as_read, session.card, seat).session
        assert [one for one in talk_questions(read, lang) if one not in text] == []
        if place < 2:
            assert_links_lead_somewhere(debrief)


def test_the_page_needs_nothing_else_and_can_be_heard(session: Scored) -> None:
    text = to_html(debrief_of(session, notes=(Note("L001", "x"),)))
    assert "has not come to its end" not in text
    page = Page(text)
    assert page.open == []
    tags = [tag for tag, _ in page.tags]
    assert not {"script", "link", "img", "iframe"} & set(tags)
    assert not re.findall(r"(?:src|href)=\"(?!#)|url\(|@import", text)
    assert next(attrs for tag, attrs in page.tags if tag == "html")["lang"] == "en"
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert next(attrs for tag, attrs in page.tags if tag == "a") == {"class": "skip", "href": "#about"}
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in page.tags if tag == "th")
    assert tags.count("table") == tags.count("caption") > 1
    assert "prefers-color-scheme: dark" in text


def test_scores_stand_with_their_quote_and_lead_to_the_line(session: Scored) -> None:
    page = Page(to_html(debrief_of(session)))
    assert f"“{QUOTE}” L003" in words(page, "criteria")
    assert "no score cannot tell" in words(page, "criteria")
    assert "L003" in page.targets
    unjudged = session.with_card(replace(session.card, scores=()))
    assert "criteria" not in Page(to_html(debrief_of(unjudged))).sections


def test_the_course_names_decision_promise_and_end(session: Scored) -> None:
    text = words(Page(to_html(debrief_of(session))), "happened")
    assert f"Carried, 3 for, 2 against: who runs the class – {STREET}." in text
    assert "Promise · Huang Jinfu: “The district pays, I promise.” L005 · beyond remit" in text
    assert "How it ended: the lines of this stage were used up." in text


def test_findings_quote_the_lines_that_show_them(session: Scored) -> None:
    text = words(Page(to_html(debrief_of(session))), "why")
    assert "Huang Jinfu promised what lies with" in text
    assert "“The district pays, I promise.” L005" in text
    assert "“Who pays?”: an answer was promised, but nobody proposed it" in text


def test_both_languages_speak_their_own_words() -> None:
    session = drawn_session(lang="zh", seed=3)
    made = with_events(session, order(1, "whisper", SEAT, "悄悄话"), order(2, "seat", SEAT, by="person"))
    text = Page(to_html(debrief_of(made, notes=(Note("L001", "记一笔"),)))).text
    assert latin_words(text) == set()
    assert not re.search(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]", text)


def test_every_word_that_may_be_needed_is_there_and_nobody_is_ranked() -> None:
    wanted = {f"why.{one}.{part}" for one in KINDS for part in ("title", "note")}
    wanted |= {f"keep.{one}" for one in KEEP} | {f"try.{one}" for one in TRY} | {f"reflection.{x}" for x in REFLECTION}
    wanted |= {f"order.{one}" for one in get_args(OrderKind) if one not in ("inject", "whisper", "seat")}
    wanted |= {f"pulses.{one}" for one in ("model", "rules", "person", "mixed")}
    judging = {
        "en": r"\b(best|worst|winner|loser|rank\w*|score of|weak\w*|poor|better than|grade[sd]?)\b",
        "zh": "最好|最差|排名|名次|优秀|落后|不及格|打分",
    }
    allowed = {"en": "Nobody is graded", "zh": "不打分|不给任何人打分"}
    own = r"(debrief|why|keep|try|lessons|reflection|order)\."
    for lang in LANGUAGES:
        known = {key: Words(lang).text(key) for key in Words(lang)}
        assert wanted <= known.keys()
        told = {key: re.sub(allowed[lang], "", text) for key, text in known.items() if re.match(own, key)}
        assert len(told) > 100
        assert {key: text for key, text in told.items() if re.search(judging[lang], text, re.I)} == {}


def test_seats_stand_in_the_order_of_the_talk(session: Scored) -> None:
    text = words(Page(to_html(debrief_of(session))), "keep")
    for row in re.findall(r"See ([^.]*)", text):
        first = [re.findall(r"L\d+", part)[0] for part in row.split(";") if "L0" in part]
        assert first == sorted(first)


def test_a_session_without_a_line_and_one_that_stopped(session: Scored) -> None:
    for events, seat in (([], SEAT), (session.events[:1], None), (session.events[:5], SEAT)):
        made = debrief_of(replace(session, events=events), seat)
        assert_links_lead_somewhere(made)
        assert "has not come to its end" in to_html(made)
    assert Words("en")("debrief.footer") in to_markdown(made).replace("\\", "")


def test_an_unknown_seat_is_refused(session: Scored) -> None:
    with pytest.raises(InputError, match=r"unknown seat 'nobody'.*Allowed: .*migrant_tenant"):
        debrief_of(session, "nobody")


def test_the_word_document_says_its_language(session: Scored) -> None:
    data = to_docx(debrief_of(session))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        styles, core = (archive.read(name).decode() for name in ("word/styles.xml", "docProps/core.xml"))
        body = archive.read("word/document.xml").decode()
    assert 'w:lang w:val="en-GB"' in styles
    assert "<dc:language>en-GB</dc:language>" in core
    assert all(f'w:val="{one}"' in body for one in ("Heading1", "Heading2", "Heading3", "ListBullet"))
    assert "<w:tblHeader/>" in body


def test_without_python_docx_it_says_what_to_install(session: Scored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(InputError, match=r"pip install 'governance-sandbox\[web\]'"):
        to_docx(debrief_of(session))
