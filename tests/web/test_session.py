"""A whole session with people: two players and a facilitator in three browsers, personas in the other seats."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from playwright.async_api import Browser, expect

from tests.stub_endpoint import Received, StubEndpoint
from tests.web.served import Person, Streaming, WebServer, browser, join

pytestmark = pytest.mark.browser

TENANT, MAYOR, NGO = "migrant_tenant", "mayor", "ngo_director"
ADVICE = "Ask who holds the key of the room after seven."
NEWS = "The landlord has locked the yard this morning."
FOR_ALL = "Rain has flooded the old classroom."
_LONGEST = 240  # seconds


@pytest.fixture
def model() -> Streaming:
    """A scripted model."""
    return Streaming("propose")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Streaming) -> Iterator[WebServer]:
    """Serve the web app with a scripted model."""

    def answer(request: Received) -> object:
        return model(request)

    with StubEndpoint(answer) as stub:  # type: ignore[arg-type]
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-key")
        monkeypatch.setenv("SANDBOX_MODEL", "stub")
        with WebServer(tmp_path) as running:
            yield running


async def open_table(chromium: Browser, server: WebServer, turns: int = 9) -> tuple[Person, str]:
    """Open a table under joint production; return the facilitator's desk and the join code."""
    desk = Person(await (await chromium.new_context(viewport={"width": 1280, "height": 900})).new_page())
    await desk.go(server.link)
    await desk.choose("[data-model]", "Joint production")
    await desk.unfold(".q-expansion-item:not([data-cast])")
    await desk.page.get_by_label("Lines in a stage").fill(str(turns))
    # By key: what is pressed still moves while the form unfolds, and can miss the mouse.
    hold = desk.page.locator("[data-hold]")
    await hold.press("Space")  # else each line is waited for five seconds
    await expect(hold).to_have_attribute("aria-checked", "false")
    await desk.page.locator("[data-open]").press("Enter")
    await desk.page.wait_for_url("**/t/*")
    await desk.alive()
    return desk, await desk.page.inner_text(".code")


async def act(person: Person, words: str) -> bool:
    """Do what the person is asked for, if anything: a pulse, a vote or a line; tell whether it was a vote."""
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
            return True
        offered = await page.locator(".yours [data-act]").evaluate_all("all => all.map(one => one.dataset.act)")
        await person.say("ask" if "ask" in offered else offered[0], words)
    return False


async def play_on(people: list[Person], desk: Person, until: str) -> int:
    """Let people act until something is to be seen at the desk; return how many votes they cast."""
    votes = number = 0
    async with asyncio.timeout(_LONGEST):
        while not await desk.page.locator(until).count():
            for seat, person in enumerate(people):  # words of one's own: the log shows when they have arrived
                votes += await act(person, f"Words {number} of person {seat}.")
            number += 1
            await asyncio.sleep(0.05)
    return votes


async def tab(desk: Person, name: str) -> None:
    """Open a tab of the desk."""
    await desk.page.get_by_role("tab", name=name).click()


@pytest.mark.long
async def test_a_whole_session(server: WebServer, model: Streaming) -> None:
    async with browser() as chromium:
        desk, code = await open_table(chromium, server)
        await expect(desk.page.locator("body")).to_contain_text("is sent to the model stub at 127.0.0.1")
        anna = await join(chromium, server, code, "migrant tenant", "Anna", width=420)
        bo = await join(chromium, server, code, "mayor")
        await desk.page.click("[data-view=projector]")
        link = await desk.page.get_attribute("a[href*='/v/']", "href")
        wall = Person(await (await chromium.new_context()).new_page())
        await wall.go(str(link))
        for person in (anna, bo):
            await person.ready()
        await expect(desk.page.locator(f"[data-seat={TENANT}]")).to_contain_text("Anna (ready, here)")
        await desk.page.click("[data-start]")
        await desk.page.wait_for_selector("[data-order=pause]")
        for person in (anna, bo):
            await person.pulse(4, 4, 4)

        # Pause, and go on
        await desk.page.click("[data-order=pause]")
        for person in (anna, bo, wall):
            await expect(person.page.locator(".status, .beside")).to_contain_text("Paused")
        before = await wall.lines()
        await tab(desk, "Send")
        await desk.page.fill("[data-event]", FOR_ALL)
        await desk.page.click("[data-inject]")
        await expect(desk.page.locator("[data-event]")).to_have_value("")
        await desk.page.fill("[data-event]", NEWS)
        await desk.choose("[data-heard]", "migrant tenant", several=True)
        await desk.page.click("[data-inject]")
        await desk.choose("[data-whisper-seat]", "NGO director")
        await desk.page.fill("[data-whisper]", ADVICE)
        await desk.page.click("[data-send-whisper]")
        await expect(desk.page.locator("[data-whisper]")).to_have_value("")
        assert await wall.lines() == before
        await desk.page.click("[data-order=resume]")
        for person in (anna, bo, wall, desk):
            await expect(person.page.locator(".log")).to_contain_text(FOR_ALL)
        await expect(anna.page.locator(".log")).to_contain_text(NEWS)
        await expect(desk.page.locator(".log")).to_contain_text(ADVICE)

        # A lost connection, and a closed page: the same seat, nothing lost
        await anna.page.evaluate("window.socket.io.engine.close()")
        await play_on([bo, anna], desk, ".stage-head >> nth=1")
        await expect(anna.page.locator(".stage-head")).to_have_count(2)
        url, context = anna.page.url, anna.page.context
        await anna.page.close()
        anna = Person(await context.new_page())
        await anna.go(f"{server.origin}/join/{code}")
        await anna.page.click("a[href*='/s/']")
        await anna.page.wait_for_url(url)
        await anna.alive()
        await expect(anna.page.locator(".log")).to_contain_text(NEWS)

        # A persona covers a seat, and hands it back
        await bo.page.click("[data-cover]")
        await bo.page.click("[data-back]")
        await bo.page.wait_for_selector("[data-cover]")

        votes = await play_on([anna, bo], desk, "[data-document]")
        assert votes
        for person in (anna, bo, wall):
            assert NEWS not in "".join(bo.wire + wall.wire)
            assert ADVICE not in "".join(anna.wire + bo.wire + wall.wire)
            assert person.faults == []
        asked = [str(body) for body in model.requests if ADVICE in str(body)]
        assert asked
        assert all("He Wan" in one for one in asked)

        # Back to a line, and on from there
        whole = await desk.lines()
        await desk.unfold(".q-expansion-item:has-text('Go back and branch')")
        await desk.page.locator("[data-line=L006] button").press("Enter")
        await desk.page.click("[data-branch]")
        await desk.page.wait_for_selector("[data-order=pause]")
        for person in (anna, bo, wall):
            await person.page.wait_for_selector(".log [data-line=L006]")
        assert (await wall.lines())[:6] == whole[:6]
        await play_on([anna, bo], desk, "[data-document]")
        sessions = sorted(path.parent.name for path in server.runs.glob("*/events.jsonl"))
        assert len(sessions) == 2

        # Debrief: reflection, and downloads
        await anna.page.fill("[data-q=keep]", "I would ask earlier.")
        await anna.page.click("[data-reflect]")
        await expect(desk.page.locator("body")).to_contain_text("I would ask earlier.")
        async with anna.page.expect_download() as got:
            await anna.page.click("a[href*='docx']")
        paper = docx.Document(io.BytesIO(Path(await (await got.value).path()).read_bytes()))
        text = "\n".join(one.text for one in paper.paragraphs)
        assert "Luo Mei" in text
        assert ADVICE not in text
        await desk.unfold("[data-downloads]")
        async with desk.page.expect_download() as got:
            await desk.page.click("[data-get='html:']")
        page = Path(await (await got.value).path()).read_text(encoding="utf-8")
        assert ADVICE in page
        assert "I would ask earlier." in page
        assert desk.faults == []
    assert server.stop() == ""


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
