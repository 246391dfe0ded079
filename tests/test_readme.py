"""The README says what the program does: its drawing, commands, options and variables are checked."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from typer.main import get_command

from sandbox.cli.app import app
from sandbox.cli.rules import rules_table
from sandbox.content.library import Library
from sandbox.game.game import Game, SessionSpec
from sandbox.record.folder import SessionFolder
from sandbox.scoring.audit.play import play_measures
from sandbox.scoring.null_model import circularity
from sandbox.session.graph import drawing
from sandbox.session.opening import open_session
from sandbox.settings import Settings
from tests.cassette import FOLDER

SHOWN = ("joint_production_en", "command_en", "joint_production_zh")
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


def test_the_table_of_rules_is_what_the_command_prints() -> None:
    shown = README.split("<!-- sandbox rules -->\n")[1].split("\n<!-- end -->")[0]
    library = Library.load()
    games = [
        Game(SessionSpec(scenario="four_oclock_school", governance=one), library)
        for one in library.scenario("four_oclock_school").governance
    ]
    assert shown == rules_table(games)


def test_the_counts_of_content_are_true() -> None:
    counts = {kind: len(cards) for kind, cards in Library.load().cards.items()}
    said = (
        f"{counts['scenario']} cases, {counts['persona']} personas, {counts['governance']} governance models, "
        f"{counts['city']} cities and {counts['stage']} stages"
    )
    assert said in " ".join(README.split())


def test_what_is_said_of_circularity_is_measured() -> None:
    library = Library.load()
    specs = [SessionSpec(scenario="four_oclock_school", governance=one) for one in library.cards["governance"]]
    found = circularity(library, specs, 200)
    made = sum(one.by_rules for one in found)
    assert f"{made} of {len(found)} measures" in " ".join(README.split())


@pytest.mark.parametrize(("column", "name"), list(enumerate(SHOWN, start=2)))
def test_the_measures_shown_are_those_of_the_recorded_sessions(column: int, name: str) -> None:
    table = README.split("| measure | wanted |")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in table.splitlines()[2:]]
    shown = {row[0]: row[-3:][column - 2] for row in rows}
    found = play_measures(open_session(SessionFolder(FOLDER / name), Library.load()))
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
