"""Time runs out, or stands still: what becomes of the stage, of people's seats and of their pulses."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from sandbox.content.words import Words
from tests.web.light import LightPage, light
from tests.web.playing import SOME_LOOKS, asked, begin, in_time
from tests.web.served import HastyServer, WebServer
from tests.web.slow import Slow, log_of, serving, text_at
from tests.web.tables import MAYOR, TENANT, make_table

TWO = ("training", "application")


def orders(server: WebServer) -> list[tuple[str, str, str]]:
    """Return the orders in the log: kind, who gave it, who was to have a seat."""
    given = [event.payload for event in log_of(server) if event.kind == "order"]
    return [(order["kind"], order["giver"], order["by"]) for order in given]


def timer_of(page: LightPage) -> str:
    """Return what a player's page tells of the time that is left for a turn."""
    return next((str(one.get("text")) for one in page.elements.values() if "left" in one.get("class", ())), "")


async def both(page: LightPage) -> str:
    """Wait until a page asks for a pulse or for a line, and return which."""
    await page.until(lambda: bool(page.find("data-send-pulse") or page.find("data-send")))
    return "pulse" if page.find("data-send-pulse") else "line"


async def test_a_stage_that_ends_before_the_persona_has_spoken_costs_nobody_the_seat(tmp_path: Path) -> None:
    model, words = Slow(), Words("zh")
    with serving(tmp_path, model) as server:
        table = make_table(
            server, (TENANT, "Anna"), lang="zh", turns=30, stages=TWO, seconds=30, minutes={"training": 10}
        )
        async with light(table.desk) as desk, light(table.seats[TENANT]) as anna:
            await desk.click("data-start")
            await anna.answer_pulse()
            await asked(anna)
            model.free.clear()
            server.let_pass(30)
            await anna.until(lambda: bool(anna.find("data-back")) and not anna.find("data-send"))
            assert anna.shows(words("table.overdue.speaks"))
            assert not anna.shows(words("table.overdue.persona")), "nobody has spoken for her yet"
            server.let_pass(600)
            assert await both(anna) == "pulse", "she feels the stage herself"
            assert not anna.find("data-back"), "her seat is hers"
            assert not anna.find("data-overdue"), "and nobody has spoken for her"
            model.free.set()
            await anna.answer_pulse()
            await asked(anna)
            taken = [event for event in log_of(server) if event.kind == "pulse" and event.seat == TENANT]
            assert [event.payload["origin"] for event in taken] == ["person", "person"]


async def test_a_turn_that_is_over_with_the_stage_costs_nobody_the_seat(hasty_server: HastyServer) -> None:
    table = make_table(hasty_server, (TENANT, "Anna"), turns=40, stages=TWO, seconds=300, minutes={"training": 5})
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna:
        await begin(desk)
        await asked(anna)
        hasty_server.let_pass(300)  # both times run out between two looks
        await anna.answer_pulse()
        assert ("seat", "clock", "persona") not in orders(hasty_server)
        assert ("end", "clock", "") in orders(hasty_server)


async def test_in_a_pause_no_stage_ends_and_nothing_new_begins(tmp_path: Path) -> None:
    model, words = Slow(), Words("en")
    with serving(tmp_path, model) as server:
        table = make_table(
            server, (TENANT, "Anna"), (MAYOR, "Bo"), lang="en", turns=8, stages=TWO, seconds=40,
            minutes={"training": 4},
        )  # fmt: skip
        async with light(table.desk) as desk, light(table.seats[TENANT]) as anna, light(table.seats[MAYOR]) as bo:
            await desk.click("data-start")
            await anna.answer_pulse()
            await bo.answer_pulse()
            await asked(bo)
            model.free.clear()
            await bo.say("Let us begin.", "inform", "ask")
            await bo.until(lambda: len(bo.lines()) == 1)
            await desk.click("data-order", "pause")
            await desk.wait("data-order", "resume")
            await desk.until(lambda: words("desk.later_pause") in desk.notices)
            await bo.until(lambda: bo.shows(words("table.pausing")))
            server.let_pass(240)  # as long as the stage has
            await asyncio.sleep(SOME_LOOKS)
            model.free.set()
            await desk.until(lambda: desk.shows(words("table.paused")))
            assert ("end", "clock", "") not in orders(server)
            await bo.settle()
            assert len(bo.lines()) == 2, "what was begun has come, and nothing after it"
            await desk.click("data-order", "resume")
            await desk.wait("data-order", "pause")
            server.let_pass(240)
            assert await both(bo) == "pulse"
            assert await both(anna) == "pulse"

            await desk.click("data-order", "pause")
            await desk.wait("data-order", "resume")
            await bo.answer_pulse()
            server.let_pass(60)  # longer than anybody has for an answer
            await asyncio.sleep(SOME_LOOKS)
            assert anna.find("data-send-pulse"), "her time stands still"
            assert not anna.find("data-overdue")
            await desk.until(lambda: desk.shows(words("table.paused")))
            await anna.answer_pulse()
            await anna.until(lambda: not anna.find("data-send-pulse"))
            await asyncio.sleep(SOME_LOOKS)
            assert [event.stage for event in log_of(server) if event.kind == "stage"] == ["training"]
            await desk.click("data-order", "resume")
            await desk.until(lambda: any(event.stage == "application" for event in log_of(server)))
            taken = [
                event.payload["origin"]
                for event in log_of(server)
                if event.kind == "pulse" and event.seat in table.seats
            ]
            assert taken == ["person"] * 4


async def test_whoever_has_not_voted_when_time_is_over_has_two_minutes_and_is_not_waited_for_longer(
    hasty_server: HastyServer,
) -> None:
    words = Words("zh")
    table = make_table(
        hasty_server, (TENANT, "Anna"), (MAYOR, "Bo"), lang="zh", turns=12, stages=("public_engagement",),
        minutes={"public_engagement": 2},
    )  # fmt: skip
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna, light(table.seats[MAYOR]) as bo:
        await begin(desk)
        await asked(anna, bo)
        hasty_server.let_pass(120)
        await desk.until(lambda: ("vote", "clock", "") in orders(hasty_server), 30)
        left = re.compile(words("table.left", time=r"(2:00|1:[0-5]\d)"))
        await desk.until(lambda: bool(left.search(text_at(desk, "data-waiting"))))
        await anna.until(lambda: bool(left.search(timer_of(anna))))
        await in_time(
            hasty_server, lambda: any(event.kind == "minutes" for event in log_of(hasty_server))
        )  # nobody votes
        assert [event for event in log_of(hasty_server) if event.kind == "decision"]
