"""Commands that take a while say what they are doing: on a terminal at once, elsewhere only what goes on for long."""

from __future__ import annotations

import asyncio
import re
import time
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console
from rich.progress import MofNCompleteColumn, TimeElapsedColumn, TimeRemainingColumn

from sandbox.cli import progress
from sandbox.cli.progress import bar, counting
from sandbox.content.language import Lang
from sandbox.content.skeletons import skeleton
from sandbox.errors import EndpointError
from tests.benchmarks.stub import Paced
from tests.cli.conftest import Cli, Served
from tests.cli.on_terminal import on_terminal
from tests.content.folders import write
from tests.experiment.making import saved
from tests.experiment.playing import SHORT
from tests.session.support import SteadyModel
from tests.stub_endpoint import Received, StubReply, completion, error

PLAN = ("experiment", "plan", "small", "--model", "none", "--content", "own")


class Busy(SteadyModel):
    """A model whose endpoint has too much to do for the first request, cuts its answer, or is slow with it."""

    def __init__(self, model: SteadyModel, pause: float = 0.0, status: int = 429) -> None:
        super().__init__()
        self._model, self._pause, self._asked = model, pause, False
        self._status = status

    def __call__(self, request: Received) -> StubReply:
        """Answer a request."""
        first, self._asked = not self._asked, True
        time.sleep(self._pause if first else 0.0)
        if first and self._status == 200:
            return completion('{"trust": ')
        if first and not self._pause:
            return error(self._status, "slow down", headers={"retry-after": "1"})
        return self._model(request)


@pytest.mark.parametrize(
    ("command", "doing", "result"),
    [
        (PLAN, ("reading the design …", "rehearsing its sessions"), "Who is heard"),
        (("doctor", "--model", "none"), ("reading the content …",), "ok model: none"),
    ],
)
def test_what_is_being_done_is_shown_on_a_terminal(
    cli: Cli, command: tuple[str, ...], doing: tuple[str, ...], result: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    write(Path("own"), "experiment", "small", skeleton("experiment", "small").replace("replicates: 4", "replicates: 1"))
    code, shown = on_terminal(cli, *command)
    assert code == 0
    for text in doing:
        assert text in shown
    assert result in shown
    _, as_json = on_terminal(cli, *command, "--json")
    assert not [text for text in doing if text in as_json]


def test_reports_and_tables_say_on_a_terminal_what_they_are_doing(cli: Cli, tmp_path: Path) -> None:
    where = saved(tmp_path, **SHORT), "--store", tmp_path / "s.sqlite"
    write(tmp_path / "own", "experiment", "small", skeleton("experiment", "small"))
    assert cli("experiment", "run", *where, "--model", "none", "--quiet").code == 0
    for command, *told in (
        (("experiment", "report", *where, "--to", tmp_path), "analysing what is finished …", "writing the report …",
         "report.html"),
        (("experiment", "export", *where, "--to", tmp_path), "writing the tables …", "sessions.csv"),
        (("export", "showcase", "--to", tmp_path), "writing the tables …", "sessions.csv"),
        (("validate", tmp_path / "own"), "checking the content …", "of yours: experiment small"),
        (("run", "--model", "none", "--stages", "training", "--turns", 1, "--seeds", "1"),
         "writing a folder for each session …", "sessions"),
    ):  # fmt: skip
        code, shown = on_terminal(cli, *command)
        assert (code, [text for text in told if text not in shown]) == (0, []), shown
    assert "…" not in cli("experiment", "export", *where, "--to", tmp_path).err


def test_doctor_says_that_it_starts_the_embedded_engine(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.llm.embedded.EmbeddedEngine.__init__", refuse)
    done = cli("doctor", "--model", "embedded")
    assert "starting the embedded engine, which takes some seconds" in done.err
    assert cli("doctor", "--model", "embedded", "--json").err == ""


def refuse(*_: object) -> None:
    raise EndpointError("no engine in this test")


def test_facts_of_a_country_are_counted_while_they_are_measured(cli: Cli, tmp_path: Path) -> None:
    text = skeleton("network", "two_coasts").replace("sessions: 20, turns: null", "sessions: 1, turns: 2")
    write(tmp_path / "own", "network", "two_coasts", text)
    command = ("diffuse", "facts", "two_coasts", "--content", tmp_path / "own", "--districts", 500, "--seeds", "1")
    code, shown = on_terminal(cli, *command)
    assert (code, "What countries show" in shown) == (0, True), shown


def test_what_is_counted_stays_whole_on_a_narrow_terminal() -> None:
    for wide in (80, 60):
        line = bar(False, MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        says = "2 failed · 429, waits 2 s; attempt 3 of 5 · 8 playing · 0.5 lines a second · 17,870,600 left"
        task = line.add_task(says, total=1200)
        line.update(task, completed=1034)
        page = StringIO()
        Console(file=page, width=wide).print(line.get_renderable())
        (shown,) = page.getvalue().splitlines()
        for column in ("1034/1200", "0:00:00", "-:--:--", "2 failed", "…"):
            assert column in shown


def test_outside_of_a_terminal_a_line_a_minute_says_how_far_an_experiment_is(
    cli: Cli, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_FIRST", 0.2)  # and twice as long each time, up to a minute
    served.model = Busy(served.model, status=503)
    design = saved(
        tmp_path,
        **{**SHORT, "factors": {**SHORT["factors"], "turns": [1], "stages": {"short": ["training"]}}, "replicates": 1},
    )
    done = cli("experiment", "run", design)
    lines = [line for line in done.err.splitlines() if line.startswith("after ")]
    assert any(re.match(r"after 0 min: \d of 4 sessions · 503, waits 1 s; attempt 2 of \d+ · ", line) for line in lines)


def test_waiting_for_a_busy_endpoint_is_seen_on_a_terminal(cli: Cli, served: Served) -> None:
    served.model = Busy(Paced(0.001))
    code, shown = on_terminal(cli, "run", "--turns", 1, "--stages", "training")
    assert code == 0
    assert "asks all seats in private …" in shown
    assert "429, waits 1 s; attempt 2 of 8" in shown


def test_waiting_for_a_busy_endpoint_is_told_outside_of_a_terminal_and_in_chinese(cli: Cli, served: Served) -> None:
    good = served.model
    served.model = Busy(good)
    done = cli("run", "--turns", 1, "--stages", "training", "--lang", "zh")
    assert (done.code, "429，等1秒；第2次，最多8次" in done.err) == (0, True)
    assert "等了再问1次，共等1秒" in done.out
    served.model = Busy(good, status=200)
    last = cli("run", "--turns", 1, "--stages", "training").out
    assert "written; 1 of the answers could not be used" in last
    assert "asked again" not in last
    served.model = Busy(good)
    assert cli("run", "--turns", 1, "--stages", "training", "--quiet").err == ""


def test_a_model_that_takes_its_time_is_waited_for_by_the_second(cli: Cli, served: Served) -> None:
    served.model = Busy(Paced(0.001), pause=2.3)
    code, shown = on_terminal(cli, "run", "--turns", 1, "--stages", "training")
    assert (code, "asks all seats in private … · 2 s" in shown) == (0, True)


async def test_outside_of_a_terminal_the_last_line_says_how_it_ended(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_FIRST", 0.01)
    judged = 0

    async def judge() -> None:
        nonlocal judged
        while "0 of 2" not in capsys.readouterr().err:
            await asyncio.sleep(0.01)
        judged = 2

    await progress.with_lines(judge(), lambda: f"{judged} of 2 sessions judged", silent=False)
    assert capsys.readouterr().err.splitlines()[-1] == "2 of 2 sessions judged"
    await progress.with_lines(asyncio.sleep(0), lambda: "soon done", silent=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "Countries: 2 of 1,000, about 166 min left"), ("zh", "大约还要166分钟")]
)
def test_without_a_terminal_what_takes_minutes_says_how_long(
    lang: Lang, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sandbox.cli.translation.LANG", lang)
    moments = iter((0.0, 10.0, 12.0, 12.5))
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    with counting("Countries", 1000, False, left=True) as (_, advance):
        for _ in range(3):
            advance(1)
    said = capsys.readouterr().err
    assert (told in said, len(said.splitlines())) == (True, 1), "soon, then less often"
    with counting("Countries", 1000, True, left=True) as (_, advance):
        advance(1)
    assert capsys.readouterr().err == ""
