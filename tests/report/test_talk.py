"""What a debrief offers for the talk: questions about what was played, and an outline of half an hour."""

from __future__ import annotations

import pytest

from sandbox.content.cards import Lang
from sandbox.report.talk_questions import talk_questions
from tests.content.folders import LIBRARY
from tests.game.making import line
from tests.report.conftest import told_session

TENANT = "migrant_tenant"
SCHOOL = LIBRARY.scenario("four_oclock_school").discussion


def asked(stages: tuple[str, ...], *, aside: bool = False, lang: Lang = "en") -> list[str]:
    """Return the questions for the talk after a session with a line in each of some stages."""
    said = [line(n + 1, "mayor", "inform", "grid_master", stage=stage) for n, stage in enumerate(stages)]
    for each in said:
        each["visible_to"] = list(told_session(said).game.present(each["stage"]))
    if aside:
        said[-1]["visible_to"] = ["mayor", "grid_master"]
    return talk_questions(told_session(said, lang=lang).as_read, lang)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_question_about_what_was_not_played_is_left_out(lang: Lang) -> None:
    of_tour, of_asides = SCHOOL[1], SCHOOL[4]
    assert (of_tour.stages, of_asides.asides) == (("learning_tour",), True)
    whole = [question.get(lang) for question in SCHOOL]
    here, there = of_tour.get(lang), of_asides.get(lang)
    assert asked(("learning_tour", "public_engagement"), aside=True, lang=lang) == whole
    assert asked(("public_engagement",), lang=lang) == [text for text in whole if text not in (here, there)]
    assert asked(("learning_tour",), lang=lang) == [text for text in whole if text != there]
    assert asked(("public_engagement",), aside=True, lang=lang) == [text for text in whole if text != here]


@pytest.mark.parametrize("scenario", LIBRARY.cards["scenario"])
def test_a_question_that_names_the_tour_or_asides_says_so(scenario: str) -> None:
    for question in LIBRARY.scenario(scenario).discussion:
        if "参观时" in question.zh or "the tour" in question.en.lower():
            assert "learning_tour" in question.stages, question.en
        if (
            "私下" in question.zh
            or "会下" in question.zh
            or "corridor" in question.en
            or "off the record" in question.en
        ):
            assert question.asides, question.en
        if "plan from above" in question.en or "plan handed down" in question.en:
            assert "application" in question.stages, question.en
