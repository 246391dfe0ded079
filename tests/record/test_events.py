"""The event log: what was written stays, whatever happens to the writer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from sandbox.errors import InputError, StorageError
from sandbox.record.events import SCHEMA, Event, EventKind
from sandbox.record.log import FileLog, Log, read_events


def _filled(path: Path, count: int = 3) -> Path:
    log = FileLog(path, clock=lambda: 12.3456)
    for number in range(count):
        log.append("line", {"id": f"L{number}", "says": "学校 " * 3}, stage="training", seat="mayor")
    log.close()
    return path


def test_events_are_numbered_without_gaps_and_read_as_written(tmp_path: Path) -> None:
    path = _filled(tmp_path / "events.jsonl")
    events = read_events(path)
    assert [event.seq for event in events] == [1, 2, 3]
    assert events[1] == Event(2, 12.346, "line", "training", "mayor", {"id": "L1", "says": "学校 学校 学校 "})
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[0])["schema"] == SCHEMA == 2


def test_the_same_kind_and_id_is_written_once_even_after_reopening(tmp_path: Path) -> None:
    path = _filled(tmp_path / "events.jsonl")
    heard: list[Event] = []
    log = FileLog(path)
    log.watch(heard.append)
    event, new = log.append("line", {"id": "L1", "says": "something else"})
    assert (new, event.payload["says"]) == (False, "学校 学校 学校 ")
    other, fresh = log.append("person", {"id": "L1"})
    assert (fresh, other.seq) == (True, 4)
    assert log.find("line", "L9") is None
    log.close()
    assert heard == [other]
    assert [one.kind for one in read_events(path)] == ["line", "line", "line", "person"]


@pytest.mark.parametrize("cut", [1, 2, 30, 90])
def test_a_torn_last_line_is_dropped_and_written_anew(tmp_path: Path, cut: int) -> None:
    path = _filled(tmp_path / "events.jsonl")
    path.write_bytes(path.read_bytes()[:-cut])
    assert [event.seq for event in read_events(path)] == [1, 2]
    log = FileLog(path)
    event, new = log.append("line", {"id": "L2", "says": "again"})
    log.close()
    assert (new, event.seq) == (True, 3)
    assert [one.payload["id"] for one in read_events(path)] == ["L0", "L1", "L2"]


@pytest.mark.parametrize(
    "damaged",
    [
        b"not json",
        b"[1, 2]",
        b"null",
        b"{}",
        b'{"schema": 2, "seq": 2, "at": 0, "kind": "weather", "stage": "", "seat": "", "payload": {"id": "x"}}',
        b'{"schema": 2, "seq": 7, "at": 0, "kind": "line", "stage": "", "seat": "", "payload": {"id": "x"}}',
        b'{"schema": 2, "seq": 2, "at": 0, "kind": "line", "stage": "", "seat": "", "payload": {}}',
        b'{"schema": 2, "seq": 2, "at": "noon", "kind": "line", "stage": "", "seat": "", "payload": {"id": "x"}}',
        b"\xff\xfe",
        b"",
    ],
)
def test_a_damaged_line_is_named_with_its_number_and_left_alone(tmp_path: Path, damaged: bytes) -> None:
    path = _filled(tmp_path / "events.jsonl")
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([lines[0], damaged, lines[2]]) + b"\n")
    before = path.read_bytes()
    for read in (read_events, Log):
        with pytest.raises(InputError, match=r"events\.jsonl:2: "):
            read(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("other", [SCHEMA - 1, SCHEMA + 1])
def test_a_log_of_an_older_or_newer_version_is_refused_and_left_alone(tmp_path: Path, other: int) -> None:
    path = _filled(tmp_path / "events.jsonl")
    text = path.read_text(encoding="utf-8").replace(f'"schema": {SCHEMA}', f'"schema": {other}')
    path.write_text(text, encoding="utf-8")
    said = rf"events\.jsonl:1: log schema {other} is not supported; this version reads {SCHEMA}"
    for read in (read_events, Log):
        with pytest.raises(InputError, match=said):
            read(path)
    assert path.read_text(encoding="utf-8") == text


def test_every_kind_of_event_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = FileLog(path)
    kinds: tuple[EventKind, ...] = get_args(EventKind)
    for kind in kinds:
        log.append(kind, {"id": "same id for all"}, stage="application", seat="mayor")
    log.close()
    assert [event.kind for event in read_events(path)] == list(kinds)


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"cannot open .*file/events"):
        FileLog(tmp_path / "file" / "events.jsonl")
    with pytest.raises(InputError, match="does not exist"):
        read_events(tmp_path / "nothing.jsonl")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="cannot open"):
        FileLog(tmp_path / "folder")


_FILL = """
import resource, signal, sys
from pathlib import Path
from sandbox.errors import StorageError
from sandbox.record.log import FileLog, Log
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, resource.RLIM_INFINITY))
log = FileLog(Path(sys.argv[1]))
kept = 0
try:
    for kept in range(1000):
        log.append("line", {"id": str(kept), "says": "x" * 300})
except StorageError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
if sys.argv[2] == "freed":
    log.append("line", {"id": str(kept), "says": "after room was made"})
log.close()
print(kept)
"""


@pytest.mark.parametrize("then", ["left", "freed"])
def test_a_full_disk_keeps_what_was_written(tmp_path: Path, then: str) -> None:
    path = tmp_path / "events.jsonl"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", _FILL, str(path), then],
        env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    message, kept = done.stdout.splitlines()
    assert "events.jsonl: File too large; the log up to here is kept" in message
    assert int(kept) > 5
    ids = [event.payload["id"] for event in read_events(path)]
    assert ids == [str(number) for number in range(int(kept) + (then == "freed"))]
    assert path.read_bytes().endswith(b"\n"), "no torn line is left"
