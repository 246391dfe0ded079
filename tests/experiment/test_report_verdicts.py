"""What a verdict is not to be read without: what the rules do, copies, cases that go both ways, and what was locked."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sandbox.content.language import Lang
from sandbox.experiment.analysis import pairs
from sandbox.experiment.analysis.analysis import Analysis
from sandbox.experiment.analysis.frames import effect_rows
from sandbox.experiment.analysis.results import Verdict
from sandbox.experiment.planning.locking import Lock, lock, locked
from sandbox.report.pages.experiment import _said
from sandbox.report.pages.experiment.figures import forest
from sandbox.report.pages.experiment.reader import ExperimentReader
from tests.experiment.making import LIBRARY, saved
from tests.experiment.simulated import BASE, CASES, design_of, hypothesis, rows_of
from tests.experiment.test_report import ARM, OUTCOME, VOICES, first_screen, page_of, section, unsplit
from tests.experiment.test_report import lock as lock_of

SET = {"as_is": {}, "drill": {"grid_master": "mobiliser"}}


def test_what_the_rules_alone_do_as_well_is_no_plain_confirmation() -> None:
    design = design_of(
        hypothesis(VOICES, primary=True), hypothesis(OUTCOME), hypothesis("lines", direction="different")
    )
    truth = {VOICES: {ARM: 0.3}, OUTCOME: {ARM: 0.3}, "lines": {ARM: 0.0}}
    rules = {VOICES: {ARM: 0.1}, OUTCOME: {ARM: 0.3}, "lines": {ARM: -0.4}}
    rows = rows_of(design, np.random.default_rng(3), truth, alone=rules, spreads=(0.1, 0.0, 0.05, 0.08))
    held = dict.fromkeys((VOICES, OUTCOME, "lines"), "1")
    analysis = unsplit(design, rows, lock=lock_of(hypotheses=held), model="some-model", style="free")
    screen = first_screen(page_of(analysis)[1])
    first = r"The other locked hypotheses \(2\): Questions settled, Joint production: \+.* to be higher; as expected"
    assert re.search(first, screen), "with its figure, and which way it was expected"
    share = r"by the rules alone 1?\d\d% \(\d+% to \d+%\) of it"
    assert len(re.findall(share, screen)) == 2, "in the answer and in the figure"
    lines = (
        r"Lines, Joint production: [+−]0[^;]*; p = [\d.]+, adjusted; expected to be different; too small to matter; "
        r"by the rules alone −0\.3"
    )
    assert re.search(lines, screen)
    primary = screen.split("The other locked")[0]
    assert re.search(r"the difference is \+[\d.]+ points \([^;]*; p [<=] 0\.\d+\)", primary), "with its p"
    assert "只按规则就有其中的" in first_screen(page_of(analysis, "zh")[1])


def test_a_verdict_that_the_interval_seems_to_contradict_says_why() -> None:
    design = design_of(hypothesis(VOICES, primary=True), hypothesis(OUTCOME), hypothesis("lines"))
    rows = rows_of(design, np.random.default_rng(3), {name: {ARM: 0.0} for name in (VOICES, OUTCOME, "lines")})
    analysis = unsplit(design, rows, model="some-model", style="free")
    reader, chinese = (ExperimentReader(analysis, LIBRARY, lang) for lang in ("en", "zh"))
    item = analysis.effects.tested[1]
    assert item.effect is not None

    def told(
        verdict: Verdict, low: float, high: float, p: float, same: float, raw: float, *, unseen: bool = False
    ) -> tuple[str, str]:  # fmt: skip
        assert item.effect is not None
        pair = replace(item.effect.pair, low=low, high=high, p_permutation=p / 3, unseen=unseen)
        tested = replace(
            item, effect=replace(item.effect, pair=pair), verdict=verdict, p=p, p_equivalence=same, raw_equivalence=raw,
            family=2, why="",
        )  # fmt: skip
        assert ("（" in chinese.verdict(tested)) is ("(" in reader.verdict(tested))
        return reader.verdict(tested), _said(reader, tested)

    short, said = told("open", -0.05, 0.09, 0.6, 0.07, 0.035)
    assert short == "cannot tell (p is adjusted for 2 hypotheses, the interval is not)"
    assert "The interval lies within what is too small to matter all the same, as it is not adjusted" in said
    short, said = told("open", -0.05, 0.09, 0.6, 0.12, 0.06)
    assert short == "cannot tell (p is computed in another way than the interval)"
    short, said = told("open", 0.01, 0.3, 0.09, 1.0, 0.5)
    assert "The interval leaves out 0 all the same, as it is not adjusted, and p is, for 2 hypotheses" in said
    assert "it is the 95% one" in told("equivalent", -0.02, 0.11, 0.6, 0.04, 0.02)[1]
    assert told("open", -0.2, 0.3, 0.6, 0.5, 0.3)[0] == "cannot tell"
    short, said = told("open", -0.31, 0.31, 1.0, 1.0, 0.6, unseen=True)
    assert short == "cannot tell (fewer than six cases differ, so that a rare large difference may be unseen)"
    assert "interval and p allow for a rare large difference that may be unseen" in said
    assert "would find a difference" not in said


def test_that_no_pair_differs_is_told_as_that_and_not_as_an_estimate() -> None:
    design = design_of(hypothesis(VOICES, primary=True), hypothesis(OUTCOME), cases=2, replicates=3)
    rows = rows_of(design, np.random.default_rng(3), {VOICES: {ARM: 0.0}, OUTCOME: {ARM: 0.2}, "lines": {ARM: 0.0}})
    for row in rows:
        row["outcomes"] |= {VOICES: row["replicate"] / 10, "lines": float(row["replicate"])}
    analysis = unsplit(design, rows, model="some-model", style="free")
    screen, table = first_screen(page_of(analysis)[1]), section(analysis, "hypotheses")
    assert "That is 0 points in each pair. What so many pairs cannot rule out lies within" in screen
    assert "No pair differs, so that there is no p of a difference" in screen
    assert "cannot tell (no pair differs)" in screen
    assert "no pair differs; −" in table
    assert "1.000 unadjusted" not in table
    assert re.search(r"Lines .*0 no pair differs; .*no pair differs", section(analysis, "effects")), "in the place of q"
    assert "各对都没有差异" in first_screen(page_of(analysis, "zh")[1])
    rows_told = [row for row in effect_rows(analysis) if row["zero"] and not row["factor"] and row["side"] == "model"]
    assert {row["outcome"] for row in rows_told} >= {VOICES, "lines"}
    assert {(row["p_permutation"], row.get("p_holm"), row.get("q")) for row in rows_told} == {(None, None, None)}


def test_one_pair_that_hardly_differs_leaves_open_what_was_not_seen() -> None:
    design = design_of(hypothesis(VOICES, primary=True), cases=10, replicates=1)
    rows = rows_of(design, np.random.default_rng(3), {VOICES: {ARM: 0.0}})
    for row in rows:
        row["outcomes"][VOICES] = 0.4
    next(row for row in rows if row["arm"] == ARM)["outcomes"][VOICES] = 0.3985
    analysis = unsplit(design, rows)
    screen = first_screen(page_of(analysis)[1])
    assert "That is 0 points (95% confidence interval: −31 to +31 points)" in screen
    assert "cannot tell (fewer than six cases differ, so that a rare large difference may be unseen)" in screen
    assert "computed in another way" not in screen
    assert "有差异的案例不足六个，也不到半数" in first_screen(page_of(analysis, "zh")[1])
    assert "SD 0.05 points" in section(analysis, "values"), "and not 0, as one session differs"


def test_what_never_varies_is_held_against_what_the_rules_alone_give() -> None:
    design = design_of(hypothesis(VOICES, primary=True), cases=2)
    apart = (
        "and not so by the rules alone (Residents’ share of the lines under Joint production: 100%, by the rules alone "
    )
    for alone, says in ((0.4, apart), (None, "A rule may make it, and no sessions by the rules alone")):
        rules = None if alone is None else {VOICES: {ARM: alone}}
        rows = rows_of(design, np.random.default_rng(3), {VOICES: {ARM: 0.0}}, alone=rules)
        for row in rows:
            if row["arm"] == ARM and not row["null"]:
                row["outcomes"][VOICES] = 1.0
        assert says in first_screen(page_of(unsplit(design, rows, model="some-model", style="free"))[1])


def test_an_effect_that_goes_both_ways_from_case_to_case_is_no_nothing() -> None:
    design = design_of(hypothesis(VOICES, primary=True), hypothesis(OUTCOME), cases=4, replicates=12)
    rows = rows_of(
        design, np.random.default_rng(3), {OUTCOME: {ARM: 0.0}, VOICES: {ARM: 0.2}}, spreads=(0.1, 0, 0, 0.1)
    )
    for row in rows:
        sign = 1 if row["scenario"] in CASES[:2] else -1
        row["outcomes"][OUTCOME] += sign * 0.15 * (row["arm"] == ARM)
    analysis = unsplit(design, rows)
    item = analysis.effects.tested[1]
    assert item.verdict in ("equivalent", "open")
    assert "from case to case both ways, from −20 points to +15 points" in first_screen(page_of(analysis)[1])
    assert "各案例方向不一" in first_screen(page_of(analysis, "zh")[1])


def test_sessions_that_are_copies_are_told_and_tell_nothing_of_who_plays() -> None:
    crossed = {**hypothesis(OUTCOME, direction="different"), "id": "crossed", "at": {"personas": "drill"},
               "against": {"personas": "as_is"}}  # fmt: skip
    design = design_of(hypothesis(OUTCOME, primary=True), crossed, cases=3, replicates=8, factors={"personas": SET})
    once = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.3}, "lines": {ARM: 0.5}})
    twice = [
        {**row, "id": who + row["id"], "block": f"{row['block']}/{who}", "cell": {**row["cell"], "personas": who}}
        for row in once for who in SET
    ]  # fmt: skip
    analysis = unsplit(design, twice)
    assert analysis.inert == ("personas",)
    assert [item.verdict for item in analysis.effects.tested] == ["supported", "alike"]
    _, page = page_of(analysis)
    assert "Personas made no difference at all: sessions that differ by it alone" in first_screen(page)
    assert "all pairs alike; the sessions at both levels are copies" in first_screen(page)
    assert "0 points all alike, no interval" in section(analysis, "hypotheses")
    assert "pairs: 48 with 24 seeds, cases: 3" in section(analysis, "hypotheses")
    assert "across" not in page.sections
    assert "Personas: drill Hong Jianmin" in section(analysis, "arms"), "what a level of that name is"
    assert "角色没有造成任何差别" in first_screen(page_of(analysis, "zh")[1])
    twice[0] = {**twice[0], "outcomes": {**twice[0]["outcomes"], "lines": 99.0}}
    assert unsplit(design, twice).inert == ()


def test_what_was_named_after_the_lock_counts_apart_on_the_first_screen() -> None:
    design = design_of(hypothesis(OUTCOME, primary=True), hypothesis(VOICES), hypothesis("lines"))
    rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.3}, VOICES: {ARM: 0.3}, "lines": {ARM: 0.3}})
    analysis = unsplit(design, rows, lock=lock_of(added_hypotheses=("lines",)), model="some-model", style="free")
    screen = first_screen(page_of(analysis)[1])
    assert "The other locked hypotheses (1): Residents’ share of the lines, Joint production: +" in screen
    assert "Other hypotheses, which are exploratory and confirm nothing (1): Lines, Joint production: +" in screen
    assert "· exploratory" in screen.split("The hypotheses, each against")[1], "in the figure too"


def test_an_outcome_that_few_blocks_have_leads_with_their_number_and_stands_beside_the_figure_over_all() -> None:
    design = design_of(hypothesis(OUTCOME, primary=True), cases=2, replicates=8)

    def found(kept: int) -> Analysis:
        rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.3}})
        for row in rows:
            if row["arm"] != ARM and row["replicate"] > kept:
                del row["outcomes"][OUTCOME]
        return unsplit(design, rows)

    def answered(kept: int, lang: Lang = "en") -> str:
        return first_screen(page_of(found(kept), lang)[1])

    few = answered(1)
    assert "Questions settled: both arms have it in only 2 of 16 blocks, too few for any figure of it. It was" in few
    assert "Over all sessions, where missing counts as 0: Joint production" in few.split("This is exploratory")[0]
    assert few.count("Over all sessions") == 1
    assert "points – both arms have it in only 2 of 16 blocks" in section(found(1), "hypotheses"), "and no figure of it"
    assert forest(ExperimentReader(found(1), LIBRARY, "en")) is None
    assert "16个区组中，只有2个在两组都有该结果，过少，不报数值。" in answered(1, "zh")
    some = "Note first: both arms have it in only 6 of 16 blocks. In these: Questions settled: "
    assert some in answered(3)
    assert "Note first" not in answered(8)


def test_a_hypothesis_that_was_not_tested_stands_in_the_figure_without_a_value() -> None:
    design = design_of(hypothesis("needs_met", primary=True), hypothesis(OUTCOME))
    rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.3}, "needs_met": {ARM: 0.3}})
    for row in rows:
        row["outcomes"]["needs_met"] = None if row["arm"] == BASE else row["outcomes"]["needs_met"]
    screen = first_screen(page_of(unsplit(design, rows))[1])
    assert "No block has the outcome “P: needs met” both under Joint production and under Command." in screen
    assert "P: needs met, Joint production not tested" in screen
    assert "without it: Command" in screen
    assert "where missing counts as 0" not in screen, "nothing of it is known under Command"


def test_a_question_that_was_put_otherwise_after_the_lock_is_a_deviation(tmp_path: Any) -> None:
    path = saved(tmp_path, question={"en": "Do residents speak?", "zh": "居民说话吗？"})
    lock(path)
    assert locked(path) is not None
    saved(tmp_path, question={"en": "Do residents speak more? We expected it.", "zh": "居民说得更多吗？"})
    held = locked(path)
    assert isinstance(held, Lock)
    design = design_of(hypothesis(OUTCOME, primary=True))
    rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.3}})
    analysis = unsplit(design, rows, lock=lock_of(question=held.question))
    assert "The question was another when the plan was locked: “Do residents speak?”" in section(analysis, "limits")
    assert "“居民说话吗？”" in section(analysis, "limits", "zh")


def test_too_small_to_matter_hangs_on_no_luck_of_draws() -> None:
    values = np.random.default_rng(1).normal(0.0, 0.4, 100)
    names = [str(place) for place in range(100)]
    found = [pairs.equivalence(values, names, 0.1, rng=np.random.default_rng(seed)) for seed in range(4)]
    assert max(found) - min(found) == pytest.approx(0, abs=0.002)
