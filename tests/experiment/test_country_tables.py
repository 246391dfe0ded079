"""A country as tables: what stands in them is what came of it, and event history can be read off them."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pyarrow import parquet

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.network_card import MECHANISMS
from sandbox.content.program import program
from sandbox.diffusion.history import history
from sandbox.diffusion.play import play
from sandbox.diffusion.spread import SpreadPlan
from sandbox.experiment.export.country_tables import TABLES, export_country
from tests.diffusion.countries import KIND, country, made_up_deck, sure_deck
from tests.report.spreads import FORM_AT, SUBSTANCE_AT, TEACHERS, spread, told

PERIODS = 6


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_places_say_where_each_lies_and_what_became_of_it(tmp_path: Path) -> None:
    played = spread()
    export_country(played, [told(played)], tmp_path)
    places = rows(tmp_path, "places")
    assert [place["form_at"] for place in places] == ["" if at < 0 else str(at) for at in FORM_AT]
    assert [place["substance_at"] for place in places] == ["" if at < 0 else str(at) for at in SUBSTANCE_AT]
    assert [place["teacher"] for place in places] == ["" if teacher < 0 else str(teacher) for teacher in TEACHERS]
    assert [place["region"] for place in places] == ["coast"] * 6 + ["inland"] * 6
    assert [place["governance"] for place in places] == ["command"] * 6 + ["one_core_multiple_actors"] * 6
    assert [place["office"] for place in places] == [str(1 + number // 3) for number in range(12)]
    assert places[0]["mechanism"] == "", "a pilot"
    assert [place["first_plan"] == "" for place in places] == [at < 0 for at in FORM_AT], "no plan, and no 0"
    assert places[4]["mechanism"] == "coercion"
    assert [float(place["strength"]) for place in places] == pytest.approx(played.network.strength, abs=1e-5)


def test_each_place_and_period_says_who_could_take_it_up_and_who_does(tmp_path: Path) -> None:
    played = spread()
    export_country(played, [told(played)], tmp_path)
    panel = rows(tmp_path, "place_periods")
    assert len(panel) == 12 * PERIODS
    network = played.network
    for row in panel:
        place, period = int(row["place"]), int(row["period"])
        before = [0 <= at < period for at in FORM_AT]
        assert row["pilot"] == str(place == 0).lower()
        assert row["at_risk"] == str(not before[place] and place > 0).lower()
        assert row["takes_up"] == str(FORM_AT[place] == period).lower()
        assert row["has_form"] == str(0 <= FORM_AT[place] <= period).lower()
        assert row["had_substance"] == str(0 <= SUBSTANCE_AT[place] <= period).lower()
        assert row["central_rule"] == str(period >= 4).lower()
        near = network.neighbours[network.offsets[place] : network.offsets[place + 1]]
        expected = f"{np.mean([before[other] for other in near]):.5f}" if len(near) else ""
        assert row["neighbours_form"] == "" == expected or float(row["neighbours_form"]) == pytest.approx(
            float(expected), abs=1e-5
        )
        siblings = [before[other] for other in range(12) if other // 3 == place // 3 and other != place]
        assert float(row["siblings_form"]) == pytest.approx(np.mean(siblings), abs=1e-5)
        assert (row["met_mechanism"] == "coercion") == (row["met_channel"] == "order")
    assert sum(row["takes_up"] == "true" for row in panel) == sum(at >= 0 for at in FORM_AT)


def test_curves_are_of_every_seed_and_of_each_arm(tmp_path: Path) -> None:
    played = spread(without=("learning",), lost=0.1)
    export_country(played, [told(played)], tmp_path)
    curves = rows(tmp_path, "curves")
    assert {(row["without"], row["seed"]) for row in curves} == {
        (without, seed) for without in ("", "learning") for seed in ("1", "2", "3")
    }
    last = next(row for row in curves if (row["without"], row["seed"], row["period"]) == ("", "1", str(PERIODS)))
    assert float(last["in_form"]) == pytest.approx(9 / 12)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_column_is_explained(tmp_path: Path, lang: Lang) -> None:
    paths = export_country(spread(), [told(spread())], tmp_path, ("csv", "parquet"), lang)
    assert [path.name for path in paths[:-1]] == [f"{name}.{form}" for form in ("csv", "parquet") for name in TABLES]
    book = paths[-1].read_text(encoding="utf-8")
    assert program() in book
    for name in TABLES:
        written = parquet.read_table(tmp_path / f"{name}.parquet")
        assert written.num_rows == len(rows(tmp_path, name)) > 0, "each format holds all rows"
    for columns in TABLES.values():
        for column in columns:
            (line, *_) = (line for line in book.splitlines() if line.startswith(f"| `{column}` |"))
            assert len(line.split("|")[3].strip()) > 1


def test_whom_those_above_reach_stands_in_the_row_of_the_period(tmp_path: Path) -> None:
    for by in ("order", "training"):
        coercion = {"on": True, "order": 0, "training": 0, "cascade": 0.5, "promoted": 3, by: 20}
        rule = {"central_rule": 4} if by == "order" else {"absorption": {"on": True, "share": 0.05}}
        card = country(districts=60, coercion=coercion, pilots={"count": 6}, **rule)
        plan = SpreadPlan(card, (3,))
        export_country(play(plan, sure_deck()), [history(plan, sure_deck(), 3)], tmp_path)
        column = {"order": "order_here", "training": "promoted_here"}[by]
        panel = [row for row in rows(tmp_path, "place_periods") if row["at_risk"] == "true" and row["period"] != "1"]
        assert {row[column] for row in panel} == {"true", "false"}
        assert [row for row in panel if row["takes_up"] != row[column]] == [], (
            "at that rate whoever is reached takes it up"
        )


def test_ties_and_positions_make_the_map_again(tmp_path: Path) -> None:
    export_country(spread(), [told(spread())], tmp_path)
    ties = [(int(row["place"]), int(row["neighbour"])) for row in rows(tmp_path, "ties")]
    places = rows(tmp_path, "places")
    ends = [end for tie in ties for end in tie]
    assert [ends.count(place) for place in range(12)] == [int(row["neighbours"]) for row in places]
    assert all(0 <= float(row[axis]) <= 1 for row in places for axis in "xy")
    for row in rows(tmp_path, "place_periods"):
        near = [sum(tie) - int(row["place"]) for tie in ties if int(row["place"]) in tie]
        deep = [0 <= SUBSTANCE_AT[other] < int(row["period"]) for other in near]
        assert row["neighbours_substance"] == "" or float(row["neighbours_substance"]) == pytest.approx(
            np.mean(deep), abs=1e-5
        )


def test_a_history_is_the_course_that_was_played_and_says_what_each_period_was_like(tmp_path: Path) -> None:
    on = {name: {"on": True} for name in ("learning", "imitation")} | {"postings": {"on": True, "moved": 0.3}}
    plan, deck = SpreadPlan(country(districts=60, periods=12, **on), (1, 2)), made_up_deck((KIND,))
    played = play(plan, deck)
    histories = [history(plan, deck, seed) for seed in plan.seeds]
    assert np.array_equal(histories[0].districts.substance, played.districts.substance)
    export_country(played, histories, tmp_path)
    panel = {(row["seed"], int(row["place"]), int(row["period"])): row for row in rows(tmp_path, "place_periods")}
    assert len(panel) == 2 * 60 * 12
    for seed, each in zip("12", histories, strict=True):
        network = each.network
        for place in range(60):
            own = [panel[seed, place, period] for period in range(1, 13)]
            failed = [row["meeting_fails"] == "true" for row in own]
            assert [int(row["failed_before"]) for row in own] == np.cumsum([0, *failed])[:-1].tolist()
            assert all(row["meets"] == "true" for row in own if "true" in (row["meeting_fails"], row["takes_up"]))
            assert all(row["has_form"] == "false" for row in own if row["meeting_fails"] == "true")
            near = network.neighbours[network.offsets[place] : network.offsets[place + 1]]
            last = each.moments[-1].substance
            assert own[-1]["neighbours_mean"] == "" or float(own[-1]["neighbours_mean"]) == pytest.approx(
                last[near].mean(), abs=1e-5
            )
        by_leader = [place for place in range(60) if each.districts.mechanism[place] == MECHANISMS.index("postings")]
        assert by_leader
        moments = [(place, int(each.districts.form_at[place])) for place in by_leader]
        assert {panel[seed, place, period]["agenda_here"] for place, period in moments} == {"true"}


def test_a_pilot_whose_meetings_fail_is_told_from_those_who_were_never_reached(tmp_path: Path) -> None:
    deck = sure_deck()
    failing = replace(deck, cells=deck.cells._replace(form=np.zeros_like(deck.cells.form)))
    plan = SpreadPlan(country(districts=40, periods=4, pilots={"count": 5}), (3,))
    export_country(play(plan, failing), [history(plan, failing, 3)], tmp_path)
    assert {row["form_at"] for row in rows(tmp_path, "places")} == {""}
    panel = rows(tmp_path, "place_periods")
    assert sum(row["pilot"] == "true" for row in panel) == 5 * 4
    assert all(row["meets"] == row["pilot"] for row in panel)
    assert all(row["at_risk"] != row["pilot"] for row in panel)


def test_whoever_a_mechanism_reaches_was_exposed_to_it(tmp_path: Path) -> None:
    cases: list[tuple[str, str, dict[str, float]]] = [
        ("competition", "siblings_above", {"rate": 20}),
        ("catch_up", "province_behind", {"rate": 20}),
    ]
    for mechanism, column, on in cases:
        card = country(districts=120, periods=8, pilots={"count": 6}, **{mechanism: {"on": True, **on}})
        plan, deck = SpreadPlan(card, (3,)), made_up_deck((KIND,))
        export_country(play(plan, deck), [history(plan, deck, 3)], tmp_path)
        panel = rows(tmp_path, "place_periods")
        met = [row for row in panel if row["met_mechanism"] == mechanism]
        assert len(met) > 10
        assert all(0 < float(row[column]) <= 1 for row in met)
        assert all(row["at_risk"] == "true" or float(row["substance_before"]) < card.line for row in met)
        unexposed = [row for row in panel if not float(row[column] or 0)]
        assert unexposed
        assert all(row["met_mechanism"] == "" for row in unexposed)


def test_the_recipe_of_the_codebook_tells_who_is_reached_with_the_rates_of_the_card(tmp_path: Path) -> None:
    on = {name: {"on": True} for name in ("learning", "competition", "imitation", "coercion", "postings")}
    card = country(districts=250, periods=10, central_rule=4, pilots={"count": 20}, **on)
    plan, deck = SpreadPlan(card, (3,)), made_up_deck((KIND,))
    export_country(play(plan, deck), [history(plan, deck, 3)], tmp_path)
    risk = [row for row in rows(tmp_path, "place_periods") if row["at_risk"] == "true"]

    def column(name: str) -> NDArray[np.float64]:
        known = {"true": 1.0, "false": 0.0, "": 0.0}
        return np.array([known[row[name]] if row[name] in known else float(row[name]) for row in risk])

    exposures = {
        "order": column("order_here"), "training": column("promoted_here"), "learning": column("neighbours_mean"),
        "competition": column("siblings_above"), "agenda": column("agenda_here"),
        "imitation": (column("neighbours_form") >= column("threshold")) * 1.0,
    }  # fmt: skip
    rates = {
        "order": card.coercion.order, "training": card.coercion.training, "learning": card.learning.rate,
        "competition": card.competition.rate, "agenda": card.postings.rate, "imitation": card.imitation.rate,
    }  # fmt: skip
    chance = 1 - np.exp(-(0.5 + column("strength")) * sum(rates[name] * exposures[name] for name in rates))
    for name, exposure in exposures.items():
        missed = float(((column("meets") - chance) * exposure).sum())
        assert abs(missed) < 3 * float(np.sqrt((chance * (1 - chance) * exposure**2).sum())), name
