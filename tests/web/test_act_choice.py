"""The facilitator lets a persona speak for a person: what the seat may do now is offered, and the seat comes back."""

from __future__ import annotations

from sandbox.content.words import Words
from sandbox.record.folder import SessionFolder
from tests.web.light import LightPage, light
from tests.web.served import HastyServer
from tests.web.tables import MAYOR, TENANT, make_table

SAYS = "Seven o'clock, and somebody has the key."


def offered(desk: LightPage) -> list[str]:
    """Return what the choice that was opened last offers."""
    key = max(desk.all("data-act-choice"), key=int)
    return [option["label"] for option in desk.elements[key]["props"]["options"]]


async def test_a_persona_speaks_for_a_person_in_one_turn_as_the_rules_allow(hasty_server: HastyServer) -> None:
    words = Words("zh")
    table = make_table(hasty_server, (MAYOR, "Bo"), (TENANT, "Anna"), lang="zh", turns=12, by_cards=True)
    async with light(table.desk) as desk:
        await desk.click("data-start")
        await desk.click("data-no-pulses")
        await desk.click("data-speak-for")
        await desk.wait("data-speak-now")
        asks, proposes = words.doing("ask"), words.doing("propose")
        acts = offered(desk)
        assert acts[0] == words("desk.speak_for_card")
        assert {asks, proposes} <= set(acts)
        reply = words.doing("support") + words.paren(words("turn.waits.proposal"))
        assert reply in acts, "as on the seat's own page, with what it waits for"
        await desk.choose(max(desk.all("data-act-choice"), key=int), asks)
        await desk.click("data-speak-now")
        assert await desk.wait("data-speak-now"), "an act without words is asked for them"
        await desk.do(desk.find("data-speak-text"), "update:", SAYS)
        await desk.click("data-speak-now")
        folder = max(SessionFolder.all(hasty_server.runs), key=lambda each: each.begun)

        def said() -> list[tuple[str, str, str]]:
            lines = [event for event in folder.read() if event.kind == "line"]
            return [(event.seat, event.payload["act"], event.payload["origin"]) for event in lines
                    if event.payload["says"] == SAYS]  # fmt: skip

        await desk.until(lambda: bool(said()), 30)
        ((seat, act, origin),) = said()
        assert act == "ask"
        assert origin == "card"
        given = [event.payload for event in folder.read() if event.kind == "order" and event.seat == seat]
        await desk.until(
            lambda: ("seat", "person", "facilitator") in [
                (event.payload["kind"], event.payload["by"], event.payload["giver"]) for event in folder.read()
                if event.kind == "order" and event.seat == seat
            ], 30,
        )  # fmt: skip
        assert [order["kind"] for order in given][:2] == ["seat", "whisper"]
