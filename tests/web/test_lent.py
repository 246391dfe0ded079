"""A seat that the facilitator lends for one turn comes back, also where the room starts anew before that turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stub_endpoint import Received, StubReply, error
from tests.web.light import light
from tests.web.playing import asked, begin
from tests.web.served import WebServer
from tests.web.slow import Slow, log_of, serving
from tests.web.tables import TENANT, make_table

LENT, BACK = ("persona", True), ("person", False)


class Failing(Slow):
    """A model that answers when it is let, or refuses to."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses = False

    def __call__(self, request: Received) -> StubReply:
        return error(401, "no") if self.refuses else super().__call__(request)


def handed(server: WebServer) -> list[tuple[str, bool]]:
    """Return who was given the seat one after the other, and whether for a turn only."""
    given = [event.payload for event in log_of(server) if event.kind == "order" and event.payload["kind"] == "seat"]
    assert {order["giver"] for order in given} <= {"facilitator"}
    return [(order["by"], order.get("lends", False)) for order in given]


@pytest.mark.parametrize("between", [("go on", "cards"), pytest.param(("restart",), marks=pytest.mark.fuzz)])
async def test_a_lent_seat_comes_back_whatever_comes_between(tmp_path: Path, between: tuple[str, ...]) -> None:
    model = Failing()
    with serving(tmp_path, model, _SLOW=0.5) as server:
        table = make_table(server, (TENANT, "Anna"), lang="zh", turns=60)
        async with light(table.desk) as desk, light(table.seats[TENANT]) as anna:
            await begin(desk)
            for turn, then in enumerate(between, 1):
                await asked(anna)
                model.refuses = then == "go on"
                model.free.clear()
                await desk.click("data-speak-for")
                await desk.click("data-speak-now")
                await anna.wait("data-back")
                if then == "cards":
                    await desk.click("data-by-cards")
                elif then == "go on":
                    await desk.wait("data-stopped")
                    model.refuses = False
                    model.free.set()
                    await desk.click("data-go-on")
                elif then == "restart":
                    await desk.close()
                    await anna.close()
                    server.kill()
                    model.free.set()
                    server.start()
                    await desk.open(table.desk)
                    await anna.open(table.seats[TENANT])
                await asked(anna)
                assert not anna.find("data-back"), then
                assert handed(server) == [LENT, BACK] * turn, then
                said = [
                    each.payload["origin"] for each in log_of(server) if each.kind == "line" and each.seat == TENANT
                ]
                assert len(said) == turn, "for one turn"
                assert "person" not in said
