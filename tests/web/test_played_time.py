"""The time that a table has played: it goes on where the table goes back, in clocks and boxes alike."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.record.events import SCHEMA, Event
from sandbox.record.folder import SessionFolder
from sandbox.session.branch import branch
from sandbox.web.tables.clock import PlayedTime, StageClock, played_time
from tests.content.folders import LIBRARY
from tests.web.test_show import put

MINUTES = {"training": 20, "application": 20, "learning_tour": 20, "public_engagement": 20}
BEGAN, STEP = 10_000.0, 10.0


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return a folder with a session that was finished, an event each ten seconds."""
    spaced(SessionFolder(put(tmp_path, "showcase_en", "first").parent))
    return tmp_path


def spaced(folder: SessionFolder, began: float = BEGAN) -> list[Event]:
    """Write a session anew, an event each ten seconds."""
    events = [replace(event, at=began + STEP * number) for number, event in enumerate(folder.read())]
    rewritten(folder, events)
    return events


def rewritten(folder: SessionFolder, events: list[Event]) -> None:
    """Write a log anew."""
    head = {"schema": SCHEMA}
    lines = [json.dumps({**head, **vars(event)}, ensure_ascii=False) for event in events]
    folder.events.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def gone_back(runs: Path, of: str, line: str, at: float) -> tuple[SessionFolder, list[Event]]:
    """Let a session branch off at a time."""
    folder = branch(SessionFolder(runs / of), line, LIBRARY)
    events = [replace(event, at=at) for event in folder.read()]
    rewritten(folder, events)
    return folder, events


def left(folder: SessionFolder, events: list[Event], now: float) -> float | None:
    """Return what the stage has left."""
    kept, clock = played_time(folder, events, MINUTES), StageClock(MINUTES)
    for event in events:
        kept.clock_after(clock, event)
    return clock.left(now)


def at(folder: SessionFolder, line: str) -> tuple[float, float]:
    """Return when a line was spoken, and when its stage was opened."""
    opened = 0.0
    for event in folder.read():
        opened = event.at if event.kind == "stage" else opened
        if event.kind == "line" and event.payload["id"] == line:
            return event.at, opened
    raise AssertionError(line)


def cut(folder: SessionFolder, until: float) -> None:
    """Leave of a session what was written by a time."""
    rewritten(folder, [event for event in folder.read() if event.at <= until])


def test_a_table_that_goes_back_within_a_stage_keeps_its_real_time(runs: Path) -> None:
    first = SessionFolder(runs / "first")
    (spoken, opened), now = at(first, "L003"), at(first, "L006")[0] + 3
    cut(first, now)
    folder, events = gone_back(runs, "first", "L003", now)
    assert opened < spoken < now
    assert played_time(folder, events, MINUTES).began == BEGAN
    assert left(folder, events, now + 2) == 1200 - (now + 2 - opened)


def test_a_table_that_goes_back_to_an_earlier_stage_has_what_was_left_of_it_then(runs: Path) -> None:
    first = SessionFolder(runs / "first")
    spoken, opened = at(first, "L003")
    last = next(event for event in first.read() if event.kind == "line" and event.stage == "application")
    cut(first, last.at)
    folder, events = gone_back(runs, "first", "L003", last.at + 5)
    kept = played_time(folder, events, MINUTES)
    assert kept == PlayedTime(BEGAN, "L003", 1200 - (spoken - opened))
    assert left(folder, events, last.at + 5) == kept.left


def test_a_table_that_goes_back_twice_keeps_all_of_it(runs: Path) -> None:
    first = SessionFolder(runs / "first")
    now = at(first, "L006")[0]
    opened = at(first, "L003")[1]
    cut(first, now)
    second, _ = gone_back(runs, "first", "L003", now + 40)
    third, events = gone_back(runs, second.id, "L002", now + 100)
    assert played_time(third, events, MINUTES).began == BEGAN
    assert left(third, events, now + 100) == 1200 - (now + 100 - opened)


def test_whoever_goes_back_when_time_is_over_has_a_minute(runs: Path) -> None:
    first = SessionFolder(runs / "first")
    now = at(first, "L006")[0]
    cut(first, now)
    folder, events = gone_back(runs, "first", "L003", now + 5000)
    assert left(folder, events, now + 5000) == 60


def test_time_after_the_end_of_a_session_is_nobodys(runs: Path) -> None:
    first = SessionFolder(runs / "first")
    spoken, opened = at(first, "L003")
    closed = next(event for event in first.read() if event.kind == "close")
    folder, events = gone_back(runs, "first", "L003", closed.at + 90_000)
    kept = played_time(folder, events, MINUTES)
    assert kept.began == BEGAN + 90_000
    assert kept.left == 1200 - (spoken - opened)


@pytest.mark.parametrize("change", [{"of": "gone"}, {"of": "../other/first2"}, {"of": None}, {"at": "L999"}])
def test_a_log_that_leads_nowhere_leaves_a_session_its_own_time(runs: Path, change: dict[str, Any]) -> None:
    cut(SessionFolder(runs / "first"), at(SessionFolder(runs / "first"), "L006")[0])
    folder, events = gone_back(runs, "first", "L003", at(SessionFolder(runs / "first"), "L006")[0] + 9)
    events[0].payload["branch"].update(change)
    kept = played_time(folder, events, MINUTES)
    assert kept.left is None
    assert left(folder, events, events[-1].at) == 1200


def test_a_session_that_names_itself_ends(runs: Path) -> None:
    folder, events = gone_back(runs, "first", "L003", BEGAN)
    events[0].payload["branch"]["of"] = folder.id
    rewritten(folder, events)
    assert played_time(folder, events, MINUTES) == PlayedTime(BEGAN)
