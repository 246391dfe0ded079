"""Malformed input of people with a valid link: frames of pages, a facilitator's own cards, names, notes and links."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from sandbox.content.language import LANGUAGES
from sandbox.content.words import Words
from sandbox.errors import SandboxError
from sandbox.session.choice import choose
from sandbox.settings import Settings
from sandbox.web.cards.own_cards import KINDS, OwnCards
from sandbox.web.gate import is_sound
from sandbox.web.links import clean_name, normal_code
from sandbox.web.tables.database import Setup
from sandbox.web.tables.house import House
from sandbox.web.tables.store import WebStore
from tests.attack.attempt import Answer, Attempt, lasting
from tests.attack.called import in_time, jargon, unfit
from tests.attack.malformed import NASTY, TEXTS, VALUES, changed, other_yaml
from tests.content.folders import LIBRARY, shipped
from tests.web.light import LightPage
from tests.web.playing import begin
from tests.web.served import WebServer
from tests.web.tables import MAYOR, PARENT, TENANT, Made, make_table
from tests.web.test_own_cards import own_cards

__all__ = ["WEB", "served"]

_MOST_MEMORY = 400 << 20
_NAMES = ((TENANT, "Anna"), (PARENT, "Bo"), (MAYOR, "Chen"))
_PAGES = ("seat", "seat", "seat", "desk", "desk", "home", "tables", "cards", "card", "persona", "campaigns", "country",
"shows", "show",
          "experiments", "join", "watch")  # fmt: skip


class Served:
    """A server with a table at which people play, for one batch of inputs."""

    def __init__(self, server: WebServer, table: Made) -> None:
        self.server, self.table = server, table
        self._complaints = server.runs.parent / "complaints.txt"
        self._read = 0

    def url(self, page: str) -> str:
        """Return the address of a page."""
        link, table = self.server.link, self.table
        return {
            "seat": table.seats[TENANT], "desk": table.desk, "home": link, "tables": f"{link}/tables",
            "cards": f"{link}/c",
            "card": f"{link}/c/scenario/clean_up",
            "persona": f"{link}/c/persona/elder", "campaigns": f"{link}/campaign",
            "country": f"{link}/country", "shows": f"{link}/show", "show": self.server.show("showcase_en"),
            "experiments": f"{link}/e", "join": f"{self.server.origin}/join/{table.code}", "watch": table.projector,
        }[page]  # fmt: skip

    def told(self) -> str:
        """Return what the server told its operator since it was last asked."""
        text = self._complaints.read_text(encoding="utf-8", errors="replace")
        new, self._read = text[self._read :], len(text)
        return new


_now: list[Served] = []


@contextlib.contextmanager
def served() -> Iterator[None]:
    """Serve the web app, with a table at which three people play, while inputs are given to its pages."""
    with tempfile.TemporaryDirectory() as place, WebServer(Path(place), "--model", "none") as server:
        _now[:] = [Served(server, make_table(server, *_NAMES, turns=200))]
        asyncio.run(_begun(_now[0].table))
        yield
    _now.clear()


async def _begun(table: Made) -> None:
    async with aiohttp.ClientSession() as http:
        pages = [LightPage(http) for _ in range(4)]
        for page, url in zip(pages, (table.desk, *table.seats.values()), strict=True):
            await page.open(url)
        await begin(pages[0])
        for page in pages:
            await page.close()


@st.composite
def _frame(draw: DrawFn) -> Attempt:
    """An event of an element of a page, with values that no browser sends."""
    page, order = draw(st.sampled_from(_PAGES)), draw(st.lists(st.integers(0, 400), min_size=1, max_size=4))
    values = draw(st.lists(st.one_of(VALUES, st.sampled_from(NASTY), st.just({"value": 0, "label": "x"}),
    st.just("x" * 60_000)),
                           max_size=2))  # fmt: skip
    short = hashlib.sha256(repr((order, values)).encode("utf-8", "replace")).hexdigest()[:8]

    def give(_: Path) -> Answer:
        now = _now[0]
        with in_time():
            complaints = asyncio.run(_sent(now, page, order, values))
        told = now.told()
        if "Traceback" in told or "Error" in told:
            complaints.append(f"{page}, {values!r:.120}: the operator is told: {told[-700:]}")
        if now.server.memory > _MOST_MEMORY:
            complaints.append(f"{now.server.memory >> 20} MB")
        return Answer(not complaints, tuple(complaints))

    return Attempt(f"frame {page} {short}", give)


async def _sent(now: Served, name: str, order: list[int], values: list[Any]) -> list[str]:
    complaints = []
    async with aiohttp.ClientSession() as http:
        page = LightPage(http)
        try:
            await page.open(now.url(name))
        except ConnectionError as error:
            return [f"{name} does not open: {error} {now.told()[-900:]}"]
        try:
            for place in order:
                keys = [key for key, element in page.elements.items() if element.get("events")]
                if not keys:
                    break
                key = keys[place % len(keys)]
                for event in page.elements[key]["events"]:
                    args = [json.dumps(value) for value in values]
                    message = {
                        "id": int(key),
                        "client_id": page.client,
                        "listener_id": event["listener_id"],
                        "args": args,
                    }
                    await page.emit("event", message)
                await page.settle()
            shown = [*page.notices, *(str(one.get("text") or "") for one in page.elements.values()
                                      if "refusal" in str(one.get("class")))]  # fmt: skip
            complaints += [f"{name} shows: {what}" for text in shown for what in unfit(text)]
        except (ConnectionError, TimeoutError):
            pass  # a page that sent what no page sends is closed
        finally:
            await page.close()
        async with http.get(f"{now.server.origin}/") as answer:
            if answer.status != 200:
                complaints.append(f"the server answers {answer.status}")
    return complaints


@cache
def _house() -> tuple[House, OwnCards]:
    """Return a house with a copy of a card of each kind that a facilitator may have of her own."""
    runs = lasting()
    nothing: Any = None
    choice = choose(Settings(), "none", "none")
    house = House(WebStore(runs / "tables.sqlite"), LIBRARY, runs, choice, nothing, ("", ""), 30)
    own = own_cards(house)
    for kind, card in _COPIED.items():
        if kind != "pack":
            own.copy(kind, card)  # type: ignore[arg-type]
    return house, own


_COPIED = {"scenario": "clean_up", "persona": "elder", "governance": "command", "city": "haicang", "pack": "clean_up"}


@st.composite
def _own_card(draw: DrawFn) -> Attempt:
    """A text that a facilitator puts in the place of a card of her own."""
    kind = draw(st.sampled_from(KINDS))
    copied = f"{_COPIED[kind]}_copy"
    text = re.sub(r"^id:.*$", f"id: {copied}", shipped(kind, _COPIED[kind]), count=1, flags=re.MULTILINE)
    content = draw(other_yaml(text, ("clean_up_copy", "elder", "command", "nobody")))
    lang = draw(st.sampled_from(LANGUAGES))
    keeps = draw(st.integers(0, 3)) == 0

    def give(_: Path) -> Answer:
        own = _house()[1]
        try:
            sent = content.decode()
        except UnicodeDecodeError:
            return Answer(False)  # the route refuses it before anything reads it
        with in_time():
            held = own.held(kind, copied)
            if keeps and len(content) < 1 << 19:
                kept = own.keep(kind, copied, sent, held.stamp, Words(lang))
                faults, offered = kept.faults, own.held(kind, copied).text
                complaints = [] if offered in (held.text, sent) else ["kept something else"]
                if kept.how == "card":
                    own.keep(kind, copied, held.text, own.held(kind, copied).stamp, Words(lang))
            else:
                faults, complaints = tuple(own.check(kind, copied, sent, Words(lang))), []
        for fault in faults:
            complaints += (
                unfit(fault.says) if lang == "en" else [f"jargon {word}" for word in (jargon(fault.says),) if word]
            )
            complaints += unfit(fault.field)
        return Answer(not faults, tuple(complaints[:3]))

    return Attempt(f"own {kind} {lang} {hashlib.sha256(content).hexdigest()[:8]}", give)


@st.composite
def _notes(draw: DrawFn) -> Attempt:
    """Names, notes, reflections and set-ups of a table, as they come from pages."""
    text = draw(
        st.one_of(st.sampled_from(NASTY), TEXTS, st.text(st.characters(exclude_categories=["Cs"]), max_size=3000))
    )
    what = draw(st.sampled_from(("name", "note", "reflection", "code", "setup", "token", "seat")))
    given = draw(changed({"scenario": "clean_up", "governance": "command", "city": "", "lang": "en",
    "stages": ["training"],
                          "turns": 3, "seed": 1, "persons": ["inspector"], "minutes": {}}, ("nobody", "training",
                          text)))  # fmt: skip

    def give(_: Path) -> Answer:
        try:
            with in_time():
                _noted(what, text, given)
        except SandboxError as error:
            return Answer(False, tuple(f"{what}: {why}" for why in unfit(_visible(str(error)))))
        return Answer(True)

    return Attempt(f"{what} {hashlib.sha256(repr((text, given)).encode('utf-8', 'replace')).hexdigest()[:8]}", give)


def _noted(what: str, text: str, given: Any) -> None:
    house, _ = _house()
    store = house.store
    if what == "name":
        assert len(clean_name(text)) <= 20
    elif what == "code":
        assert store.table_by_code(normal_code(text)) is None
    elif what == "token":
        assert store.place_of(text) is None
        assert not house.is_secret(text)
    elif what == "setup":
        if (
            isinstance(given, dict)
            and set(given) == set(_SETUP)
            and all(isinstance(given[key], kind) for key, kind in _SETUP.items())
        ):
            house.game(Setup(**{**given, "stages": tuple(given["stages"]), "persons": tuple(given["persons"])}))
    else:
        setup = Setup("clean_up", "command", "", "en", ("training",), 3, 1, ("inspector",), {})
        table = store.add_table(setup).id
        if what == "note":
            store.add_note(table, "L001", text)
        elif what == "reflection":
            store.keep_reflection(table, "inspector", text[:50], {"q": text, text[:20]: "x"})
        else:
            house.take_seat(table, text, text)


_SETUP = {"scenario": str, "governance": str, "city": str, "lang": str, "stages": list, "turns": int, "seed": int,
"persons": list,
          "minutes": dict}  # fmt: skip


def _visible(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


@st.composite
def _wire(draw: DrawFn) -> Attempt:
    """A frame as it comes through the socket of a page: what is taken is an event that a page may send."""
    event = {"id": 4, "client_id": "page", "listener_id": "x", "args": ["1"]}
    content: Any = draw(changed(["event", event], ("page", "ack", "handshake", "javascript_response", "log")))
    text = json.dumps(content) if draw(st.booleans()) else draw(st.sampled_from(NASTY))
    frame = draw(st.sampled_from(("42", "42", "42", "421", "43", "45", "4", "2", ""))) + text

    def give(_: Path) -> Answer:
        with in_time():
            taken = is_sound(frame, "page")
        wrong = (
            taken
            and frame.startswith("42")
            and not (isinstance(content, list) and content[1].get("client_id") == "page")
        )
        return Answer(taken, ("a frame of somebody else is taken",) if wrong else ())

    return Attempt(f"wire {hashlib.sha256(frame.encode('utf-8', 'replace')).hexdigest()[:8]}", give)


WEB: Mapping[str, SearchStrategy[Attempt]] = {
    "page": _frame(), "own card": _own_card(), "note": _notes(), "wire": _wire(),
}  # fmt: skip
"""What comes through the web app."""
