"""Another round at a table that is over: the same people by the same links, under another governance model."""

from __future__ import annotations

import contextlib
import html

import aiohttp
import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.web.links import shared_path
from sandbox.web.panels import rules_text
from sandbox.web.tables.store import WebStore
from tests.content.folders import LIBRARY
from tests.web.light import LightPage, light
from tests.web.playing import begin
from tests.web.served import WebServer
from tests.web.tables import MAYOR, TENANT, make_table

MODEL = "one_core_multiple_actors"


async def played_out(desk: LightPage, person: LightPage) -> None:
    """Start the session, and let personas play it to its end."""
    await begin(desk)
    await person.click("data-cover")
    await desk.until(lambda: bool(desk.find("data-another") or desk.find("data-no-pulses")))
    while not desk.find("data-another"):
        if button := desk.find("data-no-pulses"):
            await desk.do(button, "click")
        with contextlib.suppress(TimeoutError):
            await desk.until(lambda: bool(desk.find("data-another")), 1.0)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_same_people_play_another_round_and_both_are_compared(server: WebServer, lang: Lang) -> None:
    words, model = Words(lang), LIBRARY.governance(MODEL).name.get(lang)
    table = make_table(server, (TENANT, "Anna"), lang=lang, stages=("public_engagement",), turns=6)
    secret = server.link.rpartition("/")[2]
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna, light(table.projector) as wall:
        await played_out(desk, anna)
        await anna.until(lambda: anna.shows(words("over.stays")))
        await desk.choose(desk.find("data-next-model"), LIBRARY.governance("command").name.get(lang))
        assert desk.elements[await desk.wait("data-unpaid")]["text"], "what the form would warn of, beside the choice"
        await desk.click("data-another")
        await desk.until(lambda: desk.shows(words("over.another_sure")))
        await desk.press(words("cancel"))
        await desk.choose(desk.find("data-next-model"), model)
        await desk.click("data-another")
        await desk.until(lambda: desk.shows(words("over.another_sure")))
        assert not anna.find("data-another-round"), "it is asked before"
        await desk.click("data-yes")
        # The phone and the wall go along by themselves; the seat, its link and the join code stay.
        await anna.wait("data-another-round")
        spec = SessionSpec(scenario="four_oclock_school", governance=MODEL, stages=("public_engagement",), lang=lang)
        rules = rules_text(Game(spec, LIBRARY), words)
        assert anna.shows(words("lobby.another", rules=rules)), "who decides now, as the wall says it"
        for page in (desk, anna, wall):
            assert page.elements[await page.wait("data-rules")]["text"] == rules
        assert desk.elements[desk.find("data-clocks")]["text"].startswith(words("setup.time.none"))
        assert anna.find("data-ready"), "whoever was ready for the first round is asked again"
        assert anna.find("data-earlier"), "the debrief of the first round stays within reach"
        # What was begun about the first round is finished there, and is kept with that round.
        await anna.do(anna.find("data-reflect-earlier"), "update:", True)
        field = await anna.wait("data-q")
        assert anna.shows(words("over.work")), "in full: as the label of a field a phone would cut it"
        await anna.do(field, "update:", "We left the tenants out.")
        store = WebStore(server.runs / "tables.sqlite")
        first = store.sessions(table.id)[0].session
        await anna.until(lambda: bool(store.reflections(table.id, first)))
        (kept,) = store.reflections(table.id, first)
        assert "We left the tenants out." in kept.answers.values()
        await wall.until(lambda: wall.shows(table.code))
        assert not anna.opened
        assert not anna.faults
        results = f"{server.origin}{shared_path(secret, 'results', '', lang=lang)}"
        name = words.join([table.code, words("sessions.number", number=1)])
        async with light(results) as shown:
            assert shown.shows(name)
            assert shown.shows(words.join([table.code, words("sessions.number", number=2)]))
            assert shown.shows(words("results.not_yet"))
        await desk.click("data-start")
        await desk.click("data-without")
        await desk.click("data-no-pulses")
        await anna.click("data-cover")
        await desk.wait("data-compare-with")
        told = words("over.reflected_before", number=1, count=1)
        assert desk.elements[await desk.wait("data-reflected-before")]["text"] == told
        link = str(desk.elements[desk.find("data-compare-with")]["props"]["href"])
        async with light(results) as shown:
            assert shown.shows(name), shown.texts
            assert shown.shows(words.join([table.code, words("sessions.number", number=2)]))
            assert shown.shows(model)
        async with light(f"{server.link}/tables?lang={lang}") as tables:
            await tables.until(lambda: bool(tables.find("data-outcomes")))
            linked = [one for one in tables.elements.values() if "href" in one.get("props", {})]
            (href,) = [str(one["props"]["href"]) for one in linked if str(one.get("text")).startswith(name)]
            assert f"/{first}/debrief.html" in href, "the desk is at another round by now"
        async with aiohttp.ClientSession() as http:

            async def get(path: str) -> tuple[int, str]:
                async with http.get(server.origin + path) as answer:
                    return answer.status, await answer.text()

            status, text = await get(link)
            assert status == 200
            assert model in text
            assert words("sessions.number", number=2) in text
            assert f'<a href="t/{table.id}">{words("comparison.desk", table="")}' in text
            assert (await get(f"{link.rpartition('/')[0]}/t/{table.id}"))[0] == 200, "and there it leads"
            word = link.replace("/compare?", "/compare.docx?")
            assert f'<a href="{html.escape(word.rpartition("/")[2])}">{words("over.download_word")}' in text
            async with http.get(server.origin + word) as answer:
                assert answer.content_disposition is not None
                assert words("comparison.kicker") in str(answer.content_disposition.filename)
                assert (await answer.read()).startswith(b"PK")
            assert [(await get(strange))[0] for strange in (link + "x", link.replace("/f/", "/f/x"))] == [404, 404]


async def test_nobody_gets_a_seat_by_another_round_but_whoever_held_its_link(server: WebServer) -> None:
    table = make_table(server, (TENANT, "Anna"), (MAYOR, "Bo"))
    store = WebStore(server.runs / "tables.sqlite")
    try:
        with pytest.raises(InputError):
            store.play_again(table.id, store.table(table.id).setup)
        store.finish(table.id)
        before = store.places(table.id)
        store.play_again(table.id, store.table(table.id).setup)
        assert {seat: store.place_of(token).seat for seat, token in table.tokens.items()} == {  # type: ignore[union-attr]
            TENANT: TENANT, MAYOR: MAYOR,
        }  # fmt: skip
        assert [(place.seat, place.name, place.role) for place in store.places(table.id)] == [
            (place.seat, place.name, place.role) for place in before
        ]
        assert not any(place.ready for place in store.places(table.id))
        with pytest.raises(InputError):
            store.take_seat(table.id, TENANT, "Mallory")
        watching = table.observer.rpartition("/")[2]
        assert store.place_of(watching).role == "observer"  # type: ignore[union-attr]
    finally:
        store.close()
    async with aiohttp.ClientSession() as http:
        for token in (watching, table.code, table.id):
            async with http.get(f"{server.origin}/s/{token}") as answer:
                assert answer.status == 404


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_what_is_chosen_and_not_saved_is_played(server: WebServer, lang: Lang) -> None:
    words, model = Words(lang), LIBRARY.governance(MODEL).name.get(lang)
    table = make_table(server, (TENANT, "Anna"), lang=lang, stages=("public_engagement",), turns=8)
    async with light(table.desk) as desk:
        await desk.unfold("data-change")
        await desk.wait("data-model")
        await desk.choose(desk.find("data-model"), model)
        await desk.click("data-start")
        await desk.wait("data-no-pulses")
        assert not desk.faults
    store = WebStore(server.runs / "tables.sqlite")
    try:
        row = store.table(table.id)
    finally:
        store.close()
    assert (row.setup.governance, row.state) == (MODEL, "live")
    assert f'"governance": "{MODEL}"'.replace(" ", "") in (
        (server.runs / row.session / "events.jsonl").read_text(encoding="utf-8").replace(" ", "")
    )
    # What cannot be played is refused in words, and nothing begins.
    other = make_table(server, (TENANT, "Anna"), lang=lang, stages=("public_engagement",))
    async with light(other.desk) as desk:
        await desk.unfold("data-change")
        await desk.wait("data-model")
        boxes = [key for key, one in desk.walk() if "checkbox" in str(one.get("tag"))]
        for key in boxes:
            await desk.do(key, "update:", False)
        await desk.click("data-start")
        await desk.until(lambda: words("setup.need_stage") in " ".join(desk.notices))
        assert desk.find("data-start")


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_rude_name_is_taken_off(server: WebServer, lang: Lang) -> None:
    words, rude = Words(lang), "Rude Canary"
    table = make_table(server, (TENANT, rude), lang=lang, stages=("public_engagement",), turns=6)
    async with light(table.desk) as desk, light(table.seats[TENANT]) as person, light(table.projector) as wall:
        await wall.until(lambda: wall.shows(rude))
        await played_out(desk, person)
        async with light(table.desk) as over:  # the list of seats stands in the lobby and while a session plays
            await over.click("data-another")
            await over.click("data-yes")
        await desk.wait("data-no-name")
        await desk.click("data-no-name")
        await desk.wait("data-yes")
        await desk.press(words("lobby.no_name"))
        own = LIBRARY.persona(TENANT).name.get(lang)
        await wall.until(lambda: wall.shows(own) and not wall.shows(rude))
        await person.until(lambda: not person.shows(rude))
    assert not [file for file in server.runs.glob("tables.sqlite*") if rude.encode() in file.read_bytes()]
