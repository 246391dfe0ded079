"""The command ``sandbox branch``."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from sandbox.record.folder import SessionFolder
from tests.cli.conftest import ROOT, Cli, Served, only_session, speak


def _events(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def _says(folder: Path) -> list[str]:
    return [str(one["payload"]) for one in _events(folder) if one["kind"] == "line"]


def test_a_branch_goes_its_own_way(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", "--model", "none", "--quiet", "--turns", 6).code == 0
    old = only_session(tmp_path)
    before = (old / "events.jsonl").read_bytes()
    done = cli("branch", "last", "--at", "L010", "--seed", "7", "--set", "aggregation.voters=chair")
    assert done.code == 0
    new = Path(done.out.splitlines()[0])
    assert f"sandbox resume {new.name}" in done.out
    assert f"up to L010 the course of {old.name} (" in done.out
    assert cli("resume", new.name, "--quiet").code == 0
    assert (old / "events.jsonl").read_bytes() == before
    assert _says(new)[:10] == _says(old)[:10]
    assert _says(new) != _says(old)
    assert "aggregation.voters=chair" in str(_events(new)[0])


def test_the_last_session_is_none_that_is_being_played_and_what_cannot_be_branched_is_said(
    cli: Cli, tmp_path: Path
) -> None:
    assert cli("run", "--model", "none", "--quiet", "--turns", 2).code == 0
    old = only_session(tmp_path)
    playing = SessionFolder(_branch_of(cli("branch", old, "--at", "L002", "--seed", 3).out))
    with playing.locked():  # as a room of a server holds it
        assert f"the course of {old.name} (" in cli("branch", "last", "--at", "L001").out
        done = cli("resume", playing.id)
        assert done.code != 0
        assert f"{playing.id} is being run by another process" in done.err
    for arguments, told in (
        (("--at", "L999"), "no line 'L999'; lines: L001 to"),
        (("--at", "L002", "--set", "aggregation.nothing=1"), "aggregation"),
    ):
        done = cli("branch", old, *arguments)
        assert (done.code, told in done.err) == (2, True)
    assert cli("branch", "nowhere", "--at", "L001").code == 2


def test_a_branch_says_that_a_rule_is_as_it_was(cli: Cli) -> None:
    done = cli("branch", "showcase", "--at", "L012", "--set", "aggregation.veto=[]")
    assert done.code == 0
    assert "nothing changes from there on: the rules say already what aggregation.veto=[] asks for" in done.out
    assert "nothing changes" not in cli("branch", "showcase", "--at", "L012").out


def test_a_branch_goes_to_the_folder_that_is_named(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", "--model", "none", "--quiet", "--turns", 2).code == 0
    old = only_session(tmp_path)
    elsewhere = tmp_path / "other runs"
    done = cli("branch", old, "--at", "L002", "--out", elsewhere)
    new = _branch_of(done.out)
    assert new.parent == elsewhere
    assert only_session(tmp_path) == old
    assert cli(*_command(done.out), "--quiet").code == 0
    assert (new / "report.html").is_file()

    back = cli("branch", new, "--at", "L002")  # a session outside of the runs folder: the branch lies in it
    assert _branch_of(back.out).parent == old.parent
    assert cli(*_command(back.out), "--quiet").code == 0


def _branch_of(out: str) -> Path:
    return Path(out.splitlines()[0])


def _command(out: str) -> list[str]:
    """Return the words of the command that is named to go on with."""
    return shlex.split(out.splitlines()[-1].removeprefix("go on with: sandbox "))


def test_a_recorded_session_is_branched_among_the_own_ones_and_goes_on_as_is_said(cli: Cli, tmp_path: Path) -> None:
    recorded = ROOT / "cassettes" / "showcase_zh"
    before = sorted(path.name for path in recorded.iterdir())
    for named in ("showcase_zh", recorded):
        done = cli("branch", named, "--at", "L040")
        assert (done.code, _branch_of(done.out).parent) == (0, tmp_path / "runs")
    assert sorted(path.name for path in recorded.iterdir()) == before
    assert _command(done.out)[-2:] == ["--model", "cards"]
    alone = cli(*_command(done.out)[:2])
    assert (alone.code, "cannot be called" in alone.err) == (2, True)
    assert alone.err.rstrip().endswith("--model cards"), "it does not send to a model that is not there either"
    assert cli(*_command(done.out), "--quiet").code == 0


def test_the_hint_names_the_model_that_is_set_up(cli: Cli, served: Served) -> None:
    done = cli("branch", "showcase", "--at", "L050")
    assert _command(done.out)[-2:] == ["--model", "stub"]
    went = cli(*_command(done.out), "--judge-model", "none")
    assert (went.code, len(served.model.requests) > 0) == (0, True)
    assert "up to L050 a large language model spoke, from here on stub; reports say so" in went.err
    (change,) = _changes(_branch_of(done.out))
    assert (change["after"], change["model"], change["style"]) == ("L050", "stub", "free")
    report = (_branch_of(done.out) / "report.html").read_text(encoding="utf-8")
    assert "a large language model; stub after L050" in report
    over = cli("resume", "last", "--model", "other")
    assert (over.code, "is over" in over.err) == (2, True)


def test_a_session_keeps_the_model_that_went_on_with_it(
    cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert cli("run", "--model", "none", "--quiet", "--stages", "training").code == 0
    new = _branch_of(cli("branch", only_session(tmp_path), "--at", "L003").out)
    stopped = cli("resume", new, "--model", "first", "--judge-model", "umpire", "--max-tokens", 4000)
    assert (stopped.code, "up to L003 the rules alone spoke, from here on first" in stopped.err) == (4, True)
    assert stopped.err.endswith(" --max-tokens MORE\n")
    again = cli("resume", new)
    assert again.code == 4, "the budget is the session's"
    assert "the budget of before goes on: --max-tokens 4000, of which" in again.err
    monkeypatch.setenv("SANDBOX_MODEL", "second")
    kept = cli("resume", new, "--max-tokens", 4_000_000)
    assert (kept.code, "the budget of before" in kept.err) == (0, False)
    assert "goes on with first, as before; with that of SANDBOX_MODEL: --model second" in kept.err
    assert {str(request["model"]) for request in served.model.requests} == {"first", "umpire"}
    assert [(change["model"], change["judge_model"]) for change in _changes(new)] == [("first", "umpire")]


def _changes(folder: Path) -> list[dict[str, object]]:
    return [one["payload"] for one in _events(folder) if one["kind"] == "model"]  # type: ignore[misc]


def test_a_branch_of_a_session_by_cards_goes_on_by_cards(cli: Cli) -> None:
    assert cli("run", "--model", "cards", "--turns", 4, "--quiet").code == 0
    done = cli("branch", "last", "--at", "L003")
    assert re.search(r"^go on with: sandbox resume \S+$", done.out, re.MULTILINE), "no model is named"


@pytest.mark.parametrize(
    ("lang", "held", "left", "taken"),
    [
        ("en", "council = Qiu Wenbin (residents' group speaker), Cai Yongfu (landlord)", "no branch was made",
         "this takes the place of the veto of core"),
        ("zh", "council = 邱文斌（居民自治小组代表）、蔡永福（房东）", "没有另开一场", "这条换掉了core的否决权"),
    ],
)  # fmt: skip
def test_a_veto_for_nobody_here_is_refused_with_who_is_what_and_one_that_replaces_another_is_told(
    lang: str, held: str, left: str, taken: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak(monkeypatch, lang)
    under = ("--scenario", "clean_up", "--governance", "one_core_multiple_actors", "--turns", 2)
    assert cli("run", "--model", "none", "--quiet", *under).code == 0
    refused = cli("branch", "last", "--at", "L002", "--set", "aggregation.veto=resident")
    assert (refused.code, held in refused.err, left in refused.err) == (2, True, True)
    done = cli("branch", "last", "--at", "L002", "--set", "aggregation.veto=council")
    assert (done.code, taken in done.out) == (0, True)
    assert "--set aggregation.veto=[core,council]" in done.out
