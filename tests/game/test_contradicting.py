"""Conditions of a motion that contradict each other, as words show it, are named; their speaker is told first."""

from __future__ import annotations

import pytest

from sandbox.content.language import Lang
from sandbox.game.minutes.minutes import minutes_text
from sandbox.game.motions.amending import unnoticed
from sandbox.game.state import Floor, State
from sandbox.game.view import seat_view
from sandbox.record.line import Turn
from sandbox.session.offers import condition_note, motion_texts
from sandbox.session.prompts import turn_messages
from tests.game.making import TURN, decision
from tests.session.test_tabled import STAGE, floor_of, meeting, prompt

PAID = {"payer": "district"}


def noted(lang: Lang, held: str, added: str) -> str:
    """Return what a person who answers the motion is told of it."""
    game, state = meeting(
        ("ngo_director", {"act": "propose", "terms": PAID, "condition": held}),
        ("village_cadre", {"act": "support", "about": "L001", "condition": added}),
        lang=lang,
    )
    view = seat_view(game, {**state, "floor": floor_of(game, "mayor")}, "mayor")
    return condition_note(game, view, "support", "L002")


def test_conditions_that_may_not_go_together_are_named() -> None:
    cases: list[tuple[Lang, str, str, bool]] = [
        ("en", "the street pays the light", "the committee pays the light", True),
        ("en", "the street pays", "the committee bears it", True),
        ("en", "the hall takes at most 20 children", "the hall takes at least 30 children", True),
        ("en", "the hall stays open until at least 7:45", "the hall stays open until 7:30 at most", True),
        ("zh", "教室至少开到7:45", "教室最多开到7:30", True),
        ("zh", "电费由区里付", "电费由村委会付", True),
        ("zh", "街道出钱", "居委会出钱", True),
        ("zh", "教室最多收20个孩子", "教室至少收30个孩子", True),
        ("en", "the street posts the account by Friday", "the street posts the account by the end of the month", True),
        ("zh", "街道周五前把停车账贴出来", "街道月底前把停车账贴出来", True),
        ("en", "the mayor posts the account by Friday", "the NGO director posts the account by Monday", False),
        ("en", "the street posts the account by Friday", "the street sends two guards by Monday", False),
        ("zh", "街道周五前把停车账贴出来", "街道月底前派人修灯", False),
        ("en", "the hall takes at least 20 children", "the hall takes at most 30 children", False),
        ("en", "the district pays half of the light", "the village pays half of the light", False),
        ("en", "the district pays the light", "the village pays the rent", False),
        ("en", "the mayor signs by day 5", "the village meets by day 7", False),
        ("zh", "教室至少收20个孩子", "教室最多收30个孩子", False),
        ("zh", "区里付灯钱", "村里付房租", False),
        ("zh", "街道写明守门守到九点，夜里这班工钱谁出", "物业公司按间上楼找住的人收，不让房东垫", False),
    ]
    for lang, held, added, seen in cases:
        says = {"en": "What L001 and L002 ask for may not go together.", "zh": "L001和L002的要求看来不能同时成立。"}
        assert (says[lang] in noted(lang, held, added)) == seen


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_prompts_and_whoever_votes_read_it_beside_the_motion_and_whoever_says_it_is_told_first(lang: Lang) -> None:
    held, added = {
        "en": ("the street pays the light", "the committee pays the light"),
        "zh": ("区里付灯钱", "村委会付灯钱"),
    }[lang]
    motion = ("ngo_director", {"act": "propose", "terms": PAID, "condition": held})
    game, state = meeting(motion, lang=lang)
    turn: Turn = {**TURN, "act": "support", "to": "all", "about": "L001", "condition": added, "says": "x"}
    told = unnoticed(game, state, turn, "village_cadre")
    assert held in told
    assert "L001" in told
    assert ("replaces" if lang == "en" else "顶替L001") in told
    assert not unnoticed(game, state, {**turn, "replaces": "L001"}, "village_cadre")
    game, state = meeting(motion, ("village_cadre", {"act": "support", "about": "L001", "condition": added}), lang=lang)
    own = {
        "en": "L002 by Huang Jinfu asks for what may not go with your condition from L001.",
        "zh": "L002（黄金福）提的和L001里提的条件看来不能同时成立。",
    }
    assert own[lang] in prompt(game, state, "ngo_director")
    says = game.words("contradicts", one="L001", other="L002")
    assert says in prompt(game, state)
    voting: State = {**state, "floor": {**floor_of(game, "mayor"), "why": "votes", "phase": "decision"}}
    view = seat_view(game, voting, "mayor")
    assert view.motion is not None
    assert says in motion_texts(game, view, view.motion)


def test_minutes_name_conditions_that_were_carried_together_and_may_not_go_together() -> None:
    held, added = "the street pays the light", "the committee pays the light"
    motion = ("ngo_director", {"act": "propose", "terms": PAID, "condition": held})
    game, state = meeting(motion, ("village_cadre", {"act": "support", "about": "L001", "condition": added}))
    taken = decision(PAID, about="L002")
    taken["condition"] = f"{held}; {added}"
    assert "What L001 and L002 ask for may not go together." in minutes_text(game, STAGE, state["lines"], [taken])


@pytest.mark.parametrize(("lang", "next_ones"), [("en", "If it is rejected, these"), ("zh", "没通过的话，接着表决")])
def test_at_the_vote_what_two_motions_share_is_told_before_the_one_that_is_put_if_the_first_falls(
    lang: Lang, next_ones: str
) -> None:
    held, added = {
        "en": ("the street pays the light", "the committee pays the light"),
        "zh": ("区里付灯钱", "村委会付灯钱"),
    }[lang]
    game, state = meeting(
        ("ngo_director", {"act": "propose", "terms": PAID, "condition": held}),
        ("village_cadre", {"act": "support", "about": "L001", "condition": added}),
        ("local_parent", {"act": "support", "about": "L002", "terms": {"payer": "shared"}}),
        lang=lang,
    )
    floor: Floor = {**floor_of(game, "mayor"), "why": "votes", "acts": ["support", "object"], "phase": "decision"}
    told = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
    shared = game.words("contradicts", one="L001", other="L002")
    assert told.count(shared) == 1
    assert told.index(shared) < told.index(next_ones)
