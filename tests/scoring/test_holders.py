"""What a decision waits for: bodies without a seat, and whoever may commit to it and is not for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.content.language import Lang
from sandbox.game.session import Session
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.scoring.holders import awaited, offices_without_seat, unheld
from sandbox.scoring.outcome import outcome_of
from tests.game.making import session_of
from tests.scoring.making import drawn, line, played, vote

HALL, PAYER = {"hall": "committee_key"}, {"payer": "district"}
RESIDENTS = {"local_parent": True, "migrant_tenant": True}
ROOM = [*drawn(turns=1).game.present("public_engagement")]
OPENING = line(1, "mayor", "inform")


def waits(decision: DecisionTaken, lang: str = "en") -> tuple[str, ...]:
    return waits_of(played(OPENING, decisions=[decision], lang=lang), decision)  # type: ignore[arg-type]


def waits_of(session: Session, decision: DecisionTaken) -> tuple[str, ...]:
    return read_decision(Reading(session), decision).waits


@pytest.mark.parametrize(
    ("condition", "bodies"),
    [
        ("The village meeting agrees before the lot is drawn", ["village meeting"]),  # the cadre is no meeting
        ("Huang Jinfu puts the hall to the village meeting before the key goes out", ["village meeting"]),
        ("The finance office countersigns the heading", ["finance office"]),
        ("The mayor takes it to the finance office", []),  # the mayor is to do it, and is here
        ("The district insures the children", []),
        ("The lot is drawn in public, once the year is over and the finance office is open", []),
    ],
)
def test_a_body_without_a_seat_is_named_where_it_is_to_fulfil_a_condition(condition: str, bodies: list[str]) -> None:
    decided: DecisionTaken = {**vote(RESIDENTS, terms=PAYER), "condition": condition}
    assert [*awaited(played(OPENING, decisions=[decided]), decided)] == bodies
    assert not awaited(played(OPENING), {**decided, "carried": False})


def test_an_office_is_not_waited_for_where_the_seat_that_answers_for_it_took_the_condition_on() -> None:
    condition = "The finance office countersigns the heading"
    decided: DecisionTaken = {**vote(RESIDENTS, terms=PAYER), "motion": "L001", "condition": condition}
    moved: Line = {**line(1, "local_parent", "propose", terms=PAYER, condition=condition), "asked_of": ["mayor"]}
    said: Line = {**line(2, "mayor", "support", about="L001"), "takes_on": {"L001": "yes"}}
    assert [*awaited(played(moved, decisions=[decided]), decided)] == ["finance office"]
    assert [*awaited(played(moved, said, decisions=[decided]), decided)] == []


def test_bodies_are_known_in_chinese_too() -> None:
    decided: DecisionTaken = {**vote(RESIDENTS, terms=PAYER), "condition": "村民会议先点头；财政会签以后再抽签"}
    session = played(OPENING, decisions=[decided], lang="zh")
    assert [*awaited(session, decided)] == ["村民会议", "财政部门"]
    assert outcome_of(session)["decisions"][0]["terms"][-1] == "还须报村民会议、财政部门同意", "a judge reads it too"
    assert waits(decided, "zh")[0] == "还须经会外的机构同意：报村民会议、报财政部门。"


@pytest.mark.parametrize(
    ("scenario", "terms", "told"),
    [
        ("clean_up", {"workers": "company"}, "the owners' meeting"),
        ("clean_up", {"workers": "hired", "payer": "bridge"}, "the owners' meeting"),  # the company out of the gate
        ("clean_up", {"payer": "fees"}, "the owners' meeting"),
        ("clean_up", {"workers": "rota", "payer": "district"}, ""),
        ("waiting_village", {"payer": "village"}, "the village meeting, the members' meeting"),
        ("four_oclock_school", {"hall": "rented"}, "the village meeting"),
    ],
)
def test_an_option_that_only_all_of_them_may_settle_says_so_whoever_carries_it(
    scenario: str, terms: dict[str, str], told: str
) -> None:
    game = drawn(scenario=scenario, turns=5).game
    decided = vote({}, terms=terms)
    session = replace(played(OPENING, decisions=[decided]), game=game)
    assert ", ".join(f"the {name}" for name in awaited(session, decided)) == told
    needing = [option.split(",")[0] for _, option in game.in_words(terms) if told]
    waits = waits_of(session, decided)
    assert not told or any(f"({'for'} “" in each and needing[0] in each for each in waits), "and for which option"
    assert not any("put to an owners' meeting”" in each for each in waits), "not that it goes there, which is said"


def test_a_committee_is_in_the_room_with_whoever_speaks_for_it() -> None:
    game = drawn(scenario="sewers_and_toilets", lang="zh", turns=5).game
    held = "村委会先开村民会，会上过了再抽签"
    assert offices_without_seat(game, held, game.present("public_engagement")) == []
    assert offices_without_seat(game, held, ["mayor"]) == ["村委会"]


@pytest.mark.parametrize(
    ("votes", "abstained", "who"),
    [
        ({"village_cadre": False}, [], "Huang Jinfu against"),
        ({}, ["village_cadre"], "Huang Jinfu abstaining"),
        ({}, [], "Huang Jinfu, having put, backed or promised nothing of it"),
    ],
)
def test_whoever_holds_the_thing_and_is_not_for_it_is_named(
    votes: dict[str, bool], abstained: list[str], who: str
) -> None:
    decided: DecisionTaken = {**vote(RESIDENTS | votes, terms=HALL), "abstained": abstained}
    text = "Without the consent of those who may commit to it"
    assert waits(decided)[0] == f"{text}: {who} (On what terms does the class get the village hall?)."
    told = read_decision(Reading(played(OPENING, decisions=[decided])), decided).terms
    assert [option.endswith("(not committed to)") for _, option in told] == [True]


def test_whoever_promised_in_words_alone_and_has_no_vote_is_not_told_as_silent() -> None:
    decided = vote(RESIDENTS, terms=HALL)
    says = "The hall stays open for you."
    moved = line(1, "local_parent", "propose", terms=HALL)
    aside, promised, again, apart = (
        line(number, "village_cadre", "promise", says=says, about=about)
        for number, about in ((3, "L001"), (3, "L001"), (5, "L001"), (3, ""))
    )
    promised["visible_to"] = again["visible_to"] = apart["visible_to"] = ROOM
    (told,) = waits_of(played(moved, promised, again, decisions=[decided]), decided)
    assert told == (
        "Those who may commit to it chose no option, and must be asked whether what was promised in words covers it: "
        "Huang Jinfu: L005 “The hall stays open for you.” "
        "(On what terms does the class get the village hall?)."
    )
    (chinese,) = waits_of(played(moved, promised, decisions=[decided], lang="zh"), decided)
    assert "黄金福，L003“" in chinese
    assert "问清楚" in chinese
    for other in (aside, apart):  # what is promised on no motion with it may be about anything
        assert "promised nothing of it" in waits_of(played(moved, other, decisions=[decided]), decided)[0]
    against = vote(RESIDENTS | {"village_cadre": False}, terms=HALL)
    assert "Huang Jinfu against" in waits_of(played(moved, promised, decisions=[against]), against)[0]
    asked: Line = {**moved, "condition": "Huang Jinfu keeps the hall open on Sundays too"}
    of_that = waits_of(played(asked, promised, decisions=[decided]), decided)[0]
    assert "promised nothing of it" in of_that, "what answers a condition is not asked about the hall as well"


@pytest.mark.parametrize(("seat", "told"), [("district_official", 1), ("landless_farmer", 0)])
def test_where_nobody_here_may_commit_to_it_what_officials_hold_against_it_is_told(seat: str, told: int) -> None:
    game = drawn(scenario="land_acquisition", turns=1).game
    decided: DecisionTaken = {**vote({"elder": True}, terms={"payer": "district"}), "motion": "L001"}
    moved = line(1, "elder", "propose", terms={"payer": "district"})
    lines = [moved, line(2, seat, "object", about="L001", says="Without end I may not give.")]
    lines[1]["visible_to"] = [*game.present("public_engagement")]
    waits = waits_of(session_of(game, lines, [decided]), decided)
    assert "nobody with a seat here" in waits[0]
    assert sum("objected to a motion with that: Gao Yanqing, L002: “Without end" in each for each in waits) == told
    lines.append(line(3, seat, "support", about="L001"))
    assert not any("objected" in each for each in waits_of(session_of(game, lines, [decided]), decided))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_was_taken_to_the_level_above_is_told_with_what_was_decided(lang: Lang) -> None:
    decided = vote(RESIDENTS | {"village_cadre": True}, terms=HALL)
    above = line(1, "mayor", "escalate", says="I ask the city for the month after.")
    text = {"en": "Taken to the level above, and what comes back is yet to be heard: Shen Yulan, L001: “I ask",
            "zh": "会上提到上一级的，答复还没有下来：沈玉兰，L001：“I ask"}[lang]  # fmt: skip
    for heard, told in ((["mayor", "village_cadre"], False), (ROOM, True)):
        above["visible_to"] = heard
        waits = waits_of(played(above, decisions=[decided], lang=lang), decided)
        assert any(text in each for each in waits) is told, "what was said aside is told to nobody"


def test_whoever_asked_the_same_in_a_motion_of_its_own_need_not_be_won_over_for_it() -> None:
    decided = vote(RESIDENTS | {"village_cadre": False}, terms=HALL)
    own = line(9, "village_cadre", "propose", stage="public_engagement", terms=HALL)
    other = line(9, "village_cadre", "propose", stage="public_engagement", terms={"hall": "rent"})
    assert unheld(played(own, decisions=[decided]), decided) == []
    moved = line(1, "local_parent", "propose", terms={"hall": "rent"}, condition="the hall is swept")
    for condition, named in (("the hall is swept", []), ("the hall is lit", ["hall"])):
        beside = line(2, "village_cadre", "object", about="L001", terms=HALL, condition=condition)
        kept = unheld(played(moved, beside, decisions=[decided]), decided)
        assert [each.question for each in kept] == named, "what others had asked is no condition of its own"
    assert [each.question for each in unheld(played(other, decisions=[decided]), decided)] == ["hall"]


@pytest.mark.parametrize(
    ("lang", "office"),
    [
        ("en", "nobody here to speak for it: the education office (Which children may come?)"),
        ("zh", "会上没有代表的部门来办：教育部门（哪些孩子可以来？）"),
    ],
)
def test_an_office_that_the_case_needs_and_for_which_no_seat_speaks_is_told_with_the_decision(
    lang: Lang, office: str
) -> None:
    decided = vote(RESIDENTS | {"mayor": True}, terms=PAYER | {"eligible": "two_halves"})
    assert office in waits(decided, lang)[-1], "the finance office has a seat, the education office has none"
    assert not any("education" in told for told in waits(vote(RESIDENTS, terms=PAYER)))


def test_who_lacks_consent_to_several_questions_is_named_once_with_all_of_them() -> None:
    terms = HALL | PAYER | {"eligible": "two_halves"}
    decided = vote(RESIDENTS | {"mayor": False, "village_cadre": False}, terms=terms)
    told, needed, _ = waits(decided)
    assert told == (
        "Without the consent of those who may commit to it: "
        "Huang Jinfu against (On what terms does the class get the village hall?); "
        "Shen Yulan against (Who pays? Which children may come?)."
    )
    assert needed.endswith("Shen Yulan, Huang Jinfu must be won over next.")
    year_later = played(OPENING, decisions=[decided], stages=("public_engagement", "review"))
    assert "in “A year later” whoever holds it reports" in read_decision(Reading(year_later), decided).waits[1]
    early: DecisionTaken = {**decided, "stage": "training"}
    assert (
        "in “Public engagement” Shen Yulan, Huang Jinfu may still take it on"
        in (
            read_decision(
                Reading(played(OPENING, decisions=[early], stages=("training", "public_engagement"))), early
            ).waits[1]
        )
    )


@pytest.mark.parametrize(
    ("motion", "said"),
    [
        (HALL, line(2, "village_cadre", "support", "local_parent", about="L001")),
        ({"hall": "rented"}, line(2, "village_cadre", "object", "local_parent", HALL, about="L001")),  # a counter-offer
    ],
)
def test_whoever_has_no_vote_and_backs_the_motion_or_puts_the_option_is_for_it(
    motion: dict[str, str], said: Line
) -> None:
    moved, decided = line(1, "local_parent", "propose", terms=motion), vote(RESIDENTS, terms=HALL)
    assert unheld(played(moved, said, decisions=[decided]), decided) == []
    assert unheld(played(moved, decisions=[decided]), decided)


def test_whoever_votes_for_it_or_promised_it_before_holds_nothing_back() -> None:
    agreed = vote(RESIDENTS | {"village_cadre": True}, terms=HALL)
    assert waits(agreed) == ()
    promised = line(1, "village_cadre", "promise", terms=HALL)
    without = vote(RESIDENTS, terms=HALL)
    assert unheld(played(promised, decisions=[without]), without) == []
    against = vote(RESIDENTS | {"village_cadre": False}, terms=HALL)
    assert unheld(played(promised, decisions=[against]), against) == [], "it votes against the rest"
    beside = line(1, "village_cadre", "answer", terms=HALL, promises="the hall is open from 4")
    assert unheld(played(beside, decisions=[against]), against) == [], "it promised so, whatever it votes"
    assert unheld(played({**beside, "promises": ""}, decisions=[against]), against), "it only spoke of it"
    taken_back: Line = {**line(2, "village_cadre", "inform"), "withdraws": "L001"}
    back = unheld(played(promised, taken_back, decisions=[against]), against)
    assert [each.against for each in back] == [("village_cadre",)]
    assert waits({**against, "carried": False}) == ()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_promised_in_words_and_who_promised_nothing_are_told_apart(lang: Lang) -> None:
    terms = {"provider": "social_organisation"}
    moved = line(1, "local_parent", "propose", terms=terms)
    promised = line(2, "ngo_director", "promise", about="L001", says="We run it.")
    moved["visible_to"] = promised["visible_to"] = ROOM
    decided: DecisionTaken = {**vote(RESIDENTS, terms=terms), "motion": "L001"}
    silent, worded, *_ = waits_of(played(moved, promised, decisions=[decided], lang=lang), decided)
    names = {
        "en": ("Shen Yulan, having put", "He Wan: L002 “We run it.”"),
        "zh": ("沈玉兰没有提过", "何婉，L002“We run it.”"),
    }
    assert names[lang][0] in silent
    assert names[lang][1] in worded
    assert "L002" not in silent
    assert names[lang][0] not in worded


@pytest.mark.parametrize(("lang", "told"), [("en", "is a proposal only"), ("zh", "只能作为建议")])
def test_what_nobody_in_the_room_may_bind_is_told_as_a_proposal_also_where_others_hold_the_rest(
    lang: Lang, told: str
) -> None:
    families = {"payer": "parents"}
    for terms in (families, families | HALL):
        needed = [each for each in waits(vote(RESIDENTS, terms=terms), lang) if told in each]
        assert len(needed) == 1
    assert not any(told in each for each in waits(vote(RESIDENTS, terms=HALL), lang))
