"""A server that is killed in the midst of a session: the pages of two players and a facilitator come back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.stub_endpoint import Received, StubEndpoint
from tests.web.served import Person, Streaming, WebServer, browser, join

pytestmark = pytest.mark.browser

_LONGEST = 240  # seconds


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """Serve the web app with a scripted model."""
    model = Streaming("propose")

    def answer(request: Received) -> object:
        return model(request)

    with StubEndpoint(answer) as stub:  # type: ignore[arg-type]
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-key")
        monkeypatch.setenv("SANDBOX_MODEL", "stub")
        with WebServer(tmp_path) as running:
            yield running


async def open_table(chromium: Browser, server: WebServer) -> tuple[Person, str]:
    """Open a table under joint production; return the facilitator's desk and the join code."""
    desk = Person(await (await chromium.new_context(viewport={"width": 1280, "height": 900})).new_page())
    await desk.go(server.link)
    await desk.choose("[data-model]", "Joint production")
    await desk.unfold(".q-expansion-item:not([data-cast])")
    await desk.page.get_by_label("Lines in a stage").fill("9")
    # By key: what is pressed still moves while the form unfolds, and can miss the mouse.
    hold = desk.page.locator("[data-hold]")
    await hold.press("Space")  # else each line is waited for five seconds
    await expect(hold).to_have_attribute("aria-checked", "false")
    await desk.page.locator("[data-open]").press("Enter")
    await desk.page.wait_for_url("**/t/*")
    await desk.alive()
    return desk, await desk.page.inner_text(".code")


async def act(person: Person, words: str) -> None:
    """Do what the person is asked for, if anything: a pulse, a vote or a line."""
    page = person.page
    if await page.locator("[data-send-pulse]").count():
        await person.pulse()
    elif await page.locator(".yours [data-act]").count():
        if not await page.locator("[data-send]").count():
            await page.fill("[data-says]", words)
            await page.locator(".yours [data-act=support]").click()
            # It is kept until its turn, or it is heard at once where that has come.
            taken = page.locator("[data-vote-kept]").or_(page.locator(".log .says", has_text=words)).first
            await expect(taken.or_(page.locator("[data-document]")).first).to_be_visible()
            return
        offered = await page.locator(".yours [data-act]").evaluate_all("all => all.map(one => one.dataset.act)")
        await person.say("ask" if "ask" in offered else offered[0], words)


async def play_on(people: list[Person], desk: Person, until: str) -> None:
    """Let people act until something is to be seen at the desk."""
    number = 0
    async with asyncio.timeout(_LONGEST):
        while not await desk.page.locator(until).count():
            for seat, person in enumerate(people):  # words of one's own: the log shows when they have arrived
                await act(person, f"Words {number} of person {seat}.")
            number += 1
            await asyncio.sleep(0.05)


@pytest.mark.long
async def test_killed_and_started_again(server: WebServer) -> None:
    async with browser() as chromium:
        desk, code = await open_table(chromium, server)
        anna = await join(chromium, server, code, "migrant tenant", "Anna")
        bo = await join(chromium, server, code, "mayor", "Bo")
        await desk.page.click("[data-start]")
        await desk.page.get_by_role("dialog").get_by_role("button", name="Start the session").click()
        await play_on([anna, bo], desk, "[data-line=L005]")
        before = await desk.lines()
        for person in (anna, bo, desk):
            await person.page.evaluate("window.before = true")  # a page that comes back is a new one
        server.kill()
        server.start()
        for person in (anna, bo, desk):
            await person.page.wait_for_function("!window.before")
            await person.page.wait_for_selector("[data-line=L005]", state="attached")
            await person.alive()
        await play_on([anna, bo], desk, "[data-document]")
        await expect(anna.page.locator("[data-reflect]")).to_be_visible()
        await desk.page.get_by_text("Go back and branch").click()
        after = await desk.lines()
        assert after[: len(before)] == before
        assert after == sorted(set(after))
