"""What a seat promises of its own beside a proposal or support: kept with the line, and told wherever promises are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.content.acts import has
from sandbox.errors import InputError
from sandbox.game.ballots import motion, stands
from sandbox.game.entries import Account
from sandbox.game.game import Game
from sandbox.game.minutes import minutes_text
from sandbox.game.reporting import as_reviewed
from sandbox.game.session import Session
from sandbox.game.state import Floor, State, apply, first_state
from sandbox.game.steps import hear, make_line, take_turn
from sandbox.game.table import promises
from sandbox.game.view import seat_view
from sandbox.record.line import Turn
from sandbox.report.reading import Reading
from sandbox.session.offers import promise_asked
from sandbox.session.prompts import turn_messages, turn_schema
from sandbox.session.turns import person_turn
from tests.game.making import LIBRARY, TURN
from tests.session.support import spec_of

OWN = "I come on my three evenings"
TERMS = {"provider": "social_organisation"}


def floor_of(game: Game, seat: str) -> Floor:
    return {"seat": seat, "why": "quiet", "acts": list(game.speech(seat)), "point": "", "phase": "discussion"}


def supported(condition: str = "") -> tuple[Game, State]:
    """Return a meeting in which a motion was supported with a promise beside."""
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12), LIBRARY)
    state = first_state(game)
    for seat, turn in (
        ("grid_master", {"act": "propose", "terms": TERMS}),
        ("teacher_volunteer", {"act": "support", "about": "L001", "condition": condition, "promises": OWN}),
    ):
        state = {**state, "floor": floor_of(game, seat)}
        made = make_line(game, state, {**TURN, **turn, "says": f"{seat} speaks"}, "model")  # type: ignore[typeddict-item]
        state = apply(state, hear(game, state, made))
    return game, state


@pytest.mark.parametrize("condition", ["", "an empty chair is lent"])
def test_one_line_supports_and_promises(condition: str) -> None:
    _, state = supported(condition)
    (promise,) = promises(state["ledger"])
    assert (promise.line, promise.owner, promise.says, promise.terms) == ("L002", "teacher_volunteer", OWN, {})
    motion = [item for item in state["ledger"] if item.kind == "proposal"][-1]
    assert stands(state["ledger"], motion)["teacher_volunteer"]
    assert motion.condition == condition


def test_it_stands_in_prompts_minutes_and_transcript_once() -> None:
    game, state = supported("an empty chair is lent")
    floor = floor_of(game, "mayor")
    prompt = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
    assert prompt.count(OWN) == 1
    assert "L002 by teacher_volunteer" in prompt.split("Promises that stand")[1]
    text = minutes_text(game, "public_engagement", state["lines"], [])
    assert f"made a counter-offer (on condition: an empty chair is lent) (promises: {OWN})" in text
    marks = Reading(Session(game, state)).line(state["lines"][-1]).marks
    assert ("promises", f"promises: {OWN}") in marks


def test_only_who_may_promise_may_do_so_and_only_beside_support_or_a_proposal() -> None:
    game, state = supported()
    state = {**state, "floor": floor_of(game, "teacher_volunteer")}
    view = seat_view(game, state, "teacher_volunteer")
    assert promise_asked(game, view, "support")
    assert not promise_asked(game, view, "object")
    assert "promises" in turn_schema(game, state, state["floor"], None)["properties"]  # type: ignore[arg-type]
    turn = {"act": "object", "to": "all", "says": "no", "promises": OWN}
    with pytest.raises(InputError, match="only beside a proposal or support"):
        person_turn(game, state, turn)
    motion: Floor = {**floor_of(game, "mayor"), "acts": ["propose"], "why": "motion"}
    assert "promises" in turn_schema(game, {**state, "floor": motion}, motion, None)["properties"]
    barred = Game(spec_of(scenario="visitors_first", style="free", stages=("public_engagement",), turns=12), LIBRARY)
    assert not any(has(act, "promises") for act in barred.acts("inspector"))
    state = {**first_state(barred), "floor": floor_of(barred, "inspector")}
    assert "promises" not in turn_schema(barred, state, state["floor"], None)["properties"]  # type: ignore[arg-type]
    with pytest.raises(InputError, match="by a seat that may promise"):
        person_turn(barred, state, {**turn, "act": "support"})


def test_a_motion_with_a_promise_beside_is_voted_on_and_carried_as_it_is() -> None:
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12), LIBRARY)
    state, condition = first_state(game), "an empty chair is lent"
    opening: Turn = {**TURN, "act": "propose", "terms": TERMS, "condition": condition, "promises": OWN, "says": "So."}
    vote: Turn = {**TURN, "act": "support", "about": "L001", "says": "I am for it"}
    for seat in ("grid_master", *game.voters("public_engagement")):
        floor = floor_of(game, seat)
        if state["lines"]:
            put = motion(game, state)
            assert put is not None
            assert (put.kind, put.terms, put.condition) == ("proposal", TERMS, condition)
            floor = {**floor, "phase": "decision"}
        state = {**state, "floor": floor}
        made = make_line(game, state, vote if state["lines"] else opening, "model")
        state = apply(state, take_turn(game, state, made))
    (decision,) = state["decisions"]
    assert (decision["carried"], decision["terms"], decision["condition"]) == (True, TERMS, condition)


def test_whoever_missed_a_stage_is_told_once_of_what_was_promised_beside_a_motion() -> None:
    _, state = supported("an empty chair is lent")
    known = state["ledger"]
    whole = tuple(replace(item, account=Account(item.owner)) if item.kind == "promise" else item for item in known)
    told = as_reviewed(known, whole, (), "mayor")
    assert [(item.line, item.kind, item.account is not None) for item in told] == [
        (item.line, item.kind, item.kind == "promise") for item in known
    ]
