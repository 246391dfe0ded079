"""The vote at a table: everybody who has one may give it at once, and it is taken down in the order of the rules."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.content.schemas import Lang
from sandbox.content.words import Words
from sandbox.record.folder import SessionFolder
from tests.web.light import LightPage, light
from tests.web.served import WebServer
from tests.web.tables import MAYOR, PARENT, TENANT, make_table


def votes_in(page: LightPage) -> bool:
    """Return whether a page asks for a vote."""
    return bool(page.find("data-act", "support")) and not page.find("data-send")


def cast(server: WebServer) -> list[dict[str, Any]]:
    """Return the votes in the log of the session begun last, in their order."""
    folder = max(SessionFolder.all(server.runs), key=lambda folder: folder.begun)
    events = [event for event in folder.read() if event.kind == "line" and event.payload["vote"]]
    return [{**event.payload, "seat": event.seat} for event in events]


async def to_the_vote(*pages: LightPage) -> None:
    """Answer for people until all of them are asked for their vote."""
    async with asyncio.timeout(30):
        while not all(map(votes_in, pages)):
            for page in pages:
                await page.settle()
                if page.find("data-send-pulse"):
                    await page.answer_pulse()
                elif page.find("data-send"):
                    await page.say("We should open the hall.", "inform", "propose")
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_all_vote_at_once_and_are_heard_in_their_order(server: WebServer, lang: Lang) -> None:
    words = Words(lang)
    table = make_table(
        server, (MAYOR, "Bo"), (PARENT, "Li"), (TENANT, "Anna"), lang=lang, turns=8, stages=("public_engagement",)
    )
    async with (
        light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.seats[PARENT]) as li,
        light(table.seats[TENANT]) as anna,
    ):  # fmt: skip
        await desk.click("data-start")
        await to_the_vote(bo, li, anna)
        assert anna.shows(words("vote.open")), "it is not her turn, and she need not wait for it"
        await desk.until(
            lambda: all(name in desk.elements[desk.find("data-waiting")]["text"] for name in ("Bo", "Anna"))
        )
        await anna.click("data-act", "object")
        await anna.wait("data-vote-kept")
        await li.settle()
        assert TENANT not in [vote["seat"] for vote in cast(server)], "nobody knows of it before its turn"
        await li.click("data-act", "support")
        await li.wait("data-vote-kept")
        await bo.click("data-act", "support")
        await anna.until(lambda: not anna.find("data-vote-kept"))
        await desk.until(lambda: len([vote for vote in cast(server) if vote["origin"] == "person"]) >= 3)
        votes = cast(server)[: len({vote["seat"] for vote in cast(server)})]
        people = [(vote["seat"], vote["act"]) for vote in votes if vote["origin"] == "person"]
        assert people == [(MAYOR, "support"), (PARENT, "support"), (TENANT, "object")]
