"""The facilitator lets a persona speak for a person: what the seat may do now is offered, and the seat comes back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.game.fold import fold, upto
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State, apply, first_state
from sandbox.game.steps import open_stage
from sandbox.game.view import seat_view
from sandbox.record.folder import SessionFolder
from sandbox.session.offers import waits_for
from sandbox.session.opening import open_session
from sandbox.web.desk.act_choice import acts_now
from sandbox.web.tables.room import TableRoom
from tests.cli.conftest import ROOT
from tests.game.making import LIBRARY
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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_why_a_seat_may_not_do_an_act_now_is_told(lang: Lang) -> None:
    words = Words(lang)
    spec = SessionSpec(scenario="four_oclock_school", governance="command", lang=lang, style="rules", model="none")
    game, why = Game(spec, LIBRARY), words.text

    def acts(state: State, seat: str) -> tuple[set[str], set[str]]:
        room = cast(TableRoom, SimpleNamespace(game=game, fold=SimpleNamespace(state=state)))
        opened, barred = acts_now(room, words, seat)
        return set(opened), {f"{act}: {reason}" for act, reason in barred.items()}

    training = apply(first_state(game), open_stage(game, first_state(game)))
    assert game.stages[training["stage"]].id == "training"
    opened, barred = acts(training, TENANT)
    assert not opened, "whoever is not in the room may do nothing"
    assert barred == {f"{act}: {why('desk.act.absent')}" for act in game.acts(TENANT)}
    opened, barred = acts(training, game.chair)
    assert {"inform", "ask", "delegate"} <= opened
    assert f"decide: {why('desk.act.binds')}" in barred


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_may_give_way_to_what_somebody_said_though_there_is_no_proposal_yet(lang: Lang) -> None:
    words, name = Words(lang), f"joint_production_{lang}"
    session = open_session(SessionFolder(ROOT / "cassettes" / name), LIBRARY)
    conceded = next(line for line in session.lines if line["act"] == "concede")
    before = upto(session.events, session.lines[session.lines.index(conceded) - 1]["id"])
    assert not any(event.kind == "line" and event.payload["act"] == "propose" for event in before)
    view = seat_view(session.game, fold(session.game, before), conceded["seat"])
    assert waits_for(session.game, words, view, "concede") == ""
    assert waits_for(session.game, words, view, "support") == words("turn.waits.proposal")
    first = next(place for place, event in enumerate(before) if event.kind == "line")
    silent = seat_view(session.game, fold(session.game, before[:first]), conceded["seat"])
    assert waits_for(session.game, words, silent, "concede") == words("turn.waits.argument")
