"""The house: what holds for a table whatever its session can be told."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.library import Library
from sandbox.errors import InputError
from sandbox.record.events import Event
from sandbox.session.choice import ModelChoice
from sandbox.session.context import FREE
from sandbox.session.runner import Models
from sandbox.web.tables.answers import place_of
from sandbox.web.tables.audience import Listener
from sandbox.web.tables.database import Setup
from sandbox.web.tables.forgetting import forget_expired
from sandbox.web.tables.house import House
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.store import WebStore
from tests.web.tables import TENANT


class Ears(Listener):
    """A page that counts what it is told."""

    changes = 0

    def changed(self) -> None:
        """Take a change."""
        self.changes += 1


def test_a_wrong_clock_deletes_nothing_that_nobody_was_told_of_a_day_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nothing: Any = None
    clock, running, day = [0.0], [0.0], 86_400.0
    setup = Setup("x", "x", "", "en", ("training",), None, 1, (), {})

    def started() -> House:
        """Start a server, which looks for tables that are due, and stop it."""
        store = WebStore(tmp_path / "tables.sqlite", lambda: time.time() + clock[0], lambda: running[0])
        house = House(store, nothing, tmp_path, nothing, nothing, ("", ""), 30)
        forget_expired(house)
        return house

    house = started()
    kept, used = (house.store.add_table(setup) for _ in range(2))
    for at in (40.0, 40.5):
        clock[0] = at * day
        assert len(started().store.tables()) == 2
        assert all(word in caplog.text for word in (kept.id, used.id, "clock", "--keep-days")), "it is told once"
    caplog.clear()
    clock[0] = 0.0
    assert len(started().store.tables()) == 2, "the clock is right again, and nothing is due"
    clock[0] = 40 * day
    house = started()
    assert kept.id in caplog.text, "it is announced anew"
    house.store.update_setup(used.id, setup)
    clock[0] = 90 * day
    house = started()
    assert len(house.store.tables()) == 2, "the clock has jumped again since the file was written"
    clock[0], running[0] = 90.5 * day, 0.5 * day
    forget_expired(house)
    assert len(house.store.tables()) == 2
    clock[0], running[0] = 91.5 * day, 1.5 * day
    caplog.clear()
    forget_expired(house)
    assert house.store.tables() == []
    assert f"table {kept.id}: nobody has used it" in caplog.text


async def test_a_seat_is_lost_before_the_session_can_be_told(tmp_path: Path) -> None:
    class Starting:
        told: tuple[str, str] | None = None

        def hand(self, seat: str, by: str) -> None:
            assert ears.changes == 0  # told already, but in the loop's next round
            assert store.place_of(token) is None
            self.told = seat, by

    nothing: Any = None
    room: Any = Starting()
    store = WebStore(tmp_path / "tables.sqlite")
    setup = Setup("x", "x", "", "en", ("training",), None, 1, (TENANT,), {})
    house = House(store, nothing, tmp_path, nothing, nothing, ("", ""), 30)
    table, ears = store.add_table(setup).id, Ears()
    token = house.take_seat(table, TENANT, "Anna")
    await asyncio.sleep(0)
    house.audience(table).join(ears)
    house.rooms[table] = room
    house.free_seat(table, TENANT)
    await asyncio.sleep(0)
    assert ears.changes == 1
    assert room.told == (TENANT, "persona")
    store.close()


async def test_a_seat_taken_before_the_session_runs_is_played_by_the_person_once_it_does(tmp_path: Path) -> None:
    library = Library.load()
    choice = ModelChoice("none", "none", "rules", "")
    models = Models(None, (), FREE)
    store = WebStore(tmp_path / "tables.sqlite")
    house = House(store, library, tmp_path, choice, models, ("", ""), 30)
    setup = Setup(
        "four_oclock_school", "joint_production", "", "en", ("public_engagement",), 9, 1, (TENANT,), {}, hold=900
    )  # fmt: skip
    table = store.add_table(setup).id
    room = house.start(table)
    house.take_seat(table, TENANT, "Anna")  # before the session has written its first event
    async with asyncio.timeout(10):
        while room.asked != TENANT:
            await asyncio.sleep(0.01)
    place, turn = place_of(room.game, room.fold.state), {"act": "propose", "to": "all", "says": "Who keeps the key?"}
    room.answers.say(TENANT, place, turn)
    assert room.answers.take_back(TENANT) == (place, turn)
    room.answers.say(TENANT, place, turn)
    assert (room.asked, room.answers.held) == ("", (TENANT, turn))
    await house.close()
    kept = [event.payload["turn"]["says"] for event in room.folder.read() if event.kind == "person"]
    assert kept == [turn["says"]], "what could still be taken back is not lost"
    with pytest.raises(InputError, match="moved on"):  # what nobody would take up is not taken
        room.answers.say(TENANT, place, turn)


@pytest.mark.parametrize("beats", [0, 3, pytest.param(5, marks=pytest.mark.fuzz)])
async def test_an_answer_that_is_taken_while_an_order_arrives_is_not_lost(tmp_path: Path, beats: int) -> None:
    house = House(
        WebStore(tmp_path / "tables.sqlite"), Library.load(), tmp_path, ModelChoice("none", "none", "rules", ""),
        Models(None, (), FREE), ("", ""), 30,
    )  # fmt: skip
    stages = ("public_engagement",)
    setup = Setup("four_oclock_school", "joint_production", "", "en", stages, 60, 1, (TENANT,), {}, hold=beats % 2)
    table = house.store.add_table(setup).id
    house.take_seat(table, TENANT, "Anna")
    room = house.start(table)
    async with asyncio.timeout(30):
        while room.asked != TENANT:
            if room.pulses.wanted:
                room.pulses.end()
            await asyncio.sleep(0.01)
    room.book.give("restart")
    for _ in range(beats):
        await asyncio.sleep(0)
    words = "Who keeps the key?"
    room.answers.say(TENANT, place_of(room.game, room.fold.state), {"act": "inform", "to": "all", "says": words})
    async with asyncio.timeout(30):
        while all(event.payload.get("says") != words for event in room.events):
            await asyncio.sleep(0.01)
    await house.close()


async def test_a_table_that_another_server_has_played_on_is_told_whole(tmp_path: Path) -> None:
    class Lines(Listener):
        heard: list[str]

        def event(self, event: Event) -> None:
            self.heard += [event.payload["id"]] if event.kind == "line" else []

    async def say(room: TableRoom, words: str) -> None:
        async with asyncio.timeout(10):
            while room.asked != TENANT:
                if room.pulses.wanted:
                    room.pulses.end()
                await asyncio.sleep(0.01)
        place = place_of(room.game, room.fold.state)
        room.answers.say(TENANT, place, {"act": "inform", "to": "all", "says": words})
        async with asyncio.timeout(10):
            while all(event.payload.get("says") != words for event in room.events):
                await asyncio.sleep(0.01)

    library = Library.load()
    here, there = (
        House(WebStore(tmp_path / "tables.sqlite"), library, tmp_path, ModelChoice("none", "none", "rules", ""),
              Models(None, (), FREE), ("", ""), 30)
        for _ in range(2)
    )  # fmt: skip
    setup = Setup("four_oclock_school", "joint_production", "", "en", ("public_engagement",), 60, 1, (TENANT,), {})
    table = here.store.add_table(setup).id
    here.take_seat(table, TENANT, "Anna")
    first = here.start(table)
    await say(first, "Who keeps the key?")
    there.open()
    second, page = there.rooms[table], Lines()
    page.heard = [line["id"] for line in second.fold.state["lines"]]
    there.audience(table).join(page)
    async with asyncio.timeout(10):
        while second.running:
            await asyncio.sleep(0.01)
    assert "is being run by another process" in str(second.stopped)
    await say(first, "And who pays for it?")
    await here.close()
    played = [event.seq for event in first.events]
    second.start()
    await say(second, "I will keep it.")
    await there.close()
    kept = second.folder.read()
    assert [event.seq for event in second.events] == [event.seq for event in kept] == [*range(1, len(kept) + 1)]
    assert len(kept) > len(played)
    assert page.heard == [event.payload["id"] for event in kept if event.kind == "line"]
