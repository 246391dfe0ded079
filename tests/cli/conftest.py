"""The command line in this process and in its own, against a scripted model."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from typer.main import get_command

import sandbox.cli
from sandbox.__main__ import main
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import check_words
from sandbox.record.folder import SessionFolder
from sandbox.report.document import drawing
from sandbox.scoring import null_model
from tests.at_hand import EndpointAtHand
from tests.diffusion.dealing import deal_once
from tests.experiment.quick import make_once, split_nothing
from tests.game.making import LIBRARY
from tests.scoring.null_sessions import null_values
from tests.session.support import SteadyModel
from tests.stub_endpoint import Received, StubReply

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    code: int
    out: str
    err: str


Cli = Callable[..., Done]
_load = Library.load
_pictures = drawing._pictures
_command = cache(get_command)
_check_words = cache(check_words)


def _loaded(overlay: Path | None = None) -> Library:
    """Read the shipped content once for all commands of this process."""
    return LIBRARY if overlay is None else _load(overlay)


def _blank(_draw: object, lang: Lang, forms: Sequence[drawing.PictureForm], **_: object) -> dict[Any, bytes]:
    """Return empty pictures: what a chart looks like is held elsewhere."""
    from matplotlib.figure import Figure

    return _pictures(lambda: Figure((1, 1)), lang, forms, dpi=40)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """Run a command in this process; sessions lie in ``runs`` of the test's folder."""
    monkeypatch.setenv("SANDBOX_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(null_model, "_values", null_values)
    monkeypatch.setattr(Library, "load", staticmethod(_loaded))
    monkeypatch.setattr(drawing, "_pictures", _blank)
    monkeypatch.setattr("sandbox.cli.checkup.check_words", _check_words)
    deal_once(monkeypatch)
    make_once(monkeypatch)
    split_nothing(monkeypatch)
    monkeypatch.setattr("typer.main.get_command", _command)  # which would make all commands anew for each call

    def call(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["sandbox", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Done(code, out, err)

    return call


def speak(monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    """Let the command line speak a language, in each of its modules: one imported only then would keep it for good."""
    for module in [import_module(f"sandbox.cli.{each.name}") for each in iter_modules(sandbox.cli.__path__)]:
        if hasattr(module, "LANG"):
            monkeypatch.setattr(module, "LANG", lang)


def only_session(parent: Path) -> Path:
    """Return the folder of the only session in ``runs`` of a test's folder."""
    (folder,) = SessionFolder.all(parent / "runs")
    return folder.path


_runs: dict[str, Path] = {}


def played_once(name: str, parent: Path, play: Callable[[], None], keep: pytest.TempPathFactory) -> None:
    """Let ``runs`` of a test's folder hold sessions that only the first test of this process plays.

    Args:
        name: what the sessions are known by.
        parent: the test's folder.
        play: plays them, into ``runs``.
        keep: makes the folder where they are kept.
    """
    if name in _runs:
        shutil.copytree(_runs[name], parent / "runs")
        return
    play()
    _runs[name] = shutil.copytree(parent / "runs", keep.mktemp(name) / "runs")


@dataclass
class Served:
    """A scripted model and where it answers."""

    model: SteadyModel
    url: str


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Serve a scripted model and point the environment at it."""
    box = Served(SteadyModel("propose"), "")  # a test may put another model in

    def answer(request: Received) -> StubReply:
        return box.model(request)

    with EndpointAtHand(answer) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-key")
        monkeypatch.setenv("SANDBOX_MODEL", "stub")
        box.url = stub.base_url
        yield box
