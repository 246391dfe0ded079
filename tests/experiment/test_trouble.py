"""What somebody is told whose endpoint makes trouble while an experiment runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.at_hand import EndpointAtHand
from tests.cli.conftest import Cli, Served, cli, served, speak
from tests.experiment.making import saved
from tests.experiment.playing import BRIEF
from tests.session.support import SteadyModel, Strict, Untempered
from tests.stub_endpoint import Received, StubReply, completion

__all__ = ["cli", "served"]

PAGE = StubReply(200, "<html>Login please</html>", {"Content-Type": "text/html"})


class Prose(SteadyModel):
    """A model that keeps to no schema."""

    def __call__(self, _: Received) -> StubReply:
        """Answer a request."""
        return completion("Certainly! Here is what the mayor would say.")


def test_failed_sessions_are_named_with_the_command_that_plays_them_again(
    cli: Cli, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, **BRIEF, replicates=1)
    good, served.model = served.model, Prose("propose")
    run = ("experiment", "run", path, "--store", tmp_path / "s.sqlite")
    done = cli(*run)
    assert done.code == 3
    assert "all are played" not in done.out
    assert "2 of 4 sessions failed: " in done.err
    again = done.err.rstrip().rpartition("play them again with: sandbox ")[2].split()
    assert again == [*map(str, run), "--retry"]
    as_json = cli(*run, "--json")
    said = json.loads(as_json.out)
    assert (as_json.code, said["failed"], len(said["failures"])) == (3, 2, 2)
    assert said["retry"] == f"sandbox {' '.join(map(str, run))} --retry"
    assert said["failures"][0] in done.err
    with monkeypatch.context() as chinese:
        speak(chinese, "zh")
        told = cli(*run).err
    assert ("4场中有2场失败" in told, "重演这些场次：sandbox" in told) == (True, True)
    assert "--retry" in cli("experiment", "status", path, "--store", tmp_path / "s.sqlite").out
    served.model = good
    mended = cli(*again)
    assert (mended.code, "all are played" in mended.out) == (0, True)
    assert json.loads(cli(*run, "--json").out).get("retry") is None


@pytest.mark.usefixtures("served")
def test_a_web_page_in_place_of_every_answer_stops_the_run_and_names_the_address(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, **{**BRIEF, "concurrency": 2, "replicates": 1})
    with EndpointAtHand([PAGE]) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        done = cli("experiment", "run", path)
        asked = len(stub.received)
    assert done.code == 3
    assert "is OPENAI_BASE_URL right (it often ends in /v1)" in done.err
    assert "SANDBOX_MODEL" not in done.err
    assert "go on with: sandbox experiment run" in done.err
    assert json.loads(cli("experiment", "status", path, "--json").out)["failed"] == 0
    assert asked <= 2 * 5 * 16, "a call of each session that was begun, or one for each of its seats"


def test_a_temperature_that_the_model_does_not_take_is_no_factor_and_stops_the_run(
    cli: Cli, served: Served, tmp_path: Path
) -> None:
    factors = {**BRIEF["factors"], "temperature": [0, 0.7]}
    path = saved(tmp_path, **{**BRIEF, "factors": factors, "replicates": 1, "null_arm": False})
    served.model = Untempered()
    done = cli("experiment", "run", path, "--model", "stub")
    assert (done.code, "for which you asked: leave --temperature out" in done.err) == (2, True)
    status = json.loads(cli("experiment", "status", path, "--json").out)
    assert status["failed"] == 0
    assert not [body for body in served.model.turns if "temperature" not in body]


def test_an_experiment_tells_that_no_schema_held_what_was_played(cli: Cli, served: Served, tmp_path: Path) -> None:
    path = saved(tmp_path, **BRIEF, replicates=1, null_arm=False)
    served.model = Strict(schemas=False)
    assert cli("experiment", "run", path).code == 0
    assert cli("experiment", "report", path, "--format", "md", "--to", tmp_path / "told").code == 0
    report = (tmp_path / "told" / "report.md").read_text(encoding="utf-8")
    assert "The endpoint took no JSON schema" in report
    assert "100%" in report.partition("The endpoint took no JSON schema")[2][:300]


@pytest.mark.parametrize("reply", [PAGE, StubReply(200, ""), StubReply(200, {"hello": "world"})])
def test_what_is_no_completion_raises_a_doubt_about_the_address(
    cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch, reply: StubReply
) -> None:
    del served
    monkeypatch.setattr("sandbox.llm.gateway.LONGEST_WAIT", 0.01)
    with EndpointAtHand([reply]) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        done = cli("run", "--turns", 2, "--stages", "training")
    assert done.code == 3
    assert "OPENAI_BASE_URL" in done.err
    assert "keeps to JSON" not in done.err
