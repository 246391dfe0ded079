"""The shipped content: complete in both languages, played under every model, and free of what is known to be wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import jinja2
import jinja2.meta
import pytest
from jinja2 import nodes
from pydantic import BaseModel

from sandbox.content.acts import acts_with, has
from sandbox.content.card_files import FOLDERS, check_file, shipped_root
from sandbox.content.cards import ACTS, SECTIONS, SECTIONS_OF_PLAN, Source, Text, Topic
from sandbox.content.experiment_card import Design
from sandbox.content.governance import Governance
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.pack_card import Pack
from sandbox.content.rubric import Rubric
from sandbox.content.scenario_card import City, Fact, Scenario
from sandbox.content.words import Words
from sandbox.game.floor.directed import open_points
from sandbox.game.game import Game
from sandbox.game.language.quantities import numbers
from sandbox.game.spec import SessionSpec
from sandbox.game.state import first_state
from tests.content.folders import CARDS, HAN, numbers_differ, scripts_mixed, texts

TEMPLATES = shipped_root() / "prompts" / "templates"
STAGES = ["training", "application", "learning_tour", "public_engagement"]
SCENARIOS = [card for kind, card in CARDS if kind == "scenario"]
# Figures up to ten of something other than money, households and points; they stay where a larger one is beside them.
SMALL = re.compile(r"(?<![\d.:])(?:10|[1-9])(?=[\u3400-\u9fff])(?![万亿元块分户减])")
LARGE = re.compile(r"(?<![\d.])\d{2,}(?:多|来)?[个家件项台张次条位人]")
MODELS = [card for kind, card in CARDS if kind == "governance"]


def scenarios(library: Library) -> list[Scenario]:
    return [library.scenario(card) for card in SCENARIOS]


def models(library: Library) -> list[Governance]:
    return [library.governance(card) for card in MODELS]


def test_each_shipped_rule_says_where_it_comes_from(library: Library) -> None:
    for rules in (model.rules for model in models(library)):
        each = [*rules.position.values(), *rules.boundary.values(), *rules.choice.values()]
        each += [rules.aggregation, rules.information, rules.payoff, rules.scope]
        assert all(rule.source for rule in each)


# What is there


def test_all_cards_are_shipped(library: Library) -> None:
    assert {kind: len(cards) for kind, cards in library.cards.items()} == {
        "persona": 29,
        "stage": 5,
        "governance": 5,
        "city": 4,
        "scenario": 19,
        "pack": 19,
        "rubric": 1,
        "experiment": 3,
        "network": 6,
        "arrival": 10,
    }
    assert [stage.id for stage in library.stages()] == [*STAGES, "review"]
    assert [stage.order for stage in library.stages()] == [1, 2, 3, 4, 5]
    assert [stage.id for stage in library.stages() if stage.reviews] == ["review"]
    assert [stage.id for stage in library.stages() if stage.cascade] == ["training"]
    assert set(library.files) == set(CARDS)


def test_a_card_of_each_kind_passes_the_check_of_a_single_file() -> None:
    cards = [*dict(CARDS).items()]
    assert [check_file(shipped_root() / FOLDERS[kind][0] / f"{card}.yaml") for kind, card in cards] == cards


def test_names_are_not_given_twice(library: Library) -> None:
    for cards in library.cards.values():
        for lang in get_args(Lang):
            names = [
                (card.title if isinstance(card, Scenario | Design) else card.name).get(lang)
                for card in cards.values()
                if not isinstance(card, Pack)
            ]
            assert len(names) == len(set(names))


def test_every_persona_has_a_seat_in_some_scenario(library: Library) -> None:
    seated = {seat.persona for scenario in scenarios(library) for seat in scenario.seats}
    assert set(library.cards["persona"]) == seated


def test_each_city_has_a_model_of_its_own_and_command_is_nobodys(library: Library) -> None:
    cities = {card: library.city(card).governance for card in library.cards["city"]}
    assert cities == {
        "chengdu": "three_social_interaction",
        "guiyang": "one_core_multiple_actors",
        "haicang": "joint_production",
        "taicang": "government_community_interaction",
    }


def test_a_city_adds_its_setting_to_any_game(library: Library) -> None:
    plain = Game(SessionSpec(scenario="clean_up", governance="command"), library)
    assert plain.city is None
    for city in library.cards["city"]:
        game = Game(SessionSpec(scenario="clean_up", governance="command", city=city), library)
        assert game.city == library.city(city)
        assert game.content_digest != plain.content_digest
        assert len({fact.id for fact in library.city(city).facts}) == len(library.city(city).facts)


# Playing


def test_every_scenario_is_a_game_under_every_model(library: Library) -> None:
    for model in MODELS:
        for scenario in SCENARIOS:
            _is_a_game(Game(SessionSpec(scenario=scenario, governance=model), library))


def _is_a_game(game: Game) -> None:
    assert game.governance.id in game.scenario.governance, game.scenario.id
    assert [stage.id for stage in game.stages] == STAGES
    assert set(game.positions) == {seat.persona for seat in game.scenario.seats}
    assert game.drafters
    for number, stage in enumerate(game.stages):
        room = game.present(stage.id)
        assert len(room) >= 2
        assert game.chair in room
        assert set(game.voters(stage.id)) <= set(room)
        for seat in room:
            assert open_points(game, {**first_state(game), "stage": number}, seat), (game.scenario.id, stage.id, seat)
    binds = game.governance.rules.aggregation.procedure == "chair_decides"
    assert bool(game.voters("public_engagement")) != binds
    assert all(game.offered[decision.id] for decision in game.scenario.decisions)


def test_each_point_of_a_showcase_may_be_said_under_some_model(library: Library) -> None:
    for name in ("four_oclock_school", "clean_up"):
        case, sayable = library.scenario(name), set[str]()
        for model in case.governance:
            game = Game(SessionSpec(scenario=name, governance=model), library)
            sayable |= {
                point.id
                for seat in case.seats
                if seat.persona in game.positions
                for point in seat.points
                if point.act in game.acts(seat.persona)
                and any(
                    seat.persona in game.present(stage) and game.knows_all(seat.persona, point, stage)
                    for stage in point.stages
                )
            }
        assert not case.point_by_id.keys() - sayable


def test_every_fact_and_question_is_taken_up_by_some_point(library: Library) -> None:
    for scenario in scenarios(library):
        points = [point for seat in scenario.seats for point in seat.points]
        assert {fact.id for fact in scenario.facts} <= {fact for point in points for fact in point.facts}
        for decision in scenario.decisions:
            assert len({point.terms[decision.id] for point in points if decision.id in point.terms}) >= 2


def test_the_numbers_of_a_point_stand_in_a_fact_that_it_names(library: Library) -> None:
    for scenario in scenarios(library):
        facts = {fact.id: numbers(fact.text.en) for fact in scenario.facts}
        for seat in scenario.seats:
            for point in seat.points:
                known = set().union(*(facts[fact] for fact in point.facts))
                assert numbers(point.says.en) <= known, point.id


def test_a_scenario_has_what_the_four_stages_need(library: Library) -> None:
    for scenario in scenarios(library):
        _has_what_the_stages_need(library, scenario)


def _has_what_the_stages_need(library: Library, scenario: Scenario) -> None:
    points = [point for seat in scenario.seats for point in seat.points]
    assert set(scenario.plan) == set(SECTIONS_OF_PLAN)
    assert any(fact.platform for fact in scenario.facts)
    assert scenario.tour.hidden
    assert not set(scenario.tour.hidden) & set(scenario.tour.shown)
    assert any(task.duplicates for task in scenario.tasks)
    assert {"payer"} < {decision.topic for decision in scenario.decisions} <= set(get_args(Topic))
    assert {option.paid_by for one in scenario.decisions for option in one.options.values()} >= {(), ("government",)}
    drafting = {stage.id for stage in library.stages() if "drafts" in stage.abilities}
    assert any(set(point.stages) & drafting and point.section for point in points)
    assert any(point.act == "delegate" and point.task for point in points)
    assert any(set(scenario.tour.hidden) & set(point.facts) and "learning_tour" in point.stages for point in points)
    assert any(point.act == "decide" for point in points)
    assert any(library.persona(seat.persona).kind == "resident" for seat in scenario.seats)


def test_each_scenario_has_questions_of_its_own_for_the_talk_after_the_session(library: Library) -> None:
    asked = {scenario.id: scenario.discussion for scenario in scenarios(library)}
    assert {card: len(found) for card, found in asked.items()} == dict.fromkeys(SCENARIOS, 5)
    every = [text for found in asked.values() for text in found]
    marks: dict[Lang, str] = {"en": "?", "zh": "？"}
    for lang, mark in marks.items():
        questions = [text.get(lang) for text in every]
        assert len(set(questions)) == len(questions)
        assert [text for text in questions if not text.endswith(mark)] == []
    assert [text.en for text in every if numbers_differ(text)] == []


def test_each_scenario_has_points_for_the_commentary_and_says_on_what_each_rests(library: Library) -> None:
    for scenario in scenarios(library):
        assert 3 <= len(scenario.commentary) <= 6, scenario.id
        assert any(comment.law for comment in scenario.commentary), scenario.id
        for comment in scenario.commentary:
            assert comment.source.sections, comment.point.en
            assert set(comment.source.sections) <= set(scenario.source.sections), comment.point.en
    every = [comment.point.zh for scenario in scenarios(library) for comment in scenario.commentary]
    assert len(set(every)) == len(every)


def test_points_for_the_commentary_are_read_by_no_session(library: Library) -> None:
    case = library.scenario("clean_up")
    assert case.model_copy(update={"commentary": ()}).model_dump_json() == case.model_dump_json()


def test_who_has_the_vote_differs_between_the_models(library: Library) -> None:
    voting = {model.id: set(model.rules.aggregation.voters) for model in models(library)}
    assert voting == {
        "command": set(),
        "joint_production": {"chair", "official", "frontline", "broker", "provider", "resident"},
        "three_social_interaction": {"convener", "estate_group", "council", "newcomer"},
        "government_community_interaction": {"self_governor", "member", "committee_staff"},
        "one_core_multiple_actors": {"core", "committee", "organisation", "council"},
    }
    vetoes = {model.id: model.rules.aggregation.veto for model in models(library)}
    assert {model for model, holders in vetoes.items() if holders} == {"one_core_multiple_actors"}


def test_no_two_models_have_the_same_rules(library: Library) -> None:
    found = {model.rules.model_dump_json() for model in models(library)}
    assert len(found) == len(MODELS)


# Sources


def test_every_card_says_where_it_comes_from(library: Library) -> None:
    for kind, card in CARDS:
        found = library.cards[kind][card]
        if isinstance(found, Design):
            continue
        assert found.source.sections, card
        parts = set(type(found).model_fields)
        if isinstance(found, Rubric):
            parts |= set(type(found.criteria[0]).model_fields)
        assert set(found.source.inferred) <= parts, card
        for where, source in sources(found, card):
            assert set(source.sections) <= SECTIONS, where


def test_every_fact_has_a_source_of_its_own(library: Library) -> None:
    facts = [fact for scenario in scenarios(library) for fact in scenario.facts]
    facts += [fact for card in library.cards["city"].values() if isinstance(card, City) for fact in card.facts]
    assert len(facts) > 150
    assert all(isinstance(fact, Fact) and fact.source.sections for fact in facts)


def test_every_rule_says_whether_it_is_the_papers_or_inferred(library: Library) -> None:
    for model in models(library):
        rules = model.rules
        found = [*rules.position.values(), *rules.boundary.values(), *rules.choice.values()]
        single = [rules.aggregation, rules.information, rules.payoff, rules.scope]
        given = {rule.source for rule in (*found, *single)}
        assert given <= SECTIONS | {"inferred"}, model.id
        assert given & SECTIONS, model.id


def sources(value: object, where: str) -> Iterator[tuple[str, Source]]:
    """Yield every source of a card with its place."""
    if isinstance(value, Source):
        yield where, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from sources(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, dict | tuple):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from sources(item, f"{where}.{key}")


# Both languages


def test_a_shipped_card_says_the_same_in_both_languages(library: Library) -> None:
    for kind in FOLDERS:
        for card, found in library.cards[kind].items():
            said = list(texts(found, card))
            assert said, card
            assert [where for where, text in said if scripts_mixed(text)] == [], (
                "Chinese in English, or none in Chinese"
            )
            assert [where for where, text in said if numbers_differ(text)] == [], (
                "other numbers in Chinese than in English"
            )


def test_facts_have_their_figures_in_digits_in_both_languages(library: Library) -> None:
    for card in [*scenarios(library), *library.cards["city"].values()]:
        assert isinstance(card, Scenario | City)
        for fact in card.facts:
            assert numbers(fact.text.en) == numbers(fact.text.zh), fact.text.zh


def test_what_seats_say_in_chinese_has_small_numbers_in_words(library: Library) -> None:
    said = [text.zh for scenario in scenarios(library) for text in spoken(scenario)]
    assert [text for text in said if SMALL.search(text) and not LARGE.search(text)] == []


def spoken(scenario: Scenario) -> Iterator[Text]:
    """Yield what a case gives its seats to say."""
    for seat in scenario.seats:
        yield from (seat.vote.support, seat.vote.object)
        for point in seat.points:
            yield from (text for text in (point.says, point.privately) if text)


def template_names(lang: Lang) -> list[str]:
    """Return the files of templates, those of wordings with their folders."""
    return sorted(str(path.relative_to(TEMPLATES / lang)) for path in (TEMPLATES / lang).rglob("*.md"))


def source_of(lang: Lang, name: str) -> str:
    return (TEMPLATES / lang / name).read_text(encoding="utf-8")


def placeholders(tree: nodes.Template) -> set[str]:
    """Return the values that a template prints, tests or loops over, without the language."""
    kinds = (nodes.Name, nodes.Getattr, nodes.Getitem)
    found = {dotted(node) for kind in kinds for node in tree.find_all(kind)}
    return {re.sub(r"\.(en|zh)\b", "", one) for one in found if one}


_PRINTED = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)


def dotted(node: nodes.Node) -> str:
    """Return a value as it is written, ``line.seat`` for example."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{dotted(node.node)}.{node.attr}" if dotted(node.node) else ""
    return dotted(node.node) if isinstance(node, nodes.Getitem) else ""


def wording(text: str) -> str:
    """Return a template's own words, without what Jinja fills in."""
    return re.sub(r"\{[{%#].*?[}%#]\}", " ", text, flags=re.DOTALL)


def test_the_same_templates_exist_in_both_languages() -> None:
    assert template_names("en") == template_names("zh")
    assert len(template_names("en")) == 20 + 8


def test_a_template_uses_the_same_values_in_both_languages_and_reads_each_text_in_its_own() -> None:
    parse = jinja2.Environment(autoescape=True).parse
    for name in template_names("en"):
        english, chinese = (parse(source_of(lang, name)) for lang in get_args(Lang))
        assert placeholders(english) == placeholders(chinese), name
        undeclared = jinja2.meta.find_undeclared_variables
        assert undeclared(english) == undeclared(chinese), name
        assert not re.search(r"\w\.zh\b", source_of("en", name)), name
        assert not re.search(r"\w\.en\b", source_of("zh", name)), name


def test_a_template_says_the_same_in_both_languages() -> None:
    for name in template_names("en"):
        english, chinese = source_of("en", name), source_of("zh", name)
        assert not HAN.search(english), name
        assert HAN.search(wording(chinese)) or wording(chinese) == wording(english), name  # no words of its own
        for part in (numbers, lambda text: (text.count("⟦"), text.count("⟧"))):
            assert part(wording(english)) == part(wording(chinese)), name
        assert marked(english) == marked(chinese), name


def marked(text: str) -> tuple[Counter[str], Counter[str]]:
    """Return what a template prints between the marks of participants, and how often it does without them."""
    inside = Counter(shown for part in re.findall("⟦(.*?)⟧", text, re.DOTALL) for shown in _PRINTED.findall(part))
    whole = Counter(_PRINTED.findall(text))
    return inside, Counter({shown: whole[shown] - times for shown, times in inside.items()})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_wording_says_hardly_anything_as_the_template_does_that_it_replaces(lang: Lang) -> None:
    for name in template_names(lang):
        if name.startswith("wordings/") and "examples" not in name:
            own, plain = (
                {part.strip() for part in re.split(r"[.;:。；：\n]", wording(source_of(lang, file))) if len(part) > 12}
                for file in (name, Path(name).name)
            )
            assert len(own & plain) <= 1, name


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_wording_explains_the_same_acts_as_the_template_that_it_replaces(lang: Lang) -> None:
    plain, shipped = (source_of(lang, f"{place}system_free.md") for place in ("wordings/plain/", ""))
    explained = [set(re.findall(r"\b([a-z]+) ?[(（]", text)) & set(ACTS) for text in (plain, shipped)]
    assert explained[0] == explained[1] >= {"part", "moot"}


def test_the_words_of_rules_only_mode_have_the_same_keys_in_both_languages() -> None:
    english, chinese = (
        [row.split(": ")[0] for row in source_of(lang, "rules_only.md").splitlines() if row] for lang in ("en", "zh")
    )
    assert english == chinese
    named = {f"{act}.terms" for act in ACTS if has(act, "offers") or has(act, "counters")}
    assert set(english) == {*ACTS, *SECTIONS_OF_PLAN, *named, "hands_down", "lifts", "section"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_group_of_words_that_speaks_of_acts_has_one_for_every_act(lang: Lang) -> None:
    groups: dict[str, set[str]] = {}
    for group, _, act in (key.rpartition(".") for key in Words(lang)):
        groups.setdefault(group, set()).update({act} & set(ACTS))
    lacking = {group: set(ACTS) - acts for group, acts in groups.items() if len(acts) > len(ACTS) / 2}
    every: dict[str, set[str]] = {group: set() for group in ("act", "act_did", "act_move", "may", "pack.act")}
    # Before a session nobody is told how to report on a matter of a year ago.
    assert lacking == {**every, "guide.example": {*acts_with("reports")}}


def test_the_check_of_languages_finds_what_differs() -> None:
    cases: list[tuple[str, str, bool, bool]] = [
        ("6 blocks", "6栋楼", False, False),
        ("1,200 people", "1200人", False, False),
        ("6 blocks", "7栋楼", False, True),
        ("six blocks", "6栋楼", False, True),
        ("6 栋 blocks", "6栋楼", True, False),
        ("6 blocks", "6 blocks", True, False),
    ]
    for en, zh, mixed, differ in cases:
        text = Text(en=en, zh=zh)
        assert (scripts_mixed(text), numbers_differ(text)) == (mixed, differ)


def test_no_option_holds_a_semicolon_which_parts_one_option_from_the_next(library: Library) -> None:
    for case in scenarios(library):
        for question in case.decisions:
            assert not [text for text in question.options.values() if re.search("[;；]", text.en + text.zh)], case.id
