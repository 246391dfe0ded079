"""A facilitator's own cards: copied, checked by line, kept whole or as a draft, and offered at once."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.cli.options import Case
from sandbox.content.card_files import ContentKind
from sandbox.content.library import Library
from sandbox.content.skeletons import example, pack_for
from sandbox.content.words import Words
from sandbox.content.yaml_rewrite import rewritten
from sandbox.content.yaml_source import parse_yaml
from sandbox.errors import InputError
from sandbox.game.checks.warnings import warnings
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.llm.usage import Budget
from sandbox.record.folder import SessionFolder
from sandbox.report.document.html import to_html
from sandbox.report.pages.pack import make_pack
from sandbox.session.choice import choose
from sandbox.session.opening import begin, open_session
from sandbox.settings import Settings
from sandbox.web.cards.card_editor import _text, alike
from sandbox.web.cards.case_seats import without
from sandbox.web.cards.own_cards import Fault, OwnCards
from sandbox.web.cards.own_folder import LARGEST, own_content
from sandbox.web.desk.setup_form import first_setup
from sandbox.web.experiments import Experiments
from sandbox.web.recordings import Recordings
from sandbox.web.tables.database import Setup
from sandbox.web.tables.house import House
from sandbox.web.tables.store import WebStore
from sandbox.web.throttle import Throttle
from tests.content.folders import LIBRARY, line_of, shipped, write

CASE, COPY = "bench", "bench_copy"
WORDS = Words("en")


def house_at(runs: Path, library: Library = LIBRARY) -> House:
    nothing: Any = None
    runs.mkdir(exist_ok=True)
    return House(WebStore(runs / "tables.sqlite"), library, runs, nothing, nothing, ("", ""), 30)


def own_cards(house: House) -> OwnCards:
    """Return the facilitator's own cards of a house, as a site has them."""
    library, runs = house.library, house.runs
    return OwnCards(house, Experiments(library, runs, Budget()), Recordings(library, runs))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The shipped content and a small case with a pack, which is no facilitator's own: a shipped one is long."""
    folder = tmp_path_factory.mktemp("shared")
    write(folder, "scenario", CASE, example("scenario", CASE))
    write(folder, "pack", CASE, pack_for(Library.load(folder).scenario(CASE)))
    return Library.load(folder)


@pytest.fixture
def house(tmp_path: Path, shared: Library) -> Iterator[House]:
    """A house with this content, in an empty folder."""
    house = house_at(tmp_path, shared)
    house.shared = shared.roots[-1]
    yield house
    house.store.close()


@pytest.fixture
def own(house: House) -> OwnCards:
    """Its own cards, none yet."""
    return own_cards(house)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory, shared: Library) -> Iterator[OwnCards]:
    """Cards of a house that has a copy of a case, for whoever only checks texts."""
    house = house_at(tmp_path_factory.mktemp("copied"), shared)
    house.shared = shared.roots[-1]
    own = own_cards(house)
    own.copy("scenario", CASE)
    yield own
    house.store.close()


def table_with(house: House, **changed: str) -> str:
    chosen = {"scenario": COPY, "governance": "command", "city": ""} | changed
    stages, minutes = ("training",), dict[str, int]()
    setup = Setup(**chosen, lang="en", stages=stages, turns=None, seed=1, persons=("mayor",), minutes=minutes)  # type: ignore[arg-type]
    return house.store.add_table(setup).id


def test_a_copy_is_offered_at_once_and_again_after_a_new_start(house: House, shared: Library) -> None:
    experiments, recordings = Experiments(shared, house.runs, Budget()), Recordings(shared, house.runs)
    own = OwnCards(house, experiments, recordings)
    assert own.copy("scenario", CASE) == COPY
    assert experiments.library is recordings.library is house.library is not shared
    copied, old = house.library.scenario(COPY), shared.scenario(CASE)
    assert (copied.title.en, copied.title.zh) == (f"{old.title.en} (copy)", f"{old.title.zh}（副本）")
    assert copied.seats == old.seats
    assert house.library.pack(COPY).documents == shared.pack(CASE).documents
    assert house.library.scenario(CASE) == old
    assert [own.owns("scenario", case) for case in (COPY, CASE)] == [True, False]
    assert own.copy("scenario", COPY) == "bench_copy2"
    assert set(Library.load(own_content(house.runs)).cards["scenario"]) - set(LIBRARY.cards["scenario"]) == {
        COPY, "bench_copy2",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "card"), [("persona", "elder"), ("governance", "joint_production"), ("city", "haicang")]
)
def test_every_kind_is_copied_whole(house: House, own: OwnCards, kind: ContentKind, card: str) -> None:
    name = own.copy(kind, card)
    known = {"id", "name"} if kind != "persona" else {"id"}
    old, new = (library.cards[kind][one].model_dump(exclude=known) for library, one in
                ((LIBRARY, card), (house.library, name)))  # fmt: skip
    assert old == new


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("question:", "questoin:", "questoin", "did you mean 'question'"),
        ("    platform: true", "    source: {sections: [XX]}", "facts.2.source.sections", "XX"),
        ("  - id: F1\n", "  - id: 'F1\n", "", "not valid YAML"),
        ("governance: [command,", "governance: [comand,", "governance", "Did you mean command"),
        ("id: bench_copy", "id: another", "id", "must equal the file's name"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_field(copied: OwnCards, old: str, new: str, field: str, says: str) -> None:
    text = copied.held("scenario", COPY).text
    assert text.count(old) >= 1
    bad = text.replace(old, new, 1)
    faults = copied.check("scenario", COPY, bad, WORDS)
    fault = next(fault for fault in faults if says in fault.says)
    assert fault.field == field
    if "YAML" not in says:
        assert fault.line == line_of(bad, new.strip().removeprefix("- "))
    assert COPY not in fault.says.replace("'bench_copy'", "")


def test_what_is_wrong_is_told_in_chinese(copied: OwnCards) -> None:
    cases: list[tuple[str, str]] = [
        ("question:", "questoin:"), ("    platform: true", "    source: {sections: [XX]}"),
        ("  - id: F1\n", "  - id: 'F1\n"),
        ("governance: [command,", "governance: [comand,"), ("id: bench_copy", "id: another"),
        ("- id: F2", "- id: F1"), ("id: bench_copy", "id: A"), ("id: bench_copy", "id: [a]"),
        ("id: bench_copy", "id: all"), ("title:", "title: 7\nx:"), ("\nfacts:", "\nfacts: 7\nx:"),
        ("governance: [command,", "governance: []\nx: [command,"), ("question:", "question: {en: '', zh: ''}\nx:"),
        ("question:", "question: a: b"), ("question:", "\t- question:"), ("question:", "? [a]\n: 1\nquestion:"),
        ("question:", "id: again\nquestion:"), ("question:", "x: !!set {a}\nquestion:"),
    ]  # fmt: skip
    for old, new in cases:
        text = copied.held("scenario", COPY).text
        assert old in text
        bad = text.replace(old, new, 1)
        faults = copied.check("scenario", COPY, bad, Words("zh"))
        assert [(fault.line, fault.field) for fault in faults] == [
            (fault.line, fault.field) for fault in copied.check("scenario", COPY, bad, WORDS)
        ]
        assert faults
        assert [fault.says for fault in faults if not re.search("[\u4e00-\u9fff]", fault.says)] == []
        own_words = r"unknown|allowed|is missing|known field|given twice|must|needs|expected a|holds one"
        said = [re.sub("程序：[^）]*", "", fault.says) for fault in faults]  # what another program says is quoted
        assert [text for text in said if re.search(own_words, text)] == []


def test_a_faulty_card_is_left_out_with_whatever_names_it(tmp_path: Path) -> None:
    write(tmp_path, "persona", "neighbour", shipped("persona", "elder").replace("id: elder", "id: neighbour"))
    write(tmp_path, "persona", "broken", "id: [")
    write(tmp_path, "persona", "elder", "id: elder\n")
    case = shipped("scenario", "resettled_elders").replace("id: resettled_elders", "id: mine", 1)
    mine = write(tmp_path, "scenario", "mine", re.sub(r"(?<=[\[ ])elder(?=[],\n])", "broken", case))
    library = Library.load_sound(tmp_path)
    assert "neighbour" in library.cards["persona"]
    assert not {"broken"} & set(library.cards["persona"])
    assert library.persona("elder") == LIBRARY.persona("elder")
    assert "mine" not in library.cards["scenario"]
    told = "\n".join(library.left_out)
    assert f"{tmp_path}/personas/broken.yaml:2: not valid YAML" in told
    assert f"{tmp_path}/personas/elder.yaml:1: name: is missing" in told
    assert re.search(rf"{mine}:\d+: persona: unknown persona 'broken'", told)
    chinese = [Words("zh").problem(problem) for problem in library.left_out]
    assert [text for text in chinese if not re.search("[\u4e00-\u9fff]", text)] == []
    with pytest.raises(InputError):
        Library.load(tmp_path)


def test_a_card_that_another_one_names_is_not_deleted(own: OwnCards) -> None:
    case, name = own.copy("scenario", CASE), own.copy("persona", "migrant_tenant")
    held = own.held("scenario", case)
    text = held.text.replace("migrant_tenant", name)
    assert own.keep("scenario", case, text, held.stamp, WORDS).how == "card"
    with pytest.raises(InputError) as told:
        own.delete("persona", name)
    assert (told.value.key, told.value.values["names"]) == ("refused.card_named", [case])


def test_a_model_is_not_changed_so_that_a_case_of_ones_own_cannot_be_played(tmp_path: Path) -> None:
    house = house_at(tmp_path)
    own = own_cards(house)
    case, model = own.copy("scenario", "clean_up"), own.copy("governance", "command")
    held = own.held("governance", model)
    hostless = re.sub(r"^    host: .*\n", "", held.text, flags=re.MULTILINE).replace(", host]", "]")
    (fault,) = own.check("governance", model, hostless, WORDS)  # no case at all can be played
    assert "has no position" in fault.says
    scenario = own.held("scenario", case)
    text = scenario.text.replace("governance: [command,", f"governance: [{model},")
    assert own.keep("scenario", case, text, scenario.stamp, WORDS).how == "card"
    kept = own.keep("governance", model, hostless, held.stamp, WORDS)
    assert kept.how == "draft"
    assert kept.faults[0].field == case
    assert kept.faults[0].says.startswith(f"cannot be played under '{model}'")
    house.store.close()


def test_what_is_faulty_is_kept_as_a_draft_what_is_played_stays_and_all_of_it_is_deleted(
    house: House, own: OwnCards
) -> None:
    own.copy("scenario", CASE)
    held = own.held("scenario", COPY)
    kept = own.keep("scenario", COPY, "id: [", held.stamp, WORDS)
    assert (kept.how, bool(kept.faults)) == ("draft", True)
    drafted = own.held("scenario", COPY)
    assert (drafted.text, drafted.draft) == (held.text, "id: [")
    assert house.library.scenario(COPY)
    mended = held.text.replace("(copy)", "(mine)")
    kept = own.keep("scenario", COPY, mended, kept.stamp, WORDS)
    assert (kept.how, own.held("scenario", COPY).draft) == ("card", None)
    assert house.library.scenario(COPY).title.en.endswith("(mine)")
    assert not [path for path in house.runs.rglob("*") if path.suffix in (".partial", ".draft")]
    own.keep("scenario", COPY, "bad", own.held("scenario", COPY).stamp, WORDS)
    own.delete("scenario", COPY)
    assert not [path for path in own.folder.root.rglob("*") if path.is_file()]
    assert COPY not in {*house.library.cards["scenario"], *house.library.cards["pack"]}
    with pytest.raises(InputError):
        own.delete("scenario", CASE)
    assert house.library.files["scenario", CASE].exists()


def test_a_card_that_is_begun_is_offered_once_it_is_valid(house: House, own: OwnCards) -> None:
    name = own.begin("persona")
    assert (name, own.begin("persona"), own.folder.begun("persona")) == (
        "my_persona",
        "my_persona",
        ["my_persona"],
    ), "what nobody has touched is taken again"
    assert name not in house.library.cards["persona"]
    held = own.held("persona", name)
    assert (held.text, "Wu Lan" in held.latest, "# How it speaks" in held.latest) == ("", False, True)
    assert own.keep("persona", name, held.latest, held.stamp, WORDS).how == "draft"
    own.keep_draft("persona", name, f"{held.latest}\n# mine\n", own.held("persona", name).stamp)
    assert own.begin("persona") == "my_persona2"
    mine = shipped("persona", "elder").replace("id: elder", f"id: {name}")
    own.keep_draft("persona", name, mine, own.held("persona", name).stamp)
    assert own.held("persona", name).latest == mine
    assert own.folder.begun("persona") == ["my_persona", "my_persona2"], "a draft is not offered, be it valid"
    with pytest.raises(InputError):
        own.keep_draft("persona", name, "x", held.stamp)
    assert own.keep("persona", name, mine, own.held("persona", name).stamp, WORDS).how == "card"
    assert house.library.persona(name).name == LIBRARY.persona("elder").name
    own.delete("persona", "my_persona2")
    assert own.folder.begun("persona") == []


def test_a_persona_at_a_table_in_the_place_of_another_is_not_deleted(house: House, own: OwnCards) -> None:
    name = own.copy("persona", "elder")
    case = LIBRARY.scenario("resettled_elders")
    setup = Setup(case.id, case.governance[0], "", "en", ("training",), 4, 1, (), {}, cast={"elder": name})
    table = house.store.add_table(setup).id
    house.choice = choose(Settings(), "none", "none")
    game = house.game(house.store.table(table).setup)
    assert (game.spec.personas, game.personas["elder"].name) == ({"elder": name}, LIBRARY.persona("elder").name)
    with pytest.raises(InputError) as told:
        own.delete("persona", name)
    assert told.value.key == "refused.card_at_table"


def test_a_pack_that_is_still_of_another_case_is_named_until_it_is_begun_anew(house: House, own: OwnCards) -> None:
    case = own.copy("scenario", "clean_up")

    def printed(part: str = "") -> str:
        return to_html(make_pack(house.library, case, "zh", part=part))

    held = own.held("scenario", case)
    assert own.check("scenario", case, held.text, WORDS) == [], "a copy fits its papers"
    assert "恐怕还是别的案例的材料" not in printed()
    kept = own.keep("scenario", case, example("scenario", case), held.stamp, WORDS)
    assert (kept.how, [fault.severity for fault in kept.faults]) == ("card", ["warning"])
    assert "Liuyuan" in kept.faults[0].says
    pack = own.held("pack", case).text
    doubts = own.check("pack", case, pack, WORDS)
    assert all(fault.severity == "warning" and fault.line > 1 for fault in doubts)
    assert len(alike(doubts)) == len({fault.says for fault in doubts}) < len(doubts), "alike ones stand together"
    assert printed().count("恐怕还是别的案例的材料") > printed("papers").count("恐怕还是别的案例的材料") > 1
    told = "\n".join(map(str, warnings(Library.load(own.folder.root))))
    assert told.count("names what the case does not have") == len(alike(doubts))
    assert f"packs/{case}.yaml:" in told
    assert "names what the case does not have (Liuyuan" in told
    own.begin_pack(case)
    assert house.library.pack(case).documents[0].title.zh.endswith(house.library.scenario(case).title.zh)
    assert own.check("scenario", case, own.held("scenario", case).text, WORDS) == []


def test_a_file_that_was_edited_beside_the_server_is_read_and_one_that_is_faulty_stays_as_it_was(
    tmp_path: Path, house: House, own: OwnCards
) -> None:
    own.copy("scenario", CASE)
    own.copy("persona", "elder")
    path, persona = own.folder.path("scenario", COPY), own.folder.path("persona", "elder_copy")
    sound = path.read_text(encoding="utf-8").replace("(copy)", "(by hand)")
    path.write_text(sound, encoding="utf-8")
    house.read_again()
    assert house.library.scenario(COPY).title.en.endswith("(by hand)")
    path.write_text(sound.replace("(by hand)", "(half)").replace("question:", "questoin:", 1), encoding="utf-8")
    persona.write_text(persona.read_text(encoding="utf-8").replace("polite", "rude"), encoding="utf-8")
    house.read_again()
    assert "questoin" in house.library.left_out[0]
    assert house.library.scenario(COPY).title.en.endswith("(by hand)"), "the last sound version stays"
    assert "rude" in house.library.persona("elder_copy").manner.en, "what else was edited is read"
    folder = SessionFolder.create(tmp_path)
    with folder.log() as log:
        begin(Game(SessionSpec(scenario=COPY, governance="command"), house.library), log, folder.id)
    assert open_session(folder, LIBRARY).game.scenario.title.en.endswith("(by hand)"), (
        "it carries what it was begun with"
    )
    path.write_text(sound.replace("(by hand)", "(mended)"), encoding="utf-8")
    house.read_again()
    assert (house.library.left_out, house.library.scenario(COPY).title.en[-8:]) == ((), "(mended)")


def test_the_only_case_of_ones_own_is_offered_first_and_played_under_its_own_model(tmp_path: Path) -> None:
    house = house_at(tmp_path)
    own = own_cards(house)
    house.choice = choose(Settings(), "none", "none")
    name = own.begin_case("  Whose   lift? ", "en")
    assert first_setup(house, "en").scenario == name
    assert house.library.scenario(name).title.zh == "Whose lift?"

    def models(governance: str) -> tuple[str, str]:
        held = own.held("scenario", name)
        text = re.sub("\ngovernance: .*\ndefault_governance: .*", f"\n{governance}", held.text)
        assert own.keep("scenario", name, text, held.stamp, WORDS).how == "card"
        return first_setup(house, "en").governance, Case(name).spec(house.choice, house.library).governance

    assert models("governance: [command, joint_production]\ndefault_governance: command") == ("command", "command")
    assert models("governance: [command, joint_production]") == ("joint_production", "joint_production")
    waiting = house.store.add_table(replace(first_setup(house, "en"), persons=("mayor", "grid_master"))).id
    house.store.take_seat(waiting, "grid_master", "Bo")
    held = own.held("scenario", name)
    fewer = rewritten(held.text, without(parse_yaml(held.text)[0], 1))
    assert own.keep("scenario", name, fewer, held.stamp, WORDS).how == "card"
    assert house.store.table(waiting).setup.persons == ("mayor",), "a table that waits has no seat that is gone"
    assert house.store.players(waiting) == {}
    own.copy("scenario", name)
    assert first_setup(house, "en").scenario != name
    house.store.close()


def test_the_second_of_two_editors_is_told_that_the_card_has_changed(own: OwnCards) -> None:
    own.copy("persona", "elder")
    stamp = own.held("persona", "elder_copy").stamp
    text = own.held("persona", "elder_copy").text
    assert own.keep("persona", "elder_copy", text.replace("polite", "rude"), stamp, WORDS).how == "card"
    for late in (text, "id: ["):
        with pytest.raises(InputError) as told:
            own.keep("persona", "elder_copy", late, stamp, WORDS)
        assert told.value.key == "refused.card_changed"
    assert "rude" in own.held("persona", "elder_copy").text


def test_a_doubtful_card_is_kept_at_a_table_not_deleted_and_one_that_a_campaign_plays_is_not_changed(
    house: House, own: OwnCards
) -> None:
    own.copy("scenario", CASE)
    table = table_with(house)
    with pytest.raises(InputError) as told:
        own.delete("scenario", COPY)
    assert told.value.key == "refused.card_at_table"
    held, words = own.held("scenario", COPY), Words("zh")
    text = re.sub(r"turn: \d+", "turn: 99", held.text, count=1)
    (warning,) = own.check("scenario", COPY, text, words)
    assert (warning.severity, warning.field, warning.line) == ("warning", "injects.0.turn", line_of(text, "turn: 99"))
    assert warning.says.startswith("永远到不了：public_engagement最多12句")
    wrong = text.replace("question:", "questoin:", 1)
    assert [fault.severity for fault in own.check("scenario", COPY, wrong, words)] == ["error"]
    kept = own.keep("scenario", COPY, text, held.stamp, words)
    assert (kept.how, kept.faults, own.held("scenario", COPY).draft) == ("card", (warning,), None)
    house.store.start(table, "session")
    house.members[table] = None  # type: ignore[assignment]  # whichever campaign it is
    assert own.check("scenario", COPY, text, words) == [warning], "as it was played it may stay"
    kept = own.keep("scenario", COPY, held.text, kept.stamp, WORDS)
    assert kept.how == "draft"
    assert house.store.table(table).code in kept.faults[0].says


def test_nothing_but_an_id_names_a_card(own: OwnCards) -> None:
    for name in ("../elder", "a/b", "a\\b", "elder\n", "", "Elder", ".", "a" * 49, "elder\0"):
        with pytest.raises(InputError):
            own.held("persona", name)
        with pytest.raises(InputError):
            own.copy("persona", name)
        with pytest.raises(InputError):
            own.folder.keep("persona", name, "x")
    assert not own.folder.root.exists()


@pytest.mark.parametrize("what", ["file", "folder", "pipe", "draft"])
def test_links_and_what_is_no_plain_file_are_left_alone(tmp_path: Path, house: House, own: OwnCards, what: str) -> None:
    name = own.copy("persona", "elder")
    held = own.held("persona", name)
    path, target = own.folder.path("persona", name), tmp_path / "target"
    target.write_text("untouched", encoding="utf-8")
    if what == "folder":
        elsewhere = tmp_path / "elsewhere"
        path.parent.rename(elsewhere)
        path.parent.symlink_to(elsewhere, target_is_directory=True)
    elif what == "pipe":
        path.unlink()
        os.mkfifo(path)
    else:
        beside = {"file": path.name, "draft": f"{name}.draft"}
        link = path.with_name(beside[what])
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    with pytest.raises(InputError) as told:
        own.keep("persona", name, held.text.replace("polite", "rude"), held.stamp, WORDS)
    assert told.value.key == "refused.card_file"
    assert target.read_text(encoding="utf-8") == "untouched"
    assert house.library.persona(name).manner.en.startswith("chatty, polite")


def test_a_card_has_a_largest_size(own: OwnCards) -> None:
    name = own.copy("persona", "elder")
    held = own.held("persona", name)
    with pytest.raises(InputError) as told:
        own.keep("persona", name, held.text + "#" * LARGEST, held.stamp, WORDS)
    assert told.value.key == "refused.card_large"
    assert own.held("persona", name) == held


def test_a_content_folder_of_the_server_is_the_own_one(tmp_path: Path) -> None:
    content = tmp_path / "content"
    write(content, "persona", "neighbour", shipped("persona", "elder").replace("id: elder", "id: neighbour"))
    house = house_at(tmp_path, Library.load(content))
    own = own_cards(house)
    assert own.owns("persona", "neighbour")
    own.copy("city", "haicang")
    assert (content / "prompts" / "cities" / "haicang_copy.yaml").is_file()
    write(content, "persona", "broken", "id: [")
    held = own.held("persona", "neighbour")
    assert own.keep("persona", "neighbour", held.text.replace("polite", "rude"), held.stamp, WORDS).how == "card"
    assert "rude" in house.library.persona("neighbour").manner.en
    assert "broken" in house.library.left_out[0], "what else is wrong in the folder is told, and hinders nothing"
    house.store.close()


def test_a_folder_that_facilitators_share_is_changed_by_none_and_none_sees_anothers_cards(tmp_path: Path) -> None:
    shared, mine = tmp_path / "shared", shipped("persona", "elder").replace("id: elder", "id: neighbour")
    write(shared, "persona", "neighbour", mine)
    houses = []
    for name in ("li", "wang"):
        houses.append(house_at(tmp_path / name, Library.load_sound(shared)))
        houses[-1].shared = shared
    li, wang = (own_cards(house) for house in houses)
    name = li.copy("persona", "neighbour")
    assert li.held("persona", name).text
    assert (tmp_path / "li" / "content" / "personas" / f"{name}.yaml").is_file()
    wang.copy("city", "haicang")  # reads all of her cards again
    assert "neighbour" in houses[1].library.cards["persona"]
    for card in ("neighbour", name):
        assert not wang.edits("persona", card)
        for change in (wang.held, wang.delete, wang.drop_draft):
            with pytest.raises(InputError):
                change("persona", card)
    assert name not in houses[1].library.cards["persona"]
    assert [path.name for path in shared.rglob("*") if path.is_file()] == ["neighbour.yaml"]
    # Whatever lies in one's own folder wins, unless it is faulty.
    for text, manner in ((mine.replace("polite", "rude"), "chatty, rude"), ("id: [", "chatty, polite")):
        write(li.folder.root, "persona", "neighbour", text)
        library = Library.load_sound(shared, own_content(houses[0].runs))
        assert library.persona("neighbour").manner.en.startswith(manner)
    for house in houses:
        house.store.close()


async def test_texts_of_a_facilitator_are_checked_one_after_the_other(copied: OwnCards) -> None:
    at_work: list[int] = []

    class Slow:
        held = staticmethod(copied.held)
        now = 0

        def check(self, *_: object) -> list[Fault]:
            """Take a while."""
            self.now += 1
            at_work.append(self.now)
            time.sleep(0.01)
            self.now -= 1
            return []

    async def sent() -> AsyncIterator[bytes]:
        yield b"id: x"

    site: Any = SimpleNamespace(
        house=SimpleNamespace(words=Words), own=Slow(), pace=Throttle(), checks=asyncio.Lock(),
    )  # fmt: skip
    asked: Any = [SimpleNamespace(stream=sent) for _ in range(4)]
    answers = await asyncio.gather(*(_text(site, "secret", "scenario", COPY, request) for request in asked))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert at_work == [1] * 4


def test_a_table_that_cannot_be_set_up_is_refused_in_plain_words(house: House) -> None:
    setup = Setup(CASE, "command", "", "en", ("training",), 10**30, 1, (), {})
    house.choice = choose(Settings(), "none", "none")
    with pytest.raises(InputError, match=r"turns: must be 500 or less$"):
        house.game(setup)
