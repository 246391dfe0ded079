"""How officials of the shipped cases speak: at the table, off the record, and where they do not answer."""

from __future__ import annotations

import pytest

from sandbox.content.language import LANGUAGES
from sandbox.content.library import Library
from sandbox.content.scenario_card import Scenario
from sandbox.game.language.quantities import numbers
from tests import content_counts as counts
from tests.content.folders import CARDS

SCENARIOS = [card for kind, card in CARDS if kind == "scenario"]


def cases(library: Library) -> list[Scenario]:
    return [library.scenario(scenario) for scenario in SCENARIOS]


def test_officials_evade_three_points_in_ten_and_say_each_otherwise_in_private(library: Library) -> None:
    for case in cases(library):
        points = counts.official_points(library, case)
        assert 0.25 <= sum(counts.evades(case, point) for point in points) / len(points) <= 0.5, case.id
        assert [point.id for point in points if point.privately is None] == []


def test_nobody_gives_way_all_the_time_and_hard_lines_have_courses_of_their_own(library: Library) -> None:
    for case in cases(library):
        acts = [point.act for seat in case.seats for point in seat.points]
        assert acts.count("concede") <= 2.5 * acts.count("refuse"), case.id
        assert len(counts.hard_courses(case)) >= 2, case.id


def test_every_bundle_is_backed_and_attacked_about_as_often(library: Library) -> None:
    for case in cases(library):
        bundles = counts.bundles(case)
        assert len(bundles) >= 2, case.id
        uneven = {name for name, sides in bundles.items() if 0 in sides or abs(sides[0] - sides[1]) > 2}
        assert uneven == set(), case.id


def test_a_pack_has_plan_scoring_rules_both_lists_and_the_countersigning_sheet(library: Library) -> None:
    for scenario in SCENARIOS:
        forms = {document.form for document in library.pack(scenario).documents}
        assert {"plan", "criteria", "lists", "countersign"} <= forms, scenario


def test_the_government_alone_is_not_the_payer_of_most(library: Library) -> None:
    for case in cases(library):
        payers = list(counts.payer_points(case))
        assert payers, case.id
        assert payers.count(("government",)) < 0.4 * len(payers), case.id


def test_words_off_the_record_name_no_figure_of_their_own(library: Library) -> None:
    for case in cases(library):
        facts = {fact.id: numbers(fact.text.en) for fact in case.facts}
        for seat in case.seats:
            for point in seat.points:
                known = set().union(*(facts[fact] for fact in point.facts))
                assert point.privately is None or numbers(point.privately.en) <= known, point.id


def test_the_platform_shows_more_than_one_fact(library: Library) -> None:
    assert [case.id for case in cases(library) if sum(fact.platform for fact in case.facts) < 2] == []


def test_a_voice_is_nobody_elses(library: Library) -> None:
    cards = [library.persona(card) for card in library.cards["persona"]]
    for lang in LANGUAGES:
        phrases = [phrase.get(lang) for card in cards for phrase in card.voice.phrases]
        assert len(set(phrases)) == len(phrases)
        evasions = [way.get(lang) for card in cards for way in card.voice.evades]
        assert len(set(evasions)) == len(evasions)
        assert min(len(card.voice.evades) for card in cards) >= 2
        for name in ("sentences", "refuses", "dodges"):
            texts = [getattr(card.voice, name).get(lang) for card in cards]
            assert len(set(texts)) == len(texts), name


@pytest.mark.fuzz
@pytest.mark.parametrize(("style", "sessions"), [("rules", 40), ("directed", 60)])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_option_wins_more_than_seven_times_in_ten(
    library: Library, scenario: str, style: str, sessions: int
) -> None:
    for question, options in counts.winners(library, library.scenario(scenario), sessions, style).items():
        (option, times), bound = options.most_common(1)[0], options.total()
        assert times <= 0.7 * bound or bound < 5, (question, option, f"{times} of {bound}")
