"""What a table plays is changed once, however often it is asked for at once: no session runs on unseen."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from sandbox.content.library import Library
from sandbox.errors import InputError
from sandbox.record.folder import SessionFolder
from sandbox.session.choice import ModelChoice
from sandbox.session.context import FREE
from sandbox.session.runner import Models
from sandbox.web.tables.database import Setup
from sandbox.web.tables.house import House
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.store import WebStore
from tests.web.light import light
from tests.web.playing import asked, begin
from tests.web.served import Person, WebServer, browser
from tests.web.tables import TENANT, Made, make_table


def sessions_of(server: WebServer, table: Made) -> list[str]:
    """Return the sessions that a table has played."""
    with contextlib.closing(WebStore(server.runs / "tables.sqlite")) as store:
        return [row.session for row in store.sessions(table.id)]


async def test_of_all_that_is_asked_of_a_room_at_once_one_is_done(tmp_path: Path) -> None:
    house = House(
        WebStore(tmp_path / "tables.sqlite"), Library.load(), tmp_path, ModelChoice("none", "none", "rules", ""),
        Models(None, (), FREE), ("", ""), 30,
    )  # fmt: skip
    setup = Setup("four_oclock_school", "joint_production", "", "en", ("training",), 12, 1, (TENANT,), {})
    table = house.store.add_table(setup).id
    house.take_seat(table, TENANT, "Anna")

    async def waits(room: TableRoom) -> TableRoom:
        async with asyncio.timeout(20):
            while not room.asked:
                room.pulses.end()
                await asyncio.sleep(0.01)
        return room

    first = await waits(house.start(table))
    shown = await waits(await house.branch(table, first, "L001"))
    done = await asyncio.gather(
        house.branch(table, shown, "L001"), house.branch(table, shown, "L001"),
        house.play_on(table, shown, first.folder.id), house.speak_by_cards(table, shown),
        house.go_on(table, shown), return_exceptions=True,
    )  # fmt: skip
    assert [isinstance(each, InputError) for each in done] == [False, True, True, True, True]
    assert house.rooms[table] is done[0]
    await waits(house.rooms[table])
    assert [folder.id for folder in SessionFolder.all(tmp_path) if folder.held] == [house.rooms[table].folder.id]
    await house.close()


@pytest.mark.browser
async def test_a_double_click_goes_back_once(server: WebServer) -> None:
    table = make_table(server, (TENANT, "Anna"))
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna, browser() as chromium:
        await begin(desk)
        await asked(anna)
        context = await chromium.new_context(viewport={"width": 1280, "height": 1100})
        person = Person(await context.new_page())
        await person.go(table.desk)
        for tries in (1, 2):
            await person.page.locator('[data-line="L001"] [data-tool]').first.click(force=True)
            button = person.page.locator("[data-branch]")
            await button.wait_for()
            await person.at_rest()
            await button.evaluate("e => { e.click(); e.click(); }") if tries == 1 else await button.dblclick()
            await button.wait_for(state="detached")
            await asked(anna)
            assert len(sessions_of(server, table)) == 1 + tries
