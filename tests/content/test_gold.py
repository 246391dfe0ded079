"""The gold set: complete, the same in both languages, and not to be guessed from the surface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import mean

import numpy as np
import numpy.typing as npt
import pytest

from sandbox.content.cards import ACTS
from sandbox.content.gold import GoldItem, check_gold, gold_criteria, gold_items, injections
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.errors import ContentError, InputError
from tests.cli.conftest import Cli, cli
from tests.content.folders import LIBRARY

__all__ = ["cli"]

CRITERIA = [one.id for one in LIBRARY.rubric("core").criteria]
SURFACE = 0.3  # the highest kappa that acts, length and seats may reach
Values = npt.NDArray[np.float64]
TRUST = [one for one in LIBRARY.rubric("core").criteria if one.id == "trust"]


def test_every_criterion_of_the_rubric_has_a_gold_set() -> None:
    assert len(CRITERIA) >= 13
    assert {one.id for one in gold_criteria(LIBRARY)} == set(CRITERIA)
    assert list(check_gold(LIBRARY, LIBRARY.rubric("core").criteria)) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_surface_does_not_tell_the_level(lang: Lang) -> None:
    for criterion in CRITERIA:
        items = gold_items(LIBRARY, criterion, lang)
        levels = [float(item.level) for item in items]
        for surface in (
            [float(sum(len(line.says) for line in item.dialogue)) for item in items],
            [float(len(item.dialogue)) for item in items],
            [float(place) for place in range(len(items))],
        ):
            assert abs(_rank_correlation(levels, surface)) <= 0.3, criterion
        said = [line.says for item in items for line in item.dialogue]
        assert len(set(said)) == len(said), criterion


@pytest.mark.fuzz
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_more_than_chance_is_predicted_from_acts_length_and_seats(lang: Lang) -> None:
    for criterion in CRITERIA:
        found = surface_kappas(gold_items(LIBRARY, criterion, lang))
        assert {name: round(kappa, 2) for name, kappa in found.items() if kappa >= SURFACE} == {}, criterion


def test_a_gold_set_whose_levels_follow_from_one_act_is_caught() -> None:
    items = gold_items(LIBRARY, "trust", "en")
    told = []
    for item in items:
        lines = [
            line.model_copy(update={"act": "propose" if place < item.level else "inform"})
            for place, line in enumerate(item.dialogue)
        ]
        told.append(item.model_copy(update={"dialogue": tuple(lines)}))
    found = surface_kappas(told)
    assert found["propose"] >= 0.6
    assert found["ridge, 3"] >= 0.6


def test_attempts_to_sway_a_judge_come_in_both_languages() -> None:
    en, zh = injections(LIBRARY, "en"), injections(LIBRARY, "zh")
    assert len(en) == len(zh) == 22
    assert len({*en, *zh}) == 44


def test_faults_are_named_with_file_line_and_field(tmp_path: Path, cli: Cli) -> None:
    folder = tmp_path / "prompts" / "gold" / "trust"
    folder.mkdir(parents=True)
    good = "- {id: one, level: 3, split: test, stage: public_engagement, note: n, dialogue: [%s]}\n"
    line = "{seat: mayor, act: ask, to: all, says: Well}"
    for text, told in (
        (good.replace("level: 3", "level: 7") % f"{line}, {line}", "en.yaml:1: 0.level: "),
        (good % f"{line}, {line.replace('mayor', 'nobody')}", "seat: unknown persona 'nobody'"),
        ("id: one\n", "expected a list"),
        (good.replace("level: 3", "level: .nan") % f"{line}, {line}", "en.yaml:1: 0.level: "),
        (good.replace("level: 3", "level: !!int ''") % f"{line}, {line}", "en.yaml:1: not valid YAML: '' is no int"),
        (good.replace("note: n", "note: !!timestamp n") % f"{line}, {line}", "not valid YAML: 'n' is no timestamp"),
        (good.replace("note: n", "? [n] : n") % f"{line}, {line}", "not valid YAML: a key must be a text"),
        (good.replace("note: n", "1: n") % f"{line}, {line}", "en.yaml:1: 0.1: is not a known field"),
        (good % "&a [*a]", "not valid YAML: the alias 'a' stands inside what it repeats"),
        (good % f"{line}, {line}", "trust/en.yaml: 1 items; at least 10"),
    ):
        (folder / "en.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(ContentError) as caught:
            raise ContentError(list(check_gold(Library.load(tmp_path), TRUST)))
        assert told in "\n".join(caught.value.problems)
    done = cli("validate", tmp_path)
    assert done.code == 2
    assert told in done.err
    with pytest.raises(InputError, match="there is no gold set for 'nothing'"):
        gold_items(LIBRARY, "nothing", "en")


def surface_kappas(items: Sequence[GoldItem]) -> dict[str, float]:
    """Return how well each item's level is told from the surface of all others, by way of telling: weighted kappa.

    The surface is the share of each act, the number of lines, their length and the number of seats; levels are told
    from all of these together (ridge regressions, the nearest items) and from each of them alone (a line).
    """
    names = (*ACTS, "lines", "length", "seats")
    surface = np.array([
        [sum(line.act == act for line in item.dialogue) / len(item.dialogue) for act in ACTS]
        + [len(item.dialogue), sum(len(line.says) for line in item.dialogue), len({x.seat for x in item.dialogue})]
        for item in items
    ])  # fmt: skip
    levels = np.array([float(item.level) for item in items])
    ways: dict[str, Callable[[Values, Values, Values], float]] = {
        **{f"ridge, {penalty}": partial(_by_ridge, penalty) for penalty in (1, 3, 10)},
        **{f"nearest {count}": partial(_by_nearest, count) for count in (1, 3)},
        **{name: partial(_by_line, place) for place, name in enumerate(names)},
    }
    told: dict[str, list[float]] = {name: [] for name in ways}
    for place in range(len(items)):
        others = np.arange(len(items)) != place
        mean_of, spread = surface[others].mean(axis=0), surface[others].std(axis=0)
        scaled = (surface - mean_of) / np.where(spread > 0, spread, 1)
        for name, way in ways.items():
            told[name].append(way(scaled[others], levels[others], scaled[place]))
    return {name: _weighted_kappa(levels, np.clip(np.floor(np.array(each) + 0.5), 1, 5)) for name, each in told.items()}


def _by_ridge(penalty: float, known: Values, levels: Values, one: Values) -> float:
    weights = np.linalg.solve(known.T @ known + penalty * np.eye(len(one)), known.T @ (levels - levels.mean()))
    return float(levels.mean() + one @ weights)


def _by_nearest(count: int, known: Values, levels: Values, one: Values) -> float:
    order = np.argsort(((known - one) ** 2).sum(axis=1), kind="stable")
    return float(levels[order[:count]].mean())


def _by_line(place: int, known: Values, levels: Values, one: Values) -> float:
    return float(levels.mean() + one[place] * (known[:, place] * (levels - levels.mean())).mean())


def _weighted_kappa(gold: Values, told: Values) -> float:
    expected = ((gold[:, None] - told[None, :]) ** 2).mean()
    return float(1 - ((gold - told) ** 2).mean() / expected) if expected else 0.0


def _rank_correlation(one: list[float], other: list[float]) -> float:
    a, b = _ranks(one), _ranks(other)
    x, y = mean(a), mean(b)
    shared = sum((p - x) * (q - y) for p, q in zip(a, b, strict=True))
    spread = (sum((p - x) ** 2 for p in a) * sum((q - y) ** 2 for q in b)) ** 0.5
    return shared / spread if spread else 0.0


def _ranks(values: list[float]) -> list[float]:
    return [mean(place for place, other in enumerate(sorted(values)) if other == value) for value in values]
