"""The people of one table, each with a light page: a facilitator, players, and observers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable

import aiohttp

from sandbox.game.view import sees
from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder
from sandbox.session.opening import open_session
from sandbox.web.tables.database import Setup
from sandbox.web.tables.store import WebStore
from tests.content.folders import LIBRARY
from tests.web.light import LightPage
from tests.web.served import WebServer

__all__ = ["Crowd"]

CASE = "four_oclock_school"
DESK = "desk"


class Crowd:
    """The people of one table.

    Args:
        http: makes the requests of their pages.
        server: the server.
        store: the store of the server's tables.
        number: number of the table; it chooses the governance model and the seed.
        people: how many pages beside the facilitator's: one for each seat of the case, the others observe.
        stages: the stages.
        turns: lines a stage.

    Attributes:
        pages: the pages by seat, ``desk`` and ``observer-1`` and so on.
        urls: where each page lies.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        server: WebServer,
        store: WebStore,
        number: int,
        people: int,
        stages: tuple[str, ...] = ("public_engagement",),
        turns: int = 500,
    ) -> None:
        self._server, self._store = server, store
        seats = [seat.persona for seat in LIBRARY.scenario(CASE).seats][:people]
        governance = list(LIBRARY.cards["governance"])
        setup = Setup(
            scenario=CASE, governance=governance[number % len(governance)], city="", lang="en", stages=stages,
            turns=turns, seed=number, persons=tuple(seats), minutes={},
        )  # fmt: skip
        self.table = store.add_table(setup).id
        self.seats = tuple(seats)
        self.urls = {DESK: f"{server.link}/t/{self.table}"}
        for seat in seats:
            self.urls[seat] = f"{server.origin}/s/" + store.take_seat(self.table, seat, "")
            store.set_ready(self.table, seat, True)
        for count in range(people - len(seats)):
            self.urls[f"observer-{count + 1}"] = f"{server.origin}/v/" + store.add_viewer(self.table, "observer")
        self.pages = {name: LightPage(http) for name in self.urls}
        self.words_said = 0

    async def gather(self, http: aiohttp.ClientSession | None = None) -> None:
        """Open all pages; open ones are loaded anew, through another client where one is given."""
        for name, page in self.pages.items():
            await page.open(self.urls[name], http)

    async def begin(self, covered: Iterable[str] = ()) -> None:
        """Start the session, and let personas speak for some of the players."""
        await self.pages[DESK].click("data-start")
        for seat in covered:
            await self.pages[seat].click("data-cover")

    async def speak(self, think: float) -> None:
        """Let the players speak whenever they have the floor, each after a moment of thought, for ever."""
        async with asyncio.TaskGroup() as group:
            for seat in self.seats:
                group.create_task(self._player(seat, think))

    async def _player(self, seat: str, think: float) -> None:
        page = self.pages[seat]
        while True:
            await asyncio.sleep(0.05)
            with contextlib.suppress(ConnectionError, KeyError):  # the page has lost its connection or moved on
                if page.connected and page.find("data-send-pulse"):
                    await page.answer_pulse()
                elif page.connected and page.find("data-says"):
                    box = page.find("data-says")
                    await asyncio.sleep(think)
                    if page.connected and page.find("data-says") == box:
                        self.words_said += 1
                        words = f"Words {self.words_said} of the person behind {seat}, said aloud in the room."
                        await page.say(words, "inform", "ask", "object", "support")
                        with contextlib.suppress(TimeoutError):
                            await page.until(lambda box=box: page.find("data-says") != box, 2.0)  # type: ignore[misc]

    async def close(self) -> None:
        """Close all pages."""
        for page in self.pages.values():
            await page.close()

    # What was said

    @property
    def folder(self) -> SessionFolder:
        """The folder of the session."""
        return SessionFolder(self._server.runs / self._store.table(self.table).session)

    def spoken(self, until: float = float("inf")) -> dict[str, list[Event]]:
        """Return by page the lines that it should show, of those spoken up to a time."""
        session = open_session(self.folder, LIBRARY)
        lines = [event for event in session.events if event.kind == "line" and event.at <= until]
        return {
            name: [
                line
                for line in lines
                if name == DESK or sees(session.game, name if name in self.seats else None, line)
            ]
            for name in self.pages
        }  # fmt: skip

    def faults(self, until: float = float("inf")) -> list[str]:
        """Return what is wrong with the pages: lines lost, doubled, out of their order, or not theirs to see."""
        found = []
        spoken = self.spoken(until)
        everything = self.spoken()
        for name, page in self.pages.items():
            shown, due = page.lines(), [line.payload["id"] for line in spoken[name]]
            may = [line.payload["id"] for line in everything[name]]
            found += [f"{name}: {fault}" for fault in page.faults]
            found += [f"{name}: line {line} lost" for line in due if line not in shown]
            found += [f"{name}: line {line} not theirs to see" for line in shown if line not in may]
            if len(set(shown)) != len(shown):
                found.append(f"{name}: lines doubled: {shown}")
            elif shown != [line for line in may if line in shown]:
                found.append(f"{name}: lines out of their order: {shown}")
        return found
