"""What was played stands in the log, and is read from there as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.errors import InputError
from sandbox.game.chronicle import opening
from sandbox.game.session import Session
from sandbox.record.folder import SessionFolder
from sandbox.scoring.assessment import assess
from sandbox.session.opening import open_session
from tests.game.making import LIBRARY
from tests.scoring.making import drawn
from tests.session.desk import rules_spec, run
from tests.session.support import new_folder


def _kept(folder: SessionFolder, session: Session) -> None:
    """Write a session's events to a folder."""
    with folder.log() as log:
        for event in session.events:
            log.append(event.kind, event.payload, event.stage, event.seat)


@pytest.mark.parametrize("governance", ["joint_production", "one_core_multiple_actors", "command"])
def test_a_session_is_read_as_it_was_played(tmp_path: Path, governance: str) -> None:
    session, folder = drawn(governance, seed=2), SessionFolder.create(tmp_path)
    _kept(folder, session)
    opened = open_session(folder, LIBRARY)
    assert opened.state == session.state
    assert opened.lines == session.lines
    assert opened.decisions == session.decisions
    assert opened.items == session.items
    assert opened.plans == session.plans
    assert opened.finished
    assert opened.pulses == session.pulses
    assert [taken["moment"] for taken in opened.pulses] == ["start", *(stage.id for stage in session.game.stages)]
    assert all(set(taken["levels"]) == set(session.game.seats) for taken in opened.pulses)


async def test_assessments_counted_from_the_log_are_those_that_stand_in_it(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, "one")
    await run(folder, rules_spec(seed=5))
    session = open_session(folder, LIBRARY)
    counted = {assessment.side: assessment.on_paper.as_dict() for assessment in assess(session)}
    events = [event for event in session.events if event.kind == "assessment"]
    assert [event.payload["id"] for event in events] == list(counted) == ["hierarchical", "horizontal"]
    for event in events:
        assert {key: value for key, value in event.payload.items() if key != "id"} == counted[event.payload["side"]]


def test_a_session_that_has_not_begun_has_no_record(tmp_path: Path) -> None:
    folder = SessionFolder.create(tmp_path)
    assert folder.read() == []
    with pytest.raises(InputError, match="holds no session"):
        open_session(folder, LIBRARY)
    with folder.log() as log:
        log.append("session", opening(drawn().game, folder.id))
    session = open_session(folder, LIBRARY)
    assert (session.id, session.finished) == (folder.id, False)
    assert (session.lines, session.decisions, session.pulses) == ([], [], [])
