"""What the body cannot bind is told to whoever speaks or votes; whose promise makes it hold can give it to the last."""

from __future__ import annotations

from typing import Any

import pytest
from nicegui import Client, ui
from nicegui.page import page

from sandbox.content.language import LANGUAGES, Lang
from sandbox.game.game import Game
from sandbox.game.last_word import LAST_WORD, last_word_floor
from sandbox.game.session import Session
from sandbox.game.state import Floor, State, apply, discussion, first_state
from sandbox.game.steps import hear, make_line
from sandbox.game.view import seat_view
from sandbox.session.offers import condition_note, motion_texts, promise_holds
from sandbox.session.prompts import turn_messages
from sandbox.session.schema import turn_schema
from sandbox.web.decision_card import motion_card
from sandbox.web.panels import ledger_panel
from tests.game.making import LIBRARY, TURN
from tests.session.support import spec_of

STAGE, PAYS, PROMISES = "public_engagement", "street_director", {"act": "promise", "terms": {"payer": "shared"}}
TERMS = {"payer": "shared", "stay": "day_one"}
OPEN: dict[Lang, str] = {
    "en": "keep them running” is not for this body to bind: it holds only by a promise of Wei Lixin, which nobody",
    "zh": "运转靠用的人交费”这一条，这个会定不了，要魏立新自己承诺才算数，眼下还没人承诺",
}
GIVEN: dict[Lang, str] = {"en": "it holds by the promise of Wei Lixin (L003)", "zh": "魏立新承诺了（L003），凭这个算数"}

both = pytest.mark.parametrize("lang", LANGUAGES)


def meeting(
    lang: Lang, *turns: tuple[str, dict[str, Any]], governance: str = "government_community_interaction"
) -> tuple[Game, State]:
    spec = spec_of(scenario="plant_gate", governance=governance, stages=(STAGE,), turns=12, lang=lang)
    game = Game(spec, LIBRARY)
    state = first_state(game)
    for seat, turn in ((PAYS, {}), ("self_gov", {"act": "propose", "terms": TERMS}), *turns):
        floor: Floor = {"seat": seat, "why": "quiet", "acts": [*game.speech(seat)], "point": "", "phase": "discussion"}
        state = {**state, "floor": floor}
        line: Any = {**TURN, "says": "so", **turn}
        state = apply(state, hear(game, state, make_line(game, state, line, "model")))
    return game, state


def told(game: Game, state: State) -> list[str]:
    """Return what is told who speaks, who votes, as a model and as a person, and what pages show."""
    texts = []
    for why, acts in (("quiet", ["support", "promise"]), ("votes", ["support", "object"])):
        phase = "decision" if why == "votes" else "discussion"
        floor: Any = {"seat": "grid_master", "why": why, "acts": acts, "point": "", "phase": phase}
        now: State = {**state, "floor": floor}
        view = seat_view(game, now, "grid_master")
        texts.append(turn_messages(game, now, floor, None)[-1]["content"])
        texts.append(
            condition_note(game, view, "support", "L002") if view.motion is None
            else " ".join(motion_texts(game, view, view.motion))
        )  # fmt: skip
    session = Session(game, state, ())
    (motion,) = (item for item in session.items if item.kind == "proposal")
    with Client(page("/part"), request=None) as client:
        ledger_panel(session, game.words, session.items)
        motion_card(session, game.words, (), motion)
        shown = [
            each.text for each in client.elements.values() if isinstance(each, ui.label) and "data-beyond" in each.props
        ]
    return [*texts, *shown]


@both
def test_a_term_that_the_body_cannot_bind_says_so_wherever_its_motion_is_told(lang: Lang) -> None:
    for turns, says, other in (((), OPEN, GIVEN), (((PAYS, PROMISES),), GIVEN, OPEN)):
        texts = told(*meeting(lang, *turns))
        assert len(texts) == 6
        for text in texts:
            assert says[lang] in text
            assert other[lang] not in text
    game, state = meeting(lang, governance="joint_production")
    assert not any("not for this body" in text or "这个会定不了" in text for text in told(game, state)), "it binds all"


@both
def test_whose_promise_a_motion_needs_is_told_so_until_it_is_given(lang: Lang) -> None:
    option = LIBRARY.scenario("plant_gate").decision_by_id["payer"].options["shared"].get(lang)
    for turns in ((), ((PAYS, PROMISES),)):
        game, state = meeting(lang, *turns)
        for seat in (PAYS, "employer"):
            acts = [*game.speech(seat)]
            floor: Floor = {"seat": seat, "why": "quiet", "acts": acts, "point": "", "phase": "discussion"}
            view = seat_view(game, {**state, "floor": floor}, seat)
            asked = seat == PAYS and not turns
            assert (option in promise_holds(game, view, "promise")) == asked
            prompt = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
            assert ("payer: shared" in prompt) == asked


@both
def test_whose_promise_a_motion_needs_can_give_it_with_its_last_word(lang: Lang) -> None:
    game, state = meeting(lang)
    talk = discussion(state)
    floor = last_word_floor(game, state, talk, len(talk))
    assert floor is not None
    assert (floor["seat"], floor["why"]) == (PAYS, LAST_WORD)
    now: State = {**state, "floor": floor}
    assert turn_schema(game, now, floor, None)["properties"]["terms"]["properties"] == {
        "payer": {"type": "string", "enum": ["shared"]}
    }
    told = turn_messages(game, now, floor, None)[-1]["content"]
    assert "payer: shared" in told or "payer：shared" in told
    line: Any = {**TURN, **PROMISES, "says": "I sign it.", "about": "L002"}
    after = apply(now, hear(game, now, make_line(game, now, line, "model")))
    assert [(item.state, item.terms) for item in after["ledger"] if item.kind == "promise"] == [
        ("open", {"payer": "shared"})
    ]
    assert last_word_floor(game, after, discussion(after), len(talk)) is None, "nobody else's promise is needed"
