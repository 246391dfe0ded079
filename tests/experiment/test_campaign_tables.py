"""What lies between the sessions of a campaign as tables: in which year it was there, and what came of it."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from sandbox.experiment.export.campaign_tables import TABLES
from tests.cassette import FOLDER, campaign
from tests.cli.conftest import Cli, cli

__all__ = ["cli"]


def test_sessions_lessons_postings_and_ranks_of_a_campaign_are_exported(cli: Cli, tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "campaign_zh", tmp_path / "runs" / "campaign_zh")
    done = cli("export", "campaign_zh", "--to", tmp_path / "tables", "--lang", "zh")
    assert done.code == 0, done.err
    state, book = campaign("zh"), (tmp_path / "tables" / "codebook.zh.md").read_text("utf-8")
    held = {}
    for name in ("sessions", "lines", *TABLES):
        assert all(f"| `{column}` |" in book for column in TABLES.get(name, ()))
        with (tmp_path / "tables" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            held[name] = list(csv.DictReader(file))
    sessions, lines, lessons, transfers, ranks = held.values()
    assert {(row["campaign"], row["round"]) for row in sessions} == {("campaign_zh", each) for each in "123"}
    assert {row["community"] for row in sessions} == {*state.communities}
    assert {row["session"] for row in lines} == {row["session"] for row in sessions}
    assert [row["lesson"].lstrip("'") for row in lessons] == [each.says for each in state.learned]
    moved = {(row["to_community"], int(row["after_round"])) for row in transfers if row["from_community"]}
    assert moved
    brought = [row for row in lessons if row["came_by"] == "posting"]
    assert {(row["community"], int(row["round"]) - 1) for row in brought} <= moved
    for row in lessons:
        year, community = int(row["round"]), row["community"]
        now, before = state.result(year, community), state.result(year - 1, community)
        if row["came_by"] == "above" or now is None:
            assert (row["had_before"], row["taken_over"]) == ("", "")
        else:
            about, shown = row["question"], state.result(int(row["told_of"]), row["from_community"])
            option = shown.terms.get(about) if shown and about else None
            had, has = (bool(result and option and result.terms.get(about) == option) for result in (before, now))
            assert row["had_before"] == str(had).lower()
            assert row["taken_over"] == str(has and not had).lower()
    assert {row["taken_over"] for row in lessons} >= {"true", "false"}
    for row in ranks:
        assert int(row["rank"]) == state.places(int(row["round"]))[row["community"]]
    assert len(ranks) == sum(map(len, state.rankings.values()))
