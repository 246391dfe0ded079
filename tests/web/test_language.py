"""The language of pages that no table sets: the one that the address asks for, else the one that the browser does."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import aiohttp
import pytest
from starlette.requests import Request

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.game.session import Speaker
from sandbox.web.frame import browser_lang
from sandbox.web.recordings import Recording
from sandbox.web.wall.shows_page import _player
from tests.content.folders import LIBRARY
from tests.web.light import LightPage
from tests.web.served import WebServer
from tests.web.tables import MAYOR, TENANT, make_table


def test_the_language_that_the_browser_prefers_among_ours() -> None:
    cases: list[tuple[str, Lang]] = [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en-GB,en;q=0.9,zh-CN;q=0.4", "en"), ("en;q=0.3,fr,zh-Hans;q=0.5", "zh"),
        ("zh;q=x, fr", "zh"), ("fr-FR, de;q=0.5", "en"), ("", "en"),
    ]  # fmt: skip
    for asked, lang in cases:
        assert browser_lang(Request({"type": "http", "headers": [(b"accept-language", asked.encode())]})) == lang


def test_a_server_in_a_chinese_terminal_prints_its_link_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_LANG", "zh")
    with WebServer(tmp_path, "--model", "cards") as server:
        assert server.link.startswith(f"{server.origin}/f/")


async def test_pages_speak_the_language_of_the_browser_or_the_address(server: WebServer) -> None:
    async with aiohttp.ClientSession(headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}) as http:
        page = LightPage(http, keep=True)
        languages: tuple[tuple[str, Lang, Lang], ...] = (("", "zh", "en"), ("?lang=en", "en", "zh"))
        for url, key in ((server.link, "doors.play_why"), (f"{server.origin}/", "join.type_code")):
            for address, lang, other in languages:
                await page.open(url + address)
                assert page.shows(Words(lang)(key))
                assert not page.shows(Words(other)(key))
        # The door of a table too: it speaks the language of the table only to a browser that asks for none of ours.
        await page.open(f"{server.origin}/join/{make_table(server, (MAYOR, 'Bo'), persons=(MAYOR, TENANT)).code}")
        assert page.shows(Words("zh")("join.name_hint"))
        seats = str(page.elements[page.find("aria-label", Words("zh")("join.choose"))]["props"]["options"])
        assert LIBRARY.persona(TENANT).role.get("zh") in seats
        assert LIBRARY.persona(TENANT).name.get("en") in seats, "by the name that is heard at the table"
        await page.close()


def test_who_played_a_recorded_session_is_told_in_words() -> None:
    cases: list[tuple[str, str]] = [
        ("large-language-model", "大语言模型"),
        ("cards", "只照卡片"),
        ("none", "按规则"),
        ("acme-7b", "acme-7b"),
    ]
    for model, name in cases:
        told = _player(Words("zh"), Recording("one", True, 0.0, speakers=(Speaker("", model),)))
        assert name in told
        assert model == "acme-7b" or model not in told


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "Played by acme-7b (weak); the cards alone, no model after L003, with 2 people"),
        ("zh", "由谁来演：acme-7b（weak）；L003 之后是 只照卡片，没有模型，有2人入座"),
    ],
)
def test_all_that_played_a_session_are_told_with_the_people(lang: Lang, told: str) -> None:
    speakers = (Speaker("", "acme-7b", {"mayor": "weak"}), Speaker("L003", "cards"))
    assert _player(Words(lang), Recording("one", False, 0.0, speakers=speakers, people=2)) == told


def test_whoever_watches_is_called_by_one_word_in_chinese() -> None:
    texts = files("sandbox.content").joinpath("words", "zh.yaml").read_text(encoding="utf-8")
    assert "旁听" in texts
    assert not re.search("旁观|观察员|围观", texts)
