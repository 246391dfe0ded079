"""Pulses by rule: how trust, conviction and burden move with what happens to a seat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.content.cards import Act
from sandbox.content.seat_card import StartingPulse
from sandbox.game.pulse import Pulse, pulses_after, starting
from sandbox.record.line import DecisionTaken, Line
from tests.game.making import PROPERTY, SCENARIO, SEATS, decision, line, lines

TASKS = {task.id: task for task in SCENARIO.tasks}
SEAT = "migrant_tenant"
MIDDLE: Pulse = {"trust": 3, "conviction": 3, "burden": 3}
PULSES = st.builds(
    lambda trust, conviction, burden: Pulse(trust=trust, conviction=conviction, burden=burden),
    st.integers(1, 5),
    st.integers(1, 5),
    st.integers(1, 5),
)
DISTRICT = {"payer": "district"}


def pulse_after(before: Pulse, seat: str, said: list[Line], decisions: list[DecisionTaken] | None = None) -> Pulse:
    """Return the pulse of a seat after a stage; the others stand in the middle before it."""
    return pulses_after({**dict.fromkeys(SEATS, MIDDLE), seat: before}, said, decisions or [], TASKS)[seat]


def moved(said: list[Line], decisions: list[DecisionTaken] | None = None, seat: str = SEAT) -> tuple[int, int, int]:
    """Return by how much trust, conviction and burden move from the middle of the scale."""
    after = pulse_after(MIDDLE, seat, said, decisions)
    return after["trust"] - 3, after["conviction"] - 3, after["burden"] - 3


def test_a_seat_starts_where_its_card_says() -> None:
    assert starting(StartingPulse(trust=1, conviction=2, burden=5)) == {"trust": 1, "conviction": 2, "burden": 5}
    assert starting(StartingPulse()) == MIDDLE


def test_where_nothing_happens_nothing_moves() -> None:
    assert moved([]) == (0, 0, 0)
    assert moved([line(1, "mayor", "inform"), line(2, "ngo_director", "ask", "mayor")]) == (0, 0, 0)


@pytest.mark.parametrize("asked", ["ask", "object", "escalate"])
@pytest.mark.parametrize(
    ("reply", "trust"), [("answer", 1), ("concede", 1), ("promise", 1), ("refuse", -1), ("inform", 0)]
)
def test_an_answer_raises_trust_and_a_refusal_lowers_it(asked: Act, reply: Act, trust: int) -> None:
    said = [line(1, SEAT, asked, "mayor"), line(2, "mayor", reply, SEAT)]
    assert moved(said)[0] == trust


def test_silence_lowers_trust() -> None:
    assert moved([line(1, SEAT, "ask", "mayor"), line(2, "mayor", "inform", "all")])[0] == -1


def test_an_answer_to_somebody_else_raises_nobody_elses_trust() -> None:
    said = [line(1, SEAT, "ask", "mayor"), line(2, "mayor", "answer", "ngo_director")]
    assert moved(said)[0] == -1
    assert moved(said, seat="ngo_director")[0] == 0


def test_trust_follows_what_happened_most() -> None:
    heard = [line(1, SEAT, "ask", "mayor"), line(2, "mayor", "answer", SEAT)]
    silent = [line(3, SEAT, "ask", "mayor"), line(4, SEAT, "object", "mayor")]
    assert moved(heard)[0] == 1
    assert moved([*heard, silent[0]])[0] == 0
    assert moved([*heard, *silent])[0] == -1


def test_support_raises_conviction_and_objection_lowers_it() -> None:
    cases: list[tuple[Act, int]] = [("support", 1), ("concede", 1), ("object", -1), ("refuse", -1)]
    for act, conviction in cases:
        assert moved([line(1, "ngo_director", act, SEAT)]) == (0, conviction, 0)
        assert moved([line(1, "ngo_director", act, "mayor")]) == (0, 0, 0)
        assert moved([line(1, "ngo_director", "support", SEAT), line(2, "mayor", "object", SEAT)]) == (0, 0, 0)


def test_a_decision_that_contains_what_a_seat_wanted_raises_conviction_and_another_lowers_it() -> None:
    said = [line(1, SEAT, "propose", terms=DISTRICT)]
    assert moved(said, [decision(DISTRICT)])[1] == 1
    assert moved(said, [decision({"payer": "parents"})])[1] == -1
    assert moved(said, [decision(DISTRICT, carried=False)])[1] == 0
    assert moved([], [decision(DISTRICT)])[1] == 0


def test_a_task_raises_the_burden_of_whom_it_is_handed_to_and_a_duplicate_by_more() -> None:
    once = [line(1, "mayor", "delegate", SEAT, task="attendance_form")]
    again = [line(1, "mayor", "delegate", SEAT, task="second_file")]
    assert TASKS["second_file"].duplicates == "attendance_form"
    assert moved(once)[2] == 1
    assert moved(again)[2] == 2
    assert moved(once, seat="grid_master")[2] == 0
    assert moved([line(1, "mayor", "delegate", SEAT)])[2] == 0


def test_lifting_a_task_lowers_the_burden() -> None:
    for act in ("concede", "decide"):
        handed = line(1, "mayor", "delegate", SEAT, task="attendance_form")
        lifted = line(2, "mayor", act, "all", task="attendance_form")
        assert moved([handed, lifted])[2] == moved([handed])[2] - 1
        assert moved([handed, line(2, "mayor", "inform", "all", task="attendance_form")])[2] == 1


def test_no_level_leaves_the_scale() -> None:
    cases: list[tuple[list[Line], str, int]] = [
        ([line(1, "mayor", "delegate", SEAT, task="second_file")], "burden", 5),
        ([line(1, SEAT, "ask", "mayor"), line(2, "mayor", "answer", SEAT)], "trust", 5),
        ([line(1, SEAT, "ask", "mayor")], "trust", 1),
        ([line(1, "mayor", "support", SEAT)], "conviction", 5),
        ([line(1, "mayor", "refuse", SEAT)], "conviction", 1),
    ]
    for said, level, before in cases:
        pulse: Pulse = {"trust": before, "conviction": before, "burden": before}
        assert dict(pulse_after(pulse, SEAT, said))[level] == before


@PROPERTY
@given(before=PULSES, seat=st.sampled_from(SEATS), said=lines(), won=st.booleans())
def test_every_level_stays_between_1_and_5_and_trust_and_conviction_move_by_one_at_most(
    before: Pulse, seat: str, said: list[Line], won: bool
) -> None:
    after = pulse_after(before, seat, said, [decision(DISTRICT, won)])
    assert {1, 2, 3, 4, 5} >= {after["trust"], after["conviction"], after["burden"]}
    assert abs(after["trust"] - before["trust"]) <= 1
    assert abs(after["conviction"] - before["conviction"]) <= 1


@PROPERTY
@given(before=PULSES, seat=st.sampled_from(SEATS), said=lines(), task=st.sampled_from(sorted(TASKS)))
def test_one_more_task_never_makes_the_burden_lighter(before: Pulse, seat: str, said: list[Line], task: str) -> None:
    handed = line(len(said) + 1, "mayor", "delegate", seat, task=task)
    plain = pulse_after(before, seat, said)
    assert pulse_after(before, seat, [*said, handed])["burden"] >= plain["burden"]


@PROPERTY
@given(before=PULSES, seat=st.sampled_from(SEATS), said=lines(), by=st.sampled_from(SEATS))
def test_one_more_supporter_never_lowers_conviction(before: Pulse, seat: str, said: list[Line], by: str) -> None:
    supported = line(len(said) + 1, by, "support", seat)
    plain = pulse_after(before, seat, said)
    assert pulse_after(before, seat, [*said, supported])["conviction"] >= plain["conviction"]
