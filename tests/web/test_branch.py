"""The facilitator lets a table go back to a line and on from there: asked first, with one rule changed, told to all."""

from __future__ import annotations

import asyncio

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.record.folder import SessionFolder
from tests.running import recorded_spec
from tests.web.light import LightPage, light
from tests.web.playing import asked, begin
from tests.web.served import WebServer
from tests.web.tables import PARENT, TENANT, make_table


def _sessions(server: WebServer) -> list[SessionFolder]:
    return sorted(SessionFolder.all(server.runs), key=lambda folder: folder.begun)


async def _opened(desk: LightPage, lang: Lang, line: str, way: str) -> None:
    """Open the menu of a line, and choose what is to be different."""
    await desk.open_line(line)
    await desk.choose(await desk.wait("data-how"), Words(lang)(f"branch.{way}"))


async def test_a_branch_with_a_rule_as_it_is_written(server: WebServer) -> None:
    lang: Lang = "zh"
    before, words = len(_sessions(server)), Words(lang)
    table = make_table(server, (TENANT, "Anna"), (PARENT, "Bo"), lang=lang)
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna, light(table.seats[PARENT]) as bo:
        await begin(desk)
        await asked(anna, bo)
        await _opened(desk, lang, "L001", "rule")
        await desk.click("data-branch")
        await desk.until(lambda: desk.shows(words("branch.need_value")))
        await desk.choose(await desk.wait("data-which-rule"), words("branch.own"))
        box = await desk.wait("data-rule")
        for change, said in (
            ("aggregation.veto", words("set_rule.form")),
            ("aggregation.quorom=3", words("set_rule.no_field", name="aggregation.quorom", allowed="source")),
        ):
            await desk.do(box, "update:", change)
            await desk.click("data-branch")
            await desk.until(lambda said=said: desk.shows(said))  # type: ignore[misc]
            assert desk.find("data-rule") == box
        assert len(_sessions(server)) == before + 1
        await desk.do(box, "update:", " aggregation.quorum=3 ")
        await desk.click("data-branch")
        async with asyncio.timeout(45):
            while len(_sessions(server)) == before + 1:
                await asyncio.sleep(0.01)
        await asked(anna, bo)
        old, new = (recorded_spec(folder) for folder in _sessions(server)[-2:])
        assert (old.changes, new.changes, new.seed) == ((), ("aggregation.quorum=3",), old.seed)
        for page in (desk, anna, bo):
            assert page.shows(words("branch.told.back", line="L001"))
