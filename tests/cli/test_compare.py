"""The command ``sandbox compare``."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Cli


def test_two_sessions_in_the_terminal(cli: Cli) -> None:
    new = Path(cli("branch", "showcase", "--at", "L050", "--set", "aggregation.veto=resident").out.splitlines()[0])
    assert cli("resume", "last", "--model", "none", "--quiet").code == 0
    done = cli("compare", "showcase", "last")
    assert done.code == 0
    for text in (
        "Session A",
        "Whose consent is needed (veto)",
        "nobody",
        "L050",
        "Assessment from above (H)",
        "Pulses, promises, questions, seats",
        "no evidence about real cities",
    ):
        assert text in done.out
    told = json.loads(cli("compare", "showcase", "last", "--json").out)
    assert (told["shared"], told["last"], told["sessions"][1]) == (50, "L050", new.name)
    assert [rule["path"] for rule in told["rules"]] == ["aggregation.veto"]
    written = cli("compare", "showcase", "last", "--format", "html,docx")
    files = [Path(line) for line in written.out.splitlines()]
    assert [file.suffix for file in files] == [".html", ".docx"]
    assert all(file.parent == new and file.stat().st_size > 1000 for file in files)


def test_what_two_models_came_to_stands_before_a_count_of_their_rules(cli: Cli) -> None:
    folder = Path(__file__).parents[2] / "cassettes"
    done = cli("compare", folder / "rules_only_joint_production", folder / "rules_only_command")
    shown = done.out.split("no evidence about real cities")[0]
    assert shown.index("What was decided") < shown.index("Assessment from the side (P)") < shown.index("rules differ")
    assert "Acts of overseer" not in shown
    assert len(shown.splitlines()) < 105


def test_what_cannot_be_compared(cli: Cli) -> None:
    for arguments, told in (
        (("showcase", "showcase_en"), "showcase_en is named twice; name two sessions to compare"),
        (("showcase", "nowhere"), "unknown session 'nowhere'"),
        (("showcase", "showcase_zh"), "are different cases"),
        (("showcase", "showcase", "--format", "pdf"), "pdf"),
    ):
        done = cli("compare", *arguments)
        assert (done.code, told in done.err) == (2, True), done.err
