"""Levels of a rubric of one's own: in tables, in Python, and as the outcome of an experiment."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

import sandbox
from sandbox.content.library import Library
from sandbox.content.rubric import MeasureName
from sandbox.errors import ContentError
from sandbox.experiment.outcomes import OUTCOMES, levels_of
from sandbox.experiment.planning.design import open_design
from sandbox.experiment.planning.locking import design_digest, lock
from sandbox.experiment.planning.plan import plan_of
from sandbox.experiment.planning.runs import runs_of
from sandbox.llm.usage import Budget
from tests.cli.conftest import Cli, cli
from tests.experiment.making import design, saved

__all__ = ["cli"]

OWN = "counted_rider_heard"
RUBRIC = """
id: heard
name: {en: Heard, zh: 发言}
criteria:
  - id: rider_heard
    name: {en: Riders are heard, zh: 骑手说上话}
    question: {en: Do residents get to speak?, zh: 居民有没有发言？}
    stages: [training, application, learning_tour, public_engagement]
    anchors: {1: {en: Hardly., zh: 很少。}, 3: {en: Some., zh: 有些。}, 5: {en: Much., zh: 很多。}}
    measure: resident_turn_share  # as earlier versions called it
    counted:
      cuts: [0.1, 0.2, 0.3, 0.4]
      levels:
        1: {en: Below a tenth., zh: 不到一成。}
        2: {en: A tenth., zh: 一成。}
        3: {en: A fifth., zh: 两成。}
        4: {en: Three tenths., zh: 三成。}
        5: {en: Four tenths., zh: 四成。}
"""
HYPOTHESIS: dict[str, Any] = {
    "id": "heard", "outcome": OWN, "arm": "joint_production", "direction": "higher", "smallest": 0.5, "primary": True,
}  # fmt: skip


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a rubric of one's own."""
    monkeypatch.setenv("SANDBOX_RUNS", str(tmp_path / "runs"))
    path = tmp_path / "own" / "prompts" / "rubrics" / "heard.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(RUBRIC, encoding="utf-8")
    return tmp_path / "own"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_its_level_is_in_every_table_of_a_session(content: Path, cli: Cli, tmp_path: Path) -> None:
    session = sandbox.run(model="cards", rubric="heard", content=content, stages=["training"], turns=6)
    share = session.outcomes["turn_share_residents"] or 0
    level = 1 + sum(share >= cut for cut in (0.1, 0.2, 0.3, 0.4))
    assert session.outcomes[OWN] == level
    assert [(row["criterion"], row["how"], row["level"], row["status"]) for row in session.scores] == [
        ("rider_heard", "counted", level, "measured")
    ]
    assert cli("export", session.id, "--to", tmp_path / "tables", "--content", content).code == 0
    (scored,) = rows_of(tmp_path / "tables" / "scores.csv")
    (wide,) = rows_of(tmp_path / "tables" / "sessions.csv")
    assert float(scored["level"]) == float(wide[OWN]) == level
    assert f"| `{OWN}` |" in (tmp_path / "tables" / "codebook.md").read_text(encoding="utf-8")


def test_an_experiment_is_about_it_from_the_plan_to_the_tables(content: Path, cli: Cli, tmp_path: Path) -> None:
    factors = {"turns": [2], "stages": {"short": ["training", "public_engagement"]}}
    path = saved(content, hypotheses=[HYPOTHESIS], rubric="heard", factors=factors, replicates=1, null_arm=False)
    library = Library.load(content)
    card, _ = open_design(library, "small")
    assert card.rubric == "heard"
    runs = runs_of(card, library, model="cards", style="directed")
    (power,) = plan_of(card, runs, (), Budget(), library=library).power
    assert power.hypothesis.outcome == OWN
    assert lock(path)
    assert cli("experiment", "run", "small", "--model", "cards", "--content", content, "-q").code == 0
    assert cli("experiment", "report", "small", "--content", content).code == 0
    (report,) = (tmp_path / "runs").rglob("report.html")
    page = report.read_text(encoding="utf-8")
    assert "Counted level: Riders are heard" in page
    assert f"{datetime.now(UTC).date()}" in page.partition("Played (UTC)")[2][:200]
    assert cli("experiment", "export", "small", "--to", tmp_path / "tables", "--content", content).code == 0
    wide = {row["session"]: row for row in rows_of(tmp_path / "tables" / "sessions.csv")}
    levels = {row["session"]: row["level"] for row in rows_of(tmp_path / "tables" / "scores.csv")}
    assert {session: row[OWN] for session, row in wide.items()} == levels
    assert len(levels) == 4
    assert {row["rubric"] for row in wide.values()} == {"heard"}
    assert "Scored by the rubric heard (" in (tmp_path / "tables" / "codebook.md").read_text(encoding="utf-8")

    # Another cut is tried, and what was locked is put back: nothing is told of what the other one has counted.
    rubric, scored = content / "prompts" / "rubrics" / "heard.yaml", ("small", "--content", content)
    rubric.write_text(RUBRIC.replace("[0.1, 0.2, 0.3, 0.4]", "[0.5, 0.6, 0.7, 0.8]"), encoding="utf-8")
    refused = cli("experiment", "export", *scored, "--to", tmp_path / "tables")
    assert (refused.code, "4 finished sessions are scored by another rubric" in refused.err) == (2, True)
    standing = json.loads(cli("experiment", "status", *scored, "--json").out)
    assert (standing["to_rescore"], standing["to_come"], standing["astray"]) == (4, 0, 0)
    assert cli("experiment", "judge", *scored).code == 2, "nobody judges"
    assert cli("experiment", "run", *scored, "-q").code == 0
    rubric.write_text(RUBRIC, encoding="utf-8")
    assert cli("experiment", "report", *scored).code == 2
    again = cli("experiment", "run", *scored, "-q")
    assert again.code == 0, again.err
    assert confirms(cli, content) == [True]


def confirms(cli: Cli, content: Path) -> list[bool]:
    told = cli("experiment", "report", "small", "--content", content, "--json")
    return [item["confirmatory"] for item in json.loads(told.out)["effects"]["tested"]]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rubric": "herd"}, "rubric: unknown rubric 'herd'. Did you mean heard?"),
        ({"rubric": "core"}, "rubric: ID"),
        ({"rubric": "heard", "hypotheses": [{**HYPOTHESIS, "outcome": "counted_inclusion"}]}, "unknown outcome"),
        ({"rubric": "heard", "hypotheses": [{**HYPOTHESIS, "smallest": 5}]}, "it goes from 1 to 5"),
        ({"rubric": "heard", "hypotheses": [{**HYPOTHESIS, "outcome": "judged_rider_heard"}]}, "name who judges"),
        ({"factors": {"rubric": ["heard"]}}, "it is no factor"),
    ],
)
def test_what_the_rubric_does_not_measure_is_refused(content: Path, changes: dict[str, Any], says: str) -> None:
    path = saved(content, **{"hypotheses": [HYPOTHESIS], **changes})
    with pytest.raises(ContentError, match=says):
        open_design(Library.load(content), str(path))


def test_a_lock_holds_the_rubric_and_older_locks_stay_as_they_are(content: Path, cli: Cli) -> None:
    assert design_digest(design()) == design_digest(design(rubric="core")) != design_digest(design(rubric="heard"))
    path = saved(content, hypotheses=[HYPOTHESIS], rubric="heard")
    lock(path)
    assert json.loads(path.with_suffix(".lock").read_text(encoding="utf-8"))["plan"]["rubric"] == "heard"
    saved(content, hypotheses=[HYPOTHESIS])
    refused = cli("experiment", "lock", "small", "--content", content)
    assert refused.code == 2


def test_the_guide_to_content_lists_the_measures_that_are_built_in() -> None:
    guide = (Path(sandbox.__file__).parents[1] / "prompts" / "README.md").read_text(encoding="utf-8")
    section = guide.split("\n## Rubrics\n")[1].split("\n## ")[0]
    assert [name for name in get_args(MeasureName) if f"`{name}`" not in section] == []
    assert set(levels_of(Library.load().rubric("core"))) < set(OUTCOMES)
