"""A campaign's card: what is wrong with one is named with file, line, field and what is allowed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sandbox.content.campaign_card import Campaign
from sandbox.content.card_files import check_file, check_text
from sandbox.content.library import Library
from sandbox.content.skeletons import skeleton
from sandbox.content.words import Words
from sandbox.diffusion.campaign.check import campaign_of
from sandbox.errors import ContentError, InputError
from tests.content.folders import numbers_differ, scripts_mixed, texts

NAMES = ({"en": f"Nobody {n}", "zh": f"某人{n}"} for n in range(10_000))


def _community(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": name, "name": f"At {name}", "scenario": "clean_up", "governance": "command",
        "people": {"street_director": next(NAMES)}, "officials": ["street_director"], **fields,
    }  # fmt: skip


def _card(**fields: Any) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": "own", "name": "Own", "summary": "Of one's own", "city": "haicang",
        "communities": [_community("east"), _community("west"), _community("lane")],
        "rounds": [{"stages": ["training"]}, {"stages": ["learning_tour"]}, {"stages": ["public_engagement"]}],
        "ranking": {"first": "praise", "others": "nothing", "last": "a talk"},
        "source": {"sections": ["HB"], "inferred": ["communities"]},
    }  # fmt: skip
    return {**data, **fields}


def _move(**fields: Any) -> dict[str, Any]:
    return {"after": 1, "of": "east", "seat": "street_director", "to": "west", **fields}


def _moves(*moves: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"transfers": {"named": list(moves), **fields}}


def _write(folder: Path, data: dict[str, Any]) -> Path:
    path = folder / "prompts" / "networks" / "own.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


ON_ITS_OWN: dict[str, tuple[dict[str, Any], str]] = {
    "one community": ({"communities": [_community("east")]}, "communities: a campaign has 2 to 6 communities, not 1"),
    "a community twice": ({"communities": [_community("east"), _community("west"), _community("east")]},
     "communities.2.id: community 'east' is given twice"),
    "no round": ({"rounds": []}, "rounds: a campaign has 1 to 20 rounds, not 0"),
    "a tour to itself": ({"tours": {"named": [{"round": 2, "guest": "east", "host": "east"}]}},
     "tours.named.0.host: 'east' cannot visit itself; name another community"),
    "a tour in round 9": ({"tours": {"named": [{"round": 9, "guest": "east", "host": "west"}]}},
     "tours.named.0.round: 9 is not allowed; allowed: 2 to 3"),
    "two tours of one guest": (
        {"tours": {"named": [{"round": 2, "guest": "east", "host": h} for h in ("west", "lane")]}},
        "tours.named.1.guest: tour of a round 'east, 2' is given twice",
    ),
    "a transfer from nowhere": (_moves(_move(of="north")),
     "transfers.named.0.of: unknown community 'north'. Allowed: east, lane, west."),
    "a transfer to where the official is": (_moves(_move(to="east")),
     "transfers.named.0.to: 'east' is where the official is already; name another community"),
    "a seat that is no official's": (_moves(_move(seat="landlord")),
     "transfers.named.0.seat: unknown official 'landlord'. Allowed: street_director."),
    "a transfer after the last round": (_moves(_move(after=3)),
     "transfers.named.0.after: 3 is not between two rounds; allowed: 1 to 2"),
    "a circle of three": (
        _moves(_move(), _move(of="west", to="lane"), _move(of="lane", to="east")),
        "transfers.named.0.to: postings after round 1 lead in a circle: east.street_director → west.street_director → "
        "lane.street_director → east.street_director; leave one out",
    ),
    "a post taken twice": (_moves(_move(), _move(of="lane")),
     "transfers.named.1: west.street_director is left or taken twice after round 1; move one of both later"),
    "nobody to follow": (_moves(rule="first_goes_up", newcomers=["Somebody"]),
     "transfers.newcomers: 2 officials may go away and have a newcomer follow; 1 named"),
    "an official without a name": (
        {"communities": [_community("east"), _community("west", officials=["community_secretary"])]},
        "communities.1.officials.0: 'community_secretary' may be transferred and needs a name; add it to people",
    ),
    "one name for two": (
        {"communities": [_community(n, people={"street_director": "Lin"}) for n in ("east", "west")]},
        "communities.1.people.street_director: name 'Lin' is given twice",
    ),
    "an order after the last round": ({"orders": [{"after": 3, "text": "Do it."}]},
     "orders.0.after: 3 is not between two rounds; allowed: 0 to 2"),
    "an order to nobody": ({"orders": [{"after": 0, "text": "Do it.", "to": ["north"]}]},
     "orders.0.to: unknown community 'north'. Allowed: east, lane, west."),
    "a share above 1": ({"handover": {"down": 1.5}}, "handover.down: must be 1.0 or less"),
    "a field that is none": ({"ronds": []}, "ronds: is not a known field; did you mean 'rounds'?"),
}  # fmt: skip


def test_a_faulty_campaign_is_refused_with_its_place(tmp_path: Path) -> None:
    for fields, said in ON_ITS_OWN.values():
        path = _write(tmp_path, _card(**fields))
        with pytest.raises(ContentError) as told:
            check_file(path)
        assert any(problem.startswith(f"{path}:") and f": {said}" in problem for problem in told.value.problems), (
            told.value
        )
        assert_said_in_chinese(told.value)


def _matter(**point: Any) -> dict[str, Any]:
    own = {
        "id": "shed",
        "seat": "landlord",
        "stages": ["application"],
        "act": "ask",
        "says": "Who has the key?",
        **point,
    }
    return {"text": "The shed is locked.", "points": [own]}


AMONG_OTHERS: dict[str, tuple[dict[str, Any], str]] = {
    "a seat that the case lacks": (
        {"communities": [_community("east"), _community("west", people={"mayor": "Lin"}, officials=[])]},
        "communities.1.people: unknown seat 'mayor'.",
    ),
    "a post that the target lacks": (
        {
            "communities": [
                _community("east"),
                _community("west", scenario="resettled_elders", people={"district_official": "Lin"}, officials=[]),
            ],
            **_moves(_move()),
        },
        "transfers.named.0.seat: 'west' plays resettled_elders, which has no seat 'street_director'; "
        "seats of that kind: district_official; name one with post",
    ),
    "a post of another kind": (
        _moves(_move(post="landlord")),
        "transfers.named.0: 'landlord' is of the kind resident, and street_director of the kind official; "
        "an official keeps the kind",
    ),
    "a resident who is transferred": (
        {"communities": [_community("east"), _community("west", people={"landlord": "Lin"}, officials=["landlord"])]},
        "communities.1.officials.0: 'landlord' is no official and cannot be transferred",
    ),
    "an order about no question": ({"orders": [{"after": 0, "text": "Do it.", "terms": {"gate": "sums"}}]},
     "orders.0.terms: unknown question 'gate'. Did you mean gate_list?"),
    "an order for no option": ({"orders": [{"after": 0, "text": "Do it.", "terms": {"gate_list": "all"}}]},
     "orders.0.terms.gate_list: unknown option 'all'. Allowed: paid, sums, unpaid."),
    "an order that outdates what is not there": (
        {"orders": [{"after": 1, "text": "Do it.", "outdates": ["F21", "prop_e111"]}]},
        "orders.0.outdates.1: unknown fact or point 'prop_e111'. Did you mean prop_e11",
    ),
    "a matter of nobody at the table": (
        {"communities": [_community("east", matters=[_matter(seat="landlords")]), _community("west")]},
        "communities.0.matters.0.points.0.seat: unknown seat 'landlords'. Did you mean landlord",
    ),
    "a matter told by a point of the case": (
        {"communities": [_community("east", matters=[_matter(id="str_e4")]), _community("west")]},
        "communities.0.matters.0.points.0.id: ",
    ),
    "an order that a table's rules bar": (
        {"orders": [{"after": 1, "text": "Pay.", "to": ["west"], "terms": {"payer": "bridge"}}]},
        "orders.0.terms.payer: 'west' plays command, under which nobody may pay for bridge; paid by residents, where "
        "may pay: government; let the order that goes to 'west' change the rule: changes: ",
    ),
    "rules that do not fit": ({"orders": [{"after": 1, "text": "Do it.", "changes": ["aggregation.veto=[nobody]"]}]},
     "orders.0.changes: 'east' cannot be played: --set aggregation.veto=[nobody]: "),
    "one host for two": (
        {"communities": [_community("east", people={}, officials=[]), _community("west", people={}, officials=[])]},
        "communities.1.people: Wei Lixin (street_director) receives visitors in 'east' as well; "
        "give one of both another name",
    ),
    "an unknown case": ({"communities": [_community("east"), _community("west", scenario="cleanup")]},
     "scenario: unknown scenario 'cleanup'. Did you mean clean_up?"),
}  # fmt: skip


def test_a_campaign_that_does_not_fit_its_cases_is_refused_with_its_place(tmp_path: Path) -> None:
    for fields, said in AMONG_OTHERS.values():
        path = _write(tmp_path, _card(**fields))
        with pytest.raises(ContentError) as told:
            campaign_of(Library.load(tmp_path), "own")
        assert any(problem.startswith(f"{path}:") and said in problem for problem in told.value.problems), told.value
        assert_said_in_chinese(told.value)


def assert_said_in_chinese(error: ContentError) -> None:
    """Check that each fault can be told in Chinese, at the same place."""
    for problem in error.problems:
        told = Words("zh").problem(problem)
        assert told.startswith(str(getattr(problem, "where", "no place")))
        assert re.search("[一-鿿]", told), told


def test_a_network_tells_by_its_fields_what_it_is(tmp_path: Path) -> None:
    data = _card()
    path = _write(tmp_path, {name: value for name, value in data.items() if name != "communities"})
    with pytest.raises(ContentError, match=r"own\.yaml:1: \(file\): a network has one of communities"):
        check_file(path)


def test_what_is_no_campaign_is_unknown() -> None:
    with pytest.raises(InputError, match=r"unknown campaign 'three_estate'\. Did you mean three_estates"):
        campaign_of(Library.load(), "three_estate")


def test_shipped_campaigns_can_be_played() -> None:
    for name in ("three_estates", "four_villages"):
        card = campaign_of(Library.load(), name)
        assert len(card.rounds) >= 3
        assert all("review" in each.stages for each in card.rounds)


LEAVES = st.none() | st.integers(-3, 30) | st.sampled_from(["", "east_gate", "west_gate", "street_director", "é"])
FIELDS = st.dictionaries(st.sampled_from(["after", "of", "to", "seat", "en", "id"]), LEAVES, max_size=3)
VALUES = LEAVES | FIELDS | st.lists(LEAVES | FIELDS, max_size=3)


_SKELETON = yaml.safe_load(skeleton("campaign", "own"))


@given(st.dictionaries(st.sampled_from([*Campaign.model_fields, "more"]), VALUES, max_size=4))
def test_whatever_a_file_holds_is_a_campaign_or_refused(fields: dict[str, Any]) -> None:
    text = yaml.safe_dump({**_SKELETON, **fields}, allow_unicode=True)
    problems: list[str] = []
    try:
        card, _ = check_text(Path("own.yaml"), text, "network")
    except ContentError as refused:
        problems = refused.problems
    assert all(problem.startswith("own.yaml:") for problem in problems)
    assert problems or isinstance(card, Campaign)


def test_the_skeleton_shows_every_field_and_says_the_same_in_both_languages() -> None:
    text = skeleton("campaign", "own")
    data = yaml.safe_load(text)
    assert {*data, "turns"} == set(Campaign.model_fields)
    assert "# turns:" in text
    assert not re.search(r"\bID\b", text)
    card = Campaign.model_validate(data)
    assert [where for where, said in texts(card, "own") if scripts_mixed(said) or numbers_differ(said)] == []
