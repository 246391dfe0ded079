"""Who chairs, who is in the room, who may do what, and when a motion is carried."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.content.models import ACTS, Governance, Kind
from sandbox.errors import InputError
from sandbox.institution.rules import (
    allowed_acts,
    assign_positions,
    carried,
    chair_of,
    present_seats,
    reads_minutes,
    voters,
)
from tests.institution.making import LIBRARY, SEATS, changed, persona

COMMAND = LIBRARY.governance("command")
JOINT = LIBRARY.governance("joint_production")
MODELS = [COMMAND, JOINT]
PERSONAS = [LIBRARY.persona(seat) for seat in SEATS]
POSITIONS = {model.id: assign_positions(model, PERSONAS) for model in MODELS}
TWO_CHAIRS = {"chair": {"kinds": ["leader", "official"], "single": True, "source": "IN"}}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_each_kind_gets_its_position(model: Governance) -> None:
    assert POSITIONS[model.id] == {
        "mayor": "chair",
        "grid_master": "frontline",
        "village_cadre": "broker",
        "ngo_director": "provider",
        "migrant_tenant": "resident",
    }


def test_the_first_of_a_kind_holds_a_single_position_and_the_next_takes_another_of_its_kind() -> None:
    model = changed("command", position=TWO_CHAIRS)
    seats = [persona("first", "official"), persona("second", "official"), persona("third", "leader")]
    assert assign_positions(model, seats[:2]) == {"first": "chair", "second": "frontline"}
    assert chair_of(model, assign_positions(model, seats[:2])) == "first"
    with pytest.raises(InputError, match=r"seat 'third' \(kind leader\) has no position under governance 'command'"):
        assign_positions(model, seats)


def test_a_seat_of_a_kind_without_a_position_is_named() -> None:
    model = changed("command", position={"resident": {"kinds": ["expert"], "source": "IN"}})
    with pytest.raises(InputError, match=r"'migrant_tenant' \(kind resident\) has no position .*add its kind to rules"):
        assign_positions(model, PERSONAS)


def test_a_room_in_which_nobody_chairs_is_refused() -> None:
    with pytest.raises(InputError, match="nobody holds the position 'chair' that chairs under governance 'command'"):
        assign_positions(COMMAND, [one for one in PERSONAS if one.kind != "leader"])


@pytest.mark.parametrize(
    ("stage", "under_command"),
    [
        ("training", ("mayor", "grid_master", "village_cadre")),
        ("learning_tour", ("mayor", "grid_master", "village_cadre", "ngo_director")),
        ("public_engagement", tuple(SEATS)),
        ("a stage without a rule", tuple(SEATS)),
    ],
)
def test_command_keeps_providers_and_residents_out_until_late(stage: str, under_command: tuple[str, ...]) -> None:
    assert set(present_seats(COMMAND, POSITIONS["command"], stage)) == set(under_command)
    assert set(present_seats(JOINT, POSITIONS["joint_production"], stage)) == set(SEATS)


def test_only_a_chair_who_decides_may_decide() -> None:
    may = {
        (model.id, position): "decide" in allowed_acts(model, position)
        for model in MODELS
        for position in model.rules.position
    }
    assert [where for where, allowed in may.items() if allowed] == [("command", "chair")]


@pytest.mark.parametrize("position", list(COMMAND.rules.position))
def test_a_card_that_lists_decide_for_everyone_gives_it_to_the_deciding_chair_alone(position: str) -> None:
    everyone = {name: {"acts": ACTS, "source": "IN"} for name in COMMAND.rules.position}
    command, joint = changed("command", choice=everyone), changed("joint_production", choice=everyone)
    assert ("decide" in allowed_acts(command, position)) == (position == "chair")
    assert allowed_acts(joint, position) == tuple(act for act in ACTS if act != "decide")


def test_the_acts_are_those_of_the_card() -> None:
    assert set(allowed_acts(COMMAND, "resident")) == set(COMMAND.rules.choice["resident"].acts)
    assert "propose" not in allowed_acts(COMMAND, "resident")
    assert "propose" in allowed_acts(JOINT, "resident")


def test_nobody_votes_where_the_chair_decides() -> None:
    assert voters(COMMAND, POSITIONS["command"], SEATS) == ()


def test_those_vote_who_are_present_and_hold_a_position_that_votes() -> None:
    positions = POSITIONS["joint_production"]
    assert set(voters(JOINT, positions, SEATS)) == set(SEATS)
    assert voters(JOINT, positions, ["migrant_tenant"]) == ("migrant_tenant",)
    residents = changed("joint_production", aggregation={"voters": ["resident"]})
    assert voters(residents, positions, SEATS) == ("migrant_tenant",)


@given(
    votes=st.dictionaries(st.text(max_size=3), st.booleans(), max_size=9), quorum=st.integers(min_value=0, max_value=9)
)
def test_a_motion_needs_a_quorum_and_more_than_half(votes: dict[str, bool], quorum: int) -> None:
    model = changed("joint_production", aggregation={"quorum": quorum})
    ayes = list(votes.values()).count(True)
    noes = len(votes) - ayes
    assert carried(model, votes) == (ayes > noes and ayes + noes >= quorum)


def test_a_tie_and_an_empty_vote_carry_nothing() -> None:
    model = changed("joint_production", aggregation={"quorum": 0})
    assert not carried(model, {})
    assert not carried(model, {"a": True, "b": False})
    assert carried(model, {"a": True})


def test_who_was_absent_reads_minutes_only_where_all_do() -> None:
    assert reads_minutes(COMMAND, "mayor", ["mayor"])
    assert not reads_minutes(COMMAND, "migrant_tenant", ["mayor"])
    assert reads_minutes(JOINT, "migrant_tenant", ["mayor"])


@given(
    kinds=st.lists(st.sampled_from(["official", "frontline", "broker", "provider", "resident", "expert"]), max_size=6)
)
def test_every_seat_has_a_position_of_its_kind_and_one_chairs(kinds: list[Kind]) -> None:
    seats = [persona("boss", "leader"), *(persona(f"seat{index}", kind) for index, kind in enumerate(kinds))]
    positions = assign_positions(JOINT, seats)
    assert list(positions) == [seat.id for seat in seats]
    assert all(seat.kind in JOINT.rules.position[positions[seat.id]].kinds for seat in seats)
    assert [seat for seat, position in positions.items() if position == "chair"] == ["boss"]
