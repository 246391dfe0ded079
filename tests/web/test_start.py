"""Before tables start, the facilitator is asked about seats for people that nobody has taken."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from tests.content.folders import LIBRARY
from tests.web.light import LightPage, light
from tests.web.served import WebServer
from tests.web.tables import MAYOR, PARENT, TENANT, make_table


async def test_a_table_whose_seats_are_free_starts_only_when_that_is_said_again(server: WebServer) -> None:
    lang: Lang = "zh"
    words, roles = Words(lang), ("区长", "外来租客")
    table = make_table(server, (PARENT, "Bo"), persons=(MAYOR, TENANT, PARENT), lang=lang, turns=4)
    async with light(table.desk) as desk, light(table.seats[PARENT]) as bo:
        case, seats = LIBRARY.scenario("four_oclock_school"), set(desk.all("data-seat").values())
        assert {seat.persona for seat in case.seats} - seats == {case.tour.host}, "without a tour nobody is visited"
        await desk.click("data-start")
        asked = desk.elements[await desk.wait("data-free-seats")]["text"]
        assert all(role in asked for role in roles)
        assert {"2", "3"} <= {*asked}
        assert not desk.find("data-not-ready"), "who is there is ready"
        await desk.click("data-wait")
        await desk.settle()
        assert desk.find("data-start"), "the table has not started"
        await desk.click("data-start")
        await desk.press(words("lobby.start_without"))
        await desk.wait("data-order", "pause")
        await bo.wait("data-send-pulse")
        assert any(words("lobby.begins") in frame for frame in bo.heard), "before the page of the session came"


async def test_the_one_seat_that_is_free_is_chosen_and_told_as_one(server: WebServer) -> None:
    words = Words("en")
    table = make_table(server, persons=(TENANT,), turns=4)
    async with light(table.desk) as desk, light(f"{server.origin}/join/{table.code}?lang=en") as door:
        await desk.click("data-start")
        told = str(desk.elements[await desk.wait("data-free-seats")]["text"])
        assert told.startswith("The seat for people is still free: migrant tenant. It is ")
        await door.do(door.find("data-name"), "update:", "Bo")
        await door.click("data-take")
        await door.until(lambda: bool(door.opened))
        assert words("join.need_seat") not in door.notices


async def test_of_several_tables_each_is_named_with_how_many_seats_are_free(tmp_path: Path) -> None:
    with WebServer(tmp_path, "--model", "none") as server:
        for number, people in ((1, [(TENANT, "Anna")]), (2, [(TENANT, "Bo"), (MAYOR, "Mo")])):
            make_table(server, *people, persons=(TENANT, MAYOR), number=number, turns=4)
        async with light(f"{server.link}/tables") as tables:
            await tables.click("data-start-all")
            await tables.wait("data-free-seats")
            free = [str(tables.elements[key]["text"]) for key in tables.all("data-free-seats")]
            assert len(free) == 1
            assert "1 of 2" in free[0]
            await tables.press("Start without them")
            await tables.wait("data-pause-all")
            assert any('"loading"' in frame for frame in tables.heard), "a start takes seconds, and shows that it works"


async def test_a_code_that_no_table_has_is_told_beside_the_field_in_which_it_stays(server: WebServer) -> None:
    table = make_table(server, (TENANT, "Anna"), persons=(TENANT, MAYOR))
    async with light(f"{server.origin}/join?lang=zh") as page:
        await page.do(page.find("data-code"), "update:", "XXXX-9999")
        await page.click("data-enter")
        await page.until(lambda: page.shows(Words("zh")("join.bad_code")))
        assert not page.opened
        await page.do(page.find("data-code"), "update:", table.code.lower())
        await page.click("data-enter")
        await page.until(lambda: bool(page.opened))
        assert page.opened[0].endswith("?lang=zh"), "the language that was chosen goes along"


async def test_seats_are_not_changed_in_a_running_session_and_nobody_takes_the_name_of_another(
    server: WebServer,
) -> None:
    words = Words("en")
    table = make_table(server, (TENANT, "Anna"), persons=(TENANT, MAYOR), turns=4)
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna, aiohttp.ClientSession() as http:
        door = LightPage(http)
        await door.open(f"{server.origin}/join/{table.code}?lang=en")
        await door.do(door.find("data-name"), "update:", "An\u200bna")
        await door.do(door.find("aria-label", words("join.choose")), "update:", 0)
        await door.click("data-take")
        await door.until(lambda: words("join.same_name", name="Anna") in door.notices)
        await door.close()
        await desk.click("data-start")
        await desk.press(words("lobby.start_without"))
        await anna.wait("data-send-pulse")
        door = LightPage(http)
        door.kept = [table.tokens[TENANT]]
        await door.open(f"{server.origin}/join/{table.code}?lang=en")
        await door.until(lambda: door.shows(words("join.back")))
        assert not door.shows(words("join.change"))
        await door.do(door.find("aria-label", words("join.choose")), "update:", 0)
        await door.click("data-take")
        await door.until(lambda: words("join.changed_live") in door.notices)
        assert not door.opened, "what the other seat alone knows is not shown"
        await door.close()


async def test_one_page_of_the_code_holds_one_seat(server: WebServer) -> None:
    words = Words("en")
    table = make_table(server, persons=(TENANT, MAYOR))
    async with light(table.desk) as desk, light(f"{server.origin}/join/{table.code}?lang=en") as door:
        await door.do(door.find("data-name"), "update:", "Bo")
        for taken in range(2):
            await door.do(await door.wait("aria-label", words("join.choose")), "update:", 0)
            await door.click("data-take")
            await door.until(lambda taken=taken: len(door.opened) == taken + 1)  # type: ignore[misc]
            role = ("migrant tenant", "district mayor")[taken]
            lost = words("join.lost", role=role, name="Bo")
            await door.until(lambda lost=lost: door.shows(lost[:1].upper() + lost[1:]))  # type: ignore[misc]
        await desk.until(lambda: len(desk.all("data-free")) == 1)


async def test_whoever_took_the_wrong_seat_takes_another_and_the_first_is_free_again(server: WebServer) -> None:
    words, roles = Words("zh"), ("区长", "外来租客")
    table = make_table(server, (TENANT, "Anna"), persons=(TENANT, MAYOR), lang="zh")
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna, aiohttp.ClientSession() as http:
        door_at = str(anna.elements[await anna.wait("data-other-seat")]["props"]["href"])
        door = LightPage(http)
        door.kept = [table.tokens[TENANT]]
        await door.open(f"{server.origin}{door_at}")
        await door.until(lambda: door.shows(words("join.change")))
        assert door.elements[door.find("data-name")]["props"]["value"] == "Anna", "a name is typed once"
        await door.do(door.find("aria-label", words("join.choose")), "update:", 0)
        await door.click("data-take")
        await door.until(lambda: bool(door.opened))
        await anna.until(lambda: anna.shows(words("not_found")))
        await desk.until(lambda: bool(desk.find("data-free", MAYOR)) and not desk.find("data-free", TENANT))
        await door.close()
    async with light(f"{server.origin}{door.opened[-1]}") as seat:
        await seat.until(lambda: seat.shows(words("lobby.you", name="Anna", role=roles[0])))
        assert seat.find("data-other-seat"), "the first is free"


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_whose_choice_was_lost_as_another_took_a_seat_is_told_to_choose_once_more(
    server: WebServer, lang: Lang
) -> None:
    words, table = Words(lang), make_table(server, persons=(TENANT, MAYOR, PARENT), lang=lang)
    at = f"{server.origin}/join/{table.code}?lang={lang}"
    async with light(at) as bo, light(at) as anna:
        choice = await anna.wait("aria-label", words("join.choose"))
        await anna.do(anna.find("data-name"), "update:", "Anna")
        await anna.click("data-take")
        await anna.until(lambda: words("join.need_seat") in anna.notices)
        await bo.do(bo.find("data-name"), "update:", "Bo")
        await bo.do(await bo.wait("aria-label", words("join.choose")), "update:", 0)
        await bo.click("data-take")
        await anna.until(lambda: anna.find("aria-label", words("join.choose")) not in ("", choice))
        await anna.click("data-take")
        await anna.until(lambda: words("join.list_changed") in anna.notices)
