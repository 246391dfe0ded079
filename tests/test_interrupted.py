"""An interrupt while Python plays, as by Ctrl-C or a notebook's stop: calls in flight end, and what is done is kept."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

import sandbox
from sandbox.experiment.store.store import Store
from sandbox.experiment.store.tables import EVENTS
from tests.cli.conftest import Served, served
from tests.experiment.making import saved
from tests.experiment.playing import BRIEF, wait_for
from tests.scoring.null_sessions import null_values
from tests.session.support import SteadyModel
from tests.stub_endpoint import Received, StubReply

__all__ = ["served"]


class Stuck(SteadyModel):
    """A model that answers no more after some calls, until it is let."""

    def __init__(self, answers: int) -> None:
        super().__init__("propose")
        self.answers, self.let = answers, threading.Event()

    def __call__(self, request: Received) -> StubReply:
        reply = super().__call__(request)
        if len(self.requests) > self.answers:
            self.let.wait(20)
        return reply


@contextmanager
def interrupted(served: Served, answers: int, kept: Callable[[], int] | None = None) -> Iterator[Stuck]:
    """Press the button once a call is in flight and those before are kept; what is played must end in two seconds."""
    served.model = model = Stuck(answers)
    pressed: list[float] = []

    def press() -> None:
        wait_for(lambda enough: len(model.requests) >= enough, answers + 1)
        try:
            if kept is not None:  # several are asked at once: what is answered may be on its way
                wait_for(lambda enough: kept() >= enough, answers, 5)
        finally:
            pressed.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

    before, thread = signal.getsignal(signal.SIGINT), threading.Thread(target=press)
    thread.start()
    try:
        yield model
        assert time.monotonic() - pressed[0] < 2
        assert signal.getsignal(signal.SIGINT) is before
    finally:
        thread.join()
        model.let.set()


def in_a_notebook(play: Callable[[], object]) -> object:
    async def cell() -> object:
        return play()

    return asyncio.run(cell())


def test_a_session_in_a_notebook_ends_and_is_gone_on_with(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "sandbox")
    monkeypatch.setenv("SANDBOX_RUNS", str(tmp_path))
    monkeypatch.setattr("sandbox.scoring.null_model._values", null_values)
    with interrupted(served, 9) as model, pytest.raises(KeyboardInterrupt) as stopped:
        in_a_notebook(lambda: sandbox.run(model="stub", judge_model="none", stages=["training"], turns=4))
    calls = len(model.requests)
    assert "go on with: sandbox.resume(" in stopped.value.__notes__[0]
    served.model = SteadyModel("propose")
    gone_on = in_a_notebook(sandbox.resume)
    assert isinstance(gone_on, sandbox.Session)
    assert gone_on.finished
    assert [text.split()[0] for text in caplog.messages] == [row["line"] for row in gone_on.lines], (
        "each as it is spoken"
    )
    assert calls == 10
    assert served.model.requests[0] == model.requests[-1], "what was answered is kept"


def test_a_study_in_a_script_ends_and_is_gone_on_with(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SANDBOX_RUNS", str(tmp_path / "runs"))
    study = sandbox.study(saved(tmp_path, **BRIEF, replicates=2, null_arm=False, concurrency=2), model="stub")

    def kept() -> int:
        with Store(tmp_path / "runs" / "small.sqlite", "small") as store:
            with store.database.reading() as connection:
                runs = connection.execute(select(EVENTS.c.run).distinct()).scalars().all()
            return sum(event.kind == "call" for run in runs for event in store.events(run))

    with interrupted(served, 14, kept) as model, pytest.raises(KeyboardInterrupt):
        study.run()
    assert kept() == 14
    served.model = SteadyModel("propose")
    caplog.set_level("INFO", "sandbox")
    rows = study.run().sessions
    assert caplog.messages[-1] == "4 of 4 sessions, 0 failed"
    assert {row["state"] for row in rows} == {"done"}
    assert not any(request in served.model.requests for request in model.requests[:14]), "what was answered is kept"
    assert {row["calls"] for row in rows} == {12, 16}
