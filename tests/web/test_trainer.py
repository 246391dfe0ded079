"""A trainer's hour and a half, shortened: phones, a laptop and a projector, and what goes wrong in a real room.

One player idles, one loses the phone, one types a wrong code; the facilitator answers a call, goes back with a changed
rule, holds both courses against each other, and takes everything home as a ZIP.
"""

from __future__ import annotations

import asyncio
import io
import re
import zipfile

import pytest
from playwright.async_api import Browser, expect

from sandbox.content.language import Lang
from sandbox.content.words import Words
from tests.web.served import HastyServer, Person, asked, browser, join
from tests.web.tables import MAYOR, PARENT, TENANT, make_table

pytestmark = pytest.mark.browser

_PHONE, _LAPTOP = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
_ROLE = {"en": "migrant tenant", "zh": "外来租客"}


async def opened(chromium: Browser, url: str, size: dict[str, int]) -> Person:
    """Open a page on a device of its own."""
    context = await chromium.new_context(viewport={"width": size["width"], "height": size["height"]})
    person = Person(await context.new_page())
    await person.go(url)
    return person


async def in_time(server: HastyServer, desk: Person, what: str) -> None:
    """Let time pass until something is at the desk; nobody stops the room."""
    async with asyncio.timeout(90):
        while not await desk.page.locator(what).count():
            server.let_pass(2.0)
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_a_room_that_runs_itself(hasty_server: HastyServer, lang: Lang) -> None:
    words, server = Words(lang), hasty_server
    table = make_table(
        server, (MAYOR, "Cai"), (PARENT, "Bo"), lang=lang, governance="three_social_interaction", turns=8,
        stages=("public_engagement",), persons=(MAYOR, PARENT, TENANT),
    )  # fmt: skip
    async with browser() as chromium:
        desk = await opened(chromium, table.desk, _LAPTOP)
        wall = await opened(chromium, table.projector, _LAPTOP)
        await expect(wall.page.locator("[data-only-here]")).to_have_text(words("lobby.only_here"))
        await expect(wall.page.locator(".qr")).to_have_count(0)
        beyond = await opened(chromium, table.projector.replace("127.0.0.1", "room.test"), _LAPTOP)
        await expect(beyond.page.locator(".qr svg")).to_be_visible()
        await beyond.page.close()

        # A wrong code leads on to the right one
        phone = await chromium.new_context(viewport=_PHONE, locale=lang)  # type: ignore[arg-type]
        lost = await phone.new_page()
        answer = await lost.goto(f"{server.origin}/join/BBBB-CCCC")
        assert answer is not None
        assert answer.status == 404
        await expect(lost.locator("main")).to_contain_text(words("join.bad_code"))
        await lost.locator("main a").click()
        await lost.wait_for_url(re.compile(rf"lang={lang}"))
        anna = await join(chromium, server, table.code, _ROLE[lang], "Anna", width=390, lang=lang)
        await expect(wall.page.locator("[data-here]")).to_contain_text("3")
        bo = await opened(chromium, table.seats[PARENT], _PHONE)
        cai = await opened(chromium, table.seats[MAYOR], _LAPTOP)
        await anna.ready()
        await desk.page.click("[data-start]")
        for person in (anna, cai, bo):
            await person.pulse(4, 4, 4)

        # Somebody calls; the facilitator writes to all
        await anna.page.click("[data-help]")
        await expect(desk.page.locator(f"[data-calls={TENANT}]")).to_contain_text("Anna")
        await desk.page.click("[data-answered]")
        await expect(desk.page.locator(f"[data-calls={TENANT}]")).to_have_count(0)
        await desk.page.get_by_role("tab", name=words("desk.send")).click()
        await desk.page.fill("[data-message]", "Ten minutes left.")
        await desk.page.click("[data-send-message]")
        for person in (anna, wall):
            await expect(person.page.locator(".log")).to_contain_text("Ten minutes left.")

        # The one who is asked sees why, and the desk whom it waits for; a phone is lost with half a line on it
        people = {"Anna": anna, "Bo": bo, "Cai": cai}
        person = await asked(*people.values(), for_what=".yours [data-says]")
        name = next(name for name, one in people.items() if one is person)
        await expect(desk.page.locator("[data-waiting]")).to_contain_text(name)
        await person.page.fill("[data-says]", "Half a line")
        await person.kept("says")
        await person.page.evaluate("window.socket.disconnect()")
        away = person.page.locator(".unconnected")
        await expect(away).to_have_text(words("unconnected.lost") + words("unconnected.kept"))
        await expect(person.page.locator("#popup")).to_be_hidden()
        await person.page.evaluate("window.socket.connect()")
        await expect(away).to_have_count(0)
        url, context = person.page.url, person.page.context
        await person.page.close()
        await lost.set_viewport_size({"width": 390, "height": 600})
        await lost.goto(f"{server.origin}/join/{table.code}")
        await lost.locator("[data-mine]").click()
        await expect(lost.locator("[data-asked-back]")).to_have_text(re.compile(r"\d"))
        await expect(lost.locator("[data-asked-back]")).to_be_in_viewport()
        people[name] = person = Person(await context.new_page())
        await person.go(url)
        await expect(person.page.locator("[data-says]")).to_have_value("Half a line")

        # From now on a turn has a few seconds, and nobody stops the room; the vote stands on the wall
        await desk.page.fill("[data-turn-seconds]", "5")
        await desk.page.click("[data-turn-time]")
        await in_time(server, desk, "[data-get=zip]")
        outcome, questions = [
            await wall.page.locator("section.box", has_text=words(f"watch.{part}")).bounding_box()
            for part in ("outcome", "questions")
        ]
        assert outcome is not None
        assert questions is not None
        assert questions["x"] >= outcome["x"] + outcome["width"], "beside it, and not below where nobody scrolls"
        assert await desk.page.locator("[data-get=zip]").count() == 1
        assert await desk.page.locator("[data-handout]").count() == 1
        assert await desk.page.locator("[data-minutes]").count() == 1

        # A player's debrief has turning points with what else the rules left, and nothing of the others
        await expect(people["Anna"].page.locator("[data-document]")).to_contain_text(words("debrief.happened"))

        # Back to the second line with a rule changed; both courses side by side
        before = set(server.runs.glob("*/events.jsonl"))
        heard = len(people["Anna"].wire)
        await desk.unfold(f".q-expansion-item:has-text('{words('over.again')}')")
        await desk.page.locator("[data-tool=L002]").press("Enter")
        await expect(desk.page.locator("[data-how]")).to_be_visible()
        await desk.at_rest()
        await desk.page.locator("[data-how] .q-radio").nth(1).click()
        await desk.choose("[data-which-rule]", 0)
        await desk.page.locator("[data-value] .q-radio").first.click()
        await desk.page.click("[data-branch]")
        await in_time(server, desk, "[data-compare]")  # once the second course is over
        assert await desk.page.locator("[data-get=zip]").count() == 1
        assert len(set(server.runs.glob("*/events.jsonl")) - before) == 1
        # The player's page went back too; it may be at the end again before anybody looks.
        await expect(people["Anna"].page.locator("[data-earlier]")).to_have_count(1)
        assert "L002" in "".join(people["Anna"].wire[heard:])
        link = await desk.page.locator("[data-compare]").first.get_attribute("href")
        both = await context.request.get(f"{server.origin}{link}")
        assert both.status == 200
        text = await both.text()
        assert words("comparison.kicker") in text
        assert words("comparison.parting") in text

        # Everything in one file
        answer = await context.request.get(f"{table.desk}/session.zip")  # type: ignore[assignment]
        packed = zipfile.ZipFile(io.BytesIO(await answer.body()))
        names = set(packed.namelist())
        title = {"en": "The four o'clock school", "zh": "四点钟学校"}[lang]
        tenant = {"en": "Luo Mei (migrant tenant)", "zh": "罗梅（外来租客）"}[lang]
        debrief = f"{title}-{words('sessions.debrief')}"
        read = {f"{title}-{words('sessions.report')}.html", f"{debrief}.docx", f"{debrief}-{tenant}.html"}
        read |= {
            f"{title}-{words(paper)}.{form}" for paper in ("handout", "points", "minutes") for form in ("html", "docx")
        }
        assert {"data/events.jsonl", "data/transcript.md", "data/tables/votes.csv"} | read <= names
        assert all(title in name for name in names if "/" not in name), "what is to be read is named in the language"
        log = packed.read("data/events.jsonl").decode("utf-8")
        assert '"giver": "clock"' in log
        assert [person.faults for person in (desk, wall, *people.values())] == [[]] * 5
