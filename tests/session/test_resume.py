"""A session that was stopped anywhere ends as one that ran through, and no finished call is made again."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.library import Library
from sandbox.errors import InputError
from sandbox.game.spec import SessionSpec
from sandbox.llm.usage import BudgetAccount
from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder
from sandbox.session.runner import Watch
from tests.content.folders import LIBRARY
from tests.running import recorded_spec, run_session
from tests.session.support import (
    SteadyModel,
    log_of,
    models_at,
    new_folder,
    of_kind,
    play,
    serving,
    spec_of,
)
from tests.stub_endpoint import Received, StubReply, stall

VOTE = spec_of(stages=("public_engagement",), turns=2)
ORDER = spec_of(governance="command", style="directed", stages=("training", "public_engagement"), turns=2, seed=5)


# What is marked as fuzz is stopped after every event, the rest after one in seven.
_STRIDE = {True: 1, False: 7}


class _StoppedError(Exception):
    """Stands for a crash."""


def _stop_after(count: int) -> Watch:
    seen: list[Event] = []

    def on_event(event: Event) -> None:
        seen.append(event)
        if len(seen) == count:
            raise _StoppedError

    return Watch(on_event=on_event)


@pytest.fixture(scope="module")
def voted(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], int]:
    """Play the session with a vote through: its log, and how many calls it took."""
    return asyncio.run(_through(new_folder(tmp_path_factory.mktemp("through"), "vote"), VOTE))


async def _through(folder: SessionFolder, spec: SessionSpec, judge: bool = True) -> tuple[list[dict[str, Any]], int]:
    model = SteadyModel("propose")
    with serving(model) as url:
        await play(folder, spec, url, judge=judge)
    assert model.repeated() == []
    return log_of(folder), len(model.requests)


@pytest.mark.fuzz
@pytest.mark.parametrize("spec", [pytest.param(VOTE, id="vote"), pytest.param(ORDER, id="order")])
async def test_stopped_after_any_event(tmp_path: Path, spec: SessionSpec) -> None:
    judge = spec is VOTE
    whole, calls = await _through(new_folder(tmp_path, "whole"), spec, judge)
    for count in range(1, len(whole) + 1, _STRIDE[judge]):
        model, folder = SteadyModel("propose"), new_folder(tmp_path, f"stopped{count}")
        with serving(model) as url:
            with pytest.raises(_StoppedError):
                await play(folder, spec, url, _stop_after(count), judge)
            assert log_of(folder) == whole[:count]
            await play(folder, recorded_spec(folder), url, judge=judge)
        assert log_of(folder) == whole, f"stopped after event {count}"
        assert model.repeated() == []
        assert len(model.requests) == calls


@pytest.mark.fuzz
@pytest.mark.parametrize("spec", [pytest.param(VOTE, id="vote"), pytest.param(ORDER, id="order")])
async def test_a_log_that_was_cut_at_any_lines_end_comes_to_the_same_log(tmp_path: Path, spec: SessionSpec) -> None:
    model, folder, judge = SteadyModel("propose"), new_folder(tmp_path, "one"), spec is VOTE
    with serving(model) as url:
        await play(folder, spec, url, judge=judge)
        whole, lines = log_of(folder), folder.events.read_bytes().splitlines(keepends=True)
        for count in range(1, len(lines) + 1, _STRIDE[judge]):
            folder.events.write_bytes(b"".join(lines[:count]))
            known = len(of_kind(folder, "call"))
            model.requests.clear()
            await play(folder, recorded_spec(folder), url, judge=judge)
            assert log_of(folder) == whole, f"cut after event {count}"
            assert len(model.requests) == len(of_kind(folder, "call")) - known, "no call on record is made again"


async def test_stopped_again_and_again(tmp_path: Path, voted: tuple[list[dict[str, Any]], int]) -> None:
    whole, calls = voted
    model, folder = SteadyModel("propose"), new_folder(tmp_path, "stopped")
    stops = 0
    with serving(model) as url:
        while True:
            try:
                await play(folder, VOTE, url, _stop_after(12))
            except _StoppedError:
                stops += 1
                continue
            break
    assert stops >= len(whole) // 12 - 1 > 1
    assert log_of(folder) == whole
    assert len(model.requests) == calls


@pytest.mark.parametrize("number", [1, 8])
async def test_cancelled_while_a_model_is_asked(
    tmp_path: Path, number: int, voted: tuple[list[dict[str, Any]], int]
) -> None:
    whole, calls = voted
    loop, folder = asyncio.get_running_loop(), new_folder(tmp_path, "stopped")
    tasks: list[asyncio.Task[Any]] = []

    class Stalls(SteadyModel):
        stalled = 0

        def __call__(self, request: Received) -> StubReply:
            if len(self.requests) == number - 1 and not self.stalled:
                self.stalled += 1
                loop.call_soon_threadsafe(tasks[0].cancel)
                return stall()
            return super().__call__(request)

    model = Stalls("propose")
    with serving(model) as url:
        tasks.append(asyncio.create_task(play(folder, VOTE, url)))
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]
        await play(folder, VOTE, url)
    assert log_of(folder) == whole
    assert len(model.requests) == calls


async def test_a_log_whose_last_line_was_cut_off(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, voted: tuple[list[dict[str, Any]], int]
) -> None:
    whole, _ = voted
    for count in range(2, len(whole), 50):
        folder = new_folder(tmp_path, f"cut{count}")
        with serving(SteadyModel("propose")) as url:
            with pytest.raises(_StoppedError):
                await play(folder, VOTE, url, _stop_after(count))
            folder.events.write_bytes(folder.events.read_bytes()[:-7])
            caplog.clear()
            with caplog.at_level(logging.WARNING, "sandbox.record"):
                await play(folder, VOTE, url)
            (notice,) = [one.getMessage() for one in caplog.records if one.name == "sandbox.record"]
            assert "events.jsonl: the last line was cut off and is dropped" in notice
        assert log_of(folder) == whole


async def test_going_on_with_a_finished_session_changes_nothing(tmp_path: Path) -> None:
    model, folder = SteadyModel("propose"), new_folder(tmp_path, "one")
    with serving(model) as url:
        accounts = BudgetAccount(), BudgetAccount()
        first = await play(folder, VOTE, url, account=accounts[0])
        before, calls = folder.events.read_bytes(), len(model.requests)
        again = await play(folder, recorded_spec(folder), url, account=accounts[1])
    assert folder.events.read_bytes() == before
    assert len(model.requests) == calls
    assert again.state == first.state
    assert [event.as_dict() for event in again.events] == [event.as_dict() for event in first.events]
    assert accounts[0].spent == accounts[1].spent


async def test_other_content_is_refused_and_the_log_left_alone(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, "one")
    stages = tmp_path / "mine" / "prompts" / "stages"
    stages.mkdir(parents=True)
    with serving(SteadyModel("propose")) as url:
        with pytest.raises(_StoppedError):
            await play(folder, VOTE, url, _stop_after(5))
        before = folder.events.read_bytes()
        shipped = LIBRARY.files[("stage", "public_engagement")]
        changed = shipped.read_text(encoding="utf-8").replace("turns: 12", "turns: 11")
        (stages / shipped.name).write_text(changed, encoding="utf-8")
        with pytest.raises(InputError, match="other content"):
            await play(folder, recorded_spec(folder), url, library=Library.load(tmp_path / "mine"))
    assert folder.events.read_bytes() == before


async def test_a_changed_template_is_other_content(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, "one")
    mine = tmp_path / "mine" / "prompts" / "templates" / "en"
    mine.mkdir(parents=True)
    (mine / "system_free.md").write_text("You are somebody else.")
    with serving(SteadyModel("propose")) as url:
        with pytest.raises(_StoppedError):
            await play(folder, VOTE, url, _stop_after(5))
        with pytest.raises(InputError, match="other content"):
            await play(folder, recorded_spec(folder), url, library=Library.load(tmp_path / "mine"))


async def test_a_file_beside_the_log_that_is_no_part_of_a_session_is_left_alone(
    tmp_path: Path, voted: tuple[list[dict[str, Any]], int]
) -> None:
    whole, _ = voted
    folder = new_folder(tmp_path, "one")
    other = folder.path / "checkpoints.sqlite"
    other.write_bytes(b"a database of some other program" * 100)
    with serving(SteadyModel("propose")) as url:
        with pytest.raises(_StoppedError):
            await play(folder, VOTE, url, _stop_after(9))
        await play(folder, recorded_spec(folder), url)
    assert log_of(folder) == whole
    assert other.read_bytes() == b"a database of some other program" * 100


def test_a_log_without_a_usable_beginning_is_named(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, "one")
    folder.events.touch()
    with pytest.raises(InputError, match="holds no session"):
        recorded_spec(folder)
    event = {"schema": 3, "seq": 1, "at": 0, "kind": "session", "stage": "", "seat": "",
             "payload": {"id": "session", "spec": {"scenario": "x", "governance": "y", "moods": 3}}}  # fmt: skip
    folder.events.write_text(json.dumps(event) + "\n")
    with pytest.raises(InputError, match=r"events\.jsonl:1"):
        recorded_spec(folder)


async def test_the_persons_turn_that_is_on_record_is_used_again(tmp_path: Path) -> None:
    folder, asked = new_folder(tmp_path, "one"), []

    async def ask(*_: Any) -> dict[str, Any]:
        asked.append(1)
        return {"act": "ask", "to": "all", "says": "Who has the key?"}

    def stop(event: Event) -> None:
        if event.kind == "person":
            raise _StoppedError

    spec = spec_of(turns=1, stages=("training",), persons=("mayor",))
    with serving(SteadyModel()) as url:
        with pytest.raises(_StoppedError):
            await play(folder, spec, url, Watch(on_event=stop, ask_person=ask), judge=False)
        assert of_kind(folder, "line") == []
        await play(folder, spec, url, Watch(ask_person=ask), judge=False)
    assert asked == [1]
    (line,) = of_kind(folder, "line")
    assert (line["says"], line["origin"], line["act"]) == ("Who has the key?", "person", "ask")


async def test_stopped_between_the_votes_of_a_panel_the_others_still_vote(tmp_path: Path) -> None:
    samples = 2
    spec = spec_of(stages=("training",), turns=2, judge_model="stub, other")

    async def judged(folder: SessionFolder, url: str) -> None:
        models = models_at(url)
        judges = (*models.judges, replace(models.judges[0], model="other"))
        panel = replace(models, judges=judges, samples=samples)
        await panel.endpoints.during(run_session(folder, spec, LIBRARY, panel, Watch()))

    whole = new_folder(tmp_path, "whole")
    with serving(SteadyModel("propose")) as url:
        await judged(whole, url)
    lines = whole.events.read_bytes().splitlines(keepends=True)
    firsts = [number for number, line in enumerate(lines, start=1) if b'"kind": "score"' in line and b'"other"' in line]
    for number in (firsts[0] - 2 * samples, firsts[0]):  # after the first vote, and the last
        folder, model = new_folder(tmp_path, f"stopped{number}"), SteadyModel("propose")
        folder.events.write_bytes(b"".join(lines[:number]))
        with serving(model) as url:
            await judged(folder, url)
        assert log_of(folder) == log_of(whole), f"stopped after event {number}"
