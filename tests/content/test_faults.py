"""What is wrong with a value: told without the words of programmers, and never at length."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sandbox.content.changes import with_changes
from sandbox.content.faults import short
from sandbox.content.words import Words, check_file
from sandbox.content.yaml_source import YamlError, parse_yaml
from sandbox.errors import ContentError, InputError, Problem, UnknownError
from sandbox.game.play import RandomChoice
from tests.content.folders import LIBRARY, problem_with, problems_with, shipped, write


def test_what_was_found_is_named_in_plain_words(tmp_path: Path) -> None:
    cases: list[tuple[str, str, str, str]] = [
        ("turns: 8", "turns: [8]", "turns: expected a whole number, found a list", "要写成整数，现在是列表"),
        ("turns: 8", "turns: 8.5", "turns: expected a whole number, found 8.5", "要写成整数，现在是8.5"),
        ("turns: 8", "turns:", "turns: expected a whole number, found nothing", "要写成整数，现在是空白"),
        ("id: training", "id: true", "id: expected a text, found true", "要写成文本，现在是true"),
        ("turns: 8", f"turns: 0x{'f' * 5000}", "turns: must be 500 or less", "不能大于500"),
    ]  # fmt: skip
    for old, new, said, in_chinese in cases:
        problem, start = problem_with(tmp_path, "stage", "training", old, new)
        assert problem.startswith(start + said)
        assert Words("zh").problem(problem).endswith(in_chinese)


def test_a_full_width_sign_is_named_in_its_own_line_and_not_where_it_is_text() -> None:
    cases: list[tuple[str, int, str]] = [
        ("id: x\ntitle：“3号楼”\nquestion: a\n", 2, "“：”"), ("facts:\n  - {id: F2，text: a}\n", 2, "“，”"),
        ('id: x\ntext: "甲：乙，c: 丙"\nbad: [1, 2\n', 4, "方括号没有收尾"),
    ]  # fmt: skip
    for text, line, said in cases:
        with pytest.raises(YamlError) as failed:
            parse_yaml(text)
        assert failed.value.line == line
        assert said in Words("zh").problem(Problem("a.yaml:1", "", failed.value.problem))


def test_a_number_that_python_would_not_write_is_a_fault_of_its_field(tmp_path: Path) -> None:
    text = shipped("stage", "training").replace("id: training", f"id: 0x{'f' * 5000}", 1)
    write(tmp_path, "stage", "training", text)
    (problem,) = problems_with(tmp_path)
    assert problem.endswith(":1: id: expected a text, found a number of thousands of digits")


def test_a_value_is_shown_in_one_short_line() -> None:
    values: list[object] = [None, True, "a\n b", "x" * 1_000_000, 10**5000, {}, [1]]
    shown = [short(value) for value in values]
    assert shown[:3] == ["nothing", "true", "a b"]
    assert [len(text) <= 60 for text in shown] == [True] * len(shown)


def test_a_rule_that_does_not_fit_is_told_in_plain_words() -> None:
    cases: list[tuple[str, str]] = [
        ("position.council={en: council}", "position.council.name"),
        ("rules.position.council.name=!!null x", "position.council.name: expected a mapping"),
        ("aggregation.veto=" + "[" * 40 + "x" * 5000, "the value is not YAML"),
    ]  # fmt: skip
    for change, said in cases:
        model = LIBRARY.governance("joint_production")
        with pytest.raises(InputError) as caught:
            with_changes(model, [change])
        message = str(caught.value)
        assert said in message or "position.council" in message
        assert len(message) < 400
        assert not any(
            word in message for word in ("Field required", "dictionary", "instance of", "Input should be a valid")
        )


def test_every_fault_of_a_card_is_still_told(tmp_path: Path) -> None:
    text = shipped("stage", "training").replace("turns: 8", "turns: nine", 1).replace("order: 1", "order: one", 1)
    write(tmp_path, "stage", "training", text)
    assert len(problems_with(tmp_path)) == 2
    with pytest.raises(ContentError):
        LIBRARY.load(tmp_path)


def test_all_that_a_case_names_and_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    text = shipped("scenario", "four_oclock_school")
    slips = {
        "- id: F2": "- id: F99", "stages: [training]": "stages: [trainig]", "to: village_cadre": "to: village_cadres",
        "terms: {provider: social_organisation}": "terms: {provider: social_organ}",
        "- persona: local_parent": "- persona: local_parnet",
    }  # fmt: skip
    for old, new in slips.items():
        assert old in text
        text = text.replace(old, new, 1)
    write(tmp_path, "scenario", "four_oclock_school", text)
    problems = "\n".join(problems_with(tmp_path))
    for unknown in (
        "fact 'F2'",
        "stage 'trainig'",
        "seat 'village_cadres'",
        "option 'social_organ'",
        "persona 'local_parnet'",
    ):
        assert f"unknown {unknown}" in problems
    assert "unknown seat 'local_parent'" not in problems, "it is there, but for the slip that is told of its persona"


def test_a_file_with_hundreds_of_faults_is_told_of_a_hundred_at_once(tmp_path: Path) -> None:
    many = "".join(f"key_{number}: 1\n" for number in range(600))
    write(tmp_path, "stage", "training", shipped("stage", "training") + many)
    began = time.process_time()
    problems = problems_with(tmp_path)
    assert (len(problems), time.process_time() - began < 0.9) == (101, True)
    assert problems[-1].endswith("(file): and 500 more faults; mend these first")
    words = tmp_path / "prompts" / "words" / "en.yaml"
    words.parent.mkdir()
    words.write_text(many, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        check_file(words)
    assert caught.value.problems[100:] == [f"{words}:1: there are more faults; mend these first"]
    assert time.process_time() - began < 1.8


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"inform: Done.\n\xf4", "cannot be read as UTF-8 text (byte F4)"),
        (b"{{ -" + b"-" * 3000 + b"1 }}", "is nested too deeply"),
    ],
)
def test_a_template_that_cannot_be_read_is_told_in_plain_words(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "prompts" / "templates" / "en" / "rules_only.md"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(ContentError) as caught:
        LIBRARY.load(tmp_path).templates("en")
    assert caught.value.problems[0].startswith(f"{path}:1: {said}")


def test_a_template_of_words_that_lacks_some_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prompts" / "templates" / "en" / "rules_only.md"
    path.parent.mkdir(parents=True)
    path.write_text("inform: Done.\nnothing here\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"rules_only\.md: a line for each of these is missing: ask, answer, "):
        RandomChoice(LIBRARY.load(tmp_path).templates("en"))


def test_an_id_that_is_not_known_is_named_in_short() -> None:
    for message in (
        str(UnknownError("seat", "x" * 100_000, ["mayor"])),
        Words("zh").unknown("seat", "x" * 100_000, ["mayor"]),
    ):
        assert len(message) < 300
        assert "mayor" in message
