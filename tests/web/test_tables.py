"""Several tables alike: set up at once, numbered, joined by codes that stand on one page, and one more like them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.web.links import key_of
from sandbox.web.tables.database import Setup
from sandbox.web.tables.store import WebStore
from tests.web.light import light
from tests.web.served import WebServer
from tests.web.tables import MAYOR, TENANT, make_table


def setups(server: WebServer) -> list[Setup]:
    """Return the setups of all tables, the oldest first."""
    store = WebStore(server.runs / "tables.sqlite")
    try:
        return [row.setup for row in reversed(store.tables())]
    finally:
        store.close()


def codes_of(server: WebServer) -> str:
    """Return where the join codes stand."""
    return f"{server.origin}/codes/{key_of(server.link.rpartition('/')[2], 'codes', '')}"


async def test_a_class_gets_tables_alike_with_all_seats_for_people(tmp_path: Path) -> None:
    lang: Lang = "zh"
    words = Words(lang)
    with WebServer(tmp_path, "--model", "cards") as server:
        async with light(f"{server.link}?lang={lang}") as home:
            await home.click("data-all-seats")
            await home.choose(home.find("data-tables"), "3")
            await home.click("data-open")
            await home.until(lambda: bool(home.opened))
            assert home.opened[-1].endswith(f"/tables?lang={lang}")
        made = setups(server)
        assert [setup.number for setup in made] == [1, 2, 3]
        assert len({setup.seed for setup in made}) == 1
        assert len(made[0].persons) > 5
        async with light(f"{server.link}/tables?lang={lang}") as tables, light(codes_of(server)) as codes:
            for number in (1, 2, 3):
                assert tables.shows(words("tables.number", number=number))
            assert len(set(codes.all("data-code-of").values())) == 3
            assert not codes.shows(server.link.rpartition("/")[2])
        async with light(f"{server.link}?lang={lang}") as home:
            await home.click("data-again")
            await home.until(lambda: home.shows(words("tables.number", number=4)))
            await home.click("data-open")  # the form still holds what the last table was set up with
            await home.until(lambda: bool(home.opened))
        made = setups(server)
        assert [(setup.number, setup.persons) for setup in made[3:]] == [(number, made[0].persons) for number in (4, 5)]


async def test_a_table_has_no_number_that_another_has_be_it_over(server: WebServer) -> None:
    for _ in range(2):
        async with light(server.link) as home:
            await home.click("data-open")
            await home.until(lambda: bool(home.opened))
        store = WebStore(server.runs / "tables.sqlite")
        try:
            first = store.tables()[0]
            if first.state != "over":
                store.finish(first.id)
        finally:
            store.close()
    numbers = [setup.number for setup in setups(server) if setup.number]
    assert len(numbers) >= 2
    assert len({*numbers}) == len(numbers)


async def test_without_a_model_a_table_may_have_the_cards_speak(server: WebServer) -> None:
    words = Words("en")
    async with light(f"{server.link}?lang=en") as home:
        assert words("setup.by.rules") in str(home.elements[home.find("data-by-cards")]["props"]["options"])
        await home.choose(home.find("data-by-cards"), words("setup.by.cards"))
        await home.click("data-open")
        await home.until(lambda: bool(home.opened))
        assert setups(server)[-1].by_cards
        async with light(f"{server.origin}{home.opened[-1]}") as desk:
            assert desk.shows(words("played_by.cards"))


async def test_what_cannot_be_joined_has_no_code_on_the_wall_and_nobody_else_reads_it(server: WebServer) -> None:
    table = make_table(server, (MAYOR, "Bo"), persons=(MAYOR, TENANT))
    alone, full = make_table(server), make_table(server, (MAYOR, "Li"))
    async with light(codes_of(server)) as codes:
        shown = set(codes.all("data-code-of").values())
        assert table.code in shown
        assert codes.shows(Words("en")("codes.typed", address=f"{server.origin}/join")), "there is nothing to scan"
        assert not {alone.code, full.code} & shown
        async with light(table.desk) as desk:
            assert desk.shows(Words("en")("lobby.loopback"))
            assert "--host 0.0.0.0" in str(desk.elements[desk.find("data-command")]["text"])
    with pytest.raises(ConnectionError, match="404"):
        async with light(codes_of(server)[:-1] + "x"):
            pass
