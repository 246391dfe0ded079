"""Countries of an experiment: each replicate has a deck of its own, so that its luck is no finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.experiment import spreading
from sandbox.experiment.countries import CountrySpec
from sandbox.experiment.spreading import Countries, deal_all
from tests.experiment.making import LIBRARY

SPEC = CountrySpec(scenario="from_the_top", governance="", network="from_the_top", style="rules", model="none", seed=3)
OTHER_RULES = SPEC.model_copy(update={"changes": ("aggregation.order=last_made",)})


def test_each_replicate_has_a_deck_of_its_own_which_arms_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deals: list[tuple[tuple[str, ...], int]] = []
    begun: list[int] = []

    def dealt(dealing: Any, *_: Any, on_begin: Any, **__: Any) -> None:
        deals.append((dealing.settings.changes, dealing.deal))
        on_begin(10)

    monkeypatch.setattr(spreading, "deal", dealt)
    without = SPEC.model_copy(update={"without": ("learning",)})
    specs = [spec.model_copy(update={"seed": seed}) for seed in (3, 4) for spec in (SPEC, without, OTHER_RULES)]
    deal_all(specs, LIBRARY, tmp_path, 1, None, begun.append, int)
    assert deals == [((), 3), (OTHER_RULES.changes, 3), ((), 4), (OTHER_RULES.changes, 4)]
    assert begun == [10, 20, 30, 40]


def test_a_country_reads_the_same_whatever_its_seed() -> None:
    countries = Countries(LIBRARY)
    assert countries.content(SPEC) == countries.content(SPEC.model_copy(update={"seed": 4}))
    assert countries.content(SPEC) != countries.content(OTHER_RULES)
