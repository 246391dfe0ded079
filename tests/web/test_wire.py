"""What is private to one seat never reaches the page of another: every byte that came over the wire is looked at."""

from __future__ import annotations

import asyncio
import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser, expect

from sandbox.content.words import Words
from sandbox.game.language.wording import takes_up
from tests.content.folders import LIBRARY
from tests.session.support import TURN, properties, text_of
from tests.stub_endpoint import Received, StubEndpoint, StubReply, stream
from tests.web.served import Person, Streaming, WebServer, browser
from tests.web.tables import MAYOR, PARENT, TENANT, Made, make_table, private_content

pytestmark = pytest.mark.browser

NAME, WHISPER, NOTE, NEWS = "Annacanaryname", "canarywhisper", "canarynote", "canarynews"
PRIVATE, REFLECTION, FOR_ALL = "canaryprivate", "canaryreflection", "heardbyall"
CHAIR = "teacher_volunteer"  # hears what is said to one seat alone as well
VOTE = ".yours:has([data-act=support]):not(:has([data-send]))"
PULSES = {TENANT: (5, 1, 4), PARENT: (2, 2, 2)}
ASIDE, HALF = "canaryaside", "canaryhalf"
SECRET = (WHISPER, NOTE, NEWS, PRIVATE, REFLECTION)


class Aside(Streaming):
    """A model whose every second line is for the tenant alone, and streamed like the others; one breaks off."""

    broke = False

    def __call__(self, request: Received) -> StubReply:
        """Answer a request."""
        if not self.broke and request.body.get("stream") and self._aside(request.body):
            self.broke = True
            says = json.dumps({"act": "inform", "to": TENANT, "says": f"{HALF} for you"})
            return stream([says[:-10], says[-10:-4]], broken=True)
        return super().__call__(request)

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the object that answers a request body."""
        answer = super().answer(body)
        return answer | {"to": TENANT, "says": f"{ASIDE} {answer['says']}"} if self._aside(body) else answer

    def _aside(self, body: dict[str, Any]) -> bool:
        return TURN in properties(body) and len(self.turns) % 2 == 1 and TENANT in properties(body)["to"]["enum"]


@pytest.fixture(scope="module")
def model() -> Streaming:
    """A scripted model."""
    return Aside("propose")


@pytest.fixture(scope="module", params=["stub", "none"])
def speaker(request: pytest.FixtureRequest) -> str:
    """The model that speaks for the personas."""
    return str(request.param)


@pytest.fixture(scope="module")
def server(speaker: str, tmp_path_factory: pytest.TempPathFactory, model: Streaming) -> Iterator[WebServer]:
    """Serve the web app under a governance model with private lines, with a scripted model or with none."""

    def answer(received: Received) -> StubReply:
        return model(received)

    folder = tmp_path_factory.mktemp("wire")
    content = private_content(folder / "own")
    with StubEndpoint(answer) as stub, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", stub.base_url)
        patch.setenv("OPENAI_API_KEY", "sk-secret-key")
        model.requests.clear()
        with WebServer(folder, "--model", speaker, "--content", str(content)) as running:
            yield running


async def visit(chromium: Browser, url: str) -> Person:
    """Open a page in a browser of its own."""
    person = Person(await (await chromium.new_context()).new_page())
    await person.go(url)
    return person


async def reload(person: Person) -> None:
    """Load the page again."""
    await person.go(person.page.url)


async def act(person: Person, seat: str, said: list[str], *, speaks: bool = True) -> None:
    """Do what the person is asked for, or all but speaking; the tenant's first line is for the chair alone."""
    page = person.page
    if await page.locator("[data-send-pulse]").count():
        await person.pulse(*PULSES[seat])
    elif speaks and await page.locator("[data-send]").count():
        words = (
            f"{PRIVATE} to you alone." if seat == TENANT and PRIVATE not in "".join(said) else f"{FOR_ALL}{len(said)}"
        )
        await page.click(".yours [data-act=inform]")
        if PRIVATE in words:
            await person.choose("[data-to]", "mayor")
        said.append(words)
        await page.fill("[data-says]", words)
        await person.press("[data-send]")
        await expect(page.locator(".log")).to_contain_text(words)
    elif await page.locator(VOTE).count():
        await person.press(".yours [data-act=support]")


async def play_on(players: dict[str, Person], said: list[str], desk: Person, until: str) -> None:
    """Let people act until something is to be seen at one of their pages or at the desk."""
    async with asyncio.timeout(240):
        while True:
            for person in (desk, *players.values()):
                if await person.page.locator(until).count():
                    return
            for seat, person in players.items():
                await act(person, seat, said, speaks=until != "[data-send]")
            await asyncio.sleep(0.2)  # looking costs as much as the pages do


async def direct(desk: Person) -> None:
    """Give advice and news to the tenant alone, and keep a note."""
    page = desk.page
    await page.get_by_role("tab", name="Events").click()
    await page.fill("[data-event]", f"{NEWS} at the gate.")
    await desk.choose("[data-heard]", "migrant tenant", several=True)
    await page.click("[data-inject]")
    await desk.choose("[data-whisper-seat]", "migrant tenant")
    await page.fill("[data-whisper]", f"{WHISPER} to you.")
    await page.click("[data-send-whisper]")
    await expect(page.locator("[data-whisper]")).to_have_value("")
    await page.get_by_role("tab", name="Notes").click()
    await page.fill("[data-note]", f"{NOTE} of mine.")
    await page.click("[data-keep-note]")
    await expect(page.locator("body")).to_contain_text(f"{NOTE} of mine.")


def wire(person: Person) -> str:
    """Return all that reached a page, in one spelling."""
    return html.unescape("\n".join(person.wire)).replace('\\"', '"').replace("’", "'")


def pulses(text: str) -> set[tuple[int, ...]]:
    """Return the pulses that a text tells."""
    names = [re.escape(Words("en")(f"pulse.{name}")) for name in ("trust", "conviction", "burden")]
    found = re.findall(r"\D+".join(rf"{name}\s+(\d)" for name in names), text)
    return {tuple(map(int, one)) for one in found}


def private_texts(seat: str) -> list[str]:
    """Return what only a seat's card and briefing say."""
    briefing = next(one.briefing for one in LIBRARY.scenario("four_oclock_school").seats if one.persona == seat)
    return [one.get("en").replace("’", "'") for one in (briefing, *LIBRARY.persona(seat).private)]


def shown_texts(seat: str) -> list[str]:
    """Return what of it the seat's own page shows: what the briefing has said already is not said again."""
    briefing, *private = private_texts(seat)
    return [briefing, *(text for text in private if not takes_up(briefing, text, "en"))]


def debriefs(server: WebServer, base: str) -> dict[str, str]:
    """Return a debrief in all formats, as text."""
    found = {}
    for kind in ("html", "md", "docx"):
        answer = httpx2.get(f"{base}.{kind}")
        assert answer.status_code == 200
        if kind == "docx":
            with zipfile.ZipFile(io.BytesIO(answer.content)) as paper:
                text = "\n".join(re.sub("<[^>]+>", "", paper.read(name).decode("utf-8", "replace"))
                                 for name in paper.namelist())  # fmt: skip
        else:
            text = answer.text
        found[kind] = text
    assert server.link not in "".join(found.values())
    return found


async def test_nothing_private_crosses_the_wire(server: WebServer, model: Streaming, speaker: str) -> None:
    stages = ("training", "application") if speaker == "stub" else ("training",)
    table = make_table(server, (TENANT, NAME), (PARENT, "Bo"), stages=stages, turns=8)
    said: list[str] = []
    async with browser() as chromium:
        desk, anna, bo, observer, projector = [
            await visit(chromium, url) for url in (table.desk, *table.seats.values(), table.observer, table.projector)
        ]
        players = {TENANT: anna, PARENT: bo}
        others = (bo, observer, projector)
        await desk.page.click("[data-start]")
        await desk.page.wait_for_selector("[data-order=pause]")
        await play_on(players, said, desk, "[data-send]")
        await direct(desk)
        for text in (NEWS, WHISPER):
            await expect(anna.page.locator(".log")).to_contain_text(text)
        await desk.page.get_by_role("tab", name="Pulses").click()
        while PRIVATE not in "".join(said):
            await play_on(players, said, desk, "[data-send]")
            for seat, person in players.items():
                await act(person, seat, said)
        for person in others:
            await reload(person)
        for name in ("Documents", "In the room", "On the table"):
            for person in (anna, bo):
                await person.page.get_by_role("tab", name=name).click()
        await play_on(players, said, desk, "[data-document]")
        await anna.page.fill("[data-q=keep]", f"{REFLECTION} of mine.")
        await anna.page.click("[data-reflect]")
        await expect(desk.page.locator("body")).to_contain_text(REFLECTION)
        for person in (*others, anna):
            await reload(person)
        await expect(bo.page.locator("[data-document]")).to_be_visible()
        for person in (desk, anna, *others):
            assert person.faults == []
        check_wires(server, table, speaker == "stub", desk, anna, *others)
    check_debriefs(server, table)
    assert bool(model.requests) == (speaker == "stub")
    if model.requests:
        check_requests(server, table, model)


def check_wires(
    server: WebServer, table: Made, model_speaks: bool, desk: Person, anna: Person, bo: Person, *others: Person
) -> None:
    """Assert that every page got what is its own, and nothing of others."""
    secret = server.link.rsplit("/", 1)[1]
    own = {"desk": wire(desk), TENANT: wire(anna), PARENT: wire(bo)}
    watching = {person.page.url: wire(person) for person in others}
    assert [one for one in SECRET if one not in own["desk"]] == []
    assert [one for one in (WHISPER, NEWS, PRIVATE, REFLECTION, NAME) if one not in own[TENANT]] == []
    assert NOTE not in own[TENANT]
    assert FOR_ALL in own[PARENT]
    assert all(FOR_ALL in text for text in watching.values())
    assert secret in own["desk"]
    for who, text in (own | watching).items():
        if who not in ("desk", TENANT):
            assert [one for one in SECRET if one in text] == [], who
        for seat, token in table.tokens.items():
            assert (token in text) == (who == seat), (who, seat)
        if who != "desk":
            assert secret not in text, who
            assert pulses(text) == ({PULSES[who]} if who in PULSES else set()), who
            for seat in (MAYOR, TENANT, PARENT, "ngo_director"):
                assert [one for one in private_texts(seat) if one in text] == (
                    shown_texts(seat) if who == seat else []
                ), (who, seat)
    for who, text in (own | watching).items():
        assert (ASIDE in text) == (model_speaks and who in ("desk", TENANT)), who
        assert (HALF in text) == (model_speaks and who == "desk"), who
    assert set(PULSES.values()) <= pulses(own["desk"])


def check_debriefs(server: WebServer, table: Made) -> None:
    """Assert that each debrief tells its reader's own secrets and nobody else's."""
    for kind, text in debriefs(server, f"{table.seats[PARENT]}/debrief").items():
        assert [one for one in (*SECRET, ASIDE, HALF, NAME, *table.tokens.values()) if one in text] == [], kind
        assert FOR_ALL in text
    for kind, text in debriefs(server, f"{table.seats[TENANT]}/debrief").items():
        assert [one for one in (WHISPER, NEWS, PRIVATE, REFLECTION) if one not in text] == [], kind
        assert [one for one in (NOTE, *table.tokens.values()) if one in text] == [], kind
    for text in debriefs(server, f"{table.desk}/debrief").values():
        assert [one for one in SECRET if one not in text] == []
    for text in debriefs(server, f"{table.desk}/debrief-{PARENT}").values():
        assert [one for one in SECRET if one in text] == []


def check_requests(server: WebServer, table: Made, model: Streaming) -> None:
    """Assert that no model was told what is not for it."""
    never = (NAME, NOTE, REFLECTION, WHISPER, NEWS, server.link.rsplit("/", 1)[1], *table.tokens.values())
    texts = [text_of(body) for body in model.requests]
    assert [one for one in never if any(one in text for text in texts)] == []
    told = [text_of(body) for body in model.turns if PRIVATE in text_of(body)]
    hearers = [LIBRARY.persona(seat).non_negotiable.get("en") for seat in (MAYOR, CHAIR)]
    assert all(any(own in text for own in (*hearers, private_texts(MAYOR)[0])) for text in told)
    assert any(FOR_ALL in text_of(body) for body in model.turns)
    asked = [text_of(body) for body in model.requests if "trust" in properties(body)]
    assert asked
    assert not [text for text in asked for seat in PULSES for one in private_texts(seat) if one in text]
