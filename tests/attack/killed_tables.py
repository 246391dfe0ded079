"""A web server that is killed while a table is in play, and started again; the person at the table stays."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import aiohttp

from tests.attack.lives import Plan, Session
from tests.web.light import LightPage
from tests.web.served import WebServer
from tests.web.tables import TENANT, Made, make_table

__all__ = ["Table"]

_PATIENCE = 300.0
_LOST = (ConnectionError, aiohttp.ClientError, TypeError, KeyError, StopIteration, TimeoutError)
"""What a page meets whose server is gone, or whose element is."""


class Table(Session):
    """``sandbox serve`` with a table at which one person sits among personas; only the server is killed."""

    plans: ClassVar[tuple[Plan, ...]] = (
        Plan("joint production", ("joint_production", "training,public_engagement", "en"), pause=0.01),
        Plan(
            "government and community, Chinese, directed",
            ("government_community_interaction", "training", "zh"),
            directed=True,
            pause=0.01,
        ),
    )  # fmt: skip
    written: ClassVar[tuple[str, ...]] = ("report.html",)

    def __init__(self, plan: Plan, home: Path) -> None:
        super().__init__(plan, home)
        self._server = WebServer(home)
        self._up, self._gone = threading.Event(), threading.Event()
        self._person: threading.Thread | None = None

    def __exit__(self, *error: object) -> None:
        self._gone.set()
        if self._person:
            self._person.join()
        super().__exit__(*error)

    def start(self) -> None:
        with patch.dict(os.environ, self.environment):
            self._server.start()
        if self._person is None:
            governance, stages, lang = self.plan.arguments
            setup = {"governance": governance, "stages": tuple(stages.split(",")), "lang": lang, "turns": 5}
            table = make_table(self._server, (TENANT, "Anna"), **setup)
            self._person = threading.Thread(target=lambda: asyncio.run(self._play(table)), daemon=True)
            self._person.start()
        self._up.set()

    def over(self) -> bool:
        logs = list(self._server.runs.glob("*/events.jsonl"))
        return bool(logs) and b'"kind": "close"' in _tail(logs[0]) and logs[0].with_name("report.html").is_file()

    def plain(self) -> dict[str, Any]:
        """Return what is on record, without the orders that tell that the program was started again."""
        return {
            name: ([event for event in events if event["payload"].get("kind") != "restart"], calls)
            for name, (events, calls) in super().plain().items()
        }

    def kill(self) -> None:
        self._up.clear()
        self._heard(self._server.kill())

    def finish(self) -> None:
        until = time.monotonic() + _PATIENCE
        while not self.over():
            if time.monotonic() > until:
                self.complaints.append("never came to its end")
                break
            time.sleep(0.05)
        self._up.clear()
        self._heard(self._server.kill())

    def _heard(self, said: str) -> None:
        self.complaints += [f"said: {line}" for line in said.splitlines()]

    async def _play(self, table: Made) -> None:
        """Begin the session, and say something whenever the person is asked, on pages that are opened again."""
        while not self._gone.is_set():
            await asyncio.sleep(0.02)
            if self._up.is_set():
                async with aiohttp.ClientSession() as http:
                    desk, seat = LightPage(http), LightPage(http)
                    with contextlib.suppress(*_LOST):
                        await desk.open(table.desk)
                        await seat.open(table.seats[TENANT])
                        await self._act(desk, seat)
                    await desk.close()
                    await seat.close()

    async def _act(self, desk: LightPage, seat: LightPage) -> None:
        while self._up.is_set() and seat.connected:
            await asyncio.sleep(0.02)
            if start := desk.find("data-start"):
                await desk.do(start, "click")
                await desk.until(lambda: not desk.find("data-start"), 5.0)
            elif seat.find("data-send-pulse"):
                await seat.answer_pulse()
                await seat.until(lambda: not seat.find("data-send-pulse"), 5.0)
            elif box := seat.find("data-says"):
                await seat.say(f"After {len(seat.lines())} lines I ask who keeps the key.", "ask", "inform", "support")
                await seat.until(lambda box=box: seat.find("data-says") != box, 5.0)  # type: ignore[misc]


def _tail(path: Path) -> bytes:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 2_000))
        return stream.read()
