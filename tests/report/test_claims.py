"""What pages claim of their figures: what chance gives too, what nobody was asked, who played, and what is invented."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.game.session import Session
from sandbox.record.folder import SessionFolder
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.cards import city_sections
from sandbox.report.pages.comparison import comparison_page
from sandbox.report.pages.diffusion import diffusion_report
from sandbox.report.pages.judge_card import judge_card
from sandbox.report.pages.session import session_report
from sandbox.report.side_by_side import SideBySide
from sandbox.report.standings import within_range
from sandbox.scoring.assessment import needs_of_residents, without_pulses
from sandbox.scoring.counted import CountedLevel
from sandbox.scoring.scorecard import NullSpread, latest_scores
from sandbox.session.opening import open_session
from tests.game.making import LIBRARY
from tests.report.reader import Page
from tests.report.spreads import spread
from tests.report.test_judge_card import calibration, entry
from tests.scoring.making import drawn

both = pytest.mark.parametrize("lang", ["en", "zh"])
CASSETTES = Path(__file__).parents[2] / "cassettes"


@cache
def shown_meeting(lang: Lang) -> Session:
    """Return the meeting that comes with the program."""
    return open_session(SessionFolder(CASSETTES / f"showcase_{lang}"), LIBRARY)


def test_levels_that_chance_gives_too_are_named_on_the_first_screen_under_the_table_and_on_the_bars() -> None:
    lang: Lang = "zh"
    session, words = shown_meeting(lang), Words(lang)
    counted = {"decision_share": CountedLevel(5), "inclusion": CountedLevel(5), "needs_first": CountedLevel(None)}
    wide, far = NullSpread(90, 3.1, 1, 5, 0.2), NullSpread(90, 2.0, 1, 3, 0.2)
    spreads = {"counted_decision_share": far, "counted_inclusion": wide, "counted_needs_first": wide}
    card = replace(latest_scores(session), counted=counted, baseline=spreads)
    assert within_range(card) == ["inclusion"]
    name = next(one.name.get(lang) for one in session.game.rubric.criteria if one.id == "decision_share")
    document = session_report(session, card)
    drawing = to_html(document)
    page = Page(drawing)
    assert words("warn.within", count=1, all=2, names=words.paren(name)) in page.sections[""]
    under = words("baseline.levels") + words("baseline.drawn")
    assert under in page.sections["scores"]
    assert under in to_markdown(document)
    bars = drawing[drawing.index('id="fig-scores"') : drawing.index('id="fig-turns"')]
    assert bars.count('class="bracket"') == 2 * 3 + 1  # a line with two ends for each counted bar, and the legend
    assert words("scores.legend_range") in bars
    assert words("scores.of_rules", low="1", high="3") in bars
    assert bars.count('class="pale"') == 1, "a bar that says nothing"
    told = page.sections["scores"]
    assert told.count(words("baseline.above")) == 1
    assert told.count(words("baseline.within")) == 2  # beside the level, and in the note


def test_what_is_drawn_from_the_rules_is_not_warned_to_lie_within_them() -> None:
    session = drawn(seed=3)
    card = latest_scores(session)
    everywhere = {f"counted_{name}": NullSpread(90, 3.0, 1, 5, 0.2) for name in card.counted}
    shown = to_markdown(session_report(session, replace(card, baseline=everywhere)))
    assert "say something about those who spoke" not in shown


def test_p_is_told_without_trust_too_and_trust_that_is_derived_says_how() -> None:
    lang: Lang = "en"
    session, words = drawn(seed=3, lang=lang), Words(lang)
    beside = latest_scores(session).assessments[1]
    other = without_pulses(beside).total
    assert other is not None
    assert other != beside.total
    page = Page(to_html(session_report(session, latest_scores(session))))
    assert words("assessments.without_trust", total=f"{other:.2f}") in page.sections["assessments"]
    assert words("pulses.derived") in page.sections["assessments"]
    assert words("pulses.derived") in page.sections["pulses"]
    asked = Page(to_html(session_report(shown_meeting(lang), latest_scores(shown_meeting(lang)))))
    assert words("pulses.derived") not in asked.sections["assessments"], "the model was asked for each resident"
    host = words("pulses.never_asked", names=shown_meeting(lang).game.name("site_host"))
    assert host in asked.sections["pulses"], "a guest's host has no row of what nobody asked"


@both
def test_needs_met_say_of_how_many_residents_they_speak(lang: Lang) -> None:
    session, told = shown_meeting(lang), {"en": "It speaks of {} of {} residents.", "zh": "算的是{1}名居民里的{0}名。"}
    residents = session.game.residents
    stood = {seat for seat, _ in needs_of_residents(session)}
    assert 0 < len(stood) <= len(residents)
    page = Page(to_html(session_report(session, latest_scores(session))))
    assert told[lang].format(len(stood), len(residents)) in page.sections["assessments"]


def test_two_sessions_of_other_hands_are_said_to_be_so() -> None:
    lang: Lang = "zh"
    words, own = Words(lang), shown_meeting(lang)
    cards = drawn(own.spec.governance, own.spec.scenario, lang=lang)
    page = Page(to_html(comparison_page(SideBySide(own, cards))))
    start = words("comparison.played_otherwise", a="|", b="").split("|")[0]
    assert start in page.sections[""]
    assert words("comparison.pulses_by.model") in page.sections[""]
    assert words("comparison.as_debriefs") not in page.sections[""], "nobody has a debrief where no people played"
    assert words("m.trust") not in page.sections["assessments"], "P is told without what cannot be compared"
    assert words("pulses.derived") in page.sections["pulses"]
    alike = Page(to_html(comparison_page(SideBySide(cards, cards))))
    assert start not in alike.sections[""]
    assert words("comparison.pulses_by.rules") not in alike.sections[""]


@both
def test_the_ledger_tells_the_conditions_of_what_was_put_to_the_vote_in_full(lang: Lang) -> None:
    session = shown_meeting(lang)
    decided = next(taken for taken in session.decisions if taken["carried"])
    page = Page(to_html(session_report(session, latest_scores(session))))
    assert page.sections["ledger"].count(decided["condition"]) == 2, "beside the motion, and beside the decision"


@both
def test_who_wrote_the_gold_set_stands_wherever_reliability_is_claimed(lang: Lang) -> None:
    words = Words(lang)
    nobody = {"en": "rated by no person", "zh": "没有人评过"}[lang]
    card = Page(to_html(judge_card(calibration(entry()), LIBRARY, lang))).text
    assert words("judge_card.lede") in card
    assert words("judge_card.reading.known") in card
    assert nobody in words("judge_card.reading.rule")
    assert nobody in words("caution.judge.some", levels=1, reliable=1, unreliable=0, unmeasured=0)
    assert nobody in words("experiment_report.judges.note")


@both
def test_the_headline_of_a_country_has_its_doubt_and_other_lines_beside_it(lang: Lang) -> None:
    words, document = Words(lang), diffusion_report(spread(), LIBRARY, lang, "runs/small")
    opening = Page(to_html(document)).sections[""]
    seeds, ends = len(spread().plan.seeds), words("spread_page.ends.whole")
    assert words("spread_page.answer.doubt", seeds=seeds, ends=ends) in opening
    line = spread().plan.country.line
    reached = spread().districts.substance
    told = []
    for each in (line - 0.1, line, line + 0.1):
        share = f"{100 * float((reached >= round(each, 2)).mean()):.0f}%"
        told.append(words("spread_page.answer.at_line", line=f"{each:g}", share=share))
    lines = words("spread_page.answer.lines", seed=1, seeds=seeds, shares=words("list").join(told))
    assert lines in opening, "the headline is of all countries, these are of one"
    assert words("spread_page.taught.restated") in Page(to_html(document)).sections["taught"]
    assert {"moves", "literature"}.isdisjoint(section.anchor for section in document.sections)


@both
def test_what_is_told_of_a_real_city_is_the_papers(lang: Lang) -> None:
    setting = city_sections(LIBRARY, "taicang", lang)[0]
    assert Words(lang)("cards.told_by_paper") in str(setting.blocks)
    kind = Words(lang)("deck.kind", governance="G", city="Guiyang")
    assert {"en": "invented", "zh": "虚构"}[lang] in kind
