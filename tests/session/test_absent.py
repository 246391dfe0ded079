"""Whoever lets the time for a turn pass is stood in for by a persona that moves nothing in their name."""

from __future__ import annotations

import pytest

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.game.game import Game
from sandbox.game.play import Choose, RandomChoice, move_on
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State, first_state
from sandbox.game.steps import next_step
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
    abstains = game.governance.rules.aggregation.abstain
    for line in state["lines"]:
        if line["vote"] and line["seat"] in LATE and abstains:
            assert has(line["act"], "abstains")


@pytest.mark.parametrize("governance", [model.id for model in MODELS])
def test_a_session_in_which_all_are_late_comes_to_its_end(governance: str) -> None:
    game = game_of(governance, "zh")
    state = played(game, card_turn, tuple(game.positions))
    assert [minutes["stage"] for minutes in state["minutes"]] == [stage.id for stage in game.stages]


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
