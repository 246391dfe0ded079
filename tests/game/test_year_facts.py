"""What a case tells of a year as it is reviewed: of that year, to whoever knows of it, and where it was decided so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.content.scenario_card import Scenario
from sandbox.game.fold import fold
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.review.aftermath import review_opened
from sandbox.game.spec import SessionSpec, Start
from sandbox.game.state import State, apply, first_state
from sandbox.game.steps import open_stage
from sandbox.record.events import Event, EventKind
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY, decision

_SEATS = ("self_gov", "landlord", "migrant_tenant", "street_director")


def _opened(
    lang: str, year: int, terms: dict[str, str], went_on: dict[str, str] | None = None, table: int = 1
) -> tuple[Game, State]:
    """Return the case of the estates as a year is reviewed in which something was decided."""
    start = Start(year=year, went_on=went_on or {}, table=table)
    game = Game(
        SessionSpec(
            scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"),
            lang=lang, style="free", model="m", start=start,
        ),
        LIBRARY,
    )  # fmt: skip
    state = apply(first_state(game), {"stage": 1, "decisions": [decision(terms)]})
    return game, apply(state, open_stage(game, state))


def _read(game: Game, state: State, seat: str) -> str:
    """Return what a seat is sent if it has the floor."""
    floor = state["floor"]
    assert floor is not None
    mine: State = {**state, "floor": {**floor, "seat": seat, "acts": ["inform"], "why": "unheard"}}
    return turn_messages(game, mine, {**floor, "seat": seat, "acts": ["inform"], "why": "unheard"}, None)[-1]["content"]


@pytest.mark.parametrize(
    ("lang", "tree", "fee", "hands"),
    [
        ("en", "brought down the banyan", "the fee brought in 82,000 yuan", "61 households put up their hands"),
        ("zh", "榕树倒了", "物业费一共收了8.2万元", "举手的61户"),
    ],
)
def test_each_seat_reads_in_a_review_what_it_knows_of_the_year_and_no_other(
    lang: str, tree: str, fee: str, hands: str
) -> None:
    game, state = _opened(lang, 2, {"payer": "bridge", "say": "payers"})
    read = {seat: _read(game, state, seat) for seat in _SEATS}
    assert all(tree in text for text in read.values()), "everybody saw that"
    assert [seat for seat in _SEATS if fee in read[seat]] == ["self_gov", "street_director"]
    assert [seat for seat in _SEATS if hands in read[seat]] == ["self_gov", "landlord", "migrant_tenant"]
    later, state = _opened(lang, 3, {"payer": "bridge"})
    assert not any(text in _read(later, state, "self_gov") for text in (tree, fee)), "that was another year"


@pytest.mark.parametrize("year", [1, 2, 3])
def test_a_log_that_is_read_again_comes_to_the_same_year(year: int) -> None:
    start = Start(year=year, went_on={"payer": "bridge", "workers": "hired", "gate_list": "sums", "say": "seats"})
    spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"),
                       style="rules", model="none", start=start)  # fmt: skip
    game, events = Game(spec, LIBRARY), list[Event]()

    def write(kind: EventKind, payload: dict[str, Any], stage: str, seat: str) -> None:
        number = len(events) + 1
        events.append(Event(number, float(number), kind, stage, seat, json.loads(json.dumps(payload))))

    state = play(game, RandomChoice(game.templates), write=write)
    assert fold(game, events) == state
    assert any(f"y{year}_" in str(event.payload.get("id")) for event in events)


def test_what_hangs_on_an_option_is_told_where_it_is_in_force_alone() -> None:
    for terms, went_on, told in (
        ({"payer": "bridge"}, {}, True),
        ({"payer": "district"}, {}, False),
        ({"workers": "rota"}, {"payer": "fees"}, True),
        ({"payer": "street"}, {"payer": "fees"}, False),
    ):
        _, state = _opened("en", 2, terms, went_on)
        assert ("review:y2_fee" in {each["id"] for each in state["desk"]["news"]}) == told, (terms, went_on)


def test_a_fact_is_not_told_where_an_event_that_it_contradicts_struck_its_matter() -> None:
    settled, told = {"workers": "hired", "payer": "bridge", "say": "payers"}, set[tuple[bool, bool]]()
    for seed in range(40):
        start = Start(year=2, table=1, own_events=("stamped_unread",))
        game = Game(
            SessionSpec(
                scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"),
                style="free", model="m", start=start, seed=seed,
            ),
            LIBRARY,
        )  # fmt: skip
        state = apply(first_state(game), {"stage": 1, "decisions": [decision(settled)]})
        state = apply(state, open_stage(game, state))
        (vote,) = (item.account for item in state["ledger"] if item.account and "say" in item.terms)
        news = {each["id"] for each in state["desk"]["news"]}
        told.add(("stamped_unread" in vote.harmed and not vote.saved, "review:y2_votes" in news))
        assert "review:y2_fee" in news, "what came in came in"
    assert told == {(True, False), (False, True)}


def test_what_a_fact_contradicts_is_an_event_of_a_review() -> None:
    events = {event.id for stage in LIBRARY.stages() for event in stage.aftermath}
    named = {
        event for card in LIBRARY.cards["scenario"] for fact in LIBRARY.scenario(card).years for event in fact.unless
    }
    assert named
    assert named <= events


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_two_estates_of_a_city_have_the_same_happen_to_them(lang: Lang) -> None:
    years = LIBRARY.scenario("clean_up").years
    assert [fact.id for fact in years if not fact.table] == ["y1_target_4", "y3_wages"], "the wage is the city's"
    assert len({fact.text.get(lang) for fact in years}) == len(years)


@pytest.mark.parametrize(
    ("lang", "condition", "told"),
    [
        ("en", "The street prints the owners' ballot on who pays and who works once all here have read it", "owners"),
        ("zh", "街道把两家报价发下去，业主投票投选一家", "业主大会"),
    ],
)
def test_what_came_of_a_ballot_among_the_owners_is_told(lang: str, condition: str, told: str) -> None:
    game, _ = _opened(lang, 3, {}, table=3)
    taken = decision({"workers": "hired"})
    taken["condition"] = condition
    state = apply(first_state(game), {"stage": 1, "decisions": [taken]})
    state = apply(state, open_stage(game, state))
    (news,) = (each["text"] for each in state["desk"]["news"] if each["id"] == "review:owners_meeting")
    assert told in news
    assert condition in news


def test_what_came_of_the_target_that_was_signed_is_told() -> None:
    for table, payer, came in [(1, "bridge", 49), (2, "fees", 43), (3, "district", 35)]:
        _, state = _opened("en", 1, {"payer": payer}, table=table)
        (text,) = (each["text"] for each in state["desk"]["news"] if "y1_target" in each["id"])
        assert f"{came} per cent of the households" in text
        assert "signed for 70" in text


def test_a_review_that_is_opened_again_tells_each_fact_of_the_year_once() -> None:
    game, state = _opened("en", 3, {"payer": "bridge", "workers": "hired"})
    again = apply(state, review_opened(game, state))["desk"]["news"]
    assert again == state["desk"]["news"]
    assert sum(each["id"].startswith("review:y3_") for each in again) >= 4


def test_each_of_three_estates_has_a_year_of_its_own_whatever_it_decides() -> None:
    for year in (1, 2, 3):
        for terms, least in (
            ({}, 2),
            ({"payer": "bridge", "workers": "hired", "gate_list": "sums", "say": "payers"}, 4),
        ):
            told: list[set[str]] = []
            for table in (1, 2, 3):
                _, state = _opened("en", year, terms, table=table)
                told.append({each["text"] for each in state["desk"]["news"] if f":y{year}_" in each["id"]})
            assert all(len(texts) >= least for texts in told)
            everywhere = told[0] & told[1] & told[2]
            own = [texts - everywhere for texts in told]
            assert all(len(texts) >= 2 for texts in own)
            assert len(own[0] | own[1] | own[2]) == sum(map(len, own)), "no two of them had the same"


def test_a_fact_of_a_year_that_names_what_the_case_does_not_have_is_refused() -> None:
    cases: list[tuple[str, object]] = [
        ("to", ("nobody",)),
        ("settled", {"payer": ("gold",)}),
        ("settled", {"colour": ("red",)}),
    ]
    for field, value in cases:
        data = LIBRARY.scenario("clean_up").model_dump()
        data["years"] = [{**data["years"][0], field: value}]
        with pytest.raises(ValueError, match="unknown"):
            Scenario.model_validate(data)
