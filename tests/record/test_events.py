"""The event log: what was written stays, whatever happens to the writer."""

from __future__ import annotations

import copy
import json
import os
import re
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from sandbox.diffusion.campaign.folder import CampaignLog
from sandbox.errors import InputError, SandboxError, StorageError
from sandbox.record.events import KINDS, OLDEST, SCHEMA, Event, EventKind, LineSpoken
from sandbox.record.log import FileLog, Log, read_events
from tests.record.making import PAYLOADS, payload
from tests.running import in_a_process


def _filled(path: Path, count: int = 3) -> Path:
    log = FileLog(path, clock=lambda: 12.3456)
    for number in range(count):
        log.append("line", payload("line", f"L{number}", says="学校 " * 3), stage="training", seat="mayor")
    log.close()
    return path


def test_events_are_numbered_without_gaps_and_read_as_written(tmp_path: Path) -> None:
    path = _filled(tmp_path / "events.jsonl")
    events = read_events(path)
    assert [event.seq for event in events] == [1, 2, 3]
    assert events[1] == Event(2, 12.346, "line", "training", "mayor", payload("line", "L1", says="学校 学校 学校 "))
    assert isinstance(events[1], LineSpoken)
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[0])["schema"] == SCHEMA == 11


def test_the_same_kind_and_id_is_written_once_even_after_reopening(tmp_path: Path) -> None:
    path = _filled(tmp_path / "events.jsonl")
    heard: list[Event] = []
    log = FileLog(path)
    log.watch(heard.append)
    event, new = log.append("line", payload("line", "L1", says="something else"))
    assert (new, event.payload["says"]) == (False, "学校 学校 学校 ")
    other, fresh = log.append("person", payload("person", "L1"))
    assert (fresh, other.seq) == (True, 4)
    assert log.find("line", "L9") is None
    log.close()
    assert heard == [other]
    assert [read.kind for read in read_events(path)] == ["line", "line", "line", "person"]


@pytest.mark.parametrize("cut", [1, 2, 30, 90])
def test_a_torn_last_line_is_dropped_with_a_notice_and_written_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, cut: int
) -> None:
    path = _filled(tmp_path / "events.jsonl")
    path.write_bytes(path.read_bytes()[:-cut])
    left = len(path.read_bytes().splitlines()[-1])
    assert [event.seq for event in read_events(path)] == [1, 2]
    assert caplog.records == [], "who only reads changes nothing"
    log = FileLog(path)
    (notice,) = caplog.records
    assert (notice.name, notice.levelname) == ("sandbox.record", "WARNING")
    assert notice.getMessage() == f"{path}: the last line was cut off and is dropped ({left} bytes)"
    event, new = log.append("line", payload("line", "L2", says="again"))
    log.close()
    assert (new, event.seq) == (True, 3)
    assert [read.payload["id"] for read in read_events(path)] == ["L0", "L1", "L2"]
    caplog.clear()
    FileLog(path).close()
    assert caplog.records == []


@pytest.mark.parametrize("link", [False, True])
def test_what_is_no_log_or_a_link_is_left_as_it_is(tmp_path: Path, link: bool) -> None:
    path, thesis = tmp_path / "events.jsonl", tmp_path / "thesis.txt"
    thesis.write_text("My thesis in one line", encoding="utf-8")
    if link:
        path.symlink_to(thesis)
    else:
        thesis.rename(path)
    with pytest.raises(SandboxError, match="is a link" if link else "is no log"):
        FileLog(path)
    with pytest.raises(SandboxError, match="is a link" if link else "is no log"):
        CampaignLog(path)
    assert path.read_text(encoding="utf-8") == "My thesis in one line"


def test_a_damaged_line_is_named_with_its_number_and_left_alone(tmp_path: Path) -> None:
    cases: list[bytes] = [
    b"not json",
    b"[1, 2]",
    b"null",
    b"{}",
    b'{"schema": 4, "seq": 2, "at": 0, "kind": "weather", "stage": "", "seat": "", "payload": {"id": "x"}}',
    b'{"schema": 4, "seq": 7, "at": 0, "kind": "line", "stage": "", "seat": "", "payload": {"id": "x"}}',
    b'{"schema": 4, "seq": 2, "at": 0, "kind": "line", "stage": "", "seat": "", "payload": {}}',
    b'{"schema": 4, "seq": 2, "at": "noon", "kind": "line", "stage": "", "seat": "", "payload": {"id": "x"}}',
    b"\xff\xfe",
    b"",
]  # fmt: skip
    for number, damaged in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = _filled(folder / "events.jsonl")
        lines = path.read_bytes().splitlines()
        path.write_bytes(b"\n".join([lines[0], damaged, lines[2]]) + b"\n")
        before = path.read_bytes()
        for read in (read_events, FileLog):
            with pytest.raises(InputError, match=r"events\.jsonl:2: "):
                read(path)
        assert path.read_bytes() == before


@pytest.mark.parametrize("other", [OLDEST - 1, SCHEMA + 1])
def test_a_log_of_an_older_or_newer_version_is_refused_and_left_alone(tmp_path: Path, other: int) -> None:
    path = _filled(tmp_path / "events.jsonl")
    text = path.read_text(encoding="utf-8").replace(f'"schema": {SCHEMA}', f'"schema": {other}')
    path.write_text(text, encoding="utf-8")
    known = ", ".join(map(str, range(OLDEST, SCHEMA + 1)))
    said = rf"events\.jsonl:1: log schema {other} is not supported; this version reads {known}$"
    for read in (read_events, FileLog):
        with pytest.raises(InputError, match=said):
            read(path)
    assert path.read_text(encoding="utf-8") == text


def test_a_line_that_is_no_event_is_told_in_plain_words(tmp_path: Path) -> None:
    cases: list[tuple[bytes | dict[str, Any], str]] = [
    (b"{", "it is not JSON"),
    (b"[" * 100_000, "it is not JSON"),
    (b'{"seq": ' + b"9" * 5000 + b"}", "it is not JSON"),
    (b"[]", "expected a mapping (key: value), found a list"),
    (b"null", "expected a mapping (key: value), found nothing"),
    ({"at": 1e999}, "at cannot be inf"),
    ({"at": 1e12}, "at cannot be 1000000000000.0"),
    ({"at": "noon"}, "at cannot be noon"),
    ({"seq": True}, "seq cannot be true"),
    ({"seq": 7}, "seq is 7 where 1 is due"),
    ({"seat": None}, "seat cannot be nothing"),
    ({"payload": "x"}, "payload cannot be x"),
    ({"kind": {}}, "kind cannot be a mapping"),
    ({"kind": "lime"}, "unknown kind 'lime'. Did you mean line"),
    ({"stage": ...}, "it has no stage"),
]  # fmt: skip
    for number, (written, said) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = _filled(folder / "events.jsonl", 1)
        line = written
        if isinstance(line, dict):
            event = {**json.loads(path.read_bytes()), **line}
            line = json.dumps({name: value for name, value in event.items() if value is not ...}).encode()
        path.write_bytes(line + b"\n")
        with pytest.raises(InputError) as caught:
            read_events(path)
        assert str(caught.value).startswith(f"{path}:1: not an event of a session log ({said}")
        assert path.read_bytes() == line + b"\n"


@pytest.mark.parametrize("usage", [{"prompt": "many"}, {"prompt": None}, {"price": 1}, []])
def test_what_a_call_took_is_counted_in_whole_numbers(tmp_path: Path, usage: Any) -> None:
    path = tmp_path / "events.jsonl"
    log = FileLog(path)
    log.append("call", payload("call", "C1", usage=usage))
    log.close()
    with pytest.raises(InputError, match=r"events\.jsonl:1: call: usage"):
        read_events(path)


def test_every_kind_of_event_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = FileLog(path)
    kinds: tuple[EventKind, ...] = get_args(EventKind)
    for kind in kinds:
        log.append(kind, payload(kind, "same id for all"), stage="application", seat="mayor")
    log.close()
    events = read_events(path)
    assert [event.kind for event in events] == list(kinds) == list(PAYLOADS)
    assert [type(event) for event in events] == [KINDS[kind] for kind in kinds]
    assert [event.payload for event in events] == [payload(kind, "same id for all") for kind in kinds]


def _fields(given: Any, *place: str | int) -> Iterator[tuple[str | int, ...]]:
    """Return the places of the fields of a payload, inner ones too."""
    for key, value in given.items() if isinstance(given, dict) else enumerate(given):
        yield (*place, key)
        if isinstance(value, dict | list):
            yield from _fields(value, *place, key)


def _with_wrong(given: Any, place: tuple[str | int, ...]) -> Any:
    """Return a payload in which one field is of another type."""
    whole = inner = copy.deepcopy(given)
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = 0.5 if isinstance(inner[place[-1]], dict) else {}
    return whole


# Fields that may hold anything: the spec has its own check, and what a person gave is held against the rules.
_FREE = {"session": {"spec"}, "person": {"turn"}, "call": {"usage"}}


def test_a_wrong_field_of_any_kind_is_named_with_file_line_kind_and_field(tmp_path: Path) -> None:
    for kind in get_args(EventKind):
        for number, place in enumerate(_fields(payload(kind, "x"))):
            if len(place) > 1 and place[0] in _FREE.get(kind, ()):
                continue
            path = tmp_path / f"{kind}{number}.jsonl"
            log = FileLog(path)
            log.append("close", payload("close", "first"))
            log.append(kind, _with_wrong(payload(kind, "x"), place))
            log.close()
            field = re.escape(".".join(map(str, place)))
            for read in (read_events, FileLog):
                with pytest.raises(InputError, match=rf"{number}\.jsonl:2: {kind}: {field}: \w+"):
                    read(path)


def test_a_seat_without_its_position_is_named(tmp_path: Path) -> None:
    seat = {"name": "Shen Yulan", "role": "mayor", "acts": ["ask"]}
    event = {"schema": SCHEMA, "seq": 1, "at": 0, "kind": "session", "stage": "", "seat": ""}
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps({**event, "payload": {**payload("session", "x"), "seats": {"mayor": seat}}}) + "\n")
    with pytest.raises(InputError, match=r"log\.jsonl:1: session: seats\.mayor\.position: is missing"):
        read_events(path)


def test_a_field_that_is_missing_is_named(tmp_path: Path) -> None:
    for kind in get_args(EventKind):
        may_be_left_out = {
            "session": {"session"}, "person": {"turn"}, "score": {"panel", "criterion_digest", "templates_digest"}
        }  # fmt: skip
        for field in set(PAYLOADS[kind]) - may_be_left_out.get(kind, set()):
            path = tmp_path / f"{field}.jsonl"
            event = {
                "schema": SCHEMA,
                "seq": 1,
                "at": 0,
                "kind": kind,
                "stage": "",
                "seat": "",
                "payload": {key: value for key, value in payload(kind, "x").items() if key != field},
            }
            path.write_text(json.dumps(event) + "\n", encoding="utf-8")
            with pytest.raises(InputError, match=rf"{field}\.jsonl:1: {kind}: {field}: is missing"):
                read_events(path)


def test_a_log_of_schema_2_is_brought_up(tmp_path: Path) -> None:
    score = payload("score", "vote")
    minutes = payload("minutes", "training")
    del minutes["present"], score["sample"]
    events: list[tuple[EventKind, str, dict[str, Any]]] = [
        ("session", "", payload("session", "session")),
        ("stage", "training", payload("stage", "training", present=["mayor", "grid_master"])),
        ("minutes", "training", minutes),
        ("stage", "application", payload("stage", "application", present=["mayor"])),
        ("minutes", "application", {**minutes, "id": "application", "present": ["village_cadre"]}),
        ("score", "judge", score),
    ]
    path = tmp_path / "events.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for seq, (kind, stage, given) in enumerate(events, start=1):
            event = {"schema": 2, "seq": seq, "at": 0, "kind": kind, "stage": stage, "seat": "", "payload": given}
            file.write(json.dumps(event) + "\n")
    before = path.read_bytes()
    read = read_events(path)
    assert [event.payload["present"] for event in read if event.kind == "minutes"] == [
        ["mayor", "grid_master"],
        ["village_cadre"],
    ]
    assert read[5].payload["sample"] == 1
    assert {event.as_dict()["schema"] for event in read} == {SCHEMA}
    assert path.read_bytes() == before, "to read a log changes nothing"
    log = FileLog(path)
    log.append("close", payload("close", "close"))
    log.close()
    assert path.read_bytes().startswith(before)
    assert [event.kind for event in read_events(path)] == [*(kind for kind, _, _ in events), "close"]


def test_a_log_in_memory_keeps_what_one_in_a_file_keeps(tmp_path: Path) -> None:
    logs = Log(lambda: 1.5), FileLog(tmp_path / "events.jsonl", lambda: 1.5)
    heard: list[list[Event]] = [[], []]
    news: list[bool] = []
    for log, watched in zip(logs, heard, strict=True):
        log.watch(watched.append)
        for number in (1, 2, 1):
            event, new = log.append("line", payload("line", f"L{number}", says=f"Word {number}."), "training", "mayor")
            assert event.payload["id"] == f"L{number}"
            news.append(new)
        log.append("close", payload("close", "close"))
    assert news == [True, True, False] * 2
    memory, file = logs
    assert list(memory) == list(file)
    assert heard[0] == heard[1] == list(memory)
    assert [event.seq for event in memory] == [1, 2, 3]
    for log in logs:
        assert [event.payload["id"] for event in log.of("line")] == ["L1", "L2"]
        assert log.of("plan") == []
        assert log.find("line", "L2") == list(log)[1]
        assert log.find("line", "L9") is log.find("plan", "L2") is None
        log.close()
    assert [event.as_dict() for event in read_events(tmp_path / "events.jsonl")] == [x.as_dict() for x in memory]


def test_an_event_may_be_kept_while_another_is_heard() -> None:
    log = Log()

    def answer(event: Event) -> None:
        if event.kind == "line":
            log.append("order", payload("order", "O1"))

    log.watch(answer)
    assert log.append("line", payload("line", "L1"))[0].seq == 1
    assert [(event.seq, event.kind) for event in log] == [(1, "line"), (2, "order")]


def test_an_event_is_of_its_kinds_own_type() -> None:
    for kind, made in KINDS.items():
        event = Event(1, 0.0, kind, "", "", payload(kind, "x"))
        assert type(event) is made
        assert event.as_dict()["kind"] == kind
    with pytest.raises(KeyError):
        Event(1, 0.0, "weather", "", "", {})  # type: ignore[arg-type]


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"cannot open .*file/events"):
        FileLog(tmp_path / "file" / "events.jsonl")
    with pytest.raises(InputError, match="does not exist"):
        read_events(tmp_path / "nothing.jsonl")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="cannot open"):
        FileLog(tmp_path / "folder")


def test_a_full_disk_keeps_what_was_written_and_a_log_goes_on_where_room_is_made(tmp_path: Path) -> None:
    path, told = tmp_path / "events.jsonl", tmp_path / "told"

    def fill() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, resource.RLIM_INFINITY))
        log, kept, message = FileLog(path), 0, ""
        while not message:
            try:
                log.append("line", payload("line", str(kept), says="x" * 300))
                kept += 1
            except StorageError as error:
                message = str(error)
        path.with_name("full.jsonl").write_bytes(path.read_bytes()[:5999])
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        log.append("line", payload("line", str(kept), says="after room was made"))
        log.close()
        told.write_text(f"{message}\n{kept}", encoding="utf-8")

    assert os.waitpid(in_a_process(fill), 0)[1] == 0
    message, kept = told.read_text(encoding="utf-8").splitlines()
    assert "events.jsonl: File too large; the log up to here is kept" in message
    assert int(kept) > 5
    for written, count in ((tmp_path / "full.jsonl", int(kept)), (path, int(kept) + 1)):
        assert [event.payload["id"] for event in read_events(written)] == [str(number) for number in range(count)]
        assert written.read_bytes().endswith(b"\n"), "no torn line is left"


def test_a_session_of_before_has_no_last_words_and_no_promise_that_fell(tmp_path: Path) -> None:
    path, whole = tmp_path / "events.jsonl", payload("decision", "D-training")
    del whole["fallen"]
    free = {**PAYLOADS["session"]["spec"], "style": "free"}
    rows = [("session", "", {**payload("session", "S-1"), "spec": free}), ("decision", "training", whole)]
    events = [
        {"schema": 8, "seq": seq, "at": 0, "kind": kind, "stage": stage, "seat": "", "payload": content}
        for seq, (kind, stage, content) in enumerate(rows, start=1)
    ]
    path.write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")
    opened, decided = read_events(path)
    assert (opened.payload["spec"]["last_words"], opened.payload["spec"]["weighs_review"]) == (0, False)
    path.write_text(path.read_text(encoding="utf-8").replace('"schema": 8', '"schema": 9'), encoding="utf-8")
    later = read_events(path)[0].payload["spec"]
    assert ("last_words" in later, later["weighs_review"]) == (False, False), "which came after last words"
    path.write_text(path.read_text(encoding="utf-8").replace('"schema": 9', '"schema": 10'), encoding="utf-8")
    latest = read_events(path)[0].payload["spec"]
    assert ("weighs_review" in latest, latest["hears_all"]) == (False, False), "and each was heard only after that"
    for stages, earlier in ((["public_engagement", "review"], True), (["public_engagement"], False)):
        directed = payload("session", "S-1", spec={**free, "style": "directed", "stages": stages})
        event = {"schema": 10, "seq": 1, "at": 0, "kind": "session", "stage": "", "seat": "", "payload": directed}
        path.write_text(f"{json.dumps(event)}\n", encoding="utf-8")
        assert ("hears_all" in read_events(path)[0].payload["spec"]) == earlier, "only a review is played otherwise"
    assert decided.payload["fallen"] == []
