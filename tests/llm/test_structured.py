"""Reading an object out of whatever a model answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.llm.structured import (
    UnusableAnswerError,
    partial_field,
    read_object,
    response_format,
    spell_out,
)

# Text that models write: any, but no half surrogates (these are not text) and no reasoning marks.
WORDS = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: "think" not in text.lower())
# Prose around an object: without braces and fences, which would be another object.
PROSE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}`<>"))
OBJECTS = st.dictionaries(
    WORDS,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)
MARKS = ["{", "}", "[", "]", '"', ":", ",", "\\", "\\u", "\\ud83d", "```", "```json", "<think>", "</think>"]
OTHERS = ["<html>", "1", "e9", "NaN", "null", '"say"', " ", "\n", "é", "9" * 5000, '{"a":' * 50]
FRAGMENTS = st.lists(st.sampled_from([*MARKS, *OTHERS]), max_size=20).map("".join)


@given(st.none() | st.text(st.characters(exclude_categories=["Cs"])) | FRAGMENTS)
def test_any_text_gives_an_object_or_the_one_error(text: str | None) -> None:
    try:
        value = read_object(text)
    except UnusableAnswerError as error:
        assert str(error)  # noqa: PT017
    else:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()


def test_hostile_objects_are_unusable() -> None:
    cases: list[str] = [
        '{"a":' * 100_000,
        "{" * 20_000,
        '{"a": ' + "9" * 5000 + "}",
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": "\\ud83d"}',
    ]
    for text in cases:
        with pytest.raises(UnusableAnswerError):
            read_object(text)


@given(OBJECTS, PROSE, PROSE, st.booleans())
def test_object_is_found_in_prose(value: dict[str, Any], before: str, after: str, ascii_only: bool) -> None:
    assert read_object(before + json.dumps(value, ensure_ascii=ascii_only) + after) == value


@given(OBJECTS, PROSE, PROSE, st.sampled_from(["```json\n", "```\n", "```JSON "]))
def test_object_is_found_in_a_fence(value: dict[str, Any], before: str, after: str, fence: str) -> None:
    assert read_object(f"{before}{fence}{json.dumps(value, indent=1)}\n```{after}") == value


@given(OBJECTS, OBJECTS, st.sampled_from(["think", "thinking", "THINK"]), st.booleans())
def test_object_is_found_after_reasoning(
    value: dict[str, Any], thought: dict[str, Any], tag: str, opened: bool
) -> None:
    # Some chat templates open the reasoning themselves, so that only its end is seen.
    start = f"<{tag}>" if opened else "Hm, "
    assert read_object(f"{start}{json.dumps(thought)}?</{tag}>\n{json.dumps(value)}") == value


def test_fenced_object_goes_before_braces_in_prose() -> None:
    assert read_object('Given {"x": 1}:\n```json\n{"a": 1}\n```') == {"a": 1}


def test_marks_inside_of_strings_are_left_alone() -> None:
    value = {"say": "```{}``` and <think>{}</think> and </think>{}"}
    assert read_object(json.dumps(value)) == value


def test_part_of_a_broken_object_is_not_taken_for_the_answer() -> None:
    cases: list[str] = [
        '{"acts": [{"kind": "speak"}, {"ki', '{"acts": [{"kind": "speak"}, oops], "say": "x"}', '{"say": "use {} here',
        '```json\n{"acts": [{"kind": "speak"}',
    ]  # fmt: skip
    for text in cases:
        with pytest.raises(UnusableAnswerError, match="broken or truncated"):
            read_object(text)


def test_message_says_what_came_instead() -> None:
    cases: list[tuple[str | None, str]] = [
        (None, "no content"),
        (" \n", "no content"),
        ("Yes, gladly.", "prose"),
        ("<!DOCTYPE html><html><style>p{}</style></html>", "web page"),
        ("<html><body>{}</body></html>", "web page"),
        ('{"a": "b', "truncated"),
        ("<think>Let me see, {...}", "reasoning"),
    ]  # fmt: skip
    for text, message in cases:
        with pytest.raises(UnusableAnswerError, match=message):
            read_object(text)


@given(OBJECTS, WORDS, st.booleans(), st.sampled_from(["", "```json\n", "<think>so {so}</think>"]))
def test_partial_field_only_grows(value: dict[str, Any], said: str, ascii_only: bool, before: str) -> None:
    value = {**value, "say": said}
    text = before + json.dumps(value, ensure_ascii=ascii_only)
    shown = ""
    for end in range(len(text) + 1):
        now = partial_field(text[:end], "say")
        assert now.startswith(shown)
        assert said.startswith(now)
        shown = now
    assert shown == said
    assert partial_field(text + "\n```", "say") == said


def test_partial_field_shows_text_as_soon_as_it_comes() -> None:
    assert partial_field('{"say": "Good mor', "say") == "Good mor"
    assert partial_field('{"say": "Good mor', "act") == ""
    assert partial_field('{"say": 5, "b', "say") == ""


@given(st.text(st.characters(exclude_categories=["Cs"])) | FRAGMENTS)
def test_partial_field_takes_any_text(text: str) -> None:
    assert isinstance(partial_field(text, "say"), str)


def test_each_mode_asks_in_its_own_way() -> None:
    schema = {"type": "object"}
    strict = response_format("json_schema", schema)
    assert strict == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": schema},
    }
    assert response_format("json_object", schema) == {"type": "json_object"}
    assert response_format("prompt", schema) is None


def test_spelled_out_schema_can_be_read_back() -> None:
    schema = {"type": "object", "title": "市长"}
    words = spell_out(schema)
    assert "JSON" in words  # endpoints in json_object mode insist on the word
    assert "市长" in words
    assert read_object(words) == schema
