"""The shipped content: complete in both languages, and free of what is known to be wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import jinja2.meta
import pytest
from pydantic import BaseModel

from sandbox.content.library import FOLDERS, ContentKind, Library, check_file, shipped_root
from sandbox.content.models import ACTS, Governance, Lang, Scenario, Text
from sandbox.scoring.wording import numbers
from sandbox.session.game import Game, SessionSpec
from tests.content.folders import CARDS, shipped

_HAN = re.compile(r"[\u3400-\u9fff]")
_ERRATA = (
    r"33\.2\s*million",
    r"27\.3\s*million",
    r"10\s*million\s+floating",
    r"120\.59",
    r"17\.6\s*million",
    r"16\.5\s*(?:-|–|to)\s*21\s*million",
    r"70,?000\s+houses",
    r"abolish\w*[^.\n]{0,60}\b2005\b|\b2005\b[^.\n]{0,60}aboli",
    r"diazo",
    r"taichang",
)
TEMPLATES = shipped_root() / "prompts" / "templates"


def texts(value: object, where: str) -> Iterator[tuple[str, Text]]:
    """Yield every text of a card with its place."""
    if isinstance(value, Text):
        yield where, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from texts(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, f"{where}.{key}")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from texts(item, f"{where}.{index}")


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.load()


def test_all_kinds_are_shipped(library: Library) -> None:
    assert {kind: bool(cards) for kind, cards in library.cards.items()} == dict.fromkeys(FOLDERS, True)
    assert [stage.id for stage in library.stages()] == ["training", "learning_tour", "public_engagement"]
    assert set(library.files) == set(CARDS)


@pytest.mark.parametrize(("kind", "card"), CARDS)
def test_a_shipped_card_passes_the_check_of_a_single_file(kind: ContentKind, card: str) -> None:
    assert check_file(shipped_root() / FOLDERS[kind][0] / f"{card}.yaml") == (kind, card)


@pytest.mark.parametrize(("kind", "card"), CARDS)
def test_a_shipped_card_says_the_same_in_both_languages(library: Library, kind: ContentKind, card: str) -> None:
    found = list(texts(library.cards[kind][card], card))
    assert found
    for where, text in found:
        assert not _HAN.search(text.en), f"{where}: Chinese in the English text"
        assert _HAN.search(text.zh), f"{where}: no Chinese"
        assert numbers(text.en) == numbers(text.zh), f"{where}: other numbers in Chinese than in English"


@pytest.mark.parametrize(("kind", "card"), CARDS)
def test_a_shipped_file_repeats_no_known_error(kind: ContentKind, card: str) -> None:
    for pattern in _ERRATA:
        assert not re.search(pattern, shipped(kind, card), re.IGNORECASE), pattern


@pytest.mark.parametrize(
    "wrong",
    [
        "33.2 million people",
        "a floating population of 27.3 million",
        "10 million floating people",
        "120.59 square metres",
        "17.6 million",
        "16.5-21 million",
        "70,000 houses",
        "the tax was abolished in 2005",
        "the 2005 abolition of the tax",
        "a Diazo head",
        "Taichang",
    ],
)
def test_the_patterns_of_known_errors_find_them(wrong: str) -> None:
    assert any(re.search(pattern, wrong, re.IGNORECASE) for pattern in _ERRATA)


def test_every_scenario_can_be_played_under_each_of_its_governance_models(library: Library) -> None:
    for scenario in library.cards["scenario"].values():
        assert isinstance(scenario, Scenario)
        for governance in scenario.governance:
            game = Game(SessionSpec(scenario=scenario.id, governance=governance), library)
            for stage in game.stages:
                assert game.chair in game.present(stage.id)
                for seat in game.present(stage.id):
                    assert [
                        point for owner, point in game.points.values() if owner == seat and stage.id in point.stages
                    ]


def test_every_fact_and_question_is_taken_up_by_some_point(library: Library) -> None:
    for scenario in library.cards["scenario"].values():
        assert isinstance(scenario, Scenario)
        points = [point for seat in scenario.seats for point in seat.points]
        assert {fact.id for fact in scenario.facts} <= {fact for point in points for fact in point.facts}
        for decision in scenario.decisions:
            assert len({point.terms[decision.id] for point in points if decision.id in point.terms}) >= 2


def test_the_numbers_of_a_point_stand_in_a_fact_that_it_names(library: Library) -> None:
    for scenario in library.cards["scenario"].values():
        assert isinstance(scenario, Scenario)
        facts = {fact.id: numbers(fact.text.en) for fact in scenario.facts}
        for seat in scenario.seats:
            for point in seat.points:
                known = set().union(*(facts[fact] for fact in point.facts))
                assert numbers(point.says.en) <= known, point.id


def test_residents_gain_the_vote_only_under_joint_production(library: Library) -> None:
    voters = {
        card.id: "resident" in card.rules.aggregation.voters
        for card in library.cards["governance"].values()
        if isinstance(card, Governance)
    }
    assert voters == {"command": False, "joint_production": True}


def template_names(lang: Lang) -> list[str]:
    return sorted(path.name for path in (TEMPLATES / lang).iterdir())


def variables(path: Path) -> set[str]:
    return jinja2.meta.find_undeclared_variables(jinja2.Environment().parse(path.read_text(encoding="utf-8")))


def test_the_same_templates_exist_in_both_languages() -> None:
    assert template_names("en") == template_names("zh")
    assert template_names("en")


@pytest.mark.parametrize("name", template_names("en"))
def test_a_template_uses_the_same_variables_in_both_languages(name: str) -> None:
    assert variables(TEMPLATES / "en" / name) == variables(TEMPLATES / "zh" / name)


def test_the_chinese_template_of_a_directed_turn_has_a_word_for_every_act() -> None:
    text = (TEMPLATES / "zh" / "turn_directed.md").read_text(encoding="utf-8")
    assert [act for act in ACTS if f'"{act}":' not in text] == []
