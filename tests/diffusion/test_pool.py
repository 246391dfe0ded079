"""Processes of a pool end with the one that began them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from sandbox.diffusion.pool import pool_of
from tests.experiment.playing import in_a_process, wait_for


@pytest.mark.fuzz
def test_a_process_that_waits_for_its_next_task_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    place = tmp_path / "pid"

    def work() -> None:
        place.write_text(str(pool_of(1, str).submit(os.getpid).result()), encoding="utf-8")
        time.sleep(60)

    parent = in_a_process(work)
    wait_for(lambda _: place.is_file() and bool(place.read_text(encoding="utf-8")), 1)
    waiting = Path("/proc", place.read_text(encoding="utf-8"), "stat")
    assert waiting.is_file()
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    wait_for(lambda _: not waiting.is_file() or ") Z " in waiting.read_text(encoding="utf-8"), 1)
