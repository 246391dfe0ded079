"""Tables of places and ties: what they say is the country, and their faults have file, line and column."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sandbox.content.card_files import check_file, read_card
from sandbox.content.network_card import Country
from sandbox.content.skeletons import with_tables
from sandbox.diffusion.deck import Kind
from sandbox.diffusion.network import made
from sandbox.diffusion.play import play
from sandbox.diffusion.result_folder import keep, kept, result_id
from sandbox.diffusion.spread import SpreadPlan
from sandbox.errors import ContentError, InputError
from sandbox.report.pages.diffusion.reader import SpreadReader
from tests.content.folders import LIBRARY, write
from tests.diffusion.countries import made_up_deck

# In another order than that of the tree; what is left open is drawn.
PLACES = """\
\ufeffID,region,Name,office,governance,strength,pilot,population
11,south,Eleven,A,,,,5
12,north,,B,joint_production,0.25,yes,9
13,south,Thirteen,C,command,,,2

14,south,"Four, teen",A,,0.5,no,1
"""
TIES = "from,to,weight\n11,14,3\n14,11,3\n12,12,1\n12,11,1\n"


def card(folder: Path, places: str = PLACES, ties: str = TIES) -> Country:
    text, tables = with_tables("mapped")
    path = write(folder, "network", "mapped", text)
    for name, table in zip(tables, (places, ties), strict=True):
        path.with_name(name).write_text(table, "utf-8")
    read = read_card(path, "network")
    assert isinstance(read, Country)
    return read


def test_places_ties_and_pilots_are_those_of_the_tables(tmp_path: Path) -> None:
    country = card(tmp_path)
    assert (country.districts, country.pilots.count) == (4, 1)
    own, network = country.own, made(country, 7)
    assert own
    assert own.ids == ("12", "11", "14", "13"), "regions as on the card, then those of one office side by side"
    assert own.names == ("12", "Eleven", "Four, teen", "Thirteen")
    assert network.city.tolist() == [0, 1, 1, 2]
    assert network.region[network.province].tolist() == [0, 1, 1, 1]
    kinds = [network.kinds[number] for number in network.kind]
    assert kinds[0] == Kind("joint_production", "haicang")
    assert kinds[1:] == [Kind("command", "chengdu")] * 3
    assert network.strength[[0, 2]].tolist() == [0.25, 0.5]
    assert len({*network.strength.tolist(), *made(country, 8).strength.tolist()}) == 6, "what is open is drawn anew"
    near = np.split(network.neighbours, network.offsets[1:-1])
    assert [row.tolist() for row in near] == [[1], [0, 2], [1], []]
    assert network.weights.tolist() == [1, 1, 3, 3]
    with pytest.raises(InputError, match="has the 4 places of its table"):
        country.resized(5)


def test_a_result_keeps_its_tables_and_is_another_with_others(tmp_path: Path) -> None:
    country = card(tmp_path)
    plan, deck = SpreadPlan(country, (1,)), made_up_deck(tuple(Kind(*pair) for pair in country.within_region()))
    played = play(plan, deck)
    assert played.districts.mechanism[0] == -1
    assert played.districts.form_at[0] > 0, "the pilot of the table began"
    reader = SpreadReader(played, LIBRARY, "en", "")
    assert (reader.place(2), reader.called(2), reader.where(2)) == ("Four, teen (14)", "14", "A, South coast")
    keep(played, tmp_path / "result")
    other = card(tmp_path, ties=TIES.replace("12,11,1", "12,13,1"))
    again = kept(tmp_path / "result")
    assert again.plan.country.own
    assert again.plan.country.own.ids == ("12", "11", "14", "13")
    assert np.array_equal(again.network.neighbours, made(country, 1).neighbours)
    assert result_id(plan, deck) == result_id(SpreadPlan(again.plan.country, (1,)), deck)
    assert result_id(plan, deck) != result_id(SpreadPlan(other, (1,)), deck)


def test_a_heavier_tie_counts_for_more(tmp_path: Path) -> None:
    places = "id,region,pilot\na,north,1\nb,north,\nc,south,\n"
    deck = made_up_deck((Kind("command", "haicang"), Kind("joint_production", "haicang"), Kind("command", "chengdu")))
    share = []
    for weight in (1, 30):
        only = {"imitation": {"rate": 20.0, "threshold": 0.9, "spread": 0.0}}
        only |= {name: {"on": False} for name in ("learning", "competition", "postings", "catch_up", "coercion")}
        country = card(tmp_path, places, f"from,to,weight\na,b,{weight}\nb,c,1\n").changed(**only)
        ended = [play(SpreadPlan(country, (seed,)), deck).districts.form_at for seed in range(1, 6)]
        share.append(sum(at[1] >= 0 for at in ended))
    assert share[0] == 0, "one of two neighbours is less than nine in ten"
    assert share[1] > 2


FAULTS = (
    (PLACES.replace("strength", "strenght"), TIES, "places.csv:1: strenght: this column is not read; did you mean"),
    (PLACES.replace("region", "part", 1), TIES, "places.csv:1: region: there is no column 'region'"),
    (PLACES.replace("12,north", "12,east"), TIES, "places.csv:3: region: unknown region 'east'. Allowed: north"),
    (PLACES.replace("13,south", "12,south"), TIES, "places.csv:4: id: '12' stands in line 3 already"),
    (PLACES.replace(",9\n", "\n"), TIES, "places.csv:3: the row has 7 cells, and the first row names 8 columns"),
    (PLACES.replace("C,command", "C,council"), TIES, "governance: 'council' is no kind of the region 'south'"),
    (PLACES.replace("0.25", "25"), TIES, "places.csv:3: strength: '25' is no number from 0 to 1"),
    (PLACES.replace("yes", "maybe"), TIES, "places.csv:3: pilot: 'maybe' is neither yes nor no"),
    (PLACES.replace(",C,", ",,"), TIES, "places.csv:4: office: is empty"),
    (PLACES.replace("pilot", "begins"), TIES, "places.csv:1: the card has 10 pilots, and there are 4 places"),
    (PLACES, TIES.replace("12,11", "12,99"), "ties.csv:5: to: there is no place '99' in"),
    (PLACES, TIES.replace("14,11,3", "14,11,2"), "ties.csv:3: weight: 14 and 11 have another weight in line 2"),
    (PLACES, TIES.replace("12,11,1", "12,11,0"), "ties.csv:5: weight: '0' is no weight"),
    (PLACES, "from;to\n", "ties.csv:1: from: there is no column 'from'"),
)  # fmt: skip


def test_faults_are_told_with_file_line_and_column(tmp_path: Path) -> None:
    for places, ties, said in FAULTS:
        with pytest.raises(ContentError) as refused:
            card(tmp_path, places, ties)
        assert said in str(refused.value)
    (tmp_path / "prompts/networks/mapped_ties.csv").unlink()
    with pytest.raises(ContentError, match="cannot be read"):
        check_file(tmp_path / "prompts/networks/mapped.yaml")
