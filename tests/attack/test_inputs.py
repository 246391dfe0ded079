"""The quick part of the malformed inputs: a few of each kind, the same ones each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.scoring import null_model
from tests.attack.called import call, unfit
from tests.attack.inputs import tried
from tests.scoring.null_sessions import null_values

pytestmark = pytest.mark.fuzz

# The command tries the others as well, which take longer to begin with.
QUICK = (
    "stage", "governance", "words", "folder", "log", "log: line", "log: decision", "--set", "turn", "order",
    "note", "wire",
)  # fmt: skip
_START, _FEW = 11, 2


@pytest.fixture(autouse=True)
def _few_null_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(null_model, "_values", null_values)


@pytest.mark.parametrize("kind", QUICK)
def test_a_malformed_input_is_taken_or_refused_in_plain_words(kind: str) -> None:
    assert tried(kind, _START, _FEW).complaints == ()


def test_words_of_programmers_length_and_control_characters_are_complained_of() -> None:
    for message in ("expected a text, found a list", "unknown seat", "is no number; a text needs quotes"):
        assert unfit(message) == []
    for message in ("Input should be a valid string", "'NoneType' object is not iterable", "x" * 2000, "\x1b[2J"):
        assert unfit(message)


def test_a_command_that_breaks_is_complained_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("sandbox.content.card_files.check_file", broken)
    card = tmp_path / "personas" / "x.yaml"
    card.parent.mkdir()
    card.write_text("id: x\n", encoding="utf-8")
    [complaint] = call(["validate", str(card)], tmp_path).complaints()
    assert complaint.startswith("broke: ")
    assert "KeyError" in complaint
