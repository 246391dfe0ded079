"""What a report says of few cases and blocks, of hypotheses that overlap, of a lock, and of its own languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sandbox.cli.report_files import echo_report, write_report
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.experiment.analysis import pairs
from sandbox.experiment.analysis.analysis import Analysis, analyse
from sandbox.experiment.analysis.cluster_sums import OutcomeScale
from sandbox.experiment.multiplicity import ALPHA, reach
from sandbox.report.document import drawing
from sandbox.report.document.html import to_html
from sandbox.report.pages.experiment import experiment_report
from sandbox.report.pages.experiment.reader import ExperimentReader
from tests.content.folders import LIBRARY
from tests.experiment.simulated import CASES, design_of, hypothesis, rows_of
from tests.experiment.test_report import (
    ARM,
    OUTCOME,
    VOICES,
    analysis_of,
    first_screen,
    lock,
    page_of,
    section,
    unsplit,
)
from tests.report.reader import Page, table_rows


@cache
def analysis_of_rows(*, cases: int = 8, few: str = "", alike: str = "", replicates: int = 3) -> Analysis:
    """Analyse an experiment in which an outcome exists in four cases alone, or a case has all its blocks alike."""
    design = design_of(hypothesis(OUTCOME, primary=True), hypothesis(VOICES), cases=cases, replicates=replicates)
    truth = {OUTCOME: {ARM: 0.3}, VOICES: {ARM: 0.1}, "lines": {ARM: 0.8}, "decided": {ARM: 0.0}}
    rows = rows_of(design, np.random.default_rng(3), truth)
    for row in rows:
        if few and row["scenario"] not in CASES[:4]:
            del row["outcomes"][few]
        if row["scenario"] == alike:
            row["outcomes"][OUTCOME] = float(row["arm"] == "command")
    return unsplit(design, rows)


def test_a_variance_that_is_estimated_at_zero_is_said() -> None:
    design = design_of(hypothesis(OUTCOME, primary=True), cases=4)
    rows = rows_of(design, np.random.default_rng(1), {OUTCOME: {ARM: 0.3}}, spreads=(0.0, 0.0, 0.0, 0.1))
    analysis = analyse(design, rows)
    zero = [part for part, variance in analysis.components[OUTCOME].variances.items() if not variance]
    assert zero
    openings: dict[Lang, str] = {"en": "Estimated at zero, the least that a variance can be: ", "zh": "估计值为零"}
    for lang, opening in openings.items():
        said, words = section(analysis, "variance", lang), Words(lang)
        note = said[said.index(opening) :]
        assert words.paren(words.join(words(f"experiment_report.variance.{part}") for part in zero)).strip() in note
        assert "converge" not in said


def test_q_falls_below_five_per_cent_only_where_so_many_stand_out_together() -> None:
    cases: list[float] = [1 / 4, 1 / 16, 1 / 32, 1 / 64, 1 / 512, 1 / 5000]  # fmt: skip
    for floor in cases:
        for count in (1, 3, 51):
            found = reach([floor] * count)

            def least(together: int) -> float:
                values = [floor] * together + [1.0] * (count - together)  # noqa: B023
                return float(min(stats.false_discovery_control(values)))

            assert found.alone == pytest.approx(min(1.0, least(1)))
            assert found.never is (floor >= ALPHA)
            if not found.never:
                assert least(found.together) < ALPHA
            if found.together > 1:
                assert least(min(found.together - 1, count)) >= ALPHA


def test_where_one_effect_alone_could_not_have_stood_out_the_report_says_so() -> None:
    six, one, eight = (analysis_of(cases=cases) for cases in (6, 1, 8))
    told = section(six, "effects")
    assert (
        "With 6 cases no p can be below 0.031. So q of an effect that stands out alone cannot fall below 0.125" in told
    )
    assert "only where 3 or more of the 4 effects stand out together can it fall below 0.05" in told
    assert "只有6个案例时，p值不可能低于0.031" in section(six, "effects", "zh")
    assert "With 3 blocks of these cases q cannot fall below 0.250, so nothing here could" in section(one, "effects")
    assert "cannot fall below" not in section(eight, "effects")
    assert "cannot fall below 1.000" not in first_screen(page_of(six)[1])
    assert "With 6 cases no p can be below" in first_screen(page_of(analysis_of(cases=6, named=False))[1])


def test_of_one_or_two_blocks_it_is_said_that_there_is_no_interval() -> None:
    one, two = (analysis_of_rows(cases=1, replicates=replicates) for replicates in (1, 2))
    assert "Drawn here: 1 block at most. That is too few for any interval" in section(one, "limits")
    assert "Drawn here: 2 blocks of these cases at most. That is too few" in section(two, "limits")
    assert "至多为1个区组，太少" in section(one, "limits", "zh")


def test_an_outcome_of_few_cases_is_marked_and_has_no_q() -> None:
    found = analysis_of_rows(few="lines")
    by_name = {effect.outcome: effect for effect in found.effects.others}
    assert by_name["lines"].pair.p_least < by_name["decided"].pair.p_least
    assert (by_name["lines"].q, by_name["lines"].cases) == (None, 4)
    assert by_name["decided"].q is not None
    html = to_html(experiment_report(found, LIBRARY, "en"))
    named = {row[0].partition(" without it: ")[0]: row for row in table_rows(html) if len(row) == 5}
    rows = {name: named[name] for name in ("Lines", "Decided")}
    assert (rows["Lines"][1], rows["Lines"][-1]) == ("12 by block, 4 cases", "–")
    assert rows["Decided"][1] == "24"
    effects = section(found, "effects")
    assert "these rows have no q and are not among those that stand out" in effects
    assert "None of the other 1 effects stands out" in effects
    assert "tested by block, and has no q" in section(found, "methods")
    assert "按区组，4个案例" in section(found, "effects", "zh")
    assert "by block" not in section(analysis_of_rows(), "effects")
    assert "by block" not in section(analysis_of_rows(cases=4), "effects"), "where all are tested so, none is marked"


def test_of_an_outcome_that_next_to_no_session_has_no_figure_is_told() -> None:
    design = design_of(hypothesis(OUTCOME, primary=True), cases=4)
    rows = rows_of(
        design, np.random.default_rng(3), {OUTCOME: {ARM: 0.3}, "needs_met": {ARM: -0.1}, "lines": {ARM: 1.0}}
    )
    held = [row for row in rows if row["arm"] == "command"]
    for row in held[1:]:
        row["outcomes"]["needs_met"] = None
    named = {lang: to_html(experiment_report(unsplit(design, rows), LIBRARY, lang)) for lang in ("en", "zh")}
    cells = [row for row in table_rows(named["en"]) if row[0].startswith("P: needs met")]
    (effect,), (mean,) = ([row for row in cells if len(row) == width] for width in (5, 3))
    assert effect[1:] == ["1", "– too few blocks to tell of", "–", "–"]
    assert mean[1] == "– too few to tell of: 1 of 16 have it"
    assert re.match(r"\d", mean[2]), "the other arm has it"
    assert "太少，不作说明：16场中只有1场有" in named["zh"]
    assert "区组太少，不作说明" in named["zh"]


def test_p_is_called_adjusted_only_where_it_is_and_the_blocks_that_both_decide_are_no_fair_sample() -> None:
    found = analysis_of(decided=1.0)
    words, chinese = (first_screen(page_of(found, lang)[1]) for lang in ("en", "zh"))
    assert "would be rare (p = " in words or "would be rare (p <" in words
    assert "adjusted" not in words
    assert "校正后" not in chinese
    assert "both decide (Joint production: 0 of 24), which is itself of the arms’ making" in words
    assert "（联合生产模式，24个里有0个）" in chinese or "24个里有0个" in chinese


def test_a_hypothesis_on_an_outcome_of_few_cases_is_named_first() -> None:
    found = analysis_of_rows(few=VOICES)
    words = first_screen(page_of(found)[1])
    between = {"en": "Whatever the missing values are, the difference over all finished pairs lies within −",
               "zh": "缺的值不论是多少，全部演完的各对场次相差都在−"}  # fmt: skip
    assert [lang for lang, told in between.items() if told not in section(found, "hypotheses", lang)] == []
    assert "Horowitz and Manski 2000" in section(found, "references")
    assert "exist in fewer than six cases, and so about these cases alone: Residents’ share" in words
    assert "by block, 4 cases" in words
    assert "The sessions are of" not in words


def overlapping(*arms: str) -> Analysis:
    named = [
        {**hypothesis(outcome, arm), "id": outcome}
        for outcome, arm in zip((OUTCOME, "hierarchical_minus_horizontal"), arms, strict=True)
    ]
    design = design_of(*named, cases=6, arms=("command", ARM, "three_social_interaction"))
    truth = {item["outcome"]: {item["arm"]: 0.3} for item in named}
    return unsplit(design, rows_of(design, np.random.default_rng(3), truth))


def test_hypotheses_that_say_in_part_the_same_are_told_of_in_words() -> None:
    both = overlapping(ARM, ARM)
    words = first_screen(page_of(both)[1])
    assert "“Questions settled” is counted into “H minus P" in words
    assert "(Joint production) say in part the same thing" in words
    assert "有一部分说的是同一件事" in first_screen(page_of(both, "zh")[1])
    assert "say in part the same" not in first_screen(page_of(overlapping(ARM, "three_social_interaction"))[1])
    assert "say in part the same" not in first_screen(page_of(analysis_of())[1])


def test_a_lock_on_sessions_by_the_rules_is_said_to_prove_little() -> None:
    english, chinese = "a lock is no proof that nobody looked.", "锁定并不能证明事先没有人看过结果。"
    locked = analysis_of(plan=lock(), silent=True, alone=None)
    assert english in first_screen(page_of(locked)[1])
    assert chinese in first_screen(page_of(locked, "zh")[1])
    for other in (analysis_of(plan=lock()), analysis_of(silent=True, alone=None)):
        assert english not in first_screen(page_of(other)[1])


def test_intervals_of_single_cases_say_how_they_are_made_and_where_there_are_none() -> None:
    found = analysis_of_rows(alike=CASES[0], replicates=6)
    cases = section(found, "scenarios")
    assert cases.index("bootstrap over its blocks") < cases.index("The four o'clock school")
    assert "1,999 draws" in cases
    assert "with six blocks it held the truth in 95%" in cases
    assert "in 84 to 90% where they were skewed" in cases
    assert re.search(r"−100 points \(−100 to −\d\d\)", cases), "six blocks that are alike may have missed some"
    assert "no interval" not in cases
    few = section(analysis_of_rows(alike=CASES[0]), "scenarios")
    assert "−100 points (all alike, no interval)" in few, "also where so few blocks have no interval anyway"
    assert "−100个百分点（全部相同，无区间）" in section(analysis_of_rows(alike=CASES[0]), "scenarios", "zh")
    assert "有六个区组的模拟实验" in section(found, "scenarios", "zh")


@pytest.mark.simulation
@pytest.mark.parametrize(("kind", "low", "high"), [("normal", 0.93, 0.97), ("exponential", 0.87, 0.92),
                                                   ("lognormal", 0.81, 0.87)])  # fmt: skip
def test_intervals_over_six_blocks_hold_the_truth_as_often_as_the_report_says(
    kind: str, low: float, high: float
) -> None:
    rng, runs, held = np.random.default_rng(1), 2000, 0
    draws: dict[str, tuple[Callable[[], Any], float]] = {
        "normal": (lambda: rng.normal(0, 1, 6), 0.0),
        "exponential": (lambda: rng.exponential(1, 6), 1.0),
        "lognormal": (lambda: rng.lognormal(0, 1, 6), float(np.exp(0.5))),
    }
    draw, truth = draws[kind]
    for _ in range(runs):
        pair = pairs.test_pair(draw(), [str(place) for place in range(6)], rng=rng, draws=1_999)
        assert pair.low is not None
        assert pair.high is not None
        held += pair.low <= truth <= pair.high
    assert low < held / runs < high


@pytest.mark.simulation
@pytest.mark.parametrize("clusters", [3, 4, 5])
def test_intervals_over_fewer_hold_the_truth_as_often_as_the_report_says(clusters: int) -> None:
    rng, runs, names = np.random.default_rng(1), 4_000, [str(place) for place in range(clusters)]
    kinds: list[tuple[Callable[[], Any], float, float, float]] = [
        (lambda: rng.normal(0, 1, clusters), 0.0, 0.94, 0.96),
        (lambda: rng.exponential(1, clusters), 1.0, 0.86, 0.905),
        (lambda: rng.lognormal(0, 1, clusters), float(np.exp(0.5)), 0.81, 0.85),
    ]
    for draw, truth, low, high in kinds:
        found = [pairs.test_pair(draw(), names, rng=rng, draws=9) for _ in range(runs)]
        held = sum(pair.low <= truth <= pair.high for pair in found if pair.low is not None and pair.high is not None)
        assert low - 0.01 < held / runs < high


@pytest.mark.simulation
def test_intervals_over_six_pairs_of_a_yes_or_no_outcome_hold_the_truth_as_often_as_the_report_says() -> None:
    rng, runs, held, claimed = np.random.default_rng(1), 1200, 0, 0
    names = [str(place) for place in range(6)]
    for _ in range(runs):
        arm, base, other = (rng.random(6) < chance for chance in (0.7, 0.4, 0.4))
        scale = OutcomeScale(yes_no=True)
        pair = pairs.test_pair(arm * 1.0 - base, names, rng=rng, scale=scale, draws=999)
        held += pair.low is not None and pair.high is not None and pair.low - 1e-9 <= 0.3 <= pair.high + 1e-9
        claimed += pairs.test_pair(other * 1.0 - base, names, rng=rng, draws=99).p_permutation <= ALPHA
    assert 0.94 <= held / runs <= 0.99
    assert claimed / runs < 0.01


def test_a_report_in_one_language_never_takes_the_place_of_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        drawing, "_pictures", lambda _, lang, forms: {form: f"a {form} in {lang}".encode() for form in forms}
    )
    found = analysis_of()
    english, chinese = (experiment_report(found, LIBRARY, lang) for lang in ("en", "zh"))
    first = write_report(english, tmp_path, ["html", "md"], {}, charts=True)
    before = {path: path.read_bytes() for path in first}
    second = write_report(chinese, tmp_path, ["html", "md"], {}, charts=True)
    assert {path: path.read_bytes() for path in first} == before
    assert {path.name for path in second} >= {"report.zh.html", "report.zh.md", "forest.zh.svg"}
    for name in ("report.zh.html", "report.zh.md"):
        assert "一次实验的报告" in (tmp_path / name).read_text(encoding="utf-8")
    assert Page((tmp_path / "report.html").read_text(encoding="utf-8")).open == []
    echo_report(first)
    pictures = sum(path.suffix == ".svg" for path in first)
    assert pictures > 5
    told = [tmp_path / "report.html", tmp_path / "report.md", f"{pictures} charts in {tmp_path}"]
    assert capsys.readouterr().out.splitlines() == [str(line) for line in told]


def test_that_the_cards_alone_spoke_is_said_where_a_model_is_named_elsewhere() -> None:
    truth = {OUTCOME: {ARM: 0.3}}
    for models, said, unsaid in (
        (("cards",), "turns: directed by the rules", "Personas are played by a model."),
        (("cards", "big"), "Personas are played by a model.", "No model spoke: personas"),
    ):
        design = design_of(hypothesis(OUTCOME), factors={"model": list(models)})
        analysis = unsplit(design, rows_of(design, np.random.default_rng(3), truth, models=models))
        page = page_of(analysis)[1]
        text = " ".join(" ".join(page.sections.values()).split())
        assert "the cards alone, no model" in text
        assert said in text
        assert unsaid not in text
        assert "personas said what was written for them" in first_screen(page)


def test_that_a_model_judged_its_own_play_is_said() -> None:
    for judge, said in [("big, umpire", True), ("umpire", False)]:
        truth = {OUTCOME: {ARM: 0.3}}
        design = design_of(hypothesis(OUTCOME), factors={"model": ["big", "small"]}, judge=judge)
        analysis = unsplit(design, rows_of(design, np.random.default_rng(3), truth, models=("big", "small")))
        assert ("so it judged its own play: big." in first_screen(page_of(analysis)[1])) is said


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_failures_that_hang_on_the_arm_are_told_on_the_first_screen(lang: Any) -> None:
    design = design_of(hypothesis(OUTCOME), factors={"model": ["big", "small"]}, cases=4, replicates=2)
    rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.3}}, models=("big", "small"))
    failed = [row for row in rows if row["arm"] == ARM and row["cell"]["model"] == "small"][:7]
    left = [row for row in rows if row not in failed]
    text = first_screen(page_of(unsplit(design, left, failures=failed), lang)[1])
    told = ["Command 0 of 16", "Joint production 7 of 16", "no fair sample", "(7; left by Model: big 8, small 1)"]
    assert all(
        part in text for part in (told if lang == "en" else ["16场中7场", "不是公平的样本", "big 8、small 1"])
    ), text
    even = [row for row in rows if row["cell"]["model"] == "small"][:2]
    both = unsplit(design, [row for row in rows if row not in even], failures=even)
    assert "no fair sample" not in first_screen(page_of(both)[1])


def rules_beside(truth: float, alone: float, cases: int = 8, session: float = 0.08) -> str:
    """Return the first screen of an experiment in which a model and the rules alone have some effect."""
    design = design_of(hypothesis(OUTCOME, primary=True), cases=cases, replicates=3)
    spreads = (0.1, 0.03, 0.05, session)
    rows = rows_of(
        design, np.random.default_rng(3), {OUTCOME: {ARM: truth}}, alone={OUTCOME: {ARM: alone}}, spreads=spreads
    )
    return first_screen(page_of(unsplit(design, rows, model="some-model", style="free"))[1])


def test_what_part_the_rules_make_is_told_with_its_interval_or_not_at_all() -> None:
    part = rules_beside(0.4, 0.2)
    assert "That is 5" in part
    assert "% of it" not in part.split("That is")[0]
    assert "So much follows from the rules as they were written" in part
    assert "cannot be told from nothing." in rules_beside(0.3, 0.3)
    more = rules_beside(0.3, 0.6)
    assert re.search(
        r"That is more than the \+\d+ points \([^)]*\) with those who speak: they take some of it away, −", more
    )
    assert not re.search(r"1\d\d% \([^)]*\) of it", more), "a part is no more than the whole"
    assert "against what the rules do" in rules_beside(0.3, -0.3)
    for unsure in (rules_beside(0.0, 0.3), rules_beside(0.3, 0.2, cases=1)):
        assert "Where the rules alone play, with no model speaking, the difference is" in unsure
        assert "of it" not in unsure.split("Where the rules alone play")[1].split("Compared with")[0].split("Read")[0]
        assert "against what the rules do" not in unsure


def test_that_nothing_varies_is_said_and_nothing_is_ruled_out() -> None:
    design = design_of(hypothesis(OUTCOME, primary=True), hypothesis("lines"), cases=8)
    rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.0}, "lines": {ARM: 0.3}})
    for row in rows:
        row["outcomes"][OUTCOME] = 0.0
    found = unsplit(design, rows, model="some-model", style="free")
    words = first_screen(page_of(found)[1])
    assert "there is nothing that could be found or ruled out" in words
    assert "ruled out at the 5% level" not in words
    assert "Questions settled under Joint production: 0%" in words
    assert "does not vary" in section(found, "hypotheses")
    assert "取值恒定" in section(found, "hypotheses", "zh")


def test_what_many_sessions_lack_is_not_called_the_same_in_every_session() -> None:
    design = design_of(hypothesis(OUTCOME, primary=True), cases=8)
    rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.0}})
    for number, row in enumerate(rows):
        row["outcomes"][OUTCOME] = 0.5 if number % 5 else None
    assert "same value in every session" not in first_screen(page_of(unsplit(design, rows, model="m", style="free"))[1])


def test_a_headline_on_two_blocks_says_in_how_many_there_is_an_outcome_and_why_the_rules_say_nothing() -> None:
    design = design_of(hypothesis("needs_met", primary=True), cases=2, replicates=1)
    truth = {"needs_met": {ARM: 0.3}}
    rows = rows_of(design, np.random.default_rng(3), truth, alone=truth)
    lacks = next(row for row in rows if row["arm"] == "command" and not row["null"])
    for row in rows:
        if row is lacks or row["null"]:
            row["outcomes"]["needs_met"] = None
    found = unsplit(design, rows, model="some-model", style="free")
    assert "both arms have it in only 1 of 2 blocks, too few" in first_screen(page_of(found)[1])
    words = page_of(found)[0]
    assert "no block of the sessions by the rules alone has it under both arms" in words
    assert "have no words of their own" not in words


def test_the_cards_are_no_model_in_any_legend() -> None:
    design = design_of(hypothesis(OUTCOME, primary=True), cases=8)
    rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.3}}, alone={OUTCOME: {ARM: 0.2}})
    cards = unsplit(design, rows, model="cards", style="directed")
    speaks = unsplit(design, rows, model="m", style="free")
    legends: list[tuple[Lang, str, str]] = [("en", "With a model<", "By the cards"), ("zh", "有模型<", "照卡片")]
    for lang, model, by_cards in legends:
        text = page_of(cards, lang)[0]
        assert f">{model}" not in text
        assert by_cards in text
        assert model in page_of(speaks, lang)[0]
    assert "with no model speaking" not in first_screen(page_of(cards)[1])


def test_p_as_it_was_stands_below_the_adjusted_one_and_an_interval_that_says_more_is_named() -> None:
    names = [OUTCOME, VOICES, "lines"]
    design = design_of(*(hypothesis(name, primary=name == OUTCOME) for name in names), cases=1, replicates=6)
    rows = rows_of(design, np.random.default_rng(3), {name: {ARM: 0.0} for name in names})
    for row in rows:  # three of six blocks differ, all the same way
        row["outcomes"][VOICES] = 0.5 + (0.1 * row["replicate"] if row["arm"] == ARM and row["replicate"] > 3 else 0.0)
        row["outcomes"]["lines"] = 0.5 + (0.3 + 0.1 * row["replicate"]) * (row["arm"] == ARM)
    found = unsplit(design, rows)
    first, voices, lines = found.effects.tested
    assert voices.effect is not None
    assert lines.effect is not None
    assert (first.family, voices.family) == (1, 2)
    raw = voices.effect.pair.p_permutation
    assert raw == 0.25, "only the signs of three blocks can change it"
    assert lines.p == pytest.approx(2 * lines.effect.pair.p_permutation)
    text = section(found, "hypotheses")
    assert f"unadjusted {lines.effect.pair.p_permutation:.3f}" in text
    told = "Go by the test: Residents’ share of the lines, Joint production" in text
    assert told is voices.effect.pair.sure


def test_rules_that_change_nothing_are_named_first() -> None:
    sets = {"as_is": [], "same": ["aggregation.veto=[]"], "quorum": ["aggregation.quorum=2"]}
    design = design_of(hypothesis(OUTCOME), factors={"rules": sets})
    rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.3}})
    for row in rows:
        row["cell"]["rules"] = "as_is"
    words = first_screen(page_of(unsplit(design, rows))[1])
    named = "same under Command; quorum under Command; same under Joint production."
    assert f"where the chair decides): {named} There the same is played twice." in words, "the chair decides in Command"


def test_the_difference_between_two_levels_has_an_interval_and_may_be_the_hypothesis() -> None:
    rules = {"as_is": [], "no_veto": ["aggregation.veto=[]"]}
    level: dict[str, Any] = {"at": {"rules": "no_veto"}, "against": {"rules": "as_is"}}

    def analysed(*, extra: bool = False, **more: Any) -> Analysis:
        further = [{**hypothesis(OUTCOME), "id": "over_all_rules"}] if extra else []
        asked = {**hypothesis(OUTCOME, primary=True), **more}
        design = design_of(asked, *further, cases=3, factors={"rules": rules})
        generator, rows = np.random.default_rng(3), []
        for name, effect in (("as_is", -0.3), ("no_veto", 0.1)):
            for row in rows_of(design, generator, {OUTCOME: {ARM: effect}}, alone={OUTCOME: {ARM: effect}}):
                cell, block = {**row["cell"], "rules": name}, f"{row['scenario']}/{name}/{row['replicate']}"
                rows.append({**row, "id": name + row["id"], "cell": cell, "block": block})
        return unsplit(design, rows, model="some-model", style="free")

    plain, asked = analysed(), analysed(**level)
    effect = asked.effects.tested[0].effect
    assert effect is not None
    assert re.search(
        r"from that at as_is \(interaction; 95% interval\): no_veto \+\d\d points \(", section(plain, "across")
    )
    words = first_screen(page_of(asked)[1])
    assert re.search(
        r"Joint production against Command: [+−][\d.]+ points with no_veto, −\d+ points with as_is\. "
        r"That is \+\d\d points \(95% confidence interval", words,
    )  # fmt: skip
    assert "Questions settled, Joint production (Rules: no_veto less as_is)" in words
    assert "no_veto减as_is" in first_screen(page_of(asked, "zh")[1])
    across = analysed(**level, extra=True)
    assert "is a hypothesis of its own, whose interval and p stand there" in section(across, "across")
    assert "interaction" not in section(across, "across"), "there is one p and one interval of it"
    assert "本身就是一条假设" in section(across, "across", "zh")
    single = analysed(at={"rules": "no_veto"})
    assert "Rules: no_veto: Questions settled: " in first_screen(page_of(single)[1])


def test_words_of_one_and_of_what_is_named_twice() -> None:
    found = analysis_of()
    reader = ExperimentReader(found, LIBRARY, "en")
    assert [reader.change(OUTCOME, value) for value in (0.01, -0.01, 0.02)] == ["+1 point", "−1 point", "+2 points"]
    small = design_of(hypothesis(OUTCOME, primary=True, smallest=0.5), cases=8, replicates=3)
    rows = rows_of(small, np.random.default_rng(3), {OUTCOME: {ARM: 0.0}}, spreads=(0.1, 0.03, 0.05, 0.08))
    words = first_screen(page_of(unsplit(small, rows))[1])
    assert "too small to matter" in words
    assert "too small to matter (too small to matter)" not in words


def test_two_arms_of_one_name_are_told_apart(tmp_path: Path) -> None:
    card = LIBRARY.files[("governance", "command")].read_text(encoding="utf-8")
    folder = tmp_path / "prompts" / "governance"
    folder.mkdir(parents=True)
    (folder / "command_too.yaml").write_text(card.replace("id: command\n", "id: command_too\n", 1), encoding="utf-8")
    design = design_of(hypothesis(OUTCOME, "command_too", primary=True), arms=("command", "command_too"))
    rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {"command_too": 0.3}})
    page = Page(to_html(experiment_report(unsplit(design, rows), Library.load(tmp_path), "en")))
    assert "under Command (command_too), " in first_screen(page)
    assert "under Command (command)." in first_screen(page)


def test_two_cases_of_one_title_are_told_apart(tmp_path: Path) -> None:
    design = design_of(hypothesis(OUTCOME, primary=True), cases=3)
    first, second, third = design.factors.scenario
    title = next(row for row in LIBRARY.files["scenario", first].read_text("utf-8").splitlines() if row[:6] == "title:")
    other = LIBRARY.files["scenario", second].read_text(encoding="utf-8")
    folder = tmp_path / "prompts" / "scenarios"
    folder.mkdir(parents=True)
    old = next(row for row in other.splitlines() if row.startswith("title:"))
    (folder / f"{second}.yaml").write_text(other.replace(old, title, 1), encoding="utf-8")
    rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.3}})
    reader = ExperimentReader(unsplit(design, rows), Library.load(tmp_path), "zh")
    name = LIBRARY.scenario(first).title.zh
    assert [reader.case(each) for each in (first, second)] == [f"{name}（{first}）", f"{name}（{second}）"]
    assert reader.case(third) == LIBRARY.scenario(third).title.zh


def test_the_mixed_model_holds_each_hypothesis_to_what_it_asks_and_says_nothing_of_one_case() -> None:
    def variance(cases: int, **more: Any) -> str:
        asked = hypothesis(OUTCOME, primary=True), {**hypothesis(OUTCOME), "id": "other", **more}
        design = design_of(*asked, cases=cases, replicates=6, factors={"model": ["m1", "m2"]})
        rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.2}}, models=("m1", "m2"))
        return section(analyse(design, rows), "variance")

    for level in ({"at": {"model": "m2"}}, {"at": {"model": "m2"}, "against": {"model": "m1"}}):
        assert variance(3, **level).count("Questions settled, Joint production") == 1, (
            "the other is of another question"
        )
    alone = variance(1, at={"model": "m2"})
    assert "Cases are random here" not in alone
    assert "degree" not in alone
    assert re.search(r"Questions settled \d+% \d+%", alone), "where its variance lies is said all the same"


def test_the_mixed_model_says_how_it_was_fitted_and_goes_no_further_than_can_be() -> None:
    design = design_of(hypothesis(OUTCOME, primary=True), cases=2, replicates=4)
    rows = rows_of(design, np.random.default_rng(3), {OUTCOME: {ARM: 0.2}}, spreads=(0.3, 0.9, 0.05, 0.1))
    whole, part = analyse(design, rows), analyse(design, rows[:-1])
    low, high = whole.components[OUTCOME].effects[ARM][1:]
    assert (low, high) == (-1.0, 1.0), "t with one degree of freedom goes far beyond a share"
    assert "−100 to +100 points" in section(whole, "variance")
    assert "(t with 1 degree of freedom)" in section(whole, "variance")
    assert "Powell’s search" in section(part, "methods")
    assert "鲍威尔法" in section(part, "methods", "zh")
