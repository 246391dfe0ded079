"""Only the owner may read what is kept of a session, whatever the umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.record.folder import SessionFolder
from sandbox.web.tables.store import WebStore
from tests.cli.conftest import Cli, Served


@pytest.fixture(autouse=True)
def no_umask() -> Iterator[None]:
    """Let everybody read what is made, where the program does not say otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def _modes(folder: Path) -> dict[str, str]:
    """Return the mode of each folder and file."""
    return {str(path): stat.filemode(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}


def _private(folder: Path) -> bool:
    return set(_modes(folder).values()) == {"drwx------", "-rw-------"}


def test_sessions_and_what_is_written_of_them_are_the_owners(cli: Cli, served: Served, tmp_path: Path) -> None:
    del served
    assert cli("run", "--stages", "training", "--turns", 2).code == 0
    assert cli("debrief", "last", "--format", "html,md").code == 0
    assert cli("branch", "last", "--at", "L001").code == 0
    calibrate = ("judge", "calibrate", "--criterion", "inclusion", "--lang", "en", "--limit", 1, "--probe", "none")
    assert cli(*calibrate).code == 0
    names = {Path(path).name for path in _modes(tmp_path / "runs")}
    assert names >= {"events.jsonl", "transcript.md", "scores.json", "report.html", "debrief.md", "judge-card.html"}
    assert _private(tmp_path / "runs"), _modes(tmp_path / "runs")


def test_the_file_of_the_web_app_is_the_owners(tmp_path: Path) -> None:
    with closing(WebStore(tmp_path / "deep" / "runs" / "tables.sqlite")):
        assert _private(tmp_path / "deep"), _modes(tmp_path / "deep")


def test_a_folder_that_was_there_stays_as_it_is(cli: Cli, served: Served, tmp_path: Path) -> None:
    del served
    (tmp_path / "shared").mkdir(mode=0o755)
    assert cli("run", "--stages", "training", "--turns", 1, "--model", "none", "--out", tmp_path / "shared").code == 0
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o755
    (session,) = (folder.path for folder in SessionFolder.all(tmp_path / "shared"))
    assert _private(session), _modes(session)
