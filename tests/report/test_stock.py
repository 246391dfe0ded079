"""Where the rules alone play, nobody worded a line: results, minutes and debriefs do not quote the stock words."""

from __future__ import annotations

import re

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.diffusion.campaign.result import result_of
from sandbox.game.language.stock import is_stock, quotable, without_stock
from sandbox.game.ledger.entries import BLANK, Item
from sandbox.game.ledger.matters import brief_matter, matter
from sandbox.game.review.due import due_matters
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.session import session_report, transcript_markdown
from tests.report.conftest import Scored, drawn_session, first_drawn, make_session

YEARS = ("public_engagement", "review")
STOCK = {
    "en": ("I promise to see to it.", "I have a question.", "I am against it."),
    "zh": ("这件事我答应去办。", "我有个问题。", "我反对。"),
}


def bare(scored: Scored) -> bool:
    """Return whether somebody can tell what became of a promise that names nothing, a matter of its own."""
    return bool(_bare_ones(scored))


def _bare_ones(scored: Scored) -> list[Item]:
    promises = (item for item, _ in due_matters(scored.as_read.items) if item.kind == "promise" and not item.terms)
    return [item for item in promises if item.state in ("kept", "broken")]


def test_words_that_name_an_option_are_quoted_and_those_of_an_act_alone_are_not() -> None:
    lang: Lang = "en"
    session = drawn_session(lang=lang)
    for line in session.lines:
        named = bool(line["terms"] or line["task"] or line["section"])
        assert is_stock(session.game, line["says"]) == (not named), line
        assert quotable(session.game, line["says"]) == (line["says"] if named else "")
    assert not is_stock(session.game, "I promise you the hall.")


def test_a_promise_that_names_nothing_is_told_without_its_words() -> None:
    lang: Lang = "zh"
    session = first_drawn(bare, lang=lang, stages=YEARS)
    word = "一件没说清的事"
    item = _bare_ones(session)[0]
    assert (matter(session.game, item), brief_matter(session.game, item)) == (word, word)
    told = " ".join(fate.says for fate in result_of(session.as_read).fates)
    assert word in told
    assert not any(f"“{stock.rstrip('.。')}”" in told for stock in STOCK[lang])
    pages = [session_report(session.as_read, session.card), make_debrief(session.as_read, session.card)]
    for page in pages:
        assert not re.search("|".join(f"“{re.escape(stock)}”" for stock in STOCK[lang]), to_markdown(page))


def test_minutes_are_shown_without_stock_words_and_the_record_stays() -> None:
    lang: Lang = "zh"
    session = drawn_session(lang=lang)
    colon = Words(lang)("colon")
    recorded = "\n".join(str(event.payload["text"]) for event in session.events if event.kind == "minutes")
    ends = [f"{colon}{stock}" for stock in STOCK[lang]]
    assert any(row.endswith(end) for row in recorded.splitlines() for end in ends)
    rows = [row for row in transcript_markdown(session.as_read).splitlines() if row.startswith("> ")]
    assert [row for row in rows for end in ends if row.endswith(end)] == []
    shown = without_stock(session.game, recorded)
    assert len(shown.splitlines()) == len(recorded.splitlines())
    for row, short in zip(recorded.splitlines(), shown.splitlines(), strict=True):
        assert row == short or (row.startswith(short + colon) and is_stock(session.game, row[len(short + colon) :]))


def test_a_debrief_points_to_lines_without_quoting_stock_words() -> None:
    lang: Lang = "en"
    session = drawn_session(lang=lang)
    objection = next(line for line in session.lines if has(line["act"], "opposes") and not line["terms"])
    text = to_markdown(make_debrief(session.as_read, session.card))
    assert f"[{objection['id']}](#{objection['id']})" in text
    assert not any(f"“{stock}”" in text for stock in STOCK[lang])


def test_a_question_in_stock_words_is_remembered_without_them() -> None:
    lang: Lang = "en"
    asked = "something and never got an answer"

    def waiting(scored: Scored) -> bool:
        return any(asked in text for text in result_of(scored.as_read).hidden)

    session = first_drawn(waiting, lang=lang)
    assert not any(stock in text for text in result_of(session.as_read).hidden for stock in STOCK[lang])


def test_rules_alone_are_not_warned_of_lines_that_are_alike() -> None:
    warned = "Pairs of lines that are nearly alike"
    session = drawn_session()
    assert session.card.play["duplicates"]
    assert warned not in to_markdown(session_report(session.as_read, session.card))
    spoken = make_session()
    assert f"{warned}: 3" in to_markdown(session_report(spoken.as_read, spoken.card)).replace("\\", "")


def test_a_promise_in_few_words_keeps_what_was_promised_beside_the_reservation() -> None:
    game = drawn_session(lang="en").game
    seat = next(iter(game.positions))
    says = (
        "Party members go first: those who can will hold a broom on two Sundays a month. "
        "I give my word for the ones I've spoken to, not for the register."
    )
    told = brief_matter(game, BLANK.altered(kind="promise", owner=seat, says=says))
    assert "hold a broom on two Sundays" in told
