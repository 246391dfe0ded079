"""Commands that take a while say on a terminal what they are doing, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.content.skeletons import skeleton
from tests.cli.conftest import Cli
from tests.cli.on_terminal import on_terminal
from tests.content.folders import write

PLAN = ("experiment", "plan", "small", "--model", "none", "--content", "own")


@pytest.mark.parametrize(
    ("command", "doing", "result"),
    [
        (PLAN, ("reading the design …", "rehearsing its sessions"), "Who is heard"),
        (("doctor", "--model", "none"), ("reading the content …",), "ok model: none"),
    ],
)
def test_what_is_being_done_is_shown_on_a_terminal(
    cli: Cli, command: tuple[str, ...], doing: tuple[str, ...], result: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    write(Path("own"), "experiment", "small", skeleton("experiment", "small").replace("replicates: 4", "replicates: 1"))
    code, shown = on_terminal(cli, *command)
    assert code == 0
    for text in doing:
        assert text in shown
    assert result in shown
    _, as_json = on_terminal(cli, *command, "--json")
    assert not [text for text in doing if text in as_json]


def test_facts_of_a_country_are_counted_while_they_are_measured(cli: Cli, tmp_path: Path) -> None:
    text = skeleton("network", "two_coasts").replace("sessions: 20", "sessions: 2")
    write(tmp_path / "own", "network", "two_coasts", text)
    command = ("diffuse", "facts", "two_coasts", "--content", tmp_path / "own", "--districts", 500, "--seeds", "1")
    code, shown = on_terminal(cli, *command)
    assert (code, "What countries show" in shown) == (0, True), shown
    _, quiet = on_terminal(cli, *command, "--quiet")
    assert "What countries show" not in quiet
    assert "━━━" not in quiet.split("Stylised facts")[0]
