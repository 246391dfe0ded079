"""What `import sandbox` offers to Python: sessions played and opened in one call, as tables of plain rows."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyarrow import parquet

import sandbox
from tests.cassette import meeting
from tests.cli.conftest import Cli, Served, cli, served, speak
from tests.experiment.making import saved
from tests.experiment.playing import SHORT as STUDY
from tests.scoring.null_sessions import null_values

__all__ = ["cli", "served"]

SHORT: dict[str, Any] = {"model": "cards", "stages": ["training", "public_engagement"], "turns": 6}


@pytest.fixture(autouse=True, scope="module")
def _few() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sandbox.scoring.null_model._values", null_values)
        yield


@pytest.fixture(autouse=True)
def _runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_RUNS", str(tmp_path / "runs"))


def test_a_session_is_played_and_opened_again(cli: Cli) -> None:
    played = sandbox.run("clean_up", "command", seed=3, **SHORT)
    assert played.finished
    assert (played.path / "report.html").is_file()
    assert played.played.spec.governance == "command"
    program = cli("--version").out.splitlines()[0]
    assert played.tables["sessions"][0]["program"] == program == played.tables["events"][0]["payload"]["program"]
    assert program in (played.path / "report.html").read_text(encoding="utf-8")
    earlier = sandbox.load(meeting("showcase_en").path)
    assert earlier.tables["sessions"][0]["program"] is None, "logs of earlier versions do not tell it"
    opened = sandbox.load("last")
    assert (opened.id, opened.lines) == (played.id, played.lines)
    assert sandbox.load(played.path).votes == sandbox.load(played.id).votes == played.votes
    assert cli("run", "--scenario", "clean_up", "--governance", "command", "--seed", 3, "--model", "cards",
               "--stages", "training,public_engagement", "--turns", 6, "-q").code == 0  # fmt: skip
    says = [[row["says"] for row in each.lines] for each in (played, sandbox.load("last"))]
    assert says[0] == says[1], "the command plays the same"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> sandbox.Session:
    """A session that is looked at by several tests."""
    return sandbox.run(**SHORT, out=tmp_path_factory.mktemp("runs"))


def test_the_tables_are_rows_that_pandas_takes(session: sandbox.Session) -> None:
    spoken = session.played.lines
    lines = pd.DataFrame(session.lines)
    assert list(lines["line"]) == [line["id"] for line in spoken]
    assert list(lines["seat"]) == [line["seat"] for line in spoken]
    decision = session.played.decisions[-1]
    votes = pd.DataFrame(session.votes)
    assert dict(zip(votes["seat"], votes["for_it"], strict=True)) == {
        **decision["votes"], **dict.fromkeys(decision["abstained"]),
    }  # fmt: skip
    assert {row["line"]: row["became"] for row in session.ledger} == {
        item.line: item.state for item in session.played.items
    }
    assert session.promises == [row for row in session.ledger if row["entry"] == "promise"]
    assert len(pd.DataFrame(session.pulses)) == 3 * len(session.seats)
    assert {row["criterion"] for row in session.scores} <= {each.id for each in session.played.game.rubric.criteria}
    assert session.outcomes["lines"] == len(spoken)
    for rows in session.tables.values():
        assert len({tuple(row) for row in rows}) <= 1, "all rows of a table have the same columns"


def test_a_frame_has_its_columns_where_there_are_no_rows_too(session: sandbox.Session) -> None:
    without = sandbox.run("clean_up", "command", seed=1, model="cards", turns=4, stages=["public_engagement"])
    assert without.votes == [], "the chair decides"
    votes = without.frame("votes")
    assert list(votes.columns) == ["session", "decision", "stage", "seat", "for_it", "counts"]
    assert len(votes[votes.for_it == True]) == 0  # noqa: E712
    voted = session.frame("votes")
    assert (voted.for_it.dtype, voted.counts.dtype) == ("boolean", "boolean")
    assert len(pd.concat([votes, voted])) == len(voted) > 0
    assert session.frame("lines").number.dtype == "Int64"
    with pytest.raises(sandbox.InputError, match=r"unknown table .vote.\. Did you mean votes"):
        session.frame("vote")
    for strange in (1, ["lines"]):
        with pytest.raises(sandbox.InputError, match=r"^table: expected a text"):
            session.frame(strange)  # type: ignore[arg-type]


def test_all_sessions_are_rows(cli: Cli, tmp_path: Path) -> None:
    assert sandbox.sessions() == []
    played = [sandbox.run(seed=seed, **SHORT) for seed in (0, 1)]
    assert cli("branch", played[0].id, "--at", "L003", "--set", "aggregation.veto=resident", "-q").code in (0, 2)
    rows = {row["session"]: row for row in sandbox.sessions()}
    for session in played:
        assert rows[session.id] == session.tables["sessions"][0]
    assert rows[played[0].id]["seed"] == 0
    (tmp_path / "runs" / "torn").mkdir()
    (tmp_path / "runs" / "torn" / "events.jsonl").write_text("no event\n", encoding="utf-8")
    with pytest.warns(UserWarning, match="^torn: "):
        assert {row["session"] for row in sandbox.sessions()} == {*rows}


def test_listed_sessions_are_told_apart(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sandbox.run(seed=3, **SHORT)
    assert cli("branch", "last", "--at", "L003", "--set", "aggregation.veto=resident").code == 0
    branch = sandbox.load("last").id
    speak(monkeypatch, "zh")
    listed = dict(line.split(maxsplit=1) for line in cli("list", "session").out.splitlines())
    assert all("cards · 种子3 · " in what for what in listed.values())
    assert f"从{first.id}的L003分出" in listed[branch]
    assert "aggregation.veto=" in listed[branch]
    rows = {row["id"]: row for row in json.loads(cli("list", "session", "--json").out)}
    assert rows[branch]["branch_of"] == first.id
    assert {name: rows[first.id][name] for name in ("model", "seed", "rubric", "changes", "decided")} == {
        **{name: first.tables["sessions"][0][name] for name in ("model", "seed", "rubric", "changes", "decided")}
    }


def test_an_experiment_is_opened_with_its_tables_and_effects(cli: Cli, tmp_path: Path) -> None:
    with pytest.raises(sandbox.InputError, match="there is no store"):
        sandbox.open_experiment("who_decides")
    with pytest.raises(sandbox.InputError, match="Did you mean who_decides"):
        sandbox.open_experiment("who_decide")
    with pytest.raises(sandbox.InputError, match=r"^store: expected a path, found x"):
        sandbox.open_experiment("who_decides", store="x" * 5000)
    path = saved(tmp_path, **STUDY)
    assert cli("experiment", "run", path, "--model", "none", "-q").code == 0
    study = sandbox.open_experiment(path)
    assert cli("experiment", "export", path, "--to", tmp_path / "tables").code == 0
    for name, rows in study.tables.items():
        written = _table(tmp_path / "tables", name)
        assert len(rows) == len(written)
        kept = [column for column in rows[0] if name != "sessions" or any(row[column] is not None for row in rows)]
        assert [column for column in kept if column not in written[0]] == []
    assert study.sessions == study.tables["sessions"]
    assert len(study.frame("sessions")) == len(study.sessions) == 4
    assert study.frame("sessions").groupby("arm").decided.mean().notna().all()
    assert cli("experiment", "report", path, "--data", "--to", tmp_path / "report").code == 0
    written = parquet.read_table(tmp_path / "report" / "effects.parquet").to_pylist()
    assert {type(row["confirmatory"]) for row in written} == {type(row["primary"]) for row in written} == {bool}
    assert study.effects == written == study.frame("effects").replace({float("nan"): None}).to_dict("records")
    assert {row["arm"] for row in study.effects} >= {"joint_production"}


def seats(session: sandbox.Session) -> int:
    return len(session.seats)


seats.version = "2"  # type: ignore[attr-defined]


def test_a_measure_of_ones_own_is_an_outcome_like_any_other(cli: Cli, tmp_path: Path) -> None:
    about = {"outcome": "own_tenant_lines", "arm": "joint_production", "direction": "higher", "smallest": 1}
    own = {"id": "own", "primary": True, **about}
    path = saved(tmp_path, **{**STUDY, "hypotheses": [own]})
    planned = cli("experiment", "plan", path, "--model", "none")
    assert "give it in Python" in " ".join(planned.out.split())

    def tenant_lines(session: sandbox.Session) -> int:
        """How many lines the tenant has, votes among them."""
        return len([line for line in session.lines if line["seat"] == "migrant_tenant"])

    sandbox.study(path, measures={"tenant_lines": tenant_lines}).lock()
    assert cli("experiment", "run", path, "--model", "none", "-q").code == 0
    study = sandbox.open_experiment(path)
    before = len(study.effects)
    (unmeasured,) = [row for row in study.effects if row["hypothesis"]]
    assert (unmeasured["outcome"], unmeasured["verdict"], unmeasured["pairs"]) == ("own_tenant_lines", "untested", None)
    with pytest.raises(sandbox.InputError, match="own_tenant_lines was locked in version"):
        sandbox.study(path, measures={"tenant_lines": seats}).run()
    values = study.measure("tenant_lines", tenant_lines)
    assert cli("experiment", "export", path, "--to", tmp_path / "first").code == 0
    book = (tmp_path / "first" / "codebook.md").read_text(encoding="utf-8")
    assert re.search(r"- `own_tenant_lines` was .* \(version \w{8}\): How many lines the tenant has, votes among", book)
    assert {row["session"]: row["own_tenant_lines"] for row in study.sessions} == values
    assert len(study.effects) > before
    shown = {row["arm"]: row for row in study.effects if row["outcome"] == "own_tenant_lines" and not row["factor"]}
    assert (shown["joint_production"]["hypothesis"], shown["joint_production"]["confirmatory"]) == ("own", True)
    by_arm = study.frame("sessions").groupby("arm").own_tenant_lines.mean()
    assert shown["joint_production"]["estimate"] == pytest.approx(by_arm["joint_production"] - by_arm["command"])
    study.measure("tenant_lines", seats)
    assert not any(row["confirmatory"] for row in study.effects), "code that was seen to give more is no locked one"
    with pytest.raises(sandbox.InputError, match="own_tenant_lines was locked in version"):
        sandbox.study(path, measures={"tenant_lines": seats}).lock()
    assert cli("experiment", "report", path, "--to", tmp_path / "report").code == 0
    report = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    given = r"tenant_lines: locked was version \w+; given by version \w+ \([^)]+\), 2 \([^)]+\)\. "
    assert re.search(given + "What was given last counts: that is other code, so the outcome is exploratory", report)
    assert cli("experiment", "export", path, "--to", tmp_path / "tables").code == 0
    book = (tmp_path / "tables" / "codebook.md").read_text(encoding="utf-8")
    assert "- `own_tenant_lines` was given by code of your own (version 2)\n" in book, "which says nothing of itself"
    study.measure("tenant_lines", tenant_lines)
    assert any(row["confirmatory"] for row in study.effects), "that is the locked code, tested as planned"
    assert "inf" not in re.findall(r"[a-z]+", next(row for row in book.splitlines() if "own_tenant_lines" in row))
    for name, value, why in (("Tenant", 1.0, "no name"), ("x", float("nan"), "no finite number"), ("x", "1", "finite")):
        with pytest.raises(sandbox.InputError, match=why):
            study.measure(name, lambda _, value=value: value)  # type: ignore[misc]
    assert "own_x" not in study.frame("sessions")


def test_a_session_is_shown_in_a_line_and_its_terms_are_values(session: sandbox.Session) -> None:
    assert len(repr(session)) < 200
    assert session.id in repr(session)
    assert (session.path / "report.html").as_uri() in session._repr_html_()
    assert session.decisions[-1]["terms"] == session.played.decisions[-1]["terms"] or None
    assert [row["terms"] for row in session.lines] == [line["terms"] or None for line in session.played.lines]
    assert isinstance(session.tables["events"][0]["payload"], dict)


def test_an_error_names_the_session_and_how_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with pytest.raises(sandbox.BudgetReachedError) as caught:
        sandbox.run(**{**SHORT, "model": "a-model"}, max_tokens=10)
    session = caught.value.session
    assert (tmp_path / "runs" / session / "events.jsonl").is_file()
    assert f"sandbox.resume('{session}', max_tokens=MORE)" in "".join(caught.value.__notes__)
    assert sandbox.resume(session, model="cards", max_tokens=10_000).finished


def test_a_temperature_is_asked_for_told_and_kept(served: Served, cli: Cli) -> None:
    session = sandbox.run(**{**SHORT, "model": "stub", "judge_model": "none"}, temperature=0.25)
    assert {round(body["temperature"] % 0.1, 2) for body in served.model.turns} == {0.05}
    assert served.model.turns[0]["temperature"] == 0.25
    asked = cli("prompt", session.id, "--at", "L001").out
    assert "temperature 0.25" in asked
    assert "this is what was sent" in asked
    assert "0.25" in (session.path / "report.html").read_text(encoding="utf-8")
    assert session.tables["sessions"][0]["temperature"] == 0.25
    assert sandbox.run(**SHORT).tables["sessions"][0]["temperature"] is None
    assert cli("run", "--model", "stub", "--temperature", "2").code == 2


def test_a_wrong_argument_says_what_is_allowed_and_leaves_nothing(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, object], str]] = [
        ({"scenario": "clean_upp"}, "Did you mean clean_up"),
        ({"governance": "comand"}, "Did you mean command"),
        ({"turns": 0}, "^turns: "),
        ({"turns": "x"}, "^turns: expected a whole number, found x"),
        ({"lang": "fr"}, "^lang: "),
        ({"temperature": 2}, "^temperature: "),
        ({"temperature": "warm"}, "^temperature: "),
        ({"temperature": True}, "^temperature: "),
        ({"model": []}, r"^model: expected a text, found \[\]"),
        ({"judge_model": []}, r"^judge_model: expected a text, found \[\]"),
        ({"content": 1}, "^content: expected a path, found 1"),
        ({"out": [1]}, r"^out: expected a path, found \[1\]"),
        ({"out": "a\0b"}, "^out: expected a path"),
        ({"content": "x" * 5000}, "^content: expected a path, found x{50}"),
        ({"stages": "training"}, r"^stages: expected a list of texts, as \['…'\], found training"),
        ({"cast": "mayor=x"}, "^cast: expected texts by seat"),
        ({"model": len}, "^model: expected a text, found <built-in function len>"),
        ({"changes": "aggregation.veto=[]"}, "^changes: expected a list of texts"),
        ({"changes": ["aggregation.veto"]}, "^changes aggregation.veto: expected rule.path=value"),
        ({"changes": ["aggregation.veto=mayorr"]}, "mayorr"),
    ]
    for wrong, says in cases:
        with pytest.raises(sandbox.SandboxError, match=says):
            sandbox.run(**{**SHORT, **wrong})
        assert not list((tmp_path / "runs").glob("*"))


def test_the_import_is_quick_and_says_what_there_is() -> None:
    code = "import sys, sandbox; print(len([m for m in sys.modules if m.startswith('sandbox.')]), dir(sandbox))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("0 ")
    assert [name for name in dir(sandbox) if not name.startswith("_")] == [
        "AgentView", "BudgetReachedError", "EndpointError", "Experiment", "InputError", "PulseView", "SandboxError",
        "Session", "load", "load_country", "open_experiment", "resume", "run", "run_country", "score", "sessions",
        "study",
    ]  # fmt: skip
    with pytest.raises(AttributeError, match="has no attribute 'play'"):
        _ = sandbox.play


def _table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_sessions_and_branches_are_exported(cli: Cli, tmp_path: Path) -> None:
    first = sandbox.run(**SHORT)
    assert cli("branch", "last", "--at", "L003", "--seed", 9).code == 0
    branch = sandbox.load("last")
    done = cli("export", first.id, "last", "last", "--to", tmp_path / "tables", "--json")
    assert (done.code, json.loads(done.out)["sessions"]) == (0, 2)
    for name, rows in first.tables.items():
        written = _table(tmp_path / "tables", name)
        own = [row for row in written if row["session"] == first.id]
        assert len(own) == len(rows)
        assert [list(row) for row in written[:1]] == [list(row) for row in rows[:1]]
    wide = {row["session"]: row for row in _table(tmp_path / "tables", "sessions")}
    assert (wide[branch.id]["branch_of"], wide[branch.id]["branch_at"]) == (first.id, "L003")
    assert (wide[first.id]["finished"], wide[branch.id]["finished"]) == ("true", "false")
    book = (tmp_path / "tables" / "codebook.md").read_text(encoding="utf-8")
    for name, rows in first.tables.items():
        section = book.split(f"## {name}\n")[1].split("\n## ")[0]
        assert all(f"| `{column}` |" in section for row in rows[:1] for column in row)


def test_an_experiment_is_no_session_to_export(cli: Cli, tmp_path: Path) -> None:
    done = cli("export", "who_decides", "--to", tmp_path / "tables")
    assert done.code == 2
    assert "sandbox experiment export who_decides --to DIR" in done.err


def test_what_cannot_be_exported_is_said(cli: Cli, tmp_path: Path) -> None:
    for wrong in (("nothing",), ("",), ("last", "--format", "xls")):
        done = cli("export", *wrong, "--to", tmp_path / "tables")
        assert done.code == 2
        assert not (tmp_path / "tables").exists()
