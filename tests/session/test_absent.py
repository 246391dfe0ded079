"""Whoever lets the time for a turn pass is stood in for by a persona that moves nothing in their name."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.game.game import Game
from sandbox.game.motions.counting import counted, voted_otherwise
from sandbox.game.orders import carry_out
from sandbox.game.play import Choose, RandomChoice, move_on, spoken
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State, apply, first_state, stood_in
from sandbox.game.steps import make_line, next_step, uncast_vote
from sandbox.record.log import Log
from sandbox.report.read_decision import votes_counted
from sandbox.session.nodes import whose_floor
from sandbox.session.points import card_turn
from sandbox.session.schema import turn_schema
from tests.game.making import MODELS

LATE = ("mayor", "grid_master", "village_cadre")


def played(game: Game, choose: Choose, late: tuple[str, ...] = LATE) -> State:
    """Play a session in which the people of some seats have let their time pass from the start."""
    state = first_state(game)
    state = {**state, "desk": {**state["desk"], "absent": list(late)}}
    while step := next_step(game, state):
        state = move_on(game, state, step, choose, lambda *_: None)
    return state


def game_of(governance: str, lang: Lang, style: str = "directed", **fields: object) -> Game:
    model = "cards" if style == "directed" else "none"
    return Game(SessionSpec.model_validate(
        {"scenario": "four_oclock_school", "governance": governance, "lang": lang, "seed": 3, "style": style,
         "model": model, **fields}
    ), Library.load())  # fmt: skip


@pytest.mark.parametrize(("style", "lang"), [("directed", "zh"), ("rules", "en")])
@pytest.mark.parametrize("governance", [model.id for model in MODELS])
def test_nothing_is_moved_promised_or_handed_down_in_the_name_of_who_is_late(
    governance: str, style: str, lang: Lang
) -> None:
    game = game_of(governance, lang, style)
    state = played(game, card_turn if style == "directed" else RandomChoice(game.templates))
    said = [line for line in state["lines"] if line["seat"] in LATE and not line["vote"]]
    assert said, "the persona keeps the talk going"
    for line in said:
        assert any(has(line["act"], trait) for trait in ("stands_in", "binds", "reports")), line
        assert has(line["act"], "binds") or not (line["terms"] or line["section"] or line["task"]), line
    owners = {item.owner for item in state["ledger"] if item.kind in ("proposal", "promise", "task")}
    assert not owners & {*LATE}
    assert all(line["seat"] not in LATE for line in state["lines"] if len(line["visible_to"]) == 2), "nothing privately"


def test_a_session_in_which_all_are_late_comes_to_its_end() -> None:
    for governance in [model.id for model in MODELS]:
        game = game_of(governance, "zh")
        state = played(game, card_turn, tuple(game.positions))
        assert [minutes["stage"] for minutes in state["minutes"]] == [stage.id for stage in game.stages]


@pytest.mark.parametrize("governance", ["joint_production", "one_core_multiple_actors"])
def test_who_is_late_is_waited_for_to_vote_and_a_vote_that_is_not_cast_is_told_as_that(governance: str) -> None:
    game = game_of(governance, "zh")
    state = first_state(game)
    late = game.voters(next(iter(game.able("decides"))))[0]
    state = {**state, "desk": {**state["desk"], "absent": [late]}}
    write, log = lambda *_: None, Log()
    while (step := next_step(game, state)) and not (state["floor"] and state["floor"]["why"] == "votes"):
        state = move_on(game, state, step, card_turn, write)
    assert whose_floor(state, log) == "await_person"
    voters = game.voters(game.stages[state["stage"]].id)
    cast, first = spoken(game, state, make_line(game, state, card_turn(game, state), "card"), (), write), late
    for seat in voters:
        order: Any = dict.fromkeys(("inject", "motion"), "") | {
            "kind": "uncast", "seat": seat, "stage": game.stages[state["stage"]].id, "to": [], "turns": 0,
        }  # fmt: skip
        update, refused = carry_out(game, cast, order)
        cast = apply(cast, update)
        assert bool(refused) == (seat == first), "whose vote is in has voted"
    while not cast["decisions"]:
        assert whose_floor(cast, log) == "speak"
        cast = spoken(game, cast, uncast_vote(game, cast), (), write)
    taken, others = cast["decisions"][0], [seat for seat in voters if seat != first]
    how = counted(game, taken)
    assert taken["votes"].keys() == {first}
    assert [*how.uncast] == others
    assert not how.abstained + how.unused
    assert not taken["vetoed_by"]
    assert f"，{len(others)}人未投票" in votes_counted(game.words, how)
    assert voted_otherwise(game, taken, others[0]) is None, "no advice on a vote that could not be given"
    assert not stood_in(cast["lines"], game.positions) & {line["id"] for line in cast["lines"] if not line["says"]}


def test_a_model_is_offered_nothing_that_binds_whoever_is_late() -> None:
    game = game_of("joint_production", "en")
    schemas = []

    def choose(game: Game, state: State):  # type: ignore[no-untyped-def]
        floor = state["floor"]
        assert floor is not None
        if floor["seat"] in LATE and floor["phase"] == "discussion":
            schemas.append(turn_schema(game, state, floor, None))
        return card_turn(game, state)

    played(game, choose)
    assert schemas
    for schema in schemas:
        assert all(has(act, "stands_in") for act in schema["properties"]["act"]["enum"])
        assert not schema["properties"].keys() & {"terms", "condition", "promises", "section", "task"}
