"""What the web app refuses: links that are nobody's, deeds of others, messages out of turn, too long or too many."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing
from functools import partial
from itertools import cycle

import aiohttp
import httpx2
import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.web.links import digest, new_token, shared_path
from sandbox.web.throttle import PER_MINUTE, Throttle
from tests.web.conftest import AWAY
from tests.web.light import LightPage, light
from tests.web.playing import asked, begin
from tests.web.served import WebServer
from tests.web.tables import MAYOR, PARENT, TENANT, make_table, nothing_leaked
from tests.web.wire import Wire

FEW = {**PER_MINUTE, "act": 25, "join": 20, "document": 6}
NAMES = ((TENANT, "Anna Canary"), (PARENT, "Bo"))
# What no file can be called.
NO_FILES = ("%00", "a%00b", "x" * 300, "%E4%B8%AD" * 100, "x" * 250)
HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Serve the web app without a model, and with less patience than it has."""
    options, rooms = ("--model", "none", "--behind-proxy", "127.0.0.9"), {**AWAY, "Throttle": partial(Throttle, FEW)}
    with WebServer(tmp_path_factory.mktemp("refused"), *options, rooms=rooms) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: WebServer) -> Iterator[httpx2.Client]:
    """A client with the server's address."""
    with httpx2.Client(base_url=server.origin, timeout=45) as one:
        yield one


def test_links_that_are_nobodys_lead_nowhere(server: WebServer, client: httpx2.Client) -> None:
    mine, other = make_table(server, *NAMES), make_table(server, *NAMES)
    secret, token, watch = server.link.rsplit("/", 1)[1], mine.tokens[TENANT], mine.observer.rsplit("/", 1)[1]
    forged = [new_token(), token[:-1], token + "A", token.swapcase(), secret, digest(token), "%00", "%ED%A0%80", "é"]
    keys = [
        new_token(),
        secret[:-1],
        secret + "A",
        token,
        watch,
        digest(secret),
        "%00",
        "%ED%A0%80",
        "键",
        "%F0%9F%97%9D",
    ]
    pages = [
        *(f"/s/{one}" for one in [*forged, watch]),
        *(f"/v/{one}" for one in [*forged[:2], token]),
        *(f"/f/{one}{path}" for one, path in zip(keys, cycle(("", f"/t/{mine.id}", "/campaign/x")))),
        *(f"/wall/x/{one}" for one in keys[:3]), f"/f/{secret}/campaign/x",
        *(f"/f/{secret}/e/{one}" for one in NO_FILES),
        f"/s/{token}/", f"/s/{token}/t/{mine.id}", f"/s/{token}/desk", f"/f/{secret}/s/{token}",
        "/docs", "/openapi.json", "/tables.sqlite", "/..%2f..%2ftables.sqlite", "/%2e%2e/%2e%2e/etc/passwd",
    ]  # fmt: skip
    files = [
        *(f"/s/{one}/debrief.docx" for one in [*forged[:2], watch, token]),
        *(f"/f/{one}/t/{mine.id}/{file}" for one, file in zip(keys, cycle(("debrief-mayor.md", "report.html")))),
        f"/f/{secret}/t/{mine.id}/debrief.html", f"/f/{secret}/t/{mine.id}/report.html",
        *(f"/f/{one}/campaign/x/report.html" for one in [*keys, secret]),
        f"/f/{secret}/campaign/x/r1_x_1/report.html",
        f"/f/{secret}/t/{other.id}x/debrief.html", f"/f/{secret}/t/{new_token()}/report.html",
    ]  # fmt: skip
    for path in [*pages, *files]:
        answer = client.get(path)
        if path == f"/s/{token}/":  # only a slash too many
            assert answer.status_code == 307
            continue
        assert answer.status_code == 404, path
        body = answer.text
        assert nothing_leaked(body.replace(path, ""), mine, server), path
        assert path in files or Words("en")("not_found") in body, path
    for one in NO_FILES:
        assert client.get(f"/f/{secret}/whatif/{one}").status_code == 404, one
        told = client.get(f"/f/{secret}/e/{one}/report.html")
        assert (told.status_code, told.text) == (409, Words("en")("refused.no_experiment")), one
    gone = client.get(f"/f/{secret}/t/{new_token()}")
    assert gone.status_code == 404
    assert Words("en")("gone") in gone.text


def test_a_wrong_address_is_told_of_in_the_visitors_language_alone(client: httpx2.Client) -> None:
    for lang in LANGUAGES:
        other: Lang = "en" if lang == "zh" else "zh"
        for path, key in (("/join/XXXX-9999", "join.bad_code"), ("/s/x", "not_found"), ("/jion", "not_found")):
            told = client.get(path, headers={"Accept-Language": f"{lang};q=0.9"}).text
            assert Words(lang)(key) in told
            assert f"<title>{Words(lang)('app')}</title>" in told
            assert f'<html lang="{lang}">' in told
            assert Words(other)(key) not in told
            assert Words(other)("app") not in told


def test_every_answer_says_how_it_may_be_used(server: WebServer, client: httpx2.Client) -> None:
    table = make_table(server, *NAMES)
    static = re.search(r'src="(/_nicegui/[^"]+\.js)"', client.get("/").text)
    assert static
    paths = [
        "/", "/join", f"/join/{table.code}", "/join/XXXX-XXXX", table.seats[TENANT], table.observer, table.projector,
        server.link, table.desk, "/s/x", "/v/x", "/f/x", "/nowhere", "/s/x/debrief.html", f"{table.desk}/report.html",
        f"{table.seats[TENANT]}/", "/favicon.ico", "/_nicegui_ws/socket.io/?EIO=4&transport=polling", static[1],
    ]  # fmt: skip
    for path in paths:
        answer = client.get(path)
        sent = {name: answer.headers.get(name) for name in HEADERS}
        if path == static[1]:
            sent["cache-control"] = "no-store"  # the same for everybody; may be kept
        assert sent == HEADERS, path
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'self'" in policy
        assert "default-src 'self'" in policy
        assert "http" not in policy
        assert "*" not in policy
        assert "set-cookie" not in answer.headers
        assert "server" not in answer.headers
    assert client.post(table.seats[TENANT]).status_code == 405


async def test_a_page_of_elsewhere_gets_no_socket(server: WebServer) -> None:
    table = make_table(server, *NAMES)
    async with light(table.seats[TENANT]) as anna, aiohttp.ClientSession() as session:
        for origin in ("https://evil.example", f"http://evil.example:{server.port}", "null", "http://127.0.0.1"):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await anna.connect(origin)
        url = f"{server.origin}/_nicegui_ws/socket.io/?EIO=4&transport=polling"
        async with session.get(url, headers={"Origin": "https://evil.example"}) as answer:
            assert answer.status == 400
            assert "Access-Control-Allow-Origin" not in answer.headers
        await anna.settle()


async def test_a_table_in_chinese_refuses_in_chinese_and_whoever_lost_a_seat_does_and_hears_nothing(
    server: WebServer,
) -> None:
    table, words = make_table(server, *NAMES, lang="zh"), Words("zh")
    async with AsyncExitStack() as stack:
        desk, anna, bo = [
            await stack.enter_async_context(light(url))
            for url in (table.desk, table.seats[TENANT], table.seats[PARENT])
        ]
        await begin(desk)
        speaker = await asked(anna, bo)
        other, seat = (bo, TENANT) if speaker is anna else (anna, PARENT)
        box, button = await speaker.wait("data-says"), await speaker.wait("data-send")
        act = await speaker.wait("data-act", "ask")
        await speaker.do(act, "click")
        await speaker.do(box, "update:", "x" * 2001)
        await speaker.click("data-send")
        await speaker.until(lambda: "写了2001个字，最多2000个字" in speaker.texts)
        assert not desk.find("data-order", "vote"), "what means nothing in this stage is not offered"
        late = [
            *speaker.events(act, "click"),
            *speaker.events(box, "update:", "words of a ghost"), *speaker.events(button, "click"),
        ]  # fmt: skip
        await desk.click("data-free", seat)
        await desk.press(words("lobby.free_seat"))
        await speaker.until(lambda: words("not_found") in speaker.texts)
        assert not speaker.all("data-line")
        before = len(speaker.heard)
        for message in late:
            await speaker.emit("event", message)
        await (await asked(other)).say("鬼走了才说。", "ask")
        await other.until(lambda: "鬼走了才说。" in other.texts)
        await speaker.settle()
        assert "鬼走了才说。" not in "".join(speaker.heard[before:])
        assert "words of a ghost" not in "".join(other.heard + desk.heard)
        notices = [*desk.notices, *anna.notices, *bo.notices]
        assert [text for text in notices if re.search("[A-Za-z]{3}", text)] == []
        link = table.seats[seat]
    async with aiohttp.ClientSession() as session, session.get(link) as answer:
        assert answer.status == 404
        assert nothing_leaked(await answer.text(), table, server)


async def test_a_link_that_was_replaced_opens_nothing(server: WebServer, client: httpx2.Client) -> None:
    table = make_table(server, *NAMES)
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna:
        await desk.until(lambda: f", {Words('en')('desk.online')}" in desk.texts)
        await desk.click("data-reissue", TENANT)
        await desk.press("New link for this seat")
        await anna.until(lambda: Words("en")("not_found") in anna.texts)
        await desk.settle()
        link = re.search(r"http\S+/s/[\w-]{43}", desk.texts)
        assert link
        assert link[0] != table.seats[TENANT]
        assert link[0].rsplit("/", 1)[1] not in "".join(anna.heard)
    assert client.get(table.seats[TENANT]).status_code == 404
    assert client.get(link[0]).status_code == 200


async def test_a_facilitator_who_changes_the_link_shuts_out_whoever_has_the_old_one(
    server: WebServer, client: httpx2.Client
) -> None:
    table, old = make_table(server, *NAMES), server.link
    codes, results = (server.origin + shared_path(old.rsplit("/", 1)[1], page, "") for page in ("codes", "results"))
    async with AsyncExitStack() as stack:
        own, other, wall, desk = [
            await stack.enter_async_context(light(url)) for url in (f"{old}?lang=en", old, results, table.desk)
        ]
        start = desk.events(await desk.wait("data-start"), "click")[0]
        await own.click("data-new-link")
        await own.press(Words("en")("home.new_link"))
        await own.until(lambda: bool(own.opened))
        new = own.opened[-1].partition("?")[0]
        for page in (other, wall, desk):
            await page.until(lambda page=page: "history.go(0)" in "".join(page.heard))  # type: ignore[misc]
        assert {client.get(url).status_code for url in (old, codes, results, table.desk)} == {404}
        server.link = server.origin + new
        await asyncio.sleep(1.1)  # so long a page of the old link still has to load itself anew
        await desk.emit("event", start)
        async with light(f"{server.link}/t/{table.id}") as again:
            assert again.find("data-start"), "what the old page sends is not taken any more"
    assert client.get(f"/join/{table.code}").status_code == client.get(table.seats[TENANT]).status_code == 200


async def test_a_message_out_of_turn_is_not_a_turn(server: WebServer) -> None:
    table = make_table(server, *NAMES)
    async with AsyncExitStack() as stack:
        desk, anna, bo = [
            await stack.enter_async_context(light(url))
            for url in (table.desk, table.seats[TENANT], table.seats[PARENT])
        ]
        await begin(desk)
        first = await asked(anna, bo)
        box, button = await first.wait("data-says"), await first.wait("data-send")
        act = await first.wait("data-act", "ask")
        # An act that is not open has no button, whatever is sent for it; words too long, and none at all.
        assert not first.find("data-act", "decide")
        await first.click("data-send")
        await first.until(lambda: Words("en")("turn.need_act") in first.texts)
        for words in ("", " \u200b", "x" * 2001, {"a": 1}, ["<b>"], None, 7, "\x00"):
            await first.do(act, "click")
            await first.do(box, "update:", words)
        await first.do(box, "update:", "y" * 2001)
        await first.do(button, "click")
        await first.until(lambda: "2001" in first.texts)
        assert "y" * 2001 not in first.texts
        # The same message twice, and again at a later place
        once = [
            *first.events(act, "click"), *first.events(box, "update:", "Said once."), *first.events(button, "click"),
        ]  # fmt: skip
        for message in (*once, once[2], once[2], *once):
            await first.emit("event", message)
        await first.until(lambda: "Said once." in first.texts)
        other = bo if first is anna else anna
        await other.until(lambda: "Said once." in other.texts)
        for message in once:
            await first.emit("event", message)
        await (await asked(anna, bo)).say("The next line.", "ask")
        await desk.until(lambda: "The next line." in desk.texts)
        for message in once:
            await first.emit("event", message)
        await first.settle()
        await desk.settle()
        assert desk.texts.splitlines().count("Said once.") == 1
        # What belongs to somebody else's page
        [forged] = other.events("0", "sub_pages_open")
        strange: list[tuple[str, object]] = [
            ("event", {**forged, "client_id": first.client}), ("event", {"client_id": other.client}), ("event", []),
            ("event", {**once[2], "client_id": other.client}), ("javascript_response", {"client_id": other.client}),
            ("handshake", {"client_id": other.client, "tab_id": "x", "document_id": "y"}), ("nothing", {}), ("log", 1),
            ("event", {**once[1], "args": ["{"]}), ("event", {**once[1], "listener_id": "x"}),
        ]  # fmt: skip
        for kind, content in strange:
            await first.emit(kind, content)
        for text in ("42", "42[", '42["event",{"client_id":"\\ud800"}]', "4\x00", "9", "451-[]", "x" * 200):
            await first.raw(text)
            await first.disconnect()
            await first.connect()
        await first.settle()
        await other.settle()
        await desk.settle()
        assert Words("en")("table.stopped") not in desk.texts


@pytest.mark.parametrize("size", [70_000, 300_000])
async def test_a_message_too_long_ends_only_its_own_page(server: WebServer, size: int) -> None:
    table = make_table(server, *NAMES)
    async with light(table.seats[PARENT]) as bo, light(table.seats[TENANT]) as anna:
        ended = asyncio.create_task(anna.lost())
        await anna.emit("event", {"client_id": anna.client, "args": ["x" * size]})
        await ended
        await bo.press("Change my name", "view")
        await bo.until(lambda: any("dialog" in str(one.get("tag")) for one in bo.elements.values()))


async def test_too_many_deeds_are_refused(server: WebServer) -> None:
    table = make_table(server, *NAMES)
    async with AsyncExitStack() as stack:
        desk, anna, bo = [
            await stack.enter_async_context(light(url))
            for url in (table.desk, table.seats[TENANT], table.seats[PARENT])
        ]
        await begin(desk)
        await anna.wait("data-cover")
        deeds = 0
        while not anna.notices:
            button, then = ("data-cover", "data-back") if anna.find("data-cover") else ("data-back", "data-cover")
            await anna.click(button)
            await anna.until(lambda then=then: bool(anna.notices or anna.find(then)))  # type: ignore[misc]
            deeds += 1
        assert anna.notices == [Words("en")("too_often")]
        assert deeds == FEW["act"] + 1
        assert Words("en")("too_often") not in bo.notices
        await bo.click("data-cover")
        await bo.wait("data-back")


def test_join_codes_cannot_be_tried_through(server: WebServer, client: httpx2.Client) -> None:
    table = make_table(server, *NAMES)
    elsewhere = httpx2.HTTPTransport(local_address="127.0.0.7")
    with httpx2.Client(base_url=server.origin, transport=elsewhere, timeout=45) as guesser:
        assert guesser.get(f"/join/{table.code}").status_code == 200, "whoever knows a code has not guessed"
        for number in range(FEW["join"]):
            made_up = {"X-Forwarded-For": f"192.0.2.{number}"}
            assert guesser.get("/join/BCDF-GHJK", headers=made_up).status_code == 404
        refused = guesser.get("/join/BCDF-GHJK", headers={"X-Forwarded-For": "192.0.2.200"})
        assert guesser.get(f"/join/{table.code}").status_code == 200, "a right code is no guess, and let through"
    assert refused.status_code == 429
    assert "Too many at once from this network." in refused.text
    assert client.get(f"/join/{table.code}").status_code == 200


def test_a_monitor_is_told_that_the_server_is_there_and_nothing_else(client: httpx2.Client) -> None:
    told = client.get("/healthz")
    assert (told.status_code, told.text) == (200, "ok\n")
    for path in ("/", "/healthz"):
        assert (client.head(path).status_code, client.head(path).content) == (200, b"")


def test_below_a_path_of_a_proxy_all_doors_and_join_links_keep_it(server: WebServer) -> None:
    table, ways = make_table(server, *NAMES), httpx2.HTTPTransport(local_address="127.0.0.9")
    told = {"X-Forwarded-Prefix": "/sandbox", "X-Forwarded-Proto": "https", "Host": "school.example"}
    with httpx2.Client(base_url=server.origin, transport=ways, headers=told, timeout=45) as proxy:
        desk = proxy.get(table.desk).text
        assert f"https://school.example/sandbox/join/{table.code}" in desk
        assert proxy.get(server.link).text.count("/sandbox/f/") == 4, "the doors; links get it in the browser"
        assert 'href="/sandbox/?lang=' in proxy.get("/nowhere").text
    stranger = httpx2.get(server.link, headers=told, timeout=45).text
    assert "/sandbox" not in stranger, "of others nothing is believed"


async def test_who_finds_all_seats_taken_may_watch_what_the_room_hears(server: WebServer) -> None:
    table, links = make_table(server, *NAMES), set[str]()
    free = make_table(server, *NAMES, persons=(*dict(NAMES), MAYOR))
    async with light(f"{server.origin}/join/{free.code}") as door:
        assert door.find("data-take"), "a seat is free"
        assert door.find("data-watch"), "and who only wants to watch may do so all the same"
    async with (
        light(f"{server.origin}/join/{table.code}") as late,
        light(f"{server.origin}/join/{table.code}") as later,
    ):
        assert late.shows(Words("en")("join.none"))
        for door in (late, late, later):
            door.opened.clear()
            await door.click("data-watch")
            await door.until(lambda door=door: bool(door.opened))  # type: ignore[misc]
            links |= {*door.opened}
    (opened,) = links
    assert opened.startswith("/v/")
    async with light(f"{server.origin}{opened}") as watching:
        assert await watching.wait("data-here"), "who is there already"


def test_a_player_has_so_many_documents_made_a_minute(server: WebServer, client: httpx2.Client) -> None:
    table = make_table(server, *NAMES)
    for status, seats in ((404, [TENANT] * FEW["document"]), (429, [TENANT]), (404, [PARENT])):
        assert {client.get(f"{table.seats[seat]}/debrief.docx").status_code for seat in seats} == {status}


async def test_who_knows_the_id_of_a_page_can_do_nothing_with_it(server: WebServer) -> None:
    table = make_table(server, *NAMES)
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna, aiohttp.ClientSession() as http:
        [start] = desk.events(await desk.wait("data-start"), "click")
        await anna.emit("event", start)
        await anna.emit("event", {**start, "client_id": anna.client})
        await anna.settle()
        async with http.get(table.desk) as answer:
            fresh = (await answer.text()).partition("'client_id': '")[2].partition("'")[0]
        assert fresh
        for client in (desk.client, fresh):
            who = {"client_id": client, "tab_id": "t", "document_id": "d", "implicit_handshake": "true"}
            with pytest.raises(ConnectionError, match="Implicit handshake failed"):
                await Wire(http, server.origin, lambda *_: None).connect(who)
        await desk.settle()
        assert desk.find("data-start"), "the table has not started"
        await desk.click("data-start")
        await desk.until(lambda: not desk.find("data-start"))


async def test_names_of_debriefs_reach_nothing_else(server: WebServer, client: httpx2.Client) -> None:
    table, lobby = make_table(server, (MAYOR, "Mo"), turns=1), make_table(server, *NAMES)
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as mayor:
        await begin(desk)
        await mayor.click("data-cover")
        await mayor.until(lambda: bool(mayor.find("data-send-pulse") or mayor.find("data-reflect")))
        if mayor.find("data-send-pulse"):
            await mayor.answer_pulse()
        await mayor.wait("data-reflect")
        # Whoever leaves a shared device takes the seat along, there or at the door.
        await mayor.click("data-leave-device")
        await mayor.press(Words("en")("over.leave"))
        await mayor.until(lambda: f"forgetSeats('{table.id}')" in mayor.heard[-1])
    async with aiohttp.ClientSession() as http:
        door = LightPage(http, keep=True)
        door.kept = [table.tokens[MAYOR]]
        await door.open(f"{server.origin}/?lang=en")
        await door.wait("data-own-seat")
        await door.click("data-forget-seats")
        await door.until(lambda: not door.find("data-own-seat") and "forgetSeats()" in "".join(door.heard))
        await door.close()
    secret, token = server.link.rsplit("/", 1)[1], table.tokens[MAYOR]
    base = f"/f/{secret}/t/{table.id}"
    good = [f"{base}/debrief.html", f"{base}/debrief-{MAYOR}.md", f"{base}/report.html", f"/s/{token}/debrief.docx"]
    good += [f"{base}/handout.html", f"{base}/points.docx", f"{base}/minutes.docx"]
    for path in good:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert secret not in answer.text
        assert token not in answer.text
    whole = client.get(f"/s/{token}/debrief.html?download=1&lang=zh")
    assert "attachment" in whole.headers["content-disposition"]
    assert '<html lang="zh' in whole.text, "in the language of its reader, whatever that of the table"
    handed = f"{Words('zh')('handout')}："
    assert handed in whole.text, "what the player takes home has the hand-out too"
    assert Words("zh")("points") not in whole.text
    tricks = [
        "nobody",
        f"{TENANT}-x",
        "..",
        "%2e%2e",
        "..%2f..%2ftables",
        "%00",
        f"{MAYOR}%0d%0aX-Bad:1",
        "é",
        '"',
        "🗝",
    ]
    bad = [
        *(f"{base}/debrief-{name}.{kind}" for name, kind in zip(tricks, cycle(("html", "md", "docx")), strict=False)),
        *(f"{base}/{name}" for name in ("debrief.exe", "debrief.jsonl", "events.jsonl", "report.md", "tables.sqlite")),
        *(f"/s/{token}/debrief{name}" for name in (".exe", f"-{TENANT}.html", "-.html", ".html%00", "..html")),
        f"/f/{secret}/t/..%2f{table.id}/debrief.html", f"/f/{token}/t/{table.id}/debrief.html",
        f"/f/{secret}/t/{lobby.id}/debrief.html", f"/s/{lobby.tokens[TENANT]}/debrief.html",
    ]  # fmt: skip
    for path in bad:
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "X-Bad" not in answer.headers
        assert nothing_leaked(answer.text.replace(path, ""), table, server)


async def test_no_secret_is_kept_or_told(server: WebServer) -> None:
    # It stops the server, which by now has met what is above; so it stands last.
    table = make_table(server, *NAMES)
    secret = server.link.rsplit("/", 1)[1]
    tokens = [*table.tokens.values(), table.observer.rsplit("/", 1)[1], table.projector.rsplit("/", 1)[1]]
    with httpx2.Client(base_url=server.origin) as client:
        for one in (*tokens, secret):
            for path in (f"/s/{one}", f"/s/{one}/x", f"/v/{one}", f"/v/{one}/debrief.html", f"/f/{one}/t/x/y.z"):
                client.get(path)
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna:
        await begin(desk)
        await anna.emit("event", {"id": 0, "client_id": anna.client, "listener_id": tokens[0], "args": ["{"]})
        await anna.settle()
    told = server.stop()
    try:
        assert not [one for one in (*tokens, secret) if one in told]
        files = {path: path.read_bytes() for path in server.runs.rglob("*") if path.is_file()}
        assert len(files) > 2
        for file, data in files.items():
            assert not [one for one in tokens if one.encode() in data], file
            assert file.name.startswith("tables.sqlite") or secret.encode() not in data, file
            assert file.name.startswith("tables.sqlite") or b"Anna Canary" not in data, file
        assert stat.S_IMODE((server.runs / "tables.sqlite").stat().st_mode) == 0o600
        with closing(sqlite3.connect(server.runs / "tables.sqlite")) as tables:
            kept = {row[0] for row in tables.execute("select digest from places")}
        assert {digest(one) for one in tokens} <= kept
    finally:
        server.start()  # another process may have left this one a test that comes after
