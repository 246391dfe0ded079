"""Whoever votes is told on which conditions their doer cannot be counted: refused, or without a word and a vote."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.state import Floor, State, apply, first_state
from sandbox.game.steps import hear, make_line
from sandbox.game.view import seat_view
from sandbox.session.offers import motion_texts
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY, TURN
from tests.session.support import spec_of

STAGE = "public_engagement"
POSTS: dict[Lang, str] = {
    "en": "Cao Zhigang posts the parking account at the gate",
    "zh": "物业把停车费收支贴在大门上",
}
WILL_NOT: dict[Lang, str] = {"en": "Cao Zhigang will not do what L002 asks (L003).", "zh": "说了不办（L003）"}
UNHEARD: dict[Lang, str] = {"en": "What L002 asks falls to Cao Zhigang, who has no vote", "zh": "之后也没轮到开口"}


def meeting(lang: Lang, *turns: tuple[str, dict[str, Any]]) -> tuple[Game, State]:
    spec = spec_of(
        scenario="clean_up", governance="three_social_interaction", style="free", stages=(STAGE,), turns=12, lang=lang
    )
    game = Game(spec, LIBRARY)
    state = first_state(game)
    opening: tuple[str, dict[str, Any]] = ("landlord", {"act": "propose", "terms": {"gate_list": "sums"}})
    demand: tuple[str, dict[str, Any]] = ("self_gov", {"act": "support", "about": "L001", "condition": POSTS[lang]})
    for seat, turn in (opening, demand, *turns):
        acts = list(game.speech(seat))
        floor: Floor = {"seat": seat, "why": "quiet", "acts": acts, "point": "", "phase": "discussion"}
        line: Any = {**TURN, "says": "so", **turn}
        state = {**state, "floor": floor}
        state = apply(state, hear(game, state, make_line(game, state, line, "model")))
    floor = {"seat": "landlord", "why": "votes", "acts": ["support", "object"], "point": "", "phase": "decision"}
    return game, {**state, "floor": floor}


def ballots(game: Game, state: State) -> tuple[str, str]:
    """Return what a model and what a person is told who votes."""
    view, floor = seat_view(game, state, "landlord"), state["floor"]
    assert view.motion is not None
    assert floor is not None
    return turn_messages(game, state, floor, None)[-1]["content"], " ".join(motion_texts(game, view, view.motion))


REFUSES: tuple[str, dict[str, Any]] = ("property_manager", {"act": "refuse", "about": "L002"})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_ballot_says_that_whom_a_condition_binds_refused_it(lang: Lang) -> None:
    for text in ballots(*meeting(lang, REFUSES)):
        assert WILL_NOT[lang] in text
        assert UNHEARD[lang] not in text
    gave_way = ("property_manager", {"act": "support", "about": "L002"})
    for text in ballots(*meeting(lang, REFUSES, gave_way)):
        assert WILL_NOT[lang] not in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_ballot_says_who_is_bound_without_a_word_and_a_vote(lang: Lang) -> None:
    for text in ballots(*meeting(lang)):
        assert UNHEARD[lang] in text
    for text in ballots(*meeting(lang, ("property_manager", {"act": "inform"}))):
        assert UNHEARD[lang] not in text
