"""Display names and pseudonyms."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.content.language import Lang
from sandbox.web.links import LONGEST_NAME, clean_name, pseudonym, shown_name


@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_a_name_is_fit_to_be_shown(given_name: str) -> None:
    name = clean_name(given_name)
    assert len(name) <= LONGEST_NAME
    assert name == " ".join(name.split())
    assert not [letter for letter in name if unicodedata.category(letter)[0] == "C"]
    assert clean_name(name) == name


@given(st.text(st.sampled_from("abcdéü 李娜王·'-"), min_size=1, max_size=LONGEST_NAME))
def test_a_plain_name_stays(given_name: str) -> None:
    assert clean_name(given_name) == " ".join(given_name.split())


def test_odd_names() -> None:
    cases: list[tuple[str, str]] = [
        ("A\u202eB\u2066C", "ABC"),
        ("Li\r\n\tNa", "Li Na"),
        ("Li \u200b Na", "Li Na"),
        ("e\u0301", "é"),
        ("x" * 50, "x" * 20),
        ("x" * 19 + " yz", "x" * 19),
        ("🐼", "🐼"),
        ("\u3164\u2800\u115f", ""),
        ("\u0301\ufe0f", ""),
        (" \u200b\0", ""),
        ("\ud800", ""),
    ]
    for given_name, shown in cases:
        assert clean_name(given_name) == shown


@given(lang=st.sampled_from(["en", "zh"]), one=st.integers(0, 300), other=st.integers(0, 300))
def test_pseudonyms_differ(lang: Lang, one: int, other: int) -> None:
    assert (pseudonym(lang, one) == pseudonym(lang, other)) == (one == other)
    assert clean_name(pseudonym(lang, one)) == pseudonym(lang, one)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_gives_no_name_gets_the_first_free_pseudonym(lang: Lang) -> None:
    names: set[str] = {pseudonym(lang, 1)}
    for _ in range(24):
        names.add(shown_name("\u200b ", lang, names))
    assert names == {pseudonym(lang, number) for number in range(25)}
    assert shown_name(" Li  Na", lang, {"Li Na"}) == "Li Na", "two people may have the same name"
