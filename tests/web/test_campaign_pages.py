"""A campaign in real browsers: a facilitator, a wall, and two tables with a person each beside one by the rules."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.web.campaigns import campaign_content
from tests.web.served import Person, WebServer, browser, join
from tests.web.test_pages import check

pytestmark = pytest.mark.browser


async def test_two_people_play_two_communities_over_two_years_and_keep_their_seats(tmp_path: Path) -> None:
    content, faults = campaign_content(tmp_path / "content", third=True), list[str]()
    with WebServer(tmp_path, "--model", "none", "--content", str(content)) as server:
        async with browser() as chromium:
            boss = await opened_by(chromium, server)
            faults += await check(boss.page, "campaign, lobby")
            codes = await boss.page.locator("[data-code]").all_inner_texts()
            assert len(codes) == 2  # the third community has no seats for people
            wall = Person(await (await chromium.new_context(viewport={"width": 1920, "height": 1080})).new_page())
            await wall.go(str(await boss.page.get_attribute("[data-wall]", "href")))
            faults += await check(wall.page, "wall, lobby")
            widths = (1280, 390)
            players = [
                await join(chromium, server, code, "community Party secretary", f"Player {number}", width)
                for number, (code, width) in enumerate(zip(codes, widths, strict=True), start=1)
            ]
            seats = [player.page.url for player in players]
            for year in (1, 2):
                await boss.page.click("[data-begin]")
                if year == 1:  # nobody has said to be ready
                    await boss.page.click("[data-without]")
                await expect(wall.page.locator("[data-wall=east_gate] .now")).to_be_visible()
                await asyncio.gather(*(played(player, year) for player in players))
                await expect(boss.page.locator(f"[data-after='{year}']")).to_be_visible()
                await expect(wall.page.locator(f"[data-ranking='{year}'] li")).to_have_count(3)
                if year == 1:
                    for player, name in zip(players, ("Tong Aihua", "Luo Meihua"), strict=True):
                        own = player.page.locator("[data-between='1']")
                        await expect(own.locator("[data-news=post]")).to_be_visible()
                        await expect(own).to_contain_text(f"From now on you play {name}")
                        await expect(own.locator("[data-news=rank]")).to_be_visible()
                    both = boss.page.locator("[data-news-of=east_gate]")
                    await expect(both).to_contain_text(re.compile("unweighted means of . and . indicators"))
                    for person, where in ((boss, "campaign"), (wall, "wall, ranking"), (players[1], "seat")):
                        faults += await check(person.page, where)
            assert [player.page.url for player in players] == seats
            await expect(boss.page.locator("[data-head]")).to_contain_text("The campaign is over")
            await reports_are_the_facilitators(boss, server)
            assert not boss.faults + wall.faults + players[0].faults + players[1].faults
    assert faults == []


async def opened_by(chromium: Browser, server: WebServer) -> Person:
    """Return a facilitator who has opened the small campaign, with the secretaries of two communities for people."""
    boss = Person(await (await chromium.new_context(viewport={"width": 1280, "height": 900})).new_page())
    await boss.go(server.link)
    await boss.page.click("[data-door=campaign]")
    await boss.alive()
    await boss.page.locator("[data-card] .q-radio").filter(has_text="Two gates").click()
    for community in ("east_gate", "west_gate"):
        part = boss.page.locator(f"[data-community={community}]")
        await part.locator("[data-by] .q-radio").filter(has_text="People").click()
        for seat in ("director of the street", "migrant tenant", "secretary"):  # the first two were ticked
            await part.locator(".q-checkbox").filter(has_text=seat).click()
    assert await check(boss.page, "form") == []
    await boss.page.click("[data-open]")
    await boss.page.wait_for_url(re.compile("/campaign/two_gates-"))
    await boss.alive()
    await expect(boss.page.locator("[data-begin]")).to_be_visible()
    return boss


async def played(player: Person, year: int) -> None:
    """Answer what a player is asked, passing over turns, until the year is over."""
    page = player.page
    over = page.locator(f"[data-between='{year}'] [data-news=rank]")
    pulse, votes = page.locator("[data-send-pulse]"), page.locator(".yours .votes button").first
    skip = page.locator(".yours .send button:not([data-send])")
    while not await over.count():
        await expect(pulse.or_(votes).or_(skip).or_(over).first).to_be_visible()
        if await pulse.count():
            await player.pulse()
        elif await votes.count():
            await player.press(votes)
        elif await skip.count():
            await player.press(skip)


async def reports_are_the_facilitators(boss: Person, server: WebServer) -> None:
    """Check that the campaign's report and those of its sessions open for the facilitator, and for nobody else."""
    context = boss.page.context
    report = str(await boss.page.get_attribute("[data-get=html]", "href"))
    answer = await context.request.get(server.origin + report)
    text = await answer.text()
    linked = re.search(r'href="(r2_east_gate_\w+/report\.html)"', text)
    assert linked
    own = report.replace("report.html", linked[1])
    assert (await context.request.get(server.origin + own)).status == 200
    word = report.replace(".html", ".docx")
    word = report.replace(".html", ".docx")
    written = await context.request.get(server.origin + word, timeout=120_000)
    assert (await written.body()).startswith(b"PK")
    for address in (report, own, word):
        assert (await context.request.get(server.origin + address.replace("/f/", "/f/x"))).status == 404
    wall = str(await boss.page.get_attribute("[data-wall]", "href")).split("?")[0]
    assert (await context.request.get(wall)).status == 200
    assert (await context.request.get(f"{wall[:-1]}{'0' if wall[-1] != '0' else '1'}")).status == 404


async def test_a_campaign_without_people_is_watched_on_a_phone_in_chinese(tmp_path: Path) -> None:
    content, faults = campaign_content(tmp_path / "content"), list[str]()
    with WebServer(tmp_path, "--model", "none", "--content", str(content)) as server:
        async with browser() as chromium:
            context = await chromium.new_context(color_scheme="dark", viewport={"width": 390, "height": 844})
            boss, wall = Person(await context.new_page()), Person(await context.new_page())
            await boss.go(f"{server.link}/campaign?lang=zh")
            await boss.page.locator("[data-card] .q-radio").filter(has_text="两个小区").click()
            await boss.page.locator("[data-community=east_gate] .q-radio").filter(has_text="只按规则").click()
            await expect(boss.page.locator("[data-community=east_gate] .choices")).to_be_hidden()
            faults += await check(boss.page, "form")
            await boss.page.click("[data-open]")
            await boss.page.wait_for_url(re.compile("/campaign/two_gates-"))
            await boss.alive()
            await wall.go(str(await boss.page.get_attribute("[data-wall]", "href")))
            for year in (1, 2):
                await boss.page.click("[data-begin]")
                await expect(boss.page.locator(f"[data-after='{year}']")).to_be_visible()
                await expect(wall.page.locator(f"[data-ranking='{year}']")).to_be_visible()
            faults += [*await check(boss.page, "campaign"), *await check(wall.page, "wall")]
            await expect(boss.page.locator("[data-head]")).to_contain_text("演练结束")
            await boss.go(f"{server.link}?lang=zh")
            await expect(boss.page.locator("[data-campaign]")).to_contain_text("已结束")
            faults += await check(boss.page, "home")
            assert not boss.faults + wall.faults
    assert faults == []
