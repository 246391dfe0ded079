"""Counted levels stand with how they were counted; a level that cannot be relied on is shown to nobody as a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import StringIO

import pytest

from sandbox.cli.console import Console
from sandbox.cli.results import show_levels
from sandbox.content.language import Lang
from sandbox.experiment.export.log_rows import long_tables
from sandbox.experiment.outcomes import outcomes_of
from sandbox.report.document.blocks import ReportDocument
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.session import session_report
from sandbox.scoring.counted import rule_words
from sandbox.scoring.level_rules import counted_levels
from sandbox.scoring.panel import Score
from sandbox.scoring.scorecard import NullSpread, Scorecard, latest_scores
from sandbox.scoring.standing import JudgeStanding, shipped_calibration
from sandbox.scoring.trust import Interval
from tests.content.folders import LIBRARY
from tests.report.conftest import Scored, make_card
from tests.report.reader import Page
from tests.scoring.making import drawn

RATED = "referee_role"  # no rule counts it
BOTH = "decision_share"


def judged_by_the_embedded_model(session: Scored) -> Scorecard:
    """Return a card on which the embedded model gave 5 on a criterion that is counted and on one that is not."""
    scores = [Score(name, 5, "supported", "L003", "who signs", "So.", None) for name in (BOTH, RATED)]
    card = make_card(session.game, session.events, scores)
    shipped = shipped_calibration("qwen2.5-coder-1.5b-instruct-q4_k_m", "en")
    standing = JudgeStanding(Interval(None, None, None, 0), 0, False, "", "test", shipped)
    levels = counted_levels(session.game.rubric, session.as_read)
    return replace(card, standings=dict.fromkeys((BOTH, RATED), standing), counted=levels)


def told(card: Scorecard, session: Scored) -> str:
    out = StringIO()
    show_levels(Console(file=out, width=500), session.as_read, card)
    return out.getvalue()


def test_a_counted_level_has_a_bar_its_rule_and_its_evidence(session: Scored) -> None:
    card = judged_by_the_embedded_model(session)
    counted = card.counted[BOTH]
    assert (counted.level, counted.evidence) == (3, ("D-public_engagement",))
    page = Page(to_html(session_report(session.as_read, card)))
    scores = page.sections["scores"]
    rule = next(one.counted for one in session.game.rubric.criteria if one.id == BOTH)
    assert rule is not None
    assert rule.levels["3"].en in scores
    assert "counted" in scores
    assert "How levels are counted" in scores
    levels = sum(level.level is not None for level in card.counted.values())
    assert f"rubric spells out: {levels} of the levels" in page.text
    assert "nothing is carried for which a resident or provider votes" in told(card, session)
    assert "; or officials decide" not in told(card, session), "of several ways to a level, the one that was taken"


def test_beside_a_counted_level_stands_what_the_rules_alone_make_of_it(session: Scored) -> None:
    card = judged_by_the_embedded_model(session)
    spread = NullSpread(sessions=40, mean=3.25, low=2, high=5, margin=0.3)
    for spreads, words in (
        (spread, "3.2 (2 to 5)"),
        (replace(spread, mean=3.0, low=3, high=3, margin=0.0), "always 3: fixed by the rules"),
        (replace(spread, mean=4.0, low=4, high=4, margin=0.0), "always 4"),  # and here it is another one
    ):
        beside = replace(card, baseline={f"counted_{BOTH}": spreads})
        assert ("fixed by the rules" in words) == (card.counted[BOTH].level == spreads.mean and spreads.fixed)
        for make in (session_report, make_debrief):
            assert words in to_markdown(make(session.as_read, beside))
        rows = [line.split("│") for line in told(beside, session).splitlines() if line.startswith("│")]
        assert words in " ".join(" ".join(row[3] for row in rows).split())
    alone = to_markdown(session_report(session.as_read, card))
    assert "fixed by the rules" not in alone


@pytest.mark.parametrize("make", [session_report, make_debrief])
def test_a_level_of_an_unreliable_judge_is_no_number_on_any_page(
    session: Scored, make: Callable[..., ReportDocument]
) -> None:
    document = make(session.as_read, replace(judged_by_the_embedded_model(session), counted={}))
    for text in (to_html(document), to_markdown(document)):
        assert "not reliable" in text
        assert "kappa −0.31 to 0.43 over 12 criteria" in text
        for number in ("5 / 5", "5 of 5", ">5<", "Level 5:</"):
            assert number not in text.split("How to read")[0].replace("\n", "")


def test_a_level_of_an_unreliable_judge_is_no_number_in_the_terminal_and_stays_in_the_file(session: Scored) -> None:
    card = replace(judged_by_the_embedded_model(session), counted={})
    shown = told(card, session)
    assert "not reliable (with the" in shown
    assert " 5 " not in shown
    kept = card.as_dict()
    assert [one["level"] for one in kept["scores"]] == [5, 5]
    assert {one["mark"] for one in kept["standings"].values()} == {"not_reliable"}


def test_levels_that_cannot_be_relied_on_are_warned_of_by_no_number(session: Scored) -> None:
    four = [
        Score(name, 5, "supported", "L003", "who signs", "So.", None)
        for name in ("trust", "local_fit", "so_autonomy", RATED)
    ]
    unreliable = judged_by_the_embedded_model(session).standings[RATED]
    card = make_card(session.game, session.events, four)
    assert "gave every criterion the same level (5)" in to_html(session_report(session.as_read, card))
    card = replace(card, standings=dict.fromkeys((one.criterion for one in four), unreliable))
    assert "gave every criterion the same level" not in to_html(session_report(session.as_read, card))


def test_a_session_that_nobody_judged_is_scored_all_the_same() -> None:
    lang: Lang = "zh"
    session = drawn(seed=2, lang=lang)
    card = latest_scores(session)
    levels = {name: one for name, one in card.counted.items() if one.level is not None}
    assert len(levels) >= 5
    page = Page(to_html(session_report(session, card)))
    debrief = to_markdown(make_debrief(session, card))
    for one in session.game.rubric.criteria:
        if one.id in levels and one.counted:
            rule = rule_words(one, levels[one.id], lang)
            assert rule in page.sections["scores"]
            assert rule in debrief
    assert "没有评分模型给过等级。" in page.text
    kept = card.as_dict()
    rows = long_tables("one", outcomes_of(session), session.events, LIBRARY, {}, session)["scores"]
    assert (kept["scores"], set(kept["not_judged"]) <= {"no judge"}) == ([], True)
    for row in rows:
        level = kept["counted"][row["criterion"]]
        assert (row["level"], row["reason"], row["status"]) == (level["level"], level["reason"], "measured")
        assert level["reason"] in page.sections["scores"]
        assert row["line"] == (", ".join(level["evidence"]) or None)
    assert [row["criterion"] for row in rows] == [*levels]
