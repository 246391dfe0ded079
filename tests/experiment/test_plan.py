"""Plans: what an experiment takes, as ranges that hold, and what it can find."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sandbox.cli.console import Console
from sandbox.cli.experiment_plan import arm_lines, print_plan
from sandbox.content.language import LANGUAGES
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.experiment.analysis.analysis import analyse
from sandbox.experiment.analysis.effects import effects_of
from sandbox.experiment.outcomes import outcomes_of
from sandbox.experiment.planning import power as powers
from sandbox.experiment.planning.notes import check_played, inert_factors, rests_on, untold_summaries
from sandbox.experiment.planning.plan import plan_of
from sandbox.experiment.planning.rehearsal import rehearse
from sandbox.experiment.planning.runs import Run, runs_of
from sandbox.experiment.planning.scatter import scatter_of
from sandbox.experiment.playing.pace import RateLimits
from sandbox.experiment.store.status import said_players
from sandbox.game.game import Game
from sandbox.game.play import play
from sandbox.game.session import Session
from sandbox.game.spec import CARDS, SessionSpec
from sandbox.llm.usage import Budget, Usage, tokens_in
from sandbox.record.folder import SessionFolder
from sandbox.record.log import Log
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.experiment import experiment_report
from sandbox.session.context import DIRECTED, FREE
from sandbox.session.points import card_turn
from sandbox.session.runner import Watch
from tests.experiment.making import LIBRARY, design, runs
from tests.running import run_session
from tests.scripted import ScriptedModel
from tests.session.support import models_at, serving

SHORT = {"stages": {"end": ["public_engagement"]}, "turns": [4]}
TINY = {**SHORT, "turns": [2]}
PRICES = Budget(price_input=1.0, price_output=4.0)
NONE = Budget()
power_of: Any = powers.power_of  # of what it returns a test says itself what has to be there


def row(run: Run, usage: Usage, seconds: float = 60.0, outcome: float = 0.5) -> dict[str, Any]:
    """Return a finished session as the store gives it."""
    return {
        "id": run.id, "arm": run.arm, "block": run.block, "scenario": run.scenario, "replicate": run.replicate,
        "by_rules": run.spec.style == "rules", "null": run.null, "cell": run.cell,
        "usage": usage.as_dict(), "started": 100.0, "ended": 100.0 + seconds,
        "outcomes": {"questions_settled": outcome},
    }  # fmt: skip


def planned(played: Sequence[Run], rows: Sequence[dict[str, Any]] = (), prices: Budget = NONE, **changes: Any) -> Any:
    return plan_of(design(**{"hypotheses": [], **changes}), played, rows, prices, library=LIBRARY)


# What it takes


def test_the_matrix_counts_sessions_at_each_level() -> None:
    plan = planned(runs(factors=SHORT), factors=SHORT)
    assert plan.matrix["governance"] == {"command": 4, "joint_production": 4}
    assert plan.matrix["scenario"] == {"four_oclock_school": 4, "clean_up": 4}
    assert (plan.sessions, plan.silent, plan.blocks, plan.done, plan.pilot) == (8, 8, 4, 0, 0)


def test_without_a_pilot_ranges_rest_on_assumptions_that_are_named() -> None:
    plan = planned(runs(factors=SHORT), prices=PRICES, factors=SHORT)
    for amount in (plan.calls, plan.prompt, plan.completion, plan.tokens, plan.seconds, plan.money):
        assert 0 < amount.low < amount.high
    assert plan.money.high == pytest.approx((plan.prompt.high + 4 * plan.completion.high) / 1e6, rel=1e-4)
    said = "\n".join(plan.assumptions)
    for part in ("no pilot", "thinks before it answers", "--pilot 4", "at once", "1 for a million prompt tokens"):
        assert part in said


def test_without_prices_no_money_is_told() -> None:
    plan = planned(runs(factors=SHORT), factors=SHORT)
    assert plan.money is None
    assert "SANDBOX_PRICE_INPUT" in "\n".join(plan.assumptions)


def test_rules_only_sessions_take_nothing() -> None:
    plan = planned(runs_of(design(factors=SHORT), LIBRARY, model="none", style="rules"), factors=SHORT)
    assert (plan.calls.high, plan.tokens.high, plan.seconds.high, plan.assumptions) == (0, 0, 0, ())


def test_a_hypothesis_on_a_judge_is_said_to_need_one_who_was_measured() -> None:
    asked = [{"id": "h1", "outcome": "judged_trust", "arm": "joint_production", "direction": "higher", "smallest": 0.5,
              "primary": True}]  # fmt: skip
    plan = planned(
        runs(factors=SHORT, judge="umpire", hypotheses=asked), factors=SHORT, judge="umpire", hypotheses=asked
    )
    said = next(text for text in plan.assumptions if text.startswith("Judges: h1 (primary)"))
    assert "never primary, unless the judge (umpire) was measured reliable" in said


def test_judges_are_counted_in() -> None:
    plain = planned(runs(factors=SHORT), factors=SHORT)
    judged = planned(runs(factors=SHORT, judge="a,b"), factors=SHORT)
    assert judged.calls.low > plain.calls.low + 8 * 2 * 0.75 * 5


@pytest.mark.parametrize(("style", "lang"), [("free", "en"), ("directed", "zh")])
def test_a_rehearsal_sends_what_a_session_sends(style: str, lang: str, tmp_path: Path) -> None:
    run = runs(factors={**SHORT, "lang": [lang], "style": [style]})[0]
    model = ScriptedModel()
    with serving(model) as url:
        models = replace(models_at(url, style, judge=False), profile=FREE if style == "free" else DIRECTED)
        session = run_session(SessionFolder.create(tmp_path), run.spec, LIBRARY, models, Watch())
        asyncio.run(models.endpoints.during(session))
    rehearsed = rehearse(run.spec, LIBRARY).usage
    assert rehearsed.calls == pytest.approx(len(model.requests), rel=0.25)
    sent = sum(tokens_in(message["content"]) for body in model.requests for message in body["messages"])
    assert rehearsed.prompt == pytest.approx(sent, rel=0.25)


def truth(run: Run) -> Usage:
    """Return what a session takes at an endpoint that counts twice as many tokens, at its own length."""
    usage, noise = rehearse(run.spec, LIBRARY).usage, random.Random(run.id).uniform(0.8, 1.3)
    return Usage(usage.calls, round(2 * noise * usage.prompt), 0, round(3 * noise * usage.completion))


@pytest.mark.fuzz
def test_a_pilot_gives_ranges_that_hold_the_truth() -> None:
    played = [run for run in runs(seed=1, factors=TINY, replicates=3) if not run.null]
    usages = {run.id: truth(run) for run in played}
    pilot = [row(run, usages[run.id]) for run in played[:6]]
    plan = planned(played, pilot, factors=TINY, seed=1, replicates=3)
    assert (plan.done, plan.pilot) == (6, 6)
    total = sum(usages.values(), Usage())
    assert plan.tokens.low <= total.total <= plan.tokens.high
    assert plan.tokens.high < 3 * plan.tokens.low


def test_when_all_is_played_the_range_is_what_was_spent() -> None:
    played = [run for run in runs(factors=SHORT) if not run.null]
    rows = [row(run, Usage(5, 1000, 0, 100)) for run in played]
    plan = planned(played, rows, PRICES, factors=SHORT)
    assert (plan.tokens.low, plan.tokens.high, plan.seconds.high) == (8 * 1100, 8 * 1100, 0)
    assert plan.money.low == plan.money.high == pytest.approx(8 * 1400 / 1e6)


def test_a_pilot_tells_the_time_that_is_left() -> None:
    played = [run for run in runs(factors=SHORT, replicates=10) if not run.null]
    usage = rehearse(played[0].spec, LIBRARY).usage
    rows = [row(run, usage, 80.0) for run in played[:8]]
    plan = planned(played, rows, factors=SHORT, replicates=10, concurrency=4)
    assert plan.seconds.low < 32 * 80 / 4 < plan.seconds.high
    assert "as in these sessions" in "\n".join(plan.assumptions)


def test_no_plan_is_faster_than_bounds_by_the_minute_allow() -> None:
    made, played = design(hypotheses=[], factors=SHORT), runs(factors=SHORT)
    free, bounded = (
        plan_of(made, played, [], NONE, library=LIBRARY, rates=rates) for rates in (None, RateLimits(requests=6))
    )
    assert free.seconds.low < bounded.seconds.low == pytest.approx(10 * bounded.calls.low)
    assert bounded.seconds.high >= 10 * bounded.calls.high
    assert "no more than 6 requests a minute for each model" in "\n".join(bounded.assumptions)
    tokens = plan_of(made, played, [], NONE, library=LIBRARY, rates=RateLimits(tokens=1_000)).seconds
    assert tokens.high == pytest.approx(bounded.tokens.high * 60 / 1_000)


def test_the_budget_is_said_to_cover_so_many_sessions() -> None:
    played = runs(factors=SHORT)
    need = planned(played, factors=SHORT).tokens
    half = planned(played, factors=SHORT, budget={"tokens": round(need.high / 2)}).covered
    assert half.low in (3, 4)
    assert half.high == 8
    assert planned(played, factors=SHORT).covered is None


# What it can find


def pairs(played: Sequence[Run], within: float, between: float, missing: bool = False) -> list[dict[str, Any]]:
    """Return rows whose paired differences vary within scenarios and between them."""
    rng = random.Random(5)
    effects = {run.scenario: rng.gauss(0, between) for run in played}
    rows = []
    for run in played:
        value = 0.5 if run.arm == "command" else 0.5 + effects[run.scenario] + rng.gauss(0, within)
        rows.append(row(run, Usage(1, 1, 0, 1), outcome=value))
        if missing:
            rows[-1]["outcomes"] = {"questions_settled": None}
    return rows


def test_power_rises_with_the_effect_and_with_replicates_and_falls_with_spread() -> None:
    many = design(replicates=8)
    played = [run for run in runs(replicates=8) if not run.null]

    def power(within: float, smallest: float = 0.2) -> Any:
        whole = many.hypotheses[0].model_copy(update={"smallest": smallest})
        sized = many.model_copy(update={"hypotheses": (whole,)})
        (found,) = power_of(sized, played, pairs(played, within, 0), LIBRARY, simulations=500)
        return found

    noisy, calm, small = power(0.5), power(0.1), power(0.1, 0.02)
    assert calm.basis == "pilot"
    assert calm.pairs == 16
    assert calm.within == pytest.approx(0.1, abs=0.05)
    assert calm.planned > 0.9 > noisy.planned
    assert small.planned < 0.5
    assert noisy.replicates > noisy.planned
    assert noisy.scenarios > noisy.planned
    assert (calm.enough, noisy.enough > 8) == (8, True)


@pytest.mark.fuzz
def test_blocks_of_one_seed_count_as_one_in_a_plan_as_in_the_analysis() -> None:
    models = {"model": ["none", "cards", "stub"], "scenario": ["four_oclock_school", "clean_up"]}
    made = design(replicates=3, factors=models)
    alone = design(replicates=3)
    played, single = (runs(replicates=3, factors=factors) for factors in (models, {}))
    (found,), (plain,) = (power_of(sized, chosen, [], LIBRARY, simulations=200)
                          for sized, chosen in ((made, played), (alone, single)))  # fmt: skip
    assert (found.pairs, found.within, found.planned) == (plain.pairs, plain.within, plain.planned)
    rows = [row(run, Usage(1, 1, 0, 1), outcome=random.Random(run.id).random()) for run in played if not run.null]
    (pilot,) = power_of(made, played, rows, LIBRARY, simulations=20)
    analysis = analyse(made, rows)
    effect: Any = analysis.effects.tested[0].effect
    assert pilot.pairs == effect.pair.clusters == 6
    assert pilot.least[0] == effect.pair.p_least
    notes = " ".join(rests_on(made, played, (pilot,)))
    assert "3 blocks at a time, which differ by Model alone, have the same seed" in notes
    report = to_markdown(experiment_report(analysis, LIBRARY, "en"))
    assert "6 seeds of these cases (in 18 blocks;" in report
    assert "so few blocks with a seed of their own are compared" not in report


def test_a_design_without_an_effect_is_confirmed_as_often_as_it_should() -> None:
    played = [run for run in runs(replicates=6) if not run.null]
    nothing = design(replicates=6).hypotheses[0].model_copy(update={"smallest": 1e-9, "direction": "different"})
    sized = design(replicates=6).model_copy(update={"hypotheses": (nothing,)})
    (found,) = power_of(sized, played, pairs(played, 0.3, 0), LIBRARY, simulations=300)
    assert 0.01 <= found.planned <= 0.1


def test_a_yes_or_no_is_planned_as_the_flips_of_few_pairs_can_confirm_it() -> None:
    more, less, count = 0.45, 0.1, 12  # in so many of the pairs the arm, or the base, alone says yes
    spread: Any = scatter_of({"clean_up": [1.0] * 90 + [-1.0] * 20 + [0.0] * 90})
    item = design().hypotheses[0].model_copy(update={"smallest": more - less, "direction": "higher"})
    exact = sum(
        comb(count, up) * comb(count - up, down) * more**up * less**down * (1 - more - less) ** (count - up - down)
        for up in range(count + 1) for down in range(min(up, count - up + 1))
        if 2 * sum(comb(up + down, fewer) for fewer in range(down + 1)) / 2 ** (up + down) < 0.05
    )  # fmt: skip
    planned, normal = (
        powers._Study(item, replace(spread, step=step), 0.05, (1, 1), 750).power([6, 6]) for step in (spread.step, 0.0)
    )
    assert planned == pytest.approx(exact, abs=0.05)
    assert normal > exact + 0.1


@pytest.mark.fuzz
def test_scenarios_that_differ_are_told_from_noise_within_them() -> None:
    cases = sorted(LIBRARY.cards["scenario"])
    played = [run for run in runs(factors={"scenario": cases}, replicates=6) if not run.null]
    (found,) = power_of(design(replicates=6), played, pairs(played, 0.1, 0.4), LIBRARY, simulations=20)
    assert found.within == pytest.approx(0.1, abs=0.03)
    assert found.between == pytest.approx(0.4, abs=0.2)


def test_with_few_cases_power_is_of_the_test_that_will_be_made_whatever_lies_between_them() -> None:
    from scipy import stats

    item = design().hypotheses[0].model_copy(update={"smallest": 0.05, "direction": "higher"})
    made = design(replicates=10).model_copy(update={"hypotheses": (item,)})
    played = [run for run in runs(replicates=10) if not run.null]
    rows = pairs(played, 0.05, 0.3)
    (found,) = power_of(made, played, rows, LIBRARY, simulations=500)
    assert found.between > 0.05, "cases differ by far more than what matters"
    rng, number = np.random.default_rng(2), 500
    drawn = 0.05 + rng.normal(0, found.within, (number, 20))  # both cases have the smallest effect
    expected = np.mean(stats.ttest_1samp(drawn, 0, axis=1).pvalue < 0.05)
    assert found.planned == pytest.approx(expected, abs=0.06)
    assert found.planned > 0.9
    assert found.enough == 10, "it asks for no more replicates"
    notes = " ".join(rests_on(made, played, (found,)))
    assert "holds for these cases alone" in notes
    assert re.search(r"differs between cases \(h1 ±[.\de-]+, standard deviation\) plays no part in the power", notes)
    many = sorted(LIBRARY.cards["scenario"])[:8]
    wide = [run for run in runs(factors={"scenario": many}, replicates=10) if not run.null]
    (beyond,) = power_of(made, wide, pairs(wide, 0.05, 0.3), LIBRARY, simulations=500)
    assert beyond.planned < 0.3, "from six cases on the test counts cases"


def test_a_plan_for_the_cards_is_rehearsed_by_the_cards(capsys: pytest.CaptureFixture[str]) -> None:
    made = design(factors={"scenario": ["four_oclock_school"], "turns": [8]}, replicates=4)
    by_cards = runs_of(made, LIBRARY, model="cards", style="directed")
    (found,) = power_of(made, by_cards, [], LIBRARY, simulations=20)
    spoken = [run for run in by_cards if not run.null]
    rows = []
    for run in spoken:
        game = Game(run.spec, LIBRARY)
        rows.append({**row(run, Usage()), "outcomes": outcomes_of(Session(game, play(game, card_turn)))})
    (played,) = power_of(made, by_cards, rows, LIBRARY, simulations=20)
    assert (found.basis, played.basis) == ("cards", "pilot")
    assert (found.within, found.pairs, found.planned) == (played.within, played.pairs, played.planned)
    print_plan(Console(width=200), plan_of(made, by_cards, [], NONE, library=LIBRARY))
    said = capsys.readouterr().out
    assert "The spread of h1 is that of 4 rehearsed pairs of sessions by the cards. Cards always say the same" in said


def test_a_plan_names_rules_that_change_nothing_and_outcomes_that_do_not_vary() -> None:
    made = design(
        factors={
            **SHORT,
            "rules": {"as_is": [], "same": ["aggregation.veto=[]"]},
            "scenario": ["clean_up"],
            "governance": ["command", "joint_production", "one_core_multiple_actors"],
        }
    )
    warned = plan_of(made, runs_of(made, LIBRARY, model="none", style="rules"), [], NONE, library=LIBRARY).warnings
    assert [text for text in warned if "changes nothing" in text] == [
        f"same changes nothing under {model}, which says so already, or where no such rule counts (a quorum, "
        "further ballots or a veto, where the chair decides): it is the same there as without it."
        for model in ("command", "joint_production")
    ]
    told = arm_lines(made, runs_of(made, LIBRARY, model="none", style="rules"), LIBRARY)
    assert [line.split()[0] for line in told if "veto of" in line] == ["one_core_multiple_actors"]
    (summary, *_) = untold_summaries(made, runs_of(made, LIBRARY, model="m", style="free"))
    assert "card of command says of its rules in a sentence where these are changed (same)" in summary
    still = design(factors={"stages": {"only": ["application"]}, "scenario": ["clean_up"], "turns": [4]})
    silent = plan_of(still, runs_of(still, LIBRARY, model="none", style="rules"), [], NONE, library=LIBRARY)
    assert silent.power[0].alike == 16, "that stage decides nothing, and more are tried than the design has"
    assert any("questions_settled has one and the same value in all 16 sessions" in text for text in silent.warnings)


def test_a_plan_warns_of_an_outcome_that_most_rehearsed_sessions_lack(capsys: pytest.CaptureFixture[str]) -> None:
    base, asked = "government_community_interaction", {"arm": "joint_production", "direction": "different"}
    made = design(
        base=base, replicates=6, seed=11,
        factors={
            "governance": [base, "joint_production"], "model": [CARDS],
            "scenario": ["four_oclock_school", "clean_up", "hukou_two_doors"],
        },
        hypotheses=[
            {**asked, "id": "newcomers", "outcome": "needs_met_newcomers", "smallest": 0.1, "primary": True},
            {**asked, "id": "decided", "outcome": "decided", "smallest": 0.2},
        ],
    )  # fmt: skip
    plan = plan_of(made, runs_of(made, LIBRARY, model=CARDS, style="directed"), [], NONE, library=LIBRARY)
    (rare,) = (text for text in plan.warnings if "newcomers" in text)
    assert rare.startswith("newcomers will rest on few pairs: most of the sessions that were tried are without")
    lacking = plan.power[0].lacking[0]
    assert (lacking.arm, lacking.sessions) == (base, 18)
    assert 9 < lacking.without < 18
    assert f"({base} {lacking.without} of 18)" in rare
    assert "that every session has (decided, say)" in rare
    print_plan(Console(width=200), plan)
    said = capsys.readouterr().out
    count = plan.power[0].pairs
    nothing = (
        f"newcomers nothing is known: pairs that were tried and have the outcome in both sessions: {count}, too few"
    )
    assert nothing in " ".join(said.split())
    assert re.search(r"few: 6 cases .*\n.* count, not blocks", said), "beside the figure"


def test_without_a_pilot_the_spread_is_that_of_rules_only_sessions() -> None:
    (found,) = power_of(design(replicates=4), runs(replicates=4), [], LIBRARY, simulations=20)
    assert (found.basis, found.pairs) == ("rules", 8)
    assert found.planned is not None


def test_how_an_effect_differs_by_who_plays_is_planned_from_the_spread_of_the_effect_itself() -> None:
    itself = design().hypotheses[0].model_dump()
    asked = {**itself, "id": "by_model", "primary": False, "at": {"model": "m2"}, "against": {"model": "m1"}}
    made = design(replicates=4, factors={**design().factors.model_dump(exclude_defaults=True), "model": ["m1", "m2"]},
                  hypotheses=[itself, asked])  # fmt: skip
    every = runs_of(made, LIBRARY, model="stub", style="directed")
    plain, apart = power_of(made, every, [], LIBRARY, simulations=20)
    assert (plain.basis, apart.basis, apart.pairs) == ("rules", "effect", plain.pairs)
    assert apart.within == pytest.approx(np.sqrt(2) * plain.within)
    assert apart.planned is not None


def test_of_an_outcome_that_only_words_have_nothing_is_known_before_a_pilot() -> None:
    worded = design().hypotheses[0].model_copy(update={"outcome": "facts_told"})
    sized = design().model_copy(update={"hypotheses": (worded,)})
    (found,) = power_of(sized, runs(), [], LIBRARY)
    assert (found.basis, found.planned) == ("", None)


@pytest.mark.fuzz
def test_a_few_pairs_promise_less_than_many_that_spread_alike_and_pairs_all_alike_promise_nothing() -> None:
    played = [run for run in runs(replicates=8) if not run.null]
    many = pairs(played, 0.2, 0)
    (whole,) = power_of(design(replicates=8), played, many, LIBRARY, simulations=30)
    few = many[2:8]
    (found,) = power_of(design(replicates=8), played, few, LIBRARY, simulations=30)
    assert (found.basis, found.pairs) == ("pilot", 3)
    same = [{**entry, "outcomes": {"questions_settled": 0.5}} for entry in many]
    (alike,) = power_of(design(replicates=8), played, same, LIBRARY, simulations=2)
    assert alike.basis == "rules"
    assert found.planned < whole.planned
    worded = design(
        arms="wording", base="as_is", null_arm=False,
        factors={"governance": ["command"], "wording": ["as_is", "plain"]},
        hypotheses=[{**design().hypotheses[0].model_dump(), "arm": "plain"}],
    )  # fmt: skip
    compared = runs_of(worded, LIBRARY, model="stub", style="directed")
    (unknown,) = power_of(worded, compared, [], LIBRARY)
    assert (unknown.basis, unknown.planned) == ("", None), "the rules alone know of no wordings"


def test_pairs_that_measure_nothing_are_no_pilot() -> None:
    played = [run for run in runs() if not run.null]
    (found,) = power_of(design(), played, pairs(played, 0.1, 0, missing=True), LIBRARY, simulations=20)
    assert found.basis == "rules"


# What is shown


def test_the_plan_is_printed_with_ranges_power_and_what_they_rest_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = design(factors=SHORT, budget={"tokens": 20_000})
    plan = plan_of(made, runs(factors=SHORT), [], PRICES, library=LIBRARY)
    print_plan(Console(width=200), plan)
    out = capsys.readouterr().out
    for part in (
        "Planned for: stub, directed", "8 sessions in 4 blocks", "8 by the rules alone", "command (base) 4",
        "(compared)", "governance model compared within each",
        "tokens in all", "money", "time left", "that the budget covers", "h1 (primary)",
        "Questions settled", "−0.2 under joint_production", "pairs of sessions by the rules",
        "2,000 simulated experiments",
        "h1 is too weak: about ", "no pilot", "fewer than 6 cases (2)",
    ):  # fmt: skip
        assert part in out
    assert plan.as_dict()["power"][0]["hypothesis"]["id"] == "h1"
    monkeypatch.setattr("sandbox.cli.experiment_plan.LANG", "zh")
    print_plan(Console(width=200), plan)
    out = capsys.readouterr().out
    for part in ("│ 案例", "治理模式（比较的因素）", "每个区组内比较治理模式", "议定事项比例"):
        assert part in out


def test_a_plan_of_many_scenarios_says_what_flipping_their_signs_can_find(capsys: pytest.CaptureFixture[str]) -> None:
    cases = ["four_oclock_school", "clean_up", "estate_calm", "resettled_elders", "seafood_street", "legal_campaign"]
    hypotheses = [
        {**design().hypotheses[0].model_dump(), "id": f"h{place}", "outcome": outcome, "primary": not place}
        for place, outcome in enumerate(("questions_settled", "decided", "turn_share_residents"))
    ]
    made = design(factors={**SHORT, "scenario": cases}, hypotheses=hypotheses, replicates=1)
    silent = runs_of(made, LIBRARY, model="none", style="rules")
    print_plan(Console(width=200), plan_of(made, silent, [], NONE, library=LIBRARY))
    out = capsys.readouterr().out
    assert "No model plays" in out
    said = " ".join(out.split())
    assert "h1, h2 cannot be confirmed, whatever is played: 6 cases give no p below 0.031 by flips of signs" in said
    assert "and 0.025 is asked for. It takes 7 cases." in said
    assert re.search(r"h2 +│[^│]+│ +cannot │ +cannot │ +(?:[<>] )?[0-9.]+% │", out)
    assert re.search(r"h0 \(primary\) +│[^│]+│ +(?:[<>] )?[0-9.]+% │", out), "the primary one is tested by itself"
    assert "h2 is too weak, and no number of replicates (up to 10,000) gives 80%: add cases" in out


def test_the_least_p_that_can_come_out_tells_that_nothing_can_be_confirmed() -> None:
    rows = pairs([run for run in runs(replicates=4) if not run.null], 0.1, 0)
    (few,) = power_of(design(replicates=1), runs(replicates=1), rows, LIBRARY, simulations=20)
    assert (few.planned, few.least[0]) == (0, 0.5), "two blocks can be flipped in two ways"
    cases = {"scenario": ["four_oclock_school", "clean_up", "estate_calm"]}
    hypotheses = [
        {**design().hypotheses[0].model_dump(), "id": f"h{place}", "outcome": outcome, "primary": not place}
        for place, outcome in enumerate(("questions_settled", "turn_share_residents", "lines"))
    ]
    changes = {"factors": cases, "replicates": 4, "hypotheses": hypotheses}
    three = power_of(design(**changes), runs(**changes), [], LIBRARY, simulations=50)
    first, *others = three
    assert {power.scenarios for power in others} == {0}, "six cases are flipped whole, by an even stricter p"
    assert {(power.level, power.least[2]) for power in others} == {(0.025, 1 / 32)}
    assert (first.level, first.least[2]) == (0.05, 1 / 32), "the primary one is tested by itself"
    assert all(power.least[0] < power.level for power in three)


def test_two_blocks_cannot_confirm_even_what_only_words_tell_and_the_rules_tell_what_an_arm_lacks() -> None:
    h1 = {**design().hypotheses[0].model_dump(), "outcome": "needs_met"}
    asked = [h1, {**h1, "id": "h2", "outcome": "facts_told", "primary": False}]
    changes: dict[str, Any] = {"hypotheses": asked, "factors": {**SHORT, "scenario": ["clean_up"]}, "replicates": 2}
    plan = planned(runs(**changes), **changes)
    assert [(item.planned, item.least[0]) for item in plan.power] == [(None, 0.5), (None, 0.5)]
    few, lacks, *_ = plan.warnings
    assert few.startswith("h1, h2 cannot be confirmed, whatever is played: 2 blocks give no p below 0.5")
    assert few.endswith("It takes 6 blocks, and more replicates are more of them.")
    assert Words("zh").said(few).startswith("h1、h2怎么演都得不到验证：2个区组")
    assert lacks.startswith("h1 cannot be tested as it stands: under command none of the sessions that were tried has")


def test_a_hypothesis_by_a_judge_who_is_not_reliable_takes_no_part_in_the_family_as_in_the_report(
    capsys: pytest.CaptureFixture[str],
) -> None:
    named = ("questions_settled", "decided", "judged_trust")
    hypotheses = [
        {**design().hypotheses[0].model_dump(), "id": outcome, "outcome": outcome, "primary": outcome == named[0]}
        for outcome in named
    ]
    changes = {"hypotheses": hypotheses, "factors": SHORT, "judge": "umpire", "replicates": 3}
    whole, played = design(**changes), runs(**changes)
    reliable = plan_of(whole, played, [], NONE, library=LIBRARY)
    assert [(item.confirmatory, item.level) for item in reliable.power] == [(True, 0.05), (True, 0.025), (True, 0.025)]
    plan = plan_of(whole, played, [], NONE, library=LIBRARY, unreliable={"judged_trust"})
    rows = [
        {**row(run, Usage()), "outcomes": dict.fromkeys(named, float(place % 3))} for place, run in enumerate(played)
    ]
    tested = effects_of(whole, rows, np.random.default_rng(1), locked=named, unreliable={"judged_trust"}).tested
    report = [(item.confirmatory, 0.05 / item.family) for item in tested]
    assert (
        [(item.confirmatory, item.level) for item in plan.power]
        == report
        == [(True, 0.05), (True, 0.05), (False, 0.05)]
    )
    print_plan(Console(width=200), plan)
    said = " ".join(capsys.readouterr().out.split())
    assert "For decided: p below 0.05, 5% over the other confirmatory ones (1)" in said
    assert "Exploratory: judged_trust, found by p below 0.05" in said


def test_p_is_set_by_the_hypotheses_that_were_locked_and_by_the_others_apart() -> None:
    named = ("questions_settled", "decided", "turn_share_residents")
    hypotheses = [
        {**design().hypotheses[0].model_dump(), "id": outcome, "outcome": outcome, "primary": outcome == named[0]}
        for outcome in named
    ]
    whole, played = design(hypotheses=hypotheses), runs(hypotheses=hypotheses)
    levels = {power.hypothesis.id: power.level for power in power_of(whole, played, [], LIBRARY, simulations=1)}
    assert levels == {named[0]: 0.05, named[1]: 0.025, named[2]: 0.025}
    locked = power_of(whole, played, [], LIBRARY, locked=named[:2], simulations=1)
    assert [(power.confirmatory, power.level) for power in locked] == [(True, 0.05), (True, 0.05), (False, 0.05)]


def test_replicates_that_are_said_to_be_enough_are_enough_and_more_never_lose() -> None:
    played = [run for run in runs(replicates=8) if not run.null]
    rows = pairs(played, 0.4, 0)
    (weak,) = power_of(design(replicates=2), runs(replicates=2), rows, LIBRARY, simulations=500)
    assert weak.planned < weak.replicates
    grown = design(replicates=weak.enough)
    (strong,) = power_of(grown, runs(replicates=weak.enough), rows, LIBRARY, simulations=500)
    assert strong.planned == pytest.approx(0.8, abs=0.05)
    assert strong.replicates >= strong.planned


def test_a_factor_that_cannot_act_is_named() -> None:
    cases: list[tuple[dict[str, Any], Any, list[str]]] = [
        ({"city": ["none", "chengdu"]}, "directed", ["“City” cannot act on these sessions: only models that play"]),
        ({"city": ["none", "chengdu"], "style": ["free", "directed"]}, "directed", ["“City” cannot act on 16 of 32"]),
        ({"city": ["none", "chengdu"]}, "free", []),
        (
            {"city": ["none", "chengdu"], "stages": {"a_year": ["public_engagement", "review"]}}, "directed",
            ["“City” cannot act on these sessions: only models that play free"],
        ),
        ({"wording": ["as_is", "plain"]}, "directed", []),
        (
            {"wording": ["as_is", "plain"], "model": ["cards", "stub"]}, "directed",
            ["“Wording of the prompts” cannot act on 16 of 32 sessions: no model plays"],
        ),
        (
            {"wording": ["as_is", "plain"], "lang": ["en", "zh"]}, "rules",
            ["“Language” cannot act on these sessions", "“Wording of the prompts” cannot act on these sessions"],
        ),
    ]  # fmt: skip
    for factors, style, said in cases:
        made = design(factors=factors)
        played = runs_of(made, LIBRARY, model="none" if style == "rules" else "stub", style=style)
        warned = list(inert_factors(made, played, LIBRARY))
        assert len(warned) == len(said)
        assert all(warning.startswith(part) for warning, part in zip(warned, said, strict=True))


def test_personas_that_the_cards_never_read_are_named_and_promised_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    h1 = {**design().hypotheses[0].model_dump(), "outcome": "turn_share_residents"}
    h2 = {**h1, "id": "h2", "primary": False, "at": {"personas": "drill"}, "against": {"personas": "as_is"}}
    h3 = {**h1, "id": "h3", "primary": False, "outcome": "decision_share"}
    sets = {"as_is": {}, "drill": {"grid_master": "mobiliser"}}
    factors = {"scenario": ["four_oclock_school"], "turns": [6], "personas": sets}
    made = design(hypotheses=[h1, h2, h3], factors=factors, replicates=4)
    played = runs_of(made, LIBRARY, model="cards", style="directed")
    plan = plan_of(made, played, [], NONE, library=LIBRARY)
    assert plan.warnings[1].startswith(
        "“Personas” makes no difference here: of 4 sessions that the cards played, those that differ by"
    )
    power = {item.hypothesis.id: item for item in plan.power}
    assert power["h1"].planned is not None
    assert (power["h2"].planned, power["h2"].basis) == (None, "")
    assert (power["h2"].level, power["h3"].planned) == (0.05, None), "a rule is no test, and no part of the family"
    print_plan(Console(width=200), plan)
    said = " ".join(capsys.readouterr().out.split())
    assert "For h2: p below 0.05, 5% over the other hypotheses (1)" in said
    assert "Of the spread of h2 nothing is known" in said


def test_personas_that_the_cards_read_are_no_copies() -> None:
    factors = {"scenario": ["four_oclock_school"], "personas": {"as_is": {}, "other": {"local_parent": "elder"}}}
    made = design(factors=factors)
    assert not list(inert_factors(made, runs_of(made, LIBRARY, model="cards", style="directed"), LIBRARY))


def test_a_level_that_is_never_played_is_named_and_cannot_be_locked() -> None:
    h1 = design().hypotheses[0].model_dump()
    h2 = {**h1, "id": "h2", "primary": False, "at": {"personas": "drill"}, "against": {"personas": "as_is"}}
    made = design(hypotheses=[h1, h2], factors={"personas": {"as_is": {}, "drill": {"grid_master": "mobiliser"}}})
    alone = runs_of(made, LIBRARY, model="none", style="rules")
    said = "h2 will not be tested: no sessions are played at drill, which it compares."
    assert said in plan_of(made, alone, [], NONE, library=LIBRARY).warnings
    with pytest.raises(InputError, match=said):
        check_played(made, alone)
    check_played(made, runs_of(made, LIBRARY, model="cards", style="directed"))


def test_an_outcome_that_an_arm_never_has_is_named_before_it_is_played() -> None:
    asked = [{**design().hypotheses[0].model_dump(), "outcome": "needs_met"}]
    plan = planned(runs_of(design(hypotheses=asked), LIBRARY, model="none", style="rules"), hypotheses=asked)
    said = "h1 cannot be tested as it stands: under command none of the sessions that were tried has needs_met."
    assert any(warning.startswith(said) for warning in plan.warnings)


def test_a_veto_where_the_chair_decides_changes_nothing() -> None:
    made = design(factors={"rules": {"as_is": [], "veto": ["aggregation.veto=frontline"]}})
    warned = plan_of(made, runs_of(made, LIBRARY, model="none", style="rules"), [], NONE, library=LIBRARY).warnings
    assert [text.split(",")[0] for text in warned if "changes nothing" in text] == [
        "veto changes nothing under command"
    ]


def test_a_hypothesis_on_words_comes_to_nothing_where_the_rules_alone_play() -> None:
    asked = [{**design().hypotheses[0].model_dump(), "outcome": "facts_told"}]
    silent = runs_of(design(hypotheses=asked), LIBRARY, model="none", style="rules")
    plan = planned(silent, hypotheses=asked)
    assert plan.players == ("the rules alone",)
    assert plan.warnings[1:] == (
        "h1 will not be measured: facts_told needs the words of a model, and the rules alone play.",
    )


def test_hypotheses_of_which_one_is_counted_into_the_other_are_warned_of() -> None:
    """As in the shipped design who_decides: H minus P contains the share of questions settled."""
    first = design().hypotheses[0].model_dump()
    asked = [first, {**first, "id": "h2", "outcome": "hierarchical_minus_horizontal", "primary": False}]
    plan = planned(runs_of(design(hypotheses=asked), LIBRARY, model="none", style="rules"), hypotheses=asked)
    console = Console(record=True, width=100)
    print_plan(console, plan)
    told = " ".join(console.export_text().split())
    assert "“Questions settled” is counted into “H minus P" in told
    assert "(h1, h2) say in part the same thing, and both of them confirmed are fewer than two findings." in told
    alone = planned(runs_of(design(), LIBRARY, model="none", style="rules"))
    assert alone.warnings == ()


def test_sessions_by_the_cards_take_nothing_of_a_plan_beside_a_model() -> None:
    played = runs(factors={**SHORT, "model": ["cards", "stub"]})
    by_cards = [row(run, Usage()) for run in played if run.cell["model"] == "cards" and not run.null]
    asked = [row(run, Usage(40, 9000, 0, 1600)) for run in played if run.cell["model"] == "stub" and not run.null]
    plan = planned(played, [*by_cards, *asked[:4]], factors={**SHORT, "model": ["cards", "stub"]})
    assert plan.players == ("the cards alone, no model", "stub, free")
    for lang in LANGUAGES:  # and whoever looks how it stands reads the same
        words = Words(lang)
        assert said_players([("cards", "directed"), ("stub", "free")], words) == words("semi").join(
            map(words.said, plan.players)
        )
    assert (plan.done, plan.pilot) == (4, 4), "the cards' sessions are no pilot of what a model takes"
    assert plan.calls.low > 4 * 40
    alone = planned(played, by_cards, factors={**SHORT, "model": ["cards", "stub"]})
    assert (alone.pilot, alone.calls.high > 0) == (0, True)
    only = planned(runs(factors={**SHORT, "model": ["cards"]}), factors={**SHORT, "model": ["cards"]})
    assert (only.calls.high, only.assumptions) == (0, ())


def test_personas_by_their_cards_are_an_arm_that_calls_no_model() -> None:
    spec = SessionSpec(scenario="clean_up", governance="command", model=CARDS, style="directed", turns=4)
    log = Log()
    assert rehearse(spec, LIBRARY, log).usage.calls == 0
    assert len(log.of("line")) > 8


def test_a_plan_names_rules_under_which_nothing_can_be_decided() -> None:
    factors = {"rules": {"as_is": [], "strict": ["aggregation.quorum=40"]}, "scenario": ["clean_up"]}
    silent = runs_of(design(factors=factors), LIBRARY, model="none", style="rules")
    (told,) = [warning for warning in planned(silent, factors=factors).warnings if "nothing can be decided" in warning]
    assert told.startswith("Under joint_production with aggregation.quorum=40 nothing can be decided in clean_up: ")
    assert (
        Words("zh").said(told).startswith("在joint_production（改为aggregation.quorum=40）下，clean_up里什么都定不了：")
    )
