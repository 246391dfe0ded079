"""Whoever has lost the phone gets the seat back, by the facilitator's hand alone."""

from __future__ import annotations

from sandbox.content.language import Lang
from sandbox.content.words import Words
from tests.web.light import light
from tests.web.playing import begin
from tests.web.served import WebServer
from tests.web.tables import MAYOR, TENANT, make_table


async def test_who_asks_for_a_seat_back_is_let_in_by_the_facilitator(server: WebServer) -> None:
    lang: Lang = "zh"
    words = Words(lang)
    table = make_table(server, (TENANT, "Willow"), (MAYOR, "Bo"), lang=lang, turns=30)
    door_at = f"{server.origin}/join/{table.code}"
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo:
        async with light(table.seats[TENANT]) as willow:
            await begin(desk, willow, bo)
        async with light(door_at) as door, light(door_at) as other:
            await door.wait("data-mine", TENANT)
            assert not door.find("data-mine", MAYOR), "who is connected has lost nothing"
            await door.click("data-mine", TENANT)
            await door.until(lambda: door.shows(words("join.asked_back")))
            await other.click("data-mine", TENANT)
            await other.until(lambda: other.shows(words("join.asked_already")))
            said = desk.elements[await desk.wait("data-wants-back", TENANT)]["text"]
            assert "Willow" in said
            await desk.click("data-let-nobody-in")
            await door.until(lambda: door.shows(words("join.not_given_back")))
            await desk.until(lambda: not desk.find("data-wants-back"))
            assert not door.opened
            await door.click("data-mine", TENANT)
            await desk.click("data-let-in")
            await door.until(lambda: bool(door.opened))
            assert not other.opened
            back, _, asked = door.opened[-1].partition("?")
            assert asked == f"lang={lang}"
            await desk.until(lambda: not desk.find("data-wants-back"))
        async with light(f"{server.origin}{back}") as again:
            await again.wait("data-help")
