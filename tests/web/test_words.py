"""The words of the web app."""

from __future__ import annotations

import re
import string
from pathlib import Path

import sandbox
from sandbox.web.words import WORDS
from sandbox.web.words.refusals import CHINESE_REFUSALS, told

SOURCE = Path(sandbox.__file__).parent


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["en"].keys() == WORDS["zh"].keys()
    for key, text in WORDS["en"].items():
        assert _fields(text) == _fields(WORDS["zh"][key]), key
        assert re.search(r"[\u4e00-\u9fff]", WORDS["zh"][key]), key


def test_every_word_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (SOURCE / "web").glob("*.py"))
    spoken = set(re.findall(r"[\"']([a-z_]+(?:\.[a-z_]+)?)[\"']", code))
    starts = tuple(re.findall(r"f[\"']([a-z_]+\.(?:[a-z_]+\.|new_)?)\{", code))
    starts += tuple(f"{group}." for group in re.findall(r"words\.of\(\"([a-z_]+)\"", code))
    assert [key for key in WORDS["en"] if key not in spoken and not key.startswith(starts)] == []


def test_refusals_are_told_in_chinese() -> None:
    told_by = " ".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py") if "words" not in path.parts)
    for pattern in CHINESE_REFUSALS:
        literal = max(re.split(r"\(.*?\)|\\S\+", pattern), key=len)
        assert literal.strip(" ;:'") in told_by, pattern
    assert told("seat 'mayor' is taken", "zh") == "这个位子已经有人了。"
    assert told("text: 700 characters; at most 600", "zh") == "写了700个字，最多600个字。"
    assert told("seat 'mayor' is taken", "en") == "seat 'mayor' is taken"
    assert told("something new", "zh") == "something new"
