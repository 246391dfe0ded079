"""The ledger: what is proposed, promised and decided, and how it stands."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.institution.ledger import Item, ledger, motion, within_remit
from sandbox.institution.line import DecisionTaken, Line
from tests.institution.making import SCENARIO, SEATS, line, lines

DISTRICT = {"payer": "district"}
RUN_BY_NGO = {"provider": "social_organisation"}


def decision(terms: dict[str, str], carried: bool = True, about: str = "L001") -> DecisionTaken:
    return {
        "id": "D-public_engagement",
        "stage": "public_engagement",
        "motion": about,
        "procedure": "majority",
        "by": "body",
        "votes": {"mayor": True, "migrant_tenant": True, "ngo_director": False},
        "carried": carried,
        "terms": terms,
    }


def kinds(items: tuple[Item, ...]) -> list[tuple[str, str, str]]:
    return [(item.line, item.kind, item.state) for item in items]


def sides(item: Item) -> tuple[set[str], set[str]]:
    """Return who supports an item and who objects to it."""
    return set(item.supporters), set(item.objectors)


def test_only_proposals_and_promises_enter() -> None:
    said = [
        line(1, "mayor", "inform"),
        line(2, "mayor", "propose"),
        line(3, "mayor", "decide"),
        line(4, "mayor", "promise"),
    ]
    assert kinds(ledger(SCENARIO, said)) == [("L002", "proposal", "open"), ("L004", "promise", "open")]


def test_a_promise_of_what_is_anothers_is_beyond_remit() -> None:
    said = [
        line(1, "village_cadre", "promise", terms=DISTRICT),
        line(2, "mayor", "promise", terms=DISTRICT),
        line(3, "ngo_director", "promise", terms=RUN_BY_NGO),
        line(4, "ngo_director", "promise", terms=RUN_BY_NGO | DISTRICT),
        line(5, "village_cadre", "promise"),
    ]
    assert [item.state for item in ledger(SCENARIO, said)] == ["beyond_remit", "open", "open", "beyond_remit", "open"]


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
    again = [*conceded, line(4, "ngo_director", "object", "mayor")]
    stands = [sides(item) for part in (said, conceded, again) for item in ledger(SCENARIO, part)]
    assert stands == [(set(), {"ngo_director"}), ({"ngo_director"}, set()), (set(), {"ngo_director"})]


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
        ("L002", "promise", "confirmed"),
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


@given(said=lines(), more=lines(most=4), terms=st.sampled_from([{}, DISTRICT, RUN_BY_NGO]), won=st.booleans())
def test_further_lines_and_decisions_remove_nothing(
    said: list[Line], more: list[Line], terms: dict[str, str], won: bool
) -> None:
    def known(items: tuple[Item, ...]) -> list[tuple[object, ...]]:
        return [(item.line, item.kind, item.owner, item.says, dict(item.terms)) for item in items]

    before = ledger(SCENARIO, said)
    longer = said + more
    assert known(ledger(SCENARIO, longer))[: len(before)] == known(before)
    decided = ledger(SCENARIO, said, [decision(terms, won)])
    assert known(decided)[:-1] == known(before)
    assert ledger(SCENARIO, said, [decision(terms, won)]) == decided


@given(said=lines())
def test_nobody_stands_on_both_sides_or_on_his_own(said: list[Line]) -> None:
    for item in ledger(SCENARIO, said):
        assert not item.supporters & item.objectors
        assert item.owner not in item.supporters | item.objectors
        assert item.supporters | item.objectors <= set(SEATS)


def test_there_is_no_motion_without_a_proposal() -> None:
    assert motion(ledger(SCENARIO, [line(1, "mayor", "promise", terms=DISTRICT)])) is None


def test_the_motion_is_the_best_supported_proposal_that_settles_something() -> None:
    said = [
        line(1, "mayor", "propose", terms=DISTRICT),
        line(2, "ngo_director", "propose", terms=RUN_BY_NGO),
        line(3, "migrant_tenant", "propose"),
        line(4, "grid_master", "support", "migrant_tenant"),
        line(5, "village_cadre", "support", "migrant_tenant"),
        line(6, "grid_master", "support", "mayor"),
    ]

    def moved(part: list[Line]) -> str:
        item = motion(ledger(SCENARIO, part))
        assert item is not None
        return item.line

    assert moved(said[2:5]) == "L003"
    assert moved(said[:5]) == "L002"
    assert moved(said) == "L001"
    assert moved([*said, line(7, "migrant_tenant", "object", "mayor")]) == "L002"
