"""What a user is told about faulty content: the file, the line, the field, and what is allowed there."""

from __future__ import annotations

import copy
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.content.card_files import FOLDERS, ContentKind, check_file, shipped_root
from sandbox.content.library import Library
from sandbox.content.persona_card import Persona
from sandbox.content.skeletons import example, skeleton
from sandbox.errors import ContentError, InputError
from sandbox.game.checks.warnings import warnings
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from tests.content.folders import CARDS, line_of, problem_with, problems_with, shipped, write

_SAME_FOLDER = [HealthCheck.function_scoped_fixture]
_KINDS = sorted(FOLDERS)


def test_an_unknown_id_is_answered_with_a_near_one_and_all_others(library: Library) -> None:
    cases: list[tuple[ContentKind, str, str]] = [
        ("persona", "mayer", "mayor"), ("stage", "trainning", "training"),
        ("governance", "joint_produktion", "joint_production"), ("scenario", "four_oclock_skool", "four_oclock_school"),
        ("city", "haikang", "haicang"), ("rubric", "cores", "core"), ("experiment", "who_decide", "who_decides"),
    ]  # fmt: skip
    for kind, given_id, near in cases:
        with pytest.raises(InputError) as caught:
            getattr(library, kind)(given_id)
        message = str(caught.value)
        assert f"unknown {kind} '{given_id}'. Did you mean {near}" in message
        assert all(card in message.split("Allowed: ")[1] for card in library.cards[kind])
        assert getattr(library, kind)(near).id == near


def test_an_unknown_id_that_is_near_to_none_gets_no_suggestion(library: Library) -> None:
    with pytest.raises(InputError, match=r"unknown rubric 'zzzzzz'\. Allowed: core\."):
        library.rubric("zzzzzz")


def test_an_overlay_replaces_the_card_of_the_same_id_and_leaves_the_rest(tmp_path: Path, library: Library) -> None:
    path = write(tmp_path, "persona", "mayor", shipped("persona", "mayor").replace("Shen Yulan", "Ouyang Li"))
    own = Library.load(tmp_path)
    assert own.persona("mayor").name.en == "Ouyang Li"
    assert library.persona("mayor").name.en == "Shen Yulan"
    assert own.files[("persona", "mayor")] == path
    for kind, cards in library.cards.items():
        for card in cards:
            assert (kind, card) == ("persona", "mayor") or own.cards[kind][card] == cards[card]
        assert set(own.cards[kind]) == set(cards)


def test_an_overlay_can_add_a_card(tmp_path: Path) -> None:
    write(tmp_path, "persona", "auditor", shipped("persona", "mayor").replace("id: mayor", "id: auditor"))
    assert isinstance(Library.load(tmp_path).persona("auditor"), Persona)


def test_a_missing_overlay_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere does not exist or is no folder"):
        Library.load(tmp_path / "nowhere")


def test_a_file_for_an_overlay_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file does not exist or is no folder"):
        Library.load(tmp_path / "file")


def test_an_overlay_without_content_says_where_content_belongs(tmp_path: Path) -> None:
    for inside in ("", "personas", "prompts/stages", "cards"):
        (tmp_path / inside).mkdir(parents=True, exist_ok=True)
        if inside == "cards":
            (tmp_path / inside / "mayor.yaml").write_text(shipped("persona", "mayor"))
        with pytest.raises(InputError) as caught:
            Library.load(tmp_path)
        assert f"{tmp_path} holds no content" in str(caught.value)
        assert all(folder in str(caught.value) for folder, _ in FOLDERS.values())


def test_a_file_that_would_not_be_read_for_its_suffix_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "persona", "mayor", shipped("persona", "mayor"))
    path.rename(path.with_suffix(".yml"))
    assert problems_with(tmp_path) == [f"{path.with_suffix('.yml')}:1: is not read; name it mayor.yaml"]


_Card = tuple[ContentKind, str]
_MAYOR: _Card = ("persona", "mayor")
_STAGE: _Card = ("stage", "training")
_COMMAND: _Card = ("governance", "command")
_CORE: _Card = ("rubric", "core")
_CASE: _Card = ("scenario", "four_oclock_school")
_FAULTY: list[tuple[_Card, str, str, str]] = [
    (_MAYOR, "kind: leader", "kind: leeder", "unknown value 'leeder'. Did you mean leader"),
    (_MAYOR, "kind: leader", "kind: {a: 1}", "unknown value 'a mapping'"),
    (_MAYOR, "private:", "privat:", "privat: is not a known field; did you mean 'private'?"),
    (_MAYOR, "kind: leader", "zzqqxx: 1\nkind: leader", "zzqqxx: is not a known field"),
    (_MAYOR, "id: mayor", "id: major", "id: 'major' must equal the file's name 'mayor'"),
    (_MAYOR, "id: mayor", "id: Mayor!",
     "id: 'Mayor!' is no id; use 2 to 48 small letters, digits and underscores, a letter first"),
    (_MAYOR, "id: mayor", "id: [mayor]", "id: expected a text, found a list"),
    (_MAYOR, "sections: [HB", "sections: [XX", "unknown section 'XX'. Allowed: AB, AR"),
    (_MAYOR, "name: {en", "name: {fr: x, en", "name.fr: is not a known field"),
    (_MAYOR, 'name: {en: "Shen Yulan"', 'name: {en: ""', "name.en: must not be empty"),
    (_MAYOR, 'role: {en: "district mayor", zh: "区长"}', "role: 7",
     "role: expected {en: …, zh: …}, or write one plain text in quotes for both languages; found 7"),
    (_STAGE, "turns: 8", "turns: 0", "turns: must be 1 or more"),
    (_STAGE, "turns: 8", "turns: 501", "turns: must be 500 or less"),
    (_STAGE, "turns: 8", "turns: nine", "turns: expected a whole number, found nine"),
    (_STAGE, "ends_when: doubts_answered", "ends_when: doubts_answer",
     "ends_when: unknown value 'doubts_answer'. Did you mean doubts_answered, doubter_settled? "
     "Allowed: all_reported, decision_made, doubter_settled, doubts_answered, plans_filed, turn_limit."),
    (_COMMAND, "    chair: chair\n", "    chair: chairs\n", "chair: unknown position 'chairs'. Did you mean chair"),
    (_COMMAND, "training: {positions: [chair", "training: {positions: [chiar",
     "unknown position 'chiar'. Did you mean chair"),
    (_COMMAND, "    provider: {acts", "    provision: {acts",
     "choice.provision: unknown position 'provision'. Did you mean provider"),
    (_COMMAND, "training: {positions", "trainings: {positions",
     "boundary: unknown stage 'trainings'. Did you mean training"),
    (("governance", "joint_production"), "voters: [chair,", "voters: [chairs,",
     "voters: unknown position 'chairs'. Did you mean chair"),
    (_CORE, "measure: decision_share", "measure: decisions_share",
     "measure: unknown value 'decisions_share'. Did you mean decision_share"),
    (_CORE, "stages: [public_engagement]", "stages: [public]",
     "unknown stage 'public'. Did you mean public_engagement? Allowed: application, learning_tour, public_eng"),
    (_CORE, "- id: needs_first", "- id: decision_share", "criterion 'decision_share' is given twice"),
    (_CASE, "remit: [mayor]", "remit: [mayer]", "remit: unknown seat 'mayer'. Did you mean mayor"),
    (_CASE, "stages: [training]", "stages: [train]", "unknown stage 'train'. Did you mean training"),
    (_CASE, "governance: [command, joint_production", "governance: [command, joint_product",
     "unknown governance model 'joint_product'. Did you mean joint_production"),
    (_CASE, "facts: [F3]", "facts: [F33]", "unknown fact 'F33'. Did you mean F3"),
    (_CASE, "- id: F2", "- id: F1", "fact 'F1' is given twice"),
    (_CASE, "- id: mayor_t2", "- id: mayor_t1", "point 'mayor_t1' is given twice"),
    (_CASE, "replies_to: [grid_l6, cadre_l4, mayor_l4]", "replies_to: [grid_l666, cadre_l4, mayor_l4]",
     "unknown point 'grid_l666'. Did you mean grid_l6"),
    (_CASE, "to: village_cadre", "to: village_cadres", "to: unknown seat 'village_cadres'. Did you mean village_cadre"),
    (_CASE, "terms: {provider: social_organisation}", "terms: {provider: social_organ}",
     "unknown option 'social_organ'. Did you mean social_organisation? Allowed: retired"),
    (_CASE, "terms: {provider: social_organisation}", "terms: {providers: social_organisation}",
     "unknown decision 'providers'. Did you mean provider"),
]  # fmt: skip


def test_a_faulty_field_is_named_with_its_line_and_what_is_allowed(tmp_path: Path) -> None:
    for number, (where, old, new, said) in enumerate(_FAULTY):
        folder = tmp_path / str(number)
        folder.mkdir()
        problem, place = problem_with(folder, *where, old, new)
        assert problem.startswith(place)
        assert said in problem


def test_a_seat_without_a_persona_is_named(tmp_path: Path, library: Library) -> None:
    text = shipped("scenario", "four_oclock_school").replace("ngo_director", "ngo_boss")
    path = write(tmp_path, "scenario", "four_oclock_school", text)
    (problem,) = problems_with(tmp_path)
    assert problem.startswith(f"{path}:{line_of(text, '- persona: ngo_boss')}: persona: unknown persona 'ngo_boss'")
    assert f"Did you mean ngo_director? Allowed: {', '.join(sorted(library.cards['persona']))}." in problem


def test_a_position_without_a_choice_rule_is_named(tmp_path: Path) -> None:
    text = shipped("governance", "command")
    lines = [line for line in text.splitlines() if not line.startswith("    resident: {acts")]
    path = write(tmp_path, "governance", "command", "\n".join(lines))
    (problem,) = problems_with(tmp_path)
    assert problem.startswith(f"{path}:{line_of(text, 'resident: {name')}: ")
    assert "position 'resident' has no choice rule; add it to rules.choice" in problem


def test_a_majority_without_voters_is_named(tmp_path: Path) -> None:
    text = shipped("governance", "command").replace("procedure: chair_decides", "procedure: majority")
    path = write(tmp_path, "governance", "command", text)
    (problem,) = problems_with(tmp_path)
    assert problem.startswith(f"{path}:{line_of(text, 'aggregation:')}: ")
    assert "voters: majority needs at least one position that votes" in problem


def test_missing_levels_of_a_criterion_are_named(tmp_path: Path) -> None:
    text = shipped("rubric", "core")
    lines = text.splitlines()
    del lines[line_of(text, '"3":') - 1]
    path = write(tmp_path, "rubric", "core", "\n".join(lines))
    (problem,) = problems_with(tmp_path)
    assert problem.startswith(f"{path}:{line_of(text, 'anchors:')}: ")
    assert "anchors: missing for level 3" in problem


def test_levels_may_be_written_without_quotes(tmp_path: Path) -> None:
    write(tmp_path, "rubric", "core", shipped("rubric", "core").replace('"5":', "5:"))
    assert set(Library.load(tmp_path).rubric("core").criteria[0].anchors) == {"1", "3", "5"}


def test_a_plain_text_stands_for_both_languages(tmp_path: Path) -> None:
    text = shipped("persona", "mayor").replace('role: {en: "district mayor", zh: "区长"}', "role: mayor")
    write(tmp_path, "persona", "mayor", text)
    assert Library.load(tmp_path).persona("mayor").role.get("zh") == "mayor"
    case = example("scenario", "bench")
    both = '{en: "the district", zh: "区里", paid_by: [government]}'
    assert both in case
    path = write(tmp_path, "scenario", "bench", case.replace(both, "{text: the district, paid_by: [government]}"))
    option = Library.load(tmp_path).scenario("bench").decision_by_id["payer"].options["district"]
    assert (option.get("zh"), option.paid_by) == ("the district", ("government",))
    path.write_text(case.replace(both, "{en: the district, paid_by: [government]}"), encoding="utf-8")
    assert problems_with(tmp_path)[0].endswith(
        "district.zh: is missing; write it, or write one plain text for both languages, as text: …"
    )


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    for field in ("kind", "name", "interests", "authority"):
        data = yaml.safe_load(shipped("persona", "mayor"))
        del data[field]
        path = write(tmp_path, "persona", "mayor", yaml.safe_dump(data, allow_unicode=True))
        assert problems_with(tmp_path) == [f"{path}:1: {field}: is missing"]


def test_a_missing_field_inside_is_named_with_the_line_of_what_lacks_it(tmp_path: Path) -> None:
    problem, place = problem_with(tmp_path, "persona", "mayor", ', zh: "沈玉兰"}', "}")
    assert problem == f"{place}name.zh: is missing; write it, or write one plain text for both languages"


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    text = shipped("persona", "mayor").replace("kind: leader", "kind: king").replace("moves:", "move:")
    path = write(tmp_path, "persona", "mayor", text)
    stage = write(tmp_path, "stage", "training", shipped("stage", "training").replace("order: 1", "order: first"))
    problems = problems_with(tmp_path)
    assert len(problems) == 3
    assert any(problem.startswith(f"{path}:{line_of(text, 'kind:')}: kind: ") for problem in problems)
    misspelt = f"{path}:{line_of(text, 'move:')}: move: is not a known field; did you mean 'moves'?"
    assert misspelt in problems  # and not, beside it, that the other is missing
    assert any(problem.startswith(f"{stage}:2: order: ") for problem in problems)


def test_a_file_that_is_no_mapping_is_named_with_the_line(tmp_path: Path) -> None:
    cases: list[tuple[str | bytes, int, str]] = [
        ("id: mayor\nname: [a, b\nkind: leader\n", 3, "not valid YAML"),
        ("id: mayor\nname: a: b\n", 2, "a text that holds a colon needs quotes"),
        ("id: mayor\n\tkind: leader\n", 2, "spaces indent"),
        ("id: mayor\n---\nid: other\n", 2, "not valid YAML: found another document"),
        ("id: mayor\nkind: !!python/object/apply:os.getcwd []\n", 2, "not valid YAML"),
        ("id: mayor\nkind: leader\nid: mayor\n", 3, "key 'id' is given twice"),
        ("id: mayor\nname:\n  en: a\n  zh: b\n  en: c\n", 5, "key 'en' is given twice"),
        ("- id: mayor\n- kind: leader\n", 1, "expected a mapping (key: value), found a list"),
        ("just a sentence\n", 1, "expected a mapping (key: value), found a single value"),
        ("", 1, "expected a mapping (key: value), found nothing"),
        (b"id: a\nb: \xff\xfe\n", 2, "cannot be read as UTF-8 text (byte FF)"),
        ("id: mayor\n".encode("utf-16"), 1, "UTF-8 text (byte FF); save it as UTF-8"),
        ("id: a\x00b\n", 1, "not valid YAML"),
        ("id: " + "[" * 20_000, 1, "not valid YAML"),
        ('a: 1\nid: !!int ""\n', 2, "'' is no int; a text needs quotes"),
        ("a: 1\nid: 2020-13-45\n", 2, "'2020-13-45' is no timestamp; a text needs quotes"),
        ("a: 1\nid: !!set {b}\n", 2, "the tag !!set is not allowed; leave it out"),
        ("a: 1\nid: !mine b\n", 2, "the tag !mine is not allowed"),
        ("a: &a {b: 1}\nc:\n  <<: *a\n", 3, "merge keys (<<) are not read"),
        ("a: 1\n? [b, c]\n: d\n", 2, "a key must be a text"),
        ('"b\\nc": 1\n"b\\nc": 2\n', 2, "key 'b c' is given twice"),
        ("a: 1\nb: *c\n", 2, "found undefined alias 'c'"),
        ("a: 1\nb: " + "[" * 60 + "]" * 60, 2, "nested more than 50 deep"),
        ('a: 1\nid: "\\ud800"\n', 2, "invalid Unicode character escape code"),
    ]
    for text, line, said in cases:
        path = write(tmp_path, "persona", "mayor", text)
        (problem,) = problems_with(tmp_path)
        assert problem.startswith(f"{path}:{line}: ")
        assert said in problem


@pytest.mark.parametrize(("kind", "card", "name"), [("rubric", "core", "threshold"), ("stage", "training", "order")])
def test_what_is_no_number_is_named_where_one_is_expected(
    tmp_path: Path, kind: ContentKind, card: str, name: str
) -> None:
    lines = [line for line in shipped(kind, card).splitlines() if not line.startswith(f"{name}:")]
    for value in (".nan", ".inf", "1e999", "9" * 5000, "0x", "~", "{5: 6}"):
        path = write(tmp_path, kind, card, "\n".join([f"{name}: {value}", *lines]))
        (problem,) = problems_with(tmp_path)
        assert problem.startswith(f"{path}:1: "), value


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    write(tmp_path, "persona", "mayor", shipped("persona", "mayor").encode("utf-8-sig"))
    assert Library.load(tmp_path).persona("mayor").kind == "leader"


def test_a_text_that_holds_itself_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "persona", "mayor", "id: mayor\nmoves: &a [*a]\n")
    (problem,) = problems_with(tmp_path)
    assert problem.endswith("mayor.yaml:2: not valid YAML: the alias 'a' stands inside what it repeats")


def test_aliases_that_multiply_are_refused_in_no_time(tmp_path: Path) -> None:
    bomb = ["id: mayor", "kind: &a [x, x, x, x, x, x, x, x, x]"]
    bomb += [f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]" for i in range(12)]
    write(tmp_path, "persona", "mayor", "\n".join([*bomb, "moves: *m", "interests: [*m]"]))
    (problem,) = problems_with(tmp_path)
    assert problem.endswith(":7: not valid YAML: more than 100000 values, those that aliases repeat counted")


def test_a_single_file_tells_its_kind_by_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "mayor.yaml"
    path.write_text(shipped("persona", "mayor"), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        check_file(path)
    assert str(caught.value).startswith(f"{path}:1: cannot tell its kind; put it in a folder named personas, stages")


def test_a_single_file_is_checked_like_the_rest(tmp_path: Path) -> None:
    text = shipped("stage", "training").replace("ends_when: doubts_answered", "ends_when: never")
    path = write(tmp_path, "stage", "training", text)
    with pytest.raises(ContentError) as caught:
        check_file(path)
    assert str(caught.value).startswith(f"{path}:{line_of(text, 'ends_when')}: ends_when: unknown value 'never'")


def test_a_single_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "personas" / "nobody.yaml"
    with pytest.raises(ContentError, match="No such file") as caught:
        check_file(path)
    assert str(caught.value).startswith(f"{path}:1: ")


def refused_or_valid(path: Path) -> None:
    """Check a file; anything raised but a `ContentError` that names the file fails the test."""
    problems = [f"{path}:"]
    try:
        check_file(path)
    except ContentError as error:
        problems = error.problems
    assert [problem for problem in problems if not problem.startswith(f"{path}:")] == []
    assert problems
    assert [problem for problem in problems if len(problem.splitlines()) != 1] == []


@given(
    kind=st.sampled_from(_KINDS),
    data=st.one_of(
        st.binary(max_size=200), st.text(st.characters(exclude_categories=["Cs"]), max_size=200).map(str.encode)
    ),
)
@settings(max_examples=20, derandomize=True, suppress_health_check=_SAME_FOLDER, deadline=None)
def test_any_bytes_are_valid_or_refused(tmp_path: Path, kind: ContentKind, data: bytes) -> None:
    refused_or_valid(write(tmp_path, kind, "card", data))


_WORDS = st.sampled_from([
    *"[]{}:,-?&*!|>'\"%@`#~ \n", "a: ", "- ", "&a ", "*a", "<<: ", "!!int ", "!!set ", "!!timestamp ", "!!binary ",
    "!!float ", "!!omap ", "!!merge ", "!!python/name:os.system ", ".nan", "id: card", "0x", "12:30", "\n  ",
])  # fmt: skip


@given(kind=st.sampled_from(_KINDS), words=st.lists(_WORDS, max_size=25))
@settings(max_examples=40, derandomize=True, suppress_health_check=_SAME_FOLDER, deadline=None)
def test_any_heap_of_yaml_signs_is_valid_or_refused(tmp_path: Path, kind: ContentKind, words: list[str]) -> None:
    refused_or_valid(write(tmp_path, kind, "card", "".join(words)))


_TEXTS = [shipped("persona", "mayor"), shipped("governance", "command"), shipped("stage", "training")]


@given(text=st.sampled_from(_TEXTS), data=st.data())
@settings(max_examples=20, derandomize=True, suppress_health_check=_SAME_FOLDER, deadline=None)
def test_a_card_with_a_piece_cut_out_or_put_in_is_valid_or_refused(
    tmp_path: Path, text: str, data: st.DataObject
) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 12))
        text = text[:start] + "".join(data.draw(st.lists(_WORDS, max_size=3))) + text[end:]
    kind: ContentKind = "persona" if "kind:" in text else "governance" if "rules:" in text else "stage"
    refused_or_valid(write(tmp_path, kind, "card", text))


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the paths of all elements of a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here for key, item in items for here in ((*at, key), *places(item, (*at, key)))]


@cache
def parsed(kind: ContentKind, card: str) -> tuple[Any, list[tuple[str | int, ...]]]:
    """Return a shipped card as it stands in its file, and the paths of all its elements."""
    data = yaml.load(shipped(kind, card), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return data, places(data)


@cache
def small(kind: ContentKind, card: str) -> tuple[Any, list[tuple[Any, ...]]]:
    """Return a small card in the place of a shipped one, and the paths of all its elements."""
    data = yaml.safe_load(skeleton(kind, card))
    return data, places(data)


_OTHER: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 7, -1.5, "", "x", [], {}, [[]], ["x"], {"x": 1}, {1: 2}, float("inf"), "\u2028"]
)


@given(data=st.data())
@settings(max_examples=20, derandomize=True, suppress_health_check=_SAME_FOLDER, deadline=None)
def test_a_card_with_one_field_deleted_or_changed_is_valid_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(_KINDS))
    key = data.draw(st.sampled_from([one for one in CARDS if one[0] == kind]))
    whole, paths = parsed(*key) if kind not in ("scenario", "pack") else small(*key)
    *parents, last = data.draw(st.sampled_from(paths))
    card = copy.deepcopy(whole)
    inner = card
    for step in parents:
        inner = inner[step]
    if data.draw(st.booleans(), label="delete"):
        del inner[last]
    else:
        inner[last] = data.draw(_OTHER)
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    problems: list[str] = []
    path = write(tmp_path, key[0], key[1], yaml.dump(card, Dumper=dumper, allow_unicode=True))
    try:
        assert set(Library.load(tmp_path).cards[key[0]]) == {card for kind, card in CARDS if kind == key[0]}
    except ContentError as error:
        problems = error.problems
    assert [problem for problem in problems if f"{tmp_path}/" not in problem] == []
    path.unlink()


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ship the same content from a folder that a test may change."""
    root = tmp_path / "elsewhere"
    for folder in ("personas", "prompts"):
        shutil.copytree(shipped_root() / folder, root / folder)
    monkeypatch.setattr("sandbox.content.library.shipped_root", lambda: root)
    return root


SPEC = SessionSpec(scenario="four_oclock_school", governance="joint_production")


def test_a_session_reads_no_card_that_it_does_not_need(elsewhere: Path) -> None:
    for folder, card in (("scenarios", "clean_up"), ("governance", "command"), ("cities", "haicang")):
        (elsewhere / "prompts" / folder / f"{card}.yaml").write_text("[", encoding="utf-8")
    (elsewhere / "personas" / "police.yaml").write_text("[", encoding="utf-8")
    library = Library.load()
    assert Game(SPEC, library).scenario.id == "four_oclock_school"
    with pytest.raises(ContentError, match=r"clean_up\.yaml:\d: not valid YAML"):
        library.scenario("clean_up")
    with pytest.raises(ContentError, match=r"police\.yaml:\d: not valid YAML"):
        library.persona("police")
    with pytest.raises(InputError, match=r"Did you mean clean_up"):
        library.scenario("clean_upp")


def test_a_shipped_card_that_names_what_is_not_there_is_told_when_used(elsewhere: Path) -> None:
    (elsewhere / "personas" / "ngo_director.yaml").unlink()
    text = shipped("scenario", "four_oclock_school")
    with pytest.raises(ContentError) as caught:
        Game(SPEC, Library.load())
    path = elsewhere / "prompts" / "scenarios" / "four_oclock_school.yaml"
    place = f"{path}:{line_of(text, '- persona: ngo_director')}: persona: "
    assert caught.value.problems[0].startswith(f"{place}unknown persona 'ngo_director'")


def test_a_persona_of_the_users_own_that_is_faulty_stops_the_shipped_scenario(tmp_path: Path) -> None:
    text = shipped("persona", "ngo_director").replace("kind: ", "kind: no_")
    path = write(tmp_path, "persona", "ngo_director", text)
    assert [problem.split(": ")[0] for problem in problems_with(tmp_path)] == [f"{path}:{line_of(text, 'kind: ')}"]


def test_the_users_own_cards_stay_as_they_were_when_loaded(tmp_path: Path) -> None:
    path = write(tmp_path, "persona", "mayor", shipped("persona", "mayor").replace("Shen Yulan", "Ouyang Li"))
    library = Library.load(tmp_path)
    path.write_text("[", encoding="utf-8")
    assert library.persona("mayor").name.en == "Ouyang Li"


def test_content_is_found_where_the_package_was_built_from() -> None:
    assert (shipped_root() / "personas").is_dir()
    assert (shipped_root() / "prompts" / "templates" / "zh").is_dir()


@pytest.mark.parametrize(("seat", "slip"), [("grid_master", "grid_mastr"), ("mayor", "major")])
def test_a_seat_that_is_misspelt_is_told_and_not_what_follows_from_it(tmp_path: Path, seat: str, slip: str) -> None:
    text = shipped("scenario", "four_oclock_school").replace(f"- persona: {seat}", f"- persona: {slip}")
    write(tmp_path, "scenario", "four_oclock_school", text)
    with pytest.raises(ContentError) as caught:
        Library.load(tmp_path)
    (first,) = caught.value.problems
    assert f"persona: unknown persona '{slip}'. Did you mean {seat}" in first
    line = int(first.split(":")[1])
    assert slip in text.splitlines()[line - 1]


def test_a_stage_may_stand_between_two_that_are_shipped_and_who_may_come_is_told(tmp_path: Path) -> None:
    text = shipped("stage", "training").replace("id: training", "id: hearing", 1).replace("order: 1", "order: 3.5", 1)
    write(tmp_path, "stage", "hearing", text)
    library = Library.load(tmp_path)
    names = [stage.id for stage in library.stages()]
    assert names.index("learning_tour") < names.index("hearing") < names.index("public_engagement")
    told = [str(problem) for problem in warnings(library) if "hearing is open to everybody under" in str(problem)]
    assert len(told) == 1
    assert "command" in told[0]
