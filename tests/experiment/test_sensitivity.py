"""Which single rule moves which outcome: rules crossed, screened over chance, and reported."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.program import program
from sandbox.errors import InputError
from sandbox.experiment.analysis.sensitivity import CHANCE, REST, Sensitivity, measure
from sandbox.experiment.outcomes import outcomes_of
from sandbox.experiment.planning.crossed import CrossedRules, Point, RuleSpace, Values, spec_of
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.session import Session
from sandbox.report.document.chart import Heat
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.sensitivity import sensitivity_report
from tests.cli.conftest import Cli, cli
from tests.content.folders import LIBRARY
from tests.report.reader import Page, latin_words

__all__ = ["cli"]

MODELS = tuple(LIBRARY.scenario("four_oclock_school").governance)
CASE = "four_oclock_school"
PROCEDURE = "aggregation.procedure"


class Formula(CrossedRules):
    """A crossing whose outcomes are a formula of the rules and of chance, so that they take no time and are known."""

    def values(self, point: Point) -> Values | None:
        """Return an outcome that the procedure makes, one that hangs on two rules together, and one of chance alone."""
        places = {rule.path: place for rule, place in zip(self.space.rules, point, strict=False)}
        noise = np.random.default_rng(point).normal(0, 0.01)
        held = {
            "decided": places[PROCEDURE] + noise,
            "questions_settled": places["floor"] * places["information.asides"] + noise,
            "lines": 10.0,
            "trust_change": float(np.random.default_rng(point[-1]).normal()),
        }
        if places["floor"] or places[PROCEDURE] or point[-1]:
            held["promises_kept"] = noise
        return {name: [value, value] for name, value in held.items()}


@cache
def formula(sessions: int = 20_000, seed: int = 1) -> Sensitivity:
    crossing = Formula(MODELS, [CASE], None, 12, seed)
    wanted = ("decided", "questions_settled", "lines", "trust_change", "promises_kept", "votes_for_share")
    return measure(crossing, wanted, sessions)


def test_with_all_rules_of_a_model_the_sessions_are_those_of_the_model() -> None:
    for model in MODELS:
        space, choice = RuleSpace(MODELS, LIBRARY, [CASE, "hukou_two_doors"]), RandomChoice(LIBRARY.templates("en"))
        for case in (CASE, "hukou_two_doors"):
            crossed = space.game(case, space.corner(model)).twin(seed=7)
            itself = Game(spec_of(case, model), LIBRARY).twin(seed=7)
            known, own = (outcomes_of(Session(game, play(game, choice))) for game in (crossed, itself))
            assert known == own


def test_a_rule_has_the_values_that_models_give_it() -> None:
    space = RuleSpace(MODELS, LIBRARY, [CASE])
    rules = {rule.path: rule for rule in space.rules}
    assert [level.models for level in rules["floor"].levels] == [
        ("command", "one_core_multiple_actors"),
        ("joint_production", "three_social_interaction", "government_community_interaction"),
    ]
    votes = {model: level.value for level in rules["aggregation.voters"].levels for model in level.models}
    assert "command" not in votes  # nobody votes there, so that it has no value of its own
    assert {"resident", "resident_from_elsewhere"} <= {*votes["joint_production"]}
    assert "resident_from_elsewhere" not in votes["government_community_interaction"]
    assert "information.lines" in {rule.path for rule in space.same}
    assert all("decide" not in level.value for level in rules["choice.chair"].levels)
    changed = list(space.corner("joint_production"))
    changed[space.rules.index(rules[PROCEDURE])] = rules[PROCEDURE].place("command")
    game = space.game(CASE, changed)
    assert "decide" in game.acts(game.chair)


def test_any_combination_of_the_shipped_models_can_be_played() -> None:
    cases = list(LIBRARY.cards["scenario"])
    space, draws = RuleSpace(MODELS, LIBRARY, cases), np.random.default_rng(3)
    for case in cases:
        for _ in range(4):
            space.game(case, [int(draws.integers(len(rule.levels))) for rule in space.rules])


@pytest.mark.fuzz
def test_what_is_known_to_move_an_outcome_stands_out_and_nothing_else() -> None:
    found = formula()
    assert [rule for rule, _ in found.ranked("decided")] == [PROCEDURE]
    assert {rule for rule, _ in found.ranked("questions_settled")} == {"floor", "information.asides"}
    assert not found.ranked("trust_change")
    assert not found.ranked("lines")
    floor = found.effects["questions_settled"]["floor"]
    assert floor.mean == pytest.approx(floor.size, abs=0.02)
    assert floor.size == pytest.approx(0.5, abs=0.2)
    assert floor.spread > 0.3  # it does something with asides alone
    assert found.effects["trust_change"]["floor"].size == 0
    assert found.effects["trust_change"][CHANCE].size > 0.1
    values = [value for value in found.values["decided"][PROCEDURE] if value]
    assert [value.change for value in values] == pytest.approx((-1, 0, 1), abs=0.02)
    assert max(value.margin for value in values) < 0.02
    assert {*found.measured} == {PROCEDURE, "floor", "information.asides"}
    shares = found.shares["decided"]
    assert shares[PROCEDURE].first == pytest.approx(1, abs=0.15)
    assert shares[REST].total == pytest.approx(0, abs=0.02)
    together = found.shares["questions_settled"]["floor"]
    assert together.total - together.first > 0.2
    assert "lines" not in found.shares


def test_what_no_session_has_is_left_out_and_counted() -> None:
    found = formula()
    assert "votes_for_share" not in found.effects
    assert found.left_out["votes_for_share"] == found.trajectories
    assert 0 < found.left_out["promises_kept"] < found.trajectories
    assert found.as_they_are["votes_for_share"] == dict.fromkeys(MODELS)


def test_few_sessions_are_screened_and_no_shares_are_made_up() -> None:
    found = formula(3_000)
    assert (found.samples, found.shares) == (0, {})
    assert [rule for rule, _ in found.ranked("decided")] == [PROCEDURE]
    assert "give more of them" in to_html(sensitivity_report(found, LIBRARY, "en", "sandbox"))


def test_the_seed_gives_the_same_figures_and_another_seed_others() -> None:
    again = measure(Formula(MODELS, [CASE], None, 12, 1), formula(3_000).outcomes, 3_000)
    assert again == formula(3_000)
    assert formula(3_000, 2).effects != again.effects


@pytest.mark.fuzz
def test_sessions_that_are_played_tell_what_can_act_from_what_cannot() -> None:
    models = ("command", "government_community_interaction")
    found = measure(CrossedRules(models, [CASE], None, 1, 1), ("decided", "questions_settled"), 220)
    settled = found.effects["questions_settled"]
    assert settled[PROCEDURE].size > settled[CHANCE].size + 0.1
    assert settled["information.minutes"].size == settled["information.documents"].size == 0
    command, bodies = (found.as_they_are["questions_settled"][model] for model in models)
    assert command is not None
    assert bodies is not None
    assert (command.mean, command.margin, command.sessions) == (1, 0, 4)
    assert bodies.mean < 0.5
    assert found.apart("questions_settled")


def test_combinations_that_cannot_be_played_are_left_out_and_counted() -> None:
    class Partly(Formula):
        def values(self, point: Point) -> Values | None:
            return None if point[0] == 1 and point[1] == 1 else super().values(point)

    found = measure(Partly(MODELS, [CASE], None, 12, 1), ("decided",), 9_000)
    assert 0 < found.left_out["decided"] < found.trajectories
    assert found.unplayable
    assert [rule for rule, _ in found.ranked("decided")] == [PROCEDURE]
    report = to_html(sensitivity_report(found, LIBRARY, "en", "sandbox"))
    assert f"{found.unplayable} combinations of rules cannot be played" in report


@pytest.mark.parametrize("lang", get_args(Lang))
def test_the_report_shows_which_rule_moves_what(lang: Lang) -> None:
    found = formula()
    document = sensitivity_report(found, LIBRARY, lang, "sandbox experiment sensitivity --seed 1")
    heat = next(block for block in document.opening if isinstance(block, Heat))
    assert [len(row.cells) for row in heat.rows] == [len(found.effects)] * (len(found.rules) + 1)
    decided = {row.name: row.cells[0] for row in heat.rows}
    shaded = [name for name, cell in decided.items() if cell.shade is not None]
    assert shaded == [{"en": "How it is decided", "zh": "决定办法"}[lang]]
    html = to_html(document)
    assert html.count("--heat: ") == sum(cell.shade is not None for row in heat.rows for cell in row.cells)
    page = Page(html)
    assert page.open == []
    assert "sandbox experiment sensitivity --seed 1" in page.text
    best = found.effects["decided"][PROCEDURE]
    near = replace(best, size=best.size * 0.95, conf=best.size * 0.1)
    far = replace(best, size=best.size / 2, conf=best.size * 0.3)
    held = {**found.effects, "decided": {**found.effects["decided"], "floor": near, "chair": far}}
    told = Page(to_html(sensitivity_report(replace(found, effects=held), LIBRARY, lang, ""))).text
    before, chair = {"en": (" ≈ Who gets the floor ", "Who chairs"), "zh": (" ≈ 轮到谁发言", "谁主持")}[lang]
    assert before in told, "where intervals overlap, no order is claimed"
    assert {"en": f"would reach chance: {chair}.", "zh": f"就够到偶然了）：{chair}。"}[lang] in told
    assert {"en": "no evidence about cities", "zh": "说明不了真实的城市"}[lang] in page.text
    assert heat.note in to_markdown(document).replace("\\", "")
    if lang == "zh":
        names = ("SALib", "numpy", "scipy", "governance", "sandbox")
        assert latin_words(page.text.replace(program(), ""), *names, "experiment", "sensitivity", "seed") == set()


def test_the_command_says_how_many_sessions_it_plays_and_writes_what_it_found(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.experiment.planning.crossed.CrossedRules", Formula)
    monkeypatch.setattr("sandbox.experiment.playing.run.cores", lambda: 1)
    monkeypatch.setenv("COLUMNS", "80")
    arguments = ("experiment", "sensitivity", "--scenario", CASE, "--outcomes", "decided,questions_settled")
    done = cli(*arguments, "--sessions", 9_000, "--to", tmp_path / "out", "--format", "md")
    assert done.code == 0
    assert re.search(r"screening 27 rules: [\d,]+ sessions\n.*shares of the strongest rules: [\d,]+ sessions", done.err)
    assert "How it is decided" in done.out
    heads = {word for row in done.out.splitlines() if row.startswith("┃") for word in row.replace("┃", " ").split()}
    assert heads >= {"Three-social", "Government–", "community", "interaction", "production"}, "no word is broken"
    told: Any = json.loads(cli(*arguments, "--sessions", 9_000, "--json").out)
    (sessions,) = {model["sessions"] for means in told["as_they_are"].values() for model in means.values()}
    method = f"Each mean is over {sessions} sessions by the rules alone, in the same cases (1) and with the same seeds"
    for text in (done.out, (tmp_path / "out" / "report.md").read_text(encoding="utf-8")):
        flat = " ".join(text.split())
        assert method in flat
        assert "1.96 standard errors of a mean" in flat
    assert "no evidence about cities" in " ".join(done.out.split())
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"report.md", "sensitivity.csv"}
    text = (tmp_path / "out" / "sensitivity.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    best = max((row for row in rows if row["outcome"] == "decided" and row["size"]), key=lambda row: float(row["size"]))
    assert (best["rule"], best["clear"]) == (PROCEDURE, "true")
    assert told["effects"]["decided"][PROCEDURE]["size"] == float(best["size"])
    assert told["models"] == list(MODELS)


def test_what_cannot_be_measured_is_named(cli: Cli, tmp_path: Path) -> None:
    cases: list[tuple[tuple[object, ...], str]] = [
        (
            ("--sessions", 100),
            "100 are too few for 29 rules, as each combination is played 19 times; give at least 4,712",
        ),
        (("--governance", "command"), "name two models at least"),
        (("--governance", "command,comand"), "Did you mean command?"),
        (("--scenario", "nowhere"), "unknown scenario 'nowhere'"),
        (("--outcomes", "judged_trust"), "unknown outcome 'judged_trust'"),
        (("--charts",), "--to DIR"),
        (("--format", "pdf", "--to", "x"), "unknown format 'pdf'"),
        (("--sessions", 0), "must be 1 or more"),
    ]
    for arguments, named in cases:
        done = cli("experiment", "sensitivity", *arguments)
        assert done.code == 2
        assert named in done.err
        assert "Traceback" not in done.err
        assert not list(tmp_path.rglob("report.*"))


def test_an_interrupted_run_says_so(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(import_module("sandbox.experiment.analysis.sensitivity"), "measure", interrupted)
    done = cli("experiment", "sensitivity", "--scenario", CASE, "--to", tmp_path / "out")
    assert (done.code, done.err) == (130, "sandbox: interrupted; nothing was written\n")
    assert not (tmp_path / "out").exists()


def test_models_that_do_not_differ_or_cannot_be_crossed_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "prompts" / "governance"
    folder.mkdir(parents=True)
    text = LIBRARY.files[("governance", "command")].read_text(encoding="utf-8")
    (folder / "twin.yaml").write_text(text.replace("id: command", "id: twin"), encoding="utf-8")
    (folder / "two.yaml").write_text(
        text.replace("id: command", "id: two").replace("kinds: [overseer], ", "kinds: [overseer], single: true, "),
        encoding="utf-8",
    )
    library = Library.load(tmp_path)
    with pytest.raises(InputError, match="the rules of command, twin do not differ"):
        RuleSpace(["command", "twin"], library, [CASE])
    with pytest.raises(InputError, match=r"two: .* here that is so for: chair, overseer"):
        RuleSpace(["command", "two"], library, [CASE])
