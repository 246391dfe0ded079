"""The facilitator lets a table go back to a line and on from there, with one rule changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from sandbox.content.schemas import Lang
from sandbox.record.folder import SessionFolder
from tests.running import recorded_spec
from tests.web.light import light
from tests.web.playing import asked, begin
from tests.web.served import WebServer
from tests.web.tables import PARENT, TENANT, make_table


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Serve the web app without a model."""
    with WebServer(tmp_path_factory.mktemp("branch"), "--model", "none") as running:
        yield running


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_a_branch_with_a_rule_changed(server: WebServer, lang: Lang) -> None:
    before = len(SessionFolder.all(server.runs))
    table = make_table(server, (TENANT, "Anna"), (PARENT, "Bo"), lang=lang)
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna, light(table.seats[PARENT]) as bo:
        await begin(desk, anna, bo)
        await asked(anna, bo)
        await desk.open_line("L001")
        box = await desk.wait("data-rule")
        for change, said in (
            ("aggregation.veto", "aggregation.veto: expected rule.path=value, for example aggregation.veto=[]"),
            (
                "aggregation.quorom=3",
                "'aggregation.quorom' is not a field of the rules; allowed: source, procedure",
            ),
        ):
            await desk.do(box, "update:", change)
            await desk.click("data-branch")
            await desk.until(lambda said=said: said in "".join(desk.notices))  # type: ignore[misc]
            assert desk.find("data-rule") == box
        assert len(SessionFolder.all(server.runs)) == before + 1
        await desk.do(box, "update:", " aggregation.quorum=3 ")
        await desk.click("data-branch")
        async with asyncio.timeout(15):
            while len(SessionFolder.all(server.runs)) == before + 1:
                await asyncio.sleep(0.01)
        await asked(anna, bo)
        old, new = (
            recorded_spec(folder)
            for folder in sorted(SessionFolder.all(server.runs), key=lambda folder: folder.begun)[-2:]
        )
        assert (old.changes, new.changes) == ((), ("aggregation.quorum=3",))
