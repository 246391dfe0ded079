"""Cards to start from: each is valid as it is, says everything in both languages, and can be played at once."""

from __future__ import annotations

import re
from itertools import cycle
from pathlib import Path

import pytest
import yaml

from sandbox.content.card_files import FOLDERS, ContentKind, check_file
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.skeletons import example, skeleton
from sandbox.game.checks.warnings import case_warnings
from sandbox.game.game import Game
from sandbox.game.motions.ballots import ballot
from sandbox.game.play import RandomChoice, play
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State
from tests.content.folders import LIBRARY, numbers_differ, scripts_mixed, texts, write

KINDS: tuple[ContentKind, ...] = ("persona", "scenario", "governance", "rubric", "city", "experiment", "pack")
MODELS = sorted(LIBRARY.cards["governance"])
LANGS: tuple[Lang, ...] = ("en", "zh")


def played(content: Path, spec: SessionSpec) -> tuple[Game, State, list[str]]:
    """Play a session in the plain loop, and return it with the kinds of its events."""
    library = Library.load(content)
    game = Game(spec.model_copy(update={"style": "rules", "model": "none"}), library)
    kinds: list[str] = []
    state = play(game, RandomChoice(game.templates), write=lambda kind, *_: kinds.append(kind))
    return game, state, kinds


@pytest.mark.parametrize("kind", KINDS)
def test_a_skeleton_is_valid_shows_every_field_and_says_the_same_in_both_languages(
    tmp_path: Path, kind: ContentKind
) -> None:
    text = example(kind, "my_own")
    if kind == "pack":
        write(tmp_path, "scenario", "my_own", skeleton("scenario", "my_own"))
    path = write(tmp_path, kind, "my_own", text)
    assert check_file(path) == (kind, "my_own")
    library = Library.load(tmp_path)
    assert library.files[(kind, "my_own")] == path
    assert not re.search(r"\bID\b", text)
    assert set(yaml.safe_load(text)) == set(FOLDERS[kind][1].model_fields)
    found = list(texts(library.cards[kind]["my_own"], kind))
    assert found
    assert [where for where, text in found if scripts_mixed(text) or numbers_differ(text)] == []


def test_a_skeleton_has_its_comments_in_either_language() -> None:
    for kind in [*KINDS, "network", "campaign"]:
        english, chinese = skeleton(kind, "my_own"), skeleton(kind, "my_own", "zh")
        assert yaml.load(chinese, yaml.CSafeLoader) == yaml.load(english, yaml.CSafeLoader)
        told = [line.rpartition("# ")[2] for line in chinese.splitlines() if "# " in line]
        assert len([line for line in told if re.search("[一-龥]", line)]) > len(told) // 2
        assert not re.search(r"# [A-Z]\w+ [a-z]+ [a-z]+", chinese)


def test_a_case_with_a_title_of_its_own_is_told_which_parts_are_still_the_examples(tmp_path: Path) -> None:
    text = skeleton("scenario", "my_own")

    def told(text: str) -> list[tuple[str, str]]:
        write(tmp_path, "scenario", "my_own", text)
        return [
            (field, str(says))
            for _, field, says in case_warnings(Library.load(tmp_path), "my_own")
            if getattr(says, "key", "") == "content.of_the_example"
        ]

    assert told(text) == [], "it may be played as it is"
    title = re.compile("^title: .*$", re.MULTILINE)
    ((parts, says),) = told(title.sub('title: {en: "The night market", zh: "夜市"}', text))
    assert {"question", "facts", "plan", "seats"} <= {*parts.split(", ")}
    assert "title" not in parts.split(", ")
    assert int(says.split()[0]) > 20
    ((fewer, _),) = told(re.sub("text: .*", "text: There are stalls.", title.sub("title: Stalls", text)))
    assert "facts" not in fewer.split(", ")
    own = re.sub('"[^"]*"', '"Stalls, told in words of one\'s own"', text)
    assert told(own) == []


def test_all_skeletons_stand_in_one_folder(tmp_path: Path) -> None:
    for kind in KINDS:
        write(tmp_path, kind, "my_own", skeleton(kind, "my_own"))
    library = Library.load(tmp_path)
    assert all("my_own" in library.cards[kind] for kind in KINDS)


@pytest.mark.parametrize(("model", "lang"), [*zip(MODELS, cycle(LANGS), strict=False)])
def test_the_scenario_plays_at_once_under_every_model(tmp_path: Path, model: str, lang: Lang) -> None:
    write(tmp_path, "scenario", "my_own", skeleton("scenario", "my_own"))
    game, state, kinds = played(tmp_path, SessionSpec(scenario="my_own", governance=model, lang=lang))
    assert model in game.scenario.governance
    assert state["stage"] == len(game.stages) == len(game.scenario.stages)
    assert {line["stage"] for line in state["lines"]} == {stage.id for stage in game.stages}
    assert len(state["minutes"]) == len(game.stages)
    assert len(state["pulses"]) == len(game.stages) + 1
    assert kinds[0] == "session"
    assert kinds[-1] == "close"
    for line in state["lines"]:
        assert line["act"] in (ballot(game) if line["vote"] else game.acts(line["seat"]))
        assert line["seat"] in game.present(line["stage"])


def test_a_shipped_scenario_plays_under_the_model_to_start_from(tmp_path: Path) -> None:
    write(tmp_path, "governance", "my_own", skeleton("governance", "my_own"))
    spec = SessionSpec(scenario="four_oclock_school", governance="my_own")
    game, state, _ = played(tmp_path, spec)
    assert "migrant_tenant" not in game.present("training")
    assert "migrant_tenant" in game.present("public_engagement")
    assert {one["stage"] for one in state["decisions"]} == {"public_engagement"}
    assert {one["seat"] for one in state["lines"]} == set(game.positions)


def test_the_persona_to_start_from_takes_a_seat(tmp_path: Path) -> None:
    write(tmp_path, "persona", "my_own", skeleton("persona", "my_own"))
    text = skeleton("scenario", "my_case").replace("persona: migrant_tenant", "persona: my_own")
    write(tmp_path, "scenario", "my_case", text)
    game, state, _ = played(tmp_path, SessionSpec(scenario="my_case", governance="three_social_interaction"))
    assert game.positions["my_own"] == "convener"
    assert any(line["seat"] == "my_own" for line in state["lines"])


def test_under_every_model_some_point_names_a_payer_who_may_pay(tmp_path: Path) -> None:
    write(tmp_path, "scenario", "my_own", skeleton("scenario", "my_own"))
    library = Library.load(tmp_path)
    for model in MODELS:
        game = Game(SessionSpec(scenario="my_own", governance=model), library)
        wanted = [point for _, point in game.points.values() if "payer" in point.terms]
        assert any(point.terms["payer"] in game.offered["payer"] for point in wanted), model
