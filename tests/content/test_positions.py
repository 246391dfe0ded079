"""Who holds which position in the shipped cases under the shipped models."""

from __future__ import annotations

from sandbox.content.library import Library
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from tests.content.folders import CARDS

SCENARIOS = [card for kind, card in CARDS if kind == "scenario"]
MODELS = [card for kind, card in CARDS if kind == "governance"]
CHAIRS = {
    "command": {"leader", "official"},
    "joint_production": {"self_governing", "resident"},
    "three_social_interaction": {"resident", "self_governing"},
    "government_community_interaction": {"self_governing", "broker", "resident"},
    "one_core_multiple_actors": {"party", "broker"},
}


def game_of(library: Library, scenario: str, model: str) -> Game:
    return Game(SessionSpec(scenario=scenario, governance=model), library)


def test_only_some_kinds_may_chair_and_they_do_not_decide_alone(library: Library) -> None:
    for model in MODELS:
        for scenario in SCENARIOS:
            game = game_of(library, scenario, model)
            card = game.personas[game.chair]
            assert card.kind in CHAIRS[model], f"{card.id} chairs {scenario}"
            if card.kind == "broker":
                assert card.id == "village_cadre", "he heads the village's committee and its Party branch"
            governing = {
                seat for seat, card in game.personas.items() if card.kind in ("leader", "overseer", "official")
            }
            assert (game.chair in governing) == (model == "command"), scenario
            assert not [seat for seat in governing if game.personas[seat].kind == "overseer" and _votes(game, seat)]
            if model == "command":
                continue
            voters, rule = game.voters("public_engagement"), game.governance.rules.aggregation
            assert game.chair in voters, scenario
            assert 2 <= rule.due(len(voters)) <= len(voters), scenario
            if card.kind == "resident":
                assert card.registered, scenario
                assert card.id != "nail_household", "who holds out for his own stall speaks for nobody else"


def test_a_resident_chairs_joint_production_in_the_default_session(library: Library) -> None:
    game = game_of(library, "four_oclock_school", "joint_production")
    assert game.chair == "teacher_volunteer"
    rule = game.governance.rules.position[game.governance.rules.aggregation.chair]
    assert rule.source == "inferred", "the paper names the council, and not who chairs it"


def test_newcomers_vote_where_the_council_is_open_to_them(library: Library) -> None:
    for scenario in SCENARIOS:
        game = game_of(library, scenario, "three_social_interaction")
        newcomers = {seat for seat, card in game.personas.items() if card.kind == "resident" and not card.registered}
        assert newcomers == {seat for seat in newcomers if _votes(game, seat)}, scenario


def test_each_question_can_be_answered_in_two_ways_under_every_model(library: Library) -> None:
    for model in MODELS:
        for scenario in SCENARIOS:
            offered = game_of(library, scenario, model).offered
            assert {question: len(options) for question, options in offered.items() if len(options) < 2} == {}, scenario


def _votes(game: Game, seat: str) -> bool:
    return any(seat in game.voters(stage.id) for stage in game.stages)
