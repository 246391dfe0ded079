"""The command ``sandbox branch``."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from tests.cli.conftest import Cli, only_session


def _events(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def _says(folder: Path) -> list[str]:
    return [str(one["payload"]) for one in _events(folder) if one["kind"] == "line"]


def test_a_branch_goes_its_own_way(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", "--model", "none", "--quiet").code == 0
    old = only_session(tmp_path)
    before = (old / "events.jsonl").read_bytes()
    done = cli("branch", "last", "--at", "L010", "--seed", "7", "--set", "aggregation.voters=chair")
    assert done.code == 0
    new = Path(done.out.splitlines()[0])
    assert f"sandbox resume {new.name}" in done.out
    assert cli("resume", new.name, "--quiet").code == 0
    assert (old / "events.jsonl").read_bytes() == before
    assert _says(new)[:10] == _says(old)[:10]
    assert _says(new) != _says(old)
    assert "aggregation.voters=chair" in str(_events(new)[0])


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
    return shlex.split(out.splitlines()[1].removeprefix("go on with: sandbox "))


def test_what_cannot_be_branched(cli: Cli) -> None:
    assert cli("run", "--model", "none", "--quiet", "--turns", "2").code == 0
    for arguments, told in (
        (("--at", "L999"), "no line 'L999'; lines: L001 to"),
        (("--at", "L002", "--set", "aggregation.nothing=1"), "aggregation"),
    ):
        done = cli("branch", "last", *arguments)
        assert done.code == 2
        assert told in done.err
    assert cli("branch", "nowhere", "--at", "L001").code == 2
