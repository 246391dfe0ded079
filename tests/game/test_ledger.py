"""The ledger: what is proposed, promised and decided, and how it stands."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sandbox.content.cards import Act
from sandbox.game.ledger.entries import Item, within_remit
from sandbox.game.ledger.ledger import ledger
from sandbox.record.line import DecisionTaken, Line
from tests.game.making import PROPERTY, SCENARIO, SEATS, STAGES, decision, line, lines

DISTRICT = {"payer": "district"}
RUN_BY_NGO = {"provider": "social_organisation"}
OPEN_TO_ALL = {"eligible": "all_children"}


def kinds(items: tuple[Item, ...]) -> list[tuple[str, str, str]]:
    return [(item.line, item.kind, item.state) for item in items]


def sides(item: Item) -> tuple[set[str], set[str]]:
    """Return who supports an item and who objects to it."""
    return set(item.supporters), set(item.objectors)


def only(items: tuple[Item, ...]) -> Item:
    (item,) = items
    return item


def test_only_proposals_promises_and_tasks_enter() -> None:
    said = [
        line(1, "mayor", "inform", task="attendance_form"),
        line(2, "mayor", "propose"),
        line(3, "mayor", "decide"),
        line(4, "mayor", "promise"),
        line(5, "mayor", "delegate", "grid_master"),
        line(6, "mayor", "delegate", "grid_master", task="a task of nobody"),
        line(7, "mayor", "delegate", "grid_master", task="attendance_form"),
    ]
    assert kinds(ledger(SCENARIO, said)) == [
        ("L002", "proposal", "open"),
        ("L004", "promise", "open"),
        ("L007", "task", "open"),
    ]


def test_a_promise_of_what_is_anothers_is_beyond_remit() -> None:
    said = [
        line(1, "village_cadre", "promise", terms=DISTRICT),
        line(2, "mayor", "promise", terms=DISTRICT),
        line(3, "ngo_director", "promise", terms=RUN_BY_NGO),
        line(4, "ngo_director", "promise", terms=RUN_BY_NGO | DISTRICT),
        line(5, "village_cadre", "promise"),
        line(6, "ngo_director", "promise", terms={"provider": "street_staff"}),
        line(7, "mayor", "promise", terms={"payer": "parents"}),
    ]
    beyond = [item.line for item in ledger(SCENARIO, said) if item.history[0][1] == "beyond_remit"]
    assert beyond == ["L001", "L004", "L006", "L007"], "also an option of a question whose other options it may give"


def test_a_proposal_needs_no_remit() -> None:
    assert ledger(SCENARIO, [line(1, "migrant_tenant", "propose", terms=DISTRICT)])[0].state == "open"


def test_remit_is_that_of_the_scenario() -> None:
    assert within_remit(SCENARIO, "mayor", DISTRICT | RUN_BY_NGO)
    assert not within_remit(SCENARIO, "ngo_director", DISTRICT | RUN_BY_NGO)
    assert within_remit(SCENARIO, "migrant_tenant", {})


def test_support_goes_to_the_addressee_and_otherwise_to_the_latest() -> None:
    said = [
        line(1, "mayor", "propose"),
        line(2, "ngo_director", "promise"),
        line(3, "grid_master", "support", "mayor"),
        line(4, "migrant_tenant", "object", "all"),
        line(5, "village_cadre", "support", "migrant_tenant"),
        line(6, "mayor", "object", "mayor"),
    ]
    first, second = ledger(SCENARIO, said)
    assert sides(first) == ({"grid_master"}, set())
    assert sides(second) == (set(), {"migrant_tenant"})


def test_nobody_supports_his_own_proposal() -> None:
    said = [line(1, "mayor", "propose"), line(2, "ngo_director", "propose"), line(3, "ngo_director", "support", "all")]
    assert [item.supporters for item in ledger(SCENARIO, said)] == [{"ngo_director"}, set()]


def test_who_concedes_no_longer_objects_and_who_objects_no_longer_supports() -> None:
    said = [line(1, "mayor", "propose"), line(2, "ngo_director", "object", "mayor")]
    conceded = [*said, line(3, "ngo_director", "concede", "mayor")]
    backed = [*conceded, line(4, "ngo_director", "support", "mayor")]
    again = [*backed, line(5, "ngo_director", "object", "mayor")]
    stands = [sides(item) for part in (said, conceded, backed, again) for item in ledger(SCENARIO, part)]
    against = (set[str](), {"ngo_director"})
    assert stands == [against, (set(), set()), ({"ngo_director"}, set()), against]


def test_who_gives_way_and_names_no_motion_puts_none_again_nor_does_the_guide_of_the_place_that_is_visited() -> None:
    moved = line(1, "mayor", "propose", terms=OPEN_TO_ALL, condition="a trial of 1 term", stage="application")
    host = SCENARIO.tour.host
    sorry = [
        line(2, host, "concede", stage="learning_tour"),
        line(2, host, "support", stage="learning_tour"),
        line(2, "elder", "concede", stage="learning_tour"),
    ]
    assert [kinds(ledger(SCENARIO, [moved, each])) for each in sorry] == [[("L001", "proposal", "open")]] * 3


def test_votes_do_not_count_as_support_or_objection() -> None:
    said = [line(1, "mayor", "propose"), line(2, "ngo_director", "object", vote=True)]
    assert ledger(SCENARIO, said)[0].objectors == set()


def test_a_decision_confirms_what_it_contains_and_breaks_promises_that_it_contradicts() -> None:
    said = [
        line(1, "mayor", "propose", terms=DISTRICT | RUN_BY_NGO),
        line(2, "village_cadre", "promise", terms=DISTRICT),
        line(3, "mayor", "promise", terms={"payer": "parents"}),
        line(4, "ngo_director", "propose", terms={"payer": "parents"}),
        line(5, "ngo_director", "promise", terms={"payer": "district", "provider": "street_staff"}),
        line(6, "grid_master", "promise"),
        line(7, "mayor", "promise", terms={"payer": "district", "eligible": "all_children"}),
    ]
    items = ledger(SCENARIO, said, [decision(DISTRICT | RUN_BY_NGO)])
    assert kinds(items) == [
        ("L001", "proposal", "confirmed"),
        ("L002", "promise", "kept"),
        ("L003", "promise", "broken"),
        ("L004", "proposal", "open"),
        ("L005", "promise", "broken"),
        ("L006", "promise", "open"),
        ("L007", "promise", "open"),
        ("D-public_engagement", "decision", "carried"),
    ]
    assert items[-1].says == "words of line 1"
    assert sides(items[-1]) == ({"mayor", "migrant_tenant"}, {"ngo_director"})


def test_a_decision_that_is_not_carried_changes_nothing_else() -> None:
    said = [line(1, "mayor", "propose", terms=DISTRICT), line(2, "mayor", "promise", terms={"payer": "parents"})]
    before = ledger(SCENARIO, said)
    *after, taken = ledger(SCENARIO, said, [decision(DISTRICT, carried=False)])
    assert tuple(after) == before
    assert (taken.kind, taken.state) == ("decision", "rejected")


@PROPERTY
@given(said=lines(), more=lines(most=4), terms=st.sampled_from([{}, DISTRICT, RUN_BY_NGO]), won=st.booleans())
def test_further_lines_and_decisions_remove_nothing(
    said: list[Line], more: list[Line], terms: dict[str, str], won: bool
) -> None:
    def known(items: tuple[Item, ...]) -> list[tuple[object, ...]]:
        return [(item.line, item.kind, item.owner, item.says, dict(item.terms)) for item in items]

    before = ledger(SCENARIO, said)
    longer = said + more
    assert known(ledger(SCENARIO, longer))[: len(before)] == known(before)
    taken = [decision(terms, won, stage=said[-1]["stage"])] if said else []
    decided = ledger(SCENARIO, said, taken)
    assert known(decided)[: len(before)] == known(before)
    assert [item.kind for item in decided[len(before) :]] == ["decision"] * len(taken)
    assert ledger(SCENARIO, said, taken) == decided


@PROPERTY
@given(said=lines())
def test_nobody_stands_on_both_sides_or_on_his_own(said: list[Line]) -> None:
    for item in ledger(SCENARIO, said):
        assert not item.supporters & item.objectors
        assert item.owner not in item.supporters | item.objectors
        assert item.supporters | item.objectors <= set(SEATS)


def test_support_and_objection_are_booked_on_the_proposal_that_they_are_about() -> None:
    said = [
        line(1, "mayor", "propose", terms=DISTRICT),
        line(2, "ngo_director", "propose", terms=RUN_BY_NGO),
        line(3, "grid_master", "support", about="L001"),
        line(4, "migrant_tenant", "object", "ngo_director", about="L001"),
        line(5, "village_cadre", "object"),
    ]
    first, second = ledger(SCENARIO, said)
    assert sides(first) == ({"grid_master"}, {"migrant_tenant"})
    assert sides(second) == (set(), {"village_cadre"})


def test_support_with_other_terms_is_a_counter_offer_that_keeps_what_it_leaves_alone() -> None:
    said = [
        line(1, "mayor", "propose", terms={**DISTRICT, **OPEN_TO_ALL}),
        line(2, "migrant_tenant", "support", "mayor", terms={"payer": "shared"}, about="L001"),
        line(3, "grid_master", "support", "mayor", terms=DISTRICT, about="L001"),
    ]
    first, offer = ledger(SCENARIO, said)
    assert sides(first) == ({"grid_master"}, set())
    assert (offer.line, offer.kind, offer.owner) == ("L002", "proposal", "migrant_tenant")
    assert offer.terms == {"payer": "shared", **OPEN_TO_ALL}


def test_who_objects_with_an_option_offers_that_alone_and_with_a_condition_alone_keeps_the_rest() -> None:
    motion = line(1, "mayor", "propose", terms={**DISTRICT, **OPEN_TO_ALL})
    other = line(2, "migrant_tenant", "object", "mayor", terms={"payer": "shared"}, about="L001")
    first, offer = ledger(SCENARIO, [motion, other])
    assert sides(first) == (set(), {"migrant_tenant"})
    assert offer.terms == {"payer": "shared"}, "nobody is made to say what they left out"
    held: Line = {**line(2, "migrant_tenant", "object", "mayor", about="L001"), "condition": "not before spring"}
    assert ledger(SCENARIO, [motion, held])[1].terms == {**DISTRICT, **OPEN_TO_ALL}


def test_a_task_of_the_agreed_list_stays_with_whoever_refuses_it_and_another_goes_back() -> None:
    handed = [line(1, "mayor", "delegate", "grid_master", task=task.id) for task in SCENARIO.tasks]
    refused = [line(2, "grid_master", "refuse", task=task.id) for task in SCENARIO.tasks]
    for task, *said in zip(SCENARIO.tasks, handed, refused, strict=True):
        assert only(ledger(SCENARIO, said)).state == "disputed"
        assert only(ledger(SCENARIO, said, agreed_only=True)).state == ("disputed" if task.agreed else "lifted")
    assert {task.agreed for task in SCENARIO.tasks} == {True, False}


# Tasks


def test_a_task_is_handed_to_its_addressee_and_a_second_file_of_the_same_is_a_duplicate() -> None:
    said = [
        line(1, "mayor", "delegate", "grid_master", task="attendance_form"),
        line(2, "mayor", "delegate", "village_cadre", task="second_file"),
    ]
    assert [(item.kind, item.task, item.owner, item.deliverer, item.duplicate) for item in ledger(SCENARIO, said)] == [
        ("task", "attendance_form", "mayor", "grid_master", False),
        ("task", "second_file", "mayor", "village_cadre", True),
    ]


def test_a_task_is_lifted_by_a_concession_or_decision_that_names_it() -> None:
    cases: list[tuple[Act, str, str]] = [
        ("concede", "attendance_form", "lifted"),
        ("decide", "attendance_form", "lifted"),
        ("concede", "second_file", "open"),
        ("concede", "", "open"),
        ("object", "attendance_form", "open"),
        ("inform", "attendance_form", "open"),
    ]
    for act, task, state in cases:
        handed = line(1, "mayor", "delegate", "grid_master", task="attendance_form")
        item = only(ledger(SCENARIO, [handed, line(2, "mayor", act, task=task)]))
        assert item.state == state
        assert item.history == (("L001", "open"), *((("L002", "lifted"),) if state == "lifted" else ()))


def test_a_task_that_comes_again_after_it_was_lifted_is_open_again() -> None:
    said = [
        line(1, "mayor", "delegate", "grid_master", task="attendance_form"),
        line(2, "mayor", "concede", task="attendance_form"),
        line(3, "mayor", "delegate", "grid_master", task="attendance_form"),
    ]
    assert [item.state for item in ledger(SCENARIO, said)] == ["lifted", "open"]


def test_support_and_objection_pass_tasks_by() -> None:
    said = [
        line(1, "mayor", "propose"),
        line(2, "mayor", "delegate", "grid_master", task="attendance_form"),
        line(3, "grid_master", "object", "mayor"),
    ]
    proposal, task = ledger(SCENARIO, said)
    assert sides(proposal) == (set(), {"grid_master"})
    assert sides(task) == (set(), set())


# Promises


def test_a_promise_beyond_remit_is_confirmed_by_whoever_may_give_it() -> None:
    for act in ("support", "concede"):
        said = [
            line(1, "village_cadre", "promise", terms=DISTRICT),
            line(2, "ngo_director", act, "village_cadre"),
            line(3, "mayor", act, "village_cadre"),
        ]
        assert only(ledger(SCENARIO, said[:2])).state == "beyond_remit"
        assert only(ledger(SCENARIO, said)).state == "confirmed"
        assert only(ledger(SCENARIO, said)).history == (("L001", "beyond_remit"), ("L003", "confirmed"))


def test_whoever_may_give_only_a_part_of_a_promise_does_not_confirm_it() -> None:
    both = line(1, "village_cadre", "promise", terms=DISTRICT | RUN_BY_NGO)
    item = only(ledger(SCENARIO, [both, line(2, "ngo_director", "support", "village_cadre")]))
    assert (item.authority, item.state) == (("mayor",), "beyond_remit")


def test_a_promise_is_broken_by_whoever_alone_could_give_it() -> None:
    for act in ("object", "refuse"):
        said = [line(1, "village_cadre", "promise", terms=DISTRICT), line(2, "migrant_tenant", act, "village_cadre")]
        assert only(ledger(SCENARIO, said)).state == "beyond_remit"
        assert only(ledger(SCENARIO, [*said, line(3, "mayor", act, "village_cadre")])).state == "broken"


def test_a_promise_that_commits_to_no_option_is_confirmed_by_nobody() -> None:
    said = [line(1, "village_cadre", "promise"), line(2, "mayor", "support", "village_cadre")]
    assert only(ledger(SCENARIO, said)).state == "open"


def test_a_vote_confirms_no_promise() -> None:
    said = [line(1, "village_cadre", "promise", terms=DISTRICT), line(2, "mayor", "support", vote=True)]
    assert only(ledger(SCENARIO, said)).state == "beyond_remit"


def test_a_promise_is_broken_by_a_later_one_of_its_owner_that_contradicts_it() -> None:
    said = [
        line(1, "mayor", "promise", terms=DISTRICT),
        line(2, "mayor", "promise", terms=RUN_BY_NGO),
        line(3, "grid_master", "promise", terms={"payer": "parents"}),
    ]
    assert [item.state for item in ledger(SCENARIO, said)] == ["open", "open", "beyond_remit"]
    again = [*said, line(4, "mayor", "promise", terms={"payer": "shared"} | OPEN_TO_ALL)]
    first, *others = ledger(SCENARIO, again)
    assert first.history == (("L001", "open"), ("L004", "broken"))
    assert [item.state for item in others] == ["open", "beyond_remit", "open"]


def test_what_is_promised_to_a_rival_motion_breaks_nothing_until_a_motion_is_carried() -> None:
    halves = {"eligible": "two_halves"}
    said = [
        line(1, "migrant_tenant", "propose", terms=OPEN_TO_ALL | RUN_BY_NGO),
        line(2, "village_cadre", "propose", terms=halves | RUN_BY_NGO),
        line(3, "mayor", "promise", terms=OPEN_TO_ALL, about="L001"),
        line(4, "mayor", "promise", terms=halves, about="L002"),
    ]
    states = {item.line: item.state for item in ledger(SCENARIO, said)}
    assert (states["L003"], states["L004"]) == ("open", "open")
    elsewhere = [*said[:3], line(4, "mayor", "promise", terms=halves)]
    assert {item.line: item.state for item in ledger(SCENARIO, elsewhere)}["L003"] == "broken"
    carried: DecisionTaken = {**decision(halves | RUN_BY_NGO, about="L002"), "fallen": ["L003"]}
    states = {item.line: item.state for item in ledger(SCENARIO, said, [carried])}
    assert (states["L003"], states["L004"]) == ("fallen", "kept")


def test_what_its_owner_has_broken_no_decision_keeps() -> None:
    said = [line(1, "mayor", "promise", terms=DISTRICT), line(2, "mayor", "promise", terms={"payer": "parents"})]
    assert [item.state for item in ledger(SCENARIO, said, [decision(DISTRICT)])] == ["broken", "broken", "carried"]
    for says, state in (("I pay it", "broken"), ("I pay it; no board at the hall", "open")):
        said = [line(1, "mayor", "promise", terms=DISTRICT, says=says)]
        assert ledger(SCENARIO, said, [decision({"payer": "parents"})])[0].state == state, (
            "of two things one was settled otherwise"
        )


def test_a_promise_beyond_remit_is_kept_when_the_body_decides_it() -> None:
    said = [line(1, "village_cadre", "promise", terms=DISTRICT)]
    promise, _ = ledger(SCENARIO, said, [decision(DISTRICT | OPEN_TO_ALL)])
    assert promise.history == (("L001", "beyond_remit"), ("D-public_engagement", "kept"))


def test_a_promise_is_traced_through_all_stages() -> None:
    said = [
        line(1, "village_cadre", "promise", terms=DISTRICT, stage="training"),
        line(2, "mayor", "support", "village_cadre", stage="learning_tour"),
        line(3, "migrant_tenant", "ask", "village_cadre"),
    ]
    promise, _ = ledger(SCENARIO, said, [decision(DISTRICT)])
    assert promise.state == "kept"
    assert promise.history == (("L001", "beyond_remit"), ("L002", "confirmed"), ("D-public_engagement", "kept"))


def test_a_decision_touches_only_what_was_said_up_to_its_stage() -> None:
    said = [
        line(1, "mayor", "promise", terms={"payer": "parents"}, stage="training"),
        line(2, "ngo_director", "promise", terms={"payer": "parents"}, stage="learning_tour"),
    ]
    early = ledger(SCENARIO, said, [decision(DISTRICT, stage="training")])
    assert kinds(early) == [
        ("L001", "promise", "broken"),
        ("D-training", "decision", "carried"),
        ("L002", "promise", "beyond_remit"),
    ]


# What an entry says of its matter


def test_an_entry_names_payer_deliverer_departments_and_who_may_give_it() -> None:
    terms = DISTRICT | RUN_BY_NGO | OPEN_TO_ALL
    item = only(ledger(SCENARIO, [line(1, "migrant_tenant", "propose", terms=terms)]))
    assert (item.payer, item.deliverer) == ("district", "social_organisation")
    assert set(item.departments) == {name for one in SCENARIO.decisions for name in one.departments}
    assert len(item.departments) == len(set(item.departments))
    assert item.authority == ("mayor",)


def test_an_entry_that_settles_nothing_names_nobody() -> None:
    item = only(ledger(SCENARIO, [line(1, "migrant_tenant", "propose")]))
    assert (item.payer, item.deliverer, item.departments, item.authority) == ("", "", (), ())


def test_a_decision_names_payer_and_deliverer_as_well() -> None:
    *_, taken = ledger(SCENARIO, [line(1, "mayor", "propose")], [decision(DISTRICT | RUN_BY_NGO)])
    assert (taken.payer, taken.deliverer, taken.owner) == ("district", "social_organisation", "body")
    assert "finance" in taken.departments


@PROPERTY
@given(said=lines(), stage=st.sampled_from(STAGES), won=st.booleans())
def test_each_history_begins_with_its_own_line_and_ends_in_the_state(said: list[Line], stage: str, won: bool) -> None:
    order = [one["id"] for one in said]
    for item in ledger(SCENARIO, said, [decision(DISTRICT, won, stage=stage)]):
        if item.kind == "decision":
            continue
        moments, states = zip(*item.history, strict=True)
        assert moments[0] == item.line
        assert states[-1] == item.state
        assert all(one != other for one, other in pairwise(states))
        lined = [order.index(moment) for moment in moments if moment in order]
        assert lined == sorted(lined)
        assert set(moments) <= {*order, f"D-{stage}"}


@PROPERTY
@given(said=lines())
def test_a_promise_starts_beyond_remit_unless_its_owner_may_give_all_of_it(said: list[Line]) -> None:
    known = SCENARIO.decision_by_id
    for item in ledger(SCENARIO, said):
        if item.kind == "promise":
            may = all(item.owner in known[key].holders(option) for key, option in item.terms.items())
            assert item.history[0][1] == ("open" if may else "beyond_remit")
            assert not item.terms or (item.owner in item.authority) == may


def test_an_entry_that_is_altered_is_another_with_some_fields_changed() -> None:
    item = Item("L001", "training", "proposal", "mayor", "We pay.", {"payer": "district"}, "open", ("mayor",))
    altered = item.altered(says="", supporters=frozenset({"teacher"}))
    assert altered == replace(item, says="", supporters=frozenset({"teacher"}))
    assert (item.says, item.supporters) == ("We pay.", frozenset())
