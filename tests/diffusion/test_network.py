"""Countries as arrays: what lies within what, who is near whom, and cards that hang together."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sandbox.content.network_card import Country
from sandbox.diffusion.network import made, rows
from sandbox.diffusion.spread import DIGITS, at_line
from tests.content.folders import LIBRARY, numbers_differ, scripts_mixed, texts
from tests.diffusion.countries import country

COUNTRIES = [card for card in LIBRARY.cards["network"].values() if isinstance(card, Country)]


@settings(max_examples=20, deadline=None)
@given(
    districts=st.integers(5, 300), seed=st.integers(0, 2**31),
    kind=st.sampled_from(["geometric", "small_world", "scale_free", "random"]), far=st.sampled_from([0, 0.5, 3]),
)  # fmt: skip
def test_every_place_has_a_city_and_a_province_and_ties_go_both_ways(
    districts: int, seed: int, kind: Literal["geometric", "small_world", "scale_free", "random"], far: float
) -> None:
    network = made(country(districts=districts, ties={"kind": kind, "far": far}), seed)
    assert len(network) == districts
    assert (np.diff(network.city) >= 0).all()
    assert (network.city_province[network.city] == network.province).all()
    assert (np.diff(network.city_starts) > 0).all()
    assert (np.diff(network.province_starts) > 0).all()
    assert ((network.position >= 0) & (network.position <= 1)).all()
    ends = np.repeat(np.arange(districts), np.diff(network.offsets))
    pairs = set(zip(ends.tolist(), network.neighbours.tolist(), strict=True))
    assert {(other, place) for place, other in pairs} == pairs
    assert not any(place == other for place, other in pairs)


def test_places_have_about_as_many_neighbours_as_the_card_says() -> None:
    for kind in ("geometric", "small_world", "scale_free", "random"):
        network = made(country(districts=8000, ties={"kind": kind, "degree": 6, "far": 1}), 1)
        assert len(network.neighbours) / 8000 == pytest.approx(7, rel=0.08)
        again = made(country(districts=8000, ties={"kind": kind, "degree": 6, "far": 1}), 1)
        assert np.array_equal(network.neighbours, again.neighbours)
        other = made(country(districts=8000, ties={"kind": kind, "degree": 6, "far": 1}), 2)
        assert not np.array_equal(network.neighbours, other.neighbours)


def test_nobody_imitates_what_nobody_does_whatever_the_threshold() -> None:
    card = country(imitation={"on": True, "threshold": 0, "spread": 0})
    assert (made(card, 1).threshold > 0).all()


def test_what_comes_to_the_line_as_a_product_is_at_the_line() -> None:
    product = np.float32(0.6) * np.float32(0.5) - np.float32(3e-8)
    assert float(product) < 0.3
    assert product >= at_line(0.3) > np.float32(0.2999)
    for line in (0.05, 0.2, 0.3, 0.45, 1.0):
        near = np.float32(line) + np.arange(-40, 40, dtype=np.float32) * np.spacing(np.float32(line))
        exported = [round(each, DIGITS) >= line for each in near.tolist()]
        assert (near >= at_line(line)).tolist() == exported, "who is at the line in a table is so in the curves"


def test_neighbours_of_a_plain_lie_near() -> None:
    network = made(country(districts=4000, ties={"far": 0}), 1)
    ends = np.repeat(np.arange(4000), np.diff(network.offsets))
    away = np.linalg.norm(network.position[ends] - network.position[network.neighbours], axis=1)
    assert away.max() < 0.05
    assert (network.province[ends] == network.province[network.neighbours]).all()
    same_city = (network.city[ends] == network.city[network.neighbours]).mean()
    assert same_city > 0.3


@given(ties=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40))
def test_rows_hold_every_tie_from_both_ends(ties: list[tuple[int, int]]) -> None:
    offsets, neighbours = rows(10, np.array(ties, np.int32).reshape(-1, 2))
    for place in range(10):
        row = neighbours[offsets[place] : offsets[place + 1]].tolist()
        assert sorted(row) == sorted([b for a, b in ties if a == place] + [a for a, b in ties if b == place])


def test_four_levels_are_a_tree() -> None:
    levels = [
        {"id": "province", "name": "P", "count": 3},
        {"id": "city", "name": "C", "within": "province", "count": 4},
        {"id": "district", "name": "D", "within": "city", "count": 5},
        {"id": "community", "name": "S", "within": "district", "count": 6},
    ]
    network = made(country(levels=levels, districts=360), 1)
    assert len(network.region) == 3
    assert len(network.above) == 3 + 12 + 60
    assert (network.above[:3] == -1).all()
    assert (np.bincount(network.above[3:15]) == 4).all()
    assert (np.bincount(network.above[15:])[3:] == 5).all()
    assert (np.diff(network.city_starts) == 6).all()


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "circle": ({"levels": [
        {"id": "province", "name": "P", "count": 2, "within": "city"},
        {"id": "city", "name": "C", "count": 2, "within": "province"},
    ]}, "a circle"),
    "no level": ({"levels": [
        {"id": "province", "name": "P", "count": 2}, {"id": "district", "name": "D", "count": 2},
    ]}, "'district' lies within no level"),
    "unknown level": ({"levels": [
        {"id": "province", "name": "P", "count": 2}, {"id": "district", "name": "D", "count": 2, "within": "town"},
    ]}, "no level 'town'; levels: province, district"),
    "skipped level": ({"levels": [
        {"id": "province", "name": "P", "count": 2}, {"id": "city", "name": "C", "count": 2, "within": "province"},
        {"id": "district", "name": "D", "count": 2, "within": "province"},
    ]}, "not the level above 'district'; write 'city'"),
    "period 0": ({"periods": 0}, "greater than or equal to 1"),
    "rule in period 0": ({"central_rule": 0}, "greater than or equal to 1"),
    "rule after the end": ({"central_rule": 21}, "period 21 is after the last, 20"),
    "pilots": ({"pilots": {"count": 401}}, "401 pilots in 400 places"),
    "region": ({"pilots": {"region": "north"}}, "no region 'north'; regions: coast"),
    "posting to itself": ({"postings": {"routes": [{"origin": "coast", "to": "coast"}]}}, "in a circle"),
    "odd degree of a ring": ({"ties": {"kind": "small_world", "degree": 5}}, "not 5; allowed: for example 4 or 6"),
    "degree of hubs": ({"ties": {"kind": "scale_free", "degree": 0.5}}, "not 0.5; allowed: for example 2 or 4"),
    "posting from nowhere": ({"postings": {"routes": [{"origin": "moon", "to": "coast"}]}}, "no region 'moon'"),
}  # fmt: skip


def test_a_card_that_does_not_hang_together_is_refused() -> None:
    for fields, said in FAULTS.values():
        with pytest.raises(ValidationError, match=said):
            country(**fields)


def test_postings_may_not_run_in_a_circle() -> None:
    region = {"share": 0.5, "strength": 0.5, "kinds": [{"governance": "command", "city": "haicang", "share": 1}]}
    routes = [{"origin": "north", "to": "south"}, {"origin": "south", "to": "north"}]
    regions = [{"id": "north", "name": "N"} | region, {"id": "south", "name": "S"} | region]
    with pytest.raises(ValidationError, match="postings run in a circle: north <- south <- north"):
        country(regions=regions, postings={"routes": routes})


def test_four_patterns_of_the_paper_are_shipped() -> None:
    assert sorted(card.pattern for card in COUNTRIES) == ["absorbed", "catch_up", "sideways", "top_down"]


def test_a_shipped_country_says_the_same_in_both_languages() -> None:
    for card in COUNTRIES:
        found = list(texts(card, "network"))
        assert found
        assert [where for where, text in found if scripts_mixed(text) or numbers_differ(text)] == []


def test_a_card_has_the_same_places_under_another_id_and_the_shipped_ones_have_those_of_theirs() -> None:
    first, second = (made(country(id=name, districts=300), 1) for name in ("alla", "another_name"))
    assert np.array_equal(first.strength, second.strength)
    assert np.array_equal(first.neighbours, second.neighbours)
    # Results and figures of the shipped countries, which have been published, hang on these places.
    drawn = {card.id: float(made(card.resized(300), 1).strength[0]) for card in COUNTRIES}
    assert drawn == pytest.approx(
        {"between_peers": 0.7193287, "catching_up": 0.7770187, "from_below": 0.7547528, "from_the_top": 0.68061435}
    )
