"""An agent in Python as a level of an experiment: planned, locked, played, analysed; and asked for where it is not."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import sandbox
from sandbox.experiment.planning.locking import lock_path, locked
from sandbox.studying import Study
from tests.cli.conftest import Cli, cli
from tests.experiment.making import saved

__all__ = ["cli"]

README = Path(sandbox.__file__).parent / "experiment" / "README.md"
STUDY: dict[str, Any] = {
    "arms": "model", "base": "cards", "null_arm": False, "replicates": 2,
    "factors": {
        "model": ["cards", "agent:mine"], "governance": ["joint_production"],
        "scenario": ["four_oclock_school", "clean_up"], "turns": [2], "stages": {"short": ["public_engagement"]},
    },
    "hypotheses": [{
        "id": "h1", "outcome": "turn_share_residents", "arm": "agent:mine", "direction": "different", "smallest": 0.1,
        "primary": True,
    }],
}  # fmt: skip


class First:
    """An agent that takes the first act that is open; in one seat it fails, each time in another way."""

    def __init__(self, fails_in: str = "", *errors: BaseException) -> None:
        self.version, self.fails_in, self.errors = "1", fails_in, list(errors)

    def act(self, view: sandbox.AgentView) -> dict[str, Any]:
        if view.seat == self.fails_in:
            raise self.errors.pop()
        terms = {key: next(iter(options)) for key, options in view.options.items()}
        turn = view.turn("propose" if view.why == "motion" else view.acts[0], f"Line {view.number}.", terms=terms)
        return turn if not view.refusal(turn) else view.turn(view.acts[0], "Nothing more.")


def test_an_agent_is_an_arm_beside_the_cards(cli: Cli, tmp_path: Path) -> None:
    path = saved(tmp_path, **STUDY)
    fails = First("landlord", SystemExit(0), LookupError("no such file \x1b[2J" + "A" * 10_000))
    study = sandbox.study(path, agents={"mine": fails})
    plan = study.plan()
    assert plan["players"] == ["the cards alone, no model", "agent:mine@1, free"]
    assert (plan["sessions"], plan["calls"]["high"]) == (8, 0)
    study.lock()
    held = locked(path)
    assert held is not None
    assert held.agents == {"mine": "1"}
    first = study.run()
    states = [(row["arm"], row["scenario"], row["state"]) for row in first.sessions]
    assert [state for arm, case, state in states if (arm, case) == ("agent:mine", "clean_up")] == ["failed"] * 2
    assert sum(state == "done" for *_, state in states) == 6
    ended, huge = sorted((row["failure"] for row in first.sessions if row["failure"]), key=len)
    assert "would have ended the whole program" in ended
    assert "no such file [2JAAA" in huge
    assert len(huge) <= 1_000
    again = sandbox.study(path, agents={"mine": First()}).run(retry=True)
    assert {row["state"] for row in again.tables["sessions"]} == {"done"}
    assert {row["origin"] for row in again.tables["lines"]} == {"agent", "card"}
    effect = next(row for row in again.effects if row["hypothesis"] == "h1")
    assert (effect["arm"], effect["confirmatory"], effect["pairs"]) == ("agent:mine", True, 4)
    shown = cli("experiment", "status", path, "--json")
    assert (json.loads(shown.out)["to_come"], json.loads(shown.out)["astray"]) == (0, 0)
    planned = json.loads(cli("experiment", "plan", path, "--json").out)
    assert planned["players"][1] == "agent:mine@1, free"
    report = Path(cli("experiment", "report", path).out.split()[-1]).read_text(encoding="utf-8")
    assert "agent:mine@1" in report
    assert "sandbox.study(" in report


def test_an_agent_in_one_seat_plays_beside_the_cards_or_a_model(cli: Cli, tmp_path: Path) -> None:
    seat = "migrant_tenant"
    by_model = {"asked": {"default": "strong", seat: "agent:mine"}}
    factors = {**STUDY["factors"], "scenario": ["four_oclock_school"], "governance": ["command", "joint_production"]}
    arms = {"arms": "governance", "base": "command", "null_arm": True, "replicates": 2}
    about = {**STUDY["hypotheses"][0], "arm": "joint_production"}
    hypotheses = [about, {**about, "id": "h2", "outcome": "own_turns", "primary": False}]

    def turns(session: sandbox.Session) -> int:
        return sum(line["seat"] == seat for line in session.lines)

    def planned(*levels: Any) -> Study:
        path = saved(tmp_path, **{**STUDY, **arms, "hypotheses": hypotheses, "factors": {**factors, "model": levels}})
        agents = {"mine": First()} if "agent:mine" in str(levels) else {}
        return sandbox.study(path, agents=agents, measures={"turns": turns})

    asked, alone = (planned(level).plan()["calls"]["high"] for level in (by_model, "strong"))
    assert 0 < asked < alone, "the model is not asked for the agent's seat"
    study = planned({"seated": {"default": "cards", seat: "agent:mine"}})
    plan = study.plan()
    assert (plan["players"], plan["calls"]["high"]) == ([f"cards ({seat}: agent:mine@1), directed"], 0)
    study.lock()
    experiment = study.run()
    assert [(row["state"], row["null_arm"]) for row in experiment.sessions] == [
        ("done", null) for null in (False, True) for _ in range(4)
    ]
    lines = {(row["origin"], row["seat"] == seat) for row in experiment.tables["lines"]}
    assert lines >= {("agent", True), ("card", False)}
    assert not lines & {("agent", False), ("card", True)}
    assert {row["agent"] for row in experiment.tables["seats"] if row["seat"] == seat} == {"agent:mine@1", None}
    tables, (page,) = study.export(tmp_path / "tables"), study.report(formats="md")
    assert {path.name for path in tables} >= {"sessions.csv", "codebook.md"}
    assert "own_turns" in (tmp_path / "tables" / "codebook.md").read_text(encoding="utf-8")
    assert page.parent.name == "small_report"
    assert "What the sessions show" in page.read_text(encoding="utf-8")
    with pytest.raises(sandbox.InputError, match=r"formats: .*pdf"):
        study.report(formats=["pdf"])
    with pytest.raises(sandbox.InputError, match="judge: none"):
        study.judge()
    whole = [row for row in experiment.effects if row["hypothesis"] and row["side"] == "model" and not row["factor"]]
    assert [(row["hypothesis"], row["confirmatory"]) for row in whole] == [("h1", True), ("h2", True)]
    assert sandbox.study(study.path, agents={"mine": First()}).run().sessions == experiment.sessions
    assert "sandbox.study('small', agents={'mine': …})" in cli("experiment", "run", study.path).err
    standing = json.loads(cli("experiment", "status", study.path, "--json").out)
    assert (standing["to_come"], standing["astray"]) == (0, 0)


def test_the_code_shown_runs_as_it_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    factors = {**STUDY["factors"], "scenario": ["clean_up"]}
    saved(Path("mine"), **{**STUDY, "id": "study", "replicates": 1, "factors": factors})
    code, *_ = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    made: dict[str, Any] = {}
    exec(code, made)
    assert capsys.readouterr().out == "2\n"
    assert {row["state"] for row in made["experiment"].sessions} == {"done"}


def mine(view: sandbox.AgentView) -> dict[str, Any]:
    """Take the first act that is open."""
    return view.turn(view.acts[0], "Well.")


def test_another_version_is_another_player_and_not_the_locked_one(tmp_path: Path) -> None:
    path = saved(tmp_path, **STUDY)
    study = sandbox.study(path, agents={"mine": mine})
    digest = study.versions["mine"]
    assert len(digest) == 8
    assert repr(study) == f"<Study small, agent:mine@{digest}>"
    study.lock()
    with pytest.raises(sandbox.InputError, match=f"agent mine was locked in version {digest}, and is 1 now"):
        sandbox.study(path, agents={"mine": First()}).run()
    with pytest.raises(sandbox.InputError, match=f"was locked in version {digest}"):
        sandbox.study(path, agents={"mine": First()}).lock()
    lock_path(path).unlink()
    ids = {run.id for version in ("1", "2") for run in _runs(path, version) if run.arm == "agent:mine"}
    assert len(ids) == 8, "sessions of two versions are never taken for each other"


def _runs(path: Path, version: str) -> Any:
    agent = First()
    agent.version = version
    study = sandbox.study(path, agents={"mine": agent}, model="cards")
    from sandbox.cli.experiment_play import choice_of
    from sandbox.cli.options import Means

    return study._runs(choice_of(study.design, None, "cards", Means()))


def test_an_agent_that_is_not_handed_over_is_asked_for(cli: Cli, tmp_path: Path) -> None:
    path = saved(tmp_path, **STUDY)
    for arguments in (("run",), ("lock",), ("plan", "--pilot", "2")):
        refused = cli("experiment", arguments[0], path, *arguments[1:])
        assert refused.code == 2
        assert "small: agents in Python play in it (mine), which are not here" in refused.err
        assert "sandbox.study('small', agents={'mine': …})" in refused.err
    assert not (tmp_path / "runs").exists()
    unfit: list[tuple[Any, str]] = [
        ({}, r"agents in Python play in it \(mine\)"),
        ({"mine": First(), "other": First()}, "no level of model in small is agent:other; allowed: mine"),
        ({"mine": First}, "First is a class"),
        ({"mine": "first"}, "expected a function, or an object with a method act"),
        ({"mine": partial(mine)}, "there is no source of which a version could be made"),
        ([mine], "agents: expected a mapping of names to agents, found list"),
    ]
    for agents, says in unfit:
        with pytest.raises(sandbox.InputError, match=says):
            sandbox.study(path, agents=agents)
    wrong = First()
    wrong.version = "1 2"
    with pytest.raises(sandbox.InputError, match="version '1 2' cannot be used"):
        sandbox.study(path, agents={"mine": wrong})


def test_a_level_that_names_no_agent_is_refused(tmp_path: Path) -> None:
    cases: list[Any] = [
        "agent:", "agent:Not An Id", {"mixed": {"default": "agent:mine", "mayor": "strong"}},
        {"mixed": {"default": "none", "mayor": "agent:mine"}},
        {"mixed": {"default": "cards", "mayor": "agent:mine", "landlord": "strong"}},
        {"mixed": {"default": "cards", "mayor": "agent:"}},
    ]  # fmt: skip
    for level in cases:
        path = saved(
            tmp_path, **{**STUDY, "hypotheses": [], "factors": {**STUDY["factors"], "model": ["cards", level]}}
        )
        with pytest.raises(sandbox.InputError, match=r"small\.yaml:\d+: factors\.model"):
            sandbox.study(path)
