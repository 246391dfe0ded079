"""What was played stands in the log, and is read from there as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.record.folder import SessionFolder
from sandbox.record.log import FileLog, read_events
from sandbox.scoring.assessment import assess
from sandbox.session.runner import read_record
from tests.scoring.making import Drawn, drawn


def _kept(folder: SessionFolder, session: Drawn) -> None:
    """Write a session's events to a folder, and with each line what stands beside it in the log."""
    log = FileLog(folder.events)
    for event in session.events:
        log.append(event.kind, event.payload, event.stage, event.seat)
    log.close()


@pytest.mark.parametrize("governance", ["joint_production", "one_core_multiple_actors", "command"])
def test_lines_decisions_and_pulses_are_read_as_they_were_played(tmp_path: Path, governance: str) -> None:
    session, folder = drawn(governance, seed=2), SessionFolder.create(tmp_path)
    _kept(folder, session)
    lines, decisions, pulses = read_record(folder)
    assert lines == list(session.played.lines)
    assert decisions == list(session.played.decisions)
    assert pulses == list(session.played.pulses)
    assert [one["moment"] for one in pulses] == ["start", *(stage.id for stage in session.game.stages)]
    assert all(set(one["levels"]) == set(session.game.seats) for one in pulses)


def test_assessments_counted_from_the_log_are_those_that_stand_in_it(tmp_path: Path) -> None:
    session, folder = drawn(seed=5), SessionFolder.create(tmp_path)
    _kept(folder, session)
    counted = {one.side: one.as_dict() for one in assess(session.game.played(*read_record(folder)))}
    events = [event for event in read_events(folder.events) if event.kind == "assessment"]
    assert [event.payload["id"] for event in events] == list(counted)
    for event in events:
        assert {key: value for key, value in event.payload.items() if key != "id"} == counted[event.payload["side"]]


def test_a_session_that_has_not_begun_has_no_record(tmp_path: Path) -> None:
    folder = SessionFolder.create(tmp_path)
    folder.events.touch()
    assert read_record(folder) == ([], [], [])
