"""How far a country hangs on each rate: one is changed at a time, and all else stays as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sandbox.content.language import LANGUAGES
from sandbox.diffusion.play import play
from sandbox.diffusion.rates import mean_interval, rate_sensitivity, varied_rates
from sandbox.diffusion.spread import SpreadPlan
from sandbox.report.document.chart import Chart
from sandbox.report.pages.diffusion.moves import rates_told
from tests.content.folders import LIBRARY
from tests.diffusion.countries import KIND, country, made_up_deck

CARD = country(
    districts=200, periods=12, central_rule=9, again=0.4,
    **{name: {"on": True} for name in ("coercion", "learning", "imitation")},
)  # fmt: skip
PLAN, DECK = SpreadPlan(CARD, (1, 2, 3)), made_up_deck((KIND,))


def test_each_rate_that_is_on_is_lower_and_higher_within_what_a_card_allows() -> None:
    varied = [(mechanism, rate, known, value) for mechanism, rate, known, value, _ in varied_rates(PLAN, 3)]
    assert {mechanism for mechanism, *_ in varied} == {"coercion", "learning", "imitation", ""}
    values = {(rate, value) for mechanism, rate, _, value in varied if mechanism in ("coercion", "")}
    assert values == {
        ("order", 0.1), ("order", 0.9), ("training", 0.066667), ("training", 0.6), ("cascade", 0.166667),
        ("cascade", 1.0), ("promoted", 2), ("promoted", 12), ("again", 0.133333), ("again", 1.0),
        ("line", 0.1), ("line", 0.9), ("central_rule", 3), ("central_rule", 12),
    }  # fmt: skip
    off = SpreadPlan(CARD, (1,), ("coercion",))
    assert "central_rule" not in {rate for _, rate, *_ in varied_rates(off, 3)}, "no orders by which it would come"


def test_changes_are_seed_by_seed_against_the_card_and_shown_with_their_intervals() -> None:
    result = rate_sensitivity(PLAN, DECK, 3)
    played = play(PLAN, DECK).arms[0].courses
    assert result.base["spread_substance"].tolist() == [course.substance[-1] for course in played]
    changes = {(each.mechanism, each.rate, each.value > each.known): each.changes for each in result.varied}
    assert (changes["learning", "rate", True]["spread_meetings"] > 0).all()
    assert (changes["learning", "rate", False]["spread_meetings"] < 0).all()
    assert (changes["imitation", "threshold", False]["spread_form"] >= 0).all(), "thresholds are those of the value"
    assert changes["imitation", "threshold", False]["spread_form"].any()
    played_at = {
        value: play(replace(PLAN, country=CARD.changed(line=value)), DECK).arms[0].courses for value in (0.1, 0.9)
    }
    for value, courses in played_at.items():
        moved = changes["", "line", value > CARD.line]["spread_substance"]
        assert moved.tolist() == [a.substance[-1] - b.substance[-1] for a, b in zip(courses, played, strict=True)]
        assert ((moved > 0) == (value < CARD.line)).all(), "a country of another line, played"
    low, high = mean_interval(np.array([1.0, 2.0, 3.0]))[1:]
    assert (low, high) == pytest.approx((2 - 4.30265 / 3**0.5, 2 + 4.30265 / 3**0.5), abs=1e-4)
    for lang in LANGUAGES:
        drawn = rates_told(result, LIBRARY, lang, drawn=True)
        charts = [block for block in drawn.blocks if isinstance(block, Chart)]
        assert [chart.anchor for chart in charts] == ["rates-substance", "rates-at_once", "rates-form"]
        lengths = [
            max(abs(dot.value or 0) for dot in strip.dots) for strip in charts[0].strips
        ]  # fmt: skip
        assert lengths == sorted(lengths, reverse=True), "what moves most stands first"
