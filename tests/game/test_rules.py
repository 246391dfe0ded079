"""Who chairs, who is in the room, who may do what, who hears, reads and pays, and when a motion is carried."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.content.cards import RULED, Kind, Payer, Source, Text, Topic
from sandbox.content.decision_card import Option
from sandbox.content.governance import CHAIR_BINDS, Governance
from sandbox.content.persona_card import Persona
from sandbox.content.scenario_card import Fact, Scenario
from sandbox.errors import InputError
from sandbox.game.rules import (
    Side,
    allowed_acts,
    assessors,
    assign_positions,
    binding,
    carried,
    chair_of,
    drafters,
    hears,
    knows_fact,
    payable,
    payers,
    present_seats,
    reads_minutes,
    reads_plan,
    vetoes,
    voters,
)
from tests.game.making import (
    LIBRARY,
    MODELS,
    PROPERTY,
    SCENARIO,
    SCENARIOS,
    SEATS,
    STAGES,
    changed,
    governances,
    persona,
    ruled,
    some,
    terms_of,
)

COMMAND = LIBRARY.governance("command")
JOINT = LIBRARY.governance("joint_production")
COUNCIL = LIBRARY.governance("three_social_interaction")
SEPARATE = LIBRARY.governance("government_community_interaction")
CORE = LIBRARY.governance("one_core_multiple_actors")
PERSONAS = [LIBRARY.persona(seat) for seat in SEATS]
POSITIONS = {model.id: assign_positions(model, PERSONAS) for model in MODELS}
KINDS: tuple[Kind, ...] = get_args(Kind)
PAYERS: tuple[Payer, ...] = get_args(Payer)
TOPICS: tuple[Topic, ...] = get_args(Topic)
NAME = {"en": "chair", "zh": "主持人"}
TWO_CHAIRS = {"chair": {"name": NAME, "kinds": ["leader", "official"], "single": True, "source": "IN"}}
DRAWN_PERSONAS = st.lists(st.tuples(st.sampled_from(KINDS), st.booleans()), max_size=7).map(
    lambda drawn: [
        persona(f"seat{index}", kind, registered=registered) for index, (kind, registered) in enumerate(drawn)
    ]
)


def ballots(positions: dict[str, str]) -> st.SearchStrategy[dict[str, bool]]:
    """Draw votes of some seats."""
    return st.dictionaries(st.sampled_from(sorted(positions)), st.booleans())


# Position


def test_each_kind_gets_its_position() -> None:
    others = {"village_cadre": "broker", "ngo_director": "provider", "migrant_tenant": "resident"}
    assert POSITIONS["command"] == {"mayor": "chair", "grid_master": "frontline", **others}
    joint = {"mayor": "official", "grid_master": "frontline", **others, "village_cadre": "chair"}
    assert POSITIONS["joint_production"] == joint, "no registered resident sits there, and no front-line worker chairs"


def test_each_model_gives_the_same_persons_other_positions() -> None:
    assert POSITIONS["three_social_interaction"] == {
        "mayor": "enabler",
        "grid_master": "convener",
        "village_cadre": "frontline",
        "ngo_director": "social_worker",
        "migrant_tenant": "newcomer",
    }
    assert POSITIONS["government_community_interaction"] == {
        "mayor": "government",
        "grid_master": "committee_staff",
        "village_cadre": "self_governor",
        "ngo_director": "adviser",
        "migrant_tenant": "guest",
    }
    assert POSITIONS["one_core_multiple_actors"] == {
        "mayor": "department",
        "grid_master": "committee",
        "village_cadre": "core",
        "ngo_director": "organisation",
        "migrant_tenant": "council",
    }


def test_the_first_of_a_kind_holds_a_single_position_and_the_next_takes_another_of_its_kind() -> None:
    other = {"name": NAME, "kinds": ["official"], "source": "IN"}
    model = changed("command", position={**TWO_CHAIRS, "official": other})
    seats = [persona("first", "official"), persona("second", "official"), persona("third", "leader")]
    assert assign_positions(model, seats[:2]) == {"first": "chair", "second": "official"}
    assert chair_of(model, assign_positions(model, seats[:2])) == "first"
    assert assign_positions(model, seats) == {"first": "official", "second": "official", "third": "chair"}
    with pytest.raises(InputError, match=r"seat 'fourth' \(kind leader\) has no position under governance 'command'"):
        assign_positions(model, [*seats, persona("fourth", "leader")])


def test_a_seat_of_a_kind_without_a_position_is_named() -> None:
    model = changed("command", position={"resident": {"name": NAME, "kinds": ["expert"], "source": "IN"}})
    with pytest.raises(InputError, match=r"'migrant_tenant' \(kind resident, not registered here\) has no position"):
        assign_positions(model, PERSONAS)


def test_a_person_without_registration_gets_no_position_that_asks_for_it() -> None:
    seats = [persona("head", "broker"), persona("here", "resident"), persona("moved", "resident", registered=False)]
    assert assign_positions(SEPARATE, seats) == {"head": "self_governor", "here": "member", "moved": "guest"}
    with pytest.raises(
        InputError, match=r"'moved' \(kind broker, not registered here\) has no position .*'government_"
    ):
        assign_positions(SEPARATE, [persona("head", "broker"), persona("moved", "broker", registered=False)])


def test_a_room_in_which_nobody_chairs_is_refused() -> None:
    model = changed("command", position={"chair": {"name": NAME, "kinds": ["leader"], "single": True, "source": "IN"}})
    with pytest.raises(InputError, match="nobody holds the position 'chair' that chairs under governance 'command'"):
        assign_positions(model, [one for one in PERSONAS if one.kind != "leader"])
    with pytest.raises(InputError, match="nobody holds the position 'convener'"):
        assign_positions(COUNCIL, [persona("moved", "resident", registered=False)])


@PROPERTY
@given(model=st.sampled_from(MODELS), seats=DRAWN_PERSONAS)
def test_every_seat_holds_one_position_that_its_kind_and_registration_fit(
    model: Governance, seats: list[Persona]
) -> None:
    try:
        positions = assign_positions(model, seats)
    except InputError:
        chairs = [seat for seat in seats if seat.kind != "host"]
        assert not chairs or not all(seat.registered for seat in chairs)
        return
    assert list(positions) == [seat.id for seat in seats]
    for seat in seats:
        rule = model.rules.position[positions[seat.id]]
        assert seat.kind in rule.kinds
        assert rule.registered in (None, seat.registered)
    for name, rule in model.rules.position.items():
        assert not rule.single or list(positions.values()).count(name) <= 1
    assert positions[chair_of(model, positions)] == model.rules.aggregation.chair


# Boundary


def test_command_keeps_providers_and_residents_out_until_late() -> None:
    cases: list[tuple[str, tuple[str, ...]]] = [
        ("training", ("mayor", "grid_master", "village_cadre")),
        ("application", ("mayor", "grid_master", "village_cadre")),
        ("learning_tour", ("mayor", "grid_master", "village_cadre", "ngo_director")),
        ("public_engagement", tuple(SEATS)),
        ("a stage without a rule", tuple(SEATS)),
    ]
    for stage, under_command in cases:
        assert set(present_seats(COMMAND, POSITIONS["command"], stage)) == set(under_command)
        assert set(present_seats(JOINT, POSITIONS["joint_production"], stage)) == set(SEATS)


@PROPERTY
@given(drawn=ruled("boundary"), stage=st.sampled_from([*STAGES, "a stage without a rule"]))
def test_who_is_present_is_exactly_whom_the_boundary_lets_in(
    drawn: tuple[Governance, dict[str, str]], stage: str
) -> None:
    model, positions = drawn
    room = present_seats(model, positions, stage)
    rule = model.rules.boundary.get(stage)
    let_in = set(model.rules.position) if rule is None else set(rule.positions)
    for seat, position in positions.items():
        assert (seat in room) == (position in let_in)
    assert list(room) == [seat for seat in positions if seat in room]


# Choice


def test_only_a_chair_who_decides_may_decide() -> None:
    may = {
        (model.id, position): "decide" in allowed_acts(model, position)
        for model in MODELS
        for position in model.rules.position
    }
    assert [where for where, allowed in may.items() if allowed] == [("command", "chair")]


def test_a_card_that_lists_decide_for_everyone_gives_it_to_the_deciding_chair_alone() -> None:
    for position in list(COMMAND.rules.position):
        everyone = {name: {"acts": RULED, "source": "IN"} for name in COMMAND.rules.position}
        command, joint = changed("command", choice=everyone), changed("joint_production", choice=everyone)
        assert ("decide" in allowed_acts(command, position)) == (position == "chair")
        assert allowed_acts(joint, position) == tuple(act for act in RULED if act != "decide")


def test_the_acts_are_those_of_the_card() -> None:
    assert set(allowed_acts(COMMAND, "resident")) == set(COMMAND.rules.choice["resident"].acts)
    assert "propose" not in allowed_acts(COMMAND, "resident")
    assert "propose" in allowed_acts(JOINT, "resident")
    assert "promise" in allowed_acts(COUNCIL, "newcomer"), "one's own time is everybody's to give"
    assert "promise" not in allowed_acts(JOINT, "overseer")
    assert "propose" not in allowed_acts(SEPARATE, "government")


@PROPERTY
@given(model=governances("choice", "aggregation"))
def test_nobody_gets_an_act_outside_the_choice_rule_and_decide_only_as_a_chair_who_binds(model: Governance) -> None:
    aggregation = model.rules.aggregation
    for position, rule in model.rules.choice.items():
        acts = allowed_acts(model, position)
        assert set(acts) <= set(rule.acts)
        assert set(rule.acts) - set(acts) <= {"decide"}
        assert list(acts) == sorted(acts, key=RULED.index)
        if "decide" in acts:
            assert (position, aggregation.procedure in CHAIR_BINDS) == (aggregation.chair, True)
        elif "decide" in rule.acts:
            assert position != aggregation.chair or aggregation.procedure not in CHAIR_BINDS


# Aggregation: who is asked


def test_nobody_votes_where_the_chair_decides() -> None:
    assert voters(COMMAND, POSITIONS["command"], SEATS) == ()


def test_those_vote_who_are_present_and_hold_a_position_that_votes() -> None:
    positions = POSITIONS["joint_production"]
    assert set(voters(JOINT, positions, SEATS)) == set(SEATS)
    assert voters(JOINT, positions, ["migrant_tenant"]) == ("migrant_tenant",)
    residents = changed("joint_production", aggregation={"voters": ["resident"]})
    assert voters(residents, positions, SEATS) == ("migrant_tenant",)


def test_only_some_models_give_the_migrant_a_vote() -> None:
    asked = {model.id: "migrant_tenant" in voters(model, POSITIONS[model.id], SEATS) for model in MODELS}
    assert asked == {
        "command": False,
        "joint_production": True,
        "three_social_interaction": True,
        "government_community_interaction": False,
        "one_core_multiple_actors": True,
    }


def test_in_a_hearing_all_who_are_heard_speak_and_the_chair_does_not() -> None:
    rule = {"procedure": "chair_after_hearing", "voters": ["chair", "frontline", "resident"], "veto": ["provider"]}
    hearing = changed("command", aggregation=rule)
    assert voters(hearing, POSITIONS["command"], SEATS) == ("grid_master", "migrant_tenant")
    assert "decide" in allowed_acts(hearing, "chair")


def test_whoever_holds_a_veto_is_asked_even_without_a_vote() -> None:
    model = changed("joint_production", aggregation={"voters": ["resident"], "veto": ["chair"]})
    assert voters(model, POSITIONS["joint_production"], SEATS) == ("migrant_tenant", "village_cadre")  # the chair last


@PROPERTY
@given(drawn=ruled("aggregation"), data=st.data())
def test_who_is_asked_follows_from_the_procedure(drawn: tuple[Governance, dict[str, str]], data: st.DataObject) -> None:
    model, positions = drawn
    rule = model.rules.aggregation
    room = data.draw(some(sorted(positions)))
    asked = voters(model, positions, room)
    last = [(positions[seat] == rule.chair, positions[seat] in model.rules.payoff.hierarchical) for seat in asked]
    assert last == sorted(last), "officials vote after the others, and the chair last"
    for seat in room:
        votes, stops = positions[seat] in rule.voters, positions[seat] in rule.veto
        expected = {
            "chair_decides": False,
            "chair_after_hearing": votes and positions[seat] != rule.chair,
            "majority": votes or stops,
            "consensus": votes or stops,
        }
        assert (seat in asked) == expected[rule.procedure]


# Aggregation: what is carried


@PROPERTY
@given(votes=st.dictionaries(st.sampled_from([f"seat{n}" for n in range(9)]), st.booleans()), quorum=st.integers(0, 9))
def test_a_motion_needs_a_quorum_and_more_than_half(votes: dict[str, bool], quorum: int) -> None:
    model = changed("joint_production", aggregation={"quorum": quorum})
    ayes = list(votes.values()).count(True)
    noes = len(votes) - ayes
    assert carried(model, dict.fromkeys(votes, "resident"), votes) == (ayes > noes and ayes + noes >= quorum)


def test_a_tie_and_an_empty_vote_carry_nothing() -> None:
    for procedure in ("majority", "consensus"):
        model = changed("joint_production", aggregation={"quorum": 0, "procedure": procedure})
        positions = {"a": "resident", "b": "resident"}
        assert not carried(model, positions, {})
        assert not carried(model, positions, {"a": True, "b": False})
        assert carried(model, positions, {"a": True})


def test_the_vote_of_whoever_only_holds_a_veto_is_not_counted() -> None:
    model = changed("joint_production", aggregation={"voters": ["resident"], "veto": ["chair"], "quorum": 2})
    positions = {"boss": "chair", "a": "resident", "b": "resident"}
    assert not carried(model, positions, {"boss": True, "a": True})
    assert not carried(model, positions, {"boss": True, "a": True, "b": False})
    assert carried(model, positions, {"boss": True, "a": True, "b": True})
    assert not carried(model, positions, {"boss": False, "a": True, "b": True})


@PROPERTY
@given(drawn=ruled("aggregation"), data=st.data())
def test_a_veto_always_rejects_and_comes_from_whoever_holds_one(
    drawn: tuple[Governance, dict[str, str]], data: st.DataObject
) -> None:
    model, positions = drawn
    votes = data.draw(ballots(positions))
    stopped = vetoes(model, positions, votes)
    holders = model.rules.aggregation.veto
    assert set(stopped) == {seat for seat, vote in votes.items() if vote is False and positions[seat] in holders}
    assert not (stopped and carried(model, positions, votes))


@PROPERTY
@given(drawn=ruled("aggregation"), data=st.data())
def test_one_vote_against_stops_a_consensus_and_never_outvotes_a_majority(
    drawn: tuple[Governance, dict[str, str]], data: st.DataObject
) -> None:
    model, positions = drawn
    votes = data.draw(ballots(positions))
    if not carried(model, positions, votes):
        return
    counted = [vote for seat, vote in votes.items() if positions[seat] in model.rules.aggregation.voters]
    assert len(counted) >= model.rules.aggregation.due(len(counted))
    if model.rules.aggregation.procedure == "consensus":
        assert all(counted)
    assert counted.count(True) > counted.count(False)


@PROPERTY
@given(drawn=ruled("aggregation"), data=st.data())
def test_what_all_who_vote_want_is_carried_if_they_are_enough(
    drawn: tuple[Governance, dict[str, str]], data: st.DataObject
) -> None:
    model, positions = drawn
    votes = dict.fromkeys(data.draw(some(sorted(positions))), True)
    counted = sum(positions[seat] in model.rules.aggregation.voters for seat in votes)
    assert carried(model, positions, votes) == (counted >= model.rules.aggregation.due(counted))


@PROPERTY
@given(drawn=ruled("aggregation"), data=st.data())
def test_turning_a_vote_against_into_one_in_favour_never_loses_a_carried_motion(
    drawn: tuple[Governance, dict[str, str]], data: st.DataObject
) -> None:
    model, positions = drawn
    votes = data.draw(ballots(positions))
    seat = data.draw(st.sampled_from(sorted(positions)))
    against, in_favour = (
        carried(model, positions, {**votes, seat: False}),
        carried(model, positions, {**votes, seat: True}),
    )
    assert in_favour or not against


@PROPERTY
@given(drawn=ruled("information"), data=st.data(), higher=st.integers(1, 4))
def test_a_higher_quorum_never_carries_more(
    drawn: tuple[Governance, dict[str, str]], data: st.DataObject, higher: int
) -> None:
    model, positions = drawn
    votes = data.draw(ballots(positions))
    rule = model.rules.aggregation
    aggregation = rule.model_copy(update={"quorum": rule.due(len(positions)) + higher})
    stricter = model.model_copy(update={"rules": model.rules.model_copy(update={"aggregation": aggregation})})
    assert carried(model, positions, votes) or not carried(stricter, positions, votes)


# Information


def test_who_was_absent_reads_minutes_only_where_all_do() -> None:
    assert reads_minutes(COMMAND, "mayor", ["mayor"])
    assert not reads_minutes(COMMAND, "migrant_tenant", ["mayor"])
    assert reads_minutes(JOINT, "migrant_tenant", ["mayor"])


def test_talk_between_two_is_heard_by_them_and_the_chair_where_lines_are_for_the_parties() -> None:
    private = changed("joint_production", information={"lines": "parties"})
    assert hears(private, "mayor", SEATS, "ngo_director", "migrant_tenant") == (
        "mayor",
        "ngo_director",
        "migrant_tenant",
    )
    assert hears(private, "mayor", SEATS, "ngo_director", "all") == tuple(SEATS)
    assert hears(JOINT, "mayor", SEATS, "ngo_director", "migrant_tenant") == tuple(SEATS)


@PROPERTY
@given(drawn=ruled("information"), data=st.data())
def test_a_line_is_heard_by_the_room_or_by_speaker_addressee_and_chair(
    drawn: tuple[Governance, dict[str, str]], data: st.DataObject
) -> None:
    model, positions = drawn
    room = data.draw(some(sorted(positions), 1))
    speaker, to = data.draw(st.sampled_from(room)), data.draw(st.sampled_from([*room, "all"]))
    heard = hears(model, "head", room, speaker, to)
    assert set(heard) <= set(room)
    assert {speaker, to, "head"} & set(room) <= set(heard)
    if model.rules.information.lines == "room" or to == "all":
        assert heard == tuple(room)
    else:
        assert set(heard) <= {speaker, to, "head"}


@PROPERTY
@given(drawn=ruled("information"), data=st.data())
def test_a_plan_is_read_by_all_or_by_its_author_and_the_chair(
    drawn: tuple[Governance, dict[str, str]], data: st.DataObject
) -> None:
    model, positions = drawn
    author = data.draw(st.sampled_from(sorted(positions)))
    readers = {seat for seat in positions if reads_plan(model, "head", seat, author)}
    open_to_all = model.rules.information.documents == "all"
    assert readers == (set(positions) if open_to_all else {author, "head"})


@PROPERTY
@given(model=governances("information"))
def test_a_fact_of_the_platform_is_known_only_to_positions_with_access(model: Governance) -> None:
    text = Text(en="4 complaints", zh="4条投诉")
    common, platform = (
        Fact(id="F1", text=text, platform=hidden, source=Source(sections=("LR",))) for hidden in (False, True)
    )
    for position in model.rules.position:
        assert knows_fact(model, position, common)
        assert knows_fact(model, position, platform) == (position in model.rules.information.platform)


def test_only_under_one_core_does_anybody_see_the_platform() -> None:
    hidden = [fact for scenario in SCENARIOS for fact in scenario.facts if fact.platform]
    assert hidden
    seen = {
        model.id: {position for position in model.rules.position if all(knows_fact(model, position, f) for f in hidden)}
        for model in MODELS
    }
    assert {model: positions for model, positions in seen.items() if positions} == {
        "one_core_multiple_actors": {"core", "department", "committee"}
    }


# Scope


@PROPERTY
@given(drawn=ruled("scope"), data=st.data())
def test_plans_are_drafted_by_those_present_whose_position_drafts(
    drawn: tuple[Governance, dict[str, str]], data: st.DataObject
) -> None:
    model, positions = drawn
    room = data.draw(some(sorted(positions)))
    drafting = drafters(model, positions, room)
    assert set(drafting) <= set(room)
    for seat in room:
        assert (seat in drafting) == (positions[seat] in model.rules.scope.plans)


@PROPERTY
@given(model=governances("scope"), scenario=st.sampled_from(SCENARIOS), data=st.data())
def test_the_body_binds_only_topics_within_its_scope(
    model: Governance, scenario: Scenario, data: st.DataObject
) -> None:
    terms = data.draw(terms_of(scenario)) | data.draw(st.sampled_from([{}, {"weather": "fine"}]))
    bound = binding(model, scenario, terms)
    topics = {one.id: one.topic for one in scenario.decisions}
    scope = model.rules.scope.decisions
    within = set(TOPICS) if scope == "all" else set() if scope == "none" else set(scope)
    assert bound.items() <= terms.items()
    assert all(topics[key] in within for key in bound)
    assert not [key for key in terms if key not in bound and topics.get(key) in within]
    assert binding(model, scenario, bound) == bound


def test_separate_sides_bind_no_money_of_the_other() -> None:
    terms = {"eligible": "all_children", "payer": "district"}
    assert binding(SEPARATE, SCENARIO, terms) == {"eligible": "all_children"}
    assert binding(COMMAND, SCENARIO, terms) == terms


# Payoff


@PROPERTY
@given(model=governances("payoff"), paid_by=st.lists(st.sampled_from(PAYERS), unique=True))
def test_an_option_can_be_paid_for_only_where_each_of_its_payers_has_a_budget(
    model: Governance, paid_by: list[Payer]
) -> None:
    budgets = model.rules.payoff.budgets
    option = Option(en="somebody", zh="有人", paid_by=tuple(paid_by))
    assert payable(model, option) == (not [payer for payer in paid_by if payer not in budgets])


@PROPERTY
@given(model=governances("payoff"), scenario=st.sampled_from(SCENARIOS), data=st.data())
def test_the_default_pays_unless_the_terms_name_who_does(
    model: Governance, scenario: Scenario, data: st.DataObject
) -> None:
    terms = data.draw(terms_of(scenario))
    who, agreed = payers(model, scenario, terms)
    named = [
        one.options[terms[one.id]].paid_by for one in scenario.decisions if one.topic == "payer" and one.id in terms
    ]
    assert (who, agreed) == ((named[0], True) if named else ((model.rules.payoff.default,), False))
    assert who


def test_the_default_payer_differs_between_models() -> None:
    found = {model.id: payers(model, SCENARIO, {"eligible": "all_children"})[0] for model in MODELS}
    assert found["command"] == ("government",)
    assert found["government_community_interaction"] == ("residents",)
    assert payers(COMMAND, SCENARIO, {"payer": "shared"}) == (("government", "residents"), True)


@PROPERTY
@given(drawn=ruled("payoff"), side=st.sampled_from(["hierarchical", "horizontal"]))
def test_the_assessment_of_a_side_is_that_of_its_positions(
    drawn: tuple[Governance, dict[str, str]], side: Side
) -> None:
    model, positions = drawn
    holders = model.rules.payoff.hierarchical if side == "hierarchical" else model.rules.payoff.horizontal
    counting = assessors(model, positions, side)
    assert list(counting) == [seat for seat in positions if positions[seat] in holders]


def test_under_command_nobody_assesses_from_the_side() -> None:
    assert assessors(COMMAND, POSITIONS["command"], "horizontal") == ()
    assert assessors(COMMAND, POSITIONS["command"], "hierarchical") == ("mayor",)
    assert "migrant_tenant" in assessors(JOINT, POSITIONS["joint_production"], "horizontal")
