"""Cards of one's own: what need not be there, what is pointed out, and how plainly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.content.library import Library
from sandbox.content.skeletons import example, pack_for, skeleton
from sandbox.content.words import Words
from sandbox.errors import ContentError
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.report.pages.cards import case_sections, origin
from sandbox.report.role_card import role_rows
from tests.cli.conftest import Cli, cli

__all__ = ["cli"]


@pytest.fixture
def case(cli: Cli, tmp_path: Path) -> Path:
    """Return the file of a new case in a content folder."""
    assert cli("new", "scenario", "bench", "--content", tmp_path / "mine").code == 0
    path = tmp_path / "mine" / "prompts" / "scenarios" / "bench.yaml"
    path.write_text(example("scenario", "bench"), encoding="utf-8")
    return path


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_case_says_in_words_where_it_comes_from_or_not_at_all(cli: Cli, case: Path, tmp_path: Path) -> None:
    was = 'source: {en: "invented as an example", zh: "虚构的例子"}'
    for source, says in (
        ("source: our interviews 2025", "Source: our interviews 2025"),
        ("source: {sections: [EP], text: our interviews}", "Sections of the source paper:"),
        ("# none", "The card does not say where it comes from."),
    ):
        _change(case, was, source)
        source_of = Library.load(tmp_path / "mine").scenario("bench").source
        assert any(says in str(block) for block in origin(Words("en"), source_of))
        was = source
    assert cli("run", "--scenario", "bench", "--content", tmp_path / "mine", "--model", "cards", "-q").code == 0


def test_a_point_that_answers_itself_is_a_fault(cli: Cli, case: Path, tmp_path: Path) -> None:
    _change(case, "replies_to: [group_l1]", "replies_to: [mayor_l1]")
    done = cli("validate", tmp_path / "mine")
    assert done.code == 2
    assert "point mayor_l1 answers itself" in done.err


def test_an_unknown_act_offers_those_that_a_point_may_have(cli: Cli, case: Path, tmp_path: Path) -> None:
    _change(case, "act: answer", "act: shout")
    done = cli("validate", tmp_path / "mine")
    assert done.code == 2
    assert "defer" in done.err
    assert not any(act in done.err for act in ("abstain", "keep", "break"))


def test_what_is_called_by_its_name_is_told_the_id(case: Path, tmp_path: Path) -> None:
    named = {"act: object": "act: 反对", "topic: payer": "topic: 谁出钱", "[government]": "[政府]"}
    for old, new in named.items():
        _change(case, old, new)
    with pytest.raises(ContentError) as refused:
        Library.load(tmp_path / "mine")
    for old, new in named.items():
        name, near = (text.split(": ")[-1].strip("[]") for text in (new, old))
        english, chinese = rf"{near}( \([^)]*{name}[^)]*\))?", rf"({near}|[^？]*{name}[^？]*（{near}）)"
        assert re.search(rf"'{name}'\. Did you mean {english}\? Allowed: ", str(refused.value))
        assert re.search(rf"“{name}”。是不是{chinese}？可选：", Words("zh").error(refused.value))


def test_a_case_names_its_stages_what_they_are_for_and_needs_no_tour_where_it_plays_none(
    cli: Cli, case: Path, tmp_path: Path
) -> None:
    mine, bench = tmp_path / "mine", ("run", "--scenario", "bench", "--content", tmp_path / "mine", "--model", "cards")
    _change(case, "tour: {host: mayor, shown: [F1], hidden: [F2]}\n", "")
    _change(case, "stages: [training, application, learning_tour, public_engagement]\n", "")
    spec = SessionSpec(scenario="bench", governance="command")
    played = [stage.id for stage in Game(spec, Library.load(mine)).stages]
    assert played == ["training", "application", "public_engagement"]
    assert cli(*bench, "--turns", "4", "-q").code == 0
    refused = cli(*bench, "--stages", "learning_tour")
    assert (refused.code, "case 'bench' has no tour, and learning_tour is one" in refused.err) == (2, True)
    _change(case, "purposes:", "stages: [public_engagement]\npurposes:")
    (stage,) = Game(spec, library := Library.load(mine)).stages
    assert stage.purpose.en == "Whoever uses the yard settles where the bench stands."
    assert library.stage("public_engagement").purpose != stage.purpose
    assert not any(section.anchor == "tour" for section in case_sections(library, "bench", "en"))
    pack = pack_for(library.scenario("bench"))
    assert "training" not in pack
    _change(case, "stages: [public_engagement]", "stages: [居民参与]")
    assert "unknown stage '居民参与'. Did you mean public_engagement?" in cli("validate", mine).err


def test_a_misspelt_persona_is_told_once(cli: Cli, case: Path, tmp_path: Path) -> None:
    _change(case, "persona: self_gov", "persona: self_govt")
    done = cli("validate", tmp_path / "mine")
    assert done.code == 2
    assert "unknown persona 'self_govt'. Did you mean self_gov" in done.err
    assert len(done.err.splitlines()) == 1, done.err


def test_of_three_names_none_is_nearer(cli: Cli, case: Path, tmp_path: Path) -> None:
    _change(case, "facts: [F2]", "facts: [F9]")
    done = cli("validate", tmp_path / "mine")
    assert "unknown fact 'F9'. Allowed: F1, F2, F3." in done.err


def test_a_model_that_covers_too_few_kinds_is_warned_of(cli: Cli, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    assert cli("new", "governance", "narrow", "--content", mine).code == 0
    assert "warning" not in cli("validate", mine).out
    card = mine / "prompts" / "governance" / "narrow.yaml"
    _change(card, "kinds: [provider, expert]", "kinds: [provider]")
    _change(card, ", self_governing, expert, provider", ", self_governing, provider")
    done = cli("validate", mine)
    assert done.code == 0
    assert "warning: rules.position: with narrow" in done.out
    assert "cases cannot be played" in done.out
    assert "(kind expert) has no position under governance 'narrow'" in done.out


def test_a_rule_of_ones_own_says_in_words_where_it_comes_from(cli: Cli, tmp_path: Path) -> None:
    assert cli("new", "governance", "my_rules", "--content", tmp_path).code == 0
    path = tmp_path / "prompts" / "governance" / "my_rules.yaml"
    text = path.read_text(encoding="utf-8")
    by_us = "kinds: [provider, expert], source: our design"
    path.write_text(text.replace("kinds: [provider, expert]", by_us), encoding="utf-8")
    assert "source: our design" in path.read_text(encoding="utf-8")
    assert cli("validate", tmp_path).code == 0
    assert "inferred" not in cli("rules", "--governance", "my_rules", "--content", tmp_path).out, "no paper of theirs"
    for done in (cli("rules", "--governance", "my_rules", "--content", tmp_path),
                 cli("show", "governance", "my_rules", "--content", tmp_path)):  # fmt: skip
        assert "our design" in done.out
        assert "does not stand in the paper" not in done.out
    for slip in ("XY", "infered"):
        path.write_text(
            text.replace("kinds: [provider, expert]", f"kinds: [provider, expert], source: {slip}"), encoding="utf-8"
        )
        told = cli("validate", tmp_path)
        assert (told.code, f"unknown source '{slip}'" in told.err) == (2, True)


def test_a_shipped_persona_leaves_its_own_case_behind_where_the_new_one_says_so(case: Path, tmp_path: Path) -> None:
    secret, limit = "You carry your child up five floors.", "You pay for no lift that stops below you."
    _change(
        case, "  - persona: migrant_tenant\n", f'  - persona: migrant_tenant\n    private: ["{secret}"]\n'
        f'    non_negotiable: "{limit}"\n'
    )  # fmt: skip
    library = Library.load(tmp_path / "mine")
    shipped, card = library.persona("migrant_tenant"), library.seated(library.scenario("bench"), "migrant_tenant")
    assert [text.en for text in card.private] == [secret]
    assert card.non_negotiable.en == limit
    assert card.interests == shipped.interests
    game = Game(SessionSpec(scenario="bench", governance="joint_production"), library)
    printed = str([*role_rows(game, game.words, "migrant_tenant")])
    assert secret in printed
    assert shipped.private[0].en not in printed


def test_terms_beside_an_objection_are_not_what_it_objects_to(cli: Cli, case: Path, tmp_path: Path) -> None:
    _change(case, "  - persona: migrant_tenant\n", "  - persona: migrant_tenant\n    never_accepts: {place: gate}\n")
    objects = "{id: tenant_e1, stages: [public_engagement], act: object, "
    _change(case, objects, objects + "terms: {place: shade}, ")
    meant = "what the seat would have instead, not what it objects to"
    assert meant not in cli("validate", tmp_path / "mine").out
    _change(case, objects + "terms: {place: shade}", objects + "terms: {place: gate}")
    told = cli("validate", tmp_path / "mine").out
    text = case.read_text(encoding="utf-8")
    assert f"{case.name}:{text[: text.index(objects)].count(chr(10)) + 1}: warning: " in told
    assert meant in told


def test_curly_quotes_around_a_text_are_told(cli: Cli, case: Path, tmp_path: Path) -> None:
    _change(case, "place: {en:", "place: “院里”  # {en:")
    assert cli("new", "persona", "granny", "--content", tmp_path / "mine").code == 0
    card = tmp_path / "mine" / "personas" / "granny.yaml"
    card.write_text(
        re.sub("^manner: .*$", "manner: “冲”", card.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8"
    )
    told = cli("validate", tmp_path / "mine").out
    assert "warning: place: the curly quotes around this text are printed with it: “院里”" in told
    assert "warning: manner: the curly quotes around this text are printed with it: “冲”" in told


def test_what_nobody_here_may_promise_needs_no_seat(cli: Cli, case: Path, tmp_path: Path) -> None:
    _change(case, "    remit: [mayor, self_gov]\n", "")
    library = Library.load(tmp_path / "mine")
    for seat in ("mayor", "self_gov"):
        assert "Who looks after it?" not in " ".join(library.scenario("bench").alone(seat, Words("en")))
    assert "nobody here can promise it" in str(case_sections(library, "bench", "en"))
    assert cli("run", "--scenario", "bench", "--content", tmp_path / "mine", "--model", "cards", "-q").code == 0


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("to: self_gov", "to: 街道办", "unknown seat '街道办'. Allowed: grid_master, mayor, migrant_tenant, self_gov."),
        ("replies_to: [rain]", "replies_to: [下雨]", "unknown point '下雨'. Allowed: "),
        ("persona: mayor", "persona: 沈玉兰", "unknown persona '沈玉兰'. Did you mean mayor?"),
        ("    topic: provider", "   topic: provider", "this line is indented otherwise than the lines beside it"),
    ],
)
def test_slips_of_whoever_writes_chinese_are_told_with_what_may_stand_there(
    cli: Cli, case: Path, tmp_path: Path, old: str, new: str, says: str
) -> None:
    _change(case, old, new)
    done = cli("validate", tmp_path / "mine")
    assert done.code == 2
    assert says in done.err
    assert "is no id" not in done.err


def test_a_number_that_another_seat_knows_too_is_in_no_doubt(cli: Cli, case: Path, tmp_path: Path) -> None:
    for briefing in ("You have money for one yard this year.", "The group has a little money in a tin."):
        _change(case, briefing, f"{briefing} Flat 102 is for it.")
    done = cli("validate", tmp_path / "mine")
    assert "102" not in done.out + done.err


def test_comments_of_a_chinese_skeleton_are_chinese() -> None:
    for kind in ("scenario", "persona", "governance", "experiment", "pack", "city", "rubric", "campaign"):
        told = re.findall(r"(?:^ *|  )# (?![a-z_]+: .*  # )(.+)$", skeleton(kind, "own", "zh"), flags=re.MULTILINE)
        told = [line for line in told if not re.match(r"[a-z_]+: [\[{\d]", line)]
        assert [line for line in told if not re.search("[\u4e00-\u9fff]", line)] == []
