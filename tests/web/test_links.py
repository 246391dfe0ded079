"""Tokens, join codes and QR codes."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import InputError
from sandbox.web.links import ALPHABET, digest, new_code, new_token, normal_code, qr_svg

CODES = st.text(st.sampled_from(ALPHABET), min_size=8, max_size=8).map(lambda letters: f"{letters[:4]}-{letters[4:]}")
FULL_WIDTH = {ord(letter): ord(letter) + 0xFEE0 for letter in ALPHABET + ALPHABET.lower() + "-"}
BETWEEN = st.text(st.sampled_from(" -\t\u3000\u00a0\u2013\u2014\u2212\u200b.·"), max_size=2)


def test_tokens_are_long_distinct_and_fit_for_a_url() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"[\w-]{32,}", token, re.ASCII) for token in tokens)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_has_a_digest_of_its_own(one: str, other: str) -> None:
    assert re.fullmatch("[0-9a-f]{64}", digest(one))
    assert (digest(one) == digest(other)) == (one == other)


def test_half_a_character_has_a_digest() -> None:
    assert digest("\ud800") != digest("\ud801")


def test_codes_are_easy_to_read_aloud() -> None:
    codes = [new_code() for _ in range(300)]
    assert len(set(codes)) == 300
    assert all(re.fullmatch(r"[2-9B-Z]{4}-[2-9B-Z]{4}", code) for code in codes)
    assert not set("".join(codes)) & set("01OILAEUY")
    assert all(normal_code(code) == code for code in codes)


@given(code=CODES, data=st.data())
def test_a_code_is_understood_however_it_is_typed(code: str, data: st.DataObject) -> None:
    letters = [data.draw(st.sampled_from([letter, letter.lower()])) for letter in code]
    typed = data.draw(BETWEEN) + "".join(letter + data.draw(BETWEEN) for letter in letters)
    assert normal_code(typed) == code
    assert normal_code(typed.translate(FULL_WIDTH)) == code
    assert normal_code(code.replace("-", "")) == code


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text(st.sampled_from(ALPHABET + "-0O"), max_size=12))
def test_a_normal_code_is_a_code_or_nothing(text: str) -> None:
    code = normal_code(text)
    assert code == "" or (re.fullmatch(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", code) and normal_code(code) == code)


def test_what_cannot_be_a_code_is_none() -> None:
    cases: list[str] = ["", "K7QF-2MP", "K7QF-2MPXX", "K7QF-2MPO", "K7QF-2MP１", "\ud800", "K7QF-2MPX" + " " * 99]
    for text in cases:
        assert normal_code(text) == ""


def test_a_qr_code_is_a_picture_of_its_own() -> None:
    svg = qr_svg("https://example.org/join?code=K7QF-2MPX&lang=zh", "加入 <会议> & more")
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.findtext("title") == "加入 <会议> & more"
    left, top, width, height = map(float, str(root.get("viewBox")).split())
    assert (left, top) == (0, 0)
    assert width == height > 25
    assert {root.get("width"), root.get("height")} == {None}
    assert "http" not in svg
    assert "href" not in svg
    assert 'fill="#fff"' in svg


def test_each_address_has_its_own_qr_code() -> None:
    assert qr_svg("https://example.org/a") == qr_svg("https://example.org/a") != qr_svg("https://example.org/b")


def test_an_address_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="5000 characters does not fit"):
        qr_svg("x" * 5000)
