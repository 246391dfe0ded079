"""Seats that other personas take, and prompts in other words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.errors import InputError
from sandbox.experiment.outcomes import outcomes_of
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.game.state import first_state
from sandbox.report.pages.cards import case_sections
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY

FLOOR: Any = {"seat": "ngo_director", "acts": ["inform"], "phase": "discussion", "why": "", "point": ""}


def game_of(**changes: Any) -> Game:
    spec = {"scenario": "four_oclock_school", "governance": "joint_production", "style": "free", **changes}
    return Game(SessionSpec.model_validate(spec), LIBRARY)


def asked(game: Game) -> tuple[str, str]:
    """Return the system text and the user text of a turn."""
    system, user = turn_messages(game, first_state(game), FLOOR, None)
    return system["content"], user["content"]


def test_another_persona_takes_a_seat_with_its_position_briefing_and_points() -> None:
    own, other = game_of(), game_of(personas={"ngo_director": "young_social_worker"})
    card = LIBRARY.persona("young_social_worker")
    assert other.positions == own.positions
    assert other.name("ngo_director") == card.name.en != own.name("ngo_director")
    assert other.content_digest != own.content_digest
    _, user = asked(other)
    assert card.manner.en in user
    assert own.name("ngo_director") not in user
    assert own.seats["ngo_director"].briefing.en in user


def test_who_cannot_take_a_seat_is_refused() -> None:
    cases: list[tuple[dict[str, str], str]] = [
        ({"ngo": "young_social_worker"}, "unknown seat 'ngo'"),
        ({"ngo_director": "young_social_workr"}, "Did you mean young_social_worker"),
        ({"ngo_director": "mayor"}, r"persona 'mayor' \(leader\) cannot take seat 'ngo_director' \(provider\)"),
        ({"local_parent": "migrant_skilled"}, "registered where it lives"),
        ({"grid_master": "village_cadre", "village_cadre": "mobiliser"}, "cannot take seat 'grid_master'"),
    ]
    for personas, said in cases:
        with pytest.raises(InputError, match=said):
            game_of(personas=personas)


def test_a_persona_sits_in_one_seat() -> None:
    with pytest.raises(InputError, match="'ngo_director' would sit in two seats"):
        game_of(scenario="captured_social_workers", personas={"young_social_worker": "ngo_director"})
    swapped = {"young_social_worker": "ngo_director", "ngo_director": "young_social_worker"}
    assert game_of(scenario="captured_social_workers", personas=swapped).personas["ngo_director"].id == "ngo_director"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_wording_says_the_same_otherwise(lang: Lang) -> None:
    own, other = game_of(lang=lang), game_of(lang=lang, wording="plain")
    assert other.content_digest != own.content_digest
    for said, reworded in zip(asked(own), asked(other), strict=True):
        assert said != reworded
    for text in (own.seats["ngo_director"].briefing.get(lang), own.personas["ngo_director"].manner.get(lang)):
        assert text in asked(own)[1]
        assert text in asked(other)[1]
    assert other.templates.digest("judge", "system_judge") == own.templates.digest("judge", "system_judge")


def test_where_the_rules_alone_play_neither_makes_a_difference() -> None:
    changes: tuple[dict[str, Any], ...] = (
        {},
        {"wording": "plain"},
        {"personas": {"ngo_director": "young_social_worker"}},
    )
    games = [game_of(style="rules", model="none", **change) for change in changes]
    results = [outcomes_of(Session(game, play(game, RandomChoice(game.templates)))) for game in games]
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_two_seats_of_one_name_are_shown_with_their_ids(tmp_path: Path, lang: Lang) -> None:
    texts = {seat: LIBRARY.files["persona", seat].read_text(encoding="utf-8") for seat in ("mayor", "grid_master")}
    names = {seat: next(row for row in text.splitlines() if row.startswith("name:")) for seat, text in texts.items()}
    folder = tmp_path / "personas"
    folder.mkdir()
    copy = texts["grid_master"].replace(names["grid_master"], names["mayor"], 1)
    (folder / "grid_master.yaml").write_text(copy, encoding="utf-8")
    game = Game(SessionSpec(scenario="four_oclock_school", governance="command", lang=lang), Library.load(tmp_path))
    name = LIBRARY.persona("mayor").name.get(lang)
    shown = [game.name(seat) for seat in ("mayor", "grid_master")]
    assert shown == [name + game.words.paren(seat) for seat in ("mayor", "grid_master")]
    assert game.name("village_cadre") == LIBRARY.persona("village_cadre").name.get(lang)


@pytest.mark.parametrize(("lang", "here"), [("en", "head of the owners' committee"), ("zh", "业委会主任")])
def test_a_case_may_say_what_a_persona_is_in_it(lang: Lang, here: str) -> None:
    own = Game(SessionSpec(scenario="mega_estate", governance="command", lang=lang), LIBRARY)
    elsewhere = Game(SessionSpec(scenario="clean_up", governance="command", lang=lang), LIBRARY)
    assert own.role("self_gov") == here != elsewhere.role("self_gov")
    assert own.name("self_gov") == elsewhere.name("self_gov")
    assert here in str(case_sections(LIBRARY, "mega_estate", lang))
