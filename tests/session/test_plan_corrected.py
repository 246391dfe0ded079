"""Whoever reports in a review may correct its own plan with that, where the rules let it draft one."""

from __future__ import annotations

import pytest

from sandbox.content.language import Lang
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.play import spoken
from sandbox.game.session import Session
from sandbox.game.spec import Promise, SessionSpec, Start
from sandbox.game.state import State, apply, first_state
from sandbox.game.steps import make_line, open_stage
from sandbox.game.view import seat_view
from sandbox.record.line import Turn
from sandbox.session.offers import open_sections
from sandbox.session.prompts import turn_messages
from sandbox.session.schema import turn_schema
from tests.game.making import LIBRARY, TURN

PROMISED = (Promise(seat="property_manager", says="I sweep."), Promise(seat="community_secretary", says="I sign."))
NEW = "Open the gate by day, and say so."


def _reviewing(stages: tuple[str, ...] = ("application", "review"), lang: Lang = "en") -> tuple[Game, State]:
    spec = SessionSpec(scenario="clean_up", governance="command", stages=stages, style="free", model="m", lang=lang,
                       start=Start(promises=PROMISED))  # fmt: skip
    game = Game(spec, LIBRARY)
    state: State = apply(first_state(game), {"stage": len(stages) - 1})
    return game, apply(state, open_stage(game, state))


def _turn(**parts: object) -> Turn:
    return {**TURN, "act": "keep", "says": "Signed.", "about": "P2", "section": "steps", "text": NEW, **parts}  # type: ignore[typeddict-item]


@pytest.mark.parametrize(("lang", "told"), [("en", "belied your plan"), ("zh", "跟这一年的实情对不上")])
def test_who_reports_reads_its_plan_and_corrects_it(lang: Lang, told: str) -> None:
    game, state = _reviewing(lang=lang)
    floor = state["floor"]
    assert floor is not None
    assert (floor["seat"], floor["why"]) == ("community_secretary", "reports")
    read = turn_messages(game, state, floor, None)[-1]["content"]
    assert told in read
    assert game.plan["steps"] in read
    assert "section" in turn_schema(game, state, floor, None)["properties"]
    assert "steps" in open_sections(game, seat_view(game, state, "community_secretary"), "keep")
    after = spoken(game, state, make_line(game, state, _turn(), "person"), (), None)
    plan = next(plan for plan in Session(game, after, []).plans if plan.seat == "community_secretary")
    assert plan.sections["steps"] == NEW
    assert plan.sections["money"] == game.plan["money"]


def test_nobody_else_does_nor_with_another_act_nor_where_no_plan_was_drafted() -> None:
    game, state = _reviewing(("public_engagement", "review"))
    floor = state["floor"]
    assert floor is not None
    assert "section" not in turn_schema(game, state, floor, None)["properties"]
    with pytest.raises(InputError, match="plan"):
        make_line(game, state, _turn(), "person")
    game, state = _reviewing()
    state = spoken(game, state, make_line(game, state, _turn(section="", text=""), "person"), (), None)
    while (floor := state["floor"]) is not None:
        drafts = floor["seat"] in game.drafters and floor["why"] == "reports"
        assert ("section" in turn_schema(game, state, floor, None)["properties"]) == drafts
        act, about = floor["acts"][0], "P1" if floor["why"] == "reports" else ""
        if floor["why"] != "reports":
            with pytest.raises(InputError):
                make_line(game, state, _turn(act=act, about="", text=NEW), "person")
        turn = _turn(act=act, about=about, section="", text="", says="So it was, I saw it.")
        state = spoken(game, state, make_line(game, state, turn, "person"), (), None)


def test_of_the_plan_of_somebody_else_is_told_what_was_not_handed_down() -> None:
    spec = SessionSpec(scenario="clean_up", governance="command", stages=("application",), style="free", model="m")
    game = Game(spec, LIBRARY)
    state: State = apply(first_state(game), open_stage(game, first_state(game)))
    floor = state["floor"]
    assert floor is not None
    state = {**state, "floor": {**floor, "seat": "community_secretary"}}
    new, handed = "Before that the owners meet.", game.plan["steps"]
    turn = _turn(act="inform", about="", text=f"{handed} {new}")
    state = spoken(game, state, make_line(game, state, turn, "person"), (), None)
    after = state["floor"]
    assert after is not None
    assert after["seat"] != "community_secretary"
    read = turn_messages(game, state, after, None)[-1]["content"]
    assert f"steps: ⟦… {new}⟧" in read
