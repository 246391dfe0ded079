"""Disks that take no more, files that are none, links that lead elsewhere: a message, an exit code, nothing lost."""

from __future__ import annotations

import errno
import io
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.files import write_whole, written_whole
from sandbox.errors import StorageError
from sandbox.record.folder import SessionFolder
from tests.attack.child import run_command
from tests.cli.conftest import Cli, only_session
from tests.experiment.playing import in_a_process

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


def test_a_full_disk_leaves_what_was_there(cli: Cli, tmp_path: Path) -> None:
    assert cli(*PLAYED).code == 0
    folder = only_session(tmp_path)
    before = contents(folder)
    for command, *form in (("report",), ("report", "--format", "docx"), ("debrief", "--format", "md,docx"), ("score",)):
        with full_after(1000):
            done = cli(command, "last", *form)
        assert (done.code, contents(folder)) == (2, before), command
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
    assert folder.name in cli("list", "session").out
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
def test_an_output_that_takes_nothing_is_one_message(tmp_path: Path) -> None:
    def full() -> None:
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)

    done = run_command(["list", "governance"], tmp_path, {}, full)
    assert (done.code, done.err) == (2, "sandbox: cannot write: No space left on device\n")


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


def test_pipes_devices_and_links_in_a_content_folder(cli: Cli, tmp_path: Path) -> None:
    for place in PLACES:
        for command in ("run", "validate"):
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


LONG = "x" * 300
NAMED_BY_ID = [
    "resume", "replay", "score", "report", "debrief", "branch --at L001", "whatif --at L001 --set aggregation.veto=[]",
    "audit", "compare showcase", "show session", "show persona", "campaign run", "campaign resume", "campaign report",
    "campaign status", "campaign replay", "campaign branch --after 1", "diffuse run", "diffuse report",
    "experiment plan", "experiment status", "new persona",
]  # fmt: skip
NAMED_BY_PATH = [
    "validate", "run --model cards --content", "run --model cards --out", "list session --out", "campaign list --out",
    "judge card --out", "experiment status who_decides --store", "experiment run who_decides --model none --store",
    "serve --model cards --out", "serve --model cards --key k.pem --cert", "doctor --content",
    "doctor --model none --out",
]  # fmt: skip


def test_a_name_that_no_disk_takes_is_one_message(cli: Cli) -> None:
    for command in (*NAMED_BY_ID, *NAMED_BY_PATH):
        done = cli(*command.split(), LONG)
        assert (done.code, "[Errno" in done.out + done.err) == (2, False), command
        assert max(map(len, (done.out + done.err).splitlines())) < 900, command


@pytest.mark.parametrize("command", ["list session", "run --model cards", "serve --model cards", "diffuse report last"])
def test_a_folder_of_sessions_whose_name_no_disk_takes_is_one_message(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("SANDBOX_RUNS", LONG)
    assert cli(*command.split()).code == 2


def test_a_very_long_id_is_not_told_whole(cli: Cli, tmp_path: Path) -> None:
    done = cli("new", "persona", "x" * 5_000, "--content", tmp_path / "mine")
    assert (done.code, len(done.err) < 600) == (2, True)
    assert not (tmp_path / "mine").exists(), "nothing is left of what could not be written"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENOTDIR, errno.ENAMETOOLONG])
def test_what_may_not_be_opened_is_one_message(cli: Cli, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number), "/closed/to/you")

    monkeypatch.setattr(SessionFolder, "find", refused)
    done = cli("resume", "last")
    assert (done.code, done.err) == (2, f"sandbox: cannot use /closed/to/you: {os.strerror(number)}\n")


def test_a_folder_that_is_not_there_any_more_is_told(tmp_path: Path) -> None:
    gone = tmp_path / "gone"

    def leave() -> None:
        gone.mkdir()
        os.chdir(gone)
        gone.rmdir()
        del os.environ["SANDBOX_RUNS"]

    done = run_command(["doctor", "--model", "none"], tmp_path, {}, leave)
    assert done.err == "sandbox: the folder that it was called in does not exist any more; call it in another\n"


def test_two_processes_may_write_the_same_result(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    with written_whole(path) as stream:
        stream.write(b"mine, ")
        child = in_a_process(lambda: write_whole(path, "another's"))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert path.read_text() == "another's"
        stream.write(b"and whole")
    assert path.read_text() == "mine, and whole"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("command", [["show", "persona", "elder", "--lang", "zh"], ["list", "persona", "--json"]])
def test_an_output_that_has_no_chinese_is_written_all_the_same(tmp_path: Path, command: list[str]) -> None:
    def without_chinese() -> None:
        assert isinstance(sys.stdout, io.TextIOWrapper)
        sys.stdout.reconfigure(encoding="ascii")

    done = run_command(command, tmp_path, {}, without_chinese)
    assert (done.code, done.err) == (0, "")
    assert "elder" in done.out


@pytest.mark.parametrize("command", ["resume", "report", "score"])
def test_a_log_that_is_no_file_is_no_session(cli: Cli, tmp_path: Path, command: str) -> None:
    piped(tmp_path / "runs/pipe/events.jsonl")
    linked(tmp_path / "runs/device/events.jsonl", "/dev/zero")
    for name in ("pipe", "device", "last"):
        done = cli(command, name)
        assert (done.code, "unknown session" in done.err) == (2, True)
