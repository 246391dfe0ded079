"""The report of an experiment: what its reader sees first, what is held against it, and that it claims no more."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.async_playwright import Axe
from PIL import Image

import sandbox.experiment.analysis.analysis
import sandbox.report.pages.experiment
from sandbox.content.experiment_card import Design
from sandbox.content.language import Lang
from sandbox.content.program import own_version
from sandbox.content.words import Words
from sandbox.experiment.analysis.analysis import Analysis, analyse
from sandbox.experiment.analysis.apart import incompatibility
from sandbox.experiment.analysis.frames import write_effects
from sandbox.experiment.analysis.pairs import Pair
from sandbox.experiment.planning.locking import Lock
from sandbox.experiment.planning.players import Known
from sandbox.report.document import drawing
from sandbox.report.document.blocks import Block, ReportDocument, every_block
from sandbox.report.document.chart import ASIDE, Chart, Dot, Scale, Strip
from sandbox.report.document.docx import to_docx
from sandbox.report.document.drawing import chart_files
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.figures import chance, change, end, finer, percent, points
from sandbox.report.pages.experiment import _said, experiment_report
from sandbox.report.pages.experiment.arms import told as told_apart
from sandbox.report.pages.experiment.figures import _few
from sandbox.report.pages.experiment.reader import ExperimentReader
from sandbox.report.pages.experiment.warnings import of_rules
from tests.content.folders import LIBRARY
from tests.experiment.quick import split_nothing
from tests.experiment.simulated import BASE, design_of, hypothesis, rows_of
from tests.report.reader import Page, latin_words, table_rows, words_of
from tests.web.served import browser

ARM, OUTCOME, VOICES = "joint_production", "questions_settled", "turn_share_residents"
_WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
# Of each strip its width and height, and how many of its dots lie outside of it.
_STRIPS = """Array.from(document.querySelectorAll("tr:not(.axis) .strip svg")).map(svg => {
  const box = svg.getBoundingClientRect();
  const out = Array.from(svg.querySelectorAll("circle")).filter(dot => {
    const one = dot.getBoundingClientRect();
    return one.left < box.left - 6 || one.right > box.right + 6 || one.top < box.top - 1 || one.bottom > box.bottom + 2;
  });
  return [box.width, box.height, out.length];
})"""
STATISTICS = (
    "SESOI", "TOST", "REML", "Holm", "Webb", "Benjamini", "Hochberg", "Krippendorff",
    "wild cluster bootstrap-t", "法t检验",
)  # fmt: skip
MOMENTS = ("start", "training", "public_engagement")


def lock(**changes: Any) -> Lock:
    held: dict[str, Any] = {
        "digest": "ab" * 32, "hypotheses": {OUTCOME: "1", VOICES: "2"}, "time": "2026-11-27T10:00:00+00:00",
        "replicates": 3, "added_replicates": 0, "added_levels": {}, "added_hypotheses": (),
        "player": ("some-model", "free"),
    }  # fmt: skip
    return Lock(**held | changes)


_analysed: dict[str, Analysis] = {}


def analysis_of(**changes: Any) -> Analysis:
    """Analyse a simulated experiment, once for all tests of this process that change the same of it."""
    key = repr(sorted(changes.items()))
    if key not in _analysed:
        _analysed[key] = _analysis_of(**changes)
    return _analysed[key]


def _analysis_of(
    *, truth: float = 0.3, alone: float | None = 0.2, cases: int = 8, named: bool = True, plan: Lock | None = None,
    drop: int = 0, silent: bool = False, decided: float = 0.5, split: bool = False, replicates: int = 3, **more: Any,
) -> Analysis:  # fmt: skip
    """Analyse a simulated experiment of two hypotheses and a further outcome."""
    asked = (
        [hypothesis(OUTCOME, primary=True), hypothesis(VOICES, direction="different", smallest=0.05)] if named else []
    )
    design = design_of(*asked, cases=cases, replicates=replicates)
    effects = {OUTCOME: {ARM: truth}, VOICES: {ARM: 0.0}, "lines": {ARM: 0.3}}
    rules = None if alone is None else {OUTCOME: {ARM: alone}}
    rows = rows_of(design, np.random.default_rng(3), effects, alone=rules, spreads=(0.1, 0.03, 0.05, 0.08))
    for row in rows:
        row["outcomes"] |= {"hierarchical": row["outcomes"].get(OUTCOME), "horizontal": 0.4}
        row["outcomes"]["decided"] = decided if row["arm"] == ARM else 0.5
        row["by_rules"] = row["null"] or silent
        row["usage"] = {} if row["null"] else {"calls": 40, "prompt": 90_000, "cached": 0, "completion": 3_000}
        row["pulses"] = {moment: {"trust": 3.0, "conviction": 3.1, "burden": 2.9} for moment in MOMENTS}
    failures = [{**row, "reason": "answers stay unusable"} for row in rows[:drop]]
    how = analyse if split else unsplit
    return how(design, rows[drop:], failures=failures, lock=plan, model="some-model", style="free", **more)


def unsplit(*arguments: Any, **more: Any) -> Analysis:
    """Analyse sessions without splitting their variance."""
    with pytest.MonkeyPatch.context() as patched:
        split_nothing(patched)
        return analyse(*arguments, **more)


_pages: dict[tuple[int, Lang], tuple[Analysis, str, Page]] = {}


def page_of(analysis: Analysis, lang: Lang = "en") -> tuple[str, Page]:
    """Return the report of an analysis, written once for all tests of this process, which leave it as it is."""
    key = id(analysis), lang  # the analysis is kept, so that no other has its id
    if key not in _pages:
        text = to_html(experiment_report(analysis, LIBRARY, lang))
        _pages[key] = analysis, text, Page(text)
    return _pages[key][1:]


def section(analysis: Analysis, name: str, lang: Any = "en") -> str:
    """Return the text of a section of an analysis' report."""
    return " ".join(page_of(analysis, lang)[1].sections[name].split())


def first_screen(page: Page) -> str:
    """Return what stands before the sections."""
    return " ".join(page.sections[""].split())


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analysis_of(plan=lock(), drop=2, split=True)


def test_the_first_screen_answers_the_question_in_words_and_as_a_figure(analysis: Analysis) -> None:
    text, page = page_of(analysis)
    words = first_screen(page)
    assert words.index("Does it find what is there?") < words.index("Questions settled: ")
    lead = r"Questions settled: \d\d% under Joint production, \d\d% under Command\. That is \+\d\d points, "
    assert re.search(lead[:-2] + r" \(95% confidence interval: \+\d\d to \+\d\d points\)\.", words)
    assert "It was expected to be higher, and it is" in words
    assert re.search(
        r"no model speaking, the difference is \+\d\d points \([^)]+\)\. That is \d\d% \(\d\d% to \d\d%\) of it", words
    )
    assert words.index("That is") < words.index("The hypotheses, each against") < words.index("Compared with")
    assert "no evidence about real cities" in words
    figure = text[text.index('<figure class="chart">') : text.index("</figure>")]
    assert [row[0] for row in table_rows(figure)[1:3]] == [
        "Questions settled, Joint production as expected (at least the smallest that matters) · primary",
        "Residents’ share of the lines, Joint production cannot tell",
    ]
    assert figure.count('class="dot"') == 4  # two effects, each with that of the rules alone
    assert figure.count('class="aside"') == 2


def test_both_languages_say_the_same_figures(analysis: Analysis) -> None:
    english, chinese = (page_of(analysis, lang)[1] for lang in ("en", "zh"))
    for page in (english, chinese):
        assert page.open == []
    numbers = [re.findall(r"\d+(?:\.\d+)?", first_screen(page)) for page in (english, chinese)]
    assert sorted(numbers[0]) == sorted(numbers[1])
    assert list(english.sections) == list(chinese.sections)
    allowed = ("some-model", "simulated", "Simulated", "Does it find what is there?", "answers stay unusable",
               *STATISTICS, *analysis.versions)  # fmt: skip
    code = chinese.sections["repeat"]
    assert own_version() in code
    assert "发言（free）0.8，每重写一次加0.1" in code
    assert "Webb 2023" in chinese.sections["references"]
    assert "sandbox experiment report simulated" in code
    assert (
        f"引用格式 governance-sandbox {own_version()}：实验“Simulated”（simulated）。设计{analysis.digest[:16]}，"
        in " ".join(code.split())
    )
    told = (
        text for name, text in chinese.sections.items() if name not in ("repeat", "references", "told")
    )  # as prompts have it
    assert latin_words("\n".join(told), *allowed) == set()
    assert "不构成关于现实城市的证据" in first_screen(chinese)


def test_every_section_has_its_findings(analysis: Analysis) -> None:
    page = page_of(analysis)[1]
    found = {name: " ".join(words.split()) for name, words in page.sections.items()}
    assert list(found) == [
        "", "arms", "told", "hypotheses", "scenarios", "rules-alone", "values", "effects", "turns", "apart", "pulses",
        "variance", "account", "methods", "limits", "references", "repeat",
    ]  # fmt: skip
    for told in ("Superiors decide and departments carry out", "the chair alone", "Who decides, by case", "mayor"):
        assert told in found["arms"]
    assert "Acts of official" in found["arms"]
    assert "Who holds the position “official”" not in found["arms"], "the same kinds hold it in both arms"
    assert "Plan as it stands, by itself" in found["repeat"]
    assert "Lock, with who plays" in found["repeat"]
    assert "a council of their own decides" in found["told"]
    assert "the stage Public engagement opens in the case The four o'clock school" in found["told"]
    assert ("who chairs" in found["told"], "No model played free" in found["told"]) == (True, False)
    assert "holds residents’ share of those who decide, which the arm’s rules set" in found["effects"]
    assert "confirmatory" in found["hypotheses"]
    assert "The four o'clock school" in found["scenarios"]
    assert "Beyond the rules" in found["rules-alone"]
    assert found["values"].count("sessions") >= 4
    assert "Lines" in found["effects"]
    assert "Residents’ share of the lines" in found["turns"]
    assert "By the mixed model" not in found["variance"]
    assert "to hold against those above" in found["variance"]
    assert "2: answers stay unusable" in found["account"]
    assert "flips the signs of whole cases" in found["methods"]
    assert "4,999" in found["methods"]
    assert "Deviations from the locked plan None." in found["limits"]
    assert analysis.sessions_digest in found["repeat"]
    assert (
        f"Cite as governance-sandbox {own_version()}: experiment “Simulated” (simulated). Design "
        f"{analysis.digest[:16]}, locked on 2026-11-27; content –; seed {analysis.design.seed}; sessions "
        f"{analysis.sessions_digest[:16]}, played"
    ) in found["repeat"]
    assert "turns (free) 0.8, and 0.1 more with each further wording" in found["repeat"]
    for name in ("values", "turns", "apart"):
        assert re.search(r"\d+ sessions", found[name]), f"{name}: of how many"
    for name in ("values", "turns", "apart"):
        assert re.search(r"\d%? \(\d[.\d]*%? to \d[.\d]*%?\)", found[name]), f"{name}: means have intervals"
    for item in ("Questions settled", "1 less “Plan sections of one’s own”", "P: needs met", "Promises stood by"):
        assert item in found["apart"], "indicators have the names of the outcomes"
    assert re.search(r"\d \(all alike, no interval\)", found["pulses"]), "but for those of sessions that do not differ"


CARES: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
    ({"cases": 4, "alone": None}, ("With fewer than six, tests and intervals are about these cases",
                                   "No sessions by the rules alone stand beside these")),
    ({"cases": 1}, ("Nothing is said about other cases", "none of them could have been confirmed")),
    ({"left": 7, "drop": 3}, ("every hypothesis counts as exploratory", "7 sessions are still to be played",
                              "3 sessions failed")),
    ({"plan": lock(hypotheses={OUTCOME: "1"}), "drop": 1}, (
        "so exploratory: Residents’ share of the lines", "lacks the outcome: Questions settled, Joint production")),
    ({"silent": True, "alone": None}, ("follows from the rules that were written. By the rules alone each act",)),
)  # fmt: skip


def test_the_mixed_model_is_pointed_to_where_it_says_something(analysis: Analysis) -> None:
    few = analysis_of(cases=4, alone=None)
    assert "stands under “Where the variance lies”" not in first_screen(page_of(few)[1]), "no model was fitted"
    fitted = replace(few, components=analysis.components)
    assert "stands under “Where the variance lies”" in first_screen(page_of(fitted)[1])


def test_what_speaks_against_it_is_said_first() -> None:
    for changes, said in CARES:
        screen = first_screen(page_of(analysis_of(**changes))[1])
        assert [part for part in said if part not in screen] == [], changes


def test_a_lock_holds_for_who_plays_and_another_player_makes_all_exploratory() -> None:
    def confirmed(found: Analysis) -> set[bool]:
        return {item.confirmatory for item in found.effects.tested}

    own, other = (
        Known("here.sqlite", ("a",), ("some-model", "free")),
        Known("cards.sqlite", ("b",), ("cards", "directed")),
    )
    held = analysis_of(plan=lock(), beside=[other])
    assert confirmed(held) == {True}
    assert "locked on 2026-11-27, for some-model, turns chosen by the model" in first_screen(page_of(held)[1])
    assert "not analysed here: cards.sqlite (the cards alone)." in page_of(held)[1].sections["limits"]
    strange = analysis_of(plan=lock(player=("none", "rules")))
    assert confirmed(strange) == {False}
    assert "The plan was locked for the rules alone, and some-model" in first_screen(page_of(strange)[1])
    assert "方案锁定时指定的扮演者是“只按规则”" in first_screen(page_of(strange, "zh")[1])
    nobody = lock(player=None)
    assert confirmed(analysis_of(plan=nobody)) == confirmed(analysis_of(plan=nobody, beside=[own])) == {True}
    tried = analysis_of(plan=nobody, beside=[own, other])
    assert confirmed(tried) == {False}
    assert "others have played the same design: cards.sqlite (the cards alone)" in first_screen(page_of(tried)[1])
    assert "锁定时未指定扮演者" in first_screen(page_of(tried, "zh")[1])
    varied = design_of(hypothesis(OUTCOME, primary=True), factors={"model": ["m1", "m2"]})
    rows = rows_of(varied, np.random.default_rng(3), {OUTCOME: {ARM: 0.3}}, models=("m1", "m2"))
    assert confirmed(unsplit(varied, rows, lock=nobody, model="none", style="rules", beside=[other])) == {True}


@cache
def judged_analysis(*reliable: str) -> Analysis:
    """Analyse an experiment of two models and two judges, whose primary hypothesis is on a judged level."""
    asked = [hypothesis("judged_trust", primary=True, smallest=0.5), hypothesis(OUTCOME)]
    design = design_of(*asked, cases=6, replicates=2, factors={"model": ["m1", "m2"]}, judge="strict, mild")
    truth = {"judged_trust": {ARM: 0.2}, OUTCOME: {ARM: 0.3}}
    rows = rows_of(design, np.random.default_rng(3), truth, models=("m1", "m2"))
    noise = np.random.default_rng(4)
    votes = {row["id"]: {"judged_trust": {"strict": 2.0, "mild": 3.0 + noise.integers(0, 2)}} for row in rows}
    lock_of = lock(hypotheses={OUTCOME: "1", "judged_trust": "2"})
    statuses = {row["id"]: {"judged_trust": "unsupported" if row["arm"] == ARM else "supported"} for row in rows}
    statuses[rows[0]["id"]] = {"judged_trust": "refused"}
    return analyse(design, rows, lock=lock_of, votes=votes, reliable=reliable, statuses=statuses)


def test_how_low_the_bar_of_a_reliable_judge_is_stands_on_the_first_screen() -> None:
    held, not_measured = (
        first_screen(page_of(found)[1]) for found in (judged_analysis("judged_trust"), judged_analysis())
    )
    assert "is called so in 13 of 100 calibrations" in held
    assert "no guarantee" not in not_measured


def test_rules_that_were_inferred_and_that_p_hangs_on_decisions_are_said_first() -> None:
    screen = first_screen(page_of(analysis_of())[1])
    assert "Rules of 2 models (Command, Joint production) are not in the paper" in screen
    assert len(re.findall("how the body decides", screen)) == 0, "which they are stands under limits"
    limits = " ".join(page_of(analysis_of())[1].sections["limits"].split())
    assert "Joint production: how the body decides; what is heard and read; who pays and who assesses" in limits
    assert "Command: who pays and who assesses" in limits, "how command decides stands in the paper"
    assert "(P) counts for the most part what a carried decision contains" not in screen, "all arms decide alike here"
    others = " ".join(page_of(analysis_of())[1].sections["effects"].split())
    assert "Assessment from the side (P) for comparison only: the rules of Command ask nobody for P" in others
    apart = analysis_of(decided=1.0)
    assert "(P) counts for the most part what a carried decision contains" in first_screen(page_of(apart)[1])


def test_what_the_rules_set_of_p_is_told_where_something_is_decided_and_taken_off_over_the_same_sessions() -> None:
    design = design_of(hypothesis("horizontal_carried"), cases=6, replicates=1)
    truth = {"horizontal_carried": {ARM: 0.3}, "horizontal_carried_beside_share": {ARM: 0.1}}
    rows = rows_of(design, np.random.default_rng(3), truth)
    set_there = "holds residents’ share of those who decide, which the arm’s rules set"

    def told() -> list[str]:
        return of_rules(ExperimentReader(unsplit(design, rows), LIBRARY, "en"), "horizontal_carried", BASE, ARM)

    unasked, share = told()
    assert unasked == "for comparison only: the rules of Command ask nobody for P"
    assert share.startswith(f"{set_there} (without it +0.")
    rows[0]["outcomes"]["horizontal_carried"] = None
    assert told() == [unasked, set_there]


def test_what_arms_are_told_is_held_against_each_other_under_each_model(analysis: Analysis) -> None:
    models = ["government_community_interaction", "one_core_multiple_actors"]
    varied = {"governance": models, "rules": {"no_veto": ["aggregation.veto=[]"], "quiet": ["aggregation.quorum=2"]}}
    plan = design_of(cases=1).model_dump(mode="json") | {"arms": "rules", "base": "no_veto"}
    plan["factors"] = {"scenario": plan["factors"]["scenario"], **varied}
    section = told_apart(ExperimentReader(replace(analysis, design=Design.model_validate(plan)), LIBRARY, "en"))
    assert section is not None
    shown = to_markdown(document(*section.blocks))
    assert "Government–community interaction: None: in what every seat reads the arms do not differ." in shown
    assert "More than half of the votes cast carry a motion, of 2 at least; a vote against it by" in shown
    assert "To be settled" not in shown, "what all of them read"
    by_model = told_apart(ExperimentReader(analysis, LIBRARY, "en"))
    assert by_model is not None
    rooms = [line for line in to_markdown(document(*by_model.blocks)).splitlines() if "In the room:" in line]
    assert rooms
    assert all("…" not in line and not line.endswith(";") for line in rooms), "whole sentences"


def test_two_arms_are_compared_where_a_hypothesis_says_so_and_who_decides_is_told_and_not_tested(
    tmp_path: Path,
) -> None:
    other = "three_social_interaction"
    between = {**hypothesis(VOICES, other), "id": "between", "base": ARM}
    asked = (hypothesis(OUTCOME), between, hypothesis("decision_share"))
    design = design_of(*asked, cases=8, replicates=1, arms=(BASE, ARM, other))
    truth = {VOICES: {ARM: 0.1, other: 0.4}, "decision_share": {ARM: 0.5}, "lines": {ARM: 0.3}, OUTCOME: {ARM: 0.3}}
    analysis = unsplit(design, rows_of(design, np.random.default_rng(3), truth))
    _, apart, ruled = analysis.effects.tested
    assert apart.effect is not None
    assert (apart.effect.base, apart.verdict) == (ARM, "supported")
    assert apart.effect.pair.estimate == pytest.approx(0.3, abs=0.12)
    assert apart.p == pytest.approx(apart.effect.pair.p_permutation), (
        "who decides is no test, and no part of its family"
    )
    assert ruled.effect is not None
    assert (ruled.verdict, ruled.p, ruled.p_equivalence, ruled.effect.pair.low) == ("ruled", None, None, None)
    others = {(effect.arm, effect.outcome): effect.q for effect in analysis.effects.others}
    assert (others[other, "decision_share"], others[other, VOICES] is None) == (None, False)
    shown = page_of(analysis)[1].text
    for told in (
        "Three-social interaction against Joint production", "more than under what it is compared with",
        "set by the rules", "votes among them, and who votes is a rule of the arm",
    ):  # fmt: skip
        assert told in shown
    assert "三社互动对比共同缔造" in page_of(analysis, "zh")[1].text
    rows = pd.read_parquet(write_effects(analysis, tmp_path))
    tests = ["p_permutation", "p_bootstrap", "p_least", "d", "low", "q"]
    assert set(rows["ruled"]) == {True, False}
    assert rows.loc[rows["ruled"], tests].isna().all(axis=None)
    assert rows.loc[~rows["ruled"], "p_permutation"].notna().all()
    (row,) = (row for row in table_rows(page_of(analysis)[0]) if row[0].startswith("P: residents") and len(row) == 5)
    assert row[3:] == ["–", "set by the rules"], "it has no standardised effect"


def test_levels_of_judges_who_were_not_measured_answer_nothing() -> None:
    page = page_of(judged_analysis())[1]
    words = first_screen(page)
    assert "The primary hypothesis (Judged level: trust, Joint production) is about levels by judges who were" in words
    assert "primary: Judged level: trust, Joint production" in words
    assert "under Joint production," not in words
    found = {name: " ".join(text.split()) for name, text in page.sections.items()}
    assert "too small to matter · primary" not in words
    assert re.search(r"Judged level: trust not measured reliable mild: 3\.\d\d strict: 2\.00 48 ", found["judges"])
    stand = "levels whose quotes stand: Command 23 of 23; Joint production 0 of 24"
    assert "Most quotes of the judge do not stand in the lines named" in words
    assert f"Judged level: trust ({stand})" in words
    assert stand in found["hypotheses"]
    assert "Judged level: trust Command 23 0 0 1 Judged level: trust Joint production 0 24 0 0" in found["judges"]
    assert "Judge by session" in found["variance"]
    assert "Krippendorff" in found["methods"]
    assert "by: Model" in found["across"]
    assert "m1 12 blocks" in found["across"]
    assert "estimates point the same way at every level" in found["across"]


def test_the_figures_behind_a_report_are_a_table(analysis: Analysis, tmp_path: Path) -> None:
    effects = pd.read_parquet(write_effects(judged_analysis(), tmp_path))
    whole = effects[(effects["outcome"] == OUTCOME) & (effects["factor"] == "")]
    assert whole[["hypothesis", "side", "verdict"]].to_numpy().tolist() == [[OUTCOME, "model", "supported"]]
    assert set(effects["factor"]) == {"", "scenario", "model"}
    assert effects.loc[effects["factor"] == "model", "p_holm"].isna().all()
    more = effects[effects["side"] == "more"]
    assert set(more["level"]) == {"m2"}, "against the first level"
    alone = pd.read_parquet(write_effects(analysis, tmp_path))
    assert set(alone["side"]) == {"model", "rules", "beyond"}


def test_growth_after_the_lock_is_a_deviation_that_is_named() -> None:
    plan = lock(added_replicates=1, added_levels={"scenario": ("clean_up",)}, added_hypotheses=(VOICES,))
    limits = " ".join(page_of(analysis_of(plan=plan))[1].sections["limits"].split())
    assert "1 more replicate; more levels of Case: Brooms and property fees" in limits
    assert "more hypotheses, which are exploratory: Residents’ share of the lines, Joint production" in limits


def test_sessions_that_were_played_before_the_lock_make_all_hypotheses_exploratory() -> None:
    late = analysis_of(plan=lock(), early=5)
    text, page = page_of(late)
    green = 'class="tag good"'
    assert green not in text
    assert green in page_of(analysis_of(plan=lock()))[0]
    words, limits = first_screen(page), " ".join(page.sections["limits"].split())
    assert "This is exploratory, for what stands under “Read with care”" in words
    assert "locked on 2026-11-27; 5 of 48 sessions were not played under it" in words
    assert "5 of 48 sessions had been played before the plan was locked (here, or with the same seeds in" in words
    assert "Named after the plan was locked" not in words
    assert "Deviations from the locked plan 5 of 48 sessions had been played before" in limits
    assert "confirmatory" not in page.sections["hypotheses"]
    assert "共48场，其中5场在锁定方案之前已经完成" in first_screen(page_of(late, "zh")[1])
    assert "locked on 2026-11-27" in first_screen(page_of(analysis_of(plan=lock()))[1])


def test_sessions_that_other_stores_held_when_the_plan_was_locked_are_told() -> None:
    seen = analysis_of(plan=lock(), elsewhere={"before.sqlite": 12, "postgresql://lab@db/lab": 3})
    page = page_of(seen)[1]
    assert "in other stores: before.sqlite (12), postgresql://lab@db/lab (3). Whoever" in first_screen(page)
    assert "are not analysed here: before.sqlite (12)" in " ".join(page.sections["limits"].split())
    assert "别的数据库里已有本实验完成的场次：before.sqlite（12）、postgresql://lab@db/lab（3）" in first_screen(
        page_of(seen, "zh")[1]
    )


def test_a_locked_hypothesis_is_tested_on_the_locked_plan_and_growth_stands_beside_it(tmp_path: Path) -> None:
    grown = analysis_of(plan=lock(replicates=2, added_replicates=1), split=True)
    page = page_of(grown)[1]
    words = first_screen(page)
    assert "tested on the 32 sessions of the locked plan alone. 16 others came later" in words
    assert "Whoever looks again and again, and stops or adds sessions by what is seen, will find a small p" in words
    assert "tested on the 32 sessions of the locked plan alone." in " ".join(page.sections["limits"].split())
    shown = " ".join(page.sections["hypotheses"].split())
    assert shown.index("confirmatory") < shown.index("This is exploratory") < shown.index("p, not adjusted")
    assert "The plan has grown since it was locked." in " ".join(page.sections["variance"].split())
    assert "锁定的假设只用锁定方案的32场来检验；另有16场" in first_screen(page_of(grown, "zh")[1])
    tables = pd.read_parquet(write_effects(grown, tmp_path))
    of_first = tables[(tables["hypothesis"] == OUTCOME) & (tables["factor"] == "")].set_index("side")
    assert of_first.loc[["model", "grown"], ["pairs", "confirmatory"]].to_numpy().tolist() == [[16, True], [24, False]]
    alone = first_screen(page_of(analysis_of(plan=lock()))[1])
    assert "Whoever looks again" not in alone
    assert "Whoever looks again" in first_screen(page_of(analysis_of(plan=lock(), left=3))[1])


def test_what_cannot_be_told_stands_beside_what_would_have_been_found() -> None:
    undecided = analysis_of(truth=0.08, alone=None)
    words = first_screen(page_of(undecided)[1])
    found = r"a difference of about (\d+|\d\.\d) points in 8 of 10 experiments .* that matters is 10 points"
    assert re.search(f"The sessions cannot tell .* {found}", words)


def test_without_hypotheses_the_strongest_effects_come_first_and_are_exploratory() -> None:
    words = first_screen(page_of(analysis_of(named=False))[1])
    assert "No hypothesis was named before. All that follows is exploratory." in words
    assert "The strongest effects, all exploratory" in words


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_ranks_no_city_and_no_governance_model(analysis: Analysis, lang: Lang) -> None:
    texts = [page_of(one, lang)[1].text for one in (analysis, analysis_of(named=False))]
    claims = r"\b(better|best|worse|worst|superior|wins?|succeeds?|proves?)\b|更好|最好|更差|优于|胜过|证明"
    assert [re.findall(claims, text) for text in texts] == [[], []]
    caution = "no evidence about real cities" if lang == "en" else "不构成关于现实城市的证据"
    assert all(text.count(caution) >= 2 for text in texts)


def test_every_word_of_the_group_is_used() -> None:
    folder = Path(sandbox.report.pages.experiment.__file__).parent
    files = [folder.parent / "parts.py", *sorted(folder.glob("*.py"))]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    spoken = set(re.findall(r"[\"']([a-z_]+(?:\.[a-z_]+)*)[\"']", code))
    starts = (*re.findall(r"f[\"']([a-z_]+\.(?:[a-z_]+_)?)\{", code),)
    starts += tuple(f"{key}." for key in re.findall(r"\.facts\(\"([a-z_]+)\"", code))
    keys = [key.removeprefix("experiment_report.") for key in Words("en") if key.startswith("experiment_report.")]
    assert len(keys) > 150
    assert [
        key for key in keys if not spoken & {key, re.sub(r"\.(one|more)$", "", key)} and not key.startswith(starts)
    ] == []


CHART = Chart(
    "chart", "Effects", ("Name", "Effect", "Rules"), Scale.over((-0.2, 0.7), "points $x$", zero=0.0, band=(-0.1, 0.1)),
    (
        Strip("first, which has a long name that goes over two lines", (Dot(0.3, 0.1, 0.5), Dot(None, series=ASIDE)),
              ("+0.30 (0.10 to 0.50)", "–"), "as expected", "chart", True),
        Strip("second", (Dot(-0.1, -0.2, 0.0, faint=(-0.2, 0.0)), Dot(0.7, series=ASIDE)), ("-0.10", "0.70")),
    ),
    ((0, "model"), (ASIDE, "rules")),
)  # fmt: skip


def document(*shown: Block) -> ReportDocument:
    from tests.report.test_document import document_of

    return document_of(*shown)


def test_a_chart_says_the_same_in_every_format() -> None:
    html, text = to_html(document(CHART)), to_markdown(document(CHART))
    page = Page(html)
    assert page.open == []
    for words in ("first", "+0.30 (0.10 to 0.50)", "as expected", "-0.10", "0.70", "Effects", "points $x$"):
        assert words in words_of(html)
        assert words in text.replace("\\", "")
    assert "| second | -0.10 | 0.70 |" in text
    data = to_docx(document(CHART))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert [name for name in archive.namelist() if name.endswith(".png")] == ["word/media/image1.png"]
        assert "+0.30 (0.10 to 0.50)" in archive.read("word/document.xml").decode()
    assert to_docx(document(CHART)) == data


def test_single_values_that_are_alike_are_one_circle_as_large_as_their_number() -> None:
    chart = replace(CHART, strips=(Strip("s", (Dot(0.1, faint=(0.0,) * 16 + (0.5,) * 4),), ("0.10",)),))
    assert chart.crowd(chart.strips[0].dots[0]) == [(0.0, 1.0), (0.5, 0.5)]
    assert len(re.findall(r'class="faint"', to_html(document(chart)))) == 2


def figures_of(analysis: Analysis, lang: Lang = "en") -> dict[str, Chart]:
    return {
        each.anchor: each for each in every_block(experiment_report(analysis, LIBRARY, lang)) if isinstance(each, Chart)
    }


@pytest.mark.parametrize(("lang", "none", "some"), [
    ("en", "No 95% intervals", "Bars are 95% confidence intervals"), ("zh", "未画95%区间", "横条为95%置信区间"),
])  # fmt: skip
def test_a_figure_names_intervals_that_are_drawn_or_says_why_there_are_none(
    analysis: Analysis, lang: Lang, none: str, some: str
) -> None:
    for name, chart in figures_of(analysis_of(cases=1, replicates=2), lang).items():
        assert not any(dot.low is not None for strip in chart.strips for dot in strip.dots), name
        assert none in chart.scale.title, name
        assert "95" not in chart.head[-1], name
    assert some in figures_of(analysis, lang)["sides"].scale.title


def test_shares_and_levels_are_drawn_on_the_whole_of_their_scale_and_every_session_is_there(analysis: Analysis) -> None:
    charts = figures_of(analysis)
    for name, ends in (
        (f"values-{VOICES}", (0, 1)),
        ("turn-shares", (0, 1)),
        ("sides", (0, 1)),
        ("pulse-trust", (1, 5)),
    ):
        assert (charts[name].scale.low, charts[name].scale.high) == ends
    drawn = [len(strip.dots[0].faint) for strip in charts[f"values-{OUTCOME}"].strips]
    assert drawn == [len(values) for values in analysis.values[OUTCOME].values()]


def test_a_scale_holds_its_values_at_round_ticks() -> None:
    scale = CHART.scale
    assert [scale.low, scale.high] == pytest.approx([-0.25, 0.75])
    assert [words for _, words in scale.ticks] == ["−0.25", "0", "0.25", "0.5", "0.75"]
    assert [scale.place(value) for value in (-0.25, 0.25, 9)] == pytest.approx([0.0, 0.5, 1.0])
    assert Scale.over((), "").low < Scale.over((), "").high
    assert Scale.over((3.0, 3.0), "", least=1.0).place(3.0) == pytest.approx(0.5, abs=0.3)


def test_charts_are_files_for_papers(analysis: Analysis, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = drawing._pictures
    monkeypatch.setattr(drawing, "_pictures", lambda *_, **__: {"svg": b"one", "png": b"one"})
    report = experiment_report(analysis, LIBRARY, "en")
    files = chart_files(report)
    names = {name.partition(".")[0] for name in files}
    assert {"forest", f"cases-{OUTCOME}", f"values-{OUTCOME}", "sides", "pulse-trust"} <= names
    assert {name.rpartition(".")[2] for name in files} == {"svg", "png"}
    monkeypatch.setattr(drawing, "_pictures", draw)
    files = chart_files(replace(report, sections=()))
    written = re.findall(r">([^<]+)</text>", files["forest.svg"].decode())
    assert "Questions settled, Joint production" in " ".join(written)
    with Image.open(io.BytesIO(files["forest.png"])) as picture:
        assert picture.width == 1680, "14 cm at 300 dots an inch"
        assert len(picture.convert("RGB").getcolors(1 << 20) or ()) > 20


def test_chinese_text_stays_text_where_there_is_no_font_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_CHINESE", ("No such font",))
    drawing._font.cache_clear()
    try:
        strip = replace(CHART.strips[1], name="议定事项比例")
        files = chart_files(replace(document(replace(CHART, strips=(strip,))), lang="zh"))
        assert {name.rpartition(".")[2] for name in files} == {"svg"}
        assert "议定事项比例" in next(iter(files.values())).decode()
    finally:
        drawing._font.cache_clear()


def test_without_matplotlib_a_word_file_has_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_font", lambda _: None)
    with zipfile.ZipFile(io.BytesIO(to_docx(document(CHART)))) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".png")]
        assert "points $x$" in archive.read("word/document.xml").decode()


def test_the_report_is_the_same_bytes_each_time(analysis: Analysis) -> None:
    assert to_html(experiment_report(analysis, LIBRARY, "en")) == page_of(analysis)[0]


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 1280])
async def test_the_report_fits_and_its_charts_are_seen(
    analysis: Analysis, tmp_path: Path, lang: Lang, width: int
) -> None:
    path = tmp_path / "report.html"
    path.write_text(page_of(analysis, lang)[0], encoding="utf-8")
    async with browser() as chromium:
        page = await chromium.new_page(viewport={"width": width, "height": 800})
        await page.goto(path.as_uri())
        scroll, client = await page.evaluate(_WIDTHS)
        strips = await page.evaluate(_STRIPS)
        charts = await page.locator("figure.chart").count()
        found = await Axe().run(page)
    assert scroll <= client
    assert len(strips) > charts > 5
    assert all(wide > 150 and high > 15 for wide, high, _ in strips)
    assert [out for _, _, out in strips if out] == []
    assert [item["id"] for item in found.response["violations"]] == []


def test_the_same_sessions_give_the_same_figures_in_any_order() -> None:
    design = design_of(hypothesis(OUTCOME, primary=True), cases=3, replicates=4, factors={"lang": ["en", "zh"]})
    rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.3}, VOICES: {ARM: 0.1}})
    for place, row in enumerate(rows):
        row["cell"] = {**row["cell"], "lang": ("en", "zh")[place % 2]}
        row["outcomes"] |= {"hierarchical": row["outcomes"][OUTCOME], "horizontal": row["outcomes"][VOICES]}
    first = analyse(design, rows).as_dict()
    shuffled = [rows[place] for place in np.random.default_rng(5).permutation(len(rows))]
    assert analyse(design, shuffled).as_dict() == first
    assert first["apart"][0]["p"] is not None


def test_the_shuffle_of_an_analysis_hangs_on_the_order_of_cases_alone_and_not_on_their_names() -> None:
    values = np.random.default_rng(1).random((30, 2)).tolist()

    def p(prefix: str) -> float | None:
        rows = [
            {"arm": "a", "scenario": f"{prefix}{place % 3}", "replicate": place, "cell": {},
             "outcomes": {"hierarchical": above, "horizontal": beside}}
            for place, (above, beside) in enumerate(values)
        ]  # fmt: skip
        return incompatibility(rows, "governance", 2)[0].p

    assert len({p(prefix) for prefix in "abc"}) == 1


def test_what_the_rules_alone_make_is_not_sold_as_a_finding() -> None:
    asked = [hypothesis(OUTCOME, primary=True), hypothesis("decided", direction="lower")]
    factors = {"city": ["none", "chengdu"], "lang": ["en", "zh"]}
    design = design_of(*asked, cases=3, replicates=4, factors=factors)
    rows = []
    for city in factors["city"]:
        for row in rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.3}, "decided": {ARM: -0.5}}):
            cell = {**row["cell"], "city": city, "lang": "en"}
            rows.append(
                {**row, "id": city + row["id"], "block": f"{city}/{row['block']}", "cell": cell, "by_rules": True}
            )
    for row in rows:
        row["outcomes"]["decided"] = 1.0 if row["arm"] == "command" else float(row["replicate"] % 2)
    analysis = unsplit(design, rows, model="none", style="rules")
    _, page = page_of(analysis)
    words = first_screen(page)
    assert analysis.inert == ("city", "lang")
    assert "across" not in page.sections
    assert "The rules alone give the same value in every session (Decided under Command: 100%)." in words
    assert "Go by how large it is" in words
    assert "in these 3 cases alone" not in words
    assert "for these 3 cases alone; from case to case the difference goes from" in words
    assert "none (the rules alone)" in words
    methods = " ".join(page.sections["methods"].split())
    assert "City: no city, Chengdu; Language: English, Chinese. Not looked at by level" in methods
    assert "sandbox experiment run mine --content c --model none" in page_of_named(analysis, "mine --content c")


def page_of_named(analysis: Analysis, named: str) -> str:
    return " ".join(Page(to_html(experiment_report(analysis, LIBRARY, "en", named))).sections["repeat"].split())


def test_a_verdict_says_how_large_an_effect_is() -> None:
    def size(truth: float, smallest: float) -> tuple[str, str]:
        design = design_of(hypothesis(OUTCOME, primary=True, smallest=smallest), cases=8, replicates=3)
        rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: truth}}, spreads=(0.1, 0.03, 0.05, 0.08))
        tested = unsplit(design, rows).effects.tested[0]
        return tested.verdict, tested.size

    assert size(0.3, 0.1) == ("supported", "matters")
    assert size(0.3, 0.3) == ("supported", "some")
    assert size(0.1, 0.5) == ("small", "small")
    assert size(0.0, 0.01) == ("open", "unclear")


def test_an_interval_has_decimals_enough_to_tell_its_ends_apart() -> None:
    ends = (0.2, 0.3), (0.237, 0.243), (0.2399, 0.2403), (0.1, 0.1)
    assert [finer(OUTCOME, *each) for each in ends] == [0, 1, 2, 0]
    assert (end(OUTCOME, 0.0004), end(OUTCOME, 0.3)) == ("+0.04", "+30"), "a side is kept, the other end as it is"
    spread = change(OUTCOME, 0.00047, sign=False, fine=finer(OUTCOME, 0.0, 0.00047))
    assert spread == "0.05", "a spread that is there is no 0"
    assert (end(OUTCOME, -0.0996, (0.0, 0.1, -0.1)), end(OUTCOME, 0.0998, (0.1,))) == ("−9.96", "+9.98")
    assert [chance(p) for p in (0.0496, 0.0499999, 0.05, 0.0504, 0.2, 0.0009)] == [
        "0.0496", "0.0499999", "0.050", "0.050", "0.200", "< 0.001"
    ]  # fmt: skip
    assert [percent(share) for share in (-0.0003, -0.9997, -0.25, 0.0003)] == ["> −0.1%", "< −99.9%", "−25%", "< 0.1%"]
    halves = [percent(2 / 3), percent(13 / 24), percent(0.125), percent(0.625), points(2 / 3 - 13 / 24)]
    assert halves == ["67%", "54%", "13%", "63%", "+13"], "halves are rounded up, and a difference fits what it is of"


def test_all_rows_of_one_figure_have_as_many_decimals() -> None:
    reader = ExperimentReader(analysis_of(), LIBRARY, "en")
    wide, narrow = (
        Pair(0.29, low, high, 1.0, None, None, None, None, 6, 6, 0.03) for low, high in ((0.27, 0.31), (0.289, 0.293))
    )
    assert reader.span(OUTCOME, wide) == "+29 points (+27 to +31)"
    assert reader.span(OUTCOME, narrow, (wide,)) == "+29.0 points (+28.9 to +29.3)"
    assert reader.span(OUTCOME, wide, (narrow,)) == "+29.0 points (+27.0 to +31.0)"


def test_where_nothing_could_have_been_confirmed_the_answer_says_so_and_one_block_has_no_shares() -> None:
    few = analysis_of(cases=1, silent=True)
    words = first_screen(page_of(few)[1])
    assert "so few blocks are compared that nothing could have been confirmed, whatever they had shown" in words
    assert "cannot tell (too few blocks)" in words
    assert "in 8 of 10 experiments" not in words, "so few find nothing, however large it is"
    assert "无法判断（区组太少）" in first_screen(page_of(few, "zh")[1])
    assert "无论结果如何，都不可能得到验证" in first_screen(page_of(few, "zh")[1])
    assert "pairs: 3, cases: 1" in page_of(few)[1].sections["hypotheses"]
    tested = few.effects.tested[0]
    assert tested.effect is not None
    apart = replace(tested.effect, pair=replace(tested.effect.pair, estimate=0.2, low=0.1, high=0.3))
    said = _said(ExperimentReader(few, LIBRARY, "en"), replace(tested, effect=apart))
    assert "The interval leaves out 0 all the same" in said
    assert _few(ExperimentReader(few, LIBRARY, "en"), OUTCOME, (0.2,)) == ""
    assert _few(ExperimentReader(few, LIBRARY, "en"), OUTCOME, (0.2, 0.2)) == ": 2 at 20%"
    assert _few(ExperimentReader(few, LIBRARY, "en"), OUTCOME, (-0.4, -0.2, 0.1, 0.1)) == "", (
        "four dots are seen as they are"
    )


def test_who_judged_stands_among_the_facts_with_how_many_votes() -> None:
    plain = analysis_of()
    assert "Judge" not in first_screen(page_of(plain)[1])
    judged = replace(plain, design=plain.design.model_copy(update={"judge": "umpire", "judge_samples": 3}))
    assert "umpire, 3 votes each; a level is the median of all" in first_screen(page_of(judged)[1])
    assert "umpire，各评3次" in first_screen(page_of(judged, "zh")[1])
