"""The bar at the lower edge of the facilitator's page: calls are in view wherever it stands, and so is a pause."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from tests.content.folders import LIBRARY
from tests.web.light import light
from tests.web.playing import asked, news
from tests.web.served import Person, WebServer, browser
from tests.web.tables import MAYOR, TENANT, make_table


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_call_and_a_lost_phone_are_in_view_and_advice_is_told_for_whoever_is_chosen(
    server: WebServer, lang: Lang
) -> None:
    words, role = Words(lang), LIBRARY.persona(TENANT).role.get(lang)
    table = make_table(server, (MAYOR, "Li·Bo"), (TENANT, "Anna"), lang=lang, turns=30)
    async with browser() as chromium, light(table.seats[MAYOR]) as bo:
        desk = Person(await (await chromium.new_context(viewport={"width": 1280, "height": 800})).new_page())
        await desk.go(table.desk)
        await desk.page.click("[data-start]")
        await desk.page.click("[data-no-pulses]")
        title = await desk.page.title()
        shown = await desk.page.locator(".q-tabs").bounding_box()
        last = await desk.page.get_by_role("tab").last.bounding_box()
        assert shown
        assert last
        assert last["x"] + last["width"] <= shown["x"] + shown["width"] + 1, "no tab has to be scrolled to"
        await desk.page.get_by_role("tab", name=words("desk.send")).click()
        await expect(desk.page.locator("[data-event]")).to_be_visible()
        about, act = desk.page.locator("[data-whisper-about]"), desk.page.locator("[data-act-choice]")
        await expect(about).to_have_text(words("desk.whisper_free"))
        await expect(act).to_be_hidden()
        await desk.choose("[data-whisper-seat]", role)
        await expect(about).to_have_text(words("desk.whisper_person", name=LIBRARY.persona(TENANT).name.get(lang)))
        await expect(act).to_be_hidden()
        await desk.choose("[data-whisper-seat]", LIBRARY.persona("ngo_director").role.get(lang))
        await expect(act).to_be_visible()
        await desk.page.locator("[data-send-message]").scroll_into_view_if_needed()
        await bo.click("data-help")
        call = desk.page.locator("[data-calls]")
        await expect(call).to_be_in_viewport(ratio=1)
        mayor = words("tables.calls", name="Li·Bo" + words.paren(LIBRARY.persona(MAYOR).role.get(lang)))
        await expect(call).to_have_text(mayor)
        await expect(desk.page).to_have_title(f"● {await call.inner_text()} · {title}")
        async with light(f"{server.origin}/join/{table.code}") as door:
            await door.click("data-mine", TENANT)
            back = desk.page.locator("[data-wants-back]")
            await expect(back).to_be_in_viewport(ratio=1)
            await expect(back).to_contain_text("Anna")
            await desk.page.click("[data-answered]")
            await expect(call).to_have_count(0)
            await expect(desk.page).to_have_title(f"● {await back.inner_text()} · {title}")
            await desk.page.click("[data-let-nobody-in]")
        await expect(desk.page).to_have_title(title)
        assert desk.faults == []


async def test_the_last_pulses_can_be_paused(server: WebServer) -> None:
    table = make_table(server, (MAYOR, "Bo"), lang="zh", turns=4)
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo:
        await desk.click("data-start")
        await desk.click("data-no-pulses")
        await asked(bo)
        while not bo.find("data-send-pulse"):
            if bo.find("data-send"):
                await bo.say("七点以前，谁来看着？", "ask", "inform")
            await news(bo)
            await bo.settle()
        await desk.click("data-order", "pause")
        await desk.wait("data-order", "resume")
        await bo.answer_pulse()
        await desk.click("data-order", "resume")
        await bo.wait("data-reflect")
