"""Where the cards alone speak, nobody moves, backs or opposes what contradicts where it stood last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import pytest

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.motions.stance import contradicts, stance
from sandbox.game.play import play, play_on
from sandbox.game.spec import BY_CARDS, CARDS, SessionSpec
from sandbox.game.state import State, apply, first_state
from sandbox.game.steps import hear
from sandbox.record.line import Line
from sandbox.session.branch import branch
from sandbox.session.opening import open_session
from sandbox.session.points import card_turn
from tests.cassette import meeting
from tests.game.making import LIBRARY, line


def turned(lines: Sequence[Line], after: int = 0) -> list[str]:
    """Return the lines after so many in which a seat names another option than it did last, and gives nothing up.

    Left out are votes, and what is moved when a motion fell, which is to be agreed on.
    """
    last: dict[tuple[str, str], str] = {}
    changed = []
    for place, said in enumerate(lines):
        if said["vote"] or (place and lines[place - 1]["vote"]):
            continue
        named = [((said["seat"], key), option) for key, option in said["terms"].items()]
        if place >= after and not has(said["act"], "yields"):
            changed += [said["id"] for key, option in named if last.get(key, option) != option]
        last |= dict(named)
    return changed


def game_of(**changes: object) -> Game:
    base = SessionSpec(scenario="four_oclock_school", governance="joint_production", model=CARDS, style="directed")
    return Game(base.model_copy(update=changes), LIBRARY)


def test_nobody_names_other_options_than_it_last_stood_for() -> None:
    for scenario in ("four_oclock_school", "clean_up", "sewers_and_toilets"):
        game = game_of(scenario=scenario)
        for seed in range(1, 5):
            assert turned(play(game.twin(seed=seed), card_turn)["lines"]) == []


def test_whoever_went_along_with_a_motion_that_fell_may_vote_for_another() -> None:
    game, turned_to, carried = game_of(scenario="waiting_village"), set[str](), 0
    for seed in range(1, 9):
        first, *later = play(game.twin(seed=seed), card_turn)["decisions"]
        carried += any(taken["carried"] for taken in (first, *later))
        turned_to |= {seat for taken in later for seat, vote in taken["votes"].items() if vote and first["votes"][seat]}
    assert "quiet_resident" in turned_to
    assert carried in range(3, 8), "something is settled in some sessions, and in others nothing"


def test_the_chair_decides_by_what_it_stood_for_where_a_card_of_its_does() -> None:
    game = game_of(governance="command")
    decides = [point for point in game.seats[game.chair].points if has(point.act, "binds")]
    kept = 0
    for seed in range(1, 21):
        state = play(game.twin(seed=seed), card_turn)
        lines = state["lines"]
        place = next(number for number, said in enumerate(lines) if has(said["act"], "binds"))
        held = stance(game, {**state, "lines": lines[:place]}, game.chair)
        fitting = {point.id for point in decides if not contradicts(held, point)}
        assert not fitting or lines[place]["point"] in fitting
        kept += len(fitting) in range(1, len(decides))
    assert kept, "or this shows nothing"


@pytest.mark.parametrize("lang", get_args(Lang))
def test_a_recording_that_cards_play_on_keeps_what_its_people_said(tmp_path: Path, lang: Lang) -> None:
    recorded = meeting(f"showcase_{lang}")
    for seed in range(1, 6):
        begun = open_session(branch(recorded, "L036", LIBRARY, seed=seed, runs=tmp_path), LIBRARY)
        lines = play_on(begun.game.twin(**BY_CARDS._asdict()), card_turn, begun.state, None)["lines"]
        assert len(lines) > 36
        assert turned(lines, 36) == []


def moved(game: Game) -> tuple[State, dict[str, str]]:
    """Return a state in which the mayor has put the first motion of its card."""
    point = next(point for point in game.seats["mayor"].points if point.id == "mayor_e1")
    state: State = {**first_state(game), "stage": 2}
    put = {**line(1, "mayor", "propose", says="x"), "stage": "public_engagement", "terms": dict(point.terms)}
    put["point"] = point.id
    return apply(state, hear(game, state, put)), dict(point.terms)  # type: ignore[arg-type]


def test_a_seat_that_changes_says_so_by_a_card_that_concedes() -> None:
    game = game_of()
    state, terms = moved(game)
    held = stance(game, state, "mayor")
    assert held.wants == terms
    points = {point.id: point for point in game.seats["mayor"].points}
    assert contradicts(held, points["mayor_e2"]), "it moves other options"
    assert points["mayor_e10"].terms.items().isdisjoint(terms.items())
    assert not contradicts(held, points["mayor_e10"]), "it concedes, and says why"


def test_whoever_backs_a_motion_does_not_oppose_it_afterwards() -> None:
    game = game_of()
    state, terms = moved(game)
    backs = {**line(2, "ngo_director", "support", says="x"), "stage": "public_engagement", "about": "L001"}
    after = apply(state, hear(game, state, backs))  # type: ignore[arg-type]
    held = stance(game, after, "ngo_director")
    assert held.wants == terms
    refuses = next(p for p in game.seats["ngo_director"].points if p.id == "ngo_e10")
    against = refuses.model_copy(update={"replies_to": ("mayor_e1",)})
    assert contradicts(held, against)
    assert not contradicts(stance(game, state, "ngo_director"), against), "it had not backed it"


def test_where_a_model_words_the_cards_the_order_of_points_is_as_it_was() -> None:
    game = game_of(model="embedded")
    state, _ = moved(game)
    assert stance(game, state, "mayor").wants == {}


def test_a_landlord_who_would_have_had_the_district_pay_votes_against_a_fee_by_the_room() -> None:
    """What it stood for in earlier stages counts, and what a counter-offer of its only takes over does not."""
    for seed in (2, 4):
        game = game_of(scenario="clean_up", governance="three_social_interaction", seed=seed)
        for decision in play(game, card_turn)["decisions"]:
            assert decision["terms"]["payer"] in ("fees", "bridge")
            assert decision["votes"]["landlord"] is False
