"""What is synced to disk, so that it outlives a power cut: all that cannot be played again, and no more."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from threading import Barrier

import pytest

from sandbox.errors import StorageError
from sandbox.game.game import Game
from sandbox.record.events import EventKind
from sandbox.record.folder import SessionFolder
from sandbox.session.context import FREE
from sandbox.session.runner import Models, Watch, run_session
from tests.content.folders import LIBRARY
from tests.record.making import payload
from tests.session.desk import Desk, rules_spec, run


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count what is synced: the size that a file has at that moment."""
    sizes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda number: sizes.append(os.fstat(number).st_size))
    return sizes


@pytest.mark.parametrize("facilitated", [False, True])
async def test_what_can_be_played_again_is_synced_at_its_close_alone(
    tmp_path: Path, syncs: list[int], facilitated: bool
) -> None:
    folder = SessionFolder.create(tmp_path)
    await run(folder, rules_spec(seed=3), Desk() if facilitated else None)
    assert syncs == [folder.events.stat().st_size]


async def test_from_an_order_on_decisions_and_minutes_are_synced(tmp_path: Path, syncs: list[int]) -> None:
    folder = SessionFolder.create(tmp_path)
    desk = Desk({"line:L003": [("whisper", {"seat": "mayor", "text": "Be brief."})]})
    await run(folder, rules_spec(seed=3), desk)
    kept = folder.read()
    after = kept[next(place for place, event in enumerate(kept) if event.kind == "order") :]
    assert len(syncs) == sum(event.kind in ("decision", "minutes", "close") for event in after) > 2


async def test_what_a_person_did_is_synced(tmp_path: Path, syncs: list[int]) -> None:
    folder = SessionFolder.create(tmp_path)
    await run(folder, rules_spec(seed=3, persons=("mayor",)), Desk())
    assert len(syncs) == sum(event.kind in ("decision", "minutes", "close") for event in folder.read()) > 2


@pytest.mark.parametrize("given", ["call", "person", "order", "model"])
def test_whatever_was_given_once_is_synced_from_then_on_also_when_the_log_is_opened_again(
    tmp_path: Path, syncs: list[int], given: EventKind
) -> None:
    folder = SessionFolder.create(tmp_path)
    with folder.log() as log:
        log.append("session", payload("session", "session"))
        log.append("minutes", payload("minutes", "one"), "one")
        assert not syncs
        log.append(given, payload(given, "1"))
    with folder.log() as log:
        log.append("minutes", payload("minutes", "two"), "two")
        log.append("decision", payload("decision", "D-two"), "two")
    assert len(syncs) == 2


def test_a_branch_holds_what_its_spec_does_not_bring_about(tmp_path: Path, syncs: list[int]) -> None:
    with SessionFolder.create(tmp_path).log() as log:
        log.append("session", payload("session", "session", branch={"of": "S-0", "at": "L001"}))
        log.append("minutes", payload("minutes", "one"), "one")
    assert len(syncs) == 1


async def test_a_session_is_given_back_once_its_close_is_on_the_disk(tmp_path: Path, syncs: list[int]) -> None:
    folder = SessionFolder.create(tmp_path)
    with folder.log() as log:
        await run_session(Game(rules_spec(seed=3), LIBRARY), log, Models(None, (), FREE), Watch())
        assert syncs == [folder.events.stat().st_size]


async def test_what_one_session_waits_for_the_disk_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Barrier(2, timeout=20)
    monkeypatch.setattr(os, "fsync", lambda _: both.wait())
    folders = [SessionFolder.create(tmp_path) for _ in range(2)]
    await asyncio.gather(*(run(folder, rules_spec(seed=3)) for folder in folders))
    assert not both.broken, "each was waited for while the other was played"


async def test_a_close_that_the_disk_does_not_keep_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    folder = SessionFolder.create(tmp_path)
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", broken)
        with pytest.raises(StorageError, match="Input/output error; the log up to here is kept"):
            await run(folder, rules_spec(seed=3))
    kinds = [event.kind for event in folder.read()]
    assert kinds[-1] == "score"
    session = await run(folder, rules_spec(seed=3))
    assert [event.kind for event in session.events] == [*kinds, "close"]


def test_a_close_that_nobody_waits_for_is_synced_with_the_file(tmp_path: Path, syncs: list[int]) -> None:
    folder = SessionFolder.create(tmp_path)
    with folder.log() as log:
        log.append("close", payload("close", "close"))
        assert not syncs
    assert syncs == [folder.events.stat().st_size]
