"""An observed curve: how it is read, how far a country lies from it, and which rates lie nearest."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sandbox
from sandbox.content.changes import with_rates
from sandbox.content.language import LANGUAGES
from sandbox.diffusion import play
from sandbox.diffusion.fit import nearest
from sandbox.diffusion.observed import Held, Observed, distance, distance_of, read_observed
from sandbox.diffusion.spread import SpreadPlan
from sandbox.errors import ContentError
from sandbox.report.pages.diffusion.observed import observed_told
from tests.content.folders import LIBRARY
from tests.diffusion.countries import KIND, country, little, made_up_deck
from tests.diffusion.dealing import deal_once

README = Path(sandbox.__file__).parent / "diffusion" / "README.md"
CARD = country(districts=150, periods=12, learning={"on": True, "rate": 1.0}, imitation={"on": True})


def test_shares_are_read_or_counted_from_the_periods_of_places() -> None:
    cases: list[tuple[str, Observed]] = [
        ("share,period,source\n0.5,8,a\n0.1,4,b\n", Observed((4, 8), (0.1, 0.5))),
        ("id,name,adopted\r\na,A,3\r\nb,B,\r\nc,C,1\r\nd,D,3\r\n", Observed((0, 1, 2, 3), (0, 0.25, 0.25, 0.75), 4)),
    ]
    for text, observed in cases:
        assert read_observed(text, "seen.csv", CARD) == observed


def test_a_fault_is_told_with_file_line_and_column() -> None:
    cases: list[tuple[str, str]] = [
        ("year,percent\n1,2\n", "seen.csv:1: expected the columns period, share, or id, adopted"),
        ("id,period,share,adopted\na,1,0.2,1\n", "seen.csv:1: expected the columns period, share, or id, adopted"),
        ("period,shares\n1,0.2\n", "seen.csv:1: share: there is no column 'share'"),
        ("period,share\n1,0.2\n1,0.3\n", "seen.csv:3: period: period 1 has a share already"),
        ("period,share\n1.5,0.2\n", "seen.csv:2: period: '1.5' is no period of the country; allowed: whole numbers"),
        ("period,share\n1,0.2\n", "one period makes no curve"),
        ("id,adopted\na,0\n", "seen.csv:2: adopted: '0' is no period of the country"),
        ("id,adopted\na,1\na,2\n", "seen.csv:3: id: 'a' stands in line 2 already"),
        ("id,adopted\na,\n", "no place has a period"),
    ]
    for text, said in cases:
        with pytest.raises(ContentError) as raised:
            read_observed(text, "seen.csv", CARD)
        assert said in str(raised.value)


def test_a_distance_is_that_of_the_median_beside_the_luck_of_the_farthest_seed() -> None:
    curves = np.array([[0, 0.1, 0.2], [0, 0.2, 0.4], [0, 0.3, 0.6], [0, 0.9, 0.4]])
    apart = distance_of(curves, Observed((1, 2), (0.15, 0.8)))
    assert apart.band.middle.tolist() == pytest.approx([0.25, 0.4])
    assert apart.rmse == pytest.approx(np.sqrt((0.1**2 + 0.4**2) / 2))
    assert (apart.at, apart.within) == (2, 1)
    assert apart.gap == pytest.approx(-0.4)
    assert apart.luck == pytest.approx(np.sqrt((0.7**2 + 0) / 2)), "the last seed, from the median of the others"
    assert apart.near
    assert not distance_of(curves[:2], Observed((1, 2), (0.15, 0.8))).near, "of two seeds no luck is known"


def test_nothing_before_the_first_period_is_no_hit() -> None:
    curves = np.array([[0, 0.1, 0.2], [0, 0.2, 0.4], [0, 0.3, 0.6], [0, 0.9, 0.4]])
    began = distance_of(curves, Observed((1, 2), (0.15, 0.8)))
    whole = distance_of(curves, Observed((0, 1, 2), (0, 0.15, 0.8)))
    assert len(whole.band.middle) == 3
    for name in ("rmse", "gap", "at", "within", "periods", "luck"):
        assert getattr(whole, name) == pytest.approx(getattr(began, name)), name
    assert (whole.within, whole.periods) == (1, 2)


def test_rates_are_found_again_that_made_the_curve_and_no_more_is_claimed() -> None:
    plan, deck = SpreadPlan(CARD, (1, 2, 3)), made_up_deck((KIND,))
    truth = SpreadPlan(with_rates(CARD, ["learning.rate=2.6"]), plan.seeds)
    seen = Observed(tuple(range(13)), tuple(play.play(truth, deck).arms[0].band("form").middle.tolist()))
    fit = nearest(plan, deck, seen, "form", ["learning.rate"])
    grid = [each.rates["learning.rate"] for each in fit if each.grid]
    assert grid[0] == 2
    assert sorted(grid) == [0.25, 0.5, 1, 2, 4]
    assert fit[0].rates["learning.rate"] == pytest.approx(2.6, abs=0.15)
    assert fit[0].distance.rmse < 0.01
    spread = play.play(plan, deck)
    held = Held("form", seen, distance(spread.arms[0], "form", seen), fit)
    for lang, said in zip(LANGUAGES, ("This fit identifies nothing", "识别不出任何东西"), strict=True):
        shown = repr(observed_told(held, spread, LIBRARY, lang, drawn=True))
        assert said in shown
        assert "Curves(" in shown


def test_the_python_of_the_page_runs_as_it_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deal_once(monkeypatch)
    little(tmp_path)
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    made: dict[str, Any] = {}
    own = code.replace("from_the_top", "little").replace('": 2000', '": 60, "content": "."')
    exec(own.replace("range(1, 6)", "range(1, 3)"), made)
    assert len(made["gains"]) == 2
    assert any(made["gains"])
    assert len(made["curves"]) == 2 * 13
    assert {row["seed"] for row in made["places"]} == {2}
    assert len(made["places"]) == 60
    assert made["held"]["periods"] == 3, "period 0 is no period of the country"
    assert len(made["held"]["curve"]) == 4
    assert [each["rmse"] for each in made["held"]["fit"]] == sorted(each["rmse"] for each in made["held"]["fit"])
    for asked, said in (
        ({"seeds": [2**40]}, "seeds: '1099511627776' is not allowed"),
        ({"seeds": 3}, "seeds: expected a list of whole numbers"),
        ({"sessions": 0}, "^sessions: must be 1 or more"),
        ({"changes": ["line=2"]}, "changes line=2: must be 1.0 or less"),
    ):
        with pytest.raises(sandbox.InputError, match=said):
            sandbox.run_country("little", content=".", **asked)
    with pytest.raises(sandbox.InputError, match=r"^seeds: the result has no seed 9"):
        made["base"].tables([9])
    with pytest.raises(sandbox.InputError, match="fit: unknown rate 'luck'"):
        made["base"].compare({0: 0, 12: 0.5}, fit=["luck"])
