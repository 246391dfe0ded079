"""The time for a turn: who is waited for, for how long, and what comes when it is over."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.content.acts import has
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.record.folder import SessionFolder
from sandbox.session.choice import ModelChoice
from sandbox.session.context import FREE
from sandbox.session.runner import Models
from sandbox.web.seat.asking import Begun
from sandbox.web.seat.turn_about import lost_text
from sandbox.web.tables.answers import place_of
from sandbox.web.tables.audience import REMIND_SECONDS, Audience
from sandbox.web.tables.clock import VOTE_SECONDS, TurnTime, turn_seconds
from sandbox.web.tables.database import Setup
from sandbox.web.tables.house import House
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.store import WebStore
from sandbox.web.tables.time_watch import Overdue
from sandbox.web.tables.waiting import waiting_text
from tests.web.light import light
from tests.web.playing import SOME_LOOKS, asked, begin, in_time
from tests.web.served import HastyServer, WebServer
from tests.web.slow import text_at
from tests.web.tables import MAYOR, TENANT, make_table


def at(now: float, time: TurnTime) -> TurnTime:
    """Return it as it is at a moment."""
    time.clock = lambda: now
    return time


def test_what_is_asked_again_goes_on_with_the_time_it_had() -> None:
    time = TurnTime(30)
    at(100.0, time).ask(MAYOR, "training:3:discussion")
    at(110.0, time).stop(MAYOR)
    assert at(120.0, time).waited() == {}
    at(200.0, time).ask(MAYOR, "training:3:discussion")
    assert at(205.0, time).waited() == {MAYOR: 15.0}
    assert at(205.0, time).left(MAYOR) == 15.0
    at(205.0, time).stop(MAYOR)
    at(300.0, time).ask(MAYOR, "training:5:discussion")
    assert at(300.0, time).left(MAYOR) == 30.0


def test_who_may_vote_before_their_turn_has_no_more_time_when_it_comes() -> None:
    time = TurnTime(30)
    at(100.0, time).ask(MAYOR, "vote L008")
    at(110.0, time).ask(MAYOR, "vote L008")
    assert at(115.0, time).left(MAYOR) == 15.0


@pytest.mark.parametrize("before", [0, 600])
def test_another_limit_counts_from_the_moment_it_is_set(before: int) -> None:
    time = TurnTime(before)
    at(100.0, time).ask(MAYOR, "training:3:discussion")
    at(180.0, time).stop(MAYOR)
    at(100.0, time).ask(TENANT, "pulse start")
    at(200.0, time).allow(30)
    assert at(200.0, time).left(TENANT) == 30.0
    assert at(220.0, time).left(TENANT) == 10.0
    assert at(220.0, time).waited() == {TENANT: 120.0}, "how long it has been waited for is another matter"
    at(225.0, time).allow(30)
    assert at(225.0, time).left(TENANT) == 5.0, "the same limit gives no more time"
    at(225.0, time).stop(TENANT)
    at(300.0, time).ask(TENANT, "pulse start")
    assert at(300.0, time).left(TENANT) == 5.0
    at(400.0, time).ask(TENANT, "training:1:discussion")
    assert at(410.0, time).left(TENANT) == 20.0
    at(400.0, time).ask(MAYOR, "training:3:discussion")
    assert at(400.0, time).left(MAYOR) == 30.0, "asked again, after a pause in which the limit was set"
    at(500.0, time).allow(0)
    assert at(1e6, time).left(TENANT) is None


def test_a_long_plan_gives_more_time_where_something_is_drafted_or_decided() -> None:
    library = Library.load()
    for stage in library.stages():
        longer = bool({"drafts", "decides"} & set(stage.abilities))
        assert turn_seconds(90, 120, stage) == (150 if longer else 90)
        assert turn_seconds(90, 60, stage) == turn_seconds(90, 0, stage) == 90
        assert turn_seconds(0, 120, stage) == 0, "without a limit there is none"


def test_without_a_limit_nobody_is_late() -> None:
    time = TurnTime()
    at(0.0, time).ask(MAYOR, "x")
    assert at(1e6, time).left(MAYOR) is None
    assert TurnTime(5).left(MAYOR) is None, "nobody asks"


def test_what_has_a_time_of_its_own_has_it_where_there_is_no_limit() -> None:
    time = TurnTime()
    at(0.0, time).ask(MAYOR, "pulse start", 120.0)
    assert at(100.0, time).left(MAYOR) == 20.0
    at(100.0, time).allow(30)
    assert at(110.0, time).left(MAYOR) == 20.0, "a limit counts from the moment it is set"
    at(110.0, time).allow(0)
    assert at(110.0, time).left(MAYOR) == 120.0
    at(200.0, time).ask(MAYOR, "training:1:discussion")
    assert at(1e6, time).left(MAYOR) is None


def test_a_vote_has_time_enough_to_be_read_whatever_the_limit_is_and_may_be_given_more() -> None:
    for limit, least in ((30, VOTE_SECONDS), (300, 300)):
        time = TurnTime(limit)
        at(0.0, time).ask(TENANT, "vote L008", least=VOTE_SECONDS)
        at(0.0, time).ask(MAYOR, "training:3:discussion")
        assert at(10.0, time).left(TENANT) == least - 10.0
        assert at(10.0, time).left(MAYOR) == limit - 10.0, "a turn has its own limit"
        at(10.0, time).give((TENANT,), 60.0)
        assert at(20.0, time).left(TENANT) == least + 40.0
        assert at(20.0, time).left(MAYOR) == limit - 20.0
    time = TurnTime()
    at(0.0, time).ask(TENANT, "vote L008", least=VOTE_SECONDS)
    assert at(1e6, time).left(TENANT) is None, "without a limit there is none"


@given(st.lists(st.tuples(st.sampled_from(["ask", "stop", "other"]), st.floats(0, 50)), max_size=20))
def test_the_time_waited_is_the_time_in_which_the_same_was_asked(steps: list[tuple[str, float]]) -> None:
    time, now, waited, open_now = TurnTime(60), 0.0, 0.0, False
    for step, seconds in steps:
        if step == "ask" and not open_now:
            at(now, time).ask(TENANT, "same")
            open_now = True
        elif step == "stop" and open_now:
            at(now, time).stop(TENANT)
            open_now = False
        now += seconds
        waited += seconds if open_now else 0.0
    assert at(now, time).waited().get(TENANT, waited) == pytest.approx(waited)


def orders(server: WebServer) -> list[dict[str, Any]]:
    """Return the orders in the log of the session begun last."""
    folder = max(SessionFolder.all(server.runs), key=lambda folder: folder.begun)
    return [dict(event.payload) for event in folder.read() if event.kind == "order"]


@pytest.mark.parametrize("idle", ["persona", "skip"])
async def test_an_idle_person_stops_nobody(hasty_server: HastyServer, idle: str) -> None:
    stages = ("public_engagement",)
    table = make_table(hasty_server, (TENANT, "Anna"), seconds=1, idle=idle, turns=8, stages=stages,
                       turned=idle == "persona")  # fmt: skip
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna:
        await desk.click("data-start")
        await in_time(hasty_server, lambda: bool(anna.find("data-reflect")))
        given = orders(hasty_server)
        assert {order["giver"] for order in given} == {"clock"}
        late = [(order["kind"], order["seat"], order["by"]) for order in given]
        if idle == "skip":
            assert {kind for kind, seat, _ in late if seat == TENANT} == {"skip", "uncast"}
        else:
            # A persona helps out and hands back; the vote is hers, and nobody votes in her name.
            kinds = [(kind, by) for kind, seat, by in late if seat == TENANT]
            assert kinds[:2] == [("seat", "persona"), ("seat", "person")]
            assert {*kinds[2:]} == {("uncast", "")}
        folder = max(SessionFolder.all(hasty_server.runs), key=lambda folder: folder.begun)
        decided = [event.payload for event in folder.read() if event.kind == "decision"]
        assert decided, "a vote waits for nobody either"
        said = [event.payload for event in folder.read() if event.kind == "line" and event.seat == TENANT]
        talk = [line for line in said if not line["vote"]]
        assert all(has(line["act"], "stands_in") and not line["terms"] for line in talk), "nothing moved in her name"
        assert all(taken["uncast"] == [TENANT] and TENANT not in taken["votes"] for taken in decided)
        assert not [line for line in said if line["vote"] and line["origin"] != "nobody"]
        assert anna.shows("Not voted 1")
        listed = httpx2.get(f"{table.desk}/people.csv").content.decode("utf-8-sig").splitlines()
        row = next(row for row in csv.DictReader(listed) if row["Name"] == "Anna")
        assert row["Votes not cast"] == str(len(decided))
        assert row["Lines or votes given by the program"] == str(len(talk)), "what was said in her name is told apart"
        assert anna.shows("1 not voted")
        motions = {taken["motion"]: taken for taken in decided} if idle == "persona" else {}
        assert set(anna.all("data-turned-motion").values()) == set(motions), "as the facilitator has chosen"
        if motions:
            taken, voters = next(iter(motions.values())), anna.all("data-turn-vote")
            votes = [*taken["votes"].values()]
            for key in [*voters][: len(votes) + 1]:  # hers, which was not cast, is for it then
                await anna.do(key, "click")
            told = f"carried, {votes.count(False) + 1} to {votes.count(True)}; it had fallen"
            await anna.until(lambda: anna.shows(told))


async def test_a_lost_phone_holds_up_no_pulse_and_is_named_as_one(hasty_server: HastyServer) -> None:
    table, words = make_table(hasty_server, (MAYOR, "Bo"), (TENANT, "Anna"), turns=6, lang="zh"), Words("zh")
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo:
        await desk.click("data-start")
        await bo.answer_pulse()
        waits = desk.find("data-waiting")
        await desk.until(lambda: "Anna" in desk.elements[waits]["text"] and "Bo" not in desk.elements[waits]["text"])
        assert words("table.offline") in desk.elements[waits]["text"]
        hasty_server.let_pass(50)
        await bo.until(lambda: bool(bo.lines()) or bool(bo.find("data-send")), 30)
        folder = max(SessionFolder.all(hasty_server.runs), key=lambda folder: folder.begun)
        await bo.until(lambda: any(event.kind == "pulse" for event in folder.read()))
        pulses = {event.seat: event.payload["origin"] for event in folder.read() if event.kind == "pulse"}
        assert (pulses[MAYOR], pulses[TENANT]) == ("person", "rules")
        async with light(table.seats[TENANT]) as anna:  # as after a restart of the server, which has only the log
            await anna.until(lambda: anna.shows(words("table.unanswered")))
            assert not bo.shows(words("table.unanswered"))


async def test_a_turn_has_the_bar_to_itself_after_questions_whose_time_was_over(hasty_server: HastyServer) -> None:
    table = make_table(hasty_server, (MAYOR, "Bo"), turns=6)
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo:
        await desk.click("data-start")
        await bo.wait("data-send-pulse")
        hasty_server.let_pass(150)
        await bo.until(lambda: bo.shows(Words("en")("table.overdue.pulse")) or bool(bo.find("data-send")))
        await asked(bo)
        assert not bo.find("data-overdue")


def house_of(runs: Path) -> House:
    """Return a house in which the rules alone play."""
    return House(
        WebStore(runs / "tables.sqlite"), Library.load(), runs, ModelChoice("none", "none", "rules", ""),
        Models(None, (), FREE), ("", ""), 30,
    )  # fmt: skip


async def awaiting_pulse(house: House, clock: Callable[[], float]) -> tuple[str, TableRoom]:
    """Start a table, by a clock, with two people, of whom the tenant alone has not answered the first pulse."""
    setup = Setup("four_oclock_school", "joint_production", "", "en", ("training",), 4, 1, (MAYOR, TENANT), {})
    table = house.store.add_table(setup).id
    for seat, name in ((MAYOR, "Bo"), (TENANT, "Anna")):
        house.take_seat(table, seat, name)
        house.audience(table).online[seat] += 1
    room = house.start(table)
    room.turn_time.clock = clock
    async with asyncio.timeout(20):
        while TENANT not in room.pulses.wanted:
            await asyncio.sleep(0.01)
    room.pulse(MAYOR, room.pulses.moment, {"trust": 3, "conviction": 3, "burden": 3})
    return table, room


async def test_whoever_lets_a_pulse_lie_holds_up_nobody_for_ever(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sandbox.web.tables.time_watch._TICK", 0.01)
    words, now = Words("en"), 100.0
    house = house_of(tmp_path)
    table, room = await awaiting_pulse(house, lambda: now)
    async with asyncio.timeout(20):
        now += 119
        waits = waiting_text(room, words, house.store.players(table))
        assert words("table.left", time="0:01") in waits, "the desk tells how long the room waits yet"
        await asyncio.sleep(0.05)
        assert TENANT in room.pulses.wanted
        now += 1
        while room.pulses.wanted:
            await asyncio.sleep(0.01)
        assert room.overdue[TENANT] == "pulse"
        assert lost_text(room, TENANT, "pulse", words) == words("table.lost.start")
        for lost, overdue, told in (
            ("vote L007", "uncast", words("table.lost.vote", line="L007")),
            ("training:3:talk", "skip", words("table.lost.turn", turn=3, stage="Training")),
            ("training:3:talk", "inject", ""),
        ):
            room.turn_time.lost[TENANT] = lost
            assert lost_text(room, TENANT, cast(Overdue, overdue), words) == told, "which turn it was"
    await house.close()


async def test_a_page_that_is_gone_is_waited_for_a_while_and_its_player_told_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sandbox.web.tables.time_watch._TICK", 0.01)
    now = 100.0
    house = house_of(tmp_path)
    table, room = await awaiting_pulse(house, lambda: now)
    async with asyncio.timeout(20):
        now += 60
        house.audience(table).online[TENANT] -= 1
        await asyncio.sleep(0.05)
        now += 44
        await asyncio.sleep(0.05)
        assert TENANT in room.pulses.wanted, "her phone has locked its screen"
        now += 2
        while room.pulses.wanted:
            await asyncio.sleep(0.01)
    assert room.overdue[TENANT] == "gone"
    await house.close()


async def test_whose_time_to_decide_is_over_decides_what_they_had_chosen_or_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sandbox.web.tables.time_watch._TICK", 0.01)
    now, terms = 100.0, {"provider": "street_staff"}
    house = house_of(tmp_path)
    stages = ("public_engagement",)
    setup = Setup("four_oclock_school", "command", "", "en", stages, 5, 1, (MAYOR,), {}, seconds=90)
    table = house.store.add_table(setup).id
    house.take_seat(table, MAYOR, "Bo")
    room = house.start(table)
    room.turn_time.clock = lambda: now
    spoken = False
    async with asyncio.timeout(30):
        while not (spoken and (floor := room.fold.state["floor"]) and floor["why"] == "decides" and room.asked):
            if room.pulses.wanted:
                room.pulse(MAYOR, room.pulses.moment, {"trust": 3, "conviction": 3, "burden": 3})
            elif room.asked and not spoken:
                turn = {"act": "propose", "to": "all", "says": "The village runs it.", "terms": terms}
                room.answers.say(MAYOR, place_of(room.game, room.fold.state), turn)
                spoken = True
            elif room.asked:
                turn = {"act": "inform", "to": "all", "says": "Go on."}
                room.answers.say(MAYOR, place_of(room.game, room.fold.state), turn)
            await asyncio.sleep(0.01)
        now += 91
        while MAYOR not in room.overdue:
            await asyncio.sleep(0.01)
        waits = room.game.words("table.decision_waits", name=room.game.name(MAYOR))
        assert (room.overdue[MAYOR], room.asked, waiting_text(room, room.game.words, {})) == ("waits", MAYOR, waits)
        assert not room.fold.state["decisions"], "what was moved is not yet decided"
        del room.overdue[MAYOR]
        begun = house.drafts.setdefault((table, MAYOR, 0.0), Begun())
        begun.keep(place_of(room.game, room.fold.state), "terms", terms)
        while not room.fold.state["decisions"]:
            await asyncio.sleep(0.01)
    assert room.fold.state["decisions"][-1]["terms"] == terms
    assert room.overdue[MAYOR] == "decided"
    await house.close()


async def test_the_facilitator_reminds_who_is_waited_for_and_not_twice_at_once(server: WebServer) -> None:
    table = make_table(server, (MAYOR, "Bo"), turns=6)
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.observer) as other:
        await begin(desk)
        await asked(bo)
        message, button = Words("en")("remind.room_waits"), await desk.wait("data-remind")
        for _ in range(3):
            await desk.do(button, "click")
        await bo.until(lambda: message in bo.notices)
        await desk.until(lambda: desk.elements[button]["props"].get("label") == Words("en")("remind.done"))
        await bo.settle()
        assert bo.notices.count(message) == 1
        assert message not in other.notices + desk.notices
        await bo.say("The room has heard me.", "inform", "ask")
        await desk.until(lambda: desk.find("data-remind") != button)


async def test_a_persona_takes_a_seat_at_once_while_pulses_are_taken(server: WebServer) -> None:
    words = Words("en")
    table = make_table(server, (MAYOR, "Bo"), (TENANT, "Anna"), turns=6)
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.seats[TENANT]) as anna:
        await desk.click("data-start")
        await anna.wait("data-send-pulse")
        await desk.press(words("desk.to_persona"), "data-seat", TENANT)
        back = words("desk.to_person")
        await desk.until(lambda: back in [one.get("props", {}).get("label") for one in desk.elements.values()])
        await anna.wait("data-back")
        assert not anna.find("data-send-pulse"), "nobody waits for what the rules answer now"
        await bo.answer_pulse()
        await asked(bo)
        assert [(order["kind"], order["seat"]) for order in orders(server)] == [("seat", TENANT)]


async def test_who_comes_late_plays_from_the_next_line_and_is_named_with_the_session(server: WebServer) -> None:
    table = make_table(server, (TENANT, "Anna"), turns=6, persons=(TENANT, MAYOR))
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna:
        await desk.click("data-start")
        await desk.click("data-without")
        await anna.wait("data-send-pulse")
        join = f"{server.origin}/join/{table.code}"
        async with light(join) as late, light(join) as beaten:
            await beaten.do(beaten.find("aria-label", Words("en")("join.choose")), "update:", 0)
            await late.do(late.find("aria-label", Words("en")("join.choose")), "update:", 0)
            await late.do(late.find("data-name"), "update:", "Bo")
            await late.click("data-take")
            await beaten.until(lambda: beaten.shows("District mayor was just taken by Bo; choose another seat."))
            await late.until(lambda: bool(late.opened))
            link = late.opened[-1]
        async with light(f"{server.origin}{link}") as bo:
            await bo.wait("data-cover")
            assert not bo.find("data-back"), "the join page has said that the next line is theirs"
        with contextlib.closing(WebStore(server.runs / "tables.sqlite")) as store:
            assert [row.people for row in store.sessions(table.id)] == [{TENANT: "Anna", MAYOR: "Bo"}]


def test_a_player_is_reminded_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("sandbox.web.tables.audience.time.monotonic", lambda: now)
    audience = Audience()
    assert not audience.rests(MAYOR)
    audience._reminded[MAYOR] = now
    assert audience.rests(MAYOR)
    assert not audience.rests(TENANT)
    now += REMIND_SECONDS
    assert not audience.rests(MAYOR)


async def test_the_facilitator_sets_the_time_while_a_person_is_waited_for(hasty_server: HastyServer) -> None:
    table = make_table(hasty_server, (MAYOR, "Bo"), turns=6)
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo:
        await begin(desk)
        await asked(bo)
        await desk.until(lambda: "Bo" in desk.texts)
        hasty_server.let_pass(60)
        await desk.do(desk.find("data-turn-seconds"), "update:", 40)
        await desk.click("data-turn-time")
        left = re.compile(Words("en")("table.left", time=r"0:[34]\d"))
        await desk.until(lambda: bool(left.search(text_at(desk, "data-waiting"))))
        await asyncio.sleep(SOME_LOOKS)
        assert not orders(hasty_server), "what was waited before is not taken off"
        hasty_server.let_pass(40)
        await desk.until(lambda: any(order["giver"] == "clock" for order in orders(hasty_server)))


async def test_a_vote_that_can_stop_a_motion_is_waited_for_until_the_facilitator_lets_the_vote_go_on(
    hasty_server: HastyServer,
) -> None:
    words = Words("en")
    table = make_table(hasty_server, ("village_cadre", "Bo"), governance="one_core_multiple_actors", seconds=1,
                       idle="skip", turns=8, stages=("public_engagement",))  # fmt: skip

    def taken() -> list[Any]:
        folder = max(SessionFolder.all(hasty_server.runs), key=lambda folder: folder.begun)
        return [event.payload for event in folder.read() if event.kind == "decision"]

    async with light(table.desk) as desk, light(table.seats["village_cadre"]) as bo:
        await desk.click("data-start")
        await in_time(hasty_server, lambda: words("table.overdue.waits") in bo.texts)
        hasty_server.let_pass(30)
        await desk.settle()
        assert not taken(), "the gate is not passed by letting its time go by"
        await desk.click("data-uncast-seat", "village_cadre")
        await desk.click("data-yes")
        await in_time(hasty_server, lambda: bool(taken()))
        assert taken()[0]["uncast"] == ["village_cadre"]


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_what_was_sent_is_said_when_time_is_over_and_what_was_only_typed_is_kept(
    hasty_server: HastyServer, lang: Lang
) -> None:
    stages, words = ("public_engagement",), Words(lang)
    table = make_table(hasty_server, (TENANT, "Anna"), lang=lang, seconds=60, turns=12, stages=stages)
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna:
        await begin(desk)
        await asked(anna)
        await anna.do(anna.find("data-says"), "update:", "The hall has a roof.")
        await anna.click("data-act", "propose")
        await anna.click("data-send")
        await anna.wait("data-ask-terms")
        hasty_server.let_pass(61.0)
        await anna.until(lambda: "The hall has a roof." in desk.texts)
        assert words("table.overdue.sent") in anna.texts or words("table.overdue.before.sent") in anna.texts
        await asked(anna)
        await anna.do(anna.find("data-says"), "update:", "Who has the key?")
        hasty_server.let_pass(61.0)
        await anna.until(lambda: words("table.overdue.kept_words") in anna.texts)
        assert "Who has the key?" not in desk.texts
