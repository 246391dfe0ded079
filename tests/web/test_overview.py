"""All tables at a glance: what is there stays there while its texts change."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from tests.web.light import light
from tests.web.playing import begin
from tests.web.served import WebServer
from tests.web.tables import TENANT, make_table


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_glance_says_paused_and_who_calls_and_keeps_its_link(tmp_path: Path, lang: Lang) -> None:
    words = Words(lang)
    with WebServer(tmp_path, "--model", "none") as server:
        table = make_table(server, (TENANT, "Anna"), lang=lang, turns=30)
        async with (
            light(f"{server.link}/tables?lang={lang}") as tables, light(table.desk) as desk,
            light(table.seats[TENANT]) as anna,
        ):  # fmt: skip
            glance = tables.find("data-glance", table.id)
            link = tables.find("href", f"{table.desk.removeprefix(server.origin)}")
            assert link
            await begin(desk, anna)
            await tables.until(lambda: tables.shows(words("state.live")))
            await anna.click("data-help")
            await tables.wait("data-calls")
            role = {"en": "migrant tenant", "zh": "外来租客"}[lang]
            assert role in str(tables.elements[tables.find("data-calls")]["text"])
            await desk.click("data-order", "pause")
            await tables.wait("data-paused")
            await tables.until(lambda: not tables.shows(words("state.live")))
            assert glance in tables.elements
            assert link in dict(tables.walk(glance)), "the link is the very same, with the focus of whoever is on it"
