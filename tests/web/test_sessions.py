"""All sessions of a table: kept, told apart, read by whom they belong to, gone back to, and deleted with the table."""

from __future__ import annotations

import asyncio
import contextlib
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.session import Session, Speaker
from sandbox.game.spec import CARDS
from sandbox.llm.calls import Endpoint
from sandbox.record.folder import SessionFolder
from sandbox.session.choice import ModelChoice
from sandbox.session.context import FREE
from sandbox.session.opening import open_session
from sandbox.session.runner import Models
from sandbox.web.tables.answers import place_of
from sandbox.web.tables.database import Setup
from sandbox.web.tables.house import House
from sandbox.web.tables.session_tree import (
    bookmarks_of,
    may_read,
    notes_of,
    people_rows,
    played,
    reflections_of,
    take_off,
)
from sandbox.web.tables.store import WebStore
from tests.content.folders import LIBRARY
from tests.web.light import LightPage, light
from tests.web.playing import begin
from tests.web.served import WebServer
from tests.web.tables import MAYOR, PARENT, TENANT, make_table

SETUP = Setup("four_oclock_school", "joint_production", "", "en", ("training",), 6, 1, (), {})


@contextlib.asynccontextmanager
async def _house(folder: Path, model: str = "none") -> AsyncIterator[House]:
    choice = ModelChoice(model, "none", "rules", "")
    models = Models(None, (), FREE)
    house = House(WebStore(folder / "tables.sqlite"), LIBRARY, folder, choice, models, ("", ""), 30)
    house.open()
    try:
        yield house
    finally:
        await house.close()


async def _over(house: House, table: str) -> Session:
    async with asyncio.timeout(20):
        while not house.rooms[table].over_and_done:
            await asyncio.sleep(0.01)
    return house.rooms[table].session()


async def test_each_session_keeps_its_notes_and_reflections(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        store, table = house.store, house.store.add_table(SETUP).id
        house.start(table)
        first = await _over(house, table)
        store.add_note(table, "L002", "on a line that both have")
        store.add_note(table, "L005", "on a line of the first alone")
        store.add_note(table, "", "on no line")
        store.keep_reflection(table, PARENT, "Bo", {"why": "the first"})
        store.bookmark(table, "L002")
        store.bookmark(table, "L005")
        room, says = house.rooms[table], first.lines[1]["says"]
        await room.take_off("L002", off=True)
        assert room.shown.lines[1]["says"] == room.game.words("mark.taken_off") != says
        assert says not in room.folder.report.read_text(encoding="utf-8")
        assert says in room.folder.events.read_text(encoding="utf-8")
        await house.branch(table, room, "L003", 7)
        second = await _over(house, table)
        assert second.removed == {"L002"}, "it is off in the other course as well"
        for line in ("L001", "L005"):
            await take_off(house, house.rooms[table], table, line, off=True)
        assert played(house, table).session.removed == {"L001", "L002", "L005"}
        assert played(house, table, first.id).session.removed == {"L001", "L002"}, "of what both courses have"
        assert first.lines[0]["says"] not in room.folder.report.read_text(encoding="utf-8")
        store.bookmark(table, "L004")
        store.add_note(table, "L005", "on a line of the second")
        assert store.reflections(table) == []
        store.keep_reflection(table, PARENT, "Bo", {"why": "the second"})

        rows = store.sessions(table)
        assert [row.session for row in rows] == [first.id, second.id]
        earlier, now = played(house, table, first.id), played(house, table)
        assert (earlier.done, earlier.current, now.done, now.current) == (True, False, True, True)
        assert (bookmarks_of(house, first.id, first), bookmarks_of(house, second.id, second)) == (
            ["L002", "L005"], ["L002", "L004"],
        )  # fmt: skip
        assert bookmarks_of(house, "showcase_en", first) == []
        written = [[note.text for note in notes_of(house, one) if note.text] for one in (now, earlier)]
        assert written[0] == ["on a line that both have", "on a line of the second"]
        assert written[1] == [
            "on a line that both have", "on a line of the first alone", "on no line",
        ]  # fmt: skip
        assert [one.answers for one in reflections_of(house, earlier)] == [{"why": "the first"}]
        assert [one.answers for one in reflections_of(house, now)] == [{"why": "the second"}]
        with pytest.raises(InputError, match="unknown session 'other'"):
            played(house, table, "other")


async def test_whoever_came_later_does_not_read_an_earlier_debrief(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        setup = Setup("four_oclock_school", "joint_production", "", "en", ("training",), 8, 1, (TENANT, PARENT), {})
        table = house.store.add_table(setup).id
        token = house.take_seat(table, PARENT, "Bo")
        room = house.start(table)
        async with asyncio.timeout(20):
            while PARENT not in room.pulses.wanted:
                await asyncio.sleep(0.01)
            room.pulses.end()
            while not room.asked:
                await asyncio.sleep(0.01)
            said = {"act": "inform", "to": "all", "says": "The hall is empty."}
            room.answers.say(PARENT, place_of(room.game, room.fold.state), said)
            while not (own := [line["id"] for line in room.fold.state["lines"] if line["origin"] == "person"]):
                await asyncio.sleep(0.01)
        first = room.folder.id
        room = await house.branch(table, house.rooms[table], own[0])
        late = house.take_seat(table, TENANT, "Late")
        bo, other = house.store.place_of(token), house.store.place_of(late)
        assert bo is not None
        assert other is not None
        assert not may_read(house, bo, played(house, table, first)), "left, and the table still plays"
        house.free_seat(table, PARENT)
        house.take_seat(table, PARENT, "Eve")
        async with asyncio.timeout(20):
            while sum(event.kind == "order" for event in room.events) < 3:
                await asyncio.sleep(0.01)
        house.store.finish(table)
        lines = {(row[1], row[4]) for row in people_rows(house, [played(house, table)], "en")}
        assert lines == {(Words("en")("people.earlier"), "1"), ("Eve", "0"), ("Late", "0")}, "each has their own lines"
        assert may_read(house, bo, played(house, table, first))
        assert not may_read(house, other, played(house, table, first))
        assert [row.people for row in house.store.sessions(table)] == [{PARENT: "Bo"}, {PARENT: "Eve", TENANT: "Late"}]


async def test_a_table_that_goes_back_keeps_its_clocks_and_a_server_that_starts_again_too(tmp_path: Path) -> None:
    stages = ("training", "public_engagement")
    setup = replace(SETUP, stages=stages, persons=(PARENT,), minutes={"training": 20}, turns=8)
    async with _house(tmp_path) as house:
        table = house.store.add_table(setup).id
        house.take_seat(table, PARENT, "Bo")
        room = house.start(table)
        async with asyncio.timeout(20):
            while not room.asked:
                room.pulses.end()
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        began, left = room.played_time.began, room.left()
        back = await house.branch(table, house.rooms[table], room.session().lines[-1]["id"])
        assert began == room.events[0].at == back.played_time.began < back.events[0].at - 0.25
        assert left is not None
        assert left - 0.5 < (back.left() or 0.0) <= left < 1200 - 0.25
    async with _house(tmp_path) as house:
        again = house.rooms[table]
        assert (again.folder.id, again.played_time.began) == (back.folder.id, began)
        assert (again.left() or 1200.0) < 1200 - 0.25


async def test_a_table_goes_back_to_a_session_that_it_left(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        table = house.store.add_table(SETUP).id
        room = house.start(table)
        async with asyncio.timeout(20):
            while len(room.fold.state["lines"]) < 3:
                await asyncio.sleep(0)
        first = room.folder.id
        await house.branch(table, house.rooms[table], "L002", 9)
        second = await _over(house, table)
        with pytest.raises(InputError, match=f"session {second.id} is over"):
            await house.play_on(table, house.rooms[table], second.id)
        left = open_session(SessionFolder(tmp_path / first), LIBRARY)
        assert not left.finished
        again = await house.play_on(table, house.rooms[table], first)
        assert (again.folder.id, house.store.table(table).state) == (first, "live")
        went = await _over(house, table)
        assert went.lines[: len(left.lines)] == left.lines
        assert [row.session for row in house.store.sessions(table)] == [first, second.id]


async def test_everything_of_a_table_is_deleted_with_it(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        table, other = (house.store.add_table(SETUP).id for _ in range(2))
        for one in (table, other):
            house.start(one)
            await _over(house, one)
        await house.branch(table, house.rooms[table], "L002")
        await _over(house, table)
        await house.branch(table, house.rooms[table], "L001")
        await house.delete(table)
        assert [folder.id for folder in SessionFolder.all(tmp_path)] == [house.store.table(other).session]


async def test_another_model_goes_on_only_when_asked_and_the_log_says_so(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        table = house.store.add_table(SETUP).id
        room = house.start(table)
        async with asyncio.timeout(20):
            while len(room.fold.state["lines"]) < 2:
                await asyncio.sleep(0)
    async with _house(tmp_path, "another") as house:
        room = house.rooms[table]
        await asyncio.sleep(0.05)
        assert not room.running
        assert "played by 'none'; start the server with that model, or let 'another' go on" in str(room.stopped)
        assert await house.go_on(table, room) is not room
        session = await _over(house, table)
        after = len(room.fold.state["lines"])
        assert session.speakers == (Speaker("", "none"), Speaker(f"L{after:03d}", "another"))


async def test_at_a_table_by_cards_no_model_is_asked_and_the_next_session_may_be_by_the_model(tmp_path: Path) -> None:
    choice = ModelChoice("strong", "strong", "free", "")
    nobody = Endpoint("strong", "http://127.0.0.1:1/v1", "key")
    models = Models(nobody, (nobody,), FREE)
    house = House(WebStore(tmp_path / "tables.sqlite"), LIBRARY, tmp_path, choice, models, ("", ""), 30)
    house.open()
    try:
        by_cards = replace(SETUP, by_cards=True)
        table = house.store.add_table(by_cards).id
        assert house.store.table(table).setup.by_cards
        house.start(table)
        session = await _over(house, table)
        assert (session.spec.model, session.spec.style, session.finished) == (CARDS, "directed", True)
        assert {line["origin"] for line in session.lines} == {"card"}
        assert session.spec.judge_model is None, "and none judges"
        assert house.game(by_cards).spec.model == CARDS
        assert (house.game(SETUP).spec.model, house.game(SETUP).spec.style) == ("strong", "free")
    finally:
        await house.close()


def labels(page: LightPage, field: str) -> list[str]:
    """Return what can be chosen in a field."""
    return [str(option["label"]) for option in page.elements[page.find(field)]["props"]["options"]]


async def the_events(desk: LightPage) -> list[str]:
    """Open the tab from which events are brought in, and return what stands there."""
    await desk.do(next(key for key, each in desk.walk() if "q-tabs" in str(each["tag"])), "update:", "send")
    await desk.wait("data-prepared")
    return labels(desk, "data-prepared")


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_facilitator_ends_the_session_after_a_stage_and_it_is_told_and_scored(
    server: WebServer, lang: Lang
) -> None:
    words, stages = Words(lang), ("training", "public_engagement")
    table = make_table(server, (MAYOR, "Bo"), lang=lang, stages=stages)
    later = LIBRARY.stage("public_engagement").name.get(lang)
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.projector) as wall:
        await begin(desk)
        await bo.wait("data-send")
        await bo.say("The hall is empty.", "inform")
        when = await desk.wait("data-when-voted")
        assert desk.elements[when]["text"] == words("desk.vote_later", stages=[later])
        card = LIBRARY.scenario("four_oclock_school").inject_by_id
        told = await the_events(desk)
        for event, key in {"fo_in1": "yours", "fo_in3": "later"}.items():
            how = words(f"desk.event.{key}", stage=later, turn=card[event].turn)
            assert how + words("colon") + card[event].text.get(lang) in told
        await desk.click("data-order", "finish")
        await desk.until(lambda: desk.shows(words("desk.finish_sure", stages=[later])))
        await desk.press(words("desk.finish"))
        for page in (desk, bo, wall):
            await page.until(lambda page=page: page.shows(words("order.finish")))  # type: ignore[misc]
        await desk.until(lambda: not desk.find("data-order", "finish"))
        await desk.do(desk.find("data-prepared"), "popup")
        yours = words("desk.event.yours") + words("colon") + card["fo_in3"].text.get(lang)
        await desk.until(lambda: yours in labels(desk, "data-prepared"))
        await desk.click("data-order", "end")
        await desk.press(words("desk.end"))
        await bo.answer_pulse()
        await desk.wait("data-why-none")
        assert desk.shows(words("decision.why_none", why=words("decision.left_out")))
        await desk.wait("data-get", "zip")
        assert desk.shows(words("over.whole_why")), "that it holds what was taken off is said beside it"
        assert desk.find("data-zip-why"), "also where the sessions of the table stand"
        await wall.until(lambda: wall.shows(words("watch.outcome")))
        name = LIBRARY.persona(MAYOR).name.get(lang)
        row = ["Bo", name, LIBRARY.persona(MAYOR).role.get(lang), "1", "0", "0", "0", "0", "0", "0"]
        await desk.until(lambda: all(text in desk.texts for text in row))
        for at in (f"{table.desk}/people.csv", f"{server.link}/people.csv?lang={lang}"):
            said = httpx2.get(at).content.decode("utf-8-sig")
            assert words("people.lines") in said.splitlines()[0]
            assert f"{table.code},{','.join(row)}" in said
        packed = zipfile.ZipFile(io.BytesIO(httpx2.get(f"{server.link}/class.zip?lang={lang}", timeout=60.0).content))
        folder = f"{LIBRARY.scenario('four_oclock_school').title.get(lang)}-{table.code}"
        assert {f"{words('people.file')}.csv", f"{folder}/data/events.jsonl"} <= {*packed.namelist()}
        assert "Bo" not in packed.read(f"{folder}/data/events.jsonl").decode(), "names are in no log"
