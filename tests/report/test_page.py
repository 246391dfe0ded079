"""The page shows the session to a reader who has nothing else, and lets nothing said in it act."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.session import session_report
from tests.report.conftest import DISTRICT, HIRED, STREET, Scored, make_card, make_session
from tests.report.reader import Page, latin_words, render, report_html, words_of


def score_row(text: str, criterion: str) -> str:
    """Return the visible words of a criterion's row."""
    found = re.search(rf'<tr role="row" id="score-{criterion}">(.*?)</tr>', text, re.S)
    assert found is not None
    return words_of(found[1])


def test_every_line_is_in_the_transcript_once(session: Scored) -> None:
    text, page = render(session)
    for line in session.lines:
        assert page.sections["transcript"].count(line["says"]) == 1, line["id"]
        assert page.ids.count(line["id"]) == 1
    whys = [event.payload["why"] for event in session.events if event.kind == "line"]
    assert re.findall(r'<p class="who" title="([^"]+)"', text) == [Words("en")(f"floor.{why}") for why in whys if why]


def test_it_ends_with_how_it_is_cited(session: Scored) -> None:
    played, day = session.as_read, f"{datetime.fromtimestamp(session.events[0].at, UTC):%Y-%m-%d}"
    title, seed, named = played.game.scenario.title, played.spec.seed, "governance-sandbox"
    cited: dict[Lang, str] = {
        "en": f"Cite as: {named}: session {played.id} of {day}, “{title.en}”, Joint production, ",
        "zh": f"引用格式：{named}：{day}的场次{played.id}，“{title.zh}”，共同缔造，",
    }
    for lang, text in cited.items():
        told = to_markdown(session_report(played, session.card, lang))
        assert text in told
        assert {"en": f"Seed {seed};", "zh": f"随机种子{seed}；"}[lang] in told.rpartition(text)[2]


def test_the_page_needs_nothing_else(session: Scored) -> None:
    text, page = render(session)
    for tag, attrs in page.tags:
        assert tag not in ("script", "link", "iframe", "object", "embed", "base", "form")
        assert "src" not in attrs
        assert attrs.get("href", "#").startswith("#")
        assert not [value for value in attrs.values() if "//" in value]
    style = text[text.index("<style>") : text.index("</style>")]
    assert "@import" not in style
    assert re.findall(r"url\(([^)]*)\)", style) == []


def test_a_quote_from_a_line_that_is_not_there_is_shown_without_a_link(session: Scored) -> None:
    text, _ = render(session)
    row = score_row(text, "needs_first")
    assert "words that nobody said" in row
    assert "unsupported" in row
    assert 'href="#L099"' not in text


@pytest.mark.parametrize("criterion", ["promise_integrity", "referee_role", "local_fit", "trust"])
def test_a_criterion_without_a_level_has_no_number(session: Scored, criterion: str) -> None:
    text, _ = render(session)
    row = score_row(text, criterion)
    assert "no score" in row
    assert "/ 5" not in row
    name = next(one.name.en for one in session.game.rubric.criteria if one.id == criterion)
    figure = text[text.index("<svg") : text.index("</svg>")]
    assert f"{name}: no score" in html.unescape(figure)
    after = html.unescape(figure).split(f">{name}</text>")[1].split("<text")[1]
    assert "no score" in after
    assert "<rect" not in after


def test_bars_are_as_long_as_their_levels_and_unsupported_ones_hatched(session: Scored) -> None:
    text, _ = render(session)
    assert re.findall(r'width="(\d+)%" height="9" class="(bar|hatch)"', text) == [
        ("80", "bar"),
        ("40", "hatch"),
        ("20", "bar"),
    ]


def test_the_first_screen_says_what_was_played_and_how_it_ended(session: Scored) -> None:
    _, page = render(session)
    first = page.sections[""]
    for words in (
        "The four o'clock school", "Should the community open", "Joint production", "English", "speaker-m", "judge-m",
        f"Carried, 3 for, 2 against: who runs the class – {STREET}.", "Left open: Which children",
        "A session is a rehearsal.", "follows from the rules that were written", "no evidence about real cities",
        "reliability has not been measured",
    ):  # fmt: skip
        assert words in first, words


def test_what_speaks_against_trusting_the_session_is_said_first(session: Scored) -> None:
    _, page = render(session)
    first = page.sections[""]
    assert "Criteria without a score: 10 of 13." in first
    assert "does not stand in the line named (1): Needs first." in first
    assert "37, 4100" not in first, "figures are held by the audit, which finds none here"
    assert "nearly alike: 3" in first
    assert "wordings were rejected: 10%" in first
    assert "confirmed: 1." in first


def test_a_stage_without_objection_and_a_judge_that_played_are_warned_of() -> None:
    made = make_session()
    events = [event for event in made.events if not (event.kind == "line" and event.payload["act"] == "object")]
    card = replace(make_card(made.game, events), judge="speaker-m")
    text = report_html(replace(made, events=events).as_read, card)
    assert "Stages in which nobody objected, made a counter-offer or voted against anything: Training" in text
    assert "The model that judged is the one that played, so it judges its own play:" in text


def test_figures_and_tables_can_be_read_without_seeing_them(session: Scored) -> None:
    text, page = render(session)
    figures = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert len(figures) == 2
    for attrs in figures:
        assert attrs["role"] == "img"
        assert set(attrs["aria-labelledby"].split()) <= set(page.ids)
    assert "Decision share: 4 of 5" in text
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in page.tags if tag == "th")
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_ledger_rules_and_tokens(session: Scored) -> None:
    _, page = render(session)
    ledger = " ".join(page.sections["ledger"].split())
    assert f"Proposal Shen Yulan L004 Street staff could run it. Who runs the class? {STREET}" in ledger
    assert re.search(r"L004 .* carried .* L005 .* beyond remit .* Decision the body .* carried", ledger)
    rules = page.sections["rules"]
    assert "A majority of the votes cast by chair of the joint-production council, government as facilitator" in rules
    assert "inform, ask, answer, propose" in rules
    usage = " ".join(page.sections["usage"].split())
    assert "Shen Yulan 4 4,000 1,600 120" in usage
    assert "Total 10 10,000 4,000 300" in usage


def test_rules_that_the_paper_does_not_state_are_marked(session: Scored) -> None:
    rules = render(session)[1].sections["rules"]
    decides, bound = rules.index("Who decides"), rules.index("May be decided")
    assert "(inferred)" in rules[decides:bound]
    assert "What is marked as inferred does not stand in the paper" in rules


def test_under_command_the_chair_decides_and_seats_stay_out() -> None:
    session = make_session("command")
    _, page = render(session)
    assert f"Decided by Shen Yulan: who runs the class – {HIRED}; who pays – {DISTRICT}." in page.text
    assert "(chair) decides." in page.sections["rules"]
    residents = page.sections["rules"].split("Luo Mei")[1]
    assert "Public engagement" in residents
    assert "Training" not in residents


def test_chinese_page_speaks_chinese() -> None:
    made = make_session(lang="zh")
    session = made.with_card(make_card(made.game, made.events, ()))
    text, page = render(session)
    assert '<html lang="zh-CN">' in text
    said = [line["says"] for line in session.lines] + ["Minutes of training.", "Minutes of public_engagement."]
    assert latin_words(page.text, *said, "<i>Noted</i>", "speaker-m", "judge-m", "S-1", "governance-sandbox") == set()


@pytest.mark.parametrize("kept", [0, 1, 2, 5, 9])
def test_a_session_that_stopped_has_a_report(session: Scored, kept: int) -> None:
    events = session.events[:kept]
    text = report_html(replace(session, events=events).as_read, make_card(session.game, events, ()))
    page = Page(text)
    assert "The session has not been finished" in page.sections[""]
    assert "No decision was taken." in page.sections[""]
    targets = {attrs["href"][1:] for tag, attrs in page.tags if tag == "a"}
    assert targets <= set(page.ids)
