"""What became of a design between two starts: which card changed, and sessions that are no part of it any more."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.experiment.store.store import Store
from tests.cli.conftest import Cli, Done, cli
from tests.content.folders import LIBRARY
from tests.experiment.making import saved
from tests.experiment.playing import SHORT

__all__ = ["cli"]

ONE_CASE = {**SHORT, "replicates": 2, "hypotheses": [], "null_arm": False}


@pytest.fixture
def played(cli: Cli, tmp_path: Path) -> Path:
    """Play a small design by the rules alone, over content of one's own, and return its file."""
    path = saved(tmp_path / "mine", **ONE_CASE)
    for place in ("prompts/scenarios/four_oclock_school.yaml", "prompts/templates/en/rules_only.md"):
        file = tmp_path / "mine" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((LIBRARY.roots[0] / place).read_bytes())
    assert run(cli, path).code == 0
    return path


def run(cli: Cli, path: Path, *more: str) -> Done:
    return cli("experiment", "run", path, "--model", "none", "--content", path.parents[2], *more)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_card_that_changed_is_named(cli: Cli, played: Path) -> None:
    for place, told in (
        ("scenarios/four_oclock_school.yaml", "scenario four_oclock_school"),
        ("templates/en/rules_only.md", "templates en/rules_only"),
    ):
        file = played.parents[1] / place
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("The four o'clock school", "Four o'clock") + "# \n", encoding="utf-8")
        done = run(cli, played)
        assert done.code == 2
        assert f"what changed: {told}. Nothing was changed." in done.err
        assert run(cli, played, "--changed").code == 0


@pytest.mark.usefixtures("played")
def test_a_changed_program_is_told_from_changed_cards_in_both_languages(tmp_path: Path) -> None:
    with Store(tmp_path / "runs" / "small.sqlite", "small") as store:
        before = store.played[-1]
        assert before.cards is not None
        assert {"scenario four_oclock_school", "governance command", "rubric core", "persona mayor"} <= {*before.cards}
        assert {"stage public_engagement", "templates en/minutes", "templates en/rules_only"} <= {*before.cards}
        with pytest.raises(InputError, match="the program, since all cards and templates are what they were") as told:
            store.begin(before, ())
        assert "程序，因为卡片和模板都没有变" in Words("zh").error(told.value)
        other = {**before.cards, "persona mayor": "0" * 16}
        with pytest.raises(InputError, match="what changed: persona mayor") as told:
            store.begin(replace(before, cards=other), ())
        assert "改动的是：人物 mayor" in Words("zh").error(told.value)


def test_a_failed_session_does_not_hold_up_finished_ones_that_are_scored_anew(
    cli: Cli, played: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "runs" / "small.sqlite")) as file, file:
        file.execute("UPDATE runs SET state = 'failed', reason = 'it broke', outcomes = NULL WHERE position = 1")
        file.execute("DELETE FROM events WHERE run = (SELECT id FROM runs WHERE state = 'failed')")
    assert cli("new", "rubric", "power", "--content", played.parents[2]).code == 0
    saved(played.parents[2], **ONE_CASE, rubric="power")
    done = run(cli, played)
    assert (done.code, "finished sessions taken over: 3;" in done.out) == (3, True), done.err
    with Store(tmp_path / "runs" / "small.sqlite", "small") as store:
        ((failed, reason),) = [(row["id"], row["reason"]) for row in store.failures()]
    assert f"1 of 4 sessions failed: {failed}" in done.err
    assert reason == "it broke"
    assert run(cli, played, "--retry").code == 0


def test_a_report_says_that_sessions_are_no_part_of_the_design_any_more(cli: Cli, played: Path) -> None:
    report = ("experiment", "report", played, "--content", played.parents[2], "--format", "md")
    page = Path(cli(*report).out.strip())
    assert "no part of the design" not in page.read_text(encoding="utf-8")
    edit(played, "replicates: 2", "replicates: 1")
    assert cli(*report).code == 0
    text = page.read_text(encoding="utf-8")
    told = "2 of the 4 finished sessions are no part of the design as it stands now, and are counted in all figures"
    assert text.count(told) == 2, "on the first screen, and beside the table of sessions"
    chinese = Path(cli(*report, "--lang", "zh").out.strip()).read_text(encoding="utf-8")
    assert "演完的4场里有2场已不在现在的设计里" in chinese
    assert run(cli, played, "--changed").code == 0
    assert cli(*report).code == 0
    assert told not in page.read_text(encoding="utf-8")
