"""What a player reads who is not asked just now: nothing says that they were not asked where they were."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.state import apply, first_state
from sandbox.game.steps import open_stage, pulse_round
from sandbox.web.seat.seat_page import SeatPage
from sandbox.web.seat.turn_about import idle_text
from tests.content.folders import LIBRARY
from tests.session.desk import rules_spec
from tests.web.light import LightPage, light
from tests.web.playing import asked, begin, news
from tests.web.served import WebServer
from tests.web.tables import MAYOR, TENANT, make_table
from tests.web.test_votes import cast, to_the_vote, votes_in


def told(page: LightPage, name: str) -> str:
    """Return the text of the first element that a name marks, or an empty text."""
    return str(page.elements[page.find(name)].get("text") or "") if page.find(name) else ""


async def test_whoever_takes_a_line_back_is_paused_or_skipped_reads_it(server: WebServer) -> None:
    lang: Lang = "zh"
    table = make_table(server, (MAYOR, "Bo"), (TENANT, "Anna"), lang=lang, turns=30, hold=900)
    words = Words(lang)
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.seats[TENANT]) as anna:
        await desk.click("data-start")
        await bo.answer_pulse()
        await bo.until(lambda: told(bo, "data-idle") == words("pulse.sent", count=1))
        await anna.answer_pulse()
        person = await asked(bo, anna)
        await person.do(person.find("data-says"), "update:", "Half a line")
        await desk.click("data-order", "pause")
        await person.until(lambda: told(person, "data-idle") == words("table.idle.paused"))
        await desk.click("data-order", "resume")
        await person.wait("data-send")
        await person.say("Half a line", "inform")
        await person.wait("data-counted")
        assert words("turn.held", seconds=900) == told(person, "data-counted")
        await person.click("data-take-back")
        says = await person.wait("data-says")
        await person.until(lambda: person.elements[says]["props"].get("value") == "Half a line")
        assert not desk.shows("Half a line"), "nobody has read it"
        await desk.click("data-order", "skip")
        texts = {words(f"table.overdue.{key}") for key in ("skipped", "before.skipped")}
        await person.until(lambda: told(person, "data-overdue") in texts)
        # The one asks the other, who is told of it until it is their turn.
        person = await asked(bo, anna)
        other, seat = (anna, TENANT) if person is bo else (bo, MAYOR)
        to, name = person.find("data-to"), LIBRARY.persona(seat).name.get(lang)
        labels = [str(option["label"]) for option in person.elements[to]["props"]["options"]]
        await person.choose(to, next(label for label in labels if name in label))
        await person.say("Who has the key?", "ask")
        await person.wait("data-take-back")
        await desk.click("data-order", "pause")  # what waits to be said is said before an order
        await desk.until(lambda: desk.shows("Who has the key?"))
        await desk.click("data-order", "resume")
        await other.until(lambda: bool(other.find("data-send")) or "L0" in told(other, "data-idle"))
        await person.click("data-cover")
        await person.until(lambda: told(person, "data-idle") == words("table.idle.covered"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_while_the_room_reads_the_last_line_whoever_is_next_is_not_told_of_in_the_third_person(lang: Lang) -> None:
    game, words = Game(rules_spec(lang=lang, persons=(MAYOR, TENANT)), LIBRARY), Words(lang)
    state = apply(first_state(game), {"pulses": [pulse_round(game, first_state(game))]})
    state = apply(state, open_stage(game, state))
    assert state["floor"] is not None
    first = state["floor"]["seat"]
    waits = SimpleNamespace(held=("", {}), has=lambda *_: False, wanted=())
    fold = SimpleNamespace(begun=True, over=False, state=state)
    room: Any = SimpleNamespace(
        game=game, fold=fold, shown=fold, persons=(MAYOR, TENANT), paused=False, asked="", voting=(), waited={},
        answers=waits, ballots=waits, pulses=waits,
    )  # fmt: skip
    page: Any = SimpleNamespace(_seat=first, words=words)
    assert SeatPage.status(page, room) == words("table.next")
    assert idle_text(room, first, words) == words("table.idle.first"), "there is no line to read yet"
    room.shown = SimpleNamespace(begun=True, over=False, state={**state, "lines": [{"id": "L001"}]})
    assert idle_text(room, first, words) == words("table.idle.next")
    room.shown = fold
    assert idle_text(room, TENANT if first == MAYOR else MAYOR, words) == words("table.idle")
    room.asked = first
    assert SeatPage.status(page, room) == words("table.yours")


async def test_whoever_has_voted_reads_how_and_may_vote_anew_until_all_have(server: WebServer) -> None:
    lang: Lang = "en"
    words = Words(lang)
    table = make_table(server, (MAYOR, "Bo"), (TENANT, "Anna"), lang=lang, turns=5, stages=("public_engagement",))
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.seats[TENANT]) as anna:
        await begin(desk)
        await to_the_vote(bo, anna)
        for first in (anna, bo):  # before whom the vote comes to her, and him to whom it has not come yet
            await first.click("data-act", "object")
            await first.wait("data-take-back")
            await first.settle()
            await desk.wait("data-uncast")  # the facilitator need not wait for whoever has not voted
            assert told(first, "data-own-vote") == words("vote.own.no")
            assert words("vote.sent") in first.notices
            await first.click("data-take-back")
            await first.wait("data-act", "support")
        last = bo  # whoever assesses the others from above votes after them
        await last.click("data-act", "support")
        await last.until(lambda: told(last, "data-own-vote") == words("vote.own.yes"))
        while not last.find("data-before"):  # what is rejected may be put amended
            for page in filter(votes_in, (anna, bo)):
                await page.click("data-act", "support")
            await news(anna, bo)
            await last.settle()
        assert words("vote.own.yes") in told(last, "data-before")
        votes = {vote["seat"]: vote["act"] for vote in reversed(cast(server))}
        assert (votes[MAYOR], votes[TENANT]) == ("support", "support"), "what was taken back counts for nothing"
