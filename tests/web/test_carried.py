"""A table keeps the card of one's own with which it was played, whatever becomes of that."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

from sandbox.content.library import Library
from sandbox.content.plain import plain
from sandbox.content.skeletons import example
from sandbox.content.words import Words
from sandbox.session.branch import branch
from sandbox.session.opening import open_session
from sandbox.web.files import _contents
from sandbox.web.tables.session_tree import played
from tests.content.folders import write
from tests.web.test_damaged import SETUP, _house
from tests.web.test_own_cards import own_cards


async def test_a_session_of_a_card_that_was_edited_since_reads_as_it_was_played(tmp_path: Path) -> None:
    runs, text = tmp_path / "runs", example("scenario", "ours")
    write(
        tmp_path / "mine",
        "scenario",
        "ours",
        text.replace("Who gets the bench, and who pays for it?", "Whose bench?").replace(
            'title: {en: "', 'title: {en: "../\\u202Egpj\\r\\n' + 300 * "长"
        ),
    )
    house = replace(_house(runs), library=Library.load(tmp_path / "mine"))
    table = house.store.add_table(replace(SETUP, scenario="ours")).id
    folder = house.start(table).folder
    async with asyncio.timeout(10):
        while not house.rooms[table].over_and_done:
            await asyncio.sleep(0.01)
    own, words = own_cards(house), Words("en")
    edited = own.held("scenario", "ours").text.replace("Whose bench?", "Whose elm?")
    assert own.keep("scenario", "ours", edited, own.held("scenario", "ours").stamp, words).how == "card"
    assert house.library.scenario("ours").question.en == "Whose elm?", "the next table plays it"
    assert played(house, table).session.game.scenario.question.en == "Whose bench?"
    await house.leave(table)
    known = played(house, table)
    assert known.session.game.scenario.question.en == "Whose bench?"
    secret = tmp_path / "secret.txt"
    secret.write_text("nobody's", encoding="utf-8")
    (folder.content / "notes.md").symlink_to(secret)
    files = dict(_contents(house, known))
    assert all(len(part.encode()) < 256 for name in files for part in name.split("/"))
    assert not [name for name in files if ".." in name.split("/") or plain(name) != name or "\n" in name]
    assert "data/content/notes.md" not in files, "whoever put the link there would be sent any file"
    assert b"Whose bench?" in files["data/content/prompts/scenarios/ours.yaml"]
    assert "Whose elm?" not in next(text for name, text in files.items() if name.endswith("-Report.html"))
    other = branch(folder, known.session.lines[0]["id"], house.library)
    assert open_session(other, house.library).game.scenario.question.en == "Whose bench?"
    shutil.rmtree(folder.content)  # as earlier versions left it
    (told,) = own.check("scenario", "ours", edited.replace("elm", "oak"), words)
    assert house.store.table(table).code in told.says
    assert open_session(folder, house.library).game.scenario.question.en == "Whose elm?"
    await house.close()
