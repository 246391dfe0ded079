"""Designs: which sessions there are, what stays when a design grows, and what a user is told about a faulty one."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.library import Library
from sandbox.errors import ContentError, InputError
from sandbox.experiment.analysis.analysis import rests_on
from sandbox.experiment.planning import locking
from sandbox.experiment.planning.design import open_design
from sandbox.experiment.planning.locking import lock
from sandbox.experiment.planning.runs import Run, runs_of
from sandbox.experiment.planning.seeds import digest_of
from sandbox.game.game import Game
from sandbox.game.language.stock import is_stock
from sandbox.llm.embedded import MODEL_NAME
from sandbox.record.log import Log
from sandbox.session.context import DIRECTED
from sandbox.session.runner import Models, Watch, run_session
from tests.cli.conftest import Cli, cli
from tests.content.folders import shipped, write
from tests.experiment.making import LIBRARY, design, runs, saved
from tests.experiment.playing import SHORT

__all__ = ["cli"]

locked: Any = locking.locked  # of what it returns a test says itself what has to be there
GOVERNANCE = ["command", "joint_production", "three_social_interaction"]


def of(played: tuple[Run, ...], *, null: bool = False) -> list[Run]:
    return [run for run in played if run.null is null]


def problems(folder: Path, **changes: Any) -> str:
    """Return what a user is told about a design in a content folder."""
    path = saved(folder, **changes)
    with pytest.raises(InputError) as caught:
        open_design(Library.load(folder), path.stem)
    return str(caught.value)


# Which sessions there are


def test_the_shipped_design_can_be_opened_by_its_id_and_by_its_path() -> None:
    shipped, path = open_design(LIBRARY, "who_decides")
    assert open_design(LIBRARY, str(path)) == (shipped, path)
    played = runs_of(shipped, LIBRARY, model="stub", style="directed")
    assert len(of(played)) == len(of(played, null=True)) == 5 * 15 * 6
    assert shipped.primary is not None


def test_every_cell_has_its_replicates_and_every_block_all_arms() -> None:
    played = of(runs())
    assert len(played) == 2 * 2 * 2
    blocks: dict[str, list[Run]] = {}
    for run in played:
        blocks.setdefault(run.block, []).append(run)
    assert set(blocks) == {f"{case}/{number}" for case in ("four_oclock_school", "clean_up") for number in (1, 2)}
    for block in blocks.values():
        assert [run.arm for run in block] == ["command", "joint_production"]
        assert len({(run.seed, run.scenario, run.replicate) for run in block}) == 1
    assert len({run.seed for run in played}) == 4
    assert len({run.id for run in runs()}) == 16


def test_a_session_is_ready_to_play() -> None:
    run = of(runs(factors={"city": ["chengdu"], "lang": ["zh"], "turns": [6], "rules": {"any": ["aggregation.veto=[]"]},
                           "stages": {"end": ["public_engagement"]}}, judge="umpire"))[0]  # fmt: skip
    game = Game(run.spec, LIBRARY)
    assert (run.spec.scenario, run.spec.governance, run.spec.city) == ("four_oclock_school", "command", "chengdu")
    assert (run.spec.lang, run.spec.turns, run.spec.seed, run.spec.judge_model) == ("zh", 6, run.seed, "umpire")
    assert [stage.id for stage in game.stages] == ["public_engagement"]
    assert game.governance.rules.aggregation.source == "set"
    assert run.spec.content == game.content_digest
    assert run.cell["turns"] == "6"


def test_the_null_arm_stands_beside_with_the_same_seeds_and_without_models_and_judges() -> None:
    played = runs(judge="umpire")
    beside = of(played, null=True)
    assert [(run.block, run.arm, run.seed) for run in beside] == [(run.block, run.arm, run.seed) for run in of(played)]
    assert {(run.spec.style, run.spec.model, run.spec.judge_model) for run in beside} == {("rules", "none", None)}
    assert of(runs(null_arm=False), null=True) == []


def test_where_no_model_plays_the_design_is_its_own_null_arm() -> None:
    played = runs_of(design(), LIBRARY, model="none", style="rules")
    assert len(played) == 8
    assert {(run.null, run.spec.style) for run in played} == {(False, "rules")}


def test_models_as_arms_meet_the_same_seeds_and_play_in_their_own_style() -> None:
    played = runs(
        arms="model", base="none", null_arm=False, hypotheses=[],
        factors={"governance": ["command"], "model": ["none", "embedded", "big"]},
    )  # fmt: skip
    first = [run for run in played if run.block == played[0].block]
    assert [run.arm for run in first] == ["none", "embedded", "big"]
    assert [(run.spec.model, run.spec.style) for run in first] == [
        ("none", "rules"), (MODEL_NAME, "directed"), ("big", "free"),
    ]  # fmt: skip
    assert len({run.seed for run in first}) == 1


def test_the_cards_say_what_is_written_whichever_style_the_models_beside_them_have() -> None:
    models: dict[str, Any] = {"governance": ["command"], "scenario": ["clean_up"], "model": ["none", "cards", "big"]}
    for style in ({}, {"style": ["free"]}):
        played = runs(arms="model", base="none", null_arm=False, hypotheses=[], factors={**models, **style})
        assert {run.arm: run.spec.style for run in played} == {"none": "rules", "cards": "directed", "big": "free"}
    game = Game(next(run.spec for run in played if run.arm == "cards"), LIBRARY)
    session = asyncio.run(run_session(game, Log(), Models(None, (), DIRECTED), Watch()))
    stock = sum(is_stock(game, line["says"]) for line in session.lines)
    assert stock < len(session.lines) / 2, "they speak, and do not just report how things stand"
    with pytest.raises(InputError, match="are the same where the cards alone speak; leave one out"):
        runs(hypotheses=[], factors={"model": ["cards"], "style": ["free", "directed"]})


def test_models_beside_the_arms_share_one_null_arm() -> None:
    played = runs(factors={"model": ["big", "small"], "style": ["free", "directed"]})
    assert len(of(played)) == 4 * 8
    assert len(of(played, null=True)) == 8
    assert {run.cell["model"] for run in of(played, null=True)} == {"none"}


def test_a_city_brings_its_own_governance_where_none_is_named() -> None:
    played = of(runs(arms="city", base="haicang", hypotheses=[],
                     factors={"governance": None, "city": ["haicang", "chengdu"]}))  # fmt: skip
    assert {(run.spec.city, run.spec.governance) for run in played} == {
        ("haicang", "joint_production"), ("chengdu", "three_social_interaction"),
    }  # fmt: skip
    assert len({run.seed for run in played}) == 4


def test_persona_sets_and_wordings_meet_the_same_seeds_and_make_no_more_of_the_null_arm() -> None:
    casts = {"as_is": {}, "volunteer": {"ngo_director": "young_social_worker", "property_manager": "employer"}}
    played = runs(factors={"personas": casts, "wording": ["as_is", "plain"]})
    plain = runs()
    assert len(of(played)) == 4 * 8
    assert {run.seed for run in played} == {run.seed for run in plain}
    assert {run.id for run in plain if not run.null} < {run.id for run in played}
    other = {run.scenario: run.spec.personas for run in of(played) if run.cell["personas"] == "volunteer"}
    assert other["four_oclock_school"] == {"ngo_director": "young_social_worker"}, (
        "a seat that a case has not is left out"
    )
    assert {run.spec.wording for run in of(played)} == {"as_is", "plain"}
    beside = of(played, null=True)
    assert [run.id for run in beside] == [run.id for run in of(plain, null=True)]
    assert {(run.cell["personas"], run.cell["wording"]) for run in beside} == {("as_is", "as_is")}
    silent = runs_of(design(factors={"wording": ["as_is", "plain"]}), LIBRARY, model="none", style="rules")
    assert [run.spec for run in silent] == [run.spec for run in beside]


def test_temperatures_meet_the_same_seeds_and_make_no_more_of_the_null_arm() -> None:
    played, plain = runs(factors={"temperature": [0, 0.8]}), runs()
    assert {(run.cell["temperature"], run.spec.temperature) for run in of(played)} == {("0", 0.0), ("0.8", 0.8)}
    assert {run.seed for run in played} == {run.seed for run in plain}
    assert [run.id for run in of(played, null=True)] == [run.id for run in of(plain, null=True)]
    assert {run.spec.temperature for run in of(played, null=True)} == {None}
    assert not {run.id for run in of(played)} & {run.id for run in of(plain)}, "what sets none is another session"
    hypothesis = {
        "id": "warm",
        "outcome": "decided",
        "arm": 0.5,
        "direction": "higher",
        "smallest": 0.1,
        "primary": True,
    }
    compared = design(arms="temperature", base=0, null_arm=False, hypotheses=[hypothesis],
                      factors={"governance": ["command"], "temperature": [0, 0.5]})  # fmt: skip
    assert (compared.base, compared.hypotheses[0].arm) == ("0", "0.5")
    near = runs(factors={"temperature": [0.1234567, 0.12345671]})
    assert {run.cell["temperature"] for run in of(near)} == {"0.1234567", "0.12345671"}
    by_cards = runs(factors={"temperature": [0.8], "model": ["cards"]})
    assert {run.spec.temperature for run in by_cards} == {None}


def test_styles_personas_and_wordings_may_be_what_is_compared(tmp_path: Path) -> None:
    for factor, levels in (
        ("style", ["free", "directed"]),
        ("wording", ["as_is", "plain"]),
        ("temperature", ["0.2", "0.8"]),
        ("personas", {"as_is": {}, "volunteer": {"ngo_director": "young_social_worker"}}),
    ):
        one: dict[str, Any] = {"scenario": ["four_oclock_school"], "governance": ["command"], factor: levels}
        whole = {"arms": factor, "base": next(iter(levels)), "factors": one, "hypotheses": []}
        made, _ = open_design(Library.load(saved(tmp_path, **whole, null_arm=False).parents[2]), "small")
        assert made.arms == factor
        assert f"{factor} makes no difference; set null_arm: false" in problems(tmp_path, **whole)


# Identity


def test_ids_hang_on_no_default_so_that_specs_may_be_given_more_fields() -> None:
    run = runs()[0]
    named = {"scenario": "four_oclock_school", "governance": "command", "seed": run.seed, "model": "stub"}
    assert run.id == digest_of([named, run.spec.content, 1, False])[:16]


def test_the_same_design_has_the_same_sessions_each_time() -> None:
    assert runs() == runs()


def test_what_changes_no_outcome_changes_no_id() -> None:
    cases: list[dict[str, Any]] = [
        {"title": {"en": "Other", "zh": "别的"}}, {"concurrency": 1}, {"budget": {"tokens": 5}}, {"hypotheses": []},
        {"factors": {"lang": ["en"]}}, {"factors": {"rules": {"as_is": []}}},
    ]  # fmt: skip
    for changes in cases:
        assert [(run.id, run.seed) for run in runs(**changes)] == [(run.id, run.seed) for run in runs()]


def test_what_may_change_an_outcome_changes_every_id() -> None:
    cases: list[dict[str, Any]] = [
        {"seed": 8},
        {"factors": {"lang": ["zh"]}},
        {"factors": {"turns": [9]}},
        {"judge": "umpire"},
    ]
    for changes in cases:
        assert not {run.id for run in of(runs(**changes))} & {run.id for run in of(runs())}


def test_changed_content_changes_the_ids_of_the_sessions_that_read_it(tmp_path: Path) -> None:
    text = LIBRARY.files[("scenario", "clean_up")].read_text(encoding="utf-8")
    target = tmp_path / "prompts" / "scenarios" / "clean_up.yaml"
    target.parent.mkdir(parents=True)
    target.write_text(text + "\n# the same\n", encoding="utf-8")
    same = runs_of(design(), Library.load(tmp_path), model="stub", style="directed")
    assert same == runs()
    target.write_text(text.replace('en: "', 'en: "Now: ', 1), encoding="utf-8")
    other = runs_of(design(), Library.load(tmp_path), model="stub", style="directed")
    kept = {run.id for run in runs()} & {run.id for run in other}
    assert kept == {run.id for run in runs() if run.scenario != "clean_up"}
    assert [run.seed for run in other] == [run.seed for run in runs()]


def test_a_design_that_grows_keeps_its_sessions() -> None:
    cases: list[dict[str, Any]] = [
        {"replicates": 5},
        {"factors": {"governance": ["three_social_interaction", "joint_production", "command"]}},
        {"factors": {"scenario": ["seafood_street", "clean_up", "four_oclock_school"]}},
        {"factors": {"lang": ["zh", "en"]}},
    ]
    for changes in cases:
        before, after = runs(), runs(**changes)
        grown = {run.id: run for run in after}
        assert len(after) > len(before)
        assert all(grown[run.id].seed == run.seed and grown[run.id].spec == run.spec for run in before)


# Fractions


def test_a_fraction_is_balanced_and_keeps_blocks_whole() -> None:
    cases = ["four_oclock_school", "clean_up", "estate_calm", "resettled_elders"]
    wide: dict[str, list[Any]] = {"scenario": cases, "lang": ["en", "zh"], "turns": [5, 8]}
    played = of(runs(fraction=0.5, factors=wide, replicates=1))
    assert len(played) == 4 * 2 * 2
    for factor, levels in wide.items():
        counts = Counter(run.cell[factor] for run in played)
        assert set(counts.values()) == {16 / len(levels)}
        assert set(counts) == {str(level) for level in levels}
    arms = Counter(run.block for run in played)
    assert set(arms.values()) == {2}
    assert {run.id for run in played} <= {run.id for run in runs(factors=wide, replicates=1)}


def test_another_seed_draws_another_fraction() -> None:
    wide = {"lang": ["en", "zh"]}
    drawn = {
        frozenset(tuple(run.cell.values()) for run in runs(fraction=0.5, factors=wide, seed=seed)) for seed in range(9)
    }
    assert len(drawn) == 2


def test_a_fraction_that_grows_keeps_its_sessions() -> None:
    wide = {"scenario": ["four_oclock_school", "clean_up", "estate_calm"], "lang": ["en", "zh"]}
    more = {**wide, "scenario": [*wide["scenario"], "seafood_street", "resettled_elders"]}
    before = {run.id for run in runs(fraction=0.5, factors=wide)}
    after = {run.id for run in runs(fraction=0.5, factors=more)}
    assert before < after


# What a user is told


def test_a_faulty_design_is_told_with_file_field_and_what_is_allowed(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"factors": {"colour": ["red"]}}, "factors.colour: unknown factor 'colour'"),
        ({"factors": {"judge": ["a", "b"]}}, "factors.judge: a judge changes nothing of what is played"),
        *(({"judge": name}, f"judge: '{name}' is not allowed") for name in ("cards", "a, a", "a,", "none,a")),
        ({"factors": {"temperature": [2]}}, "factors.temperature.0: "),
        ({"factors": {"temperature": [0.5, True]}}, "factors.temperature.1: "),
        ({"factors": {"temperature": [-0.0, 0]}}, "level '0' is given twice"),
        ({"factors": {"wording": "plain"}}, "factors.wording: expected a list ([first, second]), found plain"),
        ({"factors": {"wording": ["as_is", "plian"]}}, "unknown wording 'plian'. Did you mean plain"),
        ({"factors": {"personas": {"odd": {"mayr": "city_secretary"}}}}, "unknown persona 'mayr'. Did you mean mayor"),
        ({"factors": {"personas": {"odd": {"mayor": "elder"}}}}, "persona 'elder' (resident) cannot take seat 'mayor'"),
        ({"factors": {"personas": {"as_is": {"mayor": "city_secretary"}}}}, "give the set another name"),
        ({"factors": {"governence": ["command"]}}, "Did you mean governance"),
        ({"factors": {"lang": ["en", "en"]}}, "factors.lang.1: level 'en' is given twice"),
        ({"factors": {"lang": []}}, "factors.lang: needs at least 1"),
        ({"factors": {"scenario": ["clean_op"]}}, "Did you mean clean_up"),
        ({"factors": {"stages": {"end": ["publik"]}}}, "unknown stage 'publik'"),
        ({"factors": {"governance": None}, "arms": "lang"}, "name the levels of governance"),
        ({"factors": {"rules": {"as_is": [], "also": []}}}, "are the same; leave one out"),
        (
            {"factors": {"rules": {"odd": ["aggregation.vito=[]"]}}},
            "× rules odd cannot be played: --set aggregation.vito",
        ),
        ({"arms": "lang"}, "arms: 'lang' is not varied; varied: scenario, governance"),
        ({"factors": {"governance": ["command"]}}, "give at least two levels"),
        ({"base": "comand"}, "base: unknown level 'comand'. Did you mean command"),
        ({"replicates": 0}, "replicates: "),
        ({"fraction": 0}, "fraction: "),
        ({"fraction": 0.01}, "a fraction of 0.01 leaves no block"),
        ({"budget": {"tokens": 0}}, "budget.tokens: must be greater than 0; for no bound write budget: {}"),
        ({"factors": {"city": ["chengdo"]}}, "Did you mean chengdu? Allowed: chengdu, guiyang, haicang, none, taicang"),
        ({"budget": {"money": -1}}, "budget.money: "),
        ({"concurrency": 0}, "concurrency: "),
        ({"arms": "model", "base": "a", "factors": {"model": ["a", "b"]}, "hypotheses": []}, "set null_arm: false"),
    ]
    for changes, said in cases:
        told = problems(tmp_path, **changes)
        assert said in told
        assert told.startswith(f"{tmp_path}/prompts/experiments/small.yaml:")


def test_a_faulty_hypothesis_is_told(tmp_path: Path) -> None:
    cases: list[tuple[list[dict[str, Any]], str]] = [
        ([{"primary": False}], "hypotheses: none is primary"),
        ([{}, {"id": "h2", "outcome": "decided"}], "hypotheses.1.primary: another is primary already"),
        ([{}, {"outcome": "decided", "primary": False}], "hypotheses.1.id: hypothesis 'h1' is given twice"),
        ([{}, {"id": "h2", "primary": False}], "is what h1 says already"),
        ([{"arm": "joint_produktion"}], "unknown level 'joint_produktion'"),
        ([{"arm": "command"}], "'command' is the base"),
        ([{"base": "joint_production"}], "'joint_production' is the base"),
        ([{"base": "comand"}], "hypotheses.0.base: unknown level 'comand'. Did you mean command"),
        ([{"smallest": 0}], "hypotheses.0.smallest: "),
        (
            [{"smallest": 10}],
            "smallest: 10 is more than 'questions_settled' can differ by: it goes from 0 to 1; a share is written as "
            "0.1 for ten points",
        ),
        ([{"smallest": 9, "outcome": "trust_change"}], "can differ by: it goes from -4 to 4"),
        ([{"direction": "up"}], "unknown value 'up'"),
        ([{"outcome": "question_settled"}], "unknown outcome 'question_settled'. Did you mean questions_settled"),
        ([{"outcome": "question_settled"}], "sandbox list outcome"),
        ([{"outcome": "judged_trust"}], "'judged_trust' is judged; name who judges"),
    ]
    for hypotheses, said in cases:
        whole = design().hypotheses[0].model_dump()
        told = problems(tmp_path, hypotheses=[{**whole, **changes} for changes in hypotheses])
        assert said in told
        assert told.startswith(f"{tmp_path}/prompts/experiments/small.yaml:")


def test_an_unknown_design_is_answered_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"unknown experiment 'who_decide'\. Did you mean who_decides"):
        open_design(LIBRARY, "who_decide")
    with pytest.raises(ContentError, match="cannot be read"):
        open_design(LIBRARY, str(tmp_path / "experiments" / "none.yaml"))
    with pytest.raises(InputError, match="is a scenario; expected an experiment"):
        open_design(LIBRARY, str(LIBRARY.files[("scenario", "clean_up")]))


# Locks


def test_a_lock_keeps_what_was_planned_and_names_what_was_added(tmp_path: Path) -> None:
    path = saved(tmp_path)
    assert locked(path) is None
    digest = lock(path)
    kept = locked(path)
    assert (kept.digest, set(kept.hypotheses), kept.extended) == (digest, {"h1"}, False)
    assert lock(path) == digest
    further = {**design().hypotheses[0].model_dump(), "id": "h2", "outcome": "decided", "primary": False}
    saved(
        tmp_path, replicates=5, title="Other", concurrency=2, factors={"governance": GOVERNANCE},
        hypotheses=[design().hypotheses[0].model_dump(), further],
    )  # fmt: skip
    grown = locked(path)
    assert grown.extended
    assert (grown.digest, grown.time, set(grown.hypotheses)) == (digest, kept.time, {"h1"})
    assert (grown.added_replicates, grown.added_hypotheses) == (3, ("h2",))
    assert grown.added_levels == {"governance": ("three_social_interaction",)}
    played = runs_of(open_design(LIBRARY, str(path))[0], LIBRARY, model="stub", style="directed")
    assert {run.id for run in played if grown.covers(vars(run))} == {run.id for run in runs()}


def test_the_null_arm_is_of_the_plan_though_its_level_of_the_model_was_added(tmp_path: Path) -> None:
    path = saved(tmp_path, factors={"model": ["stub", "other"]})
    lock(path)
    saved(tmp_path, factors={"model": ["stub", "other", "none"]})
    grown = locked(path)
    row = {"replicate": 1, "cell": {"scenario": "clean_up", "governance": "command", "model": "none"}}
    assert [grown.covers({**row, "null": null}) for null in (True, False)] == [True, False]


def test_the_commands_say_how_a_design_stands_to_its_lock(tmp_path: Path, cli: Cli) -> None:
    path = saved(tmp_path, **SHORT)
    plan, locking = ("experiment", "plan", path, "--model", "none"), ("experiment", "lock", path)
    first = cli("experiment", "run", path, "--model", "none").out
    assert "4 sessions, 0 played, 4 to play" in first
    assert "not locked, so that its hypotheses will be exploratory" in first
    assert "4 sessions, 4 played, 0 to play" in cli("experiment", "run", path).out
    planned, done = cli(*plan), cli(*locking)
    assert "Not locked yet. Lock it before it is played" in planned.out
    assert "command – who decides, in how many cases: district mayor alone 1" in " ".join(planned.out.split())
    assert "4 sessions have been played, so that a lock comes too late" in planned.out
    assert done.code == 0
    assert "WARNING: 4 of 4 sessions had been played before that (here, or with the same seeds in another" in done.out
    assert "h1 cannot be confirmed, whatever is played: 2 blocks give no p below 0.5 by flips of signs" in done.out
    again = cli("experiment", "run", path).out
    assert "locked at 20" in again
    assert "WARNING: 4 of 4 sessions had been played before that" in again
    path.with_suffix(".lock").unlink()
    changed = {**design().hypotheses[0].model_dump(), "direction": "higher"}
    saved(tmp_path, **SHORT, hypotheses=[changed])
    assert "WARNING: 4 of 4 sessions" in cli(*locking).out
    assert json.loads(cli(*locking, "--json").out)["early"] == 4
    further = {**changed, "id": "h2", "outcome": "decided", "primary": False}
    saved(tmp_path, **SHORT, replicates=3, hypotheses=[changed, further])
    assert "Added since then, and exploratory: replicates +1; hypothesis h2." in cli(*locking).out
    saved(tmp_path, **SHORT, seed=8, hypotheses=[changed])
    refused = cli(*plan)
    assert refused.code == 2
    assert "seed: was 7, is 8, but the design was locked at" in refused.err


def test_a_lock_knows_the_stores_that_had_sessions_and_the_same_ones_played_anew_count_as_known(
    tmp_path: Path, cli: Cli
) -> None:
    path, locking = saved(tmp_path, **SHORT), ("experiment", "lock")
    other = tmp_path / "other" / "before.sqlite"
    assert cli("experiment", "run", path, "--model", "none", "--store", other, "--limit", "3").code == 0
    noted = cli(*locking, path, "--store", other)
    assert noted.code == 0
    held = json.loads(path.with_suffix(".lock").read_text(encoding="utf-8"))
    assert [(known["store"], len(known["sessions"])) for known in held["stores"]] == [("before.sqlite", 3)]
    assert str(tmp_path) not in path.with_suffix(".lock").read_text(encoding="utf-8"), "it may be published"
    begun = cli("experiment", "run", path, "--model", "none")
    assert "finished sessions of it were known in other stores: before.sqlite (3)" in begun.out
    played = json.loads(cli("experiment", "report", path, "--json").out)
    assert (played["sessions"]["early"], played["sessions"]["elsewhere"]) == (3, {})
    assert not any(tested["confirmatory"] for tested in played["effects"]["tested"])
    assert "WARNING: 3 of 4 sessions" in cli("experiment", "plan", path).out
    data = {**held, "stores": []}
    path.with_suffix(".lock").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match="was changed by hand"):
        locked(path)
    del data["stores"], data["noted"]
    path.with_suffix(".lock").write_text(json.dumps(data), encoding="utf-8")
    before = locked(path)
    assert before.stores == (), "locks of earlier versions know of no store"


def test_the_commands_lock_who_plays_and_say_when_another_does(tmp_path: Path, cli: Cli) -> None:
    path, locking, playing = saved(tmp_path, **SHORT), ("experiment", "lock"), ("experiment", "run")
    assert "It does not say who plays, and neither does the design" in cli(*locking, path).out
    refused = cli(*locking, path, "--model", "none")
    assert (refused.code, "without saying who plays" in refused.err) == (2, True)
    path.with_suffix(".lock").unlink()
    named = cli(*locking, path, "--model", "none")
    assert "with h1, for the rules alone" in named.out
    assert json.loads(cli(*locking, path, "--model", "none", "--json").out)["player"] == ["none", "rules"]
    assert cli(*locking, path, "--model", "cards").code == 2
    assert "WARNING: it was locked" not in cli(*playing, path, "--model", "none").out
    other = ("--store", tmp_path / "runs" / "cards.sqlite")
    assert "WARNING: it was locked for" in cli(*playing, path, "--model", "cards", *other).out
    strange = json.loads(cli("experiment", "report", path, "--json", *other).out)
    assert [item["confirmatory"] for item in strange["effects"]["tested"]] == [False]


def test_status_tells_what_the_design_has_more_and_json_comes_beside_the_files_asked_for(
    tmp_path: Path, cli: Cli
) -> None:
    path = saved(tmp_path, **SHORT)
    assert cli("experiment", "run", path, "--model", "none").code == 0
    assert json.loads(cli("experiment", "status", path, "--json").out)["to_come"] == 0
    saved(tmp_path, **{**SHORT, "replicates": SHORT.get("replicates", 2) + 2})
    grown = json.loads(cli("experiment", "status", path, "--json").out)
    assert (grown["to_come"], grown["pending"]) == (4, 0)
    assert "4 more in the design as it stands now" in " ".join(cli("experiment", "status", path).out.split())
    saved(tmp_path, **{**SHORT, "seed": 9})
    other = json.loads(cli("experiment", "status", path, "--json").out)
    assert other["astray"] == other["done"] == other["to_come"]
    assert "are no part of the design as it stands now" in " ".join(cli("experiment", "status", path).out.split())
    refused = cli("experiment", "run", path, "--model", "none")
    assert (refused.code, "what changed: seed (7 → 9). Nothing was changed" in refused.err) == (2, True)
    saved(tmp_path, **SHORT)
    assert not (tmp_path / "runs" / "small_report").exists()
    both = json.loads(cli("experiment", "report", path, "--format", "md", "--data", "--json").out)
    assert both["effects"]["tested"]
    assert [Path(written).name for written in both["paths"]] == ["report.md", "effects.parquet"]
    assert all(Path(written).is_file() for written in both["paths"])


def test_a_card_that_was_changed_after_the_lock_is_told_wherever_the_lock_is(tmp_path: Path, cli: Cli) -> None:
    path, content = saved(tmp_path, **SHORT), ("--content", tmp_path)
    own = write(tmp_path, "governance", "command", shipped("governance", "command"))
    assert cli("experiment", "lock", path, "--model", "none", *content).code == 0
    commands = {
        name: cli("experiment", name, path, *content, *more).out
        for name, more in {"run": ("--model", "none"), "lock": ()}.items()
    }
    assert [name for name, said in commands.items() if "not what was locked" in said] == []
    text = own.read_text(encoding="utf-8")
    own.write_text("# Only a note.\n" + text, encoding="utf-8")
    assert "not what was locked" not in cli("experiment", "status", path, *content).out
    own.write_text(text.replace('name: {en: "', 'name: {en: "The old ', 1), encoding="utf-8")
    for name, more in {"status": (), "plan": ("--model", "none"), "lock": ()}.items():
        said = " ".join(cli("experiment", name, path, *content, *more).out.split())
        assert "WARNING: this is not what was locked, as it has been changed since: governance command." in said
    told = json.loads(cli("experiment", "report", path, "--json", *content).out)
    assert told["changed"] == ["governance command"]
    assert {item["why"] for item in told["effects"]["tested"]} == {"changed"}


def test_a_lock_of_an_earlier_version_knows_of_no_cards(tmp_path: Path) -> None:
    path = saved(tmp_path)
    lock(path, cards={"rubric core": "1"})
    held = json.loads(path.with_suffix(".lock").read_text(encoding="utf-8"))
    known = locked(path)
    assert known.changed({"rubric core": "2"}) == ("rubric core",)
    path.with_suffix(".lock").write_text(
        json.dumps({**{name: value for name, value in held.items() if name != "cards"}, "noted": digest_of([])}),
        encoding="utf-8",
    )
    earlier = locked(path)
    assert earlier.changed({}) == ()
    held["cards"] = {}
    path.with_suffix(".lock").write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(InputError, match="was changed by hand"):
        locked(path)


def test_any_other_change_after_the_lock_is_refused(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"seed": 9}, "seed: was 7, is 9"),
        ({"base": "joint_production", "hypotheses": []}, "base: was command, is joint_production"),
        ({"replicates": 1}, "replicates: was 2, is 1"),
        ({"fraction": 0.5}, "fraction: was 1.0, is 0.5"),
        ({"null_arm": False}, "null_arm: was true, is false"),
        ({"factors": {"scenario": ["clean_up"]}}, "factors.scenario: four_oclock_school is gone"),
        ({"factors": {"lang": ["en"]}}, "factors.lang: was not varied"),
        ({"hypotheses": []}, "hypotheses: h1 is gone"),
        ({"hypotheses": [{**design().hypotheses[0].model_dump(), "smallest": 0.1}]}, "hypotheses.0: h1 has changed"),
    ]
    for changes, said in cases:
        path = saved(tmp_path)
        lock(path)
        saved(tmp_path, **changes)
        for use in (lock, locked):
            with pytest.raises(InputError) as caught:
                use(path)
            assert said in str(caught.value)
            assert "but the design was locked at" in str(caught.value)


def test_whoever_judges_anew_after_the_lock_is_told_and_what_is_not_judged_stays_as_locked(tmp_path: Path) -> None:
    path = saved(tmp_path)
    lock(path)
    saved(tmp_path, judge="stub", judge_samples=3)
    held = locked(path)
    assert held is not None
    now = held.changed({})
    assert now == ("judge stub", "judge_samples 3")
    assert rests_on("judged_inclusion", now, by_rules=False) == now
    assert rests_on("counted_inclusion", now, by_rules=False) == rests_on("decided", now, by_rules=False) == ()


def test_levels_of_a_fraction_are_added_at_the_end(tmp_path: Path) -> None:
    path = saved(tmp_path, fraction=0.5)
    lock(path)
    saved(tmp_path, fraction=0.5, factors={"scenario": ["estate_calm", "four_oclock_school", "clean_up"]})
    with pytest.raises(InputError, match="add them at the end"):
        locked(path)
    saved(tmp_path, fraction=0.5, factors={"scenario": ["four_oclock_school", "clean_up", "estate_calm"]})
    assert locked(path)


def test_a_lock_that_was_changed_is_noticed(tmp_path: Path) -> None:
    path = saved(tmp_path)
    lock(path)
    held = path.with_suffix(".lock")
    data = json.loads(held.read_text(encoding="utf-8"))
    data["plan"]["hypotheses"][0]["smallest"] = 0.5
    held.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match=r"small\.lock: is no lock, or was changed by hand"):
        locked(path)
    held.write_text(json.dumps({**data, "schema": 9}), encoding="utf-8")
    with pytest.raises(InputError, match="is of another version"):
        locked(path)
    held.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="is no lock"):
        locked(path)


def test_without_hypotheses_there_is_nothing_to_lock(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="hypotheses: there are none"):
        lock(saved(tmp_path, hypotheses=[]))
