"""The pace of reading."""

from __future__ import annotations

from sandbox.report.pacing import READING, reading_seconds


def test_a_text_takes_as_long_as_its_words_or_characters() -> None:
    assert reading_seconds("Eight words of English take two seconds, roughly.", READING["en"]) == 2.0
    assert reading_seconds("十四个字按阅读速度正好读两秒", READING["zh"]) == 2.0
    assert reading_seconds("", 4.0) == 0.0
