"""What lies between the sessions of a campaign as tables: in which year it was there, and what came of it."""

from __future__ import annotations

import csv
from pathlib import Path

from sandbox.experiment.campaign_tables import TABLES
from sandbox.experiment.session_tables import export_sessions
from tests.cassette import campaign


def test_lessons_postings_and_ranks_of_a_campaign_are_exported(tmp_path: Path) -> None:
    state = campaign("zh")
    paths, _ = export_sessions([], tmp_path, tmp_path, campaigns={"mine": state})
    book = paths[-1].read_text("utf-8")
    held = {}
    for name, columns in TABLES.items():
        assert all(f"| `{column}` |" in book for column in columns)
        with (tmp_path / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            held[name] = list(csv.DictReader(file))
    lessons, transfers, ranks = held.values()
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
