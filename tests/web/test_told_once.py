"""What pages tell once, and by name: a card without its briefing's words again, whose task it is, who is not ready."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from nicegui import Client
from nicegui.elements.mixins.text_element import TextElement
from nicegui.page import page

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.language.wording import takes_up
from sandbox.game.ledger.entries import Item
from sandbox.game.starting import briefing
from sandbox.web.lines import Transcript
from sandbox.web.panels import ledger_panel, role_card
from sandbox.web.tables.audience import Viewer
from sandbox.web.tables.store import WebStore
from tests.content.folders import LIBRARY
from tests.report.conftest import counter_offers
from tests.session.desk import rules_spec
from tests.web.light import light
from tests.web.served import WebServer
from tests.web.tables import MAYOR, PARENT, TENANT, make_table

both = pytest.mark.parametrize("lang", LANGUAGES)


def labels(draw: Callable[[], None]) -> list[str]:
    """Return the texts that something draws."""
    with Client(page("/part"), request=None) as client:
        draw()
        return [one.text for one in client.elements.values() if isinstance(one, TextElement)]


@both
def test_a_card_does_not_say_again_what_its_briefing_says(lang: Lang) -> None:
    game, clause = (
        Game(rules_spec(lang=lang), LIBRARY),
        {"en": "came to this city with bundles", "zh": "扛着包袱进城"}[lang],
    )
    assert any(clause in text.get(lang) for text in game.personas[PARENT].private)
    shown = labels(lambda: role_card(game, game.words, PARENT))
    assert "\n".join(shown).count(clause) == 1
    for seat, card in game.personas.items():
        told = briefing(game, seat)
        shown = labels(partial(role_card, game, game.words, seat))
        assert all((text.get(lang) in shown) != takes_up(told, text.get(lang), lang) for text in card.private)


@both
def test_a_task_is_told_with_whose_it_is(lang: Lang) -> None:
    session, words = counter_offers(lang), Words(lang)
    task = Item("L009", "training", "task", MAYOR, "Fill it in.", {}, "open", (MAYOR, TENANT), deliverer=TENANT)
    shown = labels(lambda: ledger_panel(session, words, [task]))
    names = [session.game.name(seat) for seat in (MAYOR, TENANT)]
    assert any(" → ".join(names) in text for text in shown)


@both
def test_a_vote_without_words_is_said_to_nobody(lang: Lang) -> None:
    session, words = counter_offers(lang), Words(lang)
    spoken = next(event for event in session.events if event.kind == "line")
    for says, vote, arrow in (("", True, False), ("Yes.", True, True), ("Yes.", False, True)):
        said = replace(spoken, payload={**spoken.payload, "act": "support", "says": says, "vote": vote, "id": "L099"})
        with Client(page("/transcript"), request=None):
            shown = Transcript(lambda: session, Viewer("facilitator"), words)._line(said)
        assert (" → " in shown) == arrow


@both
async def test_who_is_not_ready_is_named_before_the_start(server: WebServer, lang: Lang) -> None:
    table = make_table(server, (MAYOR, "Bo"), (TENANT, "Anna"), lang=lang, turns=4)
    store = WebStore(server.runs / "tables.sqlite")
    store.set_ready(table.id, TENANT, False)
    store.close()
    async with light(table.desk) as desk:
        await desk.click("data-start")
        question = desk.elements[await desk.wait("data-not-ready")]["text"]
        assert "Anna" in question
        assert "Bo" not in question


async def test_the_desk_is_told_when_two_phones_hold_one_seat(server: WebServer) -> None:
    table = make_table(server, (MAYOR, "Bo"), (TENANT, "Anna"), lang="zh")
    async with light(table.desk) as desk, light(table.seats[TENANT]):
        await desk.until(lambda: desk.shows(f"、{Words('zh')('desk.online')}"))
        assert not desk.find("data-at-once")
        other = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0"}
        async with light(table.seats[TENANT], other) as second:
            text = str(desk.elements[await desk.wait("data-at-once")]["text"])
            assert re.fullmatch(r".*2处.*\d\d:\d\d起，\d\d:\d\d（iPhone）.*", text)
            row = dict(desk.walk(desk.find("data-seat", TENANT)))
            assert desk.find("data-at-once") in row
            await second.disconnect()
            await desk.until(lambda: not desk.find("data-at-once"))
