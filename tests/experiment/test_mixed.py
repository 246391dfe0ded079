"""Variance is split as it was put together, and where it cannot be split that is said."""

from __future__ import annotations

import math
import warnings
from typing import Any

import krippendorff
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM

from sandbox.experiment.analysis import mixed
from sandbox.experiment.analysis.agreement import agreement
from sandbox.experiment.analysis.mixed import PARTS, Likelihood, components
from tests.experiment.simulated import CASES, design_of, rows_of

ARM = "joint_production"


def rows(seed: int = 1, *, cases: int = 12, replicates: int = 10, spreads: Any = (0.3, 0.1, 0.15, 0.2)) -> list[Any]:
    """Return sessions under three arms, of which one has an effect of 0.25."""
    design = design_of(cases=cases, replicates=replicates, arms=("command", ARM, "other"))
    return rows_of(design, np.random.default_rng(seed), {"y": {ARM: 0.25}}, spreads=spreads)


@pytest.mark.fuzz
def test_variances_are_those_that_the_sessions_were_drawn_with() -> None:
    found = [components(rows(seed, replicates=6), "y", "governance", "command") for seed in range(1, 7)]
    assert {item.why for item in found} == {""}
    for part, spread in {"scenario": 0.3, "arm_by_scenario": 0.1, "replicate": 0.15, "rest": 0.2}.items():
        mean = np.mean([item.variances[part] for item in found])  # type: ignore[index]
        # The variance of twelve cases is itself known to about 40%, over six experiments to about 17%.
        assert math.sqrt(mean) == pytest.approx(spread, rel=0.3)
    assert sum(found[0].shares.values()) == pytest.approx(1.0)
    means = [item.effects[ARM][0] for item in found]
    assert np.mean(means) == pytest.approx(0.25, abs=0.04)
    held = [item.effects[ARM][1] < 0.25 < item.effects[ARM][2] for item in found]
    assert sum(held) >= 4
    assert set(found[0].effects) == {ARM, "other"}


def test_the_likelihood_is_that_of_statsmodels() -> None:
    frame = mixed._frame(rows(cases=3, replicates=2)[1:], "y", "governance", "command")
    frame = frame.assign(arm=frame["arm"].astype(str), both=frame["arm"].astype(str) + frame["scenario"])
    formulas = {"arm_by_scenario": "0 + C(both)", "replicate": "0 + C(block)"}
    theirs = MixedLM.from_formula("y ~ C(arm)", frame, groups="scenario", re_formula="1", vc_formula=formulas)
    theirs.reml, theirs.use_sqrt, theirs.cov_pen, theirs.fe_pen = True, True, None, None
    fixed = np.column_stack([np.ones(len(frame)), *(frame["arm"] == arm for arm in sorted(set(frame["arm"]))[1:])])
    across, within = ([frame[name].to_numpy() for name in names] for names in (("scenario", "both"), ("block",)))
    ours = Likelihood(fixed, frame["y"].to_numpy(), across, within)
    for spreads in ([1.0, 0.5, 0.2], [0.01, 2.0, 1e-4]):
        assert ours.at(np.square(spreads))[0] == pytest.approx(theirs.loglike(np.array(spreads)))


def test_at_a_variance_of_zero_the_model_is_that_without_it() -> None:
    nothing = 0
    for seed in range(20):
        held = rows(seed, cases=4, replicates=3, spreads=(0.0, 0.0, 0.0, 0.2))
        found = components(held, "y", "governance", "command")
        assert found.why == ""
        if found.shares["rest"] == 1:
            nothing += 1
            values = {
                arm: [row["outcomes"]["y"] for row in held if row["arm"] == arm] for arm in ("command", ARM, "other")
            }
            pooled = np.mean([np.var(given, ddof=1) for given in values.values()])
            effect = np.mean(values[ARM]) - np.mean(values["command"])
            reach = float(stats.t.ppf(0.975, 3)) * math.sqrt(pooled * 2 / 12)
            assert found.effects[ARM] == pytest.approx((effect, effect - reach, effect + reach))
    assert nothing > 3, "all three variances come out at zero at once now and then"


def test_the_study_of_the_readme_is_split_although_nothing_differs_by_case() -> None:
    commanded = {"four_oclock_school": (4, 4, 4, 4), "clean_up": (4, 5, 6, 4)}  # residents' lines, of 37
    joined = {"four_oclock_school": (14, 15, 17, 16), "clean_up": (16, 15, 15, 16)}  # of 43
    held = [
        {
            "id": f"{case}{arm}{replicate}", "arm": arm, "scenario": case, "replicate": replicate + 1,
            "cell": {"scenario": case, "governance": arm},
            "outcomes": {"turn_share_residents": lines[case][replicate] / of},
        }
        for replicate in range(4) for case in commanded
        for arm, lines, of in (("command", commanded, 37), (ARM, joined, 43))
    ]  # fmt: skip
    found = components(held, "turn_share_residents", "governance", "command")
    assert found.shares == {"scenario": 0.0, "arm_by_scenario": 0.0, "replicate": 0.0, "rest": 1.0}
    assert found.effects[ARM] == pytest.approx((0.242, 0.110, 0.375), abs=0.001)


def test_a_variance_of_nothing_is_nothing_and_no_failure() -> None:
    found = components(rows(spreads=(0.3, 0.0, 0.0, 0.2), replicates=4), "y", "governance", "command")
    assert found.why == ""
    assert found.shares["arm_by_scenario"] < 0.05
    assert found.shares["replicate"] < 0.05


def test_where_only_the_arms_differ_there_is_no_spread_and_no_failure() -> None:
    held = rows(cases=4, spreads=(0.0, 0.0, 0.0, 0.0), replicates=2)
    found = components(held, "y", "governance", "command")
    assert found.why == ""
    assert found.effects[ARM] == pytest.approx((0.25, 0.25, 0.25))
    assert not sum(found.shares.values())


def test_where_sessions_of_a_block_are_the_same_that_is_said() -> None:
    for cases in (1, 3):
        held = rows(cases=cases, replicates=10, spreads=(0.1, 0.0, 0.2, 0.0))
        whole = [round(row["outcomes"]["y"] - 0.25 * (row["arm"] == ARM)) for row in held]
        same = [{**row, "outcomes": {"y": value}} for row, value in zip(held, whole, strict=True)]
        found = components(same, "y", "governance", "command")
        assert found.why in ("", "alike")
        assert not found.variances.get("rest")


def test_what_the_design_cannot_tell_apart_is_left_out() -> None:
    cases: list[tuple[int, int, set[str]]] = [
        (12, 1, {"scenario", "rest"}),
        (1, 8, {"replicate", "rest"}),
        (6, 3, {"scenario", "arm_by_scenario", "replicate", "rest"}),
    ]
    for held, replicates, parts in cases:
        found = components(rows(cases=held, replicates=replicates), "y", "governance", "command")
        assert (found.why, set(found.variances)) == ("", parts)


def test_sessions_without_the_outcome_are_left_out() -> None:
    held = rows(replicates=3)
    held[0]["outcomes"]["y"] = None
    assert components(held, "y", "governance", "command").sessions == len(held) - 1


def test_other_factors_do_not_count_as_spread() -> None:
    design = design_of(cases=8, replicates=4, factors={"model": ["m1", "m2"]})
    held = rows_of(design, np.random.default_rng(3), {"y": {ARM: 0.2}}, models=("m1", "m2"))
    for row in held:
        row["outcomes"]["y"] += 5.0 * (row["cell"]["model"] == "m2")
    found = components(held, "y", "governance", "command")
    assert math.sqrt(found.variances["rest"]) == pytest.approx(0.1, rel=0.35)


def test_all_sessions_are_split_however_many() -> None:
    held = rows(cases=6, replicates=150)
    found = components(held, "y", "governance", "command")
    assert (found.why, found.sessions) == ("", len(held))
    assert math.sqrt(found.variances["rest"]) == pytest.approx(0.2, rel=0.05)


def seated_twice(held: list[Any], *shifts: float) -> list[Any]:
    """Return the same sessions with each set of personas, whose level is shifted."""
    whos = zip(("soft", "strict"), shifts or (0.0, 0.0), strict=True)
    return [
        {
            **row, "id": f"{row['id']}{who}", "cell": {**row["cell"], "personas": who},
            "outcomes": {"y": row["outcomes"]["y"] + shift},
        }
        for who, shift in whos for row in held
    ]  # fmt: skip


@pytest.mark.parametrize("cases", [1, 4])
def test_sessions_that_are_the_same_twice_are_split_as_they_are_once(cases: int) -> None:
    held = rows(cases=cases, replicates=10)
    once = components(held, "y", "governance", "command")
    for shifts in ((0.0, 0.0), (0.0, 0.3)):
        twice = components(seated_twice(held, *shifts), "y", "governance", "command")
        assert twice.shares == pytest.approx(once.shares), "who plays makes nothing that a block had in common"
        assert set(twice.effects) == set(once.effects)
        for arm, effect in once.effects.items():
            assert twice.effects[arm] == pytest.approx(effect)


def test_what_sessions_of_a_seed_and_arm_share_is_no_part_of_the_block() -> None:
    held, generator = rows(cases=6, replicates=20), np.random.default_rng(5)
    twice = seated_twice(held)
    for row in twice:
        row["outcomes"]["y"] += generator.normal(0, 0.1)
    found = components(twice, "y", "governance", "command")
    truth = {"replicate": 0.15, "arm_by_replicate": 0.2, "rest": 0.1}
    assert {part: math.sqrt(found.variances[part]) for part in truth} == pytest.approx(truth, rel=0.25)  # type: ignore[index]


def test_where_nothing_can_be_split_it_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    held = rows(replicates=2)
    same = [{**row, "outcomes": {"y": 1.0}} for row in held]
    assert components(same, "y", "governance").why == "constant"
    assert components(held[:1], "y", "governance").why == "few"
    single = [row for row in held if row["scenario"] == CASES[0] and row["replicate"] == 1]
    assert components(single, "y", "governance").why == "few"
    assert components(held, "lines", "governance").why == "few"
    monkeypatch.setattr(Likelihood, "largest", lambda _: None)
    failed = components(held[1:], "y", "governance")
    assert (failed.why, failed.variances, failed.shares) == ("not_converged", {}, {})


def votes_on(held: list[Any], judges: int, severity: float, noise: float, seed: int = 1) -> dict[str, Any]:
    """Return what judges give sessions: their value, and what is the judge's own."""
    generator = np.random.default_rng(seed)
    shift = generator.normal(0, severity, judges)
    return {
        row["id"]: {"y": {f"j{j}": row["outcomes"]["y"] + shift[j] + generator.normal(0, noise) for j in range(judges)}}
        for row in held
    }


@pytest.mark.fuzz
def test_judges_are_a_part_of_the_variance_as_in_a_fit_with_all_crossed() -> None:
    held = [row for row in rows(cases=4, replicates=2) if row["arm"] != "other"]
    votes = votes_on(held, 3, 0.3, 0.2)
    found = components(held, "y", "governance", "command", votes=votes)
    frame = pd.DataFrame(
        {"y": level, "judge": judge, "all": 1, **{key: row[key] for key in ("id", "arm", "scenario", "block")}}
        for row in held
        for judge, level in votes[row["id"]]["y"].items()
    )
    random = {"scenario": "scenario", "arm_by_scenario": "arm):C(scenario", "replicate": "block", "rest": "id"}
    formulas = {part: f"0 + C({name})" for part, name in (random | {"judge": "judge"}).items()}
    model = MixedLM.from_formula("y ~ C(arm)", frame, groups="all", vc_formula=formulas)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = model.fit(reml=True, method=["powell"])
    whole = dict(zip(model.exog_vc.names, fit.vcomp, strict=True)) | {"vote": fit.scale}
    assert set(found.variances) == set(whole) == {*PARTS} - {"arm_by_replicate"}
    for part, variance in whole.items():
        assert found.variances[part] == pytest.approx(variance, abs=0.004)
    assert found.effects[ARM][0] == pytest.approx(fit.fe_params["C(arm)[T.joint_production]"])


def test_sessions_that_a_judge_left_out_do_not_count_to_the_panel() -> None:
    held = rows(cases=6, replicates=3)
    votes = votes_on(held, 2, 0.3, 0.2)
    del votes[held[0]["id"]]["y"]["j1"]
    assert components(held, "y", "governance", "command", votes=votes).sessions == len(held) - 1
    lone = {session: {"y": {"j0": given["y"]["j0"]}} for session, given in votes.items()}
    assert components(held, "y", "governance", "command", votes=lone) == components(held, "y", "governance", "command")


def test_agreement_is_that_of_krippendorff() -> None:
    given = [(1, 2), (3, 3), (5, 4), (4, 4), (2, 2), (1, 1), (5, 5), (3, 2), (4, 5), (2, 3)]
    votes = {f"s{n}": {"y": {"a": float(first), "b": float(second)}} for n, (first, second) in enumerate(given)}
    votes["s10"] = {"y": {"a": 5.0}}
    found = agreement(votes, list(votes), "y", np.random.default_rng(1))
    assert found is not None
    expected = krippendorff.alpha(np.array(given).T, level_of_measurement="ordinal")
    assert found.sessions == 10
    assert found.alpha == pytest.approx(expected)
    assert found.judges == {"a": 3.0, "b": 3.1}
    assert found.low is not None
    assert found.high is not None
    assert found.low < expected < found.high
    same = {session: {"y": {"a": 3.0, "b": 3.0}} for session in votes}
    assert agreement(same, list(same), "y", np.random.default_rng(1)).alpha is None  # type: ignore[union-attr]
    assert agreement(votes, ["s10"], "y", np.random.default_rng(1)) is None


@pytest.mark.fuzz
@pytest.mark.parametrize(("cases", "replicates", "units"), [(4, 3, 4), (8, 1, 8)])
def test_intervals_know_how_few_cases_they_rest_on(
    cases: int, replicates: int, units: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    design = design_of(cases=cases, replicates=replicates)
    held = rows_of(design, np.random.default_rng(2), {"y": {ARM: 0.2}})
    alone = [row for row in held if row["scenario"] == CASES[0]]
    assert components(alone, "y", "governance", "command").effects == {}, "one case tells nothing of others"

    def reaches() -> list[float]:
        found = [components(chosen, "y", "governance", "command").effects[ARM] for chosen in (held, held[1:])]
        return [high - mean for mean, _, high in found]

    by_t = reaches()
    monkeypatch.setattr(mixed, "_quantile", lambda _: 1.0)
    expected = float(stats.t.ppf(0.975, units - 1))
    assert [reach / error for reach, error in zip(by_t, reaches(), strict=True)] == pytest.approx([expected] * 2)


@pytest.mark.simulation
@pytest.mark.parametrize("spreads", [(0.1, 0.1, 0.05, 0.1), (0.0, 0.0, 0.0, 0.1)])
@pytest.mark.parametrize(("cases", "arms"), [(4, 2), (8, 2), (4, 4)])
def test_intervals_of_few_cases_hold_the_truth(cases: int, arms: int, spreads: Any) -> None:
    design = design_of(cases=cases, replicates=3, arms=("command", ARM, "other", "fourth")[:arms])
    held = 0
    for seed in range(300):
        drawn = rows_of(design, np.random.default_rng(seed), {"y": {ARM: 0.2}}, spreads=spreads)
        found = components(drawn, "y", "governance", "command")
        assert found.why == ""
        _, low, high = found.effects[ARM]
        held += low <= 0.2 <= high
    print(cases, arms, spreads, held / 300)  # noqa: T201
    assert 0.94 <= held / 300 <= 1.0
