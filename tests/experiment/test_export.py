"""An export: tables that say what the store has, in CSV and Parquet, each column explained in both languages."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyarrow import parquet

import sandbox
from sandbox.content.program import program
from sandbox.errors import StorageError
from sandbox.experiment.export import export as exporting
from sandbox.experiment.export.export import Exported, export
from sandbox.experiment.export.log_rows import table_csv
from sandbox.experiment.export.sheets import sheets_in
from sandbox.experiment.outcomes import OUTCOMES
from sandbox.experiment.playing.worker import Finished, Worker
from sandbox.experiment.store.store import Store
from sandbox.game.session import Session
from sandbox.record.events import SCHEMA
from sandbox.session.opening import game_of
from tests.cli.conftest import Cli, cli, speak
from tests.experiment.making import LIBRARY, saved
from tests.experiment.playing import SHORT, begun, play, short_runs
from tests.session.support import SteadyModel, properties, serving
from tests.stub_endpoint import Received, StubReply, error

__all__ = ["cli"]

TABLES = ("sessions", "seats", "lines", "decisions", "votes", "pulses", "scores", "events", "ledger")
Rows = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with two judged sessions, their null arm, one that failed and one that is left."""
    chosen = short_runs(judge="stub")
    with serving(SteadyModel("propose")) as url, begun(tmp_path_factory.mktemp("s") / "s.sqlite", chosen) as made:
        play(made, url, limit=2)
        worker = Worker(made)
        (run,) = worker.claim(False, 1)
        worker.finish([Finished(run.id, "it, “failed”\n=1+1")])
        yield made


def read(folder: Path) -> Rows:
    """Return all tables of a folder."""
    tables: Rows = {}
    for name in TABLES:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            tables[name] = list(csv.DictReader(file))
    return tables


@pytest.fixture(scope="module")
def exported(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """What the store is exported to, in both forms."""
    folder = tmp_path_factory.mktemp("exported")
    return export(store, LIBRARY, folder, folder, ("csv", "parquet"))


def test_tables_say_what_the_store_has(store: Store, exported: Exported) -> None:
    written, folder = exported, exported.paths[0].parent
    forms = ("csv", "parquet")
    assert {path.name for path in written.paths} == {*(f"{n}.{form}" for n in TABLES for form in forms), "codebook.md"}
    tables, rows = read(folder), {row["id"]: row for row in store.everything()}
    assert (written.sessions, written.silent) == (len(tables["sessions"]), 0) == (8, 0)
    for wide in tables["sessions"]:
        row = rows[wide["session"]]
        assert (wide["arm"], wide["cell_governance"], wide["null_arm"]) == (
            row["arm"],
            row["arm"],
            str(row["null"]).lower(),
        )
        for name in OUTCOMES:
            value = row["outcomes"][name]
            assert wide.get(name, "") == ("" if value is None else str(value)), "what is missing is empty, and never 0"
    assert [wide["failure"] for wide in tables["sessions"] if wide["state"] == "failed"] == ["it, “failed”\n'=1+1"]
    empty = {name for name in tables["sessions"][0] if not any(wide[name] for wide in tables["sessions"])}
    assert not [name for name in empty if "judged_" not in name], "that a judge gave no level tells something"
    assert "`spread_form`, " in written.paths[-1].read_text(encoding="utf-8"), "what no session can have is named"
    done = [row for row in rows.values() if row["state"] == "done"]
    assert {line["session"] for line in tables["lines"]} == {row["id"] for row in done}
    for row in done:
        events = store.events(row["id"])
        own = {name: [each for each in tables[name] if each["session"] == row["id"]] for name in TABLES}
        spoken = [event.payload for event in events if event.kind == "line"]
        assert [line["says"] for line in own["lines"]] == [line["says"] for line in spoken]
        assert [int(line["number"]) for line in own["lines"]] == list(range(1, len(spoken) + 1))
        assert [json.loads(line["terms"] or "{}") for line in own["lines"]] == [line["terms"] for line in spoken]
        assert [line["addressee"] for line in own["lines"]] == [line["to"] for line in spoken]
        opened = next(event.payload for event in events if event.kind == "session")["seats"]
        assert {seat["seat"]: seat["position"] for seat in own["seats"]} == {
            seat: shown["position"] for seat, shown in opened.items()
        }
        assert [
            {
                "schema": SCHEMA, "seq": int(each["seq"]), "at": float(each["written"]), "kind": each["kind"],
                "stage": each["stage"], "seat": each["seat"], "payload": json.loads(each["payload"]),
            }
            for each in own["events"]
        ] == [event.as_dict() for event in events]  # fmt: skip
        decided = [event.payload for event in events if event.kind == "decision"]
        assert [each["carried"] == "true" for each in own["decisions"]] == [each["carried"] for each in decided]
        votes = [vote for each in decided for vote in each["votes"].items()]
        assert [(vote["seat"], vote["for_it"] == "true") for vote in own["votes"]] == votes
        pulses = [event for event in events if event.kind == "pulse"]
        stages = ["start", *(event.stage for event in events if event.kind == "stage")]
        assert [int(pulse["stages_ended"]) for pulse in own["pulses"]] == [stages.index(each.stage) for each in pulses]
        counted = {each["criterion"]: float(each["level"]) for each in own["scores"] if each["how"] == "counted"}
        assert counted == {
            name.removeprefix("counted_"): value
            for name, value in row["outcomes"].items()
            if name.startswith("counted_") and value is not None
        }
        items = Session.of(game_of(events, LIBRARY), events).items
        assert [(each["line"], each["entry"], each["became"]) for each in own["ledger"]] == [
            (item.line, item.kind, item.state) for item in items
        ]
        judged = [each for each in own["scores"] if each["how"] == "judged"]
        assert len(judged) == (0 if row["null"] else len(judged))
        assert {each["judge"] for each in judged} == (set() if row["null"] else {"stub"})
        (wide,) = own["sessions"]
        assert {each["criterion"]: each["status"] for each in judged} == {
            column.removeprefix("status_of_judged_"): status
            for column, status in wide.items()
            if column.startswith("status_of_") and status
        }
    assert any(each["how"] == "judged" and each["quote"] for each in tables["scores"])


def test_parquet_holds_what_csv_holds(exported: Exported) -> None:
    folder = exported.paths[0].parent
    for name, rows in read(folder).items():
        table = parquet.read_table(folder / f"{name}.parquet")
        assert "" not in {value for row in table.to_pylist() for value in row.values()}, "what is missing is no text"
        assert table.column_names == list(rows[0])
        for plain, typed in zip(rows, table.to_pylist(), strict=True):
            shown = {key: str(value).lower() if isinstance(value, bool) else value for key, value in typed.items()}
            assert {key: value.replace("\n'=", "\n=") for key, value in plain.items()} == {
                key: "" if value is None else str(value) for key, value in shown.items()
            }


def test_a_column_without_words_is_told_before_anything_is_written(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(exporting._HEAD, "nameless", ("s", "id"))
    with pytest.raises(KeyError, match=r"experiment\.column\.nameless"):
        export(store, LIBRARY, tmp_path / "new", tmp_path)
    assert not (tmp_path / "new").exists()


def test_no_text_is_a_formula_where_a_spreadsheet_opens_it(tmp_path: Path) -> None:
    cases: list[str] = [
        *("=1+1", "+86 138", "-", "- a", "@SUM(A1)", "  =1", "\t=1", "\r=1", "\n", "＝1", "＋1", "－1", "＠1"),
        *("a;=1", "a;b;\t =1", "a\n=1", "a\r\n +1", "a\r=1"),
    ]
    for text in cases:
        (row,) = csv.reader(io.StringIO(table_csv("lines", [{"says": text}])[1:].partition("\n")[2], newline=""))
        (cell,) = filter(None, row)
        assert cell.replace("'", "") == text.replace("\r\n", "\n").replace("\r", "\n")
        pieces = re.split(
            r"[;\t\r\n]", cell
        )  # what is a cell of its own in a country that separates cells by semicolons
        assert not [piece for piece in pieces if piece.strip() and piece.strip()[0] in "=+-@＝＋－＠"]
        assert not cell[0].isspace()
    kinds = {"says": "s", "number": "f", "so": "b"}
    with sheets_in(tmp_path, {"rows": kinds, "columns": kinds}, ("csv",)) as sheets:
        columns: dict[str, list[Any]] = {
            "number": [-1.5, None] * len(cases),
            "so": [True, False] * len(cases),
            "says": [*cases, *cases],
        }
        sheets["columns"].write_columns(columns)
        sheets["rows"].write(dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    assert (tmp_path / "columns.csv").read_bytes() == (tmp_path / "rows.csv").read_bytes()


def test_no_text_in_csv_steers_a_terminal() -> None:
    told = table_csv("lines", [{"says": "a\x1b]0;name\x07\x1b[2Jb\u202ec\nd"}])
    assert "a]0;name[2Jbc\nd" in told
    assert not [letter for letter in told[1:] if letter != "\n" and not letter.isprintable()]


def test_numbers_and_plain_text_stay_as_they_are() -> None:
    cases: list[object] = [-1, -0.25, "-1", "+2.5", "-1e-3", "a-b", "x;y", 'say "=1"', "{}", True]
    for value in cases:
        (row,) = csv.reader(io.StringIO(table_csv("lines", [{"says": value}])[1:].partition("\n")[2], newline=""))
        assert list(filter(None, row)) == [str(value).lower() if value is True else str(value)]


def test_a_long_text_is_looked_at_in_no_time() -> None:
    began = time.process_time()
    for piece in ("\n", " ", "; ", "\t "):
        table_csv("lines", [{"says": piece * 100_000}])
    assert time.process_time() - began < 2


def test_the_codebook_explains_each_column_and_stands_beside_that_of_the_other_language(
    store: Store, exported: Exported, tmp_path: Path
) -> None:
    chinese = export(store, LIBRARY, tmp_path, tmp_path, lang="zh").paths[-1]
    assert (exported.paths[-1].name, chinese.name) == ("codebook.md", "codebook.zh.md")
    assert all(program() in path.read_text(encoding="utf-8") for path in (exported.paths[-1], chinese))
    told = {
        exported.paths[-1]: ("turns (directed) 0.4, and 0.2 more", "judges 0.0, their further votes 0.7",
                             "Governance model: level of the factor governance", "the same as “P: needs met”",
                             "no evidence about real cities"),
        chinese: ("发言（directed）0.4，每重写一次加0.2", "评分0.0", "不构成关于现实城市的证据"),
    }  # fmt: skip
    for book, words in told.items():
        text = book.read_text(encoding="utf-8")
        for name, rows in read(tmp_path).items():
            section = text.split(f"## {name}\n")[1].split("\n## ")[0]
            explained = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", section, flags=re.MULTILINE)
            assert [column for column, _ in explained] == list(rows[0])
            assert all(meaning.strip() for _, meaning in explained)
        assert [part for part in words if part not in text] == []
        for name in ("lines", "ledger"):
            line = text.split(f"## {name}\n")[1].split("| `line` |")[1].splitlines()[0]
            assert line in (" text | id of the line |", " 文本 | 这句话的编号 |"), (
                "nothing of levels, which scores have"
            )
        assert "`said_model` (where an endpoint says" in text or "`said_model`（" in text, "what is empty is explained"


def test_sessions_without_events_are_played_again(
    store: Store, exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = [run for run in short_runs(judge="stub") if run.null]
    with begun(tmp_path / "bare.sqlite", chosen) as bare:
        play(bare, keep=False)
        assert export(bare, LIBRARY, tmp_path / "bare", tmp_path).silent == 0
        known, timed = {row["id"] for row in store.rows() if row["null"]}, ("started", "ended", "added_with", "written")

        def told(rows: list[dict[str, str]]) -> list[dict[str, str]]:
            return [{k: v for k, v in row.items() if v and k not in timed} for row in rows if row["session"] in known]

        for name, rows in read(exported.paths[0].parent).items():
            assert told(read(tmp_path / "bare")[name]) == told(rows) != []

        def other(*_: object) -> dict[str, float | None]:
            return {**dict.fromkeys(OUTCOMES), "lines": -1.0}

        monkeypatch.setattr("sandbox.experiment.playing.by_rules.outcomes_of", other)
        written = export(bare, LIBRARY, tmp_path / "other", tmp_path)
        assert written.silent == 4, "another version of the program plays otherwise"
        assert read(tmp_path / "other")["lines"] == []
        assert "4 finished sessions by the rules alone left no events" in written.paths[-1].read_text(encoding="utf-8")


def test_what_cannot_be_written_leaves_the_old_tables(
    store: Store, exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = exported.paths[0].parent
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(*_: object) -> dict[str, float | None]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "long_tables", full)
    with pytest.raises(StorageError, match=r"cannot write .*: No space left on device"):
        export(store, LIBRARY, folder, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_command_exports_and_its_logs_can_be_opened(cli: Cli, tmp_path: Path) -> None:
    path = saved(tmp_path, **SHORT)
    missing = cli("experiment", "export", path, "--to", tmp_path / "out")
    assert missing.code == 2
    assert "begin with: sandbox experiment run" in missing.err
    assert cli("experiment", "run", path, "--model", "none", "--quiet").code == 0
    done = cli(
        "experiment", "export", path, "--to", tmp_path / "out", "--format", "csv,parquet", "--logs", "--lang", "zh"
    )
    assert (done.code, done.err) == (0, "")
    assert len(done.out.splitlines()) == 2 * len(TABLES) + 1
    level = '- `cell_stages` = `short`: ["training", "public_engagement"]'
    assert level in (tmp_path / "out" / "codebook.zh.md").read_text(encoding="utf-8"), "what a level of that name is"
    session = read(tmp_path / "out")["sessions"][0]["session"]
    replayed = cli("replay", session, "--out", tmp_path / "out" / "logs")
    assert replayed.code == 0
    assert "Training" in replayed.out
    (tmp_path / "runs" / "a.sqlite").write_text("not a database")
    reported = cli("report", session)
    assert (reported.code, "report.html" in reported.out) == (0, True), "nor need it be exported"
    wrong = cli("experiment", "export", path, "--to", tmp_path / "out", "--format", "xlsx")
    assert (wrong.code, "csv" in wrong.err) == (2, True)
    before = (tmp_path / "out" / "sessions.parquet").read_bytes()
    reported = cli("experiment", "report", path, "--data", "--to", tmp_path / "out")
    assert str(tmp_path / "out" / "effects.parquet") in reported.out
    assert "they are no evidence about real cities" in " ".join(reported.err.split()), (
        "what came of it, with its caution"
    )
    assert (tmp_path / "out" / "sessions.parquet").read_bytes() == before, "a report leaves them as they are"


class Picky(SteadyModel):
    """Refuses the question for the third turn, however often it comes."""

    def __init__(self) -> None:
        super().__init__("propose")
        self.asked: list[object] = []

    def __call__(self, request: Received) -> StubReply:
        if "act" in properties(request.body) and request.body["messages"] not in self.asked:
            self.asked.append(request.body["messages"])
        refused = len(self.asked) > 2 and request.body["messages"] == self.asked[2]
        return error(400, "this is against the policy") if refused else super().__call__(request)


def test_a_session_that_failed_is_told_with_its_line_and_can_be_looked_at(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = saved(tmp_path, **SHORT, replicates=1), tmp_path / "out"
    with serving(Picky()) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        monkeypatch.setenv("SANDBOX_TURN_STYLE", "free")
        ended = cli("experiment", "run", path, "--model", "stub", "--concurrency", 1, "-q")
    assert ended.code == 3
    known = json.loads(cli("experiment", "status", path, "--json").out)
    ((session, due),) = known["failed_at"].items()
    assert (known["failed"], due) == (1, "L003")
    for lang, said in (("zh", f"{session}（{due}之前）"), ("en", f"{session} (before {due})")):
        speak(monkeypatch, lang)
        status = cli("experiment", "status", path)
        assert said in status.out
    assert f"sandbox experiment export {path} --to DIR --logs" in status.out
    exported = cli("experiment", "export", path, "--to", out, "--logs", "--json")
    assert json.loads(exported.out)["unfinished"] == 1
    tables = read(out)
    assert session not in {row["session"] for row in tables["lines"]}, "nobody averages over what broke off"
    assert "sessions that failed or were stopped, as far as they came: 1;" in (out / "codebook.md").read_text(
        encoding="utf-8"
    )
    listed = cli("list", "session", "--out", out / "logs").out
    assert {line.split()[0] for line in listed.splitlines() if "stopped" in line} == {session}
    assert len(sandbox.load(session, out=out / "logs").lines) == 2
    asked = cli("prompt", session, "--at", due, "--out", out / "logs")
    assert (asked.code, "-- system" in asked.out) == (0, True)
    assert cli("prompt", session, "--at", "L999", "--out", out / "logs").code == 2


def test_a_level_says_how_far_its_judge_may_be_relied_on(
    store: Store, exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = read(exported.paths[0].parent)["scores"]
    marks = {(row["how"], bool(row["level"])): row["standing"] for row in scores}
    assert marks == {("counted", True): "", ("judged", True): "not_measured"}
    known = {"trust": SimpleNamespace(reliable=True), "inclusion": SimpleNamespace(reliable=False)}
    monkeypatch.setattr("sandbox.scoring.scorecard.standings_of", lambda *_: known)
    export(store, LIBRARY, tmp_path / "after", tmp_path)
    measured = {row["criterion"]: row["standing"] for row in read(tmp_path / "after")["scores"] if row["judge"]}
    assert (measured.pop("trust"), measured.pop("inclusion")) == ("reliable", "not_reliable")
    assert {*measured.values()} == {"not_measured"}
