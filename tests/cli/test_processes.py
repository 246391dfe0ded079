"""The command line as a process: killed, interrupted, on a full disk, twice at once, and quick to help."""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.__main__ import main
from sandbox.cli import options
from sandbox.session.context import DIRECTED
from sandbox.session.runner import Models
from tests.attack.child import start_command
from tests.cli.conftest import ROOT, Cli, Served
from tests.session.support import Slow, SteadyModel

TURNS = ("--turns", "4", "--stages", "training,public_engagement")


def _wait_for_lines(runs: Path, count: int) -> Path:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for path in runs.glob("*/events.jsonl"):
            if path.read_text(encoding="utf-8").count('"kind": "line"') >= count:
                return path
        time.sleep(0.01)
    raise AssertionError("the session does not get on")


def _transcript(path: Path) -> list[object]:
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    return [event["payload"] for event in events if event["kind"] in ("line", "decision", "score", "minutes")]


@pytest.mark.fuzz
def test_kill_9_and_resume_leave_what_a_whole_run_leaves(cli: Cli, served: Served, tmp_path: Path) -> None:
    assert cli("run", *TURNS, "--out", tmp_path / "whole").code == 0
    (whole,) = (tmp_path / "whole").glob("*/events.jsonl")
    served.model = model = Slow("propose")
    process = start_command(["run", *TURNS], tmp_path, {})
    path = _wait_for_lines(tmp_path / "runs", 3)
    assert process.kill().code == -signal.SIGKILL
    model.pause = 0.0
    assert b'"close"' not in path.read_bytes()
    done = cli("resume", path.parent.name)
    assert done.code == 0
    assert re.fullmatch(r"(.*events\.jsonl: the last line was cut off and is dropped \(\d+ bytes\)\n)?", done.err)
    assert _transcript(path) == _transcript(whole)
    assert len(model.repeated()) <= 1, "at most the call that was under way"
    kept = [json.loads(line)["payload"]["id"] for line in path.read_text(encoding="utf-8").splitlines()
            if '"kind": "call"' in line]  # fmt: skip
    assert len(kept) == len(set(kept))
    assert "[Training · 4/4]" in done.out, "the count goes on"


def test_what_is_killed_once_its_id_is_shown_is_the_last(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise SystemExit(9)

    short = ("run", "--model", "cards", "--turns", "2", "--stages", "training")
    assert cli(*short).code == 0
    with monkeypatch.context() as patch:
        patch.setattr("sandbox.session.runner.run_session", killed)
        shown = cli(*short).out.split(" · ")[0]
    assert shown in cli("resume", "last").out


@pytest.mark.fuzz
def test_ctrl_c_ends_in_good_order(served: Served, cli: Cli, tmp_path: Path) -> None:
    served.model = model = Slow("propose")

    def hears() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)

    process = start_command(["run", *TURNS, "--out", str(tmp_path / "else where")], tmp_path, {}, hears)
    _wait_for_lines(tmp_path / "else where", 1)
    model.pause = 0.3  # it must not end before the signal comes
    path = _wait_for_lines(tmp_path / "else where", 3)
    os.kill(process.process, signal.SIGINT)
    ended = process.ended()
    err = ended.err
    assert ended.code == 130, err
    assert "Traceback" not in err, err
    assert f"sandbox resume {path.parent.name} --out" in err
    served.model = SteadyModel("propose")
    done = cli("resume", path.parent.name, "--out", tmp_path / "else where", "--judge-model", "none")
    assert done.code == 0


def test_ctrl_c_takes_no_answer_from_under_a_callback(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        answer = asyncio.get_running_loop().create_future()

        def answered() -> None:  # as a callback of the event loop does when a reply is there
            if not answer.done():
                signal.raise_signal(signal.SIGINT)
                answer.set_result("a reply")

        asyncio.get_running_loop().call_soon(answered)
        await answer
        raise AssertionError("it goes on as if nobody had asked it to stop")

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        options.awaited(Models(None, (), DIRECTED), work())
    assert caplog.messages == []
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_waits_for_nothing() -> None:
    async def work() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("it goes on")

    with pytest.raises(KeyboardInterrupt):
        options.awaited(Models(None, (), DIRECTED), work())


@contextmanager
def _small_files(limit: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_report_that_does_not_fit_on_the_disk_can_be_made_later(cli: Cli) -> None:
    with _small_files(60_000):
        stopped = cli("run", *TURNS, "--model", "none")
    assert stopped.code == 2
    assert "report.html: File too large" in stopped.err
    assert "finished" in cli("list", "session").out, "the log is whole"
    done = cli("report", "last")
    assert (done.code, done.err) == (0, "")


@pytest.mark.fuzz
def test_two_processes_do_not_write_to_one_session(cli: Cli, served: Served, tmp_path: Path) -> None:
    served.model = model = Slow("propose", pause=0.2)
    process = start_command(["run", *TURNS[:2], "--stages", "training", "--judge-model", "none"], tmp_path, {})
    path = _wait_for_lines(tmp_path / "runs", 2)
    done = cli("resume", path.parent.name)
    model.pause = 0.0
    assert done.code == 2
    assert f"session {path.parent.name} is being run by another process; nothing was changed" in done.err
    ended = process.ended()
    assert (ended.code, ended.err) == (0, "")
    _transcript(path)


COMMANDS = ("", "run", "play", "resume", "serve", "score", "debrief", "list", "validate", "audit", "judge calibrate")
_HELP = """
import json, sys
from time import process_time
from sandbox.__main__ import main
commands, began, took = sys.argv[1:], 0.0, {}  # the first counts from the start of the interpreter
for command in commands:
    sys.argv = ["sandbox", *command.split(), "--help"]
    try:
        main()
    except SystemExit as error:
        assert not error.code
    began, took[command] = process_time(), process_time() - began
heavy = {"langgraph", "openai", "pydantic", "rich", "jinja2", "yaml", "sqlite3", "xllamacpp", "asyncio"}
print(json.dumps([took, sorted(heavy & set(sys.modules))]), file=sys.stderr)
"""


def test_help_is_there_at_once() -> None:
    took: dict[str, float] = {}
    for _ in range(3):  # the best of three: the work of the process, however much else the machine does
        done = subprocess.run(
            [sys.executable, "-c", _HELP, *COMMANDS],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.count("Usage: ") == len(COMMANDS)
        seconds, heavy = json.loads(done.stderr)
        assert heavy == []
        took = {command: min(took.get(command, 9.0), seconds[command]) for command in COMMANDS}
        if slowest(took) < 0.3:
            break
    assert slowest(took) < 0.3


def slowest(took: dict[str, float]) -> float:
    """Return what the slowest command takes in a process of its own; the first is the start of the program."""
    start, *others = took.values()
    return start + max(others)


def test_an_interruption_that_no_command_tells_of_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sandbox.cli.app.app", lambda: sys.exit(130))  # as Typer ends then, without a word
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "sandbox: interrupted\n"


_ANSWERING = """
import os, sys
from types import SimpleNamespace
class Engine:
    def __del__(self):
        os.abort()  # as the engine does that is taken apart in the midst of an answer
sys.modules["xllamacpp"] = SimpleNamespace(engine=Engine())
from sandbox.__main__ import process
sys.argv = ["sandbox", "nothing"]
process()
"""


def test_an_engine_that_is_in_the_midst_of_an_answer_does_not_change_how_a_process_ends(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ANSWERING], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("sandbox: unknown command 'nothing'")
