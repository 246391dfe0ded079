"""A replication package: whoever unpacks it elsewhere finds, checks, analyses and plays what its makers did."""

from __future__ import annotations

import hashlib
import json
import re
import time
import zipfile
from pathlib import Path

import pytest

from sandbox.content.card_files import shipped_root
from sandbox.experiment.playing.worker import Worker
from sandbox.experiment.store.store import Store
from sandbox.report.document.blocks import Section
from sandbox.report.document.compose import code, paragraph
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.parts import PageWords
from tests.cli.conftest import Cli, cli
from tests.experiment.making import LIBRARY, saved
from tests.experiment.playing import SHORT

__all__ = ["cli"]

OWN = "An order from above"
DESIGN = "content/prompts/experiments/small.yaml"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A content folder with a design, a governance model of its own, and one that the design does not name."""
    folder = tmp_path / "mine"
    saved(folder, **SHORT)
    models = folder / "prompts" / "governance"
    models.mkdir()
    for name in ("command", "one_core_multiple_actors"):
        text = (shipped_root() / "prompts" / "governance" / f"{name}.yaml").read_text(encoding="utf-8")
        (models / f"{name}.yaml").write_text(text.replace('en: "Command"', f'en: "{OWN}"'), encoding="utf-8")
    return folder


def unpacked(cli: Cli, content: Path, to: Path, lang: str = "en") -> Path:
    """Return the folder that unpacking the package of the small design makes."""
    done = cli("experiment", "package", "small", "--content", content, "--to", to / "s.zip", "--lang", lang)
    assert done.code == 0, done.err
    assert done.out == f"{to / 's.zip'}\n"
    with zipfile.ZipFile(to / "s.zip") as archive:
        archive.extractall(to)
    return to / "small_package"


def test_a_package_gives_the_same_report_anywhere(
    cli: Cli, content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = ("small", "--content", content)
    assert cli("experiment", "lock", *held, "--model", "cards").code == 0
    assert cli("experiment", "run", *held, "--model", "cards", "--quiet").code == 0
    folder = unpacked(cli, content, tmp_path / "out")
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    assert sums.keys() == files.keys() - {"SHA256SUMS"}
    assert all(hashlib.sha256(files[name].read_bytes()).hexdigest() == digest for name, digest in sums.items())
    models = {name for name in files if name.startswith("content/prompts/governance/")}
    assert models == {f"content/prompts/governance/{name}.yaml" for name in ("command", "joint_production")}
    assert not any(str(tmp_path).encode() in file.read_bytes() for file in files.values())
    with Store(files["runs/small.sqlite"], "small", make=False) as store:
        assert {(work.owner, work.host, work.process) for work in store.works()} == {("process 1", "", "")}
    page, report = (files[name].read_text(encoding="utf-8") for name in ("README.md", "report/report.md"))
    assert OWN in page
    assert OWN in report
    elsewhere = tmp_path / "elsewhere"  # neither the folder of content nor the one of sessions is where it was
    folder.rename(elsewhere)
    content.rename(tmp_path / "gone")
    (tmp_path / "runs").rename(tmp_path / "gone_too")
    monkeypatch.chdir(elsewhere)
    monkeypatch.delenv("SANDBOX_RUNS")
    commands = re.findall(r"\*\* – `(sandbox [^`]*)`$", page, re.MULTILINE)
    assert [command.split()[2] for command in commands] == ["report", "export", "run"]
    assert all(cli(*command.split()[1:]).code == 0 for command in commands)
    assert cli("experiment", "report", DESIGN, "--out", "runs", "--to", "again", "--format", "md").code == 0
    assert sans_command((elsewhere / "again" / "report.md").read_text(encoding="utf-8")) == sans_command(report)
    for name in ("sessions", "lines", "votes"):
        assert (elsewhere / "again" / f"{name}.csv").read_bytes() == (elsewhere / "tables" / f"{name}.csv").read_bytes()
    (elsewhere / "again.sqlite").rename(elsewhere / "small.sqlite")  # played anew
    assert cli("experiment", "report", DESIGN, "--out", ".", "--to", "anew", "--format", "md").code == 0
    assert sans_command((elsewhere / "anew" / "report.md").read_text(encoding="utf-8")) == sans_command(report)
    assert "changed" not in cli("experiment", "status", DESIGN, "--out", "runs").out


def sans_command(report: str) -> str:
    """Return a report without its commands, which name where it lies."""
    assert report.count("- **Commands** – ") == 1
    return re.sub(r"(?m)^- \*\*Commands\*\* – .*$", "", report)


def test_a_package_says_what_is_not_in_it(cli: Cli, content: Path, tmp_path: Path) -> None:
    held = ("small", "--content", content)
    missing = cli("experiment", "package", *held, "--to", tmp_path / "s.zip")
    assert missing.code == 2
    assert "sandbox experiment run" in missing.err
    assert cli("experiment", "run", *held, "--model", "none", "--quiet").code == 0
    page = (unpacked(cli, content, tmp_path / "out", "zh") / "README.md").read_text(encoding="utf-8")
    assert "锁定文件：这份设计演之前没有锁定" in page
    assert "只按规则演的场次，用同一版程序重演，结果一样" in page
    assert "只按卡片演" not in page[page.index("哪些结果会一样") :]
    told = json.loads(cli("experiment", "package", *held, "--to", tmp_path / "s.zip", "--json").out)
    assert told["path"] == str(tmp_path / "s.zip")


def test_nothing_is_packed_while_it_is_played(cli: Cli, content: Path, tmp_path: Path) -> None:
    held = ("small", "--content", content)
    assert cli("experiment", "run", *held, "--model", "none", "--quiet").code == 0
    with Store(tmp_path / "runs" / "small.sqlite", "small", make=False, clock=time.time) as store:
        worker = Worker(store)
        refused = cli("experiment", "package", *held, "--to", tmp_path / "s.zip")
        worker.leave()
    assert refused.code == 2
    assert "others are at work on it (processes: 1)" in refused.err
    assert not (tmp_path / "s.zip").exists()


def test_code_is_shown_as_typed() -> None:
    typed = ("a_b.yaml", "echo `date`", "a|b", "<b>")
    section = Section("here", "Here", [paragraph((code(text),)) for text in typed])
    page = PageWords("experiment_report", LIBRARY, "en").page("t", "", (), (section,))
    markdown, html = to_markdown(page), to_html(page)
    assert all(text in markdown for text in ("`a_b.yaml`", "`` echo `date` ``", "a\\|b", "`<b>`"))
    assert "<code>&lt;b&gt;</code>" in html


def test_an_archive_that_cannot_be_written_leaves_nothing(cli: Cli, content: Path, tmp_path: Path) -> None:
    held = ("small", "--content", content)
    assert cli("experiment", "run", *held, "--model", "none", "--quiet").code == 0
    (tmp_path / "taken").mkdir()
    refused = cli("experiment", "package", *held, "--to", tmp_path / "taken")
    assert refused.code != 0
    assert str(tmp_path / "taken") in refused.err
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]
