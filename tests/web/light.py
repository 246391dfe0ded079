"""Light clients: pages of the web app without a browser, dozens of them in one process.

A light client asks for a page as a browser does, speaks the page's protocol (NiceGUI's messages over a
`tests.web.wire.Wire`), keeps the page's elements, and notes when each line of a transcript came. Beyond what a page
lets a person do it sends whatever it is told, without any of the checks of a browser.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import html
import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.web.wire import Wire

__all__ = ["LightPage", "light"]

_ELEMENTS = re.compile(r"parseElements\(String\.raw`(.*?)`\)", re.DOTALL)
_LINE = re.compile(r'data-line="([^"]+)"')
_TAG = re.compile(r"<[^>]*>")
_QUERY = re.compile(r"^\s*query: (\{.*\}),$", re.MULTILINE)
_ACK_SECONDS = 3.0
_LONGEST_WAIT = 45.0  # a busy machine, or a disk that keeps everybody waiting, is slow, not wrong
_SHOWN = 1500
# For this long after it came back a page may hear the newest first, and miss what was sent just then: NiceGUI's way.
# What it shows must be right in the end all the same.
_HEALS = 1.0


class LightPage:
    """A page of the web app.

    Args:
        http: makes its requests.
        keep: whether everything that comes is kept.

    Attributes:
        client: the server's name for the page.
        elements: its elements by id, as the page would draw them.
        came: when each line came (seconds since 1970), in the order in which they came; not those that were there when
            the page was opened.
        messages: how many messages came.
        faults: what should not be: a line out of turn, a message missing or repeated, a page that is told to load
            itself anew.
        notices: what the page showed as messages.
        opened: the addresses that the page was sent to; it does not go there.
        heard: the page as it was sent and each frame that came, if they are kept.
        kept: the tokens of seats that its browser keeps.
    """

    def __init__(self, http: aiohttp.ClientSession, keep: bool = False) -> None:
        self.client = ""
        self.elements: dict[str, dict[str, Any]] = {}
        self.came: dict[str, float] = {}
        self.messages = 0
        self.faults: list[str] = []
        self.notices: list[str] = []
        self.opened: list[str] = []
        self.heard: list[str] = []
        self.kept: list[str] = []
        self._http, self._keep = http, keep
        self._query: dict[str, str] = {}
        self._next = 0
        self._back = 0.0
        self._left = True
        self._wire = Wire(http, "", self._take)
        self._deaf: list[Wire] = []
        self._origin = ""
        self._acks: asyncio.Task[None] | None = None
        self._later: set[asyncio.Task[None]] = set()
        self._coming = asyncio.Lock()
        self._marks: dict[str, dict[str, str]] = {}
        self._texts: dict[str, str] = {}
        self._news = asyncio.Event()

    async def open(self, url: str, http: aiohttp.ClientSession | None = None) -> None:
        """Ask for a page and connect it, through another client where one is given; an open one is closed before."""
        await self.close()
        self._http = http or self._http
        async with self._http.get(url) as response:
            text = await response.text()
            if response.status != 200:
                raise ConnectionError(f"{url}: {response.status}")
            self._origin = str(response.url.origin())
        elements, query = _ELEMENTS.search(text), _QUERY.search(text)
        assert elements
        assert query
        for held in (self.elements, self._marks, self._texts):
            held.clear()
        for key, element in json.loads(html.unescape(elements[1])).items():
            self._put(key, element)
        self.came.clear()
        self.faults.clear()
        self.heard[:] = [text] if self._keep else []
        given: dict[str, Any] = ast.literal_eval(query[1])
        self._next = int(given.pop("next_message_id"))
        page = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in given.items()}
        self._query = {**page, "document_id": str(uuid.uuid4()), "tab_id": str(uuid.uuid4())}
        self.client = page["client_id"]
        await self.connect()
        self._acks = asyncio.create_task(self._acknowledge())

    async def connect(self, origin: str = "") -> None:
        """Connect, or connect again and ask for what was missed; as a page of elsewhere where an origin is given."""
        wire = Wire(self._http, self._origin, self._take, self.heard.append if self._keep else None)
        await wire.connect({**self._query, "next_message_id": str(self._next)}, origin)
        self._wire = wire
        self._left = False
        self._back = time.time()
        self._do_later(self._stay())

    async def disconnect(self) -> None:
        """Lose the connection; the page stays as it is."""
        self._left = True
        await self._wire.close()

    def go_deaf(self) -> None:
        """Lose the connection without the server's knowledge."""
        self._left = True
        self._wire.go_deaf()
        self._deaf.append(self._wire)

    async def close(self) -> None:
        """Close the page."""
        self._left = True
        if self._acks is not None:
            self._acks.cancel()
        for wire in (*self._deaf, self._wire):
            await wire.close()
        self._deaf.clear()

    @property
    def connected(self) -> bool:
        """Whether the page hears the server."""
        return self._wire.connected

    # What is on the page

    @property
    def texts(self) -> str:
        """All texts that the page has now, drawn or not."""
        return "\n".join(self._texts.values())

    def shows(self, text: str) -> bool:
        """Return whether a text is on the page."""
        return text in self.texts

    def walk(self, start: str = "0") -> Iterator[tuple[str, dict[str, Any]]]:
        """Go through the elements that are on the page, in the order in which they are drawn."""
        element = self.elements.get(start)
        if element is None:
            return
        yield start, element
        slots = (slot.get("ids", ()) for slot in (element.get("slots") or {}).values())
        for children in (element.get("children") or (), *slots):
            for child in children:
                yield from self.walk(str(child))

    def lines(self) -> list[str]:
        """Return the ids of the lines on the page, from top to bottom."""
        return [line for _, element in self.walk() for line in _lines_of(element)]

    def find(self, prop: str, value: str | None = None) -> str:
        """Return the id of the first element with a property, or an empty text."""
        found = self._marks.get(prop, {})
        return next((key for key, other in found.items() if value in (None, other)), "")

    def all(self, prop: str) -> dict[str, str]:
        """Return the value of a property by element."""
        return dict(self._marks.get(prop, {}))

    def events(self, key: str, kind: str, *args: Any) -> list[dict[str, Any]]:
        """Return the messages of an element's event, as often to be sent as one likes, be it late or to others.

        Args:
            key: the element.
            kind: how the event's name begins; ``update:`` for whatever its value's event is called.
            args: what the event tells; nothing keeps a field from taking other things than text.
        """
        packed = [json.dumps(arg) for arg in args]
        return [
            {"id": int(key), "client_id": self.client, "listener_id": one["listener_id"], "args": packed}
            for one in self.elements[key]["events"]
            if one["type"].startswith(kind) and not one.get("js_handler")
        ]

    # What it sends, sensible or not

    async def raw(self, text: str) -> None:
        """Send a frame."""
        await self._wire.raw(text)

    async def emit(self, name: str, content: object) -> None:
        """Send a message of any kind."""
        await self._through(lambda wire: wire.emit(name, content))

    async def settle(self) -> None:
        """Wait until the server has handled what was sent, and what it sent has come."""
        for _ in range(3):  # what a message brings about is sent in a later round of the server's loop
            await self._through(lambda wire: wire.ask("ack", {"client_id": self.client, "next_message_id": self._next}))

    # What a person does

    async def do(self, key: str, kind: str, *args: Any) -> None:
        """Let an event of an element happen."""
        for message in self.events(key, kind, *args):
            await self.emit("event", message)

    async def click(self, prop: str, value: str | None = None) -> None:
        """Click an element, once it is there."""
        await self.do(await self.wait(prop, value), "click")

    async def unfold(self, prop: str) -> None:
        """Open what is folded away, once it is there; again where it was drawn anew before that was heard."""
        opened = ""
        while (key := await self.wait(prop)) != opened:
            await self.do(opened := key, "update:", True)
            await self.settle()

    async def open_line(self, line: str) -> None:
        """Press the button of a line, once it is there."""
        await self.until(lambda: line in self.lines())
        for key, element in list(self.walk()):
            for one in element.get("events") or ():
                if "data-tool" in str(one.get("js_handler")):
                    message = {"id": int(key), "client_id": self.client, "listener_id": one["listener_id"]}
                    await self.emit("event", {**message, "args": [json.dumps(line)]})

    async def press(self, label: str, prop: str = "", value: str | None = None) -> None:
        """Press the button with a label, inside the element that has a property, or in a dialog, once it is there."""

        def found() -> list[str]:
            dialogs = (key for key, one in self.elements.items() if "dialog" in str(one.get("tag")))
            boxes = [self.find(prop, value)] if prop else dialogs
            return [key for box in boxes for key, one in self.walk(box) if one.get("props", {}).get("label") == label]

        await self.until(lambda: bool(found()))
        await self.do(found()[-1], "click")

    async def choose(self, key: str, label: str) -> None:
        """Choose what has a label among the options of an element."""
        options = self.elements[key]["props"]["options"]
        option = next(option for option in options if option["label"] == label)
        await self.do(key, "update:", option if "select" in str(self.elements[key]["tag"]) else option["value"])

    async def say(self, words: str, *acts: str) -> None:
        """Speak, when it is this person's turn: with the first of some acts that is offered, or with any."""
        offered = {act: key for key, act in self.all("data-act").items()}
        act = next((one for one in acts if one in offered), next(iter(offered)))
        send = self.find("data-send")
        await self.do(self.find("data-says"), "update:", words)
        await self.do(offered[act], "click")
        if send:
            await self.do(send, "click")
            await self.settle()
            if self.find("data-only-words"):
                await self.click("data-only-words")

    async def answer_pulse(self) -> None:
        """Answer the questions of the pulse with the middle of each scale, once they are there."""
        await self.wait("data-send-pulse")
        for key in self.all("data-pulse"):
            await self.do(key, "update:", 2)
        await self.click("data-send-pulse")

    async def wait(self, prop: str, value: str | None = None) -> str:
        """Wait until there is an element with a property, and return its id."""
        await self.until(lambda: bool(self.find(prop, value)))
        return self.find(prop, value)

    async def until(self, true: Callable[[], bool], seconds: float = _LONGEST_WAIT) -> None:
        """Wait until something is true.

        Raises:
            TimeoutError: it did not become true in time; the message tells what the page shows.
        """
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    self._news.clear()
                    with contextlib.suppress(TimeoutError):  # what is waited for may have come to another page
                        async with asyncio.timeout(0.05):
                            await self._news.wait()
        except TimeoutError as error:
            drawn = [self._texts[key].strip() for key, _ in self.walk()]
            shows = " · ".join(filter(None, drawn))[-_SHOWN:]
            why = f"connected: {self.connected}, messages: {self.messages}, faults: {self.faults}; shows: {shows}"
            raise TimeoutError(why) from error

    async def lost(self) -> None:
        """Wait until the connection that it has is over."""
        await self._wire.lost()

    async def _stay(self) -> None:
        await self.lost()
        await self._come_back()

    async def _come_back(self) -> None:
        """Connect again, once, as a browser does: on a busy machine the server hears too late that a page is there."""
        async with self._coming:
            if self._left or self.connected:
                return
            self._left = True
            with contextlib.suppress(ConnectionError, aiohttp.ClientError):
                await self.connect()

    async def _through(self, send: Callable[[Wire], Awaitable[None]]) -> None:
        """Send something, once more where the connection was lost and came back."""
        try:
            await send(self._wire)
        except ConnectionError:
            if self._left:
                raise
            await self.lost()
            await self._come_back()
            await send(self._wire)

    def _do_later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    # What the server tells

    def _take(self, name: str, content: Any, now: float) -> None:
        self.messages += 1
        self._news.set()
        number = content.pop("_id", None) if isinstance(content, dict) else None
        if number is not None:
            if number < self._next:
                return  # a page that was deaf hears twice what was sent when it came back
            if number > self._next and now > self._back + _HEALS:
                self.faults.append(f"message {number} came where {self._next} was due")
            self._next = number + 1
        if name == "update":
            self._update(content, now)
        elif name == "notify":
            self.notices.append(str(content.get("message", "")))
        elif name == "open":
            self.opened.append(str(content["path"]))
        elif name == "run_javascript":
            if "location.reload" in content["code"]:
                self.faults.append("told to load itself anew")
            if request := content.get("request_id"):
                all_of_them = "Object.entries(localStorage)" in content["code"]
                result = self.kept if all_of_them else next(iter(self.kept), None)
                self._do_later(self._tell("javascript_response", {"request_id": request, "result": result}))

    def _update(self, content: dict[str, dict[str, Any] | None], now: float) -> None:
        for key, element in content.items():
            if element is None:
                self._put(key, None)
                continue
            for line in _lines_of(element) if key not in self.elements else ():
                if line in self.came:
                    self.faults.append(f"line {line} came twice")
                elif self.came and _number(line) < _number(next(reversed(self.came))) and now > self._back + _HEALS:
                    self.faults.append(f"line {line} came after {next(reversed(self.came))}")
                self.came[line] = now
            self._put(key, element)

    def _put(self, key: str, element: dict[str, Any] | None) -> None:
        old = self.elements.pop(key, {})
        self._texts.pop(key, None)
        for prop in old.get("props", {}):
            self._marks.get(prop, {}).pop(key, None)
        if element is not None:
            self.elements[key] = element
            self._texts[key] = f"{element.get('text') or ''}\n{_text_of(element)}"
            for prop, value in element.get("props", {}).items():
                self._marks.setdefault(prop, {})[key] = str(value)

    async def _acknowledge(self) -> None:
        while True:
            await asyncio.sleep(_ACK_SECONDS)
            await self._tell("ack", {"next_message_id": self._next})

    async def _tell(self, name: str, content: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionError):  # when it comes back, the page is asked again
            await self.emit(name, {**content, "client_id": self.client})


@asynccontextmanager
async def light(url: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[LightPage]:
    """Open a page that keeps everything that comes.

    Args:
        url: its address.
        headers: what its browser says beside.
    """
    told = {"Accept-Encoding": "identity", **(headers or {})}  # no wire is to be spared here
    async with aiohttp.ClientSession(headers=told) as http:
        page = LightPage(http, keep=True)
        try:
            await page.open(url)
            yield page
        finally:
            await page.close()


def _lines_of(element: dict[str, Any]) -> list[str]:
    """Return the ids of the lines that an element draws."""
    return _LINE.findall(str(element.get("props", {}).get("innerHTML", "")))


def _text_of(element: dict[str, Any]) -> str:
    """Return the text of what an element draws from HTML."""
    drawn = element.get("props", {}).get("innerHTML")
    return html.unescape(_TAG.sub("\n", str(drawn))) if drawn else ""


def _number(line: str) -> int:
    """Return the place of a line in its session; a line's id is a letter and that place."""
    return int(re.sub(r"\D", "", line) or 0)
