"""What a report says where a hypothesis is bound to a level of another factor, or to the sessions of a locked plan."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from sandbox.content.language import Lang
from sandbox.experiment.analysis.analysis import Analysis
from sandbox.report.document.blocks import Details, Table
from sandbox.report.pages.experiment import experiment_report
from sandbox.report.pages.experiment.reader import ExperimentReader
from sandbox.report.pages.experiment.warnings import of_rules
from tests.content.folders import LIBRARY
from tests.experiment.simulated import BASE, design_of, hypothesis, rows_of
from tests.experiment.test_report import ARM, first_screen, lock, page_of, unsplit

AT = {"at": {"rules": "no_quorum"}, "against": {"rules": "as_is"}}
PLAIN = hypothesis("decided", primary=True)
CROSSED = {**hypothesis("decided", direction="lower"), "id": "crossed", **AT}
AT_LEVEL = {**hypothesis("decided"), "id": "at_level", "at": {"rules": "as_is"}}
CARRIED = hypothesis("horizontal_carried")


@cache
def analysis_of(*asked: str, plan: bool = False) -> Analysis:
    """Analyse an experiment under two sets of rules; the arm decides in 2 of 3 replicates, or in 1 of 3 at as_is."""
    known = {"plain": PLAIN, "crossed": CROSSED, "at_level": AT_LEVEL, "carried": CARRIED}
    rules = {"as_is": [], "no_quorum": ["aggregation.quorum=1"]}
    design = design_of(*(known[name] for name in asked), cases=3, replicates=3, factors={"rules": rules})
    rows: list[dict[str, Any]] = []
    truth = {"horizontal": {ARM: 0.1}, "horizontal_carried": {ARM: 0.2}, "horizontal_carried_beside_share": {ARM: 0.05}}
    for name, least in (("as_is", 2), ("no_quorum", 1)):
        for row in rows_of(design, np.random.default_rng(3), truth):
            decided = row["arm"] == BASE or row["replicate"] > least
            cell, block = {**row["cell"], "rules": name}, f"{row['scenario']}/{name}/{row['replicate']}"
            outcomes = {**row["outcomes"], "decided": float(decided)}
            outcomes |= {} if decided else {"horizontal_carried": None, "horizontal_carried_beside_share": None}
            rows.append({**row, "id": name + row["id"], "cell": cell, "block": block, "outcomes": outcomes})
    held = {known[name]["id"]: name for name in asked}
    locked = lock(hypotheses=held, replicates=2, added_replicates=1) if plan else None
    return unsplit(design, rows, lock=locked, model="some-model", style="free")


def words_of(analysis: Analysis, name: str, lang: Lang = "en") -> str:
    return " ".join(page_of(analysis, lang)[1].sections[name].split())


def test_how_often_arms_decide_is_told_over_all_blocks_whatever_hypotheses_ask() -> None:
    told = "do not decide as often as Command: Joint production (50% against 100%)."
    both = "in which both decide (Joint production: 9 of 18)"
    for asked in (("plain",), ("plain", "crossed"), ("crossed",), ("at_level",)):
        screen = first_screen(page_of(analysis_of(*asked))[1])
        assert told in screen, asked
        assert both in screen, asked


def test_a_difference_of_differences_is_called_one_wherever_it_stands() -> None:
    analysis, at = analysis_of("plain", "crossed"), "Rules: no_quorum less as_is"
    assert words_of(analysis, "hypotheses").count(at) == 1
    cases = words_of(analysis, "scenarios")
    assert f"Decided, Joint production ({at}), by case" in cases
    assert f"Difference of the differences from Command ({at})." in cases
    assert cases.count("Difference from Command.") == 1, "that of the other one"
    assert "more than under what it is compared with" in first_screen(page_of(analysis)[1])
    assert "与命令式管理之差的差（规则：no_quorum减as_is）。" in words_of(analysis, "scenarios", "zh")
    assert "规则：no_quorum减as_is" in words_of(analysis, "hypotheses", "zh")
    anchors = experiment_report(analysis, LIBRARY, "en").anchors
    assert len({*anchors}) == len([*anchors])


def test_a_named_set_of_rules_is_told_in_words_and_names_nobody() -> None:
    shown = words_of(analysis_of("plain", "crossed"), "arms")
    assert (
        "Rules: no_quorum aggregation.quorum=1: Quorum – at least 1 cast (before: no least number) (Command)" in shown
    )
    assert "Quorum – at least 1 cast (before: at least 3 cast) (Joint production)" in shown
    assert "aggregation.quorum=1：" in words_of(analysis_of("plain", "crossed"), "arms", "zh")


def test_what_an_indicator_moves_over_all_blocks_is_not_put_beside_an_effect_at_one_level() -> None:
    reader = ExperimentReader(analysis_of("carried"), LIBRARY, "en")
    set_there = "holds residents’ share of those who decide, which the arm’s rules set"
    assert of_rules(reader, "horizontal_carried", BASE, ARM)[-1].startswith(f"{set_there} (without it +0.")
    assert of_rules(reader, "horizontal_carried", BASE, ARM, at_level=True)[-1] == set_there


def test_beside_a_test_on_the_locked_plan_stand_the_lacks_of_its_sessions_alone() -> None:
    grown = analysis_of("carried", "plain", plan=True)
    lacks = "without it: Command 0 of 12; Joint production 9 of 12 (nothing decided: 9)."
    assert lacks in words_of(grown, "hypotheses")
    assert lacks in first_screen(page_of(grown)[1])
    whole = "without it: Command 0 of 18; Joint production 9 of 18 (nothing decided: 9)."
    assert whole in words_of(analysis_of("carried", "plain"), "hypotheses")
    assert "命令式管理为12场中的0场；共同缔造为12场中的9场" in words_of(grown, "hypotheses", "zh")


@pytest.mark.parametrize(("lang", "alone"), [("en", "Rules on positions that are in one arm alone: "), ("zh", "只有")])
def test_rules_of_one_arm_alone_stand_in_a_table_of_its_own_and_not_beside_dashes(lang: Lang, alone: str) -> None:
    design = design_of(PLAIN, cases=2, replicates=1, arms=(BASE, ARM, "three_social_interaction"))
    analysis = unsplit(
        design, rows_of(design, np.random.default_rng(3), {"decided": {ARM: 0.1}}), model="some-model", style="free"
    )
    section = next(one for one in experiment_report(analysis, LIBRARY, lang).sections if one.anchor == "arms")
    details = next(block for block in section.blocks if isinstance(block, Details))
    shared, *own = [block for block in details.blocks if isinstance(block, Table)]
    assert shared.rows
    assert all([cell[0].text for cell in row].count("–") < 2 for row in shared.rows)
    assert own
    assert all(table.caption.startswith(alone) and len(table.head) == 2 for table in own)
