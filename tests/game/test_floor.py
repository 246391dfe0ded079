"""Whose floor it is."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from sandbox.content.governance import FloorPolicy
from sandbox.game.draws import SPAN
from sandbox.game.floor.policy import Claim, floor_order
from sandbox.record.line import Line
from tests.game.making import PROPERTY, SEATS, line, lines

POLICIES = st.sampled_from(["chair_led", "open_floor"])
PRESENT = st.lists(st.sampled_from(SEATS), unique=True, min_size=1)
CHAIR = "mayor"


LEVELS = {"mayor": 0, "grid_master": 2, "village_cadre": 3, "ngo_director": 4, "migrant_tenant": 5}


def order(
    policy: FloorPolicy,
    said: list[Line],
    present: list[str] = SEATS,
    seed: int = 0,
    levels: dict[str, int] | None = None,
) -> tuple[Claim, ...]:
    speakers, to = [line["seat"] for line in said], said[-1]["to"] if said else ""
    ties = partial(random.Random(seed).randrange, SPAN)
    return tuple(floor_order(policy, CHAIR, present, speakers, to, lambda _, __: ties, levels))


@PROPERTY
@given(policy=POLICIES, present=PRESENT, said=lines(), seed=st.integers(0, 99), cascade=st.booleans())
def test_each_present_seat_claims_once_and_never_who_has_just_spoken(
    policy: FloorPolicy, present: list[str], said: list[Line], seed: int, cascade: bool
) -> None:
    levels = LEVELS if cascade else None
    seats = [claim.seat for claim in order(policy, said, present, seed, levels)]
    last = said[-1]["seat"] if said else ""
    assert len(seats) == len(set(seats))
    assert set(seats) == (set(present) - {last} or set(present))
    assert order(policy, said, present, seed, levels) == order(policy, said, present, seed, levels)


@PROPERTY
@given(present=PRESENT, said=lines(), seed=st.integers(0, 99))
def test_a_chair_who_leads_opens_and_has_the_floor_after_what_was_to_it_or_to_all(
    present: list[str], said: list[Line], seed: int
) -> None:
    first = order("chair_led", said, present, seed)[0]
    if CHAIR in present and not said:
        assert first == Claim(CHAIR, "opens")
    elif CHAIR in present and said[-1]["seat"] != CHAIR and said[-1]["to"] not in set(present) - {CHAIR}:
        assert first == Claim(CHAIR, "chairs")
    else:
        assert first.why in ("addressed", "quiet")


@PROPERTY
@given(policy=POLICIES, said=lines())
def test_who_is_addressed_comes_first_unless_two_talk_alone(policy: FloorPolicy, said: list[Line]) -> None:
    if not said or said[-1]["to"] in ("all", said[-1]["seat"]):
        return
    addressed, recent = said[-1]["to"], [one["seat"] for one in said[-3:]]
    if len(recent) == 3 and len(set(recent)) == 2:
        return
    spoken = Counter(each["seat"] for each in said)
    if spoken[addressed] <= min(spoken[seat] for seat in SEATS) + 1:
        assert order(policy, said)[0].seat == addressed
    elif policy == "open_floor":
        assert order(policy, said)[0] != Claim(addressed, "addressed")


def test_who_asks_one_after_the_other_lets_others_in() -> None:
    said = [
        line(1, "ngo_director", "ask", "grid_master"),
        line(2, "grid_master", "answer", "ngo_director"),
    ]
    assert order("open_floor", said)[0] == Claim("ngo_director", "addressed"), "a reply to an answer is open to it"
    said += [
        line(3, "ngo_director", "ask", "mayor"),
        line(4, "mayor", "answer", "ngo_director"),
    ]
    first = order("open_floor", said)[0]
    assert first.why == "quiet"
    assert first.seat not in {line["seat"] for line in said}


@PROPERTY
@given(policy=POLICIES, said=lines(), called=st.sampled_from(SEATS), most=st.integers(1, 6))
def test_who_is_called_comes_first_and_who_has_had_its_share_comes_not_at_all(
    policy: FloorPolicy, said: list[Line], called: str, most: int
) -> None:
    first = [Claim(called, "asked")]
    speakers, to = [one["seat"] for one in said], said[-1]["to"] if said else ""
    ties = partial(random.Random(1).randrange, SPAN)
    claims = tuple(floor_order(policy, CHAIR, SEATS, speakers, to, lambda _, __: ties, None, first, most))
    spoken = Counter(one["seat"] for one in said)
    others = [seat for seat in SEATS if not said or seat != said[-1]["seat"]]
    if any(spoken[seat] < most for seat in others):
        assert all(spoken[claim.seat] < most for claim in claims if claim.why != "asked")
    if called in others:
        assert claims[0] == Claim(called, "asked")


def test_two_who_talk_alone_let_the_quietest_in() -> None:
    said = [
        line(1, "ngo_director", "ask", "grid_master"),
        line(2, "grid_master", "answer", "ngo_director"),
        line(3, "ngo_director", "ask", "grid_master"),
    ]
    claims = order("open_floor", said)
    assert claims[-1].seat == "grid_master"
    assert {claim.why for claim in claims} == {"quiet"}


def test_who_is_addressed_but_absent_gets_no_floor() -> None:
    said = [line(1, "mayor", "ask", "migrant_tenant")]
    claims = order("open_floor", said, ["mayor", "grid_master"])
    assert claims == (Claim("grid_master", "quiet"),)


def test_who_has_said_least_comes_first_when_nobody_is_addressed() -> None:
    said = [line(number, seat, "inform") for number, seat in enumerate([*SEATS, *SEATS[:4]], start=1)]
    assert order("open_floor", said)[0] == Claim(SEATS[4], "quiet")


def test_ties_are_broken_by_the_random_generator() -> None:
    assert len({order("open_floor", [], seed=seed)[1].seat for seed in range(40)}) > 1


def test_a_seat_alone_keeps_the_floor() -> None:
    assert order("open_floor", [line(1, "mayor", "inform")], ["mayor"]) == (Claim("mayor", "quiet"),)


@PROPERTY
@given(policy=POLICIES, present=PRESENT, said=lines(), seed=st.integers(0, 99), data=st.data())
def test_in_a_cascade_the_highest_level_that_has_not_spoken_comes_first(
    policy: FloorPolicy, present: list[str], said: list[Line], seed: int, data: st.DataObject
) -> None:
    levels = data.draw(st.fixed_dictionaries({seat: st.integers(0, 2) for seat in SEATS}))
    claims = order(policy, said, present, seed, levels)
    spoken = {one["seat"] for one in said}
    waiting = [claim.seat for claim in claims if claim.why == "cascade"]
    assert set(waiting) == set(present) - spoken
    assert [claim.seat for claim in claims][: len(waiting)] == waiting
    assert [levels[seat] for seat in waiting] == sorted(levels[seat] for seat in waiting)
    assert {claim.why for claim in claims[len(waiting) :]} <= {"quiet"}


def test_a_cascade_passes_the_word_down_whoever_is_addressed_and_whoever_leads() -> None:
    said: list[Line] = []
    for number in range(1, len(SEATS) + 1):
        first = order("chair_led", said, list(reversed(SEATS)), seed=number, levels=LEVELS)[0]
        assert first.why == "cascade"
        said.append(line(number, first.seat, "ask", "migrant_tenant" if first.seat == "mayor" else "mayor"))
    assert [one["seat"] for one in said] == sorted(SEATS, key=LEVELS.__getitem__)


def test_seats_of_one_level_are_drawn_in_any_order() -> None:
    level = dict.fromkeys(SEATS, 1)
    assert {order("open_floor", [], seed=seed, levels=level)[0].seat for seed in range(60)} == set(SEATS)


def test_once_each_has_spoken_a_cascade_leaves_the_floor_to_the_quietest() -> None:
    said = [line(number, seat, "inform") for number, seat in enumerate([*SEATS, *SEATS[:4]], start=1)]
    assert order("open_floor", said, levels=LEVELS)[0] == Claim(SEATS[4], "quiet")
