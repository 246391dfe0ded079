"""The command that writes debriefs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from sandbox.experiment.whatif.coach import coach
from tests.cli.conftest import Cli, only_session

RULES = ("run", "--model", "none", "--turns", "3", "--quiet")


def folder_of(tmp_path: Path) -> Path:
    """Return the folder of the one session."""
    return only_session(tmp_path)


def test_the_facilitators_page_is_written_beside_the_log(cli: Cli, tmp_path: Path) -> None:
    assert cli(*RULES).code == 0
    folder = folder_of(tmp_path)
    for wrong, said in (
        (("--seat", "major"), "--seat: unknown seat 'major'. Did you mean mayor? Allowed: grid_master, "),
        (("--format", "pdf"), "--format: unknown format 'pdf'. Allowed: docx, html, md."),
    ):
        refused = cli("debrief", "last", *wrong)
        assert (refused.code, said in refused.err) == (2, True)
        assert not list(folder.glob("debrief*")), "before anything is written"
    done = cli("debrief", "last")
    assert (done.code, done.out, done.err) == (0, f"{folder / 'debrief.html'}\n", "")
    text = (folder / "debrief.html").read_text(encoding="utf-8")
    assert "Debrief for the facilitator" in text
    assert "has not come to its end" not in text
    log = folder / "events.jsonl"
    log.write_text("".join(log.read_text(encoding="utf-8").splitlines(keepends=True)[:14]), encoding="utf-8")
    assert cli("debrief", "last", "--format", "md").code == 0
    assert "not come to its end: 1 of 4" in (folder / "debrief.md").read_text(encoding="utf-8")


def test_seats_and_formats(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.report.pages.debrief.coaching.coach", partial(coach, runs=4))
    assert cli(*RULES, "--lang", "zh").code == 0
    folder = folder_of(tmp_path)
    done = cli("debrief", folder.name, "--seat", "mayor", "--seat", "migrant_tenant", "--format", "md,md")
    names = ["debrief-mayor.md", "debrief-migrant_tenant.md"]
    assert (done.code, done.out.split()) == (0, [str(folder / name) for name in names])
    assert "复盘：罗梅（外来租客）" in (folder / names[1]).read_text(encoding="utf-8")
    assert cli("debrief", folder.name, "--seat", "mayor", "--format", "docx").code == 0
    assert (folder / "debrief-mayor.docx").read_bytes()[:2] == b"PK"
    assert not list(folder.glob("*.partial"))


def test_the_showcase_of_a_language_is_that_which_was_played_in_it(cli: Cli) -> None:
    assert Path(cli("debrief", "showcase", "--lang", "zh", "--format", "md").out.strip()).parent.name == "showcase_zh"
    assert "self_gov" in cli("whatif", "showcase", "--at", "L016", "--act", "没有的动作", "--lang", "zh").err
    written = Path(cli("report", "showcase_en", "--lang", "zh", "--format", "handout").out.strip())
    assert (written.parent.name, written.name) == ("showcase_en", "handout.zh.html"), "a name tells it all"


def test_an_unknown_session_is_refused(cli: Cli) -> None:
    done = cli("debrief", "nothing")
    assert done.code == 2
    assert "unknown session 'nothing'" in done.err
