"""Counted levels: sessions made to fall on each level of each rule, and what a reader is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.content.rubric import Criterion, LevelRule, RuleName
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.language.questions import ends_in_question
from sandbox.game.ledger.ledger import ledger
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.record.line import DecisionTaken, Line
from sandbox.scoring.counted import counted_words, rule_words
from sandbox.scoring.level_rules import RULES, counted_level, counted_levels
from sandbox.scoring.measures import departments_needed
from tests.game.making import LIBRARY, PROPERTY, line, lines, session_of
from tests.scoring.making import drawn, played, vote

RUBRIC = LIBRARY.rubric("core")
CRITERIA = {one.id: one for one in RUBRIC.criteria}
DISTRICT, SHARED, PARENTS = {"payer": "district"}, {"payer": "shared"}, {"payer": "parents"}
CLASS = {"provider": "social_organisation"}
ALL_CHILDREN = {"eligible": "all_children"}
BOTH = DISTRICT | CLASS
OFFICIALS = {"mayor": True, "grid_master": True}
PEOPLE = {"ngo_director": True, "local_parent": True, "migrant_tenant": True}
TWO_DOORS = {"filing": "shared_counter", "payer": "district"}


def level(criterion: str, *said: Line, decisions: Sequence[DecisionTaken] = (), **more: Any) -> int | None:
    return counted_level(CRITERIA[criterion], played(*said, decisions=decisions, **more)).level


def opening(number: int = 1) -> Line:
    return line(number, "mayor", "inform")


# Who binds


def test_officials_who_decide_alone() -> None:
    decided = vote({}, terms=DISTRICT)
    assert level("decision_share", line(1, "mayor", "decide"), decisions=[decided], governance="command") == 1


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "had given way to a resident"), ("zh", "对居民或服务方让步时说出来")]
)
def test_an_option_that_was_conceded_to_a_resident_who_had_not_named_it_is_told_beside_the_lowest_level(
    lang: Lang, told: str
) -> None:
    asks = line(1, "local_parent", "object", "mayor")
    grants = line(2, "mayor", "concede", "local_parent", about="L001", terms=ALL_CHILDREN)
    aside = line(2, "mayor", "concede", "grid_master", about="L001", terms=ALL_CHILDREN)
    other = line(2, "mayor", "concede", "local_parent", about="L001", terms={"eligible": "two_halves"})
    decided = [vote({}, terms=ALL_CHILDREN)]
    for name in ("decision_share", "inclusion"):
        for said, beside in ((grants, True), (aside, False), (other, False)):
            again = line(3, "local_parent", "refuse", "mayor")
            session = played(asks, said, again, decisions=decided, governance="command", lang=lang)
            found = counted_level(CRITERIA[name], session)
            assert found.level == 1
            assert (told in counted_words(Words(lang), CRITERIA[name], found)) == beside


def test_officials_who_decide_after_others_put_something_or_were_heard() -> None:
    cases: list[tuple[list[Line], dict[str, bool]]] = [
        ([line(1, "migrant_tenant", "propose", terms=SHARED)], {}),
        ([line(1, "ngo_director", "promise", terms=CLASS)], {}),
        ([opening()], {"migrant_tenant": True, "mayor": True}),
    ]
    for said, votes in cases:
        decided: DecisionTaken = {**vote(votes, terms=DISTRICT), "by": "mayor"}
        assert level("decision_share", *said, decisions=[decided]) == 2


def test_others_who_vote_with_officials_or_are_followed_in_a_promise() -> None:
    cases: list[tuple[list[Line], DecisionTaken]] = [
        ([opening()], vote(OFFICIALS | {"migrant_tenant": True}, terms=DISTRICT)),
        ([opening()], vote(OFFICIALS | PEOPLE, terms=DISTRICT, carried=False)),
        ([opening()], vote(OFFICIALS | PEOPLE)),
        ([line(1, "ngo_director", "promise", terms=CLASS)], vote({}, terms=CLASS)),
    ]
    for said, decided in cases:
        assert level("decision_share", *said, decisions=[decided]) == 3


def test_residents_and_providers_who_bind_under_a_veto_and_without() -> None:
    decided = [vote(OFFICIALS | PEOPLE, terms=DISTRICT)]
    assert level("decision_share", opening(), decisions=decided, governance="one_core_multiple_actors") == 4
    assert level("decision_share", opening(), decisions=decided) == 5


def test_of_a_level_with_several_ways_the_one_that_was_taken_is_told() -> None:
    cases: list[tuple[str, list[Line], DecisionTaken, str, str]] = [
        ("veto", [opening()], vote(OFFICIALS | PEOPLE, terms=DISTRICT), "one_core_multiple_actors", "this table met."),
        ("providers", [opening()], vote({"ngo_director": True}, terms=DISTRICT), "joint_production", "only providers"),
        (
            "nothing",
            [opening()],
            vote(PEOPLE, terms=DISTRICT, carried=False),
            "joint_production",
            "nothing is carried for which",
        ),
        (
            "outnumbered",
            [opening()],
            vote(OFFICIALS | {"migrant_tenant": True}, terms=DISTRICT),
            "joint_production",
            "half",
        ),
        ("kept", [line(1, "ngo_director", "promise", terms=CLASS)], vote({}, terms=CLASS), "command", "keep a promise"),
    ]
    for case, said, decided, governance, words in cases:
        criterion = CRITERIA["decision_share"]
        found = counted_level(criterion, played(*said, decisions=[decided], governance=governance))
        assert found.case == case
        assert words in rule_words(criterion, found, "en")
        assert "; or " not in rule_words(criterion, found, "en")
        assert "；或者" not in rule_words(criterion, found, "zh")


def test_a_provider_who_binds_is_no_resident_who_does() -> None:
    against = {"local_parent": False, "migrant_tenant": False}
    for votes in ({"ngo_director": True}, {"ngo_director": True, "mayor": True} | against):
        assert level("decision_share", opening(), decisions=[vote(votes, terms=DISTRICT)]) == 4
    assert level("decision_share", opening(), decisions=[vote(PEOPLE, terms=DISTRICT)]) == 5


def test_of_several_decisions_the_carried_one_counts() -> None:
    rejected = vote(OFFICIALS, terms=PARENTS, carried=False)
    carried: DecisionTaken = {**vote(OFFICIALS | PEOPLE, terms=DISTRICT), "id": "D-again"}
    for decisions in ([rejected, carried], [carried, rejected]):
        found = counted_level(CRITERIA["decision_share"], played(opening(), decisions=decisions))
        assert (found.level, found.evidence) == (5, ("D-again",))


# Needs first

ASK = ("mayor", "ask", "migrant_tenant", None)
OFFER = ("mayor", "propose", "all", DISTRICT)
WISH = ("migrant_tenant", "propose", "all", SHARED)
ANSWER = ("migrant_tenant", "answer", "mayor", None)
CHANGED = ("mayor", "propose", "all", SHARED)


def test_whether_needs_come_first() -> None:
    cases: list[tuple[list[tuple[str, str, str, dict[str, str] | None]], int | None]] = [
        ([OFFER], 1),
        ([OFFER, ("migrant_tenant", "ask", "mayor", None), WISH], 1),  # the question is the resident's own
        ([("mayor", "ask", "grid_master", None), OFFER], 1),  # an official asks an official
        ([OFFER, ASK, ANSWER], 2),
        ([OFFER, ASK, ANSWER, OFFER], 2),
        ([ASK, ANSWER, OFFER], 3),
        ([("mayor", "ask", "all", None), ANSWER, OFFER], 3),
        ([("mayor", "ask", "all", None), OFFER, ANSWER], 2),  # whoever asked did not wait for the answer
        ([OFFER, ASK, ANSWER, CHANGED], 4),
        ([OFFER, ASK, WISH, CHANGED], 4),
        ([ASK, ANSWER, OFFER, ANSWER, CHANGED], 5),
        ([ASK, OFFER, ANSWER, CHANGED], 4),
        ([ASK, ("migrant_tenant", "ask", "ngo_director", None), OFFER, ANSWER, CHANGED], 4),  # asked on, and no answer
        ([ASK, WISH, CHANGED], 5),
        ([WISH], None),  # nobody put an offer to residents
        ([WISH, OFFER], None),  # no finished offer came first
        ([OFFER, WISH], 1),
        ([WISH, OFFER, ASK, ANSWER, CHANGED], 4),
        ([ASK, ANSWER], None),
        ([("mayor", "inform", "all", None)], None),
    ]  # fmt: skip
    for course, found in cases:
        for stage in ("training", "public_engagement"):
            said = [line(number, *turn, stage=stage) for number, turn in enumerate(course, start=1)]  # type: ignore[arg-type]
            assert level("needs_first", *said) == found


def test_a_question_of_a_later_stage_came_after_an_offer_of_an_earlier_one() -> None:
    offered = line(1, *OFFER, stage="application")  # type: ignore[arg-type]
    course = (ASK, ANSWER, CHANGED)
    later = [line(n, *turn, stage="public_engagement") for n, turn in enumerate(course, start=2)]  # type: ignore[arg-type]
    assert level("needs_first", offered, *later) == 4
    stages = ("application", "public_engagement", "review")
    after = [line(n, *turn, stage="review") for n, turn in enumerate((ASK, ANSWER), start=2)]  # type: ignore[arg-type]
    assert level("needs_first", offered, *after, stages=stages) == 1, "nor is anybody asked first a year later"


def test_a_motion_of_residents_is_no_offer_put_to_them() -> None:
    cases: list[tuple[list[Any], str]] = [
        ([WISH], "nobody put an offer to them"),
        ([WISH, OFFER], "a resident put a motion unasked, or named an option, before any such seat moved one"),
        ([("migrant_tenant", "inform", "all", SHARED), OFFER], "or named an option"),  # in a plan, or in whatever line
        (
            [WISH, ("mayor", "support", "migrant_tenant", DISTRICT)],
            "before any such seat moved one",
        ),  # a counter-offer
    ]
    for course, words in cases:
        found = counted_level(
            CRITERIA["needs_first"], played(*(line(n, *turn) for n, turn in enumerate(course, start=1)))
        )
        assert (found.level, found.evidence[0]) == (None, "L001")
        assert words in rule_words(CRITERIA["needs_first"], found, "en")


def test_a_question_in_a_room_without_residents_asks_no_resident() -> None:
    asked: Line = {**line(1, "mayor", "ask"), "visible_to": ["mayor", "grid_master"]}
    assert level("needs_first", asked, line(2, *OFFER)) == 1  # type: ignore[arg-type]
    for said, notes in ((asked, ()), (line(1, "local_parent", "ask", "migrant_tenant"), ("among",))):
        found = counted_level(CRITERIA["needs_first"], played(said, line(2, *OFFER)))  # type: ignore[arg-type]
        assert (found.level, found.notes) == (1, notes), "that residents asked one another is said, and not counted"


def test_a_question_to_everybody_that_calls_an_official_asks_no_resident() -> None:
    cases: list[tuple[Lang, str, int]] = [
        ("en", "What do you need most?", 3),
        ("en", "Luo, what do you need most?", 3),
        ("en", "Grid master, how many of your people can come? First say who does it and who pays.", 1),
        ("zh", "大家最缺什么？", 3),
        ("zh", "小罗，你最缺什么？", 3),
        ("zh", "网格员，你手下能来几个？先说清楚谁干、谁出钱。", 1),
    ]
    for lang, says, found in cases:
        said = [line(1, "mayor", "ask", says=says), line(2, *ANSWER), line(3, *OFFER)]  # type: ignore[arg-type]
        counted = counted_level(CRITERIA["needs_first"], played(*said, lang=lang))
        assert counted.level == found


def test_what_a_resident_wished_and_the_body_decided_was_taken_up() -> None:
    said = [line(1, *ASK), line(2, *ANSWER), line(3, *OFFER), line(4, *WISH)]  # type: ignore[arg-type]
    assert level("needs_first", *said, decisions=[vote(PEOPLE, terms=SHARED)]) == 5
    assert level("needs_first", *said, decisions=[vote(PEOPLE, terms=DISTRICT)]) == 3


# Promises

OWN = line(1, "mayor", "promise", terms=DISTRICT)
VOID = line(2, "village_cadre", "promise", terms=DISTRICT)
VOID_TOO = line(3, "grid_master", "promise", terms=CLASS)
AGAIN = line(4, "migrant_tenant", "promise", terms=DISTRICT)
BY_MAYOR = line(5, "mayor", "support", "village_cadre")
BY_TENANT = line(6, "mayor", "support", "migrant_tenant")


def against(number: int, owner: str, seat: str = "migrant_tenant") -> Line:
    return line(number, seat, "object", owner)


def test_whether_promises_are_sound() -> None:
    cases: list[tuple[list[Line], int | None]] = [
        ([opening()], None),
        ([VOID], 1),
        ([OWN, VOID], 1),
        ([VOID, VOID_TOO, against(4, "grid_master")], 2),
        ([VOID, against(4, "village_cadre")], 3),
        (
            [
                VOID,
                VOID_TOO,
                {**VOID, "id": "L004", "seat": "migrant_tenant"},
                line(5, "mayor", "support", "migrant_tenant"),
            ],
            3,
        ),
        ([VOID, VOID_TOO, line(5, "mayor", "support", "village_cadre")], 3),  # one of two is put right
        ([VOID, VOID_TOO, AGAIN, line(5, "mayor", "support", "village_cadre"), BY_TENANT], 3),  # no word on the third
        ([VOID, VOID_TOO, AGAIN, BY_MAYOR, BY_TENANT, against(7, "grid_master", "local_parent")], 4),
        ([VOID, line(5, "mayor", "support", "village_cadre")], 5),
        ([VOID, line(5, "mayor", "object", "village_cadre")], 5),  # whoever may strikes it out
        ([OWN, line(2, "grid_master", "promise")], 5),
        ([line(2, "grid_master", "promise")], None),  # names nothing that could be kept
    ]
    for said, found in cases:
        assert level("promise_integrity", *said) == found


def test_a_promise_beyond_remit_that_the_decision_contradicts_was_put_right_by_nobody() -> None:
    contradicted, followed = ([vote(PEOPLE, terms=terms)] for terms in (SHARED, DISTRICT))
    assert level("promise_integrity", VOID, decisions=contradicted) == 1
    assert level("promise_integrity", VOID, decisions=followed) == 5
    opposed = [VOID, against(2, "village_cadre")]
    assert level("promise_integrity", *opposed, decisions=contradicted) == 3
    taken_back = [VOID, line(3, "village_cadre", "concede")]
    assert level("promise_integrity", *taken_back, decisions=contradicted) == 5


def test_a_promise_within_remit_that_the_decision_contradicts_is_broken() -> None:
    assert level("promise_integrity", OWN, decisions=[vote(PEOPLE, terms=PARENTS)]) == 1
    assert level("promise_integrity", OWN, decisions=[vote(PEOPLE, terms=DISTRICT)]) == 5


def test_a_promise_that_fell_with_its_motion_shows_nothing_of_promises() -> None:
    beside = line(1, "mayor", "propose", terms=DISTRICT, promises="the district pays from the first day")
    fell: DecisionTaken = {**vote(PEOPLE, terms=DISTRICT, carried=False), "fallen": ["L001"]}
    found = counted_level(CRITERIA["promise_integrity"], played(beside, decisions=[fell], style="free"))
    assert found.level is None
    assert "fell with it" in rule_words(CRITERIA["promise_integrity"], found, "en")
    made = line(2, "mayor", "promise", terms=DISTRICT)
    found = counted_level(CRITERIA["promise_integrity"], played(beside, made, decisions=[fell], style="free"))
    assert (found.level, found.evidence) == (5, ("L002",))


# Inclusion

POINT = line(1, "migrant_tenant", "propose", terms=ALL_CHILDREN)
COUNTER = line(2, "migrant_tenant", "object", "mayor", about="L001", terms=ALL_CHILDREN)


def test_a_service_without_newcomers_or_without_a_decision_cannot_be_told() -> None:
    assert level("inclusion", opening()) is None
    assert level("inclusion", opening(), decisions=[vote(PEOPLE, terms=ALL_CHILDREN, carried=False)]) is None


def test_whether_newcomers_and_locals_shape_it_alike() -> None:
    cases: list[tuple[list[Line], dict[str, bool], int]] = [
        ([line(1, "local_parent", "object", "mayor")], OFFICIALS, 1),
        ([line(1, "migrant_tenant", "refuse", "mayor")], OFFICIALS | {"migrant_tenant": False}, 1),
        ([opening()], OFFICIALS | {"local_parent": False}, 2),
        ([opening()], OFFICIALS, 2),  # open to all, and no newcomer is asked or says a word
        (
            [line(1, "local_parent", "propose", terms=ALL_CHILDREN), line(2, "local_parent", "object", "mayor")],
            OFFICIALS,
            2,
        ),
        ([line(1, "mayor", "ask", "migrant_tenant")], PEOPLE, 3),
        ([line(1, "migrant_tenant", "answer", "mayor")], PEOPLE, 3),
        ([line(1, "migrant_tenant", "object", "mayor"), line(2, "migrant_tenant", "concede", "mayor")], OFFICIALS, 3),
        ([line(1, "migrant_tenant", "object", "mayor"), line(2, "mayor", "answer", "migrant_tenant")], OFFICIALS, 3),
        ([line(1, "migrant_tenant", "propose", terms=SHARED)], PEOPLE, 3),
        ([line(1, "mayor", "propose", terms=ALL_CHILDREN), line(2, "migrant_tenant", "support", "mayor")], PEOPLE, 3),
        ([POINT, line(2, "local_parent", "object", "migrant_tenant")], OFFICIALS, 4),
        ([POINT, line(2, "local_parent", "object", "mayor"), line(3, "mayor", "refuse", "local_parent")], OFFICIALS, 4),
        ([POINT], PEOPLE, 5),
        ([line(1, "mayor", "propose", terms=SHARED), COUNTER], PEOPLE, 5),
        ([POINT, line(2, "local_parent", "object", "mayor")], PEOPLE, 5),  # and votes for it all the same
        ([POINT, line(2, "local_parent", "object", "mayor"), line(3, "local_parent", "concede")], OFFICIALS, 5),
        ([POINT, line(2, "local_parent", "object", "mayor"), line(3, "mayor", "answer", "local_parent")], OFFICIALS, 5),
    ]
    for said, votes, found in cases:
        assert level("inclusion", *said, decisions=[vote(votes, terms=ALL_CHILDREN)]) == found


def test_who_is_a_newcomer_hangs_on_the_case() -> None:
    for case, registered in (("land_acquisition", True), ("resettled_elders", False)):
        game = Game(SessionSpec(scenario=case, governance="joint_production"), LIBRARY)
        assert game.personas["landless_farmer"].registered is registered
        options = {question.id: next(iter(question.options)) for question in game.scenario.decisions}
        said = [line(1, "landless_farmer", "propose", terms=options)]
        counted = counted_level(CRITERIA["inclusion"], session_of(game, said, [vote(PEOPLE, terms=options)]))
        assert (counted.level is None) is registered, "in its village a farmer is a local, on the estate it is none"


# Handover


def test_whether_a_task_is_handed_over_with_payer_and_provider() -> None:
    cases: list[tuple[list[Line], DecisionTaken, int]] = [
        ([opening()], vote(PEOPLE, terms=ALL_CHILDREN), 1),
        ([line(1, "migrant_tenant", "propose", terms=DISTRICT)], vote(PEOPLE, terms=DISTRICT, carried=False), 2),
        ([opening()], vote(PEOPLE, terms=DISTRICT), 3),
        ([opening()], vote(OFFICIALS, terms=CLASS), 3),
        ([opening()], vote(PEOPLE, terms=BOTH), 4),  # the mayor, who alone may bind the district, has not voted for it
        ([opening()], vote(PEOPLE | OFFICIALS, terms=BOTH), 5),
        ([line(1, "mayor", "promise", terms=DISTRICT)], vote(PEOPLE, terms=BOTH), 5),
        ([opening()], vote({}, terms=BOTH), 5),
    ]
    for said, decided, found in cases:
        assert level("supported_handover", *said, decisions=[decided]) == found


def test_what_the_body_cannot_bind_is_settled_by_the_promise_of_whoever_can() -> None:
    decided: DecisionTaken = {**vote(PEOPLE, terms=CLASS), "unbound": DISTRICT}
    how: dict[str, Any] = {"decisions": [decided], "governance": "government_community_interaction", "style": "free"}
    assert level("supported_handover", opening(), **how) == 3
    assert level("supported_handover", line(1, "mayor", "promise", terms=DISTRICT), **how) == 5


def test_whoever_promised_to_pay_and_votes_against_the_rest_has_accepted_it_unless_it_takes_that_back() -> None:
    promised = line(1, "mayor", "promise", terms=DISTRICT)
    back: Line = {**line(2, "mayor", "inform"), "withdraws": "L001"}
    against = vote(PEOPLE | {"mayor": False}, terms=BOTH)
    abstaining: DecisionTaken = {**vote(PEOPLE, terms=BOTH), "abstained": ["mayor"]}
    for decided in (against, abstaining):
        assert level("supported_handover", promised, decisions=[decided]) == 5
        assert level("supported_handover", promised, back, decisions=[decided]) == 4


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_beside_the_highest_level_stands_what_it_leaves_out(lang: Lang) -> None:
    terms, words = BOTH | {"hall": "committee_key"}, Words(lang)
    votes = PEOPLE | OFFICIALS | {"village_cadre": False}
    decided: DecisionTaken = {**vote(votes, terms=terms), "condition": "The district insures the children"}
    found = counted_level(CRITERIA["supported_handover"], played(opening(), decisions=[decided], lang=lang))
    assert found.level == 5
    told = counted_words(words, CRITERIA["supported_handover"], found)
    assert words("scores.note.hanging") in told
    assert words("scores.note.unheld") in told
    agreed = vote(votes | {"village_cadre": True}, terms=terms)
    assert not counted_level(CRITERIA["supported_handover"], played(opening(), decisions=[agreed])).notes


def test_a_case_that_does_not_ask_who_runs_it_has_no_handover_to_count() -> None:
    game = Game(SessionSpec(scenario="land_acquisition", governance="joint_production"), LIBRARY)
    assert (
        counted_level(CRITERIA["supported_handover"], session_of(game, [line(1, "land_officer", "inform")])).level
        is None
    )


# Departments

# The seat that the case gives the office which pays.
OFFICE = next(one.persona for one in LIBRARY.scenario("hukou_two_doors").seats if "finance" in one.departments)


def doors(*said: Line, decisions: Sequence[DecisionTaken] = ()) -> int | None:
    game = Game(SessionSpec(scenario="hukou_two_doors", governance="joint_production"), LIBRARY)
    return counted_level(CRITERIA["cross_department"], session_of(game, said, decisions)).level


PLEDGE = line(1, OFFICE, "promise", terms={"payer": "district"})
DESKS = {OFFICE: True, "police": True, "community_director": True}


def test_whether_departments_act_together() -> None:
    cases: list[tuple[list[Line], list[DecisionTaken], int | None]] = [
        ([line(1, "migrant_tenant", "inform")], [], None),  # no office that is needed has been reached
        ([line(1, "police", "inform")], [], 1),
        ([PLEDGE], [], 1),
        ([PLEDGE, line(2, "migrant_tenant", "ask", "police")], [], 2),
        ([PLEDGE, line(2, "migrant_tenant", "ask", "police"), line(3, "police", "ask", "community_director")], [], 3),
        ([PLEDGE, line(2, "police", "support", terms={"filing": "shared_counter"})], [], 3),
        (
            [PLEDGE],
            [vote({"police": True, OFFICE: True}, terms=TWO_DOORS)],
            4,
        ),  # the community office is missing
        ([PLEDGE], [vote(DESKS, terms=TWO_DOORS, carried=False)], 1),
        ([PLEDGE], [vote(DESKS, terms=TWO_DOORS)], 5),
    ]
    for said, decisions, found in cases:
        assert doors(*said, decisions=decisions) == found


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_a_department_backed_that_was_not_decided_is_named_and_does_not_stand_for_what_it_voted_for(
    lang: Lang,
) -> None:
    game = Game(SessionSpec(scenario="hukou_two_doors", governance="joint_production", lang=lang), LIBRARY)
    rival = line(1, "police", "propose", terms=TWO_DOORS)
    decided, aside = {"filing": "shared_counter"}, Words(lang)("scores.note.aside", lines=["L001"])
    for votes, shown in (({OFFICE: True, "police": True}, False), ({OFFICE: True, "police": False}, True)):
        taken = vote(votes, terms=decided)
        counted = counted_level(CRITERIA["cross_department"], session_of(game, [rival], [taken]))
        assert counted.level == 4
        assert ("L001" in counted.evidence) is shown, "what was decided, where the seat is for it"
        assert (aside in counted_words(Words(lang), CRITERIA["cross_department"], counted)) is shown


@pytest.mark.parametrize(
    ("lang", "missing"), [("en", "Missing: the community office."), ("zh", "缺的是：社区办公室。")]
)
def test_a_department_that_is_missing_is_named(lang: Lang, missing: str) -> None:
    game = Game(SessionSpec(scenario="hukou_two_doors", governance="joint_production", lang=lang), LIBRARY)
    votes = [vote({"police": True, OFFICE: True}, terms=TWO_DOORS)]
    counted = counted_level(CRITERIA["cross_department"], session_of(game, [PLEDGE], votes))
    assert counted.level == 4
    assert counted_words(Words(lang), CRITERIA["cross_department"], counted).endswith(missing)
    together = counted_level(CRITERIA["cross_department"], session_of(game, [PLEDGE], [vote(DESKS, terms=TWO_DOORS)]))
    assert missing not in counted_words(Words(lang), CRITERIA["cross_department"], together)


def test_a_section_of_a_plan_is_no_commitment_where_its_line_only_answers() -> None:
    spec = SessionSpec(scenario="hukou_two_doors", governance="joint_production", style="free", model="m")
    cases: list[tuple[bool, dict[Act, int]]] = [
        (True, {"answer": 1, "concede": 3}),
        (False, {"answer": 3, "concede": 3}),
    ]
    for each, acts in cases:
        game = Game(spec.model_copy(update={"hears_all": each}), LIBRARY)
        for act, found in acts.items():
            said = {**line(2, "police", act), "section": "steps", "text": "Not before it is in writing."}
            counted = counted_level(CRITERIA["cross_department"], session_of(game, [PLEDGE, cast("Line", said)]))
            assert counted.level == found


def test_a_department_for_which_nobody_speaks_is_named_apart() -> None:
    game = Game(SessionSpec(scenario="four_oclock_school", governance="joint_production"), LIBRARY)
    desks = departments_needed(session_of(game, []))
    votes = [vote(dict.fromkeys(desks, True), terms={"payer": "district"})]
    counted = counted_level(CRITERIA["cross_department"], session_of(game, [opening()], votes))
    told = counted_words(Words("en"), CRITERIA["cross_department"], counted)
    assert counted.level == 4
    assert "Needed, with nobody at the table to speak for it: " in told
    assert "Missing:" not in told


def test_a_case_with_one_desk_alone_has_nothing_to_join() -> None:
    game = Game(SessionSpec(scenario="waiting_village", governance="joint_production"), LIBRARY)
    said = [line(1, "district_official", "promise")]
    assert counted_level(CRITERIA["cross_department"], session_of(game, said)).level is None


# Burden

HANDED = line(1, "mayor", "delegate", "grid_master", task="second_file")
OTHER = line(2, "mayor", "delegate", "village_cadre", task="second_file")


def test_whether_the_burden_is_taken_upward() -> None:
    cases: list[tuple[list[Line], int | None]] = [
        ([opening()], None),
        ([line(1, "mayor", "delegate", "grid_master", task="attendance_form")], None),
        ([HANDED], 1),
        ([HANDED, line(2, "village_cadre", "object", "mayor")], 1),  # not the seat that got it
        ([HANDED, line(2, "grid_master", "ask", "mayor")], 2),
        ([HANDED, line(2, "grid_master", "object", "mayor")], 3),
        ([HANDED, line(2, "village_cadre", "refuse", "mayor", task="second_file")], 3),
        ([HANDED, line(2, "grid_master", "escalate", "mayor")], 4),
        ([HANDED, line(2, "village_cadre", "concede", task="second_file")], 4),  # no affair of hers
        ([HANDED, line(2, "mayor", "concede", task="second_file")], 5),
        ([HANDED, OTHER, line(3, "grid_master", "object", "mayor"), line(4, "mayor", "decide", task="second_file")], 5),
        ([line(1, "mayor", "concede", task="second_file")], 5),  # handed down by nobody in the room
        ([line(1, "mayor", "concede", task="second_file"), OTHER], 5),
    ]
    for said, found in cases:
        assert level("burden_escalation", *said) == found


def test_a_report_that_news_asks_for_counts_once_a_condition_names_it() -> None:
    condition = "The district copies the old format itself"
    asked = line(1, "grid_master", "propose", terms=DISTRICT, condition=condition)
    decided: DecisionTaken = {**vote(PEOPLE, terms=DISTRICT), "condition": condition}
    criterion = CRITERIA["burden_escalation"]
    found = counted_level(criterion, played(asked, decisions=[decided]))
    assert (found.level, found.evidence) == (4, ("L001", "D-public_engagement"))
    assert "whoever asks for it has no seat here, or has not lifted it" in rule_words(criterion, found, "en")
    put = counted_level(criterion, played(asked, decisions=[{**decided, "carried": False}]))
    assert (put.level, put.evidence) == (3, ("L001",))
    said = counted_level(criterion, played(line(1, "grid_master", "object", says="Not the old format again")))
    assert said.level is None
    assert "what is only said, is not counted" in rule_words(criterion, said, "en")


def test_a_report_that_is_sent_back_is_not_lifted_by_whoever_owns_it() -> None:
    sent_back = line(2, "grid_master", "refuse", "mayor", task="second_file")
    assert level("burden_escalation", HANDED, sent_back) == 3
    session = played(HANDED, sent_back, changes=("scope.tasks=agreed",))
    items = ledger(session.game.scenario, session.lines, agreed_only=True)
    session = replace(session, state={**session.state, "ledger": items})
    assert counted_level(CRITERIA["burden_escalation"], session).level == 4


# All rules


def test_seven_criteria_are_counted_and_each_level_is_told_in_both_languages() -> None:
    counted = {one.id: one.counted for one in RUBRIC.criteria if one.counted}
    assert set(RULES) == set(get_args(RuleName)) == {rule.rule for rule in counted.values()}
    assert set(counted) == {
        "decision_share", "needs_first", "promise_integrity", "inclusion", "supported_handover", "cross_department",
        "burden_escalation",
    }  # fmt: skip
    for rule in counted.values():
        assert list(rule.levels) == ["1", "2", "3", "4", "5"]
        assert len({text.en for text in rule.levels.values()} | {text.zh for text in rule.levels.values()}) == 10


@settings(PROPERTY, max_examples=15)
@given(
    scenario=st.sampled_from(sorted(LIBRARY.cards["scenario"])),
    governance=st.sampled_from(sorted(LIBRARY.cards["governance"])),
    seed=st.integers(0, 999),
)
def test_levels_rest_on_what_stands_in_the_session_and_not_on_its_words(
    scenario: str, governance: str, seed: int
) -> None:
    session = drawn(governance, scenario, seed=seed)
    places = {line["id"] for line in session.lines} | {taken["id"] for taken in session.decisions}
    found = counted_levels(RUBRIC, session)
    assert set(found) == {one.id for one in RUBRIC.criteria if one.counted}
    for criterion, counted in found.items():
        assert counted.level in (None, 1, 2, 3, 4, 5)
        assert set(counted.evidence) <= places
        assert counted.level is None or counted.evidence or criterion == "cross_department"
        rule = CRITERIA[criterion].counted
        assert rule is not None
        known = rule.none if counted.level is None else rule.cases.get(str(counted.level), {})  # type: ignore[call-overload]
        assert not counted.case or counted.case in known
        assert counted.case or counted.level is not None
    # Of the words, only what is asked at the end of a line counts.
    reworded: list[Line] = [one if ends_in_question(one) else {**one, "says": "…"} for one in session.lines]
    assert counted_levels(RUBRIC, session.with_lines(reworded)) == found


@PROPERTY
@given(said=lines())
def test_any_transcript_can_be_counted(said: list[Line]) -> None:
    assert all(one.level in (None, 1, 2, 3, 4, 5) for one in counted_levels(RUBRIC, played(*said)).values())


def test_a_stage_that_was_not_played_is_not_counted() -> None:
    assert level("decision_share", line(1, "mayor", "propose", stage="training"), decisions=[vote({})]) is None


def test_a_rubric_may_cut_a_measure_into_levels() -> None:
    for asked, found in [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 5)]:
        levels = {str(number): f"level {number}" for number in range(1, 6)}
        rule = LevelRule.model_validate({"cuts": [1, 2, 3, 4], "levels": levels})
        criterion = CRITERIA["needs_first"].model_copy(update={"counted": rule})
        said = [line(number, "mayor", "ask") for number in range(asked)]
        session: Session = played(*said, line(9, "mayor", "propose"))
        assert counted_level(criterion, session).level == found


def test_a_rule_that_is_not_whole_is_refused() -> None:
    cases: list[tuple[dict[str, object], str]] = [
        ({}, "give either a rule or cuts"),
        ({"rule": "who_binds", "cuts": [1, 2, 3, 4]}, "give either a rule or cuts"),
        ({"cuts": [1, 1, 2, 3]}, "must rise"),
        ({"rule": "nobody_binds"}, "who_binds"),
        ({"rule": "who_binds", "levels": {1: "one"}}, "missing for level 2, 3, 4, 5"),
    ]
    for counted, message in cases:
        levels = {str(number): f"level {number}" for number in range(1, 6)}
        with pytest.raises(ValidationError, match=message):
            LevelRule.model_validate({"levels": levels} | counted)


def test_cuts_need_a_measure() -> None:
    card = CRITERIA["referee_role"].model_dump()
    levels = {str(number): f"level {number}" for number in range(1, 6)}
    with pytest.raises(ValidationError, match="need a measure"):
        Criterion.model_validate(card | {"counted": {"cuts": [1, 2, 3, 4], "levels": levels}})
