"""The command that audits a simulation."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest

from sandbox.scoring.audit.finding import MEASURES
from tests.cassette import FOLDER, SPECS
from tests.cli.conftest import Cli, Served
from tests.session.support import SteadyModel, properties

SHORT = ("--turns", 2, "--stages", "training,public_engagement", "--judge-model", "none", "--quiet")
RECORDED = [str(FOLDER / name) for name in SPECS]


def findings(out: str) -> dict[str, dict[str, Any]]:
    """Return the findings of an audit by id."""
    return {one["id"]: one for one in json.loads(out)["findings"]}


class Asked(SteadyModel):
    """Answers closed questions with A."""

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the object that answers a request body."""
        return {"answer": "A"} if "answer" in properties(body) else super().answer(body)

    @property
    def interviews(self) -> int:
        """How many questions were asked."""
        return sum("answer" in properties(body) for body in self.requests)


def test_recorded_sessions_are_audited_together(cli: Cli) -> None:
    done = cli("audit", *RECORDED, "--json")
    result = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert (len(result["sessions"]), result["scripted"]) == (len(SPECS), True)
    assert [one["id"] for one in result["findings"]] == list(MEASURES)
    for one in result["findings"]:
        assert one["definition"]["en"] != one["definition"]["zh"]
        assert one["source"]
        assert one["direction"] in ("at_least", "at_most")
        assert (one["status"] == "not_measured") == bool(one["reason"])
    assert [name for name, one in findings(done.out).items() if one["status"] == "red"] == ["objections"]
    assert [name for name, one in findings(done.out).items() if one["value"] is None] == [
        "consistency",
        "distinctness",
    ]


# What cassettes/README.md says of a recorded session that falls short.
RED = {
    "command_en": ["fact_lines"],
    "three_social_interaction_en": ["objections"],
    "one_core_multiple_actors_zh": ["objections"],
}


def test_a_recorded_session_is_red_on_nothing_that_is_not_told(cli: Cli) -> None:
    for name in SPECS:
        found = findings(cli("audit", FOLDER / name, "--json").out)
        assert [one["id"] for one in found.values() if one["status"] == "red"] == RED.get(name, [])


def test_the_table_says_what_was_found_and_how_much_was_counted(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    done = cli("audit", RECORDED[0])
    assert done.code == 0
    for words in ("Audit of the simulation", "at least 30%", "no model was asked", "Only personas are"):
        assert words in " ".join(done.out.replace("│", " ").split()), words
    assert "模拟检查" in cli("audit", FOLDER / "joint_production_zh").out
    assert "Audit of the simulation. Sessions: 2." in cli("audit", *RECORDED[1:3]).out, "languages differ"


def test_the_table_of_several_sessions_names_them_once_and_cuts_no_word(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    audited = [RECORDED[0], str(FOLDER / "three_social_interaction_en")]
    rows = cli("audit", *audited).out.splitlines()
    assert [row for row in rows if row.startswith("(")] == [
        f"({place}) {name}" for place, name in enumerate(audited, 1)
    ]
    assert max(map(len, rows[2:])) == 80
    cells = [[cell.strip() for cell in row.strip("│").split("│")] for row in rows if row.startswith("│")]
    assert {len(row) for row in cells} == {3}
    assert any(
        row[1].startswith("at least") and then[1].startswith("Counted") for row, then in itertools.pairwise(cells)
    )
    status = " ".join(row[2] for row in cells)
    assert "(2) Training" in status, "the stage in which nobody contested anything"
    assert re.search(r"\(1\) L\d{3}; \(\d\) L\d{3}", status)
    assert not re.search(r"\d{8}-\d{6}", status), "an id that is broken over lines names no session"


def test_a_session_given_twice_is_counted_once(cli: Cli) -> None:
    once, twice = cli("audit", RECORDED[0], "--json"), cli("audit", RECORDED[0], RECORDED[0], "--json")
    assert twice.out == once.out


def test_personas_are_interviewed_once_and_another_model_is_named(cli: Cli, served: Served) -> None:
    served.model = model = Asked("propose")
    assert cli("run", *SHORT).code == 0
    assert findings(cli("audit", "last", "--json").out)["consistency"]["reason"] == "not_asked"
    assert model.interviews == 0
    done = cli("audit", "last", "--model", "other", "--json")
    assert "was played by stub, and other is asked" in done.err
    found = findings(done.out)["consistency"]
    assert (done.code, found["n"], found["beside"]) == (0, 35, {"chance": 0.25, "failed": 0})
    assert (found["threshold"], found["status"]) == (0.85, "red")
    assert 0 < found["value"] < 0.6
    asked = model.interviews
    assert asked == 35
    assert cli("audit", "last", "--model", "other", "--json").out == done.out
    assert model.interviews == asked


def test_an_unfinished_session_is_audited_but_not_interviewed(cli: Cli, served: Served) -> None:
    served.model = Asked("propose")
    assert cli("run", "--max-tokens", 4000).code == 4
    assert cli("audit", "last").code == 0
    done = cli("audit", "last", "--model", "stub")
    assert done.code == 2
    assert "is not finished; go on with: sandbox resume" in done.err


def test_what_cannot_be_audited_is_refused(cli: Cli) -> None:
    assert cli("audit").code == 2
    assert cli("audit", "nothing-here").code == 2


@pytest.mark.parametrize("model", ["none", "cards"])
def test_where_no_model_spoke_one_sentence_says_so_and_no_model_is_asked(cli: Cli, served: Served, model: str) -> None:
    assert cli("run", "--model", model, *SHORT).code == 0
    done = cli("audit", "last")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "No model spoke here, so there is nothing of a model to audit. "
        "To play a session in which one speaks: sandbox run --model NAME\n"
    )
    found = findings(cli("audit", "last", "--model", "stub", "--json").out)
    assert len(found) == len(MEASURES)
    assert {one["status"] for one in found.values()} == {"not_measured"}
    assert served.model.requests == []
