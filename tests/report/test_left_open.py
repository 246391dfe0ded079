"""What a stage leaves open is told once: by its last decision, and not by a motion that was lost before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.record.folder import SessionFolder
from sandbox.report.reading import Reading
from sandbox.session.opening import open_session
from tests.game.making import LIBRARY

CASSETTES = Path(__file__).parents[2] / "cassettes"


@pytest.mark.parametrize("name", ["joint_production_en", "joint_production_zh"])
def test_a_lost_motion_leaves_nothing_open_where_another_was_put(name: str) -> None:
    reading = Reading(open_session(SessionFolder(CASSETTES / name), LIBRARY))
    lost, last = (reading.decision(decision) for decision in reading.decisions)
    settled = {question for question, _ in last.terms} if reading.decisions[-1]["carried"] else set()
    assert lost.left_open == ()
    assert set(last.left_open).isdisjoint(settled)
