"""Counted levels where a decision hangs on conditions and lines end in questions, and what is said to be left out."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.game.motions.hanging import names_task
from sandbox.record.line import DecisionTaken, Line
from sandbox.scoring.assessment import assess
from sandbox.scoring.counted import CountedLevel, counted_words, rule_words
from sandbox.scoring.level_rules import counted_level
from sandbox.scoring.measures import promises_within_remit
from tests.game.making import LIBRARY, line
from tests.scoring.making import played, vote

CRITERIA = {one.id: one for one in LIBRARY.rubric("core").criteria}
DISTRICT, ALL_CHILDREN = {"payer": "district"}, {"eligible": "all_children"}
OFFICIALS = {"mayor": True, "grid_master": True}
PEOPLE = {"ngo_director": True, "local_parent": True, "migrant_tenant": True}
KEEPS, LATER = "The organisation keeps each child till it is fetched", "The organisation keeps each child till eight"
LIGHT = "The village pays for the light"
FREED = "The mayor takes the second file back from the grid worker"
HANDED = line(1, "mayor", "delegate", "grid_master", task="second_file")
PUT = line(1, "mayor", "propose", terms=ALL_CHILDREN)


def counted(criterion: str, *said: Line, **more: Any) -> CountedLevel:
    return counted_level(CRITERIA[criterion], played(*said, **more))


def on(number: int, seat: str, condition: str, about: str = "", act: Act = "support") -> Line:
    terms = {} if act == "support" else ALL_CHILDREN
    return {**line(number, seat, act, "mayor", terms), "condition": condition, "about": about}


def decided_on(condition: str, votes: dict[str, bool] = PEOPLE, terms: dict[str, str] = ALL_CHILDREN) -> DecisionTaken:
    return {**vote(votes, terms=terms), "condition": condition}


# Inclusion


def test_a_condition_that_a_newcomer_brought_and_that_is_decided_shapes_the_terms() -> None:
    cases: list[tuple[list[Line], str, dict[str, bool], int]] = [
        ([PUT, on(2, "migrant_tenant", KEEPS, "L001")], KEEPS, PEOPLE, 5),
        ([PUT, on(2, "migrant_tenant", KEEPS, "L001")], "", PEOPLE, 3),  # it was struck out again
        ([PUT, on(2, "local_parent", LIGHT, "L001")], LIGHT, PEOPLE, 2),  # a local's, and no word of a newcomer
        # in other words that took its place, for which the tenant votes, or does not
        ([PUT, on(2, "migrant_tenant", KEEPS, "L001"), on(3, "ngo_director", LATER, "L002")], LATER, PEOPLE, 5),
        ([PUT, on(2, "migrant_tenant", KEEPS, "L001"), on(3, "ngo_director", LATER, "L002")], LATER, OFFICIALS, 3),
        # the tenant words anew what somebody else brought
        ([PUT, on(2, "ngo_director", KEEPS, "L001"), on(3, "migrant_tenant", LATER, "L002")], LATER, PEOPLE, 3),
        # one that stands beside another takes the place of nothing
        (
            [PUT, on(2, "ngo_director", LIGHT, "L001"), on(3, "migrant_tenant", f"{LIGHT}; {KEEPS}", "L002")],
            f"{LIGHT}; {KEEPS}",
            PEOPLE,
            5,
        ),
    ]
    for said, condition, votes, found in cases:
        assert counted("inclusion", *said, decisions=[decided_on(condition, votes)]).level == found


def test_a_local_whose_condition_is_decided_is_not_left_out() -> None:
    said = [PUT, on(2, "local_parent", LIGHT, "L001"), line(3, "local_parent", "object", "mayor")]
    assert counted("inclusion", *said, decisions=[decided_on("", OFFICIALS)]).level == 1
    assert counted("inclusion", *said, decisions=[decided_on(LIGHT, OFFICIALS)]).level == 2


# Needs first


def asking(says: str, *, seat: str = "mayor", to: str = "grid_master") -> Line:
    return {**line(1, seat, "support", to), "says": says}


OFFER = line(2, "mayor", "propose", terms=DISTRICT)


def test_a_line_of_any_act_that_ends_in_a_question_to_a_resident_asks_them() -> None:
    cases: list[tuple[Line, int]] = [
        (asking("We have thirty places. Luo Mei, until when do you work?"), 2),
        (asking("Until when do you work?", to="migrant_tenant"), 2),
        (asking("How is the boy, Luo Mei? We have thirty places."), 1),  # a greeting asks nothing
        (asking("Master Chen, who has the key?"), 1),  # an official is asked
        (asking("Until when do you work?", seat="local_parent", to="migrant_tenant"), 1),  # residents among themselves
    ]
    for asked, found in cases:
        assert counted("needs_first", asked, OFFER).level == found


def test_a_condition_that_a_resident_brings_once_asked_and_that_is_decided_was_taken_up() -> None:
    said: list[Line] = [
        line(1, "mayor", "ask", "migrant_tenant"),
        line(2, "migrant_tenant", "answer", "mayor"),
        {**PUT, "id": "L003"},
        on(4, "migrant_tenant", KEEPS, "L003"),
    ]
    assert counted("needs_first", *said, decisions=[decided_on(KEEPS)]).level == 5
    assert counted("needs_first", *said, decisions=[decided_on("")]).level == 3


# Burden


def test_a_condition_by_which_a_duplicate_report_is_taken_back_counts_as_do_the_papers() -> None:
    cases: list[tuple[str, str, dict[str, bool], int, str]] = [
        ("grid_master", FREED, PEOPLE | {"mayor": True}, 5, "decided"),
        ("grid_master", FREED, PEOPLE | {"mayor": False}, 4, "demanded"),
        ("ngo_director", FREED, PEOPLE | {"mayor": True}, 1, ""),  # nobody who got it: it may ask for more of it
        ("grid_master", LIGHT, PEOPLE | {"mayor": True}, 1, ""),  # names no report
    ]
    for seat, condition, votes, found, case in cases:
        session = played(HANDED, on(2, seat, condition, act="propose"), decisions=[decided_on(condition, votes)])
        level = counted_level(CRITERIA["burden_escalation"], session)
        assert (level.level, level.case) == (found, case)
        assert ("conditions" in level.notes) == (found == 1)
        assert assess(session)[0].indicators["inspection_completeness"] == (0 if found == 5 else 1)


def test_a_condition_that_names_a_report_and_is_not_decided_is_an_objection_to_it() -> None:
    assert counted("burden_escalation", HANDED, on(2, "grid_master", FREED, act="propose")).level == 3
    assert counted("burden_escalation", HANDED, on(2, "grid_master", LIGHT, act="propose")).level == 1


def test_each_report_that_repeats_another_has_names_by_which_a_condition_may_mean_it_alone() -> None:
    for name in LIBRARY.cards["scenario"]:
        tasks = LIBRARY.scenario(name).tasks
        for task in tasks:
            assert task.names or not task.duplicates, (name, task.id)
            for short in task.names:
                others = [other.text for other in tasks if other != task]
                assert not any(short.en in other.en or short.zh in other.zh for other in others), (name, short)


# What is left out


def test_where_conditions_may_matter_and_are_not_counted_that_is_said() -> None:
    opening = line(1, "mayor", "inform")
    for criterion, noted in {"supported_handover": ("conditions",), "decision_share": ()}.items():
        assert counted(criterion, opening, decisions=[decided_on(LIGHT, terms=DISTRICT)]).notes == noted
        assert counted(criterion, opening, decisions=[decided_on("", terms=DISTRICT)]).notes == ()


def test_what_of_promises_was_not_countable_is_said() -> None:
    criterion = CRITERIA["promise_integrity"]
    for act, words in {"inform": "Nobody promised anything.", "promise": "none was entered with an option"}.items():
        found = counted("promise_integrity", line(1, "grid_master", act))  # type: ignore[arg-type]
        assert found.level is None
        assert words in rule_words(criterion, found, "en")


def test_a_promise_beside_support_for_an_option_of_its_speaker_names_that_option() -> None:
    moved = line(1, "local_parent", "propose", terms={"payer": "fees"})
    for seat, level, share in (("mayor", 5, 1.0), ("village_cadre", None, None)):
        beside = line(2, seat, "support", about="L001", terms=DISTRICT, promises="what is not spent")
        found = counted("promise_integrity", moved, beside)
        assert (found.level, promises_within_remit(played(moved, beside))) == (level, share)
        assert found.evidence == (("L002",) if level else ())
    put = line(2, "mayor", "object", about="L001", terms=DISTRICT, promises="what is not spent")
    found = counted("promise_integrity", moved, put)
    assert found.level == 5, "so does a promise beside a motion that an objection puts"


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ("promises that name an option of the case, 1 of 3;", "Taken back by whoever made them: L002.")),
        ("zh", ("3项里有1项", "又自己收回的：L002。")),
    ],
)
def test_of_how_many_promises_a_level_speaks_is_told(lang: Lang, said: tuple[str, ...]) -> None:
    option, words = line(1, "mayor", "promise", terms=DISTRICT), line(2, "mayor", "promise", promises="a lift by May")
    more = line(3, "grid_master", "promise", promises="a list in the hall")
    back = line(4, "mayor", "support", about="L001")
    back["withdraws"] = "L002"
    found = counted("promise_integrity", option, words, more, back)
    told = counted_words(Words(lang), CRITERIA["promise_integrity"], found)
    assert found.level == 5
    assert all(each in told for each in said)
    alone = counted_words(Words(lang), CRITERIA["promise_integrity"], counted("promise_integrity", option))
    assert said[0] not in alone
    back["withdraws"] = "L001"
    none = counted("promise_integrity", option, words, more, back)
    assert (none.level, none.case) == (None, "fallen"), "what was taken back shows no promise that stands"


def test_a_share_that_counts_a_promise_otherwise_than_its_level_is_reconciled() -> None:
    own, void = line(1, "mayor", "promise", terms=DISTRICT), line(2, "village_cadre", "promise", terms=DISTRICT)
    assert counted("promise_integrity", own).notes == ()
    assert counted("promise_integrity", void, line(3, "mayor", "support", "village_cadre")).notes == ("righted",)


def test_a_condition_that_speaks_of_a_report_and_names_none_is_quoted_as_not_counted() -> None:
    held = "the file of attendance is copied from the list"
    got = counted("burden_escalation", HANDED, PUT, on(3, "grid_master", held, "L001"), decisions=[decided_on(held)])
    assert got.unnamed == (held,)
    assert f"“{held}”" in counted_words(Words("en"), CRITERIA["burden_escalation"], got)
    other = counted(
        "burden_escalation", HANDED, PUT, on(3, "grid_master", LIGHT, "L001"), decisions=[decided_on(LIGHT)]
    )
    assert not other.unnamed


def test_the_weekly_list_of_leavers_is_taken_back_by_what_people_call_it() -> None:
    assert names_task(LIBRARY.scenario("hukou_two_doors"), "leaver_list", "街道收回离开人员周报")
