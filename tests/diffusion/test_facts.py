"""Stylised facts of the literature: each is shown by countries whose meetings were really played, or honestly is not.

A fact that is not reproduced stays so here: where a change of the program shows it after all, this test asks for the
table to be brought up to date.
"""

from __future__ import annotations

import numpy as np
import pytest

from sandbox.content.network_card import Country
from sandbox.diffusion.decks.dealt import deal, dealing_of
from sandbox.diffusion.facts import FACTS, Shown, show
from tests.content.folders import LIBRARY

REPRODUCED = {
    "shape": True,
    "neighbours": True,
    # The strong are hardly quicker than the weak at any time: who lies near a pilot matters more.
    "regime": False,
    "agenda": True,
    # New leaders bring the agenda again as often as old ones take it along.
    "departed": False,
    # Under a command model something is carried at once, with little in it; others carry it late, with more.
    "cohorts": False,
    "reinvention": True,
    "pilots": True,
    "cascades": True,
    "avoidance": True,
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shown]:
    card = LIBRARY.network("between_peers")
    assert isinstance(card, Country)
    fewer = card.model_dump() | {"districts": 3000}
    fewer["deck"] |= {"sessions": 8}
    country = Country.model_validate(fewer)
    dealt = deal(dealing_of(country, LIBRARY), tmp_path_factory.mktemp("decks"))
    return {fact.fact: fact for fact in show(country, dealt.deck, (1, 2, 3))}


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_is_reproduced_or_not_as_the_table_says(shown: dict[str, Shown], fact: str) -> None:
    assert (fact, shown[fact].reproduced) == (fact, REPRODUCED[fact]), shown[fact].figures.round(2).tolist()
    assert shown[fact].source[-4:].isdigit()
    assert not np.isnan(shown[fact].figures).any()


def test_every_fact_is_in_the_table() -> None:
    assert set(REPRODUCED) == set(FACTS)
