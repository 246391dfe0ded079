"""Both languages name the same things."""

from __future__ import annotations

import re
from string import Formatter
from typing import get_args

from sandbox.content.models import ACTS, EndRule, MeasureName
from sandbox.report.labels import LABELS
from sandbox.scoring.judge import Status
from tests.report.conftest import Session


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_labels_with_the_same_values() -> None:
    assert LABELS["en"].keys() == LABELS["zh"].keys()
    assert {key for key in LABELS["en"] if _fields(LABELS["en"][key]) != _fields(LABELS["zh"][key])} == set()


def test_chinese_labels_hold_no_latin_letters() -> None:
    latin = {key: text for key, text in LABELS["zh"].items() if re.search("[A-Za-z]", re.sub(r"\{\w*\}", "", text))}
    assert latin == {}


def test_all_that_can_occur_has_a_label(session: Session) -> None:
    measures = {*get_args(MeasureName), *session.card.outcome, *session.card.play}
    wanted = [f"{group}.{name}" for group in ("act", "may") for name in ACTS]
    wanted += [f"{group}.{name}" for group in ("m", "d") for name in measures]
    wanted += [f"status.{name}" for name in get_args(Status)]
    wanted += [f"ended.{name}" for name in (*get_args(EndRule), "nothing_left_to_raise")]
    wanted += [f"position.{name}" for name in session.game.governance.rules.position]
    assert [key for key in wanted if key not in LABELS["en"]] == []
