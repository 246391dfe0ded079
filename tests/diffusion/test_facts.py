"""Stylised facts of the literature: each is shown by countries whose meetings were really played, or honestly is not.

A fact that is not shown stays so here: where a change of the program shows it after all, this test asks for the table
to be brought up to date.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sandbox.content.network_card import Country
from sandbox.diffusion.decks.dealt import deal, dealing_of
from sandbox.diffusion.facts import FACTS, Shown, hazard_ratio, show
from tests.content.folders import LIBRARY

NOT_SHOWN = {
    # Means make a place quicker by all mechanisms alike, orders included, so a rule cannot make them matter less.
    "regime",
    # New leaders bring the agenda again as often as old ones take it along.
    "departed",
}
# Of these the direction comes out, and the size lies near a fifth; so does the period in which most adopt after a rule.
NEAR = {"shape", "agenda", "cohorts"}


@pytest.mark.fuzz
def test_each_fact_is_shown_or_not_as_the_table_says(tmp_path: Path) -> None:
    card = LIBRARY.network("between_peers")
    assert isinstance(card, Country)
    fewer = card.model_dump() | {"districts": 1200}
    fewer["deck"] |= {"sessions": 3}
    country = Country.model_validate(fewer)
    deck = deal(dealing_of(country, LIBRARY), tmp_path).deck
    shown = {each.fact: each for each in show(country, deck, range(1, 9))}
    assert set(shown) == set(FACTS)
    for name, fact in shown.items():
        assert fact.source[-4:].isdigit()
        assert not np.isnan(fact.figures).any()
        if name not in NEAR:
            assert (fact.verdict == "shown") == (name not in NOT_SHOWN), name


def test_a_fact_is_told_by_how_many_seeds_show_it_by_a_fifth_and_how_many_in_its_direction_alone() -> None:
    large, small, none = (0.4, 0.2), (0.4, 0.36), (0.4, 0.44)  # in substance at once: of early adopters, and of late

    def verdict(*rows: tuple[float, float]) -> str:
        return Shown("cohorts", np.array(rows)).verdict

    assert verdict(*[large] * 18, *[none] * 7) == "shown"
    assert verdict(*[large] * 17, *[none] * 8) == "open", "Wilson's interval goes down to 0.48"
    assert verdict(*[small] * 25) == "weaker"
    assert verdict(*[none] * 13, *[small] * 12) == "missing", "neither by a fifth nor clearly in its direction"
    assert verdict(*[large] * 3, *[none] * 2) == "open", "of five seeds three say nothing"
    assert verdict(*[(np.nan, 0.2)] * 25) == "open", "nobody could measure it"
    assert Shown("cohorts", np.array([large, small, (np.nan, 0.1)])).measured == 2
    few, many = (Shown("cohorts", np.linspace((0.0, 0.0), (1.0, 1.0), seeds)).band[0] for seeds in (5, 11))
    assert (few, many) == ((0.0, 0.5, 1.0), (0.1, 0.5, 0.9)), "of few seeds the band leaves none out"


def test_what_makes_all_places_quicker_later_on_is_not_taken_for_an_effect_of_the_group() -> None:
    # In the group and outside one in ten adopts in the first period, and one in two in the second, when it is large.
    at, first, second = np.full(2000, -1), np.zeros(2000, bool), np.zeros(2000, bool)
    first[:100] = second[10:100] = second[290:1100] = True
    at[:10] = at[100:290] = 1
    at[10:100] = at[290:650] = at[1100:1550] = 2
    pooled = (460 / 1000) / (640 / 2800)

    def group(waiting: np.ndarray) -> np.ndarray:
        return first if waiting.all() else second

    assert pooled > 2
    assert hazard_ratio(at, group, np.zeros(2000, int), range(1, 3)) == pytest.approx(1)


def test_the_hazard_of_a_group_is_compared_within_strata() -> None:
    # Twice as quick in each stratum; nearly all of the group is in the slow one.
    fast, slow = np.repeat([2, 1], [100, 1000]), np.repeat([2, 1], [1000, 100])
    group = np.concatenate((fast == 2, slow == 2))
    at = np.full(2200, -1)
    for places, adopters in (
        (range(100), 80),
        (range(100, 1100), 400),
        (range(1100, 2100), 100),
        (range(2100, 2200), 5),
    ):
        at[list(places)[:adopters]] = 1
    stratum = np.repeat([0, 1], 1100)
    assert hazard_ratio(at, lambda _: group, stratum, range(1, 2)) == pytest.approx(2)


def test_no_ratio_where_nobody_outside_the_group_adopts() -> None:
    at = np.array([1, -1, -1, -1])
    assert np.isnan(hazard_ratio(at, lambda _: np.array([True, True, False, False]), np.zeros(4, int), range(1, 2)))
