"""Who plays at the terminal is shown what the seat may know, and nothing else."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.cli.console import Console
from sandbox.cli.terminal import LiveSession
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.view import sees
from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder
from tests.cli.conftest import Cli, Done, Served, played_once
from tests.content.folders import LIBRARY
from tests.running import recorded_spec

SEAT = "migrant_tenant"
PLACE = (
    "--governance", "command", "--stages", "training,public_engagement", "--turns", 3, "--judge-model", "none",
)  # fmt: skip


def _type(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    data = "".join(f"{line}\n" for line in lines).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


def _events(tmp_path: Path) -> list[Event]:
    (folder,) = SessionFolder.all(tmp_path / "runs")
    return folder.read()


def _hidden(game: Game, events: list[Event]) -> list[str]:
    """Return the words that the seat may not know of: of lines, minutes and news."""
    unseen = [event.payload for event in events if event.kind != "call" and not sees(game, SEAT, event)]
    return [str(payload[field]) for payload in unseen for field in ("says", "text") if payload.get(field)]


def _nothing_of_the_training(done: Done, tmp_path: Path) -> None:
    """Assert that nothing of the stage in which the seat was not present was printed."""
    events = _events(tmp_path)
    game = Game(recorded_spec(SessionFolder.all(tmp_path / "runs")[0]), LIBRARY)
    shown = " ".join((done.out + done.err).split())
    lines = [event for event in events if event.kind == "line" and event.stage == "training"]
    assert lines
    for words in (*_hidden(game, events), *(line.payload["id"] for line in lines)):
        assert " ".join(words.split())[:40] not in shown
    assert game.stages[0].name.en not in done.out
    assert Words("en")("debrief.absent") in shown


def test_nothing_of_a_stage_without_the_seat_is_shown(
    cli: Cli, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.model.act = "inform"
    _type(monkeypatch, *["ask", "all", "Who has the key to the hall?"] * 6)
    done = cli("play", "--seat", SEAT, *PLACE)
    assert (done.code, done.err) == (0, "")
    _nothing_of_the_training(done, tmp_path)
    heard = [event.payload["says"] for event in _events(tmp_path) if event.kind == "line" and event.stage != "training"]
    assert heard
    assert all(" ".join(words.split())[:40] in " ".join(done.out.split()) for words in heard)


def test_of_the_audit_nothing_is_shown_to_whom_has_not_heard_all(
    cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    english = served.model.answer

    def in_chinese(body: dict[str, Any]) -> dict[str, Any]:
        return {name: "钥匙在村委会手里。" if name == "says" else value for name, value in english(body).items()}

    served.model.act = "inform"
    monkeypatch.setattr(served.model, "answer", in_chinese)
    shown = {}
    for command in (("play", "--seat", SEAT), ("run",)):
        _type(monkeypatch, *["ask", "all", "Who has the key to the hall?"] * 6)
        done = cli(*command, *PLACE)
        assert done.code == 0
        shown[command[0]] = "The audit of the simulation is red on Lines in the session's language: 0%" in " ".join(
            done.out.split()
        )
    assert shown == {"play": False, "run": True}


@pytest.fixture
def played(
    cli: Cli, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    served.model.act = "inform"
    _type(monkeypatch, *["ask", "all", "Who has the key to the hall?"] * 6)

    def play() -> None:
        assert cli("play", "--seat", SEAT, *PLACE).code == 0

    played_once("seated", tmp_path, play, tmp_path_factory)


@pytest.mark.usefixtures("played")
def test_who_comes_back_is_shown_no_more(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder,) = SessionFolder.all(tmp_path / "runs")
    whole = folder.events.read_text(encoding="utf-8").splitlines(keepends=True)
    cut = next(index for index, line in enumerate(whole) if json.loads(line)["kind"] == "line") + 1
    for path in folder.path.iterdir():  # as if it had been stopped in the midst of the training
        path.unlink()
    folder.events.write_text("".join(whole[:cut]), encoding="utf-8")
    _type(monkeypatch, *["ask", "all", "Who has the key to the hall?"] * 6)
    again = cli("resume", "last")
    assert again.code == 0
    shown = " ".join(again.out.split())
    hidden = [event for event in _events(tmp_path) if event.kind == "line" and event.stage == "training"]
    assert all(" ".join(event.payload["says"].split())[:40] not in shown for event in hidden)
    finished = cli("resume", "last")
    assert finished.code == 0
    assert "L001" not in again.out + finished.out
    assert all(" ".join(event.payload["says"].split())[:40] not in finished.out for event in hidden)


@pytest.mark.usefixtures("played")
def test_words_that_are_being_said_are_shown_where_they_are_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = _events(tmp_path)
    game = Game(recorded_spec(SessionFolder.all(tmp_path / "runs")[0]), LIBRARY)
    shown: list[Any] = []
    live = LiveSession(game, Console(file=io.StringIO(), force_terminal=True), live=True, seated=True)
    monkeypatch.setattr(live, "_refresh", lambda text: shown.append(str(text)))
    spoke: dict[str, list[str]] = {}
    for event in events:
        if event.kind == "line":
            shown.clear()
            live.wait(event.seat)
            live.partial(event.seat, "Words of a line")
            spoke.setdefault(event.stage, []).extend(shown)
        live.event(event)
    assert spoke["training"] == []
    assert any("Words of a line" in text for text in spoke["public_engagement"])
    assert any("… (" in text for text in spoke["public_engagement"])


def test_without_people_everything_is_shown(cli: Cli, served: Served, tmp_path: Path) -> None:
    del served
    done = cli("run", *PLACE)
    assert done.code == 0
    for event in _events(tmp_path):
        if event.kind == "line":
            assert " ".join(event.payload["says"].split())[:40] in " ".join(done.out.split())
