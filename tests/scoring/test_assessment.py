"""Both assessments, indicator by indicator, on small sessions with known answers; and what always holds of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sandbox.content.language import Lang
from sandbox.game.session import Session
from sandbox.record.line import DecisionTaken, Line
from sandbox.scoring.assessment import Assessment, assess, incompatibility, needs_of_residents
from sandbox.scoring.measures import OF_ACTS, measure, outcome_measures
from tests.game.making import LIBRARY, PROPERTY, SCENARIO, SEATS, decision, lines, terms_of
from tests.scoring.making import drawn, line, played, pulses, vote

ABOVE = ["visible_outputs", "inspection_completeness", "conformity", "novelty"]
BESIDE = ["decision_share", "needs_met", "promises_kept", "trust", "self_sustaining"]
DRAFTERS = ("scope.plans=frontline,broker",)  # the grid master and the village cadre
TENANT = "migrant_tenant"
DISTRICT = {"payer": "district"}
SHARED = {"payer": "shared"}
NGO = {"provider": "social_organisation"}
RETIRED = {"provider": "retired_teachers"}
ALL_SETTLED = {question.id: next(iter(question.options)) for question in SCENARIO.decisions}


def indicator(name: str, *lines: Line, **more: Any) -> float | None:
    above, beside = assess(played(*lines, **more))
    return {**above.indicators, **beside.indicators}[name]


def settled(questions: int) -> float:
    """Return the share of the case's questions that so many are."""
    return round(questions / len(SCENARIO.decisions), 3)


def section(number: int, seat: str, stage: str = "application") -> Line:
    return line(number, seat, "propose", section=("problem", "people", "money")[number % 3], stage=stage)


# From above


def test_visible_outputs_are_the_questions_that_a_carried_decision_settles() -> None:
    cases: list[tuple[list[DecisionTaken], float]] = [
        ([], 0.0),
        ([vote({}, terms=NGO | DISTRICT)], settled(2)),
        ([vote({}, terms=NGO | DISTRICT | {"eligible": "all_children"})], settled(3)),
        ([vote({}, terms=ALL_SETTLED)], 1.0),
        ([vote({}, terms=NGO | DISTRICT, carried=False)], 0.0),
        ([vote({}, terms=NGO, stage="training"), vote({}, terms=RETIRED)], settled(1)),
    ]
    for decisions, share in cases:
        assert indicator("visible_outputs", decisions=decisions) == share


TASKS = [
    line(1, "mayor", "delegate", "grid_master", task="attendance_form"),
    line(2, "mayor", "delegate", "grid_master", task="second_file"),
]


def test_papers_are_complete_as_far_as_the_tasks_handed_down_still_stand() -> None:
    cases: list[tuple[list[Line], float | None]] = [
        ([], None),
        (TASKS, 1.0),
        ([*TASKS, line(3, "mayor", "concede", "grid_master", task="second_file")], 0.5),
        ([*TASKS, line(3, "mayor", "decide", task="attendance_form")], 0.5),
        ([*TASKS, line(3, "grid_master", "refuse", "mayor", task="second_file")], 1.0),
        ([line(1, "mayor", "concede", task="second_file"), TASKS[1]], 1.0),  # nothing to lift yet
    ]
    for said, share in cases:
        assert indicator("inspection_completeness", *said) == share


def test_conformity_is_what_was_copied_and_novelty_a_section_of_ones_own() -> None:
    cases: list[tuple[list[Line], float, float]] = [
        ([], 1.0, 0.0),
        ([section(1, "grid_master")], 0.9, 0.5),
        ([section(1, "grid_master"), section(2, "grid_master")], 0.8, 0.5),
        ([section(1, "grid_master"), section(2, "village_cadre", "learning_tour")], 0.8, 1.0),
        ([section(1, "mayor"), section(2, "grid_master", "training")], 1.0, 0.0),
    ]
    for said, conformity, novelty in cases:
        assert indicator("conformity", *said, changes=DRAFTERS) == conformity
        assert indicator("novelty", *said, changes=DRAFTERS) == novelty


def test_without_plans_there_is_neither_conformity_nor_novelty() -> None:
    for name in ("conformity", "novelty"):
        assert indicator(name, stages=("training", "public_engagement")) is None
        assert indicator(name, changes=("scope.plans=[]",)) is None


def test_what_residents_say_in_the_meeting_is_no_petition() -> None:
    for act in ("escalate", "refuse", "object"):
        quiet, loud = (assess(played(*TASKS, line(3, TENANT, said)))[0] for said in ("inform", act))
        assert quiet == loud


# From the side


def test_residents_share_in_the_decision_is_that_among_those_who_bound() -> None:
    cases: list[tuple[list[DecisionTaken], float | None]] = [
        ([], None),
        ([vote(dict.fromkeys(SEATS, True))], 0.2),
        ([vote(dict.fromkeys(SEATS, False), carried=False)], 0.2),
        ([vote({})], 0.0),
        ([{**vote({TENANT: True}), "by": "mayor"}], 0.0),  # advice in a hearing
        ([vote({TENANT: True}, stage="training"), vote({})], 0.5),
    ]
    for decisions, share in cases:
        assert indicator("decision_share", decisions=decisions) == share


def test_needs_are_met_as_far_as_what_residents_wanted_was_decided() -> None:
    cases: list[tuple[list[Line], dict[str, str], float | None]] = [
        ([line(1, TENANT, "ask")], NGO, None),
        ([line(1, "mayor", "propose", terms=NGO)], NGO, None),
        ([line(1, TENANT, "propose", terms=RETIRED | SHARED)], RETIRED, 0.5),
        ([line(1, TENANT, "propose", terms=RETIRED)], NGO, 0.0),
        ([line(1, TENANT, "propose", terms=RETIRED), line(2, TENANT, "propose", terms=NGO)], NGO, 1.0),
        ([line(1, "ngo_director", "propose", terms=NGO), line(2, TENANT, "support", "ngo_director")], NGO, 1.0),
        ([line(1, "ngo_director", "propose", terms=NGO), line(2, TENANT, "object", "ngo_director")], NGO, None),
        ([line(1, TENANT, "object", terms=NGO)], NGO, None),
    ]
    for said, bound, share in cases:
        assert indicator("needs_met", *said, decisions=[vote({}, terms=bound)]) == share
        rejected = indicator("needs_met", *said, decisions=[vote({}, terms=bound, carried=False)])
        assert rejected == (None if share is None else 0.0)


def test_who_bears_out_a_year_later_that_a_motion_was_kept_does_not_want_its_options_by_that() -> None:
    lines = [line(1, "ngo_director", "propose", terms=NGO | SHARED), line(2, TENANT, "propose", terms=RETIRED | SHARED)]
    told = line(3, TENANT, "support", "ngo_director", about="L001", stage="review")
    later, decided = ("public_engagement", "review"), [vote({}, terms=RETIRED | SHARED)]
    assert indicator("needs_met", *lines, told, decisions=decided, stages=later) == 1.0
    wishes = needs_of_residents(played(*lines, told, decisions=decided, stages=later))
    assert {name for _, name in wishes.values()} == {"L002"}


def test_who_puts_a_condition_to_a_motion_wants_its_options_and_who_opposes_it_not_what_it_takes_over() -> None:
    paid = line(1, TENANT, "propose", terms=RETIRED)
    put = [paid, line(2, "ngo_director", "propose", terms=NGO | SHARED)]
    amended = line(3, TENANT, "support", "ngo_director", about="L002", condition="the accounts hang at the gate")
    assert indicator("needs_met", *put, amended, decisions=[vote({}, terms=NGO | SHARED)]) == 1.0
    backed = line(4, "local_parent", "support", TENANT, about="L003")
    assert indicator("needs_met", *put, amended, backed, decisions=[vote({}, terms=NGO)]) == 0.5
    against = line(3, TENANT, "object", "ngo_director", about="L002", terms=RETIRED | SHARED)
    assert indicator("needs_met", *put[1:], against, decisions=[vote({}, terms=NGO | SHARED)]) == 0.0
    same = line(3, TENANT, "object", "ngo_director", about="L002", terms=NGO | SHARED, condition="nobody knocks")
    assert indicator("needs_met", *put[1:], same, decisions=[vote({}, terms=NGO | SHARED)]) is None


def test_promises_are_kept_when_they_are_confirmed_or_decided() -> None:
    cases: list[tuple[list[Line], dict[str, str], float | None]] = [
        ([line(1, "mayor", "promise")], {}, None),  # promises nothing that can be checked
        ([line(1, "mayor", "promise", terms=DISTRICT)], {}, 0.0),
        ([line(1, "mayor", "promise", terms=DISTRICT)], DISTRICT, 1.0),
        ([line(1, "mayor", "promise", terms=DISTRICT)], SHARED, 0.0),
        ([line(1, "mayor", "promise", terms=DISTRICT), line(2, "village_cadre", "promise", terms=NGO)], DISTRICT, 0.5),
        (
            [line(1, "village_cadre", "promise", terms=DISTRICT), line(2, "mayor", "support", "village_cadre")],
            {},
            1.0,
        ),
        (
            [line(1, "ngo_director", "propose", terms=NGO | DISTRICT, promises="our two on 5 evenings until 7")],
            NGO,
            1.0,
        ),
        (
            [line(1, "ngo_director", "propose", terms=NGO | DISTRICT, promises="our two on 5 evenings until 7")],
            {},
            None,
        ),
        ([line(1, "teacher_volunteer", "propose", terms=NGO, promises="a lamp")], NGO, None),  # not hers to give
    ]
    for said, bound, share in cases:
        taken = [vote({}, terms=bound)] if bound else []
        assert indicator("promises_kept", *said, decisions=taken) == share


def test_what_the_body_cannot_bind_and_whoever_may_has_promised_is_settled() -> None:
    carried: list[DecisionTaken] = [{**vote({TENANT: True}, terms=NGO), "unbound": SHARED}]
    wish = line(2, TENANT, "propose", terms=SHARED)
    for said, share in [
        (line(1, "mayor", "promise", terms=SHARED), 1.0),
        (line(1, "mayor", "promise", terms=DISTRICT), 0.0),  # promised otherwise than was carried
        (line(1, "village_cadre", "promise", terms=SHARED), 0.0),  # by somebody who may not
    ]:
        above, beside = assess(
            played(
                said,
                wish,
                decisions=carried,
                governance="government_community_interaction",
                style="free",
            )
        )
        assert beside.indicators["promises_kept"] == beside.indicators["needs_met"] == share
        assert beside.indicators["self_sustaining"] == 0.5 + share / 2
        assert above.indicators["visible_outputs"] == settled(2 if share else 1)


def test_trust_is_that_of_the_residents_in_the_last_pulse() -> None:
    for level, share in [(1, 0.0), (2, 0.25), (3, 0.5), (5, 1.0)]:
        rounds = [pulses(migrant_tenant=4, mayor=1), pulses("training", migrant_tenant=level, mayor=5)]
        assert indicator("trust", pulses=rounds) == share
        assert indicator("trust") is None


def test_a_service_sustains_itself_with_a_provider_and_a_payer_beyond_government() -> None:
    cases: list[tuple[list[DecisionTaken], float | None]] = [
        ([], None),
        ([vote({}, terms=NGO | SHARED, carried=False)], 0.0),
        ([vote({}, terms={"eligible": "all_children"})], 0.0),
        ([vote({}, terms=NGO)], 0.5),
        ([vote({}, terms=DISTRICT, payer="government")], 0.0),
        ([vote({}, terms=SHARED, payer="government residents")], 0.5),
        ([vote({}, terms=NGO | DISTRICT, payer="government")], 0.5),
        ([vote({}, terms=NGO | SHARED, payer="government residents")], 1.0),
        ([{**vote({}, terms=NGO), "payer": ["residents"]}], 0.5),  # pays by default, nobody agreed to it
    ]
    for taken, share in cases:
        assert indicator("self_sustaining", decisions=taken) == share


# Totals and assessors


def test_a_total_is_the_mean_of_what_there_was_to_count() -> None:
    above, beside = assess(
        played(
            *TASKS,
            line(3, TENANT, "escalate"),
            decisions=[vote({TENANT: True, "mayor": True}, terms=NGO)],
            stages=("training", "public_engagement"),
        )
    )
    counted = {"visible_outputs": settled(1), "inspection_completeness": 1.0}
    assert {name: value for name, value in above.indicators.items() if value is not None} == counted
    assert above.total == round(sum(counted.values()) / 2, 3)
    found = {name: value for name, value in beside.indicators.items() if value is not None}
    assert found == {"decision_share": 0.5, "self_sustaining": 0.5}
    assert beside.total == 0.5


def test_with_nothing_to_count_from_the_side_there_is_no_total_and_no_gap() -> None:
    session = played(line(1, "mayor", "inform"))
    assert assess(session)[1].total is None
    apart = incompatibility(session)
    assert (apart.gap, apart.lower, apart.burden) == (None, None, None)


def test_assessors_are_those_whom_the_rules_ask() -> None:
    session = played(line(1, "mayor", "inform"))
    above, beside = assess(session)
    assert above.assessors == ("mayor",)
    assert beside.assessors == of_kinds(session, "provider", "resident"), "the chair is one of the residents"
    brokers = played(changes=("payoff.horizontal=broker,resident",))
    others = tuple(seat for seat in of_kinds(brokers, "broker", "resident") if seat != brokers.game.chair)
    assert assess(brokers)[1].assessors == others


def of_kinds(session: Session, *kinds: str) -> tuple[str, ...]:
    found = tuple(seat for seat, card in session.game.personas.items() if card.kind in kinds)
    assert TENANT in found
    return found


def test_an_assessment_that_the_rules_ask_of_nobody_lists_no_assessors_and_is_counted_all_the_same() -> None:
    said = [line(1, "mayor", "promise", terms=DISTRICT)]
    taken = [vote({}, terms=DISTRICT)]
    asked = assess(played(*said, decisions=taken))
    above, beside = assess(played(*said, decisions=taken, governance="command"))
    assert (above.assessors, beside.assessors) == (("mayor",), ())
    assert beside.indicators == asked[1].indicators
    above, _ = assess(played(*said, changes=("payoff.hierarchical=[]",)))
    assert above.assessors == ()


# Where they pull apart

PULLED = [
    TASKS[0],
    line(2, "village_cadre", "promise", terms=DISTRICT),
    line(3, TENANT, "inform"),
    # Whoever may commit to it takes the promise on, and lifts the report: P rises, H falls.
    line(4, "mayor", "concede", "village_cadre", task="attendance_form"),
]


def apart_stages(*said: Line, **more: Any) -> Session:
    return played(*said, **{"stages": ("public_engagement",)} | more)


def test_d_is_the_share_of_the_acts_that_move_both_in_opposite_directions() -> None:
    assert [incompatibility(apart_stages(*PULLED[:count])).opposed for count in range(5)] == [None, 0.0, 0.0, 0.0, 0.25]
    one_up = [*PULLED[:3], line(4, "mayor", "support", "village_cadre")]
    assert incompatibility(apart_stages(*one_up)).opposed == 0.0


def test_d_leaves_trust_aside() -> None:
    # The decision settles a question (H up), and would lower P if there were trust from the start.
    taken = [vote({}, terms={"eligible": "all_children"})]
    for level in (1, 5):
        rounds = [pulses(), pulses("public_engagement", migrant_tenant=level)]
        assert incompatibility(apart_stages(*PULLED, pulses=rounds)).opposed == 0.25
        assert incompatibility(apart_stages(PULLED[2], decisions=taken, pulses=rounds)).opposed == 0.0


def test_d_counts_a_decision_with_the_line_that_completed_it() -> None:
    # The vote settles a question (H up) that the resident wanted otherwise and on which a promise is broken (P down).
    said = [
        line(1, "mayor", "promise", terms=DISTRICT),
        line(2, "village_cadre", "promise", terms=NGO),
        line(3, "ngo_director", "support", "village_cadre"),  # confirmed by whoever may commit to it
        line(4, "mayor", "propose", terms=RETIRED),
        line(5, "mayor", "support", "mayor", vote=True),
    ]
    taken = [vote({"mayor": True}, terms=RETIRED)]
    assert incompatibility(apart_stages(*said)).opposed == 0.0
    assert incompatibility(apart_stages(*said, decisions=taken)).opposed == 0.2


def test_g_is_the_distance_of_both_and_the_lower_of_them_is_named() -> None:
    above, beside = assess(apart_stages(*PULLED))
    assert (above.total, beside.total) == (0.0, 1.0)
    apart = incompatibility(apart_stages(*PULLED))
    assert (apart.gap, apart.lower) == (1.0, 0.0)
    apart = incompatibility(apart_stages(*PULLED[:3]))
    assert (apart.gap, apart.lower) == (0.5, 0.0)


def test_b_is_the_share_of_duplicates_among_the_tasks() -> None:
    assert incompatibility(apart_stages(*TASKS)).burden == 0.5
    assert incompatibility(apart_stages(TASKS[0])).burden == 0.0
    lifted = line(3, "mayor", "concede", "grid_master", task="second_file")
    assert incompatibility(apart_stages(*TASKS, lifted)).burden == 0.5


# What always holds


def holds(session: Session) -> None:
    """Check that all values lie between 0 and 1, and that totals and distances follow from the indicators."""
    both = assess(session)
    for one, side, names in zip(both, ("hierarchical", "horizontal"), (ABOVE, BESIDE), strict=True):
        assert (one.side, list(one.indicators)) == (side, names)
        known = [value for value in one.indicators.values() if value is not None]
        assert all(0 <= value <= 1 for value in known)
        assert one.total == (pytest.approx(sum(known) / len(known), abs=0.001) if known else None)
        assert one.assessors == session.game.assessors.get(one.side, ())
    apart = incompatibility(session)
    assert all(value is None or 0 <= value <= 1 for value in vars(apart).values())
    assert (apart.opposed is None) == (not session.lines)
    above, beside = (one.total for one in both)
    if above is None or beside is None:
        assert (apart.gap, apart.lower) == (None, None)
    else:
        assert apart.gap == pytest.approx(abs(above - beside))
        assert apart.lower == min(above, beside)


SCENARIOS = st.sampled_from(sorted(LIBRARY.cards["scenario"]))
MODELS = st.sampled_from(sorted(LIBRARY.cards["governance"]))
LANGS: st.SearchStrategy[Lang] = st.sampled_from(["en", "zh"])


@settings(PROPERTY, max_examples=3)
@given(
    scenario=SCENARIOS, governance=MODELS, seed=st.integers(0, 9999), turns=st.sampled_from([None, 1, 3, 9]), lang=LANGS
)
def test_sessions_of_the_rules_alone_are_assessed_and_measured_within_bounds_and_not_by_their_words(
    scenario: str, governance: str, seed: int, turns: int | None, lang: Lang
) -> None:
    session = drawn(governance, scenario, seed=seed, turns=turns, lang=lang)
    holds(session)
    found = outcome_measures(session)
    asked = found.pop("questions_before_proposal")
    assert asked is None or 0 <= asked <= len(session.lines)
    assert {name: value for name, value in found.items() if value is not None and not 0 <= value <= 1} == {}
    mute = session.with_lines([{**line, "says": "…"} for line in session.lines])
    assert {name: measure(name, mute) for name in OF_ACTS} == {name: measure(name, session) for name in OF_ACTS}
    assert assess(mute) == assess(session)


@PROPERTY
@given(said=lines(), bound=st.none() | terms_of(LIBRARY.scenario("four_oclock_school")), governance=MODELS)
def test_whatever_is_said_and_decided_is_assessed_within_bounds(
    said: list[Line], bound: dict[str, str] | None, governance: str
) -> None:
    taken = [] if bound is None else [decision(bound)]
    holds(played(*said, decisions=taken, governance=governance))


@settings(PROPERTY, max_examples=8)
@given(governance=MODELS, seed=st.integers(0, 999), lower=st.integers(1, 5), higher=st.integers(1, 5))
def test_more_trust_at_the_end_never_lowers_the_assessment_from_the_side(
    governance: str, seed: int, lower: int, higher: int
) -> None:
    assume(lower < higher)
    session = drawn(governance, seed=seed)

    def trusted(level: int) -> tuple[Assessment, Assessment]:
        last = session.pulses[-1]
        levels = {seat: {**pulse, "trust": level} for seat, pulse in last["levels"].items()}
        trusting = [*session.pulses[:-1], {**last, "levels": levels}]
        return assess(replace(session, state={**session.state, "pulses": trusting}))  # type: ignore[typeddict-item]

    (above, beside), (above_more, beside_more) = trusted(lower), trusted(higher)
    assert beside.total is not None
    assert beside_more.total is not None
    assert beside.total < beside_more.total
    assert above == above_more
