"""Whoever has lost the phone gets the seat back, by the facilitator's hand alone."""

from __future__ import annotations

import re

from sandbox.content.language import Lang
from sandbox.content.words import Words
from tests.web.light import LightPage, light
from tests.web.playing import begin
from tests.web.served import WebServer
from tests.web.tables import MAYOR, TENANT, make_table


async def asked_by(door: LightPage, words: Words) -> str:
    """Ask at a door for the tenant's seat back; return the number that then stands there."""
    said = re.compile(re.escape(words("join.asked_back", number=0)).replace("0", r"(\d+)"))
    await door.click("data-mine", TENANT)
    await door.until(lambda: bool(said.search(door.texts)))
    return str(said.findall(door.texts)[0])


async def test_who_asks_for_a_seat_back_is_let_in_by_the_facilitator(server: WebServer) -> None:
    lang: Lang = "zh"
    words = Words(lang)
    table = make_table(server, (TENANT, "Willow"), (MAYOR, "Bo"), lang=lang, turns=30)
    door_at = f"{server.origin}/join/{table.code}"
    async with light(table.desk) as desk, light(table.seats[MAYOR]):
        async with light(table.seats[TENANT]):
            await begin(desk)
        async with (
            light(door_at) as door, light(door_at) as other, light(f"{server.link}/tables?lang={lang}") as tables,
        ):  # fmt: skip
            await door.wait("data-mine", TENANT)
            assert not door.find("data-mine", MAYOR), "who is connected has lost nothing"
            thief, own = [await asked_by(page, words) for page in (other, door)]
            assert thief != own
            await desk.until(lambda: set(desk.all("data-let-in").values()) == {thief, own})
            said = desk.elements[await desk.wait("data-wants-back", TENANT)]["text"]
            assert "2人在入口自称Willow" in said
            await tables.until(lambda: tables.shows(words("tables.asks_back", name="Willow（外来租客）")))
            await desk.click("data-let-nobody-in")
            await other.until(lambda: other.shows(words("join.not_given_back")))
            await door.until(lambda: door.shows(words("join.not_given_back")))
            await desk.until(lambda: not desk.find("data-wants-back"))
            assert not door.opened
            await asked_by(other, words)
            own = await asked_by(door, words)
            await desk.click("data-let-in", own)
            await door.until(lambda: bool(door.opened))
            await other.until(lambda: other.shows(words("join.not_given_back")))
            assert not other.opened
            back, _, asked = door.opened[-1].partition("?")
            assert asked == f"lang={lang}"
            await desk.until(lambda: not desk.find("data-wants-back"))
        async with light(f"{server.origin}{back}") as again:
            await again.wait("data-help")


async def test_whose_seat_is_still_open_elsewhere_is_told_what_to_do(server: WebServer) -> None:
    words = Words("en")
    table = make_table(server, (TENANT, "Willow"), lang="en", turns=30)
    door_at = f"{server.origin}/join/{table.code}"
    async with light(table.seats[TENANT]) as own, light(door_at) as door:
        await door.wait("data-elsewhere")
        assert door.shows(words("join.elsewhere"))
        assert not door.find("data-mine")
        await own.disconnect()
        await door.wait("data-mine", TENANT)
        assert not door.find("data-elsewhere")
