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
from tests.web.test_at_once import sessions_of


async def _opened(desk: LightPage, lang: Lang, line: str, way: str) -> None:
    """Open the menu of a line, and choose what is to be different."""
    await desk.open_line(line)
    await desk.choose(await desk.wait("data-how"), Words(lang)(f"branch.{way}"))


async def test_a_branch_with_a_rule_as_it_is_written_and_of_two_at_once_one(server: WebServer) -> None:
    lang: Lang = "zh"
    words = Words(lang)
    table = make_table(server, (TENANT, "Anna"), (PARENT, "Bo"), lang=lang)
    async with (
        light(table.desk) as desk, light(table.desk) as other, light(table.seats[TENANT]) as anna,
        light(table.seats[PARENT]) as bo,
    ):  # fmt: skip
        await begin(desk)
        await asked(anna, bo)
        await _opened(other, lang, "L001", "luck")
        late = await other.wait("data-branch")
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
        assert len(sessions_of(server, table)) == 1
        await desk.do(box, "update:", " aggregation.quorum=3 ")
        button = await desk.wait("data-branch")
        await asyncio.gather(desk.do(button, "click"), desk.do(button, "click"))
        for page in (desk, anna, bo):
            await page.until(lambda page=page: page.shows(words("branch.told.back", line="L001")))  # type: ignore[misc]
        await asked(anna, bo)
        old, new = (recorded_spec(SessionFolder(server.runs / name)) for name in sessions_of(server, table))
        assert (old.changes, new.changes, new.seed) == ((), ("aggregation.quorum=3",), old.seed)
        await other.do(late, "click")
        await other.until(lambda: other.shows(words("refused.other_room")))
        assert len(sessions_of(server, table)) == 2, "the line was that of another session"
        assert desk.notices == [], "nothing went wrong for whoever pressed twice"
