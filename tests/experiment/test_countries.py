"""Countries of an experiment: each replicate has a deck of its own, so that its luck is no finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.content.experiment_card import Design
from sandbox.content.language import LANGUAGES
from sandbox.content.words import Words
from sandbox.errors import ContentError
from sandbox.experiment.analysis.analysis import analyse
from sandbox.experiment.planning.design import open_design
from sandbox.experiment.planning.notes import left_out
from sandbox.experiment.planning.runs import runs_of
from sandbox.experiment.playing import spreading
from sandbox.experiment.playing.countries import CountrySpec
from sandbox.experiment.playing.spreading import Countries, deal_all
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.experiment import experiment_report
from tests.experiment.making import LIBRARY

SPEC = CountrySpec(scenario="from_the_top", governance="", network="from_the_top", style="rules", model="none", seed=3)
CASES = "from_the_top", "between_peers"
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


def test_a_rate_is_the_countrys_and_its_deck_stays_that_of_the_card() -> None:
    countries, keen = Countries(LIBRARY), SPEC.model_copy(update={"changes": ("learning.rate=3", "line=0.4")})
    plan = countries.plan(keen)
    assert (plan.country.learning.rate, plan.country.line, plan.rules) == (3, 0.4, ())
    assert countries.content(SPEC) != countries.content(keen)


def test_a_mechanism_is_left_out_only_where_it_is_there(tmp_path: Path) -> None:
    shipped, path = open_design(LIBRARY, "what_carries_it")
    runs = runs_of(shipped, LIBRARY, model="none", style="rules")
    assert [sum(run.arm == "coercion" for run in runs if run.scenario == case) for case in CASES] == [6, 0]
    assert [sum(run.arm == "learning" for run in runs if run.scenario == case) for case in CASES] == [6, 6]
    assert [word.key for word in left_out(shipped, LIBRARY)] == ["plan.off"]
    nowhere = path.read_text("utf-8").replace("from_the_top, between_peers", "between_peers")
    bare = path.read_text("utf-8").replace(
        "[nothing, coercion, learning, competition, imitation]", "[nothing, coercion]"
    )
    bare = bare.split("hypotheses:")[0]
    for name, card, said in (("nowhere", nowhere, "nothing would change"), ("bare", bare, "nothing to compare")):
        (folder := tmp_path / name / "experiments").mkdir(parents=True)
        (folder / "what_carries_it.yaml").write_text(card, "utf-8")
        with pytest.raises(ContentError, match=said):
            open_design(LIBRARY, str(folder / "what_carries_it.yaml"))


def test_an_effect_is_of_the_countries_in_which_its_arm_was_played() -> None:
    design, _ = open_design(LIBRARY, "what_carries_it")
    gaps = {"from_the_top": (0.3, 0.2, 0.4), "between_peers": (0.1, 0.1, None)}
    rows = [
        {
            "id": f"{case}{arm}{replicate}", "arm": arm, "block": f"{case}/{replicate}", "scenario": case,
            "cell": {"network": case, "without": arm, "districts": "2000"}, "replicate": replicate, "by_rules": True,
            "null": False,
            "outcomes": {"spread_gap": gap + replicate / 1000, "spread_substance": gap},
        }
        for case, held in gaps.items()
        for arm, gap in zip(("nothing", "learning", "coercion"), held, strict=True)
        if gap is not None
        for replicate in range(1, 6)
    ]  # fmt: skip
    analysis = analyse(design, rows)
    effect = next(each.effect for each in analysis.effects.tested if each.hypothesis.arm == "coercion")
    assert effect is not None
    assert (round(effect.pair.estimate, 6), effect.pair.pairs, effect.missing) == (0.1, 5, 0)
    page = to_markdown(experiment_report(analysis, LIBRARY, "en"))
    assert "no orders and training in Sideways between peers" in page
    assert "with odds that lean on how they stand" in page
    assert "each act that is allowed is as likely as any other" not in page
    asked = [each.model_dump() | {"arm": "between_peers", "at": {}, "base": ""} for each in design.hypotheses[:1]]
    compared = Design.model_validate(
        design.model_dump(exclude={"factors"})
        | {"arms": "network", "base": "from_the_top", "hypotheses": asked,
           "factors": {"network": ["from_the_top", "between_peers"], "districts": [2000]}}
    )  # fmt: skip
    of_both = [
        {**row, "arm": row["scenario"], "scenario": "countries", "block": f"countries/{row['replicate']}"}
        for row in rows if row["arm"] == "nothing"
    ]  # fmt: skip
    for lang in LANGUAGES:
        page = to_markdown(experiment_report(analyse(compared, of_both), LIBRARY, lang))
        assert Words(lang)("experiment_report.care.compared") in page
        assert Words(lang)("experiment_report.care.cases.one") not in page, "arms are no sample of cases"
        assert Words(lang)("experiment_report.hypotheses.pairs", pairs=5, cases=1) not in page
    full = [{**row, "outcomes": {"spread_gap": 0.0, "spread_substance": 1.0}} for row in rows]
    page = to_markdown(experiment_report(analyse(design, full), LIBRARY, "en"))
    assert "played for fewer or more periods the arms may differ otherwise" in page
    assert "restates a rule" not in page, "where time is up nothing tells what rules do"
