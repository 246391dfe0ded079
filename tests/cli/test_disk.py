"""Disks that take no more, files that are none, links that lead elsewhere: a message, an exit code, nothing lost."""

from __future__ import annotations

import errno
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.files import write_whole
from sandbox.errors import StorageError
from tests.cli.conftest import Cli, only_session, start

PLAYED = ("run", "--model", "none", "--turns", "1", "--stages", "training", "--quiet")
NO_FILE = "is no plain file (but a folder, a device, a pipe or a socket)"
LEADS_OUT = "is a link that leads out of the content folder"


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, as on a disk that is full."""
    before, compiled = resource.getrlimit(resource.RLIMIT_FSIZE), sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # else Python keeps what it compiles now by halves, and trips over it later
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        sys.dont_write_bytecode = compiled


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}


@pytest.mark.parametrize(
    "command",
    [("report",), ("report", "--format", "docx"), ("debrief",), ("debrief", "--format", "md,docx"), ("score",)],
    ids=" ".join,
)
def test_a_full_disk_leaves_what_was_there(cli: Cli, tmp_path: Path, command: tuple[str, ...]) -> None:
    assert cli(*PLAYED).code == 0
    folder = only_session(tmp_path)
    before = contents(folder)
    with full_after(1000):
        done = cli(command[0], "last", *command[1:])
    assert (done.code, contents(folder)) == (2, before)
    assert f"sandbox: cannot write {folder}" in done.err
    assert "File too large" in done.err


def test_a_disk_that_fills_up_while_a_session_runs_keeps_its_log(cli: Cli, tmp_path: Path) -> None:
    with full_after(8000):
        done = cli(*PLAYED)
    assert done.code == 2
    assert "the log up to here is kept" in done.err
    folder = only_session(tmp_path)
    before = (folder / "events.jsonl").read_bytes()
    assert 0 < len(before) <= 8000
    assert before.endswith(b"\n")
    assert cli("resume", "last", "--quiet").code == 0
    assert (folder / "events.jsonl").read_bytes().startswith(before)


def test_a_file_that_can_be_neither_written_nor_removed_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(StorageError, match=r"cannot write .*report.html: Read-only file system"):
        write_whole(tmp_path / "report.html", "text")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_text_at_all_is_written_all_the_same(tmp_path: Path) -> None:
    write_whole(tmp_path / "one", "half \ud800 a character")
    assert (tmp_path / "one").read_text() == "half ? a character"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_output_that_takes_nothing_is_one_message() -> None:
    process = start(["list", "scenario"], before="import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)")
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (2, "sandbox: cannot write: No space left on device\n")


def linked(path: Path, to: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(to)


def piped(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)


PLACES = [
    "personas/mayor.yaml", "prompts/scenarios/bench.yaml", "prompts/words/en.yaml", "prompts/templates/en/judge.md",
    "prompts/gold/trust/en.yaml", "prompts/experiments/one.yaml",
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("command", ["run", "validate"])
def test_pipes_devices_and_links_in_a_content_folder(cli: Cli, tmp_path: Path, place: str, command: str) -> None:
    mine = tmp_path / "mine"
    arguments = ("validate", mine) if command == "validate" else (*PLAYED, "--content", mine)
    makings = (piped, NO_FILE), (lambda path: linked(path, "/dev/zero"), LEADS_OUT)
    for make, said in (*makings, (lambda path: linked(path, "/etc/passwd"), LEADS_OUT)):
        make(mine / place)
        done = cli(*arguments)
        assert (done.code, done.out) == (2, "")
        assert f"{mine / place}:1: {said}" in done.err
        assert "root:" not in done.err
        (mine / place).unlink()
    assert not (tmp_path / "runs").exists()


def test_a_folder_that_leads_out_of_a_content_folder(cli: Cli, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    linked(mine / "personas", "/etc")
    done = cli("validate", mine)
    assert (done.code, done.err.count(LEADS_OUT)) == (2, 1)


def test_links_within_a_content_folder_are_followed(cli: Cli, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    assert cli("new", "persona", "baker", "--content", mine).code == 0
    text = (mine / "personas/baker.yaml").read_text().replace("id: baker", "id: miller")
    (mine / "elsewhere.yaml").write_text(text)
    (mine / "personas/miller.yaml").symlink_to("../elsewhere.yaml")
    (tmp_path / "alias").symlink_to(mine)
    assert cli("validate", tmp_path / "alias").code == 0


def test_a_card_that_is_too_large_or_a_pipe_is_not_read(cli: Cli, tmp_path: Path) -> None:
    piped(tmp_path / "personas/pipe.yaml")
    assert NO_FILE in cli("experiment", "plan", tmp_path / "personas/pipe.yaml").err
    with (tmp_path / "personas/large.yaml").open("wb") as file:
        file.truncate(1 << 33)
    done = cli("experiment", "plan", tmp_path / "personas/large.yaml")
    assert (done.code, "is larger than 4 MB" in done.err) == (2, True)


@pytest.mark.parametrize("command", ["resume", "report", "score"])
def test_a_log_that_is_no_file_is_no_session(cli: Cli, tmp_path: Path, command: str) -> None:
    piped(tmp_path / "runs/pipe/events.jsonl")
    linked(tmp_path / "runs/device/events.jsonl", "/dev/zero")
    for name in ("pipe", "device", "last"):
        done = cli(command, name)
        assert (done.code, "unknown session" in done.err) == (2, True)
