"""The judge's card as a page, and the marks of a judge's levels in a session's report."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.content.templates import Templates
from sandbox.content.words import Words
from sandbox.llm.usage import Usage
from sandbox.report.document.html import to_html
from sandbox.report.pages.judge_card import CardRow, card_rows, judge_card
from sandbox.report.standings import judge_caution, judged, standing_words
from sandbox.scoring.judge import criterion_digest, judge_templates
from sandbox.scoring.probes import PROBES
from sandbox.scoring.standing import Calibration, CalibrationEntry, JudgeStanding
from sandbox.scoring.trust import Agreement, Interval, Retest, Shift
from tests.game.making import LIBRARY
from tests.report.conftest import make_session
from tests.report.reader import Page, latin_words, render, table_rows

RUBRIC = LIBRARY.rubric("core")
TRUST = next(one for one in RUBRIC.criteria if one.id == "trust")
GOOD = Interval(0.85, 0.4, 1.0, 7)
BAD = Interval(0.12, -0.31, 0.5, 7)
NONE = Interval(None, None, None, 0)
ALONE = Interval(1.0, None, None, 1)
CONFUSION = ((1, 0, 0, 0, 0), (0, 2, 0, 0, 0), (0, 0, 1, 0, 0), (0, 0, 1, 0, 0), (0, 0, 0, 0, 2), (0, 0, 0, 1, 0))


def entry(kappa: Interval = GOOD, lang: Lang = "en", **changes: Any) -> CalibrationEntry:
    """Return an entry that holds, for the criterion of trust."""
    share, mean = Interval(0.86, 0.49, 0.97, 7), Interval(-0.25, -0.6, 0.1, 7)
    found = Agreement(8, 7, kappa, kappa, mean, mean, share, share, CONFUSION, share, share, NONE)
    shift = Shift(7, 7, mean, share, 1.5, share, NONE)
    whole = CalibrationEntry(
        criterion="trust",
        rubric="core",
        lang=lang,
        split="test",
        criterion_digest=criterion_digest(TRUST, lang),
        templates_digest=judge_templates(Templates(LIBRARY.roots, lang)),
        date="2026-11-25",
        version="0.1.0",
        agreement=found,
        retest=Retest(7, 7, share, mean, GOOD, share),
        shifts=dict.fromkeys(PROBES, shift),
        counted=Usage(100, 90_000, 0, 6_000),
    )
    return replace(whole, **changes)


def calibration(*entries: CalibrationEntry, judge: str = "judge-m") -> Calibration:
    return Calibration(judge, 3, entries, Usage(1_234, 90_000, 0, 6_000))


EVERY_MARK = calibration(
    entry(),
    entry(BAD, lang="zh"),
    entry(split="development"),
    entry(criterion="inclusion"),
    entry(criterion="no_such", shifts={}),
)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_card_is_one_sound_page_in_its_language(lang: Lang) -> None:
    text = to_html(judge_card(EVERY_MARK, LIBRARY, lang))
    page = Page(text)
    assert page.open == []
    assert len(set(page.ids)) == len(page.ids)
    regions = [attrs["aria-label"] for _, attrs in page.tags if attrs.get("role") == "region"]
    assert len(set(regions)) == len(regions)
    assert page.targets <= set(page.ids)
    assert [tag for tag, _ in page.tags if tag in ("script", "link", "img", "iframe")] == []
    assert re.findall(r"https?://|url\(|@import", text) == []
    assert "prefers-color-scheme: dark" in text
    assert [attrs["lang"] for tag, attrs in page.tags if tag == "html"] == ["en" if lang == "en" else "zh-CN"]
    assert len([tag for tag, _ in page.tags if tag == "h1"]) == 1
    assert all("aria-label" in attrs for tag, attrs in page.tags if tag == "svg")
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in page.tags if tag == "th")
    if lang == "zh":
        assert latin_words(page.text, "judge-m", "no_such") == set()


def test_the_card_shows_everything() -> None:
    text = to_html(judge_card(EVERY_MARK, LIBRARY, "en"))
    page = Page(text)
    for told in (
        "How far may judge-m be trusted?", "English: reliable on 1 of 1 criteria measured.",
        "Chinese: reliable on 0 of 1 criteria measured.", "2 of the results below have expired", "1,234",
        "90,000 / 6,000", "kappa 0.85, 0.40 to 1.00, 7 items", "kappa 0.12, −0.31 to 0.50, 7 items",
        "the criterion's text has changed", "the rubric no longer has this criterion", "development items", "7 of 8",
        "−0.25 (−0.60 to +0.10)", "86% (49% to 97%)", "undefined", "2026-11-25", "No probe was asked.",
    ):  # fmt: skip
        assert told in page.text, told
    rows = table_rows(text)
    assert ["none", "0", "0", "0", "1", "0"] in rows
    change, unchanged = "−0.25 (−0.60 to +0.10)", "86% (49% to 97%)"
    assert ["order of two lines", "7 of 7", change, unchanged, "1.5", "86%", "undefined"] in rows


def test_a_criterion_counts_once_by_its_first_part_that_holds() -> None:
    whole = entry(BAD, split="all")
    for entries, told in (
        ((entry(retest=replace(entry().retest, kappa=BAD)),), "7 items; does not agree with itself at the retest"),
        ((whole, entry()), "reliable on 1 of 1"),
        ((whole, entry(templates_digest="old")), "reliable on 0 of 1"),
        ((entry(BAD), entry(split="all")), "reliable on 0 of 1"),
    ):
        assert told in Page(to_html(judge_card(calibration(*entries), LIBRARY, "en"))).text


def test_rows_stand_in_the_rubrics_order_with_their_marks() -> None:
    rows = card_rows(EVERY_MARK, LIBRARY, "en")
    assert [(row.entry.criterion, row.entry.lang, row.mark) for row in rows] == [
        ("inclusion", "en", "expired"),
        ("trust", "en", "development"),
        ("trust", "en", "reliable"),
        ("trust", "zh", "not_reliable"),
        ("no_such", "en", "expired"),
    ]
    assert [row.name for row in rows][-2:] == [TRUST.name.en, "no_such"]


def test_a_judge_of_which_nothing_can_be_said_has_a_card() -> None:
    text = to_html(judge_card(calibration(entry(NONE), entry(ALONE, lang="zh")), LIBRARY, "en"))
    assert "kappa undefined, 0 items" in text
    assert "kappa 1.00, no interval, 1 items" in text
    assert text.count('class="dot"') == 1
    assert 'class="span"' not in text


def test_the_strongest_probe_is_named() -> None:
    weak, strong = (
        replace(entry().shifts["order"], mean_change=Interval(change, None, None, 3)) for change in (0.1, -0.5)
    )
    still = replace(weak, mean_change=Interval(0.0, 0.0, 0.0, 3))
    label = Words("en")

    def words(**shifts: Shift) -> str:
        return CardRow(entry(shifts=shifts), TRUST, 0.6, "", label).worst_words

    assert words(order=weak, names=strong, language=still) == "other roles −0.50"
    assert words(order=still) == "no mean change"
    assert words() == "–"


def standing(kappa: Interval, reliable: bool) -> JudgeStanding:
    return JudgeStanding(kappa, 7, reliable, "2026-11-25", "test")


def test_a_standing_in_words() -> None:
    cases: list[tuple[Lang, JudgeStanding | None, str]] = [
        ("en", None, "not measured"),
        ("en", standing(BAD, False), "not reliable (kappa 0.12, −0.31 to 0.50, 7 items)"),
        ("en", standing(GOOD, True), "reliable (kappa 0.85, 0.40 to 1.00, 7 items)"),
        ("en", standing(NONE, False), "not reliable (kappa undefined, 0 items)"),
        ("zh", None, "未测量"),
        ("zh", standing(GOOD, True), "可靠（Kappa系数0.85，区间0.40至1.00，7条）"),
    ]
    for lang, one, words in cases:
        assert standing_words(Words(lang), one) == words


def test_the_report_marks_each_judged_level() -> None:
    lang: Lang = "zh"
    session = make_session(lang=lang)
    label = Words(lang)
    levels = [score.criterion for score in session.card.scores if judged(score)]
    assert len(levels) == 3
    standings = {levels[0]: standing(GOOD, True), levels[1]: standing(BAD, False)}
    _, plain = render(session)
    assert plain.sections["scores"].count(label("standing.not_measured")) == 3
    assert label("caution.judge.none") in plain.text
    card = replace(session.card, standings=standings)
    _, page = render(session.with_card(card))
    scores = page.sections["scores"]
    for one in (*standings.values(), None):
        assert label("standing") + label("colon") + standing_words(label, one) in " ".join(scores.split())
    assert judge_caution(label, card) in page.text
    some = label("caution.judge.some", levels=3, reliable=1, unreliable=1, unmeasured=1)
    assert some + label("caution.judge.family.unknown") == judge_caution(label, card)
    kin = replace(card, judge="large-language-model")
    assert some + label("caution.judge.family.same") == judge_caution(label, kin)
    assert scores.count(label("standing") + label("colon")) == 3
    nobody = replace(session.card, scores=())
    assert judge_caution(label, nobody) == label("caution.judge.nobody")


def test_scores_tell_how_the_judge_stands() -> None:
    session = make_session()
    card = replace(session.card, standings={"inclusion": standing(GOOD, True), "needs_first": standing(BAD, False)})
    told = json.loads(json.dumps(card.as_dict()))["standings"]
    assert {name: one["mark"] for name, one in told.items()} == {
        "decision_share": "not_measured",
        "needs_first": "not_reliable",
        "inclusion": "reliable",
    }
    assert told["inclusion"]["kappa"] == {"estimate": 0.85, "low": 0.4, "high": 1.0, "n": 7}
