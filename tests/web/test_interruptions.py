"""What comes between a person and their turn is told to them: news, more room for a stage, a whisper."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import expect

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.session.choice import ModelChoice
from sandbox.session.context import FREE
from sandbox.session.runner import Models
from sandbox.web.desk.tables_at_once import glance_at
from sandbox.web.tables.answers import place_of
from sandbox.web.tables.database import Setup
from sandbox.web.tables.house import House
from sandbox.web.tables.store import WebStore
from tests.web.light import light
from tests.web.served import Person, WebServer, browser
from tests.web.tables import MAYOR, TENANT, make_table


async def _until(true: Callable[..., object]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)


async def test_whose_turn_news_takes_is_told_so_until_it_is_their_turn_again(tmp_path: Path) -> None:
    house = House(
        WebStore(tmp_path / "tables.sqlite"), Library.load(), tmp_path, ModelChoice("none", "none", "rules", ""),
        Models(None, (), FREE), ("", ""), 30,
    )  # fmt: skip
    persons = (TENANT, MAYOR)
    setup = Setup("four_oclock_school", "joint_production", "", "en", ("public_engagement",), 60, 1, persons, {})
    table = house.store.add_table(setup).id
    for seat in persons:
        house.take_seat(table, seat, "")
    room = house.start(table)
    await _until(lambda: room.pulses.wanted)
    room.pulses.end()

    async def answer() -> None:
        """Say something for whoever is asked, and wait until somebody is asked again."""
        place = place_of(room.game, room.fold.state)
        room.answers.say(room.asked, place, {"act": "inform", "to": "all", "says": "Nothing."})
        await _until(lambda: room.asked and place_of(room.game, room.fold.state) != place)

    await _until(lambda: room.asked)
    for _ in range(3):
        await answer()
    loser = room.asked
    other = next(seat for seat in persons if seat != loser)
    room.book.give("message", text="Five minutes.")
    await _until(lambda: room.asked == loser)
    assert room.overdue == {}, "a message moves no turn"
    room.book.give("inject", text="The hall is on fire.", to=[other])
    await _until(lambda: room.asked == other)
    assert room.overdue == {loser: "inject"}
    while room.asked != loser:
        await answer()
    assert room.overdue == {}
    words, row = Words("zh"), house.store.table(table)
    assert glance_at(house, row, words).people == "真人角色2个，到位2人"
    room.book.give("seat", seat=loser, by="persona")
    assert glance_at(house, row, words).people == "真人角色2个，到位2人（其中1人的角色现由程序替演）"
    await house.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_more_room_is_told_without_what_is_not_given(lang: Lang) -> None:
    words = Words(lang)
    for turns, minutes, untold in ((12, 0, "minutes"), (0, 5, "turns"), (1, 2, "")):
        room = [
            words(f"order.room.{what}", count=count)
            for what, count in (("turns", turns), ("minutes", minutes))
            if count
        ]
        told = words("order.extend", room=words.join(room))
        assert "0" not in told.replace("10", "")
        assert not untold or words(f"order.room.{untold}", count=0)[1:] not in told


async def test_the_papers_of_the_case_can_be_read_while_pulses_are_taken(server: WebServer) -> None:
    words = Words("zh")
    table = make_table(server, (MAYOR, "Bo"), lang="zh", turns=4)
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo:
        await desk.click("data-start")
        await bo.wait("data-send-pulse")
        tabs = next(key for key, one in bo.elements.items() if "tabs" in str(one["tag"]) and one.get("events"))
        await bo.do(tabs, "update:", "documents")
        await bo.until(lambda: bo.shows(words("panel.facts")))


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_whisper_is_seen_and_heard_as_it_comes_and_ones_own_card_comes_first(
    server: WebServer, lang: Lang
) -> None:
    words = Words(lang)
    table = make_table(server, (MAYOR, "Bo"), (TENANT, "Anna"), lang=lang, turns=4)
    async with browser() as chromium:
        people = []
        for url, width in ((table.desk, 1280), (table.seats[TENANT], 390)):
            context = await chromium.new_context(viewport={"width": width, "height": 844})
            people.append(Person(await context.new_page()))
            await people[-1].go(url)
        desk, anna = people
        boxes = await anna.page.locator(".box h2").all_inner_texts()
        card = next(place for place, head in enumerate(boxes) if " · " in head)
        assert card == 2, "after her name and what to know before it begins, before the case"
        await desk.page.click("[data-start]")
        await anna.page.wait_for_selector("[data-send-pulse]")
        await anna.page.wait_for_timeout(1000)  # what it is asked for has called already
        await anna.page.evaluate("() => { window.calls = 0; turn.alert = () => { window.calls += 1; }; }")
        await desk.page.get_by_role("tab", name=words("desk.send")).click()
        await desk.choose("[data-whisper-seat]", {"en": "migrant tenant", "zh": "外来租客"}[lang])
        await expect(desk.page.locator("[data-whisper-about]")).to_have_text(
            words("desk.whisper_person", name={"en": "Luo Mei", "zh": "罗梅"}[lang])
        )
        await desk.page.fill("[data-whisper]", "Ask for seven o'clock.")
        await desk.page.click("[data-send-whisper]")
        toast = anna.page.locator(".q-notification", has_text="Ask for seven o'clock.")
        await expect(toast).to_be_in_viewport()
        await anna.page.wait_for_function("calls > 0")  # the toast and the sound come one after the other
        assert await anna.page.evaluate("calls") == 1
        assert [person.faults for person in people] == [[], []]
