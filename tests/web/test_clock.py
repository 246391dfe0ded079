"""The time-box of a stage: what counts and what is free, read off the events alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.record.events import Event, EventKind
from sandbox.web.tables.clock import StageClock

BOXES = {"training": 10, "application": 5}


class Session:
    """Writes the events of a session and feeds them to a clock."""

    def __init__(self) -> None:
        self.clock = StageClock(BOXES)
        self.now = 1000.0
        self.orders = 0
        self.seq = 0

    def after(self, seconds: float) -> Session:
        """Let time pass."""
        self.now += seconds
        return self

    def write(self, kind: EventKind, payload: dict[str, Any], stage: str = "training") -> Session:
        """Write an event now."""
        self.seq += 1
        self.clock.event(Event(self.seq, self.now, kind, stage, "", payload))
        return self

    def stage(self, stage: str = "training") -> Session:
        """Open a stage."""
        return self.write("stage", {"id": stage}, stage)

    def line(self) -> Session:
        """Let somebody speak."""
        return self.write("line", {"id": f"L{self.seq:03d}"})

    def order(self, kind: str, minutes: int = 0, refused: str = "", wait: float = 0) -> Session:
        """Give an order, and carry it out so many seconds later."""
        self.orders += 1
        name = f"O{self.orders}"
        self.write("order", {"id": name, "kind": kind, "minutes": minutes})
        return self.after(wait).write("direction", {"id": name, "kind": kind, "refused": refused})

    def restart(self) -> Session:
        """Tell that the program was started anew."""
        return self.order("restart")

    @property
    def left(self) -> float | None:
        """The seconds that are left now."""
        return self.clock.left(self.now)


def test_a_stage_has_its_own_minutes_and_runs_over_them() -> None:
    session = Session()
    assert session.left is None, "nothing is played yet"
    session.stage()
    assert session.left == 600
    assert session.after(90).line().left == 510
    assert session.after(600).left == -90
    session.write("minutes", {"id": "training"})
    assert session.left is None, "between stages no time runs"
    assert session.after(45).stage("application").left == 300


def test_a_stage_without_a_box_has_no_time() -> None:
    session = Session().stage("learning_tour")
    assert session.after(10_000).line().left is None
    session.order("pause").after(50).order("resume").restart()
    assert session.left is None
    assert session.order("extend", 5).after(600).left is None, "more time is not a limit"
    assert session.stage("training").left == 600
    assert session.stage("learning_tour").left is None, "the time of another stage is not carried over"


def test_a_pause_is_free_from_when_it_begins_to_when_it_ends() -> None:
    session = Session().stage().after(100)
    session.order("pause", wait=20)
    assert session.left == 500, "it begins when it is asked for, and not after the line that is still to come"
    assert session.after(3000).left == 500
    assert session.order("pause").left == 500, "a second pause changes nothing"
    session.after(1000).order("resume")
    assert session.left == 500
    assert session.after(30).left == 470
    assert session.order("resume").left == 470, "nothing to resume"


def test_a_pause_that_reaches_into_the_next_stage_leaves_that_stage_whole() -> None:
    session = Session().stage().after(100).order("pause").after(50)
    session.order("end").write("minutes", {"id": "training"})
    assert session.left is None
    session.after(20).stage("application")
    assert session.after(500).left == 300
    session.order("resume")
    assert session.after(10).left == 290


def test_minutes_are_added_to_what_is_left_or_from_now_when_time_is_over() -> None:
    session = Session().stage().after(540)
    assert session.order("extend", 3).left == 60 + 180
    assert session.after(300).left == -60
    assert session.order("extend", 2).left == 120
    assert session.order("extend", 0).left == 120, "lines alone add no time"
    assert session.order("extend", 9, refused="a stage has at most 500 lines").left == 120
    session.order("pause").after(400).order("extend", 1)
    assert session.left == 180
    assert session.after(100).order("resume").left == 180
    session.write("minutes", {"id": "training"}).stage("application")
    assert session.left == 300, "what was added is the stage's own"


def test_minutes_that_were_added_in_a_pause_after_time_was_over_count_from_the_pause() -> None:
    session = Session().stage().after(660).order("pause").after(500).order("extend", 2)
    assert session.left == 120
    assert session.after(50).order("resume").after(20).left == 100


def test_time_in_which_the_program_was_down_is_free() -> None:
    session = Session().stage().after(100).line()
    session.after(5000).restart()
    assert session.left == 500
    assert session.after(60).line().left == 440
    assert session.after(70).restart().restart().left == 440


def test_a_restart_in_a_pause_or_between_stages_changes_nothing() -> None:
    session = Session().stage().after(100).order("pause").after(10).line().after(900).restart()
    assert session.left == 500
    assert session.after(5).order("resume").left == 500
    session.write("minutes", {"id": "training"}).after(800).restart()
    assert session.left is None
    assert session.stage("application").left == 300


@pytest.mark.parametrize("now", [1000.0, 1600.0])
def test_looking_does_not_move_the_clock(now: float) -> None:
    session = Session().stage()
    assert session.clock.left(now) == session.clock.left(now) == 1600 - now


@given(st.lists(st.tuples(st.sampled_from(["play", "pause", "down", "extend"]), st.integers(0, 400)), max_size=12))
def test_only_time_in_play_is_used_up(course: list[tuple[str, int]]) -> None:
    session, expected = Session().stage(), 600.0
    for what, seconds in course:
        if what == "play":
            session.after(seconds).line()
            expected -= seconds
        elif what == "pause":
            session.order("pause").after(seconds).order("resume")
        elif what == "down":
            session.after(seconds).restart()
        else:
            session.order("extend", seconds % 5)
            expected = max(expected, 0) + 60 * (seconds % 5) if seconds % 5 else expected
        assert session.left == pytest.approx(expected)
