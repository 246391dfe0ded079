"""The card of a stage that reviews: what may have come in between, and what is wrong with a card that says it badly."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.content.card_files import check_file, check_text
from sandbox.content.stage_card import Stage
from sandbox.errors import ContentError
from sandbox.experiment.outcomes import OUTCOMES
from sandbox.scoring.reviewed import AFTER_A_YEAR
from tests.content.folders import LIBRARY

_CARD = Path(__file__).resolve().parents[2] / "prompts" / "stages" / "review.yaml"


def test_the_shipped_review_says_what_harms_and_what_saves_every_topic() -> None:
    card = LIBRARY.stage("review")
    assert card.reviews
    assert card.inspection is not None
    harmed = {topic for event in card.aftermath if event.effect == "harms" for topic in event.strikes}
    saved = {topic for event in card.aftermath if event.effect == "saves" for topic in event.strikes}
    assert harmed >= {"eligibility", "provider", "payer", "terms", "reporting", "voice", "promise"}
    assert saved >= {"provider", "payer", "terms", "voice", "promise"}
    assert any(event.shifts.get("others_pay_too", 0) < 0 for event in card.aftermath)
    assert all(event.odds < 0.5 for event in card.aftermath)


def test_other_stages_are_written_as_ever() -> None:
    for stage in LIBRARY.stages():
        assert stage.reviews == ("aftermath" in stage.model_dump(mode="json"))


def test_every_measure_of_a_year_later_is_an_outcome() -> None:
    assert AFTER_A_YEAR.keys() <= OUTCOMES.keys()


def test_a_faulty_card_is_told_with_its_line() -> None:
    cases: list[tuple[str, str, str]] = [
        ("    odds: 0.25\n", "    odds: 1.5\n", "odds: must be"),
        ("{government_pays: 0.3,", "{goverment_pays: 0.3,", "unknown condition 'goverment_pays'. Did you mean gov"),
        ("strikes: [voice]", "strikes: [voices]", "unknown value 'voices'. Did you mean voice"),
        ("known: officials", "known: nobody", "unknown value 'nobody'"),
        ("    known: officials\n", "    cities: {haicang: 0.1}\n", "cities: is not a known field"),
        ("  - id: project_ends", "  - id: patron_posted", "event 'patron_posted' is given twice"),
        ("[reviews]\nends_when: all_reported", "[]\nends_when: turn_limit", "is of a stage that has 'reviews'"),
        ("abilities: [reviews]", "abilities: [reviews, decides]", "a stage that reviews has no other ability"),
        ("abilities: [reviews]", "abilities: [decides]", "'all_reported' needs 'reviews' among the abilities"),
        ("{owner} carried it alone", "{owner}, {owner} and {owner}", "{owner} stands here more than 2 times"),
        ("{owner} carried it alone", "so " * 700, "has too many characters; at most 2000"),
        ("{owner} carried it alone", "{who} carried it alone", "unknown value 'who'. Allowed: matter, owner, place"),
        ("{owner} carried it alone", "{owner carried it alone", "write {{ and }} for braces"),
    ]  # fmt: skip
    for old, new, message in cases:
        text = _CARD.read_text(encoding="utf-8")
        assert old in text
        with pytest.raises(ContentError) as error:
            check_text(_CARD, text.replace(old, new, 1), "stage")
        assert message in str(error.value)
        assert f"{_CARD}:" in str(error.value)


def test_the_shipped_card_checks_as_a_stage() -> None:
    kind, name = check_file(_CARD)
    assert (kind, name) == ("stage", "review")
    assert isinstance(LIBRARY.cards["stage"]["review"], Stage)
