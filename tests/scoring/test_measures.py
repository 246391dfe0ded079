"""Measures with known answers."""

from __future__ import annotations

from typing import cast

from sandbox.experiment.outcomes import outcomes_of
from sandbox.record.line import DecisionTaken, Line
from sandbox.scoring.audit.playing import play_measures
from sandbox.scoring.measures import carries, measure, outcome_measures, turn_shares
from tests.game.making import SCENARIO, SEATS
from tests.scoring.making import line, played, vote

TERMS = {"payer": "district", "provider": "social_organisation"}


def said(*texts: str, seat: str = "mayor") -> list[Line]:
    return [line(number, seat, "inform", says=text) for number, text in enumerate(texts, start=1)]


def test_a_session_without_lines_gives_nothing_to_measure() -> None:
    found = outcome_measures(played(stages=("training", "public_engagement")))
    assert found == {
        "decision_share": None,
        "questions_before_proposal": None,
        "promises_within_remit": None,
        "turn_share_residents": None,
        "facts_told": None,
        "questions_settled": 0.0,
        "own_problems_and_doubts": None,
        "plan_sections_copied": None,
        "plan_overlap": None,
        "hidden_facts_told": None,
        "doubters_persuaded": None,
        "departments_joined": 0.0,
        "duplicate_tasks": None,
    }
    assert play_measures(played())["lines"] == 0


def test_decision_share_is_that_of_residents_among_those_who_bind() -> None:
    cases: list[tuple[dict[str, bool], float]] = [
        (dict.fromkeys(SEATS, True), 0.2),
        ({"migrant_tenant": False}, 1.0),
        ({"mayor": True}, 0.0),
        ({}, 0.0),  # the mayor decides alone
    ]
    for votes, share in cases:
        assert measure("decision_share", played(decisions=[vote(votes)])) == share


def test_questions_are_counted_until_the_first_proposal_or_decision() -> None:
    cases: list[tuple[list[str], float]] = [
        (["ask", "ask", "propose", "ask"], 2.0),
        (["propose", "ask"], 0.0),
        (["ask", "decide", "ask"], 1.0),
        (["ask", "inform", "ask"], 2.0),
    ]
    for acts, asked in cases:
        course = [{**line(number, "mayor", "ask"), "act": act} for number, act in enumerate(acts, start=1)]
        assert measure("questions_before_proposal", played(*course)) == asked  # type: ignore[arg-type]
        earlier = line(0, "mayor", "ask", stage="training")
        assert measure("questions_before_proposal", played(earlier, *course)) == asked + 1  # type: ignore[arg-type]


def test_advice_in_a_hearing_binds_nobody_but_the_chair_who_decides() -> None:
    heard: DecisionTaken = {**vote({"migrant_tenant": True, "ngo_director": True}), "by": "mayor"}
    assert measure("decision_share", played(decisions=[heard])) == 0.0
    assert measure("decision_share", played(decisions=[{**heard, "by": "migrant_tenant"}])) == 1.0


def test_an_offer_in_any_stage_ends_the_questions_before_it() -> None:
    early = line(1, "mayor", "propose", stage="training")
    assert measure("questions_before_proposal", played(early, line(2, "mayor", "ask"))) == 0
    assert measure("questions_before_proposal", played()) is None


def test_promises_within_remit() -> None:
    lines = [
        line(1, "mayor", "promise", terms={"payer": "district"}),
        line(2, "village_cadre", "promise", terms={"payer": "district"}),
        line(3, "grid_master", "promise"),
        line(4, "village_cadre", "propose", terms={"payer": "district"}),
    ]
    assert measure("promises_within_remit", played(*lines)) == 0.5
    confirmed = played(*lines, decisions=[vote({}, terms={"payer": "district"})])
    assert measure("promises_within_remit", confirmed) == 0.5
    assert measure("promises_within_remit", played(lines[3])) is None


def test_promises_that_name_no_option_have_no_remit_to_lie_within() -> None:
    kind = played(line(1, "grid_master", "promise"), line(2, "mayor", "promise"))
    assert measure("promises_within_remit", kind) is None
    assert outcomes_of(kind)["promises_beyond_remit"] is None


def test_resident_turn_share() -> None:
    lines = [line(number, seat, "inform") for number, seat in enumerate([*SEATS, "migrant_tenant"], start=1)]
    assert measure("turn_share_residents", played(*lines)) == 1 / 3
    shares = turn_shares(played(*lines))
    assert {seat: share for seat, share in shares.items() if share} == {
        seat: 1 / 3 if seat == "migrant_tenant" else 1 / 6 for seat in SEATS
    }
    assert set(shares) == {seat.persona for seat in SCENARIO.seats}


def test_terms_are_filled_by_carried_decisions_alone() -> None:
    share = round(len(TERMS) / len(SCENARIO.decisions), 3)
    assert 0 < share < 1
    assert measure("questions_settled", played(decisions=[vote({}, terms=TERMS)])) == share
    assert measure("questions_settled", played(decisions=[vote({}, terms=TERMS, carried=False)])) == 0.0


def test_doubts_in_training_do_not_include_votes_nor_other_stages() -> None:
    lines = [
        line(1, "mayor", "inform", stage="training"),
        line(2, "grid_master", "object", stage="training"),
        line(3, "village_cadre", "refuse", stage="training"),
        line(4, "ngo_director", "object", stage="training", vote=True),
        line(5, "mayor", "object"),
    ]
    assert measure("own_problems_and_doubts", played(*lines)) == 0.5
    assert measure("own_problems_and_doubts", played(lines[4])) is None


def test_objections_by_stage_do_not_include_votes() -> None:
    lines = [
        line(1, "grid_master", "object", stage="training"),
        line(2, "grid_master", "refuse", stage="training"),
        line(3, "mayor", "object", vote=True),
        line(4, "ngo_director", "object"),
        line(5, "mayor", "support", vote=True),
    ]
    assert play_measures(played(*lines))["objections"] == {
        "training": 2,
        "application": 0,
        "learning_tour": 0,
        "public_engagement": 1,
    }


def test_a_line_carries_a_fact_by_its_number_or_by_its_words() -> None:
    cases: list[tuple[str, str, bool]] = [
        ("F6", "I have 400 households on my list.", True),
        ("F6", "I have 400 reasons.", False),
        ("F6", "I have many households on my list.", False),
        ("F11", "The committee keeps that key, and the hall in the village stands empty.", True),
        ("F11", "The key is mine.", False),
    ]
    for fact, says, carried in cases:
        known = next(one for one in SCENARIO.facts if one.id == fact)
        assert carries(known, line(1, "mayor", "inform", says=says), "en") is carried


def test_a_line_carries_a_fact_in_chinese() -> None:
    known = next(one for one in SCENARIO.facts if one.id == "F6")
    assert carries(known, line(1, "mayor", "inform", says="我一个网格管400多户。"), "zh")
    assert not carries(known, line(1, "mayor", "inform", says="我管得很多。"), "zh")
    assert carries(known, line(1, "mayor", "inform", says="敲门敲了两个月。"), "zh")
    assert not carries(known, line(1, "mayor", "inform", says="敲门敲了三个月。"), "zh")
    assert not carries(known, line(1, "mayor", "inform", says="我婆婆2个月没下楼了。"), "zh"), "another two months"


def test_lines_with_a_fact_are_counted() -> None:
    lines = said("I have 400 households on my list.", "Good morning to everyone here.")
    assert measure("facts_told", played(*lines)) == 0.5
    assert play_measures(played(*lines))["fact_lines"] == 0.5
    told = [cast(Line, {**line, "stage": "review"}) for line in lines]
    assert measure("facts_told", played(*lines[:1], *told)) == 1, "of the year after facts tell nothing"


def test_a_pair_of_lines_that_say_the_same_is_found() -> None:
    texts = ["Who pays for the class?", "Nobody has asked the tenants.", "Who pays for the classes?"]
    assert play_measures(played(*said(*texts)))["duplicates"] == 1
    assert play_measures(played(*said(*texts[:2])))["duplicates"] == 0


def test_overlap_with_own_words_is_told_from_that_with_others() -> None:
    first, again = "we will open the hall at seven", "we will open the hall at nine"
    own = play_measures(played(*said(first, again)))
    assert own["own_overlap"] == own["own_overlap_worst"] == 0.375  # nothing in the first, 3 of 4 in the second
    other = play_measures(played(*said(first), *said(again, seat="grid_master")))
    assert (other["own_overlap"], other["own_overlap_worst"]) == (0.0, 0.0)
    assert own["adjacent_overlap"] == other["adjacent_overlap"] == 0.75


def test_the_share_of_distinct_pairs_of_words() -> None:
    assert play_measures(played(*said("one two three", "one two four")))["distinct_2"] == 0.75


def test_a_number_that_stands_nowhere_in_the_case_is_found() -> None:
    lines = said("The district has 4,100 yuan and 37 chairs.", "The grid has 400 households.")
    assert play_measures(played(*lines))["invented_numbers"] == ["37", "4100"]
    people: list[Line] = [{**one, "origin": "person"} for one in lines]
    assert play_measures(played(*people))["invented_numbers"] == []


def test_a_number_in_chinese_words_is_one_that_the_case_may_have_in_digits() -> None:
    lines = said("敲了两个月的门，区里补37张椅子。")
    assert play_measures(played(*lines))["invented_numbers"] == ["37"]


def test_a_figure_that_can_be_reckoned_from_those_just_named_is_not_invented() -> None:
    cases: list[tuple[list[str], list[str]]] = [
        (["The 30 places at 130 yuan make 3,900 a month, 46,800 a year."], []),
        (["120,000 yuan, and we have 80,000.", "So 40,000 are missing."], []),
        (["So 40,000 are missing."], ["40000"]),
        (["80,000 and the families' 39,000 are 119,000: you are 1,000 short of it, not 40,000."], []),
        (["80,000 and the families' 39,000 are 119,000: you are 3,000 short of it."], ["3000"]),
        (["46 children and 17 of ours leave 29 of the tenants."], []),
        (["46 children and 17 of ours leave 28 of the tenants."], ["28"]),
        (["46 children, and 17 of them are ours.", *8 * ["The hall is cold."], "The other 29 children wait."], []),
        (["46 children, and 17 of them are ours.", *8 * ["The hall is cold."], "The 29 chairs wait."], ["29"]),
        (["Of 120,000, take 39,000 and 2,000 away: about 77,000 remain."], []),
        (["Of 120,000, take 39,000 and 2,000 away: about 70,000 remain."], ["70000"]),
        (["Of 120,000, take 39,000 and 2,000 away: 77,000 remain."], ["77000"]),
    ]
    for spoken, invented in cases:
        assert play_measures(played(*said(*spoken)))["invented_numbers"] == invented


def test_card_lines_assistants_and_other_languages_are_counted() -> None:
    lines = said("As an AI, I cannot.", "我们没有钱。", "The hall is empty.")
    lines[2]["origin"] = "card"
    found = play_measures(played(*lines))
    assert (found["card_lines"], found["assistant_talk"], found["other_language"]) == (1 / 3, 1, 1)
    assert play_measures(played(*lines, lang="zh"))["other_language"] == 2


def test_votes_without_words_are_no_lines_that_say_the_same() -> None:
    seats = ("mayor", "grid_master", "ngo_director")
    votes = [cast(Line, {**said("yes", seat=seat)[0], "says": "", "vote": True}) for seat in seats]
    assert play_measures(played(*votes))["duplicates"] == 0
    assert play_measures(played(*said("Who pays?"), *votes, *said("Who pays?")))["duplicates"] == 1
