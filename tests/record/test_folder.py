"""Session folders: made, found, locked."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from sandbox.errors import InputError, StorageError
from sandbox.record.folder import SessionFolder

NAMES = ("20260101-120000-aaaa", "20260101-130000-bbbb", "20260202-120000-cccc")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for name in (*NAMES, "no-session"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    for name in NAMES:
        (tmp_path / "runs" / name / "events.jsonl").write_text("{}\n")
    return tmp_path / "runs"


@pytest.mark.parametrize(
    ("given", "found"),
    [(NAMES[1], NAMES[1]), ("202602", NAMES[2]), ("20260101-13", NAMES[1]), ("last", NAMES[2])],
)
def test_a_session_is_found(runs: Path, given: str, found: str) -> None:
    assert SessionFolder.find(runs, given).path == runs / found


def test_a_session_is_found_by_path_wherever_it_lies(runs: Path, tmp_path: Path) -> None:
    for given in (runs / NAMES[0], runs / NAMES[0] / "events.jsonl"):
        assert SessionFolder.find(tmp_path / "elsewhere", str(given)).id == NAMES[0]


def test_a_beginning_of_several_names_them(runs: Path) -> None:
    with pytest.raises(InputError, match=f"fits 2 sessions: {NAMES[0]}, {NAMES[1]}; last is the one"):
        SessionFolder.find(runs, "20260101")


@pytest.mark.parametrize("given", ["20260101-120000-aaab", "20260102-120000-aaaa"])
def test_an_unknown_session_comes_with_near_ones(runs: Path, given: str) -> None:
    with pytest.raises(InputError, match=f"unknown session '{given}'. Allowed: {NAMES[0]}"):
        SessionFolder.find(runs, given)


@pytest.mark.parametrize("given", ["x" * 5000, "a\0b", "no-session", "/"])
def test_nonsense_is_an_unknown_session(runs: Path, given: str) -> None:
    with pytest.raises(InputError, match="unknown session"):
        SessionFolder.find(runs, given)


def test_there_is_no_last_of_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for runs in (tmp_path, tmp_path / "missing", tmp_path / "file"):
        assert SessionFolder.all(runs) == []
        with pytest.raises(InputError, match=r"unknown session 'last'.*\(none\)"):
            SessionFolder.find(runs, "last")


def test_new_sessions_never_share_a_folder(tmp_path: Path) -> None:
    made = [SessionFolder.create(tmp_path / "deep" / "runs") for _ in range(5)]
    assert len({folder.path for folder in made}) == 5
    assert SessionFolder.all(tmp_path / "deep" / "runs") == [], "none has begun yet"
    for folder in made:
        folder.events.write_text("{}\n")
    assert {folder.id for folder in SessionFolder.all(tmp_path / "deep" / "runs")} == {folder.id for folder in made}


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for runs in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StorageError, match=r"cannot write to .*file.*--out"):
            SessionFolder.create(runs)


def test_a_session_has_one_writer(runs: Path) -> None:
    first, second = SessionFolder(runs / NAMES[0]), SessionFolder(runs / NAMES[0])
    with first.locked():
        named = f"{NAMES[0]} is being run by another process; nothing was changed"
        with pytest.raises(StorageError, match=named), second.locked():
            pass
        with SessionFolder(runs / NAMES[1]).locked():
            pass
    with second.locked():
        pass


def test_a_file_is_replaced_whole_or_not_at_all(runs: Path) -> None:
    folder = SessionFolder(runs / NAMES[0])
    folder.write(folder.transcript, "one")
    folder.write(folder.transcript, "two 学校")
    assert folder.transcript.read_text(encoding="utf-8") == "two 学校"
    folder.report.mkdir()
    (folder.report / "in the way").touch()
    with pytest.raises(StorageError, match=r"cannot write .*report\.html"):
        folder.write(folder.report, "three")
    assert sorted(path.name for path in folder.path.iterdir()) == ["events.jsonl", "report.html", "transcript.md"]


def test_the_budget_that_was_named_last_is_the_sessions(runs: Path) -> None:
    folder = SessionFolder(runs / NAMES[0])
    assert folder.bounds(tokens=None, money=None) == {"tokens": None, "money": None}
    assert folder.bounds(tokens=300, money=None)["tokens"] == 300
    assert folder.bounds(tokens=None, money=1.5) == {"tokens": 300, "money": 1.5}
    assert (
        folder.bounds(tokens=500, money=None) == folder.bounds(tokens=None, money=None) == {"tokens": 500, "money": 1.5}
    )
    for broken in ("{", '{"tokens": "many"}'):
        (folder.path / "budget.json").write_text(broken)
        with pytest.raises(InputError, match=r"cannot read .*budget\.json"):
            folder.bounds(tokens=None)


def test_the_last_session_is_the_one_begun_last_whatever_its_name_and_its_files_say(runs: Path) -> None:
    for name, at in zip(NAMES, (300.5, 200.0, 100.0), strict=True):
        event = {"schema": 2, "seq": 1, "at": at, "kind": "session", "payload": {"id": "session"}}
        (runs / name / "events.jsonl").write_text(json.dumps(event) + "\n{", encoding="utf-8")
    os.utime(runs / NAMES[2] / "events.jsonl", (2e9, 2e9))  # scored again just now
    assert SessionFolder.find(runs, "last").id == NAMES[0]


def test_a_log_that_does_not_say_when_it_was_begun_counts_from_when_it_was_written(runs: Path) -> None:
    cases: list[str] = [
        "",
        "{",
        "[]",
        "7",
        "[" * 100_000,
        '{"at": "now"}',
        '{"at": NaN}',
        '{"at": 1e999}',
        '{"at": -1}',
        "\udcff",
    ]
    for first in cases:
        for age, name in enumerate((NAMES[1], NAMES[2], NAMES[0])):
            path = runs / name / "events.jsonl"
            path.write_bytes(first.encode("utf-8", "surrogateescape") + b"\n")
            os.utime(path, (2000 - age, 2000 - age))
        assert SessionFolder.find(runs, "last").id == NAMES[1]


def test_names_of_sessions_follow_one_clock_wherever_the_computer_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = []
    for zone in ("UTC+12", "UTC-12"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        names.append(SessionFolder.create(tmp_path).id)
    monkeypatch.undo()
    time.tzset()
    assert names[0][:11] == names[1][:11] == time.strftime("%Y%m%d-%H", time.gmtime())
