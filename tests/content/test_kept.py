"""Messages in a store: whoever reads one has it in a language of their own, and old text stays as it is."""

from __future__ import annotations

from pathlib import Path

from sandbox.content.words import Words, refusal, said
from sandbox.content.words.kept import kept, read_again, why_in_a_line
from sandbox.errors import ContentError, Problem, UnknownError
from tests.content.folders import HAN

CHINESE, ENGLISH = Words("zh"), Words("en")
FAULTS = [Problem("cards/a.yaml:3", "id", said("content.bound.empty")), Problem("cards/b.yaml:1", "", "a, b")]
ERRORS = [
    refusal("refused.other_content", session="school command"),
    UnknownError("scenario", "clean-up", ["clean_up", "four_oclock_school"]),
    refusal("unfit_line.at", place=Path("a/b"), why=UnknownError("city", "x", [])),
    refusal("refused.file_newer", path=Path("x"), version=4, known=3),
]  # fmt: skip


def test_a_message_is_read_in_either_language_after_it_was_kept() -> None:
    for error in ERRORS:
        message = read_again(kept(why_in_a_line(error)))
        assert message == " ".join(ENGLISH.error(error).split())
        assert ENGLISH.said(message).split() == ENGLISH.error(error).split()
        assert CHINESE.said(message).split() == CHINESE.error(error).split()
        assert HAN.search(CHINESE.said(message))


def test_an_error_that_fails_to_say_what_it_is_is_told_by_its_name() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert why_in_a_line(MuteError()) == "MuteError"


def test_faults_of_cards_stand_in_one_line_in_either_language() -> None:
    message = read_again(kept(why_in_a_line(ContentError(FAULTS))))
    assert message == "cards/a.yaml:3: id: must not be empty, cards/b.yaml:1: a, b"
    chinese = f"cards/a.yaml:3: id: {CHINESE('content.bound.empty')}、cards/b.yaml:1: a, b"
    assert CHINESE.said(message) == chinese
    within = refusal("network_fault.unplayable", community="one", why=ContentError(FAULTS))
    assert CHINESE.said(read_again(kept(why_in_a_line(within)))).endswith(chinese)


def test_what_is_no_kept_message_stays_as_it_is() -> None:
    cases: list[str] = [
        "", "KeyError: 'no such thing'", "剧本没有这一幕", '{"said": ', '{"said": 1}', '{"said": "x", "key": 3}',
        '{"said": "as it was", "key": "refused.other_content", "values": {}}',
    ]  # fmt: skip
    for text in cases:
        message = read_again(text)
        assert ENGLISH.said(message) == CHINESE.said(message) == text


def test_a_message_whose_words_are_gone_is_what_it_was() -> None:
    text = '{"said": "as it was", "key": "no.such.words", "values": {}}'
    assert CHINESE.said(read_again(text)) == "as it was"


def test_what_nobody_foresaw_is_named() -> None:
    assert why_in_a_line(KeyError("no\nsuch")) == r"KeyError: 'no\nsuch'"
