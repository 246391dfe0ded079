"""What rules and cards come to in the room of a stage, worked out once for all sessions of a game."""

from __future__ import annotations

from sandbox.content.acts import has
from sandbox.game.game import Game
from sandbox.game.rules import voters
from sandbox.record.line import ALL
from tests.game.making import LIBRARY
from tests.session.support import spec_of


def test_a_room_is_what_rules_and_cards_say() -> None:
    for scenario in sorted(LIBRARY.cards["scenario"]):
        game = Game(spec_of(scenario=scenario, governance="three_social_interaction"), LIBRARY)
        for stage in game.stages:
            room = game.rooms[stage.id]
            assert room.present == game.present(stage.id)
            assert room.voters == game.voters(stage.id) == voters(game.governance, game.positions, room.present)
            assert [inject.id for inject in room.injects] == [x.id for x in game.injects if x.stage == stage.id]
            for seat in room.present:
                assert set(room.addressees[seat]) == {*room.present, ALL} - {seat}
            for inject in game.scenario.injects:
                replying = {
                    (seat, not (has(point.act, "seeks") or has(point.act, "opposes")))
                    for seat, point in game.points.values()
                    if inject.id in point.replies_to and stage.id in point.stages and seat in room.present
                }
                repliers = room.repliers(inject.id)
                assert {(seat, mildly) for mildly, _, seat in repliers} == replying
                assert all(room.present[place] == seat for _, place, seat in repliers)


def test_twins_share_their_rooms() -> None:
    game = Game(spec_of(scenario="clean_up", governance="command"), LIBRARY)
    one, other = game.twin(seed=7), game.twin(seed=8, style="rules")
    assert one.rooms["training"] is other.rooms["training"] is game.rooms["training"]
    assert one.names is other.names


def test_games_whose_seats_have_the_same_names_share_where_words_hold_them() -> None:
    one, other = (Game(spec_of(scenario="clean_up", governance="command", seed=seed), LIBRARY) for seed in (1, 2))
    assert one.names is other.names
    assert one.names is not Game(spec_of(scenario="clean_up", governance="command", lang="zh"), LIBRARY).names
