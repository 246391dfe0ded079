"""Text that is safe to show."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sandbox.content.library import Library
from sandbox.content.plain import json_text, plain
from tests.content.folders import shipped, write
from tests.game.making import PROPERTY

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
CONTROLS = "".join(map(chr, (*range(32), *range(127, 160))))


def test_what_steers_a_terminal_or_turns_the_text_is_left_out() -> None:
    assert plain("a\x1b[2Jb\x1b]52;c;cm0=\x07c\x9b2Jd") == "a[2Jb]52;c;cm0=c2Jd"
    assert plain(CONTROLS + BIDI + "\ufeff\ud800") == "\t\n"


def test_words_in_any_language_stay_as_they_are() -> None:
    text = "One\n\ttwo, “three” – 四点半学校；é ü ‘\u00a0’ \u200b\u200d👩\u200d🏫 שלום"
    assert plain(text) == text


@PROPERTY
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_nothing_that_was_left_out_comes_back(text: str) -> None:
    shown = plain(text)
    assert plain(shown) == shown
    assert all(unicodedata.category(letter) != "Cc" or letter in "\n\t" for letter in shown)
    assert not set(shown) & set(BIDI)


@PROPERTY
@given(st.recursive(st.text(st.characters(exclude_categories=["Cs"])) | st.integers(), st.lists))
def test_json_keeps_everything_and_shows_nothing_of_it(value: object) -> None:
    line = json_text(value)
    assert json.loads(line) == value
    assert plain(line) == line
    assert "\n" not in line


def test_a_card_is_read_without_it(tmp_path: Path) -> None:
    text = shipped("city", "guiyang").replace("id: guiyang", "id: own")
    write(tmp_path, "city", "own", text.replace('"Guiyang"', '"Own\\e]0;x\\x07 \u202eCity"', 1))
    assert Library.load(tmp_path).city("own").name.en == "Own]0;x City"
