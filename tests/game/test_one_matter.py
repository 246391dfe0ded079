"""Matters of a review that are the same in other words are one; where that cannot be told they stay two."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.ledger.matters import whole_matter
from sandbox.game.review.aftermath import review_opened
from sandbox.game.review.due import alike, due_matters, fall_due, pending
from sandbox.game.review.lasting import promised_again, says_no_more, says_the_same
from sandbox.game.review.verdict import closed
from sandbox.game.spec import SessionSpec
from sandbox.game.state import apply
from sandbox.game.view import seat_view
from sandbox.record.line import Answer, Line
from sandbox.session.offers import open_matters
from sandbox.session.prompts import turn_messages
from sandbox.session.schema import turn_schema
from tests.game.making import LIBRARY, decision, line
from tests.game.test_reports import _due, _estate, _opened, _say, _taken

PAYS = "My household pays the 130 yuan a month if we draw a place"
PAYS_TOO = "My 130 yuan a month also under one lot, if we draw a place"


@pytest.mark.parametrize(
    ("lang", "promise", "condition", "same"),
    [
        (
            "en",
            "the counter writes each receipt in the name of whoever lives in the room",
            "the company writes a room's receipt in its tenant's name and notes no house, floor or room",
            True,
        ),
        (
            "en",
            "one guard on a late turn until the late shift is home",
            "the company keeps the gate manned until the late shift is home, after half past eight",
            True,
        ),
        (
            "en",
            "I sign within the month in which the slip arrives",
            "the street signs each month's money on the residents' group's slip that the gate was manned",
            True,
        ),
        (
            "en",
            "the late turn stood by our two guards until the owners have decided",
            "the company puts to the owners within 3 months that parking income pays a late guard",
            False,
        ),
        (
            "en",
            "I put one lot and the electricity bill to the village meeting",
            "the village meeting agrees to the hall, key and electricity before the lot is drawn",
            False,
        ),
        ("en", "The gate is manned for 3 months", "the company mans the gate for 6 months", False),
        ("zh", "先代签合同、上保险，工资单给小组看", "物业公司合同到期前代签小组挑的人、上保险，工钱由这笔出", True),
        ("zh", "我那栋今年不为交费、坐席加租", "房东不拿租客交费、坐席当由头加租", True),
        ("zh", "车位那本是公司的账，我报上去，回不回我做不了主", "物业公司花8万前报车位总账、自己出多少", False),
        ("zh", "守门的合同逐月续，续到哪月贴在门口", "物业公司在合同里写明大门守到晚上九点", False),
    ],
)
def test_a_promise_says_what_a_condition_asks_in_other_words(
    lang: Lang, promise: str, condition: str, same: bool
) -> None:
    assert says_the_same(promise, condition, lang) == same


@pytest.mark.parametrize(
    ("lang", "promise", "condition", "same"),
    [
        ("en", "A guard until the late shift is home", "the company keeps a guard until the late shift is home", True),
        ("en", "Slips laid out at the lodge; no bill to an empty room", "the company bills no empty room", False),
        ("en", "I sign the money of the first quarter", "the street signs the money of the second quarter", False),
        ("zh", "保洁每天清最里头那栋的桶并挪开", "物业保洁每天把最里头那栋门口的桶清走挪开", True),
        ("zh", "合同到期前，二栋楼道的灯修亮", "物业公司把二栋楼道的灯修亮", True),
        ("zh", "合同到期前3个月内，二栋的灯修亮", "物业公司把二栋楼道的灯修亮", False),
        ("zh", "物业费收支每月贴到大门口", "物业先把62个车位的收支总数贴大门口", False),
        ("zh", "物业费收支每月贴到大门口", "物业先把车位的收支总数贴大门口", False),
        ("en", "guards at the gate before the inspection and the bins out from under the stairs",
         "The company has guards at the gate before the inspection of the contest", False),
        ("zh", "投票放晚上八点半以后，大门只写总户数", "自治小组大门只写全小区交费户数，不分栋", False),
        ("zh", "头一季补差款我签字", "街道见停车账上墙才签第二季补差款", False),
    ],
)  # fmt: skip
def test_a_promise_of_more_than_a_condition_asks_for_has_its_own_verdict(
    lang: Lang, promise: str, condition: str, same: bool
) -> None:
    assert says_no_more(promise, condition, lang) == same


@pytest.mark.parametrize(
    ("lang", "promise", "other", "same"),
    [
        ("en", PAYS, PAYS_TOO, True),
        ("en", PAYS, PAYS_TOO.replace("130", "150"), False),
        (
            "en",
            "I go round the back houses and say whose name belongs on the paper",
            "I say in every back house what the 30 yuan are for",
            False,
        ),
        (
            "en",
            "I call the owners before the contract ends",
            "I call the owners three months before the contract ends",
            False,
        ),
        (
            "en",
            "Street staff move the bins first; and the list goes by block and number, no family's reasons",
            "I sign for the earmarked money and street staff move the bins before the ceremony",
            False,
        ),
        ("zh", "我自己那间，每月的物业费按月交", "物业费我那间每月照交", True),
        ("zh", "我自己那间，每月的物业费按月交", "头一场会我来叫，八点半以后，物业费那本念给大伙听", False),
    ],
)
def test_a_promise_is_given_again_in_other_words(lang: Lang, promise: str, other: str, same: bool) -> None:
    assert promised_again(promise, other, lang) == promised_again(other, promise, lang) == same


def _promise(game: Game, line: str, says: str, **given: Any) -> Item:
    room = given.pop("visible_to", game.present("review"))
    return replace(Item(line, "public_engagement", "promise", "migrant_tenant", says, {}, "open", room), **given)


def test_whoever_promised_the_same_twice_reports_on_it_once_and_both_are_told() -> None:
    game = _estate(turns=6)
    state = _opened(game, (_promise(game, "L005", PAYS), _promise(game, "L009", PAYS_TOO)), _taken({}))
    (head,) = pending(state["ledger"])
    assert head.line == "L009", "the latest word"
    assert whole_matter(game, state["ledger"], head) == f"“{PAYS_TOO}”; “{PAYS}”"
    assert {item.line for item in alike(state["ledger"], head)} == {"L005", "L009"}, "an event strikes both or none"
    state = _say(game, state, "keep", about="L009")
    assert [item.account.claim for item in _due(state) if item.account] == ["kept", "kept"]
    witness = state["floor"]["seat"] if state["floor"] else ""
    offered = open_matters(game, seat_view(game, state, witness), "object")
    assert list(offered) == ["L009"], "a person is asked of one matter too"
    state = _say(game, state, "object", to="migrant_tenant", about="L009")
    assert [item.account.denied for item in _due(state) if item.account] == [{witness}, {witness}]
    named = _promise(game, "L005", PAYS, terms={"payer": "bridge"})
    state = _opened(game, (named, _promise(game, "L009", PAYS_TOO)), _taken({}))
    assert len(pending(state["ledger"])) == 1, "also where one of them named an option beside"


@pytest.mark.parametrize(
    ("lang", "promise", "one"),
    [
        ("zh", "专项经费8万元我签字，收费不够的补12个月", True),
        ("zh", "保洁月月排满12个月", False),
        ("zh", "街道摘牌；守夜从8万里先划，两人轮班", False),
        ("en", "to sign for the last 80,000 yuan as the 12-month top-up", True),
        ("en", "to sign for 5,000 of the 80,000 yuan for the lorry", False),
    ],
)
def test_a_promise_of_the_fund_out_of_which_a_term_is_paid_is_one_matter_with_that(
    lang: Lang, promise: str, one: bool
) -> None:
    spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"),
                       style="free", model="none", lang=lang)  # fmt: skip
    game = Game(spec, LIBRARY)
    item = Item("L005", "public_engagement", "promise", "street_director", promise, {}, "open", game.present("review"))
    promised, term = fall_due(game, (item,), [decision({"payer": "bridge"})], game.present("review"), [])
    assert promised.account
    assert promised.account.within == (term.line if one else "")
    (told, *rest) = due_matters((promised, term))
    assert [each.line for each in told[1]] == (["L005"] if one else [])
    assert bool(rest) != one


def test_a_promise_that_says_more_than_its_option_is_judged_by_itself() -> None:
    spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"),
                       style="free", model="none")  # fmt: skip
    game, terms = Game(spec, LIBRARY), {"workers": "company"}
    for says, one in (
        ("if a guard leaves I post it at the gate within a week, with the wage", False),
        ("the property company does the work, and its renewal is put to the owners", True),
    ):
        item = Item(
            "L005", "public_engagement", "promise", "property_manager", says, terms, "open", game.present("review")
        )
        due = fall_due(game, (item,), [decision(terms)], game.present("review"), [])
        assert (len(due_matters(due)) == 1) == one, says
        asked = "if a guard leaves the company posts it at the gate within a week, with the wage"
        due = fall_due(game, (item,), [{**decision(terms), "condition": asked}], game.present("review"), [])
        beside = {head.line: [other.line for other in others] for head, others in due_matters(due)}
        assert beside == {"T1": ["L005"] if one else [], "T2": [] if one else ["L005"]}, (
            "a condition that says the same"
        )


def test_a_review_that_is_opened_again_after_a_stop_is_about_the_same_matters() -> None:
    game, terms = _estate(turns=6), {"workers": "company"}
    more = _promise(game, "L005", "the lamp is lit by Friday, and I carry the ladder", terms=terms)
    state = _opened(game, (more, _promise(game, "L009", PAYS)), _taken(terms))
    assert any(item.account.apart for item in state["ledger"] if item.account)
    assert apply(state, review_opened(game, state))["ledger"] == state["ledger"]


def test_whoever_did_half_of_what_counts_as_one_matter_may_tell_that_apart() -> None:
    game = _estate(turns=6)
    state = _opened(game, (_promise(game, "L005", PAYS), _promise(game, "L009", PAYS_TOO)), _taken({}))
    floor = state["floor"]
    assert floor is not None
    asked = turn_messages(game, state, floor, None)[-1]["content"]
    assert f"L009: ⟦“{PAYS_TOO}”⟧; with it L005: ⟦“{PAYS}”⟧" in asked
    schema = turn_schema(game, state, floor, None)["properties"]
    assert list(schema["also"]["properties"]) == ["L009", "L005"]
    state = _say(game, state, "break", about="L009", also={"L005": "kept"})
    assert [item.state for item in closed(state["ledger"]) if item.account] == ["kept", "broken"]


@pytest.mark.parametrize(
    "given",
    [
        {"owner": "landlord"},
        {"condition": "the bins have moved"},
        {"visible_to": ("migrant_tenant", "landlord")},
    ],
)
def test_promises_of_two_on_other_terms_or_in_private_stay_two(given: dict[str, Any]) -> None:
    game = _estate(turns=6)
    state = _opened(game, (_promise(game, "L005", PAYS), _promise(game, "L009", PAYS_TOO, **given)), _taken({}))
    assert len(pending(state["ledger"])) == 2


@pytest.mark.parametrize(
    ("answers", "terms", "says", "one"),
    [
        ({"L003": "yes"}, {}, "I copy out who has paid, every month", True),
        ({"L003": "yes"}, {"workers": "company"}, "our guard does the other days", False),
        ({"L003": "yes", "L002": "part"}, {}, "our guard stays until ten", False),
        ({"L003": "part"}, {}, "I copy it out twice a year", False),
        ({"L003": "yes"}, {}, "I copy out who has paid; our man answers at the meeting", False),
    ],
)
def test_a_promise_in_the_line_that_takes_a_condition_on_is_one_matter_with_it_unless_it_may_be_of_more(
    answers: dict[str, Answer], terms: dict[str, str], says: str, one: bool
) -> None:
    game = _estate(turns=6)
    asked = "the property company writes the list from its own fee book"
    motion = Item(
        "L003", "public_engagement", "proposal", "grid_master", "x", {}, "open", game.present("review"), condition=asked
    )
    promise = _promise(game, "L005", says, owner="property_manager", takes_on=tuple(answers))
    said: Line = {**line(5, "property_manager", "support", about="L003", terms=terms), "takes_on": answers}
    decided = _taken({"workers": "company"}, asked)
    due = fall_due(game, (motion, promise), [decided], game.present("review"), [said])
    beside = {head.line: [other.line for other in others] for head, others in due_matters(due)}
    assert beside["T2"] == (["L005"] if one else []), "its own number, or that of the condition"


def test_whoever_answers_the_same_conditions_again_reports_on_the_later_word() -> None:
    game = _estate(turns=6)
    taken = {"owner": "property_manager", "takes_on": ("L017",)}
    first = _promise(game, "L020", "A night shift by July, for as long as the money lasts", **taken)
    again = _promise(game, "L024", "I post beforehand on which day the guard ends", **taken)
    (head,) = pending(_opened(game, (first, again), _taken({}))["ledger"])
    assert head.line == "L024"
    other = replace(again, takes_on=("L018",))
    assert len(pending(_opened(game, (first, other), _taken({}))["ledger"])) == 2, "of another condition"
