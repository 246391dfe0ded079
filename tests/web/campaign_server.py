"""A campaign on a server in a process of its own, with a person at a table, that can be killed and started again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.web.tables.store import WebStore
from tests.web.campaigns import PERSON, campaign_content, campaigns_of, plan
from tests.web.light import LightPage
from tests.web.playing import begin_year
from tests.web.served import WebServer

__all__ = ["ServedCampaign", "served_campaign"]

_PATIENCE = 60.0


class ServedCampaign:
    """A campaign of two communities and two rounds, its facilitator's page, and the page of East Gate's secretary.

    The secretary says the same at the same place of a session, whatever happens to the server.

    Args:
        server: the server.
        campaign: the campaign, by id.
        token: of the secretary's seat.
        http: makes the requests of the pages.

    Attributes:
        before: all logs as they were when the server was killed last.
    """

    def __init__(self, server: WebServer, campaign: str, token: str, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.folder = CampaignFolder(server.runs / campaign)
        self.boss, self.secretary = LightPage(http), LightPage(http)
        self.before: dict[Path, bytes] = {}
        self._urls = {self.boss: f"{server.link}/campaign/{campaign}", self.secretary: f"{server.origin}/s/{token}"}

    async def open(self) -> None:
        """Open both pages at the addresses that they always had."""
        for page, url in self._urls.items():
            await page.open(url)

    async def begin(self) -> None:
        """Begin the round that waits."""
        await begin_year(self.boss)

    async def until(self, true: Callable[[], bool]) -> None:
        """Answer whatever the secretary is asked until something is true."""
        async with asyncio.timeout(_PATIENCE):
            while not true():
                await asyncio.sleep(0.01)
                with contextlib.suppress(ConnectionError, KeyError):  # the page has moved on
                    await self._answer()

    async def _answer(self) -> None:
        page = self.secretary
        if page.find("data-send-pulse"):
            await page.answer_pulse()
        elif box := page.find("data-says"):
            (place,) = page.all("data-turn").values()
            await page.say(f"The secretary speaks at {place}.", "object", "ask", "inform")
            with contextlib.suppress(TimeoutError):
                await page.until(lambda: page.find("data-says") != box, 2.0)

    async def kill(self) -> None:
        """Kill the server, start it again, and open both pages anew."""
        self.server.kill()
        self.before = {path: path.read_bytes() for path in self._logs()}
        self.server.start()
        await self.open()

    def lost(self) -> list[str]:
        """Return the logs that do not begin with what was in them, whole lines, when the server was killed last."""
        whole = {path: text[: text.rfind(b"\n") + 1] for path, text in self.before.items()}
        return [str(path) for path, text in whole.items() if not path.read_bytes().startswith(text)]

    def kinds(self) -> list[str]:
        """Return the kinds of the campaign's events."""
        return [event.kind for event in self.folder.read()]

    def rounds(self) -> int:
        """Return how many rounds are over."""
        return self.kinds().count("ranking")

    def lines(self, round: int = 0) -> dict[str, list[tuple[Any, ...]]]:
        """Return what was said, by session, without the end of the name that all sessions of a campaign share."""
        return {
            path.parent.name.rpartition("_")[0]: [
                (event.seat, event.payload["id"], event.payload["act"], event.payload["says"])
                for event in self.folder.session(path.parent.name).read()
                if event.kind == "line"
            ]
            for path in self._logs()
            if path.parent.name.startswith(f"r{round or ''}")
        }

    def between(self) -> dict[str, Any]:
        """Return what came between the rounds."""
        kept = ("ranking", "transfer", "order", "plan", "tour", "lesson")
        return {
            f"{event.kind} {event.round} {event.community} {number}": event.payload
            for number, event in enumerate(event for event in self.folder.read() if event.kind in kept)
        }

    def _logs(self) -> list[Path]:
        return [self.folder.events, *sorted(self.folder.path.glob("*/events.jsonl"))]


@asynccontextmanager
async def served_campaign(folder: Path, minutes: int = 0) -> AsyncIterator[ServedCampaign]:
    """Serve a campaign that waits for its first round, by the rules alone but for the secretary of East Gate.

    Args:
        folder: where it lies.
        minutes: how long each round may take; 0 for no limit.
    """
    content = campaign_content(folder / "content")
    campaigns = campaigns_of(folder)
    campaign = campaigns.add(replace(plan(), minutes=minutes))
    await campaigns.close()
    await campaigns.house.close()
    store = WebStore(folder / "runs" / "tables.sqlite")
    table = next(each.table for each in store.members(campaign) if each.community == "east_gate")
    token = store.take_seat(table, PERSON, "Anna")
    store.close()
    with WebServer(folder, "--model", "none", "--content", str(content)) as server:
        async with aiohttp.ClientSession() as http:
            served = ServedCampaign(server, campaign, token, http)
            await served.open()
            try:
                yield served
            finally:
                await served.boss.close()
                await served.secretary.close()
