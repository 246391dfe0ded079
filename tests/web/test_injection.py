"""Whatever people and models write is text on every page and in every debrief, and never runs."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import httpx2
import pytest
from playwright.async_api import Browser, expect

import sandbox.web
from sandbox.content.language import LANGUAGES
from sandbox.content.plain import plain
from sandbox.content.words import Words
from tests.stub_endpoint import Received, StubEndpoint, StubReply
from tests.web.served import Person, Streaming, WebServer, asked, browser
from tests.web.tables import PARENT, TENANT, Made, make_table

ATTACKS = [
    "<script>hacked=1</script>",
    "</script><script>hacked=1</script>",
    "<img src=x onerror=hacked=1>",
    "<IMG SRC=x ONERROR=alert(1)>",
    "<svg onload=hacked=1>",
    "<svg><script>hacked=1</script></svg>",
    "<svg><animate onbegin=hacked=1 attributeName=x dur=1s>",
    "<body onload=hacked=1>",
    "<details open ontoggle=hacked=1>",
    "<input autofocus onfocus=hacked=1>",
    "<iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "<a href='javascript:hacked=1'>go</a>",
    "<math><mi//xlink:href='data:x,<script>hacked=1</script>'>",
    "<style>@import 'javascript:hacked=1'</style>",
    "<meta http-equiv=refresh content='0;url=javascript:hacked=1'>",
    "<form action=javascript:hacked=1><button>x</button></form>",
    "<!--><img src=x onerror=hacked=1>-->",
    "\"' onmouseover=hacked=1 x=\"",
    "'\"><img src=x onerror=hacked=1>",
    "' :onclick='hacked=1",
    "{{ constructor.constructor('hacked=1')() }}",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {% raw %}",
    "`${window.hacked=1}`",
    "javascript:hacked=1",
    "[go](javascript:hacked=1) ![x](x\"onerror=\"hacked=1)",
    "&lt;img src=x onerror=hacked=1&gt; &#60;b&#62; &amp;lt;",
    "\\u003cscript\\u003ehacked=1\\u003c/script\\u003e \\x3cb\\x3e",
    "＜script＞hacked=1＜/script＞",
    "<scr\u200bipt>hacked=1</scr\u200bipt> \u202egpj.exe",
    "<template v-html=\"'<img src=x onerror=hacked=1>'\"></template>",
    "<q-btn @click=\"hacked=1\" :label=\"hacked=1\" v-if=\"hacked=1\"/>",
    "\u2028hacked=1\u2029//",
]  # fmt: skip
NAMES = ("<svg/onload=hacked=1", "{{7*7}}'\"</script>")


def bundles(most: int) -> list[str]:
    """Return all attacks in texts of a length at most, with single gaps."""
    found = [""]
    for attack in ATTACKS:
        if len(found[-1]) + len(attack) > most - 3:
            found.append("")
        found[-1] = " ".join(f"{found[-1]} ¶ {attack}".split())
    return found


# What may stand in a string of properties: words of the program, ids and numbers, never what people or cards say.
SAFE = re.compile(
    r"""(self\.)?words\("[\w.]+"(,\ line=line)?\) | LONGEST_\w+ | act | other | role | kind | name | seat | question
    | form | ended | shown | door | max\(1,\ status\.total\) | \w+\.html_id | (kind|form)\.upper\(\) | line\["id"\]
    | decision\.id | point\.id | item\.line | glance\.row\.id | address | str\(chosen\)\.lower\(\)
    | self\._?debrief\("\w+"\) | title | place | place\ \+\ 1 | said | part | key | path | lang
    | self\._lang | step\.kind
    | self\._words\("[\w.]+"\) | self\.words\(title\)
    | (show|whatif)_address\(self\.(_house\.store\.|_)secret,\ self\._session,\ (other|self\._lang),\ line\)
    | (course\.)?show\.session\.spec\.lang | course\.side | read\.id | _LONGEST\w* | key\.removeprefix\("cards\."\)
    | line | part\ or\ "pack" | self\._row\.id | row\.session | number
    | community | community\.id | seen\.community | round | len\(state\.rankings\) | news\.kind""",
    re.VERBOSE,
)


class Hostile(Streaming):
    """A model that answers with attacks alone."""

    def says(self, prompt: str, seed: int) -> str:  # noqa: ARG002
        """Return an attack."""
        return ATTACKS[len(self.turns) % len(ATTACKS)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Serve the web app with a hostile model."""
    model = Hostile("inform")

    def answer(received: Received) -> StubReply:
        return model(received)

    with StubEndpoint(answer) as stub, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", stub.base_url)
        patch.setenv("OPENAI_API_KEY", "sk-secret-key")
        with WebServer(tmp_path_factory.mktemp("injection"), "--model", "stub") as running:
            yield running


async def visit(chromium: Browser, url: str, dialogs: list[str]) -> Person:
    """Open a page on which no dialog may open."""
    person = Person(await (await chromium.new_context()).new_page())

    async def refuse(dialog: Any) -> None:
        dialogs.append(dialog.message)
        await dialog.dismiss()

    person.page.on("dialog", refuse)
    await person.go(url)
    return person


async def texts(person: Person, where: str) -> list[str]:
    """Return the texts of elements as they stand in the page, with single gaps."""
    found = await person.page.locator(where).evaluate_all("all => all.map(one => one.textContent)")
    return [" ".join(str(one).split()) for one in found]


# In the page itself, and in documents that stand in it, whose pictures are their own.
_COUNT_MADE = """made => document.querySelectorAll(`#app :is(${made})`).length
  + [...document.querySelectorAll('[data-document]')].filter(one => one.shadowRoot).reduce((sum, one) =>
      sum + one.shadowRoot.querySelectorAll('script, img, math, template, iframe, a[href^=javascript]').length, 0)"""


async def unharmed(person: Person) -> bool:
    """Return whether nothing ran in a page or its frames, and nothing in it was made of what people wrote."""
    for frame in person.page.frames:
        if frame.url.startswith("http") and await frame.evaluate("'hacked' in window"):
            return False
    made = (
        "img, svg:not(.qr svg):not(.q-icon):not(.q-icon *), math, template, a[href^=javascript], iframe:not(.debrief)"
    )
    count = await person.page.evaluate(_COUNT_MADE, made)
    return count == 0 and person.faults == []


async def act(person: Person, words: list[str]) -> None:
    """Do what the person is asked for."""
    page = person.page
    if await page.locator("[data-send-pulse]").count():
        await person.pulse()
    elif await page.locator("[data-send]").count():
        await page.click(".yours [data-act=inform]")
        await page.fill("[data-says]", words[0])
        await person.press("[data-send]")  # the words may be in the log from an earlier turn
        await expect(page.locator(".log .says", has_text=words[0][:40])).not_to_have_count(0)
        words.append(words.pop(0))


async def attack(desk: Person) -> None:
    """Write attacks as events, advice and notes."""
    page = desk.page
    await page.get_by_role("tab", name="Events").click()
    for text in bundles(600):
        await page.fill("[data-event]", text)
        await page.click("[data-inject]")
        await expect(page.locator("[data-event]")).to_have_value("")
    await desk.choose("[data-whisper-seat]", "migrant tenant")
    for text in bundles(600):
        await page.fill("[data-whisper]", text)
        await page.click("[data-send-whisper]")
        await expect(page.locator("[data-whisper]")).to_have_value("")
    await page.get_by_role("tab", name="Notes").click()
    for text in bundles(2000):
        await page.fill("[data-note]", text)
        await page.click("[data-keep-note]")
        await expect(page.locator("[data-note]")).to_have_value("")


@pytest.mark.browser
async def test_nothing_that_is_written_runs(server: WebServer) -> None:
    table = make_table(server, (TENANT, NAMES[0]), (PARENT, NAMES[1]), turns=32)
    dialogs: list[str] = []
    words = bundles(2000)
    async with browser() as chromium:
        urls = (table.desk, *table.seats.values(), table.observer, table.projector)
        desk, anna, bo, observer, projector = [await visit(chromium, url, dialogs) for url in urls]
        door = await visit(chromium, f"{server.origin}/join/{table.code}", dialogs)
        everybody = (desk, anna, bo, observer, projector, door)
        for name in NAMES:
            for person in (desk, anna, bo, door):
                await expect(person.page.locator("body")).to_contain_text(name)
        await desk.page.click("[data-start]")
        await desk.page.wait_for_selector("[data-order=pause]")
        for person in (anna, bo):
            await person.pulse()
        await asked(anna, bo, for_what=".yours [data-send]")
        await attack(desk)
        for person in (anna, bo):
            await person.page.get_by_role("tab", name="In the room").click()
        async with asyncio.timeout(240):
            while not await desk.page.locator("[data-document]").count():
                for person in (anna, bo):
                    await act(person, words)
                await asyncio.sleep(0.2)  # looking costs as much as the pages do
        for question, text in zip(("keep", "why"), [*bundles(2000), ATTACKS[0]], strict=False):
            await anna.page.fill(f"[data-q={question}]", text)
        await anna.page.click("[data-reflect]")
        await expect(desk.page.locator("body")).not_to_contain_text(Words("en")("over.no_reflections"))
        for person in everybody:
            assert await unharmed(person)
            await person.go(person.page.url)
            await person.page.wait_for_function("document.readyState === 'complete'")
            assert await unharmed(person)
        await check_pages(desk, observer)
        of_table = (f"{table.desk}/{name}" for name in ("debrief.html", "report.html", "report.html?lang=zh"))
        for path in (*of_table, f"{table.seats[TENANT]}/debrief.html"):
            await desk.page.goto(path)
            assert await desk.page.evaluate("'hacked' in window") is False
            assert await desk.page.locator("img, math, iframe, template, a[href^=javascript]").count() == 0
            body = await desk.page.evaluate("document.body.textContent")
            assert [one for one in ATTACKS if gapless(one) not in gapless(body)] == []
        assert dialogs == []
        assert desk.faults == []
    check_files(table)


async def check_pages(desk: Person, observer: Person) -> None:
    """Assert that what was written stands there letter by letter, but for marks that turn the direction of writing."""
    shown = await texts(observer, ".log .says")
    assert {plain(one) for one in bundles(2000)} <= set(shown)
    assert len({plain(one) for one in ATTACKS} & set(shown)) > 20
    notices = "\n".join(await texts(observer, ".log .notice"))
    assert [one for one in bundles(600) if plain(one) not in notices] == []
    notices = "\n".join(await texts(desk, ".log .notice.whisper"))
    assert [one for one in bundles(600) if plain(one) not in notices] == []
    body = "\n".join(await texts(desk, ".prose"))
    assert [one for one in bundles(2000) if body.count(plain(one)) < 2] == []  # as a note, and as a reflection


def gapless(text: str) -> str:
    """Return a text without what no page shows, and without gaps."""
    return "".join(plain(text).split())


def check_files(table: Made) -> None:
    """Assert that Markdown shows no markup that people wrote, and that the Word document can be read."""
    text = httpx2.get(f"{table.desk}/debrief.md").text
    assert not re.search(r"(?<!\\)<(?!a id=\"[\w-]*\"></a>|/a>|br>)", text)
    assert not re.search(r"\]\((?!#)", text.replace("\\]", ""))
    assert re.search(r"\\<script\\>hacked=1", text)
    paper = docx.Document(io.BytesIO(httpx2.get(f"{table.desk}/debrief.docx").content))
    whole = gapless(" ".join(one.text for one in paper.paragraphs))
    assert [one for one in ATTACKS if gapless(one) not in whole] == []


def test_words_in_properties_cannot_end_them() -> None:
    folder = Path(sandbox.web.__file__).parent
    used = set()
    for path in folder.rglob("*.py"):
        for given in re.findall(r"props\(\s*f?'(.*)'", path.read_text(encoding="utf-8")):
            used |= set(re.findall(r'words\("([\w.]+)"', given))
            for slot in re.findall(r"{([^{}]*)}", given):
                assert SAFE.fullmatch(slot), (path, slot)
    assert len(used) > 5
    for lang in LANGUAGES:
        for key in used:
            text = Words(lang).text(key)
            assert json.dumps(text, ensure_ascii=False) == f'"{text}"', key
