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


async def test_a_branch_with_another_rule_and_of_two_at_once_one(server: WebServer) -> None:
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
        assert len(sessions_of(server, table)) == 1
        await desk.choose(await desk.wait("data-which-rule"), words("sensitivity.rule.floor"))
        values = desk.elements[await desk.wait("data-value")]["props"]["options"]
        await desk.choose(desk.find("data-value"), values[-1]["label"])
        button = await desk.wait("data-branch")
        await asyncio.gather(desk.do(button, "click"), desk.do(button, "click"))
        for page in (desk, anna, bo):
            await page.until(lambda page=page: page.shows(words("branch.told.back", line="L001")))  # type: ignore[misc]
        await asked(anna, bo)
        old, new = (recorded_spec(SessionFolder(server.runs / name)) for name in sessions_of(server, table))
        assert (old.changes, [change[:6] for change in new.changes], new.seed) == ((), ["floor="], old.seed)
        await other.do(late, "click")
        await other.until(lambda: other.shows(words("refused.other_room")))
        assert len(sessions_of(server, table)) == 2, "the line was that of another session"
        assert desk.notices == [], "nothing went wrong for whoever pressed twice"
