"""The words of a session's language: the same in both languages, each with one meaning, and a user's own over them."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from string import Formatter

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import sandbox
from sandbox.content.language import LANGUAGES
from sandbox.content.library import Library
from sandbox.content.templates import FOLDER as TEMPLATES
from sandbox.content.words import FOLDER, Words, check_file, check_words
from sandbox.errors import BudgetReachedError, ContentError, InputError, Said, UnknownError, near, unknown
from tests.cli.conftest import Cli, cli
from tests.content.folders import HAN, problems_with

__all__ = ["cli"]

SOURCE = Path(sandbox.__file__).parent
CODE = "\n".join(path.read_text(encoding="utf-8") for kind in ("*.py", "*.j2") for path in sorted(SOURCE.rglob(kind)))
# What a Chinese reader meets in Latin letters: names of the assessments, p, q, options, keys, fields of rules, formats,
# commands, terms and names of statistics, which stand beside the Chinese ones.
LATIN = (
    r"\{\w*(?::[^}]*)?\}|SESOI|TOST|REML|wild cluster bootstrap-t|Holm|Benjamini–Hochberg|Webb|Krippendorff|"
    r"Kappa|Cohen|Alpha|"
    r"(?<![A-Za-z])[HPDGBpqtRSVTF](?![A-Za-z])|(?<![A-Za-z])PV(?![A-Za-z])|--format html|--[\w-]+|Ctrl\+Enter|Ctrl\+C|"
    r"rules\.\w+(?:\.\{\w+\})?|"
    r"sandbox (?:serve|run|resume|whatif|report|diffuse(?: run| deck| report| example| facts)?)|NETWORK|RESULT|DIR|MB|"
    r"aggregation\.veto=\[\]|choice\.resident\.acts=inform,ask|"
    r"(?<![A-Za-z])AI(?![A-Za-z])|Python|sandbox\.(?:resume\([^)]*agent=…|study\([^)]*|open_experiment\(…)\)(?:\.measure)?|agent:|agents?(?=：)|"
    r"\.(?:lock|run)\(\)|(?:agent|measure)\.version|\bboundary\b|Shift|ZIP|"
    r"UTF-8|YAML|CSV|Parquet|PNG|SVG|docx|SQLite|PostgreSQL|ray://|Ray|RAY_ADDRESS(?:=auto)?|写auto|"
    r"(?<![A-Za-z])Word(?![A-Za-z])|"
    r"(?:OPENAI|SANDBOX|SSL|DEEPSEEK)_\w+|price_\w+put|deepseek|system_fingerprint|"
    r"https?://[\w.:/]+|(?<= )/v1(?= )|pip install [-\w ]*'governance-sandbox\[\w+\]'|%s|"
    r"GGUF|SHA-256|JSON|HTTP|Unicode|ASCII|PEM|OpenAI|GB|(?<![A-Za-z])ID(?![A-Za-z])|(?<=judge: )a,b|(?<=附加组件)lab|"
    r"(?<![a-z_])(?:true|false|paid_by|abilities|voters|points|facts|replies_to|to|acts|rule|cuts|measure|judge|rubric|"
    r"network|governance|at|quotes|turn|quote|null_arm|budget|primary|none|cards|embedded|if|for|include|"
    r"id|stages|act|says|kinds|personas|procedure|majority|consensus|share|of|more_than_half|"
    r"unless|veto|terms|topic|payer|remit)(?![a-z_])"
)


def put(folder: Path, lang: str, text: str) -> Path:
    """Write words of a user's own."""
    path = folder / FOLDER / f"{lang}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def fields(text: str) -> set[str]:
    """Return the values that a text names."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_words_with_the_same_values() -> None:
    english, chinese = Words("en"), Words("zh")
    assert set(english) == set(chinese)
    assert [key for key in english if fields(english.text(key)) != fields(chinese.text(key))] == []
    assert check_words() == len(set(english)) > 900


def test_each_language_is_written_in_its_script() -> None:
    english, chinese = Words("en"), Words("zh")
    assert [key for key in english if HAN.search(english.text(key))] == []
    latin = {key: chinese.text(key) for key in chinese if re.search("[A-Za-z]", re.sub(LATIN, "", chinese.text(key)))}
    assert latin == {}
    shown = [key for key in english if re.search("[A-Za-z]", re.sub(r"\{\w*\}", "", english.text(key)))]
    assert [key for key in shown if not re.search(rf"{HAN.pattern}|[HPDGBpq]", chinese.text(key))] == []


def test_no_text_can_end_the_attribute_of_a_page_in_which_it_stands() -> None:
    texts = [Words(lang).text(key) for lang in LANGUAGES for key in Words(lang)]
    assert [text for text in texts if re.search(r'["\\\x00-\x1f]', text)] == []


def test_every_word_is_used_and_every_word_that_code_asks_for_is_there() -> None:
    spoken = set(re.findall(r"[\"']([a-z_]\w*(?:\.[\w ]+)*)[\"']", CODE))
    starts = set(re.findall(r"f[\"']([a-z_]+\.(?:[a-z_]+[._])*)\{", CODE))
    starts |= {f"{group}." for group in re.findall(r"\.of\([\"']([a-z_.]+)[\"']", CODE)}
    starts |= {f"{page}." for page in re.findall(r"super\(\).__init__\(\"([a-z_]+)\", library, lang\)", CODE)}
    starts |= set(re.findall(r"[\"']([a-z_]+(?:\.[a-z_]+)*\.)[\"'] (?:~|\+) ", CODE))
    assert {"act.", "why.", "refused.", "judge_card.reading."} & starts
    starts |= {"keep.", "try."}  # named where the lessons are drawn, side by side
    unused = [key for key in Words("en") if key not in spoken and not key.startswith(tuple(starts))]
    assert unused == []
    calls = r"\b(?:words|labels?|t|refusal|said|_words|_labels)\(\s*[\"']([a-z_.0-9]+[a-z_0-9])[\"']"
    asked = set(re.findall(calls, CODE)) - set(LANGUAGES)
    assert len(asked) > 300
    assert [key for key in asked if key not in Words("en")] == []


def test_a_list_stands_in_the_punctuation_of_its_language() -> None:
    values = {"act": "x", "allowed": ["a", "b"]}
    assert Words("en")("refused.act", **values).endswith("allowed: a, b")
    assert Words("zh")("refused.act", **values).endswith("可以做：a、b")


def test_a_group_whose_name_is_a_word_has_both() -> None:
    words = Words("en")
    assert (words("language"), words("language.en"), words.of("language", "zh")) == ("Language", "English", "Chinese")
    assert (words.of("act", "propose"), words.doing("propose"), words.of("act", "sing")) == (
        "proposes",
        "Propose",
        "sing",
    )


def test_words_of_a_users_own_stand_over_those_that_are_shipped(tmp_path: Path) -> None:
    path = put(tmp_path, "zh", "table:\n  yours: 该你说了\nlanguage: {_: 语种}\n")
    roots = Library.load(tmp_path).roots
    words = Words("zh", roots)
    assert (words("table.yours"), words("language"), words("language.en")) == ("该你说了", "语种", "英文")
    assert Words("en", roots)("table.yours") == "It is your turn"
    assert Words("zh")("table.yours") == "轮到您了"
    path.write_text("table:\n  yours: 请你发言，说说看\n", encoding="utf-8")
    assert Words("zh", roots)("table.yours") == "请你发言，说说看", "a change is seen"
    assert check_file(path) == 1


def test_a_fault_is_told_with_its_line(tmp_path: Path) -> None:
    cases: list[tuple[str, int, str]] = [
        ("table:\n  yourz: Go on\n", 2, "table.yourz: is not a known word; did you mean table.yours"),
        ("qwertz: x\n", 1, "qwertz: is not a known word"),
        ("decision:\n  none: x\n  chair: Decided.\n", 3, "decision.chair: {name} is missing; needed: {name}"),
        ("decision: {chair: 'By {name}, {seat}'}\n", 1, "decision.chair: {seat} does not exist; allowed: {name}"),
        ("decision: {chair: 'By {name}, {name.__class__}'}\n", 1, "decision.chair: {name.__class__} does not exist"),
        ("decision: {chair: 'By {name}, {name!r:>9}'}\n", 1, "decision.chair: {name!r:>9} does not exist"),
        ("kicker: Report {of}\n", 1, "kicker: {of} does not exist; allowed: none"),
        ("kicker: Report {\n", 1, "kicker: "),
        ("kicker: 'Say \"so\"'\n", 1, "kicker: a straight quote"),
        ('kicker: "a\\nb"\n', 1, "kicker: a straight quote, a backslash or a control character"),
        ("kicker: a\nseed: b\nkicker: c\n", 3, "'kicker' stands twice, first in line 1"),
        ("table:\n  yours: a\ntable:\n  yours: b\n", 4, "'table.yours' stands twice, first in line 2"),
        ("kicker: a\n_:\n  kicker: b\n", 3, "'kicker' stands twice, first in line 1"),
        ("table:\n  - yours\n", 2, "expected a mapping (name: text)"),
        ("table: &a\n  yours: x\n  more: *a\n", 1, "expected a mapping (name: text), written out"),
        ("- table\n", 1, "expected a mapping (name: text)"),
        ("", 1, "expected a mapping (name: text)"),
        ("table: [\n", 2, "not valid YAML"),
        ("? [a]\n: b\n", 1, "a name must be a text"),
    ]
    for text, line, says in cases:
        path = put(tmp_path, "en", text)
        (problem,) = problems_with(tmp_path)
        assert problem.startswith(f"{path}:{line}: {says}")
        with pytest.raises(ContentError, match=re.escape(problem)):
            Words("en", (tmp_path,))


def test_what_is_read_in_no_language_is_told(tmp_path: Path, cli: Cli) -> None:
    put(tmp_path, "en", "table: {yours: Go on}\n")
    other = put(tmp_path, "fr", "table: {yours: À vous}\n")
    message = f"{other}:1: is not read; words are in en.yaml, zh.yaml"
    assert problems_with(tmp_path) == [message]
    for place in (tmp_path, other):
        done = cli("validate", place)
        assert (done.code, message in done.err) == (2, True)
    bytes_path = put(tmp_path, "en", "")
    bytes_path.write_bytes(b"kicker: \xff\n")
    assert "cannot be read as UTF-8 text" in problems_with(tmp_path)[1]


def test_validate_counts_the_words(tmp_path: Path, cli: Cli) -> None:
    path = put(tmp_path, "zh", "table: {yours: 该你说了}\nkicker: 演练报告\n")
    assert f"words: {check_words()} valid in each language" in cli("validate", tmp_path).out
    assert cli("validate", path).out == f"{path}: 2 valid words\n"


def test_an_error_with_a_key_is_shown_in_any_language() -> None:
    error = Words("en").refusal("refused.seat_taken", seat="mayor")
    assert str(error) == "seat 'mayor' is taken" == Words("en").error(error)
    assert Words("zh").error(error) == "角色“mayor”已经有人演了"
    assert Words("zh").error(InputError("something new")) == "something new"
    assert Words("zh").error(BudgetReachedError(Said("x", "no.such.key"))) == "x"


def test_an_unknown_id_is_told_in_both_languages() -> None:
    for name, hint in (("mayer", "是不是mayor？"), ("xyz", "")):
        error = UnknownError("seat", name, ["mayor", "resident"])
        assert str(error) == unknown("seat", name, ["mayor", "resident"]) == Words("en").error(error)
        assert Words("zh").error(error) == f"没有角色“{name}”。{hint}可选：mayor、resident。"
    assert Words("zh").unknown("seat", "x", []) == "没有角色“x”。可选：无。"
    assert Words("en").unknown("seat", "x", []) == unknown("seat", "x", [])


def test_a_text_with_values_needs_them() -> None:
    for key in ("decision.chair", "no.such.word"):
        with pytest.raises(KeyError):
            Words("en")(key)


def test_groups_without_end_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "en", "{a: " * 900 + "x" + "}" * 900)
    assert len(problems_with(tmp_path)) == 1


_SIGNS = st.sampled_from(
    [
        "kicker",
        "decision",
        "chair",
        ": ",
        "{",
        "}",
        "{name}",
        "{}",
        "[",
        "]",
        "\n",
        "  ",
        "- ",
        "_",
        "&a",
        "*a",
        '"',
        "'",
        "x",
    ]
)


@settings(deadline=None, max_examples=40)
@given(data=st.binary(max_size=80) | st.lists(_SIGNS, max_size=20).map(lambda signs: "".join(signs).encode()))
def test_any_bytes_are_words_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = put(tmp_path_factory.mktemp("words"), "en", "")
    path.write_bytes(data)
    try:
        problems, count = [], check_file(path)
    except ContentError as error:
        problems, count = error.problems, 0
    assert count <= len(set(Words("en")))
    assert [problem for problem in problems if not problem.startswith(f"{path}:")] == []


_IDS = st.text("ab._", max_size=8)


@given(name=_IDS, known=st.lists(_IDS, max_size=30, unique=True))
def test_the_nearest_ids_are_those_of_a_comparison_with_each(name: str, known: list[str]) -> None:
    assert near(name, known) == get_close_matches(name, known, n=3, cutoff=0.5)


def test_the_facilitator_has_one_name_in_chinese_and_no_seat_has_it() -> None:
    english, chinese = Words("en"), Words("zh")
    about = [key for key in english if "facilitator" in english.text(key).lower()]
    assert [key for key in about if "主持人" in chinese.text(key)] == []
    assert [key for key in chinese if "组织者" in chinese.text(key) and "chair" in english.text(key).lower()] == []


def test_help_and_prompts_name_the_facilitator_as_the_pages_do() -> None:
    sentences = yaml.safe_load((SOURCE / "cli" / "help_zh.yaml").read_text(encoding="utf-8"))
    assert [said for english, said in sentences.items() if "facilitator" in english and "组织者" not in said] == []
    templates = SOURCE.parent / TEMPLATES
    for english in sorted((templates / "en").rglob("*.md")):
        chinese = templates / "zh" / english.relative_to(templates / "en")
        rows = zip(*(file.read_text(encoding="utf-8").splitlines() for file in (english, chinese)), strict=False)
        assert [said for row, said in rows if "facilitator" in row and "组织者" not in said] == [], english


@pytest.mark.parametrize("text", ["a: x\na: y\n", "a: [\n", "- a\n"])
def test_a_fault_of_the_words_themselves_is_told_without_them(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.content import words

    path = put(tmp_path, "en", text)
    monkeypatch.setattr(words, "_SHIPPED", path.parent)
    for kept in (words._shipped, words._texts):
        kept.cache_clear()
    with pytest.raises(ContentError, match=r"en\.yaml:[12]: "):
        Words("en")
