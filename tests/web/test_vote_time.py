"""A vote in which somebody does not vote: the time for it, what phones, wall and desk tell, and a vote held again."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from sandbox.content.words import Words
from tests.web.light import light
from tests.web.playing import begin, in_time
from tests.web.served import HastyServer, Person, browser
from tests.web.tables import PARENT, make_table
from tests.web.test_votes import votes_in

_VOTERS = (("grid_master", "Chen"), (PARENT, "Li"), ("teacher_volunteer", "Lu"), ("village_cadre", "Bo"))


@pytest.mark.browser
async def test_whoever_does_not_vote_has_time_enough_for_it_and_the_desk_leads_to_another_vote(
    hasty_server: HastyServer,
) -> None:
    words = Words("zh")
    table = make_table(
        hasty_server, *_VOTERS, lang="zh", seconds=20, turns=8, stages=("public_engagement",),
        governance="government_community_interaction",
    )  # fmt: skip
    async with browser() as chromium, light(table.desk) as desk, light(table.seats["grid_master"]) as chen:

        async def page(url: str, width: int, height: int) -> Person:
            person = Person(await (await chromium.new_context(viewport={"width": width, "height": height})).new_page())
            await person.go(url)
            return person

        phone, wall = await page(table.seats[PARENT], 360, 640), await page(table.projector, 1280, 720)
        await begin(desk)
        await in_time(hasty_server, lambda: votes_in(chen))
        await chen.click("data-act", "support")
        for told in ("[data-carries]", "[data-vote-left]"):
            await expect(wall.page.locator(told)).to_be_in_viewport()
        await expect(wall.page.locator("[data-carries]")).to_contain_text(words("carries.quorum", quorum=2))
        await expect(phone.page.locator("[data-turn]")).to_contain_text(words("carries.quorum", quorum=2))
        await expect(wall.page.locator("[data-vote-left]")).to_contain_text(words("table.left", time="1:"))
        await phone.page.locator("[data-act=object]").press("Enter")
        question = phone.page.locator(".q-dialog")
        await expect(question).to_contain_text(words("vote.sure_all"))
        await desk.click("data-more-vote")
        hasty_server.let_pass(120)
        await expect(wall.page.locator("[data-vote-left]")).to_contain_text(words("table.left", time="1:"))
        for _ in range(60):
            if not desk.find("data-more-vote"):
                break
            hasty_server.let_pass(5)
            await asyncio.sleep(0.1)
        await expect(question).to_have_count(0)
        await expect(wall.page.locator(".said .decision, .decision.lost").first).to_be_attached()
        lines = await wall.page.locator(".said [data-line]").all_text_contents()
        assert not [line for line in lines if words("silent.uncast") in line or words("silent.vote_for") in line]
        await in_time(hasty_server, lambda: bool(desk.find("data-next")))
        for person in (wall, phone):
            again = person.page.locator("[data-again]").locator("visible=true").first
            await expect(again).to_have_text(words("over.vote_again", count=4))
        trainer = await page(table.desk, 1280, 720)
        await trainer.page.click("[data-vote-again]")
        await trainer.at_rest()
        await trainer.page.click("[data-yes]")
        await expect(phone.page.locator(".votes [data-act=support]")).to_be_visible()
        assert not phone.faults + wall.faults + trainer.faults
