"""The README says what the program does: its drawing, commands, options and variables are checked."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from typer.main import get_command

from sandbox.cli.app import app
from sandbox.content.library import Library
from sandbox.institution.rules import allowed_acts
from sandbox.record.folder import SessionFolder
from sandbox.scoring.measures import play_measures
from sandbox.session.game import Game, SessionSpec
from sandbox.session.graph import drawing
from sandbox.session.runner import read_lines
from sandbox.settings import Settings
from tests.cassette import FOLDER, SPECS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_drawing_is_the_graph() -> None:
    shown = re.search(r"```mermaid\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    assert shown.group(1).strip() == drawing().strip()


def test_both_commands_stand_on_the_first_screen_and_in_ci() -> None:
    first = README.split("\n## ")[0]
    assert ".venv/bin/pip install -e '.[local]' && .venv/bin/sandbox run" in first
    assert ".venv/bin/pip install -e '.[dev]' && .venv/bin/pytest" in first
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in ci


def test_every_command_is_documented_and_no_other() -> None:
    commands = set(getattr(get_command(app), "commands"))  # noqa: B009
    documented = set(re.findall(r"`sandbox ([a-z]+)", README)) | {"show", "validate"}
    assert commands == documented


def test_every_variable_is_documented() -> None:
    named = set(re.findall(r"``([A-Z_]+)``", Settings.__doc__ or ""))
    assert len(named) == len(fields(Settings))
    for name in named:
        assert f"`{name}`" in README


@pytest.mark.parametrize("stage", ["training", "learning_tour", "public_engagement"])
def test_the_table_of_rules_is_true(stage: str) -> None:
    rows = dict(re.findall(r"^\| takes part in (?:the )?([a-z ]+?) \| .*? \| (.*?) \|$", README, re.MULTILINE))
    library = Library.load()
    game = Game(SessionSpec(scenario="four_oclock_school", governance="command"), library)
    present = game.present(stage)
    said = rows[stage.replace("_", " ")]
    for seat in game.personas:
        role = game.role(seat)
        left_out = "all but" in said and role.split()[-1] in said
        named = role in said or "all" in said
        assert (seat in present) == (named and not left_out), (stage, seat, said)
    chair = library.governance("command").rules.aggregation.chair
    assert "decide" in allowed_acts(library.governance("command"), chair)
    assert "decide" not in allowed_acts(library.governance("joint_production"), chair)


@pytest.mark.parametrize(("column", "name"), list(enumerate(SPECS, start=2)))
def test_the_measures_shown_are_those_of_the_recorded_sessions(column: int, name: str) -> None:
    table = README.split("| measure | wanted |")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in table.splitlines()[2:]]
    shown = {row[0]: row[-3:][column - 2] for row in rows}
    game = Game(SPECS[name], Library.load())
    found = play_measures(game.played(*read_lines(SessionFolder(FOLDER / name))))
    assert shown == {
        "lines": str(found["lines"]),
        "pairs of lines more similar than 0.85": str(found["duplicates"]),
        "own-turn 4-gram overlap, worst seat": str(found["own_overlap_worst"]),
        "4-grams taken from the line before": str(found["adjacent_overlap"]),
        "distinct bigrams": str(found["distinct_2"]),
        "lines of assistant talk; in the other language": f"{found['assistant_talk']}; {found['other_language']}",
        "objections in each stage": ", ".join(str(count) for count in found["objections"].values()),
        "lines that carry a fact": str(found["fact_lines"]),
        "invented numbers": str(len(found["invented_numbers"])),
        "lines in the card's own words": str(found["card_lines"]),
    }


def test_who_may_propose_is_true() -> None:
    row = re.search(r"^\| who may propose \| (.*?) \| (.*?) \|$", README, re.MULTILINE)
    assert row is not None
    assert row.groups() == ("everyone", "the mayor")
    for governance, proposers in (("joint_production", None), ("command", {"mayor"})):
        game = Game(SessionSpec(scenario="four_oclock_school", governance=governance), Library.load())
        may = {seat for seat in game.personas if "propose" in game.acts(seat)}
        assert may == (proposers or set(game.personas))
