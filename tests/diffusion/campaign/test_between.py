"""What happens between rounds, and what the next sessions begin from."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.content.campaign_card import Campaign, Handover
from sandbox.content.cards import SECTIONS_OF_PLAN, Section
from sandbox.content.language import Lang
from sandbox.diffusion.campaign.between import carried_plans, next_tours, ranked, transfers_after
from sandbox.diffusion.campaign.events import Arrival, Channel, Settings
from sandbox.diffusion.campaign.fates import Fate
from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.diffusion.campaign.past import newest, outcomes
from sandbox.diffusion.campaign.plans import copied, of_anywhere, similarity, travelled
from sandbox.diffusion.campaign.run import open_campaign
from sandbox.diffusion.campaign.starts import spec_for
from sandbox.diffusion.campaign.state import CampaignState, Holder, Learned, numbered
from sandbox.game.game import Game
from sandbox.game.spec import OwnPoint
from sandbox.game.starting import ranked as told_rank
from sandbox.game.state import State, first_state
from sandbox.game.view import seat_view
from sandbox.session.opening import open_session
from tests.cassette import FOLDER, campaign
from tests.content.folders import LIBRARY
from tests.diffusion.campaign.support import (
    BY_RULES,
    Change,
    begun,
    card_of,
    gone_on,
    rules,
)

TEXT = "First the lane is swept. Then the list is posted. Last the fee is asked for."
PLAN: dict[Section, str] = dict.fromkeys(SECTIONS_OF_PLAN, TEXT)


def _plan(hops: int = 0) -> dict[Section, Arrival]:
    return {name: {"text": TEXT, "origin": "east", "channel": "own", "hops": hops} for name in SECTIONS_OF_PLAN}


def _travelled(hops: int, shares: Handover, seed: int, channel: Channel = "down") -> dict[Section, Arrival]:
    plan, draw = _plan(), random.Random(seed).random
    for _ in range(hops):
        plan = travelled(plan, channel, shares, draw)
        plan = {name: plan.get(name, {**_plan()[name], "text": ""}) for name in SECTIONS_OF_PLAN}
    return plan


# Plans


def test_a_plan_that_travels_loses_sections_and_sentences() -> None:
    arrived = travelled(_plan(), "down", Handover(down=0.5), random.Random(1).random)
    kept = [passage for passage in arrived.values() if passage["text"]]
    assert 0 < len(kept) < len(SECTIONS_OF_PLAN)
    assert {passage["text"] for passage in kept} == {"First the lane is swept. Then the list is posted."}
    assert {(p["origin"], p["channel"], p["hops"]) for p in arrived.values()} == {("east", "down", 1)}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 1), st.sampled_from(["down", "sideways", "posting"]))
def test_with_every_hop_as_much_or_less_of_a_plan_stands(seed: int, share: float, channel: Channel) -> None:
    shares = Handover(down=share, sideways=share, posting=share)
    figures = [copied(_travelled(hops, shares, seed, channel), {"east": PLAN}) for hops in range(4)]
    assert figures[0] == 1
    assert figures == sorted(figures, reverse=True)  # a section that is lost does not come back
    assert all(p["text"] in TEXT for p in _travelled(2, shares, seed, channel).values())


def test_what_is_true_of_one_place_alone_stays_there() -> None:
    wrote = {
        "problem": "The stairs stand full.",
        "people": "All 382 households.",
        "steps": "Ask each stair first; then carry. Nobody is listed.",
        "money": "去年门没人守；不够的由区里补。",
    }
    plan: dict[Section, Arrival] = {
        name: {"text": wrote.get(name, "The 80,000 pay."), "origin": "east" if name in wrote else "", "channel": "own",
               "hops": 0}
        for name in SECTIONS_OF_PLAN
    }  # fmt: skip
    told = {name: passage["text"] for name, passage in of_anywhere(plan, ["Lao Qiu"], {"祠堂"}, "zh").items()}
    assert told == {"steps": wrote["steps"], "success": "The 80,000 pay."}, "whole or not at all"
    for own in ("9 of them are full.", "Lao Qiu knocks.", "钥匙在祠堂。"):
        steps: dict[Section, Arrival] = {"steps": {**plan["steps"], "text": f"{wrote['steps']} {own}"}}
        assert of_anywhere(steps, ["Lao Qiu"], {"祠堂"}, "zh") == {}


def test_a_channel_that_lets_nothing_through_leaves_empty_sections() -> None:
    arrived = travelled(_plan(), "sideways", Handover(sideways=0), lambda: 0.0)
    assert [passage["text"] for passage in arrived.values()] == [""] * 5


def test_two_plans_are_as_alike_seen_from_either_side() -> None:
    other: dict[Section, str] = {**PLAN, "money": "The households pay a fee of their own by the month."}
    assert similarity(PLAN, PLAN) == 1
    assert similarity(PLAN, other) == similarity(other, PLAN)
    assert 0 < (similarity(PLAN, other) or 0) < 1
    assert similarity(PLAN, {}) is None


# Transfers, orders, tours


async def _played(path: Path, change: Change | None = None, settings: Settings = BY_RULES) -> CampaignState:
    return await gone_on(begun(path / "c", card_of(change), settings), rules())


def _without_moves(data: dict[str, Any]) -> None:
    data["transfers"] = {"rule": "none"}


async def test_officials_who_change_places_bring_what_was_decided_where_they_come_from(tmp_path: Path) -> None:
    state = await _played(tmp_path)
    came, went = state.transfers[1]
    assert (came["name"]["en"], came["of"], came["to"], came["why"]) == (
        "Luo Meihua", ("east_gate", "community_secretary"), ("west_gate", "community_secretary"), "named",
    )  # fmt: skip
    assert (went["name"]["en"], went["to"], went["why"]) == ("Tong Aihua", came["of"], "displaced")
    settled = state.results[state.name(1, "west_gate")].settled
    posts = {post.seat: post for post in state.specs[state.name(2, "east_gate")].start.posts}
    post = posts["community_secretary"]
    assert post.name == "Tong Aihua"
    assert post.before == "West Gate as community Party secretary"
    assert settled[0] in post.agenda
    assert post.terms.items() >= {"gate_list": "sums"}.items()  # what the city has just ordered
    told = [each for each in state.learned if each.channel == "posting" and each.community == "east_gate"]
    assert [each.says for each in told] == list(settled[:3])
    here, there = (state.results[state.name(1, each)] for each in ("east_gate", "west_gate"))
    alike = {**here.terms, told[0].about: there.terms[told[0].about]}
    state = replace(state, results={**state.results, state.name(1, "east_gate"): replace(here, terms=alike)})
    heard = [each.says for each in spec_for(state, 2, "east_gate", LIBRARY).start.heard if each.source == post.name]
    news = [each.says for each in told if alike.get(each.about) != there.terms[each.about]]
    assert heard == [f"West Gate, year 1: {each}" for each in news], "what was settled here as well is no news"
    assert len(news) < len(told)


def test_what_became_of_each_condition_is_told_a_year_later() -> None:
    state, words = campaign("zh"), LIBRARY.words("zh")
    became, hung = {"kept": "做到了，由", "part": "只做到一部分，由", "broken": "没做到，由"}, 0
    for community in state.communities:
        result = state.result(1, community)
        conditions = [fate for fate in result.fates if fate.condition and fate.became != "moot"] if result else []
        hung += bool(conditions)
        told = outcomes(state, 1, community, words)
        for fate in conditions:
            (text,) = (text for text in told if fate.says in text and "带着条件" in text)
            assert [each for each, says in became.items() if says in text] == [fate.became]
            assert fate.who in text
    assert hung >= 2


def test_whoever_made_a_promise_or_had_it_made_to_them_remembers_it_where_all_are_told_of_others() -> None:
    state, words = campaign("en"), LIBRARY.words("en")
    told = 0
    for community in state.communities:
        result = state.result(1, community)
        assert result
        start = spec_for(state, 2, community, LIBRARY).start
        came = [list(move["to"]) for move in state.transfers[1] if move["to"]]
        promises = [fate for fate in result.fates if fate.seats]
        shared = outcomes(state, 1, community, words)
        for fate in promises:
            for seat in {*fate.seats} & {each.seat for each in start.heard}:
                known = any(fate.says in text for text in shared)
                own = [each for each in start.heard if each.seat == seat and fate.says in each.says]
                assert not (known and own), "once"
                told += len(own)
                assert not own or [community, seat] not in came, "whoever has come since made none"
        assert sum(any(fate.says in text for fate in promises) for text in shared) <= 3
    assert told


def test_an_official_remembers_what_they_answered_for_and_nothing_of_others() -> None:
    folder, state = CampaignFolder(FOLDER / "campaign_en"), campaign("en")
    games = {each: open_session(folder.session(state.name(1, each)), LIBRARY).game for each in state.communities}
    moves = [step.payload for step in transfers_after(state, 1, games) if step.kind == "transfer"]
    assert moves
    for move in moves:
        result, name = state.result(1, move["of"][0]), move["name"]["en"]
        assert result
        matters = [each for each in result.fates if not each.about]
        own = [each for each in matters if each.who == name]
        assert sum(each.says in move["agenda"] for each in own) == min(2, len(own))
        assert not any(each.says in move["agenda"] for each in matters if each.who != name)
        lapsed = [each for each in own if each.became == "broken"]
        assert all(f"{each.says} (not kept)" in move["agenda"] for each in lapsed[:2])


async def test_who_is_displaced_goes_away_and_a_newcomer_follows(tmp_path: Path) -> None:
    def away(data: dict[str, Any]) -> None:
        data["transfers"]["named"][0]["displaced"] = "away"
        data["transfers"]["newcomers"] = [{"en": "Wu Qing", "zh": "吴青"}]

    state = await _played(tmp_path, away)
    assert [(move["name"]["en"], move["to"], move["why"]) for move in state.transfers[1]] == [
        ("Luo Meihua", ("west_gate", "community_secretary"), "named"),
        ("Tong Aihua", None, "displaced"),
        ("Wu Qing", ("east_gate", "community_secretary"), "newcomer"),
    ]
    posts = {post.seat: post for post in state.specs[state.name(2, "east_gate")].start.posts}
    assert posts["community_secretary"].name == "Wu Qing"
    assert posts["community_secretary"].before == "another city"
    assert posts["community_secretary"].agenda == ""
    assert "community_secretary" not in state.specs[state.name(2, "east_gate")].start.pulses


@pytest.mark.parametrize("rule", ["first_to_last", "first_goes_up"])
async def test_transfers_by_rank(tmp_path: Path, rule: str) -> None:
    def ranked(data: dict[str, Any]) -> None:
        data["transfers"] = {"rule": rule, "newcomers": [{"en": "Wu Qing", "zh": "吴青"}]}

    state = await _played(tmp_path, ranked)
    first, last = (place["community"] for place in state.rankings[1])
    lead = state.transfers[1][0]
    assert lead["of"] == (first, "community_secretary")
    assert lead["to"] == ((last, "community_secretary") if rule == "first_to_last" else None)
    assert len(state.transfers[1]) == 2


def _all_with(state: CampaignState, h: float, seed: int) -> CampaignState:
    """Return a campaign in which every session came to the same H."""
    results = {name: replace(result, h=h) for name, result in state.results.items()}
    return replace(state, results=results, settings={**state.settings, "seed": seed})


async def test_who_has_the_same_h_shares_the_place_and_what_it_brings_and_a_lot_puts_them_in_order(
    tmp_path: Path,
) -> None:
    state = await _played(tmp_path)
    orders = set()
    for seed in range(8):
        even = _all_with(state, 0.9, seed)
        places = ranked(even, 1).payload["places"]
        assert places == ranked(even, 1).payload["places"]
        assert numbered(places) == dict.fromkeys(state.communities, 1)
        assert {place["brought"] for place in places} == {state.card.ranking.first.en}
        orders.add(tuple(place["community"] for place in places))
    assert len(orders) == 2
    values = {"a": 0.9, "b": 0.8, "c": 0.8, "d": None}
    places = [{"community": each, "h": h, "p": None, "brought": ""} for each, h in values.items()]
    assert numbered(places) == {"a": 1, "b": 2, "c": 2, "d": 4}


@pytest.mark.parametrize(
    ("lang", "shares", "lot"),
    [
        ("en", "It shares this place, and what it brings, with {other}.", "in this order: {order}."),
        ("zh", "这个名次跟{other}并列，该得的都一样；", "抽签定先后：{order}。"),
    ],
)
async def test_who_shares_a_place_is_told_with_whom_and_what_the_lot_decided(
    tmp_path: Path, lang: Lang, shares: str, lot: str
) -> None:
    folder = begun(tmp_path / "c", card_of(), {**BY_RULES, "lang": lang})
    state = _all_with(await gone_on(folder, rules()), 0.9, 1)
    even = replace(state, rankings={1: tuple(ranked(state, 1).payload["places"])})
    names = {each.id: each.name.get(lang) for each in state.card.communities}
    order = [names[place["community"]] for place in even.rankings[1]]
    words = LIBRARY.words(lang)
    for community, name in names.items():
        start = spec_for(even, 2, community, LIBRARY).start
        assert start.rank is not None
        (other,) = start.rank.shared
        assert {name, other} == set(order)
        text = "".join(told_rank(words, start.rank))
        assert shares.format(other=other) in text
        assert lot.format(order=words.join(order)) in text


@pytest.mark.parametrize(("rule", "moves"), [("first_to_last", 0), ("first_goes_up", 2)])
async def test_where_all_share_the_first_place_nobody_changes_places_with_the_last(
    tmp_path: Path, rule: str, moves: int
) -> None:
    def by_rank(data: dict[str, Any]) -> None:
        data["transfers"] = {"rule": rule, "newcomers": [{"en": "Wu Qing", "zh": "吴青"}]}

    folder = begun(tmp_path / "c", card_of(by_rank))
    state = await gone_on(folder, rules())
    games = {each: open_session(folder.session(state.name(1, each)), LIBRARY).game for each in state.communities}
    even = _all_with(replace(state, transfers={}), 0.9, 1)
    even = replace(even, rankings={1: tuple(ranked(even, 1).payload["places"])})
    assert sum(step.kind == "transfer" for step in transfers_after(even, 1, games)) == moves


async def test_without_a_rule_nobody_moves(tmp_path: Path) -> None:
    assert (await _played(tmp_path, _without_moves)).transfers == {}


async def test_an_order_changes_the_rules_from_the_next_round_on(tmp_path: Path) -> None:
    def ordered(data: dict[str, Any]) -> None:
        data["orders"] = [
            {"after": 1, "text": "All agree.", "to": ["east_gate"], "changes": ["aggregation.procedure=consensus"]}
        ]

    state = await _played(tmp_path, ordered)
    assert state.specs[state.name(1, "east_gate")].changes == ()
    assert state.specs[state.name(2, "east_gate")].changes == ("aggregation.procedure=consensus",)
    assert state.specs[state.name(2, "west_gate")].changes == ()
    heard = state.specs[state.name(2, "east_gate")].start.heard
    assert ("All agree.", "the government of Haicang, Xiamen") in [(each.says, each.source) for each in heard]


async def test_what_an_order_outdates_no_longer_holds_where_it_goes(tmp_path: Path) -> None:
    def outdating(data: dict[str, Any]) -> None:
        text = {"en": "The contract has run out.", "zh": "合同已经到期。"}
        data["orders"].append(
            {"after": 1, "text": text, "to": ["east_gate"], "outdates": ["F21", "prop_e1", "payer.district"]}
        )

    state = await _played(tmp_path, outdating)
    had = {(n, each): state.specs[state.name(n, each)].start.had for n in (1, 2) for each in state.communities}
    assert [where for where, names in had.items() if {"F21", "prop_e1"} <= set(names)] == [(2, "east_gate")]
    assert not any("F21" in names for where, names in had.items() if where != (2, "east_gate"))
    offered = {where: Game(state.specs[state.name(*where)], LIBRARY).offered["payer"] for where in had}
    assert [where for where, options in offered.items() if "district" not in options] == [(2, "east_gate")]


async def test_what_was_settled_and_kept_outdates_what_the_case_says_of_it(tmp_path: Path) -> None:
    def settling(data: dict[str, Any]) -> None:
        data["rounds"] = [{"stages": ["public_engagement", "review"]}] * 2
        options = {each.id: sorted(each.options) for each in LIBRARY.scenario("clean_up").decisions}
        data["outdated"] = [{"settled": options, "outdates": ["F25", "prop_e1"]}]

    state = await _played(tmp_path, settling, {**BY_RULES, "turns": 6})
    kept = {
        each: any(fate.about and fate.became == "kept" for fate in result.fates)
        for each in state.communities
        if (result := state.result(1, each))
    }
    had = {each: set(state.specs[state.name(2, each)].start.had) for each in state.communities}
    assert {each: {"F25", "prop_e1"} <= names for each, names in had.items()} == kept
    assert any(kept.values())


async def test_no_event_of_a_year_contradicts_what_the_city_orders_in_it_or_for_it(tmp_path: Path) -> None:
    def ordered(data: dict[str, Any]) -> None:
        text = {"en": "The money comes once more.", "zh": "经费再安排一次。"}
        data["orders"] = [{"after": 1, "text": text, "to": ["east_gate"], "rules_out": ["project_ends"]}]
        data["rounds"] = [{"stages": ["public_engagement", "review"]}] * 3

    state = await _played(tmp_path, ordered)
    names = [(round, each) for round in (1, 2, 3) for each in state.communities]
    unfit = {where: state.specs[state.name(*where)].start.unfit_events for where in names}
    assert [where for where, events in unfit.items() if events] == [(1, "east_gate"), (2, "east_gate")]
    assert unfit[1, "east_gate"] == ("project_ends",)


async def test_tours_lead_to_a_place_with_the_same_questions_where_there_is_one(tmp_path: Path) -> None:
    data = LIBRARY.network("four_villages").model_dump(mode="json")
    data["rounds"], data["tours"]["named"], data["transfers"]["named"] = data["rounds"][:2], [], []
    state = await gone_on(begun(tmp_path / "c", Campaign.model_validate(data), BY_RULES), rules())
    visits = {guest: state.tours[(2, guest)]["host"] for guest in state.communities}
    pairs = {"hetang_second": "hetang_third", "zhulin_east": "zhulin_west"}
    assert visits == pairs | {host: guest for guest, host in pairs.items()}


async def test_a_host_knows_what_visitors_were_told_the_year_before(tmp_path: Path) -> None:
    def touring(data: dict[str, Any]) -> None:
        visit = {"stages": ["learning_tour", "public_engagement", "review"]}
        data["rounds"] = [{"stages": ["public_engagement", "review"]}, visit, visit]
        visits = [{"round": n, "guest": "west_gate", "host": "east_gate"} for n in (2, 3)]
        data["tours"] = {"rule": "none", "named": visits}

    state = await _played(tmp_path, touring, {**BY_RULES, "turns": 9})
    asked = [each.says for each in state.learned if each.asked and each.round == 2]
    host = state.specs[state.name(3, "west_gate")].start.host
    assert asked
    assert host
    assert all(any(says in told and "year 2" in told for told in host.told) for says in asked)
    assert len(host.told) == 1, "nothing that others were told"
    game = Game(state.specs[state.name(3, "west_gate")], LIBRARY)
    known, shown = LIBRARY.persona(host.persona), game.personas[game.scenario.tour.host]
    assert (shown.voice, shown.kind) == (known.voice, "host"), "who receives visitors is known from other meetings"


async def test_everybody_visits_the_first_and_the_first_visits_the_second(tmp_path: Path) -> None:
    state = await _played(tmp_path)
    first, second = (place["community"] for place in state.rankings[1])
    assert (state.tours[(2, second)]["host"], state.tours[(2, first)]["host"]) == (first, second)
    guest = state.specs[state.name(2, second)].start.host
    assert guest is not None
    assert guest.place == state.card.by_id[first].name.en
    assert guest.shown == state.results[state.name(1, first)].shown
    asked = [each for each in state.learned if each.asked]
    assert all(each.says in state.tours[(2, each.community)]["hidden"] for each in asked)
    name = state.name(1, second)
    alike = replace(state, results={**state.results, name: replace(state.results[name], settled=guest.shown[:1])})
    folder = CampaignFolder(tmp_path / "c")
    games = {each: open_session(folder.session(state.name(1, each)), LIBRARY).game for each in state.communities}
    (tour,) = [step.payload for step in next_tours(alike, 1, games) if step.community == second]
    assert tour["shown"] == list(guest.shown[1:]), "what guests have themselves they are not shown"
    seat = state.results[state.name(1, first)].host
    holder = Holder({"en": "A", "zh": "A"}, f"{state.card.by_id[second].name.en} as secretary")
    served = spec_for(replace(state, holders={**state.holders, (first, seat): holder}), 2, second, LIBRARY).start.host
    assert served
    assert f"Your visitors know you: you were at {holder.before}" in served.inside
    gave = Fate(
        "", "“I send you our rota”", "A", "part", seats=(LIBRARY.scenario(state.card.by_id[second].scenario).tour.host,)
    )
    visited = {**state.results, name: replace(state.results[name], fates=(gave,))}
    before = replace(state, results=visited, tours={**state.tours, (1, second): state.tours[(2, second)]})
    told = spec_for(before, 2, second, LIBRARY).start.host
    assert told
    assert any("I send you our rota" in each for each in told.inside), "what the host gave its visitors"


async def test_the_next_year_begins_where_the_last_ended(tmp_path: Path) -> None:
    state = await _played(tmp_path)
    for community in state.communities:
        start, before = state.specs[state.name(2, community)].start, state.result(1, community)
        assert before is not None
        assert start.rank is not None
        assert start.rank.place == state.places(1)[community]
        assert start.promises == before.promises
        assert {seat: pulse for seat, pulse in before.pulses.items() if seat in start.pulses} == start.pulses
        assert "site_host" not in start.pulses
        assert start.heard[0].says.startswith(f"This table is that of {state.card.by_id[community].name.en}")


@pytest.mark.parametrize(
    ("lang", "mark"), [("en", "(copied from {place}, year 1)"), ("zh", "（抄自{place}，第1年写的）")]
)
async def test_a_section_that_the_city_did_not_write_says_where_and_when_it_was(
    tmp_path: Path, lang: Lang, mark: str
) -> None:
    state = await _played(tmp_path, _without_moves, {**BY_RULES, "lang": lang})
    here, there = state.communities
    text = "Knock at the 7th floor first."
    sections: dict[Section, Arrival] = {
        "problem": {"text": text, "origin": there, "channel": "down", "hops": 1, "year": 1},
        "people": {"text": text, "origin": here, "channel": "own", "hops": 0, "year": 1},
        "money": {"text": text, "origin": "", "channel": "above", "hops": 0},
        "steps": {"text": "", "origin": there, "channel": "down", "hops": 1},
    }
    state = replace(state, plans={**state.plans, (1, here): sections})
    place = state.card.by_id[there].name.get(lang)
    plan = spec_for(state, 2, here, LIBRARY).start.plan
    assert plan["problem"].startswith(mark.format(place=place))
    assert plan["problem"].endswith(text)
    assert plan["people"] in (f"(written here in year 1) {text}", f"（这里第1年写的）{text}")
    assert (plan["money"], plan["steps"]) == (text, "")
    first, second = (place["community"] for place in state.rankings[1])
    folder = CampaignFolder(tmp_path / "c")
    games = {each: open_session(folder.session(state.name(1, each)), LIBRARY).game for each in state.communities}
    plans: dict[tuple[int, str], dict[Section, Arrival]] = {
        (0, each): {"steps": {"text": each, "origin": each, "channel": "own", "hops": 0}} for each in state.communities
    }
    whole = state.card.model_copy(update={"handover": Handover(rule="leader", down=1)})
    new, none = frozenset[Section](["steps"]), frozenset[Section]()
    for written, arrives, told in (
        (none, second, second), (new, "Written anew.", "Written anew."),
        (new, second, "It rained on battery and pots: 一直漫到电瓶，浇花。"),
        (new, second, games[first].scenario.plan["steps"].get(lang) + {"en": " Ask first.", "zh": "先问一声。"}[lang]),
    ):  # fmt: skip
        results = {
            name: replace(result, plan={**PLAN, "steps": told}, own=written if name == state.name(1, first) else none)
            for name, result in state.results.items()
        }
        older = replace(state, card=whole, results=results, plans=plans)
        came = {step.community: step.payload["sections"]["steps"]["text"] for step in carried_plans(older, 1, games)}
        assert came[second] == arrives, (
            "what was written in another year, or of what it brought there, stays there, as does what has lost on the "
            "way all that was its own"
        )


async def test_each_community_that_plays_a_case_is_told_another_year_of_it(tmp_path: Path) -> None:
    state = await _played(tmp_path)
    assert [state.specs[state.name(2, each)].start.table for each in state.communities] == [1, 2]


async def test_a_campaign_is_the_same_from_the_same_seed(tmp_path: Path) -> None:
    one, two = await _played(tmp_path / "a"), await _played(tmp_path / "b")
    other = await _played(tmp_path / "d", None, {**BY_RULES, "seed": 4})
    assert one == two
    assert one.results != other.results


async def test_a_community_that_is_played_by_the_rules_needs_no_model(tmp_path: Path) -> None:
    def mixed(data: dict[str, Any]) -> None:
        data["communities"][1]["played"] = "rules"

    card = card_of(mixed)
    folder = begun(tmp_path / "c", card, {**BY_RULES, "style": "free", "model": "some"})
    state = open_campaign(folder, LIBRARY)
    specs = {each: spec_for(state, 1, each, LIBRARY) for each in state.communities}
    assert {each: (spec.style, spec.model) for each, spec in specs.items()} == {
        "east_gate": ("free", "some"), "west_gate": ("rules", "none"),
    }  # fmt: skip


async def test_what_is_not_kept_is_remembered_and_never_more_reaches_people_than_was_settled(tmp_path: Path) -> None:
    def reviewed(data: dict[str, Any]) -> None:
        data["rounds"] = [{"stages": ["public_engagement", "review"]}] * 3

    state = await _played(tmp_path, reviewed, {**BY_RULES, "turns": 8})
    owed = 0
    for result in state.results.values():
        assert result.form is not None
        assert result.substance is not None
        assert result.substance <= result.form
        assert result.broken >= len(result.owed)
        owed += len(result.owed)
    assert owed
    for (round, community), name in state.names.items():
        before = state.result(round - 1, community)
        start = state.specs[name].start
        earlier = [text for text in start.last_year if text.startswith("Before that, in year ")]
        told = [text for text in start.last_year if text not in earlier]
        assert (before is None) == (told == [])
        assert len(earlier) == max(0, round - 2)
        if earlier:  # what was decided two years ago is not forgotten
            long_ago, now = state.result(1, community), state.result(round - 1, community)
            assert long_ago
            assert now
            for fate in (each for each in long_ago.fates if each.about):
                again = now.terms.get(fate.about) == long_ago.terms[fate.about] and fate.became == "kept"
                assert (fate.says in earlier[0]) != again, "what was decided again, and kept, is told once"
            assert f"Number {state.places(1)[community]} of {len(state.communities)} in the ranking" in earlier[0]
        for fate in before.fates if before else ():
            if fate.about:
                lines = [text for text in told if fate.says in text]
                assert [". Not kept; " not in text for text in lines] == [fate.became != "broken"]
        assert before is None or set(before.owed[:2]) <= set(before.hidden)
        # What a board shows and nobody kept is among what its host tells only when asked.
        for fate in before.fates if before else ():
            if before and fate.says in before.shown and fate.became in ("kept", "broken"):
                assert any(fate.says.rpartition(": ")[2] in text for text in before.hidden)


async def test_ranked_officials_know_what_the_ranking_looks_at_and_no_event_comes_twice(tmp_path: Path) -> None:
    state = await _played(tmp_path, None, {**BY_RULES, "turns": 6})
    here, there = state.communities
    had = {state.name(1, there): replace(state.results[state.name(1, there)], had=("review:hired_away", "review:y1"))}
    elsewhere = spec_for(replace(state, results={**state.results, **had}), 2, here, LIBRARY).start.had
    assert ("review:hired_away" in elsewhere, "review:y1" in elsewhere) == (True, False), "nor in two places"
    for community in state.communities:
        first, second = (state.specs[state.name(round, community)].start for round in (1, 2))
        told = {
            each.seat for each in first.heard if each.seat and "what residents think of it does not count" in each.says
        }
        assert "community_secretary" in told
        assert "migrant_tenant" not in told
        assert (first.year, second.year) == (1, 2)
        assert (first.last_year, first.had) == ((), ())
        assert any(name.startswith("cu_in") for name in second.had)
        post = next(each for each in second.posts if each.seat == "community_secretary")
        assert post.rank is not None
        assert second.rank is not None
        assert post.rank.community != second.rank.community == state.card.by_id[community].name.en


async def test_who_moves_on_is_known_by_the_posts_of_before_and_a_host_by_the_rank_of_its_place(tmp_path: Path) -> None:
    def on(data: dict[str, Any]) -> None:
        data["rounds"] = [{"stages": ["learning_tour", "public_engagement"]}] * 3
        move = data["transfers"]["named"][0]
        third = {**data["communities"][1], "id": "south_gate", "name": {"en": "South Gate", "zh": "南门"}}
        third["people"] = {"community_secretary": {"en": "Pan Yuzhen", "zh": "潘玉珍"}}
        data["communities"].append(third)
        data["transfers"]["named"] = [
            move,
            {**move, "after": 2, "of": move["to"], "to": "south_gate"},
        ]

    state = await _played(tmp_path, on)
    spec = state.specs[state.name(3, "south_gate")]
    post = next(each for each in spec.start.posts if each.seat == "community_secretary")
    assert re.fullmatch("West Gate as (.+), and before that at East Gate as \\1", post.before)
    hosts = [spec.start.host for name, spec in state.specs.items() if spec.start.host]
    assert hosts
    for host in hosts:
        assert host.inside[0].startswith(f"In last year’s ranking {host.place} was number ")


async def test_who_comes_back_is_not_new_and_of_two_years_the_later_counts(tmp_path: Path) -> None:
    def back(data: dict[str, Any]) -> None:
        data["rounds"] = [{"stages": ["public_engagement"]}] * 3
        move = data["transfers"]["named"][0]
        data["transfers"]["named"] = [move, {**move, "after": 2, "of": move["to"], "to": move["of"]}]

    state = await _played(tmp_path, back)
    home = state.specs[state.name(3, "east_gate")].start
    post = next(each for each in home.posts if each.seat == "community_secretary")
    assert (post.name, post.since, post.held) == ("Luo Meihua", 3, 1)
    old = Learned(2, "east_gate", "west_gate", "sideways", "Tong Aihua", "The gate: sums", False, 1, "gate_list")
    new = Learned(2, "east_gate", "west_gate", "posting", "Luo Meihua", "The gate: nothing", False, 2, "gate_list")
    other = Learned(2, "east_gate", "west_gate", "sideways", "Tong Aihua", "Who pays: fees", False, 1, "payer")
    assert newest([old, other, new]) == [other, new]


def _first_suggestions(state: CampaignState, year: int, community: str) -> dict[str, str]:
    """Return what is suggested to each seat before anybody has spoken."""
    game = Game(state.specs[state.name(year, community)], LIBRARY)
    opened: State = {**first_state(game), "stage": list(game.stage_names).index("public_engagement")}
    views = {seat: seat_view(game, opened, seat) for seat in game.present("public_engagement")}
    return {seat: view.points[0].says.en for seat, view in views.items() if view.points}


async def test_each_estate_is_given_matters_of_its_own_and_takes_up_what_it_left_open_itself(tmp_path: Path) -> None:
    data = LIBRARY.network("three_estates").model_dump(mode="json")
    data["orders"], data["rounds"] = [], data["rounds"][:2]
    card = Campaign.model_validate(data)
    state = await gone_on(begun(tmp_path / "c", card, BY_RULES), rules())
    for year in (1, 2):
        given = {each: _first_suggestions(state, year, each) for each in state.communities}
        for one, other in combinations(given, 2):
            alike = [seat for seat, says in given[one].items() if given[other].get(seat) == says]
            assert len(alike) <= 2, (year, one, other, alike)
    for each in state.communities:
        result, start = state.result(1, each), state.specs[state.name(2, each)].start
        assert result is not None
        taken_up = [point for matter in start.matters for point in matter.points if point.quotes]
        assert taken_up, "something was settled or promised here last year"
        about = " ".join(fate.says for fate in result.fates)
        assert any(point.quotes.strip("“”") in about for point in taken_up)
        assert len({point.says.replace(point.quotes, "") for point in taken_up}) == len(taken_up), "none says the same"
        own = [matter.says for matter in start.matters if matter.says]
        assert len(own) == 2, "what the estate began with, and what came up in its second year"
        assert own[0].startswith("As of year 1: ")
        follow = tuple(
            OwnPoint(id=f"y1_t1_{how}", seat="street_director", stages=(), act="inform", says=how, quotes="“x”")
            for how in ("owner", "kept")
        )
        left = replace(state, results={**state.results, state.name(1, each): replace(result, follow=follow)})
        move: Any = {"of": ("x", "street_director"), "to": (each, "street_director"), "name": {"en": "Wu", "zh": "吴"}}
        for moves, raised in (((), ["owner", "kept"]), ((move,), ["kept"])):
            matters = spec_for(replace(left, transfers={1: moves}), 2, each, LIBRARY).start.matters
            says = [point.says for matter in matters for point in matter.points if point.quotes]
            assert says == raised, "nobody answers for the word of who held the post before"
    even = _all_with(state, 0.9, 1)
    even = replace(even, rankings={**even.rankings, 2: tuple(ranked(even, 2).payload["places"])})
    folder = CampaignFolder(tmp_path / "c")
    games = {each: open_session(folder.session(state.name(2, each)), LIBRARY).game for each in state.communities}
    visits = {step.community: step.payload["host"] for step in next_tours(even, 2, games)}
    assert all(visits[each] != state.tours[(2, each)]["host"] for each in visits), "of equals one not just visited"
