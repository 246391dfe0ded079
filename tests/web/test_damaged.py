"""A damaged log is shown at its own table, and nowhere else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from sandbox.cli.app import app
from sandbox.content.language import LANGUAGES
from sandbox.content.words import Words
from sandbox.errors import StorageError
from sandbox.record.folder import SessionFolder
from sandbox.session.choice import ModelChoice
from sandbox.session.context import FREE
from sandbox.session.runner import Models
from sandbox.web.tables.database import NOTICES, Setup
from sandbox.web.tables.forgetting import forget_expired
from sandbox.web.tables.house import House
from sandbox.web.tables.store import WebStore
from tests.content.folders import LIBRARY, write
from tests.web.light import LightPage, light
from tests.web.playing import asked, begin
from tests.web.served import WebServer
from tests.web.tables import TENANT, make_table

SETUP = Setup("four_oclock_school", "joint_production", "", "en", ("training",), 12, 7, (TENANT,), {})
Events = list[dict[str, Any]]


def _first(events: Events, kind: str) -> dict[str, Any]:
    return next(event for event in events if event["kind"] == kind)


def _no_words(events: Events) -> None:
    _first(events, "line")["payload"] = {"id": "L001"}


def _payload_of_another_shape(events: Events) -> None:
    _first(events, "line")["payload"] = ["id"]


def _stages_that_are_not_there(events: Events) -> None:
    stage = _first(events, "stage")
    for number in range(3):
        for kind in ("stage", "minutes"):
            payload = {**stage["payload"], "id": f"s{number}", "text": "", "ended": ""}
            events.append({**stage, "kind": kind, "seq": len(events) + 1, "payload": payload})


def _direction_of_no_order(events: Events) -> None:
    payload = {"id": "O9", "kind": "pause", "turn": 0, "refused": ""}
    events.append({**events[-1], "kind": "direction", "seq": len(events) + 1, "payload": payload})


def _spec_of_another_shape(events: Events) -> None:
    events[0]["payload"]["spec"] = 7


def _not_an_event(events: Events) -> None:
    events[1] = {}


def _nothing(events: Events) -> None:
    events.clear()


DAMAGES = [
    _no_words, _payload_of_another_shape, _stages_that_are_not_there, _direction_of_no_order,
    _spec_of_another_shape, _not_an_event, _nothing,
]  # fmt: skip


def damage(folder: SessionFolder, how: Callable[[Events], None]) -> None:
    """Damage a session's log."""
    events = [json.loads(line) for line in folder.events.read_text(encoding="utf-8").splitlines()]
    how(events)
    folder.events.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")


def _house(runs: Path, keep_days: int = 30) -> House:
    choice, models = ModelChoice("none", "none", "rules", ""), Models(None, (), FREE)
    store = WebStore(runs / "tables.sqlite")
    return House(store, LIBRARY, runs, choice, models, ("", ""), keep_days)


async def _waiting(house: House, *tables: str) -> None:
    async with asyncio.timeout(60):
        while any((room := house.rooms.get(table)) is None or not room.asked for table in tables):
            await asyncio.sleep(0.01)


def _fault(house: House, table: str) -> str:
    """Return what the facilitator is shown as the fault of a table's session, found when it was opened or played."""
    room = house.rooms.get(table)
    fault = room.stopped if room else house.faults.get(table)
    return house.words("en").error(fault) if fault else ""


async def test_other_tables_go_on(tmp_path: Path) -> None:
    before = _house(tmp_path)
    good, *damaged = (before.store.add_table(SETUP).id for _ in range(1 + len(DAMAGES)))
    folders = {}
    for table in (good, *damaged):
        room = before.start(table)
        before.take_seat(table, TENANT, "Anna")
        folders[table] = room.folder
        await _waiting(before, table)
    await before.close()
    for table, how in zip(damaged, DAMAGES, strict=True):
        damage(folders[table], how)
    house = _house(tmp_path)
    house.open()
    await _waiting(house, good)
    async with asyncio.timeout(60):
        while not all(_fault(house, table) for table in damaged):
            await asyncio.sleep(0.01)
    assert not _fault(house, good)
    bad, old = damaged[::2], damaged[1::2]
    for table in bad:
        await house.delete(table)
        assert not folders[table].path.exists()
        assert table not in house.faults
    house.keep_days = -1  # everything is old enough
    forget_expired(house)
    assert all(folders[table].path.exists() for table in old), "it is announced first"
    with house.store.writing() as connection:
        connection.execute(update(NOTICES).values(at=NOTICES.c.at - 86_400))
    forget_expired(house)
    assert not any(folders[table].path.exists() for table in old)
    assert [row.id for row in house.store.tables()] == [good]
    assert folders[good].path.exists()
    await house.close()


async def test_words_of_a_log_from_elsewhere_reach_no_page_as_they_are(tmp_path: Path) -> None:
    before = _house(tmp_path)
    table = before.store.add_table(SETUP).id
    folder = before.start(table).folder
    before.take_seat(table, TENANT, "Anna")
    await _waiting(before, table)
    await before.close()
    damage(folder, lambda events: _first(events, "line")["payload"].update(says="Turn \u202eback\x1b[2J."))
    house = _house(tmp_path)
    house.open()
    room = house.rooms[table]
    assert room.fold.state["lines"][0]["says"] == "Turn back[2J."
    assert next(event for event in room.events if event.kind == "line").payload["says"] == "Turn back[2J."
    await house.close()


async def test_results_are_written_by_the_next_start_where_the_server_died_before_them(tmp_path: Path) -> None:
    before = _house(tmp_path)
    table = before.store.add_table(replace(SETUP, turns=2)).id
    room = before.start(table)
    async with asyncio.timeout(60):
        while not room.over_and_done:
            await asyncio.sleep(0.01)
    await before.close()
    log = room.folder.events.read_bytes()
    room.folder.report.unlink()
    house = _house(tmp_path)
    house.open()
    async with asyncio.timeout(60):
        while not house.rooms[table].over_and_done:
            await asyncio.sleep(0.01)
    assert room.folder.report.is_file()
    assert room.folder.events.read_bytes() == log
    await house.close()


async def test_a_table_is_deleted_with_what_it_branched_from_and_nothing_else(tmp_path: Path) -> None:
    runs, kept = tmp_path / "runs", tmp_path / "keep"
    kept.mkdir()
    (kept / "events.jsonl").touch()
    house = _house(runs)
    tables, branches = list[str](), list[tuple[SessionFolder, SessionFolder]]()
    damaged: tuple[Any, ...] = ("../keep", "/", ["x"], "its own")
    for _ in damaged:
        tables.append(house.store.add_table(replace(SETUP, turns=1)).id)
        room = house.start(tables[-1])
        async with asyncio.timeout(60):
            while not room.over_and_done:
                await asyncio.sleep(0.01)
        branches.append((room.folder, (await house.branch(tables[-1], room, "L001")).folder))
        await house.rooms[tables[-1]].stop()
    for (first, _), of in zip(branches, damaged, strict=True):
        assert first.path.is_dir()
        named = first.id if of == "its own" else of
        damage(first, lambda events: events[0]["payload"].update(branch={"of": named}))  # noqa: B023
    while tables:
        await house.delete(tables.pop())
        gone = branches[len(tables) :]
        assert not any(folder.path.exists() for pair in gone for folder in pair)
        assert all(folder.path.exists() for pair in branches[: len(tables)] for folder in pair)
        assert (kept / "events.jsonl").exists()
        assert (runs / "tables.sqlite").exists()
    await house.close()


async def test_a_session_that_another_process_plays_is_not_deleted(tmp_path: Path) -> None:
    house = _house(tmp_path)
    table = house.store.add_table(SETUP)
    folder = SessionFolder.create(house.runs)
    house.store.start(table.id, folder.id)
    with folder.locked():
        with pytest.raises(StorageError, match="being run by another process"):
            await house.delete(table.id)
        assert folder.path.exists()
        assert house.store.table(table.id).session == folder.id
    await house.delete(table.id)
    assert not folder.path.exists()


def test_a_file_that_was_emptied_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    WebStore(runs / "tables.sqlite").close()
    SessionFolder.create(runs)
    for rest in (b"", (runs / "tables.sqlite").read_bytes()[:2048]):
        (runs / "tables.sqlite").write_bytes(rest)
        with pytest.raises(StorageError, match=r"damaged|malformed"):
            WebStore(runs / "tables.sqlite")


def test_a_folder_has_one_server_and_its_facilitators_share_nothing(tmp_path: Path) -> None:
    with WebServer(tmp_path, "--model", "none", "--facilitator", "Li", "--facilitator", "Wang") as server:
        li, wang = (tmp_path / "runs" / "facilitators" / name for name in ("Li", "Wang"))
        done = CliRunner().invoke(app, ["serve", "--port", "18776", "--model", "none", "--out", str(li)])
        server.runs = li
        table = make_table(server, (TENANT, "Anna"))
        store = WebStore(wang / "tables.sqlite")
        other = f"{server.origin}/f/{store.secret}"
        assert [status(url) for url in (server.link, other, table.seats[TENANT])] == [200, 200, 200]
        assert [status(f"{desk}/t/{table.id}") for desk in (server.link, other)] == [200, 404]
        assert status(f"{server.origin}/join/{table.code}") == 200
        assert "Anna" not in httpx2.get(f"{other}/tables").text
        before = store.secret
        store.renew()
        store.close()
    assert isinstance(done.exception, StorageError)
    assert "another server serves the folder Li" in str(done.exception)
    again = WebStore(wang / "tables.sqlite")
    assert before != again.secret == store.secret
    again.close()


def status(url: str) -> int:
    """Return how a server answers a visit."""
    return httpx2.get(url).status_code


async def test_the_facilitator_reads_what_is_wrong_and_the_others_play(tmp_path: Path) -> None:
    with WebServer(tmp_path, "--model", "none") as server:
        bad, good = (make_table(server, (TENANT, "Anna")) for _ in range(2))
        for table in (bad, good):
            async with light(table.desk) as desk, light(table.seats[TENANT]) as anna:
                await begin(desk)
                await asked(anna)
        server.kill()
        store = WebStore(server.runs / "tables.sqlite")
        folder = SessionFolder(server.runs / store.table(bad.id).session)
        store.close()
        damage(folder, _not_an_event)
        card = write(server.runs / "content", "scenario", "mine", "id: mine\ntitle: [\n")
        waits = make_table(server, (TENANT, "Anna"), scenario="mine")
        server.start()
        async with light(bad.desk) as desk, light(bad.seats[TENANT]) as player, light(bad.observer) as observer:
            assert f"{folder.events}:2: not an event of a session log" in desk.texts
            for page in (player, observer):
                assert Words("en")("table.stopped") in page.texts
                assert "events.jsonl" not in page.texts
        async with light(good.desk) as desk, light(good.seats[TENANT]) as anna:
            await (await asked(anna)).say("The good table goes on.", "ask")
            await desk.until(lambda: "The good table goes on." in desk.texts)
        for lang in LANGUAGES:  # a card made by hand that is faulty hinders nothing but the tables that need it
            async with light(f"{server.link}?lang={lang}") as home:
                assert f"{card}:3: {Words(lang)('content.yaml', problem='')}" in home.texts
        for url in (waits.desk, waits.seats[TENANT], waits.projector, f"{server.origin}/join/{waits.code}"):
            answer = await asyncio.to_thread(httpx2.get, url)
            assert (answer.status_code, Words("en")("content.missing_card") in answer.text) == (404, True)
        async with light(server.link) as home:
            await _delete(home, bad.id)
        assert not folder.path.exists()
        assert "Traceback" not in server.stop()


async def _delete(home: LightPage, table: str) -> None:
    rows = [key for key, element in home.walk() if element.get("props", {}).get("label") == Words("en")("home.delete")]
    props = [element.get("props", {}) for _, element in home.walk()]
    links = [str(own["href"]) for own in props if "data-table" in own]
    number = next(index for index, link in enumerate(links) if link.endswith(table))
    await home.do(rows[number], "click")
    await home.press(Words("en")("home.delete"))
    await home.until(lambda: len(home.all("data-table")) == len(links) - 1)
