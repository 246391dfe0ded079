"""Help, as somebody reads it who has never seen the program: whole sentences, in eighty columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from sandbox.cli.app import app
from tests.cli.conftest import Cli


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield all commands with their names, groups included."""
    yield path, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(group.commands[name] or command, (*path, name))


PAGES = {" ".join(path) or "sandbox": command for path, command in commands(get_command(app))}


def test_all_pages_are_looked_at() -> None:
    assert {"sandbox", "run", "judge card", "experiment export", "campaign whatif", "diffuse picture"} <= set(PAGES)
    assert len(PAGES) > 40


def test_a_page_of_help_is_whole_and_plain(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for page, command in PAGES.items():
        monkeypatch.setenv("COLUMNS", "80")
        path = [] if page == "sandbox" else page.split()
        done = cli(*path, "--help")
        assert done.code == 0
        assert max(map(len, done.out.splitlines())) <= 80
        assert "{" not in done.out.partition("\n")[0], "what must be there is called as in the list of arguments"
        assert "...\n" not in done.out.partition("\n")[2], "a sentence is cut off"
        options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
        assert all(parameter.help and "<" not in str(parameter.metavar or "") for parameter in options)
        assert not [row for row in done.out.splitlines() if row.startswith("  -") and "<" in row.split("  ")[1]]


def test_the_first_page_says_where_to_begin(cli: Cli) -> None:
    told = " ".join(cli("--help").out.split())
    assert "Begin with: sandbox replay showcase; then: sandbox run --model cards." in told
    assert "Play one session, live in the terminal; then score it and write its report." in told
