"""The web app in a process of its own, and people who use it in a real browser."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from playwright.async_api import Browser, Locator, Page, Playwright, WebSocket, async_playwright, expect
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from sandbox.content.language import Lang
from sandbox.web.links import shared_path
from tests.cli.conftest import ROOT
from tests.session.support import SteadyModel
from tests.stub_endpoint import Received, StubReply, stream, usage
from tests.web.serving import RoomClock, Serving

__all__ = ["HastyServer", "Person", "Streaming", "WebServer", "asked", "browser", "close_browser", "join"]

_CHROMIUM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"  # without windows: less than half the work
# A busy machine is slow, not wrong: what never comes is still told.
_PATIENCE = 45_000
_LONG = 90  # seconds: others may have much to say first
expect.set_options(timeout=_PATIENCE)
_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--host-resolver-rules=MAP room.test 127.0.0.1",  # a name under which a phone might reach the server
]


class Streaming(SteadyModel):
    """A scripted model that streams its answers."""

    def __call__(self, request: Received) -> StubReply:
        """Answer a request, in pieces where that is asked for."""
        if not request.body.get("stream"):
            return super().__call__(request)
        self.requests.append(request.body)
        text = json.dumps(self.answer(request.body), ensure_ascii=False)
        return stream([text[at : at + 12] for at in range(0, len(text), 12)], counts=usage(200, 20, 150))


class WebServer:
    """``sandbox serve`` in a process of its own; it can be killed and started again at the same address.

    Args:
        folder: where its sessions lie.
        options: further options of the command.
        rooms: what its rooms have under some names of `sandbox.web.tables.room`, `server` and `time_watch` instead of
            what stands there.
    """

    def __init__(self, folder: Path, *options: str, rooms: Mapping[str, object] | None = None) -> None:
        self.runs = folder / "runs"
        self.link = ""
        self._options, self._rooms = options, rooms or {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._process: Serving | None = None
        self._complaints = folder / "complaints.txt"

    @property
    def origin(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    def show(self, session: str, line: str = "", lang: Lang = "en") -> str:
        """Return the address at which a session is shown."""
        return self.origin + shared_path(self.link.rsplit("/", 1)[1], "show", session, lang=lang, at=line)

    @property
    def pid(self) -> int:
        """The id of its process."""
        assert self._process is not None
        return self._process.pid

    @property
    def memory(self) -> int:
        """Resident memory in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return 1024 * int(found[1])

    def start(self) -> None:
        """Start the server and wait until it answers."""
        # The page library behaves in its own way where it believes to be under test.
        inherited = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
        # A file, since a server that complains much would wait for somebody to read it.
        self._process = Serving(
            ("--port", str(self.port), *self._options),
            {**inherited, "PYTHONPATH": str(ROOT), "SANDBOX_RUNS": str(self.runs)},
            self._complaints,
            self._rooms,
        )
        line = self._process.stdout.readline()
        if (link := re.search(r"https?://\S+", line)) is None:  # its words are in the language of the environment
            raise AssertionError(f"{line}{self.kill()}")
        self.link = link[0]
        while True:  # the link is printed a moment before the port is open
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", self.port), 5.0):
                return
            time.sleep(0.01)

    def kill(self) -> str:
        """Kill the server in the midst of its work, and return what it complained of."""
        return self._end(signal.SIGKILL)

    def stop(self) -> str:
        """Stop the server as Ctrl+C does, and return what it complained of."""
        return self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> str:
        assert self._process is not None
        self._process.end(how)
        self._process = None
        return self._said()

    def log(self) -> str:
        """Return its log."""
        return self._complaints.read_text(encoding="utf-8", errors="replace")

    def _said(self) -> str:
        return "".join(line for line in self.log().splitlines(keepends=True) if " INFO " not in line)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.kill()


class HastyServer(WebServer):
    """A server whose rooms look at the time twenty times a second, and whose time a test lets pass.

    Args:
        folder: where its sessions lie.
        options: further options of the command.
        rooms: what else its rooms have instead of their own, as with any server.
    """

    def __init__(self, folder: Path, *options: str, **rooms: object) -> None:
        folder.mkdir(exist_ok=True)
        self._clock = RoomClock(folder / "ahead")
        super().__init__(folder, *options, rooms={**self._clock.rooms, **rooms})

    def let_pass(self, seconds: float) -> None:
        """Let seconds pass at once in all rooms: of stages, turns, pulses and votes."""
        self._clock.put_forward(seconds)


# What still moves: running transitions, and the ripples and panels that are about to.
_MOVES = """() => Boolean(document.querySelector('.q-ripple__inner, [class*=-enter-active], [class*=-leave-active]'))
  || document.getAnimations().some(one => one.playState === 'running'
    && one.effect.getComputedTiming().endTime < Infinity)"""
_KEPT = """parts => Object.keys(localStorage).filter(key => key.startsWith('draft:'))
  .some(key => parts.every(part => part in (draft.read(key).parts || {})))"""


class Person:
    """Somebody with a page of the web app, and everything that reached it.

    Args:
        page: the page.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self.wire: list[str] = []
        page.set_default_timeout(_PATIENCE)
        page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("websocket", self._listen)

    def _listen(self, connection: WebSocket) -> None:
        connection.on(
            "framereceived",
            lambda frame: self.wire.append(frame if isinstance(frame, str) else frame.decode("utf-8", "replace")),
        )

    async def go(self, url: str) -> None:
        """Open a page and wait until it is alive."""
        async with asyncio.timeout(_LONG):
            while True:
                response = await self.page.goto(url)
                assert response is not None
                # On a slow machine a page may load itself anew at once, and what came first is gone then.
                with contextlib.suppress(PlaywrightError):
                    self.wire.append(await response.text())
                    break
        await self.alive()

    async def alive(self) -> None:
        """Wait until the page is connected."""
        await self.page.wait_for_function("window.socket && window.socket.connected")

    async def ready(self) -> None:
        """Say in the lobby that one is ready, and wait until the page says so too."""
        await self.page.click("[data-ready]")
        await expect(self.page.locator("[data-ready]")).to_have_count(0)

    async def unfold(self, part: str) -> None:
        """Open what is folded away, unless it is open."""
        head = self.page.locator(part).locator(".q-item").first
        await expect(head).to_have_attribute("aria-expanded", re.compile("true|false"))
        if await head.get_attribute("aria-expanded") == "false":
            await head.click()
        await expect(head).to_have_attribute("aria-expanded", "true")
        await self.at_rest()

    async def at_rest(self) -> None:
        """Wait until nothing of the page moves any more; a click can miss what moves."""
        async with asyncio.timeout(_LONG):
            calm = 0
            while calm < 4:
                calm = 0 if await self.page.evaluate(_MOVES) else calm + 1
                await self.page.wait_for_timeout(100)

    async def entries(self, field: str) -> Locator:
        """Open a field's list, and return its entries.

        Args:
            field: names the list's field.
        """
        entries = self.page.locator(".q-menu .q-item")
        async with asyncio.timeout(_LONG):
            while True:
                await self.page.locator(f"label:has({field})").first.click()
                try:
                    await entries.first.wait_for(timeout=5_000)
                    return entries
                except PlaywrightTimeout:
                    # Quasar never shows a list that had no layout in its first 60 ms; a person opens it again.
                    await self.page.keyboard.press("Escape")
                    await expect(self.page.locator(".q-menu")).to_have_count(0)

    async def choose(self, field: str, option: str | int, *, several: bool = False) -> str:
        """Choose an entry of a list, by its text or its place, wait until the list is closed, and return its text.

        Args:
            field: names the list's field.
            option: the entry.
            several: whether more than one may be chosen, so that the list stays open until it is closed.
        """
        entries = await self.entries(field)
        entry = entries.nth(option) if isinstance(option, int) else entries.filter(has_text=option)
        text = await entry.inner_text()
        await entry.click()
        if several:
            await self.page.keyboard.press("Escape")
        await expect(self.page.locator(".q-menu")).to_have_count(0)  # the next one must not be taken for this one
        return text

    async def pulse(self, *levels: int) -> None:
        """Answer the questions of the pulse; where nothing is said, with the middle of each scale."""
        await expect(self.page.locator("[data-send-pulse]")).to_be_visible()
        place = await self.place()
        for name, level in zip(("trust", "conviction", "burden"), levels or (3, 3, 3), strict=True):
            button = self.page.locator(f"[data-pulse={name}] button").nth(level - 1)
            await button.press("Enter")  # by key: lines that arrive above move the buttons, and the mouse can miss one
            await expect(button).to_have_attribute("aria-pressed", "true")
        await self.page.locator("[data-send-pulse]").press("Enter")
        await self.moved_on(place)

    async def place(self) -> str:
        """Return the place in the session for which the person is asked, once it is."""
        return str(await self.page.locator("[data-turn]").get_attribute("data-turn"))

    async def moved_on(self, place: str) -> None:
        """Wait until the person is no longer asked for a place; what is asked next may come at once."""
        await expect(self.page.locator(f"[data-turn='{place}']")).to_have_count(0)

    async def press(self, button: str | Locator) -> None:
        """Press a button of what is asked, by key, and wait until that has been taken."""
        found = self.page.locator(button) if isinstance(button, str) else button
        await expect(found).to_be_visible()
        place = await self.place()
        await found.press("Enter")
        await self.moved_on(place)

    async def kept(self, *parts: str) -> None:
        """Wait until the browser keeps parts of a turn that is begun."""
        await self.page.wait_for_function(_KEPT, arg=list(parts))

    async def say(self, act: str, words: str) -> None:
        """Take the floor, once it is given."""
        await self.page.locator(f".yours [data-act={act}]").press("Enter")
        await self.page.fill("[data-says]", words)
        await self.page.locator("[data-send]").press("Enter")
        only_words = self.page.locator("[data-only-words]")
        await expect(only_words.or_(self.page.locator(".log", has_text=words)).first).to_be_visible()
        if await only_words.count():
            await only_words.press("Enter")
        await expect(self.page.locator(".log")).to_contain_text(words)

    async def lines(self) -> list[str]:
        """Return the ids of the lines that are shown, in their order."""
        found = await self.page.locator("[data-line]").evaluate_all("all => all.map(one => one.dataset.line)")
        return [str(one) for one in found]


async def asked(*people: Person, for_what: str = ".yours [data-act]") -> Person:
    """Return the person whose turn it is, as soon as their own page says so."""
    async with asyncio.timeout(_LONG):
        while True:
            for person in people:
                if await person.page.locator(for_what).count():
                    return person
            await asyncio.sleep(0.1)


class _Lent:
    """The browser of this process, which is started when a test first asks for it."""

    started: tuple[Playwright, Browser] | None = None


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Lend the browser of this process, and close what was opened in it.

    Its people have asked for less motion, so that no click lands where something just was.
    """
    if _Lent.started is None:
        playwright = await async_playwright().start()
        started = await playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGS)
        setattr(started, "new_context", partial(started.new_context, reduced_motion="reduce"))  # noqa: B010
        _Lent.started = playwright, started
    _, lent = _Lent.started
    others = list(lent.contexts)
    try:
        yield lent
    finally:
        for context in lent.contexts:
            if context not in others:
                await context.close()


async def close_browser() -> None:
    """Close the browser of this process, if a test has asked for it."""
    if _Lent.started is not None:
        playwright, started = _Lent.started
        _Lent.started = None
        await started.close()
        await playwright.stop()


async def join(
    chromium: Browser,
    server: WebServer,
    code: str,
    seat: str,
    name: str = "",
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
    lang: Lang = "en",
) -> Person:
    """Let a person with a browser of its own take a seat.

    Args:
        chromium: the browser.
        server: the server.
        code: the join code.
        seat: text of the seat's choice.
        name: display name.
        width: width of the screen in pixels.
        scheme: light or dark.
        lang: the language that the browser asks for.
    """
    context = await chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale=lang)
    person = Person(await context.new_page())
    await person.go(f"{server.origin}/join/{code}")
    await person.page.locator(".q-radio").filter(has_text=seat).click()
    await person.page.fill("[data-name]", name)
    await person.page.click("[data-take]")
    await person.page.wait_for_url(re.compile("/s/"))
    await person.alive()
    return person
