"""A campaign that was stopped anywhere ends in the same logs as one that ran through."""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path

import pytest

from sandbox.diffusion.campaign.events import CampaignEvent
from sandbox.diffusion.campaign.folder import CampaignFolder, CampaignLog
from sandbox.diffusion.campaign.run import Table, open_campaign
from sandbox.record.events import Event
from tests.content.folders import LIBRARY
from tests.diffusion.campaign.support import begun, card_of, gone_on, logs_of, rules


class _StoppedError(Exception):
    """Stands for a crash."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> CampaignFolder:
    """A campaign that ran through; tests only read it."""
    folder = begun(tmp_path_factory.mktemp("campaign") / "whole", card_of())
    assert asyncio.run(gone_on(folder)).closed
    return folder


async def test_stopped_after_an_event_of_the_campaigns_log(whole: CampaignFolder, tmp_path: Path) -> None:
    wanted, events = logs_of(whole), whole.read()
    assert [event.round for event in events if event.kind == "ranking"] == [1, 2]
    firsts = {event.kind: event.seq for event in reversed(events)}
    for kind in ("start", "ranking", "tour"):
        folder = begun(tmp_path / f"stopped_{kind}", card_of())

        def stop(log: CampaignLog, left: int = firsts[kind]) -> None:
            def on_event(event: CampaignEvent) -> None:
                if event.seq == left:
                    raise _StoppedError

            log.watch(on_event)

        with pytest.raises(_StoppedError):
            await gone_on(folder, watch=stop)
        assert len(folder.read()) == firsts[kind]
        await gone_on(folder)
        assert logs_of(folder) == wanted, f"stopped after {kind}"


@pytest.mark.fuzz
async def test_a_log_that_was_cut_at_any_lines_end_comes_to_the_same_logs(tmp_path: Path) -> None:
    folder = begun(tmp_path / "c", card_of())
    assert await gone_on(folder) == open_campaign(folder, LIBRARY), "the log folds to the state in which it ended"
    wanted, lines = logs_of(folder), folder.events.read_bytes().splitlines(keepends=True)
    played: list[Table] = []
    for count in range(1, len(lines) + 1, 2):
        folder.events.write_bytes(b"".join(lines[:count]))
        await gone_on(folder, rules(lambda table, _: played.append(table)))
        assert logs_of(folder) == wanted, f"cut after event {count}"
    assert played == [], "no session that came to its end is played again"


@pytest.mark.fuzz
async def test_stopped_within_a_session(whole: CampaignFolder, tmp_path: Path) -> None:
    wanted = logs_of(whole)
    for name in ("r1_east_gate_c", "r2_west_gate_c"):
        for count in (1, 12):
            folder = begun(tmp_path / f"{name}{count}", card_of())
            seen: list[Event] = []

            def stop(
                table: Table, event: Event, name: str = name, count: int = count, seen: list[Event] = seen
            ) -> None:
                if table.name == name:
                    seen.append(event)
                    if len(seen) == count:
                        raise _StoppedError

            with pytest.raises(_StoppedError):
                await gone_on(folder, rules(stop))
            await gone_on(folder)
            assert logs_of(folder) == wanted, f"{name} stopped after event {count}"


async def test_a_torn_last_line_is_dropped_with_a_notice(
    whole: CampaignFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wanted, text = logs_of(whole), whole.events.read_bytes()
    lines = text.splitlines(keepends=True)
    for kept in (3, 8, len(lines) - 1):
        folder = begun(tmp_path / f"torn{kept}", card_of())
        for path in whole.path.glob("r*"):
            shutil.copytree(path, folder.path / path.name)
        folder.events.write_bytes(b"".join(lines[:kept]) + lines[kept][:40])
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            await gone_on(folder)
        assert "the last line was cut off and is dropped" in caplog.text
        assert logs_of(folder) == wanted
