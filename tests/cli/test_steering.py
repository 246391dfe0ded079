"""Nothing that a model, an endpoint, a log or the name of a folder holds can steer the terminal, or turn what a page
says."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from sandbox.cli.console import Console
from sandbox.content.plain import plain
from tests.cli.conftest import Cli, Served, played_once
from tests.session.support import SteadyModel
from tests.stub_endpoint import StubEndpoint, error

STEERING = "\x1b[2J\x1b]0;title\x07\x1b]52;c;Y3VybA==\x07\x9b2J\x85\u202etxet\u2066\u200f\ufeff"
PLACE = ("--stages", "training", "--turns", 2)


class Hostile(SteadyModel):
    """A model whose every line steers."""

    def says(self, prompt: str, seed: int) -> str:
        """Return words of its own between characters that steer."""
        return f"{STEERING}{super().says(prompt, seed)}{STEERING}"


@pytest.fixture
def log(cli: Cli, served: Served, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of a session in which everybody's words steer, as it may have come from elsewhere."""
    served.model = Hostile("propose")

    def play() -> None:
        assert cli("run", *PLACE).code == 0

    played_once("steering", tmp_path, play, tmp_path_factory)
    (path,) = (tmp_path / "runs").glob("*/events.jsonl")
    text = path.read_text(encoding="utf-8")
    assert all(plain(event["payload"]["says"]) == event["payload"]["says"] for event in _lines(text))
    events = [json.loads(line) for line in text.split("\n")[:-1]]
    for event in events:
        for field in ("says", "text", "reason"):
            if event["kind"] != "call" and field in event["payload"]:
                event["payload"][field] += STEERING
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    path.parent.rename(path.parent.with_name(f"2026{STEERING}"))
    return next((tmp_path / "runs").glob("*/events.jsonl"))


def _lines(text: str) -> list[dict[str, dict[str, str]]]:
    return [event for event in map(json.loads, text.split("\n")[:-1]) if event["kind"] == "line"]


def test_no_command_prints_it(cli: Cli, log: Path) -> None:
    commands: tuple[tuple[str, ...], ...] = (
        ("replay", "last"), ("show", "session", "last"), ("show", "session", "last", "--json"), ("list", "session"),
        ("list", "session", "--json"), ("score", "last"), ("score", "last", "--json", "--judge-model", "none"),
        ("audit", "last"), ("report", "last"), ("debrief", "last", "--format", "md,html"), ("resume", "last"),
        ("branch", "last", "--at", "L001"), ("branch", "last", "--at", "L9"), ("show", "session", "3026"),
    )  # fmt: skip
    for command in commands:
        done = cli(*command)
        assert done.out + done.err
        for shown in (done.out, done.err):
            assert plain(shown) == shown, command
        if "--json" in command:
            json.loads(done.out)
        assert log.exists()


def test_what_an_endpoint_complains_of_is_shown_without_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with StubEndpoint(lambda _: error(400, f"bad {STEERING} request")) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "key")
        done = cli("run", *PLACE, "--model", "stub")
        checked = cli("doctor", "--model", "stub")
    assert done.code == checked.code == 3
    assert "bad [2J" in done.err
    assert "bad [2J" in checked.out
    assert plain(done.err + checked.out) == done.err + checked.out


def test_colours_of_the_program_stay(capsys: pytest.CaptureFixture[str]) -> None:
    Console(file=sys.stdout, force_terminal=True, color_system="standard", highlight=False).print(
        f"[red]a{STEERING}b[/red]"
    )
    shown = capsys.readouterr().out
    assert shown.startswith("\x1b[31ma")
    assert shown.count("\x1b") == 2


def test_words_that_are_nothing_else_are_no_line(cli: Cli, served: Served) -> None:
    served.model = SteadyModel("propose")
    served.model.says = lambda prompt, seed: "\x1b\u202e \x9b"  # type: ignore[method-assign]  # noqa: ARG005
    done = cli("run", *PLACE)
    assert done.code == 3
    assert "says: a line needs words" in done.err
