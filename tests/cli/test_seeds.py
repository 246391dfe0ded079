"""``sandbox run --seeds``: the sessions are those of ``--seed``, nothing is played twice, and the table says little."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.library import Library
from sandbox.experiment.outcomes import OUTCOMES
from sandbox.experiment.playing.worker import Worker
from sandbox.experiment.store.store import Store
from sandbox.experiment.whatif.models import games_under, rows_under
from sandbox.game.game import Game
from sandbox.game.spec import BY_RULES, SessionSpec
from sandbox.record.folder import SessionFolder
from sandbox.report.document.blocks import Table
from sandbox.report.pages.seeds import summary, summary_blocks
from tests.cli.conftest import Cli, Served, cli, only_session, served

__all__ = ["cli", "served"]

SHORT = ("--turns", 2, "--stages", "public_engagement")
ALONE = (*SHORT, "--model", "none")
TWO = ("--governance", "command,joint_production")


def store_of(tmp_path: Path) -> Store:
    (path,) = (tmp_path / "runs").glob("seeds_*.sqlite")
    return Store(path, path.stem, make=False)


def calls_in(tmp_path: Path) -> int:
    """Return how many answers the store keeps, of all sessions that were ever asked for."""
    with store_of(tmp_path) as store, store.database.reading() as connection:
        runs = connection.exec_driver_sql("SELECT id FROM runs").scalars().all()
        return sum(event.kind == "call" for run in runs for event in store.events(run))


def lines(events: list[Any]) -> list[Any]:
    return [event.payload for event in events if event.kind == "line"]


def test_a_difference_is_that_of_the_means_as_they_are_shown() -> None:
    shares = {"command": (1.0, 1.0), "joint_production": (0.65, 0.5)}  # the mean of these is 57.5%
    rows = [
        {"null": False, "arm": arm, "seed": seed, "outcomes": dict.fromkeys(OUTCOMES) | {
            "decided": 1.0, "questions_settled": share, "trust_change": -share / 8,
        }, "settled": {"gate_list": "paid"} if share == 1.0 else {}}
        for arm, both in shares.items()
        for seed, share in enumerate(both)
    ]  # fmt: skip
    specs = [SessionSpec(scenario="clean_up", governance=arm, style="rules", model="none") for arm in shares]
    library = Library.load()
    case = library.scenario("clean_up")
    blocks = summary_blocks(summary(rows, list(shares), case), specs, 2, [], library)
    table, settled = (block for block in blocks if isinstance(block, Table))
    cells = {name[0].text: [cell[0].text for cell in row] for name, *row in table.rows}
    first, other, less = cells["Questions settled"]
    assert (first, other) == ("100%", "58%")
    assert less == "−42 points"
    trust = [float(cell.replace("−", "-")) for cell in cells["Change of trust"]]
    assert round(trust[1] - trust[0], 2) == trust[2]
    question = case.decision_by_id["gate_list"]
    told = [[cell[0].text.strip() for cell in row] for row in settled.rows]
    assert told[:3] == [
        [question.question.en, "", ""], [question.options["paid"].en, "2", "0"], ["not decided", "0", "2"],
    ]  # fmt: skip
    assert len(told) == 3 + 2 * (len(case.decisions) - 1), "options that nobody carried are left out"


def test_each_session_is_the_one_that_its_seed_plays(cli: Cli, tmp_path: Path) -> None:
    done = cli("run", "--seeds", "3,6-7", *TWO, *ALONE, "--json")
    assert done.code == 0, done.err
    shown = json.loads(done.out)
    assert (shown["seeds"], shown["arms"], shown["by_rules"]) == ([3, 6, 7], ["command", "joint_production"], {})
    assert [(row["seed"], row["arm"]) for row in shown["sessions"]][:3] == [
        (3, "command"), (3, "joint_production"), (6, "command"),
    ]  # fmt: skip
    seventh = next(row for row in shown["sessions"] if (row["seed"], row["arm"]) == (7, "joint_production"))
    assert cli("run", "--seed", 7, *ALONE).code == 0
    with store_of(tmp_path) as store:
        kept = lines(store.events(seventh["id"]))
    assert len(kept) > 4
    assert kept == lines(SessionFolder(only_session(tmp_path)).read())


def test_the_table_holds_models_against_each_other_seed_by_seed(cli: Cli) -> None:
    shown = json.loads(cli("run", "--seeds", "1-4", *TWO, *ALONE, "--json").out)
    sessions = {(row["seed"], row["arm"]): row["outcomes"] for row in shown["sessions"]}
    settled = shown["played"]["questions_settled"]
    less = [
        sessions[seed, "joint_production"]["questions_settled"] - sessions[seed, "command"]["questions_settled"]
        for seed in range(1, 5)
    ]
    assert settled["less"]["joint_production"] == pytest.approx(
        {"mean": sum(less) / 4, "low": min(less), "high": max(less), "number": 4}, abs=1e-3
    )
    for each in shown["settled"]:
        for arm, count in each["played"].items():
            those = [row["settled"].get(each["question"]) for row in shown["sessions"] if row["arm"] == arm]
            assert count == those.count(each["option"])
    game = Game(
        SessionSpec(scenario="four_oclock_school", governance="command", stages=("public_engagement",), turns=2),
        Library.load(),
    )
    asked = [*rows_under(games_under(game, ["command", "joint_production"]), range(1, 5), BY_RULES, lambda: None)]
    assert {(row["seed"], row["arm"]): row["outcomes"] for row in asked} == sessions, "as the page asks what if"
    assert any(each["option"] and any(each["played"].values()) for each in shown["settled"])
    done = cli("run", "--seeds", "1-4", *TWO, *ALONE)
    assert "8 sessions, 0 of them new" in done.out
    assert "Joint production less Command" in " ".join(done.out.split())
    assert f"{sum(sessions[seed, 'command']['decided'] for seed in range(1, 5)):.0f} of 4" in done.out
    assert "says nothing about real cities" in " ".join(done.out.split())
    assert "Whoever may not speak cannot be disappointed" in " ".join(done.out.split())
    assert "Hidden facts told" not in done.out, "nobody words a line"
    assert "不构成关于现实城市的证据" in "".join(cli("run", "--seeds", 1, *ALONE, "--lang", "zh").out.split())


def test_promises_that_name_no_option_are_said_to_give_nothing_to_measure(cli: Cli) -> None:
    shown = " ".join(cli("run", "--seeds", "1-2", "--governance", "command", "--model", "cards").out.split())
    row = shown[shown.index("Promises beyond") : shown.index("Change of trust")]
    assert "nothing to measure" in row
    assert "by the rules alone" in row
    assert "0%" not in row.split("by the rules")[0]


def test_what_a_model_played_is_never_played_again(cli: Cli, served: Served, tmp_path: Path) -> None:
    done = cli("run", "--seeds", "1-2", *SHORT, "--governance", "command", "--judge-model", "none")
    assert done.code == 0, done.err
    assert "by the rules alone" in done.out
    with store_of(tmp_path) as store:
        first = {row["id"]: row["ended"] for row in store.rows()}
        assert [(row["seed"], row["null"]) for row in store.rows()] == [(1, False), (2, False), (1, True), (2, True)]
    (hint,) = [line for line in done.out.splitlines() if line.startswith("look into a session: sandbox report ")]
    folder = Path(hint.rpartition(" ")[2])
    assert folder.name == "command_1"
    assert cli("report", folder, "--format", "transcript").code == 0
    assert sorted(path.name for path in folder.parent.iterdir()) == ["command_1", "command_2"]

    more = cli("run", "--seeds", "2-3", *TWO, *SHORT, "--judge-model", "none", "--quiet")
    assert (more.code, more.out.strip()) == (0, str(next((tmp_path / "runs").glob("*.sqlite"))))
    with store_of(tmp_path) as store:
        rows = {row["id"]: row for row in store.rows()}
        assert {(row["seed"], row["arm"]) for row in rows.values()} == {
            (seed, arm) for seed in (2, 3) for arm in ("command", "joint_production")
        }
        assert [rows[run]["ended"] == at for run, at in first.items() if run in rows] == [True, True]
    assert cli("run", "--seeds", "1-3", *SHORT, *TWO[:1], "command", "--judge-model", "none", "--quiet").code == 0
    assert len(served.model.requests) == calls_in(tmp_path)


def test_the_cap_holds_and_the_same_command_goes_on(cli: Cli, served: Served, tmp_path: Path) -> None:
    command = ("run", "--seeds", "1-2", *SHORT, "--judge-model", "none", "--quiet")
    done = cli(*command, "--max-tokens", 6_000)
    assert done.code == 4
    assert "go on with the same command" in done.err
    asked = len(served.model.requests)
    assert cli(*command).code == 0
    assert 0 < asked < calls_in(tmp_path) == len(served.model.requests)


def test_other_seeds_wait_while_another_process_is_at_work(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", "--seeds", "1-2", *ALONE, "--quiet").code == 0
    with store_of(tmp_path) as store:
        worker = Worker(store)
        assert cli("run", "--seeds", "2-2", *ALONE, "--quiet").code == 0, "all that it plays is finished"
        with store.database.writing() as connection:
            playing = "UPDATE runs SET state = 'running', current = 1, owner = ? WHERE seed = 1"
            connection.exec_driver_sql(playing, (worker.owner,))
            connection.exec_driver_sql("DELETE FROM events")
        done = cli("run", "--seeds", "2-2", *ALONE)
        assert done.code == 2
        assert "other seeds or governance models of this case are being played" in done.err
        worker.leave()
    assert cli("run", "--seeds", "1-2", *ALONE, "--quiet").code == 0


def test_what_cannot_be_is_said_before_anything_is_written(cli: Cli, tmp_path: Path) -> None:
    cases: list[tuple[tuple[object, ...], str]] = [
        (("--seeds", "3-1"), "'3-1' is not allowed; give numbers and ranges"),
        (("--seeds", "one"), "'one' is not allowed"),
        (("--seeds", ","), "names none"),
        (("--seeds", "20"), "that is one seed; for 20 of them give 1-20"),
        (("--seeds", "1-2147483648"), "'1-2147483648' is not allowed"),
        (("--seeds", "0-2147483647"), "more than 100,000 seeds"),
        (("--seeds", "1-2", "--seed", 4), "give one of them"),
        (("--seeds", "1-2", "--governance", "command,commnd"), "Did you mean command"),
        (("--seeds", "1-2", "--max-tokens", 0), "--max-tokens: 0 is not allowed"),
    ]
    for options, message in cases:
        done = cli("run", *options, "--model", "none")
        assert done.code == 2
        assert message in done.err
        assert not (tmp_path / "runs").exists()


def test_what_seeds_came_to_is_written_as_tables_a_row_a_session(cli: Cli, tmp_path: Path) -> None:
    played = cli("run", *TWO, "--seeds", "1-3", *ALONE)
    command = next(line for line in played.out.splitlines() if line.startswith("as tables for other programs: "))
    name = command.split()[-3]
    written = cli("export", name, "--to", tmp_path / "tables", "--json")
    assert written.code == 0, written.err
    assert json.loads(written.out)["sessions"] == 6
    by_folder = cli("export", tmp_path / "runs" / name, "--to", tmp_path / "again", "--json")
    assert (by_folder.code, json.loads(by_folder.out)["sessions"]) == (0, 6), by_folder.err
    assert cli("list", "sessions").out == f"further sessions, of run --seeds (sandbox export NAME --to DIR): {name}\n"
    with (tmp_path / "tables" / "sessions.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["governance"], row["seed"]) for row in rows] == [
        (arm, str(seed)) for seed in (1, 2, 3) for arm in ("command", "joint_production")
    ]
    with store_of(tmp_path) as store:
        for row, kept in zip(rows, store.rows(), strict=True):
            known = {name: value for name, value in kept["outcomes"].items() if value is not None}
            assert {name: float(row[name]) for name in known} == pytest.approx(known)
    with (tmp_path / "tables" / "lines.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["session"] for row in csv.DictReader(file)} == {row["session"] for row in rows}
